//! The one place of this program that knows scenarios: a loaded scenario as a model to rehearse.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rehearsal_experiment::{Breakdown, Detail, Funnel, Measure, Pair, Period, Rehearsal, Sample, Spread, Worth, Yield};
use rehearsal_scenario::{
    Description, ExpectationInfo, Faults, Natives, Playbook, PolicyCoverage, RunError, Scenario, Tally, Trying,
};

use crate::build::build;
use crate::failure::Failure;
use crate::terminal;

/// A scenario ready to be rehearsed, with what it declares at hand.
pub(crate) struct Loaded {
    scenario: Scenario,
    measures: Vec<Measure>,
    pairs: Vec<Pair>,
    funnels: Vec<Funnel>,
    breakdowns: Vec<Breakdown>,
    worth: Option<Worth>,
    segments: Vec<String>,
    policies: Vec<String>,
    /// Where replication 0 is recorded, by policy.
    traces: Vec<Option<PathBuf>>,
    /// Whether a record holds the events too that no rule answered.
    explained: bool,
}

/// A setting to try, as the scenario proposes it.
pub(crate) struct ExampleSetting {
    pub(crate) path: String,
    pub(crate) value: String,
    /// The file in which it is written, relative to the scenario's folder.
    pub(crate) file: String,
}

impl Loaded {
    /// Reads and checks the scenario in `folder`; all its faults at once, laid out for standard error.
    pub(crate) fn load(folder: &Path, settings: &[(String, String)]) -> Result<Loaded, Failure> {
        Loaded::load_trying(folder, settings, &Trying::default())
    }

    /// As [`Loaded::load`], with policies in other modes than they say, or one beside another.
    pub(crate) fn load_trying(folder: &Path, settings: &[(String, String)], trying: &Trying) -> Result<Loaded, Failure> {
        let scenario = Scenario::load_trying(folder, settings, &Natives::new(), trying)
            .map_err(|faults| Failure::Faults(told(&faults, "fault", folder)))?;
        Ok(Loaded::of(scenario))
    }

    /// The scenario that a text is, which the program brings along.
    pub(crate) fn from_text(name: &str, text: &str, settings: &[(String, String)]) -> Result<Loaded, Faults> {
        Ok(Loaded::of(Scenario::from_text(name, text, settings)?))
    }

    /// A scenario that was loaded before.
    pub(crate) fn of(scenario: Scenario) -> Loaded {
        let measures = rehearsal_live::fork::measures(&scenario);
        let place = |name: &str| measures.iter().position(|measure| measure.name == name);
        let pairs = scenario.pairs().into_iter().filter_map(|(label, company, customer)| {
            Some(Pair { label, company: place(&company)?, customer: place(&customer)? })
        });
        let places = |names: &[String]| names.iter().filter_map(|name| place(name)).collect::<Vec<usize>>();
        let funnels = scenario.funnels().iter().map(|funnel| Funnel {
            label: funnel.label.clone(),
            steps: funnel.steps.clone(),
            shares: places(&funnel.shares),
        });
        let breakdowns = scenario.breakdowns().iter().map(|one| Breakdown {
            label: one.label.clone(),
            under: one.under.clone(),
            values: one.values.clone(),
            columns: one.columns.iter().map(|(label, figures)| (label.clone(), places(figures))).collect(),
        });
        let worth = scenario.value().map(|value| Worth {
            revenue: places(&value.revenue),
            cost: places(&value.cost),
            risk: places(&value.risk),
            unit: value.unit.clone(),
        });
        Loaded {
            pairs: pairs.collect(),
            funnels: funnels.collect(),
            breakdowns: breakdowns.collect(),
            worth,
            measures,
            segments: scenario.segments(),
            traces: vec![None; scenario.policies().len()],
            policies: scenario.policies(),
            explained: false,
            scenario,
        }
    }

    /// What a check of the scenario in `folder` finds, and whether it is sound: then these are warnings.
    pub(crate) fn findings(folder: &Path, settings: &[(String, String)]) -> (Faults, bool) {
        match Scenario::load(folder, settings) {
            Ok(scenario) => (scenario.warnings().clone(), true),
            Err(faults) => (faults, false),
        }
    }

    /// The files that the scenario in `folder` consists of, whatever their state.
    pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
        Scenario::files(folder)
    }

    /// What is no fault and yet looks like a slip, laid out for standard error.
    pub(crate) fn warnings(&self, folder: &Path) -> Option<String> {
        let warnings = self.scenario.warnings();
        (warnings.count() > 0).then(|| told(warnings, "warning", folder))
    }

    /// Records replication 0 under `policy` into `file`.
    pub(crate) fn record(&mut self, policy: usize, file: PathBuf) {
        self.traces[policy] = Some(file);
    }

    /// Lets measures look from the first moment on, whatever warm-up the scenario asks for.
    pub(crate) fn measure_from_the_start(&mut self) {
        self.scenario.measure_from_the_start();
    }

    /// Whether a run is recorded.
    pub(crate) fn is_recorded(&self, policy: usize, replication: u64) -> bool {
        replication == 0 && self.traces[policy].is_some()
    }

    /// Lets records have what is written to people.
    pub(crate) fn record_texts(&mut self) {
        self.scenario.record_texts();
    }

    /// The names of its policies.
    pub(crate) fn policy_names(&self) -> &[String] {
        &self.policies
    }

    /// A policy compiled to stand alone, or what keeps it from that.
    pub(crate) fn stands_alone(&self, policy: &str, path: &Path) -> Result<Arc<Playbook>, Failure> {
        self.scenario.playbook(policy).map_err(|faults| Failure::Faults(told(&faults, "fault", path)))
    }

    /// Records the events too that no rule answers.
    pub(crate) fn explain_all(&mut self) {
        self.explained = true;
    }

    /// Counts what one run uses of its policy, and how many events it had.
    pub(crate) fn counted(&self, policy: usize, seed: u64, replication: u64) -> Result<(Tally, u64), RunError> {
        self.scenario.counted(policy, seed, replication)
    }

    /// What runs have used of each policy.
    pub(crate) fn coverage(&self, tally: &Tally) -> Vec<PolicyCoverage> {
        self.scenario.coverage(tally)
    }

    /// Stands for all that decides what a run gives, besides seed, policy and replication: files, settings, roads, and the
    /// build of the program.
    pub(crate) fn fingerprint(&self) -> String {
        format!("{:016x} {}", self.scenario.plan().fingerprint(), build())
    }

    /// What is expected of its measures.
    pub(crate) fn expectations(&self) -> &[ExpectationInfo] {
        self.scenario.expectations()
    }

    pub(crate) fn replications(&self) -> u32 {
        self.scenario.replications()
    }

    pub(crate) fn seed(&self) -> u64 {
        self.scenario.seed()
    }

    /// What the scenario is, for someone who checks it.
    pub(crate) fn summary(&self) -> String {
        format!(
            "{}
{}",
            self.scenario.title(),
            self.scenario.summary()
        )
    }

    /// What the scenario is, as data.
    pub(crate) fn description(&self) -> &Description {
        self.scenario.describe()
    }

    pub(crate) fn example_setting(&self) -> Option<ExampleSetting> {
        self.scenario.example_setting().map(|(path, value, file)| ExampleSetting { path, value, file })
    }
}

/// Findings laid out, and how many there are.
pub(crate) fn told(found: &Faults, what: &str, folder: &Path) -> String {
    let text = found.render(terminal::colors_err(), terminal::width_err());
    format!("{}\n\n{}", text.trim_end(), counted(found, what, folder))
}

/// How many findings there are.
pub(crate) fn counted(found: &Faults, what: &str, folder: &Path) -> String {
    let (count, plural) = (found.count(), if found.count() == 1 { "" } else { "s" });
    format!("{count} {what}{plural} in {}", folder.display())
}

impl Rehearsal for Loaded {
    type Error = RunError;

    fn name(&self) -> &str {
        self.scenario.name()
    }

    fn measures(&self) -> &[Measure] {
        &self.measures
    }

    fn pairs(&self) -> &[Pair] {
        &self.pairs
    }

    fn funnels(&self) -> &[Funnel] {
        &self.funnels
    }

    fn breakdowns(&self) -> &[Breakdown] {
        &self.breakdowns
    }

    fn worth(&self) -> Option<&Worth> {
        self.worth.as_ref()
    }

    fn period(&self) -> Option<Period> {
        let (begin, seconds, warm_up) = self.scenario.period();
        Some(Period { begin, seconds, warm_up })
    }

    fn segments(&self) -> &[String] {
        &self.segments
    }

    fn policies(&self) -> &[String] {
        &self.policies
    }

    fn run(&self, policy: usize, seed: u64, replication: u64) -> Result<Sample, RunError> {
        let trace = self.traces[policy].as_deref().filter(|_| replication == 0);
        let outcome = self.scenario.recorded(policy, seed, replication, trace, self.explained)?;
        Ok(Sample { overall: outcome.overall, segments: outcome.segments, events: outcome.events })
    }

    fn run_in_detail(&self, policy: usize, seed: u64, replication: u64, stretches: usize) -> Result<Yield, RunError> {
        let trace = self.traces[policy].as_deref().filter(|_| replication == 0);
        let outcome = self.scenario.in_detail(policy, seed, replication, trace, self.explained, stretches)?;
        let sample = Sample { overall: outcome.overall, segments: outcome.segments, events: outcome.events };
        let detail = outcome.detail.map(|detail| Detail {
            spreads: detail.spreads.into_iter().map(|row| row.into_iter().map(Spread::from_counts).collect()).collect(),
            course: detail.course,
            weights: detail.weights,
        });
        Ok((sample, detail))
    }
}
