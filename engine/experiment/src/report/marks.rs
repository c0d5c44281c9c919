//! How policies are told apart: each has a colour, a shape and a dash, so that none of them is needed alone.

use crate::results::Results;

use super::text::{named, safe, short};

/// Classes of colours in the style.
const COLOURS: usize = 6;

/// Shapes within 4.5 around the middle.
const SHAPES: [&str; 7] = [
    "M0-4.2A4.2 4.2 0 1 0 .01-4.2Z",
    "M-3.8-3.8H3.8V3.8H-3.8Z",
    "M0-5L5 0L0 5L-5 0Z",
    "M0-4.8L4.9 3.8H-4.9Z",
    "M0 4.8L4.9-3.8H-4.9Z",
    "M-1.6-4.8H1.6V-1.6H4.8V1.6H1.6V4.8H-1.6V1.6H-4.8V-1.6H-1.6Z",
    "M-4.8 0L-2.4-4.2H2.4L4.8 0L2.4 4.2H-2.4Z",
];

/// Dashes of lines.
const DASHES: [&str; 6] = ["", "7 3", "2 2.5", "9 3 2 3", "4 2", "1 3"];

/// The class that gives the policy at `place` its colour.
pub(super) fn class(place: usize) -> String {
    format!("p{}", place % COLOURS)
}

/// The mark of the policy at `place`, as a path about 0, 0.
pub(super) fn shape(place: usize) -> &'static str {
    SHAPES[place % SHAPES.len()]
}

/// The dash of the policy's lines, as an attribute.
pub(super) fn dash(place: usize) -> String {
    match DASHES[place % DASHES.len()] {
        "" => String::new(),
        dash => format!(" stroke-dasharray=\"{dash}\""),
    }
}

/// The policy's mark as a picture in the line of a text.
pub(super) fn icon(place: usize) -> String {
    format!(
        "<svg class=\"icon {}\" width=\"12\" height=\"12\" viewBox=\"-6 -6 12 12\" aria-hidden=\"true\"><path d=\"{}\"/></svg>",
        class(place),
        shape(place)
    )
}

/// The policy's mark and its name, cut where it is long: the whole of it stands in the legends.
pub(super) fn policy(results: &Results, place: usize) -> String {
    format!("{}<bdi>{}</bdi>", icon(place), safe(&short(&results.policies[place].name, 40)))
}

/// All policies from `from` on with their marks.
pub(super) fn legend(results: &Results, from: usize) -> String {
    items(results, from, |place| icon(place))
}

/// As [`legend`], with their lines.
pub(super) fn legend_of_lines(results: &Results) -> String {
    items(results, 0, |place| {
        format!(
            "<svg class=\"icon {}\" width=\"30\" height=\"12\" viewBox=\"0 -6 30 12\" aria-hidden=\"true\">\
             <path class=\"line\" d=\"M1 0H29\"{}/></svg>",
            class(place),
            dash(place)
        )
    })
}

fn items(results: &Results, from: usize, picture: impl Fn(usize) -> String) -> String {
    let item = |place: usize| {
        let baseline = if place == 0 && results.policies.len() > 1 { " <small>baseline</small>" } else { "" };
        format!("<li>{}{}{baseline}</li>", picture(place), named(&results.policies[place].name, 60))
    };
    let all: String = (from..results.policies.len()).map(item).collect();
    format!("<ul class=\"legend\">{all}</ul>\n")
}

/// A mark on a strip: `x` in percent of its width, `y` in px.
pub(super) fn on_strip(place: usize, x: f64, y: f64) -> String {
    format!("<svg x=\"{x:.2}%\" y=\"{y}\" class=\"{} at\"><path d=\"{}\"/></svg>", class(place), shape(place))
}
