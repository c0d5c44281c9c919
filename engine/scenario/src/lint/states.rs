//! States that nothing leads to.

use crate::fault::Fault;
use crate::tables::{KindInfo, Tables};
use std::collections::BTreeSet;

impl Tables {
    /// Adds the states in which no actor can ever be.
    pub(super) fn unreached_states(&self, found: &mut Vec<Fault>) {
        for (number, kind) in (0..).zip(&self.kinds).filter(|(_, kind)| kind.native.is_none()) {
            let reached = Reached::of(kind, number, self);
            for (region, info) in (0..).zip(&kind.regions) {
                for (state, info) in (0..).zip(&info.states).filter(|(state, _)| !reached.states.contains(&(region, *state))) {
                    let name = kind.full_name((region, state));
                    let message = format!(
                        "state `{name}` of {} is never entered: it is not initial, and no Goto that is reached leads to it",
                        kind.name
                    );
                    found.push(Fault::new(info.node.at, message).help(format!("add a Goto({}), or remove the state", info.name)));
                }
            }
        }
    }
}

/// The states that can be reached, found by going on from those that can.
struct Reached<'k> {
    kind: &'k KindInfo,
    states: BTreeSet<(u16, u16)>,
}

impl Reached<'_> {
    fn of<'k>(kind: &'k KindInfo, number: u16, tables: &Tables) -> Reached<'k> {
        let mut reached = Reached { kind, states: BTreeSet::new() };
        for region in (0..kind.regions.len() as u16).filter(|region| kind.regions[*region as usize].parent.is_none()) {
            reached.begin(region);
        }
        loop {
            let before = reached.states.len();
            for (_, from, to, _) in tables.recorded.gotos.iter().filter(|(by, ..)| *by == number) {
                if reached.can_stand(*from) {
                    reached.enter(*to);
                }
            }
            if reached.states.len() == before {
                return reached;
            }
        }
    }

    /// Whether an actor can be where a step stands.
    fn can_stand(&self, from: Option<(u16, Option<u16>)>) -> bool {
        match from {
            None => true,
            Some((region, Some(state))) => self.states.contains(&(region, state)),
            Some((region, None)) => self.kind.regions[region as usize].parent.is_none_or(|outer| self.states.contains(&outer)),
        }
    }

    /// A region begins in its initial state.
    fn begin(&mut self, region: u16) {
        let info = &self.kind.regions[region as usize];
        let initial = info.initial.as_text().and_then(|name| info.states.iter().position(|state| state.name == name));
        if let Some(state) = initial {
            self.enter((region, state as u16));
        }
    }

    /// A state is entered, with those around it, and the regions inside all of them begin.
    fn enter(&mut self, place: (u16, u16)) {
        let around: Vec<(u16, u16)> = self.kind.outwards((place.0, Some(place.1))).collect();
        for (region, state) in around {
            if self.states.insert((region, state)) {
                for inner in self.kind.regions[region as usize].states[state as usize].regions.clone() {
                    self.begin(inner);
                }
            }
        }
    }
}
