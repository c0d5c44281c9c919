//! The help: all keys, and what the mouse does, over everything.

use crate::keys::{MOUSE, TABLE};
use crate::look::{BODY, Look, SMALL, TITLE};
use crate::paint::write;
use egui::{Align2, Color32, Id, LayerId, Order, Painter, Rect, Sense, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

const LINE: f32 = 21.0;
const MARGIN: f32 = 24.0;
const HEAD: f32 = 42.0;

/// Draws the help over the window; whether it was clicked away.
pub(crate) fn show(ui: &mut Ui, look: &Look, whole: Rect) -> bool {
    let layer = LayerId::new(Order::Foreground, Id::new("help"));
    let painter = ui.ctx().layer_painter(layer).with_clip_rect(whole);
    painter.rect_filled(whole, 0.0, Color32::from_black_alpha(110));
    let size = vec2(820.0, HEAD + TABLE.len() as f32 * LINE + MARGIN + 26.0).min(whole.size() - Vec2::splat(24.0));
    let card = Rect::from_center_size(whole.center(), size);
    painter.rect(card, 8.0, look.panel, Stroke::new(1.0, look.rule), StrokeKind::Inside);
    let inner = card.shrink(MARGIN);
    let middle = inner.left() + inner.width() * 0.56;
    let keys: Vec<(&str, &str)> = TABLE.iter().map(|entry| (entry.shown, entry.says)).collect();
    column(&painter, look, "Keyboard", &keys, inner.left()..=middle - 16.0, (inner.top(), 142.0));
    column(&painter, look, "Mouse", MOUSE, middle + 16.0..=inner.right(), (inner.top(), 152.0));
    let foot = pos2(middle + 16.0, inner.bottom() - 4.0);
    write(&painter, foot, Align2::LEFT_BOTTOM, "Esc or a click closes this.", (SMALL, look.quiet), inner.width() * 0.4);
    // An area of its own, so that no click reaches what lies under it.
    let area = egui::Area::new(Id::new("help")).order(Order::Foreground).fixed_pos(whole.min).sense(Sense::click());
    area.show(ui.ctx(), |ui| ui.allocate_exact_size(whole.size(), Sense::click()).1.clicked()).inner
}

fn column(
    painter: &Painter,
    look: &Look,
    title: &str,
    lines: &[(&str, &str)],
    across: std::ops::RangeInclusive<f32>,
    (top, key): (f32, f32),
) {
    let (left, right) = (*across.start(), *across.end());
    write(painter, pos2(left, top), Align2::LEFT_TOP, title, (TITLE, look.text), right - left);
    painter.hline(left..=right, top + 26.0, Stroke::new(1.0, look.rule));
    for (place, (keys, says)) in lines.iter().enumerate() {
        let y = top + HEAD + place as f32 * LINE;
        write(painter, pos2(left, y), Align2::LEFT_CENTER, keys, (SMALL + 0.5, look.accent), key);
        write(painter, pos2(left + key + 8.0, y), Align2::LEFT_CENTER, says, (BODY - 0.5, look.text), right - left - key - 8.0);
    }
}
