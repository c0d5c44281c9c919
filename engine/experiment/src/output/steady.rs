//! How long a model takes to settle, as text, as JSON (schema `rehearsal.steady/1`) and as a picture.

use serde_json::{Value, json};
use std::fmt::Write;

use super::human::{Look, NOTHING, count, label, mean, printable, right};
use super::number::{plain, row_decimals};
use super::table::{Grid, Tone, wrapped};
use crate::design::{Measure, Period};
use crate::steady::Settled;

/// What was found under one policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Steady {
    /// The scenario's name.
    pub scenario: String,
    /// The policy's name.
    pub policy: String,
    /// The seed of every random stream.
    pub seed: u64,
    /// How many replications were looked at.
    pub replications: usize,
    /// The time that each covers; its warm-up is what the scenario says.
    pub period: Period,
    /// Into how many stretches it was cut.
    pub stretches: usize,
    /// The measures, with what was found; `None` where some stretch was never observed.
    pub measures: Vec<(Measure, Option<Settled>)>,
}

impl Steady {
    /// When a stretch begins \[s\].
    fn begin(&self, stretch: usize) -> u64 {
        (u128::from(self.period.seconds) * stretch as u128 / self.stretches.max(1) as u128) as u64
    }

    fn found(&self) -> impl Iterator<Item = &Settled> {
        self.measures.iter().filter_map(|(_, found)| found.as_ref())
    }

    /// The warm-up that suits all measures \[s\], to the next whole unit; `None` where the runs are too short to tell.
    pub fn warm_up(&self) -> Option<u64> {
        let fine = self.found().count() > 0 && self.found().all(|found| found.is_long_enough);
        fine.then(|| rounded_up(self.begin(self.found().map(|found| found.from).max().unwrap_or(0))))
    }
}

/// Up to the next whole second, minute, hour or day, so that it stays a round number.
fn rounded_up(seconds: u64) -> u64 {
    let unit = match seconds {
        0..120 => 1,
        120..7_200 => 60,
        7_200..172_800 => 3_600,
        _ => 86_400,
    };
    seconds.div_ceil(unit) * unit
}

/// A span as scenarios write it: `2d 4h`.
fn span(seconds: u64) -> String {
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, name) in [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")] {
        if rest >= unit {
            parts.push(format!("{}{name}", rest / unit));
            rest %= unit;
        }
    }
    parts.truncate(2);
    if parts.is_empty() { "0s".into() } else { parts.join(" ") }
}

/// How long something takes to settle, in words.
fn after(seconds: u64) -> String {
    if seconds == 0 { "at once".into() } else { span(seconds) }
}

/// The finding as text.
pub fn steady(found: &Steady, look: &Look) -> String {
    let title = format!(
        "{} under {}: {} of {} in {} stretches, seed {}",
        printable(&found.scenario),
        printable(&found.policy),
        count(found.replications as u64, "replication", "replications"),
        span(found.period.seconds),
        plain(found.stretches as f64, 0),
        found.seed,
    );
    let rows = found.measures.iter().map(|(measure, settled)| {
        let cells = match settled {
            None => vec![vec![right("seldom observed")], vec![right(NOTHING)]],
            Some(settled) => {
                let when = if settled.is_long_enough { after(found.begin(settled.from)) } else { "the run is too short".into() };
                let decimals = row_decimals(settled.estimate.mean.into_iter());
                vec![vec![right(&when)], mean(&settled.estimate, decimals, plain)]
            }
        };
        (label(measure), cells)
    });
    let grid = Grid { values: "steady".into(), columns: vec!["settles".into(), "mean behind that".into()], rows: rows.collect() };
    let mut text = format!("{}\n\n", Tone::Bold.paint(&wrapped(&title, look.width, ""), look.color));
    text += &grid.render(look.width, look.color);
    text += "\n";
    let mut say = |line: String| text += &format!("{}\n", wrapped(&line, look.width, ""));
    let own = found.period.warm_up;
    match found.warm_up() {
        Some(warm_up) if own >= warm_up => {
            let within = if warm_up == 0 { "at once".into() } else { format!("within {}", span(warm_up)) };
            say(format!("The scenario's warm_up of {} is long enough: all measures settle {within}.", span(own)));
        }
        Some(warm_up) => {
            say(format!("The scenario's warm_up is {}: write warm_up: \"{}\" in its Experiment(...).", span(own), span(warm_up)));
        }
        None => {
            say("The runs are too short to tell: give scenario.length a larger value, such as --set scenario.length=1000d."
                .into())
        }
    }
    say("What is cut off is found by MSER-5 on the mean course over replications.".into());
    if found.replications == 1 {
        let worst =
            found.found().filter_map(|settled| settled.correlation).fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
        let trust = if worst.abs() > 0.45 { "too much for the intervals to be trusted: run longer" } else { "little enough" };
        say(format!(
            "± is half of the 95 % interval from 20 batches of one run; neighbouring batches correlate by {} at most, {trust}.",
            plain(worst, 2)
        ));
    } else {
        say(format!("± is half of the 95 % interval over {} replications, each without its beginning.", found.replications));
    }
    text
}

/// The finding as JSON.
pub fn steady_json(found: &Steady) -> String {
    let one = |(measure, settled): &(Measure, Option<Settled>)| -> Value {
        json!({
            "measure": measure.name,
            "unit": measure.unit,
            "settles_after_s": settled.as_ref().filter(|settled| settled.is_long_enough).map(|settled| found.begin(settled.from)),
            "long_enough": settled.as_ref().map(|settled| settled.is_long_enough),
            "mean": settled.as_ref().and_then(|settled| settled.estimate.mean),
            "ci": settled.as_ref().and_then(|settled| settled.estimate.interval).map(|(low, high)| [low, high]),
            "correlation": settled.as_ref().and_then(|settled| settled.correlation),
        })
    };
    let document = json!({
        "schema": "rehearsal.steady/1",
        "scenario": found.scenario,
        "policy": found.policy,
        "seed": found.seed,
        "replications": found.replications,
        "length_s": found.period.seconds,
        "stretches": found.stretches,
        "warm_up_s": { "scenario": found.period.warm_up, "enough": found.warm_up() },
        "measures": found.measures.iter().map(one).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

/// Size of a picture of one measure.
const WIDE: f64 = 760.0;
const HIGH: f64 = 170.0;

/// The courses as an SVG picture, one below the other: each stretch, the running mean from its end, and the cut.
pub fn steady_svg(found: &Steady) -> String {
    let shown: Vec<(&Measure, &Settled)> =
        found.measures.iter().filter_map(|(measure, settled)| settled.as_ref().map(|settled| (measure, settled))).collect();
    let height = HIGH * shown.len() as f64 + 40.0;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDE} {height}\" width=\"{WIDE}\" height=\"{height}\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n"
    );
    for (place, (measure, settled)) in shown.iter().enumerate() {
        panel(&mut svg, found, measure, settled, HIGH * place as f64);
    }
    let _ = writeln!(
        svg,
        "<text x=\"60\" y=\"{:.0}\" fill=\"#57606a\">0 to {}; shaded: cut off by MSER-5; line: mean from each moment to the end</text>",
        height - 14.0,
        span(found.period.seconds)
    );
    svg + "</svg>\n"
}

fn panel(svg: &mut String, found: &Steady, measure: &Measure, settled: &Settled, top: f64) {
    let course = &settled.course;
    let (left, right, upper, lower) = (60.0, WIDE - 16.0, top + 34.0, top + HIGH - 16.0);
    let (least, most) = course.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(*value), b.max(*value)));
    let (least, most) = if most > least { (least, most) } else { (least - 1.0, most + 1.0) };
    let x = |at: usize| left + (right - left) * at as f64 / course.len() as f64;
    let y = |value: f64| lower - (lower - upper) * (value - least) / (most - least);
    let title = escaped(&label(measure));
    let when = match (settled.is_long_enough, settled.from) {
        (true, 0) => "at once".into(),
        (true, from) => format!("after {}", span(found.begin(from))),
        (false, _) => "later than the run ends".into(),
    };
    let decimals = row_decimals([least, most].into_iter());
    let _ = writeln!(
        svg,
        "<text x=\"{left}\" y=\"{:.0}\" font-weight=\"600\" fill=\"#1f2328\">{title}: settles {when}</text>",
        top + 22.0
    );
    let cut = x(settled.from);
    let _ = writeln!(
        svg,
        "<rect x=\"{left}\" y=\"{upper:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"#e69f00\" fill-opacity=\"0.22\"/>",
        cut - left,
        lower - upper
    );
    for (value, at) in [(most, upper + 4.0), (least, lower + 4.0)] {
        let text = plain(value, decimals);
        let _ = writeln!(svg, "<text x=\"{:.0}\" y=\"{at:.1}\" text-anchor=\"end\" fill=\"#57606a\">{text}</text>", left - 6.0);
    }
    let points: Vec<String> = course.iter().enumerate().map(|(at, value)| format!("{:.1},{:.1}", x(at), y(*value))).collect();
    let _ = writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"#9aa4ae\" stroke-width=\"0.8\"/>", points.join(" "));
    let mut sum = 0.0;
    let mut means: Vec<String> = Vec::new();
    for (at, value) in course.iter().enumerate().rev() {
        sum += value;
        means.push(format!("{:.1},{:.1}", x(at), y(sum / (course.len() - at) as f64)));
    }
    let _ = writeln!(svg, "<polyline points=\"{}\" fill=\"none\" stroke=\"#0072b2\" stroke-width=\"2\"/>", means.join(" "));
}

fn escaped(text: &str) -> String {
    text.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_written_as_scenarios_write_them() {
        assert_eq!(
            (span(0), span(90), span(7_260), span(86_400 * 3 + 3_600)),
            ("0s".into(), "1min 30s".into(), "2h 1min".into(), "3d 1h".into())
        );
        assert_eq!((rounded_up(7_201), rounded_up(100_000), rounded_up(90), rounded_up(200_000)), (10_800, 100_800, 90, 259_200));
    }
}
