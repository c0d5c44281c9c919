//! Clients: one that knows HTTP, and one that sends any bytes.

use actix_web::rt::System;
use awc::error::SendRequestError;
use awc::{Client, Connector};
use futures_util::stream;
use rustls::ClientConfig;
use serde_json::Value;
use std::io::{Error, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// No test waits so long, unless it fails.
const FOREVER: Duration = Duration::from_secs(60);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The problem that it tells, with what all have.
    pub(crate) fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        let problem: Value = serde_json::from_str(&self.body).expect("JSON");
        assert_eq!(problem["status"], self.status, "{self:?}");
        for member in ["type", "title", "detail", "remedy"] {
            assert!(problem[member].as_str().is_some_and(|text| !text.is_empty()), "{member} of {self:?}");
        }
        problem
    }

    pub(crate) fn kind(&self) -> String {
        let kind = self.problem()["type"].as_str().map(|kind| kind.replace("urn:rehearsal:problem:", ""));
        kind.expect("a type")
    }
}

/// A request.
pub(crate) struct Ask {
    url: String,
    method: &'static str,
    headers: Vec<(&'static str, String)>,
    body: Vec<Vec<u8>>,
    chunked: bool,
    tls: Option<ClientConfig>,
}

impl Ask {
    pub(crate) fn get(url: String) -> Ask {
        Ask { url, method: "GET", headers: Vec::new(), body: Vec::new(), chunked: false, tls: None }
    }

    pub(crate) fn post(url: String, body: Vec<u8>) -> Ask {
        Ask { method: "POST", body: vec![body], ..Ask::get(url) }
    }

    pub(crate) fn chunked(url: String, body: Vec<Vec<u8>>) -> Ask {
        Ask { method: "POST", body, chunked: true, ..Ask::get(url) }
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Ask {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn token(self, token: &str) -> Ask {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(crate) fn tls(mut self, config: ClientConfig) -> Ask {
        self.tls = Some(config);
        self
    }

    pub(crate) fn send(self) -> Answer {
        self.try_send().expect("an answer")
    }

    pub(crate) fn try_send(self) -> Result<Answer, SendRequestError> {
        System::new().block_on(async move {
            let connector = match self.tls {
                None => Connector::new(),
                Some(config) => Connector::new().rustls_0_23(Arc::new(config)),
            };
            let client = Client::builder().connector(connector.timeout(FOREVER)).timeout(FOREVER).finish();
            let mut request = client.request(self.method.parse().expect("a method"), self.url);
            for (name, value) in self.headers {
                request = request.append_header((name, value));
            }
            let mut answer = match (self.chunked, self.body) {
                (false, body) if body.is_empty() => request.send().await?,
                (false, body) => request.send_body(body.concat()).await?,
                (true, body) => {
                    let chunks = body.into_iter().map(|chunk| Ok::<_, Error>(bytes::Bytes::from(chunk)));
                    request.send_stream(stream::iter(chunks)).await?
                }
            };
            let headers = answer.headers().iter();
            let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
            let headers = headers.map(|(name, value)| (name.to_string(), text(value.as_bytes()))).collect();
            let body = text(&answer.body().await.expect("a whole body"));
            Ok(Answer { status: answer.status().as_u16(), headers, body })
        })
    }
}

/// A connection on which anything can be sent.
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(FOREVER)).expect("a time limit");
    stream.set_write_timeout(Some(FOREVER)).expect("a time limit");
    stream
}

/// All that comes until the server closes. It may do so with a reset, where it was sent more than it read.
pub(crate) fn rest(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "the server did not close"),
    }
    String::from_utf8_lossy(&all).into_owned()
}

/// Sends bytes and gives all that comes until the server closes.
pub(crate) fn exchange(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address);
    stream.write_all(bytes).expect("written");
    rest(&mut stream)
}

/// Reads one answer whose body has a known length.
pub(crate) fn answer(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    let mut byte = [0];
    let length = loop {
        stream.read_exact(&mut byte).expect("more of the answer");
        all.push(byte[0]);
        if all.ends_with(b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&all).to_ascii_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
            break length.unwrap_or(0);
        }
    };
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("the body");
    all.extend(body);
    String::from_utf8_lossy(&all).into_owned()
}
