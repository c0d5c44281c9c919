//! How laws came out in a record.

use super::watch::{Ending, Mark, Watch};
use super::{Law, LawError};
use rehearsal_trace::{Reader, What};
use rehearsal_world::plan::Plan;
use std::collections::BTreeMap;

/// How a law came out once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sighting {
    /// The value of the law in base units; where it was cut off, what it is known to exceed.
    pub value: f64,
    /// Whether it was cut off: by something else that happened first, or by the end of the record.
    pub cut_off: bool,
    /// Whether it was lifted to the law's floor, so that the value was this or less.
    pub lifted: bool,
}

/// Records tell times to a nanosecond; what is so near a floor lies on it \[s\].
const CLOSE: f64 = 2e-9;

/// A watch of a law.
struct Watching<'l> {
    law: usize,
    watch: &'l Watch,
}

/// What goes on, and what came out.
struct Watcher<'l> {
    laws: &'l [Law],
    watches: Vec<Watching<'l>>,
    /// Watches by the kind of actor that they look at, as the record numbers kinds.
    by_kind: Vec<Vec<usize>>,
    kind_names: &'l [String],
    kinds: BTreeMap<u32, u16>,
    /// Since when a watch of an actor runs \[ns\].
    running: BTreeMap<(usize, u32), u64>,
    /// The state that an actor is in, in the region of a watch.
    within: BTreeMap<(usize, u32), bool>,
    /// The last messages of an actor, and when they came.
    heard: BTreeMap<u32, (u64, Vec<String>)>,
    found: Vec<Vec<Sighting>>,
}

/// See [`crate::Scenario::seen`].
pub(super) fn seen(laws: &[Law], plan: &Plan, record: &Reader) -> Result<Vec<Vec<Sighting>>, LawError> {
    fits(plan, record)?;
    let header = record.header();
    let each = laws.iter().enumerate().flat_map(|(law, written)| written.watches.iter().flatten().map(move |watch| (law, watch)));
    let watches: Vec<Watching<'_>> = each.map(|(law, watch)| Watching { law, watch }).collect();
    let by_kind = header.kinds.iter().map(|kind| {
        let of_kind = watches.iter().enumerate().filter(|(_, watching)| watching.watch.kind() == kind);
        of_kind.map(|(number, _)| number).collect()
    });
    let mut watcher = Watcher {
        by_kind: by_kind.collect(),
        kind_names: &header.kinds,
        laws,
        watches,
        kinds: BTreeMap::new(),
        running: BTreeMap::new(),
        within: BTreeMap::new(),
        heard: BTreeMap::new(),
        found: vec![Vec::new(); laws.len()],
    };
    for actor in &header.actors {
        watcher.comes(actor.id, actor.kind, 0);
    }
    for happened in record.records() {
        let happened = happened?;
        watcher.sees(happened.at, &happened.what);
    }
    // A record that breaks off says nothing of what came behind its last word.
    let end = if record.is_whole() { header.length_ns.max(record.end()) } else { record.end() };
    Ok(watcher.ends(end))
}

/// Whether a record can be one of this scenario.
fn fits(plan: &Plan, record: &Reader) -> Result<(), LawError> {
    let header = record.header();
    let other = |what: String| LawError::OtherScenario { found: header.scenario.clone(), what, wanted: plan.name.clone() };
    if let Some(kind) = header.kinds.iter().find(|name| !plan.kinds.iter().any(|kind| kind.name == **name)) {
        return Err(other(format!("this scenario has no kind `{kind}`")));
    }
    for name in record.states() {
        let kind = header.kinds.get(name.kind as usize).and_then(|wanted| plan.kinds.iter().find(|kind| kind.name == *wanted));
        let Some(kind) = kind else { return Err(other("its kinds are not those of its header".into())) };
        let region = kind.regions.iter().find(|region| region.name == name.region);
        let known =
            region.is_some_and(|region| name.state.is_empty() || region.states.iter().any(|state| state.name == name.state));
        if !known {
            let text = if name.region == "main" { name.state.clone() } else { format!("{}.{}", name.region, name.state) };
            return Err(other(format!("kind `{}` of this scenario has no state `{text}`", kind.name)));
        }
    }
    Ok(())
}

impl Watch {
    fn kind(&self) -> &str {
        match self {
            Watch::Stay { kind, .. } | Watch::Gap { kind, .. } => kind,
        }
    }
}

impl Watcher<'_> {
    fn of(&self, actor: u32) -> Vec<usize> {
        self.kinds.get(&actor).and_then(|kind| self.by_kind.get(*kind as usize)).cloned().unwrap_or_default()
    }

    fn comes(&mut self, actor: u32, kind: u16, now: u64) {
        self.kinds.insert(actor, kind);
        for number in self.of(actor) {
            if matches!(self.watches[number].watch, Watch::Gap { .. }) {
                self.running.insert((number, actor), now);
            }
        }
    }

    fn sees(&mut self, now: u64, what: &What) {
        match what {
            What::State { actor, region, state } => self.enters(now, *actor, region, state),
            What::Note { actor, name, .. } => self.notes(now, *actor, name),
            What::Message { to, name, .. } => {
                let heard = self.heard.entry(*to).or_default();
                if heard.0 != now {
                    *heard = (now, Vec::new());
                }
                heard.1.push(name.clone());
            }
            What::Spawn { actor, parent } => {
                let child = self.kind_names.get(actor.kind as usize).cloned().unwrap_or_default();
                for number in self.of(*parent) {
                    if matches!(self.watches[number].watch, Watch::Gap { child: wanted, .. } if *wanted == child) {
                        self.stop(number, *parent, now, false);
                        self.running.insert((number, *parent), now);
                    }
                }
                self.comes(actor.id, actor.kind, now);
            }
            What::End { actor } => {
                for number in self.of(*actor) {
                    let gone = matches!(self.watches[number].watch, Watch::Stay { to, .. } if to.contains(&Ending::Gone));
                    self.stop(number, *actor, now, !gone);
                }
                self.heard.remove(actor);
                self.kinds.remove(actor);
            }
            _ => {}
        }
    }

    fn enters(&mut self, now: u64, actor: u32, region: &str, entered: &str) {
        for number in self.of(actor) {
            let Watch::Stay { region: own, state, from, to, unless, .. } = self.watches[number].watch else { continue };
            if own != region {
                continue;
            }
            let led = to.iter().any(|ending| matches!(ending, Ending::State(name) if name == entered));
            let called = || {
                let heard = self.heard.get(&actor).filter(|heard| heard.0 == now);
                heard.is_some_and(|heard| heard.1.iter().any(|name| unless.contains(name)))
            };
            let cut_off = !led || called();
            self.stop(number, actor, now, cut_off);
            self.within.insert((number, actor), entered == state);
            if entered == state && *from == Mark::Entry {
                self.running.insert((number, actor), now);
            }
        }
    }

    fn notes(&mut self, now: u64, actor: u32, name: &str) {
        for number in self.of(actor) {
            let Watch::Stay { from, to, .. } = self.watches[number].watch else { continue };
            if to.iter().any(|ending| matches!(ending, Ending::Note(noted) if noted == name)) {
                self.stop(number, actor, now, false);
            }
            let inside = self.within.get(&(number, actor)).copied().unwrap_or(false);
            if inside && matches!(from, Mark::Note(noted) if noted == name) {
                self.running.insert((number, actor), now);
            }
        }
    }

    /// Ends what runs.
    fn stop(&mut self, number: usize, actor: u32, now: u64, cut_off: bool) {
        let Some(begun) = self.running.remove(&(number, actor)) else { return };
        let law = self.watches[number].law;
        let written = &self.laws[law];
        let value = (now.saturating_sub(begun) as f64 / 1e9 - written.plus) / written.times;
        // What is shorter than the floor has not reached it, and says nothing.
        if cut_off && written.floor.is_some_and(|floor| value < floor - CLOSE) {
            return;
        }
        let lifted = !cut_off && written.floor.is_some_and(|floor| value <= floor + CLOSE);
        let value = if lifted { written.floor.unwrap_or(value) } else { value };
        self.found[law].push(Sighting { value, cut_off, lifted });
    }

    /// All that still runs is cut off.
    fn ends(mut self, now: u64) -> Vec<Vec<Sighting>> {
        let left: Vec<(usize, u32)> = self.running.keys().copied().collect();
        left.into_iter().for_each(|(number, actor)| self.stop(number, actor, now, true));
        self.found
    }
}
