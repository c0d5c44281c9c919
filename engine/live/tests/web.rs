//! The twin over HTTP, asked by a client that knows nothing else of it.

mod common;

use common::server::{BODY_MAX, Running, heats, said, world};
use common::{HOUR, MINUTE, MORNING};
use rehearsal_live::service::Limits;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, mpsc};

const ONE: &str = "application/cloudevents+json";
const BATCH: &str = "application/cloudevents-batch+json";
const LINES: &str = "application/x-ndjson";

fn coolant(id: u64, minutes: u64) -> Value {
    said(id, "car/1", "telemetry", MORNING + minutes * MINUTE, json!({ "coolant": "92 °C" }))
}

#[actix_web::test]
async fn events_are_taken_in_every_form() {
    let twin = Running::start();
    let one = twin.events(ONE, coolant(1, 0).to_string()).await;
    assert_eq!(one.json(), json!({ "taken": 1, "repeated": 0, "put_aside": 0, "refused": [] }));
    let charset = twin.events("Application/CloudEvents+JSON; charset=utf-8", coolant(1, 0).to_string()).await;
    assert_eq!(charset.json()["repeated"], 1, "it is known");
    let mixed = json!([coolant(2, 3), said(3, "car/9999", "telemetry", MORNING, json!({})), 7, coolant(1, 0)]);
    let batch = twin.events(BATCH, mixed.to_string()).await.json();
    assert_eq!([&batch["taken"], &batch["repeated"], &batch["put_aside"]], [1, 1, 2]);
    let reasons: Vec<(&Value, &Value)> =
        batch["refused"].as_array().expect("a list").iter().map(|refused| (&refused["event"], &refused["reason"])).collect();
    assert_eq!(reasons, [(&json!(1), &json!("unknown")), (&json!(2), &json!("malformed"))]);
    let mut lines = format!("{}\n\n  {}\r\n{{]\n", coolant(4, 6), coolant(5, 9)).into_bytes();
    lines.extend(b"\xff\xfe{}\n");
    let lines = twin.events(LINES, lines).await.json();
    assert_eq!([&lines["taken"], &lines["put_aside"]], [2, 2], "what is no text is a fault of its line alone: {lines}");
    let attributes = [
        ("ce-specversion", "1.0"),
        ("ce-id", "6"),
        ("ce-source", "te%73t"),
        ("ce-type", "telemetry"),
        ("ce-subject", "car/1"),
        ("ce-time", "2026-11-03T08:12:00Z"),
        ("content-type", "application/json"),
    ];
    let data = "{\"coolant\": \"93 °C\"}".as_bytes().to_vec();
    let binary = twin.send("POST", "/events", &attributes, data).await;
    assert_eq!(binary.json()["taken"], 1);
    assert_eq!(twin.events(ONE, coolant(6, 12).to_string()).await.json()["repeated"], 1, "te%73t is test");
    let message = json!({ "n": 1, "at": "2026-11-03T08:15:00Z", "ect": 94.5 });
    let input = twin.send("POST", "/inputs/boxes?twin=1&report=temp", &[], message.to_string().into_bytes()).await;
    assert_eq!(input.json()["taken"], 1, "{input:?}");
    let several = json!([{ "n": 2, "at": "2026-11-03T08:18:00Z", "ect": 95 }, 5]);
    let several = twin.send("POST", "/inputs/boxes?twin=1&report=temp", &[], several.to_string().into_bytes()).await.json();
    assert_eq!([&several["taken"], &several["put_aside"]], [1, 1]);
    let now = twin.json("/twins/car/1").await;
    assert_eq!(now["fields"]["coolant"]["value"], 95.0, "{now}");
    let status = twin.json("/status").await;
    assert_eq!([&status["events"]["taken"], &status["events"]["repeated"], &status["events"]["put_aside"]], [7, 3, 5]);
    twin.stop().await;
}

#[actix_web::test]
async fn what_is_none_is_told_why() {
    let twin = Running::with(|config| config.limits = Limits { batch: 10, ..config.limits });
    twin.events("text/plain", "hello").await.is_problem(415);
    twin.send("POST", "/events", &[], Vec::new()).await.is_problem(415);
    twin.events(ONE, "{").await.is_problem(422);
    twin.events(ONE, b"\xff".to_vec()).await.is_problem(400);
    assert!(twin.events(ONE, "[1]").await.is_problem(422).contains("object"));
    twin.events(BATCH, "{}").await.is_problem(400);
    twin.events(BATCH, "[{\"specversion\"").await.is_problem(400);
    let missing = said(1, "car/9999", "telemetry", MORNING, json!({}));
    assert!(twin.events(ONE, missing.to_string()).await.is_problem(422).contains("car/9999"));
    let wrong = said(1, "car/1", "telemetry", MORNING, json!({ "coolant": "three" }));
    assert!(twin.events(ONE, wrong.to_string()).await.is_problem(422).contains("three"));
    let many: Vec<Value> = (0..11).map(|id| coolant(id, id)).collect();
    assert!(twin.events(BATCH, json!(many).to_string()).await.is_problem(413).contains("10"));
    let lines: String = many.iter().map(|event| format!("{event}\n")).collect();
    twin.events(LINES, lines).await.is_problem(413);
    twin.events(BATCH, vec![b' '; BODY_MAX + 1]).await.is_problem(413);
    twin.send("POST", "/events", &[("ce-specversion", "0.3")], b"{}".to_vec()).await.is_problem(422);
    twin.send("POST", "/inputs/nothing", &[], b"{}".to_vec()).await.is_problem(404);
    twin.send("POST", "/inputs/boxes", &[], b"{}".to_vec()).await.is_problem(422);
    assert_eq!(twin.json("/status").await["events"]["taken"], 0, "nothing of that counts");
    // Bombs: deep, wide, and numbers that are none.
    for bomb in ["[".repeat(900_000), "{\"a\":".repeat(150_000), format!("[{}0]", "0,".repeat(400_000)), "1e999999".repeat(9)] {
        for sort in [ONE, BATCH, LINES] {
            let status = twin.events(sort, bomb.clone()).await.status;
            assert!(matches!(status, 400 | 413 | 422), "{status} for {bomb:.20} as {sort}");
        }
        let input = twin.send("POST", "/inputs/boxes", &[], bomb.clone().into_bytes()).await.status;
        assert!(matches!(input, 400 | 413 | 422), "{input} for {bomb:.20}");
        twin.send("POST", "/forks", &[("content-type", "application/json")], bomb.into_bytes()).await.is_problem(400);
    }
    for file in std::fs::read_dir(twin.service.folder.aside()).expect("a folder") {
        let longest = std::fs::read_to_string(file.expect("a file").path()).expect("text").lines().map(str::len).max();
        assert!(longest < Some(300_000), "what is put aside is cut off: {longest:?}");
    }
    assert_eq!(twin.get("/health/ready").await.status, 200);
    twin.stop().await;
}

#[actix_web::test]
async fn a_world_that_lags_behind_pushes_back() {
    let (release, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let carry = move |_| {
        // Until the other end is dropped.
        let _ = held.lock().expect("nobody panicked").recv();
        Ok(())
    };
    let twin = Running::with(|config| {
        config.limits = Limits { lag: 3, ..config.limits };
        config.carry = Some(Arc::new(carry));
    });
    let mut pushed = None;
    for (id, event) in (0..).zip(heats(0, "car/1", MORNING, 12).into_iter().chain((20..400).map(|id| coolant(id, id * 3)))) {
        let answer = twin.events(ONE, event.to_string()).await;
        if answer.status != 200 {
            pushed = Some((id, answer));
            break;
        }
    }
    let (id, answer) = pushed.expect("it pushes back");
    answer.is_problem(429);
    assert_eq!(answer.header("retry-after"), Some("1"));
    drop(release);
    let again = coolant(id + 1000, 2000).to_string();
    let mut taken = twin.events(ONE, again.clone()).await;
    while taken.status == 429 {
        taken = twin.events(ONE, again.clone()).await;
    }
    assert_eq!(taken.json()["taken"], 1);
    twin.stop().await;
}

#[actix_web::test]
async fn what_is_known_can_be_asked() {
    let twin = Running::start();
    twin.take(&heats(0, "car/1", MORNING, 12)).await;
    twin.take(&[said(99, "car/2", "engine_light", MORNING + HOUR, json!({}))]).await;
    let car = twin.json("/twins/car/1").await;
    assert_eq!((&car["twin"], &car["kind"], &car["alive"]), (&json!("car/1"), &json!("car"), &json!(true)));
    assert_eq!(car["fields"]["coolant"]["value"], 145.0);
    assert_eq!(twin.json("/twins/car%2F1").await, car, "however it is written");
    assert!(car["profile"]["states"].as_object().is_some_and(|states| !states.is_empty()), "{car}");
    // As it was: the fourth reading came nine minutes after the first.
    let before = twin.json("/twins/car/1?at=2026-11-03T08:10:00Z").await;
    assert_eq!((&before["fields"]["coolant"]["value"], &before["now"]), (&json!(113.0), &json!("2026-11-03T08:10:00Z")));
    for (path, status) in [
        ("/twins/car/9999", 404),
        ("/twins/car/01", 404),
        ("/twins/nobody", 404),
        ("/twins/car/1?at=soon", 400),
        ("/twins/car/1?at=1999-01-01T00:00:00Z", 400),
        ("/twins/car/1?at=2027-01-01T00:00:00Z", 400),
        ("/twins/car/1?aat=1", 400),
        ("/twins/car/9999/history", 404),
        ("/twins/car/1/history?limit=0", 400),
        ("/twins?kind=boat", 400),
        ("/twins?limit=9999", 400),
        ("/twins?field=coolant", 400),
        ("/decisions?twin=car/9999", 404),
        ("/decisions/proactive/99999", 404),
        ("/decisions/proactive/x", 400),
        ("/decisions/nobody/1", 404),
        ("/ws", 400),
        ("/nothing", 404),
        ("/twins/car/9999/person", 404),
    ] {
        twin.get(path).await.is_problem(status);
    }
    let all = twin.json("/twins?limit=1000").await;
    let census = twin.json("/census").await;
    let counted: u64 =
        census["kinds"].as_object().expect("kinds").values().map(|kind| kind["count"].as_u64().expect("a count")).sum();
    assert_eq!(
        (all["fitting"].as_u64(), all["twins"].as_array().map(|twins| twins.len() as u64)),
        (Some(counted), Some(counted))
    );
    for kind in census["kinds"].as_object().expect("kinds").values() {
        for states in kind["states"].as_object().expect("regions").values() {
            let sum: u64 = states.as_object().expect("states").values().map(|count| count.as_u64().expect("a count")).sum();
            assert!(sum <= kind["count"].as_u64().expect("a count"));
        }
    }
    let lit = twin.json("/twins?kind=car&state=light_on").await;
    assert_eq!((&lit["fitting"], &lit["twins"][0]["twin"]), (&json!(1), &json!("car/2")));
    assert_eq!(
        census["kinds"]["car"]["states"].as_object().expect("regions").values().find_map(|states| states["light_on"].as_u64()),
        Some(1)
    );
    let by_state: u64 = {
        let mut sum = 0;
        let regions = census["kinds"]["car"]["states"].as_object().expect("regions").clone();
        for state in regions.values().flat_map(|states| states.as_object().expect("states").keys()) {
            sum += twin.json(&format!("/twins?kind=car&state={state}&limit=1")).await["fitting"].as_u64().expect("a count");
        }
        sum
    };
    assert_eq!(
        Some(by_state),
        census["kinds"]["car"]["count"]
            .as_u64()
            .map(|count| count * census["kinds"]["car"]["states"].as_object().map_or(0, |regions| regions.len() as u64))
    );
    for hot in ["145", "145.0", "145%20%C2%B0C", "1.45e2"] {
        let found = twin.json(&format!("/twins?kind=car&field=coolant&value={hot}")).await;
        assert_eq!((&found["fitting"], &found["twins"][0]["twin"]), (&json!(1), &json!("car/1")), "{hot}");
    }
    assert_eq!(twin.json("/twins?field=coolant&value=145%20K").await["fitting"], 0, "another unit");
    let skipped = twin.json("/twins?kind=car&limit=1&skip=3").await;
    assert_eq!(skipped["twins"][0]["twin"], "car/3");
    let decisions = twin.json("/decisions?twin=car/1&limit=5").await;
    let newest = &decisions["decisions"][0];
    assert_eq!(
        (&newest["what"], &newest["about"], &newest["policy"]),
        (&json!("decision"), &json!("car/1"), &json!("proactive"))
    );
    let number = newest["decision"].as_u64().expect("a number");
    let one = twin.json(&format!("/decisions/proactive/{number}")).await;
    assert_eq!(one["decision"]["rule"], newest["rule"]);
    assert_eq!((&one["explained"]["id"], &one["explained"]["fired"]["rule"]), (&json!(number), &newest["rule"]));
    let story = one["story"].as_str().expect("a story");
    assert!(story.contains("car/1") && story.contains(newest["rule"].as_str().expect("a rule")), "{story}");
    let history = twin.json("/twins/car/1/history").await;
    let at: Vec<&str> =
        history["history"].as_array().expect("a list").iter().filter_map(|record| record["at"].as_str()).collect();
    assert!(!at.is_empty() && at.is_sorted_by(|later, earlier| later >= earlier), "{at:?}");
    let measures = twin.json("/measures").await;
    let names: Vec<String> = world().measures().into_iter().map(|measure| measure.name).collect();
    assert!(measures["measures"].as_object().expect("measures").keys().eq(&names));
    let one = &measures["measures"][&names[0]];
    assert!(one["segments"].as_object().expect("segments").keys().eq(&world().segments()), "{one}");
    assert_eq!(twin.get("/health/live").await.json(), json!({ "status": "alive" }));
    twin.stop().await;
}

#[actix_web::test]
async fn futures_are_the_same_again_and_within_limits() {
    let twin = Running::start();
    twin.take(&heats(0, "car/1", MORNING, 6)).await;
    let question = json!({ "policies": ["proactive", "reactive"], "for": "1d", "futures": 4, "seed": 7 });
    let first = twin.ask(&question).await;
    assert_eq!(first.status, 200, "{first:?}");
    let found = first.json();
    assert_eq!(
        (&found["schema"], &found["replications"], &found["seed"], &found["after"]),
        (&json!("rehearsal.run/1"), &json!(4), &json!(7), &json!(6))
    );
    assert!(found["from"].as_str().is_some_and(|from| from.starts_with("2026-11-03T08:15:00")), "{found}");
    assert_eq!(
        found["policies"].as_array().expect("a list").iter().map(|policy| &policy["name"]).collect::<Vec<_>>(),
        ["proactive", "reactive"]
    );
    assert_eq!(twin.ask(&question).await.body, first.body, "the same world, question and luck");
    // A policy whose messages some people answer.
    let mut chatty = json!({ "policies": ["chatty"], "for": "3d", "futures": 4, "seed": 7 });
    let luck = twin.ask(&chatty).await.json()["policies"].clone();
    chatty["seed"] = json!(8);
    assert!(twin.ask(&chatty).await.json()["policies"] != luck, "other luck");
    let name = world().measures()[0].name.clone();
    let narrow = twin.ask(&json!({ "for": "12h", "futures": 2, "measures": [name], "at": "2026-11-03T08:10:00Z" })).await.json();
    assert_eq!(narrow["policies"].as_array().map(Vec::len), Some(world().policies().len()), "all policies: {narrow}");
    assert_eq!((narrow["policies"][0]["measures"].as_object().map(serde_json::Map::len), &narrow["after"]), (Some(1), &json!(4)));
    assert_eq!(narrow["policies"][0]["name"], "proactive", "its own first");
    for wrong in [
        json!({}),
        json!({ "for": "2d", "futures": 0 }),
        json!({ "for": "2d", "futures": 2001 }),
        json!({ "for": "0s" }),
        json!({ "for": "soon" }),
        json!({ "for": "9999d" }),
        json!({ "for": "1d", "policies": ["nobody"] }),
        json!({ "for": "1d", "measures": ["x"] }),
        json!({ "for": "1d", "policies": ["reactive", "reactive"] }),
        json!({ "for": "1d", "at": "2030-01-01T00:00:00Z" }),
        json!({ "for": "1d", "more": 1 }),
        json!({ "for": 7 }),
        json!({ "for": "1d", "seed": -1 }),
        json!([]),
    ] {
        twin.ask(&wrong).await.is_problem(400);
    }
    twin.send("POST", "/forks", &[], b"{}".to_vec()).await.is_problem(415);
    assert_eq!(twin.json("/twins/car/1").await["fields"]["coolant"]["value"], 121.0, "looking ahead changes nothing");
    twin.stop().await;
}

#[actix_web::test]
async fn only_some_may_ask_for_futures_at_a_time() {
    let twin = Running::start();
    let long = json!({ "policies": ["proactive", "reactive"], "for": "3d", "futures": 2000 });
    let mut asking: Vec<_> = (0..5).map(|_| Box::pin(twin.ask(&long))).collect();
    // Four have a turn and are kept waiting; the fifth has none.
    let turned_away = futures_util::future::select_all(asking.iter_mut()).await.0;
    turned_away.is_problem(429);
    assert_eq!(turned_away.header("retry-after"), Some("1"));
    drop(asking);
    let short = json!({ "policies": ["proactive"], "for": "1h", "futures": 1 });
    let mut answer = twin.ask(&short).await;
    while answer.status == 429 {
        answer = twin.ask(&short).await;
    }
    assert_eq!(answer.status, 200, "who has gone is not waited for: {answer:?}");
    twin.stop().await;
}

/// All files in a folder that hold some bytes.
fn holding(folder: &std::path::Path, bytes: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(holding(&path, bytes));
        } else if std::fs::read(&path).expect("a file").windows(bytes.len()).any(|have| have == bytes.as_bytes()) {
            found.insert(path.file_name().expect("a name").to_string_lossy().into_owned());
        }
    }
    found
}

#[actix_web::test]
async fn what_is_erased_is_proven_to_be_gone() {
    let twin = Running::start();
    let (name, email) = ("Zoë \"Z\" Quillfeather", "zoe.quillfeather@example.org");
    twin.take(&[
        said(1, "driver/1", "enrolled", MORNING, json!({ "name": name, "email": email })),
        said(2, "driver/2", "enrolled", MORNING, json!({ "name": "Adam Other", "email": "adam@example.org" })),
    ])
    .await;
    let aside = said(3, "driver/1", "no_such_report", MORNING, json!({ "note": format!("for {email}") }));
    twin.events(ONE, aside.to_string()).await.is_problem(422);
    assert_eq!(twin.json("/twins/driver/1/person").await["person"], json!({ "name": name, "email": email }));
    assert!(holding(twin.folder.path(), email).len() >= 2, "it is kept, and was put aside");
    let erased = twin.send("DELETE", "/twins/driver/1/person", &[], Vec::new()).await;
    assert_eq!(erased.status, 200, "{erased:?}");
    let erased = erased.json();
    assert_eq!(
        (&erased["erased"], &erased["proof"]["clean"], &erased["fields"]),
        (&json!(true), &json!(true), &json!(["name", "email"]))
    );
    let searched = erased["proof"]["searched"].as_object().expect("parts");
    assert!(["journal", "aside", "persons.keep", "twin.json"].iter().all(|part| searched.contains_key(*part)), "{searched:?}");
    let files = |part: &str| searched[part]["files"].as_u64();
    assert_eq!((files("persons.keep"), files("twin.json")), (Some(1), Some(1)));
    assert_eq!(holding(twin.folder.path(), email), BTreeSet::new());
    assert_eq!(holding(twin.folder.path(), "Quillfeather"), BTreeSet::new());
    assert_eq!(twin.json("/twins/driver/1/person").await["person"], json!({}));
    assert!(!holding(twin.folder.path(), "adam@example.org").is_empty(), "others are left alone");
    let again = twin.send("DELETE", "/twins/driver/1/person", &[], Vec::new()).await.json();
    assert_eq!(again["erased"], false);
    twin.send("DELETE", "/twins/driver/9999/person", &[], Vec::new()).await.is_problem(404);
    // Somebody else who is called the same is found, and said.
    twin.take(&[
        said(4, "driver/3", "enrolled", MORNING + 1, json!({ "name": "Same Name" })),
        said(5, "driver/4", "enrolled", MORNING + 2, json!({ "name": "Same Name" })),
    ])
    .await;
    let same = twin.send("DELETE", "/twins/driver/3/person", &[], Vec::new()).await.json();
    assert_eq!((&same["proof"]["clean"], &same["proof"]["found"][0]["file"]), (&json!(false), &json!("persons.keep")), "{same}");
    twin.stop().await;
}

#[actix_web::test]
async fn every_place_is_in_the_document_and_says_what_can_be_done() {
    let twin = Running::start();
    let document = twin.json("/openapi.json").await;
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let documented: BTreeSet<(String, BTreeSet<String>)> = document["paths"]
        .as_object()
        .expect("paths")
        .iter()
        .map(|(path, methods)| {
            (path.clone(), methods.as_object().expect("methods").keys().map(|method| method.to_uppercase()).collect())
        })
        .collect();
    let served: BTreeSet<(String, BTreeSet<String>)> = rehearsal_live::web::paths()
        .into_iter()
        .map(|(path, methods)| (path.to_owned(), methods.into_iter().map(str::to_owned).collect()))
        .collect();
    assert_eq!(documented, served);
    let sample = |path: &str| {
        path.replace("{id}", "car/1").replace("{name}", "boxes").replace("{policy}", "proactive").replace("{number}", "1")
    };
    for (path, methods) in &documented {
        for method in ["GET", "POST", "DELETE", "PUT", "PATCH"] {
            let answer = twin.send(method, &sample(path), &[], Vec::new()).await;
            if methods.contains(method) {
                assert_ne!(answer.status, 405, "{method} {path}");
            } else {
                answer.is_problem(405);
                let allowed: BTreeSet<String> = answer.header("allow").expect("allow").split(", ").map(str::to_owned).collect();
                assert_eq!(allowed, *methods, "{method} {path}");
            }
        }
    }
    twin.stop().await;
}
