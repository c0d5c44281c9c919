//! The legend: each kind and state, with its mark and its number.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::view::Frame;
use super::{Look, Marks, text};
use crate::schema::Header;
use crate::style::Shape;

/// Room for the legend, margins included \[px\].
pub(super) const WIDTH: f64 = 214.0;
/// From one line to the next \[px\].
const LINE: f64 = 19.0;

/// Draws the legend; `elsewhere` actors have no position.
pub(super) fn draw(svg: &mut String, header: &Header, looks: &BTreeMap<Look, Marks>, elsewhere: usize, frame: Frame) {
    let mut kinds = BTreeMap::<Option<u16>, (usize, Vec<(&Look, usize)>)>::new();
    for (look, marks) in looks {
        let (total, rows) = kinds.entry(look.kind).or_default();
        *total += marks.at.len();
        rows.push((look, marks.at.len()));
    }
    let mut column = Column { svg, frame, y: frame.y + 12.0, left_out: 0 };
    for (kind, (total, rows)) in kinds {
        let name = kind.and_then(|kind| header.kinds.get(usize::from(kind)));
        column.kind(name.map_or("undeclared", String::as_str), total);
        rows.into_iter().for_each(|(look, count)| column.state(look, count));
        column.y += LINE * 0.5;
    }
    column.close(elsewhere);
}

struct Column<'s> {
    svg: &'s mut String,
    frame: Frame,
    y: f64,
    left_out: usize,
}

impl Column<'_> {
    fn kind(&mut self, name: &str, total: usize) {
        if self.full() {
            return;
        }
        self.row(self.frame.x, "k", name, &total.to_string());
    }

    fn state(&mut self, look: &Look, count: usize) {
        if self.full() {
            self.left_out += 1;
            return;
        }
        let mark = Shape::of(look.kind).path([self.frame.x + 7.0, self.y - 4.0], 4.6);
        let _ = writeln!(self.svg, "<path d=\"{mark}\" fill=\"{}\"/>", look.colour);
        let state = if look.state.is_empty() { "no state" } else { &look.state };
        self.row(self.frame.x + 20.0, "l", state, &count.to_string());
    }

    fn close(&mut self, elsewhere: usize) {
        let mut words = Vec::new();
        if self.left_out > 0 {
            words.push(format!("and {} more states", self.left_out));
        }
        if elsewhere > 0 {
            words.push(format!("{elsewhere} without a position"));
        }
        for line in words {
            self.row(self.frame.x, "s", &line, "");
        }
    }

    fn full(&self) -> bool {
        self.y > self.frame.y + self.frame.height - 2.0 * LINE
    }

    fn row(&mut self, x: f64, class: &str, name: &str, count: &str) {
        let (y, right) = (self.y, self.frame.x + self.frame.width);
        let letters = ((right - x) / 7.0) as usize - count.len().min(8);
        let _ = writeln!(
            self.svg,
            "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{}</text>\
             <text x=\"{right:.1}\" y=\"{y:.1}\" class=\"{class}\" text-anchor=\"end\">{count}</text>",
            text(name, letters),
        );
        self.y += LINE;
    }
}
