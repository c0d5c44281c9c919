//! Counts and gauges for Prometheus: the text format 0.0.4.

use super::State;
use super::problem::{Problem, within};
use crate::moments::wall;
use crate::service::DeskReport;
use actix_web::HttpResponse;
use actix_web::web::Data;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How the text is marked.
const SORT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// All reasons for which events are put aside, so that each has a count from the start.
const REASONS: [&str; 5] = ["full", "late", "malformed", "overtaken", "unknown"];

pub(super) async fn metrics(state: Data<State>) -> Result<HttpResponse, Problem> {
    let tally = within(state.service.desk.send(DeskReport)).await?;
    let status = &state.service.status;
    let count = |counter: &AtomicU64| counter.load(Relaxed) as f64;
    let mut text = Text(String::new());
    text.counter("events_taken", "Events that were let in.", count(&status.taken));
    text.counter("events_repeated", "Events that were known already.", count(&status.repeated));
    text.head("events_put_aside_total", "counter", "Events that were put aside, by reason.");
    let others = tally.refused.keys().copied().filter(|reason| !REASONS.contains(reason));
    for reason in REASONS.into_iter().chain(others) {
        let put = tally.refused.get(reason).copied().unwrap_or(0);
        text.line(&format!("events_put_aside_total{{reason=\"{reason}\"}}"), put as f64);
    }
    text.counter("batches_pushed_back", "Batches that were turned away because there was too much.", count(&status.pushed_back));
    text.counter("decisions", "Decisions of policies.", count(&status.decisions));
    text.counter("effects", "Effects that left the world.", count(&status.effects));
    text.counter("commits", "Commits of the journal.", count(&status.commits));
    text.counter("commit_seconds", "Time that commits of the journal took.", count(&status.commit_us) / 1e6);
    text.counter("snapshots", "Snapshots of the world that were kept.", count(&status.snapshots));
    text.counter("restarts", "How often the world was brought up anew.", count(&status.restarts));
    text.gauge("journal_bytes", "Bytes of the journal.", count(&status.journal_bytes));
    text.gauge("journal_segments", "Segments of the journal.", count(&status.journal_segments));
    text.gauge("journal_sequence", "The last entry in the journal.", count(&status.journaled));
    text.gauge("applied_sequence", "The last entry that was applied to the world.", count(&status.applied));
    text.gauge("lag_entries", "How far the world lags behind the journal.", status.lag() as f64);
    text.gauge("snapshot_bytes", "Bytes of the last snapshot.", count(&status.snapshot_bytes));
    text.gauge("snapshot_sequence", "The entry after which the last snapshot was taken.", count(&status.snapshot_after));
    text.gauge("world_seconds", "The present of the world, since its beginning.", count(&status.now) / 1e9);
    text.gauge("ready", "1 where nothing keeps it from its work, else 0.", f64::from(u8::from(status.trouble().is_none())));
    text.gauge("uptime_seconds", "Time since it was started.", wall().saturating_sub(status.started) as f64 / 1e9);
    Ok(HttpResponse::Ok().content_type(SORT).body(text.0))
}

struct Text(String);

impl Text {
    fn head(&mut self, name: &str, sort: &str, help: &str) {
        // Writing into a text cannot fail.
        let _ = writeln!(self.0, "# HELP rehearsal_{name} {help}\n# TYPE rehearsal_{name} {sort}");
    }

    fn line(&mut self, name: &str, value: f64) {
        let _ = writeln!(self.0, "rehearsal_{name} {value}");
    }

    fn counter(&mut self, name: &str, help: &str, value: f64) {
        let name = format!("{name}_total");
        self.head(&name, "counter", help);
        self.line(&name, value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: f64) {
        self.head(name, "gauge", help);
        self.line(name, value);
    }
}
