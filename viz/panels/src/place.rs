//! A place: how full it is and how many wait, who has asked it and has no answer, who is there, how much it is used.

use crate::Pass;
use crate::chart::{self, Series};
use crate::look::{Look, SMALL};
use crate::paint::{self, write};
use crate::person::{moment, quiet, somebody};
use egui::{Align2, Rect, RichText, Sense, Stroke, Ui, pos2, vec2};
use rehearsal_stage::inspect::{Holder, Line, Place};
use rehearsal_stage::{Act, Looked, words};
use std::collections::BTreeSet;

/// Those who wait that are listed.
const LISTED: usize = 12;

pub(crate) fn show(ui: &mut Ui, pass: &mut Pass<'_>, looked: &[Option<&Looked>]) {
    let look = pass.look;
    let places: Vec<Option<&Place>> = looked.iter().map(|looked| looked.and_then(|looked| looked.place.as_ref())).collect();
    let holders: BTreeSet<&String> = places.iter().flatten().flat_map(|place| place.holders.keys()).collect();
    for holder in &holders {
        let of: Vec<Option<&Holder>> = places.iter().map(|place| place.and_then(|place| place.holders.get(*holder))).collect();
        held(ui, pass, holder, &of);
    }
    for (run, place) in places.iter().enumerate() {
        let Some(place) = place else { continue };
        messages(ui, pass, run, place, holders.is_empty());
        ui.add_space(6.0);
    }
    ui.label(RichText::new(Place::cannot()).size(SMALL).color(look.quiet));
}

/// A holder in both runs: how full it is, and how many waited and were in use over time.
fn held(ui: &mut Ui, pass: &mut Pass<'_>, name: &str, of: &[Option<&Holder>]) {
    let look = pass.look;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let first = rect.width() * 0.24;
    let width = (rect.width() - first) / of.len().max(1) as f32;
    let painter = ui.painter();
    write(painter, rect.left_center(), Align2::LEFT_CENTER, name, (SMALL + 0.5, look.text), first - 6.0);
    for (run, holder) in of.iter().enumerate() {
        let mut x = rect.left() + first + width * run as f32;
        let right = x + width - 6.0;
        if pass.two() {
            x = paint::badge(painter, pos2(x, rect.center().y), run, &look).right() + 5.0;
        }
        let text = holder.map_or("none".into(), |holder| words::level(&holder.now));
        write(painter, pos2(x, rect.center().y), Align2::LEFT_CENTER, &text, (SMALL + 0.5, look.text), right - x);
    }
    let waiting: Vec<Option<&Line>> = of.iter().map(|holder| holder.map(|holder| &holder.waiting)).collect();
    let used: Vec<Option<&Line>> = of.iter().map(|holder| holder.map(|holder| &holder.used)).collect();
    let goods = of.iter().flatten().any(|holder| holder.now.busy.is_none());
    over_time(ui, pass, "waiting", &waiting);
    over_time(ui, pass, if goods { "left" } else { "in use" }, &used);
    ui.add_space(4.0);
}

/// One number of a holder over time, unless it never was above zero.
fn over_time(ui: &mut Ui, pass: &mut Pass<'_>, what: &str, of: &[Option<&Line>]) {
    if !of.iter().flatten().any(|line| line.points.iter().any(|point| point.1 > 0.0)) {
        return;
    }
    let lines = of.iter().enumerate().filter_map(|(run, line)| Some((run, (*line)?)));
    let series: Vec<Series<'_>> =
        lines.map(|(run, line)| Series { points: &line.points, run, steps: true, colour: pass.colour(run) }).collect();
    quiet(ui, &pass.look, what);
    if let Some(at) = chart::chart(ui, pass, 30.0, what, &series) {
        pass.act(Act::Go(at));
    }
}

/// Messages that reached it and that it sent; of a place without holders, those who have no answer too.
fn messages(ui: &mut Ui, pass: &mut Pass<'_>, run: usize, place: &Place, unanswered: bool) {
    let look = pass.look;
    let mut said = Vec::new();
    if unanswered {
        said.push(format!("{} without an answer", words::count(place.unanswered.len() as u64)));
    }
    if !place.here.is_empty() {
        said.push(format!("{} there now", words::count(place.here.len() as u64)));
    }
    said.extend(place.wait_median.map(|wait| format!("answered after {} at the median", words::span(wait))));
    let (reached, sent): (u32, u32) = (place.reached.iter().sum(), place.sent.iter().sum());
    if said.is_empty() && reached + sent == 0 {
        return;
    }
    if said.is_empty() {
        said.push("messages".into());
    }
    ui.horizontal_wrapped(|ui| {
        if pass.two() {
            paint::badge_in(ui, run, &look);
        }
        ui.label(RichText::new(said.join(", ")).color(look.text));
    });
    if unanswered {
        asked(ui, pass, run, place);
    }
    let use_words =
        format!("reached by {} messages, sent {}, until now:", words::count(reached.into()), words::count(sent.into()));
    quiet(ui, &look, use_words);
    bars(ui, &look, run, pass.two(), place);
}

/// Those who have no answer, the longest first.
fn asked(ui: &mut Ui, pass: &mut Pass<'_>, run: usize, place: &Place) {
    let look = pass.look;
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
