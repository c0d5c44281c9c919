//! What a scenario compiles to: kinds, programs, effects, messages, groups and measures.
//!
//! A [`Plan`] never changes while it runs and is shared by all replications, policies and threads. The loader of scenarios
//! writes it; `World` reads it. Nothing here runs.

mod contact;
mod effect;
pub(crate) mod fingerprint;
mod holder;
mod kind;
mod limits;
mod measure;
mod pattern;
mod people;
mod rehearsal;
mod relation;
mod table;

pub use crate::short::ShortForm;
pub use contact::{Channel, ContactPlan, Heard, Learn, Piece, QuietHours, Suppress, Text};
pub use effect::{Effect, Function, Put};
pub use fingerprint::Fingerprint;
pub use holder::{Fill, Holder, HolderPlan, Reorder, Shift};
pub use kind::{
    ANY, Answer, FRAME_REASON, FRAME_RESERVED, FRAME_WAITED, Field, Handler, Kind, Mark, Missable, NESTING_MAX, NOWHERE, Part,
    Payload, ROW_RESERVED, Region, Remembered, Rule, Schema, State, Timer, TimerKind, Unknown,
};
pub use limits::Limits;
pub use measure::{Fold, Happening, Hook, MeasurePlan, Segments};
pub use pattern::{Compared, Looked, PatternStep};
pub use people::{Group, Places, PolicyPlan, Seen};
pub use rehearsal::Rehearsal;
pub use relation::{Links, Relation};
pub use table::{Row, Table, Together};

use rehearsal_language::program::Program;
use rehearsal_language::symbol::Symbols;
use rehearsal_model::calendar::Calendar;
use rehearsal_model::roads::Roads;
use std::sync::Arc;

/// A loaded scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// Nanoseconds it runs.
    pub length: u64,
    /// Nanoseconds before measures count.
    pub warm_up: u64,
    /// Nanoseconds between households at least.
    pub latency: u64,
    /// Civil time.
    pub calendar: Calendar,
    /// All code.
    pub program: Program,
    /// All names.
    pub symbols: Symbols,
    /// Kinds, those of policies last.
    pub kinds: Vec<Kind>,
    /// Effects by number.
    pub effects: Vec<Effect>,
    /// Messages by number.
    pub messages: Vec<Schema>,
    /// Notes by number.
    pub notes: Vec<Schema>,
    /// Questions by number: their shape.
    pub questions: Vec<Schema>,
    /// Functions by number.
    pub functions: Vec<Function>,
    /// Groups in order of birth.
    pub groups: Vec<Group>,
    /// Who is connected with whom.
    pub relations: Vec<Relation>,
    /// Claims by routine: the start of the routine, and the frame words that remember claims.
    pub claims: std::collections::BTreeMap<u32, Vec<u16>>,
    /// Messages that a routine waits for: the start of the routine, message, inbox word, payload words.
    pub inboxes: std::collections::BTreeMap<u32, Vec<(u16, u16, u16)>>,
    /// Whether anything asks how long it has waited; if nothing does, no frame tells it.
    pub waited: bool,
    /// What routines do together: the start of the routine, and each of them, outer ones first.
    pub togethers: std::collections::BTreeMap<u32, Vec<Together>>,
    /// Decision tables by number.
    pub tables: Vec<Table>,
    /// The way of contacts.
    pub contact: ContactPlan,
    /// Policies.
    pub policies: Vec<PolicyPlan>,
    /// Measures.
    pub measures: Vec<MeasurePlan>,
    /// Segments.
    pub segments: Option<Segments>,
    /// The map.
    pub roads: Option<Arc<Roads>>,
    /// How much longer a drive takes by hour of the week (168 values), Monday midnight first.
    pub traffic: Vec<f64>,
    /// How many may be on the road at once before drives take 15 % longer; drives do not mind where `None`.
    pub road_capacity: Option<f64>,
    /// Names of source files, by number, with their text.
    pub sources: Vec<(String, Arc<str>)>,
    /// What a run may take up.
    pub limits: Limits,
    /// Room for its fingerprint, see [`Plan::fingerprint`].
    pub fingerprint: Fingerprint,
    /// Room for the short forms of its programs, which are made when it first runs.
    pub short: ShortForm,
}

impl Plan {
    /// Where an instruction is written, `file:line:column`.
    #[must_use]
    pub fn written(&self, pc: u32) -> String {
        self.program.written(pc, &self.sources)
    }
}
