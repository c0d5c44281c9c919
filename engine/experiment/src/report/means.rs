//! What each policy leads to: every measure with a mean for each policy, as numbers and as a picture on its own scale.

use crate::design::Better;
use crate::output::number::row_decimals;
use crate::results::Results;

use super::Section;
use super::axis::Axis;
use super::marks::{icon, on_strip};
use super::text::{labelled, labelled_plain, mean, named, safe};

/// From one policy's line in a picture to the next \[px\].
const LINE: f64 = 11.0;

pub(super) fn section(results: &Results) -> Section {
    let sure = if results.replications > 1 {
        format!("± is half of the 95 % confidence interval over {} replications.", results.replications)
    } else {
        "One replication: there are no intervals.".into()
    };
    let several = results.policies.len() > 1;
    let picture_of =
        if several { " The picture has a scale of its own in each line, from the least to the greatest." } else { "" };
    let lead = format!("The mean of each measure. {sure}{picture_of} ↓ less is better, ↑ more is better.");
    let many = if results.policies.len() > 3 { " many" } else { "" };
    let mut body = format!("<table class=\"means{many}\"><thead><tr><th scope=\"col\">Measure");
    if several {
        body += "<th scope=\"col\" class=\"pic\"><span class=\"hide\">Picture</span>";
    }
    for (place, policy) in results.policies.iter().enumerate() {
        body += &format!("<th scope=\"col\">{}{}", icon(place), named(&policy.name, 40));
    }
    body += "</thead><tbody>";
    for (m, measure) in results.compared() {
        body += &format!("\n<tr><th scope=\"row\">{}{}", arrow(measure.better), labelled(measure));
        if several {
            body += &format!("<td class=\"pic\">{}", picture(results, m));
        }
        let decimals = row_decimals(results.policies.iter().filter_map(|policy| policy.overall[m].mean));
        for (place, policy) in results.policies.iter().enumerate() {
            let name = safe(&super::text::short(&policy.name, 40));
            let text = split(&mean(&policy.overall[m], decimals));
            body += &format!("<td class=\"n\" data-of=\"{name}\">{}{text}", icon(place));
        }
    }
    body += "</tbody></table>\n";
    body += &seldom(results);
    Section { id: "means", title: title(results).into(), lead, body }
}

fn title(results: &Results) -> &'static str {
    if results.policies.len() > 1 { "What each policy leads to" } else { "What it leads to" }
}

/// The better side of a measure as an arrow.
pub(super) fn arrow(better: Better) -> &'static str {
    match better {
        Better::Lower => "<span class=\"arrow\" title=\"less is better\">↓</span> ",
        Better::Higher => "<span class=\"arrow\" title=\"more is better\">↑</span> ",
        Better::Neither => "<span class=\"arrow\"></span> ",
    }
}

/// A number and its uncertainty, the latter lighter.
pub(super) fn split(text: &str) -> String {
    match text.split_once(" ± ") {
        Some((number, half)) => format!("<b>{number}</b> <span class=\"pm\">± {half}</span>"),
        None => format!("<b>{text}</b>"),
    }
}

/// The means of one measure on a line for each policy, with their intervals.
fn picture(results: &Results, measure: usize) -> String {
    let estimates: Vec<_> = results.policies.iter().map(|policy| &policy.overall[measure]).collect();
    let ends = estimates.iter().flat_map(|estimate| {
        let (low, high) = estimate.interval.unzip();
        [estimate.mean, low, high].into_iter().flatten()
    });
    let Some(axis) = Axis::of(ends, 4.0, 96.0) else { return String::new() };
    let height = LINE * estimates.len() as f64 + 5.0;
    let mut text = format!(
        "<svg class=\"strip\" width=\"100%\" height=\"{height}\" role=\"img\" aria-label=\"{}\">",
        safe(&labelled_plain(&results.measures[measure]))
    );
    for (place, estimate) in estimates.iter().enumerate() {
        let Some(mean) = estimate.mean else { continue };
        let y = LINE * (place as f64 + 0.5) + 2.5;
        text += &format!("<line class=\"guide\" x1=\"0\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>");
        if let Some((low, high)) = estimate.interval {
            let (x1, x2, class) = (axis.place(low), axis.place(high), super::marks::class(place));
            text += &format!("<line class=\"whisker {class}\" x1=\"{x1:.2}%\" x2=\"{x2:.2}%\" y1=\"{y}\" y2=\"{y}\"/>");
        }
        text += &on_strip(place, axis.place(mean), y);
    }
    text + "</svg>"
}

/// Measures that some replications did not observe, because a mean over few of them says less.
fn seldom(results: &Results) -> String {
    let all = results.replications as usize;
    let mut lines = String::new();
    for (m, measure) in results.compared() {
        let seldom = results.policies.iter().filter(|policy| policy.overall[m].n < all);
        let parts: Vec<String> =
            seldom.map(|policy| format!("{} in {} of {all}", named(&policy.name, 40), policy.overall[m].n)).collect();
        if !parts.is_empty() {
            lines += &format!("<li>{} was not observed in every replication: {}.", named(&measure.label, 90), parts.join(", "));
        }
    }
    if lines.is_empty() { lines } else { format!("<ul class=\"notes\">{lines}</ul>\n") }
}
