//! The course of deliveries on a clock that the test holds.

use super::*;
use crate::breaker::BreakerPlan;
use crate::plan::{ConnectorPlan, Endpoint, FileOut};
use proptest::prelude::*;
use serde_json::Value;

fn event(number: u64) -> Outgoing {
    let text = || String::from("x");
    Outgoing { key: format!("k{number}"), number, sort: text(), source: text(), subject: text(), time: text(), data: Value::Null }
}

fn plan() -> ConnectorPlan {
    ConnectorPlan {
        attempts: 4,
        first_wait: Duration::from_secs(2),
        longest_wait: Duration::from_secs(60),
        breaker: BreakerPlan { failures: 0, open_for: Duration::from_secs(100) },
        ..ConnectorPlan::new("x", Endpoint::File(FileOut { path: "x".into() }))
    }
}

/// A queue of `count` events, an endpoint and a clock around a course. Gives the attempts as (second, place).
fn played(
    plan: &ConnectorPlan,
    count: u64,
    mut endpoint: impl FnMut(f64, u64) -> Outcome,
) -> (Vec<(f64, u64)>, Vec<u64>, Vec<u64>) {
    let start = Instant::now();
    let (mut now, mut taken) = (start, 0);
    let mut course = Course::new(plan);
    let (mut attempts, mut delivered, mut dead) = (Vec::new(), Vec::new(), Vec::new());
    loop {
        match course.next(now, taken < count) {
            Step::Take => {
                course.begin(taken, event(taken), now);
                taken += 1;
                assert!(course.begun() <= plan.in_flight);
            }
            Step::Send(place) => {
                course.send(place).expect("begun");
                let second = (now - start).as_secs_f64();
                attempts.push((second, place));
                match course.came(place, endpoint(second, place), now).expect("begun") {
                    Verdict::Delivered => delivered.push(place),
                    Verdict::Dead { .. } => dead.push(place),
                    Verdict::Again { .. } => {}
                }
            }
            Step::Wait(Some(until)) => now = until,
            Step::Wait(None) => return (attempts, delivered, dead),
        }
    }
}

#[test]
fn one_at_a_time_keeps_the_order_whatever_fails() {
    let mut calls = 0;
    let (_, delivered, dead) = played(&plan(), 20, |_, _| {
        calls += 1;
        if calls % 3 == 0 { Outcome::Delivered } else { Outcome::failed("down") }
    });
    assert_eq!(delivered, (0..20).collect::<Vec<_>>());
    assert!(dead.is_empty());
}

#[test]
fn attempts_run_out_after_growing_waits() {
    let (attempts, _, dead) = played(&plan(), 1, |_, _| Outcome::failed("down"));
    assert_eq!((attempts.len(), dead.as_slice()), (4, [0].as_slice()));
    let waits: Vec<f64> = attempts.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    for (index, wait) in waits.iter().enumerate() {
        let whole = 2.0 * f64::from(1 << index);
        assert!(*wait >= whole / 2.0 && *wait <= whole, "{waits:?}");
    }
}

#[test]
fn what_is_refused_is_tried_once_and_the_next_goes_on() {
    let (attempts, delivered, dead) =
        played(&plan(), 3, |_, place| if place == 1 { Outcome::Refused("400".into()) } else { Outcome::Delivered });
    assert_eq!((attempts.len(), delivered.as_slice(), dead.as_slice()), (3, [0, 2].as_slice(), [1].as_slice()));
}

#[test]
fn retry_after_holds_everything_for_so_long() {
    let plan = ConnectorPlan { in_flight: 4, ..plan() };
    let busy = || Outcome::Later { reason: "429".into(), after: Some(Duration::from_secs(500)), busy: true };
    let mut first = true;
    let (attempts, delivered, _) = played(&plan, 5, |_, _| if std::mem::take(&mut first) { busy() } else { Outcome::Delivered });
    assert_eq!(attempts[0], (0.0, 0));
    assert!(attempts[1..].iter().all(|(second, _)| *second >= 500.0), "{attempts:?}");
    assert_eq!(delivered, [0, 1, 2, 3, 4]);
}

#[test]
fn an_open_breaker_lets_one_through_now_and_then() {
    let plan = ConnectorPlan { attempts: 100, in_flight: 8, breaker: BreakerPlan { failures: 3, ..plan().breaker }, ..plan() };
    let (attempts, delivered, dead) =
        played(&plan, 8, |second, _| if second < 450.0 { Outcome::failed("down") } else { Outcome::Delivered });
    let before = attempts.iter().filter(|(second, _)| *second < 450.0).count();
    // Three failures open it at second 0; then one trial at 100, 200, 300 and 400.
    assert_eq!(before, 7, "{attempts:?}");
    assert_eq!(attempts[7].0, 500.0);
    assert_eq!((delivered.len(), dead.len()), (8, 0));
}

proptest! {
    /// Every event ends delivered or dead, once, after at most the planned attempts, whatever the endpoint does.
    #[test]
    fn nothing_is_lost_and_nothing_ends_twice(seed in 0_u64..10_000, in_flight in 1_usize..6, failures in 0_u32..4) {
        let plan = ConnectorPlan { in_flight, breaker: BreakerPlan { failures, ..plan().breaker }, ..plan() };
        let mut call = 0;
        let (attempts, delivered, dead) = played(&plan, 30, |_, _| {
            call += 1;
            match crate::backoff::hash("endpoint", (seed as u32).wrapping_mul(977).wrapping_add(call)) % 6 {
                0 => Outcome::Refused("no".into()),
                1 => Outcome::Later { reason: "busy".into(), after: Some(Duration::from_secs(3)), busy: true },
                2 | 3 => Outcome::failed("down"),
                4 => Outcome::Unfit("no address".into()),
                _ => Outcome::Delivered,
            }
        });
        let mut ended: Vec<u64> = delivered.iter().chain(&dead).copied().collect();
        ended.sort_unstable();
        prop_assert_eq!(ended, (0..30).collect::<Vec<_>>());
        for place in 0..30 {
            prop_assert!(attempts.iter().filter(|(_, other)| *other == place).count() <= 4);
        }
    }
}
