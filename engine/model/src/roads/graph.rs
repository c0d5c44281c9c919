//! The road graph: who asks, and what it answers.
//!
//! Nodes are OSM nodes, numbered densely in ascending OSM id; edges are the
//! straight pieces between them, one for each direction that may be driven.
//! Immutable once read. Ways across it are found by `Router`.

use std::collections::BTreeMap;
use std::fmt;

use fast_paths::FastGraph;

use super::area::Area;
use super::pbf::KEPT_KEYS;
use super::place::{Grid, Tagged, distance};
use super::speed::RoadClass;

/// The mean radius of the Earth \[m\].
const EARTH_METRES: f64 = 6_371_008.8;

/// A road network in which every node reaches every other.
///
/// Immutable and `Sync`: share one, and give each thread a
/// [`Router`](super::Router).
pub struct Roads {
    pub(super) osm_ids: Vec<i64>,
    /// Latitude and longitude \[degrees\].
    pub(super) positions: Vec<(f64, f64)>,
    pub(super) projection: Projection,
    /// Projected positions \[m\].
    pub(super) xy: Vec<[f64; 2]>,
    pub(super) grid: Grid,
    /// The edges out of node `n` are `first[n]..first[n + 1]`, by target.
    pub(super) first: Vec<u32>,
    pub(super) targets: Vec<u32>,
    pub(super) edge_ms: Vec<u32>,
    pub(super) edge_metres: Vec<f64>,
    pub(super) hierarchy: FastGraph,
    pub(super) homes: Vec<u32>,
    pub(super) polylines: Vec<Polyline>,
    pub(super) areas: Vec<Area>,
    /// By index in `KEPT_KEYS`, then by value.
    pub(super) tagged: BTreeMap<(usize, String), Vec<Tagged>>,
    pub(super) dropped_nodes: usize,
}

/// A stretch of one OSM way, for drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Polyline {
    /// The class of the way.
    pub class: RoadClass,
    /// Its `name`, or else its `ref` such as `CG-1`.
    pub name: Option<String>,
    /// The nodes along it, at least two.
    pub nodes: Vec<u32>,
}

/// An equirectangular projection about a centre.
///
/// True to scale along the centre's parallel; at a tenth of a degree from it
/// east-west lengths are off by about 0.2 % at the latitude of Andorra.
#[derive(Clone, Copy, Debug)]
pub(super) struct Projection {
    lat: f64,
    lon: f64,
    shrink: f64,
}

impl Projection {
    pub(super) fn about(lat: f64, lon: f64) -> Self {
        let shrink = libm::cos(lat.to_radians());
        Self { lat, lon, shrink }
    }

    pub(super) fn xy(&self, (lat, lon): (f64, f64)) -> [f64; 2] {
        let east = (lon - self.lon).to_radians() * self.shrink;
        let north = (lat - self.lat).to_radians();
        [east * EARTH_METRES, north * EARTH_METRES]
    }
}

/// The length of a short straight piece \[m\], true at its own latitude.
pub(super) fn metres_between(a: (f64, f64), b: (f64, f64)) -> f64 {
    let here = Projection::about(f64::midpoint(a.0, b.0), f64::midpoint(a.1, b.1));
    distance(here.xy(a), here.xy(b))
}

impl Roads {
    /// How many nodes there are; their numbers are `0..node_count`.
    pub fn node_count(&self) -> usize {
        self.positions.len()
    }

    /// How many directed edges there are.
    pub fn edge_count(&self) -> usize {
        self.targets.len()
    }

    /// How many drivable nodes were left out, because from them the rest
    /// cannot be reached or the other way round.
    pub fn dropped_nodes(&self) -> usize {
        self.dropped_nodes
    }

    /// The OpenStreetMap id of a node.
    ///
    /// # Panics
    /// If there is no such node; so do all questions about one node.
    pub fn osm_id(&self, node: u32) -> i64 {
        self.osm_ids[node as usize]
    }

    /// Latitude and longitude of a node \[degrees, WGS 84\].
    pub fn position(&self, node: u32) -> (f64, f64) {
        self.positions[node as usize]
    }

    /// A node east and north of the centre of the roads \[m\].
    ///
    /// Equirectangular about the middle of their bounding box, so good for
    /// drawing and for distances within a region, not across a continent.
    pub fn xy(&self, node: u32) -> [f64; 2] {
        self.xy[node as usize]
    }

    /// The edges out of a node: target, free-flow time \[ms\], length \[m\].
    ///
    /// By ascending target, each target once.
    pub fn edges_from(&self, node: u32) -> impl Iterator<Item = (u32, u32, f64)> + '_ {
        let edges = self.first[node as usize] as usize..self.first[node as usize + 1] as usize;
        edges.map(|e| (self.targets[e], self.edge_ms[e], self.edge_metres[e]))
    }

    /// Free-flow time \[ms\] and length \[m\] of the edge between two nodes.
    pub fn edge(&self, from: u32, to: u32) -> Option<(u32, f64)> {
        self.edges_from(from).find(|(target, ..)| *target == to).map(|(_, ms, metres)| (ms, metres))
    }

    /// What carries a tag, such as `("amenity", "fuel")`, by ascending OSM id.
    ///
    /// OSM nodes and ways; ways lie at their centroid. A value of several,
    /// `fuel;car_wash`, is found under each. Empty for keys other than
    /// [`KEPT_KEYS`].
    pub fn tagged(&self, key: &str, value: &str) -> Vec<Tagged> {
        let index = KEPT_KEYS.iter().position(|kept| *kept == key);
        index.and_then(|index| self.tagged.get(&(index, value.to_owned()))).cloned().unwrap_or_default()
    }

    /// The values that occur for a kept key and how often, by value.
    pub fn tagged_values(&self, key: &str) -> Vec<(&str, usize)> {
        self.tagged
            .iter()
            .filter(|((index, _), _)| KEPT_KEYS[*index] == key)
            .map(|((_, value), found)| (value.as_str(), found.len()))
            .collect()
    }

    /// The nodes where people can live, ascending: those on residential,
    /// living street, unclassified and tertiary ways.
    pub fn homes(&self) -> &[u32] {
        &self.homes
    }

    /// The node nearest to a position \[degrees\] and how far it is \[m\].
    ///
    /// A position that is no number gives node 0, infinitely far.
    pub fn nearest_node(&self, lat: f64, lon: f64) -> (u32, f64) {
        self.grid.nearest(&self.xy, self.projection.xy((lat, lon)))
    }

    /// The nodes at most so far from a node in a straight line \[m\], ascending,
    /// the node itself among them.
    pub fn nodes_within(&self, node: u32, metres: f64) -> Vec<u32> {
        self.grid.within(&self.xy, self.xy(node), metres)
    }

    /// The stretches of road for drawing, by ascending OSM id of the way.
    pub fn polylines(&self) -> &[Polyline] {
        &self.polylines
    }

    /// Water, woods, buildings and what the land is used for, for drawing under
    /// the roads, by ascending OSM id of the way.
    ///
    /// Closed ways alone, thinned, and of a large map only the largest; see
    /// [`Land`](super::Land) for which.
    pub fn areas(&self) -> &[Area] {
        &self.areas
    }
}

impl fmt::Debug for Roads {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Roads")
            .field("nodes", &self.node_count())
            .field("edges", &self.edge_count())
            .field("dropped_nodes", &self.dropped_nodes)
            .finish_non_exhaustive()
    }
}
