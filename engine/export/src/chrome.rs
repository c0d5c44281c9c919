//! A recorded run as a timeline, in the JSON form of Chrome's trace events, which `ui.perfetto.dev` opens.
//!
//! Each kind is a process and each actor a thread of it; regions of its statechart that run side by side have a thread
//! of their own, and so have its journeys. States are slices, inner ones within the outer; messages are arrows between
//! threads; decisions, notes and contacts are marks; queues, places in use and the numbers on boards are curves.
//!
//! A timeline of thousands of threads is of no use, so only some actors are shown: see [`ChromeShown`].
//!
//! # Source
//! Duca and Sinclair (2016), Trace Event Format; slices `X`, marks `i`, arrows `s` and `f`, curves `C`, names `M`.

mod curves;
mod lanes;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use rehearsal_trace::{Contact, Decision, Measured, Reader, Record, What};
use serde_json::{Map, Value as Json, json};

use crate::cast::Cast;
use crate::civil::Civil;
use crate::error::ExportError;
use crate::file::told;
use crate::select::{Selection, Watch};
use crate::value::Meaning;

use lanes::{Lanes, Slice};

/// How much of a run a timeline shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChromeShown {
    /// Actors with threads.
    pub actors: usize,
    /// Actors that would be meant by the selection.
    pub of: usize,
    /// Slices, marks and arrows.
    pub events: u64,
}

/// Writes what happened to the actors that are selected as a timeline.
///
/// Of each kind at most `sample` actors are shown, those with the lowest numbers, unless actors are named. An arrow is
/// there where both of its ends are shown. Memory grows with the actors shown, not with the records.
///
/// # Errors
/// A damaged block, a start that is no date, or the sink's error; what was written until then is no whole document.
pub fn write_chrome(
    reader: &Reader,
    out: &mut dyn Write,
    selection: &Selection,
    sample: usize,
    watch: Watch<'_>,
) -> Result<ChromeShown, ExportError> {
    let cast = Cast::of(reader)?;
    let meaning = Meaning { cast: &cast, civil: Civil::new(&reader.header().start)? };
    let (shown, of) = shown(&cast, selection, sample);
    let mut timeline = Timeline::begin(&meaning, reader, selection, &shown, out)?;
    timeline.resume(reader, selection.from)?;
    selection.pass(reader, true, watch, |record| timeline.tell(record))?;
    let end = selection.until.unwrap_or(u64::MAX).min(reader.end().max(reader.header().length_ns));
    let events = timeline.end(end)?;
    Ok(ChromeShown { actors: shown.len(), of, events })
}

/// The actors to show, and how many are meant.
fn shown(cast: &Cast, selection: &Selection, sample: usize) -> (BTreeSet<u32>, usize) {
    let meant: Vec<u32> = cast.actors().map(|actor| actor.id).filter(|&id| selection.includes(id, cast)).collect();
    let mut counts: BTreeMap<Option<u16>, usize> = BTreeMap::new();
    let few = meant.iter().copied().filter(|&id| {
        let count = counts.entry(cast.kind_number(id)).or_default();
        *count += 1;
        *count <= sample || !selection.actors.is_empty()
    });
    (few.collect(), meant.len())
}

/// A timeline that is being written.
struct Timeline<'a> {
    meaning: &'a Meaning<'a>,
    selection: &'a Selection,
    shown: &'a BTreeSet<u32>,
    lanes: Lanes,
    out: &'a mut dyn Write,
    /// Slices that ended at the present moment, to be written from the outer to the inner.
    ended: Vec<Slice>,
    now: u64,
    arrows: u64,
    events: u64,
    begun: bool,
    measures: &'a [Measured],
}

impl<'a> Timeline<'a> {
    fn begin(
        meaning: &'a Meaning<'a>,
        reader: &'a Reader,
        selection: &'a Selection,
        shown: &'a BTreeSet<u32>,
        out: &'a mut dyn Write,
    ) -> Result<Timeline<'a>, ExportError> {
        let header = reader.header();
        let about = json!({
            "scenario": header.scenario, "title": header.title, "policy": header.policy, "seed": header.seed,
            "replication": header.replication, "start": header.start, "engine": header.engine,
        });
        write!(out, "{{\"displayTimeUnit\": \"ms\",\n\"otherData\": {about},\n\"traceEvents\": [").map_err(told)?;
        let lanes = Lanes::new(header.kinds.len(), shown);
        let (ended, now) = (Vec::new(), selection.from);
        let mut timeline = Timeline {
            meaning,
            selection,
            shown,
            lanes,
            out,
            ended,
            now,
            arrows: 0,
            events: 0,
            begun: false,
            measures: &header.measures,
        };
        if !header.measures.is_empty() && selection.wants("figures") {
            timeline.put(&json!({
                "ph": "M", "name": "process_name", "pid": MEASURES, "tid": 0, "args": { "name": "measures up to now" },
            }))?;
        }
        let kinds: BTreeSet<u16> = shown.iter().filter_map(|&id| meaning.cast.kind_number(id)).collect();
        for kind in kinds {
            let name = header.kinds.get(usize::from(kind)).map_or("", String::as_str);
            timeline.put(&json!({
                "ph": "M", "name": "process_name", "pid": process(Some(kind)), "tid": 0, "args": { "name": name },
            }))?;
        }
        Ok(timeline)
    }

    /// Takes up who is there at `from`, with the states and journeys under way where that is not the beginning.
    fn resume(&mut self, reader: &Reader, from: u64) -> Result<(), ExportError> {
        let Some(before) = from.checked_sub(1) else {
            let there = reader.header().actors.iter().map(|actor| actor.id).filter(|id| self.shown.contains(id));
            return there.collect::<Vec<_>>().into_iter().try_for_each(|id| self.appear(id, 0));
        };
        let world = reader.state_at(before)?;
        for (&actor, presence) in world.actors.iter().filter(|(actor, _)| self.shown.contains(actor)) {
            self.appear(actor, from)?;
            if self.selection.wants("state") {
                // `main` first and outer regions before the inner, as they were entered.
                let mut states: Vec<_> = presence.states.iter().collect();
                states.sort_by_key(|(region, _)| (**region != *lanes::MAIN, region.matches('.').count()));
                for (region, state) in states {
                    self.state(actor, from, region, state)?;
                }
            }
            self.curves_of(actor, from, presence)?;
            if let Some(journey) = presence.journey.as_ref().filter(|journey| journey.arrive > from) {
                self.depart(actor, from, journey.arrive)?;
            }
        }
        Ok(())
    }

    fn tell(&mut self, record: &Record) -> Result<(), ExportError> {
        let at = record.at;
        if at > self.now {
            self.write_ended()?;
            self.now = at;
        }
        // Births, ends and states shape the threads, whatever else is meant.
        match &record.what {
            What::Spawn { actor, .. } if self.shown.contains(&actor.id) => self.appear(actor.id, at)?,
            What::End { actor } if self.shown.contains(actor) => {
                let closed = self.lanes.leave(*actor, at);
                self.ended.extend(closed);
            }
            _ => {}
        }
        if let What::Figures { values } = &record.what {
            // They are of the run, whoever is meant.
            return if self.selection.wants("figures") { self.figures(at, values) } else { Ok(()) };
        }
        let seen = record.what.parties().iter().flatten().any(|actor| self.shown.contains(actor));
        if seen && self.selection.keeps(record, self.meaning.cast) { self.put_record(record) } else { Ok(()) }
    }

    fn put_record(&mut self, record: &Record) -> Result<(), ExportError> {
        let at = record.at;
        match &record.what {
            What::State { actor, region, state } => self.state(*actor, at, region, state),
            What::Move { actor, arrive, .. } => self.depart(*actor, at, *arrive),
            What::Message { sent, from, to, name, fields } => {
                let mut told = Map::new();
                told.insert("from".into(), self.meaning.cast.name(*from).into());
                told.extend(self.meaning.object(fields));
                self.mark(*to, at, "message", name, told)?;
                self.arrow((*from, *sent), (*to, at), name)
            }
            What::Note { actor, name, fields } => self.mark(*actor, at, "note", name, self.meaning.object(fields)),
            What::Decision(decision) => self.decision(at, decision),
            What::Undecided(undecided) => {
                let told = json!({ "policy": undecided.policy, "mode": undecided.mode, "cause": undecided.cause });
                let name = format!("nothing decided on {}", undecided.cause);
                self.mark(self.of([undecided.agent, undecided.profile]), at, "undecided", &name, object(told))
            }
            What::Contact(contact) => self.contact(at, contact),
            What::Written { from, to, template, text } => {
                let told = object(json!({ "text": text }));
                self.mark(self.of([*to, *from]), at, "written", template, told)
            }
            What::Level { actor, holder, level } => self.level(*actor, at, holder, level),
            What::Board { actor, values } => self.board(*actor, at, values),
            What::Spawn { .. } | What::End { .. } | What::Figures { .. } => Ok(()),
        }
    }

    fn decision(&mut self, at: u64, decision: &Decision) -> Result<(), ExportError> {
        let told = json!({
            "decision": decision.id, "policy": decision.policy, "mode": decision.mode,
            "about": self.meaning.cast.name(decision.profile), "cause": decision.cause,
            "if": decision.condition, "read": self.meaning.object(&decision.read),
            "state": decision.state, "goto": decision.goto, "place": decision.place,
        });
        self.mark(self.of([decision.agent, decision.profile]), at, "decision", &decision.rule, object(told))
    }

    fn contact(&mut self, at: u64, contact: &Contact) -> Result<(), ExportError> {
        let stopped = contact.gates.iter().find(|gate| !gate.passed);
        let told = json!({
            "decision": contact.decision, "from": self.meaning.cast.name(contact.from),
            "to": self.meaning.cast.name(contact.to), "category": contact.category, "channel": contact.channel,
            "stopped by": stopped.map(|gate| format!("{}: {}", gate.gate, gate.why)), "cost": contact.cost,
        });
        let name = format!("{}: {}", contact.template, contact.outcome);
        self.mark(self.of([contact.to, contact.from]), at, "contact", &name, object(told))
    }

    /// The first of two actors that is shown.
    fn of(&self, [first, second]: [u32; 2]) -> u32 {
        if self.shown.contains(&first) { first } else { second }
    }

    /// An actor has a thread from here on.
    fn appear(&mut self, actor: u32, at: u64) -> Result<(), ExportError> {
        self.lanes.born(actor, at);
        self.thread(actor, lanes::FIRST).map(drop)
    }

    /// The thread of a lane of an actor, with its name written where it is new.
    fn thread(&mut self, actor: u32, lane: &str) -> Result<u64, ExportError> {
        let (thread, new) = self.lanes.thread(actor, lane);
        if new {
            let (pid, name) = (self.pid(actor), self.meaning.cast.name(actor));
            let name = if lane == lanes::FIRST { name } else { format!("{name} {lane}") };
            self.put(&json!({ "ph": "M", "name": "thread_name", "pid": pid, "tid": thread, "args": { "name": name } }))?;
            let order = self.lanes.order(actor, lane);
            self.put(&json!({
                "ph": "M", "name": "thread_sort_index", "pid": pid, "tid": thread, "args": { "sort_index": order },
            }))?;
        }
        Ok(thread)
    }

    fn pid(&self, actor: u32) -> u64 {
        process(self.meaning.cast.kind_number(actor))
    }

    fn state(&mut self, actor: u32, at: u64, region: &str, state: &str) -> Result<(), ExportError> {
        if !self.shown.contains(&actor) {
            return Ok(());
        }
        let lane = self.lanes.lane(actor, region);
        let thread = self.thread(actor, &lane)?;
        let closed = self.lanes.enter(actor, thread, at, region, state);
        self.ended.extend(closed);
        Ok(())
    }

    fn depart(&mut self, actor: u32, at: u64, arrive: u64) -> Result<(), ExportError> {
        if !self.shown.contains(&actor) {
            return Ok(());
        }
        let thread = self.thread(actor, lanes::JOURNEYS)?;
        let cut = self.lanes.depart(actor, thread, at, arrive);
        self.ended.extend(cut);
        Ok(())
    }

    fn mark(&mut self, actor: u32, at: u64, what: &str, name: &str, told: Map<String, Json>) -> Result<(), ExportError> {
        if !self.shown.contains(&actor) {
            return Ok(());
        }
        let (tid, pid) = (self.thread(actor, lanes::FIRST)?, self.pid(actor));
        self.events += 1;
        self.put(&json!({
            "ph": "i", "s": "t", "cat": what, "name": name, "pid": pid, "tid": tid, "ts": microseconds(at), "args": told,
        }))
    }

    fn arrow(&mut self, (from, sent): (u32, u64), (to, at): (u32, u64), name: &str) -> Result<(), ExportError> {
        let both = self.shown.contains(&from) && self.shown.contains(&to) && from != to;
        if !both || sent < self.selection.from {
            return Ok(());
        }
        self.arrows += 1;
        self.events += 2;
        let ends = [("s", from, sent), ("f", to, at)];
        for (phase, actor, moment) in ends {
            let (tid, pid) = (self.thread(actor, lanes::FIRST)?, self.pid(actor));
            self.put(&json!({
                "ph": phase, "bp": "e", "cat": "message", "name": name, "id": self.arrows, "pid": pid, "tid": tid,
                "ts": microseconds(moment),
            }))?;
        }
        Ok(())
    }

    /// Writes the slices that ended, the outer before the inner where both last equally long.
    fn write_ended(&mut self) -> Result<(), ExportError> {
        let mut ended = std::mem::take(&mut self.ended);
        ended.sort_by_key(|slice| slice.order);
        for slice in &ended {
            let pid = self.pid(slice.actor);
            self.events += 1;
            let mut event = json!({
                "ph": "X", "cat": slice.what, "name": slice.name, "pid": pid, "tid": slice.thread,
                "ts": microseconds(slice.from), "dur": microseconds(slice.to - slice.from),
            });
            if !slice.region.is_empty() {
                event["args"] = json!({ "region": slice.region });
            }
            self.put(&event)?;
        }
        ended.clear();
        self.ended = ended;
        Ok(())
    }

    fn put(&mut self, event: &Json) -> Result<(), ExportError> {
        let between = if self.begun { ",\n" } else { "\n" };
        self.begun = true;
        write!(self.out, "{between}{event}").map_err(told)
    }

    /// Ends what is still under way; gives the number of events.
    fn end(mut self, end: u64) -> Result<u64, ExportError> {
        self.write_ended()?;
        let end = end.max(self.now);
        self.ended = self.lanes.end(end);
        self.write_ended()?;
        self.out.write_all(b"\n]}\n").and_then(|()| self.out.flush()).map_err(told)?;
        Ok(self.events)
    }
}

/// The number of the process that the measures are shown as: beyond those of all kinds.
const MEASURES: u64 = 1 << 20;

/// The number of a kind's process.
fn process(kind: Option<u16>) -> u64 {
    kind.map_or(0, |kind| u64::from(kind) + 1)
}

/// Nanoseconds as the microseconds of a timeline, exactly.
fn microseconds(ns: u64) -> Json {
    if ns.is_multiple_of(1_000) { (ns / 1_000).into() } else { (ns as f64 / 1_000.0).into() }
}

fn object(value: Json) -> Map<String, Json> {
    match value {
        Json::Object(map) => map.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{SECOND, reader};
    use expect_test::expect_file;

    fn timeline(selection: &Selection, sample: usize) -> (ChromeShown, String) {
        let mut bytes = Vec::new();
        let shown = write_chrome(&reader(), &mut bytes, selection, sample, &mut |_, _| {}).unwrap();
        (shown, String::from_utf8(bytes).unwrap())
    }

    fn events(selection: &Selection, sample: usize) -> Vec<Json> {
        let document: Json = serde_json::from_str(&timeline(selection, sample).1).unwrap();
        document["traceEvents"].as_array().unwrap().clone()
    }

    /// Name, begin and length of the slices of a process.
    fn slices(events: &[Json], pid: u64) -> Vec<(String, u64, u64)> {
        let slices = events.iter().filter(|event| event["ph"] == "X" && event["pid"] == pid);
        let number = |event: &Json, key: &str| event[key].as_u64().unwrap() / 1_000_000;
        slices.map(|event| (event["name"].as_str().unwrap().into(), number(event, "ts"), number(event, "dur"))).collect()
    }

    fn slice(name: &str, from: u64, length: u64) -> (String, u64, u64) {
        (name.into(), from, length)
    }

    #[test]
    fn golden() {
        expect_file!["chrome/golden/reminder.chrome.json"].assert_eq(&timeline(&Selection::default(), 20).1);
    }

    #[test]
    fn outer_states_come_before_inner_ones_of_the_same_length() {
        let events = events(&Selection { actors: [1].into(), ..Selection::default() }, 0);
        let expected = [
            slice("home", 0, 10),
            slice("none", 0, 20),
            slice("on the way", 10, 15),
            slice("driving", 10, 35),
            slice("to_work", 10, 35),
            slice("worried", 20, 580),
            slice("on the way", 25, 20),
            slice("at_work", 45, 555),
        ];
        assert_eq!(slices(&events, 1), expected);
    }

    #[test]
    fn queues_and_boards_are_curves_from_where_a_part_begins() {
        let of = |from: u64| {
            let selection = Selection { from: from * SECOND, actors: [4].into(), ..Selection::default() };
            let curves = events(&selection, 0).into_iter().filter(|event| event["ph"] == "C" && event["pid"] != MEASURES);
            curves.map(|event| (event["name"].clone(), event["args"].clone(), event["ts"].clone())).collect::<Vec<_>>()
        };
        let bays = |second: u64| (json!("garage/1 bays"), json!({ "busy": 2, "waiting": 1 }), json!(second * 1_000_000));
        let wait = |second: u64| (json!("garage/1 wait"), json!({ "h": 1.5 }), json!(second * 1_000_000));
        assert_eq!(of(0), [bays(48), wait(49)]);
        assert_eq!(of(55), [bays(55), wait(55)]);
    }

    #[test]
    fn a_part_begins_with_what_is_under_way() {
        let part = Selection { from: 30 * SECOND, until: Some(40 * SECOND), actors: [1].into(), ..Selection::default() };
        let expected =
            [slice("driving", 30, 10), slice("worried", 30, 10), slice("to_work", 30, 10), slice("on the way", 30, 10)];
        assert_eq!(slices(&events(&part, 0), 1), expected);
    }

    #[test]
    fn of_each_kind_some_are_shown_unless_they_are_named() {
        let (shown, _) = timeline(&Selection::default(), 1);
        assert_eq!((shown.actors, shown.of), (5, 6));
        let (shown, _) = timeline(&Selection { actors: [1, 2].into(), ..Selection::default() }, 1);
        assert_eq!((shown.actors, shown.of), (2, 2));
    }

    #[test]
    fn arrows_have_both_ends() {
        let all = events(&Selection::default(), 20);
        let ends = |phase: &str| all.iter().filter(|event| event["ph"] == phase).map(|event| &event["id"]).collect::<Vec<_>>();
        assert_eq!(ends("s"), ends("f"));
        assert_eq!(ends("s").len(), 2, "not from whom nobody declared");
    }
}
