//! Movement along the roads: routes that are remembered, and where a traveller is now.

use rehearsal_model::roads::{Roads, Route, Router};
use std::collections::BTreeMap;
use std::ops::{Index, IndexMut};
use std::sync::Arc;

/// A drive under way.
#[derive(Clone, Debug)]
pub(crate) struct Journey {
    /// The way.
    pub(crate) route: Arc<Route>,
    /// When it began \[ns\].
    pub(crate) from: u64,
    /// How much longer it takes than on empty roads.
    pub(crate) factor: f64,
}

impl Journey {
    /// The road node passed last.
    #[must_use]
    pub(crate) fn node_at(&self, now: u64) -> u32 {
        let free = now.saturating_sub(self.from) as f64 / 1e6 / self.factor;
        self.route.node_at(free.min(f64::from(u32::MAX)) as u32)
    }

    /// Nanoseconds the whole way takes.
    #[must_use]
    pub(crate) fn duration(&self) -> u64 {
        (f64::from(self.route.duration_ms()) * self.factor * 1e6) as u64
    }
}

/// The journeys of a kind: at the index of each actor that has ever moved the journey it is on.
#[derive(Debug, Default)]
pub(crate) struct Journeys(Vec<Option<Journey>>);

impl Clone for Journeys {
    fn clone(&self) -> Journeys {
        Journeys(self.0.clone())
    }

    /// Copies into the memory that is there.
    fn clone_from(&mut self, source: &Journeys) {
        self.0.clone_from(&source.0);
    }
}

impl Journeys {
    /// Those under way, with the index of who is on it.
    pub(crate) fn under_way(&self) -> impl Iterator<Item = (usize, &Journey)> {
        self.0.iter().enumerate().filter_map(|(index, journey)| Some((index, journey.as_ref()?)))
    }
}

impl Index<usize> for Journeys {
    type Output = Option<Journey>;

    fn index(&self, index: usize) -> &Option<Journey> {
        self.0.get(index).unwrap_or(&None)
    }
}

impl IndexMut<usize> for Journeys {
    fn index_mut(&mut self, index: usize) -> &mut Option<Journey> {
        if self.0.len() <= index {
            self.0.resize(index + 1, None);
        }
        &mut self.0[index]
    }
}

/// How far a recorded place may lie from the true one at the same moment \[m\].
const RECORD_WITHIN: f64 = 25.0;

/// The points of a way that are enough to know at any moment where a traveller is, within [`RECORD_WITHIN`]: indices of
/// its nodes.
///
/// # Source
/// N. Meratnia and R. A. de By, "Spatiotemporal compression techniques for moving point objects" (2004): the top-down
/// time-ratio method, Douglas and Peucker's with the distance taken at the same moment.
pub(crate) fn sketch(roads: &Roads, route: &Route) -> Vec<usize> {
    let last = route.nodes.len().saturating_sub(1);
    let mut kept = vec![0];
    let mut spans = vec![(0, last)];
    while let Some((from, to)) = spans.pop() {
        let worst = (from + 1..to)
            .map(|at| (drift(roads, route, (from, to), at), at))
            .fold((0.0, 0), |worst, found| if found.0 > worst.0 { found } else { worst });
        if worst.0 > RECORD_WITHIN {
            spans.push((worst.1, to));
            spans.push((from, worst.1));
        } else if to > from {
            kept.push(to);
        }
    }
    kept
}

/// How far node `at` lies from where a straight, even way between two others would be at its moment \[m\].
fn drift(roads: &Roads, route: &Route, (from, to): (usize, usize), at: usize) -> f64 {
    let ([ax, ay], [bx, by], [x, y]) = (roads.xy(route.nodes[from]), roads.xy(route.nodes[to]), roads.xy(route.nodes[at]));
    let (start, end) = (f64::from(route.cumulative_ms[from]), f64::from(route.cumulative_ms[to]));
    let share = (f64::from(route.cumulative_ms[at]) - start) / (end - start).max(1.0);
    let (dx, dy) = (ax + share * (bx - ax) - x, ay + share * (by - ay) - y);
    libm::sqrt(dx * dx + dy * dy)
}

/// Finds ways, and remembers them.
#[derive(Debug)]
pub(crate) struct Travel {
    roads: Arc<Roads>,
    router: Router,
    /// Ways by ends and top speed, each with whether it was asked for again since the last sweep.
    known: BTreeMap<(u32, u32, u64), (Arc<Route>, bool)>,
    /// The fastest that any road allows \[m/s\]: a vehicle that can do more is not limited.
    fastest: f64,
}

/// Ways remembered before those of a single drive are forgotten; a bound on memory, without influence on results.
const ROUTES_MAX: usize = 60_000;

impl Travel {
    /// Travel on `roads`.
    #[must_use]
    pub(crate) fn new(roads: Arc<Roads>) -> Travel {
        let router = Router::new(&roads);
        let speeds = (0..roads.node_count() as u32).flat_map(|node| roads.edges_from(node));
        let fastest = speeds.map(|(_, ms, metres)| metres / f64::from(ms.max(1)) * 1e3).fold(0.0, f64::max);
        Travel { roads, router, known: BTreeMap::new(), fastest }
    }

    /// Travel on the same roads that has not found any ways yet.
    #[must_use]
    pub(crate) fn afresh(&self) -> Travel {
        let (roads, router) = (self.roads.clone(), Router::new(&self.roads));
        Travel { roads, router, known: BTreeMap::new(), fastest: self.fastest }
    }

    /// The map.
    #[must_use]
    pub(crate) fn roads(&self) -> &Roads {
        &self.roads
    }

    /// The fastest way between two nodes on empty roads, for a vehicle of `top_speed` \[m/s\] (0: no limit).
    ///
    /// Cost: a look-up where the way is known, else tens of microseconds.
    pub(crate) fn route(&mut self, from: u32, to: u32, top_speed: f64) -> Option<Arc<Route>> {
        let limited = top_speed > 0.0 && top_speed < self.fastest;
        let key = (from, to, if limited { top_speed.to_bits() } else { 0 });
        if let Some((route, again)) = self.known.get_mut(&key) {
            *again = true;
            return Some(route.clone());
        }
        let mut route = self.router.route(&self.roads, from, to)?;
        if limited {
            route = route.limited_to(&self.roads, top_speed);
        }
        if self.known.len() >= ROUTES_MAX {
            // Ways that are used again and again stay; those of one drive go.
            self.known.retain(|_, (_, again)| std::mem::take(again));
        }
        let route = Arc::new(route);
        self.known.insert(key, (route.clone(), false));
        Some(route)
    }
}
