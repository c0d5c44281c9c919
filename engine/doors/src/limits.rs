//! How much is taken in.

use crate::error::DoorsError;
use std::time::Duration;

/// How much is taken in.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// The longest body of a request \[bytes\].
    pub body_bytes: u64,
    /// How many requests a client may make, lasting \[1/s\]. A client is a name of a token, else an address.
    pub rate_per_second: u32,
    /// How many requests a client may make at once after a pause.
    pub burst: u32,
    /// How many connections are held at once; rounded up to a multiple of `workers`. More wait until one ends.
    pub connections: usize,
    /// How many threads answer.
    pub workers: usize,
    /// Within which time the head of the first request, and what TLS asks for before it, must have come; at least 1 s.
    pub header: Duration,
    /// How long a connection may be silent between two requests; at least 1 s. One on which
    /// nothing is answered for this and `header` together is cut, whatever comes on it.
    pub keep_alive: Duration,
    /// Within which time, from its head on, a body must have come.
    pub request: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: 1 << 20,
            rate_per_second: 200,
            burst: 400,
            connections: 1024,
            workers: 2,
            header: Duration::from_secs(5),
            keep_alive: Duration::from_secs(15),
            request: Duration::from_secs(30),
        }
    }
}

impl Limits {
    /// Whether they make sense.
    ///
    /// # Errors
    /// [`DoorsError::Limit`], which names the first that does not.
    pub fn check(&self) -> Result<(), DoorsError> {
        let counts = [
            ("rate_per_second", u64::from(self.rate_per_second), 1_000_000_000),
            ("burst", u64::from(self.burst), u64::from(u32::MAX)),
            ("connections", self.connections as u64, 1_000_000),
            ("workers", self.workers as u64, 1024),
            ("body_bytes", self.body_bytes, 1 << 40),
        ];
        for (name, found, most) in counts {
            if found == 0 || found > most {
                return Err(DoorsError::Limit { name, found: found.to_string(), allowed: allowed(name) });
            }
        }
        // The server measures the first two with a clock that ticks twice a second; a span of less might never end.
        let spans = [("header", self.header, 1000), ("keep_alive", self.keep_alive, 1000), ("request", self.request, 1)];
        for (name, found, least_ms) in spans {
            if found < Duration::from_millis(least_ms) || found > Duration::from_secs(86_400) {
                return Err(DoorsError::Limit { name, found: format!("{found:?}"), allowed: allowed(name) });
            }
        }
        Ok(())
    }

    /// How many connections a thread may hold.
    pub(crate) fn connections_of_worker(&self) -> usize {
        self.connections.div_ceil(self.workers.max(1))
    }
}

fn allowed(name: &str) -> &'static str {
    match name {
        "rate_per_second" => "from 1 to 1000000000",
        "connections" => "from 1 to 1000000",
        "workers" => "from 1 to 1024",
        "body_bytes" => "from 1 to 1 TiB",
        "header" | "keep_alive" => "from 1 s to a day",
        "request" => "from 1 ms to a day",
        _ => "at least 1",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_that_is_no_limit_is_refused() {
        Limits::default().check().expect("what is there by default");
        let wrong = [
            Limits { body_bytes: 0, ..Limits::default() },
            Limits { rate_per_second: 0, ..Limits::default() },
            Limits { rate_per_second: u32::MAX, ..Limits::default() },
            Limits { burst: 0, ..Limits::default() },
            Limits { connections: 0, ..Limits::default() },
            Limits { workers: 0, ..Limits::default() },
            Limits { header: Duration::from_millis(999), ..Limits::default() },
            Limits { keep_alive: Duration::MAX, ..Limits::default() },
            Limits { request: Duration::ZERO, ..Limits::default() },
        ];
        let names = [
            "body_bytes",
            "rate_per_second",
            "rate_per_second",
            "burst",
            "connections",
            "workers",
            "header",
            "keep_alive",
            "request",
        ];
        for (limits, name) in wrong.into_iter().zip(names) {
            let error = limits.check().expect_err(name).to_string();
            assert!(error.contains(&format!("`{name}`")), "{error}");
        }
    }
}
