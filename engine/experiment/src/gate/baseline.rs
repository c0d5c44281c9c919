//! Results that later ones are compared with, in a file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Check, Outcome, Sort, within};
use crate::compare::paired;
use crate::design::{Better, Measure};
use crate::results::Results;

/// The form of the file.
const SCHEMA: &str = "rehearsal.baseline/1";

/// What later results are compared with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    schema: String,
    /// The version of the program that wrote it.
    pub version: String,
    /// By scenario.
    pub scenarios: BTreeMap<String, Recorded>,
    /// Instructions of benches, by name.
    #[serde(default)]
    pub instructions: BTreeMap<String, u64>,
}

/// Why a file is no baseline.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BaselineError {
    /// It is not in the form of one.
    #[error("this is no baseline ({reason}); make one with --save-baseline")]
    Form {
        /// What is wrong, with line and column.
        reason: String,
    },
    /// It is of another version.
    #[error("this baseline has schema `{found}`, known is `{SCHEMA}`; make a new one with --save-baseline")]
    Version {
        /// Its schema.
        found: String,
    },
}

/// What has to be the same for two results to be comparable. Policies, kinds and numbers are not part of it: what they do to
/// the figures is what is looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Frame {
    /// The seed of every random stream.
    pub seed: u64,
    /// Replications of each policy.
    pub replications: u32,
    /// When a run begins, how long it takes and how much of that is warm-up, in words.
    pub period: String,
    /// Who is there from the start, in words.
    pub groups: Vec<String>,
    /// The segments.
    pub segments: Vec<String>,
}

/// The results of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// What has to be the same.
    pub frame: Frame,
    /// A checksum of the frame and of what measures mean: a baseline whose frame was edited until it fits is found out.
    pub fingerprint: String,
    /// By measure: its unit and better side.
    pub measures: BTreeMap<String, (String, String)>,
    /// By policy and measure: the figure of each replication.
    pub policies: BTreeMap<String, BTreeMap<String, Vec<Option<f64>>>>,
}

/// How much worse a measure may be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tolerance {
    /// As a share of the baseline's mean, where nothing else is said.
    pub share: f64,
    /// By measure: a share (`true`), or an amount in its unit.
    pub own: BTreeMap<String, (f64, bool)>,
}

impl Tolerance {
    fn of(&self, measure: &str, mean: f64) -> f64 {
        match self.own.get(measure) {
            Some((amount, false)) => *amount,
            Some((share, true)) => share * mean.abs(),
            None => self.share * mean.abs(),
        }
    }
}

impl Baseline {
    /// An empty one.
    pub fn new(version: &str) -> Baseline {
        let version = version.to_owned();
        Baseline { schema: SCHEMA.into(), version, scenarios: BTreeMap::new(), instructions: BTreeMap::new() }
    }

    /// Reads one.
    ///
    /// # Errors
    ///
    /// See [`BaselineError`].
    pub fn read(text: &str) -> Result<Baseline, BaselineError> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let form = |error: serde_json::Error| BaselineError::Form { reason: error.to_string() };
        let head: Head = serde_json::from_str(text).map_err(form)?;
        if head.schema != SCHEMA {
            return Err(BaselineError::Version { found: head.schema });
        }
        serde_json::from_str(text).map_err(form)
    }

    /// It as JSON, with a line break at the end.
    pub fn written(&self) -> String {
        let text = serde_json::to_string_pretty(self).unwrap_or_default();
        text + "\n"
    }
}

impl Recorded {
    /// Of results, in their frame.
    pub fn of(results: &Results, frame: Frame) -> Recorded {
        let measures: BTreeMap<String, (String, String)> = results
            .measures
            .iter()
            .map(|measure| (measure.name.clone(), (measure.unit.clone(), measure.better.word().to_owned())))
            .collect();
        let policy = |policy: &crate::PolicyResults| {
            let column = |place: usize| policy.replications.iter().map(|sample| sample.overall[place]).collect();
            results.measures.iter().enumerate().map(|(place, measure)| (measure.name.clone(), column(place))).collect()
        };
        let policies = results.policies.iter().map(|found| (found.name.clone(), policy(found))).collect();
        let fingerprint = fingerprint(&frame, &measures);
        Recorded { frame, fingerprint, measures, policies }
    }
}

fn fingerprint(frame: &Frame, measures: &BTreeMap<String, (String, String)>) -> String {
    format!("{:08x}", crc32fast::hash(format!("{frame:?}{measures:?}").as_bytes()))
}

/// What differs between two frames, in words.
fn differs(own: &Frame, before: &Frame) -> Option<String> {
    let say = |what: &str, own: String, before: String| Some(format!("{what} {own}, in the baseline {before}"));
    if own.seed != before.seed {
        return say("the seed is", own.seed.to_string(), before.seed.to_string());
    }
    if own.replications != before.replications {
        return say("there are", format!("{} replications", own.replications), before.replications.to_string());
    }
    if own.period != before.period {
        return say("a run is", own.period.clone(), before.period.clone());
    }
    if own.groups != before.groups {
        return say("there are", own.groups.join(", "), before.groups.join(", "));
    }
    (own.segments != before.segments).then(|| "the segments are others".into())
}

/// A check for each policy and measure of a baseline, and one more where the two cannot be compared at all.
pub fn against(results: &Results, frame: &Frame, before: &Recorded, tolerance: &Tolerance) -> Vec<Check> {
    let check = |name: String, outcome, words: String, found, interval| Check {
        scenario: results.scenario.clone(),
        sort: Sort::Kpi,
        name,
        outcome,
        words,
        found,
        interval,
    };
    if before.fingerprint != fingerprint(&before.frame, &before.measures) {
        let words = "its fingerprint is not that of what it says: it was edited; make a new one with --save-baseline".to_owned();
        return vec![check("baseline".into(), Outcome::Incomparable, words, None, None)];
    }
    if let Some(words) = differs(frame, &before.frame) {
        let words = format!("{words}: it is another experiment; make a new baseline with --save-baseline");
        return vec![check("baseline".into(), Outcome::Incomparable, words, None, None)];
    }
    let mut checks = Vec::new();
    for (policy, figures) in &before.policies {
        let Some(found) = results.policies.iter().find(|found| found.name == *policy) else {
            let words = "the baseline has this policy, and it was not run".to_owned();
            checks.push(check(policy.clone(), Outcome::Incomparable, words, None, None));
            continue;
        };
        for (name, old) in figures {
            let place = results.measures.iter().position(|measure| measure.name == *name);
            let meaning = |measure: &Measure| (measure.unit.clone(), measure.better.word().to_owned());
            let called = format!("{name} under {policy}");
            let Some(place) = place.filter(|place| before.measures.get(name) == Some(&meaning(&results.measures[*place]))) else {
                let words = "the baseline has this measure, and it is gone or means something else".to_owned();
                checks.push(check(called, Outcome::Incomparable, words, None, None));
                continue;
            };
            let measure = &results.measures[place];
            if measure.better == Better::Neither {
                continue;
            }
            let new: Vec<Option<f64>> = found.replications.iter().map(|sample| sample.overall[place]).collect();
            let (outcome, words, change) = judge(measure, &new, old, tolerance);
            checks.push(check(called, outcome, words, change.mean, change.interval));
        }
    }
    checks
}

fn judge(
    measure: &Measure,
    new: &[Option<f64>],
    old: &[Option<f64>],
    tolerance: &Tolerance,
) -> (Outcome, String, crate::Estimate) {
    let change = paired(new, old, measure.better).estimate;
    let seen = |values: &[Option<f64>]| values.iter().flatten().count();
    if seen(old) == 0 {
        let outcome = if seen(new) == 0 { Outcome::Pass } else { Outcome::Inconclusive };
        return (outcome, "nothing was observed in the baseline".into(), change);
    }
    if new == old {
        return (Outcome::Pass, "the same in every replication".into(), change);
    }
    if seen(new) == 0 {
        return (Outcome::Fail, "nothing is observed any more".into(), change);
    }
    let mean = old.iter().flatten().sum::<f64>() / seen(old) as f64;
    let allowed = tolerance.of(&measure.name, mean);
    // How much worse it is: above 0 in the unwanted direction.
    let worse = change.interval.map(|(low, high)| if measure.better == Better::Lower { (low, high) } else { (-high, -low) });
    let outcome = within(worse, None, Some(allowed));
    let unit = measure.unit.as_str();
    let number = crate::output::short;
    let found = match (change.mean, change.interval) {
        (Some(mean), Some((low, high))) => format!("{} ({} to {})", signed(mean), signed(low), signed(high)),
        (Some(mean), None) => signed(mean),
        _ => "unknown".into(),
    };
    let direction = if measure.better == Better::Lower { "+" } else { "−" };
    let unit = if unit.is_empty() { String::new() } else { format!(" {unit}") };
    let words = format!("changed by {found}{unit} from {}; allowed {direction}{}{unit}", number(mean), number(allowed));
    (outcome, words, change)
}

fn signed(value: f64) -> String {
    let text = crate::output::short(value);
    if value > 0.0 { format!("+{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use crate::run::run;
    use crate::synthetic::{design, garage};

    fn frame(results: &Results) -> Frame {
        Frame {
            seed: results.seed,
            replications: results.replications,
            period: "2 weeks".into(),
            groups: vec!["2000 drivers".into()],
            segments: results.segments.clone(),
        }
    }

    fn results() -> Results {
        run(&garage(), &design(10, 1), &Silent).unwrap()
    }

    /// Results in which a measure of a policy is so much larger.
    fn changed(policy: usize, measure: usize, by: f64) -> Results {
        let mut results = results();
        for sample in &mut results.policies[policy].replications {
            sample.overall[measure] = sample.overall[measure].map(|value| value + by);
        }
        results
    }

    fn outcomes(new: &Results) -> Vec<(String, Outcome)> {
        let before = results();
        let recorded = Recorded::of(&before, frame(&before));
        let tolerance = Tolerance { share: 0.05, own: BTreeMap::from([("satisfaction".into(), (0.5, false))]) };
        let checks = against(new, &frame(new), &recorded, &tolerance);
        checks.into_iter().map(|check| (check.name, check.outcome)).collect()
    }

    #[test]
    fn the_same_results_pass_everywhere() {
        let found = outcomes(&results());
        // Three policies and four measures with a better side.
        assert_eq!(found.len(), 12);
        assert!(found.iter().all(|(_, outcome)| *outcome == Outcome::Pass), "{found:?}");
    }

    #[test]
    fn what_is_worse_by_more_than_is_allowed_fails_alone() {
        let of = |new: &Results, name: &str| outcomes(new).into_iter().find(|(found, _)| found == name).unwrap().1;
        // 3.1 days under act_first; 5 % of that are 0.155.
        assert_eq!(of(&changed(1, 0, 0.1), "days_without_car under act_first"), Outcome::Pass);
        assert_eq!(of(&changed(1, 0, 0.3), "days_without_car under act_first"), Outcome::Fail);
        assert_eq!(of(&changed(1, 0, -3.0), "days_without_car under act_first"), Outcome::Pass, "better is never a breach");
        assert_eq!(of(&changed(1, 1, -0.4), "satisfaction under act_first"), Outcome::Pass);
        assert_eq!(of(&changed(1, 1, -0.6), "satisfaction under act_first"), Outcome::Fail);
        let failed: Vec<String> = outcomes(&changed(1, 0, 0.3))
            .into_iter()
            .filter(|(_, outcome)| *outcome == Outcome::Fail)
            .map(|(name, _)| name)
            .collect();
        assert_eq!(failed, ["days_without_car under act_first"]);
    }

    #[test]
    fn what_jumps_up_and_down_is_open() {
        let mut new = results();
        for (place, sample) in new.policies[1].replications.iter_mut().enumerate() {
            let by = if place % 2 == 0 { 4.0 } else { -4.0 };
            sample.overall[0] = sample.overall[0].map(|value| value + by);
        }
        let found = outcomes(&new);
        assert!(found.contains(&("days_without_car under act_first".into(), Outcome::Inconclusive)), "{found:?}");
    }

    #[test]
    fn another_experiment_is_incomparable() {
        let before = results();
        let recorded = Recorded::of(&before, frame(&before));
        let of = |frame: &Frame, results: &Results| against(results, frame, &recorded, &Tolerance::default());
        for other in [
            Frame { seed: 7, ..frame(&before) },
            Frame { replications: 11, ..frame(&before) },
            Frame { period: "3 weeks".into(), ..frame(&before) },
            Frame { groups: vec!["2001 drivers".into()], ..frame(&before) },
            Frame { segments: vec![], ..frame(&before) },
        ] {
            let found = of(&other, &before);
            assert_eq!((found.len(), found[0].outcome), (1, Outcome::Incomparable), "{other:?}");
        }
        // A frame that was edited until it fits gives itself away.
        let mut edited = recorded.clone();
        edited.frame.seed = 7;
        let found = against(&before, &Frame { seed: 7, ..frame(&before) }, &edited, &Tolerance::default());
        assert!(found.len() == 1 && found[0].outcome == Outcome::Incomparable && found[0].words.contains("edited"), "{found:?}");
        let mut renamed = results();
        renamed.policies[1].name = "act_early".into();
        renamed.measures[0].unit = "h".into();
        let found = of(&frame(&before), &renamed);
        assert_eq!(found.iter().filter(|check| check.outcome == Outcome::Incomparable).count(), 3, "{found:?}");
    }

    #[test]
    fn a_baseline_reads_back_and_others_are_refused() {
        let before = results();
        let mut baseline = Baseline::new("0.1.0");
        baseline.scenarios.insert("garage".into(), Recorded::of(&before, frame(&before)));
        baseline.instructions.insert("phold".into(), 57_500_000);
        assert_eq!(Baseline::read(&baseline.written()).unwrap(), baseline);
        let why = |text: &str| Baseline::read(text).unwrap_err().to_string();
        assert!(why("{").contains("no baseline"));
        assert!(why("{\"schema\": \"rehearsal.baseline/9\"}").contains("rehearsal.baseline/9"));
        assert!(why("{\"schema\": \"rehearsal.baseline/1\"}").contains("missing field"));
    }
}
