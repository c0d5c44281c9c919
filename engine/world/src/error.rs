//! What can go wrong while a scenario runs, with the place in its files.

use rehearsal_kernel::KernelError;
use thiserror::Error;

/// A run that could not go on. One word, so that what goes well does not carry its weight about.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct RunError(Box<Cause>);

impl RunError {
    /// Why it could not go on.
    #[must_use]
    pub fn cause(&self) -> &Cause {
        &self.0
    }
}

impl<E: Into<Cause>> From<E> for RunError {
    #[cold]
    fn from(cause: E) -> RunError {
        RunError(Box::new(cause.into()))
    }
}

/// Why a run could not go on.
#[derive(Debug, Error)]
pub enum Cause {
    /// The scenario asked for something that has no meaning at that moment.
    #[error("{place}: {what} ({actor}, {time})")]
    Scenario {
        /// `file:line:column`.
        place: String,
        /// What went wrong.
        what: String,
        /// Who did it.
        actor: String,
        /// When.
        time: String,
    },
    /// States change in a circle without time passing.
    #[error(
        "{actor} changes its states in a circle without time passing ({time}); the last was `{state}`: give one of them a delay"
    )]
    Circle {
        /// Who.
        actor: String,
        /// The state entered last.
        state: String,
        /// When.
        time: String,
    },
    /// The kernel refused.
    #[error("{0}")]
    Kernel(#[from] KernelError),
    /// Messages chase each other without time passing.
    #[error("messages chase each other without time passing at {time}, among {actors}: give one of them a delay")]
    Livelock {
        /// When.
        time: String,
        /// Who.
        actors: String,
    },
    /// The trace could not be written.
    #[error("the trace could not be written: {0}")]
    Trace(#[from] rehearsal_trace::TraceError),
    /// The world grew beyond what it can number.
    #[error("there are more than {limit} actors of kind {kind}")]
    TooMany {
        /// The kind.
        kind: String,
        /// How many there can be.
        limit: usize,
    },
}
