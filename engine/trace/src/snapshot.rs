//! The world at one moment, as far as a trace tells: who is, where, in what
//! state, with what queue and what on its board.
//!
//! A [`Snapshot`] comes from [`crate::Reader::state_at`] and can be carried
//! forward by [`Snapshot::apply`], record after record, as a view does while it
//! plays. It cannot be continued as a simulation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::index::{StateName, Vocabulary};
use crate::schema::{Actor, Fields, Level, Record, Value, Waypoint, What};

/// What is known of every actor at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The moment [ns since the start].
    pub at: u64,
    /// The actors that exist, by number.
    pub actors: BTreeMap<u32, Presence>,
    /// The names of regions, states and holders, each kept once: a million
    /// actors in ten states share ten texts.
    names: BTreeSet<Arc<str>>,
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at && self.actors == other.actors
    }
}

/// What is known of one actor at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Presence {
    /// The actor as declared in the header or when it was spawned; none when
    /// records speak of a number that was never declared.
    pub actor: Option<Arc<Actor>>,
    /// The state of each region, in order of the regions' names.
    pub states: Vec<(Arc<str>, Arc<str>)>,
    /// Where it rests: its beginning, or the end of its last journey.
    pub at: Option<[f64; 2]>,
    /// The journey under way.
    pub journey: Option<Journey>,
    /// How full its holders are and how many wait, in order of the holders' names.
    pub levels: Vec<(Arc<str>, Level)>,
    /// What it shows to everybody, as it was published last.
    pub board: Fields,
    /// The kind of `actor`, at hand without looking there.
    kind: Option<u16>,
    /// Whether it was declared by a spawn rather than by the header.
    pub(crate) spawned: bool,
}

/// A journey under way.
#[derive(Clone, Debug, PartialEq)]
pub struct Journey {
    /// When it is to arrive [ns since the start].
    pub arrive: u64,
    /// Where it passes; never empty.
    pub path: Vec<Waypoint>,
}

impl Snapshot {
    /// A moment with nobody in it.
    pub(crate) fn empty(at: u64) -> Self {
        Snapshot { at, ..Snapshot::default() }
    }

    /// The moment before the first record.
    pub(crate) fn initial(declared: &BTreeMap<u32, Arc<Actor>>) -> Self {
        let present = |(&id, actor): (&u32, &Arc<Actor>)| (id, Presence::of(actor.clone()));
        Snapshot { actors: declared.iter().map(present).collect(), ..Snapshot::default() }
    }

    /// Carries the snapshot past one more record.
    pub fn apply(&mut self, record: &Record) {
        self.at = record.at;
        match &record.what {
            What::State { actor, region, state } => {
                self.enter(*actor, region, state);
            }
            What::Move { actor, arrive, path } => {
                self.presence(*actor).depart(record.at, *arrive, path);
            }
            What::Spawn { actor, .. } => {
                let spawned = Presence { spawned: true, ..Presence::of(Arc::new(actor.clone())) };
                self.actors.insert(actor.id, spawned);
            }
            What::End { actor } => {
                self.actors.remove(actor);
            }
            What::Level { actor, holder, level } => self.fill(*actor, holder, *level),
            What::Board { actor, values } => self.presence(*actor).board.clone_from(values),
            What::Message { .. }
            | What::Note { .. }
            | What::Decision(_)
            | What::Undecided(_)
            | What::Contact(_)
            | What::Written { .. }
            | What::Figures { .. } => {}
        }
    }

    /// Carries the snapshot to a moment without records: journeys that are
    /// over by then become resting places.
    pub fn settle(&mut self, at: u64) {
        self.at = at;
        self.actors.values_mut().for_each(|presence| presence.settle(at));
    }

    /// The states in which actors are now, for a trace that lost its list of all.
    #[must_use]
    pub fn state_names(&self) -> Vec<StateName> {
        let mut states = Vocabulary::default();
        for presence in self.actors.values() {
            if let Some(actor) = &presence.actor {
                for (region, state) in &presence.states {
                    states.note(actor.kind, region, state);
                }
            }
        }
        states.states
    }

    /// Enters a state, or none where it is empty; the kind of the actor, when that is known.
    pub(crate) fn enter(&mut self, actor: u32, region: &str, state: &str) -> Option<u16> {
        let state = self.name(state);
        if state.is_empty() {
            let presence = self.actors.entry(actor).or_default();
            presence.states.retain(|(name, _)| **name != *region);
            return presence.kind;
        }
        let presence = self.actors.entry(actor).or_default();
        match presence.states.binary_search_by(|(name, _)| (**name).cmp(region)) {
            Ok(found) => presence.states[found].1 = state,
            Err(place) => {
                let region = name_of(&mut self.names, region);
                presence.states.insert(place, (region, state));
            }
        }
        presence.kind
    }

    /// A holder has these numbers from now on.
    fn fill(&mut self, actor: u32, holder: &str, level: Level) {
        let presence = self.actors.entry(actor).or_default();
        match presence.levels.binary_search_by(|(name, _)| (**name).cmp(holder)) {
            Ok(found) => presence.levels[found].1 = level,
            Err(place) => presence.levels.insert(place, (name_of(&mut self.names, holder), level)),
        }
    }

    /// The one copy of a name.
    pub(crate) fn name(&mut self, name: &str) -> Arc<str> {
        name_of(&mut self.names, name)
    }

    fn presence(&mut self, actor: u32) -> &mut Presence {
        self.actors.entry(actor).or_default()
    }
}

impl Presence {
    pub(crate) fn of(actor: Arc<Actor>) -> Self {
        Presence { at: actor.at.map(|at| at.map(fixed)), kind: Some(actor.kind), actor: Some(actor), ..Presence::default() }
    }

    /// The state of a region.
    pub fn state(&self, region: &str) -> Option<&str> {
        let found = self.states.iter().find(|(name, _)| **name == *region);
        found.map(|(_, state)| &**state)
    }

    /// The numbers of a holder.
    #[must_use]
    pub fn level(&self, holder: &str) -> Option<Level> {
        let found = self.levels.iter().find(|(name, _)| **name == *holder);
        found.map(|(_, level)| *level)
    }

    /// A value on its board.
    #[must_use]
    pub fn on_board(&self, name: &str) -> Option<&Value> {
        self.board.iter().find(|(shown, _)| shown == name).map(|(_, value)| value)
    }

    /// Where the actor is at a moment [ns since the start], if anywhere:
    /// between two waypoints it moves straight and evenly.
    pub fn position(&self, at: u64) -> Option<[f64; 2]> {
        self.journey.as_ref().map(|journey| journey.position(at)).or(self.at)
    }

    /// Sets off; an empty path stops a journey where it is. Positions are
    /// rounded as in the file, so that writer and reader see the same.
    fn depart(&mut self, now: u64, arrive: u64, path: &[Waypoint]) {
        self.at = self.position(now).map(|at| at.map(fixed));
        let rounded = |point: &Waypoint| Waypoint { lat: fixed(point.lat), lon: fixed(point.lon), at: point.at };
        let path: Vec<_> = path.iter().map(rounded).collect();
        self.journey = (!path.is_empty()).then_some(Journey { arrive, path });
    }

    pub(crate) fn settle(&mut self, at: u64) {
        if let Some(journey) = self.journey.take_if(|journey| journey.over() <= at) {
            self.at = Some(journey.position(u64::MAX));
        }
    }
}

impl Journey {
    /// Where the journey is at a moment [ns since the start].
    pub fn position(&self, at: u64) -> [f64; 2] {
        let next = self.path.partition_point(|point| point.at <= at);
        let place = |point: &Waypoint| [point.lat, point.lon];
        match (next.checked_sub(1).map(|before| &self.path[before]), self.path.get(next)) {
            (Some(a), Some(b)) => {
                let share = (at - a.at) as f64 / (b.at - a.at) as f64;
                [a.lat + (b.lat - a.lat) * share, a.lon + (b.lon - a.lon) * share]
            }
            (Some(only), None) | (None, Some(only)) => place(only),
            (None, None) => unreachable!("a journey has at least one waypoint"),
        }
    }

    /// When it is over: the arrival, and no waypoint left.
    #[must_use]
    pub fn over(&self) -> u64 {
        self.path.last().map_or(self.arrive, |point| point.at.max(self.arrive))
    }
}

fn name_of(names: &mut BTreeSet<Arc<str>>, name: &str) -> Arc<str> {
    if let Some(known) = names.get(name) {
        return known.clone();
    }
    let new = Arc::<str>::from(name);
    names.insert(new.clone());
    new
}

/// A coordinate as the file keeps it.
fn fixed(degrees: f64) -> f64 {
    libm::round(degrees * 1e7) / 1e7
}

#[cfg(test)]
mod tests {
    use super::*;

    fn travel(times: &[u64]) -> Journey {
        let path = times.iter().map(|&at| Waypoint { lat: at as f64, lon: 0.0, at }).collect();
        Journey { arrive: 20, path }
    }

    #[test]
    fn a_journey_is_even_between_waypoints() {
        let journey = travel(&[10, 20]);
        let lat = |at| journey.position(at)[0];
        assert_eq!([0, 10, 13, 20, 99].map(lat), [10.0, 10.0, 13.0, 20.0, 20.0]);
    }

    #[test]
    fn waypoints_out_of_order_or_at_once_do_no_harm() {
        for times in [&[10, 10, 10][..], &[20, 10, 15], &[5]] {
            let journey = travel(times);
            for at in 0..30 {
                assert!((5.0..=20.0).contains(&journey.position(at)[0]), "{times:?} at {at}");
            }
        }
    }

    #[test]
    fn an_empty_path_stops_a_journey_where_it_is() {
        let mut presence = Presence { journey: Some(travel(&[10, 20])), ..Presence::default() };
        presence.depart(15, 15, &[]);
        assert_eq!((presence.at, presence.journey), (Some([15.0, 0.0]), None));
    }
}
