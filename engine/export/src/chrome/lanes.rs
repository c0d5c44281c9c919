//! Threads of a timeline: which slices are open on which, so that slices always lie within one another.
//!
//! Regions inside a state share the thread of the state they lie in, one within the other. Regions side by side cannot:
//! each has a thread of its own.

use std::collections::{BTreeMap, BTreeSet};

/// The lane of an actor that is always there, named by the actor alone.
pub(super) const FIRST: &str = "";
/// The lane of journeys.
pub(super) const JOURNEYS: &str = "journeys";
/// The only region of a kind that names none; regions within its states leave its name out.
pub(super) const MAIN: &str = "main";

/// Room for the lanes of an actor in the order of all.
const LANES: u64 = 64;

/// A slice of a thread.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slice {
    pub(super) actor: u32,
    pub(super) thread: u64,
    /// `state`, `journey` or `life`.
    pub(super) what: &'static str,
    pub(super) name: String,
    pub(super) region: String,
    /// \[ns since the start\].
    pub(super) from: u64,
    /// \[ns since the start\].
    pub(super) to: u64,
    /// Which slice was opened first.
    pub(super) order: u64,
}

/// The threads of all actors that are shown.
pub(super) struct Lanes {
    threads: BTreeMap<(u32, String), u64>,
    next: u64,
    /// The place of each actor among those that are shown.
    places: BTreeMap<u32, u64>,
    /// Open slices of a thread, the outer before the inner.
    open: BTreeMap<u64, Vec<Slice>>,
    /// The lane of each region that an actor was in, in order of the lanes' appearance.
    regions: BTreeMap<u32, Vec<(String, String)>>,
    /// The present state of each region.
    states: BTreeMap<(u32, String), String>,
    born: BTreeMap<u32, u64>,
    gone: BTreeMap<u32, u64>,
    order: u64,
}

impl Lanes {
    /// Threads are numbered from above the processes, so that none looks like the main thread of one.
    pub(super) fn new(kinds: usize, shown: &BTreeSet<u32>) -> Lanes {
        let (threads, open, regions, states, born, gone) = Default::default();
        let places = shown.iter().copied().zip(0..).collect();
        Lanes { threads, next: kinds as u64 + 2, places, open, regions, states, born, gone, order: 0 }
    }

    pub(super) fn born(&mut self, actor: u32, at: u64) {
        self.born.insert(actor, at);
    }

    /// The number of a thread, and whether it is new.
    pub(super) fn thread(&mut self, actor: u32, lane: &str) -> (u64, bool) {
        if let Some(&thread) = self.threads.get(&(actor, lane.to_owned())) {
            return (thread, false);
        }
        let thread = self.next;
        self.next += 1;
        self.threads.insert((actor, lane.to_owned()), thread);
        (thread, true)
    }

    /// Where a lane stands among all: by actor, its journeys last.
    pub(super) fn order(&self, actor: u32, lane: &str) -> u64 {
        let among_own = match lane {
            FIRST => 0,
            JOURNEYS => LANES - 1,
            _ => {
                let mut lanes = self.regions.get(&actor).into_iter().flatten().map(|(_, lane)| lane);
                let place = lanes.position(|have| have == lane).map_or(LANES, |place| place as u64 + 1);
                place.min(LANES - 2)
            }
        };
        self.places.get(&actor).copied().unwrap_or(0) * LANES + among_own
    }

    /// The lane of a region: that of the region in whose state it lies, or its own.
    pub(super) fn lane(&mut self, actor: u32, region: &str) -> String {
        let known = self.regions.entry(actor).or_default();
        if let Some((_, lane)) = known.iter().find(|(have, _)| have == region) {
            return lane.clone();
        }
        let around = known.iter().filter(|(have, _)| inside(region, have).is_some()).max_by_key(|(have, _)| have.len());
        let lane = match around {
            Some((around, lane)) => {
                let single = inside(region, around).is_some_and(|rest| !rest.contains('.'));
                if single { lane.clone() } else { region.to_owned() }
            }
            None => {
                let main = self.states.get(&(actor, MAIN.to_owned()));
                let first = region.split('.').next().unwrap_or(region);
                let within_main = main.is_some_and(|state| state == first) && region != MAIN;
                // Its first region an actor has on the lane that is always there.
                let alone = if within_main { !region.contains('.') } else { known.is_empty() };
                if alone { FIRST.to_owned() } else { region.to_owned() }
            }
        };
        known.push((region.to_owned(), lane.clone()));
        lane
    }

    /// A state is entered, or the region left where it is empty; gives the slices that end with that.
    pub(super) fn enter(&mut self, actor: u32, thread: u64, at: u64, region: &str, state: &str) -> Vec<Slice> {
        self.states.insert((actor, region.to_owned()), state.to_owned());
        let open = self.open.entry(thread).or_default();
        let place = open.iter().position(|slice| slice.region == region).unwrap_or(open.len());
        let closed = open.split_off(place).into_iter().map(|slice| Slice { to: at, ..slice }).collect();
        if !state.is_empty() {
            let (name, region, what) = (state.to_owned(), region.to_owned(), "state");
            open.push(Slice { actor, thread, what, name, region, from: at, to: at, order: self.order });
            self.order += 1;
        }
        closed
    }

    /// A journey begins; gives the one that it replaces or that is over.
    pub(super) fn depart(&mut self, actor: u32, thread: u64, at: u64, arrive: u64) -> Vec<Slice> {
        let open = self.open.entry(thread).or_default();
        let over = open.drain(..).map(|slice| Slice { to: slice.to.min(at), ..slice }).collect();
        let (name, region) = ("on the way".to_owned(), String::new());
        open.push(Slice { actor, thread, what: "journey", name, region, from: at, to: arrive.max(at), order: self.order });
        self.order += 1;
        over
    }

    /// An actor ceases to be; gives its open slices.
    pub(super) fn leave(&mut self, actor: u32, at: u64) -> Vec<Slice> {
        self.gone.insert(actor, at);
        let lanes = self.threads.range((actor, String::new())..).take_while(|((id, _), _)| *id == actor);
        let threads: Vec<u64> = lanes.map(|(_, thread)| *thread).collect();
        let mut closed = Vec::new();
        for thread in threads {
            closed.extend(self.open.remove(&thread).into_iter().flatten().map(|slice| ended(slice, at)));
        }
        closed
    }

    /// Everything that is open at the end, and the lives of those who never had a state.
    pub(super) fn end(&mut self, at: u64) -> Vec<Slice> {
        let mut closed: Vec<Slice> =
            std::mem::take(&mut self.open).into_values().flatten().map(|slice| ended(slice, at)).collect();
        for ((actor, lane), &thread) in &self.threads {
            let states = self.regions.get(actor).is_some_and(|regions| !regions.is_empty());
            if lane == FIRST && !states {
                let from = self.born.get(actor).copied().unwrap_or(0);
                let to = self.gone.get(actor).copied().unwrap_or(at).max(from);
                let (name, region, what) = ("there".to_owned(), String::new(), "life");
                closed.push(Slice { actor: *actor, thread, what, name, region, from, to, order: self.order });
                self.order += 1;
            }
        }
        closed
    }
}

/// A slice that ends at a moment; a journey ends by itself before.
fn ended(slice: Slice, at: u64) -> Slice {
    let to = if slice.what == "journey" { slice.to.min(at) } else { at };
    Slice { to: to.max(slice.from), ..slice }
}

/// What the name of a region has behind that of another in which it lies.
fn inside<'r>(region: &'r str, around: &str) -> Option<&'r str> {
    region.strip_prefix(around)?.strip_prefix('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(lanes: &mut Lanes, at: u64, region: &str, state: &str) -> (String, Vec<Slice>) {
        let lane = lanes.lane(1, region);
        let (thread, _) = lanes.thread(1, &lane);
        let closed = lanes.enter(1, thread, at, region, state);
        (lane, closed)
    }

    #[test]
    fn inner_regions_share_the_lane_of_the_outer_and_those_side_by_side_do_not() {
        let mut lanes = Lanes::new(3, &[1].into());
        let mut lane = |region, state| enter(&mut lanes, 0, region, state).0;
        assert_eq!(lane("day", "driving"), FIRST);
        assert_eq!(lane("day.driving", "to_work"), FIRST);
        assert_eq!(lane("trouble", "it_runs"), "trouble");
        assert_eq!(lane("trouble.it_runs", "dated"), "trouble");
        assert_eq!(lane("trouble.it_runs.dated", "has_a_date"), "trouble");
        let mut lanes = Lanes::new(3, &[1].into());
        let mut lane = |region, state| enter(&mut lanes, 0, region, state).0;
        assert_eq!(lane(MAIN, "working"), FIRST);
        assert_eq!(lane("working", "cutting"), FIRST);
        let mut lanes = Lanes::new(3, &[1].into());
        let mut lane = |region, state| enter(&mut lanes, 0, region, state).0;
        assert_eq!(lane(MAIN, "on"), FIRST);
        assert_eq!(lane("on.screen", "dark"), "on.screen");
        assert_eq!(lane("on.sound", "loud"), "on.sound");
        assert_eq!(lane("on.screen.dark", "dim"), "on.screen");
    }

    #[test]
    fn leaving_the_outer_state_leaves_the_inner() {
        let mut lanes = Lanes::new(1, &[1].into());
        enter(&mut lanes, 0, "day", "driving");
        enter(&mut lanes, 0, "day.driving", "to_work");
        let (_, closed) = enter(&mut lanes, 5, "day", "at_work");
        let ends: Vec<_> = closed.iter().map(|slice| (slice.name.as_str(), slice.from, slice.to)).collect();
        assert_eq!(ends, [("driving", 0, 5), ("to_work", 0, 5)]);
        assert!(enter(&mut lanes, 6, "day.driving", "").1.is_empty());
        let end = lanes.end(9);
        assert_eq!(end.iter().map(|slice| (slice.name.as_str(), slice.from, slice.to)).collect::<Vec<_>>(), [("at_work", 5, 9)]);
    }

    #[test]
    fn a_journey_ends_by_itself_or_where_the_next_begins() {
        let mut lanes = Lanes::new(1, &[1].into());
        let (thread, _) = lanes.thread(1, JOURNEYS);
        assert!(lanes.depart(1, thread, 0, 10).is_empty());
        assert_eq!(lanes.depart(1, thread, 4, 8)[0].to, 4);
        assert_eq!(lanes.depart(1, thread, 20, 30)[0].to, 8);
        assert_eq!(lanes.end(25)[0].to, 25);
    }

    #[test]
    fn who_has_no_states_is_there_from_birth_to_end() {
        let mut lanes = Lanes::new(1, &[1].into());
        lanes.born(1, 3);
        lanes.thread(1, FIRST);
        lanes.leave(1, 7);
        let life = &lanes.end(9)[0];
        assert_eq!((life.what, life.from, life.to), ("life", 3, 7));
    }
}
