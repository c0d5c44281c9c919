//! How a connector is, for health pages and metrics.

use crate::breaker::BreakerState;
use serde::Serialize;
use std::time::SystemTime;

/// How a connector is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConnectorStatus {
    /// Which one.
    pub name: String,
    /// Events that wait or are under way.
    pub waiting: u64,
    /// Events that were confirmed, since the queue was made.
    pub delivered: u64,
    /// Attempts that failed, since the outbox was opened.
    pub failed_attempts: u64,
    /// Events that were put aside and not taken back.
    pub dead: u64,
    /// What the breaker lets through.
    pub breaker: BreakerState,
    /// When the event that waits longest was offered.
    pub oldest_waiting: Option<SystemTime>,
    /// Why the last attempt that failed did.
    pub last_failure: Option<String>,
    /// What is wrong with the queue itself, such as a full disk; nothing when all is well.
    pub fault: Option<String>,
    /// How often its actor was started again after a panic, since the outbox was opened.
    pub restarts: u64,
}

/// What an actor says of itself, beside what the queue knows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Live {
    pub(crate) breaker: BreakerState,
    pub(crate) failed_attempts: u64,
    pub(crate) last_failure: Option<String>,
    pub(crate) fault: Option<String>,
    pub(crate) restarts: u64,
}
