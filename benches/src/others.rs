//! How busy others kept the machine meanwhile, as Linux tells in `/proc`; elsewhere nothing is known.
//!
//! Time of the whole machine less our own, so that processes that came and went count as well, and what a virtual machine was
//! kept waiting for.

use std::collections::BTreeMap;
use std::fs;
use std::time::Instant;

use cpu_time::ProcessTime;
use serde::{Deserialize, Serialize};

/// The share of one core that others may take of a machine that counts as idle `[%]`.
pub const IDLE_PERCENT_MAX: f64 = 5.0;

/// Ticks of a second in `/proc`: fixed for programs, whatever the system itself counts in.
const TICKS: f64 = 100.0;

/// What others took while something was measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Others {
    /// CPU time of all others `[% of one core]`.
    pub percent: f64,
    /// The process that took most of it and was there to the end, and how much `[% of one core]`.
    pub busiest: Option<(String, f64)>,
}

/// The mean number of processes that wanted to run in the last minute.
#[must_use]
pub fn load_average() -> Option<f64> {
    fs::read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.parse().ok()
}

/// The state of the machine when a measurement begins.
#[derive(Debug)]
pub struct Watch {
    start: Instant,
    own: ProcessTime,
    busy: f64,
    processes: BTreeMap<u32, (String, f64)>,
}

impl Watch {
    /// Begins to watch; nothing where the system does not tell.
    #[must_use]
    pub fn start() -> Option<Watch> {
        let (busy, processes) = (busy_seconds()?, process_seconds());
        Some(Watch { start: Instant::now(), own: ProcessTime::now(), busy, processes })
    }

    /// What others took since the start, without this process and those of the numbers `ours`.
    #[must_use]
    pub fn stop(self, ours: &[u32]) -> Option<Others> {
        let (wall, own) = (self.start.elapsed().as_secs_f64(), self.own.elapsed().as_secs_f64());
        let busy = busy_seconds()? - self.busy;
        let since = |(process, (name, seconds)): (u32, (String, f64))| {
            let before = self.processes.get(&process).map_or(0.0, |(_, before)| *before);
            (process, name, seconds - before)
        };
        let taken: Vec<(u32, String, f64)> = process_seconds().into_iter().map(since).collect();
        let helped: f64 = taken.iter().filter(|(process, ..)| ours.contains(process)).map(|(.., seconds)| seconds).sum();
        let foreign = taken.into_iter().filter(|(process, ..)| *process != std::process::id() && !ours.contains(process));
        let busiest = foreign.max_by(|one, other| one.2.total_cmp(&other.2)).filter(|(.., seconds)| *seconds > 0.0);
        let percent = |seconds: f64| (100.0 * seconds / wall).max(0.0);
        Some(Others {
            percent: percent(busy - own - helped),
            busiest: busiest.map(|(_, name, seconds)| (name, percent(seconds))),
        })
    }
}

/// CPU time that the machine has used so far, or was kept waiting for `[s]`.
fn busy_seconds() -> Option<f64> {
    busy(&fs::read_to_string("/proc/stat").ok()?)
}

/// User, nice, system, interrupts, soft interrupts and stolen time; not idle and waiting for disks, the fourth and fifth.
fn busy(stat: &str) -> Option<f64> {
    let ticks: Vec<f64> =
        stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().map_while(|one| one.parse().ok()).collect();
    (ticks.len() >= 8).then(|| (ticks[..3].iter().sum::<f64>() + ticks[5..8].iter().sum::<f64>()) / TICKS)
}

/// Name and CPU time of every process `[s]`. One that ends while this is read is left out.
fn process_seconds() -> BTreeMap<u32, (String, f64)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    numbers.filter_map(|number| Some((number, process(&fs::read_to_string(format!("/proc/{number}/stat")).ok()?)?))).collect()
}

/// The name stands in brackets and may hold some itself; the 14th and 15th field are ticks of the program and of the system.
fn process(stat: &str) -> Option<(String, f64)> {
    let (head, tail) = stat.rsplit_once(')')?;
    let fields: Vec<&str> = tail.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<f64>().ok()? + fields.get(12)?.parse::<f64>().ok()?;
    Some((head.split_once('(')?.1.to_owned(), ticks / TICKS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_does_not_count_as_busy_and_stolen_time_does() {
        assert_eq!(busy("cpu  100 200 300 4000 5000 10 20 30 0 0\ncpu0 1 2 3\n"), Some(6.6));
        assert_eq!(busy("cpu  100 200"), None);
        assert_eq!(busy(""), None);
    }

    #[test]
    fn a_name_may_hold_spaces_and_brackets() {
        let stat = "77 (a (b) c) S 1 77 77 0 -1 4194560 1 2 3 4 250 50 0 0 20 0 1 0 5 0 0";
        assert_eq!(process(stat), Some(("a (b) c".into(), 3.0)));
        assert_eq!(process("77 (short) S 1"), None);
    }
}
