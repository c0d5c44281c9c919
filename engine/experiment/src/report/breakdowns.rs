//! Breakdowns: measures side by side, value by value, such as by the hour of the day.

use crate::design::Breakdown;
use crate::output::number::row_decimals;
use crate::results::Results;

use super::Section;
use super::axis::Axis;
use super::marks::{class, icon, on_strip};
use super::means::split;
use super::text::{mean, named, safe, short};

/// From one measure's line in a picture to the next \[px\].
const LINE: f64 = 11.0;

pub(super) fn section(results: &Results) -> Option<Section> {
    let tables: String =
        results.breakdowns.iter().flat_map(|one| results.broken_down(one).map(move |place| table(results, one, place))).collect();
    if tables.is_empty() {
        return None;
    }
    let lead = "Measures side by side, value by value. The picture has one scale for all lines of a table.";
    Some(Section { id: "breakdowns", title: "Broken down".into(), lead: lead.into(), body: tables })
}

fn table(results: &Results, one: &Breakdown, place: usize) -> String {
    let policy = &results.policies[place];
    let under = if results.policies.len() > 1 { format!(", under {}", named(&policy.name, 40)) } else { String::new() };
    let many = if one.columns.len() > 3 { " many" } else { "" };
    let mut body = format!(
        "<figure><h3>{}{under}</h3>\n<table class=\"means{many}\"><thead><tr><th scope=\"col\"><span class=\"hide\">Value</span>\
         <th scope=\"col\" class=\"pic\"><span class=\"hide\">Picture</span>",
        named(&one.label, 90)
    );
    let unit = |figures: &[usize]| figures.first().map(|m| results.measures[*m].unit.clone()).unwrap_or_default();
    for (column, (label, figures)) in one.columns.iter().enumerate() {
        let unit = unit(figures);
        let unit = if unit.is_empty() { unit } else { format!(" <small>{}</small>", named(&unit, 40)) };
        body += &format!("<th scope=\"col\">{}{}{unit}", icon(column), named(label, 60));
    }
    body += "</thead><tbody>";
    let estimates = &policy.overall;
    let ends = one.columns.iter().flat_map(|(_, figures)| figures).flat_map(|m| {
        let (low, high) = estimates[*m].interval.unzip();
        [estimates[*m].mean, low, high].into_iter().flatten()
    });
    let axis = Axis::of(ends, 4.0, 96.0);
    let decimals: Vec<usize> =
        one.columns.iter().map(|(_, figures)| row_decimals(figures.iter().filter_map(|m| estimates[*m].mean))).collect();
    for (at, value) in one.values.iter().enumerate() {
        body += &format!("\n<tr><th scope=\"row\">{}<td class=\"pic\">", named(value, 60));
        let height = LINE * one.columns.len() as f64 + 5.0;
        body += &format!("<svg class=\"strip\" width=\"100%\" height=\"{height}\" aria-hidden=\"true\">");
        for (column, (_, figures)) in one.columns.iter().enumerate() {
            let estimate = &estimates[figures[at]];
            let (Some(axis), Some(mean)) = (&axis, estimate.mean) else { continue };
            let y = LINE * (column as f64 + 0.5) + 2.5;
            body += &format!("<line class=\"guide\" x1=\"0\" x2=\"100%\" y1=\"{y}\" y2=\"{y}\"/>");
            if let Some((low, high)) = estimate.interval {
                let (x1, x2, class) = (axis.place(low), axis.place(high), class(column));
                body += &format!("<line class=\"whisker {class}\" x1=\"{x1:.2}%\" x2=\"{x2:.2}%\" y1=\"{y}\" y2=\"{y}\"/>");
            }
            body += &on_strip(column, axis.place(mean), y);
        }
        body += "</svg>";
        for (column, (label, figures)) in one.columns.iter().enumerate() {
            let text = split(&mean(&estimates[figures[at]], decimals[column]));
            body += &format!("<td class=\"n\" data-of=\"{}\">{}{text}", safe(&short(label, 40)), icon(column));
        }
    }
    body + "</tbody></table></figure>\n"
}
