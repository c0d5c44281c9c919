//! What a policy keeps of each profile, in bytes.

use super::{Kind, Plan, ROW_RESERVED};
use std::collections::BTreeSet;

/// Bytes of a row of a policy's mind: one for each profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProfileBytes {
    /// The state that it is in, and what that takes.
    pub state: usize,
    /// Timers of states. Those of different states of a region share their places.
    pub timers: usize,
    /// Features.
    pub features: usize,
    /// Patterns.
    pub patterns: usize,
    /// When rules fired that rest after it.
    pub rules: usize,
    /// What the interface knows, the profile itself, and what every actor has: who it is, what waits, how often it drew.
    pub known: usize,
}

impl ProfileBytes {
    /// What is remembered of the past: all but what is known from the start.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.state + self.timers + self.features + self.patterns + self.rules
    }

    /// Bytes of the whole row.
    #[must_use]
    pub fn all(&self) -> usize {
        self.remembered() + self.known
    }
}

impl Plan {
    /// What a policy, by its number, keeps of each profile.
    ///
    /// # Panics
    /// Where there is no such policy.
    #[must_use]
    pub fn profile_bytes(&self, policy: usize) -> ProfileBytes {
        self.kinds[usize::from(self.policies[policy].kind)].profile_bytes()
    }
}

impl Kind {
    /// What a row of a policy's mind is made of.
    fn profile_bytes(&self) -> ProfileBytes {
        const WORD: usize = size_of::<u64>();
        let places: BTreeSet<u16> = self.timers.iter().map(|timer| timer.slot).collect();
        let compared = self.patterns.iter().flat_map(|looked| &looked.steps).filter(|step| step.worse.is_some()).count();
        let bells = self.patterns.iter().filter(|looked| looked.bell.is_some()).count();
        let is_feature = |name: &str| self.remembers.iter().any(|remembered| remembered.name == name);
        let facts = self.fields.iter().filter(|field| !is_feature(&field.name)).map(|field| usize::from(field.ty.width()));
        let known = usize::from(ROW_RESERVED) + facts.sum::<usize>() + self.sites.len().div_ceil(2);
        let mut bytes = ProfileBytes {
            state: 0,
            timers: places.len() * 2 * WORD,
            features: self.remembers.iter().map(|remembered| remembered.feature.bytes()).sum(),
            patterns: self.patterns.iter().map(|looked| looked.pattern.bytes()).sum::<usize>() + (compared + 2 * bells) * WORD,
            rules: self.rules.iter().filter(|rule| rule.again_after.is_some()).count() * WORD,
            known: known * WORD,
        };
        bytes.state = (usize::from(self.words) + self.sites.len().div_ceil(2)) * WORD - bytes.all();
        bytes
    }
}
