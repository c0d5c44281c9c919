//! Where actors went, as GeoJSON: a line for each journey, a point for each note of somebody who is somewhere.
//!
//! Positions are longitude, latitude in degrees of WGS 84, as the standard has it, to seven decimals.
//!
//! # Source
//! Butler, Daly, Doyle, Gillies, Hagen and Schaub (2016), The GeoJSON Format, RFC 7946.

use std::collections::BTreeMap;
use std::io::Write;

use rehearsal_trace::{Fields, Journey, Reader, Record, Waypoint, What};
use serde::Serialize;
use serde_json::{Map, Value as Json, json};

use crate::cast::Cast;
use crate::civil::Civil;
use crate::error::ExportError;
use crate::file::told;
use crate::select::{Selection, Watch};
use crate::value::Meaning;

/// How much of a run is on the map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GeoJsonCounts {
    /// Lines.
    pub journeys: u64,
    /// Points.
    pub notes: u64,
    /// Notes of actors that are nowhere.
    pub nowhere: u64,
}

/// Writes the journeys and notes that are selected as a collection of features.
///
/// A journey that another one replaces, or that is still under way at the end, is as long as what was done of it; so is
/// one that lies in the time selected in part. Memory grows with the number of actors, not with the records.
///
/// # Errors
/// A damaged block, a start that is no date, or the sink's error; what was written until then is no whole document.
pub fn write_geojson(
    reader: &Reader,
    out: &mut dyn Write,
    selection: &Selection,
    watch: Watch<'_>,
) -> Result<GeoJsonCounts, ExportError> {
    let cast = Cast::of(reader)?;
    let meaning = Meaning { cast: &cast, civil: Civil::new(&reader.header().start)? };
    let header = reader.header();
    let about = json!({
        "scenario": header.scenario, "title": header.title, "policy": header.policy, "seed": header.seed,
        "replication": header.replication, "start": meaning.civil.iso(0), "engine": header.engine,
    });
    write!(out, "{{\"type\": \"FeatureCollection\",\n\"rehearsal\": {about},\n\"features\": [").map_err(told)?;
    let places = places(reader, selection.from)?;
    let (counts, begun) = (GeoJsonCounts::default(), false);
    let mut map = Tracks { meaning: &meaning, selection, out, places, bounds: None, counts, begun };
    selection.pass(reader, true, watch, |record| map.tell(record))?;
    map.end(selection.until.unwrap_or(u64::MAX).min(reader.end().max(header.length_ns)))
}

/// Where an actor is.
#[derive(Default)]
struct Whereabouts {
    rest: Option<[f64; 2]>,
    journey: Option<Journey>,
}

impl Whereabouts {
    fn at(&self, at: u64) -> Option<[f64; 2]> {
        self.journey.as_ref().map(|journey| journey.position(at)).or(self.rest)
    }
}

/// Where everyone is at `from`, before anything happens then.
fn places(reader: &Reader, from: u64) -> Result<BTreeMap<u32, Whereabouts>, ExportError> {
    let Some(before) = from.checked_sub(1) else {
        let there = reader.header().actors.iter();
        return Ok(there.map(|actor| (actor.id, Whereabouts { rest: actor.at, journey: None })).collect());
    };
    let world = reader.state_at(before)?;
    let there = world.actors.into_iter();
    Ok(there.map(|(id, presence)| (id, Whereabouts { rest: presence.at, journey: presence.journey })).collect())
}

struct Tracks<'a> {
    meaning: &'a Meaning<'a>,
    selection: &'a Selection,
    out: &'a mut dyn Write,
    places: BTreeMap<u32, Whereabouts>,
    /// West, south, east, north.
    bounds: Option<[f64; 4]>,
    counts: GeoJsonCounts,
    begun: bool,
}

#[derive(Serialize)]
struct Feature {
    #[serde(rename = "type")]
    sort: &'static str,
    geometry: Geometry,
    properties: Map<String, Json>,
}

#[derive(Serialize)]
#[serde(tag = "type", content = "coordinates")]
enum Geometry {
    Point([f64; 2]),
    LineString(Vec<[f64; 2]>),
}

impl Tracks<'_> {
    fn tell(&mut self, record: &Record) -> Result<(), ExportError> {
        match &record.what {
            What::Move { actor, arrive, path } => {
                self.arrived(*actor, record.at)?;
                let journey = Journey { arrive: *arrive, path: path.clone() };
                self.places.entry(*actor).or_default().journey = (!path.is_empty()).then_some(journey);
            }
            What::Spawn { actor, .. } => {
                self.places.insert(actor.id, Whereabouts { rest: actor.at, journey: None });
            }
            What::End { actor } => {
                self.arrived(*actor, record.at)?;
                self.places.remove(actor);
            }
            What::Note { actor, name, fields } if self.selection.keeps(record, self.meaning.cast) => {
                self.note(*actor, record.at, name, fields)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Writes what an actor has done of its journey by now, which ends with that.
    fn arrived(&mut self, actor: u32, now: u64) -> Result<(), ExportError> {
        let from = self.selection.from;
        let place = self.places.entry(actor).or_default();
        let Some(journey) = place.journey.take() else {
            return Ok(());
        };
        place.rest = Some(journey.position(now));
        let meant =
            self.selection.wants("move") && self.selection.names.is_empty() && self.selection.includes(actor, self.meaning.cast);
        let (first, last) = (journey.path.first().map_or(0, |point| point.at), journey.path.last().map_or(0, |point| point.at));
        let over = first < from && last.max(journey.arrive) <= from;
        if !meant || over {
            return Ok(());
        }
        let points = part(&journey, from, now);
        let [Some(first), Some(last)] = [points.first(), points.last()] else {
            return Ok(());
        };
        let mut properties = self.properties("journey", actor);
        let ends = [first.at, last.at.max(journey.arrive.min(now))];
        for (name, at) in ["begin", "end"].into_iter().zip(ends) {
            properties.insert(name.into(), self.meaning.civil.iso(at).into());
        }
        properties.insert("arrived".into(), (journey.arrive <= now).into());
        let times: Vec<Json> = points.iter().map(|point| seconds(point.at)).collect();
        properties.insert("times".into(), times.into());
        let line: Vec<[f64; 2]> = points.iter().map(|point| position([point.lat, point.lon])).collect();
        line.iter().for_each(|&at| self.widen(at));
        self.counts.journeys += 1;
        self.put(&Feature { sort: "Feature", geometry: Geometry::LineString(line), properties })
    }

    fn note(&mut self, actor: u32, at: u64, name: &str, fields: &Fields) -> Result<(), ExportError> {
        let Some(place) = self.places.get(&actor).and_then(|place| place.at(at)) else {
            self.counts.nowhere += 1;
            return Ok(());
        };
        let mut properties = self.properties("note", actor);
        properties.insert("name".into(), name.into());
        properties.insert("begin".into(), self.meaning.civil.iso(at).into());
        properties.insert("time".into(), seconds(at));
        for (name, value) in self.meaning.object(fields) {
            // A note may say what has the name of something that all features have.
            let name = if properties.contains_key(&name) { format!("{name} noted") } else { name };
            properties.insert(name, value);
        }
        let place = position(place);
        self.widen(place);
        self.counts.notes += 1;
        self.put(&Feature { sort: "Feature", geometry: Geometry::Point(place), properties })
    }

    fn properties(&self, what: &str, actor: u32) -> Map<String, Json> {
        let cast = self.meaning.cast;
        let mut properties = Map::new();
        properties.insert("what".into(), what.into());
        properties.insert("actor".into(), cast.name(actor).into());
        properties.insert("kind".into(), cast.kind(actor).into());
        if let Some(segment) = cast.get(actor).and_then(|actor| actor.segment.as_ref()) {
            properties.insert("segment".into(), segment.as_str().into());
        }
        properties
    }

    fn widen(&mut self, [lon, lat]: [f64; 2]) {
        let [west, south, east, north] = self.bounds.unwrap_or([lon, lat, lon, lat]);
        self.bounds = Some([west.min(lon), south.min(lat), east.max(lon), north.max(lat)]);
    }

    fn put(&mut self, feature: &Feature) -> Result<(), ExportError> {
        self.out.write_all(if self.begun { b",\n" } else { b"\n" }).map_err(told)?;
        self.begun = true;
        serde_json::to_writer(&mut *self.out, feature).map_err(|error| told(error.into()))
    }

    fn end(mut self, end: u64) -> Result<GeoJsonCounts, ExportError> {
        let under_way: Vec<u32> =
            self.places.iter().filter(|(_, place)| place.journey.is_some()).map(|(&actor, _)| actor).collect();
        for actor in under_way {
            self.arrived(actor, end)?;
        }
        let bounds = self.bounds.map(|bounds| format!(",\n\"bbox\": {}", json!(bounds))).unwrap_or_default();
        write!(self.out, "\n]{bounds}\n}}\n").and_then(|()| self.out.flush()).map_err(told)?;
        Ok(self.counts)
    }
}

/// What of a journey lies between two moments: at least two points, which may be the same.
fn part(journey: &Journey, from: u64, to: u64) -> Vec<Waypoint> {
    let place = |at: u64| {
        let [lat, lon] = journey.position(at);
        Waypoint { lat, lon, at }
    };
    let (first, last) = (journey.path.first().map_or(0, |point| point.at), journey.path.last().map_or(0, |point| point.at));
    let begin = from.max(first).min(to);
    let mut points: Vec<Waypoint> = journey.path.iter().filter(|point| (begin..=to).contains(&point.at)).copied().collect();
    if points.first().is_none_or(|point| point.at > begin) {
        points.insert(0, place(begin));
    }
    if to < last && points.last().is_none_or(|point| point.at < to) {
        points.push(place(to));
    }
    if let [only] = points[..] {
        points.push(Waypoint { at: to.min(journey.arrive).max(only.at), ..only });
    }
    points
}

/// Longitude, latitude \[degrees\], to seven decimals.
fn position([lat, lon]: [f64; 2]) -> [f64; 2] {
    [lon, lat].map(|degrees| (degrees * 1e7).round() / 1e7 + 0.0)
}

/// Seconds since the start, to the nanosecond.
fn seconds(ns: u64) -> Json {
    if ns.is_multiple_of(1_000_000_000) { (ns / 1_000_000_000).into() } else { (ns as f64 / 1e9).into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{SECOND, reader};
    use expect_test::expect_file;

    fn journey() -> Journey {
        let point = |at: u64| Waypoint { lat: at as f64, lon: -1.0, at };
        Journey { arrive: 30, path: vec![point(10), point(20), point(30)] }
    }

    fn times(from: u64, to: u64) -> Vec<(u64, f64)> {
        part(&journey(), from, to).iter().map(|point| (point.at, point.lat)).collect()
    }

    #[test]
    fn a_journey_is_as_long_as_what_was_done_of_it() {
        assert_eq!(times(0, 99), [(10, 10.0), (20, 20.0), (30, 30.0)]);
        assert_eq!(times(0, 25), [(10, 10.0), (20, 20.0), (25, 25.0)]);
        assert_eq!(times(15, 20), [(15, 15.0), (20, 20.0)]);
        assert_eq!(times(20, 30), [(20, 20.0), (30, 30.0)]);
        assert_eq!(times(0, 10), [(10, 10.0), (10, 10.0)]);
    }

    #[test]
    fn a_line_has_two_points_even_where_there_is_one() {
        let jump = Journey { arrive: 9, path: vec![Waypoint { lat: 1.0, lon: 2.0, at: 5 }] };
        assert_eq!(part(&jump, 0, 99).iter().map(|point| point.at).collect::<Vec<_>>(), [5, 9]);
    }

    #[test]
    fn longitude_comes_first() {
        assert_eq!(position([42.507_812_34, -1.52]), [-1.52, 42.507_812_3]);
    }
    fn map(selection: &Selection) -> (GeoJsonCounts, Json) {
        let mut bytes = Vec::new();
        let counts = write_geojson(&reader(), &mut bytes, selection, &mut |_, _| {}).unwrap();
        (counts, serde_json::from_slice(&bytes).unwrap())
    }

    #[test]
    fn golden() {
        let mut bytes = Vec::new();
        write_geojson(&reader(), &mut bytes, &Selection::default(), &mut |_, _| {}).unwrap();
        expect_file!["golden/reminder.geojson"].assert_eq(&String::from_utf8(bytes).unwrap());
    }

    #[test]
    fn journeys_that_are_cut_short_end_where_that_happened() {
        let (counts, map) = map(&Selection::default());
        assert_eq!(counts, GeoJsonCounts { journeys: 3, notes: 3, nowhere: 3 });
        let lines: Vec<&Json> =
            map["features"].as_array().unwrap().iter().filter(|one| one["geometry"]["type"] == "LineString").collect();
        let ends: Vec<Json> = lines.iter().map(|one| json!([one["properties"]["times"], one["properties"]["arrived"]])).collect();
        assert_eq!(ends, [json!([[10, 25], false]), json!([[25, 45], true]), json!([[60, 600], false])]);
        assert_eq!(lines[0]["geometry"]["coordinates"], json!([[1.5, 42.5], [1.55, 42.5]]));
        assert_eq!(map["bbox"], json!([1.5, 42.5, 1.55, 42.564_285_7]));
    }

    #[test]
    fn a_part_has_what_was_under_way_and_no_more() {
        let part = Selection { from: 20 * SECOND, until: Some(30 * SECOND), ..Selection::default() };
        let (counts, map) = map(&part);
        assert_eq!(counts.journeys, 2);
        let times: Vec<&Json> = map["features"].as_array().unwrap().iter().map(|one| &one["properties"]["times"]).collect();
        assert_eq!(times, [&json!([20, 25]), &json!([25, 30])]);
    }
}
