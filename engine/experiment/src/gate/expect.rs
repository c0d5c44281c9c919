//! What a scenario expects of its measures, held to results.

use super::{Check, Outcome, Sort, within};
use crate::results::{PolicyResults, Results};
use crate::sample::Sample;
use crate::statistics::{LEVEL, mean_ci};

/// How a measure is held to a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Its mean lies in it.
    Mean,
    /// Its difference from another policy does.
    Change,
    /// That difference does, as a share of what the other policy has.
    Relative,
    /// Its figure in each replication does.
    Each,
}

/// A range that a scenario states.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// Its name.
    pub name: String,
    /// It in words.
    pub words: String,
    /// How the measure is held to it.
    pub form: Form,
    /// The measure, by name.
    pub measure: String,
    /// The segment, by name; everyone where `None`.
    pub segment: Option<String>,
    /// The policy, by name; each where `None`.
    pub under: Option<String>,
    /// The policy it is compared with, by name; the first of the design where `None`.
    pub against: Option<String>,
    /// The least, in the measure's unit, or a share.
    pub from: Option<f64>,
    /// The most.
    pub to: Option<f64>,
}

/// A check for each expectation and each policy that it is about.
///
/// One whose policies were not run is incomparable.
pub fn expected(results: &Results, expectations: &[Expectation]) -> Vec<Check> {
    expectations.iter().flat_map(|expectation| checks(results, expectation)).collect()
}

fn checks(results: &Results, expectation: &Expectation) -> Vec<Check> {
    let check = |name: String, outcome, words, found, interval| Check {
        scenario: results.scenario.clone(),
        sort: Sort::Expectation,
        name,
        outcome,
        words,
        found,
        interval,
    };
    let missing = |what: &str| {
        let words = format!("{}; {what}", expectation.words);
        vec![check(expectation.name.clone(), Outcome::Incomparable, words, None, None)]
    };
    let compares = matches!(expectation.form, Form::Change | Form::Relative);
    let Some(measure) = results.measures.iter().position(|measure| measure.name == expectation.measure) else {
        return missing("there is no such measure");
    };
    let segment = match &expectation.segment {
        None => None,
        Some(name) => match results.segments.iter().position(|segment| segment == name) {
            Some(place) => Some(place),
            None => return missing("there is no such segment"),
        },
    };
    let named = |name: &String| results.policies.iter().find(|policy| policy.name == *name);
    let against = match &expectation.against {
        Some(name) => named(name),
        None => results.policies.first(),
    };
    let Some(against) = against else { return missing("the policy it is compared with was not run") };
    let under: Vec<&PolicyResults> = match &expectation.under {
        Some(name) => named(name).into_iter().collect(),
        None => results.policies.iter().filter(|policy| !compares || policy.name != against.name).collect(),
    };
    if under.is_empty() {
        return missing("no policy was run that it is about");
    }
    let value = |sample: &Sample| segment.map_or(sample.overall[measure], |segment| sample.segments[measure][segment]);
    let one = |policy: &PolicyResults| {
        let found = judge(expectation, policy, against, &value);
        let name = match &expectation.under {
            None if under.len() > 1 => format!("{} ({})", expectation.name, policy.name),
            _ => expectation.name.clone(),
        };
        let unit = if expectation.form == Form::Relative { "%" } else { results.measures[measure].unit.as_str() };
        let words = format!("{}; found {}", expectation.words, found.words(unit));
        check(name, found.outcome, words, found.value, found.interval)
    };
    under.iter().map(|policy| one(policy)).collect()
}

struct Found {
    outcome: Outcome,
    value: Option<f64>,
    interval: Option<(f64, f64)>,
    is_share: bool,
}

impl Found {
    fn words(&self, unit: &str) -> String {
        let scale = if self.is_share { 100.0 } else { 1.0 };
        let number = |value: f64| crate::output::short(value * scale);
        match (self.value, self.interval) {
            (None, _) => "nothing".into(),
            (Some(value), None) => format!("{} {unit}", number(value)).trim_end().to_owned(),
            (Some(value), Some((low, high))) => {
                format!("{} ({} to {}) {unit}", number(value), number(low), number(high)).trim_end().to_owned()
            }
        }
    }
}

fn judge(
    expectation: &Expectation,
    policy: &PolicyResults,
    against: &PolicyResults,
    value: &dyn Fn(&Sample) -> Option<f64>,
) -> Found {
    let (from, to) = (expectation.from, expectation.to);
    let own: Vec<f64> = policy.replications.iter().filter_map(value).collect();
    let pairs: Vec<(f64, f64)> = policy
        .replications
        .iter()
        .zip(&against.replications)
        .filter_map(|(own, other)| Some((value(own)?, value(other)?)))
        .collect();
    let estimate = |values: &[f64]| mean_ci(values, LEVEL);
    match expectation.form {
        Form::Mean => {
            let found = estimate(&own);
            Found { outcome: within(found.interval, from, to), value: found.mean, interval: found.interval, is_share: false }
        }
        Form::Change => {
            let found = estimate(&pairs.iter().map(|(own, other)| own - other).collect::<Vec<f64>>());
            Found { outcome: within(found.interval, from, to), value: found.mean, interval: found.interval, is_share: false }
        }
        Form::Each => {
            // Every figure counts: one outside of the range is a failure, however many lie in it.
            let range = own.iter().copied().fold(None, |range: Option<(f64, f64)>, value| {
                Some(range.map_or((value, value), |(low, high)| (low.min(value), high.max(value))))
            });
            let outside = range.is_some_and(|(low, high)| from.is_some_and(|from| low < from) || to.is_some_and(|to| high > to));
            let outcome = match range {
                None => Outcome::Inconclusive,
                Some(_) if outside => Outcome::Fail,
                Some(_) => Outcome::Pass,
            };
            Found { outcome, value: estimate(&own).mean, interval: range, is_share: false }
        }
        Form::Relative => {
            // A change of at least the share s means that the mean of own - (1 + s) other is at least 0, for a level above 0.
            let other = estimate(&pairs.iter().map(|pair| pair.1).collect::<Vec<f64>>()).mean.unwrap_or(0.0);
            let sign = if other < 0.0 { -1.0 } else { 1.0 };
            let beyond = |share: f64| {
                let contrast: Vec<f64> = pairs.iter().map(|(own, other)| sign * (own - (1.0 + share) * other)).collect();
                estimate(&contrast).interval
            };
            let bounds =
                [from.map(|from| within(beyond(from), Some(0.0), None)), to.map(|to| within(beyond(to), None, Some(0.0)))];
            let outcome = bounds.into_iter().flatten().max().unwrap_or(Outcome::Inconclusive);
            let change = estimate(&pairs.iter().map(|(own, other)| own - other).collect::<Vec<f64>>());
            let share = |value: f64| value / other.abs();
            let known = (other != 0.0).then_some(());
            Found {
                outcome: if known.is_some() { outcome } else { Outcome::Inconclusive },
                value: known.and(change.mean.map(share)),
                interval: known.and(change.interval.map(|(low, high)| (share(low), share(high)))),
                is_share: true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use crate::run::run;
    use crate::synthetic::{design, garage};

    fn outcome(form: Form, measure: &str, from: Option<f64>, to: Option<f64>) -> (Outcome, String) {
        let results = run(&garage(), &design(10, 1), &Silent).unwrap();
        let expectation = Expectation {
            name: "it".into(),
            words: "it".into(),
            form,
            measure: measure.into(),
            segment: None,
            under: Some("act_first".into()),
            against: None,
            from,
            to,
        };
        let found = expected(&results, &[expectation]);
        assert_eq!(found.len(), 1);
        (found[0].outcome, found[0].words.clone())
    }

    #[test]
    fn means_and_differences_are_held_to_their_ranges() {
        // Days without a car: 12.4 under the baseline and 3.1 under act_first, with a deviation of about 1.5 each.
        assert_eq!(outcome(Form::Mean, "days_without_car", Some(1.0), Some(6.0)).0, Outcome::Pass);
        assert_eq!(outcome(Form::Mean, "days_without_car", Some(6.0), None).0, Outcome::Fail);
        assert_eq!(outcome(Form::Mean, "days_without_car", None, Some(3.0)).0, Outcome::Inconclusive);
        assert_eq!(outcome(Form::Change, "days_without_car", None, Some(-8.0)).0, Outcome::Pass);
        assert_eq!(outcome(Form::Change, "days_without_car", Some(0.0), None).0, Outcome::Fail);
        // 3.1 - 12.4 is 75 % less.
        assert_eq!(outcome(Form::Relative, "days_without_car", Some(-0.9), Some(-0.6)).0, Outcome::Pass);
        assert_eq!(outcome(Form::Relative, "days_without_car", None, Some(-0.95)).0, Outcome::Fail);
        let words = outcome(Form::Relative, "days_without_car", None, Some(-0.95)).1;
        assert!(words.contains("found −7") && words.ends_with('%'), "{words}");
    }

    #[test]
    fn each_means_every_single_one() {
        assert_eq!(outcome(Form::Each, "days_without_car", Some(-2.0), Some(9.0)).0, Outcome::Pass);
        assert_eq!(outcome(Form::Each, "days_without_car", Some(3.0), None).0, Outcome::Fail);
        assert_eq!(outcome(Form::Each, "tow_wait", Some(0.0), None).0, Outcome::Inconclusive, "nobody was ever towed");
    }

    #[test]
    fn what_was_not_run_is_incomparable() {
        let results = run(&garage(), &crate::Design { policies: vec![0], ..design(4, 1) }, &Silent).unwrap();
        let expectation = |under: Option<&str>, against: Option<&str>| Expectation {
            name: "it".into(),
            words: "it".into(),
            form: Form::Change,
            measure: "contacts".into(),
            segment: None,
            under: under.map(String::from),
            against: against.map(String::from),
            from: Some(0.0),
            to: None,
        };
        let of = |under, against| expected(&results, &[expectation(under, against)])[0].outcome;
        assert_eq!(of(Some("act_first"), None), Outcome::Incomparable);
        assert_eq!(of(None, Some("act_first")), Outcome::Incomparable);
        assert_eq!(of(None, None), Outcome::Incomparable, "there is no policy beside the baseline");
    }

    #[test]
    fn without_a_name_every_policy_is_meant() {
        let results = run(&garage(), &design(4, 1), &Silent).unwrap();
        let each = Expectation {
            name: "calm".into(),
            words: "calm".into(),
            form: Form::Each,
            measure: "contacts".into(),
            segment: Some("no_app".into()),
            under: None,
            against: None,
            from: None,
            to: Some(50.0),
        };
        let names: Vec<String> = expected(&results, &[each]).into_iter().map(|check| check.name).collect();
        assert_eq!(names, ["calm (wait_for_the_call)", "calm (act_first)", "calm (ask_weekly)"]);
    }
}
