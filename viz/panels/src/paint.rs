//! Small things that several panels draw: marks of kinds, badges of runs, icons, text cut to a width.

use crate::look::{BODY, Look, SMALL, font};
use egui::text::{LayoutJob, TextFormat, TextWrapping};
use egui::{Align2, Color32, FontId, Galley, Painter, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};
use rehearsal_trace::style::Shape;
use std::sync::Arc;

/// What stands on a button without words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Icon {
    Play,
    Pause,
    Previous,
    Next,
    Plus,
    Minus,
    Down,
    Right,
    Close,
    Sun,
    Moon,
    Help,
    LeftPanel,
    RightPanel,
}

/// The mark of a kind: all shapes of about equal area, as on the map.
pub(crate) fn mark(painter: &Painter, at: Pos2, radius: f32, shape: Shape, fill: Color32, outline: Color32) {
    let edge = Stroke::new(1.0, outline);
    let points = match shape {
        Shape::Circle => {
            painter.circle(at, radius, fill, edge);
            return;
        }
        Shape::Square => {
            let half = radius * 0.89;
            vec![at + vec2(-half, -half), at + vec2(half, -half), at + vec2(half, half), at + vec2(-half, half)]
        }
        Shape::Triangle => {
            let (half, tall) = (radius * 1.25, radius * 2.3);
            vec![at + vec2(0.0, -tall * 0.6), at + vec2(half, tall * 0.4), at + vec2(-half, tall * 0.4)]
        }
        Shape::Diamond => {
            let r = radius * 1.25;
            vec![at + vec2(0.0, -r), at + vec2(r, 0.0), at + vec2(0.0, r), at + vec2(-r, 0.0)]
        }
    };
    painter.add(egui::Shape::convex_polygon(points, fill, edge));
}

/// The letter of a run.
pub(crate) fn letter(run: usize) -> &'static str {
    ["A", "B"][run.min(1)]
}

/// The letter of a run on its colour, in a square of 15 points whose left edge is at `at`.
pub(crate) fn badge(painter: &Painter, at: Pos2, run: usize, look: &Look) -> Rect {
    let rect = Rect::from_center_size(at + vec2(7.5, 0.0), Vec2::splat(15.0));
    painter.rect_filled(rect, 4.0, look.runs[run.min(1)]);
    let letter = painter.layout_no_wrap(letter(run).into(), font(10.5), look.panel);
    painter.galley(rect.center() - letter.size() / 2.0, letter, look.panel);
    rect
}

/// A badge in the flow of a row.
pub(crate) fn badge_in(ui: &mut Ui, run: usize, look: &Look) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(15.0, 18.0), Sense::hover());
    badge(ui.painter(), rect.left_center(), run, look);
    response
}

/// Text in one line, cut with an ellipsis where it is wider than `width`.
pub(crate) fn cut(painter: &Painter, text: &str, font: FontId, colour: Color32, width: f32) -> Arc<Galley> {
    let mut job = LayoutJob::single_section(text.replace('\n', " "), TextFormat::simple(font, colour));
    job.wrap = TextWrapping { max_width: width.max(0.0), max_rows: 1, break_anywhere: true, overflow_character: Some('…') };
    painter.layout_job(job)
}

/// Text in one line at a point, cut at a width; returns where it stands.
pub(crate) fn write(painter: &Painter, at: Pos2, anchor: Align2, text: &str, (size, colour): (f32, Color32), width: f32) -> Rect {
    let galley = cut(painter, text, font(size), colour, width);
    let rect = anchor.anchor_size(at, galley.size());
    painter.galley(rect.min, galley, colour);
    rect
}

/// Two lines on a small ground over everything: the first is what it is about, the other stands beside; above a point, and
/// no further to the sides than `within`.
pub(crate) fn card(painter: &Painter, look: &Look, run: Option<usize>, [lead, rest]: [&str; 2], above: Pos2, within: Rect) {
    let layer = egui::LayerId::new(egui::Order::Tooltip, egui::Id::new("card"));
    let mut painter = painter.clone().with_layer_id(layer);
    painter.set_clip_rect(Rect::EVERYTHING);
    let lead = cut(&painter, lead, font(SMALL + 1.0), look.text, 360.0);
    let rest = cut(&painter, rest, font(SMALL), look.quiet, 420.0);
    let room = if run.is_some() { 20.0 } else { 0.0 };
    let size = vec2((lead.size().x + room).max(rest.size().x) + 18.0, lead.size().y + rest.size().y + 12.0);
    let left = (above.x - size.x / 2.0).min(within.right() - size.x).max(within.left());
    let ground = Rect::from_min_size(pos2(left, above.y - size.y), size);
    painter.rect(ground, 5.0, look.panel, Stroke::new(1.0, look.rule), StrokeKind::Inside);
    let top = ground.min + vec2(9.0, 5.0);
    if let Some(run) = run {
        badge(&painter, top + vec2(0.0, lead.size().y / 2.0), run, look);
    }
    let down = lead.size().y + 2.0;
    painter.galley(top + vec2(room, 0.0), lead, look.text);
    painter.galley(top + Vec2::Y * down, rest, look.quiet);
}

/// A row of a list over the whole width, with a ground where the pointer is.
pub(crate) fn row(ui: &mut Ui, height: f32, picked: bool, look: &Look) -> (Rect, Response) {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
    if picked {
        ui.painter().rect_filled(rect, 4.0, look.picked);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, 4.0, look.raised);
    }
    (rect, response)
}

/// The name of a part of a panel, with something quiet at its right; a click folds and unfolds it. Whether it is open.
pub(crate) fn section(ui: &mut Ui, look: &Look, name: &str, beside: &str, open: &mut bool) {
    ui.add_space(6.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::click());
    if response.clicked() {
        *open = !*open;
    }
    let colour = if response.hovered() { look.text } else { look.quiet };
    let painter = ui.painter();
    let chevron = Rect::from_center_size(rect.left_center() + vec2(5.0, 0.0), Vec2::splat(12.0));
    icon(painter, chevron, if *open { Icon::Down } else { Icon::Right }, colour);
    let title =
        write(painter, rect.left_center() + vec2(16.0, 0.0), Align2::LEFT_CENTER, name, (BODY, look.text), rect.width() * 0.7);
    let room = rect.right() - title.right() - 8.0;
    write(painter, rect.right_center(), Align2::RIGHT_CENTER, beside, (SMALL, look.quiet), room);
    painter.hline(rect.x_range(), rect.bottom(), Stroke::new(1.0, look.rule));
    ui.add_space(2.0);
}

/// A button with an icon in a rectangle.
pub(crate) fn icon_button(ui: &mut Ui, rect: Rect, which: Icon, name: &str, on: bool, look: &Look) -> Response {
    let response = ui.interact(rect, ui.id().with(("icon", name)), Sense::click());
    let fill = if response.is_pointer_button_down_on() || on {
        look.picked
    } else if response.hovered() {
        look.raised
    } else {
        Color32::TRANSPARENT
    };
    ui.painter().rect_filled(rect, 4.0, fill);
    let colour = if response.hovered() || on { look.text } else { look.quiet };
    icon(ui.painter(), Rect::from_center_size(rect.center(), Vec2::splat(14.0)), which, colour);
    response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::Button, true, name));
    response.on_hover_text(name)
}

/// A word that is a button, on or off; as wide as it is.
pub(crate) fn word_button(ui: &mut Ui, at: Pos2, word: &str, hint: &str, on: bool, look: &Look) -> Response {
    let colour = if on { look.text } else { look.quiet };
    let galley = ui.painter().layout_no_wrap(word.into(), font(SMALL + 0.5), colour);
    let rect = Rect::from_min_size(pos2(at.x, at.y - 11.0), vec2(galley.size().x + 14.0, 22.0));
    let response = ui.interact(rect, ui.id().with(("word", word)), Sense::click());
    let fill = match (on, response.hovered()) {
        (true, _) => look.picked,
        (false, true) => look.raised,
        _ => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, 4.0, fill);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, colour);
    if hint.is_empty() { response } else { response.on_hover_text(hint) }
}

/// Two or three words of which one is chosen, side by side; returns the place of one that was clicked.
pub(crate) fn choice(ui: &mut Ui, words: &[&str], chosen: usize, look: &Look) -> Option<usize> {
    let mut clicked = None;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        for (place, word) in words.iter().enumerate() {
            if self::word(ui, word, place == chosen, look).clicked() {
                clicked = Some(place);
            }
        }
    });
    clicked
}

/// A word in the flow of a row, chosen or not.
pub(crate) fn word(ui: &mut Ui, word: &str, chosen: bool, look: &Look) -> Response {
    let (colour, fill) = if chosen { (look.text, look.picked) } else { (look.quiet, Color32::TRANSPARENT) };
    let text = egui::RichText::new(word).size(SMALL + 0.5).color(colour);
    ui.add(egui::Button::new(text).fill(fill).min_size(vec2(26.0, 20.0)))
}

/// An icon in a square.
pub(crate) fn icon(painter: &Painter, rect: Rect, which: Icon, colour: Color32) {
    let (middle, side) = (rect.center(), rect.width());
    let line = Stroke::new((side / 9.0).max(1.2), colour);
    let at = |x: f32, y: f32| middle + vec2(x, y) * side;
    let path = |points: &[(f32, f32)]| {
        painter.add(egui::Shape::line(points.iter().map(|&(x, y)| at(x, y)).collect(), line));
    };
    let filled = |points: &[(f32, f32)]| {
        let points = points.iter().map(|&(x, y)| at(x, y)).collect();
        painter.add(egui::Shape::convex_polygon(points, colour, Stroke::NONE));
    };
    match which {
        Icon::Play => filled(&[(-0.28, -0.4), (0.42, 0.0), (-0.28, 0.4)]),
        Icon::Pause => {
            painter.rect_filled(Rect::from_center_size(at(-0.18, 0.0), vec2(side * 0.2, side * 0.74)), 1.0, colour);
            painter.rect_filled(Rect::from_center_size(at(0.18, 0.0), vec2(side * 0.2, side * 0.74)), 1.0, colour);
        }
        Icon::Previous => path(&[(0.15, -0.3), (-0.15, 0.0), (0.15, 0.3)]),
        Icon::Next | Icon::Right => path(&[(-0.15, -0.3), (0.15, 0.0), (-0.15, 0.3)]),
        Icon::Down => path(&[(-0.3, -0.15), (0.0, 0.15), (0.3, -0.15)]),
        Icon::Plus => {
            path(&[(-0.32, 0.0), (0.32, 0.0)]);
            path(&[(0.0, -0.32), (0.0, 0.32)]);
        }
        Icon::Minus => path(&[(-0.32, 0.0), (0.32, 0.0)]),
        Icon::Close => {
            path(&[(-0.28, -0.28), (0.28, 0.28)]);
            path(&[(-0.28, 0.28), (0.28, -0.28)]);
        }
        Icon::Sun => {
            painter.circle_filled(middle, side * 0.2, colour);
            for turn in 0..8 {
                let ray = Vec2::angled(turn as f32 * std::f32::consts::FRAC_PI_4);
                painter.line_segment([middle + ray * side * 0.32, middle + ray * side * 0.46], line);
            }
        }
        Icon::Moon => {
            // A crescent: the outer arc and back along the inner one.
            let outer = (0..=12).map(|step| Vec2::angled(0.9 + step as f32 * 0.38) * 0.42);
            let inner = (0..=8).rev().map(|step| Vec2::angled(1.25 + step as f32 * 0.48) * 0.3 + vec2(0.16, -0.1));
            let points = outer.chain(inner).map(|point| middle + point * side).collect();
            painter.add(egui::Shape::closed_line(points, line));
        }
        Icon::Help => {
            painter.circle_stroke(middle, side * 0.46, line);
            let mark = painter.layout_no_wrap("?".into(), font(side * 0.72), colour);
            painter.galley(middle - mark.size() / 2.0, mark, colour);
        }
        Icon::LeftPanel | Icon::RightPanel => {
            let frame = Rect::from_center_size(middle, vec2(side * 0.92, side * 0.74));
            painter.rect_stroke(frame, 2.0, line, StrokeKind::Middle);
            let x = middle.x + side * if which == Icon::LeftPanel { -0.16 } else { 0.16 };
            painter.vline(x, frame.y_range(), line);
        }
    }
}
