//! Every role at every door.

use crate::client::Ask;
use crate::server::{Known, with_tokens, without_tokens};
use actix_web::{App, HttpServer, web};
use rehearsal_doors::{Limits, Role, new_token, require};

const PLACES: [&str; 4] = ["/open", "/ingest", "/read", "/operate"];

#[test]
fn each_role_opens_its_own_doors_only() {
    let known = Known::new();
    let served = with_tokens(&known, Limits::default());
    let cases = [
        (Some(&known.ingest), [200, 202, 403, 403]),
        (Some(&known.read), [200, 403, 200, 403]),
        (Some(&known.operate), [200, 403, 200, 200]),
        (Some(&known.both), [200, 202, 200, 403]),
        (None, [200, 401, 401, 401]),
    ];
    for (token, statuses) in cases {
        for (place, status) in PLACES.into_iter().zip(statuses) {
            let ask = Ask::get(served.url(place));
            let answer = token.into_iter().fold(ask, |ask, token| ask.token(token)).send();
            assert_eq!(answer.status, status, "{place}: {answer:?}");
            if status == 403 || status == 401 {
                assert_eq!(answer.problem()["needs"], place[1..], "{answer:?}");
            }
            let challenge = (status == 401).then_some("Bearer realm=\"rehearsal\"");
            assert_eq!(answer.header("www-authenticate"), challenge, "{answer:?}");
        }
    }
}

#[test]
fn a_refusal_names_what_the_token_has() {
    let known = Known::new();
    let served = with_tokens(&known, Limits::default());
    let problem = Ask::get(served.url("/operate")).token(&known.both).send().problem();
    assert_eq!(problem["needs"], "operate");
    assert_eq!(problem["has"], serde_json::json!(["ingest", "read"]));
    assert_eq!(problem["detail"], "this needs the role `operate`; the token of `gate` has ingest,read");
}

#[test]
fn a_wrong_token_opens_nothing_not_even_what_is_open() {
    let known = Known::new();
    let served = with_tokens(&known, Limits::default());
    let stranger = new_token().expect("random bytes");
    let long = "x".repeat(600);
    let wrong = [
        format!("Bearer {stranger}"),
        format!("Bearer {}x", known.operate),
        format!("Bearer {}", &known.operate[1..]),
        format!("Bearer {}", known.operate.to_uppercase()),
        format!("Bearer {long}"),
        "Bearer ".into(),
        "Bearer".into(),
        known.operate.clone(),
        format!("Basic {}", known.operate),
        format!("Bearer {} {}", known.operate, known.operate),
    ];
    for header in wrong {
        for place in PLACES {
            let answer = Ask::get(served.url(place)).header("authorization", header.clone()).send();
            assert_eq!((answer.status, answer.kind().as_str()), (401, "unauthorized"), "{place} {header}");
            let challenge = answer.header("www-authenticate");
            assert_eq!(challenge, Some("Bearer realm=\"rehearsal\", error=\"invalid_token\""));
        }
    }
    let twice = Ask::get(served.url("/read")).token(&known.read).token(&known.read).send();
    assert_eq!(twice.status, 401);
}

#[test]
fn the_scheme_may_be_written_in_any_case() {
    let known = Known::new();
    let served = with_tokens(&known, Limits::default());
    let answer = Ask::get(served.url("/read")).header("authorization", format!("bearer {}", known.read)).send();
    assert_eq!((answer.status, answer.body.as_str()), (200, "board"));
}

#[test]
fn handlers_hear_who_it_is() {
    let known = Known::new();
    let served = with_tokens(&known, Limits::default());
    for (token, name) in [(&known.ingest, "truck"), (&known.read, "board"), (&known.operate, "desk"), (&known.both, "gate")] {
        assert_eq!(Ask::get(served.url("/me")).token(token).send().body, name);
    }
    assert_eq!(Ask::get(served.url("/me")).send().kind(), "unauthorized");
}

#[test]
fn this_machine_needs_no_token_where_there_are_none() {
    let served = without_tokens(Limits::default());
    for (place, status) in PLACES.into_iter().zip([200, 202, 200, 200]) {
        assert_eq!(Ask::get(served.url(place)).send().status, status, "{place}");
    }
    assert_eq!(Ask::get(served.url("/me")).send().body, "local");
}

#[test]
fn where_no_door_stands_nobody_comes_in() {
    let thread = std::thread::spawn(|| {
        actix_web::rt::System::new().block_on(async {
            let place = || web::resource("/").wrap(require(Role::Read)).to(async || "in");
            let server = HttpServer::new(move || App::new().service(place()));
            let server = server.disable_signals().workers(1).bind("127.0.0.1:0").expect("a free port");
            let address = server.addrs()[0];
            let running = server.run();
            let handle = running.handle();
            let asked = std::thread::spawn(move || Ask::get(format!("http://{address}/")).send());
            let waits = std::thread::spawn(move || {
                let answer = asked.join().expect("an answer");
                drop(handle.stop(false));
                answer
            });
            running.await.expect("the server runs");
            waits.join().expect("an answer")
        })
    });
    let answer = thread.join().expect("an answer");
    assert_eq!((answer.status, answer.kind().as_str()), (500, "no-door"));
}
