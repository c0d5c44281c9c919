//! A process that is killed in the middle of deliveries, again and again.

mod common;

use actix::System;
use common::{Server, answer, delivered, event, events, plan, webhook};
use rehearsal_connect::{ConnectorPlan, Endpoint, Outbox};
use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

const EVENTS: u64 = 400;
const PORT: &str = "REHEARSAL_TEST_PORT";
const DIR: &str = "REHEARSAL_TEST_DIR";

fn plans(port: u16) -> Vec<ConnectorPlan> {
    let Endpoint::Webhook(hook) = webhook(port, LONG) else { unreachable!("it is one") };
    vec![ConnectorPlan { in_flight: 3, ..plan("crm", Endpoint::Webhook(hook)) }]
}

const LONG: Duration = Duration::from_secs(60);

/// How many requests may be answered, and how many were.
#[derive(Default)]
struct Gate {
    allowed: usize,
    answered: usize,
}

/// What the killed process does; without the variables of [`kill_nine`] it does nothing.
#[test]
fn child() {
    let (Ok(port), Ok(dir)) = (std::env::var(PORT), std::env::var(DIR)) else { return };
    System::new().block_on(async move {
        let outbox = Outbox::open(Path::new(&dir), plans(port.parse().expect("a port"))).expect("opened");
        // As after a recovery: everything is offered again from the beginning.
        for number in (1..=EVENTS).step_by(7) {
            outbox.offer("crm", &events(number..(number + 7).min(EVENTS + 1))).expect("offered");
            tokio::task::yield_now().await;
        }
        std::future::pending::<()>().await;
    });
}

#[test]
fn kill_nine() {
    let folder = tempfile::tempdir().expect("a folder");
    let gate = Arc::new((Mutex::new(Gate::default()), Condvar::new()));
    let theirs = Arc::clone(&gate);
    let server = Server::new(move |request, before| {
        // Beyond what is allowed nothing is answered: the process is killed with requests under way.
        let gate = theirs.0.lock().expect("unharmed");
        let mut gate = theirs.1.wait_while(gate, |gate| gate.answered >= gate.allowed).expect("unharmed");
        gate.answered += 1;
        theirs.1.notify_all();
        // Now and then an answer is bad, so that it is also killed between two attempts.
        if before == 0 && request.key().ends_with('3') { answer(500) } else { answer(200) }
    });
    for round in 1..=6 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "child"])
            .env(PORT, server.port.to_string())
            .env(DIR, folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("the child starts");
        let mut open = gate.0.lock().expect("unharmed");
        // In all rounds together fewer than there are events.
        open.allowed += 17 * round;
        gate.1.notify_all();
        let (open, late) = gate.1.wait_timeout_while(open, LONG, |gate| gate.answered < gate.allowed).expect("unharmed");
        drop(open);
        child.kill().expect("killed");
        child.wait().expect("it ended");
        assert!(!late.timed_out(), "round {round} delivered too little");
    }
    gate.0.lock().expect("unharmed").allowed = usize::MAX;
    gate.1.notify_all();
    System::new().block_on(async {
        let outbox = Outbox::open(folder.path(), plans(server.port)).expect("recovered");
        outbox.offer("crm", &events(1..=EVENTS)).expect("offered");
        let status = delivered(&outbox, EVENTS).await;
        assert_eq!((status.delivered, status.waiting, status.dead), (EVENTS, 0, 0));
        outbox.stop(LONG).await;
    });
    let mut bodies: HashMap<String, String> = HashMap::new();
    for request in server.seen() {
        let first = bodies.entry(request.key().to_owned()).or_insert_with(|| request.body.clone());
        assert_eq!(*first, request.body, "one key, one event");
    }
    for number in 1..=EVENTS {
        let body = bodies.get(&format!("twin/{number}")).unwrap_or_else(|| panic!("{number} never came"));
        assert_eq!(*body, event(number).data.to_string());
    }
    assert_eq!(bodies.len() as u64, EVENTS);
}
