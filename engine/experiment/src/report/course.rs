//! How measures go over the time of a run, with intervals.

use crate::output::number::row_decimals;
use crate::results::Results;
use crate::statistics::Estimate;

use super::Section;
use super::axis::{Axis, below, path, px};
use super::marks::{class, dash, legend_of_lines, policy};
use super::text::{behind, labelled, labelled_plain, mean, safe, span, table};

/// Width of a picture, height of its plot, and its left edge \[px\].
const SIZE: (f64, f64, f64) = (340.0, 150.0, 44.0);

pub(super) fn section(results: &Results) -> Option<Section> {
    let stretches = results.stretches.filter(|count| *count > 1)?;
    let seen = |m: &usize| results.policies.iter().any(|policy| course(policy, *m).iter().any(|at| at.mean.is_some()));
    let measures: Vec<usize> = (0..results.measures.len()).filter(seen).collect();
    if measures.is_empty() {
        return None;
    }
    let seconds = results.period.as_ref().map_or(stretches as f64, |period| period.seconds as f64);
    let warm_up = results.period.as_ref().map_or(0.0, |period| period.warm_up as f64);
    let each = match &results.period {
        Some(period) => {
            format!("each stretch of {}, counted from {}", span(seconds / stretches as f64), super::text::begin(&period.begin))
        }
        None => format!("each of {stretches} stretches of equal length"),
    };
    let before =
        if warm_up > 0.0 { format!(" Nothing is measured in the first {}, shown grey.", span(warm_up)) } else { String::new() };
    let lead = format!("The value of each measure in {each}. Bands are 95 % intervals of the mean over replications.{before}");
    let panels: String = measures.iter().map(|m| panel(results, *m, stretches, seconds, warm_up)).collect();
    let numbers = behind("The numbers behind it", &numbers(results, &measures, stretches, seconds));
    let body = format!("{}<div class=\"panels\">\n{panels}</div>\n{numbers}", legend_of_lines(results));
    Some(Section { id: "course", title: "Over time".into(), lead, body })
}

fn course(policy: &crate::PolicyResults, measure: usize) -> &[Estimate] {
    policy.observed.get(measure).map(|seen| seen.course.as_slice()).unwrap_or_default()
}

/// Runs of stretches in which something was observed.
fn runs(course: &[Estimate]) -> Vec<std::ops::Range<usize>> {
    let mut runs: Vec<std::ops::Range<usize>> = Vec::new();
    for at in (0..course.len()).filter(|at| course[*at].mean.is_some()) {
        match runs.last_mut() {
            Some(last) if last.end == at => last.end = at + 1,
            _ => runs.push(at..at + 1),
        }
    }
    runs
}

fn panel(results: &Results, m: usize, stretches: usize, seconds: f64, warm_up: f64) -> String {
    let (width, plot, left) = SIZE;
    let courses: Vec<&[Estimate]> = results.policies.iter().map(|policy| course(policy, m)).collect();
    let means = || courses.iter().flat_map(|course| course.iter()).filter_map(|at| at.mean);
    let Some(of_means) = Axis::of(means(), plot, 10.0) else { return String::new() };
    // Intervals over few replications may be so wide that nothing else could be seen: they may double the range, no more.
    let reach = of_means.high() - of_means.low();
    let ends = courses.iter().flat_map(|course| course.iter()).filter_map(|at| at.interval).flat_map(|(low, high)| [low, high]);
    let ends = ends.map(|end| end.clamp(of_means.low() - 0.5 * reach, of_means.high() + 0.5 * reach));
    let least = means().fold(f64::INFINITY, f64::min);
    let ends = ends.map(|end| if least >= 0.0 { end.max(0.0) } else { end });
    let Some(y) = Axis::of(means().chain(ends), plot, 10.0).map(|axis| axis.with_zero().with_room(0.05)) else {
        return String::new();
    };
    let (x, ticks, unit) = Axis::of_time(seconds, left, width - 8.0);
    let measure = &results.measures[m];
    let id = format!("t{m}");
    let mut svg = format!(
        "<svg class=\"chart\" viewBox=\"0 0 {width} {}\" role=\"img\"><title>{1}</title>\
         <clipPath id=\"{id}\"><rect x=\"{left}\" y=\"4\" width=\"{2}\" height=\"{3}\"/></clipPath>",
        plot + 34.0,
        safe(&format!("{} over time", labelled_plain(measure))),
        width - 8.0 - left,
        plot - 4.0,
    );
    if warm_up > 0.0 {
        svg += &format!(
            "<rect class=\"flat\" x=\"{left}\" y=\"4\" width=\"{}\" height=\"{}\"/>",
            px(x.place(warm_up) - left),
            plot - 4.0
        );
    }
    for (value, words) in y.ticks(3) {
        let at = y.place(value);
        svg += &format!(
            "<path class=\"grid\" d=\"M{left} {0}H{1}\"/><text x=\"{2}\" y=\"{3}\" text-anchor=\"end\">{words}</text>",
            px(at),
            width - 8.0,
            left - 6.0,
            px(at + 4.0)
        );
    }
    svg += &format!("<path class=\"axis\" d=\"M{left} {plot}H{}\"/>", width - 8.0);
    svg += &below(&x, &ticks, plot + 15.0);
    svg += &format!("<text class=\"dim\" x=\"{}\" y=\"{}\" text-anchor=\"end\">{unit}</text>", width - 8.0, plot + 29.0);
    svg += &format!("<g clip-path=\"url(#{id})\">");
    let middle = |at: usize| x.place((at as f64 + 0.5) * seconds / stretches as f64);
    let mut lines = String::new();
    for (place, course) in courses.iter().enumerate() {
        for run in runs(course) {
            let ends: Option<Vec<(f64, f64)>> = run.clone().map(|at| course[at].interval).collect();
            if let Some(ends) = ends.filter(|ends| ends.len() > 1) {
                let there = run.clone().zip(&ends).map(|(at, ends)| (middle(at), y.place(ends.1)));
                let back = run.clone().zip(&ends).rev().map(|(at, ends)| (middle(at), y.place(ends.0)));
                svg += &format!("<path class=\"band {}\" d=\"{}Z\"/>", class(place), path(there.chain(back)));
            }
            let points = run.clone().filter_map(|at| Some((middle(at), y.place(course[at].mean?))));
            let line =
                if run.len() > 1 { path(points) } else { points.map(|(x, y)| format!("M{} {}h4", px(x - 2.0), px(y))).collect() };
            lines += &format!("<path class=\"line {}\" d=\"{line}\"{}/>", class(place), dash(place));
        }
    }
    format!("<figure><h3>{}</h3>{svg}{lines}</g></svg></figure>\n", labelled(measure))
}

fn numbers(results: &Results, measures: &[usize], stretches: usize, seconds: f64) -> String {
    let mut text = String::new();
    for &m in measures {
        let mut head = vec!["From".to_owned()];
        head.extend((0..results.policies.len()).map(|place| policy(results, place)));
        let all = || results.policies.iter().map(|policy| course(policy, m));
        let decimals = row_decimals(all().flatten().filter_map(|at| at.mean));
        let (_, _, unit) = Axis::of_time(seconds, 0.0, 1.0);
        let length = match unit {
            "days" => 86_400.0,
            "hours" => 3_600.0,
            _ => 60.0,
        };
        let rows: Vec<Vec<String>> = (0..stretches)
            .filter(|at| all().any(|course| course.get(*at).is_some_and(|found| found.mean.is_some())))
            .map(|at| {
                let begin = at as f64 * seconds / stretches as f64 / length;
                let begin = format!(
                    "{} {unit}",
                    super::text::tick((begin * 10.0).round() / 10.0, if begin.fract().abs() < 1e-9 { 1.0 } else { 0.1 })
                );
                let found = all().map(|course| course.get(at).map_or_else(|| "–".into(), |found| mean(found, decimals)));
                std::iter::once(begin).chain(found).collect()
            })
            .collect();
        text += &format!("<h3>{}</h3>\n{}", labelled(&results.measures[m]), table(&head, &rows));
    }
    text
}
