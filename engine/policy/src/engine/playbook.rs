//! A policy compiled to stand alone: what it sees, what it remembers, its rules and what they do.

use super::guard::Guard;
use crate::feature::Feature;
use crate::pattern::{Pattern, Worse};
use crate::select::Force;
use crate::table::Table;
use rehearsal_language::program::{Operand, Program, Routine};
use rehearsal_language::symbol::Symbols;
use rehearsal_language::types::Type;
use rehearsal_model::calendar::{Calendar, Civil};
use std::sync::Arc;

/// A value that an event carries, in its words.
#[derive(Clone, Debug, PartialEq)]
pub struct Carried {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its first word in the event.
    pub offset: u16,
}

/// A sort of event that reaches the policy.
#[derive(Clone, Debug, Default)]
pub struct EventPlan {
    /// Its name.
    pub name: String,
    /// What it carries.
    pub fields: Vec<Carried>,
    /// Words of what it carries.
    pub words: u16,
}

/// A fact of a profile that the policy knows.
#[derive(Clone, Debug)]
pub struct Known {
    /// Its name.
    pub name: String,
    /// Its type; one word, or two for a slot.
    pub ty: Type,
    /// Where programs read it in a row.
    pub slot: u16,
}

/// A feature that some rule reads.
#[derive(Clone, Debug)]
pub struct FeaturePlan {
    /// Its name.
    pub name: String,
    /// The event that feeds it.
    pub event: u16,
    /// What is fed; 1 where there is nothing.
    pub value: Option<Number>,
    /// Which events it is fed with, see [`Feature::takes_all`].
    pub test: Guard,
    /// What is computed.
    pub feature: Feature,
    /// The type of its value.
    pub ty: Type,
    /// Where programs read its value in a row.
    pub slot: u16,
}

/// What a feature is fed with.
#[derive(Clone, Copy, Debug)]
pub enum Fed {
    /// A word of the event as it came.
    Word(u16),
    /// The value of a routine.
    Routine(Routine),
}

/// A number of an event.
#[derive(Clone, Copy, Debug)]
pub struct Number {
    /// Where it comes from.
    pub fed: Fed,
    /// Whether it is a whole number.
    pub whole: bool,
}

/// A pattern over time that rules look at.
#[derive(Clone, Debug)]
pub struct PatternPlan {
    /// Its name.
    pub name: String,
    /// The event by which rules hear that it is there.
    pub event: u16,
    /// What is looked for.
    pub pattern: Pattern,
    /// Its steps.
    pub steps: Vec<StepPlan>,
}

/// A step of a pattern.
#[derive(Clone, Debug)]
pub struct StepPlan {
    /// The event.
    pub event: u16,
    /// Which of them fit.
    pub test: Guard,
    /// Only those fit whose value is beyond that of the event before.
    pub worse: Option<(Worse, Number)>,
    /// Its bits in the pattern.
    pub bits: u32,
}

/// A function that programs call.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Dates and times of day.
    Civil(Civil),
    /// What a feature is now, by its number.
    Feature(u16),
    /// Something about a world.
    World,
}

/// A state of the policy.
#[derive(Clone, Debug, Default)]
pub struct StatePlan {
    /// Its name.
    pub name: String,
    /// Runs when it is entered.
    pub entry: Option<Routine>,
    /// Runs when it is left.
    pub exit: Option<Routine>,
    /// Runs after entry.
    pub process: Option<Routine>,
    /// Its timers.
    pub timers: Vec<TimerPlan>,
    /// Row words of the values that it takes.
    pub takes: Vec<u16>,
}

/// A timer of a state.
#[derive(Clone, Debug)]
pub struct TimerPlan {
    /// What decisions call it.
    pub name: String,
    /// Where it is written, `file:line`.
    pub place: String,
    /// Gives the span in seconds; with `moment` the moment in nanoseconds.
    pub delay: Routine,
    /// Whether `delay` gives a moment rather than a span.
    pub moment: bool,
    /// Whether it starts anew when it has rung.
    pub again: bool,
    /// What it does.
    pub body: Routine,
    /// The state it goes to, if it is fixed.
    pub goto: Option<String>,
}

/// A rule of the policy.
#[derive(Clone, Debug)]
pub struct RulePlan {
    /// Its name.
    pub name: String,
    /// Where it is written, `file:line`.
    pub place: String,
    /// Higher goes first.
    pub priority: i32,
    /// The event it looks at.
    pub event: u16,
    /// The state it belongs to; every state where there is none.
    pub state: Option<u16>,
    /// Its condition as written.
    pub condition: Option<String>,
    /// Its condition.
    pub guard: Guard,
    /// For conditions that may read something that is missing: how it is told that they do not hold, and what may be missing.
    pub unknown: Option<UnknownPlan>,
    /// When it is in force.
    pub force: Force,
    /// What its condition reads: text, type, and a routine for the value.
    pub reads: Vec<(String, Type, Routine)>,
    /// It rests so many seconds after it has fired.
    pub again_after: Option<Routine>,
    /// What it does.
    pub body: Routine,
    /// The state it goes to, if it is fixed.
    pub goto: Option<String>,
}

/// A condition that cannot always be told.
#[derive(Clone, Debug)]
pub struct UnknownPlan {
    /// Whether it is known not to hold.
    pub fails: Routine,
    /// What it reads that may be missing: in words, and whether it is there.
    pub missable: Vec<(String, Routine)>,
}

/// What a program hands to its surroundings.
#[derive(Clone, Debug)]
pub enum Act {
    /// Something for others to carry out, or to know.
    Call {
        /// What sort of call it is.
        sort: Sort,
        /// What is called.
        name: String,
        /// Its arguments: name, type, and where the value lies.
        with: Vec<(String, Type, Operand)>,
    },
    /// Leaves the state and enters another.
    Goto {
        /// The state entered.
        state: u16,
        /// Values it takes: from, words, to which row word.
        with: Vec<(Operand, u16, u16)>,
    },
    /// Looks something up in a decision table.
    LookUp {
        /// The table.
        table: u16,
        /// What it is given: from, words, to which of its words.
        with: Vec<(Operand, u16, u16)>,
        /// Words of that.
        words: u16,
        /// Where what it gives goes.
        into: Operand,
        /// The word that says whether any row held.
        found: Operand,
    },
}

/// What sort of call it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// A lever is used.
    Lever,
    /// Something is stated.
    Note,
    /// An attempt is given up, for a reason.
    Refusal,
}

/// A policy, compiled.
#[derive(Clone, Debug)]
pub struct Playbook {
    /// Its name.
    pub name: String,
    /// The kind of actor it is about.
    pub about: String,
    /// Its code.
    pub program: Program,
    /// All names in it.
    pub symbols: Symbols,
    /// The dates of its moments.
    pub calendar: Calendar,
    /// Functions that its code calls, by number.
    pub functions: Vec<Asked>,
    /// Words of a row as programs see it.
    pub row: u16,
    /// The events that it looks at.
    pub events: Vec<EventPlan>,
    /// What it knows of a profile.
    pub knows: Vec<Known>,
    /// What it remembers of a profile.
    pub features: Vec<FeaturePlan>,
    /// The patterns that it looks for, each behind those that it looks at.
    pub patterns: Vec<PatternPlan>,
    /// Its states.
    pub states: Vec<StatePlan>,
    /// The state it begins in.
    pub initial: u16,
    /// Its rules, in the order in which they are tried.
    pub rules: Vec<RulePlan>,
    /// Decision tables, by number.
    pub tables: Vec<Table>,
    /// What its code hands on, by number of effect.
    pub acts: Vec<Act>,
    /// The files it was read from: name and text.
    pub sources: Vec<(String, Arc<str>)>,
}

impl Playbook {
    /// The number of an event of this name.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<u16> {
        self.events.iter().position(|event| event.name == name).map(|at| at as u16)
    }

    /// Where an instruction is written, `file:line:column`.
    #[must_use]
    pub fn written(&self, pc: u32) -> String {
        self.program.written(pc, &self.sources)
    }
}
