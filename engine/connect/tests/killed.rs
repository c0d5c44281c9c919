//! A process that is killed in the middle of deliveries, again and again.

mod common;

use actix::System;
use common::{Server, answer, delivered, event, events, plan, webhook};
use rehearsal_connect::{ConnectorPlan, Endpoint, Outbox};
use std::collections::HashMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const EVENTS: u64 = 400;
const PORT: &str = "REHEARSAL_TEST_PORT";
const DIR: &str = "REHEARSAL_TEST_DIR";

fn plans(port: u16) -> Vec<ConnectorPlan> {
    let Endpoint::Webhook(hook) = webhook(port, Duration::from_secs(60)) else { unreachable!("it is one") };
    vec![ConnectorPlan { in_flight: 3, ..plan("crm", Endpoint::Webhook(hook)) }]
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
    // Now and then an answer is bad, so that the process is also killed between two attempts.
    let server =
        Server::new(|request, before| if before == 0 && request.key().ends_with('3') { answer(500) } else { answer(200) });
    let seen = || server.seen().len();
    for round in 1..=6 {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "child"])
            .env(PORT, server.port.to_string())
            .env(DIR, folder.path())
            .stdout(Stdio::null())
            .spawn()
            .expect("the child starts");
        let enough = seen() + 17 * round;
        for _ in 0..60_000 {
            if seen() >= enough {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().expect("killed");
        child.wait().expect("it ended");
        assert!(seen() >= enough, "round {round} delivered too little");
    }
    System::new().block_on(async {
        let outbox = Outbox::open(folder.path(), plans(server.port)).expect("recovered");
        outbox.offer("crm", &events(1..=EVENTS)).expect("offered");
        let status = delivered(&outbox, EVENTS).await;
        assert_eq!((status.delivered, status.waiting, status.dead), (EVENTS, 0, 0));
        outbox.stop(Duration::from_secs(60)).await;
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
