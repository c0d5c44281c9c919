//! E-mails to a small SMTP server on this machine.

mod common;

use actix::System;
use common::{delivered, event, events, plan, status, until};
use rehearsal_connect::{Email, Endpoint, Outbox, Secret};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// A mail that came.
#[derive(Clone, Debug)]
struct Mail {
    from: String,
    to: Vec<String>,
    text: String,
}

#[derive(Default)]
struct Inside {
    mails: Vec<Mail>,
    /// Whether somebody was told to come back later.
    delayed: bool,
    logins: Vec<String>,
}

/// Refuses `nobody@`, delays `later@` once; ends when dropped.
struct Sink {
    port: u16,
    inside: Arc<Mutex<Inside>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Sink {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (inside, ended) = (Arc::<Mutex<Inside>>::default(), Arc::new(AtomicBool::new(false)));
        let (theirs, end) = (Arc::clone(&inside), Arc::clone(&ended));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                if let Ok(stream) = stream {
                    talk(stream, &theirs);
                }
            }
        });
        Self { port, inside, ended, thread: Some(thread) }
    }

    fn mails(&self) -> Vec<Mail> {
        self.inside.lock().expect("unharmed").mails.clone()
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn talk(stream: TcpStream, inside: &Mutex<Inside>) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    let mut say = |text: &str| writer.write_all(format!("{text}\r\n").as_bytes()).ok();
    say("220 sink")?;
    let (mut from, mut to) = (String::new(), Vec::new());
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim_end();
        let word = line.split([' ', ':']).next().unwrap_or("").to_ascii_uppercase();
        match word.as_str() {
            "EHLO" => say("250-sink\r\n250-AUTH PLAIN\r\n250 8BITMIME")?,
            "AUTH" => {
                inside.lock().ok()?.logins.push(line.to_owned());
                say("235 come in")?
            }
            "MAIL" => {
                from = line.to_owned();
                to.clear();
                say("250 ok")?
            }
            "RCPT" if line.contains("nobody@") => say("550 no such person")?,
            "RCPT" if line.contains("later@") && !std::mem::replace(&mut inside.lock().ok()?.delayed, true) => say("451 later")?,
            "RCPT" => {
                to.push(line.to_owned());
                say("250 ok")?
            }
            "DATA" => {
                say("354 go on")?;
                let mut text = String::new();
                loop {
                    let mut line = String::new();
                    reader.read_line(&mut line).ok()?;
                    if line == ".\r\n" {
                        break;
                    }
                    text.push_str(&line);
                }
                inside.lock().ok()?.mails.push(Mail { from: from.clone(), to: to.clone(), text });
                say("250 taken")?
            }
            "QUIT" => {
                say("221 bye")?;
                return None;
            }
            _ => say("250 ok")?,
        }
    }
}

fn email(port: u16) -> Email {
    Email {
        server: format!("smtp://127.0.0.1:{port}"),
        user: None,
        password: None,
        from: "Twin <twin@example.org>".into(),
        to: "{data.email}".into(),
        subject: "{type} for {subject}".into(),
        body: Some("{data.text}, number {number}".into()),
        people: None,
        timeout: Duration::from_secs(60),
    }
}

#[test]
fn mails_arrive_with_an_id_from_the_key() {
    let folder = tempfile::tempdir().expect("a folder");
    let sink = Sink::new();
    let with_login = Email { user: Some("twin".into()), password: Some(Secret::literal("hunter2")), ..email(sink.port) };
    System::new().block_on(async {
        let outbox = Outbox::open(folder.path(), vec![plan("mail", Endpoint::Email(with_login))]).expect("opened");
        outbox.offer("mail", &events([1, 2])).expect("offered");
        delivered(&outbox, 2).await;
        outbox.stop(Duration::from_secs(60)).await;
    });
    let mails = sink.mails();
    assert_eq!(mails.len(), 2);
    assert!(mails[0].from.contains("<twin@example.org>") && mails[0].to[0].contains("<anna@example.org>"), "{:?}", mails[0]);
    assert!(mails[0].text.contains("Message-ID: <twin=2F1@example.org>"), "{}", mails[0].text);
    assert!(mails[0].text.contains("Subject: contact for car/1"), "{}", mails[0].text);
    assert!(mails[0].text.contains("Date: Thu, 05 Nov 2026 08:02:10 +0000"), "{}", mails[0].text);
    assert!(mails[1].text.contains("number 2"), "{}", mails[1].text);
    assert_eq!(sink.inside.lock().expect("unharmed").logins.len(), 2);
}

#[test]
fn refusals_delays_and_missing_addresses() {
    let folder = tempfile::tempdir().expect("a folder");
    let sink = Sink::new();
    System::new().block_on(async {
        let outbox = Outbox::open(folder.path(), vec![plan("mail", Endpoint::Email(email(sink.port)))]).expect("opened");
        let mut four = events(1..=4);
        four[0].data["email"] = "nobody@example.org".into();
        four[1].data["email"] = "later@example.org".into();
        four[2].data = serde_json::json!({});
        four[3].data["email"] = "anna@example.org\r\nRCPT TO:<eve@example.org>".into();
        outbox.offer("mail", &four).expect("offered");
        delivered(&outbox, 1).await;
        until("three are dead", || status(&outbox).dead == 3).await;
        let reasons: Vec<String> = outbox.dead_letters("mail", 9).expect("read").into_iter().map(|dead| dead.reason).collect();
        assert!(reasons[0].contains("550") || reasons[0].contains("no such person"), "{reasons:?}");
        assert!(reasons[1].contains("data.email"), "{reasons:?}");
        assert!(reasons[2].contains("address"), "{reasons:?}");
        assert_eq!(outbox.dead_letters("mail", 1).expect("read")[0].event.key, event(1).key);
    });
    let mails = sink.mails();
    assert_eq!(mails.len(), 1);
    assert!(mails[0].to[0].contains("later@"));
}
