//! The actor with a way out that the test is.

use super::*;
use crate::outbox::Outbox;
use crate::outgoing::Outgoing;
use crate::plan::{Endpoint, FileOut};
use serde_json::json;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

fn events(numbers: impl IntoIterator<Item = u64>) -> Vec<Outgoing> {
    let event = |number| Outgoing {
        key: format!("twin/{number}"),
        number,
        sort: "contact".into(),
        source: "twin".into(),
        subject: "car/1".into(),
        time: "2026-11-05T08:02:10Z".into(),
        data: json!({"n": number}),
    };
    numbers.into_iter().map(event).collect()
}

fn plan() -> ConnectorPlan {
    ConnectorPlan {
        first_wait: Duration::from_millis(1),
        longest_wait: Duration::from_millis(5),
        ..ConnectorPlan::new("x", Endpoint::File(FileOut { path: "unused".into() }))
    }
}

fn opened(dir: &Path, answer: impl Fn(&Outgoing) -> Outcome + Clone + Send + Sync + 'static) -> Outbox {
    let make = move |_: &ConnectorPlan| -> Maker {
        let answer = answer.clone();
        Arc::new(move || Ok(Way::Test(Box::new(answer.clone()))))
    };
    Outbox::open_with(dir, vec![plan()], make).expect("opened")
}

async fn until(outbox: &Outbox, done: impl Fn(&ConnectorStatus) -> bool) -> ConnectorStatus {
    for _ in 0..60_000 {
        let status = outbox.status().remove(0);
        if done(&status) {
            return status;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("it never came to that: {:?}", outbox.status());
}

#[test]
fn an_attempt_that_panics_is_a_failed_attempt() {
    let folder = tempfile::tempdir().expect("a folder");
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    System::new().block_on(async move {
        let outbox = opened(folder.path(), move |_| {
            assert!(counted.fetch_add(1, Ordering::SeqCst) >= 2, "the test wants a panic");
            Outcome::Delivered
        });
        outbox.offer("x", &events([1, 2])).expect("offered");
        let status = until(&outbox, |status| status.delivered == 2).await;
        assert_eq!((status.failed_attempts, status.restarts), (2, 0));
        assert!(status.last_failure.expect("said").contains("panic"));
        outbox.stop(Duration::from_secs(5)).await;
    });
    assert_eq!(calls.load(Ordering::SeqCst), 4);
}

#[test]
fn an_actor_that_panics_begins_again_and_loses_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let theirs = Arc::clone(&seen);
    let made = Arc::new(AtomicUsize::new(0));
    System::new().block_on(async move {
        let make = move |_: &ConnectorPlan| -> Maker {
            let (seen, made) = (Arc::clone(&theirs), Arc::clone(&made));
            Arc::new(move || {
                made.fetch_add(1, Ordering::SeqCst);
                let seen = Arc::clone(&seen);
                Ok(Way::Test(Box::new(move |event| {
                    seen.lock().expect("unharmed").push(event.number);
                    Outcome::Delivered
                })))
            })
        };
        let outbox = Outbox::open_with(folder.path(), vec![plan()], make).expect("opened");
        outbox.offer("x", &events([1])).expect("offered");
        until(&outbox, |status| status.delivered == 1).await;
        outbox.break_actor("x").await;
        outbox.offer("x", &events([2, 3])).expect("offered");
        let status = until(&outbox, |status| status.delivered == 3).await;
        assert_eq!((status.restarts, status.waiting), (1, 0));
        outbox.stop(Duration::from_secs(5)).await;
    });
    assert_eq!(*seen.lock().expect("unharmed"), [1, 2, 3]);
}

#[test]
fn what_cannot_be_put_aside_is_not_given_up() {
    let folder = tempfile::tempdir().expect("a folder");
    System::new().block_on(async move {
        let outbox = opened(folder.path(), |event| match event.number {
            1 => Outcome::Refused("400".into()),
            _ => Outcome::Delivered,
        });
        // A folder stands where the file should be.
        let blocked = folder.path().join("x").join("dead.ndjson");
        std::fs::create_dir(&blocked).expect("made");
        outbox.offer("x", &events([1, 2])).expect("offered");
        let status = until(&outbox, |status| status.fault.is_some()).await;
        assert_eq!((status.dead, status.delivered, status.waiting), (0, 0, 2));
        std::fs::remove_dir(&blocked).expect("removed");
        let status = until(&outbox, |status| status.delivered == 1).await;
        assert_eq!((status.dead, status.waiting, status.fault), (1, 0, None));
        outbox.stop(Duration::from_secs(5)).await;
    });
}

#[test]
fn what_waits_outlives_the_outbox() {
    let folder = tempfile::tempdir().expect("a folder");
    System::new().block_on(async move {
        let outbox = opened(folder.path(), |_| Outcome::failed("down"));
        outbox.offer("x", &events(1..=3)).expect("offered");
        until(&outbox, |status| status.failed_attempts > 0).await;
        let left = outbox.stop(Duration::from_secs(5)).await;
        assert_eq!((left[0].waiting, left[0].delivered), (3, 0));
        let outbox = opened(folder.path(), |_| Outcome::Delivered);
        assert_eq!(outbox.offer("x", &events(1..=4)).expect("offered").known, 3);
        until(&outbox, |status| status.delivered == 4).await;
    });
}

#[test]
fn an_outbox_says_what_it_does_not_know() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(Outbox::open(folder.path(), vec![plan()]), Err(ConnectError::NoSystem)));
    System::new().block_on(async move {
        let outbox = opened(folder.path(), |_| Outcome::Delivered);
        let error = outbox.offer("y", &events([1])).expect_err("unknown").to_string();
        assert!(error.contains("`y`") && error.contains("there are: x"), "{error}");
        assert!(Outbox::open(&folder.path().join("2"), vec![plan(), plan()]).is_err());
        assert!(Outbox::open(folder.path(), vec![plan()]).is_err(), "it is open already");
    });
}
