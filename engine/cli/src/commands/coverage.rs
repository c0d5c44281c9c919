//! `rehearsal coverage`: which parts of the policies never come to use.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use rehearsal_experiment::{Conduct, Design, Measure, Rehearsal, Sample};
use rehearsal_scenario::{Covered, PolicyCoverage, RunError, Tally, Trying};
use serde::Serialize;

use super::run::{chosen, cores};
use crate::arguments::{CoverageArguments, CoverageFormat};
use crate::conduct::watch;
use crate::failure::Failure;
use crate::scenario::Loaded;
use crate::terminal;

/// The sorts of parts, and what it is called that they are used.
const SORTS: [(&str, &str, &str); 4] = [
    ("rule", "rules", "never fired"),
    ("state", "states", "never entered"),
    ("timer", "timers", "never rang"),
    ("branch", "branches", "never taken"),
];

/// What is written as JSON.
#[derive(Serialize)]
struct Document<'c> {
    schema: &'static str,
    scenario: &'c str,
    seed: u64,
    replications: u32,
    gaps: usize,
    policies: &'c [PolicyCoverage],
}

/// A scenario whose runs are counted, and what they have counted together.
struct Counting<'s> {
    scenario: &'s Loaded,
    sum: Mutex<Option<Tally>>,
}

impl Rehearsal for Counting<'_> {
    type Error = RunError;

    fn name(&self) -> &str {
        self.scenario.name()
    }

    fn measures(&self) -> &[Measure] {
        &[]
    }

    fn segments(&self) -> &[String] {
        &[]
    }

    fn policies(&self) -> &[String] {
        self.scenario.policies()
    }

    fn run(&self, policy: usize, seed: u64, replication: u64) -> Result<Sample, RunError> {
        let (tally, events) = self.scenario.counted(policy, seed, replication)?;
        // Sums of whole numbers, which come out alike in any order.
        let mut sum = self.sum.lock().unwrap_or_else(PoisonError::into_inner);
        match sum.as_mut() {
            Some(sum) => sum.add(&tally),
            None => *sum = Some(tally),
        }
        Ok(Sample { overall: Vec::new(), segments: Vec::new(), events })
    }
}

/// Runs the policies a few times and writes what of them was never used.
pub(crate) fn coverage(arguments: &CoverageArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    let trying = Trying { marked: true, ..Trying::default() };
    let scenario = Loaded::load_trying(&arguments.scenario, &arguments.settings, &trying)?;
    let policies = chosen(&arguments.policies, scenario.policies())?;
    let design = Design {
        policies: policies.clone(),
        replications: arguments.replications,
        seed: arguments.seed.unwrap_or_else(|| scenario.seed()),
        jobs: arguments.jobs.unwrap_or_else(cores),
    };
    let counting = Counting { scenario: &scenario, sum: Mutex::default() };
    watch(&counting, &design, &Conduct::default())?;
    let sum = counting.sum.into_inner().unwrap_or_else(PoisonError::into_inner).unwrap_or_default();
    let all = scenario.coverage(&sum);
    let found: Vec<PolicyCoverage> = policies.iter().filter_map(|policy| all.get(*policy).cloned()).collect();
    let gaps = found.iter().map(|policy| policy.gaps().count()).sum();
    match arguments.format {
        CoverageFormat::Human => out.write_all(text(&found, design.replications).as_bytes())?,
        CoverageFormat::Json => {
            let (seed, replications) = (design.seed, design.replications);
            let schema = "rehearsal.coverage/1";
            let document = Document { schema, scenario: scenario.name(), seed, replications, gaps, policies: &found };
            let text = serde_json::to_string_pretty(&document).map_err(|error| Failure::Ours(error.to_string()))?;
            writeln!(out, "{text}")?;
        }
    }
    if arguments.fail_on_gaps && gaps > 0 {
        out.flush()?;
        let parts = if gaps == 1 { "part" } else { "parts" };
        return Err(Failure::Differs(format!("{gaps} {parts} of the policies never came to use")));
    }
    Ok(())
}

/// What was never used, policy by policy.
fn text(found: &[PolicyCoverage], replications: u32) -> String {
    if found.is_empty() {
        return "There are no policies.\n".into();
    }
    let runs = if replications == 1 { "1 replication".into() } else { format!("{replications} replications") };
    let mut text = format!("Used in {runs}\n");
    for policy in found {
        text += &format!("\n{}: {}\n", policy.name, used(policy));
        for part in policy.gaps() {
            text += &format!("  {}\n", gap(part));
        }
    }
    text
}

/// `8 of 9 rules, 5 of 5 states`.
fn used(policy: &PolicyCoverage) -> String {
    let counts = SORTS.iter().filter_map(|(sort, name, _)| {
        let of: Vec<&Covered> = policy.parts.iter().filter(|part| part.sort == *sort).collect();
        let used = of.iter().filter(|part| part.times > 0).count();
        (!of.is_empty()).then(|| format!("{used} of {} {name}", of.len()))
    });
    counts.collect::<Vec<_>>().join(", ")
}

/// A part that was never used, and what is known of why.
fn gap(part: &Covered) -> String {
    let never = SORTS.iter().find(|(sort, ..)| *sort == part.sort).map_or("never used", |(.., never)| never);
    let state = part.state.as_ref().map(|state| format!(" of {state}")).unwrap_or_default();
    let why = match (part.evaluated, part.unknown) {
        (Some(0), _) => ": no event came to it".into(),
        (Some(evaluated), Some(0)) => format!(": its condition did not hold {evaluated} times"),
        (Some(evaluated), Some(unknown)) => {
            format!(": of {evaluated} times its condition did not hold, or could not be told ({unknown})")
        }
        _ => String::new(),
    };
    format!("{never:<13}  {} {}{state} ({}){why}", part.sort, part.name, part.place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    fn part(sort: &'static str, name: &str, times: u64) -> Covered {
        let evaluated = (sort == "rule").then_some(times + 3);
        Covered {
            sort,
            name: name.into(),
            state: Some("watching".into()),
            place: "policies/a.ron:7".into(),
            times,
            evaluated,
            unknown: evaluated.map(|_| 0),
        }
    }

    #[test]
    fn what_was_never_used_stands_with_its_place() {
        let parts = vec![part("rule", "light", 4), part("rule", "hot", 0), part("timer", "silence", 0)];
        let found = [PolicyCoverage { name: "a".into(), parts }];
        expect![[r#"
            Used in 3 replications

            a: 1 of 2 rules, 0 of 1 timers
              never fired    rule hot of watching (policies/a.ron:7): its condition did not hold 3 times
              never rang     timer silence of watching (policies/a.ron:7)
        "#]]
        .assert_eq(&text(&found, 3));
        assert_eq!(text(&[], 3), "There are no policies.\n");
    }
}
