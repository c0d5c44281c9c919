//! A place: who has asked it and waits, who is there, how much it is used.

use crate::Pass;
use crate::look::{Look, SMALL};
use crate::paint;
use crate::person::{moment, quiet, somebody};
use egui::{Rect, RichText, Sense, Stroke, Ui, pos2, vec2};
use rehearsal_stage::inspect::Place;
use rehearsal_stage::{Looked, words};

/// Those who wait that are listed.
const LISTED: usize = 12;

pub(crate) fn show(ui: &mut Ui, pass: &mut Pass<'_>, looked: &[Option<&Looked>]) {
    let look = pass.look;
    for (run, looked) in looked.iter().enumerate() {
        let Some(place) = looked.and_then(|looked| looked.place.as_ref()) else { continue };
        one(ui, pass, run, place);
        ui.add_space(6.0);
    }
    ui.label(RichText::new(Place::cannot()).size(SMALL).color(look.quiet));
}

fn one(ui: &mut Ui, pass: &mut Pass<'_>, run: usize, place: &Place) {
    let look = pass.look;
    ui.horizontal_wrapped(|ui| {
        if pass.two() {
            paint::badge_in(ui, run, &look);
        }
        let waits = words::count(place.unanswered.len() as u64);
        let wait = place.wait_median.map(|wait| format!(", answered after {} at the median", words::span(wait)));
        let here = match place.here.len() {
            0 => String::new(),
            count => format!(", {} there now", words::count(count as u64)),
        };
        let text = format!("{waits} without an answer{here}{}", wait.unwrap_or_default());
        ui.label(RichText::new(text).color(look.text));
    });
    for asked in place.unanswered.iter().take(LISTED) {
        ui.horizontal_wrapped(|ui| {
            moment(ui, pass, asked.first.at, place.at);
            somebody(ui, pass, run, asked.actor);
            let waits = words::span(place.at.saturating_sub(asked.first.at));
            let more = if asked.messages > 1 { format!(", {} messages", asked.messages) } else { String::new() };
            quiet(ui, &look, format!("{}, for {waits}{more}", asked.first.name));
        });
    }
    if place.unanswered.len() > LISTED {
        quiet(ui, &look, format!("and {} more", words::count((place.unanswered.len() - LISTED) as u64)));
    }
    let (reached, sent): (u32, u32) = (place.reached.iter().sum(), place.sent.iter().sum());
    let use_words =
        format!("reached by {} messages, sent {}, until now:", words::count(reached.into()), words::count(sent.into()));
    quiet(ui, &look, use_words);
    bars(ui, &look, run, pass.two(), place);
}

/// Messages that reached it upwards, those that it sent downwards, from the beginning to now.
fn bars(ui: &mut Ui, look: &Look, run: usize, two: bool, place: &Place) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 40.0), Sense::hover());
    let most = place.reached.iter().chain(&place.sent).copied().max().unwrap_or(0).max(1) as f32;
    let colour = if two { look.runs[run] } else { look.accent };
    let (middle, half) = (rect.center().y, rect.height() / 2.0 - 1.0);
    let width = rect.width() / place.reached.len().max(1) as f32;
    let mut mesh = egui::Mesh::default();
    for (bin, (&reached, &sent)) in place.reached.iter().zip(&place.sent).enumerate() {
        let left = rect.left() + width * bin as f32;
        let mut bar = |tall: f32, colour| {
            let ends = [pos2(left + 0.5, middle), pos2(left + width - 0.5, middle - tall)];
            mesh.add_colored_rect(Rect::from_two_pos(ends[0], ends[1]), colour);
        };
        bar(reached as f32 / most * half, colour);
        bar(-(sent as f32 / most * half), crate::look::mix(look.panel, colour, 0.5));
    }
    ui.painter().add(egui::Shape::mesh(mesh));
    ui.painter().hline(rect.x_range(), middle, Stroke::new(1.0, look.rule));
}
