//! Why a policy did what it did: decisions with their cause, their losers, what they did and what came of it.
//!
//! A story tells all that happened to one actor, line by line; an explanation tells one decision whole. It is gathered from
//! the records of the mind that decided (`gather.rs`), told as sentences (`tell.rs`) or written as JSON. An [`Overview`]
//! counts all decisions of a run, and [`Parted`] compares those of two policies that saw the same events.
//!
//! Start at [`Explainer`].

mod found;
mod gather;
mod overview;
mod parted;
mod rehearsed;
mod tell;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::clock::Clock;
use crate::error::TraceError;
use crate::reader::Reader;
use crate::schema::{Actor, What};
use crate::words::Words;

pub use found::{Cause, Done, Explained, Fired, LedTo, Next, StateChange, Who};
pub use overview::{LostCount, Overview, RuleCount, UnknownCount};
pub use parted::{Part, Parted, PartedAt, PartedPair};

/// The name of the JSON form.
pub const SCHEMA: &str = "rehearsal.explain/1";

/// Explains the decisions of one recorded run.
pub struct Explainer<'r> {
    reader: &'r Reader,
    words: Words,
}

impl<'r> Explainer<'r> {
    /// Explains what `reader` reads.
    ///
    /// # Errors
    /// A run whose start is not a civil date, or a damaged block.
    pub fn new(reader: &'r Reader) -> Result<Self, TraceError> {
        Explainer::knowing(reader, reader.actors()?)
    }

    /// Explains what `reader` reads, for a caller who knows the actors already: those of [`Reader::actors`], or some of
    /// them. An actor that is not among them is called by its number. Reads nothing.
    ///
    /// # Errors
    /// A run whose start is not a civil date.
    pub fn knowing(reader: &'r Reader, actors: BTreeMap<u32, Arc<Actor>>) -> Result<Self, TraceError> {
        Ok(Explainer { reader, words: Words::new(Clock::new(&reader.header().start)?, actors) })
    }

    /// The decisions that concern an actor: those of a mind, those about a profile, or those that led to a contact with a
    /// person. With `at` \[ns\], the last of them at that moment or before.
    ///
    /// Costs the reading of the blocks in which the actor and the minds take part.
    ///
    /// # Errors
    /// No such actor (with the nearest names), none that a decision concerns, or none so early; a damaged block.
    pub fn of_actor(&self, who: &str, at: Option<u64>) -> Result<Vec<Explained>, TraceError> {
        let me = self.words.find(who)?;
        let mut minds = BTreeSet::new();
        // Whether it is a mind or a profile, and not only somebody who was contacted.
        let mut decided = false;
        for record in self.reader.records_of(me) {
            let mind = match record?.what {
                What::Decision(decision) => (decision.agent, true),
                What::Undecided(undecided) => (undecided.agent, true),
                What::Contact(contact) if contact.to == me => (contact.from, false),
                _ => continue,
            };
            minds.insert(mind.0);
            decided |= mind.1;
        }
        let mut found = Vec::new();
        for mind in minds {
            found.extend(self.gather(mind)?.into_iter().filter(|found| decided || found.reaches(me)));
        }
        found.sort_by_key(|found: &Explained| (found.at, found.policy.clone(), found.id));
        self.chosen(who, found, at)
    }

    /// Those that are wanted, of all that concern an actor.
    fn chosen(&self, who: &str, mut found: Vec<Explained>, at: Option<u64>) -> Result<Vec<Explained>, TraceError> {
        let nothing = |hint: String| TraceError::NoDecision { wanted: format!("no decision concerns {who}"), hint };
        let Some(first) = found.first() else {
            return Err(nothing("see who decides with an overview: leave `--actor` out".into()));
        };
        let first = self.words.clock.second(first.at);
        let Some(at) = at else {
            // What no rule answered is told where it is asked for by its moment.
            let decided = found.iter().any(|found| found.fired.is_some());
            found.retain(|found| !decided || found.fired.is_some());
            return Ok(found);
        };
        match found.into_iter().rfind(|found| found.at <= at) {
            Some(last) => Ok(vec![last]),
            None => Err(nothing(format!("so early: the first is at {first}"))),
        }
    }

    /// The decision of a number, of the policy named or of the one in force; where that has none, of the one in shadow.
    ///
    /// # Errors
    /// No such decision (with the numbers there are), or a damaged block.
    pub fn decision(&self, policy: Option<&str>, id: u64) -> Result<Explained, TraceError> {
        let mut numbers: BTreeMap<(bool, String), (u64, u64)> = BTreeMap::new();
        let mut found: Option<(bool, u32)> = None;
        for record in self.reader.records() {
            let What::Decision(decision) = record?.what else { continue };
            let shadow = decision.mode == "shadow";
            let span = numbers.entry((shadow, decision.policy.clone())).or_insert((decision.id, decision.id));
            span.1 = span.1.max(decision.id);
            let wanted = decision.id == id && policy.is_none_or(|policy| policy == decision.policy);
            if wanted && found.is_none_or(|(before, _)| before && !shadow) {
                found = Some((shadow, decision.agent));
            }
        }
        let there: Vec<String> =
            numbers.iter().map(|((_, policy), (first, last))| format!("{policy} {first} to {last}")).collect();
        let hint = if there.is_empty() { "no policy decided anything".into() } else { format!("there are {}", there.join(", ")) };
        let missing = || {
            let of = policy.map(|policy| format!(" of {policy}")).unwrap_or_default();
            TraceError::NoDecision { wanted: format!("there is no decision {id}{of}"), hint }
        };
        let Some((_, mind)) = found else { return Err(missing()) };
        self.gather(mind)?.into_iter().find(|found| found.id == Some(id)).ok_or_else(missing)
    }
}
