//! A recorded run as an object-centric event log, in the JSON form of OCEL 2.0.
//!
//! Actors are objects, of the type of their kind; what happens are events, related to all who take part in it. The states
//! of an actor are attributes of its object that change over time, and entering one is an event too. Cases are objects of
//! their own: see `cases.rs`.
//!
//! The document is written in one pass, events first: its lists of types, which are known only when all has been seen,
//! stand at the end. In JSON the order of members means nothing.
//!
//! # Source
//! Berti, Koren, Adams, Park, Knopp, Graves, Rafiei, Liß, Tacke genannt Unterberg, Zhang, Schwanen, Pegoraro, van der Aalst
//! (2024), OCEL (Object-Centric Event Log) 2.0 Specification, section on the JSON format.

mod cases;
mod events;
mod objects;
mod types;

use std::collections::BTreeMap;
use std::io::Write;

use rehearsal_trace::Reader;
use serde::Serialize;

use crate::cast::Cast;
use crate::civil::Civil;
use crate::error::ExportError;
use crate::file::told;
use crate::select::{Selection, Watch};
use crate::value::Meaning;

use cases::Cases;
use events::Events;
use objects::Objects;

/// How much an event log holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OcelCounts {
    /// Events of each type.
    pub events: BTreeMap<String, u64>,
    /// Objects of each type.
    pub objects: BTreeMap<String, u64>,
}

/// Changes of objects that are held at once; more than that take another pass over the trace for each so many.
const CHANGES_HELD: usize = 4 << 20;

/// Writes the records that are selected as an event log.
///
/// Reads the trace three times, or more often where its actors enter more than four million states. Memory grows with the
/// number of actors and with the number of different names, not with the number of records.
///
/// # Errors
/// A damaged block, a start that is no date, or the sink's error; what was written until then is no whole document.
pub fn write_ocel(
    reader: &Reader,
    out: &mut dyn Write,
    selection: &Selection,
    watch: Watch<'_>,
) -> Result<OcelCounts, ExportError> {
    holding(CHANGES_HELD, reader, out, selection, watch)
}

fn holding(
    held_max: usize,
    reader: &Reader,
    out: &mut dyn Write,
    selection: &Selection,
    watch: Watch<'_>,
) -> Result<OcelCounts, ExportError> {
    let cast = Cast::of(reader)?;
    let meaning = Meaning { cast: &cast, civil: Civil::new(&reader.header().start)? };
    let mut counts = OcelCounts::default();
    let mut events = Events::new(&meaning, Cases::new(&meaning));
    out.write_all(b"{\n\"events\": [").map_err(told)?;
    let mut list = List::new(out);
    selection.pass(reader, false, watch, |record| {
        // Cases are followed whoever is meant, so that it is known to which one an event belongs.
        let belongs = events.follow(record);
        if selection.keeps(record, &cast)
            && let Some(event) = events.of(record, belongs)
        {
            *counts.events.entry(event.kind().to_owned()).or_default() += 1;
            list.put(&event)?;
        }
        Ok::<_, ExportError>(())
    })?;
    let (found, event_types) = events.done();
    out.write_all(b"\n],\n\"objects\": [").map_err(told)?;
    let mut objects = Objects::new(&meaning, selection, found);
    let mut list = List::new(out);
    objects.each(reader, selection, held_max, watch, &mut |object| {
        *counts.objects.entry(object.kind().to_owned()).or_default() += 1;
        list.put(object)
    })?;
    let object_types = objects.done();
    out.write_all(b"\n],\n\"eventTypes\": [").map_err(told)?;
    event_types.write(&mut List::new(out))?;
    out.write_all(b"\n],\n\"objectTypes\": [").map_err(told)?;
    object_types.write(&mut List::new(out))?;
    out.write_all(b"\n]\n}\n").map_err(told)?;
    out.flush().map_err(told)?;
    Ok(counts)
}

/// A list of JSON that is written entry by entry, a line each.
struct List<'o> {
    out: &'o mut dyn Write,
    begun: bool,
}

impl<'o> List<'o> {
    fn new(out: &'o mut dyn Write) -> List<'o> {
        List { out, begun: false }
    }

    fn put(&mut self, entry: &impl Serialize) -> Result<(), ExportError> {
        self.out.write_all(if self.begun { b",\n" } else { b"\n" }).map_err(told)?;
        self.begun = true;
        serde_json::to_writer(&mut *self.out, entry).map_err(|error| told(error.into()))
    }
}

/// A relation of an event to an object, or of one object to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct Relation {
    #[serde(rename = "objectId")]
    object: String,
    qualifier: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{SECOND, reader, records, tags};
    use expect_test::expect_file;
    use serde_json::Value as Json;

    fn log(selection: &Selection, held_max: usize) -> (OcelCounts, String) {
        let mut bytes = Vec::new();
        let counts = holding(held_max, &reader(), &mut bytes, selection, &mut |_, _| {}).unwrap();
        (counts, String::from_utf8(bytes).unwrap())
    }

    fn read(selection: &Selection) -> Json {
        serde_json::from_str(&log(selection, CHANGES_HELD).1).unwrap()
    }

    /// Events of a type.
    fn of<'l>(log: &'l Json, kind: &str) -> Vec<&'l Json> {
        log["events"].as_array().unwrap().iter().filter(|event| event["type"] == kind).collect()
    }

    fn names(log: &Json, list: &str, key: &str) -> Vec<String> {
        log[list].as_array().unwrap().iter().map(|entry| entry[key].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn golden() {
        expect_file!["ocel/golden/reminder.ocel.json"].assert_eq(&log(&Selection::default(), CHANGES_HELD).1);
    }

    #[test]
    fn how_much_is_held_at_once_changes_nothing() {
        let whole = log(&Selection::default(), CHANGES_HELD);
        assert_eq!(log(&Selection::default(), 1), whole);
        assert_eq!(log(&Selection::default(), 3), whole);
    }

    #[test]
    fn every_record_but_texts_figures_levels_boards_and_regions_left_is_an_event() {
        let (counts, _) = log(&Selection::default(), CHANGES_HELD);
        for (tag, count) in tags() {
            let events: u64 =
                counts.events.iter().filter(|(kind, _)| kind.split(' ').next() == Some(tag)).map(|(_, count)| count).sum();
            let expected = match tag {
                // Texts stay out, figures are of the run and of no object in it, and nobody does a level or a board.
                "written" | "figures" | "level" | "board" => 0,
                "state" => count - 1,
                _ => count,
            };
            assert_eq!(events, expected, "{tag}");
        }
        assert_eq!(counts.events.values().sum::<u64>() as usize, records().len() - 5);
    }

    #[test]
    fn attributes_of_one_name_keep_their_types() {
        let log = read(&Selection::default());
        let arrived = of(&log, "note arrived");
        let attributes: Vec<&Json> = arrived.iter().map(|event| &event["attributes"]).collect();
        // Neither what is nothing nor what is no number; a whole number among others of its type.
        assert_eq!(attributes[0], &serde_json::json!([{ "name": "n", "value": 3 }]));
        assert_eq!(attributes[1], &serde_json::json!([{ "name": "n (float)", "value": 2.5 }]));
        assert_eq!(attributes[2], &serde_json::json!([{ "name": "n (string)", "value": "many" }]));
    }

    #[test]
    fn what_is_decided_and_said_belongs_to_the_open_case() {
        let log = read(&Selection::default());
        let case = |event: &Json| {
            let related = event["relationships"].as_array().unwrap();
            related.iter().any(|one| one["objectId"] == "case/service/1/1" && one["qualifier"] == "case")
        };
        assert!(case(of(&log, "note case_opened")[0]) && case(of(&log, "note case_closed")[0]));
        let contacts = of(&log, "contact light");
        assert_eq!([case(contacts[0]), case(contacts[1])], [true, false], "the second comes when the case is closed");
        let objects = log["objects"].as_array().unwrap();
        let object = objects.iter().find(|object| object["id"] == "case/service/1/1").unwrap();
        assert_eq!(object["attributes"][2]["time"], "2026-11-02T00:01:25.000000Z");
    }

    #[test]
    fn a_selection_has_the_objects_of_its_events_and_no_others() {
        let log = read(&Selection { actors: [9].into(), ..Selection::default() });
        assert_eq!(names(&log, "objects", "id"), ["garage/1", "guest/1"]);
        assert_eq!(names(&log, "events", "type"), ["spawn", "state main: calling", "end"]);
        let cars = read(&Selection { kinds: [1].into(), from: 13 * SECOND, until: Some(60 * SECOND), ..Selection::default() });
        assert_eq!(names(&cars, "events", "type"), ["decision remind"]);
        assert_eq!(names(&cars, "objects", "id"), ["driver/1", "car/1", "service/1"]);
        let named = |names: [&str; 1]| names.map(String::from).into();
        let without = read(&Selection { leave_out: named(["telemetry"]), what: named(["message"]), ..Selection::default() });
        assert_eq!(names(&without, "events", "type"), ["message contacted", "message hello"]);
        let only = read(&Selection { names: named(["arrived"]), ..Selection::default() });
        assert_eq!(names(&only, "events", "type"), ["note arrived"; 3]);
    }

    #[test]
    fn texts_stay_out_unless_they_are_asked_for() {
        assert!(!log(&Selection::default(), 9).1.contains("Anna"));
        assert!(log(&Selection { texts: true, ..Selection::default() }, 9).1.contains("Dear Anna"));
    }

    #[test]
    fn a_sink_that_fails_is_told() {
        let mut room = [0; 500];
        let error = write_ocel(&reader(), &mut &mut room[..], &Selection::default(), &mut |_, _| {}).unwrap_err();
        assert!(matches!(error, ExportError::Write { .. }), "{error}");
    }
}
