//! Who is shown: by kind, segment, state and name.

use crate::stage::Stage;
use rehearsal_trace::{Actor, Snapshot};
use std::collections::{BTreeMap, BTreeSet};

/// What an actor has to be in order to show; an empty set, or an empty name, asks for nothing.
///
/// Within a set one of its entries is enough; all sets have to agree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Kinds, by their number in the header.
    pub kinds: BTreeSet<u16>,
    /// Segments of the population.
    pub segments: BTreeSet<String>,
    /// States, of the region that is shown.
    pub states: BTreeSet<String>,
    /// A part of the name, in whatever case.
    pub name: String,
}

/// What there is to filter by at a moment, each with how many actors it would show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    /// Kinds.
    pub kinds: BTreeMap<u16, usize>,
    /// Segments.
    pub segments: BTreeMap<String, usize>,
    /// States, of the region that is shown; empty for those that show none.
    pub states: BTreeMap<String, usize>,
}

impl Filter {
    /// Whether everybody passes.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.kinds.is_empty() && self.segments.is_empty() && self.states.is_empty() && self.name.is_empty()
    }

    /// Whether an actor shows, given the state that is shown of it. Who was never declared has no kind, segment or name but
    /// its number.
    #[must_use]
    pub fn passes(&self, id: u32, actor: Option<&Actor>, state: &str) -> bool {
        if self.is_open() {
            return true;
        }
        let kind = self.kinds.is_empty() || actor.is_some_and(|actor| self.kinds.contains(&actor.kind));
        let segment = || actor.and_then(|actor| actor.segment.as_ref());
        let segment = self.segments.is_empty() || segment().is_some_and(|segment| self.segments.contains(segment));
        let state = self.states.is_empty() || self.states.contains(state);
        kind && segment && state && self.named(id, actor)
    }

    fn named(&self, id: u32, actor: Option<&Actor>) -> bool {
        if self.name.is_empty() {
            return true;
        }
        let name = actor.map_or_else(|| format!("#{id}"), |actor| actor.name.to_lowercase());
        name.contains(&self.name.to_lowercase())
    }
}

impl Facets {
    /// What there is at a moment. Costs one look at every actor.
    #[must_use]
    pub fn of(stage: &Stage, world: &Snapshot) -> Facets {
        let mut facets = Facets::default();
        for presence in world.actors.values() {
            if let Some(actor) = &presence.actor {
                *facets.kinds.entry(actor.kind).or_default() += 1;
                if let Some(segment) = &actor.segment {
                    *facets.segments.entry(segment.clone()).or_default() += 1;
                }
            }
            *facets.states.entry(stage.styles().shown(presence).to_owned()).or_default() += 1;
        }
        facets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, HOUR};

    #[test]
    fn a_facet_says_how_many_its_filter_shows() {
        let stage = sample::stage(4);
        let world = stage.reader().state_at(6 * HOUR).unwrap();
        let facets = Facets::of(&stage, &world);
        let count = |filter: &Filter| {
            let shown = world
                .actors
                .iter()
                .filter(|(id, presence)| filter.passes(**id, presence.actor.as_deref(), stage.styles().shown(presence)));
            shown.count()
        };
        assert_eq!(count(&Filter::default()), world.actors.len());
        for (&kind, &expected) in &facets.kinds {
            assert_eq!(count(&Filter { kinds: [kind].into(), ..Filter::default() }), expected);
        }
        for (segment, &expected) in &facets.segments {
            assert_eq!(count(&Filter { segments: [segment.clone()].into(), ..Filter::default() }), expected);
        }
        for (state, &expected) in &facets.states {
            assert_eq!(count(&Filter { states: [state.clone()].into(), ..Filter::default() }), expected);
        }
        assert_eq!(facets.states.values().sum::<usize>(), world.actors.len());
        assert_eq!(count(&Filter { name: "DESK".into(), ..Filter::default() }), 1);
    }

    #[test]
    fn all_sets_have_to_agree() {
        let actor = Actor { id: 3, kind: 1, name: "Anna".into(), segment: Some("old".into()), at: None };
        let filter = Filter { kinds: [1].into(), segments: ["old".into(), "young".into()].into(), ..Filter::default() };
        assert!(filter.passes(3, Some(&actor), "glad"));
        assert!(!Filter { states: ["sad".into()].into(), ..filter.clone() }.passes(3, Some(&actor), "glad"));
        assert!(!filter.passes(3, None, "glad"));
        assert!(Filter { name: "#3".into(), ..Filter::default() }.passes(3, None, ""));
    }
}
