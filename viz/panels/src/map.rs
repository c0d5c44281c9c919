//! What stands over the map of each run: its policy, names, a legend, a scale, the hour, the ring about the chosen one; and
//! what the pointer does there.

use crate::Pass;
use crate::legend::Legend;
use crate::look::{BODY, SMALL, font};
use crate::paint;
use egui::{FontId, Galley, Painter, Pos2, Rect, Response, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};
use rehearsal_stage::{Act, Candidate, Choice, Labels, Mark, Priority, words};
use rehearsal_trace::Level;
use std::sync::Arc;

/// How near the pointer has to be to a mark \[points\].
const REACH: f32 = 14.0;
/// The ring about the chosen one.
const RING: f32 = 11.0;
/// Marks of which the name is measured: those nearest to the middle.
const MEASURED: usize = 600;
/// From the edge of a pane to what stands in its corners.
const EDGE: f32 = 10.0;

/// What a pane keeps from frame to frame.
#[derive(Default)]
pub(crate) struct Pane {
    labels: Labels,
    legend: Legend,
}

/// A name as it would be written, and where its mark is.
struct Name {
    actor: u32,
    galley: Arc<Galley>,
    mark: Pos2,
}

/// A pane while it is drawn: its run, where it is, and how many pixels of the camera a point is.
struct Over<'p> {
    run: usize,
    rect: Rect,
    scale: f32,
    painter: &'p Painter,
}

impl Over<'_> {
    /// Where a mark is on the screen \[points\].
    fn at(&self, pass: &Pass<'_>, mark: &Mark) -> Pos2 {
        self.under(pass, mark.place)
    }

    /// Where a place in metres is on the screen \[points\].
    fn under(&self, pass: &Pass<'_>, place: [f32; 2]) -> Pos2 {
        let [x, y] = pass.show.camera().place(place);
        self.rect.min + vec2(x, y) / self.scale
    }
}

impl Pane {
    pub(crate) fn show(&mut self, ui: &mut Ui, pass: &mut Pass<'_>, run: usize, rect: Rect) {
        let scale = (pass.show.camera().viewport[0] as f32 / rect.width().max(1.0)).max(0.01);
        let painter = ui.painter_at(rect);
        let over = Over { run, rect, scale, painter: &painter };
        let response = ui.interact(rect, ui.id().with(("pane", run)), Sense::click_and_drag());
        let pointed = pointer(ui, pass, &over, &response);
        let hour = hour(pass, &over);
        let corner = head(pass, &over, hour.width());
        let mut taken = vec![corner, hour];
        if pass.show.runs()[run].stage().has_map() {
            taken.push(scale_bar(pass, &over));
        } else {
            taken.extend(captions(pass, &over));
        }
        taken.extend(self.legend.show(ui, pass, run, rect, corner));
        self.names(pass, &over, &taken);
        ring(pass, &over);
        if let Some(choice) = pointed {
            tell(pass, &over, choice, &response);
        }
    }

    /// As many names as there is room for, none over another, nor over what stands in the corners.
    fn names(&mut self, pass: &Pass<'_>, over: &Over<'_>, taken: &[Rect]) {
        if !pass.show.layers().names {
            return;
        }
        let look = pass.look;
        let size = [over.rect.width(), over.rect.height()];
        let limit = ((size[0] * size[1] / 22_000.0) as usize).clamp(4, 70);
        let (mut measured, candidates) = candidates(pass, over);
        let chosen = pass.show.chosen_in(over.run);
        for label in self.labels.place(&candidates, size, limit) {
            let Some(place) = measured.iter().position(|name| name.actor == label.actor) else { continue };
            let Name { galley, mark, .. } = measured.swap_remove(place);
            let corner = over.rect.min + Vec2::from(label.corner);
            let ground = Rect::from_min_size(corner, Vec2::from(label.size));
            let held = chosen == Some(label.actor);
            if !held && taken.iter().any(|taken| taken.intersects(ground) || taken.contains(mark)) {
                continue;
            }
            let colour = if held { look.accent } else { look.text };
            // Without a veil, as what is translucent comes out grey where a view blends in linear light.
            let text = Rect::from_center_size(ground.center(), galley.size() + vec2(6.0, 0.0));
            over.painter.rect_filled(text, 3.0, look.ground);
            over.painter.galley(ground.center() - galley.size() / 2.0, galley, colour);
        }
    }
}

/// Names of those in view, measured: the chosen one, then who moves, then those who rest, each nearest to the middle first.
fn candidates(pass: &Pass<'_>, over: &Over<'_>) -> (Vec<Name>, Vec<Candidate>) {
    let run = &pass.show.runs()[over.run];
    let chosen = pass.show.chosen_in(over.run);
    let middle = over.rect.center();
    let mut seen: Vec<(Priority, f32, &Mark, Pos2)> = Vec::new();
    for mark in &run.scene().marks {
        let at = over.at(pass, mark);
        if !over.rect.contains(at) {
            continue;
        }
        let priority = match () {
            () if chosen == Some(mark.actor) => Priority::Selected,
            () if mark.moving => Priority::Moving,
            () => Priority::Resting,
        };
        seen.push((priority, (at - middle).length_sq(), mark, at));
    }
    if seen.len() > MEASURED {
        seen.select_nth_unstable_by(MEASURED, |a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        seen.truncate(MEASURED);
    }
    let (mut measured, mut candidates) = (Vec::new(), Vec::new());
    for (priority, _, mark, at) in seen {
        let held = priority == Priority::Selected;
        let name = run.stage().name(mark.actor);
        let font: FontId = font(if held { BODY } else { SMALL });
        let galley = paint::cut(over.painter, &name, font, if held { pass.look.accent } else { pass.look.text }, 180.0);
        // Beyond the ring about the chosen one.
        let size = galley.size() + if held { vec2(18.0, 12.0) } else { vec2(6.0, 0.0) };
        let anchor = at - over.rect.min.to_vec2();
        candidates.push(Candidate { actor: mark.actor, anchor: anchor.into(), size: size.into(), priority });
        measured.push(Name { actor: mark.actor, galley, mark: at });
    }
    (measured, candidates)
}

/// Clicks, drags and the wheel; who is under the pointer.
fn pointer(ui: &Ui, pass: &mut Pass<'_>, over: &Over<'_>, response: &Response) -> Option<Choice> {
    let scale = over.scale;
    let inside = |point: Pos2| (point - over.rect.min) * scale;
    let whom = |point: Pos2| pass.show.pick(over.run, inside(point).into(), REACH * scale);
    let pointed = response.hover_pos().filter(|_| !response.dragged()).and_then(whom);
    if response.clicked() {
        let choice = response.interact_pointer_pos().and_then(whom);
        pass.act(Act::Choose(choice));
        if response.double_clicked() && choice.is_some() {
            pass.act(Act::Follow(true));
        }
    }
    if response.dragged() && response.drag_delta() != Vec2::ZERO {
        let Vec2 { x, y } = response.drag_delta() * scale;
        pass.act(Act::Drag([f64::from(x), f64::from(y)]));
    }
    if let Some(point) = response.hover_pos() {
        let (scrolled, pinched) = ui.input(|input| (input.smooth_scroll_delta().y, input.zoom_delta()));
        let factor = f64::from(pinched) * f64::from(scrolled / 240.0).exp2();
        if factor != 1.0 {
            let Vec2 { x, y } = inside(point);
            pass.act(Act::Zoom(factor, [f64::from(x), f64::from(y)]));
        }
        let icon = match () {
            () if response.dragged() => egui::CursorIcon::Grabbing,
            () if pointed.is_some() => egui::CursorIcon::PointingHand,
            () => egui::CursorIcon::Default,
        };
        ui.ctx().set_cursor_icon(icon);
    }
    pointed
}

/// The policy, and under it who is hidden by the filter and where the chosen one is if not to be seen. What stands beside it is `beside`
/// wide. Returns its ground.
fn head(pass: &Pass<'_>, over: &Over<'_>, beside: f32) -> Rect {
    let look = pass.look;
    let run = &pass.show.runs()[over.run];
    let scene = run.scene();
    let room = (over.rect.width() - 2.0 * EDGE - beside - 50.0).max(40.0);
    let policy = paint::cut(over.painter, pass.policy(run), font(BODY + 0.5), look.text, room);
    let mut lines = Vec::new();
    if scene.hidden > 0 {
        lines.push((format!("{} hidden by the filter", words::count(scene.hidden as u64)), look.quiet));
    }
    match unseen(pass, over) {
        Some(words) => lines.push((words, look.accent)),
        None if pass.show.follows() => lines.push(("the map follows the chosen one".to_owned(), look.accent)),
        None => {}
    }
    let lines: Vec<Arc<Galley>> = lines
        .into_iter()
        .map(|(text, colour)| paint::cut(over.painter, &text, font(SMALL), colour, over.rect.width() - 2.0 * EDGE - 20.0))
        .collect();
    let badge = if pass.two() { 21.0 } else { 0.0 };
    let width = lines.iter().map(|line| line.size().x).fold(policy.size().x + badge, f32::max) + 16.0;
    let height = 24.0 + lines.len() as f32 * 16.0;
    let ground = Rect::from_min_size(over.rect.min + Vec2::splat(EDGE), vec2(width, height));
    over.painter.rect_filled(ground, 5.0, look.panel);
    let first = ground.min + vec2(8.0, 12.0);
    if pass.two() {
        paint::badge(over.painter, first, over.run, &look);
    }
    over.painter.galley(first + vec2(badge, -policy.size().y / 2.0), policy, look.text);
    for (place, line) in lines.into_iter().enumerate() {
        over.painter.galley(ground.min + vec2(8.0, 22.0 + place as f32 * 16.0), line, look.quiet);
    }
    ground
}

/// Why the chosen one has no mark here, in words.
fn unseen(pass: &Pass<'_>, over: &Over<'_>) -> Option<String> {
    let chosen = pass.show.chosen()?;
    let run = &pass.show.runs()[over.run];
    let Some(actor) = pass.show.chosen_in(over.run) else {
        let name = pass.show.runs()[chosen.run].stage().name(chosen.actor);
        return Some(format!("{name} is not in this run"));
    };
    if run.scene().mark(actor).is_some() {
        return None;
    }
    let name = run.stage().name(actor);
    let world = run.cursor().world();
    match world.actors.get(&actor) {
        None => Some(format!("{name} is not in the world now")),
        Some(presence) if run.stage().place(actor, presence, world.at).is_none() => {
            Some(format!("{name} has no place on the map"))
        }
        Some(_) => Some(format!("{name} is hidden by the filter")),
    }
}

/// The hour of the day, with a dial of 24 hours, and the weather where there is one; returns its ground.
fn hour(pass: &Pass<'_>, over: &Over<'_>) -> Rect {
    let look = pass.look;
    let at = pass.show.playhead().at();
    let hour = over.painter.layout_no_wrap(pass.clock().near(at, at), font(BODY + 0.5), look.text);
    let sky = pass.show.runs()[over.run].scene().sky.as_ref().map(words::sky).filter(|sky| !sky.is_empty());
    let sky = sky.map(|sky| paint::cut(over.painter, &sky, font(SMALL), look.quiet, over.rect.width() * 0.35));
    let beside = sky.as_ref().map_or(0.0, |sky| sky.size().x + 10.0);
    let size = vec2(hour.size().x + beside + 38.0, 24.0);
    let ground = Rect::from_min_size(pos2(over.rect.right() - EDGE - size.x, over.rect.top() + EDGE), size);
    over.painter.rect_filled(ground, 5.0, look.panel);
    let middle = pos2(ground.left() + 15.0, ground.center().y);
    over.painter.circle_stroke(middle, 7.0, Stroke::new(1.2, look.quiet));
    if let Some(second) = pass.clock().second_of_day(at) {
        // Midnight points down, noon up: as high as the sun.
        let turn = second as f32 / 86_400.0 * std::f32::consts::TAU + std::f32::consts::FRAC_PI_2;
        over.painter.line_segment([middle, middle + Vec2::angled(turn) * 5.5], Stroke::new(1.6, look.text));
    }
    let left = ground.left() + 28.0;
    let right = left + hour.size().x;
    over.painter.galley(pos2(left, ground.center().y - hour.size().y / 2.0), hour, look.text);
    if let Some(sky) = sky {
        over.painter.galley(pos2(right + 10.0, ground.center().y - sky.size().y / 2.0), sky, look.quiet);
    }
    ground
}

/// The names of the kinds over their blocks; returns where they stand.
fn captions(pass: &Pass<'_>, over: &Over<'_>) -> Vec<Rect> {
    let stage = pass.show.runs()[over.run].stage();
    let caption = |block: rehearsal_stage::KindBlock| {
        let [least, most] = [block.bounds.least, block.bounds.most].map(|corner| over.under(pass, corner));
        let galley = over.painter.layout_no_wrap(stage.kind(Some(block.kind)).to_owned(), font(SMALL), pass.look.quiet);
        let ground = Rect::from_min_size(pos2(least.x, most.y - galley.size().y - 2.0), galley.size());
        over.painter.galley(ground.min, galley, pass.look.quiet);
        ground
    };
    stage.blocks().map(caption).collect()
}

/// How long a length on the map is; returns its ground.
fn scale_bar(pass: &Pass<'_>, over: &Over<'_>) -> Rect {
    let look = pass.look;
    let (metres, pixels) = pass.show.camera().scale_bar(f64::from(110.0 * over.scale));
    let width = pixels as f32 / over.scale;
    let galley = over.painter.layout_no_wrap(words::length(metres), font(SMALL), look.text);
    let size = vec2(width.max(galley.size().x) + 16.0, 30.0);
    let ground = Rect::from_min_size(over.rect.max - Vec2::splat(EDGE) - size, size);
    over.painter.rect_filled(ground, 5.0, look.panel);
    over.painter.galley(pos2(ground.right() - 8.0 - galley.size().x, ground.top() + 4.0), galley, look.text);
    let (right, bottom) = (ground.right() - 8.0, ground.bottom() - 7.0);
    let points = [(right - width, bottom - 4.0), (right - width, bottom), (right, bottom), (right, bottom - 4.0)];
    let points = points.iter().map(|&(x, y)| pos2(x, y)).collect();
    over.painter.add(Shape::line(points, Stroke::new(1.5, look.text)));
    ground
}

/// The ring about the chosen one; an arrow at the edge where they are out of view.
fn ring(pass: &Pass<'_>, over: &Over<'_>) {
    let look = pass.look;
    let run = &pass.show.runs()[over.run];
    let Some(mark) = pass.show.chosen_in(over.run).and_then(|actor| run.scene().mark(actor)) else { return };
    let at = over.at(pass, mark);
    let inside = over.rect.shrink(14.0);
    if over.rect.contains(at) {
        over.painter.circle_stroke(at, RING, Stroke::new(4.5, look.outline()));
        over.painter.circle_stroke(at, RING, Stroke::new(2.2, look.accent));
        return;
    }
    if !inside.is_positive() {
        return;
    }
    let tip = at.clamp(inside.min, inside.max);
    let towards = (at - tip).normalized();
    let side = towards.rot90() * 7.0;
    let points = vec![tip + towards * 9.0, tip - towards * 4.0 + side, tip - towards * 4.0 - side];
    over.painter.add(Shape::convex_polygon(points, look.accent, Stroke::new(1.5, look.outline())));
}

/// Who is under the pointer: name, kind, state.
fn tell(pass: &Pass<'_>, over: &Over<'_>, choice: Choice, response: &Response) {
    let (look, run) = (pass.look, &pass.show.runs()[over.run]);
    let (Some(point), Some(mark)) = (response.hover_pos(), run.scene().mark(choice.actor)) else { return };
    let at = over.at(pass, mark);
    over.painter.circle_stroke(at, RING - 2.0, Stroke::new(1.5, look.text));
    let name = paint::cut(over.painter, &run.stage().name(choice.actor), font(BODY), look.text, 240.0);
    let kind = run.stage().kind(mark.kind);
    let mut rest = if mark.state.is_empty() { kind.to_owned() } else { format!("{kind}  ·  {}", mark.state) };
    if let Some(gauge) = run.scene().places.iter().find(|gauge| gauge.actor == choice.actor) {
        let capacity = (gauge.capacity > 0 || gauge.busy > 0).then_some(gauge.capacity);
        let level = Level { waiting: gauge.waiting, busy: capacity.map(|_| gauge.busy), capacity, left: None };
        rest += &format!("  ·  {}", words::level(&level));
    }
    let rest = paint::cut(over.painter, &rest, font(SMALL), look.quiet, 240.0);
    let size = vec2(name.size().x.max(rest.size().x + 16.0) + 18.0, name.size().y + rest.size().y + 12.0);
    let mut corner = point + vec2(14.0, 14.0);
    if corner.x + size.x > over.rect.right() {
        corner.x = point.x - 10.0 - size.x;
    }
    if corner.y + size.y > over.rect.bottom() {
        corner.y = point.y - 10.0 - size.y;
    }
    let card = Rect::from_min_size(corner, size);
    over.painter.rect(card, 5.0, look.panel, Stroke::new(1.0, look.rule), StrokeKind::Inside);
    let down = name.size().y + 2.0;
    over.painter.galley(card.min + vec2(9.0, 5.0), name, look.text);
    let line = card.min + vec2(9.0, 5.0 + down);
    let middle = line + vec2(5.0, rest.size().y / 2.0);
    paint::mark(over.painter, middle, 4.5, mark.shape, look.mark(mark.colour), look.outline());
    over.painter.galley(line + vec2(16.0, 0.0), rest, look.quiet);
}

/// What the show has to say, at the top of all panes.
pub(crate) fn notice(ui: &Ui, pass: &Pass<'_>, room: Rect) {
    let Some(words) = pass.show.notice() else { return };
    let look = pass.look;
    let painter = ui.painter_at(room);
    let width = (room.width() - 60.0).min(640.0);
    let galley = painter.layout(words.into(), font(BODY), look.text, width);
    let size = galley.size() + vec2(30.0, 16.0);
    // Under what stands in the upper corners, where neither a legend nor a scale is.
    let card = Rect::from_center_size(pos2(room.center().x, room.top() + 46.0 + size.y / 2.0), size);
    painter.add(ui.style().visuals.popup_shadow.as_shape(card, 6.0));
    painter.rect(card, 6.0, look.panel, Stroke::new(1.0, look.rule), StrokeKind::Inside);
    painter.vline(card.left() + 6.0, (card.top() + 7.0)..=(card.bottom() - 7.0), Stroke::new(3.0, look.accent));
    painter.galley(card.min + vec2(17.0, 8.0), galley, look.text);
}
