//! Lines of a file.

mod common;

use actix::System;
use common::{delivered, event, events, plan, status, until};
use rehearsal_connect::{ConnectorPlan, Endpoint, FileOut, Outbox};
use serde_json::Value;

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn every_event_is_a_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.ndjson");
    System::new().block_on(async {
        let plan = ConnectorPlan { in_flight: 8, ..plan("log", Endpoint::File(FileOut { path: path.clone() })) };
        let outbox = Outbox::open(&folder.path().join("queues"), vec![plan]).expect("opened");
        outbox.offer("log", &events(1..=100)).expect("offered");
        delivered(&outbox, 100).await;
        outbox.stop(std::time::Duration::from_secs(60)).await;
    });
    let mut lines = lines(&std::fs::read_to_string(path).expect("the file"));
    lines.sort_by_key(|line| line["data"]["n"].as_u64());
    assert_eq!(lines, (1..=100).map(|number| event(number).structured()).collect::<Vec<_>>());
}

#[test]
fn half_a_line_of_an_earlier_end_spoils_no_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("out.ndjson");
    std::fs::write(&path, "{\"specversion\": \"1.0\", \"id").expect("written");
    System::new().block_on(async {
        let plan = plan("log", Endpoint::File(FileOut { path: path.clone() }));
        let outbox = Outbox::open(&folder.path().join("queues"), vec![plan]).expect("opened");
        outbox.offer("log", &events([1])).expect("offered");
        delivered(&outbox, 1).await;
    });
    let text = std::fs::read_to_string(path).expect("the file");
    assert_eq!(lines(text.split_once('\n').expect("two lines").1), [event(1).structured()]);
}

#[test]
fn a_folder_that_is_not_there_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("later").join("out.ndjson");
    System::new().block_on(async {
        let plan = ConnectorPlan { attempts: 1_000_000, ..plan("log", Endpoint::File(FileOut { path: path.clone() })) };
        let outbox = Outbox::open(&folder.path().join("queues"), vec![plan]).expect("opened");
        outbox.offer("log", &events([1])).expect("offered");
        until("it failed", || status(&outbox).failed_attempts > 0).await;
        assert!(status(&outbox).last_failure.expect("said").contains("out.ndjson"));
        std::fs::create_dir(folder.path().join("later")).expect("made");
        delivered(&outbox, 1).await;
    });
}
