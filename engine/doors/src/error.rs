//! What may be wrong with what the doors are made from.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// What is wrong with tokens, an address, a certificate or limits.
///
/// No token is ever part of it.
#[derive(Debug, thiserror::Error)]
pub enum DoorsError {
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}; name a {what} that is there and that this user may read", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
        /// Why not.
        source: io::Error,
    },
    /// A file with secrets can be read by others.
    #[error(
        "{}: others may read it (mode {mode:04o}), and it holds secrets; let its owner alone read it: chmod 600 {}",
        path.display(),
        path.display()
    )]
    Readable {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// A line is no token.
    #[error("{place}:{line}: {what}; a line is ROLE NAME TOKEN, or ROLE NAME sha256:HEX")]
    Token {
        /// Where the tokens are from.
        place: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// Tokens were named, and there are none.
    #[error("{place}: there is no token in it; write a line such as `read dashboard TOKEN`")]
    NoTokens {
        /// Where the tokens should be from.
        place: String,
    },
    /// The system gives no random bytes.
    #[error("the system gives no random bytes to make a token from")]
    Random,
    /// A text is no address to listen on.
    #[error("`{text}` is no address to listen on: {what}; write one such as 127.0.0.1:8080, [::1]:8080 or 0.0.0.0:8443")]
    Address {
        /// What was written.
        text: String,
        /// What is wrong.
        what: String,
    },
    /// A name of this server is no name.
    #[error("`{name}` is no name of a host; write it without scheme, port and path, such as twin.example")]
    Host {
        /// What was written.
        name: String,
    },
    /// Others can reach the address, and something is missing.
    #[error(
        "{address} can be reached from other machines, and there {missing}; give both a certificate with its key and tokens, or \
         listen on 127.0.0.1"
    )]
    Exposed {
        /// The address.
        address: SocketAddr,
        /// What is missing.
        missing: &'static str,
    },
    /// A certificate or key cannot be used.
    #[error("{}: {what}; {remedy}", path.display())]
    Tls {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
        /// What to do.
        remedy: &'static str,
    },
    /// A limit would let nothing in, or does not count.
    #[error("the limit `{name}` is {found}; it must be {allowed}")]
    Limit {
        /// Which one.
        name: &'static str,
        /// What it is.
        found: String,
        /// What it may be.
        allowed: &'static str,
    },
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {source}; choose another port, or end what listens there")]
    Bind {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
}
