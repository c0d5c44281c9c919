//! Bytes that are no HTTP, or hardly.

use crate::client::{Ask, answer, connect, exchange, rest};
use crate::server::{Served, without_tokens};
use rehearsal_doors::Limits;
use std::io::Write;
use std::net::Shutdown;

fn served() -> Served {
    without_tokens(Limits { rate_per_second: 1_000_000, burst: 1_000_000, ..Limits::default() })
}

/// A xorshift: the same bytes in every run.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    /// Random bytes, or pieces of HTTP in random order.
    fn bytes(&mut self) -> Vec<u8> {
        const PIECES: [&[u8]; 14] = [
            b"GET ",
            b"POST /ingest ",
            b"/open",
            b" HTTP/1.1",
            b" HTTP/2.0",
            b"\r\n",
            b"\r\n\r\n",
            b"Host: localhost",
            b"Content-Length: ",
            b"Transfer-Encoding: chunked",
            b"18446744073709551616",
            b"Authorization: Bearer ",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            b"\0\xff\n",
        ];
        let length = self.below(400);
        if self.below(2) == 0 {
            return (0..length).map(|_| self.next() as u8).collect();
        }
        (0..length / 10).flat_map(|_| PIECES[self.below(PIECES.len())].iter().copied()).collect()
    }
}

#[test]
fn a_thousand_strings_of_nonsense_do_not_close_the_door() {
    let served = served();
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for _ in 0..1000 {
        let mut stream = connect(served.address);
        // The server may have closed before all was written.
        let _ = stream.write_all(&chance.bytes());
        let _ = stream.shutdown(Shutdown::Write);
        let told = rest(&mut stream);
        assert!(told.is_empty() || told.starts_with("HTTP/1."), "{told}");
    }
    assert_eq!(Ask::get(served.url("/open")).send().body, "open");
}

#[test]
fn requests_in_a_row_are_answered_in_a_row() {
    let served = served();
    let mut stream = connect(served.address);
    let places = ["/open", "/nowhere", "/me", "/fails"];
    for number in 0..100 {
        write!(stream, "GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", places[number % 4]).expect("written");
    }
    for number in 0..100 {
        let told = answer(&mut stream);
        assert!(told.starts_with(["HTTP/1.1 200 ", "HTTP/1.1 404 ", "HTTP/1.1 200 ", "HTTP/1.1 418 "][number % 4]), "{told}");
    }
}

#[test]
fn after_nonsense_in_a_row_nothing_more_is_answered() {
    let served = served();
    let good = "GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let told = exchange(served.address, format!("{good}\u{1}\u{2} nonsense\r\n\r\n{good}").as_bytes());
    let statuses: Vec<&str> = told.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "400"]);
}

#[test]
fn a_body_whose_length_is_in_doubt_is_refused() {
    let served = served();
    for lengths in [
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: +5",
        "Content-Length: -1",
        "Content-Length: 0x5",
        "Content-Length: 18446744073709551616",
        "Transfer-Encoding: chunked, identity",
    ] {
        let smuggled = "0\r\n\r\nGET /me HTTP/1.1\r\nHost: localhost\r\n\r\n";
        let told = exchange(
            served.address,
            format!("POST /ingest HTTP/1.1\r\nHost: localhost\r\n{lengths}\r\n\r\n{smuggled}").as_bytes(),
        );
        assert!(told.starts_with("HTTP/1.1 400 "), "{lengths}: {told}");
        assert_eq!(told.matches("HTTP/1.1 ").count(), 1, "{lengths}: {told}");
    }
}

#[test]
fn a_head_without_end_is_refused() {
    let served = served();
    let mut stream = connect(served.address);
    let _ = write!(stream, "GET /open HTTP/1.1\r\nHost: localhost\r\nX-Long: {}", "x".repeat(1 << 20));
    let told = rest(&mut stream);
    assert!(told.is_empty() || told.starts_with("HTTP/1.1 431 "), "{told}");
    assert_eq!(Ask::get(served.url("/open")).send().body, "open");
}
