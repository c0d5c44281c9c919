//! Pictures as SVG: figures over factors, maps of grids, bars, clouds. The same input gives the same bytes.

use std::fmt::Write;

use super::NOTHING;
use crate::explore::Factor;

/// Colours of policies, which people tell apart who see few of them (Okabe and Ito, 2008).
const COLORS: [&str; 6] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

/// A panel with its axes \[px\].
const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 260.0;

/// Room for the axes left of and below the area, and around it \[px\].
const LEFT: f64 = 70.0;
const BELOW: f64 = 46.0;
const AROUND: f64 = 16.0;

/// Room for the title \[px\].
const TOP: f64 = 36.0;

/// Panels side by side.
const COLUMNS: usize = 2;

/// Figures over one factor.
pub(super) struct Panel {
    pub(super) across: Factor,
    pub(super) up: String,
    pub(super) series: Vec<Series>,
}

/// One policy's figures: the factor's value, the mean, the interval.
pub(super) struct Series {
    pub(super) name: String,
    pub(super) points: Vec<(String, f64, (f64, f64))>,
}

/// Two figures of every point against each other: where it is, whether it is on the frontier, whether it is the best.
pub(super) struct Cloud {
    pub(super) across: String,
    pub(super) up: String,
    pub(super) bound: Option<f64>,
    /// Whether points of the frontier are joined.
    pub(super) line: bool,
    pub(super) points: Vec<((f64, f64), bool, bool)>,
}

/// A picture that is being drawn.
struct Svg {
    body: String,
    width: f64,
    height: f64,
}

impl Svg {
    fn new(panels: usize, title: &str) -> Svg {
        let columns = panels.clamp(1, COLUMNS);
        let rows = panels.max(1).div_ceil(COLUMNS);
        let mut svg = Svg { body: String::new(), width: WIDTH * columns as f64, height: TOP + (HEIGHT + 20.0) * rows as f64 };
        svg.text(AROUND, 24.0, title, "start", "font-weight=\"bold\" font-size=\"15\"");
        svg
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to memory does not fail.
        let _ = self.body.write_fmt(element);
        self.body.push('\n');
    }

    fn text(&mut self, x: f64, y: f64, text: &str, anchor: &str, more: &str) {
        self.add(format_args!("<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\" {more}>{}</text>", escaped(text)));
    }

    fn line(&mut self, from: (f64, f64), to: (f64, f64), style: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.add(format_args!("<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {style}/>"));
    }

    fn dot(&mut self, at: (f64, f64), radius: f64, style: &str) {
        self.add(format_args!("<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius}\" {style}/>", at.0, at.1));
    }

    fn done(self) -> String {
        let Svg { body, width, height } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
             height=\"{height:.0}\" font-family=\"sans-serif\" font-size=\"11\">\n<rect width=\"100%\" height=\"100%\" \
             fill=\"white\"/>\n{body}</svg>\n"
        )
    }
}

fn escaped(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// From values to places of one axis.
struct Axis {
    low: f64,
    high: f64,
    log: bool,
    /// Labelled values.
    ticks: Vec<(f64, String)>,
}

impl Axis {
    /// An axis of numbers that holds all of them.
    fn numbers(values: impl Iterator<Item = f64>, log: bool) -> Axis {
        let (low, high) =
            values.filter(|v| v.is_finite()).fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let (low, high) = match (low, high) {
            (low, high) if low > high => (0.0, 1.0),
            (low, high) if low == high => (low - 0.5 * low.abs().max(1.0), high + 0.5 * high.abs().max(1.0)),
            both => both,
        };
        if log && low > 0.0 {
            let (from, to) = (libm::floor(libm::log10(low)) as i32, libm::ceil(libm::log10(high)) as i32);
            let tens = (from..=to).map(|e| libm::pow(10.0, f64::from(e))).filter(|v| (low..=high).contains(v));
            let mut values: Vec<f64> = tens.collect();
            if values.len() < 2 {
                values = vec![low, high];
            }
            return Axis { low, high, log: true, ticks: values.into_iter().map(|v| (v, format!("{v}"))).collect() };
        }
        let margin = 0.04 * (high - low);
        let (from, to) = (low - margin, high + margin);
        let rough = (to - from) / 5.0;
        let power = libm::pow(10.0, libm::floor(libm::log10(rough)));
        let step = [1.0, 2.0, 5.0, 10.0].map(|n| n * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
        let decimals = (-libm::floor(libm::log10(step) + 1e-9)).clamp(0.0, 12.0) as usize;
        let first = libm::ceil(from / step) as i64;
        let ticks = (first..first + 12).map(|n| n as f64 * step).take_while(|v| *v <= to);
        Axis { low: from, high: to, log: false, ticks: ticks.map(|v| (v, format!("{:.decimals$}", v + 0.0))).collect() }
    }

    /// An axis of words.
    fn words(words: &[String]) -> Axis {
        let ticks = words.iter().enumerate().map(|(n, word)| (n as f64, word.clone())).collect();
        Axis { low: -0.5, high: words.len() as f64 - 0.5, log: false, ticks }
    }

    /// The share of the axis at which a value lies.
    fn share(&self, value: f64) -> f64 {
        if self.log {
            libm::log(value / self.low) / libm::log(self.high / self.low)
        } else {
            (value - self.low) / (self.high - self.low)
        }
    }
}

/// The area of a panel, with its axes.
struct Area {
    x: f64,
    y: f64,
    across: Axis,
    up: Axis,
}

impl Area {
    /// Draws the frame of the panel of this number.
    fn begin(svg: &mut Svg, number: usize, across: Axis, up: Axis, names: (&str, &str)) -> Area {
        let x = (number % COLUMNS) as f64 * WIDTH;
        let y = TOP + (number / COLUMNS) as f64 * (HEIGHT + 20.0);
        let area = Area { x, y, across, up };
        let (left, right) = (x + LEFT, x + WIDTH - AROUND);
        let (top, bottom) = (y + AROUND, y + HEIGHT - BELOW);
        for (value, label) in &area.up.ticks {
            let at = area.at_up(*value);
            svg.line((left, at), (right, at), "stroke=\"#e6e6e6\"");
            svg.text(left - 6.0, at + 4.0, label, "end", "fill=\"#444\"");
        }
        for (value, label) in &area.across.ticks {
            let at = area.at_across(*value);
            svg.line((at, bottom), (at, bottom + 4.0), "stroke=\"#888\"");
            svg.text(at, bottom + 16.0, &short(label), "middle", "fill=\"#444\"");
        }
        svg.line((left, bottom), (right, bottom), "stroke=\"#888\"");
        svg.line((left, top), (left, bottom), "stroke=\"#888\"");
        svg.text((left + right) / 2.0, bottom + 34.0, names.0, "middle", "");
        svg.text(left, y + 8.0, names.1, "start", "fill=\"#444\"");
        area
    }

    fn at_across(&self, value: f64) -> f64 {
        self.x + LEFT + self.across.share(value) * (WIDTH - LEFT - AROUND)
    }

    fn at_up(&self, value: f64) -> f64 {
        self.y + HEIGHT - BELOW - self.up.share(value) * (HEIGHT - BELOW - AROUND)
    }

    fn at(&self, across: f64, up: f64) -> (f64, f64) {
        (self.at_across(across), self.at_up(up))
    }
}

/// A label that leaves room for its neighbours.
fn short(label: &str) -> String {
    if label.chars().count() <= 12 { label.to_owned() } else { label.chars().take(11).chain(['…']).collect() }
}

fn legend(svg: &mut Svg, names: &[&str]) {
    if names.len() < 2 {
        return;
    }
    let mut x = svg.width - AROUND;
    for (number, name) in names.iter().enumerate().rev() {
        svg.text(x, 24.0, name, "end", &format!("fill=\"{}\"", COLORS[number % COLORS.len()]));
        x -= 7.0 * name.chars().count() as f64 + 14.0;
    }
}

/// A panel for each factor: all figures over its values, with their intervals.
pub(super) fn picture(title: &str, panels: &[Panel]) -> String {
    let mut svg = Svg::new(panels.len(), title);
    for (number, panel) in panels.iter().enumerate() {
        let points = || panel.series.iter().flat_map(|series| &series.points);
        let factor = &panel.across;
        let numeric = points().all(|(value, ..)| factor.number(value).is_some());
        let mut words: Vec<String> = if factor.is_choice() { factor.probes() } else { Vec::new() };
        words.retain(|word| points().any(|(value, ..)| value == word));
        let place = |value: &str| {
            let word = || words.iter().position(|word| word == value).unwrap_or_default() as f64;
            factor.number(value).filter(|_| numeric).unwrap_or_else(word)
        };
        let across = match numeric {
            true => Axis::numbers(points().map(|(value, ..)| place(value)), factor.is_log()),
            false => Axis::words(&words),
        };
        let up = Axis::numbers(points().flat_map(|(_, mean, (low, high))| [*mean, *low, *high]), false);
        let unit = if factor.unit().is_empty() || !numeric { String::new() } else { format!(" ({})", factor.unit()) };
        let area = Area::begin(&mut svg, number, across, up, (&format!("{}{unit}", factor.name), &panel.up));
        for (s, series) in panel.series.iter().enumerate() {
            let color = COLORS[s % COLORS.len()];
            // Policies stand beside each other where they would cover each other.
            let shift = 5.0 * (s as f64 - (panel.series.len() as f64 - 1.0) / 2.0);
            for (value, mean, (low, high)) in &series.points {
                let (x, y) = area.at(place(value), *mean);
                let x = x + shift;
                svg.line((x, area.at_up(*low)), (x, area.at_up(*high)), &format!("stroke=\"{color}\" stroke-opacity=\"0.5\""));
                svg.dot((x, y), 2.5, &format!("fill=\"{color}\""));
            }
        }
    }
    let names: Vec<&str> = panels.first().map(|panel| panel.series.iter().map(|s| s.name.as_str()).collect()).unwrap_or_default();
    legend(&mut svg, &names);
    svg.done()
}

/// A point of a grid of two factors: its values across and up, and the mean there.
pub(super) type Cell = (String, String, f64);

/// A map for each policy of a grid of two factors; dark is high.
pub(super) fn heat(title: &str, across: &str, up: &str, maps: &[(String, Vec<Cell>)]) -> String {
    let mut svg = Svg::new(maps.len(), title);
    let all = || maps.iter().flat_map(|(_, cells)| cells);
    let (low, high) = all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), cell| (low.min(cell.2), high.max(cell.2)));
    let distinct = |of: fn(&Cell) -> &String| {
        let mut words: Vec<String> = Vec::new();
        for cell in all() {
            if !words.contains(of(cell)) {
                words.push(of(cell).clone());
            }
        }
        words
    };
    let (columns, rows) = (distinct(|cell| &cell.0), distinct(|cell| &cell.1));
    for (number, (policy, cells)) in maps.iter().enumerate() {
        let axes = (Axis::words(&columns), Axis::words(&rows));
        let area = Area::begin(&mut svg, number, axes.0, axes.1, (across, &format!("{up} · {policy}")));
        let width = (WIDTH - LEFT - AROUND) / columns.len() as f64;
        let height = (HEIGHT - BELOW - AROUND) / rows.len() as f64;
        for (column, row, mean) in cells {
            let place = |words: &[String], word: &String| words.iter().position(|w| w == word).unwrap_or_default() as f64;
            let (x, y) = area.at(place(&columns, column), place(&rows, row));
            let share = if high > low { (mean - low) / (high - low) } else { 0.5 };
            // From light to dark blue.
            let mix = |light: f64, dark: f64| (light + share * (dark - light)).round() as u8;
            let color = format!("#{:02x}{:02x}{:02x}", mix(239.0, 8.0), mix(243.0, 48.0), mix(255.0, 107.0));
            let (left, top) = (x - width / 2.0, y - height / 2.0);
            svg.add(format_args!(
                "<rect x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{color}\"/>"
            ));
            let ink = if share > 0.5 { "white" } else { "black" };
            svg.text(x, y + 4.0, &figure(*mean, high - low), "middle", &format!("fill=\"{ink}\""));
        }
    }
    svg.done()
}

/// A number with as many decimals as tell it from others that lie `width` apart.
fn figure(value: f64, width: f64) -> String {
    if !value.is_finite() {
        return NOTHING.to_owned();
    }
    let decimals = if width > 0.0 { (2.0 - libm::floor(libm::log10(width))).clamp(0.0, 6.0) as usize } else { 2 };
    format!("{value:.decimals$}")
}

/// One row of bars: what it is of, and for each bar its value and the ends of its interval.
type Bars = (String, Vec<(f64, f64, f64)>);

/// For each panel (a title, rows) lying bars with their intervals.
pub(super) fn bars(title: &str, names: &[&str], panels: &[(String, Vec<Bars>)]) -> String {
    let mut svg = Svg::new(panels.len(), title);
    for (number, (title, rows)) in panels.iter().enumerate() {
        // The first row stands at the top.
        let words: Vec<String> = rows.iter().rev().map(|(name, _)| name.clone()).collect();
        let values = rows.iter().flat_map(|(_, bars)| bars).flat_map(|(value, low, high)| [0.0, *value, *low, *high]);
        let area = Area::begin(
            &mut svg,
            number,
            Axis::numbers(values, false),
            Axis { ticks: vec![], ..Axis::words(&words) },
            ("", title),
        );
        let height = (HEIGHT - BELOW - AROUND) / rows.len().max(1) as f64;
        for (place, (name, bars)) in rows.iter().rev().enumerate() {
            let thickness = (0.6 * height / bars.len() as f64).min(16.0);
            let middle = area.at_up(place as f64);
            svg.text(area.x + LEFT + 4.0, middle - thickness * bars.len() as f64 / 2.0 - 3.0, name, "start", "");
            for (b, (value, low, high)) in bars.iter().enumerate() {
                let y = middle + thickness * (b as f64 - bars.len() as f64 / 2.0);
                let (zero, end) = (area.at_across(0.0), area.at_across(*value));
                let (left, width) = (zero.min(end), (end - zero).abs());
                let color = COLORS[b % COLORS.len()];
                svg.add(format_args!(
                    "<rect x=\"{left:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"{color}\" fill-opacity=\"0.7\"/>",
                    thickness - 1.0
                ));
                let at = y + thickness / 2.0;
                svg.line((area.at_across(*low), at), (area.at_across(*high), at), "stroke=\"black\"");
            }
        }
    }
    legend(&mut svg, names);
    svg.done()
}

/// Clouds of points: those on the frontier are filled, the best has a ring, the bound is a dashed line.
pub(super) fn clouds(title: &str, panels: &[Cloud]) -> String {
    let mut svg = Svg::new(panels.len(), title);
    for (number, cloud) in panels.iter().enumerate() {
        let across = Axis::numbers(cloud.points.iter().map(|(at, ..)| at.0).chain(cloud.bound), false);
        let up = Axis::numbers(cloud.points.iter().map(|(at, ..)| at.1), false);
        let area = Area::begin(&mut svg, number, across, up, (&cloud.across, &cloud.up));
        if let Some(bound) = cloud.bound {
            let (from, to) = (area.y + AROUND, area.y + HEIGHT - BELOW);
            let x = area.at_across(bound);
            svg.line((x, from), (x, to), "stroke=\"#d55e00\" stroke-dasharray=\"5 4\"");
        }
        let mut frontier: Vec<(f64, f64)> = cloud.points.iter().filter(|(_, on, _)| *on).map(|(at, ..)| *at).collect();
        frontier.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in frontier.windows(2).filter(|_| cloud.line) {
            svg.line(area.at(pair[0].0, pair[0].1), area.at(pair[1].0, pair[1].1), "stroke=\"#0072b2\" stroke-opacity=\"0.5\"");
        }
        for ((x, y), on, best) in &cloud.points {
            let at = area.at(*x, *y);
            svg.dot(at, 3.0, if *on { "fill=\"#0072b2\"" } else { "fill=\"#bbbbbb\"" });
            if *best {
                svg.dot(at, 7.0, "fill=\"none\" stroke=\"#d55e00\" stroke-width=\"2\"");
            }
        }
    }
    svg.done()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        let labels = |values: &[f64], log| {
            let axis = Axis::numbers(values.iter().copied(), log);
            axis.ticks.iter().map(|(_, label)| label.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(labels(&[0.0, 10.0], false), "0 5 10");
        assert_eq!(labels(&[0.0, 0.3], false), "0.0 0.1 0.2 0.3");
        assert_eq!(labels(&[1.0, 1000.0], true), "1 10 100 1000");
        assert_eq!(labels(&[2.0, 5.0], true), "2 5");
        assert!(!labels(&[7.0], false).is_empty() && !labels(&[], false).is_empty());
    }

    #[test]
    fn a_picture_is_closed_and_holds_no_foreign_marks() {
        let factor = Factor::parse("a<b", "app,phone").unwrap();
        let series =
            Series { name: "x&y".into(), points: vec![("app".into(), 1.0, (0.5, 1.5)), ("phone".into(), 2.0, (2.0, 2.0))] };
        let drawn = picture("t\u{1b}", &[Panel { across: factor, up: "\"u\"".into(), series: vec![series] }]);
        assert!(drawn.starts_with("<svg") && drawn.ends_with("</svg>\n"));
        assert!(
            drawn.contains("a&lt;b") && drawn.contains("&quot;u&quot;") && !drawn.contains('\u{1b}') && !drawn.contains("NaN")
        );
        assert_eq!(drawn.matches("<circle").count(), 2);
    }

    #[test]
    fn a_map_has_a_cell_for_each_point_and_bars_one_for_each_value() {
        let cells = [("1", "a", 1.0), ("2", "a", 2.0), ("1", "b", 3.0), ("2", "b", 4.0)].map(|(x, y, v)| (x.into(), y.into(), v));
        let drawn = heat("t", "x", "y", &[("p".into(), cells.to_vec())]);
        assert_eq!(drawn.matches("<rect").count(), 5, "four and the ground");
        assert!(drawn.contains("#08306b") && drawn.contains("#eff3ff"), "the ends of the scale");
        let drawn = bars("t", &["S", "ST"], &[("m".into(), vec![("x".into(), vec![(0.5, 0.4, 0.6), (0.7, 0.6, 0.8)])])]);
        assert_eq!(drawn.matches("<rect").count(), 3);
        let cloud =
            Cloud { across: "a".into(), up: "b".into(), bound: Some(2.0), line: true, points: vec![((1.0, 1.0), true, true)] };
        assert_eq!(clouds("t", &[cloud]).matches("<circle").count(), 2);
    }
}
