//! A law against what was seen, as a picture: the curve of Kaplan and Meier with the law as written and as fitted, and
//! quantiles against quantiles.

use std::fmt::Write;

use super::number::plain;
use super::table::wrapped;
use crate::fit::{Family, Fitted, Seen, Step, Survival};
use crate::report::axis::{Axis, path, px};

/// Size of the picture \[px\].
const WIDE: f64 = 940.0;
const HIGH: f64 = 446.0;

/// Points of a quantile picture; more could not be told apart.
const POINTS_MAX: usize = 400;

/// What a picture of a law shows.
#[derive(Debug, Clone, PartialEq)]
pub struct LawPicture<'a> {
    /// The law's name in the scenario.
    pub title: &'a str,
    /// As written.
    pub before: &'a str,
    /// As fitted.
    pub after: &'a str,
    /// The verdict.
    pub verdict: &'a str,
    /// The unit of values in base units, as `s`; empty for plain numbers.
    pub unit: &'a str,
    /// The parameters as written.
    pub written: &'a [f64],
    /// The fit.
    pub fitted: &'a Fitted,
    /// What was seen.
    pub sample: &'a [Seen],
}

/// Colours by day and by night; readers that know no night show the day.
const STYLE: &str = "\
.paper{fill:#fff}.ink{fill:#1b2128}.soft{fill:#58626d}.rule{stroke:#e3e7eb}.base{stroke:#8b959e}\
.seen{stroke:#1b2128}.band{fill:#1b2128;fill-opacity:.1}.dot{fill:#0067b1}.fitted{stroke:#0067b1}.written{stroke:#b86e00}\
.equal{stroke:#8b959e}\
@media (prefers-color-scheme:dark){.paper{fill:#14181c}.ink{fill:#e7ebee}.soft{fill:#a9b3bc}.rule{stroke:#2c343b}\
.base{stroke:#6b757e}.seen{stroke:#e7ebee}.band{fill:#e7ebee;fill-opacity:.14}.dot{fill:#5cb3f5}.fitted{stroke:#5cb3f5}\
.written{stroke:#f0a93b}.equal{stroke:#6b757e}}";

/// A frame in the picture: where its axes lie.
struct Frame {
    x: Axis,
    y: Axis,
    left: f64,
    right: f64,
    bottom: f64,
}

/// The picture as SVG.
#[must_use]
pub fn law_picture(shown: &LawPicture<'_>) -> String {
    let curve = Survival::of(shown.sample);
    let values = || shown.sample.iter().map(|seen| seen.value);
    let (scale, unit) = scale(shown.unit, values().fold(0.0, |most, value| f64::max(most, value.abs())));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDE} {HIGH}\" width=\"{WIDE}\" height=\"{HIGH}\" \
         font-family=\"system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif\" font-size=\"12\" role=\"img\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n",
        escaped(shown.title)
    );
    text(&mut svg, (24.0, 28.0), "ink", "font-size=\"16\" font-weight=\"600\"", shown.title);
    let cut_off = shown.fitted.cut_off;
    let counted = |count: usize| plain(count as f64, 0);
    let mut seen = format!("{} seen", counted(shown.fitted.n));
    if cut_off > 0 {
        seen += &format!(", {} of them cut off", counted(cut_off));
    }
    let told = wrapped(&format!("{seen}: {}", shown.verdict), 135, "");
    for (line, y) in told.lines().take(2).zip([48.0, 64.0]) {
        text(&mut svg, (24.0, y), "soft", "", line);
    }
    survival(&mut svg, shown, &curve, scale, &unit);
    quantiles(&mut svg, shown, &curve, scale, &unit);
    svg + "</svg>\n"
}

/// The left half: which share exceeds each value.
fn survival(svg: &mut String, shown: &LawPicture<'_>, curve: &Survival, scale: f64, unit: &str) {
    let largest = shown.sample.iter().map(|seen| seen.value).fold(f64::NEG_INFINITY, f64::max);
    let least = shown.sample.iter().map(|seen| seen.value).fold(f64::INFINITY, f64::min);
    let ends = [least.min(if least >= 0.0 { 0.0 } else { least }), largest].map(|value| value / scale);
    let Some(x) = Axis::of(ends.into_iter(), 66.0, 500.0) else { return };
    let Some(y) = Axis::of([0.0, 1.0].into_iter(), 366.0, 116.0) else { return };
    let frame = Frame { x, y, left: 66.0, right: 500.0, bottom: 366.0 };
    let head = if shown.unit == "s" { "Share that lasts longer" } else { "Share that is larger" };
    text(svg, (66.0, 98.0), "ink", "font-weight=\"600\"", head);
    grid(svg, &frame, unit, &[0.0, 0.25, 0.5, 0.75, 1.0].map(|share| (share, format!("{:.0} %", share * 100.0))));
    band(svg, &frame, curve, scale);
    let mut points = vec![(frame.x.place(ends[0]), frame.y.place(1.0))];
    for step in seen_apart(&frame, curve, scale) {
        let (x, before) = (frame.x.place(step.at / scale), points[points.len() - 1].1);
        points.extend([(x, before), (x, frame.y.place(step.share))]);
    }
    let end = points[points.len() - 1].1;
    points.push((frame.x.place(largest / scale), end));
    line(svg, "seen", "1.4", "", &points);
    cut_marks(svg, &frame, curve, scale);
    for (class, dash, parameters) in [("written", "6 4", shown.written), ("fitted", "", &shown.fitted.values())] {
        line(svg, class, "2", dash, &law(shown.fitted.family, parameters, &frame, scale));
    }
    legend(svg, shown, curve);
}

/// The steps of a curve that can be told apart in the picture, the last one in any case.
fn seen_apart<'c>(frame: &Frame, curve: &'c Survival, scale: f64) -> Vec<&'c Step> {
    let mut last = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    let number = curve.steps.len();
    let apart = |(at, step): (usize, &'c Step)| {
        let place = (frame.x.place(step.at / scale), frame.y.place(step.share));
        let far = (place.0 - last.0).abs() >= 0.4 || (place.1 - last.1).abs() >= 0.4 || at + 1 == number;
        last = if far { place } else { last };
        far.then_some(step)
    };
    curve.steps.iter().enumerate().filter_map(apart).collect()
}

/// The points of a law's curve.
fn law(family: Family, parameters: &[f64], frame: &Frame, scale: f64) -> Vec<(f64, f64)> {
    let pieces = if family.is_whole() { 400 } else { 160 };
    let value = |at: u32| frame.x.low() + (frame.x.high() - frame.x.low()) * f64::from(at) / f64::from(pieces);
    let point = |at: u32| {
        let share = 1.0 - family.cdf(parameters, value(at) * scale);
        (frame.x.place(value(at)), frame.y.place(if share.is_finite() { share } else { 0.0 }))
    };
    (0..=pieces).map(point).collect()
}

/// Twice the standard error about the curve.
fn band(svg: &mut String, frame: &Frame, curve: &Survival, scale: f64) {
    let (mut upper, mut lower) = (Vec::new(), Vec::new());
    let mut before = (frame.y.place(1.0), frame.y.place(1.0));
    for step in seen_apart(frame, curve, scale) {
        let x = frame.x.place(step.at / scale);
        let reach = 1.96 * step.variance.max(0.0).sqrt();
        let now = (frame.y.place((step.share + reach).min(1.0)), frame.y.place((step.share - reach).max(0.0)));
        upper.extend([(x, before.0), (x, now.0)]);
        lower.extend([(x, before.1), (x, now.1)]);
        before = now;
    }
    lower.reverse();
    if !upper.is_empty() {
        let _ = writeln!(svg, "<path class=\"band\" d=\"{}Z\"/>", path(upper.into_iter().chain(lower)));
    }
}

/// Small strokes where values were cut off.
fn cut_marks(svg: &mut String, frame: &Frame, curve: &Survival, scale: f64) {
    // Of very many only every so-manieth is drawn.
    let every = curve.cut_off.len().div_ceil(150).max(1);
    for at in curve.cut_off.iter().step_by(every) {
        let (x, y) = (frame.x.place(at / scale), frame.y.place(curve.share(*at)));
        line(svg, "seen", "1", "", &[(x, y - 4.0), (x, y + 4.0)]);
    }
}

fn legend(svg: &mut String, shown: &LawPicture<'_>, curve: &Survival) {
    let seen = if curve.cut_off.is_empty() { "as seen, with 95 %" } else { "as seen, with 95 %; strokes: cut off" };
    let rows = [
        ("seen", "", seen.to_owned()),
        ("written", "6 4", format!("written: {}", shown.before)),
        ("fitted", "", format!("fitted: {}", shown.after)),
    ];
    let mut x = 66.0;
    for (class, dash, words) in rows {
        let words = clipped(&words, 44);
        line(svg, class, "2", dash, &[(x, 425.0), (x + 24.0, 425.0)]);
        text(svg, (x + 30.0, 429.0), "soft", "", &words);
        x += 56.0 + words.chars().count() as f64 * 6.6;
    }
}

/// The right half: where values ought to lie by the fitted law, and where they lie.
fn quantiles(svg: &mut String, shown: &LawPicture<'_>, curve: &Survival, scale: f64, unit: &str) {
    let values = shown.fitted.values();
    let mut before = 1.0;
    let mut points = Vec::new();
    for step in &curve.steps {
        let middle = 1.0 - f64::midpoint(before, step.share);
        before = step.share;
        if middle > 0.0 && middle < 1.0 {
            points.push((shown.fitted.family.quantile(&values, middle) / scale, step.at / scale));
        }
    }
    let every = points.len().div_ceil(POINTS_MAX).max(1);
    let last = points.last().copied();
    // The ends, where laws differ, are drawn in any case.
    let tail = points.len().saturating_sub(20);
    let points: Vec<(f64, f64)> =
        points.into_iter().enumerate().filter(|(at, _)| at % every == 0 || *at >= tail).map(|(_, point)| point).collect();
    let both = points.iter().chain(&last).flat_map(|(x, y)| [*x, *y]).filter(|value| value.is_finite()).collect::<Vec<_>>();
    let zero = if both.iter().all(|value| *value >= 0.0) { Some(0.0) } else { None };
    let Some(x) = Axis::of(both.iter().copied().chain(zero), 590.0, 916.0) else { return };
    let Some(y) = Axis::of(both.into_iter().chain(zero), 366.0, 116.0) else { return };
    let frame = Frame { x, y, left: 590.0, right: 916.0, bottom: 366.0 };
    text(svg, (590.0, 98.0), "ink", "font-weight=\"600\"", "Quantiles: seen, upwards, against fitted");
    let ticks = frame.y.ticks(4);
    grid(svg, &frame, unit, &ticks);
    let ends = (frame.x.low(), frame.x.high());
    line(
        svg,
        "equal",
        "1.2",
        "4 4",
        &[(frame.x.place(ends.0), frame.y.place(ends.0)), (frame.x.place(ends.1), frame.y.place(ends.1))],
    );
    for (x, y) in points {
        let _ = writeln!(
            svg,
            "<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"2.4\" fill-opacity=\".65\"/>",
            px(frame.x.place(x)),
            px(frame.y.place(y))
        );
    }
}

/// Lines and numbers of a frame.
fn grid(svg: &mut String, frame: &Frame, unit: &str, rows: &[(f64, String)]) {
    for (value, words) in rows {
        let y = frame.y.place(*value);
        line(svg, "rule", "1", "", &[(frame.left, y), (frame.right, y)]);
        text(svg, (frame.left - 8.0, y + 4.0), "soft", "text-anchor=\"end\"", words);
    }
    line(svg, "base", "1", "", &[(frame.left, frame.bottom), (frame.right, frame.bottom)]);
    for (value, words) in frame.x.ticks(5) {
        let x = frame.x.place(value);
        line(svg, "base", "1", "", &[(x, frame.bottom), (x, frame.bottom + 4.0)]);
        text(svg, (x, frame.bottom + 18.0), "soft", "text-anchor=\"middle\"", &words);
    }
    if !unit.is_empty() {
        text(svg, (frame.right, frame.bottom + 36.0), "soft", "text-anchor=\"end\"", unit);
    }
}

fn line(svg: &mut String, class: &str, width: &str, dash: &str, points: &[(f64, f64)]) {
    let dash = if dash.is_empty() { String::new() } else { format!(" stroke-dasharray=\"{dash}\"") };
    let d = path(points.iter().copied());
    let _ = writeln!(svg, "<path class=\"{class}\" d=\"{d}\" fill=\"none\" stroke-width=\"{width}\"{dash}/>");
}

fn text(svg: &mut String, (x, y): (f64, f64), class: &str, more: &str, words: &str) {
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{}\" y=\"{}\" {more}>{}</text>", px(x), px(y), escaped(words));
}

/// How values are shown: divided by what, and in which unit.
fn scale(unit: &str, most: f64) -> (f64, String) {
    let (scale, name) = match unit {
        "s" if most >= 3.0 * 86_400.0 => (86_400.0, "days"),
        "s" if most >= 3.0 * 3_600.0 => (3_600.0, "hours"),
        "s" if most >= 180.0 => (60.0, "minutes"),
        "s" => (1.0, "seconds"),
        other => (1.0, other),
    };
    (scale, name.to_owned())
}

/// A text that is no longer than so many characters.
fn clipped(words: &str, most: usize) -> String {
    if words.chars().count() <= most {
        return words.to_owned();
    }
    words.chars().take(most - 1).chain(['…']).collect()
}

fn escaped(words: &str) -> String {
    let words: String = words.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
