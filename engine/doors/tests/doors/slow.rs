//! Those who are slow, on purpose or not.

use crate::client::{Ask, answer, connect, rest};
use crate::server::{Known, with_tokens, without_tokens};
use rehearsal_doors::Limits;
use std::io::{ErrorKind, Read, Write};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(1);

#[test]
fn a_head_that_comes_byte_by_byte_is_cut_off_while_others_are_served() {
    let served =
        without_tokens(Limits { header: SOON, workers: 1, rate_per_second: 1_000_000, burst: 1_000_000, ..Limits::default() });
    let mut slow = connect(served.address);
    slow.write_all(b"GET /open HTTP/1.1\r\nHost: localhost\r\nX-Slow: ").expect("written");
    slow.set_nonblocking(true).expect("a socket");
    let mut told = Vec::new();
    // Between two bytes of the slow one another client is served; the slow one never ends by itself.
    for _ in 0..100_000 {
        let written = slow.write(b"x");
        assert_eq!(Ask::get(served.url("/open")).send().status, 200);
        let mut part = [0; 1024];
        match slow.read(&mut part) {
            Ok(0) => break,
            Ok(length) => told.extend(&part[..length]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => drop(written),
            Err(_) => break,
        }
    }
    let told = String::from_utf8_lossy(&told);
    assert!(told.starts_with("HTTP/1.1 408 "), "it was cut off: {told:?}");
}

#[test]
fn a_body_that_does_not_come_is_not_waited_for() {
    let served = without_tokens(Limits { request: SOON, ..Limits::default() });
    for (place, length) in
        [("/ingest", "Content-Length: 10"), ("/ingest", "Transfer-Encoding: chunked"), ("/swallow", "Content-Length: 10")]
    {
        let mut slow = connect(served.address);
        let body = if length.starts_with('T') { "2\r\nab\r\n" } else { "ab" };
        write!(slow, "POST {place} HTTP/1.1\r\nHost: localhost\r\n{length}\r\n\r\n{body}").expect("written");
        let told = rest(&mut slow);
        assert!(told.starts_with("HTTP/1.1 408 ") && told.contains("urn:rehearsal:problem:too-slow"), "{place} {length}: {told}");
        assert_eq!(told.matches("HTTP/1.1").count(), 1, "{told}");
    }
}

/// The server itself would wait for the rest of such a body; here nothing else cuts the connection for an hour.
#[test]
fn a_body_that_nobody_reads_does_not_keep_a_connection() {
    let known = Known::new();
    let served = with_tokens(&known, Limits { keep_alive: Duration::from_secs(3600), ..Limits::default() });
    let token = format!("Authorization: Bearer {}\r\n", known.read);
    for (place, who, status) in
        [("/ingest", "", 401), ("/ingest", &token, 403), ("/unread", &token, 200), ("/nowhere", &token, 404)]
    {
        for length in ["Content-Length: 10", "Transfer-Encoding: chunked"] {
            let mut slow = connect(served.address);
            write!(slow, "POST {place} HTTP/1.1\r\nHost: localhost\r\n{who}{length}\r\n\r\n").expect("written");
            let told = rest(&mut slow);
            assert!(told.starts_with(&format!("HTTP/1.1 {status} ")), "{place} {length}: {told}");
        }
    }
}

#[test]
fn a_silent_connection_is_closed() {
    let served = without_tokens(Limits { keep_alive: SOON, header: SOON, ..Limits::default() });
    let mut silent = connect(served.address);
    silent.write_all(b"GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("written");
    assert!(answer(&mut silent).starts_with("HTTP/1.1 200 "));
    assert_eq!(rest(&mut silent), "");
    assert!(rest(&mut connect(served.address)).starts_with("HTTP/1.1 408 "), "nor is one kept that never said a word");
}

#[test]
fn who_is_not_known_gets_one_answer_on_a_connection() {
    let known = Known::new();
    let served = with_tokens(&known, Limits::default());
    for (place, status) in [("/open", 200), ("/read", 401), ("/nowhere", 404)] {
        let mut stranger = connect(served.address);
        write!(stranger, "GET {place} HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("written");
        let told = rest(&mut stranger);
        assert!(told.starts_with(&format!("HTTP/1.1 {status} ")), "{told}");
        assert!(told.to_ascii_lowercase().contains("\r\nconnection: close\r\n"), "{told}");
    }
    let mut friend = connect(served.address);
    for _ in 0..3 {
        write!(friend, "GET /read HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\r\n", known.read).expect("written");
        assert!(answer(&mut friend).starts_with("HTTP/1.1 200 "));
    }
}

/// The server times the head of the first request alone.
#[test]
fn the_head_of_a_second_request_is_not_waited_for_either() {
    let known = Known::new();
    let served = with_tokens(&known, Limits { keep_alive: SOON, header: SOON, ..Limits::default() });
    let mut slow = connect(served.address);
    let request = format!("GET /read HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n", known.read);
    write!(slow, "{request}\r\n").expect("written");
    assert!(answer(&mut slow).starts_with("HTTP/1.1 200 "));
    // Only now, when the server has begun to count the silence, which these bytes end.
    write!(slow, "{request}X-Slow:").expect("written");
    assert_eq!(rest(&mut slow), "");
}

#[test]
fn what_is_being_answered_is_not_cut() {
    let served = without_tokens(Limits { keep_alive: SOON, header: SOON, ..Limits::default() });
    let mut stream = connect(served.address);
    let head = b"GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    stream.write_all(head).expect("written");
    assert!(answer(&mut stream).starts_with("HTTP/1.1 101 "));
    // Another connection, made later, is cut in the meantime.
    let mut silent = connect(served.address);
    rest(&mut silent);
    let mut second = connect(served.address);
    second.write_all(b"GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("written");
    assert!(answer(&mut second).starts_with("HTTP/1.1 200 "));
    second.write_all(b"GET /").expect("written");
    rest(&mut second);
    stream.write_all(b"still here").expect("written");
    let mut back = [0; 10];
    stream.read_exact(&mut back).expect("it comes back");
    assert_eq!(&back, b"still here");
}
