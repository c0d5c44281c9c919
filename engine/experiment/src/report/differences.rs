//! How policies differ from the baseline: intervals on one picture whose better side is always on the right.

use crate::compare::{Difference, Verdict};
use crate::design::Better;
use crate::results::Results;

use super::Section;
use super::marks::{class, icon, legend, on_strip, policy};
use super::means::{arrow, split};
use super::text::{behind, decimals, difference, labelled, labelled_briefly, labelled_plain, named, safe, short, table};

/// From one policy's line to the next \[px\]; as high as a line of text.
const LINE: f64 = 24.0;

pub(super) fn section(results: &Results) -> Option<Section> {
    if results.policies.len() < 2 {
        return None;
    }
    let name = named(&results.policies[0].name, 40);
    let adjusted = if results.differences.len() > 1 { ", so that all policies of a line hold at once (Holm)" } else { "" };
    let lead = format!(
        "Each policy less {name}, within each replication, where both met the same people and the same luck. Marks lie on the \
         right where the policy is better; lines are 95 % intervals, and what they say is adjusted{adjusted}. Each line has a scale of its own.",
        adjusted = adjusted
    );
    let lead = if adjusted.is_empty() { lead.replace(", and what they say is adjusted", "") } else { lead };
    let (directed, other): (Vec<usize>, Vec<usize>) =
        (0..results.measures.len()).partition(|m| results.measures[*m].better != Better::Neither);
    let mut body = legend(results, 1);
    for (rows, left, right) in [(directed, "← worse", "better →"), (other, "← less", "more →")] {
        if rows.is_empty() {
            continue;
        }
        let head = format!(
            "<div class=\"row top\" aria-hidden=\"true\"><span></span><span class=\"ends\"><span>{left}</span><span>no difference</span><span>{right}</span></span><span></span></div>\n"
        );
        body += &format!("<div class=\"rows\">\n{head}{}</div>\n", rows.iter().map(|m| row(results, *m)).collect::<String>());
    }
    body += &behind("The numbers behind it", &numbers(results));
    Some(Section { id: "differences", title: format!("Difference from {}", short(&results.policies[0].name, 40)), lead, body })
}

fn row(results: &Results, m: usize) -> String {
    let measure = &results.measures[m];
    let decimals = decimals(results, m);
    let row: Vec<&Difference> = results.differences.iter().map(|policy| &policy[m]).collect();
    let said: String = row
        .iter()
        .enumerate()
        .map(|(place, found)| {
            let text = split(&difference(&found.estimate, decimals));
            format!("<div class=\"line\">{}<span class=\"n\">{text}</span>{}</div>", icon(place + 1), word(found.verdict))
        })
        .collect();
    let spoken: Vec<String> = row
        .iter()
        .enumerate()
        .map(|(place, found)| {
            let name = short(&results.policies[place + 1].name, 40);
            format!("{name} {}, {}", difference(&found.estimate, decimals), found.verdict.word())
        })
        .collect();
    let picture = strip(&row, measure.better, &format!("{}: {}", labelled_plain(measure), spoken.join("; ")));
    format!(
        "<div class=\"row\"><div class=\"what\">{}{}</div>{picture}<div class=\"said\">{said}</div></div>\n",
        arrow(measure.better),
        labelled(measure)
    )
}

/// Intervals about a zero in the middle, with the better side on the right.
pub(super) fn strip(row: &[&Difference], better: Better, spoken: &str) -> String {
    let sign = if better == Better::Lower { -1.0 } else { 1.0 };
    let ends = row.iter().flat_map(|found| {
        let (low, high) = found.estimate.interval.unzip();
        [found.estimate.mean, low, high].into_iter().flatten().map(f64::abs)
    });
    let bound = ends.filter(|end| end.is_finite()).fold(0.0, f64::max);
    let place = |value: f64| if bound > 0.0 { 50.0 + 46.0 * sign * value / bound } else { 50.0 };
    let height = LINE * row.len() as f64;
    let mut text =
        format!("<svg class=\"strip\" width=\"100%\" height=\"{height}\" role=\"img\"><title>{0}</title>", safe(spoken));
    if better != Better::Neither {
        text += "<rect class=\"bad\" x=\"0\" y=\"0\" width=\"50%\" height=\"100%\"/><rect class=\"good\" x=\"50%\" y=\"0\" width=\"50%\" height=\"100%\"/>";
    } else {
        text += "<rect class=\"flat\" x=\"0\" y=\"0\" width=\"100%\" height=\"100%\"/>";
    }
    text += "<line class=\"zero\" x1=\"50%\" x2=\"50%\" y1=\"0\" y2=\"100%\"/>";
    for (at, found) in row.iter().enumerate() {
        let Some(mean) = found.estimate.mean else { continue };
        let y = LINE * (at as f64 + 0.5);
        if let Some((low, high)) = found.estimate.interval {
            let (x1, x2) = (place(low), place(high));
            let class = class(at + 1);
            text += &format!("<line class=\"whisker {class}\" x1=\"{x1:.2}%\" x2=\"{x2:.2}%\" y1=\"{y}\" y2=\"{y}\"/>");
            for x in [x1, x2] {
                text += &format!(
                    "<line class=\"whisker {class}\" x1=\"{x:.2}%\" x2=\"{x:.2}%\" y1=\"{}\" y2=\"{}\"/>",
                    y - 3.5,
                    y + 3.5
                );
            }
        }
        text += &on_strip(at + 1, place(mean), y);
    }
    text + "</svg>"
}

/// A verdict as a word in its colour.
pub(super) fn word(verdict: Verdict) -> String {
    format!("<span class=\"v {}\">{0}</span>", verdict.word())
}

/// For each policy behind the baseline: on how many measures it is better, worse, or not known to be either.
pub(super) fn scores(results: &Results) -> String {
    if results.policies.len() < 2 {
        return String::new();
    }
    let item = |place: usize| {
        let directed = results.differences[place].iter().zip(&results.measures).filter(|(_, m)| m.better != Better::Neither);
        let verdicts: Vec<Verdict> = directed.map(|(found, _)| found.verdict).collect();
        let count = |wanted: Verdict| verdicts.iter().filter(|found| **found == wanted).count();
        let (better, worse) = (count(Verdict::Better), count(Verdict::Worse));
        let undecided = verdicts.len() - better - worse;
        let part = |n: usize, word: &str| {
            if n == 0 { String::new() } else { format!("<span class=\"{word}\" style=\"flex-grow:{n}\">{n}</span>") }
        };
        let bar = [part(better, "better"), part(undecided, "undecided"), part(worse, "worse")].concat();
        format!(
            "<li><div>{}</div><div class=\"bar\" aria-hidden=\"true\">{bar}</div>\
             <div class=\"tally\">{better} better, {undecided} undecided, {worse} worse</div></li>",
            policy(results, place + 1)
        )
    };
    let items: String = (0..results.differences.len()).map(item).collect();
    let baseline = policy(results, 0);
    format!(
        "<div class=\"scores\"><ul>{items}</ul><p>Each against {baseline}, the baseline, in measures with a better side.</p></div>\n"
    )
}

fn numbers(results: &Results) -> String {
    let head = ["Measure", "Policy", "Difference", "95 % interval", "p", "Verdict", "Replications"].map(String::from);
    let mut rows = Vec::new();
    for (m, measure) in results.compared() {
        let decimals = decimals(results, m);
        for (place, differences) in results.differences.iter().enumerate() {
            let found = &differences[m];
            let signed = |value: f64| crate::output::number::signed(value, decimals);
            let interval =
                found.estimate.interval.map_or_else(|| "–".into(), |(low, high)| format!("{} to {}", signed(low), signed(high)));
            rows.push(vec![
                labelled_briefly(measure),
                policy(results, place + 1),
                found.estimate.mean.map_or_else(|| "–".into(), signed),
                interval,
                chance(found.p),
                found.verdict.word().into(),
                found.estimate.n.to_string(),
            ]);
        }
    }
    table(&head, &rows)
}

/// How likely it is without a difference.
pub(super) fn chance(p: Option<f64>) -> String {
    match p {
        None => "–".into(),
        Some(p) if p < 0.001 => "&lt;&nbsp;0.001".into(),
        Some(p) if p < 0.1 => format!("{p:.3}"),
        Some(p) => format!("{p:.2}"),
    }
}
