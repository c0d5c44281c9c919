//! What the tests share: events, waiting, and a small HTTP server on this machine.

#![allow(dead_code, reason = "each test uses some of it")]

use rehearsal_connect::{ConnectorPlan, ConnectorStatus, Endpoint, Outbox, Outgoing, Secret, Webhook};
use serde_json::json;
use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// Event number `number`.
pub(crate) fn event(number: u64) -> Outgoing {
    Outgoing {
        key: format!("twin/{number}"),
        number,
        sort: "contact".into(),
        source: "twin".into(),
        subject: format!("car/{}", number % 10),
        time: "2026-11-05T08:02:10Z".into(),
        data: json!({"n": number, "email": "anna@example.org", "text": "Grüße"}),
    }
}

/// Events with these numbers.
pub(crate) fn events(numbers: impl IntoIterator<Item = u64>) -> Vec<Outgoing> {
    numbers.into_iter().map(event).collect()
}

/// A plan with short waits.
pub(crate) fn plan(name: &str, endpoint: Endpoint) -> ConnectorPlan {
    ConnectorPlan {
        first_wait: Duration::from_millis(2),
        longest_wait: Duration::from_millis(20),
        ..ConnectorPlan::new(name, endpoint)
    }
}

/// A webhook to `port`.
pub(crate) fn webhook(port: u16, timeout: Duration) -> Endpoint {
    let headers = vec![("authorization".into(), Secret::literal("Bearer hunter2-secret"))];
    Endpoint::Webhook(Webhook { url: format!("http://127.0.0.1:{port}/hook"), headers, timeout })
}

/// Waits until it is so. The bound only ends a test that hangs.
pub(crate) async fn until(what: &str, done: impl FnMut() -> bool) {
    assert!(comes(done).await, "it never came to that: {what}");
}

async fn comes(mut done: impl FnMut() -> bool) -> bool {
    for _ in 0..60_000 {
        if done() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    false
}

/// The status of the only connector.
pub(crate) fn status(outbox: &Outbox) -> ConnectorStatus {
    outbox.status().remove(0)
}

/// Waits until so many are delivered.
pub(crate) async fn delivered(outbox: &Outbox, count: u64) -> ConnectorStatus {
    let came = comes(|| status(outbox).delivered >= count).await;
    assert!(came, "{count} were not delivered: {:?}", status(outbox));
    status(outbox)
}

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// By small letters.
    pub(crate) headers: HashMap<String, String>,
    /// As text.
    pub(crate) body: String,
}

impl Request {
    /// The key by which repetitions are told.
    pub(crate) fn key(&self) -> &str {
        &self.headers["idempotency-key"]
    }
}

/// Status, further headers and body; status 0 ends the connection without an answer.
pub(crate) type Answer = (u16, Vec<(String, String)>, String);

/// An answer with nothing but a status.
pub(crate) fn answer(status: u16) -> Answer {
    (status, vec![], String::new())
}

/// An HTTP server; ends when dropped.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<Request>>>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// On any free port. `respond` gets each request and how often its key came before.
    pub(crate) fn new(respond: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        Self::on(TcpListener::bind("127.0.0.1:0").expect("a port"), respond)
    }

    /// On `listener`.
    pub(crate) fn on(listener: TcpListener, respond: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Self {
        let port = listener.local_addr().expect("an address").port();
        let (seen, ended) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (theirs, end, respond) = (Arc::clone(&seen), Arc::clone(&ended), Arc::new(respond));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let (seen, respond) = (Arc::clone(&theirs), Arc::clone(&respond));
                // Ends with its connection.
                std::thread::spawn(move || serve(stream, &seen, &*respond));
            }
        });
        Self { port, seen, ended, thread: Some(thread) }
    }

    /// All requests so far, in the order of their arrival.
    pub(crate) fn seen(&self) -> Vec<Request> {
        self.seen.lock().expect("unharmed").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(stream: TcpStream, seen: &Mutex<Vec<Request>>, respond: &dyn Fn(&Request, usize) -> Answer) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut writer = stream;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let mut headers = HashMap::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok()?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
        let length = headers.get("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let request = Request { headers, body: String::from_utf8(body).ok()? };
        let before = {
            let mut seen = seen.lock().expect("unharmed");
            let before = seen.iter().filter(|other| other.key() == request.key()).count();
            seen.push(request.clone());
            before
        };
        let (status, further, body) = respond(&request, before);
        if status == 0 {
            return None;
        }
        let mut head = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in further {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        writer.write_all(format!("{head}\r\n{body}").as_bytes()).ok()?;
    }
}
