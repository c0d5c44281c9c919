//! Movement along the roads: routes that are remembered, and where a traveller is now.

use rehearsal_model::roads::{Roads, Route, Router};
use std::collections::BTreeMap;
use std::sync::Arc;

/// A drive under way.
#[derive(Clone, Debug)]
pub struct Journey {
    /// The way.
    pub route: Arc<Route>,
    /// When it began [ns].
    pub from: u64,
    /// How much longer it takes than on empty roads.
    pub factor: f64,
}

impl Journey {
    /// The road node passed last.
    #[must_use]
    pub fn node_at(&self, now: u64) -> u32 {
        let free = now.saturating_sub(self.from) as f64 / 1e6 / self.factor;
        self.route.node_at(free.min(f64::from(u32::MAX)) as u32)
    }

    /// Nanoseconds the whole way takes.
    #[must_use]
    pub fn duration(&self) -> u64 {
        (f64::from(self.route.duration_ms()) * self.factor * 1e6) as u64
    }
}

/// Finds ways, and remembers them.
#[derive(Debug)]
pub struct Travel {
    roads: Arc<Roads>,
    router: Router,
    /// Ways by ends and top speed, each with whether it was asked for again since the last sweep.
    known: BTreeMap<(u32, u32, u32), (Arc<Route>, bool)>,
    /// The fastest that any road allows [m/s]: a vehicle that can do more is not limited.
    fastest: f64,
}

/// Ways remembered before those of a single drive are forgotten; a bound on memory, without influence on results.
const ROUTES_MAX: usize = 60_000;

impl Travel {
    /// Travel on `roads`.
    #[must_use]
    pub fn new(roads: Arc<Roads>) -> Travel {
        let router = Router::new(&roads);
        let speeds = (0..roads.node_count() as u32).flat_map(|node| roads.edges_from(node));
        let fastest = speeds.map(|(_, ms, metres)| metres / f64::from(ms.max(1)) * 1e3).fold(0.0, f64::max);
        Travel { roads, router, known: BTreeMap::new(), fastest }
    }

    /// The map.
    #[must_use]
    pub fn roads(&self) -> &Roads {
        &self.roads
    }

    /// The fastest way between two nodes on empty roads, for a vehicle of `top_speed` [m/s] (0: no limit).
    ///
    /// Cost: a look-up where the way is known, else tens of microseconds.
    pub fn route(&mut self, from: u32, to: u32, top_speed: f64) -> Option<Arc<Route>> {
        let limited = top_speed > 0.0 && top_speed < self.fastest;
        let key = (from, to, if limited { (top_speed * 100.0) as u32 } else { 0 });
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
