//! Webhooks against a real server that is slow, busy, broken or dead.

mod common;

use actix::System;
use common::{Server, answer, delivered, event, events, plan, status, until, webhook};
use rehearsal_connect::{BreakerPlan, BreakerState, ConnectorPlan, Outbox};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

const LONG: Duration = Duration::from_secs(60);

#[test]
fn every_event_arrives_in_order_with_its_key_whatever_fails() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::new(|request, before| match (request.body.contains("5,"), before) {
        (true, 0) => answer(500),
        (true, 1) => answer(0),
        _ => answer(200),
    });
    System::new().block_on(async {
        let outbox = Outbox::open(folder.path(), vec![plan("crm", webhook(server.port, LONG))]).expect("opened");
        outbox.offer("crm", &events(1..=20)).expect("offered");
        let status = delivered(&outbox, 20).await;
        // Numbers 5 and 15 fail twice each.
        assert_eq!((status.waiting, status.dead, status.failed_attempts), (0, 0, 4));
        outbox.stop(LONG).await;
    });
    let seen = server.seen();
    let mut keys: Vec<&str> = seen.iter().map(common::Request::key).collect();
    keys.dedup();
    assert_eq!(keys, (1..=20).map(|number| format!("twin/{number}")).collect::<Vec<_>>());
    let first = &seen[0];
    for (name, value) in [
        ("ce-specversion", "1.0"),
        ("ce-id", "twin/1"),
        ("ce-type", "contact"),
        ("ce-source", "twin"),
        ("ce-subject", "car/1"),
        ("ce-time", "2026-11-05T08:02:10Z"),
        ("content-type", "application/json"),
        ("authorization", "Bearer hunter2-secret"),
    ] {
        assert_eq!(first.headers[name], value, "{name}");
    }
    assert_eq!(serde_json::from_str::<serde_json::Value>(&first.body).expect("JSON"), event(1).data);
}

#[test]
fn a_busy_server_is_left_alone_for_as_long_as_it_asks() {
    let folder = tempfile::tempdir().expect("a folder");
    let asked: Arc<Mutex<Vec<Instant>>> = Arc::default();
    let times = Arc::clone(&asked);
    let server = Server::new(move |_, _| {
        let mut times = times.lock().expect("unharmed");
        times.push(Instant::now());
        if times.len() == 1 { (429, vec![("retry-after".into(), "1".into())], "slow down".into()) } else { answer(204) }
    });
    System::new().block_on(async {
        let plan =
            ConnectorPlan { breaker: BreakerPlan { failures: 1, open_for: LONG }, ..plan("crm", webhook(server.port, LONG)) };
        let outbox = Outbox::open(folder.path(), vec![plan]).expect("opened");
        outbox.offer("crm", &events([1, 2])).expect("offered");
        let status = delivered(&outbox, 2).await;
        assert_eq!(status.breaker, BreakerState::Closed, "busy is not broken");
        assert!(status.last_failure.expect("said").contains("slow down"));
    });
    let times = asked.lock().expect("unharmed");
    // It waits on a clock of its own, which cannot run ahead.
    assert!(times[1] - times[0] >= Duration::from_millis(990), "{:?}", times[1] - times[0]);
    assert_eq!(times.len(), 3);
}

#[test]
fn what_is_refused_is_put_aside_and_can_be_put_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let well = Arc::new(Mutex::new(false));
    let now = Arc::clone(&well);
    let server = Server::new(move |request, _| {
        let well = *now.lock().expect("unharmed");
        if !well && request.key() == "twin/2" {
            // A server that says back what it was told.
            (400, vec![], format!("no: {}", request.headers["authorization"]))
        } else {
            answer(200)
        }
    });
    System::new().block_on(async {
        let outbox = Outbox::open(folder.path(), vec![plan("crm", webhook(server.port, LONG))]).expect("opened");
        outbox.offer("crm", &events(1..=3)).expect("offered");
        let after = delivered(&outbox, 2).await;
        assert_eq!((after.waiting, after.dead, after.failed_attempts), (0, 1, 1));
        let dead = outbox.dead_letters("crm", 10).expect("read");
        assert_eq!((dead[0].event.clone(), dead[0].attempts), (event(2), 1));
        assert!(dead[0].reason.contains("400") && dead[0].reason.contains("no:"), "{}", dead[0].reason);
        *well.lock().expect("unharmed") = true;
        assert_eq!(outbox.retry_dead("crm").expect("put back"), 1);
        assert_eq!(delivered(&outbox, 3).await.dead, 0);
        outbox.stop(LONG).await;
    });
    assert_eq!(server.seen().last().expect("one").key(), "twin/2");
    assert!(!shows(folder.path(), b"hunter2"), "the secret is on disk");
}

/// Whether any file below `path` holds `needle`.
fn shows(path: &Path, needle: &[u8]) -> bool {
    if path.is_dir() {
        return std::fs::read_dir(path).expect("a folder").any(|entry| shows(&entry.expect("an entry").path(), needle));
    }
    std::fs::read(path).expect("a file").windows(needle.len()).any(|window| window == needle)
}

#[test]
fn attempts_run_out() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::new(|_, _| answer(503));
    System::new().block_on(async {
        let plan = ConnectorPlan { attempts: 3, ..plan("crm", webhook(server.port, LONG)) };
        let outbox = Outbox::open(folder.path(), vec![plan]).expect("opened");
        outbox.offer("crm", &events([1])).expect("offered");
        until("it is dead", || status(&outbox).dead == 1).await;
        let letter = outbox.dead_letters("crm", 1).expect("read").remove(0);
        assert!(letter.reason.contains("3 attempts") && letter.reason.contains("503"), "{}", letter.reason);
    });
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn the_breaker_opens_on_a_dead_server_and_closes_when_it_is_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    System::new().block_on(async {
        let breaker = BreakerPlan { failures: 3, open_for: Duration::from_millis(20) };
        let plan = ConnectorPlan { breaker, attempts: 1_000_000, in_flight: 4, ..plan("crm", webhook(port, LONG)) };
        let outbox = Outbox::open(folder.path(), vec![plan]).expect("opened");
        outbox.offer("crm", &events(1..=10)).expect("offered");
        until("it is open", || status(&outbox).breaker == BreakerState::Open).await;
        let server = Server::on(TcpListener::bind(("127.0.0.1", port)).expect("the port"), |_, _| answer(200));
        let status = delivered(&outbox, 10).await;
        assert_eq!((status.breaker, status.dead), (BreakerState::Closed, 0));
        assert!(status.failed_attempts >= 3);
        outbox.stop(LONG).await;
        assert_eq!(server.seen().len(), 10);
    });
}

#[test]
fn a_slow_server_is_given_up_and_asked_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let wait = Arc::clone(&gate);
    let server = Server::new(move |_, before| {
        if before == 0 {
            let open = wait.0.lock().expect("unharmed");
            let _open = wait.1.wait_while(open, |open| !*open).expect("unharmed");
        }
        answer(200)
    });
    System::new().block_on(async {
        let plan = plan("crm", webhook(server.port, Duration::from_millis(50)));
        let outbox = Outbox::open(folder.path(), vec![plan]).expect("opened");
        outbox.offer("crm", &events([1])).expect("offered");
        let status = delivered(&outbox, 1).await;
        let failure = status.last_failure.expect("said").to_lowercase();
        assert!(failure.contains("no answer") || failure.contains("timeout"), "{failure}");
        assert!(!failure.contains("hunter2"));
    });
    *gate.0.lock().expect("unharmed") = true;
    gate.1.notify_all();
    assert!(server.seen().iter().all(|request| request.key() == "twin/1"));
}

#[test]
fn as_many_are_under_way_as_the_plan_says() {
    let folder = tempfile::tempdir().expect("a folder");
    let under_way = Arc::new((Mutex::new((0_usize, 0_usize)), Condvar::new()));
    let theirs = Arc::clone(&under_way);
    let server = Server::new(move |_, _| {
        let mut counts = theirs.0.lock().expect("unharmed");
        counts.0 += 1;
        counts.1 = counts.1.max(counts.0);
        theirs.1.notify_all();
        // The first four wait for each other: they can only all come if four are under way.
        let mut counts = theirs.1.wait_while(counts, |(_, most)| *most < 4).expect("unharmed");
        counts.0 -= 1;
        answer(200)
    });
    System::new().block_on(async {
        let plan = ConnectorPlan { in_flight: 4, ..plan("crm", webhook(server.port, LONG)) };
        let outbox = Outbox::open(folder.path(), vec![plan]).expect("opened");
        outbox.offer("crm", &events(1..=40)).expect("offered");
        delivered(&outbox, 40).await;
    });
    assert_eq!(under_way.0.lock().expect("unharmed").1, 4);
}

#[test]
fn stopping_finishes_what_is_under_way_and_nothing_more() {
    let folder = tempfile::tempdir().expect("a folder");
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let wait = Arc::clone(&gate);
    let server = Server::new(move |_, _| {
        let open = wait.0.lock().expect("unharmed");
        let _open = wait.1.wait_while(open, |open| !*open).expect("unharmed");
        answer(200)
    });
    System::new().block_on(async {
        let outbox = Outbox::open(folder.path(), vec![plan("crm", webhook(server.port, LONG))]).expect("opened");
        outbox.offer("crm", &events(1..=3)).expect("offered");
        until("one is under way", || server.seen().len() == 1).await;
        let opens = Arc::clone(&gate);
        let opener = std::thread::spawn(move || {
            *opens.0.lock().expect("unharmed") = true;
            opens.1.notify_all();
        });
        let left = outbox.stop(LONG).await;
        opener.join().expect("ended");
        // The gate may open before the stop is heard, so that more than one is delivered; none is under way.
        assert_eq!(left[0].delivered + left[0].waiting, 3);
        assert_eq!(server.seen().len() as u64, left[0].delivered);
        let outbox = Outbox::open(folder.path(), vec![plan("crm", webhook(server.port, LONG))]).expect("opened");
        delivered(&outbox, 3).await;
    });
    assert_eq!(server.seen().len(), 3, "none came twice");
}

#[test]
fn stopping_cuts_off_what_takes_longer_than_the_limit() {
    let folder = tempfile::tempdir().expect("a folder");
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let wait = Arc::clone(&gate);
    let server = Server::new(move |_, _| {
        let open = wait.0.lock().expect("unharmed");
        let _open = wait.1.wait_while(open, |open| !*open).expect("unharmed");
        answer(200)
    });
    System::new().block_on(async {
        let outbox = Outbox::open(folder.path(), vec![plan("crm", webhook(server.port, LONG))]).expect("opened");
        outbox.offer("crm", &events([1])).expect("offered");
        until("it is under way", || server.seen().len() == 1).await;
        let left = outbox.stop(Duration::from_millis(10)).await;
        assert_eq!((left[0].waiting, left[0].delivered), (1, 0));
        *gate.0.lock().expect("unharmed") = true;
        gate.1.notify_all();
        let outbox = Outbox::open(folder.path(), vec![plan("crm", webhook(server.port, LONG))]).expect("opened");
        delivered(&outbox, 1).await;
    });
    let keys: Vec<String> = server.seen().iter().map(|request| request.key().to_owned()).collect();
    assert_eq!(keys, ["twin/1", "twin/1"]);
}

#[test]
fn a_redirect_is_not_followed() {
    let folder = tempfile::tempdir().expect("a folder");
    let other = Server::new(|_, _| answer(200));
    let to = format!("http://127.0.0.1:{}/", other.port);
    let server = Server::new(move |_, _| (307, vec![("location".into(), to.clone())], String::new()));
    System::new().block_on(async {
        let outbox = Outbox::open(folder.path(), vec![plan("crm", webhook(server.port, LONG))]).expect("opened");
        outbox.offer("crm", &events([1])).expect("offered");
        until("it is dead", || status(&outbox).dead == 1).await;
        assert!(status(&outbox).last_failure.expect("said").contains("redirects"));
    });
    assert!(other.seen().is_empty());
}
