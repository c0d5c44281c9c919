//! The legend of a map: shapes of the kinds that are there, and of each its states with their colours and how many there are.

use crate::Pass;
use crate::look::{SMALL, font};
use crate::paint;
use egui::{Galley, Painter, Rect, Sense, Ui, pos2, vec2};
use rehearsal_stage::{Filter, Scene, words};
use rehearsal_trace::style::Shape;
use std::collections::BTreeMap;
use std::sync::Arc;

const LINE: f32 = 17.0;
const EDGE: f32 = 10.0;
/// So many marks are a crowd.
const CROWD: usize = 20_000;
/// How long its count stays while it plays \[s\].
const FRESH: f64 = 0.5;

/// One line: a kind, or a state of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    /// The kind; none for those who were never declared.
    pub(crate) kind: Option<u16>,
    /// The state; none for the line of the kind itself.
    pub(crate) state: Option<String>,
    pub(crate) colour: Option<u8>,
    pub(crate) count: usize,
}

/// The lines of a scene, counted once for a moment and a filter.
#[derive(Default)]
pub(crate) struct Legend {
    folded: bool,
    of: Option<(u64, usize, Filter)>,
    /// When it was counted \[s on the wall\].
    since: f64,
    lines: Vec<Line>,
}

/// States with the places of their colours, and how many are in each.
type States<'m> = BTreeMap<(&'m str, Option<u8>), usize>;

/// Kinds in their order, each with its states, the most frequent first.
pub(crate) fn lines(scene: &Scene) -> Vec<Line> {
    let mut counts: BTreeMap<Option<u16>, States<'_>> = BTreeMap::new();
    for mark in &scene.marks {
        *counts.entry(mark.kind).or_default().entry((&mark.state, mark.colour)).or_default() += 1;
    }
    let mut lines = Vec::new();
    for (kind, states) in counts {
        let mut states: Vec<_> = states.into_iter().collect();
        states.sort_by_key(|((state, _), count)| (std::cmp::Reverse(*count), *state));
        let count = states.iter().map(|(_, count)| count).sum();
        if let [((state, colour), _)] = states[..]
            && state.is_empty()
        {
            lines.push(Line { kind, state: None, colour, count });
            continue;
        }
        lines.push(Line { kind, state: None, colour: None, count });
        let state =
            |((state, colour), count): ((&str, Option<u8>), usize)| Line { kind, state: Some(state.to_owned()), colour, count };
        lines.extend(states.into_iter().map(state));
    }
    lines
}

impl Legend {
    /// Draws it at the lower left of a pane, under what stands at the top, where a click folds it; returns its ground.
    pub(crate) fn show(&mut self, ui: &Ui, pass: &Pass<'_>, run: usize, pane: Rect, head: Rect) -> Option<Rect> {
        let painter = &ui.painter_at(pane);
        let scene = pass.show.runs()[run].scene();
        let of = (scene.at, scene.marks.len(), pass.show.filter().clone());
        // A crowd is counted now and then while it plays: no eye follows its numbers.
        let now = ui.input(|input| input.time);
        let soon = scene.marks.len() > CROWD && pass.show.playhead().is_playing() && now - self.since < FRESH;
        if self.of.as_ref() != Some(&of) && !soon {
            self.since = now;
            self.lines = lines(scene);
            self.of = Some(of);
        }
        if self.lines.is_empty() {
            return None;
        }
        let room = ((pane.bottom() - head.bottom() - 3.0 * EDGE - 8.0) / LINE).max(0.0) as usize;
        let small = pane.width().min(pane.height()) < 420.0;
        let shown = if self.folded { Vec::new() } else { shortened(&self.lines, room.min(if small { 8 } else { 18 })) };
        let ground = draw(pass, run, pane, &shown, self.lines.len() - shown.len(), painter);
        let response = ui.interact(ground, ui.id().with(("legend", run)), Sense::click());
        if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
            self.folded = !self.folded;
        }
        Some(ground)
    }
}

/// At most `room` lines: those of the most, each state with the line of its kind.
fn shortened(lines: &[Line], room: usize) -> Vec<&Line> {
    let room = if lines.len() > room { room.saturating_sub(1) } else { room };
    let mut order: Vec<usize> = (0..lines.len()).collect();
    // A kind comes before its states, as it is of at least as many.
    order.sort_by_key(|&place| (std::cmp::Reverse(lines[place].count), lines[place].state.is_some(), place));
    order.truncate(room);
    order.sort_unstable();
    order.into_iter().map(|place| &lines[place]).collect()
}

fn draw(pass: &Pass<'_>, run: usize, pane: Rect, lines: &[&Line], more: usize, painter: &Painter) -> Rect {
    let look = pass.look;
    let stage = pass.show.runs()[run].stage();
    let widest = (pane.width() * 0.45).clamp(80.0, 190.0);
    let text = |line: &&Line| -> (Arc<Galley>, Arc<Galley>) {
        let (name, colour) = match &line.state {
            None => (stage.kind(line.kind), look.text),
            Some(state) if state.is_empty() => ("no state", look.quiet),
            Some(state) => (state.as_str(), look.text),
        };
        let count = words::count(line.count as u64);
        (paint::cut(painter, name, font(SMALL), colour, widest), painter.layout_no_wrap(count, font(SMALL), look.quiet))
    };
    let texts: Vec<(Arc<Galley>, Arc<Galley>)> = lines.iter().map(text).collect();
    let indent = |line: &Line| if line.state.is_some() { 14.0 } else { 0.0 };
    let names = texts
        .iter()
        .zip(lines)
        .map(|((name, _), line)| indent(line) + name.size().x)
        .fold(if lines.is_empty() { 20.0 } else { 40.0 }, f32::max);
    let counts = texts.iter().map(|(_, count)| count.size().x).fold(0.0, f32::max);
    let rest = (more > 0).then(|| {
        painter.layout_no_wrap(
            if lines.is_empty() { "legend".to_owned() } else { format!("and {more} more") },
            font(SMALL),
            look.quiet,
        )
    });
    let rows = texts.len() + usize::from(rest.is_some());
    let size = vec2(20.0 + names + 12.0 + counts + 8.0, rows as f32 * LINE + 8.0);
    let ground = Rect::from_min_size(pos2(pane.left() + EDGE, pane.bottom() - EDGE - size.y), size);
    painter.rect_filled(ground, 5.0, look.panel);
    let mut y = ground.top() + 4.0 + LINE / 2.0;
    for ((name, count), line) in texts.into_iter().zip(lines) {
        let x = ground.left() + 12.0 + indent(line);
        let colour = if line.state.is_none() && line.colour.is_none() { look.quiet } else { look.mark(line.colour) };
        paint::mark(painter, pos2(x, y), 4.2, Shape::of(line.kind), colour, look.outline());
        painter.galley(pos2(x + 9.0, y - name.size().y / 2.0), name, look.text);
        painter.galley(pos2(ground.right() - 8.0 - count.size().x, y - count.size().y / 2.0), count, look.quiet);
        y += LINE;
    }
    if let Some(rest) = rest {
        painter.galley(pos2(ground.left() + 21.0, y - rest.size().y / 2.0), rest, look.quiet);
    }
    ground
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_legend_keeps_those_of_the_most_and_never_a_state_without_its_kind() {
        let line =
            |kind, state: Option<&str>, count| Line { kind: Some(kind), state: state.map(str::to_owned), colour: None, count };
        let all = [
            line(0, None, 12),
            line(1, None, 90),
            line(1, Some("home"), 60),
            line(1, Some("driving"), 30),
            line(2, None, 40),
            line(2, Some("healthy"), 40),
        ];
        assert_eq!(shortened(&all, 9).len(), 6);
        for room in 1..6 {
            let shown = shortened(&all, room);
            assert_eq!(shown.len(), room - 1);
            for one in &shown {
                assert!(shown.iter().any(|other| other.kind == one.kind && other.state.is_none()), "{room}: {one:?}");
            }
        }
        assert_eq!(shortened(&all, 4), [&all[1], &all[2], &all[4]]);
    }
}
