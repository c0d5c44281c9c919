//! The file as a whole: round trips, seeking, and damage of every sort.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rehearsal_trace::*;

/// Positions on the grid that the file keeps, so that round trips are exact.
fn position() -> impl Strategy<Value = [f64; 2]> {
    (-900_000_000..=900_000_000_i64, -1_800_000_000..=1_800_000_000_i64)
        .prop_map(|(lat, lon)| [lat as f64 / 1e7, lon as f64 / 1e7])
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-d]{0,2}", "\\PC{0,12}", "[a-z ]{90,200}"]
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![any::<f64>().prop_filter("NaN is not equal to itself", |x| !x.is_nan()), any::<i32>().prop_map(f64::from),]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::None),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        number().prop_map(Value::Number),
        (number(), text()).prop_map(|(x, unit)| Value::Quantity(x, unit)),
        any::<u64>().prop_map(Value::Time),
        text().prop_map(Value::Text),
        any::<u32>().prop_map(Value::Actor),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| prop::collection::vec(inner, 0..4).prop_map(Value::List))
}

fn fields() -> impl Strategy<Value = Fields> {
    prop::collection::vec((text(), value()), 0..3)
}

fn actor() -> impl Strategy<Value = Actor> {
    (0..12_u32, 0..3_u16, text(), prop::option::of(text()), prop::option::of(position()))
        .prop_map(|(id, kind, name, segment, at)| Actor { id, kind, name, segment, at })
}

fn decision() -> impl Strategy<Value = Decision> {
    let who = (any::<u64>(), text(), 0..12_u32, 0..12_u32, text(), text(), any::<i32>());
    let why = (text(), prop::option::of(text()), text(), any::<u64>(), prop::option::of(text()));
    let matched = prop::collection::vec((text(), any::<u64>()), 0..3);
    (who, why, fields(), lost(), unknown(), text(), matched).prop_map(|(who, why, read, lost, unknown, mode, matched)| {
        let (id, policy, agent, profile, rule, place, priority) = who;
        let (state, goto, cause, happened, condition) = why;
        Decision {
            id,
            policy,
            mode,
            agent,
            profile,
            rule,
            place,
            priority,
            state,
            goto,
            cause,
            happened,
            matched,
            condition,
            read,
            lost,
            unknown,
        }
    })
}

fn lost() -> impl Strategy<Value = Vec<Lost>> {
    let one = (text(), text(), text()).prop_map(|(rule, why, detail)| Lost { rule, why, detail });
    prop::collection::vec(one, 0..3)
}

fn unknown() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(text(), 0..2)
}

fn undecided() -> impl Strategy<Value = Undecided> {
    let who = (text(), text(), 0..12_u32, 0..12_u32);
    (who, text(), text(), any::<u64>(), lost(), unknown()).prop_map(
        |((policy, mode, agent, profile), state, cause, happened, lost, unknown)| Undecided {
            policy,
            mode,
            agent,
            profile,
            state,
            cause,
            happened,
            lost,
            unknown,
        },
    )
}

fn contact() -> impl Strategy<Value = Contact> {
    let gate = (text(), any::<bool>(), text()).prop_map(|(gate, passed, why)| Gate { gate, passed, why });
    let who = (prop::option::of(any::<u64>()), 0..12_u32, 0..12_u32, text(), text());
    (who, prop::option::of(text()), text(), prop::collection::vec(gate, 0..3), number()).prop_map(
        |((decision, from, to, template, category), channel, outcome, gates, cost)| Contact {
            decision,
            from,
            to,
            template,
            category,
            channel,
            outcome,
            gates,
            cost,
        },
    )
}

fn what() -> impl Strategy<Value = What> {
    let id = 0..12_u32;
    let waypoint = (position(), any::<u64>()).prop_map(|([lat, lon], at)| Waypoint { lat, lon, at });
    prop_oneof![
        4 => (id.clone(), text(), text())
            .prop_map(|(actor, region, state)| What::State { actor, region, state }),
        2 => (any::<u64>(), id.clone(), id.clone(), text(), fields()).prop_map(
            |(sent, from, to, name, fields)| What::Message { sent, from, to, name, fields }),
        1 => (id.clone(), text(), fields())
            .prop_map(|(actor, name, fields)| What::Note { actor, name, fields }),
        2 => (id.clone(), any::<u64>(), prop::collection::vec(waypoint, 0..4))
            .prop_map(|(actor, arrive, path)| What::Move { actor, arrive, path }),
        1 => (actor(), id.clone()).prop_map(|(actor, parent)| What::Spawn { actor, parent }),
        1 => id.clone().prop_map(|actor| What::End { actor }),
        1 => decision().prop_map(What::Decision),
        1 => undecided().prop_map(What::Undecided),
        1 => contact().prop_map(What::Contact),
        1 => prop::collection::vec(prop::option::of(number()), 0..4).prop_map(|values| What::Figures { values }),
        2 => (id.clone(), holder(), level()).prop_map(|(actor, holder, level)| What::Level { actor, holder, level }),
        2 => (id, fields()).prop_map(|(actor, values)| What::Board { actor, values }),
    ]
}

/// Few names, so that holders are filled again and again.
fn holder() -> impl Strategy<Value = String> {
    prop::sample::select(vec!["bays", "agents", "", "shelf"]).prop_map(String::from)
}

fn level() -> impl Strategy<Value = Level> {
    let number = || prop::option::of(any::<u32>());
    (any::<u32>(), number(), number(), number()).prop_map(|(waiting, busy, capacity, left)| Level {
        waiting,
        busy,
        capacity,
        left,
    })
}

/// Records in order of time, some at the same moment.
fn records(most: usize) -> impl Strategy<Value = Vec<Record>> {
    prop::collection::vec((0..4_u64, 0..1_000_000_u64, what()), 0..most).prop_map(|steps| {
        let mut at = 0;
        let step = |(factor, by, what)| {
            at += factor * by;
            Record { at, what }
        };
        steps.into_iter().map(step).collect()
    })
}

fn header() -> impl Strategy<Value = Header> {
    let roads = prop::collection::vec(
        (text(), prop::collection::vec(position(), 0..5)).prop_map(|(class, points)| Polyline { class, points }),
        0..3,
    );
    let measures = prop::collection::vec(
        (text(), text(), text(), text()).prop_map(|(name, label, unit, better)| Measured { name, label, unit, better }),
        0..3,
    );
    let outline = prop::collection::vec(position(), 0..5);
    let areas = prop::collection::vec(
        (text(), prop::option::of(text()), outline).prop_map(|(class, name, outline)| Area { class, name, outline }),
        0..3,
    );
    let parts = (prop::collection::vec(actor(), 0..6), (roads, areas), measures, text(), any::<u64>());
    parts.prop_map(|(mut actors, (roads, areas), measures, title, seed)| {
        let mut seen = BTreeSet::new();
        actors.retain(|actor| seen.insert(actor.id));
        let kinds = vec!["a".into(), "b".into(), "c".into()];
        Header { title, seed, kinds, actors, measures, roads, areas, ..Header::default() }
    })
}

fn written(header: &Header, records: &[Record]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), header).unwrap();
    records.iter().for_each(|record| writer.record(record).unwrap());
    writer.into_inner().unwrap()
}

fn read(records: Records<'_>) -> Result<Vec<Record>, TraceError> {
    records.collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read(header in header(), records in records(60)) {
        let reader = Reader::from_bytes(written(&header, &records)).unwrap();
        prop_assert_eq!(reader.header(), &header);
        prop_assert_eq!(reader.len(), records.len() as u64);
        prop_assert_eq!(reader.end(), records.last().map_or(0, |record| record.at));
        prop_assert_eq!(read(reader.records()).unwrap(), records);
    }

    #[test]
    fn records_go_on_with_a_shared_reader(header in header(), records in records(60), passed in 0usize..60) {
        let reader = std::sync::Arc::new(Reader::from_bytes(written(&header, &records)).unwrap());
        let mut borrowed = reader.records();
        let before: Vec<Record> = borrowed.by_ref().take(passed).map(Result::unwrap).collect();
        let kept = borrowed.keep(&reader);
        drop(reader);
        let after: Vec<Record> = kept.map(Result::unwrap).collect();
        prop_assert_eq!([before, after].concat(), records);
    }

    #[test]
    fn json_keeps_records(what in what()) {
        let record = Record { at: 7, what };
        let json = serde_json::to_value(&record).unwrap();
        prop_assert_eq!(&json["what"], record.what.tag());
        // JSON has no infinities.
        if !format!("{record:?}").contains("inf") {
            prop_assert_eq!(serde_json::from_value::<Record>(json).unwrap(), record);
        }
    }

    #[test]
    fn flipped_bits_never_pass_silently(
        header in header(),
        records in records(20),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0..8_u32), 1..4),
    ) {
        let original = written(&header, &records);
        let mut damaged = original.clone();
        for (place, bit) in flips {
            damaged[place.index(original.len())] ^= 1 << bit;
        }
        if let Ok(reader) = Reader::from_bytes(damaged.clone()) {
            prop_assert_eq!(reader.header(), &header);
            if let Ok(found) = read(reader.records()) {
                prop_assert_eq!(&found, &records);
            }
        }
        if let Ok(reader) = Reader::from_bytes_partial(damaged) {
            prop_assert_eq!(reader.header(), &header);
            if let Ok(found) = read(reader.records()) {
                prop_assert!(records.starts_with(&found));
            }
        }
    }

    #[test]
    fn noise_is_no_trace(mut noise in prop::collection::vec(any::<u8>(), 0..400), marked: bool) {
        if marked {
            noise.splice(0..0, *b"RHTRACE\n\x01\x00");
        }
        prop_assert!(Reader::from_bytes(noise.clone()).is_err());
        prop_assert!(Reader::from_bytes_partial(noise).is_err());
    }

    #[test]
    fn the_world_is_the_same_by_keyframe_and_by_replay(
        header in header(), records in records(40), share in 0.0..1.0_f64,
    ) {
        let reader = Reader::from_bytes(written(&header, &records)).unwrap();
        let at = (share * reader.end() as f64) as u64;
        prop_assert_eq!(reader.state_at(at).unwrap(), replayed(&header, &records, at));
    }
}

/// The world by applying every record to that of an empty trace.
fn replayed(header: &Header, records: &[Record], at: u64) -> Snapshot {
    let mut world = Reader::from_bytes(written(header, &[])).unwrap().state_at(0).unwrap();
    records.iter().take_while(|record| record.at <= at).for_each(|record| world.apply(record));
    world.settle(at);
    world
}

/// A run long enough for many blocks and several keyframes.
fn long() -> (Header, Vec<Record>) {
    let actors = (0..2_000).map(|id| Actor {
        id,
        kind: (id % 3) as u16,
        name: format!("driver/{id}"),
        segment: None,
        at: Some([0.001 * f64::from(id), 10.0]),
    });
    let header = Header { kinds: vec!["a".into(), "b".into(), "c".into()], actors: actors.collect(), ..Header::default() };
    let mut draw = 1_u64;
    let mut next = |below: u64| {
        draw = draw.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (draw >> 33) % below
    };
    let mut records = Vec::new();
    let mut at = 0;
    for number in 0..400_000_u64 {
        at += next(3) * 1_000_000_000;
        let actor = next(2_000) as u32;
        let what = match next(40) {
            0 => What::Move {
                actor,
                arrive: at + 600_000_000_000,
                path: (0..6)
                    .map(|i| Waypoint {
                        lat: next(1_000_000) as f64 / 1e7,
                        lon: next(1_000_000) as f64 / 1e7,
                        at: at + i * 120_000_000_000,
                    })
                    .collect(),
            },
            1 => What::Spawn {
                actor: Actor { id: 10_000 + number as u32, kind: 1, name: format!("tow/{number}"), ..Actor::default() },
                parent: actor,
            },
            2 => What::End { actor: 10_000 + (number - next(number.min(200) + 1)) as u32 },
            3 => What::Level {
                actor,
                holder: ["bays", "agents"][next(2) as usize].into(),
                level: Level { waiting: next(5) as u32, busy: Some(next(3) as u32), capacity: Some(3), left: None },
            },
            4 => What::Board { actor, values: vec![("wait".into(), Value::Int(next(60) as i64))] },
            5..10 => What::Message {
                sent: at.saturating_sub(5),
                from: actor,
                to: next(2_000) as u32,
                name: "hello".into(),
                fields: vec![("n".into(), Value::Int(number as i64))],
            },
            _ => What::State { actor, region: "day".into(), state: format!("s{}", next(8)) },
        };
        records.push(Record { at, what });
    }
    (header, records)
}

#[test]
fn a_long_run_is_sought_by_time_and_by_actor() {
    let (header, records) = long();
    let bytes = written(&header, &records);
    let reader = Reader::from_bytes(bytes).unwrap();
    assert_eq!(reader.states().len(), 24);
    let end = reader.end();
    for at in [0, 1, end / 7, end / 2, end - 1, end, end + 1, u64::MAX] {
        assert!(reader.state_at(at).unwrap() == replayed(&header, &records, at), "at {at}");
        let from = records.partition_point(|record| record.at < at);
        assert!(read(reader.records_from(at)).unwrap() == records[from..], "from {at}");
        let until = records.partition_point(|record| record.at < at.saturating_add(end / 100));
        let between = read(reader.records_between(at, at.saturating_add(end / 100))).unwrap();
        assert!(between == records[from..until], "between {at}");
    }
    for actor in [0, 1_999, 10_100, 5_000, u32::MAX] {
        let expected: Vec<_> = records.iter().filter(|r| r.what.involves(actor)).cloned().collect();
        assert!(read(reader.records_of(actor)).unwrap() == expected, "of {actor}");
    }
    let spawned = records.iter().filter(|r| matches!(r.what, What::Spawn { .. })).count();
    assert_eq!(reader.actors().unwrap().len(), 2_000 + spawned);
}

#[test]
fn a_file_cut_anywhere_says_so_and_keeps_its_whole_blocks() {
    let header = Header { title: "cut".into(), ..Header::default() };
    let records: Vec<_> = (0..40).map(|at| Record { at, what: What::End { actor: 1 } }).collect();
    let bytes = written(&header, &records);
    for length in 0..bytes.len() {
        let error = Reader::from_bytes(bytes[..length].to_vec()).err().expect("a cut is noticed");
        match error {
            TraceError::NotATrace => assert_eq!(length, 0),
            TraceError::CutOff { blocks, records, offset } => {
                assert!(offset <= length as u64);
                let partial = Reader::from_bytes_partial(bytes[..length].to_vec());
                assert_eq!(partial.is_ok(), blocks >= 2, "texts and header make two blocks");
                if let Ok(reader) = partial {
                    assert!(!reader.is_whole());
                    assert_eq!(reader.len(), records);
                    assert_eq!(read(reader.records()).unwrap().len() as u64, records);
                }
            }
            other => panic!("{length}: {other}"),
        }
    }
    assert!(Reader::from_bytes_partial(bytes).unwrap().is_whole());
}

#[test]
fn half_of_a_long_file_is_readable_to_its_last_whole_block() {
    let (header, records) = long();
    let mut bytes = written(&header, &records);
    let whole = Reader::from_bytes(bytes.clone()).unwrap();
    bytes.truncate(bytes.len() / 2);
    let reader = Reader::from_bytes_partial(bytes).unwrap();
    let found = read(reader.records()).unwrap();
    assert!(found.len() > 100_000 && records.starts_with(&found));
    assert!(reader.state_at(reader.end() - 1).unwrap() == whole.state_at(reader.end() - 1).unwrap());
}

#[test]
fn a_damaged_block_is_named_and_the_others_read() {
    let (header, records) = long();
    let mut bytes = written(&header, &records);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x10;
    let reader = Reader::from_bytes(bytes).unwrap();
    let found: Vec<_> = reader.records().collect();
    let error = found.last().unwrap().as_ref().unwrap_err().to_string();
    assert!(error.starts_with("block ") && error.contains(" at byte "), "{error}");
    assert!(found.len() > 100_000);
    assert!(reader.records_from(reader.end()).all(|record| record.is_ok()));
}

#[test]
fn another_version_is_named() {
    let mut bytes = written(&Header::default(), &[]);
    bytes[8] = 7;
    let error = Reader::from_bytes(bytes).err().unwrap().to_string();
    assert!(error.contains("version 7") && error.contains("version 4"), "{error}");
}

#[test]
fn a_refused_record_leaves_the_trace_as_it_was() {
    let mut writer = Writer::new(Vec::new(), &Header::default()).unwrap();
    let good = Record { at: 10, what: What::End { actor: 1 } };
    writer.record(&good).unwrap();
    let early = Record { at: 9, ..good.clone() };
    assert!(matches!(writer.record(&early), Err(TraceError::OutOfOrder { at: 9, previous: 10 })));
    let path = vec![Waypoint { lat: 0.0, lon: 0.0, at: 0 }, Waypoint { lat: 91.0, lon: 0.0, at: 0 }];
    let lost = Record { at: 11, what: What::Move { actor: 1, arrive: 12, path } };
    assert!(matches!(writer.record(&lost), Err(TraceError::Position { .. })));
    let note = |value| Record { at: 12, what: What::Note { actor: 1, name: "n".into(), fields: vec![("v".into(), value)] } };
    let deep = (0..40).fold(Value::None, |inner, _| Value::List(vec![inner]));
    assert!(matches!(writer.record(&note(deep)), Err(TraceError::Depth { .. })));
    let huge = Value::Text("x".repeat(2 << 20));
    assert!(matches!(writer.record(&note(huge)), Err(TraceError::TooLarge { .. })));
    assert_eq!(writer.len(), 1);
    writer.record(&note(Value::Text("x".repeat(1 << 19)))).unwrap();
    let reader = Reader::from_bytes(writer.into_inner().unwrap()).unwrap();
    assert_eq!(read(reader.records()).unwrap().len(), 2);
}

#[test]
fn a_file_appears_under_its_name_only_when_finished() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.trace");
    let names = || -> Vec<_> {
        let found = std::fs::read_dir(folder.path()).unwrap();
        found.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    drop(Writer::create(&path, &Header::default()).unwrap());
    assert_eq!(names(), ["run.trace.partial"]);
    assert!(Reader::open_partial(folder.path().join("run.trace.partial")).unwrap().is_empty());
    let mut writer = Writer::create(&path, &Header::default()).unwrap();
    writer.record(&Record { at: 1, what: What::End { actor: 1 } }).unwrap();
    writer.finish().unwrap();
    assert_eq!(names(), ["run.trace"]);
    assert_eq!(Reader::open(&path).unwrap().len(), 1);
    let missing = Reader::open(folder.path().join("none")).err().unwrap().to_string();
    assert!(missing.starts_with("cannot open "), "{missing}");
}

#[test]
fn an_actor_declared_twice_is_refused() {
    let actors = vec![Actor { id: 3, ..Actor::default() }; 2];
    let header = Header { actors, ..Header::default() };
    assert!(matches!(Writer::new(Vec::new(), &header), Err(TraceError::DuplicateActor { id: 3, .. })));
}

#[test]
fn the_export_begins_with_the_header_and_filters() {
    let (mut header, records) = long();
    header.roads = vec![Polyline { class: "primary".into(), points: vec![[1.0, 2.0]] }];
    header.areas = vec![Area { class: "wood".into(), name: None, outline: vec![[1.0, 2.0]] }];
    let reader = Reader::from_bytes(written(&header, &records)).unwrap();
    let export = |filter: &Filter| {
        let mut out = Vec::new();
        write_ndjson(&reader, &mut out, filter).unwrap();
        let lines = String::from_utf8(out).unwrap();
        let parse = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        lines.lines().map(parse).collect::<Vec<_>>()
    };
    let filter = Filter {
        from: 1_000_000_000_000,
        until: Some(2_000_000_000_000),
        actor: None,
        what: vec!["move".into(), "state".into()],
    };
    let lines = export(&filter);
    assert_eq!((&lines[0]["what"], &lines[0]["version"]), (&"header".into(), &4.into()));
    assert!(lines[0].get("roads").is_none() && lines[0].get("areas").is_none() && lines[0]["actors"].is_array());
    let wanted = |r: &&Record| (1_000_000_000_000..2_000_000_000_000).contains(&r.at) && matches!(r.what.tag(), "move" | "state");
    assert_eq!(lines.len() - 1, records.iter().filter(wanted).count());
    let of_one = export(&Filter { actor: Some(7), ..Filter::default() });
    assert_eq!(of_one.len() - 1, records.iter().filter(|r| r.what.involves(7)).count());
}
