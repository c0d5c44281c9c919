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
    /// The mean of a value over time and over those who have it; or of their sum over time.
    TimeWeighted {
        /// Whether values are added up over all who have them.
        total: bool,
    },
    /// The largest that a value ever is.
    Peak,
    /// One measure by another; their places in the plan.
    Ratio {
        /// What is divided.
        of: usize,
        /// By what.
        to: usize,
    },
    /// How far measures lie from others, on average over those of which both have a figure.
    Gap {
        /// The place of the first of the ones in the plan; the rest lie behind it.
        of: usize,
        /// The place of the first of the others.
        to: usize,
        /// How many they are on each side.
        values: usize,
        /// The farthest, rather than the mean.
        worst: bool,
    },
    /// Keeps who has got how far through the steps of a funnel; no figure by itself.
    Funnel {
        /// A pass counts up to so many seconds after its beginning; `None` for any time.
        within: Option<f64>,
    },
    /// The share of the passes through a funnel that got to a step.
    Reached {
        /// The funnel's place in the plan.
        funnel: usize,
        /// The step; the first is 0.
        step: u16,
    },
}

/// A look at a happening.
#[derive(Clone, Debug)]
pub struct Hook {
    /// When.
    pub at: Happening,
    /// The kind in whose scope the routines run.
    pub by: u16,
    /// It does not look at all where this does not hold.
    pub only: Option<Routine>,
    /// Only where this holds; for shares, what they are the share of.
    pub condition: Option<Routine>,
    /// The value; one where `None`.
    pub value: Option<Routine>,
    /// The person whose segment counts.
    pub person: Option<Routine>,
    /// For durations and funnels: which step it is; the first is 0.
    pub step: u16,
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
    /// For a look at everyone at the end: kind and value.
    pub at_end: Option<(u16, Routine)>,
    /// For a value that is looked at whenever it may change: kind and value.
    pub watched: Option<(u16, Routine)>,
    /// Whether it is no figure of its own, but part of another.
    pub hidden: bool,
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
