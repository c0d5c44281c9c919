//! The ways into a twin and out of it, end to end: boxes of others tell a broker in words of their own; a case goes to a webhook
//! that is down at first, a truck is called over MQTT, and a driver is written to by e-mail.
//!
//! The broker is mosquitto. The web server and the mail server are a few lines each, which keep what they were told.

use rehearsal_tests::Copied;
use rehearsal_tests::rehearsal;
use rehearsal_tests::twin::Process;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What came to a server, in the order in which it came.
type Kept = Arc<Mutex<Vec<String>>>;

/// Listens on a free port of this machine, and lets `talk` have each connection until the process ends.
fn served(talk: impl Fn(TcpStream, &Kept) -> Option<()> + Send + Sync + 'static) -> (u16, Kept) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (kept, talk) = (Kept::default(), Arc::new(talk));
    let theirs = Arc::clone(&kept);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (kept, talk) = (Arc::clone(&theirs), Arc::clone(&talk));
            std::thread::spawn(move || talk(stream, &kept));
        }
    });
    (port, kept)
}

/// A webhook that is down for the first three requests, and then takes all.
fn webhook(stream: TcpStream, kept: &Kept) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let (mut head, mut length) = (String::new(), 0);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line).ok()? == 0 {
                return None;
            }
            if let Some(found) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = found.trim().parse().ok()?;
            }
            if line == "\r\n" {
                break;
            }
            head += &line;
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let count = {
            let mut kept = kept.lock().ok()?;
            kept.push(format!("{head}\n{}", String::from_utf8(body).ok()?));
            kept.len()
        };
        let answer = if count <= 3 { "503 Service Unavailable" } else { "204 No Content" };
        writer.write_all(format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n").as_bytes()).ok()?;
    }
}

/// A mail server that takes all.
fn mails(stream: TcpStream, kept: &Kept) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    let mut say = |text: &str| writer.write_all(format!("{text}\r\n").as_bytes()).ok();
    say("220 here")?;
    let mut to = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.split([' ', ':', '\r']).next()?.to_ascii_uppercase().as_str() {
            "RCPT" => {
                to = line.trim().to_owned();
                say("250 ok")?;
            }
            "DATA" => {
                say("354 go on")?;
                let mut text = format!("{to}\n");
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).ok()?;
                    if line == ".\r\n" {
                        break;
                    }
                    text += &line;
                }
                kept.lock().ok()?.push(text);
                say("250 taken")?;
            }
            "QUIT" => {
                say("221 bye")?;
                return None;
            }
            _ => say("250 ok")?,
        }
    }
}

/// A process that ends with the test.
struct Ending(Child);

impl Drop for Ending {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Debian's broker, on a free port.
fn broker(folder: &Path) -> (Ending, u16) {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
    let config = folder.join("mosquitto.conf");
    std::fs::write(&config, format!("listener {port} 127.0.0.1\nallow_anonymous true\nlog_type none\n")).expect("written");
    let child = Command::new(program("mosquitto")).arg("-c").arg(config).stderr(Stdio::null()).spawn();
    let ending = Ending(child.expect("mosquitto starts: install the packages mosquitto and mosquitto-clients"));
    until("the broker listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
    (ending, port)
}

/// Debian puts brokers where not everybody looks.
fn program(name: &str) -> std::path::PathBuf {
    let elsewhere = Path::new("/usr/sbin").join(name);
    if elsewhere.exists() { elsewhere } else { name.into() }
}

#[track_caller]
fn until(what: &str, holds: impl Fn() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < Duration::from_secs(120), "it took too long until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn told(kept: &Kept) -> Vec<String> {
    kept.lock().expect("unharmed").clone()
}

/// The value of a header.
fn header(request: &str, name: &str) -> String {
    let line = request.lines().find_map(|line| line.split_once(':').filter(|(have, _)| have.eq_ignore_ascii_case(name)));
    line.unwrap_or_else(|| panic!("no {name} in {request}")).1.trim().to_owned()
}

#[test]
fn a_hot_car_and_a_dead_one_are_heard_of_by_everybody_whom_it_concerns() {
    let copied = Copied::new();
    let (_broker, port) = broker(&copied.path(""));
    let (hook, asked) = served(webhook);
    let (mail, posted) = served(mails);
    let live = "scenarios/broken-down-car/live.ron";
    let edit = |from: &str, to: &str| copied.edit(live, from, to);
    edit(
        "File(\"messages.ndjson\")",
        &format!(
            "Email(server: \"smtp://127.0.0.1:{mail}\", from: \"dealer@example.org\", to: email, subject: \"{{type}} of {{subject}}\")"
        ),
    );
    edit("File(\"trucks.ndjson\")", &format!("Mqtt(broker: \"mqtt://127.0.0.1:{port}\", topic: \"out/{{type}}/{{subject}}\")"));
    edit(
        "File(\"cases.ndjson\")",
        &format!("Webhook(url: \"http://127.0.0.1:{hook}/cases\"), wait: \"20ms\", longest_wait: \"50ms\""),
    );
    let data = copied.path("twin");
    let mut listener = Command::new("mosquitto_sub");
    listener.args(["-h", "127.0.0.1", "-p", &port.to_string(), "-V", "mqttv5", "-t", "out/#", "-F", "%t %p"]);
    let mut listener = Ending(listener.stdout(Stdio::piped()).spawn().expect("mosquitto_sub starts"));
    let (heard, sent) = (Kept::default(), listener.0.stdout.take().expect("its output"));
    let theirs = Arc::clone(&heard);
    std::thread::spawn(move || {
        BufReader::new(sent).lines().map_while(Result::ok).for_each(|line| theirs.lock().expect("unharmed").push(line));
    });

    let address = format!("mqtt://127.0.0.1:{port}");
    let scenario = copied.path("scenarios/broken-down-car");
    // Who has a dealer's message for her is asked on the channel that she prefers, whichever it is.
    let more =
        ["--pace", "events", "--start", "2026-11-03 00:00", "--mqtt", &address, "--set", "person.consents.service_alerts=1"];
    let twin = Process::of(&scenario, &data, &more);
    // Who she is goes where it can be erased, and to the mail server.
    let anna = json!({
        "specversion": "1.0", "id": "anna", "source": "shop", "type": "enrolled", "subject": "driver/3",
        "time": "2026-11-03T05:00:00Z", "data": { "name": "Anna", "email": "anna@example.org" },
    });
    let (status, answer) = twin.post("/events", "application/cloudevents+json", &anna.to_string()).expect("an answer");
    assert_eq!(status, 200, "{answer}");

    // The box speaks for itself: its own topic, its own names, no unit.
    let publish = |topic: &str, payload: Value| {
        let mut command = Command::new("mosquitto_pub");
        command.args([
            "-h",
            "127.0.0.1",
            "-p",
            &port.to_string(),
            "-V",
            "mqttv5",
            "-q",
            "1",
            "-t",
            topic,
            "-m",
            &payload.to_string(),
        ]);
        assert!(command.status().expect("mosquitto_pub starts").success());
    };
    // Its session is there once it has subscribed; until then the broker keeps nothing for it.
    until("the twin hears the broker", || {
        publish("cars/3/temp", json!({ "n": 0, "at": "2026-11-03T05:59:00Z", "ect": 91.0 }));
        state(&twin, "car/3").contains("91.0")
    });
    for n in 1..=14 {
        let at = format!("2026-11-03T06:{:02}:00Z", 3 * n);
        publish("cars/3/temp", json!({ "n": n, "at": at, "ect": 101.0 + f64::from(n) }));
    }
    publish("cars/3/temp", json!({ "n": 14, "at": "2026-11-03T06:42:00Z", "ect": 115.0 }));
    until("the case is taken", || told(&asked).len() > 3);
    publish("cars/3/dead", json!({ "n": 15, "at": "2026-11-03T07:00:00Z" }));
    // With the pace of events time goes on when another one tells of something later.
    for (n, minute) in [(16, 5), (17, 25)] {
        publish("cars/4/temp", json!({ "n": n, "at": format!("2026-11-03T07:{minute:02}:00Z"), "ect": 90.0 }));
    }
    until("a truck is called", || !told(&heard).is_empty());
    until("she is written to", || !told(&posted).is_empty());

    // The webhook was told the same thing with the same key until it took it.
    let cases = told(&asked);
    let keys: Vec<String> = cases.iter().map(|request| header(request, "idempotency-key")).collect();
    assert!(keys[..4].iter().all(|key| *key == keys[0]), "{keys:?}");
    assert_eq!(header(&cases[3], "ce-type"), "case_opened");
    assert!(cases[3].starts_with("POST /cases "), "{}", cases[3]);
    let letters = told(&posted);
    assert!(letters[0].contains("<anna@example.org>") && letters[0].contains("driver/3"), "{}", letters[0]);
    let (topic, payload) =
        heard.lock().expect("unharmed")[0].split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).expect("both");
    assert!(topic.starts_with("out/send_truck/dealer/"), "{topic}");
    let payload: Value = serde_json::from_str(&payload).expect("JSON");
    assert_eq!(payload["car"], "car/3", "{payload}");

    let said = twin.stop();
    // Anna, seventeen readings and the stranding; what was sent twice counts once.
    let words: Vec<&str> = said.split([' ', ',', ';', '\n']).filter(|word| !word.is_empty()).collect();
    let counted =
        |word: &str| words.iter().position(|have| *have == word).map(|at| words[at - 1].parse::<u64>().expect("a number"));
    assert!(counted("repeated").is_some_and(|repeated| repeated >= 1), "{said}");
    assert_eq!(counted("taken"), Some(19), "{said}");

    // A replay decides the same and sends nothing.
    let count = || (told(&asked).len(), told(&posted).len(), told(&heard).len());
    let before = count();
    let output = rehearsal().arg("replay").arg(&data).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(count(), before);
}

/// What the twin's page of an actor says.
fn state(twin: &Process, name: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", twin.port)).expect("it listens");
    let request = format!("GET /twins/{name} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", twin.port);
    stream.write_all(request.as_bytes()).expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("text");
    answer
}
