//! Between which records of a run a law comes out, as far as that is without doubt.
//!
//! Three forms are seen: a timer that ends a state, a delay between two things that a record tells, and a source. Where
//! something else may end a state in the same way, nothing is seen, and why is said.

use super::Fault;
use super::form::placed;
use crate::fault::At;
use crate::lint::walk::every;
use crate::recorded::From;
use crate::steps::STEPS;
use crate::tables::{KindInfo, Tables};
use crate::tree::{Node, What};
use std::collections::BTreeMap;

/// Steps that take time, or may.
const WAITS: &[&str] = &["Delay", "Wait", "Move", "Ask", "Seize", "Take", "Join", "Rehearse", "Do", "Together", "Contact"];

/// Procedures in procedures are looked at so deep.
const DEPTH_MAX: usize = 8;

/// When something begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Mark {
    /// The state is entered.
    Entry,
    /// The actor notes this, in the state.
    Note(String),
}

/// How it ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ending {
    /// The region goes to this state.
    State(String),
    /// The actor ceases to be.
    Gone,
    /// The actor notes this.
    Note(String),
}

/// Between which records a law comes out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Watch {
    /// A stay in a state, or a part of one.
    Stay {
        kind: String,
        region: String,
        state: String,
        from: Mark,
        to: Vec<Ending>,
        /// Where one of these messages came at the same moment, it was that which ended the stay.
        unless: Vec<String>,
    },
    /// The time from one actor that another brings into the world to the next.
    Gap { kind: String, child: String },
}

/// What was found of a text: by its place.
type Found = BTreeMap<At, Result<Vec<Watch>, Fault>>;

/// A state of a kind.
#[derive(Clone, Copy)]
struct Place<'t> {
    kind: u16,
    info: &'t KindInfo,
    region: u16,
    state: u16,
}

impl Tables {
    /// What shows how each text of the kinds comes out.
    pub(super) fn watches(&self) -> Found {
        let mut found = Found::new();
        for (kind, info) in (0_u16..).zip(&self.kinds).filter(|(_, info)| !info.policy && info.native.is_none()) {
            for (sort, node, env) in info.timers.iter().filter(|(sort, ..)| *sort == "sources") {
                debug_assert!(*sort == "sources");
                self.source_watch(info, node, *env, &mut found);
            }
            for (region, chart) in (0..).zip(&info.regions) {
                for state in 0..chart.states.len() as u16 {
                    let place = Place { kind, info, region, state };
                    self.timer_watches(place, &mut found);
                    self.delay_watches(place, &mut found);
                }
            }
        }
        found
    }

    /// The text that a node is, through parameters.
    fn leaf(&self, node: &Node, env: u32) -> At {
        self.resolve(node, env).0.at
    }

    fn source_watch(&self, info: &KindInfo, node: &Node, env: u32, found: &mut Found) {
        let Some(span) = node.get("rate").or(node.get("every")) else { return };
        let child = node.get("kind").and_then(Node::as_text).unwrap_or_default();
        let brings = |step: &Node| {
            let first = match &step.what {
                What::Tuple(_, items) => items.first(),
                _ => step.get("kind"),
            };
            matches!(step.head(), "Source" | "Spawn") && first.and_then(Node::as_text) == Some(child)
        };
        let mut brought = 0;
        whole_kind(info).into_iter().for_each(|node| self.steps_like(node, 0, &mut |step| brings(step), &mut brought));
        let said = |name: &str| node.get(name).map(|value| self.quoted(value.at));
        let watch = if let Some(condition) = said("while") {
            Err(format!("it runs only while {condition}, which a record does not tell"))
        } else if node.get("peak").is_some() {
            Err("its rate changes: who comes is thinned out from a peak".into())
        } else if node.get("units").is_some() {
            Err("several come at a time, which a record tells like several arrivals".into())
        } else if brought > 1 {
            Err(format!("`{}` brings `{child}` into the world in {brought} ways, which a record does not tell apart", info.name))
        } else {
            Ok(vec![Watch::Gap { kind: info.name.clone(), child: child.to_owned() }])
        };
        // The text of a rate is named where it is used, not where a parameter is.
        add(found, if node.get("rate").is_some() { span.at } else { self.leaf(span, env) }, watch);
    }

    fn timer_watches(&self, place: Place<'_>, found: &mut Found) {
        let state = &place.info.regions[place.region as usize].states[place.state as usize];
        for timer in state.node.get("after").map(Node::items).unwrap_or_default() {
            let Some(delay) = timer.get("delay") else { continue };
            let from: From = Some((place.region, Some(place.state)));
            let path = self.recorded.timers.get(&(place.kind, from, timer.at)).cloned().unwrap_or_default();
            add(found, self.leaf(delay, state.env), self.timer_watch(place, &timer, &path));
        }
    }

    fn timer_watch(&self, place: Place<'_>, timer: &Node, path: &str) -> Result<Vec<Watch>, Fault> {
        if let Some(condition) = timer.get("while") {
            return Err(format!("it runs only while {}, which a record does not tell", self.quoted(condition.at)));
        }
        let body = timer.get("do").map(Node::items).unwrap_or_default();
        if body.iter().any(|step| self.waits(step, 0)) {
            return Err("what it does takes time before a record tells of it".into());
        }
        let leaves = timer.get("goto").is_some() || body.iter().any(|step| step.head() == "Goto");
        if !leaves {
            return Err("it changes no state, or not always, so a record does not tell when it rings".into());
        }
        let (to, unless) = self.leaving(place, path)?;
        Ok(vec![place.stay(Mark::Entry, to, unless)])
    }

    /// The states that steps on a path lead to, and the messages that lead to one of them too.
    fn leaving(&self, place: Place<'_>, path: &str) -> Result<(Vec<Ending>, Vec<String>), Fault> {
        let own = |goto: &&(u16, From, (u16, u16), String)| goto.0 == place.kind && goto.3 == path;
        let mut targets: Vec<u16> = Vec::new();
        for (_, _, to, _) in self.recorded.gotos.iter().filter(own) {
            match place.led_to(*to) {
                Some(state) => targets.push(state),
                None => return Err(format!("it leads to `{}`, which is no change of its own region", place.info.full_name(*to))),
            }
        }
        let around: Vec<From> = place.around();
        let mut unless = Vec::new();
        // What is reported of a twin is the very thing that the law stands for.
        let others = self.recorded.gotos.iter().filter(|goto| goto.0 == place.kind && goto.3 != path);
        for (_, from, to, other) in others.filter(|goto| !goto.3.starts_with("reports/")) {
            let Some(to) = place.led_to(*to).filter(|to| targets.contains(to) && around.contains(from)) else { continue };
            match other.split_once("/on/").or(other.strip_prefix("on/").map(|message| ("", message))) {
                Some((_, message)) if !self.handler_waits(place.info, message) => unless.push(message.to_owned()),
                _ => {
                    let name = place.info.full_name((place.region, to));
                    return Err(format!("something else leads from there to `{name}` too, by {}", words(other)));
                }
            }
        }
        let name = |to: &u16| Ending::State(place.info.regions[place.region as usize].states[*to as usize].name.clone());
        Ok((targets.iter().map(name).collect(), unless))
    }

    /// Whether what a kind does about a message may take time.
    fn handler_waits(&self, info: &KindInfo, message: &str) -> bool {
        let mut waits = false;
        for whole in whole_kind(info) {
            every(whole, &mut |node| {
                if let Some(steps) = node.get(message) {
                    waits |= self.waits(steps, 0);
                }
            });
        }
        waits || info.on.iter().any(|(name, _, steps, _)| name == message && self.waits(steps, 0))
    }

    fn delay_watches(&self, place: Place<'_>, found: &mut Found) {
        let chart = &place.info.regions[place.region as usize];
        let state = &chart.states[place.state as usize];
        let Some(process) = state.node.get("process") else { return };
        let steps = process.items();
        let path = if chart.name == "main" { state.name.clone() } else { format!("{}.{}", chart.name, state.name) };
        for (number, step) in steps.iter().enumerate() {
            if let Some(span) = delay_of(step) {
                let watch = self.delay_watch(place, &steps[..number], &steps[number + 1..], &format!("{path}/process"));
                add(found, self.leaf(span, state.env), watch);
            } else {
                every(step, &mut |inner| {
                    if let Some(span) = delay_of(inner) {
                        let fault = "it stands in a branch or loop, so a record does not tell when it begins";
                        add(found, self.leaf(span, state.env), Err(fault.into()));
                    }
                });
            }
        }
    }

    fn delay_watch(&self, place: Place<'_>, before: &[Node], behind: &[Node], path: &str) -> Result<Vec<Watch>, Fault> {
        let from = self.beginning(place, before)?;
        let mut to = Vec::new();
        let mut targets = false;
        let mut sure = false;
        let mut unclear = None;
        for step in behind {
            if self.waits(step, 0) {
                break;
            }
            match step.head() {
                "Goto" => (sure, targets) = (true, true),
                "End" => {
                    to.push(Ending::Gone);
                    sure = true;
                }
                // One that is noted elsewhere too tells nothing, but what follows it at once may.
                "Note" => match self.only_note(place, step) {
                    Ok(name) => {
                        to.push(Ending::Note(name));
                        sure = true;
                    }
                    Err(fault) => unclear = unclear.or(Some(fault)),
                },
                _ => every(step, &mut |inner| match inner.head() {
                    "Goto" => targets = true,
                    "End" => to.push(Ending::Gone),
                    _ => {}
                }),
            }
            if sure {
                break;
            }
        }
        if !sure {
            return Err(unclear.unwrap_or_else(|| "nothing that a record tells follows it at once: put a Note behind it".into()));
        }
        if to.contains(&Ending::Gone) && self.ends_of(place.active()) > self.ends_of(before.iter().chain(behind)) {
            // Those before it, as of somebody who gives up waiting, are over when it begins.
            return Err("something else ends the actor too, which a record does not tell apart".into());
        }
        let mut unless = Vec::new();
        if targets {
            let (states, messages) = self.leaving(place, path)?;
            // Steps before the delay that lead to the same states are over when it begins, unless it begins at once.
            let mut early = false;
            before.iter().for_each(|step| every(step, &mut |inner| early |= inner.head() == "Goto"));
            if early && from == Mark::Entry {
                return Err("steps before it leave the state too: put a Note just before it".into());
            }
            to.extend(states);
            unless = messages;
        }
        Ok(vec![place.stay(from, to, unless)])
    }

    /// What a record tells just before a step.
    fn beginning(&self, place: Place<'_>, before: &[Node]) -> Result<Mark, Fault> {
        let mut mark = Mark::Entry;
        let mut unclear = None;
        for step in before.iter().rev() {
            if step.head() == "Note" {
                match self.only_note(place, step) {
                    Ok(name) => {
                        mark = Mark::Note(name);
                        break;
                    }
                    Err(fault) => unclear = unclear.or(Some(fault)),
                }
            }
            if self.waits(step, 0) {
                if let Some(fault) = unclear {
                    return Err(fault);
                }
                let head = step.head();
                return Err(format!("it begins after `{head}`, of whose end a record does not tell: put a Note between them"));
            }
        }
        let mut claims = false;
        before.iter().for_each(|step| every(step, &mut |inner| claims |= inner.head() == "Seize"));
        let preempts = |info: &KindInfo| {
            info.holders
                .iter()
                .any(|(_, _, node, _)| node.get("discipline").is_some_and(|discipline| discipline.head() == "Preemptive"))
        };
        if claims && self.kinds.iter().any(preempts) {
            return Err("who holds something that others may take away can be interrupted".into());
        }
        Ok(mark)
    }

    /// The name of a note that is noted in one place alone while the state lasts.
    fn only_note(&self, place: Place<'_>, step: &Node) -> Result<String, Fault> {
        let name = note_of(step).unwrap_or_default();
        let mut noted = 0;
        for node in place.active() {
            self.steps_like(node, 0, &mut |step| step.head() == "Note" && note_of(step) == Some(name), &mut noted);
        }
        if noted > 1 {
            return Err(format!("`{name}` is noted in {noted} places, which a record does not tell apart"));
        }
        Ok(name.to_owned())
    }

    /// How often something ends its actor.
    fn ends_of<'n>(&self, nodes: impl IntoIterator<Item = &'n Node>) -> usize {
        let mut ends = 0;
        nodes.into_iter().for_each(|node| self.steps_like(node, 0, &mut |step| step.head() == "End", &mut ends));
        ends
    }

    /// Counts steps in a tree, and in the procedures that it plays.
    fn steps_like(&self, node: &Node, depth: usize, wanted: &mut dyn FnMut(&Node) -> bool, count: &mut usize) {
        let mut played = Vec::new();
        every(node, &mut |step| {
            *count += usize::from(wanted(step));
            played.extend(self.procedures.get(step.head()));
        });
        for procedure in played.into_iter().filter(|_| depth < DEPTH_MAX) {
            procedure.body.iter().for_each(|step| self.steps_like(step, depth + 1, wanted, count));
        }
    }

    /// Whether steps may take time.
    fn waits(&self, node: &Node, depth: usize) -> bool {
        let mut waits = false;
        every(node, &mut |step| {
            let head = step.head();
            waits |= WAITS.contains(&head);
            match self.procedures.get(head) {
                Some(procedure) if !STEPS.contains(&head) => {
                    waits |= depth >= DEPTH_MAX || procedure.body.iter().any(|step| self.waits(step, depth + 1));
                }
                _ => {}
            }
        });
        waits
    }
}

impl Place<'_> {
    fn stay(&self, from: Mark, to: Vec<Ending>, unless: Vec<String>) -> Watch {
        let chart = &self.info.regions[self.region as usize];
        Watch::Stay {
            kind: self.info.name.clone(),
            region: chart.name.clone(),
            state: chart.states[self.state as usize].name.clone(),
            from,
            to,
            unless,
        }
    }

    /// All that may be done while the state lasts: by itself, by what it lies in, by regions beside it, and by the kind.
    fn active(&self) -> Vec<&Node> {
        let info = self.info;
        let mut all: Vec<&Node> = info.timers.iter().map(|(_, node, _)| node).collect();
        all.extend(info.on.iter().map(|(_, _, node, _)| node));
        all.push(&info.regions[self.region as usize].states[self.state as usize].node);
        let chain: Vec<(u16, u16)> = std::iter::once((self.region, self.state)).chain(info.around(self.region)).collect();
        for (number, region) in (0_u16..).zip(&info.regions) {
            let is = |(other, state): (u16, u16)| chain.iter().find(|place| place.0 == other).map(|place| place.1 == state);
            match chain.iter().find(|place| place.0 == number) {
                Some((_, state)) => {
                    all.extend(region.node.iter().flat_map(shallow));
                    if number != self.region {
                        all.extend(shallow(&region.states[*state as usize].node));
                    }
                }
                // One in another state than the one that lasts is not there, and those in the own state were counted with it.
                None if info.around(number).any(|place| is(place) == Some(false) || place == (self.region, self.state)) => {}
                None => {
                    all.extend(region.node.iter().flat_map(shallow));
                    all.extend(region.states.iter().flat_map(|state| shallow(&state.node)));
                }
            }
        }
        all
    }

    /// The state of the own region that is entered on the way to another; `None` where the own region does not change.
    fn led_to(&self, to: (u16, u16)) -> Option<u16> {
        if to.0 == self.region {
            return Some(to.1);
        }
        let entered = self.info.around(to.0).find(|(region, _)| *region == self.region).map(|(_, state)| state);
        entered.filter(|state| *state != self.state)
    }

    /// The places whose steps may run while the actor is here: the state, its region, those around, and the kind.
    fn around(&self) -> Vec<From> {
        let mut found: Vec<From> = vec![None, Some((self.region, None)), Some((self.region, Some(self.state)))];
        for (region, state) in self.info.around(self.region) {
            found.extend([Some((region, None)), Some((region, Some(state)))]);
        }
        // What lies inside the state runs in it too.
        for (number, _) in self.info.regions.iter().enumerate() {
            let number = number as u16;
            if self.info.around(number).any(|place| place == (self.region, self.state)) {
                found.push(Some((number, None)));
                found
                    .extend((0..self.info.regions[number as usize].states.len()).map(|state| Some((number, Some(state as u16)))));
            }
        }
        found
    }
}

/// The parts of a state or region but for the states in it.
fn shallow(node: &Node) -> Vec<&Node> {
    match &node.what {
        What::Record(_, entries) => {
            let parts = entries.iter().filter(|(name, ..)| !matches!(name.as_str(), "states" | "regions" | "initial"));
            parts.map(|(_, _, part)| part).collect()
        }
        _ => Vec::new(),
    }
}

/// All that a kind does: its states, and what it does in any of them.
fn whole_kind(info: &KindInfo) -> Vec<&Node> {
    let outermost = info.regions.iter().filter(|region| region.parent.is_none());
    let mut all: Vec<&Node> = Vec::new();
    for region in outermost {
        all.extend(&region.node);
        all.extend(region.states.iter().map(|state| &state.node).filter(|node| {
            // Where the region is written as one piece, its states lie in it.
            !region.node.as_ref().is_some_and(|region| region.at.start <= node.at.start && node.at.end <= region.at.end)
        }));
    }
    all.extend(info.timers.iter().map(|(_, node, _)| node));
    all.extend(info.on.iter().map(|(_, _, node, _)| node));
    all
}

fn add(found: &mut Found, at: At, watch: Result<Vec<Watch>, Fault>) {
    match (found.get_mut(&at), watch) {
        (None, watch) => {
            found.insert(at, watch);
        }
        (Some(Ok(have)), Ok(more)) => have.extend(more),
        (Some(have), Err(fault)) => *have = Err(fault),
        (Some(Err(_)), Ok(_)) => {}
    }
}

/// The span of a delay that is an expression.
fn delay_of(step: &Node) -> Option<&Node> {
    match &step.what {
        What::Tuple(head, items) if head == "Delay" => items.first(),
        What::Record(head, _) if head == "Delay" => step.get("span"),
        _ => None,
    }
    .filter(|span| placed(span).is_some())
}

fn note_of(step: &Node) -> Option<&str> {
    match &step.what {
        What::Tuple(_, items) => items.first().and_then(Node::as_text),
        _ => step.get("name").and_then(Node::as_text),
    }
}

/// What a path does, in words.
fn words(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or(path);
    match last.trim_end_matches(|c: char| c.is_ascii_digit()) {
        "after" | "every" | "at" => "another timer".into(),
        _ if path.contains("/on/") => format!("`on: {{ {last} }}`, which takes time"),
        "process" => "its process".into(),
        other => format!("its {other}"),
    }
}
