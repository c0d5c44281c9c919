//! Bodies of the limit, and one byte over.

use crate::client::{Ask, answer, connect, exchange};
use crate::server::{Served, without_tokens};
use rehearsal_doors::Limits;
use std::io::{Read, Write};

const LIMIT: usize = 300_000;

fn served() -> Served {
    without_tokens(Limits { body_bytes: LIMIT as u64, ..Limits::default() })
}

/// A body in chunks of some thousand bytes.
fn chunks(length: usize) -> Vec<Vec<u8>> {
    vec![b'x'; length].chunks(7001).map(<[u8]>::to_vec).collect()
}

#[test]
fn a_body_of_the_limit_comes_in_and_one_byte_over_does_not() {
    let served = served();
    for (length, status) in [(0, 202), (1, 202), (LIMIT, 202), (LIMIT + 1, 413)] {
        let known = Ask::post(served.url("/ingest"), vec![b'x'; length]).send();
        let unknown = Ask::chunked(served.url("/ingest"), chunks(length)).send();
        for answer in [known, unknown] {
            assert_eq!(answer.status, status, "{length} bytes: {answer:?}");
            match status {
                202 => assert_eq!(answer.body, length.to_string()),
                _ => assert_eq!(answer.problem()["limit_bytes"], LIMIT),
            }
        }
    }
}

#[test]
fn what_a_handler_makes_of_a_body_that_is_too_large_does_not_count() {
    let served = served();
    for place in ["/swallow", "/json"] {
        let fits = Ask::chunked(served.url(place), vec![b"\"".to_vec(), vec![b'x'; LIMIT - 2], b"\"".to_vec()]);
        assert_eq!(fits.header("content-type", "application/json").send().status, 200, "{place}");
        let large = Ask::chunked(served.url(place), vec![b"\"".to_vec(), vec![b'x'; LIMIT - 1], b"\"".to_vec()]);
        let answer = large.header("content-type", "application/json").send();
        assert_eq!((answer.status, answer.kind().as_str()), (413, "too-large"), "{place}: {answer:?}");
    }
}

#[test]
fn what_is_no_json_is_a_problem_too() {
    let served = served();
    let broken = Ask::post(served.url("/json"), b"{\"a\":".to_vec()).header("content-type", "application/json").send();
    let other = Ask::post(served.url("/json"), b"{}".to_vec()).header("content-type", "text/plain").send();
    assert_eq!((broken.status, broken.kind().as_str()), (400, "no-json"));
    assert_eq!((other.status, other.kind().as_str()), (415, "no-json"));
}

#[test]
fn a_body_that_says_it_is_too_large_is_not_waited_for() {
    let served = served();
    let head = format!("POST /ingest HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", u64::MAX);
    let told = exchange(served.address, head.as_bytes());
    assert!(told.starts_with("HTTP/1.1 413 ") && told.to_ascii_lowercase().contains("connection: close"), "{told}");
}

#[test]
fn a_body_that_nobody_reads_does_not_disturb_the_next_request() {
    let served = served();
    for _ in 0..3 {
        assert_eq!(Ask::post(served.url("/unread"), vec![b'x'; LIMIT]).send().body, "unread");
        assert_eq!(Ask::chunked(served.url("/unread"), chunks(LIMIT)).send().body, "unread");
    }
}

#[test]
fn on_a_connection_that_is_no_longer_http_nothing_is_counted() {
    let served = served();
    let mut stream = connect(served.address);
    let head = b"GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    stream.write_all(head).expect("written");
    assert!(answer(&mut stream).starts_with("HTTP/1.1 101 "));
    for _ in 0..100 {
        stream.write_all(&[7; 10_000]).expect("written");
        let mut back = [0; 10_000];
        stream.read_exact(&mut back).expect("it comes back");
        assert!(back.iter().all(|byte| *byte == 7));
    }
}
