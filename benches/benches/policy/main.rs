//! A policy alone on a million profiles: events a second, beside a plain walk over the same memory, and beside other engines
//! that look at the same ten conditions.
//!
//! `cargo bench -p rehearsal-benches --bench policy`, with `-- --quick` for a look and `-- --json` for programs. All are fed
//! the same events in one process, pinned to one core, by CPU time: a profile at random, values by keyed draws. The other
//! engines get the features computed, and look at the conditions in order until one holds, as a policy does. They stand in
//! two tables: beside the whole of ours, which feeds its features in memory too, and beside our conditions alone, on the
//! same computed features. All have to fire the same rules equally often.

#![allow(clippy::print_stdout, reason = "a bench says what it measured")]

mod peers;

use peers::Evaluate;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Parser;
use comfy_table::{CellAlignment, Table, TableStyle};
use cpu_time::ProcessTime;
use rehearsal_kernel::{StreamKey, below, unit, unit_open};
use rehearsal_policy::engine::{Engine, Event, Playbook};
use rehearsal_scenario::Scenario;
use serde_json::json;

/// Words that an event of the model carries: coolant, speed, load, vibration, code.
const WORDS: usize = 5;

/// The rules of the model in order, each with its condition as the other engines have it.
const RULES: [(&str, &str); 10] = [
    ("ten_hot_and_rising", "hot >= 10.0 && drift > 0.02"),
    ("overheated", "coolant > 125.0"),
    ("racing_cold", "coolant < 66.0 && speed > 148.0"),
    ("labouring", "load > 0.999 && speed < 3.0"),
    ("warm_as_a_rule", "usual > 110.0"),
    ("shakes", "vibration > 15.0 && shaking > 4.0"),
    ("misfires", "code == 300.0"),
    ("runs_lean", "code == 171.0"),
    ("hot_at_speed", "hot >= 4.0 && speed > 145.0"),
    ("once_boiled", "highest > 125.0 && load > 0.99"),
];

/// The names in the conditions, in the order of [`Profile::values`].
const NAMES: [&str; 10] = ["hot", "drift", "usual", "shaking", "highest", "coolant", "speed", "load", "vibration", "code"];

/// What is asked of all that ours does, beside a plain walk over the same memory.
const OF_MEMORY: f64 = 0.25;

/// What is asked of our conditions, beside the same conditions elsewhere. It is judged where both sides look at conditions
/// and nothing else; beside the whole of ours it is shown and not judged.
const OF_PEERS: f64 = 50.0;

/// How often our conditions look at what the others look at once: they would be done too soon to be measured.
const ROUNDS: usize = 40;

#[derive(Debug, Parser)]
struct Options {
    /// A tenth of the work
    #[arg(long)]
    quick: bool,
    /// A line of JSON for each measurement
    #[arg(long)]
    json: bool,
    /// Ours alone, for a profiler
    #[arg(long)]
    ours: bool,
    /// How many profiles
    #[arg(long, default_value_t = 1_000_000)]
    profiles: u32,
    /// Given by cargo
    #[arg(long, hide = true)]
    bench: bool,
}

/// What is kept of a profile for the engines that keep nothing themselves.
#[derive(Clone, Copy, Debug, Default)]
struct Profile {
    hot: f64,
    level: f64,
    drift: f64,
    usual: f64,
    shaking: f64,
    highest: f64,
    seen: bool,
}

impl Profile {
    /// Takes a reading in, by the definitions of the guide.
    fn feed(&mut self, words: &[u64]) {
        let (coolant, vibration) = (f64::from_bits(words[0]), f64::from_bits(words[3]));
        self.hot = if coolant > 100.0 { self.hot + 1.0 } else { 0.0 };
        if !self.seen {
            *self = Profile {
                hot: self.hot,
                level: coolant,
                usual: coolant,
                shaking: vibration,
                highest: coolant,
                seen: true,
                ..*self
            };
            return;
        }
        let weight = 2.0 / 21.0;
        let next = weight * coolant + (1.0 - weight) * (self.level + self.drift);
        self.drift = weight * (next - self.level) + (1.0 - weight) * self.drift;
        self.level = next;
        self.usual += 2.0 / 51.0 * (coolant - self.usual);
        self.shaking += 2.0 / 11.0 * (vibration - self.shaking);
        self.highest = self.highest.max(coolant);
    }

    fn values(&self, words: &[u64]) -> [f64; 10] {
        let real = |at: usize| f64::from_bits(words[at]);
        let code = words[4] as i64 as f64;
        [self.hot, self.drift, self.usual, self.shaking, self.highest, real(0), real(1), real(2), real(3), code]
    }
}

/// The events: whose, and what they carry.
struct Stream {
    profiles: Vec<u32>,
    words: Vec<u64>,
}

impl Stream {
    fn new(events: usize, profiles: u32) -> Stream {
        let key = StreamKey::root(1, 0);
        let mut stream = Stream { profiles: Vec::with_capacity(events), words: Vec::with_capacity(events * WORDS) };
        for event in 0..events as u32 {
            let draw = |purpose: u64| key.with(purpose).draw(event);
            let sum: f64 = (10..22).map(|part| unit(draw(part))).sum();
            // Twelve uniform draws sum up to nearly a normal one: mean 6, variance 1.
            let coolant = 90.0 + 6.0 * (sum - 6.0);
            let values = [coolant, 150.0 * unit(draw(1)), unit(draw(2)), -unit_open(draw(3)).ln()];
            stream.profiles.push(below(draw(0), u64::from(profiles)) as u32);
            stream.words.extend(values.map(f64::to_bits));
            stream.words.push(below(draw(4), 10_000));
        }
        stream
    }

    fn of(&self, at: usize) -> &[u64] {
        &self.words[at * WORDS..(at + 1) * WORDS]
    }

    fn events(&self, kind: u16) -> Vec<Event<'_>> {
        let event = |(at, profile): (usize, &u32)| Event { profile: *profile, kind, at: at as u64, words: self.of(at) };
        self.profiles.iter().enumerate().map(event).collect()
    }
}

/// How often each rule fired, and how many events a second of CPU time that was.
struct Measured {
    name: &'static str,
    rate: f64,
    fired: Vec<u64>,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    cores.last().map(|core| core_affinity::set_for_current(*core));
    let events = if options.quick { 1_000_000 } else { 8_000_000 };
    let stream = Stream::new(events, options.profiles);
    let book = playbook(&model("watch"))?;
    if options.ours {
        let ours = alone(&book, &stream, options.profiles)?;
        println!("{:.0} events/s; fired {:?}", ours.rate, ours.fired);
        return Ok(());
    }
    let asked = Asked::of(&stream, options.profiles, events / 40);
    let whole = [
        alone(&book, &stream, options.profiles)?,
        memory(Engine::new(book.clone()).bytes_per_profile() / 8, &stream, options.profiles),
        by_hand(&stream, options.profiles),
    ];
    ensure!(whole[0].fired == whole[2].fired, "ours fired {:?}, by hand {:?}", whole[0].fired, whole[2].fired);
    let conditions = conditions(&asked)?;
    let peers = peers::all()?.into_iter().map(|(name, evaluate)| asked.put_to(name, evaluate)).collect::<Result<Vec<_>>>()?;
    let thousand = thousand_rules(&stream, options.profiles)?;
    if options.json {
        for measured in whole.iter().chain([&conditions]).chain(&peers) {
            println!("{}", json!({ "engine": measured.name, "per_cpu_second": measured.rate, "profiles": options.profiles }));
        }
        println!("{}", json!({ "rules": 1000, "that_can_match": 10, "cost_beside_those_alone": thousand }));
        return Ok(());
    }
    let bytes = Engine::new(book).bytes_per_profile();
    println!(
        "All that an event does, {} profiles of {bytes} bytes, ten rules, one core; the last three look at conditions alone",
        options.profiles
    );
    let whole_wanted = |name: &str| (name == "memory").then_some(OF_MEMORY);
    println!("{}\n", table(whole.iter().chain(&peers), whole_wanted));
    println!("The same ten conditions alone, on the same computed features, until one holds");
    println!("{}\n", table([&conditions].into_iter().chain(&peers), |_| Some(OF_PEERS)));
    println!("1,000 rules of which 10 can match take {thousand:.2} times what those 10 take alone; at most 3 is asked for.");
    Ok(())
}

/// Rates beside the first of them, with what is asked of that.
fn table<'a>(all: impl Iterator<Item = &'a Measured>, wanted: impl Fn(&str) -> Option<f64>) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).force_no_tty();
    table.set_header(["engine", "events/s", "ours is", "asked for"]);
    let mut ours = None;
    for measured in all {
        let ratio = *ours.get_or_insert(measured.rate) / measured.rate;
        let asked = match (measured.name, wanted(measured.name)) {
            ("rehearsal", _) => format!("2,000,000 events/s{}", if measured.rate >= 2e6 { "" } else { ": missed" }),
            ("conditions", _) | (_, None) => String::new(),
            (_, Some(wanted)) => format!("{wanted} x{}", if ratio >= wanted { "" } else { ": missed" }),
        };
        table.add_row([measured.name.into(), format!("{:.0}", measured.rate), format!("{ratio:.2} x"), asked]);
    }
    for column in [1, 2] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

fn model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models").join(name)
}

fn playbook(folder: &Path) -> Result<Arc<Playbook>> {
    let faults = |faults: rehearsal_scenario::Faults| anyhow!("{}", faults.render(false, 120));
    Scenario::load(folder, &[]).map_err(faults)?.playbook("watchful").map_err(faults)
}

/// Ours: a policy alone, compiled from the RON of the model.
fn alone(book: &Arc<Playbook>, stream: &Stream, profiles: u32) -> Result<Measured> {
    let (engine, rate) = fed(book, stream, profiles)?;
    Ok(Measured { name: "rehearsal", rate, fired: fired(&engine)? })
}

/// How often each of the ten rules fired.
fn fired(engine: &Engine) -> Result<Vec<u64>> {
    let named = |name: &str| engine.book().rules.iter().position(|rule| rule.name == name).map(|at| engine.fired()[at]);
    RULES.iter().map(|(name, _)| named(name).context("a rule of the model")).collect()
}

/// A policy that was fed the whole stream, and how many events a second of CPU time that was.
fn fed(book: &Arc<Playbook>, stream: &Stream, profiles: u32) -> Result<(Engine, f64)> {
    let mut engine = Engine::new(book.clone());
    let mut decisions = Vec::new();
    for _ in 0..profiles {
        engine.add(0, &[0], &mut decisions)?;
    }
    let events = stream.events(book.event("telemetry").context("the model sees telemetry")?);
    let start = ProcessTime::now();
    for chunk in events.chunks(4_096) {
        engine.feed_all(chunk, &mut decisions).map_err(|(_, error)| error)?;
        decisions.clear();
    }
    Ok((engine, events.len() as f64 / start.elapsed().as_secs_f64()))
}

/// The floor: every word of the profile's row is read and written.
fn memory(words: usize, stream: &Stream, profiles: u32) -> Measured {
    let mut rows = vec![1_u64; words * profiles as usize];
    let start = ProcessTime::now();
    for profile in &stream.profiles {
        let base = *profile as usize * words;
        for word in &mut rows[base..base + words] {
            *word = word.wrapping_add(1);
        }
    }
    let rate = stream.profiles.len() as f64 / start.elapsed().as_secs_f64();
    std::hint::black_box(&rows);
    Measured { name: "memory", rate, fired: Vec::new() }
}

/// The same features and conditions written in Rust.
fn by_hand(stream: &Stream, profiles: u32) -> Measured {
    let mut kept = vec![Profile::default(); profiles as usize];
    let mut fired = vec![0; RULES.len()];
    let start = ProcessTime::now();
    for (at, profile) in stream.profiles.iter().enumerate() {
        let profile = &mut kept[*profile as usize];
        profile.feed(stream.of(at));
        if let Some(rule) = first(&profile.values(stream.of(at))) {
            fired[rule] += 1;
        }
    }
    let rate = stream.profiles.len() as f64 / start.elapsed().as_secs_f64();
    Measured { name: "by hand", rate, fired }
}

/// The first rule that holds.
fn first(values: &[f64; 10]) -> Option<usize> {
    let [hot, drift, usual, shaking, highest, coolant, speed, load, vibration, code] = *values;
    let holds = [
        hot >= 10.0 && drift > 0.02,
        coolant > 125.0,
        coolant < 66.0 && speed > 148.0,
        load > 0.999 && speed < 3.0,
        usual > 110.0,
        vibration > 15.0 && shaking > 4.0,
        code == 300.0,
        code == 171.0,
        hot >= 4.0 && speed > 145.0,
        highest > 125.0 && load > 0.99,
    ];
    holds.iter().position(|holds| *holds)
}

/// What conditions are asked about: features, which are computed outside of what is timed, and what the event carries.
struct Asked {
    values: Vec<[f64; 10]>,
    /// How often each rule has to fire.
    fires: Vec<u64>,
}

impl Asked {
    /// The first `count` events.
    fn of(stream: &Stream, profiles: u32, count: usize) -> Asked {
        let mut kept = vec![Profile::default(); profiles as usize];
        let mut values = Vec::with_capacity(count);
        for (at, profile) in stream.profiles.iter().take(count).enumerate() {
            let profile = &mut kept[*profile as usize];
            profile.feed(stream.of(at));
            values.push(profile.values(stream.of(at)));
        }
        let mut fires = vec![0; RULES.len()];
        values.iter().filter_map(first).for_each(|rule| fires[rule] += 1);
        Asked { values, fires }
    }

    /// Measures another engine.
    fn put_to(&self, name: &'static str, mut evaluate: Evaluate) -> Result<Measured> {
        let mut fired = vec![0; RULES.len()];
        let start = ProcessTime::now();
        for values in &self.values {
            if let Some(rule) = evaluate(values)? {
                fired[rule] += 1;
            }
        }
        let rate = self.values.len() as f64 / start.elapsed().as_secs_f64();
        ensure!(fired == self.fires, "{name} fired {fired:?} instead of {:?}", self.fires);
        Ok(Measured { name, rate, fired })
    }
}

/// Our conditions alone: a policy that remembers nothing, whose events carry the computed features. A few profiles, whose
/// rows stay in the cache, take turns.
fn conditions(asked: &Asked) -> Result<Measured> {
    let book = playbook(&model("conditions"))?;
    let kind = book.event("telemetry").context("the model sees telemetry")?;
    let fields = &book.events[usize::from(kind)].fields;
    ensure!(fields.iter().map(|field| field.name.as_str()).eq(NAMES), "the event carries {fields:?}");
    // The code is a whole number.
    let word = |(name, value): (&str, &f64)| if name == "code" { *value as i64 as u64 } else { value.to_bits() };
    let words: Vec<u64> = asked.values.iter().flat_map(|values| NAMES.into_iter().zip(values).map(word)).collect();
    let event = |(at, words)| Event { profile: at as u32 % 1_024, kind, at: 0, words };
    let events: Vec<Event<'_>> = words.chunks(NAMES.len()).enumerate().map(event).collect();
    let mut engine = Engine::new(book);
    let mut decisions = Vec::new();
    for _ in 0..1_024 {
        engine.add(0, &[0], &mut decisions)?;
    }
    let start = ProcessTime::now();
    for _ in 0..ROUNDS {
        for chunk in events.chunks(4_096) {
            engine.feed_all(chunk, &mut decisions).map_err(|(_, error)| error)?;
            decisions.clear();
        }
    }
    let rate = (ROUNDS * events.len()) as f64 / start.elapsed().as_secs_f64();
    let fired = fired(&engine)?;
    let expected: Vec<u64> = asked.fires.iter().map(|fires| fires * ROUNDS as u64).collect();
    ensure!(fired == expected, "conditions fired {fired:?} instead of {expected:?}");
    Ok(Measured { name: "conditions", rate, fired })
}

/// What 1,000 rules cost of which 10 can match, beside those 10 alone.
fn thousand_rules(stream: &Stream, profiles: u32) -> Result<f64> {
    let few = with_rules(&(0..10).map(|rule| rule * 100).collect::<Vec<_>>())?;
    let many = with_rules(&(0..1_000).collect::<Vec<_>>())?;
    // The code of an event, so that it is one of those ten.
    let mut stream = Stream { profiles: stream.profiles.clone(), words: stream.words.clone() };
    for words in stream.words.chunks_mut(WORDS) {
        words[4] = words[4] % 10 * 100;
    }
    let rate = |book: &Arc<Playbook>| fed(book, &stream, profiles).map(|(_, rate)| rate);
    // Each twice in turn, the better one counts.
    let rates = [rate(&few)?, rate(&many)?, rate(&few)?, rate(&many)?];
    Ok(rates[0].max(rates[2]) / rates[1].max(rates[3]))
}

/// The model with a rule for each of these codes.
fn with_rules(codes: &[u32]) -> Result<Arc<Playbook>> {
    let text = std::fs::read_to_string(model("watch").join("scenario.ron"))?;
    let (before, _) = text.split_once("    Policy(").context("the model has a policy")?;
    let rule = |code: &u32| {
        format!(
            "Rule(name: code_{code}, on: telemetry, if: \"event.code == {code} && event.load > 0.9999\", do: [Note(code_{code})]),\n"
        )
    };
    let rules: String = codes.iter().map(rule).collect();
    let policy = format!("Policy(name: watchful, initial: on, states: {{ on: State(rules: [\n{rules}]) }}),\n]");
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("scenario.ron"), format!("{before}{policy}"))?;
    playbook(folder.path())
}
