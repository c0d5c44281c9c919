//! Where a broker is, and the options with which one connects to it.

use crate::error::ConnectError;
use crate::secret::Secret;
use crate::tls;
use rumqttc::{MqttOptions, TlsConfiguration, Transport};

/// The address of a broker: `mqtt://host:port` or `mqtts://host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broker {
    host: String,
    port: u16,
    encrypted: bool,
}

impl Broker {
    pub(crate) fn parse(url: &str) -> Result<Self, String> {
        let fault = |what: &str| format!("broker `{url}`: {what}; it is written `mqtt://host:port` or `mqtts://host:port`");
        let (encrypted, rest) = match (url.strip_prefix("mqtt://"), url.strip_prefix("mqtts://")) {
            (Some(rest), _) => (false, rest),
            (_, Some(rest)) => (true, rest),
            _ => return Err(fault("it begins with neither `mqtt://` nor `mqtts://`")),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['@', '/', '?', '#']) {
            // What stands there may be a password: it is not said back.
            return Err(
                "a broker is written `mqtt://host:port` or `mqtts://host:port`; user and password have their own place".into()
            );
        }
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !host.ends_with(':') && (host.ends_with(']') || !host.contains(':')) => {
                (host, port.parse().ok().filter(|port| *port > 0).ok_or_else(|| fault("its port is no number from 1 to 65535"))?)
            }
            _ => (rest, if encrypted { 8883 } else { 1883 }),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(fault("it has no host"));
        }
        Ok(Self { host: host.to_owned(), port, encrypted })
    }

    /// Options to connect as `client`.
    pub(crate) fn options(
        &self,
        client: &str,
        user: Option<&str>,
        password: Option<&Secret>,
    ) -> Result<MqttOptions, ConnectError> {
        let mut options = MqttOptions::new(client, (self.host.clone(), self.port));
        if self.encrypted {
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(tls::config())));
        }
        // One call each: the client forgets the user when it is given the password alone.
        match (user, password) {
            (Some(user), Some(password)) => options.set_credentials(user, password.read()?.into_bytes()),
            (Some(user), None) => options.set_username(user),
            (None, _) => &mut options,
        };
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read = |url: &str| Broker::parse(url).map(|broker| (broker.host, broker.port, broker.encrypted));
        assert_eq!(read("mqtt://127.0.0.1:18830"), Ok(("127.0.0.1".into(), 18_830, false)));
        assert_eq!(read("mqtts://broker.example.org/"), Ok(("broker.example.org".into(), 8883, true)));
        assert_eq!(read("mqtt://[::1]:1"), Ok(("::1".into(), 1, false)));
        for bad in ["", "http://a", "mqtt://", "mqtt://:1", "mqtt://a:0", "mqtt://a:99999", "mqtt://a/b"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_not_said_back() {
        let error = Broker::parse("mqtt://me:hunter2@host:1").expect_err("refused");
        assert!(!error.contains("hunter2"), "{error}");
    }
}
