//! Cases: what somebody has to settle with somebody, from the day it is opened to the day it is closed.
//!
//! Two forms are known, both of `scenarios/library`. An actor of the kind `case` is a case from its birth to its end, and
//! belongs to the actor that made it. Where there are none, a note `case_opened` opens one and a note `case_closed` of the
//! same actor closes it; what they say it is `about` tells cases of one actor apart, and of what is open already no second
//! one is opened. What a policy decides, tells, notes and says to people belongs to the cases that are open then, of
//! its own or of whom it decides about.

use std::collections::BTreeMap;

use rehearsal_trace::{Fields, Record, Value, What};

use crate::value::Meaning;

/// The kind of actors that are cases, and the type of all objects that are.
pub(super) const CASE: &str = "case";

/// A case that no actor stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Case {
    /// Its name among all objects.
    pub(super) id: String,
    pub(super) about: String,
    /// Who noted it.
    pub(super) owner: u32,
    pub(super) opened: u64,
    pub(super) closed: Option<u64>,
}

/// The cases of a run, as far as it has come.
pub(super) struct Cases<'a> {
    meaning: &'a Meaning<'a>,
    noted: Vec<Case>,
    /// Open ones that were noted, by owner: indices into `noted`.
    open: BTreeMap<u32, Vec<usize>>,
    /// Open ones that are actors, by the actor to which they belong.
    acting: BTreeMap<u32, Vec<u32>>,
    /// To whom an acting case belongs.
    file: BTreeMap<u32, u32>,
    /// Whom a policy's own actor last decided about.
    about: BTreeMap<u32, u32>,
}

impl<'a> Cases<'a> {
    pub(super) fn new(meaning: &'a Meaning<'a>) -> Cases<'a> {
        let (open, acting, file, about) = Default::default();
        Cases { meaning, noted: Vec::new(), open, acting, file, about }
    }

    /// Takes note of one more record; gives the cases to which it belongs, by the names of their objects.
    pub(super) fn follow(&mut self, record: &Record) -> Vec<String> {
        match &record.what {
            What::Spawn { actor, parent } if self.meaning.cast.kind(actor.id) == CASE => {
                self.acting.entry(*parent).or_default().push(actor.id);
                self.file.insert(actor.id, *parent);
                Vec::new()
            }
            What::End { actor } => {
                if let Some(parent) = self.file.remove(actor) {
                    self.acting.entry(parent).or_default().retain(|case| case != actor);
                }
                Vec::new()
            }
            What::Decision(decision) => self.decides(decision.agent, decision.profile),
            What::Undecided(undecided) => self.decides(undecided.agent, undecided.profile),
            What::Contact(contact) => self.of(contact.from),
            What::Written { from, .. } | What::Message { from, .. } => self.of(*from),
            What::Note { actor, name, fields } => self.noted(record.at, *actor, name, fields),
            What::State { .. }
            | What::Move { .. }
            | What::Spawn { .. }
            | What::Figures { .. }
            | What::Level { .. }
            | What::Board { .. } => Vec::new(),
        }
    }

    /// The cases that were noted.
    pub(super) fn done(self) -> Vec<Case> {
        self.noted
    }

    fn decides(&mut self, agent: u32, profile: u32) -> Vec<String> {
        self.about.insert(agent, profile);
        self.of(agent)
    }

    /// The open cases of an actor, and of whom it decides about.
    fn of(&self, actor: u32) -> Vec<String> {
        let mut found = Vec::new();
        // Who decides about nobody has what it noted, and nothing of others.
        let Some(profile) = self.about.get(&actor) else {
            return self.named(actor);
        };
        for who in [actor, *profile] {
            let cases = self.acting.get(&who).into_iter().flatten();
            found.extend(cases.map(|case| self.meaning.cast.name(*case)));
            found.extend(self.named(who));
        }
        found.sort();
        found.dedup();
        found
    }

    /// The open cases that an actor noted.
    fn named(&self, owner: u32) -> Vec<String> {
        let open = self.open.get(&owner).into_iter().flatten();
        open.map(|&case| self.noted[case].id.clone()).collect()
    }

    fn noted(&mut self, at: u64, actor: u32, name: &str, fields: &Fields) -> Vec<String> {
        let ours = matches!(name, "case_opened" | "case_closed") && self.meaning.cast.kind(actor) != CASE;
        if !ours {
            return self.of(actor);
        }
        let about = fields.iter().find_map(|(name, value)| match value {
            Value::Text(text) if name == "about" => Some(text.clone()),
            _ => None,
        });
        let about = about.unwrap_or_default();
        let open = self.open.entry(actor).or_default();
        let there = open.iter().position(|&case| self.noted[case].about == about);
        if name == "case_opened" && there.is_none() {
            let id = format!("{CASE}/{}/{}", self.meaning.cast.name(actor), self.noted.len() + 1);
            open.push(self.noted.len());
            self.noted.push(Case { id, about, owner: actor, opened: at, closed: None });
            return self.of(actor);
        }
        // The note that closes a case belongs to it still.
        let belongs = self.of(actor);
        if let (Some(there), "case_closed") = (there, name)
            && let Some(open) = self.open.get_mut(&actor)
        {
            let case = open.remove(there);
            self.noted[case].closed = Some(at);
        }
        belongs
    }
}
