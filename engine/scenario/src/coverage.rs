//! What of a policy was ever used: its rules, states, timers, and the branches of its steps.
//!
//! It is counted while runs go on, not read from their records, so it needs no more room than a run does.

use crate::Scenario;
use rehearsal_world::Tally;
use rehearsal_world::plan::{ANY, Kind};
use serde::Serialize;

/// A part of a policy, and how often it was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// `rule`, `state`, `timer` or `branch`.
    pub sort: &'static str,
    /// Its name; of a branch `then` or `else`.
    pub name: String,
    /// The state that it belongs to; `None` where it holds in every state.
    pub state: Option<String>,
    /// Where it is written, `file:line`.
    pub place: String,
    /// How often it fired, was entered, rang or was taken.
    pub times: u64,
    /// Of a rule: how often its condition was evaluated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluated: Option<u64>,
    /// Of a rule: how often its condition could not be told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unknown: Option<u64>,
}

/// What of one policy was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyCoverage {
    /// Its name.
    pub name: String,
    /// All its parts: rules, states, timers, branches, each in the order of the files.
    pub parts: Vec<Covered>,
}

impl PolicyCoverage {
    /// The parts that were never used.
    pub fn gaps(&self) -> impl Iterator<Item = &Covered> {
        self.parts.iter().filter(|part| part.times == 0)
    }
}

impl Scenario {
    /// What `tally` counted of the policies, as [`Scenario::policies`] lists them.
    #[must_use]
    pub fn coverage(&self, tally: &Tally) -> Vec<PolicyCoverage> {
        let plan = self.plan();
        let policies = self.loaded.trial.policies.iter().map(|policy| &plan.policies[*policy]);
        policies
            .map(|policy| {
                let number = policy.mind() as usize;
                let (kind, counted) = (&plan.kinds[number], &tally.kinds[number]);
                let mut parts = rules(kind, counted);
                parts.extend(states(kind, counted));
                let place = |timer: &rehearsal_world::plan::Timer| line(plan.written(timer.body.start));
                for (timer, times) in kind.timers.iter().zip(&counted.timers) {
                    let state = timer.place.and_then(|(region, state)| state_name(kind, region, state?));
                    let name = timer.name.clone().unwrap_or_else(|| "without a name".into());
                    parts.push(Covered { state, times: *times, ..plain("timer", name, place(timer)) });
                }
                for (mark, times) in kind.marks.iter().zip(&counted.marks) {
                    parts.push(Covered { times: *times, ..plain("branch", mark.branch.to_owned(), mark.place.clone()) });
                }
                PolicyCoverage { name: policy.name.clone(), parts }
            })
            .collect()
    }
}

fn plain(sort: &'static str, name: String, place: String) -> Covered {
    Covered { sort, name, state: None, place, times: 0, evaluated: None, unknown: None }
}

fn rules(kind: &Kind, counted: &rehearsal_world::KindTally) -> Vec<Covered> {
    let home = |number: usize| {
        let handler = kind.handlers.iter().flatten().find(|handler| handler.rule == Some(number as u16))?;
        state_name(kind, handler.region, handler.state)
    };
    let rules = kind.rules.iter().zip(&counted.rules).enumerate();
    rules
        .map(|(number, (rule, counts))| Covered {
            state: home(number),
            times: counts.fired,
            evaluated: Some(counts.evaluated),
            unknown: Some(counts.unknown),
            ..plain("rule", rule.name.clone(), rule.place.clone())
        })
        .collect()
}

fn states(kind: &Kind, counted: &rehearsal_world::KindTally) -> Vec<Covered> {
    let regions = kind.regions.iter().zip(&counted.states);
    let states = regions.flat_map(|(region, counts)| region.states.iter().zip(counts));
    states.map(|(state, times)| Covered { times: *times, ..plain("state", state.name.clone(), state.place.clone()) }).collect()
}

fn state_name(kind: &Kind, region: u16, state: u16) -> Option<String> {
    let region = kind.regions.get(region as usize).filter(|_| state != ANY)?;
    Some(region.states.get(state as usize)?.name.clone())
}

/// `file:line` of `file:line:column`.
fn line(place: String) -> String {
    place.rsplit_once(':').map_or(place.clone(), |(line, _)| line.to_owned())
}
