//! A description as a picture: kinds with their statecharts in a column, and beside it who says what to whom.
//!
//! What is said goes from the box that says it, under its names, to a lane of its own and along that to the box that hears
//! it. Names have a column in which no lane runs, so nothing lies on them, however much there is to draw.

use super::chart::{self, chart};
use super::{Description, Kind, Region, Sort};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Solid, as states are joined and messages told.
pub(super) const LINE: &str = "";
const QUESTION: &str = "6 3";
const CONTACT: &str = "8 3 2 3";
const SEEN: &str = "2 3";

/// Between things, and between things and the edge \[px\].
const MARGIN: f64 = 16.0;
/// The height of a line of words \[px\].
const ROW: f64 = 15.0;
/// Between two lanes \[px\].
const LANE: f64 = 11.0;
/// The height of a box's name and what is said of it \[px\].
const HEAD: f64 = 46.0;
/// How wide statecharts side by side may become \[px\].
const BOX: f64 = 440.0;
/// The longest line of names \[characters\].
const NAMES: usize = 34;

/// How wide words are at most \[px\]; fonts differ, so it is rather too much.
pub(super) fn width(words: &str) -> f64 {
    words.chars().count() as f64 * 6.8
}

/// Colours that most people can tell apart, all dark enough on white.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Colour {
    Ink,
    Grey,
    Hue(usize),
}

impl Colour {
    pub(super) fn of(number: usize) -> Colour {
        Colour::Hue(number)
    }

    fn code(self) -> &'static str {
        const HUES: [&str; 7] = ["#0060a0", "#b84a00", "#00795a", "#a03c78", "#7a5c00", "#3f51b5", "#8a1c1c"];
        match self {
            Colour::Ink => "#222222",
            Colour::Grey => "#666666",
            Colour::Hue(number) => HUES[number % HUES.len()],
        }
    }
}

/// Something that is drawn.
#[derive(Clone, Debug)]
enum Shape {
    Rect {
        x: f64,
        y: f64,
        w: f64,
        h: f64,
        look: &'static str,
    },
    Words {
        x: f64,
        y: f64,
        words: String,
        look: &'static str,
    },
    Line {
        points: Vec<(f64, f64)>,
        colour: Colour,
        dashes: &'static str,
        title: String,
    },
    Dot {
        x: f64,
        y: f64,
        r: f64,
        colour: Colour,
    },
    /// An arrowhead that points left.
    Arrow {
        x: f64,
        y: f64,
        colour: Colour,
    },
}

/// Shapes in order of drawing.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawing {
    shapes: Vec<Shape>,
}

impl Drawing {
    pub(super) fn rounded(&mut self, x: f64, y: f64, w: f64, h: f64, dashed: bool) {
        self.shapes.push(Shape::Rect { x, y, w, h, look: if dashed { "other" } else { "state" } });
    }

    pub(super) fn words(&mut self, x: f64, y: f64, words: &str) {
        self.say(x, y, words, "plain");
    }

    fn say(&mut self, x: f64, y: f64, words: &str, look: &'static str) {
        self.shapes.push(Shape::Words { x, y, words: words.to_owned(), look });
    }

    pub(super) fn dot(&mut self, x: f64, y: f64, r: f64, colour: Colour) {
        self.shapes.push(Shape::Dot { x, y, r, colour });
    }

    pub(super) fn arrow(&mut self, x: f64, y: f64, colour: Colour) {
        self.shapes.push(Shape::Arrow { x, y, colour });
    }

    pub(super) fn line(&mut self, points: &[(f64, f64)], colour: Colour, dashes: &'static str) {
        self.shapes.push(Shape::Line { points: points.to_vec(), colour, dashes, title: String::new() });
    }

    /// A line that says what it is where it is pointed at.
    pub(super) fn titled(&mut self, points: &[(f64, f64)], colour: Colour, title: &str) {
        self.shapes.push(Shape::Line { points: points.to_vec(), colour, dashes: LINE, title: title.to_owned() });
    }

    /// Takes up another drawing, moved.
    fn add(&mut self, other: Drawing, dx: f64, dy: f64) {
        self.shapes.extend(other.shapes.into_iter().map(|shape| shape.moved(dx, dy)));
    }
}

impl Shape {
    fn moved(self, dx: f64, dy: f64) -> Shape {
        match self {
            Shape::Rect { x, y, w, h, look } => Shape::Rect { x: x + dx, y: y + dy, w, h, look },
            Shape::Words { x, y, words, look } => Shape::Words { x: x + dx, y: y + dy, words, look },
            Shape::Line { points, colour, dashes, title } => {
                Shape::Line { points: points.into_iter().map(|(x, y)| (x + dx, y + dy)).collect(), colour, dashes, title }
            }
            Shape::Dot { x, y, r, colour } => Shape::Dot { x: x + dx, y: y + dy, r, colour },
            Shape::Arrow { x, y, colour } => Shape::Arrow { x: x + dx, y: y + dy, colour },
        }
    }

    fn write(&self, out: &mut String) -> std::fmt::Result {
        match self {
            Shape::Rect { x, y, w, h, look } => {
                writeln!(out, r#"<rect class="{look}" x="{x:.1}" y="{y:.1}" width="{w:.1}" height="{h:.1}" rx="5"/>"#)
            }
            Shape::Words { x, y, words, look } => {
                writeln!(out, r#"<text class="{look}" x="{x:.1}" y="{y:.1}">{}</text>"#, escaped(words))
            }
            Shape::Line { points, colour, dashes, title } => {
                let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
                let dashes = if dashes.is_empty() { String::new() } else { format!(r#" stroke-dasharray="{dashes}""#) };
                let title = if title.is_empty() { String::new() } else { format!("<title>{}</title>", escaped(title)) };
                let (points, colour) = (points.join(" "), colour.code());
                writeln!(
                    out,
                    r#"<polyline fill="none" stroke="{colour}" stroke-width="1.4"{dashes} points="{points}">{title}</polyline>"#
                )
            }
            Shape::Dot { x, y, r, colour } => {
                writeln!(out, r#"<circle cx="{x:.1}" cy="{y:.1}" r="{r}" fill="{}"/>"#, colour.code())
            }
            Shape::Arrow { x, y, colour } => {
                let (top, low, back) = (y - 3.5, y + 3.5, x + 7.0);
                writeln!(
                    out,
                    r#"<polygon fill="{}" points="{x:.1},{y:.1} {back:.1},{top:.1} {back:.1},{low:.1}"/>"#,
                    colour.code()
                )
            }
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A description as an SVG document, on a light ground.
#[must_use]
pub fn picture(description: &Description) -> String {
    let (drawing, width, height) = draw(description);
    let mut out = String::new();
    let head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" \
         height=\"{height:.0}\" font-family=\"Helvetica, Arial, sans-serif\" font-size=\"12\">\n\
         <title>{}</title>\n<style>\n\
         rect.ground {{ fill: #ffffff }}\nrect.kind {{ fill: #f7f9fb; stroke: #8a99a8 }}\n\
         rect.state {{ fill: #ffffff; stroke: #5b6b7b }}\nrect.other {{ fill: #f7f9fb; stroke: #8a99a8; stroke-dasharray: 3 2 }}\n\
         text {{ fill: #222222 }}\ntext.title {{ font-size: 18px }}\ntext.name {{ font-size: 14px; font-weight: bold }}\n\
         text.small {{ fill: #555555 }}\n</style>\n<rect class=\"ground\" x=\"0\" y=\"0\" width=\"{width:.0}\" height=\"{height:.0}\"/>\n",
        escaped(&description.title)
    );
    out.push_str(&head);
    for shape in &drawing.shapes {
        // Writing to a string does not fail.
        let _ = shape.write(&mut out);
    }
    out.push_str("</svg>\n");
    out
}

/// A box of the column: a kind, or all policies.
struct Node {
    name: String,
    about: String,
    charts: Vec<(String, chart::Chart)>,
    /// What goes out and comes in, by number of the edge.
    ends: Vec<End>,
    top: f64,
    width: f64,
    height: f64,
}

/// An end of an edge at a box: its rows, and where its line lies.
struct End {
    edge: usize,
    out: bool,
    y: f64,
}

/// What one box says to another.
struct Edge {
    from: usize,
    to: usize,
    dashes: &'static str,
    lines: Vec<String>,
}

/// The name of the box of all policies.
const POLICIES: &str = "policies";

fn draw(description: &Description) -> (Drawing, f64, f64) {
    let mut nodes: Vec<Node> = description.kinds.iter().map(|kind| node(description, kind)).collect();
    if description.interface.is_some() {
        nodes.push(policies(description));
    }
    let edges = edges(description, &nodes);
    ends(&mut nodes, &edges);
    let mut y = 3.0 * MARGIN + 8.0;
    for node in &mut nodes {
        node.top = y;
        settle(node, &edges);
        y += node.height + MARGIN;
    }
    let column = nodes.iter().map(|node| node.width).fold(0.0, f64::max) + 2.0 * MARGIN;
    let mut drawing = Drawing::default();
    drawing.say(MARGIN, 2.0 * MARGIN, &description.title, "title");
    for node in &nodes {
        draw_node(&mut drawing, node);
    }
    let right = draw_edges(&mut drawing, &nodes, &edges, column);
    let legend = legend(&mut drawing, y + ROW);
    let wide = [right + MARGIN, legend, width(&description.title) * 1.6 + 2.0 * MARGIN].into_iter().fold(0.0, f64::max);
    (drawing, wide, y + 2.0 * ROW)
}

fn node(description: &Description, kind: &Kind) -> Node {
    let groups = description.groups.iter().filter(|group| group.kind == kind.name);
    let mut about: Vec<String> = groups.map(|group| format!("{} {}", group.count, group.name)).collect();
    let holders = description.kinds.iter().filter(|other| other.parts.iter().any(|part| part.ty.ends_with(&kind.name)));
    about.extend(holders.map(|other| format!("part of {}", other.name)));
    let makers = description.kinds.iter().filter(|other| other.spawns.contains(&kind.name));
    about.extend(makers.map(|other| format!("spawned by {}", other.name)));
    Node { about: about.join(", "), ..boxed(&kind.name, kind.regions.iter().map(|region| (String::new(), region))) }
}

fn policies(description: &Description) -> Node {
    let regions =
        description.policies.iter().flat_map(|policy| policy.regions.iter().map(|region| (policy.name.clone(), region)));
    let about = description.interface.as_ref().map(|interface| format!("one mind for each {}", interface.about));
    Node { about: about.unwrap_or_default(), ..boxed(POLICIES, regions) }
}

fn boxed<'r>(name: &str, regions: impl Iterator<Item = (String, &'r Region)>) -> Node {
    let titled = regions.map(|(of, region)| {
        let own = if region.name == "main" { "" } else { region.name.as_str() };
        (format!("{of}{}", region.titled(own)), chart(region))
    });
    Node {
        name: name.to_owned(),
        about: String::new(),
        charts: titled.collect(),
        ends: Vec::new(),
        top: 0.0,
        width: 0.0,
        height: 0.0,
    }
}

/// All that is said, from box to box, one edge for each pair and way of speaking.
fn edges(description: &Description, nodes: &[Node]) -> Vec<Edge> {
    let place = |name: &str| {
        let own = nodes.iter().position(|node| node.name == name);
        own.or_else(|| nodes.iter().position(|node| node.name == POLICIES).filter(|_| name.ends_with(" policy")))
    };
    let mut said: BTreeMap<(usize, usize, u8), Vec<String>> = BTreeMap::new();
    let mut say = |from: &str, to: &str, way: u8, name: &str| {
        if let (Some(from), Some(to)) = (place(from), place(to)) {
            let names = said.entry((from, to, way)).or_default();
            if !names.iter().any(|have| have == name) {
                names.push(name.to_owned());
            }
        }
    };
    for talk in &description.talk {
        let way = match talk.sort {
            Sort::Message => 0,
            Sort::Question => 1,
            Sort::Contact => 2,
        };
        talk.to.iter().for_each(|to| say(&talk.from, to, way, &talk.name));
    }
    for note in description.notes.iter().filter(|note| note.seen) {
        note.by.iter().for_each(|by| say(by, POLICIES, 3, &note.name));
    }
    let edge = |((from, to, way), names): ((usize, usize, u8), Vec<String>)| {
        let dashes = [LINE, QUESTION, CONTACT, SEEN][way as usize];
        Edge { from, to, dashes, lines: wrapped(&names) }
    };
    said.into_iter().map(edge).collect()
}

/// Names on as many lines as they take.
fn wrapped(names: &[String]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let name = if number + 1 < names.len() { format!("{name},") } else { name.clone() };
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + name.chars().count() <= NAMES => {
                line.push(' ');
                line.push_str(&name);
            }
            _ => lines.push(name),
        }
    }
    lines
}

/// Gives each box the ends of its edges: in the order of the boxes at the other end, so that fewer lines cross.
fn ends(nodes: &mut [Node], edges: &[Edge]) {
    for (number, node) in nodes.iter_mut().enumerate() {
        for (at, edge) in edges.iter().enumerate() {
            if edge.from == number {
                node.ends.push(End { edge: at, out: true, y: 0.0 });
            }
            if edge.to == number {
                node.ends.push(End { edge: at, out: false, y: 0.0 });
            }
        }
        let other = |end: &End| if end.out { edges[end.edge].to } else { edges[end.edge].from };
        node.ends.sort_by_key(|end| (other(end), end.out, end.edge));
    }
}

/// Finds how large a box is, and where its edges end.
fn settle(node: &mut Node, edges: &[Edge]) {
    let mut y = node.top + 10.0;
    for end in &mut node.ends {
        y += if end.out { edges[end.edge].lines.len() as f64 * ROW + 6.0 } else { 12.0 };
        end.y = y;
    }
    let placed = placed(node);
    let chart = |(x, y, title, chart): &(f64, f64, &String, &chart::Chart)| {
        let wide = chart.width.max(width(title));
        (x + wide, y + chart.height + 10.0)
    };
    let (wide, high) = placed.iter().map(chart).fold((0.0_f64, HEAD), |(w, h), (x, y)| (w.max(x), h.max(y)));
    node.width = wide.max(width(&node.name) * 1.25).max(width(&node.about)) + 2.0 * MARGIN;
    node.height = high.max(y - node.top + 14.0);
}

fn draw_node(drawing: &mut Drawing, node: &Node) {
    drawing.shapes.push(Shape::Rect { x: MARGIN, y: node.top, w: node.width, h: node.height, look: "kind" });
    let x = 2.0 * MARGIN;
    drawing.say(x, node.top + 20.0, &node.name, "name");
    drawing.say(x, node.top + 36.0, &node.about, "small");
    for (dx, dy, title, chart) in placed(node) {
        drawing.say(x + dx, node.top + dy - 6.0, title, "small");
        drawing.add(chart.drawing.clone(), x + dx, node.top + dy);
    }
}

/// Where the statecharts of a box stand in it: side by side, in as many rows as it takes.
fn placed(node: &Node) -> Vec<(f64, f64, &String, &chart::Chart)> {
    let mut placed = Vec::new();
    let (mut x, mut y, mut lowest) = (0.0_f64, HEAD, HEAD);
    for (title, chart) in &node.charts {
        let wide = chart.width.max(width(title));
        if x > 0.0 && x + wide > BOX {
            (x, y) = (0.0, lowest + ROW);
        }
        let top = if title.is_empty() { y } else { y + ROW };
        placed.push((x, top, title, chart));
        x += wide + MARGIN;
        lowest = lowest.max(top + chart.height + 6.0);
    }
    placed
}

/// Draws all edges beside the column; gives where the last lane lies.
fn draw_edges(drawing: &mut Drawing, nodes: &[Node], edges: &[Edge], column: f64) -> f64 {
    let end = |node: usize, edge: usize, out: bool| {
        nodes[node].ends.iter().find(|end| end.edge == edge && end.out == out).map_or(0.0, |end| end.y)
    };
    let stretches: Vec<(f64, f64)> = edges
        .iter()
        .enumerate()
        .map(|(at, edge)| {
            let (from, to) = (end(edge.from, at, true), end(edge.to, at, false));
            (from.min(to), from.max(to))
        })
        .collect();
    let names = edges.iter().flat_map(|edge| &edge.lines).map(|line| width(line)).fold(0.0, f64::max);
    let mut right = column;
    for ((at, edge), lane) in edges.iter().enumerate().zip(chart::place(&stretches)) {
        let (from, to) = (end(edge.from, at, true), end(edge.to, at, false));
        let x = column + names + MARGIN + LANE * lane as f64;
        right = right.max(x);
        let (start, stop) = (MARGIN + nodes[edge.from].width, MARGIN + nodes[edge.to].width);
        let colour = Colour::of(edge.from);
        drawing.line(&[(start, from), (x, from), (x, to), (stop + 6.0, to)], colour, edge.dashes);
        drawing.arrow(stop, to, colour);
        for (row, line) in edge.lines.iter().rev().enumerate() {
            drawing.words(column, from - 4.0 - ROW * row as f64, line);
        }
    }
    right
}

/// What the sorts of lines mean; gives how wide that is.
fn legend(drawing: &mut Drawing, y: f64) -> f64 {
    let mut x = MARGIN;
    for (dashes, what) in [(LINE, "tells"), (QUESTION, "asks"), (CONTACT, "contacts"), (SEEN, "policies see")] {
        drawing.line(&[(x, y - 4.0), (x + 30.0, y - 4.0)], Colour::Grey, dashes);
        drawing.words(x + 36.0, y, what);
        x += 36.0 + width(what) + MARGIN;
    }
    x
}

#[cfg(test)]
mod tests;
