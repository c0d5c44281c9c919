//! Roads of a whole country, against plain searches and broken files.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use proptest::prelude::*;

use super::{Land, RoadClass, Roads, RoadsError, Router};

mod handmade;

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/data/andorra.osm.pbf")
}

fn andorra() -> &'static Roads {
    static ROADS: OnceLock<Roads> = OnceLock::new();
    ROADS.get_or_init(|| Roads::read(&path()).expect("the file that is shipped"))
}

fn bytes() -> Vec<u8> {
    std::fs::read(path()).expect("the file that is shipped")
}

/// Nodes drawn by a fixed linear congruential sequence (Knuth's MMIX).
fn draws() -> impl Iterator<Item = u32> {
    let nodes = andorra().node_count() as u64;
    let mut state = 2026_u64;
    std::iter::from_fn(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Some(((state >> 33) % nodes) as u32)
    })
}

/// Free-flow times from one node to all others, by the textbook.
fn dijkstra(roads: &Roads, from: u32) -> Vec<Option<u32>> {
    let mut best = vec![None; roads.node_count()];
    let mut open = BinaryHeap::from([Reverse((0_u32, from))]);
    while let Some(Reverse((ms, node))) = open.pop() {
        if best[node as usize].is_some() {
            continue;
        }
        best[node as usize] = Some(ms);
        open.extend(roads.edges_from(node).map(|(to, leg_ms, _)| Reverse((ms + leg_ms, to))));
    }
    best
}

#[test]
fn the_network_is_plausible_for_a_small_country() {
    let roads = andorra();
    // Counted by a separate reading of the file: ways of the drivable classes
    // pass 16,574 nodes, and 17 of its ways are closed to the public.
    assert!((16_000..16_574).contains(&roads.node_count()), "{roads:?}");
    assert!(roads.edge_count() > roads.node_count());
    assert!(roads.dropped_nodes() < roads.node_count() / 100, "{roads:?}");
    assert!((2_000..10_000).contains(&roads.homes().len()));
    assert!(roads.homes().is_sorted());
    for node in 0..roads.node_count() as u32 {
        let (lat, lon) = roads.position(node);
        assert!((42.4..42.7).contains(&lat) && (1.4..1.8).contains(&lon));
        assert!(node == 0 || roads.osm_id(node - 1) < roads.osm_id(node));
    }
}

#[test]
fn the_land_is_that_of_the_file() {
    let areas = andorra().areas();
    let count = |land: Land| areas.iter().filter(|area| area.land == land).count();
    // Counted by a separate reading of the file: 292 buildings, 72 car parks, 53 woods, 24 residential areas; what is
    // smaller than 20 m2 or has lost its corners is not kept.
    assert!((280..=292).contains(&count(Land::Building)), "{} buildings", count(Land::Building));
    assert!((65..=72).contains(&count(Land::Parking)), "{} car parks", count(Land::Parking));
    assert!((50..=53).contains(&count(Land::Wood)) && count(Land::Residential) == 24);
    assert!(areas.iter().any(|area| area.land == Land::Water && area.name.is_some()));
    // Some 16,000 points before they were thinned.
    let corners: usize = areas.iter().map(|area| area.corners.len()).sum();
    assert!((4_000..12_000).contains(&corners), "{corners} corners");
    for (lat, lon) in areas.iter().flat_map(|area| &area.corners) {
        assert!((42.3..42.8).contains(lat) && (1.3..1.9).contains(lon), "{lat} {lon}");
    }
}

#[test]
fn every_place_reaches_every_other() {
    let roads = andorra();
    let mut router = Router::new(roads);
    for node in draws().take(3) {
        assert!(dijkstra(roads, node).iter().all(Option::is_some));
    }
    // To one place from all: with the above, all reach all.
    let to = draws().nth(3).expect("endless");
    assert!((0..roads.node_count() as u32).all(|from| router.travel_ms(roads, from, to).is_some()));
    assert_eq!(router.route(roads, 0, u32::MAX), None);
    assert_eq!(router.travel_ms(roads, u32::MAX, 0), None);
}

#[test]
fn routes_take_as_long_as_the_textbook_says() {
    let roads = andorra();
    let mut router = Router::new(roads);
    let mut nodes = draws();
    for from in nodes.by_ref().take(20).collect::<Vec<_>>() {
        let oracle = dijkstra(roads, from);
        for to in nodes.by_ref().take(10) {
            let route = router.route(roads, from, to).expect("all is connected");
            assert_eq!(Some(route.duration_ms()), oracle[to as usize], "{from} to {to}");
            assert_eq!(Some(route.duration_ms()), router.travel_ms(roads, from, to));
            assert_eq!((route.nodes[0], route.node_at(u32::MAX)), (from, to));
            assert!(route.cumulative_ms.is_sorted_by(|a, b| a < b));
            let [a, b] = [from, to].map(|n| roads.position(n));
            // Half a metre on 30 km for the projections.
            assert!(route.metres + 0.5 >= super::graph::metres_between(a, b) * 0.9999);
        }
    }
}

#[test]
fn two_readings_give_the_same_routes() {
    let (one, two) = (andorra(), Roads::read(&path()).expect("the file that is shipped"));
    let (mut first, mut second) = (Router::new(one), Router::new(&two));
    let nodes: Vec<u32> = draws().take(400).collect();
    for pair in nodes.chunks(2) {
        assert_eq!(first.route(one, pair[0], pair[1]), second.route(&two, pair[0], pair[1]));
    }
}

#[test]
fn a_detour_is_never_faster() {
    let roads = andorra();
    let mut router = Router::new(roads);
    let nodes: Vec<u32> = draws().take(600).collect();
    for three in nodes.chunks(3) {
        let mut ms = |a: usize, b: usize| router.travel_ms(roads, three[a], three[b]).expect("connected");
        assert!(ms(0, 2) <= ms(0, 1) + ms(1, 2));
        assert_eq!(ms(0, 0), 0);
    }
}

#[test]
fn one_way_pieces_are_not_driven_back() {
    let roads = andorra();
    let mut router = Router::new(roads);
    let one_way: Vec<(u32, u32)> = (0..roads.node_count() as u32)
        .flat_map(|from| roads.edges_from(from).map(move |(to, ..)| (from, to)))
        .filter(|&(from, to)| roads.edge(to, from).is_none())
        .collect();
    assert!(one_way.len() > 500, "{} one-way pieces", one_way.len());
    for (from, to) in one_way.into_iter().step_by(25) {
        let back = router.route(roads, to, from).expect("by another way");
        assert!(back.nodes.len() > 2);
        assert!(!back.nodes.windows(2).any(|pair| pair == [to, from]));
    }
}

#[test]
fn tagged_places_lie_at_roads() {
    let roads = andorra();
    let fuel = roads.tagged("amenity", "fuel");
    assert_eq!(fuel.len(), 19, "as counted in the file");
    assert_eq!(roads.tagged("amenity", "hospital").len(), 7, "six nodes, one building");
    for place in &fuel {
        let (node, metres) = roads.nearest_node(place.lat, place.lon);
        assert_eq!(node, place.node);
        assert!(metres < 200.0, "{metres} m to the road from {:?}", place.name);
    }
    assert!(roads.tagged_values("shop").len() > 10);
    let near = roads.nodes_within(fuel[0].node, 300.0);
    assert!(near.contains(&fuel[0].node) && near.is_sorted() && near.len() < 1000);
}

#[test]
fn polylines_follow_edges() {
    let roads = andorra();
    for line in roads.polylines() {
        for pair in line.nodes.windows(2).filter(|pair| pair[0] != pair[1]) {
            let joined = roads.edge(pair[0], pair[1]).or(roads.edge(pair[1], pair[0]));
            assert!(joined.is_some(), "{:?} {pair:?}", line.name);
        }
    }
    assert!(roads.polylines().iter().any(|line| line.class == RoadClass::Primary));
}

#[test]
fn a_file_that_is_cut_off_is_refused() {
    let whole = bytes();
    // Every length near the ends, where headers and lengths are, and a sample.
    let ends = (0..120).chain(whole.len() - 120..whole.len());
    for len in ends.chain((0..whole.len()).step_by(4_999)) {
        let error = Roads::from_bytes(&whole[..len]).expect_err("incomplete");
        let said = matches!(error, RoadsError::CutOff { .. } | RoadsError::NoDrivableWay { .. });
        assert!(said || len == 0, "{len} bytes: {error}");
    }
}

#[test]
fn a_file_that_ends_between_blocks_is_refused_or_a_smaller_map() {
    let whole = bytes();
    // Where its blocks end, as a separate reading of the file found them. The
    // format has no mark for the end of a file, so without the last of the two
    // blocks with ways it is a complete file of a smaller map.
    let ends = [138, 52_191, 92_947, 145_829, 195_150, 262_248, 304_454, 343_240, 379_193];
    for end in ends {
        let error = Roads::from_bytes(&whole[..end]).expect_err("no ways yet");
        assert!(matches!(error, RoadsError::NoDrivableWay { .. }), "{end} bytes: {error}");
    }
    let smaller = Roads::from_bytes(&whole[..513_483]).expect("most ways");
    assert!(smaller.polylines().len() < andorra().polylines().len());
}

#[test]
fn a_file_with_a_changed_byte_does_not_panic() {
    let whole = bytes();
    let mut refused = 0;
    for at in (0..whole.len()).step_by(14_983) {
        let mut changed = whole.clone();
        changed[at] ^= 0x55;
        refused += usize::from(Roads::from_bytes(&changed).is_err());
    }
    // Blocks carry checksums; a few bytes, such as index data, are not used.
    assert!(refused >= 35, "{refused} of 38 refused");
}

#[test]
fn what_is_not_a_road_file_is_said_clearly() {
    let missing = Roads::read(Path::new("no/such/file.osm.pbf")).expect_err("missing");
    assert!(missing.to_string().starts_with("road file no/such/file.osm.pbf: "), "{missing}");
    assert!(Roads::read(Path::new(env!("CARGO_MANIFEST_DIR"))).is_err(), "a folder");
    for text in ["", "<?xml version='1.0'?><osm/>", "\0\0\0\u{8}abcdefghijk"] {
        let error = Roads::from_bytes(text.as_bytes()).expect_err("not a map");
        assert!(matches!(error, RoadsError::NotPbf { .. }), "{text:?}: {error}");
    }
}

proptest! {
    #[test]
    fn bytes_at_random_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(Roads::from_bytes(&bytes).is_err());
    }
}
