//! Statecharts of a kind: which state lies in which, and which one a name means.
//!
//! A region lies in the kind or in a state; a state lies in a region. Nothing here compiles what states do.

use crate::tables::KindInfo;
use rehearsal_language::types::Type;

/// Why a name means no state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoState {
    /// No state is called so.
    Unknown,
    /// Several are; these are their full names.
    Several(Vec<String>),
    /// It is of a region that runs beside the one that asks; this is that region's name.
    Beside(String),
}

impl KindInfo {
    /// The regions and states around a region, from the innermost outwards.
    pub(crate) fn around(&self, region: u16) -> impl Iterator<Item = (u16, u16)> + '_ {
        let parent = |region: u16| self.regions.get(region as usize).and_then(|region| region.parent);
        std::iter::successors(parent(region), move |(outer, _)| parent(*outer))
    }

    /// The places that hold a place, itself first.
    pub(crate) fn outwards(&self, (region, state): (u16, Option<u16>)) -> impl Iterator<Item = (u16, u16)> + '_ {
        state.map(|state| (region, state)).into_iter().chain(self.around(region))
    }

    /// What a state at a place, or one around it, takes under a name: name, type and slot.
    pub(crate) fn taken(&self, place: (u16, Option<u16>), name: &str) -> Option<&(String, Type, u16)> {
        self.outwards(place).find_map(|(region, state)| {
            self.regions[region as usize].states[state as usize].takes.iter().find(|(have, ..)| have == name)
        })
    }

    /// The environment in which a state, or the one around its region, is written.
    pub(crate) fn state_env(&self, place: (u16, Option<u16>)) -> u32 {
        self.outwards(place).next().map_or(self.env, |(region, state)| self.regions[region as usize].states[state as usize].env)
    }

    /// Regions by number, those inside a state before the one that it is a state of.
    pub(crate) fn inner_first(&self) -> Vec<u16> {
        let mut order = Vec::new();
        for region in (0..self.regions.len() as u16).filter(|region| self.regions[*region as usize].parent.is_none()) {
            self.add_inner_first(region, &mut order);
        }
        order
    }

    fn add_inner_first(&self, region: u16, order: &mut Vec<u16>) {
        for inner in self.regions[region as usize].states.iter().flat_map(|state| &state.regions) {
            self.add_inner_first(*inner, order);
        }
        order.push(region);
    }

    /// The full name of a state: the regions and states that it lies in, without the region `main`.
    pub(crate) fn full_name(&self, (region, state): (u16, u16)) -> String {
        let region = &self.regions[region as usize];
        let state = &region.states[state as usize].name;
        if region.name == "main" { state.clone() } else { format!("{}.{state}", region.name) }
    }

    /// All states that a path may mean: its last word is theirs, and those before it are of what they lie in, in order.
    pub(crate) fn named(&self, path: &[&str]) -> Vec<(u16, u16)> {
        let Some((last, before)) = path.split_last() else { return Vec::new() };
        let mut found = Vec::new();
        for (number, region) in self.regions.iter().enumerate() {
            let mut words = region.name.split('.');
            if before.iter().all(|wanted| words.any(|word| word == *wanted)) {
                let states = region.states.iter().enumerate().filter(|(_, state)| state.name == *last);
                found.extend(states.map(|(state, _)| (number as u16, state as u16)));
            }
        }
        found
    }

    /// The one state that a path means for whoever asks from nowhere in particular: the outermost where that is one.
    pub(crate) fn state_named(&self, path: &[&str]) -> Result<(u16, u16), NoState> {
        let found = self.named(path);
        let depth = |place: &(u16, u16)| self.around(place.0).count();
        let least = found.iter().map(depth).min().ok_or(NoState::Unknown)?;
        self.only(found.into_iter().filter(|place| depth(place) == least).collect())
    }

    /// The state that a path means for steps of a region: of the own region first, then of those around it, then of those
    /// inside them.
    pub(crate) fn state_from(&self, own: Option<u16>, path: &[&str]) -> Result<(u16, u16), NoState> {
        let Some(own) = own else { return self.state_named(path) };
        let found = self.named(path);
        let first = *found.first().ok_or(NoState::Unknown)?;
        let outwards = std::iter::once(own).chain(self.around(own).map(|(region, _)| region));
        for region in outwards {
            if let Some(place) = found.iter().find(|place| place.0 == region) {
                return Ok(*place);
            }
        }
        let mine: Vec<(u16, u16)> = found.into_iter().filter(|place| !self.beside(own, place.0)).collect();
        if mine.is_empty() {
            return Err(NoState::Beside(self.regions[first.0 as usize].name.clone()));
        }
        self.only(mine)
    }

    fn only(&self, found: Vec<(u16, u16)>) -> Result<(u16, u16), NoState> {
        match found.as_slice() {
            [one] => Ok(*one),
            several => Err(NoState::Several(several.iter().map(|place| self.full_name(*place)).collect())),
        }
    }

    /// Whether two regions run side by side: neither changes what the other is in.
    fn beside(&self, own: u16, other: u16) -> bool {
        let chain = |region: u16| std::iter::once((region, None)).chain(self.around(region).map(|(r, s)| (r, Some(s))));
        for (outer, mine) in chain(own) {
            if let Some((_, theirs)) = chain(other).find(|(region, _)| *region == outer) {
                return mine.is_some() && mine == theirs;
            }
        }
        true
    }
}
