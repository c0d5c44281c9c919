//! A twin that is served on a port of its own, and somebody who asks it.

use super::{manifest, scenario};
use awc::Client;
use rehearsal_live::folder::Folder;
use rehearsal_live::moments::Pace;
use rehearsal_live::service::{Config, Service};
use rehearsal_live::web::{State, serve};
use rehearsal_scenario::Scenario;
use serde_json::{Value, json};
use std::net::{SocketAddr, TcpListener};
use std::sync::OnceLock;
use std::time::Duration;
use tempfile::TempDir;

/// How many bytes a body may have here.
pub const BODY_MAX: usize = 1 << 20;

/// A twin that is served.
pub struct Running {
    pub service: Service,
    pub address: SocketAddr,
    pub folder: TempDir,
    pub client: Client,
    handle: actix_web::dev::ServerHandle,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub sort: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8(self.body.clone()).expect("text")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have == name).map(|(_, value)| value.as_str())
    }

    /// It is a problem of this status, as RFC 9457 has it, that says something of what is wrong.
    #[track_caller]
    pub fn is_problem(&self, status: u16) -> String {
        assert_eq!((self.status, self.sort.as_str()), (status, "application/problem+json"), "{self:?}");
        let problem = self.json();
        assert_eq!(problem["status"], status);
        for part in ["type", "title", "detail"] {
            assert!(problem[part].as_str().is_some_and(|text| !text.is_empty()), "{part} of {problem}");
        }
        problem["detail"].as_str().expect("a text").to_owned()
    }
}

/// The scenario, loaded once.
pub fn world() -> &'static Scenario {
    static SCENARIO: OnceLock<Scenario> = OnceLock::new();
    SCENARIO.get_or_init(scenario)
}

impl Running {
    /// A twin whose time is that of its events.
    pub fn start() -> Running {
        Running::with(|_| ())
    }

    pub fn with(change: impl FnOnce(&mut Config)) -> Running {
        let folder = tempfile::tempdir().expect("a folder");
        let mut config = Config { jobs: 2, ..Config::at(Folder::at(&folder.path().join("twin"))) };
        change(&mut config);
        let (service, _) = Service::start(world(), manifest("proactive", Pace::Events), config).expect("it starts");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let server = serve(State::new(service.clone(), BODY_MAX), listener, 2).expect("it serves");
        let handle = server.handle();
        actix_web::rt::spawn(server);
        let client = Client::builder().timeout(Duration::from_secs(120)).disable_redirects().finish();
        Running { service, address, folder, client, handle }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Answer {
        let mut request = self.client.request(method.parse().expect("a method"), self.url(path));
        for (name, value) in headers {
            request = request.insert_header((*name, *value));
        }
        let mut found = request.send_body(body).await.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        let body = found.body().limit(64 << 20).await.expect("a body").to_vec();
        let headers: Vec<(String, String)> = found
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let sort = headers.iter().find(|(name, _)| name == "content-type").map(|(_, sort)| sort.clone()).unwrap_or_default();
        Answer { status: found.status().as_u16(), sort, headers, body }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], Vec::new()).await
    }

    /// The answer to a question that has one.
    pub async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }

    pub async fn events(&self, sort: &str, body: impl Into<Vec<u8>>) -> Answer {
        self.send("POST", "/events", &[("content-type", sort)], body.into()).await
    }

    /// Events that all are taken.
    pub async fn take(&self, events: &[Value]) {
        let answer = self.events("application/cloudevents-batch+json", Value::from(events).to_string()).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(answer.json()["taken"], events.len(), "{}", answer.json());
    }

    pub async fn ask(&self, question: &Value) -> Answer {
        self.send("POST", "/forks", &[("content-type", "application/json")], question.to_string().into_bytes()).await
    }

    /// Ends it; gives the digest of its world.
    pub async fn stop(self) -> u64 {
        self.handle.stop(true).await;
        self.service.stop().await.expect("it stops")
    }
}

/// An event about a twin, as JSON.
pub fn said(id: u64, twin: &str, sort: &str, at: u64, data: Value) -> Value {
    let time = rehearsal_decide::values::moment(at);
    json!({ "specversion": "1.0", "id": id.to_string(), "source": "test", "type": sort, "subject": twin, "time": time, "data": data })
}

/// Readings of a car that gets hotter and hotter, three minutes apart.
pub fn heats(first: u64, twin: &str, from: u64, count: u64) -> Vec<Value> {
    let reading = |number: u64| {
        let warmth = format!("{} °C", 101 + 4 * number);
        said(first + number, twin, "telemetry", from + number * 3 * super::MINUTE, json!({ "coolant": warmth }))
    };
    (0..count).map(reading).collect()
}
