//! All decisions of a run, counted: by rule, by why rules lost, and by what was missing.

use super::Explainer;
use crate::error::TraceError;
use crate::schema::{Lost, What};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How often a rule or timer decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RuleCount {
    /// The policy.
    pub policy: String,
    /// What becomes of what it decides.
    pub mode: String,
    /// The rule.
    pub rule: String,
    /// Where it is written.
    pub place: String,
    /// How often it fired.
    pub fired: u64,
}

/// How often a rule lost for a reason.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LostCount {
    /// The policy.
    pub policy: String,
    /// The rule.
    pub rule: String,
    /// The reason, as in a decision.
    pub why: String,
    /// How often.
    pub count: u64,
}

/// How often something was missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct UnknownCount {
    /// What.
    pub name: String,
    /// How often a rule could not be told for it.
    pub count: u64,
}

/// All decisions of a run, counted.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Overview {
    /// Rules and timers by how often they decided, the most often first.
    pub rules: Vec<RuleCount>,
    /// Events that no rule answered; 0 also where they were not recorded.
    pub undecided: u64,
    /// Rules that lost, by reason, in the order of their names.
    pub lost: Vec<LostCount>,
    /// What was missing.
    pub unknown: Vec<UnknownCount>,
}

/// What is counted on the way.
#[derive(Default)]
struct Counts {
    rules: BTreeMap<(String, String, String, String), u64>,
    lost: BTreeMap<(String, String, String), u64>,
    unknown: BTreeMap<String, u64>,
}

impl Counts {
    fn lose(&mut self, policy: &str, lost: Vec<Lost>, unknown: Vec<String>) {
        for lost in lost {
            *self.lost.entry((policy.to_owned(), lost.rule, lost.why)).or_default() += 1;
        }
        for name in unknown {
            *self.unknown.entry(name).or_default() += 1;
        }
    }
}

impl Explainer<'_> {
    /// Counts all decisions. Reads the whole trace once.
    ///
    /// # Errors
    /// A damaged block.
    pub fn overview(&self) -> Result<Overview, TraceError> {
        let (mut counts, mut undecided) = (Counts::default(), 0);
        for record in self.reader.records() {
            match record?.what {
                What::Decision(decision) => {
                    let policy = decision.policy.clone();
                    let key = (decision.policy, decision.mode, decision.rule, decision.place);
                    *counts.rules.entry(key).or_default() += 1;
                    counts.lose(&policy, decision.lost, decision.unknown);
                }
                What::Undecided(event) => {
                    undecided += 1;
                    counts.lose(&event.policy, event.lost, event.unknown);
                }
                _ => {}
            }
        }
        let rule = |((policy, mode, rule, place), fired)| RuleCount { policy, mode, rule, place, fired };
        let mut rules: Vec<RuleCount> = counts.rules.into_iter().map(rule).collect();
        rules.sort_by_key(|rule| std::cmp::Reverse(rule.fired));
        let lost = counts.lost.into_iter().map(|((policy, rule, why), count)| LostCount { policy, rule, why, count });
        let unknown = counts.unknown.into_iter().map(|(name, count)| UnknownCount { name, count });
        Ok(Overview { rules, undecided, lost: lost.collect(), unknown: unknown.collect() })
    }
}

impl Overview {
    /// As text, in columns.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        if self.rules.is_empty() {
            text += "No policy decided anything.\n";
        } else {
            text += "Decisions\n";
            for rule in &self.rules {
                let shadow = if rule.mode == "shadow" { ", in shadow" } else { "" };
                let _ = writeln!(text, "{:>10}  {} ({}{shadow}), {}", rule.fired, rule.rule, rule.policy, rule.place);
            }
        }
        if self.undecided > 0 {
            let _ = writeln!(text, "\nEvents that no rule answered\n{:>10}", self.undecided);
        }
        if !self.lost.is_empty() {
            text += "\nRules that looked and did not fire\n";
            for lost in &self.lost {
                let reason = reason(&lost.why);
                let _ = writeln!(text, "{:>10}  {} ({}): {reason}", lost.count, lost.rule, lost.policy);
            }
        }
        if !self.unknown.is_empty() {
            text += "\nMissing, so that a rule could not be told\n";
            for unknown in &self.unknown {
                let _ = writeln!(text, "{:>10}  {}", unknown.count, unknown.name);
            }
        }
        text
    }
}

/// A reason in words, for all of its sort.
fn reason(why: &str) -> &str {
    match why {
        "condition" => "condition does not hold",
        "unknown" => "unknown",
        "cooldown" => "fired a short while ago",
        "outranked" => "another rule went first",
        "not_in_force" => "not in force",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Reader, sample};
    use expect_test::expect;

    #[test]
    fn decisions_are_counted_by_rule_and_losers_by_reason() {
        let reader = Reader::from_bytes(sample::bytes()).unwrap();
        let overview = Explainer::new(&reader).unwrap().overview().unwrap();
        expect![[r#"
            Decisions
                     1  remind_now (service), service.policy:14

            Rules that looked and did not fire
                     1  wait (service): another rule went first
        "#]]
        .assert_eq(&overview.text());
    }

    #[test]
    fn a_run_without_decisions_says_so() {
        assert_eq!(Overview::default().text(), "No policy decided anything.\n");
    }
}
