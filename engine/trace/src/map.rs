//! A picture of the world at one moment, as SVG.
//!
//! Roads lie thin and grey below; actors are marks whose shape is their kind
//! and whose colour is their state, moving ones with the trail of their last
//! three quarters of a minute. It is one still: a moving view is another program's task.

mod legend;
mod view;

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::clock::Clock;
use crate::error::TraceError;
use crate::reader::Reader;
use crate::schema::{Header, Polyline};
use crate::snapshot::{Journey, Snapshot};
use crate::style::{self, Shape, Styles};
use view::{Bounds, Frame, View};

/// How far back a trail reaches \[ns\].
const TRAIL: u64 = 45_000_000_000;
/// Pictures are at least and at most this large, either way \[px\].
const SIDES: std::ops::RangeInclusive<u32> = 320..=16_384;
/// Points of a road nearer than this to the last are left out \[px\].
const TOLERANCE: f64 = 0.4;

/// Actors that look alike: of one kind and in one state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Look {
    kind: Option<u16>,
    /// Place of the state in its kind's legend.
    order: usize,
    state: String,
    colour: &'static str,
}

/// Where they are, with the trails of those that move.
#[derive(Default)]
struct Marks {
    at: Vec<[f64; 2]>,
    trails: Vec<Vec<[f64; 2]>>,
}

/// Draws the world at moment `at` [ns since the start], `size` wide and high \[px\].
///
/// Sides below 320 or above 16,384 px are set to those. The same trace and
/// arguments always give the same text.
///
/// # Errors
/// A damaged block, or a run whose start is not a civil date.
pub fn map_svg(reader: &Reader, at: u64, size: (u32, u32)) -> Result<String, TraceError> {
    let side = |side: u32| f64::from(side.clamp(*SIDES.start(), *SIDES.end()));
    let (width, height) = (side(size.0), side(size.1));
    let header = reader.header();
    let clock = Clock::new(&header.start)?;
    let world = reader.state_at(at)?;
    let styles = if reader.is_whole() { Styles::new(reader.states()) } else { Styles::new(&world.state_names()) };
    let looks = looks(&world, &styles);
    let legend = legend::WIDTH.min(width * 0.4);
    let frame = Frame { x: 20.0, y: 64.0, width: width - legend - 40.0, height: height - 64.0 - 34.0 };

    let mut svg = String::new();
    open(&mut svg, width, height);
    heading(&mut svg, header, &clock.full(at), width);
    panel(&mut svg, frame);
    if let Some(bounds) = bounds(header, &looks) {
        let view = View::fit(bounds, frame);
        svg += "<g clip-path=\"url(#map)\">\n";
        roads(&mut svg, &header.roads, &view);
        actors(&mut svg, &looks, &view);
        svg += "</g>\n";
        scale_bar(&mut svg, &view, frame);
    } else {
        let (x, y) = (frame.x + frame.width / 2.0, frame.y + frame.height / 2.0);
        let words = "nobody has a position at this moment";
        let _ = writeln!(svg, "<text x=\"{x}\" y=\"{y}\" class=\"s\" text-anchor=\"middle\">{words}</text>");
    }
    let shown = looks.values().map(|marks| marks.at.len()).sum::<usize>();
    let left = Frame { x: width - legend, y: frame.y, width: legend - 20.0, height: frame.height };
    legend::draw(&mut svg, header, &looks, world.actors.len() - shown, left);
    footing(&mut svg, header, frame, height);
    svg += "</svg>\n";
    Ok(svg)
}

/// The actors that have a position, by how they look.
fn looks(world: &Snapshot, styles: &Styles) -> BTreeMap<Look, Marks> {
    let mut looks = BTreeMap::<Look, Marks>::new();
    for presence in world.actors.values() {
        let Some(position) = presence.position(world.at) else {
            continue;
        };
        let kind = presence.actor.as_ref().map(|actor| actor.kind);
        let state = styles.shown(presence);
        let (order, colour) = styles.state(kind, state);
        let look = Look { kind, order, state: state.into(), colour };
        let marks = looks.entry(look).or_default();
        marks.at.push(position);
        marks.trails.extend(presence.journey.as_ref().and_then(|way| trail(way, world.at)));
    }
    looks
}

/// Where a journey has been of late; none before it begins.
fn trail(journey: &Journey, at: u64) -> Option<Vec<[f64; 2]>> {
    let since = at.saturating_sub(TRAIL).max(journey.path.first()?.at);
    if since >= at || journey.over() <= at {
        return None;
    }
    let between = journey.path.iter().filter(|point| since < point.at && point.at < at);
    let mut trail = vec![journey.position(since)];
    trail.extend(between.map(|point| [point.lat, point.lon]));
    trail.push(journey.position(at));
    Some(trail)
}

/// What the picture must show: roads, beginnings, and where actors are now.
fn bounds(header: &Header, looks: &BTreeMap<Look, Marks>) -> Option<Bounds> {
    let roads = header.roads.iter().flat_map(|road| road.points.iter().copied());
    let beginnings = header.actors.iter().filter_map(|actor| actor.at);
    let now = looks.values().flat_map(|marks| marks.at.iter().copied());
    Bounds::of(roads.chain(beginnings).chain(now))
}

fn open(svg: &mut String, width: f64, height: f64) {
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" font-family=\"Inter, 'Helvetica Neue', Arial, \
         'DejaVu Sans', sans-serif\">\n\
         <style>.t{{font-size:18px;font-weight:600;fill:#1F2328}}\
         .s{{font-size:11.5px;fill:#6B7075}}\
         .k{{font-size:12.5px;font-weight:600;fill:#1F2328}}\
         .l{{font-size:12px;fill:#3A3F45}}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#FCFBF9\"/>"
    );
}

fn heading(svg: &mut String, header: &Header, moment: &str, width: f64) {
    let title = if header.title.is_empty() { &header.scenario } else { &header.title };
    let letters = ((width - 290.0) / 10.0).max(8.0) as usize;
    let policy = match header.policy.as_str() {
        "" => "no policy".into(),
        policy => format!("policy {policy}"),
    };
    let run = format!("{policy}, seed {}, replication {}", header.seed, header.replication);
    let right = width - 20.0;
    let _ = writeln!(
        svg,
        "<text x=\"20\" y=\"30\" class=\"t\">{}</text>\n\
         <text x=\"20\" y=\"49\" class=\"s\">{}</text>\n\
         <text x=\"{right}\" y=\"30\" class=\"t\" text-anchor=\"end\">{}</text>",
        text(title, letters),
        text(&run, (width / 7.0) as usize),
        text(moment, 40),
    );
}

fn panel(svg: &mut String, Frame { x, y, width, height }: Frame) {
    let rectangle = format!("x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\"");
    let _ = writeln!(
        svg,
        "<clipPath id=\"map\"><rect {rectangle}/></clipPath>\n\
         <rect {rectangle} fill=\"#F5F3EE\" stroke=\"#E4E1D9\"/>"
    );
}

/// One path for each look of road, the thin ones first.
fn roads(svg: &mut String, roads: &[Polyline], view: &View) {
    let mut paths = BTreeMap::<(u64, &str), String>::new();
    for road in roads {
        let (width, colour) = style::road(&road.class);
        // Bits of positive floats sort as the floats do.
        let path = paths.entry((width.to_bits(), colour)).or_default();
        line(path, road.points.iter().map(|&point| view.place(point)));
    }
    for ((width, colour), path) in paths {
        let width = f64::from_bits(width);
        let _ = writeln!(
            svg,
            "<path d=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\" \
             stroke-linecap=\"round\" stroke-linejoin=\"round\"/>"
        );
    }
}

/// Appends a line to a path, without the points that the eye cannot part.
fn line(path: &mut String, points: impl Iterator<Item = [f64; 2]>) {
    let mut points = points.peekable();
    let mut last: Option<[f64; 2]> = None;
    while let Some([x, y]) = points.next() {
        let near = last.is_some_and(|last| (last[0] - x).abs() < TOLERANCE && (last[1] - y).abs() < TOLERANCE);
        if near && points.peek().is_some() {
            continue;
        }
        let step = if last.is_none() { 'M' } else { 'L' };
        let _ = write!(path, "{step}{x:.1} {y:.1}");
        last = Some([x, y]);
    }
}

/// Trails below, marks above; smaller the more there are.
fn actors(svg: &mut String, looks: &BTreeMap<Look, Marks>, view: &View) {
    let count: usize = looks.values().map(|marks| marks.at.len()).sum();
    let radius = match count {
        0..=300 => 4.6,
        301..=3_000 => 3.2,
        3_001..=30_000 => 2.0,
        _ => 1.3,
    };
    for (look, marks) in looks {
        let mut path = String::new();
        for trail in &marks.trails {
            line(&mut path, trail.iter().map(|&point| view.place(point)));
        }
        if !path.is_empty() {
            let _ = writeln!(
                svg,
                "<path d=\"{path}\" fill=\"none\" stroke=\"{}\" stroke-opacity=\"0.45\" \
                 stroke-width=\"{:.1}\" stroke-linecap=\"round\" stroke-linejoin=\"round\"/>",
                look.colour,
                radius * 0.6,
            );
        }
    }
    let outline = if count <= 3_000 { "#FFFFFF" } else { "none" };
    for (look, marks) in looks {
        let shape = Shape::of(look.kind);
        let path: String = marks.at.iter().map(|&at| shape.path(view.place(at), radius)).collect();
        let _ = writeln!(svg, "<path d=\"{path}\" fill=\"{}\" stroke=\"{outline}\" stroke-width=\"0.9\"/>", look.colour);
    }
}

fn scale_bar(svg: &mut String, view: &View, frame: Frame) {
    let (metres, pixels) = view.scale_bar(frame.width * 0.22);
    let length = if metres < 1000.0 { format!("{metres} m") } else { format!("{} km", metres / 1000.0) };
    let (x, y) = (frame.x + 14.0, frame.y + frame.height - 14.0);
    let _ = writeln!(
        svg,
        "<rect x=\"{}\" y=\"{}\" width=\"{:.1}\" height=\"30\" rx=\"4\" fill=\"#FCFBF9\" \
         fill-opacity=\"0.85\"/>\n\
         <path d=\"M{x} {}v5h{pixels:.1}v-5\" fill=\"none\" stroke=\"#3A3F45\" stroke-width=\"1.4\"/>\n\
         <text x=\"{:.1}\" y=\"{}\" class=\"s\" text-anchor=\"middle\">{length}</text>",
        x - 8.0,
        y - 22.0,
        pixels + 16.0,
        y - 4.0,
        x + pixels / 2.0,
        y - 8.0,
    );
}

fn footing(svg: &mut String, header: &Header, frame: Frame, height: f64) {
    let y = height - 14.0;
    let _ = writeln!(svg, "<text x=\"20\" y=\"{y}\" class=\"s\">{}</text>", text(&header.engine, 60));
    if !header.roads.is_empty() {
        let right = frame.x + frame.width;
        let _ = writeln!(
            svg,
            "<text x=\"{right}\" y=\"{y}\" class=\"s\" text-anchor=\"end\">\
             © OpenStreetMap contributors</text>"
        );
    }
}

/// Text that is safe within SVG, cut to a number of letters.
fn text(text: &str, letters: usize) -> String {
    let mut safe = String::new();
    for (place, letter) in text.chars().enumerate() {
        if place + 1 >= letters.max(1) && text.chars().nth(place + 1).is_some() {
            safe.push('…');
            break;
        }
        match letter {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            letter if letter.is_control() => safe.push(' '),
            '\u{fffe}' | '\u{ffff}' => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn the_picture_shows_where_a_moving_actor_is() {
        let reader = Reader::from_bytes(sample::bytes()).unwrap();
        let half_way = sample::moment(8, 17, 0);
        let svg = map_svg(&reader, half_way, (900, 600)).unwrap();
        for part in ["A service reminder", "Thu 5 Nov 2026 08:17:00", "© OpenStreetMap", "school_run"] {
            assert!(svg.contains(part), "{part} is not in\n{svg}");
        }
        assert!(svg.contains("stroke-opacity=\"0.45\""), "a moving actor has a trail");
        let arrived = map_svg(&reader, sample::moment(8, 40, 0), (900, 600)).unwrap();
        assert!(!arrived.contains("stroke-opacity=\"0.45\""));
        assert_eq!(svg, map_svg(&reader, half_way, (900, 600)).unwrap());
    }

    #[test]
    fn a_partial_trace_has_colours_too() {
        let mut bytes = sample::bytes();
        bytes.pop();
        let reader = Reader::from_bytes_partial(bytes).unwrap();
        let svg = map_svg(&reader, sample::moment(8, 17, 0), (900, 600)).unwrap();
        assert!(svg.contains("fill=\"#0072B2\""), "{svg}");
    }

    #[test]
    fn an_empty_world_is_a_picture_too() {
        let header = Header { start: "2026-11-02 00:00".into(), ..Header::default() };
        let bytes = crate::Writer::new(Vec::new(), &header).unwrap().into_inner().unwrap();
        let reader = Reader::from_bytes(bytes).unwrap();
        let svg = map_svg(&reader, 0, (0, u32::MAX)).unwrap();
        assert!(svg.contains("nobody has a position") && !svg.contains("OpenStreetMap"));
        assert!(svg.contains("width=\"320\" height=\"16384\""));
    }

    #[test]
    fn text_cannot_break_out() {
        assert_eq!(text("a<b> & \"c\"\n", 40), "a&lt;b&gt; &amp; &quot;c&quot; ");
        assert_eq!(text("abcdef", 4), "abc…");
        assert_eq!(text("abcd", 4), "abcd");
    }
}
