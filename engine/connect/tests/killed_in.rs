//! A process that hears a broker and is killed while it takes messages, again and again.

#[path = "common/broker.rs"]
mod broker;
mod common;

use actix::System;
use broker::Broker;
use common::{delivered, events, plan, until};
use rehearsal_connect::{Arrived, BreakerPlan, ConnectorPlan, Endpoint, MqttIn, MqttInPlan, MqttOut, Outbox, intake};
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

const EVENTS: u64 = 600;
const LONG: Duration = Duration::from_secs(60);
const URL: &str = "REHEARSAL_TEST_BROKER";
const FILE: &str = "REHEARSAL_TEST_FILE";
const LIMIT: &str = "REHEARSAL_TEST_LIMIT";

fn way_in(url: &str) -> MqttInPlan {
    MqttInPlan {
        receive_maximum: 20,
        batch: 5,
        first_wait: Duration::from_millis(2),
        longest_wait: Duration::from_millis(20),
        ..MqttInPlan::new("cars", url, "twin", vec!["cars/#".into()])
    }
}

/// What the killed process does; without the variables of [`kill_nine`] it does nothing.
#[test]
fn child() {
    let (Ok(url), Ok(file), Ok(limit)) = (std::env::var(URL), std::env::var(FILE), std::env::var(LIMIT)) else { return };
    let limit: usize = limit.parse().expect("a number");
    System::new().block_on(async move {
        let file = PathBuf::from(file);
        let take = intake(move |batch: Vec<Arrived>| {
            let kept_now = keep(&file, &batch);
            // The last batch is kept and never acknowledged: the process is killed between the two.
            let last = kept(&file).len() >= limit;
            async move {
                if last {
                    std::future::pending::<()>().await;
                }
                kept_now.map_err(|error| error.to_string())
            }
        });
        let _way = MqttIn::start(way_in(&url), take).expect("started");
        std::future::pending::<()>().await;
    });
}

/// Writes a line for each message, and waits for the disk.
fn keep(path: &Path, batch: &[Arrived]) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(path)?;
    let lines: String = batch.iter().map(|message| format!("{}\n", message.topic.trim_start_matches("cars/"))).collect();
    file.write_all(lines.as_bytes())?;
    file.sync_data()
}

/// The numbers in whole lines.
fn kept(path: &Path) -> Vec<u64> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')?.parse().ok()).collect()
}

#[test]
fn kill_nine() {
    let (folder, broker) = (tempfile::tempdir().expect("a folder"), Broker::new());
    let file = folder.path().join("kept");
    System::new().block_on(async {
        // The broker keeps for this client from its first connection on.
        let way = MqttIn::start(way_in(&broker.url()), intake(|_| std::future::pending())).expect("started");
        until("it is connected", || way.status().connected).await;
        way.stop(Duration::ZERO).await;
        let mqtt =
            MqttOut { broker: broker.url(), topic: "cars/{number}".into(), qos: 1, user: None, password: None, timeout: LONG };
        let breaker = BreakerPlan { failures: 0, open_for: Duration::ZERO };
        let bus = ConnectorPlan { breaker, in_flight: 8, ..plan("bus", Endpoint::Mqtt(mqtt)) };
        let outbox = Outbox::open(&folder.path().join("out"), vec![bus]).expect("opened");
        outbox.offer("bus", &events(1..=EVENTS)).expect("offered");
        delivered(&outbox, EVENTS).await;
        outbox.stop(LONG).await;
        for round in 1..=5 {
            let enough = kept(&file).len() + 20 * round;
            let mut child = Command::new(std::env::current_exe().expect("this program"))
                .args(["--exact", "child"])
                .env(URL, broker.url())
                .env(FILE, &file)
                .env(LIMIT, enough.to_string())
                .stdout(Stdio::null())
                .spawn()
                .expect("the child starts");
            until("enough are kept", || kept(&file).len() >= enough).await;
            child.kill().expect("killed");
            child.wait().expect("it ended");
        }
        let last = file.clone();
        let take = intake(move |batch: Vec<Arrived>| {
            let kept = keep(&last, &batch);
            async move { kept.map_err(|error| error.to_string()) }
        });
        let way = MqttIn::start(way_in(&broker.url()), take).expect("started");
        until("all are kept", || kept(&file).into_iter().collect::<BTreeSet<_>>().len() as u64 == EVENTS).await;
        way.stop(LONG).await;
    });
    let all = kept(&file);
    assert!(all.len() as u64 > EVENTS, "what was kept and not acknowledged came again");
    let numbers: BTreeSet<u64> = all.into_iter().collect();
    assert!(numbers.into_iter().eq(1..=EVENTS), "every message that the broker had is kept");
}
