//! Funnels: how many of those who begin get how far.

use crate::design::Funnel;
use crate::output::number::{plain, row_decimals, spread};
use crate::results::Results;

use super::Section;
use super::differences::word;
use super::marks::{class, icon, legend};
use super::text::named;

/// From one policy's bar to the next \[px\]; as high as a line of text.
const LINE: f64 = 24.0;

pub(super) fn section(results: &Results) -> Option<Section> {
    if results.funnels.is_empty() {
        return None;
    }
    let lead = "Of those who begin, the share that gets to each step. Thin lines are 95 % intervals; the first step is everyone who began. \
                Words compare a step with the baseline.";
    let figures: String = results.funnels.iter().map(|funnel| figure(results, funnel)).collect();
    Some(Section {
        id: "funnels",
        title: "How far people get".into(),
        lead: lead.into(),
        body: format!("{}{figures}", legend(results, 0)),
    })
}

/// What a share of all is written as: 100 in percent, else 1.
fn whole(results: &Results, funnel: &Funnel) -> f64 {
    let percent = funnel.shares.first().is_some_and(|m| results.measures[*m].unit.starts_with('%'));
    let most = funnel.shares.iter().flat_map(|m| results.policies.iter().filter_map(move |policy| policy.overall[*m].mean));
    if percent { 100.0 } else { most.fold(1.0, f64::max) }
}

fn figure(results: &Results, funnel: &Funnel) -> String {
    let whole = whole(results, funnel);
    let unit = funnel.shares.first().map(|m| results.measures[*m].unit.as_str()).unwrap_or_default();
    let mut rows = String::new();
    for (step, name) in funnel.steps.iter().enumerate() {
        let measure = step.checked_sub(1).and_then(|before| funnel.shares.get(before)).copied();
        let height = LINE * results.policies.len() as f64;
        let mut bars = String::new();
        let mut said = String::new();
        let means = measure.map(|m| results.policies.iter().filter_map(|policy| policy.overall[m].mean).collect::<Vec<f64>>());
        let decimals = row_decimals(means.unwrap_or_default().into_iter());
        for (place, policy) in results.policies.iter().enumerate() {
            let estimate = measure.map(|m| &policy.overall[m]);
            let mean = estimate.map_or(Some(whole), |estimate| estimate.mean);
            let y = LINE * place as f64;
            let x = |value: f64| (100.0 * value / whole).clamp(0.0, 100.0);
            if let Some(mean) = mean {
                let class = class(place);
                bars += &format!(
                    "<rect class=\"fill {class}\" x=\"0\" y=\"{}\" width=\"{:.2}%\" height=\"14\" rx=\"2\"/>",
                    y + 5.0,
                    x(mean)
                );
                if let Some((low, high)) = estimate.and_then(|estimate| estimate.interval) {
                    let y = y + 12.0;
                    bars += &format!(
                        "<line class=\"whisker ink\" x1=\"{:.2}%\" x2=\"{:.2}%\" y1=\"{y}\" y2=\"{y}\"/>",
                        x(low),
                        x(high)
                    );
                }
            }
            let text = match (mean, estimate.and_then(|estimate| estimate.half_width())) {
                (None, _) => "–".into(),
                (Some(mean), None) => format!("<b>{}</b>", plain(mean, decimals)),
                (Some(mean), Some(half)) => {
                    format!("<b>{}</b> <span class=\"pm\">± {}</span>", plain(mean, decimals), spread(half, decimals))
                }
            };
            let verdict = measure.zip(place.checked_sub(1)).map(|(m, place)| word(results.differences[place][m].verdict));
            said += &format!(
                "<div class=\"line\">{}<span class=\"n\">{text}</span>{}</div>",
                icon(place),
                verdict.unwrap_or_default()
            );
        }
        rows += &format!(
            "<div class=\"row\"><div class=\"what\">{}</div><svg class=\"strip\" width=\"100%\" height=\"{height}\" aria-hidden=\"true\">{bars}</svg><div class=\"said\">{said}</div></div>\n",
            named(name, 60)
        );
    }
    let unit = if unit.is_empty() { String::new() } else { format!(" <small>{}</small>", named(unit, 40)) };
    format!("<figure><h3>{}{unit}</h3>\n<div class=\"rows\">{rows}</div></figure>\n", named(&funnel.label, 90))
}
