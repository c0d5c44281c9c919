//! Gathers decisions from the records of the mind that made them.
//!
//! What follows a decision belongs to it until the mind decides again: what the mind sends, whom it contacts, and what it
//! hears from those. A contact says itself which decision it is of, so one that was held back is told with the decision
//! that asked for it.

use super::Explainer;
use super::found::{Cause, Done, Explained, Fired, LedTo, Next, StateChange, Who};
use crate::error::TraceError;
use crate::schema::{Contact, Decision, Fields, Record, Undecided, What};
use std::collections::{BTreeMap, BTreeSet};

/// Answers to one decision that are told.
const ANSWERS_MAX: usize = 6;

/// What a mind hears where something that it tried was refused.
const REFUSED: &str = "refused";

/// Notes that say of a contact what its record says better.
const OF_CONTACTS: [&str; 2] = ["contacted", "contact_refused"];

/// An event on its way into a decision: when it came, from whom, its name, and what it carried.
type Heard = (u64, u32, String, Fields);

/// What is known so far of the decisions of one mind.
#[derive(Default)]
struct Mind {
    me: u32,
    found: Vec<Explained>,
    /// The last event that the mind heard.
    heard: Option<Heard>,
    /// Those who were told something, or contacted.
    addressed: BTreeSet<u32>,
    /// People contacted, by decision.
    people: Vec<(usize, u32)>,
}

impl Explainer<'_> {
    /// All decisions of one mind, and the events that no rule of it answered, in order.
    pub(super) fn gather(&self, me: u32) -> Result<Vec<Explained>, TraceError> {
        let mut mind = Mind { me, ..Mind::default() };
        for record in self.reader.records_of(me) {
            self.take(&mut mind, record?);
        }
        self.add_states(mind)
    }

    fn take(&self, mind: &mut Mind, record: Record) {
        let (at, me) = (record.at, mind.me);
        match record.what {
            What::Decision(decision) => self.decided(mind, at, decision),
            What::Undecided(undecided) => self.undecided(mind, at, undecided),
            What::Contact(contact) if contact.from == me => self.contacted(mind, at, contact),
            What::State { actor, state, .. } if actor == me => {
                if let Some(last) = mind.found.last_mut().filter(|last| last.at == at && last.fired.is_some()) {
                    last.state.to = state;
                }
            }
            What::Message { from, to, name, fields, .. } if to == me => self.hears(mind, (at, from, name, fields)),
            What::Message { sent, to, name, fields, .. } => {
                mind.addressed.insert(to);
                let done = Done::Told { at: sent, to: self.words.name(to), name, with: fields };
                mind.did(sent, done);
            }
            What::Note { actor, name, fields } if actor == me && !OF_CONTACTS.contains(&name.as_str()) => {
                mind.did(at, Done::Noted { at, name, with: fields });
            }
            What::Spawn { actor, parent } if parent == me => mind.did(at, Done::Spawned { at, name: actor.name }),
            _ => {}
        }
    }

    fn decided(&self, mind: &mut Mind, at: u64, decision: Decision) {
        let next = Next { at, id: decision.id, rule: decision.rule.clone() };
        if let Some(last) = mind.found.iter_mut().rfind(|last| last.fired.is_some()) {
            last.next = Some(next);
        }
        let to = decision.goto.clone().unwrap_or_else(|| decision.state.clone());
        let fired = Fired {
            rule: decision.rule,
            place: decision.place,
            priority: decision.priority,
            condition: decision.condition,
            read: decision.read,
        };
        mind.addressed.clear();
        mind.found.push(Explained {
            id: Some(decision.id),
            at,
            time: self.words.clock.second(at),
            policy: decision.policy,
            mode: decision.mode,
            profile: self.who(decision.profile),
            cause: Cause { matched: decision.matched, ..self.cause_of(mind, at, decision.cause, decision.happened) },
            fired: Some(fired),
            lost: decision.lost,
            unknown: decision.unknown,
            state: StateChange { from: decision.state, to },
            ..Explained::default()
        });
    }

    fn undecided(&self, mind: &mut Mind, at: u64, undecided: Undecided) {
        mind.found.push(Explained {
            id: None,
            at,
            time: self.words.clock.second(at),
            policy: undecided.policy,
            mode: undecided.mode,
            profile: self.who(undecided.profile),
            cause: self.cause_of(mind, at, undecided.cause, undecided.happened),
            lost: undecided.lost,
            unknown: undecided.unknown,
            state: StateChange { from: undecided.state.clone(), to: undecided.state },
            ..Explained::default()
        });
    }

    /// The event that made the mind decide is the last one that it heard.
    fn cause_of(&self, mind: &Mind, seen: u64, event: String, happened: u64) -> Cause {
        let heard = mind.heard.as_ref().filter(|(at, _, name, _)| *at == seen && *name == event);
        let (from, with) = match heard {
            Some((_, from, _, fields)) => (Some(self.words.name(*from)), fields.clone()),
            None => (None, Vec::new()),
        };
        Cause { event, from, happened, seen, with, matched: Vec::new() }
    }

    fn contacted(&self, mind: &mut Mind, at: u64, contact: Contact) {
        mind.addressed.insert(contact.to);
        let asked = contact.decision;
        let place = mind.found.iter().rposition(|found| found.id.is_some() && (asked.is_none() || found.id == asked));
        let Some(place) = place.or_else(|| mind.open(at)) else { return };
        mind.people.push((place, contact.to));
        let to = self.words.name(contact.to);
        mind.found[place].did.push(Done::Contact { at, to, contact });
    }

    /// What is heard from those who were addressed is an answer; from itself a mind hears that it was refused, and of
    /// patterns, which are told where they made it decide.
    fn hears(&self, mind: &mut Mind, heard: Heard) {
        let (at, from, ..) = heard;
        let refused = from == mind.me && heard.2 == REFUSED;
        if let Some(place) = mind.open(at).filter(|place| mind.found[*place].at < at || refused)
            && (mind.addressed.contains(&from) || refused)
            && mind.found[place].led_to.len() < ANSWERS_MAX
        {
            let (_, _, event, with) = heard.clone();
            let from = (from != mind.me).then(|| self.words.name(from));
            mind.found[place].led_to.push(LedTo { at, event, from, with });
        }
        mind.heard = Some(heard);
    }

    fn who(&self, id: u32) -> Who {
        Who { id, name: self.words.name(id), states: BTreeMap::new() }
    }

    /// Finds the states of profiles and people at the moments of decisions, and which of the answers are none.
    fn add_states(&self, mut mind: Mind) -> Result<Vec<Explained>, TraceError> {
        let mut states: BTreeMap<u32, Vec<(u64, String, String)>> = BTreeMap::new();
        let mut noted: BTreeSet<(String, String)> = BTreeSet::new();
        let profiles = mind.found.iter().map(|found| found.profile.id);
        let wanted: BTreeSet<u32> = profiles.chain(mind.people.iter().map(|(_, person)| *person)).collect();
        for who in wanted {
            let mut changes = Vec::new();
            for record in self.reader.records_of(who) {
                let record = record?;
                match record.what {
                    What::State { actor, region, state } if actor == who => changes.push((record.at, region, state)),
                    What::Note { actor, name, .. } if actor == who => drop(noted.insert((self.words.name(who), name))),
                    _ => {}
                }
            }
            states.insert(who, changes);
        }
        let state_at = |who: u32, at: u64| {
            let changes = states.get(&who).into_iter().flatten().take_while(|(when, ..)| *when <= at);
            let last: BTreeMap<String, String> = changes.map(|(_, region, state)| (region.clone(), state.clone())).collect();
            last.into_iter().filter(|(_, state)| !state.is_empty()).collect()
        };
        for found in &mut mind.found {
            found.profile.states = state_at(found.profile.id, found.at);
            // What a policy sees anyway is no answer to what it did.
            let public = |answer: &LedTo| answer.from.clone().map(|from| (from, answer.event.clone()));
            found.led_to.retain(|answer| !public(answer).is_some_and(|note| noted.contains(&note)));
        }
        for (place, person) in std::mem::take(&mut mind.people) {
            let found = &mut mind.found[place];
            if !found.people.iter().any(|have| have.id == person) {
                let states = state_at(person, found.at);
                found.people.push(Who { states, ..self.who(person) });
            }
        }
        Ok(mind.found)
    }
}

impl Mind {
    /// The decision that is the last at a moment.
    fn open(&self, at: u64) -> Option<usize> {
        self.found.iter().rposition(|found| found.fired.is_some() && found.at <= at)
    }

    fn did(&mut self, at: u64, done: Done) {
        if let Some(place) = self.open(at) {
            self.found[place].did.push(done);
        }
    }
}
