//! A token is in nothing that is written, by us or by what we stand on.

use crate::client::{Ask, exchange};
use crate::server::{Known, with_tokens};
use log::{LevelFilter, Log, Metadata, Record};
use rehearsal_doors::{Doors, Limits, Tokens};
use std::sync::Mutex;

/// All that any part of this program logs.
struct Kept(Mutex<Vec<String>>);

impl Log for Kept {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        // What the client writes is not the server's.
        if !record.target().starts_with("awc") {
            self.0.lock().expect("not poisoned").push(format!("{}: {}", record.target(), record.args()));
        }
    }

    fn flush(&self) {}
}

static KEPT: Kept = Kept(Mutex::new(Vec::new()));

#[test]
fn a_token_is_in_no_log_answer_or_debug() {
    log::set_logger(&KEPT).expect("the only logger");
    log::set_max_level(LevelFilter::Trace);
    let known = Known::new();
    let served = with_tokens(&known, Limits { body_bytes: 10, ..Limits::default() });
    let mut seen = Vec::new();
    for token in [&known.ingest, &known.read, &known.operate] {
        for place in ["/open", "/ingest", "/read", "/operate", "/nowhere", "/fails", "/json", "/me"] {
            seen.push(format!("{:?}", Ask::get(served.url(place)).token(token).send()));
            seen.push(format!("{:?}", Ask::post(served.url(place), vec![0; 11]).token(token).send()));
            seen.push(format!("{:?}", Ask::get(served.url(place)).header("authorization", token.as_str()).send()));
            seen.push(format!("{:?}", Ask::get(served.url(place)).token(&format!("{token}0")).send()));
        }
        let broken = format!("GET /open HTTP/1.1\r\nAuthorization: Bearer {token}\r\nHost\r\n\r\n");
        seen.push(exchange(served.address, broken.as_bytes()));
    }
    let doors = Doors::new("127.0.0.1:0".parse().expect("an address"), known.tokens(), None, Limits::default());
    seen.push(format!("{doors:?} {:?}", known.tokens()));
    for line in ["read TOKEN", "TOKEN read a", "TOKEN", "read TOKEN TOKEN", "read a TOKEN\nread b TOKEN", "read a TOKEN TOKEN"] {
        let error = Tokens::from_text(&line.replace("TOKEN", &known.read), "file");
        seen.push(error.map_or_else(|error| format!("{error} {error:?}"), |_| String::new()));
    }
    log::set_max_level(LevelFilter::Off);
    seen.extend(KEPT.0.lock().expect("not poisoned").drain(..));
    assert!(seen.iter().any(|text| text.contains("actix")), "logs were heard");
    for token in [&known.ingest, &known.read, &known.operate] {
        let told: Vec<&String> = seen.iter().filter(|text| text.contains(&token[..8])).collect();
        assert!(told.is_empty(), "{told:#?}");
    }
}
