//! How many requests, and how many connections.

use crate::client::{Ask, answer, connect};
use crate::server::{Known, Served, doors, without_tokens};
use rehearsal_doors::{Clock, Limits, new_token};
use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

fn clock() -> (Clock, Arc<AtomicU64>) {
    let seconds = Arc::new(AtomicU64::new(0));
    let read = seconds.clone();
    (Arc::new(move || Duration::from_millis(read.load(Ordering::SeqCst))), seconds)
}

#[test]
fn who_asks_too_often_is_told_when_to_come_again() {
    let known = Known::new();
    let (clock, milliseconds) = clock();
    let limits = Limits { rate_per_second: 1, burst: 3, workers: 2, ..Limits::default() };
    let served = Served::by(&doors(known.tokens(), limits), clock);
    let ask = |token: &str| Ask::get(served.url("/open")).token(token).send();
    let statuses: Vec<u16> = (0..5).map(|_| ask(&known.read).status).collect();
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
    milliseconds.fetch_add(500, Ordering::SeqCst);
    let refused = ask(&known.read);
    assert_eq!((refused.status, refused.kind().as_str(), refused.header("retry-after")), (429, "too-many", Some("1")));
    assert_eq!(ask(&known.ingest).status, 200, "another name has a bucket of its own");
    milliseconds.fetch_add(500, Ordering::SeqCst);
    assert_eq!([ask(&known.read).status, ask(&known.read).status], [200, 429], "one more after a second");
    milliseconds.fetch_add(3_600_000, Ordering::SeqCst);
    let statuses: Vec<u16> = (0..4).map(|_| ask(&known.read).status).collect();
    assert_eq!(statuses, [200, 200, 200, 429], "a long pause fills the bucket and no more");
}

#[test]
fn guesses_count_against_the_address_and_not_against_those_who_know() {
    let known = Known::new();
    let (clock, _) = clock();
    let limits = Limits { rate_per_second: 1, burst: 2, ..Limits::default() };
    let served = Served::by(&doors(known.tokens(), limits), clock);
    let guess = || Ask::get(served.url("/read")).token(&new_token().expect("random bytes")).send().status;
    assert_eq!([guess(), guess(), guess()], [401, 401, 429]);
    assert_eq!(Ask::get(served.url("/open")).send().status, 429, "nor does it help to show none");
    assert_eq!(Ask::get(served.url("/read")).token(&known.read).send().status, 200);
}

#[test]
fn more_connections_than_agreed_wait_until_one_ends() {
    let served = without_tokens(Limits { connections: 2, workers: 1, ..Limits::default() });
    let request = b"GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let mut open = [connect(served.address), connect(served.address)];
    for stream in &mut open {
        stream.write_all(request).expect("written");
        assert!(answer(stream).starts_with("HTTP/1.1 200 "));
    }
    let mut third = connect(served.address);
    third.write_all(request).expect("written");
    for stream in &mut open {
        stream.write_all(request).expect("written");
        assert!(answer(stream).starts_with("HTTP/1.1 200 "), "those who are in are served");
    }
    third.set_nonblocking(true).expect("a socket");
    assert_eq!(third.read(&mut [0]).expect_err("nothing yet").kind(), ErrorKind::WouldBlock);
    third.set_nonblocking(false).expect("a socket");
    drop(open);
    assert!(answer(&mut third).starts_with("HTTP/1.1 200 "), "now there is room");
}
