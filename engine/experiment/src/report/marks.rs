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
    items(results, from, icon)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The colours of policies in the style, by day and by night, as linear red, green and blue.
    fn palettes() -> [Vec<[f64; 3]>; 2] {
        let style = include_str!("style.css");
        let of = |theme: &str| -> Vec<[f64; 3]> {
            (0..COLOURS)
                .map(|at| {
                    let name = format!("--c{at}: #");
                    let start = theme.find(&name).unwrap() + name.len();
                    let part = |from: usize| {
                        let share = f64::from(u8::from_str_radix(&theme[start + from..start + from + 2], 16).unwrap()) / 255.0;
                        if share <= 0.04045 { share / 12.92 } else { libm::pow((share + 0.055) / 1.055, 2.4) }
                    };
                    [part(0), part(2), part(4)]
                })
                .collect()
        };
        let (day, night) = style.split_at(style.find("prefers-color-scheme: dark").unwrap());
        [of(day), of(night)]
    }

    fn times(matrix: [[f64; 3]; 3], vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row[0] * vector[0] + row[1] * vector[1] + row[2] * vector[2])
    }

    /// CIELAB under D65.
    fn lab(linear: [f64; 3]) -> [f64; 3] {
        let xyz = times([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]], linear);
        let curve = |t: f64| if t > 0.008856 { libm::cbrt(t) } else { 7.787 * t + 16.0 / 116.0 };
        let [x, y, z] = [xyz[0] / 0.9505, xyz[1], xyz[2] / 1.089].map(|t| curve(t.max(0.0)));
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn colours_differ_for_colour_blind_eyes() {
        // Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision deficiency",
        // IEEE Transactions on Visualization and Computer Graphics 15: protanopia, deuteranopia, tritanopia. A distance of 10
        // in CIELAB is some four times what can just be told apart; shapes and dashes differ beside it.
        let normal = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let protan = [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]];
        let deutan = [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]];
        let tritan = [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]];
        for (theme, palette) in palettes().into_iter().enumerate() {
            for (eye, matrix) in [normal, protan, deutan, tritan].into_iter().enumerate() {
                let seen: Vec<[f64; 3]> = palette.iter().map(|colour| lab(times(matrix, *colour))).collect();
                for a in 0..seen.len() {
                    for b in 0..a {
                        let distance = (0..3).map(|at| (seen[a][at] - seen[b][at]).powi(2)).sum::<f64>().sqrt();
                        assert!(distance > 10.0, "theme {theme}, eye {eye}: colours {a} and {b} are {distance:.1} apart");
                    }
                }
            }
        }
    }

    #[test]
    fn policies_differ_in_shape_and_dash_too() {
        let mut marks: Vec<(&str, String)> = (0..COLOURS).map(|place| (shape(place), dash(place))).collect();
        marks.sort();
        marks.dedup_by(|a, b| a.0 == b.0 || a.1 == b.1);
        assert_eq!(marks.len(), COLOURS);
    }
}
