//! How far an experiment is, on standard error: a bar on a terminal, else a few lines.

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use rehearsal_experiment::Progress;

/// The least time between lines where there is no terminal.
const QUIET: Duration = Duration::from_secs(5);

/// Shows the progress of an experiment.
pub(crate) struct Shown {
    /// How many runs there are, as far as it is known.
    runs: AtomicU64,
    /// Whether it was known from the start.
    is_known: bool,
    done: AtomicU64,
    events: AtomicU64,
    start: Instant,
    bar: Option<ProgressBar>,
    last_line: Mutex<Instant>,
}

impl Shown {
    /// Begins: `what` says in words what is run. How many runs that is becomes known on the way.
    pub(crate) fn begin(what: &str) -> Shown {
        Shown::begin_with(what, None)
    }

    /// Begins where it is known from the start how many runs there are in all.
    pub(crate) fn begin_with(what: &str, runs: Option<u64>) -> Shown {
        let bar = std::io::stderr().is_terminal().then(|| bar(runs.unwrap_or(0)));
        if bar.is_none() {
            say(&format!("running {what}"));
        }
        let start = Instant::now();
        Shown {
            runs: runs.unwrap_or(0).into(),
            is_known: runs.is_some(),
            done: 0.into(),
            events: 0.into(),
            start,
            bar,
            last_line: Mutex::new(start),
        }
    }

    /// Takes the bar away, so that results can stand where it stood.
    pub(crate) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    /// Ends with a line on what was done.
    pub(crate) fn end(&self) {
        self.clear();
        let (events, took) = (self.events.load(Ordering::Relaxed), self.start.elapsed());
        let done = self.done.load(Ordering::Relaxed);
        let runs = if done == 1 { "run" } else { "runs" };
        say(&format!("{done} {runs}, {} events in {:.1} s ({}/s)", amount(events), took.as_secs_f64(), rate(events, took)));
    }

    fn line(&self, done: u64, events: u64) {
        // A thread that finds another one writing has nothing to add.
        let Ok(mut last) = self.last_line.try_lock() else {
            return;
        };
        let runs = self.runs.load(Ordering::Relaxed);
        if last.elapsed() < QUIET || done >= runs {
            return;
        }
        *last = Instant::now();
        let left = self.start.elapsed().mul_f64((runs - done) as f64 / done as f64);
        let per_second = rate(events, self.start.elapsed());
        say(&format!("{done} of {runs} runs, {per_second} events/s, about {:.0} s left", left.as_secs_f64()));
    }
}

impl Progress for Shown {
    fn planned(&self, runs: u64) {
        if self.is_known {
            return;
        }
        self.runs.fetch_add(runs, Ordering::Relaxed);
        if let Some(bar) = &self.bar {
            bar.inc_length(runs);
        }
    }

    fn finished(&self, _policy: usize, _replication: u64, events: u64) {
        let events = self.events.fetch_add(events, Ordering::Relaxed).saturating_add(events);
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        match &self.bar {
            Some(bar) => {
                bar.set_message(format!("{} events/s", rate(events, self.start.elapsed())));
                bar.inc(1);
            }
            None => self.line(done, events),
        }
    }
}

/// Shows how far a pass over a recorded run has come: a bar on a terminal, else a line now and then.
pub(crate) struct Passing {
    what: String,
    bar: Option<ProgressBar>,
    last_line: Cell<Instant>,
}

impl Passing {
    /// Begins: `what` says in words what is done.
    pub(crate) fn begin(what: &str) -> Passing {
        let style = ProgressStyle::with_template("{bar:32.green/dim} {percent} %   {msg}   {elapsed}")
            .map(|style| style.progress_chars("━━─"))
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = std::io::stderr().is_terminal().then(|| ProgressBar::new(0).with_style(style).with_message(what.to_owned()));
        Passing { what: what.to_owned(), bar, last_line: Cell::new(Instant::now()) }
    }

    /// It has come to the moment `at` of a run that ends at `end`.
    pub(crate) fn at(&self, at: u64, end: u64) {
        if let Some(bar) = &self.bar {
            bar.set_length(end.max(1));
            bar.set_position(at);
        } else if self.last_line.get().elapsed() >= QUIET {
            self.last_line.set(Instant::now());
            say(&format!("{}: this pass has come to {:.0} %", self.what, at as f64 / end.max(1) as f64 * 100.0));
        }
    }

    /// Ends; what was done is for others to say.
    pub(crate) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(runs: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:32.green/dim} {pos}/{len} runs   {msg}   {eta} left")
        .map(|style| style.progress_chars("━━─"))
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(runs).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Says a line on standard error; where that is closed there is nobody to tell.
pub(crate) fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

fn rate(events: u64, took: Duration) -> String {
    let seconds = took.as_secs_f64().max(1e-3);
    amount((events as f64 / seconds) as u64)
}

/// A count in three digits or so: `950`, `12.3 k`, `4.56 M`.
fn amount(count: u64) -> String {
    let (scaled, unit) = match count {
        0..1_000 => return count.to_string(),
        1_000..1_000_000 => (count as f64 / 1e3, "k"),
        1_000_000..1_000_000_000 => (count as f64 / 1e6, "M"),
        _ => (count as f64 / 1e9, "G"),
    };
    let decimals = if scaled < 10.0 { 2 } else { usize::from(scaled < 100.0) };
    format!("{scaled:.decimals$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_short() {
        assert_eq!([0, 950, 12_345, 4_560_000, 123_456_789].map(amount), ["0", "950", "12.3 k", "4.56 M", "123 M"]);
        assert_eq!(amount(u64::MAX), "18446744074 G");
    }

    #[test]
    fn a_rate_needs_no_time_to_have_passed() {
        assert_eq!(rate(10, Duration::ZERO), "10.0 k");
    }
}
