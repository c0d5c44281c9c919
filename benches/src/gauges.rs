//! What is measured and is no rate: what an actor takes, what a fork costs, what a second thread brings.

use std::fmt;

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

use crate::others::{Others, Watch};
use crate::rounds::{Run, Subject, pin};
use crate::spinner::Spinner;
use crate::{fork, memory, threads};

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Gauge {
    /// Bytes beyond the state of a cell of a million, before the first event.
    MemorySeeded,
    /// The same after about twenty events a cell.
    MemoryHeld,
    /// A fork of a million cells into a pooled simulation, over a copy of as many bytes.
    Fork,
    /// Two threads against one, with 3,500 events in a window.
    ThreadsWide,
    /// The same with 5 events in a window.
    ThreadsThin,
    /// Two threads against one, with 3,500 events in a window, while every core but one is kept busy.
    ThreadsWideBusy,
    /// The same with 5 events in a window.
    ThreadsThinBusy,
}

/// What a gauge ought to show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// The median is at most that.
    AtMost(f64),
    /// The median is at least that.
    AtLeast(f64),
    /// The least of all is at least that.
    NeverBelow(f64),
}

/// Actors of memory and fork.
const MILLION: u32 = 1_000_000;
/// Time between the first and the second look at memory, about one event a cell each `[s]`.
const HOLDS: u64 = 20;
/// Forks of one process.
const FORKS: u64 = 9;
/// Events in a window that is worth two threads.
const WIDE: u32 = 3_500;
/// Events in one that is not.
const THIN: u32 = 5;
/// Turns of one process with threads, and their events.
const TURNS: u32 = 60;
const TURN: u32 = 250_000;
/// How many times shorter turns are where one thread does the work, and how many times more of them.
const SHORTER: u32 = 10;

impl Gauge {
    /// What it counts.
    #[must_use]
    pub fn unit(self) -> &'static str {
        match self {
            Gauge::MemorySeeded | Gauge::MemoryHeld => "bytes an actor",
            Gauge::Fork => "copies",
            _ => "times one thread",
        }
    }

    /// Whether it counts bytes; else it is a ratio.
    #[must_use]
    pub fn is_bytes(self) -> bool {
        matches!(self, Gauge::MemorySeeded | Gauge::MemoryHeld)
    }

    /// What it ought to show.
    #[must_use]
    pub fn limit(self) -> Limit {
        match self {
            Gauge::MemorySeeded | Gauge::MemoryHeld => Limit::AtMost(100.0),
            Gauge::Fork => Limit::AtMost(1.5),
            Gauge::ThreadsWide => Limit::AtLeast(1.6),
            Gauge::ThreadsThin | Gauge::ThreadsWideBusy | Gauge::ThreadsThinBusy => Limit::NeverBelow(0.9),
        }
    }

    /// Measures it in this process, with a fifth of the work where `quick`; `in_use` says how many bytes are allocated.
    ///
    /// # Errors
    ///
    /// Where a core cannot be had, the kernel fails, or two ways to the same state end in different ones.
    pub fn run(self, quick: bool, in_use: &dyn Fn() -> usize) -> Result<Run> {
        let part = if quick { 5 } else { 1 };
        let run = |value| Run { value, checked: None, others: None, yardstick: None };
        Ok(match self {
            Gauge::MemorySeeded => run(memory::beyond_state(MILLION, 0, in_use)?),
            Gauge::MemoryHeld => run(memory::beyond_state(MILLION, HOLDS / u64::from(part), in_use)?),
            Gauge::Fork => {
                pin()?;
                run(fork::over_copy(MILLION, if quick { 3 } else { FORKS })?)
            }
            Gauge::ThreadsWide => {
                let (found, others) = beside_others(false, || threads::yardstick(WIDE, TURN, TURNS / part))?;
                let value = found.shards_on_whole_cores.unwrap_or(found.shards);
                Run { value, checked: None, others, yardstick: Some(found) }
            }
            Gauge::ThreadsThin => falls_back(THIN, false, part)?,
            Gauge::ThreadsWideBusy => falls_back(WIDE, true, part)?,
            Gauge::ThreadsThinBusy => falls_back(THIN, true, part)?,
        })
    }
}

/// Two shards against one simulation where two threads are no help.
fn falls_back(events_in_a_window: u32, busy: bool, part: u32) -> Result<Run> {
    let speedup = || threads::speedup(events_in_a_window, TURN / SHORTER, TURNS * SHORTER / part);
    let (value, others) = beside_others(busy, speedup)?;
    Ok(Run { value, checked: None, others, yardstick: None })
}

/// What is measured, and what others took of the machine meanwhile; with every core but one busy where asked for.
fn beside_others<R>(busy: bool, measure: impl FnOnce() -> Result<R>) -> Result<(R, Option<Others>)> {
    let spinners = if busy { Spinner::on_all_cores_but_one()? } else { Vec::new() };
    let watch = Watch::start();
    let measured = measure().context("two threads against one")?;
    let ours: Vec<u32> = spinners.iter().map(Spinner::process).collect();
    Ok((measured, watch.and_then(|watch| watch.stop(&ours))))
}

impl fmt::Display for Gauge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.to_possible_value().expect("no gauge is hidden").get_name())
    }
}

impl Subject for Gauge {
    fn told(self, value: f64) -> String {
        format!("{value:.2} {}", self.unit())
    }
}

impl Limit {
    /// Whether what was measured keeps to it, and by which figure.
    #[must_use]
    pub fn judge(self, median: f64, least: f64) -> (bool, f64) {
        match self {
            Limit::AtMost(most) => (median <= most, median),
            Limit::AtLeast(limit) => (median >= limit, median),
            Limit::NeverBelow(limit) => (least >= limit, least),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::AtMost(limit) => write!(f, "at most {limit:.2}"),
            Limit::AtLeast(limit) => write!(f, "at least {limit:.2}"),
            Limit::NeverBelow(limit) => write!(f, "never below {limit:.2}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_should_never_be_is_judged_by_the_worst() {
        assert_eq!(Limit::NeverBelow(0.9).judge(1.0, 0.89), (false, 0.89));
        assert_eq!(Limit::AtLeast(0.9).judge(1.0, 0.89), (true, 1.0));
        assert_eq!(Limit::AtMost(1.5).judge(1.5, 1.4), (true, 1.5));
        assert_eq!(Limit::AtMost(1.5).judge(1.51, 1.4), (false, 1.51));
    }
}
