//! By segment: whom a policy serves better or worse, and who is served worst.

use std::collections::BTreeMap;

use crate::compare::{Difference, Verdict};
use crate::design::Better;
use crate::output::number::{plain, row_decimals, signed};
use crate::results::{PolicyResults, Results};

use super::Section;
use super::marks::policy;
use super::means::arrow;
use super::sentence::by_segment;
use super::text::{NOTHING, behind, difference, labelled, named, safe};

pub(super) fn section(results: &Results) -> Option<Section> {
    if results.segments.is_empty() {
        return None;
    }
    let mut body = String::new();
    let lead = if results.policies.len() > 1 {
        for place in 0..results.differences.len() {
            body += &format!("<h3>{} against {}</h3>\n", policy(results, place + 1), policy(results, 0));
            body += &differences(results, place);
        }
        let levels: String = (0..results.policies.len())
            .map(|place| format!("<h3>{}</h3>\n{}", policy(results, place), levels(results, place)))
            .collect();
        body += &behind("The mean of every segment under each policy", &levels);
        "The difference from the baseline for everyone and for each segment, with measures that have a better side in colour: a full \
         field is certain even though so many are looked at (Holm); a pale one leans that way. ▼ is the segment that is served worst \
         under the policy, whether by its doing or not."
    } else {
        body += &levels(results, 0);
        "The mean for everyone and for each segment; the darker, the farther on the unwanted side. ▼ is the segment that is served worst."
    };
    Some(Section { id: "segments", title: "For whom".into(), lead: lead.into(), body })
}

/// The segment that is served worst, where they are not all served alike.
fn worst_of(results: &Results, place: usize, measure: usize) -> Option<usize> {
    let means = || results.policies[place].segments[measure].iter().filter_map(|estimate| estimate.mean);
    let worst = results.worst_segment(place, measure)?;
    means().any(|mean| (mean - worst.mean).abs() > 1e-9 * worst.mean.abs()).then_some(worst.segment)
}

fn heading(results: &Results) -> String {
    let names: String = results.segments.iter().map(|name| format!("<th scope=\"col\">{}", named(name, 28))).collect();
    format!(
        "<div class=\"wide\"><table class=\"heat\"><thead><tr><th scope=\"col\">Measure<th scope=\"col\">everyone{names}</thead><tbody>"
    )
}

/// Differences from the baseline.
fn differences(results: &Results, place: usize) -> String {
    let certain: BTreeMap<(usize, usize), Difference> =
        by_segment(results, place).into_iter().map(|(measure, segment, found)| ((measure, segment), found)).collect();
    let mut text = heading(results);
    for (m, measure) in results.compared() {
        let alone: Vec<Difference> =
            (0..results.segments.len()).map(|segment| results.difference_in(place, m, segment)).collect();
        let everyone = &results.differences[place][m];
        let decimals = row_decimals(alone.iter().chain([everyone]).filter_map(|found| found.estimate.mean));
        let worst = worst_of(results, place + 1, m);
        text += &format!("\n<tr><th scope=\"row\">{}{}", arrow(measure.better), labelled(measure));
        text += &cell(everyone, everyone.verdict, decimals, "all ", false);
        for (segment, found) in alone.iter().enumerate() {
            let verdict = certain.get(&(m, segment)).map_or(found.verdict, |adjusted| adjusted.verdict);
            text += &cell(found, verdict, decimals, "", worst == Some(segment));
        }
    }
    text + "</tbody></table></div>\n"
}

fn cell(found: &Difference, certain: Verdict, decimals: usize, more: &str, worst: bool) -> String {
    let class = match (certain, found.verdict) {
        (Verdict::Better | Verdict::Worse, _) => certain.word().to_owned(),
        (_, Verdict::Better | Verdict::Worse) => format!("leans {}", found.verdict.word()),
        _ => "undecided".into(),
    };
    let number = found.estimate.mean.map_or_else(|| NOTHING.into(), |mean| signed(mean, decimals));
    let full = difference(&found.estimate, decimals);
    let worst = if worst { "<span class=\"worst\" title=\"served worst\">▼</span>" } else { "" };
    format!("<td class=\"{more}{class}\" title=\"{full}, {}\">{worst}{number}", certain.word())
}

/// Means, coloured by how far they lie on the unwanted side of everyone's.
fn levels(results: &Results, place: usize) -> String {
    let policy: &PolicyResults = &results.policies[place];
    let mut text = heading(results);
    for (m, measure) in results.compared() {
        let means: Vec<Option<f64>> = policy.segments[m].iter().map(|estimate| estimate.mean).collect();
        let everyone = policy.overall[m].mean;
        let decimals = row_decimals(means.iter().copied().chain([everyone]).flatten());
        let worst = worst_of(results, place, m);
        let gap = |mean: f64| everyone.map_or(0.0, |everyone| mean - everyone);
        let widest = means.iter().flatten().map(|mean| gap(*mean).abs()).fold(0.0, f64::max);
        let show = |mean: Option<f64>| mean.map_or_else(|| NOTHING.into(), |mean| plain(mean, decimals));
        text += &format!(
            "\n<tr><th scope=\"row\">{}{}<td class=\"all\">{}",
            arrow(measure.better),
            labelled(measure),
            show(everyone)
        );
        for (segment, mean) in means.iter().enumerate() {
            let unwanted = match measure.better {
                Better::Lower => mean.map_or(0.0, gap),
                Better::Higher => -mean.map_or(0.0, gap),
                Better::Neither => 0.0,
            };
            let shade = if widest > 0.0 { (unwanted / widest).clamp(0.0, 1.0) * 60.0 } else { 0.0 };
            let style = if shade >= 1.0 { format!(" class=\"shade\" style=\"--s:{shade:.0}%\"") } else { String::new() };
            let sign = if worst == Some(segment) { "<span class=\"worst\" title=\"served worst\">▼</span>" } else { "" };
            text += &format!(
                "<td{style} title=\"{}\">{sign}{}",
                safe(&super::text::mean(&policy.segments[m][segment], decimals)),
                show(*mean)
            );
        }
    }
    text + "</tbody></table></div>\n"
}
