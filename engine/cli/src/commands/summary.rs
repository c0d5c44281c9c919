//! What a trace is, who is in it, and where to look first.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use rehearsal_trace::{Actor, Clock, Header, Reader, What};

use crate::failure::Failure;
use crate::names::quoted;

/// How many of the most eventful actors are named.
const NAMED: usize = 8;

/// Writes a page about a trace and how to go on from there. Reads all of it once.
pub(crate) fn summary(reader: &Reader, file: &Path, out: &mut dyn Write) -> Result<(), Failure> {
    let header = reader.header();
    let tally = Tally::of(reader)?;
    let actors = reader.actors()?;
    let name = |id: &u32| actors.get(id).map_or_else(|| format!("actor {id}"), |actor| printable(&actor.name));
    writeln!(out, "{}", printable(if header.title.is_empty() { &header.scenario } else { &header.title }))?;
    let (policy, seed, replication) = (printable(&header.policy), header.seed, header.replication);
    writeln!(out, "  run      {}, policy {policy}, seed {seed}, replication {replication}", printable(&header.scenario))?;
    writeln!(out, "  time     {}", span(header, reader.end()))?;
    writeln!(out, "  actors   {}", kinds(header, actors.values().map(AsRef::as_ref)))?;
    writeln!(out, "  records  {}: {}", counted(reader.len()), by_count(&tally.tags, |tag| (*tag).to_owned()))?;
    let eventful: BTreeMap<u32, u64> = most(&tally.actors, NAMED).into_iter().collect();
    if eventful.is_empty() {
        return Ok(());
    }
    writeln!(out, "  most in  {}", by_count(&eventful, name))?;
    let (file, first) = (quoted(&file.to_string_lossy()), most(&tally.actors, 1));
    let first = first.first().map(|(id, _)| quoted(&name(id))).unwrap_or_default();
    writeln!(out, "\nIts story:   rehearsal replay {file} --actor {first}")?;
    let noon = header.length_ns.max(reader.end()) / 2 / 3_600_000_000_000;
    writeln!(out, "A window:    rehearsal view {file}")?;
    writeln!(out, "A map:       rehearsal replay {file} --map map.svg --at {noon}h")?;
    writeln!(out, "Its records: rehearsal replay {file} --format ndjson")?;
    Ok(())
}

/// How many records there are of each tag, and of each actor without its queues and its board, which no story tells.
#[derive(Default)]
struct Tally {
    tags: BTreeMap<&'static str, u64>,
    actors: BTreeMap<u32, u64>,
}

impl Tally {
    fn of(reader: &Reader) -> Result<Tally, Failure> {
        let mut tally = Tally::default();
        for record in reader.records() {
            let record = record?;
            *tally.tags.entry(record.what.tag()).or_default() += 1;
            if matches!(record.what, What::Level { .. } | What::Board { .. }) {
                continue;
            }
            let [one, other] = record.what.parties();
            for actor in one.into_iter().chain(other.filter(|_| other != one)) {
                *tally.actors.entry(actor).or_default() += 1;
            }
        }
        Ok(tally)
    }
}

/// When the run begins and ends; where the start is no date, only how long it is.
fn span(header: &Header, end: u64) -> String {
    let length = header.length_ns.max(end);
    let days = length as f64 / 86_400e9;
    let long = if days < 2.0 { format!("{:.1} h", days * 24.0) } else { format!("{days:.1} days") };
    match Clock::new(&header.start) {
        Ok(clock) => format!("{} to {} ({long})", clock.full(0), clock.full(length)),
        Err(_) => long,
    }
}

fn kinds<'a>(header: &Header, actors: impl Iterator<Item = &'a Actor>) -> String {
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    actors.for_each(|actor| *counts.entry(actor.kind).or_default() += 1);
    let total = counts.values().sum();
    let kind = |kind: &u16| header.kinds.get(usize::from(*kind)).map_or_else(|| format!("kind {kind}"), |k| printable(k));
    format!("{}: {}", counted(total), by_count(&counts, kind))
}

/// The `n` keys with the largest counts, the largest first; of equal ones the least key.
fn most<K: Ord + Clone>(counts: &BTreeMap<K, u64>, n: usize) -> Vec<(K, u64)> {
    let mut all: Vec<(K, u64)> = counts.iter().map(|(key, count)| (key.clone(), *count)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(n);
    all
}

fn by_count<K: Ord + Clone>(counts: &BTreeMap<K, u64>, name: impl Fn(&K) -> String) -> String {
    let parts: Vec<String> =
        most(counts, usize::MAX).iter().map(|(key, count)| format!("{} {}", name(key), counted(*count))).collect();
    parts.join(", ")
}

/// A count with its thousands apart.
fn counted(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `text` without characters that a terminal would obey.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use rehearsal_trace::{Record, Writer};

    fn trace() -> Reader {
        let actor = |id: u32, kind, name: &str| Actor { id, kind, name: name.into(), segment: None, at: None };
        let header = Header {
            scenario: "broken-down-car".into(),
            title: "The engine light on the school run".into(),
            policy: "act_first".into(),
            seed: 42,
            start: "2026-11-02 00:00".into(),
            length_ns: 7 * 86_400_000_000_000,
            kinds: vec!["driver".into(), "garage".into()],
            actors: vec![actor(1, 0, "driver/1"), actor(2, 0, "driver/2"), actor(9, 1, "garage/1\u{1b}[2J")],
            ..Header::default()
        };
        let mut writer = Writer::new(Vec::new(), &header).unwrap();
        for (at, actor) in [(1, 2), (2, 2), (3, 1)] {
            let what = What::State { actor, region: "day".into(), state: format!("s{at}") };
            writer.record(&Record { at, what }).unwrap();
        }
        let what = What::Message { sent: 3, from: 2, to: 9, name: "hello".into(), fields: vec![] };
        writer.record(&Record { at: 4, what }).unwrap();
        Reader::from_bytes(writer.into_inner().unwrap()).unwrap()
    }

    #[test]
    fn a_page_about_a_trace() {
        let mut out = Vec::new();
        summary(&trace(), Path::new("day.trace"), &mut out).unwrap();
        expect![[r#"
            The engine light on the school run
              run      broken-down-car, policy act_first, seed 42, replication 0
              time     Mon 2 Nov 2026 00:00:00 to Mon 9 Nov 2026 00:00:00 (7.0 days)
              actors   3: driver 2, garage 1
              records  4: state 3, message 1
              most in  driver/2 3, driver/1 1, garage/1�[2J 1

            Its story:   rehearsal replay day.trace --actor driver/2
            A window:    rehearsal view day.trace
            A map:       rehearsal replay day.trace --map map.svg --at 84h
            Its records: rehearsal replay day.trace --format ndjson
        "#]]
        .assert_eq(&String::from_utf8(out).unwrap());
    }

    #[test]
    fn equal_counts_keep_the_order_of_names() {
        let counts = BTreeMap::from([("c", 1), ("a", 1), ("b", 5)]);
        assert_eq!(by_count(&counts, |key| key.to_string()), "b 5, a 1, c 1");
        assert_eq!(counted(1_234_567), "1,234,567");
    }
}
