//! Holders as compiled: what an actor owns that is in short supply.

use rehearsal_language::program::Routine;
use rehearsal_model::holder::Discipline;
use rehearsal_model::hours::Hours;

/// How a resource's capacity is set.
#[derive(Clone, Debug)]
pub enum Shift {
    /// Always the same.
    Fixed,
    /// One figure inside the hours, another outside.
    Hours {
        /// When it is open.
        hours: Hours,
        /// Units outside the hours; none where it is `None`.
        closed: Option<Routine>,
    },
}

/// How goods are ordered again.
#[derive(Clone, Copy, Debug)]
pub struct Reorder {
    /// At or below which position.
    pub at: Routine,
    /// Units that an order brings, or the position that it brings the stock up to.
    pub order: Routine,
    /// Whether `order` is a position.
    pub up_to: bool,
    /// How long an order takes \[s\].
    pub lead_time: Routine,
    /// How often the position is looked at \[s\]; always where `None`.
    pub review: Option<Routine>,
}

/// How an agenda is filled before the story begins.
#[derive(Clone, Debug)]
pub enum Fill {
    /// Nothing is booked.
    Empty,
    /// Each free unit of each step is booked with a chance: `share` up to `until` seconds, then `then`.
    Busy {
        /// The chance at first.
        share: Routine,
        /// How long it holds \[s\].
        until: Routine,
        /// The chance after that.
        then: Routine,
    },
    /// So many meetings a working day, each so long, inside the hours.
    Meetings {
        /// How many a day.
        per_day: Routine,
        /// How long one is \[s\].
        length: Routine,
    },
}

/// A holder that an actor owns.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Its name.
    pub name: String,
    /// What it is.
    pub what: HolderPlan,
}

/// The forms of a holder.
#[derive(Clone, Debug)]
pub enum HolderPlan {
    /// Interchangeable units.
    Resource {
        /// How many, at birth.
        capacity: Routine,
        /// In which order it is served.
        discipline: Discipline,
        /// How the number changes.
        shift: Shift,
    },
    /// Individual actors.
    Pool {
        /// Their kind.
        kind: u16,
        /// How many.
        count: Routine,
        /// Values they are born with: slot, words and routine in the owner's scope.
        with: Vec<(u16, u16, Routine)>,
    },
    /// Goods that are reordered.
    Stock {
        /// Units at birth.
        level: Routine,
        /// How it is reordered, if it is.
        reorder: Option<Reorder>,
    },
    /// Those who wait until they are let in.
    Line {
        /// How many go on together as soon as they are there; 0 for none.
        batch: Routine,
    },
    /// Capacity over time.
    Agenda {
        /// Units at any time.
        capacity: Routine,
        /// The grid's step \[s\].
        step: f64,
        /// When it is open; always where `None`.
        hours: Option<Hours>,
        /// What is booked already.
        fill: Fill,
    },
}
