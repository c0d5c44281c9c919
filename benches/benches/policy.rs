//! A policy alone on a million profiles: events a second, beside other engines that look at the same ten conditions, and
//! beside a plain walk over the same memory.
//!
//! `cargo bench -p rehearsal-benches --bench policy`, with `-- --quick` for a look and `-- --json` for programs. All are fed
//! the same events in one process, pinned to one core, by CPU time: a profile at random, values by keyed draws. The other
//! engines get the features computed, so that only conditions are compared, and look at them in order until one holds, as a
//! policy does. All have to fire the same rules equally often.

#![allow(clippy::print_stdout, reason = "a bench says what it measured")]

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

/// What is asked of a rate, beside another.
const TARGETS: [(&str, f64); 4] = [("memory", 0.25), ("cel", 50.0), ("rhai", 50.0), ("zen-expression", 50.0)];

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
    let book = playbook(&model())?;
    if options.ours {
        let ours = alone(&book, &stream, options.profiles)?;
        println!("{:.0} events/s; fired {:?}", ours.rate, ours.fired);
        return Ok(());
    }
    let ours = alone(&book, &stream, options.profiles)?;
    let all = [
        ours,
        memory(Engine::new(book.clone()).bytes_per_profile() / 8, &stream, options.profiles),
        by_hand(&stream, options.profiles),
        others(&stream, options.profiles, "cel", events / 40, cel()?)?,
        others(&stream, options.profiles, "rhai", events / 40, rhai()?)?,
        others(&stream, options.profiles, "zen-expression", events / 40, zen()?)?,
    ];
    ensure!(all[0].fired == all[2].fired, "ours fired {:?}, by hand {:?}", all[0].fired, all[2].fired);
    let thousand = thousand_rules(&stream, options.profiles)?;
    if options.json {
        for measured in &all {
            println!("{}", json!({ "engine": measured.name, "per_cpu_second": measured.rate, "profiles": options.profiles }));
        }
        println!("{}", json!({ "rules": 1000, "that_can_match": 10, "cost_beside_those_alone": thousand }));
        return Ok(());
    }
    println!("{}", table(&all, options.profiles, Engine::new(book).bytes_per_profile()));
    println!("1,000 rules of which 10 can match take {thousand:.2} times what those 10 take alone; at most 3 is asked for.");
    Ok(())
}

fn table(all: &[Measured], profiles: u32, bytes: usize) -> String {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).force_no_tty();
    table.set_header(["engine", "events/s", "ours is", "asked for"]);
    for measured in all {
        let ratio = all[0].rate / measured.rate;
        let target = TARGETS.iter().find(|(name, _)| *name == measured.name).map(|(_, target)| *target);
        let asked = match (measured.name, target) {
            ("rehearsal", _) => "2,000,000 events/s".into(),
            (_, Some(target)) => format!("{target} x{}", if ratio >= target { "" } else { ": missed" }),
            _ => String::new(),
        };
        table.add_row([measured.name.into(), format!("{:.0}", measured.rate), format!("{ratio:.2} x"), asked]);
    }
    for column in [1, 2] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    format!("{profiles} profiles of {bytes} bytes, ten rules, one core\n{table}")
}

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/watch")
}

fn playbook(folder: &Path) -> Result<Arc<Playbook>> {
    let faults = |faults: rehearsal_scenario::Faults| anyhow!("{}", faults.render(false, 120));
    Scenario::load(folder, &[]).map_err(faults)?.playbook("watchful").map_err(faults)
}

/// Ours: a policy alone, compiled from the RON of the model.
fn alone(book: &Arc<Playbook>, stream: &Stream, profiles: u32) -> Result<Measured> {
    let (engine, rate) = fed(book, stream, profiles)?;
    let named = |name: &str| book.rules.iter().position(|rule| rule.name == name).map(|at| engine.fired()[at]);
    let fired = RULES.iter().map(|(name, _)| named(name).context("a rule of the model")).collect::<Result<_>>()?;
    Ok(Measured { name: "rehearsal", rate, fired })
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

/// An engine that evaluates conditions: given the values by name, the first that holds.
type Evaluate = Box<dyn FnMut(&[f64; 10]) -> Result<Option<usize>>>;

/// Measures another engine on the first `count` events; features are kept outside of what is timed.
fn others(stream: &Stream, profiles: u32, name: &'static str, count: usize, mut evaluate: Evaluate) -> Result<Measured> {
    let mut kept = vec![Profile::default(); profiles as usize];
    let mut asked = Vec::with_capacity(count);
    for (at, profile) in stream.profiles.iter().take(count).enumerate() {
        let profile = &mut kept[*profile as usize];
        profile.feed(stream.of(at));
        asked.push(profile.values(stream.of(at)));
    }
    let mut fired = vec![0; RULES.len()];
    let start = ProcessTime::now();
    for values in &asked {
        if let Some(rule) = evaluate(values)? {
            fired[rule] += 1;
        }
    }
    let rate = count as f64 / start.elapsed().as_secs_f64();
    let mut expected = vec![0; RULES.len()];
    asked.iter().filter_map(first).for_each(|rule| expected[rule] += 1);
    ensure!(fired == expected, "{name} fired {fired:?} instead of {expected:?}");
    Ok(Measured { name, rate, fired })
}

fn cel() -> Result<Evaluate> {
    let compile = |(_, text): &(&str, &str)| cel::Program::compile(text).map_err(|error| anyhow!("{text}: {error}"));
    let programs = RULES.iter().map(compile).collect::<Result<Vec<_>>>()?;
    let mut context = cel::Context::default();
    Ok(Box::new(move |values| {
        for (name, value) in NAMES.iter().zip(values) {
            context.add_variable_from_value(*name, *value);
        }
        for (number, program) in programs.iter().enumerate() {
            if program.execute(&context)? == cel::Value::Bool(true) {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }))
}

fn rhai() -> Result<Evaluate> {
    let engine = rhai::Engine::new();
    let compile = |(_, text): &(&str, &str)| engine.compile_expression(text).map_err(|error| anyhow!("{text}: {error}"));
    let programs = RULES.iter().map(compile).collect::<Result<Vec<_>>>()?;
    let mut scope = rhai::Scope::new();
    for name in NAMES {
        scope.push(name, 0.0_f64);
    }
    Ok(Box::new(move |values| {
        for (name, value) in NAMES.iter().zip(values) {
            scope.set_value(*name, *value);
        }
        for (number, program) in programs.iter().enumerate() {
            let holds = engine.eval_ast_with_scope::<bool>(&mut scope, program).map_err(|error| anyhow!("{error}"))?;
            if holds {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }))
}

fn zen() -> Result<Evaluate> {
    // Its words for the same operators.
    let compile = |(_, text): &(&str, &str)| {
        zen_expression::compile_expression(&text.replace("&&", "and")).map_err(|error| anyhow!("{text}: {error}"))
    };
    let programs = RULES.iter().map(compile).collect::<Result<Vec<_>>>()?;
    let mut machine = zen_expression::vm::VM::new();
    Ok(Box::new(move |values| {
        let named = NAMES.iter().zip(values).map(|(name, value)| ((*name).to_owned(), json!(value)));
        let scope = zen_expression::scope::Scope::new(serde_json::Value::Object(named.collect()).into());
        for (number, program) in programs.iter().enumerate() {
            let value = program.evaluate_with_scope(&scope, &mut machine).map_err(|error| anyhow!("{error}"))?;
            if value.as_bool() == Some(true) {
                return Ok(Some(number));
            }
        }
        Ok(None)
    }))
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
    let text = std::fs::read_to_string(model().join("scenario.ron"))?;
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
