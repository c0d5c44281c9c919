//! From which page a browser asks, and under which name it knows this server.
//!
//! A browser runs pages of strangers. One of them may send requests to a server on this machine, open a WebSocket to it, or
//! make its own name stand for 127.0.0.1. A browser says in `Origin` which page it is and in `Host` which name was used.

use crate::place::is_loopback;
use crate::problem::Problem;
use actix_web::HttpRequest;
use actix_web::http::StatusCode;
use actix_web::http::header::{HOST, ORIGIN};
use actix_web::http::uri::Authority;
use std::net::IpAddr;

/// Whether a request is from a page of this server, or from no page at all.
///
/// To be asked before a WebSocket is opened, which browsers allow to pages from anywhere. The door asks it of every request.
///
/// # Errors
/// 403, where another page is named.
pub fn same_origin(request: &HttpRequest) -> Result<(), Problem> {
    let mut origins = request.headers().get_all(ORIGIN);
    let Some(origin) = origins.next() else { return Ok(()) };
    let origin = origin.to_str().unwrap_or("");
    let same = origins.next().is_none()
        && hosts(request).first().is_some_and(|host| is_same(origin, host.as_deref(), request.app_config().secure()));
    if same {
        return Ok(());
    }
    Err(Problem::new(StatusCode::FORBIDDEN, "foreign-origin", "another page asks")
        .detail("the header `Origin` names a page that is not of this server")
        .remedy("open the page under the address of this server; a proxy before it must leave the header `Host` as it is")
        .closing())
}

/// Whether an origin is this host. The one has a scheme, the other has none; where TLS ends here, the scheme is known.
fn is_same(origin: &str, host: Option<&str>, secure: bool) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let port = match scheme {
        "https" => 443,
        "http" if !secure => 80,
        _ => return false,
    };
    let parts = |text: &str| {
        let parsed: Authority = text.parse().ok().filter(|_| !text.contains('@'))?;
        let port: u16 = match text.strip_prefix(parsed.host())? {
            "" => port,
            said => said.strip_prefix(':')?.parse().ok()?,
        };
        Some((parsed.host().to_ascii_lowercase(), port))
    };
    let origin = parts(authority);
    origin.is_some() && origin == host.and_then(parts)
}

/// Every name under which the request asks for this server: of its target, and of its header. `None` is one that cannot be
/// read. What proxies add is not looked at, as anybody can send it.
fn hosts(request: &HttpRequest) -> Vec<Option<String>> {
    let target = request.uri().authority().map(|authority| Some(authority.as_str().to_owned()));
    let headers = request.headers().get_all(HOST).map(|value| value.to_str().ok().map(str::to_owned));
    target.into_iter().chain(headers).collect()
}

/// Names of this server that are accepted.
#[derive(Clone, Debug)]
pub(crate) enum Names {
    /// Any: others are kept out by tokens.
    Any,
    /// These, and this machine by its own names where that is served.
    Only { names: Vec<String>, loopback: bool },
}

impl Names {
    /// Whether the request asks for this server by a name that it has.
    pub(crate) fn check(&self, request: &HttpRequest) -> Result<(), Problem> {
        let Names::Only { names, loopback } = self else { return Ok(()) };
        let hosts = hosts(request);
        let known = |host: &Option<String>| host.as_ref().is_some_and(|host| is_known(host, names, *loopback));
        if !hosts.is_empty() && hosts.iter().all(known) {
            return Ok(());
        }
        Err(Problem::new(StatusCode::MISDIRECTED_REQUEST, "unknown-host", "this server has another name")
            .detail("the header `Host` is missing, or names another server")
            .remedy("use a name that it has, which on its own machine is localhost, or start it with `--host NAME` for the one that you use")
            .closing())
    }
}

fn is_known(host: &str, names: &[String], loopback: bool) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    let name = authority.host().to_ascii_lowercase();
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(&name);
    let local = || name == "localhost" || bare.parse::<IpAddr>().is_ok_and(is_loopback);
    !host.contains('@') && (names.contains(&name) || loopback && local())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_a_port() {
        for (origin, host, secure, same) in [
            ("http://localhost:8080", "localhost:8080", false, true),
            ("http://LOCALHOST:8080", "localhost:8080", false, true),
            ("http://localhost", "localhost:80", false, true),
            ("https://twin.example", "twin.example", true, true),
            ("https://twin.example:443", "twin.example", true, true),
            ("https://twin.example", "twin.example", false, true),
            ("http://[::1]:8080", "[::1]:8080", false, true),
            ("http://twin.example", "twin.example", true, false),
            ("http://localhost:8081", "localhost:8080", false, false),
            ("http://127.0.0.1:8080", "localhost:8080", false, false),
            ("http://evil.example", "localhost:8080", false, false),
            ("http://localhost:8080.evil.example", "localhost:8080", false, false),
            ("http://localhost:8080@evil.example", "localhost:8080", false, false),
            ("http://evil@localhost:8080", "localhost:8080", false, false),
            ("null", "localhost:8080", false, false),
            ("", "localhost:8080", false, false),
            ("file://", "localhost:8080", false, false),
            ("http://localhost:99999", "localhost:99999", false, false),
        ] {
            assert_eq!(is_same(origin, Some(host), secure), same, "{origin} of {host}");
        }
        assert!(!is_same("http://localhost", None, false));
    }

    #[test]
    fn only_names_of_this_machine_are_known() {
        let names = ["twin.example".to_owned()];
        for host in ["localhost", "LocalHost:8080", "127.0.0.1:1", "[::1]:8080", "[::1]", "127.0.0.9", "twin.example:8080"] {
            assert!(is_known(host, &names, true), "{host}");
        }
        let wrong = [
            "evil.example",
            "localhost.evil.example",
            "10.0.0.1",
            "0.0.0.0:80",
            "a@localhost",
            "",
            "localhost:1:2",
            "[::1",
            "[::2]:8080",
        ];
        for host in wrong {
            assert!(!is_known(host, &names, true), "{host}");
        }
        assert!(!is_known("localhost", &names, false));
    }
}
