//! Measures as compiled: where they look and how values become a figure.

use rehearsal_language::program::Routine;
use rehearsal_language::symbol::Symbol;

/// When a measure looks.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// A note of a name.
    Note(u16),
    /// A state is entered: kind, region, state.
    Enters(u16, u16, u16),
    /// A state is left: kind, region, state.
    Leaves(u16, u16, u16),
}

/// How the values of a measure become its figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fold {
    /// Their number, for each so many people (`per`), or in all.
    Count {
        /// People that the figure is for; `None` for the whole.
        per: Option<f64>,
    },
    /// Their sum, for each so many people, or in all.
    Sum {
        /// People that the figure is for.
        per: Option<f64>,
    },
    /// Their mean.
    Mean,
    /// The share of those that were true.
    Share,
    /// The mean span between a first and a second happening of one actor.
    Duration,
    /// The mean share of a holder's capacity that was in use.
    Level,
}

/// A look at a happening.
#[derive(Clone, Debug)]
pub struct Hook {
    /// When.
    pub at: Happening,
    /// The kind in whose scope the routines run.
    pub by: u16,
    /// Only where this holds.
    pub condition: Option<Routine>,
    /// The value; one where `None`.
    pub value: Option<Routine>,
    /// The person whose segment counts.
    pub person: Option<Routine>,
    /// For durations: whether it starts or ends one.
    pub starts: bool,
}

/// A measure.
#[derive(Clone, Debug)]
pub struct MeasurePlan {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Its unit.
    pub unit: String,
    /// Value words are divided by this to get the unit.
    pub scale: f64,
    /// `lower`, `higher` or `neither` is better.
    pub better: &'static str,
    /// How it becomes a figure.
    pub fold: Fold,
    /// Where it looks.
    pub hooks: Vec<Hook>,
    /// For levels: kind and holder.
    pub holder: Option<(u16, u16)>,
    /// For a look at everyone at the end: kind, value and condition.
    pub at_end: Option<(u16, Routine)>,
}

/// Who is sorted into segments.
#[derive(Clone, Debug)]
pub struct Segments {
    /// The kind of person.
    pub kind: u16,
    /// Gives a person's segment, as a symbol.
    pub by: Routine,
    /// The segments.
    pub names: Vec<Symbol>,
}
