//! Where Rust and the scenario meet: what a kind declares, asked for by name and sort when the scenario is loaded.

use super::handles::{Alarm, Field, Fixed, Hears, Luck, Notes, Tells};
use super::sorts::{Sort, Word};
use super::values::sealed::{Laid, Named};
use super::values::{Asked, Place, Shape};
use crate::plan::{Payload, Plan, Schema};
use rehearsal_kernel::{Purpose, StreamKey};
use rehearsal_language::compile::nearest;
use rehearsal_language::types::Type;
use std::marker::PhantomData;

/// A value that a kind of the scenario has.
#[derive(Clone, Debug)]
pub struct Own {
    /// Its name.
    pub name: String,
    /// Whether it is a field that the kind itself may set; not a trait, a part or a figure of a board.
    pub set: bool,
}

/// A message or note that a kind of the scenario declares, with what it carries.
#[derive(Clone, Debug)]
pub struct Said {
    /// Its name.
    pub name: String,
    /// What it carries, as the kind declares it.
    pub carries: Vec<(String, Type)>,
}

/// What a native kind declares in the scenario.
#[derive(Clone, Debug, Default)]
pub struct Signature {
    /// Its values, in the order of the plan's fields.
    pub own: Vec<Own>,
    /// Messages it hears.
    pub hears: Vec<Said>,
    /// Messages it tells.
    pub tells: Vec<Said>,
    /// Notes it states.
    pub notes: Vec<Said>,
}

/// Where the Rust side of a kind and its declaration disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What is wrong, as said of the Rust code.
    pub message: String,
    /// The remedy, where one is known.
    pub help: Option<String>,
    /// The field, message or note in question, where the scenario declares it.
    pub about: Option<String>,
}

/// What a kind needs beside what the scenario lays out.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The version of its Rust side.
    pub(crate) version: u32,
    /// Names of its alarms.
    pub(crate) alarms: Vec<&'static str>,
    /// Streams that none of its programs has.
    pub(crate) streams: Vec<Purpose>,
}

/// What a kind of the scenario declares, for its Rust side to ask for.
///
/// Nothing fails on the way: what is missing or of another type is remembered, and the scenario is refused with all of it
/// at once. The handle that is given then is never used.
pub struct Declared<'p> {
    plan: &'p mut Plan,
    kind: u16,
    signature: &'p Signature,
    wanted: Wanted,
    mismatches: Vec<Mismatch>,
}

/// One of the three lists of what is said.
#[derive(Clone, Copy)]
enum List {
    Hears,
    Tells,
    Notes,
}

impl<'p> Declared<'p> {
    /// What `kind` of a plan declares.
    pub fn new(plan: &'p mut Plan, kind: u16, signature: &'p Signature) -> Declared<'p> {
        Declared { plan, kind, signature, wanted: Wanted::default(), mismatches: Vec::new() }
    }

    /// What was asked for beside the declaration, or where the two disagree.
    ///
    /// # Errors
    /// All mismatches.
    pub fn finish(self) -> Result<Wanted, Vec<Mismatch>> {
        if self.mismatches.is_empty() { Ok(self.wanted) } else { Err(self.mismatches) }
    }

    /// The name of the kind.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.plan.kinds[self.kind as usize].name
    }

    /// A trait, or another value that is read and never set: `traits: { home: Whole(household) }`.
    pub fn fixed<S: Sort>(&mut self, name: &'static str, sort: S) -> Fixed<S> {
        let slot = self.own(name, &sort).map_or(0, |number| self.slot(number));
        Fixed { slot, sort: PhantomData }
    }

    /// A field that is read and set: `fields: { worn: Number(0) }`.
    pub fn field<S: Sort>(&mut self, name: &'static str, sort: S) -> Field<S> {
        let number = self.own(name, &sort).unwrap_or(0);
        if self.signature.own.get(number).is_some_and(|own| own.name == name && !own.set) {
            let message = format!("sets `{name}`, which is no field of the kind: it can be read only");
            self.mismatch(message, Some(format!("ask for it by fixed(\"{name}\", ...), or declare it under `fields`")), name);
        }
        Field { slot: self.slot(number), number: number as u16, sort: PhantomData }
    }

    /// A message that the kind hears, with those of its values that Rust reads: `hears: { set_speed: (rpm: Number) }`.
    ///
    /// `values` is `()`, `("rpm", Number)`, or several of these in brackets.
    pub fn hears<V: Shape>(&mut self, name: &'static str, values: V) -> Hears<V::Values> {
        let (message, places) = self.said(List::Hears, name, values);
        Hears { message, places }
    }

    /// A message that the kind tells, with all its values: `tells: { failed: (hours: Span) }`.
    pub fn tells<V: Shape>(&mut self, name: &'static str, values: V) -> Tells<V::Values> {
        let (message, places) = self.said(List::Tells, name, values);
        Tells { message, places }
    }

    /// A note that the kind states, with all its values: `notes: { failed: (hours: Span) }`.
    pub fn notes<V: Shape>(&mut self, name: &'static str, values: V) -> Notes<V::Values> {
        let (note, places) = self.said(List::Notes, name, values);
        Notes { note, places }
    }

    /// A timer of the kind, by a name of its own.
    pub fn alarm(&mut self, name: &'static str) -> Alarm {
        if self.wanted.alarms.contains(&name) {
            self.mismatch(format!("has two alarms called `{name}`"), None, name);
        }
        self.wanted.alarms.push(name);
        Alarm(self.wanted.alarms.len() as u16 - 1)
    }

    /// A purpose of chance, by a name of its own; asked for twice, it is the same stream.
    ///
    /// The name says which numbers are drawn. That of a site in RON, such as `on/start/exponential#0`, gives the numbers
    /// that the kind would draw there if it were written in RON.
    pub fn luck(&mut self, name: &str) -> Luck {
        let purpose = Purpose::new(StreamKey::root(0, 0).with_name(name).bits());
        let sites = &self.plan.kinds[self.kind as usize].sites;
        let known = sites.iter().chain(&self.wanted.streams).position(|have| *have == purpose);
        Luck(known.unwrap_or_else(|| {
            self.wanted.streams.push(purpose);
            sites.len() + self.wanted.streams.len() - 1
        }) as u16)
    }

    /// A name of the scenario, such as `eco`, to be compared with values of the sort `Name`, or set.
    pub fn word(&mut self, name: &str) -> Word {
        Word(self.plan.symbols.intern(name))
    }

    /// The version of the Rust side, 0 where it says none: a part of the plan's fingerprint.
    ///
    /// The fingerprint sees what the scenario says, not what Rust does. Change the version when the code changes, and
    /// snapshots of runs with the old code are refused instead of going on with the new.
    pub fn version(&mut self, version: u32) {
        self.wanted.version = version;
    }

    /// Refuses the declaration for a reason of Rust's own, such as a number that the model cannot have.
    pub fn refuse(&mut self, why: impl Into<String>) {
        self.mismatches.push(Mismatch { message: why.into(), help: None, about: None });
    }

    fn slot(&self, number: usize) -> u16 {
        self.plan.kinds[self.kind as usize].fields.get(number).map_or(0, |field| field.slot)
    }

    /// The number of a value of the kind; a mismatch where there is none, or it is of another type.
    fn own(&mut self, name: &'static str, sort: &dyn Asked) -> Option<usize> {
        let fields = &self.plan.kinds[self.kind as usize].fields;
        let Some(number) = fields.iter().position(|field| field.name == name) else {
            let help = known(name, fields.iter().map(|field| field.name.as_str()));
            self.mismatch(format!("asks for a field `{name}`, and there is none"), help, name);
            return None;
        };
        let ty = fields[number].ty.clone();
        self.compare(name, name, sort, &ty).then_some(number)
    }

    /// Whether a value can be read as a sort; a mismatch where it cannot.
    fn compare(&mut self, about: &'static str, name: &'static str, sort: &dyn Asked, ty: &Type) -> bool {
        if sort.fits(ty) {
            return true;
        }
        let ty = ty.describe(&|kind| self.plan.kinds[kind as usize].name.clone());
        let of = if about == name { String::new() } else { format!(" of `{about}`") };
        let message = format!("takes `{name}`{of} for {}, and it is {ty}", sort.written());
        self.mismatch(message, Some("let both say the same type".into()), about);
        false
    }

    /// The number of a message or note, and where its values lie.
    fn said<V: Shape>(&mut self, list: List, name: &'static str, values: V) -> (u16, <V::Values as Laid>::Places) {
        let (number, schema) = self.schema(list, name);
        let declared = self.list(list).iter().find(|said| said.name == name).cloned();
        let mut asked: Vec<&'static str> = Vec::new();
        let places = Named::places(values, &mut |value, sort| {
            asked.push(value);
            let Some(said) = &declared else { return Place::default() };
            self.value(said, name, value, sort, &schema)
        });
        if !matches!(list, List::Hears)
            && let Some(said) = &declared
        {
            for (left, _) in said.carries.iter().filter(|(value, _)| !asked.contains(&value.as_str())) {
                let message = format!("gives `{name}` without `{left}`, which it is declared to carry");
                self.mismatch(message, Some(format!("give it, or declare `{name}` without it")), name);
            }
        }
        (number, places)
    }

    /// Where a value of a message lies.
    fn value(&mut self, said: &Said, name: &'static str, value: &'static str, sort: &dyn Asked, schema: &Schema) -> Place {
        let Some((_, ty)) = said.carries.iter().find(|(have, _)| have == value) else {
            let help = known(value, said.carries.iter().map(|(name, _)| name.as_str()));
            self.mismatch(format!("asks for a `{value}` of `{name}`, which is not declared to carry one"), help, name);
            return Place::default();
        };
        self.compare(name, value, sort, ty);
        let found = schema.fields.iter().position(|field| field.name == value);
        found.map_or(Place::default(), |number| {
            let Payload { offset, .. } = schema.fields[number];
            Place { offset, number: number as u16 }
        })
    }

    fn list(&self, list: List) -> &'p [Said] {
        match list {
            List::Hears => &self.signature.hears,
            List::Tells => &self.signature.tells,
            List::Notes => &self.signature.notes,
        }
    }

    /// The number and shape of a message or note that the kind declares.
    fn schema(&mut self, list: List, name: &'static str) -> (u16, Schema) {
        let (schemas, word) = match list {
            List::Hears => (&self.plan.messages, "hears"),
            List::Tells => (&self.plan.messages, "tells"),
            List::Notes => (&self.plan.notes, "notes"),
        };
        let declared = self.list(list);
        let found = schemas.iter().position(|schema| schema.name == name);
        match found.filter(|_| declared.iter().any(|said| said.name == name)) {
            Some(number) => (number as u16, schemas[number].clone()),
            None => {
                let help = known(name, declared.iter().map(|said| said.name.as_str()));
                let help = help.or_else(|| Some(format!("declare it under `{word}`")));
                self.mismatch(format!("asks for `{name}` under `{word}`, where it is not declared"), help, name);
                (0, Schema::default())
            }
        }
    }

    fn mismatch(&mut self, message: String, help: Option<String>, about: &str) {
        self.mismatches.push(Mismatch { message, help, about: Some(about.to_owned()) });
    }
}

/// The nearest of some names, or all of them.
fn known<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<String> {
    let names: Vec<&str> = names.collect();
    match nearest(name, names.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if names.is_empty() => None,
        None => Some(format!("known: {}", names.join(", "))),
    }
}
