//! What comes that nobody would send on purpose, over every way in; and what programs read of the twin.

mod common;

use awc::ws::{Frame, Message};
use common::server::{Answer, Running, heats, said};
use common::{MINUTE, MORNING};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::process::Command;

/// How many events are damaged.
const DAMAGED: u64 = 10_000;

/// Numbers that follow from a seed (SplitMix64).
struct Luck(u64);

impl Luck {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}

/// An event that is sound.
fn good(luck: &mut Luck, number: u64) -> Value {
    let data = json!({ "coolant": format!("{} °C", 80 + luck.below(50)) });
    let mut event = said(0, &format!("car/{}", luck.below(30)), "telemetry", MORNING + number * MINUTE / 10, data);
    event["id"] = json!(format!("{:016x}{number}", luck.next()));
    event
}

/// The same with something wrong with it; sometimes it is sound all the same.
fn damaged(luck: &mut Luck, number: u64) -> Vec<u8> {
    let mut event = good(luck, number);
    let fields = ["specversion", "id", "source", "type", "subject", "data"];
    let field = fields[luck.below(fields.len())];
    let values = [
        json!(null),
        json!(1e308),
        json!([]),
        json!({}),
        json!(""),
        json!(-1),
        json!(true),
        json!("x".repeat(70_000)),
        json!([[[1]]]),
    ];
    let value = values[luck.below(values.len())].clone();
    match luck.below(9) {
        0 => event[field] = value,
        1 => drop(event.as_object_mut().and_then(|event| event.remove(field))),
        2 => event["data"]["coolant"] = value,
        3 => event["data"]["more"] = value,
        4 => {
            let text = event.to_string();
            let huge = ["1e999", "-1e400", "99999999999999999999999999", "0.1e-9999", "NaN", "01", "1e308"][luck.below(7)];
            return text.replace("{\"coolant\"", &format!("{{\"more\":{huge},\"coolant\"")).into_bytes();
        }
        5 => {
            let deep = 1 + luck.below(3000);
            let (open, close) = ("[".repeat(deep), "]".repeat(deep));
            return event.to_string().replace("{\"coolant\"", &format!("{{\"deep\":{open}{close},\"coolant\"")).into_bytes();
        }
        6 => {
            let mut bytes = event.to_string().into_bytes();
            bytes.truncate(luck.below(bytes.len()));
            return bytes;
        }
        7 => {
            let mut bytes = event.to_string().into_bytes();
            let at = luck.below(bytes.len());
            bytes[at] = [0xff, 0xc0, 0x80, 0xed][luck.below(4)];
            return bytes;
        }
        _ => {
            // When it happened stays: it makes the time of this twin.
            let mut bytes = event.to_string().into_bytes();
            let end = bytes.windows(6).position(|have| have == b"\"time\"").unwrap_or(bytes.len());
            let at = luck.below(end);
            bytes[at] = b' ' + luck.below(94) as u8;
            return bytes;
        }
    }
    event.to_string().into_bytes()
}

/// What became of what was sent.
#[derive(Debug, Default)]
struct Came {
    taken: u64,
    repeated: u64,
    put_aside: u64,
    answered: u64,
    /// Those that were taken, in their order.
    good: Vec<Vec<u8>>,
}

impl Came {
    /// Several lines, of which the answer says what became of each.
    fn lines(&mut self, sent: &[Vec<u8>], answer: &Answer) {
        if sent.len() == 1 && answer.status == 422 {
            self.put_aside += 1;
            return;
        }
        assert_eq!(answer.status, 200, "{answer:?}");
        let told = answer.json();
        let count = |name: &str| told[name].as_u64().expect("a count");
        let refused: Vec<u64> =
            told["refused"].as_array().expect("a list").iter().filter_map(|one| one["event"].as_u64()).collect();
        assert_eq!((count("put_aside"), count("repeated")), (refused.len() as u64, 0), "{told}");
        assert_eq!(count("taken") + count("put_aside"), sent.len() as u64);
        self.taken += count("taken");
        self.put_aside += count("put_aside");
        let good = (0..).zip(sent).filter(|(place, _)| !refused.contains(place));
        self.good.extend(good.map(|(_, line)| line.clone()));
    }

    /// One that is sent alone.
    fn alone(&mut self, sent: &[u8], answer: &Answer) {
        match answer.status {
            200 => {
                let told = answer.json();
                assert_eq!((&told["taken"], &told["put_aside"]), (&json!(1), &json!(0)), "{told}");
                self.taken += 1;
                self.good.push(sent.to_vec());
            }
            422 => self.put_aside += 1,
            400 | 413 | 415 => self.answered += 1,
            other => panic!("{other}: {answer:?}"),
        }
    }
}

#[actix_web::test]
async fn ten_thousand_damaged_events_leave_the_world_as_it_would_be_without() {
    let mut luck = Luck(11);
    let twin = Running::start();
    let mut came = Came::default();
    let (mut number, mut sent) = (0, 0);
    while number < DAMAGED {
        let mut lines = Vec::new();
        for _ in 0..90 {
            // A line may not be none, nor two.
            let line: Vec<u8> =
                damaged(&mut luck, number).into_iter().map(|byte| if byte == b'\n' { b' ' } else { byte }).collect();
            lines.push(if line.iter().all(u8::is_ascii_whitespace) { b"?".to_vec() } else { line });
            number += 1;
        }
        lines.insert(luck.below(90), good(&mut luck, number).to_string().into_bytes());
        sent += lines.len() as u64;
        came.lines(&lines, &twin.events("application/x-ndjson", lines.join(&b'\n')).await);
        for _ in 0..10 {
            let one = damaged(&mut luck, number);
            number += 1;
            sent += 1;
            let (sort, body) = match luck.below(3) {
                0 => ("application/cloudevents-batch+json", [b"[".as_slice(), &one, b"]"].concat()),
                1 => ("application/cloudevents+json", one.clone()),
                _ => ("application/json", one.clone()),
            };
            came.alone(&one, &twin.events(sort, body).await);
        }
    }
    assert_eq!(came.taken + came.repeated + came.put_aside + came.answered, sent, "{sent} were sent");
    assert!(
        came.taken > DAMAGED / 20 && came.put_aside > DAMAGED / 2 && came.answered > 100,
        "{} {} {}",
        came.taken,
        came.put_aside,
        came.answered
    );
    let status = twin.json("/status").await;
    let told = &status["events"];
    assert_eq!(
        (told["taken"].as_u64(), told["put_aside"].as_u64(), told["repeated"].as_u64()),
        (Some(came.taken), Some(came.put_aside), Some(0))
    );
    let by_reason: u64 = told["put_aside_by_reason"].as_object().expect("reasons").values().filter_map(Value::as_u64).sum();
    assert_eq!(by_reason, came.put_aside);
    let mut aside = 0;
    for file in std::fs::read_dir(twin.service.folder.aside()).expect("a folder") {
        let text = std::fs::read_to_string(file.expect("a file").path()).expect("text");
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).expect("what is put aside can be read");
            assert!(line["why"].as_str().is_some_and(|why| !why.is_empty() && why.len() < 1000), "{line}");
            aside += 1;
        }
    }
    assert_eq!(aside, came.put_aside, "a line for each that was put aside");
    let digest = twin.stop().await;
    let other = Running::start();
    for lines in came.good.chunks(100) {
        let answer = other.events("application/x-ndjson", lines.join(&b'\n')).await;
        assert_eq!(answer.json()["taken"], lines.len(), "{}", answer.json());
    }
    assert_eq!(other.stop().await, digest, "as if the others had never come");
}

#[actix_web::test]
async fn a_socket_answers_each_message_in_order() {
    let twin = Running::start();
    let (_, mut socket) = twin.client.ws(twin.url("/ws")).connect().await.expect("it connects");
    let events = heats(0, "car/1", MORNING, 40);
    let mut asked = Vec::new();
    for (place, event) in events.iter().enumerate() {
        let (text, told) = match place % 4 {
            0 => (event.to_string(), [1, 0, 0]),
            1 => (json!([event, event]).to_string(), [1, 1, 0]),
            2 => (json!([event, 7]).to_string(), [1, 0, 1]),
            _ => (event.to_string()[..50].to_owned(), [0, 0, 1]),
        };
        socket.send(Message::Text(text.into())).await.expect("it is sent");
        asked.push(told);
    }
    socket.send(Message::Text("[".into())).await.expect("it is sent");
    socket.send(Message::Ping("here".into())).await.expect("it is sent");
    let mut answers = Vec::new();
    let mut ponged = false;
    while answers.len() < asked.len() + 1 {
        match socket.next().await.expect("it goes on").expect("a frame") {
            Frame::Text(text) => answers.push(serde_json::from_slice::<Value>(&text).expect("JSON")),
            Frame::Pong(said) => ponged = said == "here",
            Frame::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
    while !ponged {
        ponged = matches!(socket.next().await.expect("it goes on").expect("a frame"), Frame::Pong(said) if said == "here");
    }
    for (told, answer) in asked.iter().zip(&answers) {
        let counts = ["taken", "repeated", "put_aside"].map(|name| answer[name].as_u64().expect("a count"));
        assert_eq!(counts, *told, "{answer}");
    }
    assert_eq!(answers[asked.len()]["problem"]["status"], 400, "{}", answers[asked.len()]);
    assert_eq!(twin.json("/status").await["events"]["taken"], 30);
    // What is too long ends the talk, and nothing else.
    let long = " ".repeat(common::server::BODY_MAX + 1);
    socket.send(Message::Text(long.into())).await.expect("it is sent");
    let ended = loop {
        match socket.next().await {
            Some(Ok(Frame::Ping(_) | Frame::Pong(_))) => {}
            other => break other,
        }
    };
    assert!(matches!(ended, Some(Ok(Frame::Close(Some(_)))) | Some(Err(_)) | None), "{ended:?}");
    assert_eq!(twin.get("/health/ready").await.status, 200);
    twin.stop().await;
}

/// The samples of the text format 0.0.4, read as its grammar says: name with labels, sort, value.
fn samples(text: &str) -> BTreeMap<String, (String, f64)> {
    let mut found = BTreeMap::new();
    let mut family: Option<(String, String)> = None;
    let mut helped = None;
    assert!(text.ends_with('\n'));
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').expect("a name and help");
            assert!(!words.is_empty());
            helped = Some(name.to_owned());
        } else if let Some(sort) = line.strip_prefix("# TYPE ") {
            let (name, sort) = sort.split_once(' ').expect("a name and a sort");
            assert!(["counter", "gauge"].contains(&sort), "{line}");
            assert_eq!(helped.as_deref(), Some(name), "help comes first");
            assert_eq!(name.ends_with("_total"), sort == "counter", "{name}");
            family = Some((name.to_owned(), sort.to_owned()));
        } else {
            let (sample, value) = line.rsplit_once(' ').expect("a value");
            let name = sample.split('{').next().expect("a name");
            let (of, sort) = family.clone().expect("a type comes first");
            assert_eq!(name, of, "samples follow their type");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            if let Some(labels) = sample.strip_prefix(name).filter(|labels| !labels.is_empty()) {
                let inner = labels.strip_prefix('{').and_then(|labels| labels.strip_suffix('}')).expect("braces");
                let (label, word) = inner.split_once('=').expect("a label");
                assert!(label == "reason" && word.starts_with('"') && word.ends_with('"'), "{line}");
            }
            let value: f64 = value.parse().expect("a number");
            assert!(found.insert(sample.to_owned(), (sort, value)).is_none(), "{sample} is there twice");
        }
    }
    found
}

#[actix_web::test]
async fn metrics_are_in_the_text_format_and_agree_with_what_happened() {
    let twin = Running::start();
    let before = samples(&twin.get("/metrics").await.text());
    twin.take(&heats(0, "car/1", MORNING, 12)).await;
    twin.events("application/cloudevents+json", "{").await.is_problem(422);
    // It is applied once it can be asked for.
    twin.json("/twins/car/1").await;
    let answer = twin.get("/metrics").await;
    assert_eq!((answer.status, answer.sort.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
    let after = samples(&answer.text());
    assert!(before.keys().eq(after.keys()), "what is counted is there from the start");
    let value = |name: &str| after[name].1;
    assert_eq!(
        (value("rehearsal_events_taken_total"), value("rehearsal_events_put_aside_total{reason=\"malformed\"}")),
        (12.0, 1.0)
    );
    assert_eq!((value("rehearsal_applied_sequence"), value("rehearsal_lag_entries"), value("rehearsal_ready")), (12.0, 0.0, 1.0));
    assert!(
        value("rehearsal_decisions_total") > 0.0
            && value("rehearsal_journal_bytes") > 100.0
            && value("rehearsal_uptime_seconds") > 0.0
    );
    for (name, (sort, value)) in &after {
        assert!(sort != "counter" || *value >= before[name].1, "{name} goes back");
    }
    twin.stop().await;
}

#[actix_web::test]
async fn the_document_holds_for_what_nobody_thought_of() {
    let found = Command::new("schemathesis").arg("--version").output();
    if !found.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "schemathesis is missing: pip install schemathesis");
        eprintln!("not looked at: schemathesis is missing (pip install schemathesis)");
        return;
    }
    let twin = Running::start();
    twin.take(&heats(0, "car/1", MORNING, 12)).await;
    let url = twin.url("/openapi.json");
    let folder = tempfile::tempdir().expect("a folder");
    let place = folder.path().to_owned();
    let run = move || {
        let mut command = Command::new("schemathesis");
        command.args(["run", &url, "--max-examples", "12", "--seed", "1", "--phases", "examples,coverage,fuzzing", "--no-color"]);
        // What is taken as an upgrade is no answer in HTTP; what is put aside may be sound for the document.
        command.args(["--exclude-path", "/ws", "--exclude-checks", "positive_data_acceptance"]);
        command.args(["--request-timeout", "60", "--suppress-health-check", "all"]);
        command.current_dir(place).output().expect("it runs")
    };
    let output = tokio::task::spawn_blocking(run).await.expect("it runs");
    assert!(output.status.success(), "{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    twin.stop().await;
}
