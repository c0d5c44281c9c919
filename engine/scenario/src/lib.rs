//! RON files, checked and typed, become a world ready to run.
//!
//! This is the only crate that knows RON. [`Scenario::load`] reads a folder, reports all its faults at once ([`Faults`]),
//! or gives a scenario whose runs ([`Scenario::rehearse`]) are the same for the same policy, seed and replication.

mod args;
mod charts;
mod code;
mod contacts;
mod coverage;
mod data;
mod definitions;
pub mod describe;
pub mod expectations;
mod fault;
mod files;
mod format;
pub mod grammar;
mod kinds;
mod laws;
mod layout;
mod lint;
pub mod live;
mod load;
mod measures;
pub mod native;
mod params;
mod people;
mod policies;
mod recorded;
mod relations;
mod scope;
mod settings;
mod shared;
mod steps;
mod tables;
mod tree;
mod types;

pub use coverage::{Covered, PolicyCoverage};
pub use describe::Description;
pub use fault::{At, Fault, Faults, Sources};
pub use format::{WIDTH, format};
pub use laws::{Fault as LawFault, Instead, Law, LawError, Parameter, Rewritten, Sighting, Told};
pub use load::Trying;
pub use measures::{BreakdownInfo, ExpectationForm, ExpectationInfo, FunnelInfo, ValueInfo};
pub use native::Natives;
pub use rehearsal_kernel::Time;
pub use rehearsal_policy::mode::Mode;
pub use rehearsal_world::plan::Limits;
pub use rehearsal_world::{
    ActorId, Detail, Future, Glimpse, Header, Interest, Outcome, Record, Replication, RunError, StateError, Tally, Value, What,
    index_of, kind_of,
};

pub use rehearsal_policy::engine::{self, Playbook};
use rehearsal_world::plan::Plan;
use rehearsal_world::{Cause, Run, Scratch};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What is measured.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct MeasureInfo {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Its unit.
    pub unit: String,
    /// `lower`, `higher` or `neither` is better.
    pub better: &'static str,
}

impl MeasureInfo {
    fn of(measure: &rehearsal_world::plan::MeasurePlan) -> MeasureInfo {
        MeasureInfo {
            name: measure.name.clone(),
            label: measure.label.clone(),
            unit: measure.unit.clone(),
            better: measure.better,
        }
    }
}

/// A loaded scenario.
pub struct Scenario {
    loaded: load::Loaded,
    /// The policy that decides in shadow beside each that is tried.
    beside: Option<usize>,
    /// What runs left for later ones, as many as ran at the same time.
    scratch: Mutex<Vec<Scratch>>,
}

impl std::fmt::Debug for Scenario {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scenario").field("name", &self.name()).finish_non_exhaustive()
    }
}

impl Scenario {
    /// Loads the scenario in a folder, or in a single file, with some of its numbers set to other values.
    ///
    /// Cost: reading the map dominates; a tenth of a second for a small country.
    ///
    /// # Errors
    /// All faults of its files and settings at once, each with its place.
    pub fn load(folder: &Path, settings: &[(String, String)]) -> Result<Scenario, Faults> {
        Scenario::load_with(folder, settings, &Natives::new())
    }

    /// As [`Scenario::load`], with the Rust code of its native kinds.
    ///
    /// # Errors
    /// Also where a native kind has no code or a code no kind, and where Rust asks for what the scenario does not declare.
    pub fn load_with(folder: &Path, settings: &[(String, String)], natives: &Natives) -> Result<Scenario, Faults> {
        Scenario::load_trying(folder, settings, natives, &Trying::default())
    }

    /// Loads the scenario that a text is, as a single file of that name would be; for those that a program brings along.
    ///
    /// # Errors
    /// As [`Scenario::load`].
    pub fn from_text(name: &str, text: &str, settings: &[(String, String)]) -> Result<Scenario, Faults> {
        let folder = files::Folder::of_text(name, text);
        let loaded = load::load_from(&folder, settings, &Natives::new(), &Trying::default())?;
        Ok(Scenario { loaded, beside: None, scratch: Mutex::default() })
    }

    /// As [`Scenario::load_with`], with policies in other modes than they say, or one beside another.
    ///
    /// # Errors
    /// Also where one of these policies is none.
    pub fn load_trying(
        folder: &Path,
        settings: &[(String, String)],
        natives: &Natives,
        trying: &Trying,
    ) -> Result<Scenario, Faults> {
        let loaded = load::load(folder, settings, natives, trying)?;
        let named = |name: &String| loaded.plan.policies.iter().position(|policy| policy.name == *name);
        let beside = trying.beside.as_ref().and_then(named);
        Ok(Scenario { loaded, beside, scratch: Mutex::default() })
    }

    /// The files that the scenario in a folder consists of, the map too, as far as they can be found.
    ///
    /// It says so whatever state they are in, for those who wait for one of them to change.
    #[must_use]
    pub fn files(folder: &Path) -> Vec<PathBuf> {
        files::files_of(folder)
    }

    /// What it is called: the name of its folder.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.plan().name
    }

    /// Its programs as they run, an instruction a line, with the place where each stretch is written.
    ///
    /// For people who look for what costs time; the form is not fixed.
    #[must_use]
    pub fn listing(&self) -> String {
        let plan = self.plan();
        let mut text = String::new();
        for (pc, instr) in (0..).zip(&plan.program.code) {
            if let Some(origin) = plan.program.origin(pc).filter(|origin| origin.pc == pc) {
                let (file, source) = &plan.sources[origin.source as usize];
                let written = source.get(origin.span.start as usize..origin.span.end as usize).unwrap_or_default();
                text += &format!("{file}: {}\n", written.lines().next().unwrap_or_default());
            }
            text += &format!("{pc:>6}  {instr:?}\n");
        }
        text
    }

    /// What it is about.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.plan().title
    }

    /// Its policies, the baseline first. A scenario without policies has one, `as_it_is`.
    #[must_use]
    pub fn policies(&self) -> Vec<String> {
        if self.loaded.trial.policies.is_empty() {
            return vec!["as_it_is".into()];
        }
        self.loaded.trial.policies.iter().map(|policy| self.plan().policies[*policy].name.clone()).collect()
    }

    /// How often it is to be run.
    #[must_use]
    pub fn replications(&self) -> u32 {
        self.loaded.trial.replications
    }

    /// Its own seed.
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.loaded.trial.seed
    }

    /// Sets what a run of it may take up, where that shall be less or more than as a rule.
    pub fn limit(&mut self, limits: Limits) {
        self.loaded.plan.limits = limits;
    }

    /// Lets measures look from the first moment on, whatever warm-up it asks for.
    pub fn measure_from_the_start(&mut self) {
        self.loaded.plan.warm_up = 0;
    }

    /// Lets the traces of its runs have what is written to people, which may hold personal data.
    pub fn record_texts(&mut self) {
        self.loaded.plan.contact.record_texts = true;
    }

    /// What is measured.
    #[must_use]
    pub fn measures(&self) -> Vec<MeasureInfo> {
        self.plan().measures.iter().filter(|measure| !measure.hidden).map(MeasureInfo::of).collect()
    }

    /// Measures of the company beside measures of its customers: label, and the names of the two.
    #[must_use]
    pub fn pairs(&self) -> Vec<(String, String, String)> {
        let named = |pair: &measures::PairInfo| (pair.label.clone(), pair.company.clone(), pair.customer.clone());
        self.loaded.judged.pairs.iter().map(named).collect()
    }

    /// Its funnels: label, the names of the steps, and for each step behind the first the name of the measure that gives the
    /// share who got there.
    #[must_use]
    pub fn funnels(&self) -> &[FunnelInfo] {
        &self.loaded.judged.funnels
    }

    /// Measures that are shown side by side, value by value, and apart from the others.
    #[must_use]
    pub fn breakdowns(&self) -> &[BreakdownInfo] {
        &self.loaded.judged.breakdowns
    }

    /// Which measures are money earned, spent or at risk, where it says so.
    #[must_use]
    pub fn value(&self) -> Option<&ValueInfo> {
        self.loaded.judged.value.as_ref()
    }

    /// What is expected of measures, in the order of the files.
    #[must_use]
    pub fn expectations(&self) -> &[ExpectationInfo] {
        &self.loaded.judged.expectations
    }

    /// When a run begins, how long it takes \[s\], and how much of that passes before anything is measured \[s\].
    #[must_use]
    pub fn period(&self) -> (String, u64, u64) {
        let plan = self.plan();
        let seconds = |ns: u64| ns / 1_000_000_000;
        (plan.calendar.datetime(0), seconds(plan.length), seconds(plan.warm_up))
    }

    /// The segments of its people.
    #[must_use]
    pub fn segments(&self) -> Vec<String> {
        let plan = self.plan();
        let names = plan.segments.as_ref().map(|segments| segments.names.as_slice()).unwrap_or_default();
        names.iter().map(|name| plan.symbols.name(*name).to_owned()).collect()
    }

    /// What is no fault and yet looks like a slip: states that nothing leads to, definitions that nothing uses.
    #[must_use]
    pub fn warnings(&self) -> &Faults {
        &self.loaded.warnings
    }

    /// Who is in it, who speaks to whom, what can be set and what is measured, as data.
    #[must_use]
    pub fn describe(&self) -> &Description {
        &self.loaded.description
    }

    /// A number one may like to change: its path, another value, and the file it stands in.
    #[must_use]
    pub fn example_setting(&self) -> Option<(String, String, String)> {
        self.loaded.example.clone()
    }

    /// What it holds, in a few lines.
    #[must_use]
    pub fn summary(&self) -> String {
        let plan = self.plan();
        let people: Vec<String> = plan
            .groups
            .iter()
            .map(|group| format!("{} {} ({})", group.count, group.name, plan.kinds[group.kind as usize].name))
            .collect();
        let mut lines = vec![format!("{}: {}", plan.name, plan.title), format!("  who       {}", people.join(", "))];
        if let Some(roads) = &plan.roads {
            lines.push(format!("  where     {} road nodes, {} road pieces", roads.node_count(), roads.edge_count()));
        }
        lines.push(format!("  when      {} from {}", length(plan.length), plan.calendar.short(0)));
        lines.push(format!("  policies  {}", self.policies().join(", ")));
        let measures: Vec<String> = self.measures().into_iter().map(|measure| measure.name).collect();
        lines.push(format!("  measures  {}", measures.join(", ")));
        let code = plan.program.code.len();
        lines.push(format!("  compiled  {} kinds, {} messages, {code} instructions", plan.kinds.len() - 1, plan.messages.len()));
        lines.join("\n")
    }

    /// Runs it once.
    ///
    /// `policy` counts as [`Scenario::policies`] lists them. With `trace`, the run is recorded in that file.
    ///
    /// # Errors
    /// Where the scenario asks for something that has no meaning at that moment, with its place; or where the trace could
    /// not be written.
    pub fn rehearse(&self, policy: usize, seed: u64, replication: u64, trace: Option<&Path>) -> Result<Outcome, RunError> {
        self.recorded(policy, seed, replication, trace, false)
    }

    /// As [`Scenario::rehearse`]; `explained` records events too that no rule answered.
    ///
    /// # Errors
    /// As [`Scenario::rehearse`].
    pub fn recorded(
        &self,
        policy: usize,
        seed: u64,
        replication: u64,
        trace: Option<&Path>,
        explained: bool,
    ) -> Result<Outcome, RunError> {
        let run = Run { trace, explained, ..self.run_of(policy, seed, replication) };
        let outcome = self.with_scratch(|scratch| rehearsal_world::run(self.plan(), &run, scratch))?;
        Ok(Outcome { detail: None, ..outcome })
    }

    /// As [`Scenario::recorded`], and observes single values and the course of each measure over so many stretches of time.
    ///
    /// # Errors
    /// As [`Scenario::rehearse`].
    pub fn in_detail(
        &self,
        policy: usize,
        seed: u64,
        replication: u64,
        trace: Option<&Path>,
        explained: bool,
        stretches: usize,
    ) -> Result<Outcome, RunError> {
        let run = Run { trace, explained, stretches: Some(stretches), ..self.run_of(policy, seed, replication) };
        self.with_scratch(|scratch| rehearsal_world::run(self.plan(), &run, scratch))
    }

    /// Runs it once and counts how often each part of the policy was used; gives how many events there were, too.
    ///
    /// # Errors
    /// As [`Scenario::rehearse`].
    pub fn counted(&self, policy: usize, seed: u64, replication: u64) -> Result<(Tally, u64), RunError> {
        let run = self.run_of(policy, seed, replication);
        let (outcome, tally) = self.with_scratch(|scratch| rehearsal_world::counted(self.plan(), &run, scratch))?;
        Ok((tally, outcome.events))
    }

    fn run_of(&self, policy: usize, seed: u64, replication: u64) -> Run<'static> {
        let policy = self.loaded.trial.policies.get(policy).copied();
        Run { policy, seed, replication, beside: self.beside, ..Run::default() }
    }

    fn with_scratch<T>(&self, run: impl FnOnce(&mut Scratch) -> T) -> T {
        let mut scratch = self.scratch.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let done = run(&mut scratch);
        self.scratch.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        done
    }

    /// A run at its beginning, to be moved, saved, restored and forked at will.
    ///
    /// `policy` is one of [`Scenario::policies`]. Run to its end, it comes out as [`Scenario::rehearse`] does.
    ///
    /// # Errors
    /// A policy that there is not; or where the scenario asks for something that has no meaning when it begins.
    pub fn start(&self, policy: &str, seed: u64, replication: u64) -> Result<Replication<'_>, RunError> {
        Replication::start(self.plan(), &self.run_of(self.policy(policy)?, seed, replication))
    }

    /// A run beside reality at its beginning: twins do what is reported of them, see [`live`].
    ///
    /// # Errors
    /// As [`Scenario::start`].
    pub fn start_live(&self, policy: &str, seed: u64) -> Result<Replication<'_>, RunError> {
        let run = Run { live: true, ..self.run_of(self.policy(policy)?, seed, 0) };
        Replication::start(self.plan(), &run)
    }

    /// As [`Scenario::start_live`], recorded in a file.
    ///
    /// # Errors
    /// As [`Scenario::start_live`], and where the trace could not be written.
    pub fn record_live(&self, policy: &str, seed: u64, trace: &Path) -> Result<Replication<'_>, RunError> {
        let run = Run { live: true, trace: Some(trace), ..self.run_of(self.policy(policy)?, seed, 0) };
        Replication::start(self.plan(), &run)
    }

    /// The place of a policy among [`Scenario::policies`].
    fn policy(&self, policy: &str) -> Result<usize, RunError> {
        let names = self.policies();
        let missing = || Cause::NoPolicy { found: policy.to_owned(), allowed: names.join(", ") };
        Ok(names.iter().position(|name| name == policy).ok_or_else(missing)?)
    }

    /// The number of a policy in [`Future::policy`].
    ///
    /// # Errors
    /// Where there is no such policy.
    pub fn policy_number(&self, policy: &str) -> Result<Option<usize>, RunError> {
        let at = self.policy(policy)?;
        Ok(self.loaded.trial.policies.get(at).copied())
    }

    /// The run that [`Replication::snapshot`] wrote, of this scenario with the same files and settings.
    ///
    /// # Errors
    /// See [`Replication::restore`].
    pub fn restore(&self, bytes: &[u8]) -> Result<Replication<'_>, StateError> {
        Replication::restore(self.plan(), bytes)
    }

    /// A policy compiled to stand alone, for [`rehearsal_policy::engine::Engine`].
    ///
    /// # Errors
    /// What the policy asks of a world, with its places; or that there is no policy of this name.
    pub fn playbook(&self, policy: &str) -> Result<Arc<Playbook>, Faults> {
        match self.loaded.playbooks.iter().find(|(name, _)| name == policy) {
            Some((_, book)) => book.clone(),
            None => {
                let names: Vec<&str> = self.loaded.playbooks.iter().map(|(name, _)| name.as_str()).collect();
                Err(Faults::one(format!("there is no policy `{policy}`; there are: {}", names.join(", "))))
            }
        }
    }

    /// What of it is real where it runs live, if it says so.
    #[must_use]
    pub fn live(&self) -> Option<&live::LiveInfo> {
        self.loaded.live.as_ref()
    }

    /// What it compiled to.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.loaded.plan
    }
}

/// How long something lasts \[ns\], in the units that people would say.
fn length(ns: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    const DAY: u64 = 86_400 * SECOND;
    match ns / DAY {
        1 if ns.is_multiple_of(DAY) => return "1 day".into(),
        days if days > 0 && ns.is_multiple_of(DAY) => return format!("{days} days"),
        _ => {}
    }
    let mut parts = Vec::new();
    let mut left = ns;
    for (unit, size) in [("d", DAY), ("h", 3_600 * SECOND), ("min", 60 * SECOND)] {
        if left >= size {
            parts.push(format!("{} {unit}", left / size));
            left %= size;
        }
    }
    if left > 0 || parts.is_empty() {
        parts.push(format!("{} s", left as f64 / SECOND as f64));
    }
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::length;

    #[test]
    fn a_length_reads_as_people_say_it() {
        const MINUTE: u64 = 60_000_000_000;
        let said = |minutes: u64| length(minutes * MINUTE);
        assert_eq!((said(1440), said(56 * 1440)), ("1 day".into(), "56 days".into()));
        assert_eq!((said(17 * 60), said(1440 + 90)), ("17 h".into(), "1 d 1 h 30 min".into()));
        assert_eq!(
            (length(0), length(400 * MINUTE / 60), length(MINUTE / 40)),
            ("0 s".into(), "6 min 40 s".into(), "1.5 s".into())
        );
    }
}
