//! A statechart as shapes: states in a column, and beside it a lane for each state that others lead to.
//!
//! A way from one state to another goes right to the lane of the other and along it; a dot says that it joins. So ways
//! cross at right angles only, and nothing lies on a name.

use super::Region;
use super::picture::{Colour, Drawing, LINE, width};
use std::collections::BTreeMap;

/// Between two lanes, and between two ends of ways on a state \[px\].
const STEP: f64 = 9.0;

/// The least height of a state \[px\].
const STATE: f64 = 22.0;

/// Between two states \[px\].
const GAP: f64 = 6.0;

/// A statechart that has been laid out, from its own upper left corner.
pub(super) struct Chart {
    pub(super) drawing: Drawing,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// A state, or where else ways begin.
struct Row {
    name: String,
    top: f64,
    height: f64,
    /// Rows that it leads to, each once, with what makes it go.
    ways: Vec<(usize, Vec<String>)>,
    reached: bool,
    /// Whether it is one of the region's states.
    own: bool,
}

/// Lays a region out.
pub(super) fn chart(region: &Region) -> Chart {
    let mut rows = rows(region);
    let mut y = 0.0;
    for row in &mut rows {
        let ends = row.ways.len() + usize::from(row.reached);
        (row.top, row.height) = (y, STATE.max(STEP * (ends as f64 + 1.0)));
        y += row.height + GAP;
    }
    let chip = rows.iter().map(|row| width(&row.name) + 16.0).fold(60.0, f64::max);
    let left = 14.0;
    let mut drawing = Drawing::default();
    for row in &rows {
        drawing.rounded(left, row.top, chip, row.height, !row.own);
        drawing.words(left + 8.0, row.top + row.height / 2.0 + 4.0, &row.name);
    }
    if let Some(initial) = rows.iter().find(|row| row.own && row.name == region.initial) {
        let y = initial.top + initial.height / 2.0;
        drawing.dot(4.0, y, 4.0, Colour::Ink);
        drawing.line(&[(8.0, y), (left, y)], Colour::Ink, LINE);
    }
    let right = ways(&mut drawing, &rows, left + chip);
    Chart { drawing, width: right, height: (y - GAP).max(0.0) }
}

fn rows(region: &Region) -> Vec<Row> {
    let row = |name: &str, own: bool| Row { name: name.to_owned(), top: 0.0, height: 0.0, ways: Vec::new(), reached: false, own };
    let mut rows: Vec<Row> = region.states.iter().map(|state| row(state, true)).collect();
    let mut ways: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
    for change in &region.changes {
        let from = change.from.as_deref().unwrap_or("in any state");
        let Some(to) = rows.iter().position(|row| row.own && row.name == change.to) else { continue };
        let from = rows.iter().position(|row| row.name == from).unwrap_or_else(|| {
            rows.push(row(from, false));
            rows.len() - 1
        });
        ways.entry((from, to)).or_default().push(change.by.clone());
    }
    for ((from, to), by) in ways {
        rows[from].ways.push((to, by));
        rows[to].reached = true;
    }
    rows
}

/// Draws all ways; gives where the last lane lies.
fn ways(drawing: &mut Drawing, rows: &[Row], edge: f64) -> f64 {
    let port = |row: &Row, number: usize| {
        row.top + row.height / (row.ways.len() as f64 + 1.0 + f64::from(u8::from(row.reached))) * (number as f64 + 1.0)
    };
    // The end of a lane is the first on its state, ways that begin there come below.
    let begins = |row: &Row, number: usize| port(row, number + usize::from(row.reached));
    let mut lanes: Vec<(usize, f64, f64)> = Vec::new();
    for (to, row) in rows.iter().enumerate().filter(|(_, row)| row.reached) {
        let mut ends = vec![port(row, 0)];
        for other in rows {
            ends.extend(other.ways.iter().enumerate().filter(|(_, (target, _))| *target == to).map(|(at, _)| begins(other, at)));
        }
        let (low, high) = ends.iter().fold((f64::MAX, f64::MIN), |(low, high), y| (low.min(*y), high.max(*y)));
        lanes.push((to, low, high));
    }
    let placed = place(&lanes.iter().map(|(_, low, high)| (*low, *high)).collect::<Vec<_>>());
    let x = |lane: usize| edge + 2.0 * STEP + STEP * lane as f64;
    let mut right = edge;
    for ((to, low, high), lane) in lanes.iter().zip(&placed) {
        let (colour, x) = (Colour::of(*to), x(*lane));
        right = right.max(x + STEP);
        drawing.line(&[(x, *low), (x, *high)], colour, LINE);
        let y = port(&rows[*to], 0);
        drawing.line(&[(x, y), (edge + 5.0, y)], colour, LINE);
        drawing.arrow(edge, y, colour);
        for row in rows {
            for (at, (_, by)) in row.ways.iter().enumerate().filter(|(_, (target, _))| target == to) {
                let y = begins(row, at);
                drawing.titled(&[(edge, y), (x, y)], colour, &format!("{} → {}: {}", row.name, rows[*to].name, by.join(", ")));
                drawing.dot(x, y, 2.5, colour);
            }
        }
    }
    right
}

/// A lane for each stretch, so that no two on one lane meet: the shortest stretches lie innermost.
pub(super) fn place(stretches: &[(f64, f64)]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..stretches.len()).collect();
    let length = |at: usize| stretches[at].1 - stretches[at].0;
    order.sort_by(|a, b| length(*a).total_cmp(&length(*b)).then(a.cmp(b)));
    let mut lanes: Vec<Vec<usize>> = Vec::new();
    let mut placed = vec![0; stretches.len()];
    for at in order {
        let meets = |other: &usize| stretches[at].0 <= stretches[*other].1 + 4.0 && stretches[*other].0 <= stretches[at].1 + 4.0;
        let lane = lanes.iter().position(|lane| !lane.iter().any(meets)).unwrap_or_else(|| {
            lanes.push(Vec::new());
            lanes.len() - 1
        });
        lanes[lane].push(at);
        placed[at] = lane;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_that_meet_have_lanes_of_their_own() {
        assert_eq!(place(&[(0.0, 100.0), (10.0, 20.0), (30.0, 40.0), (15.0, 35.0)]), [2, 0, 0, 1]);
    }
}
