//! Small PBF files made by hand, and what becomes of them.

use crate::roads::{Land, RoadClass, Roads, RoadsError, Router};

/// A file in the making: nodes with positions, then ways through them.
#[derive(Default)]
struct Map {
    strings: Vec<String>,
    nodes: Vec<u8>,
    ways: Vec<u8>,
    next_way: u64,
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn number(field: u64, value: u64) -> Vec<u8> {
    [varint(field << 3), varint(value)].concat()
}

fn message(field: u64, bytes: &[u8]) -> Vec<u8> {
    [varint(field << 3 | 2), varint(bytes.len() as u64), bytes.to_vec()].concat()
}

fn packed(field: u64, values: &[u64]) -> Vec<u8> {
    message(field, &values.iter().flat_map(|v| varint(*v)).collect::<Vec<_>>())
}

fn block(kind: &str, content: &[u8]) -> Vec<u8> {
    let blob = message(1, content);
    let header = [message(1, kind.as_bytes()), number(3, blob.len() as u64)].concat();
    [&(header.len() as u32).to_be_bytes()[..], &header, &blob].concat()
}

impl Map {
    fn text(&mut self, text: &str) -> u64 {
        self.strings.push(text.to_owned());
        self.strings.len() as u64
    }

    fn tags(&mut self, tags: &[(&str, &str)]) -> Vec<u8> {
        let keys: Vec<u64> = tags.iter().map(|(key, _)| self.text(key)).collect();
        let values: Vec<u64> = tags.iter().map(|(_, value)| self.text(value)).collect();
        [packed(2, &keys), packed(3, &values)].concat()
    }

    /// A node at so many ten-millionths of a degree.
    fn node(&mut self, id: i64, lat: i64, lon: i64, tags: &[(&str, &str)]) -> &mut Self {
        let tags = self.tags(tags);
        let place = [number(8, zigzag(lat)), number(9, zigzag(lon))].concat();
        let node = [number(1, zigzag(id)), tags, place].concat();
        self.nodes.extend(message(1, &node));
        self
    }

    fn way(&mut self, refs: &[i64], tags: &[(&str, &str)]) -> &mut Self {
        self.next_way += 1;
        let deltas: Vec<u64> = (0..refs.len()).map(|i| zigzag(refs[i] - if i > 0 { refs[i - 1] } else { 0 })).collect();
        let way = [number(1, self.next_way), self.tags(tags), packed(8, &deltas)].concat();
        self.ways.extend(message(3, &way));
        self
    }

    fn bytes(&self) -> Vec<u8> {
        self.bytes_needing("OsmSchema-V0.6")
    }

    fn bytes_needing(&self, feature: &str) -> Vec<u8> {
        let mut strings = message(1, b"");
        self.strings.iter().for_each(|s| strings.extend(message(1, s.as_bytes())));
        let groups = [message(2, &self.nodes), message(2, &self.ways)].concat();
        let data = [message(1, &strings), groups].concat();
        let header = message(4, feature.as_bytes());
        [block("OSMHeader", &header), block("OSMData", &data)].concat()
    }

    fn roads(&self) -> Roads {
        Roads::from_bytes(&self.bytes()).expect("a map with roads")
    }

    fn error(&self) -> RoadsError {
        Roads::from_bytes(&self.bytes()).expect_err("a map without roads")
    }
}

/// A square of four nodes, 0.01 degrees a side at the equator: about 1113 m.
fn square() -> Map {
    let mut map = Map::default();
    for (id, lat, lon) in [(10, 0, 0), (20, 0, 1), (30, 1, 1), (40, 1, 0)] {
        map.node(id, lat * 100_000, lon * 100_000, &[]);
    }
    map
}

const SIDE_METRES: f64 = 1111.95;

#[test]
fn one_way_streets_are_driven_one_way() {
    let mut map = square();
    map.way(&[10, 20, 30, 40, 10], &[("highway", "residential"), ("oneway", "yes")]);
    let roads = map.roads();
    let mut router = Router::new(&roads);
    let mut nodes = |from, to| router.route(&roads, from, to).expect("a loop").nodes;
    assert_eq!(nodes(0, 1), [0, 1]);
    assert_eq!(nodes(1, 0), [1, 2, 3, 0]);
}

#[test]
fn against_the_node_order_and_round_about() {
    let mut map = square();
    map.way(&[10, 20, 30, 40, 10], &[("highway", "primary"), ("oneway", "-1")]);
    let roads = map.roads();
    let route = Router::new(&roads).route(&roads, 0, 1).expect("a loop");
    assert_eq!(route.nodes, [0, 3, 2, 1]);

    let mut map = square();
    map.way(&[10, 20, 30, 40, 10], &[("highway", "primary"), ("junction", "roundabout")]);
    assert_eq!(map.roads().edge_count(), 4);
}

#[test]
fn times_lengths_and_positions_along_a_route() {
    let mut map = square();
    map.way(&[10, 20], &[("highway", "primary"), ("maxspeed", "40")]);
    map.way(&[20, 30], &[("highway", "residential"), ("name", "High Street")]);
    let roads = map.roads();
    let route = Router::new(&roads).route(&roads, 0, 2).expect("connected");
    assert!((route.metres - 2.0 * SIDE_METRES).abs() < 0.1, "{}", route.metres);
    // 36 km/h, then 30 km/h.
    assert_eq!(route.cumulative_ms, [0, 111_195, 111_195 + 133_434]);
    assert_eq!((route.node_at(0), route.node_at(111_194), route.node_at(111_195)), (0, 0, 1));
    let (before, after, share) = route.position_at(111_195 + 66_717);
    assert_eq!((before, after), (1, 2));
    assert!((share - 0.5).abs() < 1e-9);
    assert_eq!(route.position_at(u32::MAX), (2, 2, 0.0));
    assert_eq!(roads.polylines()[1].name.as_deref(), Some("High Street"));
    assert_eq!(roads.polylines()[0].class, RoadClass::Primary);
    assert_eq!(roads.homes(), [1, 2]);
}

#[test]
fn a_slow_vehicle_is_slow_where_others_are_fast() {
    let mut map = square();
    map.way(&[10, 20], &[("highway", "motorway"), ("oneway", "no")]);
    map.way(&[20, 30], &[("highway", "living_street")]);
    let roads = map.roads();
    let route = Router::new(&roads).route(&roads, 0, 2).expect("connected");
    let legs = |route: &crate::roads::Route| [1, 2].map(|i| route.cumulative_ms[i] - route.cumulative_ms[i - 1]);
    let slow = route.limited_to(&roads, 10.0);
    assert_eq!(legs(&slow), [111_195, legs(&route)[1]]);
    assert_eq!(route.limited_to(&roads, f64::INFINITY), route);
    assert_eq!(route.limited_to(&roads, f64::NAN), route.limited_to(&roads, -1.0));
    assert_eq!(slow.limited_to(&roads, 20.0), slow, "it does not get faster again");
}

#[test]
fn what_cannot_be_reached_is_dropped() {
    let mut map = square();
    map.node(50, 500_000, 500_000, &[("shop", "bakery"), ("name", "Far")]);
    map.way(&[10, 20, 30], &[("highway", "residential")]);
    map.way(&[30, 40], &[("highway", "service"), ("access", "private")]);
    map.way(&[30, 50], &[("highway", "residential"), ("oneway", "yes")]);
    map.way(&[10, 77, 20], &[("building", "yes"), ("amenity", "fuel;car_wash")]);
    let roads = map.roads();
    assert_eq!((roads.node_count(), roads.edge_count(), roads.dropped_nodes()), (3, 4, 1));
    assert_eq!([0, 1, 2].map(|n| roads.osm_id(n)), [10, 20, 30]);
    let far = roads.tagged("shop", "bakery");
    assert_eq!((far[0].node, far[0].name.as_deref(), far[0].lat), (2, Some("Far"), 0.05));
    let (fuel, wash) = (roads.tagged("amenity", "fuel"), roads.tagged("amenity", "car_wash"));
    assert_eq!(fuel, wash);
    assert_eq!((fuel[0].lat, fuel[0].lon), (0.0, 0.005), "between the corners that are there");
    assert_eq!(roads.tagged_values("amenity"), [("car_wash", 1), ("fuel", 1)]);
    assert!(roads.tagged("building", "yes").is_empty() && roads.tagged("shop", "car").is_empty());
}

#[test]
fn closed_ways_that_say_what_the_land_is_are_areas() {
    let mut map = square();
    // A shed of 3 m by 3 m, and a pond with a corner that is hardly one.
    for (id, lat, lon) in [(50, 0, 0), (51, 0, 27), (52, 27, 27), (53, 27, 0), (60, -20, 3_000), (61, -10, 6_000)] {
        map.node(id, lat * 10, lon * 10, &[]);
    }
    let ring = [10, 20, 30, 40, 10];
    map.way(&[10, 20], &[("highway", "residential")]);
    map.way(&ring, &[("landuse", "forest"), ("name", "Deep Wood")]);
    map.way(&ring, &[("highway", "primary"), ("junction", "roundabout"), ("landuse", "grass")]);
    map.way(&ring, &[("highway", "pedestrian"), ("area", "yes"), ("leisure", "park")]);
    map.way(&ring, &[("landuse", "residential"), ("building", "yes")]);
    map.way(&ring, &[("building", "no"), ("natural", "water"), ("area", "no")]);
    map.way(&ring[..4], &[("natural", "water")]);
    map.way(&[10, 60, 61, 20, 30, 40, 10], &[("waterway", "riverbank")]);
    map.way(&[50, 51, 52, 53, 50], &[("building", "yes")]);
    map.way(&ring, &[("landuse", "secret")]);
    let roads = map.roads();
    let found: Vec<(Land, Option<&str>, usize)> =
        roads.areas().iter().map(|area| (area.land, area.name.as_deref(), area.corners.len())).collect();
    let expected = [(Land::Wood, Some("Deep Wood"), 4), (Land::Park, None, 4), (Land::Building, None, 4), (Land::Water, None, 4)];
    assert_eq!(found, expected);
    assert_eq!(roads.areas()[0].corners, [(0.0, 0.0), (0.0, 0.01), (0.01, 0.01), (0.01, 0.0)]);
}

#[test]
fn of_too_many_areas_the_largest_are_kept() {
    use super::super::area::CORNERS_MAX;
    let mut map = Map::default();
    map.node(1, 0, 0, &[]).node(2, 0, 100_000, &[]);
    map.way(&[1, 2], &[("highway", "residential")]);
    // Squares that grow; each has four corners.
    let squares = CORNERS_MAX as i64 / 4 + 40;
    for square in 0..squares {
        let (first, side) = (10 + 4 * square, 10_000 + square);
        map.node(first, 0, 0, &[]).node(first + 1, 0, side, &[]).node(first + 2, side, side, &[]).node(first + 3, side, 0, &[]);
        map.way(&[first, first + 1, first + 2, first + 3, first], &[("natural", "wood")]);
    }
    let roads = map.roads();
    let corners: usize = roads.areas().iter().map(|area| area.corners.len()).sum();
    assert_eq!((corners, roads.areas().len()), (CORNERS_MAX, CORNERS_MAX / 4));
    let side = |at: usize| (roads.areas()[at].corners[2].1 * 1e7).round() as i64;
    assert_eq!((side(0), side(roads.areas().len() - 1)), (10_040, 10_000 + squares - 1));
}

#[test]
fn maps_without_roads_are_refused() {
    assert!(matches!(Map::default().error(), RoadsError::NoDrivableWay { ways: 0 }));
    let mut map = square();
    map.way(&[10, 20], &[("highway", "footway")]);
    assert!(matches!(map.error(), RoadsError::NoDrivableWay { ways: 1 }));
    map.way(&[10, 20, 30], &[("highway", "residential"), ("oneway", "yes")]);
    assert!(matches!(map.error(), RoadsError::NoDrivableWay { ways: 2 }));
    map.way(&[10, 10], &[("highway", "residential")]);
    map.way(&[98, 99], &[("highway", "residential")]);
    assert!(matches!(map.error(), RoadsError::NoDrivableWay { ways: 4 }));
}

#[test]
fn hostile_numbers_are_refused() {
    let mut map = square();
    map.node(60, 910_000_000, 0, &[]);
    let error = map.error().to_string();
    assert!(error.contains("node 60 at latitude 91"), "{error}");
    // 100 times this does not fit 64 bits; the decoder multiplies unchecked,
    // and where that wraps around it is still no latitude.
    let mut map = square();
    map.node(60, i64::MAX / 75, 0, &[]);
    assert!(matches!(map.error(), RoadsError::Corrupted { .. }), "{}", map.error());
}

#[test]
fn unknown_features_and_blocks_are_named() {
    let mut map = square();
    map.way(&[10, 20], &[("highway", "residential")]);
    let error = Roads::from_bytes(&map.bytes_needing("HistoricalInformation"));
    assert!(error.expect_err("a history").to_string().contains("\"HistoricalInformation\""));
    let other = [block("OSMHeader", b""), block("Index", b"any"), map.bytes()].concat();
    assert!(Roads::from_bytes(&other).is_ok(), "unknown blocks are passed over");
    let error = Roads::from_bytes(&block("OSMData", b"")).expect_err("no header");
    assert!(error.to_string().contains("its first block is \"OSMData\""), "{error}");
}
