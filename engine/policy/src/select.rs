//! Which rules an event has to be shown to: those of its sort that hold in the state at hand.
//!
//! Of the rules that look at an event the first that holds fires. Most of a policy's rules belong to a state, so an index
//! by state lets a decision look at those alone, however many others there are.

/// A state or a stretch of nothing: what a rule belongs to.
pub type State = u16;

/// By state, the places of those that can match, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    by_state: Vec<Vec<u16>>,
}

impl Index {
    /// An index of candidates in the order in which they are tried; a candidate belongs to a state, or to all.
    #[must_use]
    pub fn new(states: usize, candidates: impl IntoIterator<Item = Option<State>> + Clone) -> Index {
        let of = |state: usize| {
            let here = |belongs: &Option<State>| belongs.is_none_or(|own| usize::from(own) == state);
            let places = candidates.clone().into_iter().enumerate().filter(|(_, belongs)| here(belongs));
            places.map(|(place, _)| place as u16).collect()
        };
        Index { by_state: (0..states).map(of).collect() }
    }

    /// The places of the candidates of a state; none of a state that there is not.
    #[must_use]
    pub fn of(&self, state: State) -> &[u16] {
        self.by_state.get(usize::from(state)).map_or(&[], Vec::as_slice)
    }
}

/// A stretch of time in which something is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Force {
    /// From this moment on \[ns\]; from the start where `None`.
    pub from: Option<u64>,
    /// Up to this moment, which is outside \[ns\]; to the end where `None`.
    pub until: Option<u64>,
}

impl Force {
    /// Whether it is in force at a moment \[ns\].
    #[must_use]
    pub fn is_on(self, now: u64) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// The time in which both are in force.
    #[must_use]
    pub fn and(self, other: Force) -> Force {
        let later = |a: u64, b: u64| a.max(b);
        Force {
            from: self.from.map_or(other.from, |own| Some(other.from.map_or(own, |from| later(own, from)))),
            until: self.until.map_or(other.until, |own| Some(other.until.map_or(own, |until| own.min(until)))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_a_thousand_rules_a_state_looks_at_its_own() {
        let rules = (0..1_000).map(|rule| Some(rule / 10));
        let index = Index::new(100, rules);
        assert_eq!(index.of(7), (70..80).collect::<Vec<u16>>());
        assert!(index.of(100).is_empty());
    }

    #[test]
    fn in_force_begins_with_its_first_moment_and_ends_before_its_last() {
        let force = Force { from: Some(10), until: Some(20) };
        assert_eq!([9, 10, 19, 20].map(|now| force.is_on(now)), [false, true, true, false]);
        assert!(Force::default().is_on(u64::MAX));
        assert_eq!(force.and(Force { from: None, until: Some(15) }), Force { from: Some(10), until: Some(15) });
        assert_eq!(Force::default().and(force), force);
    }

    proptest! {
        /// Against a look at every candidate, as it was written before there was an index.
        #[test]
        fn an_index_finds_what_a_scan_finds(candidates in prop::collection::vec(prop::option::of(0_u16..6), 0..40), state in 0_u16..7) {
            let index = Index::new(6, candidates.iter().copied());
            let scan: Vec<u16> = (0..).zip(&candidates).filter(|(_, own)| own.is_none_or(|own| own == state) && state < 6)
                .map(|(place, _)| place).collect();
            prop_assert_eq!(index.of(state), scan);
        }
    }
}
