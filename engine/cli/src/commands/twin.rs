//! `rehearsal replay` of a twin's folder: its journal in virtual time, under its own policy or another.

use std::io::Write;

use rehearsal_live::folder::Folder;
use rehearsal_live::moments::Origin;
use rehearsal_live::replay::{Parting, Replay, Replayed, partings, replay};
use serde_json::json;

use super::fork::{moment, of};
use crate::arguments::ReplayArguments;
use crate::failure::Failure;
use crate::names::nearest;
use crate::progress::say;

/// How many partings are told one by one.
const TOLD_MAX: usize = 50;

/// Replays the journal in a folder.
pub(super) fn replay_twin(arguments: &ReplayArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let folder = Folder::at(&arguments.file);
    let (scenario, manifest) = of(&folder, arguments.scenario.as_deref())?;
    let origin = Origin::of(&scenario);
    let until = arguments.to.as_deref().map(|at| moment(at, origin)).transpose()?;
    if let Some(policy) = arguments.policy.as_ref().filter(|policy| !scenario.policies().contains(policy)) {
        let policies = scenario.policies();
        let hint = nearest(policy, policies.iter().map(String::as_str));
        return Err(Failure::Input(format!("no policy is called `{policy}`; {hint}")));
    }
    let failed = |error: rehearsal_live::LiveError| Failure::Input(error.to_string());
    let other = arguments.policy.as_deref().filter(|policy| *policy != manifest.policy);
    let trace = arguments.trace.as_deref();
    let own = Replay { until, whole: true, trace: trace.filter(|_| other.is_none()), ..Replay::default() };
    let own = replay(&scenario, &folder, &own).map_err(failed)?;
    tell_strange(&own);
    let Some(other) = other else {
        writeln!(out, "{}", told(&own, &manifest.policy, origin))?;
        return finish(own, trace);
    };
    let would = Replay { policy: Some(other), until, whole: true, trace, ..Replay::default() };
    let would = replay(&scenario, &folder, &would).map_err(failed)?;
    let parted = partings(&own, &would);
    if arguments.format == crate::arguments::TraceFormat::Ndjson {
        for parting in &parted {
            let side = |side: &Option<(u64, String, Option<String>)>| {
                side.as_ref().map(|(at, rule, goto)| json!({ "at": origin.told(*at), "rule": rule, "goto": goto }))
            };
            let (did, would) = (side(&parting.did), side(&parting.would));
            writeln!(out, "{}", json!({ "about": parting.about, "at": origin.told(parting.at), "did": did, "would": would }))?;
        }
        return finish(would, trace);
    }
    writeln!(out, "{}", told(&own, &manifest.policy, origin))?;
    writeln!(out, "{}", told(&would, other, origin))?;
    writeln!(out)?;
    if parted.is_empty() {
        writeln!(out, "{other} would have decided the same.")?;
    } else {
        let twins = if parted.len() == 1 { "twin" } else { "twins" };
        writeln!(out, "They part over {} {twins}, first:", parted.len())?;
        for parting in parted.iter().take(TOLD_MAX) {
            writeln!(out, "  {}", line(parting, (&manifest.policy, other), origin))?;
        }
        if parted.len() > TOLD_MAX {
            writeln!(out, "  and {} more; --format ndjson tells all", parted.len() - TOLD_MAX)?;
        }
    }
    finish(would, trace)
}

/// Replays the journal in a folder into a record.
pub(super) fn record(folder: &std::path::Path, trace: &std::path::Path) -> Result<(), Failure> {
    let folder = Folder::at(folder);
    let (scenario, _) = of(&folder, None)?;
    let how = Replay { whole: true, trace: Some(trace), ..Replay::default() };
    let found = replay(&scenario, &folder, &how).map_err(|error| Failure::Input(error.to_string()))?;
    found.host.into_run().finish().map(drop).map_err(|error| Failure::Input(error.to_string()))
}

fn told(replayed: &Replayed<'_>, policy: &str, origin: Origin) -> String {
    let (entries, applied) = (replayed.entries, replayed.applied);
    let (digest, at) = (replayed.host.digest(), origin.told(replayed.host.now()));
    let decisions = replayed.decisions.len();
    format!("{policy}: {entries} entries, {applied} reports, {decisions} decisions up to {at}; digest {digest:016x}")
}

fn line(parting: &Parting, (did, would): (&str, &str), origin: Origin) -> String {
    let side = |policy: &str, side: &Option<(u64, String, Option<String>)>| match side {
        Some((at, rule, Some(goto))) => format!("{policy}: {rule} -> {goto} at {}", origin.told(*at)),
        Some((at, rule, None)) => format!("{policy}: {rule} at {}", origin.told(*at)),
        None => format!("{policy}: nothing more"),
    };
    format!("{}  {}; {}", parting.about, side(did, &parting.did), side(would, &parting.would))
}

fn tell_strange(replayed: &Replayed<'_>) {
    for (sequence, why) in replayed.strange.iter().take(5) {
        say(&format!("note: entry {sequence} means nothing to this scenario: {why}"));
    }
    if replayed.strange.len() > 5 {
        say(&format!("note: {} more entries mean nothing to it", replayed.strange.len() - 5));
    }
    if !replayed.poisoned.is_empty() {
        say(&format!("note: {} entries do not count, because they made the scenario fail", replayed.poisoned.len()));
    }
}

/// The record, where there is one, is whole only now.
fn finish(replayed: Replayed<'_>, trace: Option<&std::path::Path>) -> Result<(), Failure> {
    let Some(trace) = trace else { return Ok(()) };
    replayed.host.into_run().finish().map_err(|error| Failure::Input(error.to_string()))?;
    say(&format!("recorded it in {}", trace.display()));
    Ok(())
}
