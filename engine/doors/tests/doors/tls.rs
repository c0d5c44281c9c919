//! TLS: certificates made on the spot.

use crate::client::{Ask, connect, rest};
use crate::server::{Known, Served};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rehearsal_doors::{Doors, DoorsError, Limits, Tls, Tokens};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion, version};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority")
}

/// A certificate for this machine and its key, as PEM.
fn signed(authority: &Authority) -> (String, String) {
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).expect("names");
    (params.signed_by(&key, authority).expect("a certificate").pem(), key.serialize_pem())
}

fn trusting(authority: &Authority, versions: &[&'static SupportedProtocolVersion]) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(authority.der().clone()).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_protocol_versions(versions).expect("versions");
    builder.with_root_certificates(roots).with_no_client_auth()
}

const BOTH: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];

struct Files(TempDir);

impl Files {
    fn new() -> Files {
        Files(tempfile::tempdir().expect("a folder"))
    }

    /// A file that its owner alone may read.
    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).expect("written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("permitted");
        }
        path
    }
}

fn everywhere(tokens: Tokens, tls: Option<Tls>) -> Result<Doors, DoorsError> {
    Doors::new("0.0.0.0:0".parse().expect("an address"), tokens, tls, Limits::default())
}

#[test]
fn other_machines_are_served_with_tls_and_tokens_only() {
    let (files, authority, known) = (Files::new(), authority(), Known::new());
    let (certificate, key) = signed(&authority);
    let tls = Tls::load(&files.write("chain.pem", &certificate), &files.write("key.pem", &key)).expect("a certificate");
    assert!(matches!(everywhere(Tokens::none(), None), Err(DoorsError::Exposed { .. })));
    assert!(matches!(everywhere(known.tokens(), None), Err(DoorsError::Exposed { .. })));
    assert!(matches!(everywhere(Tokens::none(), Some(tls.clone())), Err(DoorsError::Exposed { .. })));

    let served = Served::new(&everywhere(known.tokens(), Some(tls)).expect("both"));
    let url = |path: &str| format!("https://localhost:{}{path}", served.address.port());
    for versions in [&BOTH[..], &BOTH[..1], &BOTH[1..]] {
        let ask = |path: &str| Ask::get(url(path)).tls(trusting(&authority, versions));
        assert_eq!(ask("/read").token(&known.read).send().body, "board");
        assert_eq!(ask("/read").send().status, 401);
        assert_eq!(ask("/operate").token(&known.read).send().status, 403);
        assert_eq!(ask("/open").header("origin", url("")).send().status, 200);
        let plain = url("").replace("https", "http");
        assert_eq!(ask("/open").header("origin", plain).send().status, 403, "a page that came without TLS");
    }
    let large = Ask::post(url("/ingest"), vec![0; (1 << 20) + 1]).token(&known.ingest).tls(trusting(&authority, &BOTH));
    assert_eq!(large.send().status, 413);
}

const SETTINGS: u8 = 4;
const PING: u8 = 6;
const ACKNOWLEDGED: u8 = 1;

/// A frame of HTTP/2 that concerns the whole connection.
fn frame(kind: u8, flags: u8, body: &[u8]) -> Vec<u8> {
    [&[0, 0, body.len() as u8, kind, flags, 0, 0, 0, 0], body].concat()
}

fn read_frame(stream: &mut impl Read) -> std::io::Result<(u8, u8, Vec<u8>)> {
    let mut head = [0; 9];
    stream.read_exact(&mut head)?;
    let mut body = vec![0; u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize];
    stream.read_exact(&mut body)?;
    Ok((head[3], head[4], body))
}

/// HTTP/2, whose connections the server itself would keep for as long as the client likes.
#[test]
fn a_silent_connection_of_http_2_is_cut() {
    let (files, authority, known) = (Files::new(), authority(), Known::new());
    let (certificate, key) = signed(&authority);
    let tls = Tls::load(&files.write("chain.pem", &certificate), &files.write("key.pem", &key)).expect("a certificate");
    let second = std::time::Duration::from_secs(1);
    let limits = Limits { header: second, keep_alive: second, ..Limits::default() };
    let doors = Doors::new("127.0.0.1:0".parse().expect("an address"), known.tokens(), Some(tls), limits).expect("doors");
    let served = Served::new(&doors);
    let mut config = trusting(&authority, &BOTH);
    config.alpn_protocols = vec![b"h2".to_vec()];
    let name = "localhost".try_into().expect("a name");
    let session = ClientConnection::new(Arc::new(config), name).expect("a session");
    let mut stream = StreamOwned::new(session, connect(served.address));
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").expect("written");
    stream.write_all(&frame(SETTINGS, 0, &[])).expect("written");
    stream.write_all(&frame(SETTINGS, ACKNOWLEDGED, &[])).expect("written");
    let (mut kinds, mut pings) = (Vec::new(), 0);
    while let Ok((kind, flags, body)) = read_frame(&mut stream) {
        kinds.push(kind);
        if kind == PING && flags & ACKNOWLEDGED == 0 {
            pings += 1;
            assert!(pings < 30, "it is kept for as long as it answers pings");
            // The connection may have been cut since.
            let _ = stream.write_all(&frame(PING, ACKNOWLEDGED, &body));
        }
    }
    assert!(kinds.contains(&SETTINGS), "it spoke HTTP/2: {kinds:?}");
}

#[test]
fn who_trusts_another_authority_does_not_speak() {
    let (files, authority, known) = (Files::new(), authority(), Known::new());
    let (certificate, key) = signed(&authority);
    let tls = Tls::load(&files.write("chain.pem", &certificate), &files.write("key.pem", &key)).expect("a certificate");
    let served = Served::new(&everywhere(known.tokens(), Some(tls)).expect("both"));
    let url = format!("https://localhost:{}/open", served.address.port());
    let stranger = Ask::get(url.clone()).tls(trusting(&self::authority(), &BOTH)).try_send();
    assert!(stranger.is_err(), "{stranger:?}");
    let mut plain = connect(([127, 0, 0, 1], served.address.port()).into());
    plain.write_all(b"GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n").expect("written");
    assert!(!rest(&mut plain).contains("HTTP"), "no plain HTTP where TLS is spoken");
    assert_eq!(Ask::get(url).tls(trusting(&authority, &BOTH)).send().body, "open");
}

#[test]
fn a_new_certificate_is_taken_up_and_a_broken_one_is_not() {
    let (files, known) = (Files::new(), Known::new());
    let [old, new] = [authority(), authority()];
    let (certificate, key) = signed(&old);
    let (chain, key) = (files.write("chain.pem", &certificate), files.write("key.pem", &key));
    let tls = Tls::load(&chain, &key).expect("a certificate");
    let served = Served::new(&everywhere(known.tokens(), Some(tls.clone())).expect("both"));
    let url = format!("https://localhost:{}/open", served.address.port());
    let trusts = |authority: &Authority| Ask::get(url.clone()).tls(trusting(authority, &BOTH)).try_send().is_ok();
    assert_eq!([trusts(&old), trusts(&new)], [true, false]);
    let (certificate, new_key) = signed(&new);
    files.write("chain.pem", &certificate);
    assert!(tls.reload().is_err(), "a certificate without its key");
    assert_eq!([trusts(&old), trusts(&new)], [true, false]);
    files.write("key.pem", &new_key);
    tls.reload().expect("both");
    assert_eq!([trusts(&old), trusts(&new)], [false, true]);
}

#[test]
fn wrong_files_are_told_apart() {
    let (files, authority) = (Files::new(), authority());
    let (certificate, key) = signed(&authority);
    let (_, other_key) = signed(&authority);
    let missing = files.0.path().join("missing.pem");
    let chain = files.write("chain.pem", &certificate);
    let key_file = files.write("key.pem", &key);
    let other = files.write("other.pem", &other_key);
    let text = files.write("text.pem", "no PEM at all");
    let empty = files.write("empty.pem", "");
    let cut = files.write("cut.pem", &certificate[..certificate.len() / 2]);
    let cut_key = files.write("cut-key.pem", &key[..key.len() / 2]);
    let garbage = files.write("garbage.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let garbage_key = files.write("garbage-key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n");
    let locked = files.write("locked.pem", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n");
    let cases: [(&Path, &Path, &str, &str); 14] = [
        (&missing, &key_file, "missing.pem", "cannot be read"),
        (&chain, &missing, "missing.pem", "cannot be read"),
        (&text, &key_file, "text.pem", "it is not PEM"),
        (&empty, &key_file, "empty.pem", "it is not PEM"),
        (&chain, &text, "text.pem", "it is not PEM"),
        (&chain, &empty, "empty.pem", "it is not PEM"),
        (&key_file, &key_file, "key.pem", "no certificate in it"),
        (&chain, &chain, "chain.pem", "no key in it"),
        (&chain, &other, "other.pem", "not the key of the certificate in"),
        (&cut, &key_file, "cut.pem", "broken"),
        (&chain, &cut_key, "cut-key.pem", "broken"),
        (&garbage, &key_file, "garbage.pem", "cannot be used"),
        (&chain, &garbage_key, "garbage-key.pem", "cannot be used"),
        (&chain, &locked, "locked.pem", "password"),
    ];
    for (chain, key, named, said) in cases {
        let error = Tls::load(chain, key).expect_err(said).to_string();
        let named = files.0.path().join(named).display().to_string();
        assert!(error.starts_with(&named) && error.contains(said) && error.contains("; "), "{said}: {error}");
    }
}

#[cfg(unix)]
#[test]
fn a_key_that_all_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let files = Files::new();
    let (certificate, key) = signed(&authority());
    let (chain, key) = (files.write("chain.pem", &certificate), files.write("key.pem", &key));
    for (mode, refused) in [(0o644, true), (0o604, true), (0o640, false), (0o600, false)] {
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).expect("permitted");
        assert_eq!(Tls::load(&chain, &key).is_err(), refused, "{mode:o}");
    }
}
