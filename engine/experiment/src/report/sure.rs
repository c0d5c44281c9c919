//! How sure it is: how each result settled as replications were added, and what pairing did for it.

use crate::compare::{Difference, Verdict, paired};
use crate::results::{Ending, Results};
use crate::statistics::{Estimate, LEVEL, mean_ci, t_quantile};

use super::Section;
use super::axis::{Axis, path};
use super::differences::chance;
use super::marks::{class, policy};
use super::text::{count, decimals, grouped, labelled, labelled_plain, named, safe, short};

/// At how many replication counts a picture looks at most.
const LOOKS: usize = 40;
/// Width and height of a picture \[px\].
const SIZE: (f64, f64) = (160.0, 30.0);

pub(super) fn section(results: &Results) -> Section {
    let mut lead = match &results.ending {
        Ending::Done => format!("{} as asked.", count(results.replications.into(), "replication", "replications")),
        Ending::Precise(_) => format!(
            "{} until what was asked for was precise enough, or the most was reached.",
            count(results.replications.into(), "replication", "replications")
        ),
        Ending::Stopped { asked } => {
            format!(
                "<strong>Stopped early after {} of at least {}.</strong>",
                grouped(results.replications.into()),
                count(*asked, "replication", "replications")
            )
        }
    };
    if results.replications < 2 {
        lead += " One replication shows what can happen, not how sure it is.";
        return Section { id: "sure", title: "How sure it is".into(), lead, body: String::new() };
    }
    lead += if results.policies.len() > 1 {
        " The picture shows how the difference and its 95 % interval settled as replications were added, about the line of no difference. \
         Pairing: how many times as many replications would be needed if policies did not meet the same luck."
    } else {
        " The picture shows how the mean and its 95 % interval settled as replications were added."
    };
    let head: &[&str] = if results.policies.len() > 1 {
        &["Measure", "Policy", "As replications were added", "p", "Correlation", "Pairing", "To decide"]
    } else {
        &["Measure", "As replications were added", "± in % of the mean"]
    };
    let mut body = precision(results);
    body += "<div class=\"wide\"><table class=\"numbers sure\"><thead><tr>";
    let class = |word: &str| if word.starts_with("As ") { " class=\"pic\"" } else { "" };
    body += &head.iter().map(|word| format!("<th scope=\"col\"{}>{word}", class(word))).collect::<String>();
    body += "</thead><tbody>";
    for measure in 0..results.measures.len() {
        body += &if results.policies.len() > 1 { rows(results, measure) } else { row(results, measure) };
    }
    body += "</tbody></table></div>\n";
    if results.policies.len() > 1 {
        body += "<p class=\"notes\">To decide: about how many replications it would take if the difference and its scatter stay as they look now. \
                 p: how likely so large a difference is where there is none, adjusted over policies.</p>\n";
    }
    Section { id: "sure", title: "How sure it is".into(), lead, body }
}

/// What was asked to be precise, and how precise it is.
fn precision(results: &Results) -> String {
    let Ending::Precise(reached) = &results.ending else { return String::new() };
    let mut lines = String::new();
    for found in reached {
        let decimals = decimals(results, found.measure);
        let width = |width: Option<f64>| width.map_or_else(|| "–".into(), |width| crate::output::number::spread(width, decimals));
        let enough = if found.is_enough() { "precise enough" } else { "not precise enough" };
        lines += &format!(
            "<li>{}, {}: ± {} where ± {} was asked for, <strong>{enough}</strong>.",
            labelled(&results.measures[found.measure]),
            named(&results.policies[found.place].name, 40),
            width(found.half_width),
            width(found.allowed),
        );
    }
    format!("<ul class=\"notes\">{lines}</ul>\n")
}

/// Counts of replications to look at, from 2 on.
fn looks(n: usize) -> Vec<usize> {
    let mut looks: Vec<usize> = (1..=LOOKS).map(|at| (n * at).div_ceil(LOOKS).max(2)).collect();
    looks.dedup();
    looks
}

fn rows(results: &Results, m: usize) -> String {
    let measure = &results.measures[m];
    let column = |place: usize| -> Vec<Option<f64>> {
        results.policies[place].replications.iter().map(|sample| sample.overall[m]).collect()
    };
    let baseline = column(0);
    let mut text = String::new();
    for (place, row) in results.differences.iter().enumerate() {
        let own = column(place + 1);
        let course: Vec<(usize, Estimate)> =
            looks(own.len()).into_iter().map(|n| (n, paired(&own[..n], &baseline[..n], measure.better).estimate)).collect();
        let found = &row[m];
        let first = if place == 0 {
            format!("<th scope=\"row\" rowspan=\"{}\">{}", results.differences.len(), labelled(measure))
        } else {
            String::new()
        };
        let words = format!("{}, {}: how it settled", labelled_plain(measure), short(&results.policies[place + 1].name, 40));
        text += &format!(
            "\n<tr>{first}<td class=\"of\">{}<td class=\"pic\">{}<td>{}<td>{}<td>{}<td>{}",
            policy(results, place + 1),
            picture(&course, true, place + 1, &words),
            chance(found.p),
            found.correlation.map_or_else(|| "–".into(), |r| crate::output::number::plain(r, 2)),
            found
                .worth_of_pairing()
                .filter(|times| times.is_finite())
                .map_or_else(|| "–".into(), |times| format!("× {}", few(times))),
            needed(found),
        );
    }
    text
}

/// A factor with two digits or so.
fn few(value: f64) -> String {
    crate::output::number::plain(value, if value < 10.0 { 1 } else { 0 })
}

/// How many replications it would take for the interval to leave 0, if mean and scatter stay as they are.
fn needed(found: &Difference) -> String {
    let estimate = &found.estimate;
    let (Some(mean), Some(deviation)) = (estimate.mean, estimate.deviation) else { return "–".into() };
    if found.verdict != Verdict::Undecided {
        return "decided".into();
    }
    if mean.abs() > estimate.half_width().unwrap_or(f64::INFINITY) {
        // By itself it would be; beside the others it is not.
        return "a few more".into();
    }
    if mean == 0.0 {
        return "–".into();
    }
    let enough =
        |n: usize| t_quantile(n - 1, (1.0 + LEVEL) / 2.0).is_some_and(|t| t * deviation <= mean.abs() * (n as f64).sqrt());
    let large = (1.96 * deviation / mean.abs()) * (1.96 * deviation / mean.abs());
    // Student's t matters only where few are enough.
    let few = (estimate.n + 1..=200).find(|n| enough(*n)).map(|n| n as f64);
    match few.unwrap_or(large.ceil().max(201.0)) {
        n if n > 10_000.0 => "&gt; 10,000".into(),
        n => {
            let step = if n > 1_000.0 {
                100.0
            } else if n > 100.0 {
                10.0
            } else {
                1.0
            };
            format!("≈ {}", grouped(((n / step).ceil() * step) as u64))
        }
    }
}

/// A line for the only policy.
fn row(results: &Results, m: usize) -> String {
    let measure = &results.measures[m];
    let own: Vec<Option<f64>> = results.policies[0].replications.iter().map(|sample| sample.overall[m]).collect();
    let at = |n: usize| (n, mean_ci(&own[..n].iter().flatten().copied().collect::<Vec<f64>>(), LEVEL));
    let course: Vec<(usize, Estimate)> = looks(own.len()).into_iter().map(at).collect();
    let estimate = &results.policies[0].overall[m];
    let relative =
        estimate.mean.zip(estimate.half_width()).filter(|(mean, _)| *mean != 0.0).map(|(mean, half)| 100.0 * half / mean.abs());
    format!(
        "\n<tr><th scope=\"row\">{}<td class=\"pic\">{}<td>{}",
        labelled(measure),
        picture(&course, false, 0, &format!("{}: how it settled", labelled_plain(measure))),
        relative.map_or_else(|| "–".into(), |share| format!("{} %", few(share)))
    )
}

/// How an estimate settled: its interval as a band that narrows.
fn picture(course: &[(usize, Estimate)], about_zero: bool, place: usize, words: &str) -> String {
    let (width, height) = SIZE;
    let last = course.last().map_or(2, |(n, _)| *n);
    let Some((_, end)) = course.last() else { return String::new() };
    let (Some(mean), Some(half)) = (end.mean, end.half_width()) else { return String::new() };
    // The first intervals, over two or three replications, are far too wide for a picture.
    let reach = (5.0 * half).max(0.3 * mean.abs());
    let ends = course.iter().filter_map(|(_, estimate)| estimate.interval).flat_map(|(low, high)| [low, high]);
    let ends = ends.map(|value| value.clamp(mean - reach, mean + reach)).chain(about_zero.then_some(0.0)).chain([mean]);
    let Some(y) = Axis::of(ends, height - 2.0, 2.0) else { return String::new() };
    let x = |n: usize| if last > 2 { (n - 2) as f64 / (last - 2) as f64 * width } else { width / 2.0 };
    let known = || course.iter().filter_map(|(n, estimate)| Some((*n, estimate.mean?, estimate.interval?)));
    let there = known().map(|(n, _, (_, high))| (x(n), y.place(high)));
    let back: Vec<(f64, f64)> = known().map(|(n, _, (low, _))| (x(n), y.place(low))).collect();
    let zero = if about_zero { format!("<path class=\"zero\" d=\"M0 {0:.1}H{width}\"/>", y.place(0.0)) } else { String::new() };
    let class = class(place);
    let tip = (width, y.place(mean));
    let line = if last > 2 {
        path(known().map(|(n, mean, _)| (x(n), y.place(mean))))
    } else {
        path([(width / 2.0 - 3.0, tip.1), (width / 2.0 + 3.0, tip.1)].into_iter())
    };
    format!(
        "<svg class=\"spark\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\"><title>{0}</title>\
         <path class=\"band {class}\" d=\"{1}Z\"/>{zero}<path class=\"line {class}\" d=\"{line}\"/></svg>",
        safe(words),
        path(there.chain(back.into_iter().rev())),
    )
}
