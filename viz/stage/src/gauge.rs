//! How full a place is and how many wait there: what a view draws beside its mark.

use rehearsal_trace::{Level, Presence};

/// The use of one place: a bar of `busy` out of `capacity`, and as many dots as there wait.
///
/// All holders of an actor together, because a map has room for one bar: a garage with two bays and four loaners has six
/// units. Each by itself is in [`crate::inspect::Place`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gauge {
    /// The actor that is the place.
    pub actor: u32,
    /// Metres east and north.
    pub place: [f32; 2],
    /// Units that are held; more than `capacity` for a while where places were closed under those who hold them.
    pub busy: u32,
    /// Units there are.
    pub capacity: u32,
    /// Claims that wait: for units, for goods, in lines.
    pub waiting: u32,
}

impl Gauge {
    /// The gauge of an actor at a place; none where nothing is held, could be held or is waited for.
    pub(crate) fn of(actor: u32, place: [f32; 2], presence: &Presence) -> Option<Gauge> {
        let sum =
            |number: fn(&Level) -> u32| presence.levels.iter().fold(0_u32, |sum, (_, level)| sum.saturating_add(number(level)));
        let busy = sum(|level| level.busy.unwrap_or(0));
        let capacity = sum(|level| level.capacity.unwrap_or(0));
        let waiting = sum(|level| level.waiting);
        (busy > 0 || capacity > 0 || waiting > 0).then_some(Gauge { actor, place, busy, capacity, waiting })
    }
}
