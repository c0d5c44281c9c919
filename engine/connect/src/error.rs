//! What can go wrong before anything is delivered.

use std::path::PathBuf;
use thiserror::Error;

/// Why an outbox or a way in could not be opened or used.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// A plan that cannot be carried out.
    #[error("connector `{name}`: {reason}")]
    Plan {
        /// The connector.
        name: String,
        /// What is wrong, and what is allowed.
        reason: String,
    },
    /// No connector has this name.
    #[error("there is no connector `{name}`; there are: {known}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that are known.
        known: String,
    },
    /// A batch that was offered is not in order.
    #[error("connector `{name}`: number {number} was offered after {before}; numbers rise strictly within an offer")]
    NotRising {
        /// The connector.
        name: String,
        /// The number that is too low.
        number: u64,
        /// The one before it.
        before: u64,
    },
    /// A password or token could not be read.
    #[error("{place} cannot be read: {reason}")]
    Secret {
        /// Where it should be.
        place: String,
        /// Why it is not.
        reason: String,
    },
    /// The queue on disk failed.
    #[error("the queue in {}: {reason}", .folder.display())]
    Queue {
        /// The folder of the queue.
        folder: PathBuf,
        /// What the disk or the journal said.
        reason: String,
    },
    /// The connector has been stopped.
    #[error("connector `{name}` has been stopped; open the outbox again")]
    Stopped {
        /// The connector.
        name: String,
    },
    /// No actors can be started here.
    #[error("there is no actix system in this thread: call this inside `actix::System::block_on` or an actor")]
    NoSystem,
}
