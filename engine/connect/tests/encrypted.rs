//! Encrypted ways: they work with a certificate that is trusted, and not with one that is not.

#[path = "common/broker.rs"]
mod broker;
mod common;

use actix::System;
use broker::Broker;
use common::{events, plan, until};
use rehearsal_connect::{ConnectorPlan, Email, Endpoint, MqttIn, MqttInPlan, MqttOut, Outbox, Webhook, intake};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);
const PORTS: &str = "REHEARSAL_TEST_PORTS";

type Stream = StreamOwned<ServerConnection, TcpStream>;

/// A server behind TLS; ends when dropped.
struct Server {
    port: u16,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    fn new(config: &Arc<ServerConfig>, talk: fn(BufReader<Stream>) -> Option<()>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let ended = Arc::new(AtomicBool::new(false));
        let (end, config) = (Arc::clone(&ended), Arc::clone(config));
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if end.load(Ordering::SeqCst) {
                    return;
                }
                let connection = ServerConnection::new(Arc::clone(&config)).expect("a good configuration");
                if let Ok(stream) = stream {
                    talk(BufReader::new(StreamOwned::new(connection, stream)));
                }
            }
        });
        Self { port, ended, thread: Some(thread) }
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

fn line(stream: &mut BufReader<Stream>) -> Option<String> {
    let mut line = String::new();
    (stream.read_line(&mut line).ok()? > 0).then(|| line.trim_end().to_ascii_lowercase())
}

fn say(stream: &mut BufReader<Stream>, text: &str) -> Option<()> {
    stream.get_mut().write_all(format!("{text}\r\n").as_bytes()).and_then(|()| stream.get_mut().flush()).ok()
}

fn https(mut stream: BufReader<Stream>) -> Option<()> {
    let mut length = 0;
    loop {
        let line = line(&mut stream)?;
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().ok()?;
        }
        if line.is_empty() {
            break;
        }
    }
    stream.read_exact(&mut vec![0; length]).ok()?;
    say(&mut stream, "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n")
}

fn smtps(mut stream: BufReader<Stream>) -> Option<()> {
    say(&mut stream, "220 sink")?;
    loop {
        let line = line(&mut stream)?;
        match line.split(' ').next()? {
            "data" => {
                say(&mut stream, "354 go on")?;
                while self::line(&mut stream)? != "." {}
                say(&mut stream, "250 taken")?;
            }
            "quit" => return say(&mut stream, "221 bye"),
            _ => say(&mut stream, "250 ok")?,
        }
    }
}

fn plans(ports: &[u16]) -> Vec<ConnectorPlan> {
    let hook = Webhook { url: format!("https://127.0.0.1:{}/", ports[0]), headers: vec![], timeout: LONG };
    let mail = Email {
        server: format!("smtps://127.0.0.1:{}", ports[1]),
        user: None,
        password: None,
        from: "twin@example.org".into(),
        to: "{data.email}".into(),
        subject: "{type}".into(),
        body: None,
        people: None,
        timeout: LONG,
    };
    let bus = MqttOut {
        broker: format!("mqtts://127.0.0.1:{}", ports[2]),
        topic: "cars".into(),
        qos: 1,
        user: None,
        password: None,
        timeout: LONG,
    };
    let ways = [("bus", Endpoint::Mqtt(bus)), ("hook", Endpoint::Webhook(hook)), ("mail", Endpoint::Email(mail))];
    ways.into_iter().map(|(name, endpoint)| ConnectorPlan { attempts: 1_000_000, ..plan(name, endpoint) }).collect()
}

fn ports() -> Option<Vec<u16>> {
    let ports = std::env::var(PORTS).ok()?;
    Some(ports.split(' ').map(|port| port.parse().expect("a port")).collect())
}

/// What runs where the certificate is trusted; by itself it does nothing.
#[test]
fn trusting_child() {
    let Some(ports) = ports() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    System::new().block_on(async {
        let take = intake(|_| async { Ok(()) });
        let way = MqttInPlan::new("cars", format!("mqtts://127.0.0.1:{}", ports[2]), "twin", vec!["cars".into()]);
        let way = MqttIn::start(way, take).expect("started");
        until("it is connected", || way.status().connected).await;
        let outbox = Outbox::open(folder.path(), plans(&ports)).expect("opened");
        for name in ["bus", "hook", "mail"] {
            outbox.offer(name, &events([1])).expect("offered");
        }
        until("all are delivered", || outbox.status().iter().all(|status| status.delivered == 1)).await;
        until("one came in", || way.status().acknowledged == 1).await;
        way.stop(LONG).await;
        outbox.stop(LONG).await;
    });
}

/// What runs where it is not; by itself it does nothing.
#[test]
fn doubting_child() {
    let Some(ports) = ports() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    System::new().block_on(async {
        let outbox = Outbox::open(folder.path(), plans(&ports)).expect("opened");
        for name in ["bus", "hook", "mail"] {
            outbox.offer(name, &events([1])).expect("offered");
        }
        until("all failed", || outbox.status().iter().all(|status| status.failed_attempts > 0)).await;
        for status in outbox.status() {
            let failure = status.last_failure.expect("said").to_lowercase();
            assert_eq!(status.delivered, 0, "{}", status.name);
            assert!(failure.contains("certificate") || failure.contains("issuer"), "{}: {failure}", status.name);
        }
        outbox.stop(LONG).await;
    });
}

#[test]
fn certificates_decide() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name);
    let write = |name: &str, text: String| std::fs::write(at(name), text).expect("written");
    let signed = |signs: bool, names: &[&str]| {
        let mut params =
            rcgen::CertificateParams::new(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>()).expect("names");
        if signs {
            params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        }
        (params, rcgen::KeyPair::generate().expect("a key"))
    };
    let (authority, authority_key) = signed(true, &[]);
    let root = authority.self_signed(&authority_key).expect("signed");
    let issuer = rcgen::Issuer::from_params(&authority, &authority_key);
    let (server, server_key) = signed(false, &["127.0.0.1"]);
    let certificate = server.signed_by(&server_key, &issuer).expect("signed");
    let (stranger, stranger_key) = signed(true, &[]);
    write("root.pem", root.pem());
    write("server.pem", certificate.pem());
    write("server.key", server_key.serialize_pem());
    write("stranger.pem", stranger.self_signed(&stranger_key).expect("signed").pem());

    let chain = vec![CertificateDer::from_pem_file(at("server.pem")).expect("a certificate")];
    let key = PrivateKeyDer::from_pem_file(at("server.key")).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("versions");
    let config = Arc::new(config.with_no_client_auth().with_single_cert(chain, key).expect("a good pair"));
    let (hook, mail) = (Server::new(&config, https), Server::new(&config, smtps));
    let broker = Broker::with(&format!("certfile {}\nkeyfile {}", at("server.pem").display(), at("server.key").display()));
    let ports = format!("{} {} {}", hook.port, mail.port, broker.port);

    for (child, trusted) in [("trusting_child", "root.pem"), ("doubting_child", "stranger.pem")] {
        ends_well(child, &ports, &at(trusted));
    }
}

fn ends_well(child: &str, ports: &str, trusted: &Path) {
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", child])
        .env(PORTS, ports)
        .env("SSL_CERT_FILE", trusted)
        .env_remove("SSL_CERT_DIR")
        .output()
        .expect("the child starts");
    assert!(output.status.success(), "{child}: {}", String::from_utf8_lossy(&output.stdout));
}
