//! The queue on real files: what it forgets and what it does not.

use super::*;
use serde_json::json;
use tempfile::tempdir;

fn event(number: u64) -> Outgoing {
    Outgoing {
        key: format!("twin/{number}"),
        number,
        sort: "contact".into(),
        source: "twin".into(),
        subject: "car/1".into(),
        time: "2026-11-05T08:02:10Z".into(),
        data: json!({"n": number}),
    }
}

fn events(numbers: impl IntoIterator<Item = u64>) -> Vec<Outgoing> {
    numbers.into_iter().map(event).collect()
}

fn numbers(queue: &mut Queue) -> Vec<u64> {
    std::iter::from_fn(|| queue.take().expect("read")).map(|(_, event)| event.number).collect()
}

#[test]
fn what_is_known_is_ignored_even_after_everything_is_done() {
    let folder = tempdir().expect("a folder");
    let mut queue = Queue::open(folder.path()).expect("opened");
    assert_eq!(queue.offer("x", &events([3, 5])).expect("offered"), Offered { taken: 2, known: 0 });
    assert_eq!(queue.offer("x", &events([3, 4, 5, 6])).expect("offered"), Offered { taken: 1, known: 3 });
    while let Some((place, _)) = queue.take().expect("read") {
        queue.delivered(place).expect("written");
    }
    queue.mark().expect("written");
    drop(queue);
    let mut queue = Queue::open(folder.path()).expect("opened");
    assert_eq!(queue.offer("x", &events([5, 6, 7])).expect("offered"), Offered { taken: 1, known: 2 });
    assert_eq!(queue.counts(), (1, 3, 0));
    assert_eq!(numbers(&mut queue), [7]);
}

#[test]
fn what_is_not_done_waits_again_in_its_order() {
    let folder = tempdir().expect("a folder");
    let mut queue = Queue::open(folder.path()).expect("opened");
    queue.offer("x", &events(1..=5)).expect("offered");
    let places: Vec<u64> = (0..3).map(|_| queue.take().expect("read").expect("one").0).collect();
    queue.delivered(places[1]).expect("written");
    queue.commit().expect("written");
    queue.give_back();
    assert_eq!(numbers(&mut queue), [1, 3, 4, 5]);
    drop(queue);
    let mut queue = Queue::open(folder.path()).expect("opened");
    assert_eq!(queue.counts(), (4, 1, 0));
    assert_eq!(numbers(&mut queue), [1, 3, 4, 5]);
    assert!(queue.oldest().is_some());
}

#[test]
fn an_offer_out_of_order_is_refused_whole() {
    let folder = tempdir().expect("a folder");
    let mut queue = Queue::open(folder.path()).expect("opened");
    assert!(matches!(queue.offer("x", &events([2, 2])), Err(ConnectError::NotRising { number: 2, before: 2, .. })));
    let mut long = event(3);
    long.data = json!("x".repeat(LONGEST_EVENT));
    assert!(queue.offer("x", &[event(1), long]).expect_err("too long").to_string().contains("twin/3"));
    assert_eq!(queue.counts(), (0, 0, 0));
    assert_eq!(queue.offer("x", &events([1])).expect("offered").taken, 1);
}

#[test]
fn the_dead_come_back_once_and_behind_the_others() {
    let folder = tempdir().expect("a folder");
    let mut queue = Queue::open(folder.path()).expect("opened");
    queue.offer("x", &events([1, 2])).expect("offered");
    let (place, first) = queue.take().expect("read").expect("one");
    let letter = DeadLetter { reason: "400".into(), attempts: 1, at: "2026-11-05T08:02:10Z".into(), event: first };
    queue.died(place, &letter).expect("written");
    assert_eq!(queue.counts(), (1, 0, 1));
    assert_eq!(queue.dead_letters(10).expect("read"), std::slice::from_ref(&letter));
    // It died twice, as after a crash between the two writes; and the process ends while they are put back.
    queue.dead.add(&letter).expect("written");
    queue.dead.begin_retry().expect("renamed");
    drop(queue);
    let mut queue = Queue::open(folder.path()).expect("opened");
    assert_eq!(queue.counts(), (2, 0, 0));
    assert_eq!(numbers(&mut queue), [2, 1]);
    assert_eq!(queue.retry_dead().expect("none"), 0);
}

#[test]
fn half_a_line_of_the_dead_is_cut_off() {
    let folder = tempdir().expect("a folder");
    std::fs::write(folder.path().join("dead.ndjson"), "{\"reason\":\"4").expect("written");
    let queue = Queue::open(folder.path()).expect("opened");
    assert_eq!(queue.dead_letters(10).expect("read"), []);
}

#[test]
fn what_is_done_leaves_the_disk() {
    let folder = tempdir().expect("a folder");
    let mut queue = Queue::open(folder.path()).expect("opened");
    let size = |folder: &Path| -> u64 {
        let entries = std::fs::read_dir(folder.join("queue")).expect("a folder");
        entries.map(|entry| entry.expect("an entry").metadata().expect("its data").len()).sum()
    };
    let mut largest = 0;
    for round in 0..40_u64 {
        let mut batch = events((round * 100 + 1)..=(round * 100 + 100));
        for event in &mut batch {
            event.data = json!("x".repeat(10_000));
        }
        queue.offer("x", &batch).expect("offered");
        while let Some((place, _)) = queue.take().expect("read") {
            queue.delivered(place).expect("written");
        }
        largest = largest.max(size(folder.path()));
    }
    // 40 MB went through; segments of 8 MiB, and a mark every 1024.
    assert!(largest < 28 << 20, "{largest}");
    assert_eq!(queue.counts(), (0, 4000, 0));
}

#[test]
fn a_queue_that_is_in_use_is_not_opened_again() {
    let folder = tempdir().expect("a folder");
    let _queue = Queue::open(folder.path()).expect("opened");
    assert!(Queue::open(folder.path()).is_err());
}
