//! A scenario beside reality: twins that sleep, what is reported of them, what goes out, and futures.

use rehearsal_scenario::{Future, Interest, Natives, Record, Replication, Scenario, Time, Trying, Value, What};
use std::path::Path;

const SECOND: u64 = 1_000_000_000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// Eight in the morning of the first Tuesday.
const MORNING: u64 = 32 * HOUR;

fn car() -> Scenario {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/broken-down-car");
    let few = [("families.count", "20"), ("commuters.count", "10"), ("pensioners.count", "5"), ("fleet.count", "5")];
    let settings: Vec<(String, String)> = few.iter().map(|(path, value)| ((*path).into(), (*value).into())).collect();
    let trying = Trying { remembers_all: true, ..Trying::default() };
    let mut scenario = Scenario::load_trying(&folder, &settings, &Natives::new(), &trying).expect("it loads");
    scenario.measure_from_the_start();
    scenario
}

fn go(run: &mut Replication<'_>, to: u64) -> Vec<Record> {
    run.run_until(Time::from_ns(to)).expect("it goes on");
    run.heard()
}

fn warmth(celsius: f64) -> u64 {
    celsius.to_bits()
}

fn report(scenario: &Scenario, run: &mut Replication<'_>, twin: &str, name: &str, words: &[u64]) {
    let kind = twin.split('/').next().expect("a name");
    let info = scenario.live().and_then(|live| live.twin(kind)).and_then(|twin| twin.report(name)).expect("a report");
    assert_eq!(usize::from(info.words), words.len());
    let actor = run.find(twin).expect("it is there");
    run.report(actor, info.message, &mut words.to_vec()).expect("it is taken");
}

/// Twelve readings, each hotter than the one before.
fn heat(scenario: &Scenario, run: &mut Replication<'_>, twin: &str, from: u64) -> Vec<Record> {
    let mut heard = Vec::new();
    for number in 0..12_u32 {
        heard.extend(go(run, from + u64::from(number) * 3 * MINUTE));
        report(scenario, run, twin, "telemetry", &[warmth(101.0 + 4.0 * f64::from(number))]);
    }
    heard.extend(go(run, from + 40 * MINUTE));
    heard
}

#[test]
fn to_a_twin_nothing_happens_by_itself() {
    let scenario = car();
    let mut run = scenario.start_live("proactive", 1).expect("it starts");
    run.listen(Interest::all(scenario.plan()));
    let heard = go(&mut run, 5 * 24 * HOUR);
    let moves = heard.iter().filter(|record| matches!(record.what, What::Move { .. })).count();
    assert_eq!(moves, 0, "nobody drives who did not say so");
    let first = run.find("car/0").expect("there is a car");
    let seen = run.glimpse(first).expect("it is seen");
    assert_eq!(seen.states, [("main".to_owned(), "healthy".to_owned(), 0)]);
    // The same days, rehearsed: they drive to work.
    let mut model = scenario.start("proactive", 1, 0).expect("it starts");
    model.listen(Interest::all(scenario.plan()));
    let heard = go(&mut model, 24 * HOUR);
    assert!(heard.iter().any(|record| matches!(record.what, What::Move { .. })));
}

#[test]
fn ten_hot_readings_and_she_is_offered_slots_and_books_one() {
    let scenario = car();
    let mut run = scenario.start_live("proactive", 1).expect("it starts");
    run.listen(Interest::all(scenario.plan()));
    let heard = heat(&scenario, &mut run, "car/3", MORNING);
    let decided: Vec<&str> = heard
        .iter()
        .filter_map(|record| match &record.what {
            What::Decision(decision) => Some(decision.rule.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(decided, ["ten_hot_and_rising"]);
    let driver = run.find("driver/3").expect("the owner");
    let offered = heard.iter().find_map(|record| match &record.what {
        What::Message { to, name, fields, .. } if *to == driver && name == "contacted" => Some(fields.clone()),
        _ => None,
    });
    let choices = offered.expect("she is told at once").into_iter().find(|(name, _)| name == "choices").expect("choices");
    assert!(matches!(&choices.1, Value::List(slots) if slots.len() > 1));
    // She takes nothing that day; then the first free slot.
    let day = 24 * HOUR;
    let slot = [MORNING + 7 * day, 2 * HOUR];
    report(&scenario, &mut run, "driver/3", "answered", &[slot[0], (slot[1] as f64 / 1e9).to_bits()]);
    let heard = go(&mut run, MORNING + 2 * HOUR);
    let rules: Vec<String> = heard
        .iter()
        .filter_map(|record| match &record.what {
            What::Decision(decision) => Some(decision.rule.clone()),
            _ => None,
        })
        .collect();
    assert_eq!(rules[0], "picked");
}

#[test]
fn how_often_the_clock_ticks_changes_nothing_and_neither_does_a_snapshot() {
    let scenario = car();
    let mut plain = scenario.start_live("proactive", 7).expect("it starts");
    let mut ticked = scenario.start_live("proactive", 7).expect("it starts");
    ticked.listen(Interest { states: true, ..Interest::default() });
    for number in 0..12_u64 {
        let at = MORNING + number * 3 * MINUTE;
        let words = [warmth(101.0 + 4.0 * number as f64)];
        go(&mut plain, at);
        report(&scenario, &mut plain, "car/1", "telemetry", &words);
        for part in (0..10).rev() {
            go(&mut ticked, at - part * 7 * SECOND);
        }
        report(&scenario, &mut ticked, "car/1", "telemetry", &words);
        if number == 5 {
            let bytes = ticked.snapshot().expect("it is saved while somebody listens");
            ticked = scenario.restore(&bytes).expect("it is restored");
        }
    }
    go(&mut plain, MORNING + 6 * HOUR);
    go(&mut ticked, MORNING + 6 * HOUR);
    assert_eq!(plain.digest(), ticked.digest());
}

#[test]
fn in_a_future_the_twins_wake_and_the_other_policy_remembers() {
    let scenario = car();
    let mut run = scenario.start_live("reactive", 3).expect("it starts");
    // Nine hot readings: one more and the proactive policy acts.
    for number in 0..12_u64 {
        go(&mut run, MORNING + number * 3 * MINUTE);
        report(&scenario, &mut run, "car/2", "telemetry", &[warmth(101.0 + 4.0 * number as f64)]);
    }
    go(&mut run, MORNING + 40 * MINUTE);
    let before = run.digest();
    let policy = scenario.policy_number("proactive").expect("there is one");
    let mut future = run.future(&Future { policy, number: 0, seed: 3 }).expect("it begins");
    assert_eq!(run.digest(), before, "a fork leaves the world as it was");
    assert_eq!(future.policy(), Some("proactive"));
    let car = future.find("car/2").expect("the car");
    let (_, remembered) = future.glimpse(car).expect("seen").mind.expect("a mind");
    let hot = remembered.iter().find(|(name, _)| name == "hot").map(|(_, value)| value.clone());
    assert_eq!(hot, Some(Value::Int(12)));
    future.listen(Interest::all(scenario.plan()));
    let heard = go(&mut future, MORNING + 24 * HOUR);
    assert!(heard.iter().any(|record| matches!(record.what, What::Move { .. })), "they drive again");
    // Two futures of one number are alike, two of different numbers are not.
    let outcome = |number: u64, policy: Option<usize>| {
        let future = run.future(&Future { policy, number, seed: 3 }).expect("it begins");
        future.after(10 * 24 * HOUR).expect("it ends")
    };
    assert_eq!(outcome(1, policy), outcome(1, policy));
    assert_ne!(outcome(1, policy).digest, outcome(2, policy).digest);
    assert_ne!(outcome(1, policy).digest, outcome(1, None).digest);
}
