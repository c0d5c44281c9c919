//! From a file to [`Roads`]: resolve, connect, keep what is connected, prepare.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use fast_paths::InputGraph;

use super::area;
use super::component::{self, Rows};
use super::graph::{Projection, metres_between};
use super::pbf::{self, Extract, Node, Site, Way};
use super::place::{Grid, Tagged};
use super::speed::Direction;
use super::{Polyline, Roads, RoadsError};

/// The largest file read \[bytes\].
const FILE_MAX_BYTES: u64 = 1 << 30;

/// Marks a node that is not part of the roads.
const NOWHERE: u32 = u32::MAX;

/// A directed piece of road between two nodes.
#[derive(Clone, Copy, Debug)]
struct Edge {
    from: u32,
    to: u32,
    ms: u32,
    metres: f64,
}

impl Roads {
    /// Reads an OpenStreetMap extract (`.osm.pbf`) and prepares it for routing.
    ///
    /// Takes under a tenth of a second for 16,000 nodes. The same file gives
    /// the same roads, node by node. A file that was cut off exactly between
    /// two blocks is taken for a smaller map, since the format marks no end.
    ///
    /// # Errors
    /// If the file is missing, too large, not a PBF file, cut off, corrupted,
    /// in need of an unknown feature, or without drivable ways.
    pub fn read(path: &Path) -> Result<Self, RoadsError> {
        let unreadable = |source| RoadsError::Unreadable { path: path.to_owned(), source };
        let mut bytes = Vec::new();
        let file = File::open(path).map_err(unreadable)?;
        file.take(FILE_MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > FILE_MAX_BYTES {
            return Err(RoadsError::TooLarge { limit_bytes: FILE_MAX_BYTES });
        }
        Self::from_bytes(&bytes)
    }

    /// Like [`Roads::read`], from the contents of a file.
    ///
    /// # Errors
    /// The same, except that nothing can be missing.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RoadsError> {
        build(pbf::extract(bytes)?)
    }
}

fn build(mut extract: Extract) -> Result<Roads, RoadsError> {
    extract.nodes.sort_by_key(|node| node.id);
    extract.nodes.dedup_by_key(|node| node.id);
    extract.ways.sort_by_key(|way| way.id);
    extract.features.sort_by_key(|feature| feature.id);
    let Extract { nodes, ways, features, outlines, highways, .. } = extract;

    let on_road = nodes_on(&ways, &nodes);
    let edges = edges_of(&ways, &nodes, &on_road);
    let (kept, edges) = keep_largest(&on_road, edges);
    if kept.len() < 2 {
        return Err(RoadsError::NoDrivableWay { ways: highways });
    }
    let numbers = numbers(&kept, nodes.len());
    let positions: Vec<(f64, f64)> = kept.iter().map(|&n| nodes[n as usize].at()).collect();
    let projection = centred_on(&positions);
    let xy: Vec<[f64; 2]> = positions.iter().map(|&p| projection.xy(p)).collect();
    let mut roads = Roads {
        osm_ids: kept.iter().map(|&n| nodes[n as usize].id).collect(),
        grid: Grid::new(&xy),
        positions,
        projection,
        xy,
        first: first_edges(kept.len(), &edges),
        targets: edges.iter().map(|edge| edge.to).collect(),
        edge_ms: edges.iter().map(|edge| edge.ms).collect(),
        edge_metres: edges.iter().map(|edge| edge.metres).collect(),
        hierarchy: fast_paths::prepare(&input_graph(&edges)),
        homes: Vec::new(),
        polylines: polylines(&ways, &nodes, &numbers),
        areas: area::areas(outlines, &nodes, projection),
        tagged: BTreeMap::new(),
        dropped_nodes: on_road.len() - kept.len(),
    };
    roads.homes = homes(&roads.polylines);
    for feature in features {
        let Some((lat, lon)) = centre(&feature.site, &nodes) else {
            continue;
        };
        let (node, _) = roads.nearest_node(lat, lon);
        for tag in feature.tags {
            let name = feature.name.clone();
            let place = Tagged { node, name, lat, lon };
            roads.tagged.entry(tag).or_default().push(place);
        }
    }
    Ok(roads)
}

impl Node {
    pub(super) fn at(&self) -> (f64, f64) {
        (self.lat, self.lon)
    }
}

/// The place of an OSM id in the sorted nodes; extracts may lack some.
pub(super) fn find(nodes: &[Node], id: i64) -> Option<u32> {
    let index = nodes.binary_search_by_key(&id, |node| node.id).ok()?;
    u32::try_from(index).ok()
}

/// The nodes that drivable ways pass, as indices into all nodes, ascending.
fn nodes_on(ways: &[Way], nodes: &[Node]) -> Vec<u32> {
    let mut on_road: Vec<u32> = ways.iter().flat_map(|way| &way.refs).filter_map(|&id| find(nodes, id)).collect();
    on_road.sort_unstable();
    on_road.dedup();
    on_road
}

/// The new number of each old index: its rank in `kept`, or `NOWHERE`.
fn numbers(kept: &[u32], old_count: usize) -> Vec<u32> {
    let mut numbers = vec![NOWHERE; old_count];
    for (number, &old) in kept.iter().enumerate() {
        numbers[old as usize] = number as u32;
    }
    numbers
}

/// The edges of all ways between nodes numbered by `on_road`, sorted; of
/// parallel ones the fastest.
fn edges_of(ways: &[Way], nodes: &[Node], on_road: &[u32]) -> Vec<Edge> {
    let numbers = numbers(on_road, nodes.len());
    let mut edges = Vec::new();
    for way in ways {
        for pair in way.refs.windows(2) {
            let (Some(a), Some(b)) = (find(nodes, pair[0]), find(nodes, pair[1])) else {
                continue;
            };
            if a == b {
                continue;
            }
            let metres = metres_between(nodes[a as usize].at(), nodes[b as usize].at());
            let ms = travel_ms(metres, way.drivable.speed_m_per_s);
            let (from, to) = (numbers[a as usize], numbers[b as usize]);
            let ahead = Edge { from, to, ms, metres };
            let back = Edge { from: to, to: from, ms, metres };
            match way.drivable.direction {
                Direction::Both => edges.extend([ahead, back]),
                Direction::Forward => edges.push(ahead),
                Direction::Backward => edges.push(back),
            }
        }
    }
    edges.sort_by_key(|edge| (edge.from, edge.to, edge.ms));
    edges.dedup_by_key(|edge| (edge.from, edge.to));
    edges
}

/// The time over a piece of road \[ms\], at least one, so that ways have an end.
pub(super) fn travel_ms(metres: f64, m_per_s: f64) -> u32 {
    ((metres / m_per_s * 1000.0).round() as u32).max(1)
}

/// Drops what is not mutually reachable and numbers the rest densely.
fn keep_largest(on_road: &[u32], edges: Vec<Edge>) -> (Vec<u32>, Vec<Edge>) {
    if on_road.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let first = first_edges(on_road.len(), &edges);
    let targets: Vec<u32> = edges.iter().map(|edge| edge.to).collect();
    let stays = component::largest(Rows { first: &first, targets: &targets });
    let survivors: Vec<u32> = (0..on_road.len() as u32).filter(|&n| stays[n as usize]).collect();
    let number = numbers(&survivors, on_road.len());
    let edges = edges
        .into_iter()
        .map(|edge| Edge { from: number[edge.from as usize], to: number[edge.to as usize], ..edge })
        .filter(|edge| edge.from != NOWHERE && edge.to != NOWHERE)
        .collect();
    let kept = survivors.iter().map(|&n| on_road[n as usize]).collect();
    (kept, edges)
}

/// Where the edges of each node start in the sorted edges, and their end.
fn first_edges(nodes: usize, edges: &[Edge]) -> Vec<u32> {
    let mut first = vec![0; nodes + 1];
    edges.iter().for_each(|edge| first[edge.from as usize + 1] += 1);
    (1..=nodes).for_each(|node| first[node] += first[node - 1]);
    first
}

fn input_graph(edges: &[Edge]) -> InputGraph {
    let mut graph = InputGraph::new();
    for edge in edges {
        graph.add_edge(edge.from as usize, edge.to as usize, edge.ms as usize);
    }
    graph.freeze();
    graph
}

fn centred_on(positions: &[(f64, f64)]) -> Projection {
    let middle = |of: fn(&(f64, f64)) -> f64| {
        let low = positions.iter().map(of).fold(f64::INFINITY, f64::min);
        let high = positions.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        f64::midpoint(low, high)
    };
    Projection::about(middle(|p| p.0), middle(|p| p.1))
}

/// Each way, cut where nodes are missing or were dropped.
fn polylines(ways: &[Way], nodes: &[Node], numbers: &[u32]) -> Vec<Polyline> {
    let mut polylines = Vec::new();
    for way in ways {
        let along: Vec<u32> =
            way.refs.iter().map(|&id| find(nodes, id).map_or(NOWHERE, |index| numbers[index as usize])).collect();
        let stretches = along.split(|&n| n == NOWHERE).filter(|s| s.len() > 1);
        polylines.extend(stretches.map(|stretch| Polyline {
            class: way.drivable.class,
            name: way.name.clone(),
            nodes: stretch.to_vec(),
        }));
    }
    polylines
}

fn homes(polylines: &[Polyline]) -> Vec<u32> {
    let mut homes: Vec<u32> =
        polylines.iter().filter(|polyline| polyline.class.has_homes()).flat_map(|polyline| &polyline.nodes).copied().collect();
    homes.sort_unstable();
    homes.dedup();
    homes
}

/// Where a feature lies: a closed outline counts its first corner once.
fn centre(site: &Site, nodes: &[Node]) -> Option<(f64, f64)> {
    let refs = match site {
        Site::Point { lat, lon } => return Some((*lat, *lon)),
        Site::Outline(refs) => refs,
    };
    let closed = refs.len() > 1 && refs.first() == refs.last();
    let corners = &refs[..refs.len() - usize::from(closed)];
    let mut sum = (0.0, 0.0, 0.0);
    for index in corners.iter().filter_map(|&id| find(nodes, id)) {
        let (lat, lon) = nodes[index as usize].at();
        sum = (sum.0 + lat, sum.1 + lon, sum.2 + 1.0);
    }
    (sum.2 > 0.0).then(|| (sum.0 / sum.2, sum.1 / sum.2))
}
