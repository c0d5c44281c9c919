//! Pages of strangers, and what browsers are told.

use crate::client::{Ask, exchange};
use crate::server::{Known, Served, doors, with_tokens, without_tokens};
use rehearsal_doors::{Limits, Tokens};

/// The status of a request whose headers are written out.
fn status(served: &Served, head: &str) -> u16 {
    let told = exchange(served.address, format!("{head}Connection: close\r\n\r\n").as_bytes());
    told.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("{head} got {told}"))
}

#[test]
fn a_name_that_was_made_to_stand_for_this_machine_is_refused() {
    let served = without_tokens(Limits::default());
    let port = served.address.port();
    for (host, expected) in [
        ("localhost".to_owned(), 200),
        (format!("LOCALHOST:{port}"), 200),
        (format!("127.0.0.1:{port}"), 200),
        ("[::1]:80".to_owned(), 200),
        ("evil.example".to_owned(), 421),
        (format!("evil.example:{port}"), 421),
        ("localhost.evil.example".to_owned(), 421),
        ("192.168.1.4".to_owned(), 421),
        ("a b".to_owned(), 421),
        (String::new(), 421),
    ] {
        assert_eq!(status(&served, &format!("GET /open HTTP/1.1\r\nHost: {host}\r\n")), expected, "{host}");
    }
    assert_eq!(status(&served, "GET /open HTTP/1.0\r\n"), 421, "no host at all");
    assert_eq!(status(&served, "GET http://evil.example/open HTTP/1.1\r\nHost: localhost\r\n"), 421, "a target of elsewhere");
    assert_eq!(status(&served, "GET /open HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: evil.example\r\n"), 200, "hearsay");
    let forwarded = "GET /open HTTP/1.1\r\nHost: evil.example\r\nX-Forwarded-Host: localhost\r\nForwarded: host=localhost\r\n";
    assert_eq!(status(&served, forwarded), 421, "hearsay");
}

#[test]
fn names_that_were_given_are_known() {
    let known_as = doors(Tokens::none(), Limits::default()).known_as(["Twin.example".to_owned()]).expect("a name");
    let served = Served::new(&known_as);
    for (host, expected) in [("twin.example", 200), ("twin.example:1", 200), ("localhost", 200), ("other.example", 421)] {
        assert_eq!(status(&served, &format!("GET /open HTTP/1.1\r\nHost: {host}\r\n")), expected, "{host}");
    }
    for wrong in ["http://twin.example", "twin.example:80", "a b", "", "twin.example/x", "me@twin.example"] {
        let error = doors(Tokens::none(), Limits::default()).known_as([wrong.to_owned()]).expect_err(wrong);
        assert!(error.to_string().contains("without scheme"), "{error}");
    }
}

#[test]
fn pages_from_elsewhere_are_refused() {
    let served = without_tokens(Limits::default());
    let own = format!("http://{}", served.address);
    for (origin, expected) in
        [(own.as_str(), 202), ("http://evil.example", 403), ("null", 403), ("http://localhost:1", 403), ("", 403)]
    {
        let answer = Ask::post(served.url("/ingest"), b"x".to_vec()).header("origin", origin).send();
        assert_eq!(answer.status, expected, "{origin}: {answer:?}");
        if expected == 403 {
            assert_eq!(answer.kind(), "foreign-origin");
        }
        assert_eq!(answer.header("access-control-allow-origin"), None);
    }
    let twice = Ask::get(served.url("/open")).header("origin", own.clone()).header("origin", "http://evil.example").send();
    assert_eq!(twice.status, 403);
    let asked =
        "OPTIONS /ingest HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n";
    assert_eq!(status(&served, asked), 403, "no page may ask whether it may");
}

#[test]
fn every_answer_tells_browsers_to_be_careful() {
    let known = Known::new();
    let served = with_tokens(&known, Limits { body_bytes: 10, ..Limits::default() });
    let get = |path: &str| Ask::get(served.url(path)).token(&known.read).send();
    let post = Ask::post(served.url("/read"), vec![0; 11]).token(&known.read).send();
    let host = Ask::get(served.url("/open")).header("origin", "null").send();
    let answers =
        [get("/open"), get("/operate"), get("/nowhere"), get("/fails"), Ask::get(served.url("/read")).send(), post, host];
    let statuses = answers.each_ref().map(|answer| answer.status);
    assert_eq!(statuses, [200, 403, 404, 418, 401, 413, 403]);
    for answer in answers {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{answer:?}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{answer:?}");
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"), "{policy}");
    }
    let page = get("/page");
    assert_eq!(page.header("content-security-policy"), Some("default-src 'none'"), "a handler may say more");
    assert_eq!(page.header("cache-control"), Some("max-age=60"));
    assert_eq!(page.header("x-content-type-options"), Some("nosniff"));
}
