//! Two policies on one stream: where they part.

use crate::Decider;
use rehearsal_policy::engine::{Cause, Decision};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// What two policies did on one stream.
#[derive(Clone, Debug, Default)]
pub struct Parted {
    /// Moments of a profile at which both did the same, and at which they did not.
    alike: u64,
    /// By the rules of the one and of the other.
    apart: BTreeMap<(String, String), u64>,
}

/// The name for no decision at all.
const NOTHING: &str = "nothing";

impl Parted {
    /// What the two decided since this was asked last: a line of JSON for each profile and moment at which they part.
    ///
    /// They part where they do different things, whatever their rules and states are called.
    pub fn compare(&mut self, one: &mut Decider, other: &mut Decider) -> Vec<String> {
        let made = [one.take(), other.take()];
        let mut moments: BTreeMap<(u64, u32), [Vec<Decision>; 2]> = BTreeMap::new();
        for (side, decisions) in made.into_iter().enumerate() {
            for decision in decisions {
                moments.entry((decision.at, decision.profile)).or_default()[side].push(decision);
            }
        }
        let mut lines = Vec::new();
        for [a, b] in moments.into_values() {
            let said = [one.all(&a), other.all(&b)];
            if acts(&said[0]) == acts(&said[1]) {
                self.alike += 1;
                continue;
            }
            *self.apart.entry((one.rules(&a), other.rules(&b))).or_default() += 1;
            let first = said.iter().flatten().next();
            let of = |name: &str| first.and_then(|event| event.get(name)).cloned().unwrap_or(Value::Null);
            let line = json!({
                "subject": of("subject"), "time": of("time"),
                one.policy(): data(&said[0]), other.policy(): data(&said[1]),
            });
            lines.push(line.to_string());
        }
        lines
    }

    /// How often they part, and by which rules, in a few lines.
    #[must_use]
    pub fn summary(&self, one: &str, other: &str) -> String {
        let apart: u64 = self.apart.values().sum();
        let mut text = format!("{one} and {other} do the same at {} moments and part at {apart}", self.alike);
        for ((a, b), count) in &self.apart {
            text += &format!("\n{count:>8}  {one}: {a}, {other}: {b}");
        }
        text
    }
}

/// What decisions do.
fn acts(said: &[Value]) -> Vec<Value> {
    let does = |event: &Value| event["data"]["do"].as_array().cloned().unwrap_or_default();
    said.iter().flat_map(does).collect()
}

fn data(said: &[Value]) -> Vec<&Value> {
    said.iter().map(|event| &event["data"]).collect()
}

impl Decider {
    fn take(&mut self) -> Vec<Decision> {
        let made = std::mem::take(&mut self.made);
        self.counts.decided += made.iter().filter(|decision| decision.number > 0).count() as u64;
        made
    }

    fn all(&self, decisions: &[Decision]) -> Vec<Value> {
        decisions.iter().map(|decision| self.say(decision)).collect()
    }

    fn policy(&self) -> String {
        self.engine.book().name.clone()
    }

    /// The rules and timers that decided.
    fn rules(&self, decisions: &[Decision]) -> String {
        let book = self.engine.book();
        let name = |decision: &Decision| match decision.cause {
            Cause::Rule(rule) => book.rules[rule as usize].name.as_str(),
            Cause::Timer(timer) => book.states[decision.from as usize].timers[timer as usize].name.as_str(),
            Cause::Nothing => NOTHING,
        };
        let names: Vec<&str> = decisions.iter().map(name).collect();
        if names.is_empty() { NOTHING.into() } else { names.join(" + ") }
    }
}
