//! The timeline: how much happens when, decisions, bookmarks, where the runs part, days, and now.

use crate::Pass;
use crate::chart::Axes;
use crate::look::{Look, SMALL, font, mix};
use crate::paint::{self, write};
use egui::{Align2, Color32, Mesh, Painter, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, pos2, vec2};
use rehearsal_stage::index::{BINS, WHATS};
use rehearsal_stage::{Act, Moment, Notable, words};
use rehearsal_trace::Clock;

const SECOND: u64 = 1_000_000_000;
const DAY: u64 = 86_400 * SECOND;
/// The names of the rows stand in this width.
const NAMES: f32 = 74.0;
const ACTIVITY: f32 = 30.0;
const ROW: f32 = 14.0;
const DATES: f32 = 17.0;
/// Stretches in which partings are counted.
const PARTED: usize = 300;
/// How near the pointer has to be to a bookmark.
const NEAR: f32 = 4.0;

/// What is counted once and drawn often.
#[derive(Default)]
pub(crate) struct Timeline {
    /// Partings by stretch, and how many had parted when they were counted.
    parted: (usize, Vec<u32>),
}

/// How high the timeline is.
pub(crate) fn height(two: bool) -> f32 {
    ACTIVITY + 2.0 * ROW + if two { ROW } else { 0.0 } + DATES + 6.0
}

/// What is there to count in a run.
fn column(what: &str) -> usize {
    WHATS.iter().position(|tag| *tag == what).unwrap_or(0)
}

impl Timeline {
    pub(crate) fn show(&mut self, ui: &mut Ui, pass: &mut Pass<'_>) {
        let (rect, look) = (ui.max_rect(), pass.look);
        let inside = Rect::from_min_max(rect.min + vec2(NAMES + 12.0, 0.0), rect.max - vec2(16.0, 0.0));
        let response = ui.interact(inside.expand2(vec2(6.0, 0.0)), ui.id().with("timeline"), Sense::click_and_drag());
        let painter = ui.painter_at(rect);
        let end = pass.show.playhead().end();
        let axes = Axes { rect: inside, end, range: (0.0, 1.0) };
        let rows = Rows::new(inside, pass.two());
        activity(&painter, pass, &axes, rows.activity);
        decisions(&painter, pass, &axes, rows.decisions);
        let pointed = bookmarks(&painter, pass, &axes, rows.bookmarks, &response);
        if let Some(row) = rows.parted {
            self.parted(&painter, pass, &axes, row);
        }
        dates(&painter, &look, pass.clock(), &axes, rows.dates);
        names(&painter, &look, rect.left() + 12.0, &rows);
        now(&painter, pass, &axes, &rows);
        reading(&painter, pass, inside);
        self.point(pass, &axes, &rows, &response, pointed, &painter);
    }

    /// The pointer: it scrubs, and goes to bookmarks.
    fn point(
        &self,
        pass: &mut Pass<'_>,
        axes: &Axes,
        rows: &Rows,
        response: &Response,
        pointed: Option<Moment>,
        painter: &Painter,
    ) {
        if let Some(point) = response.interact_pointer_pos().filter(|_| response.clicked() || response.dragged()) {
            match pointed.filter(|_| response.clicked()) {
                Some(moment) => pass.act(Act::Go(moment.at)),
                None => {
                    let share = f64::from((point.x - axes.rect.left()) / axes.rect.width());
                    pass.act(Act::GoToShare(share.clamp(0.0, 1.0)));
                }
            }
            return;
        }
        let Some(point) = response.hover_pos() else { return };
        let look = pass.look;
        let x = point.x.min(axes.rect.right()).max(axes.rect.left());
        painter.vline(x, axes.rect.y_range(), Stroke::new(1.0, look.quiet));
        let mut text = pass.clock().minute(axes.at(x));
        if rows.parted.is_some_and(|row| row.contains(point)) && !self.parted.1.is_empty() {
            let bin = (self.parted.1.len() as f32 * (x - axes.rect.left()) / axes.rect.width()) as usize;
            let count = self.parted.1[bin.min(self.parted.1.len() - 1)];
            text = format!("{text}, {} part from themselves", words::count(count.into()));
        }
        if pointed.is_none() {
            chip(painter, &look, pos2(x, axes.rect.bottom() - DATES / 2.0 - 3.0), &text, axes.rect);
        }
    }

    fn parted(&mut self, painter: &Painter, pass: &Pass<'_>, axes: &Axes, row: Rect) {
        let Some(divergence) = pass.show.divergence() else { return };
        if self.parted.0 != divergence.parted.len() || self.parted.1.is_empty() {
            self.parted = (divergence.parted.len(), divergence.timeline(PARTED));
        }
        let most = self.parted.1.iter().copied().max().unwrap_or(0).max(1);
        let mut mesh = Mesh::default();
        for (bin, &count) in self.parted.1.iter().enumerate().filter(|(_, count)| **count > 0) {
            let at = |bin: usize| axes.x((u128::from(divergence.until) * bin as u128 / PARTED as u128) as u64);
            let (left, right) = (at(bin), at(bin + 1));
            // One alone is seen too.
            let tall = (row.height() - 3.0) * (0.3 + 0.7 * (count as f32 / most as f32).sqrt());
            let bar = Rect::from_min_max(pos2(left, row.bottom() - 1.0 - tall), pos2(right.max(left + 1.5), row.bottom() - 1.0));
            mesh.add_colored_rect(bar, pass.look.alarm);
        }
        painter.add(Shape::mesh(mesh));
    }
}

/// Where the rows lie.
struct Rows {
    activity: Rect,
    decisions: Rect,
    bookmarks: Rect,
    parted: Option<Rect>,
    dates: Rect,
}

impl Rows {
    fn new(inside: Rect, two: bool) -> Rows {
        let mut top = inside.top() + 2.0;
        let mut next = |height: f32| {
            let row = Rect::from_min_max(pos2(inside.left(), top), pos2(inside.right(), top + height));
            top += height;
            row
        };
        Rows {
            activity: next(ACTIVITY),
            decisions: next(ROW),
            bookmarks: next(ROW),
            parted: two.then(|| next(ROW)),
            dates: next(DATES),
        }
    }
}

/// Records of each stretch, of both runs together, except figures.
fn counts(pass: &Pass<'_>, wanted: impl Fn(usize) -> bool) -> Vec<f32> {
    let mut counts = vec![0.0; BINS];
    for run in pass.show.runs() {
        let index = run.indexing().index();
        for (count, bin) in counts.iter_mut().zip(&index.activity) {
            *count += bin.iter().enumerate().filter(|(what, _)| wanted(*what)).map(|(_, number)| *number as f32).sum::<f32>();
        }
    }
    counts
}

fn activity(painter: &Painter, pass: &Pass<'_>, axes: &Axes, row: Rect) {
    let look = pass.look;
    // What is only written down at that moment has not happened then.
    let written = ["figures", "level", "board"].map(column);
    let counts = counts(pass, |what| !written.contains(&what));
    // The first moment declares everybody; it would make all else flat.
    let mut sorted: Vec<f32> = counts.iter().copied().filter(|count| *count > 0.0).collect();
    sorted.sort_by(f32::total_cmp);
    let most = sorted.get(sorted.len().saturating_sub(1) * 99 / 100).copied().unwrap_or(1.0).max(1.0);
    let at = pass.show.playhead().at();
    let (before, after) = (mix(look.panel, look.quiet, 0.75), mix(look.panel, look.quiet, 0.38));
    let mut mesh = Mesh::default();
    for (bin, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0.0) {
        let start = |bin: usize| (u128::from(axes.end) * bin as u128 / BINS as u128) as u64;
        let tall = ((count / most).min(1.0) * (row.height() - 2.0)).max(1.0);
        let (left, right) = (axes.x(start(bin)), axes.x(start(bin + 1)));
        let bar = Rect::from_min_max(pos2(left, row.bottom() - tall), pos2(right, row.bottom()));
        mesh.add_colored_rect(bar, if start(bin) <= at { before } else { after });
    }
    painter.add(Shape::mesh(mesh));
    painter.hline(row.x_range(), row.bottom() + 0.5, Stroke::new(1.0, look.rule));
}

/// A column for each stretch with decisions: of the first run above, of the second below.
fn decisions(painter: &Painter, pass: &Pass<'_>, axes: &Axes, row: Rect) {
    let what = column("decision");
    let runs = pass.show.runs();
    let height = (row.height() - 4.0) / runs.len() as f32;
    for (number, run) in runs.iter().enumerate() {
        let index = run.indexing().index();
        let most = index.activity.iter().map(|bin| bin[what]).max().unwrap_or(0).max(1) as f32;
        let top = row.top() + 3.0 + number as f32 * height;
        let colour = if runs.len() == 1 { pass.look.accent } else { pass.look.runs[number] };
        let mut mesh = Mesh::default();
        for (bin, counted) in index.activity.iter().enumerate().filter(|(_, bin)| bin[what] > 0) {
            let left = axes.x(index.start(bin));
            let right = axes.x(index.start(bin + 1)).max(left + 1.5);
            let strength = 0.35 + 0.65 * (counted[what] as f32 / most).sqrt();
            let bar = Rect::from_min_max(pos2(left, top), pos2(right, top + height - 1.0));
            mesh.add_colored_rect(bar, mix(pass.look.panel, colour, strength));
        }
        painter.add(Shape::mesh(mesh));
    }
}

/// Ticks of moments worth going to; the one that the pointer means is told.
fn bookmarks(painter: &Painter, pass: &Pass<'_>, axes: &Axes, row: Rect, response: &Response) -> Option<Moment> {
    let look = pass.look;
    let pointer = response.hover_pos().filter(|point| row.expand2(vec2(0.0, 1.0)).contains(*point));
    let mut nearest: Option<(f32, usize, &Moment)> = None;
    let mut here = 0;
    for (number, run) in pass.show.runs().iter().enumerate() {
        let mut drawn = f32::NEG_INFINITY;
        for moment in run.bookmarks() {
            let x = axes.x(moment.at);
            if let Some(away) = pointer.map(|point| (point.x - x).abs()).filter(|away| *away <= NEAR) {
                here += 1;
                if nearest.is_none_or(|(least, _, _)| away < least) {
                    nearest = Some((away, number, moment));
                }
            }
            let refused = moment.what == Notable::Refusal;
            if x - drawn < 1.0 && !refused {
                continue;
            }
            drawn = x;
            painter.vline(x, (row.top() + 3.0)..=(row.bottom() - 3.0), Stroke::new(1.2, sort(&look, moment.what)));
        }
    }
    let (_, number, moment) = nearest?;
    let x = axes.x(moment.at);
    painter.vline(x, (row.top() + 1.0)..=(row.bottom() - 1.0), Stroke::new(2.0, look.text));
    tell(painter, pass, number, moment, here, pos2(x, row.top() - 4.0), axes.rect);
    Some(moment.clone())
}

/// The colour of a sort of moment.
pub(crate) fn sort(look: &Look, what: Notable) -> Color32 {
    match what {
        Notable::Note => look.quiet,
        Notable::Decision => look.accent,
        Notable::Refusal => look.alarm,
    }
}

/// What a bookmark is: its name, whom it concerns, when; above the row.
fn tell(painter: &Painter, pass: &Pass<'_>, run: usize, moment: &Moment, here: usize, at: egui::Pos2, within: Rect) {
    let look = pass.look;
    let stage = pass.show.runs()[run].stage();
    let first = if moment.first_of_many { ", the first of many" } else { "" };
    let lead = format!("{}{first}", moment.name);
    let mut rest = format!("{}  ·  {}", stage.name(moment.actor), pass.clock().second(moment.at));
    if here > 1 {
        rest += &format!("  ·  and {} more here", here - 1);
    }
    paint::card(painter, &look, pass.two().then_some(run), [&lead, &rest], at, within);
}

/// Lines at the beginnings of days or hours, with as many dates as there is room for.
fn dates(painter: &Painter, look: &Look, clock: &Clock, axes: &Axes, row: Rect) {
    let widest = painter.layout_no_wrap("Wed 30 Nov".into(), font(SMALL - 0.5), look.quiet).size().x + 16.0;
    let per_point = axes.end as f64 / f64::from(axes.rect.width().max(1.0));
    let hours = [1, 3, 6, 12].map(|hours| hours * 3_600 * SECOND);
    let steps = hours.into_iter().chain([1, 2, 7, 14, 28, 91, 182, 364].map(|days| days * DAY));
    let wanted = per_point * f64::from(widest);
    let step = steps.into_iter().find(|step| *step as f64 >= wanted).unwrap_or(364 * DAY);
    // The first midnight, counted backwards, so that hours are whole too.
    let since = u64::from(clock.second_of_day(0).unwrap_or(0)) * SECOND;
    let line = step.min(DAY).max(if step > 28 * DAY { step } else { 0 });
    let mut at = (line - since % line) % line;
    while at <= axes.end {
        let midnight = (at + since).is_multiple_of(DAY);
        let x = axes.x(at);
        let strong = if midnight { 1.0 } else { 0.55 };
        painter.vline(x, (axes.rect.top() + 2.0)..=(row.top() + 4.0), Stroke::new(1.0, look.rule.gamma_multiply(strong)));
        if (at + since).is_multiple_of(step) {
            let minute = clock.minute(at);
            let (date, time) = minute.rsplit_once(' ').unwrap_or(("", &minute));
            let text = if midnight { date } else { time };
            let galley = painter.layout_no_wrap(text.into(), font(SMALL - 0.5), look.quiet);
            if x + 4.0 + galley.size().x <= axes.rect.right() + 10.0 {
                painter.galley(pos2(x + 4.0, row.top() + 2.0), galley, look.quiet);
            }
        }
        at += line;
    }
}

fn names(painter: &Painter, look: &Look, left: f32, rows: &Rows) {
    let named = [
        ("activity", Some(rows.activity)),
        ("decisions", Some(rows.decisions)),
        ("bookmarks", Some(rows.bookmarks)),
        ("partings", rows.parted),
    ];
    for (name, row) in named {
        let Some(row) = row else { continue };
        let y = if name == "activity" { row.bottom() - 7.0 } else { row.center().y };
        let colour = if name == "partings" { look.alarm } else { look.quiet };
        write(painter, pos2(left, y), Align2::LEFT_CENTER, name, (SMALL - 0.5, colour), NAMES);
    }
}

fn now(painter: &Painter, pass: &Pass<'_>, axes: &Axes, rows: &Rows) {
    let x = axes.x(pass.show.playhead().at());
    let accent = pass.look.accent;
    painter.vline(x, axes.rect.top()..=rows.dates.top() + 4.0, Stroke::new(1.6, accent));
    let top = axes.rect.top();
    let handle =
        vec![pos2(x - 5.0, top), pos2(x + 5.0, top), pos2(x + 5.0, top + 5.0), pos2(x, top + 10.0), pos2(x - 5.0, top + 5.0)];
    painter.add(Shape::convex_polygon(handle, accent, Stroke::NONE));
}

/// How far the passes over the runs have come, as a thin line under the row of buttons.
fn reading(painter: &Painter, pass: &Pass<'_>, inside: Rect) {
    let progress = pass.show.progress();
    if progress.done {
        return;
    }
    let share = progress.read as f32 / progress.total.max(1) as f32;
    let line = Rect::from_min_size(inside.min, vec2(inside.width(), 2.0));
    painter.rect_filled(line, 1.0, pass.look.rule);
    painter.rect_filled(Rect::from_min_size(line.min, vec2(line.width() * share, 2.0)), 1.0, pass.look.accent);
}

/// A few words on a small ground of their own, kept inside.
fn chip(painter: &Painter, look: &Look, middle: egui::Pos2, text: &str, within: Rect) {
    let galley = painter.layout_no_wrap(text.into(), font(SMALL), look.text);
    let size = galley.size() + vec2(10.0, 2.0);
    let x = middle.x.clamp(within.left() + size.x / 2.0, (within.right() - size.x / 2.0).max(within.left() + size.x / 2.0));
    let rect = Rect::from_center_size(pos2(x, middle.y), size);
    painter.rect(rect, 3.0, look.raised, Stroke::new(1.0, look.rule), StrokeKind::Inside);
    painter.galley(rect.center() - galley.size() / 2.0, galley, look.text);
}
