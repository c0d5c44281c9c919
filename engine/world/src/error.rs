//! What can go wrong while a scenario runs, with the place in its files.

use crate::plan::fingerprint::{self, Differs};
use rehearsal_kernel::{KernelError, SnapshotError};
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
    #[error(
        "messages or timers chase each other without time passing at {time}, among {actors}: give one of them a delay, or let \
         fewer come"
    )]
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
    #[error(
        "there would be more than {limit} actors of kind {kind}, those who have left included: make its groups, parts or \
         pools smaller, or let fewer come"
    )]
    TooMany {
        /// The kind.
        kind: String,
        /// How many there can be.
        limit: usize,
    },
    /// It takes up more memory than it may.
    #[error(
        "{what} would take more memory than a run may have, {limit} MiB: make groups, parts, agendas or relations smaller, or \
         see that not ever more comes into the world"
    )]
    TooLarge {
        /// What was too much.
        what: String,
        /// How much it may have \[MiB\].
        limit: u64,
    },
    /// There is no such policy.
    #[error("there is no policy `{found}` here: there is {allowed}")]
    NoPolicy {
        /// What was asked for.
        found: String,
        /// What there is.
        allowed: String,
    },
    /// It failed before.
    #[error("the run failed before and cannot go on: start it again, or restore a snapshot from before")]
    Failed,
}

/// Why a run could not be saved, or a saved one not be restored.
#[derive(Debug, Error)]
pub enum StateError {
    /// It is a snapshot of another scenario.
    #[error("the snapshot is of another scenario, not of `{scenario}`: restore it with the scenario that wrote it")]
    OtherScenario {
        /// The scenario that was to restore it.
        scenario: String,
    },
    /// Another build of Rehearsal wrote it.
    #[error(
        "the snapshot of `{scenario}` was written by another version of rehearsal than {version}: restore it with the one \
         that wrote it, or run to that point again"
    )]
    OtherBuild {
        /// The scenario.
        scenario: String,
        /// This version.
        version: &'static str,
    },
    /// The scenario has changed since.
    #[error(
        "the snapshot of `{scenario}` was written with other files, another map or other settings than those of now: \
         restore it with the same ones, or run to that point again"
    )]
    OtherFiles {
        /// The scenario.
        scenario: String,
    },
    /// It is being recorded.
    #[error("a run that is being recorded cannot be saved, for its trace would end there: run it without a trace")]
    Recorded,
    /// It has failed.
    #[error("a run that failed cannot be saved: save it before, or start it again")]
    Failed,
    /// The bytes are no snapshot, damaged, or do not fit the scenario.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

impl StateError {
    /// A refusal of the kernel in the words of a scenario.
    pub(crate) fn of(error: SnapshotError, scenario: &str) -> StateError {
        let SnapshotError::Model { found, expected } = error else { return StateError::Snapshot(error) };
        let scenario = scenario.to_owned();
        match fingerprint::difference(found, expected) {
            Differs::Scenario => StateError::OtherScenario { scenario },
            Differs::Build => StateError::OtherBuild { scenario, version: env!("CARGO_PKG_VERSION") },
            Differs::Files => StateError::OtherFiles { scenario },
        }
    }
}
