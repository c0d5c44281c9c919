//! Where to listen, and what that asks for.

use crate::error::DoorsError;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

/// An address and a port to listen on; port 0 lets the system choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen(SocketAddr);

impl Listen {
    /// The address and the port.
    #[must_use]
    pub const fn address(self) -> SocketAddr {
        self.0
    }

    /// Whether only this machine can reach it.
    #[must_use]
    pub fn is_loopback(self) -> bool {
        is_loopback(self.0.ip())
    }

    /// Whether it may be served so: only this machine may be served plain or without tokens.
    ///
    /// # Errors
    /// [`DoorsError::Exposed`], which says what is missing.
    pub fn allows(self, tls: bool, tokens: bool) -> Result<(), DoorsError> {
        let missing = match (tls, tokens) {
            _ if self.is_loopback() => return Ok(()),
            (true, true) => return Ok(()),
            (false, false) => "is neither TLS nor a token",
            (false, true) => "is no TLS, so that all could read the tokens on their way",
            (true, false) => "are no tokens, so that all could come in",
        };
        Err(DoorsError::Exposed { address: self.0, missing })
    }
}

/// Whether only this machine has it, also where it is written as an address of IPv6.
pub(crate) fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// From `127.0.0.1:8080`, `[::1]:0` or `0.0.0.0:8443`. `localhost` is 127.0.0.1; other names are refused, as who can change what
/// they stand for would decide where is listened.
impl FromStr for Listen {
    type Err = DoorsError;

    fn from_str(text: &str) -> Result<Listen, DoorsError> {
        let address = match text.strip_prefix("localhost:") {
            Some(port) => format!("127.0.0.1:{port}"),
            None => text.to_owned(),
        };
        address.parse().map(Listen).map_err(|_| {
            let what = if text.parse::<IpAddr>().is_ok() {
                "it has no port"
            } else if text.starts_with(':') || text.parse::<u16>().is_ok() {
                "it does not say for whom: 127.0.0.1 is this machine alone, 0.0.0.0 all that can reach it"
            } else if text.contains("://") {
                "it is a URL"
            } else {
                "it is not an IP address and a port of at most 65535"
            };
            DoorsError::Address { text: text.chars().take(100).collect(), what: what.into() }
        })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_may_be_served_in_any_way() {
        for text in ["127.0.0.1:8080", "127.8.9.1:1", "[::1]:0", "localhost:80", "[::ffff:127.0.0.1]:5"] {
            let listen: Listen = text.parse().expect(text);
            for (tls, tokens) in [(false, false), (false, true), (true, false), (true, true)] {
                assert!(listen.allows(tls, tokens).is_ok(), "{text} {tls} {tokens}");
            }
        }
    }

    #[test]
    fn elsewhere_both_are_needed() {
        for text in ["0.0.0.0:8443", "192.168.1.4:80", "[::]:0", "[2001:db8::1]:443", "128.0.0.1:1", "[::ffff:10.0.0.1]:5"] {
            let listen: Listen = text.parse().expect(text);
            assert!(listen.allows(true, true).is_ok(), "{text}");
            for (tls, tokens, said) in [(false, false, "neither"), (false, true, "no TLS"), (true, false, "no tokens")] {
                let error = listen.allows(tls, tokens).expect_err(text).to_string();
                assert!(error.contains(said) && error.contains("127.0.0.1"), "{error}");
            }
        }
    }

    #[test]
    fn what_is_no_address_is_told() {
        let wrong = [
            ("127.0.0.1", "no port"),
            ("::1", "no port"),
            (":8080", "for whom"),
            ("8080", "for whom"),
            ("http://127.0.0.1:80", "URL"),
            ("twin.example:80", "not an IP address"),
            ("127.0.0.1:65536", "65535"),
            ("localhost:", "not an IP address"),
            ("", "not an IP address"),
        ];
        for (text, said) in wrong {
            let error = text.parse::<Listen>().expect_err(text).to_string();
            assert!(error.contains(said) && error.contains("127.0.0.1:8080"), "{error}");
        }
    }
}
