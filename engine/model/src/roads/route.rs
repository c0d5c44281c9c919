//! Ways across the roads, and where one is along them.
//!
//! Routes are the fastest at free flow, found in a contraction hierarchy with
//! whole milliseconds, so equal input gives equal routes on every machine. Of
//! equally fast routes it is always the same one, but not said which.
//!
//! # Source
//! Geisberger et al., "Contraction Hierarchies" (2008), by way of `fast_paths`.

use fast_paths::PathCalculator;

use super::Roads;
use super::read::travel_ms;

/// Vehicles slower than this are taken to go at it \[m/s\].
const SLOWEST_M_PER_S: f64 = 0.1;

/// Finds routes. Holds the scratch memory of a search: one for each thread.
pub struct Router {
    calculator: PathCalculator,
}

impl std::fmt::Debug for Router {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Router").finish_non_exhaustive()
    }
}

impl Router {
    /// A router for these roads. Takes memory in proportion to their nodes.
    pub fn new(roads: &Roads) -> Self {
        Self { calculator: fast_paths::create_calculator(&roads.hierarchy) }
    }

    /// The fastest route at free flow; `None` only if a node does not exist.
    ///
    /// # Panics
    /// If the roads have another number of nodes than those it was made for.
    pub fn route(&mut self, roads: &Roads, from: u32, to: u32) -> Option<Route> {
        let path = self.path(roads, from, to)?;
        let nodes: Vec<u32> = path.get_nodes().iter().map(|&node| node as u32).collect();
        let mut route = Route { cumulative_ms: Vec::with_capacity(nodes.len()), nodes, metres: 0.0 };
        let mut total_ms = 0_u32;
        route.cumulative_ms.push(total_ms);
        for pair in route.nodes.windows(2) {
            let (ms, metres) = roads.edge(pair[0], pair[1])?;
            total_ms = total_ms.saturating_add(ms);
            route.cumulative_ms.push(total_ms);
            route.metres += metres;
        }
        Some(route)
    }

    /// The time of the fastest route at free flow \[ms\].
    ///
    /// `None` only if a node does not exist. Somewhat cheaper than
    /// [`Router::route`]: about 12 against 18 microseconds across Andorra.
    ///
    /// # Panics
    /// As [`Router::route`].
    pub fn travel_ms(&mut self, roads: &Roads, from: u32, to: u32) -> Option<u32> {
        let path = self.path(roads, from, to)?;
        Some(u32::try_from(path.get_weight()).unwrap_or(u32::MAX))
    }

    fn path(&mut self, roads: &Roads, from: u32, to: u32) -> Option<fast_paths::ShortestPath> {
        let (from, to) = (from as usize, to as usize);
        if from.max(to) >= roads.node_count() {
            return None;
        }
        self.calculator.calc_path(&roads.hierarchy, from, to)
    }
}

/// A way through the roads, and when each node of it is passed.
#[derive(Clone, Debug, PartialEq)]
pub struct Route {
    /// The nodes from start to end, both included; one if they are the same.
    pub nodes: Vec<u32>,
    /// When each node is reached after leaving the first \[ms\], from 0 upwards.
    pub cumulative_ms: Vec<u32>,
    /// The length of the way \[m\].
    pub metres: f64,
}

impl Route {
    /// How long the whole route takes \[ms\].
    pub fn duration_ms(&self) -> u32 {
        self.cumulative_ms.last().copied().unwrap_or(0)
    }

    /// Where one is so long after leaving \[ms\].
    ///
    /// The last node passed, the next, and how far between them (0 up to 1).
    /// From the end of the route on, the last node twice and 0.
    pub fn position_at(&self, ms: u32) -> (u32, u32, f64) {
        let index = self.passed(ms);
        let before = self.nodes[index];
        let Some(&next) = self.nodes.get(index + 1) else {
            return (before, before, 0.0);
        };
        let start_ms = self.cumulative_ms[index];
        let leg_ms = self.cumulative_ms[index + 1] - start_ms;
        (before, next, f64::from(ms - start_ms) / f64::from(leg_ms))
    }

    /// The last node passed so long after leaving \[ms\].
    pub fn node_at(&self, ms: u32) -> u32 {
        self.nodes[self.passed(ms)]
    }

    /// The same way in a vehicle that does not go faster than `top_speed_m_per_s`.
    ///
    /// Pieces that were slower stay as they were. A speed that is no number or
    /// below 0.1 m/s counts as 0.1 m/s.
    pub fn limited_to(&self, roads: &Roads, top_speed_m_per_s: f64) -> Self {
        let top_m_per_s = top_speed_m_per_s.max(SLOWEST_M_PER_S);
        let mut limited = self.clone();
        for index in 1..self.nodes.len() {
            let own_ms = self.cumulative_ms[index] - self.cumulative_ms[index - 1];
            let leg_ms = match roads.edge(self.nodes[index - 1], self.nodes[index]) {
                Some((_, metres)) => travel_ms(metres, top_m_per_s).max(own_ms),
                None => own_ms,
            };
            limited.cumulative_ms[index] = limited.cumulative_ms[index - 1].saturating_add(leg_ms);
        }
        limited
    }

    /// The index of the last node whose time has come.
    fn passed(&self, ms: u32) -> usize {
        self.cumulative_ms.partition_point(|&at| at <= ms) - 1
    }
}
