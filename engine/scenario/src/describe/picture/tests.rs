//! Whether a picture can be read: no words on words, no line through words, no box on a box, all of it on the page.

use super::*;
use crate::Scenario;
use std::path::Path;

/// From, to, in x and in y.
type Area = (f64, f64, f64, f64);

fn overlap(a: Area, b: Area) -> bool {
    a.0 < b.1 && b.0 < a.1 && a.2 < b.3 && b.2 < a.3
}

fn inside(a: Area, b: Area) -> bool {
    a.0 >= b.0 && a.1 <= b.1 && a.2 >= b.2 && a.3 <= b.3
}

fn drawn(path: &str) -> (Drawing, f64, f64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let scenario = Scenario::load(&root.join(path), &[]).unwrap_or_else(|faults| panic!("{faults}"));
    draw(scenario.describe())
}

const PATHS: [&str; 4] =
    ["scenarios/broken-down-car", "tests/fixtures/corner-shop.ron", "engine/cli/templates/service", "benches/models/star"];

/// Where words stand, with the widest glyphs that are allowed for.
fn words(drawing: &Drawing) -> Vec<(Area, &str)> {
    let area = |shape: &'_ Shape| match shape {
        Shape::Words { x, y, words, look } if !words.is_empty() => {
            let scale = match *look {
                "title" => 1.5,
                "name" => 1.2,
                _ => 1.0,
            };
            Some((*x, x + width(words) * scale, y - 9.0 * scale, y + 2.0))
        }
        _ => None,
    };
    drawing
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Words { words, .. } => Some((area(shape)?, words.as_str())),
            _ => None,
        })
        .collect()
}

fn boxes(drawing: &Drawing, wanted: &str) -> Vec<Area> {
    let area = |shape: &Shape| match shape {
        Shape::Rect { x, y, w, h, look } if *look == wanted => Some((*x, x + w, *y, y + h)),
        _ => None,
    };
    drawing.shapes.iter().filter_map(area).collect()
}

/// The stretches of all lines, as areas without width.
fn stretches(drawing: &Drawing) -> Vec<Area> {
    let mut found = Vec::new();
    for shape in &drawing.shapes {
        if let Shape::Line { points, .. } = shape {
            found.extend(points.windows(2).map(|pair| {
                let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
                (ax.min(bx) - 0.1, ax.max(bx) + 0.1, ay.min(by) - 0.1, ay.max(by) + 0.1)
            }));
        }
    }
    found
}

#[test]
fn nothing_lies_on_words() {
    for path in PATHS {
        let (drawing, ..) = drawn(path);
        let words = words(&drawing);
        assert!(words.len() > 3, "{path} says almost nothing");
        for (number, (area, text)) in words.iter().enumerate() {
            for (other, with) in &words[number + 1..] {
                assert!(!overlap(*area, *other), "{path}: `{text}` and `{with}` overlap");
            }
            for line in stretches(&drawing) {
                assert!(!overlap(*area, line), "{path}: a line at {line:?} goes through `{text}` at {area:?}");
            }
        }
    }
}

#[test]
fn boxes_stand_apart_and_states_inside_them() {
    for path in PATHS {
        let (drawing, ..) = drawn(path);
        let (kinds, mut states) = (boxes(&drawing, "kind"), boxes(&drawing, "state"));
        states.extend(boxes(&drawing, "other"));
        for list in [&kinds, &states] {
            for (number, area) in list.iter().enumerate() {
                assert!(!list[number + 1..].iter().any(|other| overlap(*area, *other)), "{path}: boxes overlap at {area:?}");
            }
        }
        for state in &states {
            assert_eq!(kinds.iter().filter(|kind| inside(*state, **kind)).count(), 1, "{path}: a state at {state:?}");
        }
    }
}

#[test]
fn everything_is_on_the_page() {
    for path in PATHS {
        let (drawing, wide, high) = drawn(path);
        let page = (0.0, wide, 0.0, high);
        let words = words(&drawing).into_iter().map(|(area, _)| area);
        for area in words.chain(boxes(&drawing, "kind")).chain(stretches(&drawing)) {
            assert!(inside(area, page), "{path}: {area:?} is outside {page:?}");
        }
    }
}

#[test]
fn lines_of_one_lane_do_not_run_on_each_other() {
    for path in PATHS {
        let (drawing, ..) = drawn(path);
        let upright: Vec<Area> = stretches(&drawing).into_iter().filter(|area| area.3 - area.2 > 1.0).collect();
        for (number, area) in upright.iter().enumerate() {
            assert!(!upright[number + 1..].iter().any(|other| overlap(*area, *other)), "{path}: lines meet at {area:?}");
        }
    }
}

#[test]
fn names_are_escaped() {
    let mut out = String::new();
    Shape::Words { x: 0.0, y: 0.0, words: "a < b & \"c\"".into(), look: "plain" }.write(&mut out).expect("it is a string");
    assert!(out.contains("a &lt; b &amp; &quot;c&quot;"), "{out}");
}
