//! What each policy is worth in money: earned, spent, put at risk, what is left, and what comes back for each unit spent.

use crate::output::number::{plain, row_decimals, signed, spread};
use crate::results::Results;
use crate::statistics::Estimate;
use crate::worth::Gain;

use super::Section;
use super::axis::Axis;
use super::marks::policy;
use super::text::{named, safe, short};

pub(super) fn section(results: &Results) -> Option<Section> {
    let worth = results.worth.as_ref()?;
    if results.gains.is_empty() {
        return None;
    }
    let unit = if worth.unit.is_empty() { String::new() } else { format!(", in {}", named(&worth.unit, 40)) };
    let list = |measures: &[usize]| {
        let names: Vec<String> = measures.iter().map(|m| named(&results.measures[*m].label, 60)).collect();
        if names.is_empty() { "nothing".into() } else { names.join(", ") }
    };
    let lead = format!(
        "More or less than under {}{unit}. Earned: {}. Spent: {}. At risk: {}. Each bar begins where the one above it ends; thin \
         lines are 95 % intervals.",
        named(&results.policies[0].name, 40),
        list(&worth.revenue),
        list(&worth.cost),
        list(&worth.risk),
    );
    // One scale for all policies, so that their bars compare.
    let axis = Axis::of(results.gains.iter().flat_map(reach).chain([0.0]), 2.0, 98.0)?;
    let panels: String = results.gains.iter().enumerate().map(|(place, gain)| panel(results, place, gain, &axis)).collect();
    Some(Section { id: "value", title: "What it is worth".into(), lead, body: format!("<div class=\"two\">\n{panels}</div>\n") })
}

/// The bars of a policy: from, to, and the interval of where each ends.
fn bars(gain: &Gain) -> [(&'static str, f64, f64, &Estimate, f64); 4] {
    let mean = |estimate: &Estimate| estimate.mean.unwrap_or(0.0);
    let (revenue, cost, risk) = (mean(&gain.revenue), mean(&gain.cost), mean(&gain.risk));
    [
        ("earned", 0.0, revenue, &gain.revenue, 1.0),
        ("spent", revenue, revenue - cost, &gain.cost, -1.0),
        ("at risk", revenue - cost, revenue - cost - risk, &gain.risk, -1.0),
        ("net", 0.0, mean(&gain.net), &gain.net, 1.0),
    ]
}

fn reach(gain: &Gain) -> Vec<f64> {
    bars(gain)
        .into_iter()
        .flat_map(|(_, from, to, estimate, _)| {
            let half = estimate.half_width().unwrap_or(0.0);
            [from, to - half, to + half]
        })
        .filter(|end| end.is_finite())
        .collect()
}

fn panel(results: &Results, place: usize, gain: &Gain, axis: &Axis) -> String {
    let x = |value: f64| axis.place(value);
    let all = [&gain.revenue, &gain.cost, &gain.risk, &gain.net];
    let decimals = row_decimals(all.iter().filter_map(|estimate| estimate.mean));
    let mut rows = String::new();
    for (word, from, to, estimate, sign) in bars(gain) {
        let text = match estimate.mean {
            None => "–".into(),
            Some(mean) => {
                let half = estimate
                    .half_width()
                    .map_or(String::new(), |half| format!(" <span class=\"pm\">± {}</span>", spread(half, decimals)));
                format!("<b>{}</b>{half}", signed(sign * mean, decimals))
            }
        };
        let (left, right) = (x(from.min(to)), x(from.max(to)));
        let class = match (word, to < from) {
            ("net", false) => "gain net",
            ("net", true) => "loss net",
            (_, false) => "gain",
            (_, true) => "loss",
        };
        let half = estimate.half_width().unwrap_or(0.0);
        rows += &format!(
            "<div class=\"row{}\"><div class=\"what\">{word}</div><svg class=\"strip\" width=\"100%\" height=\"24\" aria-hidden=\"true\">\
             <line class=\"zero\" x1=\"{zero:.2}%\" x2=\"{zero:.2}%\" y1=\"0\" y2=\"100%\"/>\
             <rect class=\"{class}\" x=\"{left:.2}%\" y=\"4\" width=\"{:.2}%\" height=\"16\"/>\
             <line class=\"whisker ink\" x1=\"{:.2}%\" x2=\"{:.2}%\" y1=\"12\" y2=\"12\"/></svg><div class=\"said\">{text}</div></div>\n",
            if word == "net" { " sum" } else { "" },
            (right - left).max(0.3),
            x(to - half),
            x(to + half),
            zero = x(0.0),
        );
    }
    let unit = results.worth.as_ref().map(|worth| short(&worth.unit, 40)).unwrap_or_default();
    let coin = unit.split_whitespace().next().unwrap_or("unit").to_owned();
    let back = match &gain.return_on_cost {
        Some(back) => {
            let percent = |value: f64| plain(100.0 * value, 0);
            format!(
                "Each {} spent more comes back with {} % on top ({} to {} %).",
                safe(&coin),
                percent(back.value),
                percent(back.interval.0),
                percent(back.interval.1)
            )
        }
        None => "No return on cost: it is not certain that more is spent at all.".into(),
    };
    format!(
        "<figure class=\"worth\"><h3>{}</h3>\n<div class=\"rows\">{rows}</div><figcaption>{back}</figcaption></figure>\n",
        policy(results, place + 1)
    )
}
