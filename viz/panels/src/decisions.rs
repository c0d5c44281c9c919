//! Decisions about the one who was chosen: as a short story, or part by part.

use crate::Pass;
use crate::look::{BODY, Look, SMALL};
use crate::paint::{self, Icon, row, write};
use crate::person::{moment, quiet};
use egui::{Align2, Rect, RichText, Sense, Ui, pos2, vec2};
use rehearsal_stage::{Act, Choice, Looked, Stage, words};
use rehearsal_trace::explain::{Done, Explained};
use std::collections::BTreeMap;

/// Decisions that are listed: so many before now, and so many after.
const LISTED: [usize; 2] = [30, 15];
/// The names of parts stand in this width.
const NAMES: f32 = 62.0;

/// Which decision of a run: its number in order of time.
type Which = (usize, usize);

/// What is unfolded, and how it is told.
#[derive(Default)]
pub(crate) struct Decisions {
    /// Those that were folded or unfolded by hand.
    open: BTreeMap<Which, bool>,
    /// Stories, each with how much was known when it was told: a run that goes on adds to them.
    told: BTreeMap<Which, (usize, String)>,
    /// As a story rather than part by part.
    story: bool,
}

impl Decisions {
    /// Forgets whom they were about.
    pub(crate) fn forget(&mut self) {
        self.open.clear();
        self.told.clear();
    }

    /// Chooses how they are told, at the right of a row.
    pub(crate) fn how(&mut self, ui: &mut Ui, look: &Look) {
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            // From right to left.
            for (word, story) in [("story", true), ("parts", false)] {
                if paint::word(ui, word, self.story == story, look).clicked() {
                    self.story = story;
                }
            }
        });
    }

    pub(crate) fn show(&mut self, ui: &mut Ui, pass: &mut Pass<'_>, run: usize, looked: &Looked) {
        let look = pass.look;
        let now = pass.show.playhead().at();
        let decisions = &looked.decisions;
        if decisions.is_empty() {
            quiet(ui, &look, "none in this run");
            return;
        }
        let next = decisions.partition_point(|decision| decision.at <= now);
        let (first, last) = (next.saturating_sub(LISTED[0]), (next + LISTED[1]).min(decisions.len()));
        if first > 0 {
            quiet(ui, &look, format!("{} earlier", words::count(first as u64)));
        }
        for (number, decision) in decisions.iter().enumerate().take(last).skip(first) {
            if number == next {
                quiet(ui, &look, "later");
            }
            let which = (run, number);
            // The last one is what a person who steps from decision to decision wants to read.
            let open = *self.open.get(&which).unwrap_or(&(number + 1 == next));
            if line(ui, pass, decision, number >= next, open) {
                self.open.insert(which, !open);
            }
            if open {
                self.unfolded(ui, pass, which, decision);
            }
        }
        if last < decisions.len() {
            quiet(ui, &look, format!("{} more", words::count((decisions.len() - last) as u64)));
        }
    }

    fn unfolded(&mut self, ui: &mut Ui, pass: &mut Pass<'_>, which: Which, decision: &Explained) {
        let stage = pass.show.runs()[which.0].stage();
        ui.indent(("decision", which), |ui| {
            ui.add_space(2.0);
            if !self.story {
                parts(ui, pass, which.0, stage, decision);
            } else {
                let known = decision.did.len() + decision.led_to.len() + usize::from(decision.next.is_some());
                if self.told.get(&which).is_none_or(|(before, _)| *before != known) {
                    let told = words::story(stage, decision).unwrap_or_else(|error| error.to_string());
                    self.told.insert(which, (known, told));
                }
                if let Some((_, told)) = self.told.get(&which) {
                    ui.label(RichText::new(told).color(pass.look.text));
                }
            }
            ui.add_space(6.0);
        });
    }
}

/// The line of a decision: when, and which rule; whether it was clicked.
fn line(ui: &mut Ui, pass: &mut Pass<'_>, decision: &Explained, later: bool, open: bool) -> bool {
    let look = pass.look;
    let (rect, response) = row(ui, 22.0, false, &look);
    let y = rect.center().y;
    let square = Rect::from_center_size(pos2(rect.left() + 6.0, y), egui::Vec2::splat(10.0));
    paint::icon(ui.painter(), square, if open { Icon::Down } else { Icon::Right }, look.quiet);
    let time = pass.clock().second(decision.at);
    let at = pos2(rect.left() + 16.0, y);
    let time = write(ui.painter(), at, Align2::LEFT_CENTER, &time, (SMALL + 0.5, look.accent), 130.0);
    let go = ui.interact(time.expand(2.0), ui.id().with(("go", decision.at, decision.id, &decision.policy)), Sense::click());
    let rule = decision.fired.as_ref().map_or("no rule fired", |fired| fired.rule.as_str());
    let colour = if later || decision.fired.is_none() { look.quiet } else { look.text };
    let shadow = if decision.mode == "shadow" { "  in shadow" } else { "" };
    let left = time.right() + 8.0;
    write(ui.painter(), pos2(left, y), Align2::LEFT_CENTER, &format!("{rule}{shadow}"), (BODY, colour), rect.right() - left);
    if go.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
        pass.act(Act::Go(decision.at));
        return false;
    }
    response.clicked()
}

/// Everything that is known of a decision, part by part.
fn parts(ui: &mut Ui, pass: &mut Pass<'_>, run: usize, stage: &Stage, decision: &Explained) {
    let look = pass.look;
    let cause = &decision.cause;
    part(ui, pass, "about", |ui, pass| named(ui, pass, run, stage, &decision.profile.name));
    part(ui, pass, "because", |ui, pass| {
        say(ui, pass, &cause.event);
        let with = words::fields(stage, &cause.with);
        if !with.is_empty() {
            quiet(ui, &look, with);
        }
        if let Some(from) = &cause.from {
            quiet(ui, &look, "from");
            named(ui, pass, run, stage, from);
        }
        quiet(ui, &look, "at");
        moment(ui, pass, cause.happened, decision.at);
    });
    for (name, at) in &cause.matched {
        part(ui, pass, "matched", |ui, pass| {
            say(ui, pass, name);
            quiet(ui, &look, "at");
            moment(ui, pass, *at, decision.at);
        });
    }
    if let Some(fired) = &decision.fired {
        part(ui, pass, "rule", |ui, pass| {
            say(ui, pass, &fired.rule);
            quiet(ui, &look, format!("priority {}, {}", fired.priority, fired.place));
        });
        if let Some(condition) = &fired.condition {
            part(ui, pass, "if", |ui, pass| say(ui, pass, condition));
        }
        for (name, value) in &fired.read {
            part(ui, pass, "read", |ui, pass| say(ui, pass, &format!("{name} = {}", words::value(stage, value))));
        }
    }
    for lost in &decision.lost {
        part(ui, pass, "lost", |ui, pass| {
            say(ui, pass, &lost.rule);
            quiet(ui, &look, lost.reason());
        });
    }
    for unknown in &decision.unknown {
        part(ui, pass, "unknown", |ui, pass| say(ui, pass, unknown));
    }
    let state = &decision.state;
    let moved = if state.from == state.to { format!("stays {}", state.from) } else { format!("{} to {}", state.from, state.to) };
    part(ui, pass, "state", |ui, pass| say(ui, pass, &moved));
    for done in &decision.did {
        part(ui, pass, "did", |ui, pass| did(ui, pass, run, stage, decision.at, done));
    }
    for answer in &decision.led_to {
        part(ui, pass, "led to", |ui, pass| {
            moment(ui, pass, answer.at, decision.at);
            say(ui, pass, &answer.event);
            if let Some(from) = &answer.from {
                quiet(ui, &look, "from");
                named(ui, pass, run, stage, from);
            }
            quiet(ui, &look, words::fields(stage, &answer.with));
        });
    }
    if let Some(next) = &decision.next {
        part(ui, pass, "next", |ui, pass| {
            moment(ui, pass, next.at, decision.at);
            say(ui, pass, &next.rule);
        });
    }
}

/// Something that was done, and for a contact what let it pass or stopped it.
fn did(ui: &mut Ui, pass: &mut Pass<'_>, run: usize, stage: &Stage, decided: u64, done: &Done) {
    let look = pass.look;
    moment(ui, pass, done.at(), decided);
    match done {
        Done::Contact { to, contact, .. } => {
            let colour = if contact.outcome == "refused" { look.alarm } else { look.text };
            ui.label(RichText::new(format!("{} {}", contact.template, contact.outcome)).color(colour));
            quiet(ui, &look, "to");
            named(ui, pass, run, stage, to);
            if let Some(channel) = &contact.channel {
                quiet(ui, &look, format!("by {channel}"));
            }
            for gate in &contact.gates {
                let why =
                    if gate.why.is_empty() { String::new() } else { format!(" ({})", gate.why.replace(" 00:00:00.000", "")) };
                let words = format!("{} {}{why}", if gate.passed { "passed" } else { "stopped by" }, gate.gate);
                ui.label(RichText::new(words).size(SMALL).color(if gate.passed { look.quiet } else { look.alarm }));
            }
        }
        Done::Told { to, name, with, .. } => {
            say(ui, pass, name);
            quiet(ui, &look, "to");
            named(ui, pass, run, stage, to);
            quiet(ui, &look, words::fields(stage, with));
        }
        Done::Noted { name, with, .. } => {
            say(ui, pass, &format!("noted {name}"));
            quiet(ui, &look, words::fields(stage, with));
        }
        Done::Spawned { name, .. } => {
            say(ui, pass, "brought into the world");
            named(ui, pass, run, stage, name);
        }
    }
}

/// A name of a part at the left, and what it says beside it.
fn part(ui: &mut Ui, pass: &mut Pass<'_>, name: &str, says: impl FnOnce(&mut Ui, &mut Pass<'_>)) {
    let look = pass.look;
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 1.0);
        let (rect, _) = ui.allocate_exact_size(vec2(NAMES, 17.0), Sense::hover());
        write(ui.painter(), rect.left_center(), Align2::LEFT_CENTER, name, (SMALL, look.quiet), NAMES);
        let room = ui.available_width();
        ui.allocate_ui_with_layout(
            vec2(room, 0.0),
            egui::Layout::left_to_right(egui::Align::Center).with_main_wrap(true),
            |ui| {
                ui.set_max_width(room);
                says(ui, pass);
            },
        );
    });
}

fn say(ui: &mut Ui, pass: &Pass<'_>, text: &str) {
    ui.label(RichText::new(text).color(pass.look.text));
}

/// Somebody whom an explanation calls by name.
fn named(ui: &mut Ui, pass: &mut Pass<'_>, run: usize, stage: &Stage, name: &str) {
    match stage.named(name) {
        Some(actor) => {
            if crate::person::link(ui, &pass.look, name) {
                pass.act(Act::Choose(Some(Choice { run, actor })));
            }
        }
        None => say(ui, pass, name),
    }
}
