//! The row above the timeline: playing, the moment, the speed, steps to what is worth seeing.

use crate::Pass;
use crate::look::{BODY, SMALL, font};
use crate::paint::{Icon, icon_button, write};
use egui::{Align2, Rect, Ui, Vec2, pos2};
use rehearsal_stage::{Act, SPEEDS, Stop, Towards, words};

pub(crate) fn show(ui: &mut Ui, pass: &mut Pass<'_>) {
    let (rect, look) = (ui.max_rect(), pass.look);
    let y = rect.center().y;
    let square = |x: f32| Rect::from_center_size(pos2(x, y), Vec2::splat(26.0));
    let head = pass.show.playhead();
    let mut x = rect.left() + 21.0;
    let (play, words) = if head.is_playing() { (Icon::Pause, "pause  Space") } else { (Icon::Play, "play  Space") };
    if icon_button(ui, square(x), play, words, head.is_playing(), &look).clicked() {
        pass.act(Act::Toggle);
    }
    x += 30.0;
    if icon_button(ui, square(x), Icon::Minus, "slower  Down", false, &look).clicked() {
        pass.act(Act::Slower);
    }
    // As wide as the longest of them, so that nothing moves when the speed does.
    let widest = SPEEDS.iter().map(|speed| width(ui, speed.words, BODY)).fold(0.0, f32::max);
    let narrow = rect.width() < 1_000.0;
    let room = if narrow { widest.min(150.0) } else { widest };
    let painter = ui.painter();
    write(painter, pos2(x + 15.0 + room / 2.0, y), Align2::CENTER_CENTER, head.speed().words, (BODY, look.text), room);
    x += 30.0 + room;
    if icon_button(ui, square(x), Icon::Plus, "faster  Up", false, &look).clicked() {
        pass.act(Act::Faster);
    }
    let left = x + 20.0;
    let right = steps(ui, pass, square(rect.right() - 21.0).right());
    moment(ui, pass, left, right, y);
}

/// The moment, in the middle of the room that there is, and what is read meanwhile.
fn moment(ui: &Ui, pass: &Pass<'_>, left: f32, right: f32, y: f32) {
    let look = pass.look;
    let painter = ui.painter();
    let text = pass.clock().second(pass.show.playhead().at());
    let widest = width(ui, "Wed 30 Nov 00:00:00", 17.0);
    let middle = (left + right) / 2.0;
    // The text begins where it began a second ago.
    let start = middle - widest / 2.0;
    let at = write(painter, pos2(start, y), Align2::LEFT_CENTER, &text, (17.0, look.text), right - start);
    let progress = pass.show.progress();
    if !progress.done {
        let room = right - at.right() - 24.0;
        let words = words::reading(progress);
        if width(ui, &words, SMALL) <= room {
            write(painter, pos2(at.right() + 16.0, y), Align2::LEFT_CENTER, &words, (SMALL, look.quiet), room);
        }
    }
}

/// Steps, from right to left; returns where they begin.
fn steps(ui: &mut Ui, pass: &mut Pass<'_>, right: f32) -> f32 {
    let (rect, look) = (ui.max_rect(), pass.look);
    let y = rect.center().y;
    let mut stops = vec![(Stop::Bookmark, "bookmark", "B", "Shift B"), (Stop::Decision, "decision", "N", "P")];
    if pass.two() {
        stops.insert(0, (Stop::Parting, "parting", "D", "Shift D"));
    }
    let mut x = right;
    for (stop, word, next, previous) in stops {
        let button = |x: f32| Rect::from_min_size(pos2(x - 24.0, y - 12.0), Vec2::splat(24.0));
        if icon_button(ui, button(x), Icon::Next, &format!("next {word}  {next}"), false, &look).clicked() {
            pass.act(Act::Step(stop, Towards::Next));
        }
        x -= 24.0;
        let size = width(ui, word, BODY);
        write(ui.painter(), pos2(x - 2.0, y), Align2::RIGHT_CENTER, word, (BODY, look.text), size + 1.0);
        x -= size + 4.0;
        if icon_button(ui, button(x), Icon::Previous, &format!("previous {word}  {previous}"), false, &look).clicked() {
            pass.act(Act::Step(stop, Towards::Previous));
        }
        x -= 24.0 + 12.0;
    }
    x
}

fn width(ui: &Ui, text: &str, size: f32) -> f32 {
    ui.painter().layout_no_wrap(text.into(), font(size), egui::Color32::PLACEHOLDER).size().x
}
