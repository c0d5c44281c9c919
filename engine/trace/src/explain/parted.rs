//! Where two policies part that saw the same events: one in force, one in shadow beside it.
//!
//! Both see each event at the same moment, so what they decide about it is compared event by event and profile by profile.
//! A timer is an event of its own policy alone.

use super::Explainer;
use crate::error::TraceError;
use crate::schema::{Decision, What};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Profiles whose first parting is listed.
const FIRST_MAX: usize = 20;

/// What one of them decided; nothing is a part too.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Part {
    /// The number of the decision.
    pub id: u64,
    /// The rule that fired.
    pub rule: String,
    /// The state it left.
    pub from: String,
    /// The state it went to, where the rule says so.
    pub to: Option<String>,
}

/// An event about which they decided differently.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartedAt {
    /// When \[ns\].
    pub at: u64,
    /// The same as the calendar says.
    pub time: String,
    /// The profile.
    pub profile: String,
    /// The event.
    pub cause: String,
    /// What the policy in force decided.
    pub live: Option<Part>,
    /// What the policy in shadow decided.
    pub shadow: Option<Part>,
}

/// How often two rules met.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PartedPair {
    /// The rule of the policy in force; `None` where it decided nothing.
    pub live: Option<String>,
    /// The rule of the policy in shadow.
    pub shadow: Option<String>,
    /// How often.
    pub count: u64,
}

/// Where two policies part.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Parted {
    /// The policy in force.
    pub live: String,
    /// The policy in shadow.
    pub shadow: String,
    /// Events that both answered alike: by a rule of the same name, to the same state.
    pub alike: u64,
    /// Events that they answered differently.
    pub differing: u64,
    /// Profiles about which they ever differed.
    pub profiles: u64,
    /// How often which rules met where they differed, the most often first.
    pub pairs: Vec<PartedPair>,
    /// The first parting of each profile, in order of time, up to 20.
    pub first: Vec<PartedAt>,
}

/// What both decided about an event: when, which profile, and its name.
type Event = (u64, u32, String);

impl Explainer<'_> {
    /// Compares what the policy in force and the one beside it decided. Reads the whole trace once.
    ///
    /// # Errors
    /// A trace of one policy alone, or a damaged block.
    pub fn parted(&self) -> Result<Parted, TraceError> {
        let header = self.reader.header();
        let Some(beside) = header.beside.clone() else {
            return Err(TraceError::NoDecision {
                wanted: "one policy decided by itself in this run".into(),
                hint: "record two side by side: rehearsal run SCENARIO --policy A --beside B --trace FILE".into(),
            });
        };
        let mut events: BTreeMap<Event, [Option<Part>; 2]> = BTreeMap::new();
        for record in self.reader.records() {
            let record = record?;
            let What::Decision(decision) = record.what else { continue };
            let shadow = usize::from(decision.mode == "shadow" && decision.policy == beside);
            let key = (record.at, decision.profile, decision.cause.clone());
            events.entry(key).or_default()[shadow] = Some(part(decision));
        }
        Ok(self.compared(header.policy.clone(), beside, events))
    }

    fn compared(&self, live: String, shadow: String, events: BTreeMap<Event, [Option<Part>; 2]>) -> Parted {
        let mut parted = Parted { live, shadow, ..Parted::default() };
        let mut pairs: BTreeMap<[Option<String>; 2], u64> = BTreeMap::new();
        let mut firsts: BTreeMap<u32, PartedAt> = BTreeMap::new();
        for ((at, profile, cause), both) in events {
            let answer = |part: &Option<Part>| part.as_ref().map(|part| (part.rule.clone(), part.to.clone()));
            if answer(&both[0]) == answer(&both[1]) {
                parted.alike += 1;
                continue;
            }
            parted.differing += 1;
            let rules = both.each_ref().map(|part| part.as_ref().map(|part| part.rule.clone()));
            *pairs.entry(rules).or_default() += 1;
            let (time, name) = (self.words.clock.second(at), self.words.name(profile));
            let [live, shadow] = both;
            firsts.entry(profile).or_insert(PartedAt { at, time, profile: name, cause, live, shadow });
        }
        parted.profiles = firsts.len() as u64;
        parted.first = firsts.into_values().collect();
        parted.first.sort_by_key(|first| first.at);
        parted.first.truncate(FIRST_MAX);
        parted.pairs = pairs.into_iter().map(|([live, shadow], count)| PartedPair { live, shadow, count }).collect();
        parted.pairs.sort_by_key(|pair| std::cmp::Reverse(pair.count));
        parted
    }
}

fn part(decision: Decision) -> Part {
    Part { id: decision.id, rule: decision.rule, from: decision.state, to: decision.goto }
}

impl Parted {
    /// As text.
    #[must_use]
    pub fn text(&self) -> String {
        let (live, shadow) = (&self.live, &self.shadow);
        let mut text = format!("{live} in force, {shadow} in shadow beside it\n");
        let _ = writeln!(text, "{:>10}  events answered alike", self.alike);
        let _ = writeln!(text, "{:>10}  answered differently, about {} profiles", self.differing, self.profiles);
        if self.pairs.is_empty() {
            return text;
        }
        text += "\nWhich rules met where they parted\n";
        let rule = |rule: &Option<String>| rule.clone().unwrap_or_else(|| "nothing".into());
        for pair in &self.pairs {
            let _ = writeln!(text, "{:>10}  {live}: {}; {shadow}: {}", pair.count, rule(&pair.live), rule(&pair.shadow));
        }
        text += "\nWhere each profile first parted\n";
        for first in &self.first {
            let _ = writeln!(text, "  {}  {}, {}", first.time, first.profile, first.cause);
            for (policy, part) in [(live, &first.live), (shadow, &first.shadow)] {
                let _ = writeln!(text, "      {policy}: {}", did(part));
            }
        }
        let more = self.profiles - self.first.len() as u64;
        if more > 0 {
            let _ = writeln!(text, "  and {more} more");
        }
        text
    }
}

fn did(part: &Option<Part>) -> String {
    match part {
        None => "nothing".into(),
        Some(Part { id, rule, from, to: Some(to) }) => format!("{rule}, {from} -> {to} (decision {id})"),
        Some(Part { id, rule, from, to: None }) => format!("{rule}, stays {from} (decision {id})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Header, Reader, Record, Writer, sample};
    use expect_test::expect;

    fn decided(at: u64, mode: &str, rule: &str, profile: u32) -> Record {
        let policy = if mode == "shadow" { "eager" } else { "calm" };
        let decision = Decision {
            id: at,
            policy: policy.into(),
            mode: mode.into(),
            agent: 4,
            profile,
            rule: rule.into(),
            state: "watching".into(),
            cause: "light".into(),
            ..Decision::default()
        };
        Record { at, what: What::Decision(decision) }
    }

    #[test]
    fn two_policies_are_compared_event_by_event() {
        let header = Header { policy: "calm".into(), beside: Some("eager".into()), ..sample::header() };
        let mut writer = Writer::new(Vec::new(), &header).unwrap();
        let decisions = [
            (1, "live", "same", 1),
            (1, "shadow", "same", 1),
            (2, "shadow", "rings", 1),
            (3, "live", "waits", 2),
            (3, "shadow", "rings", 2),
        ];
        for (at, mode, rule, profile) in decisions {
            writer.record(&decided(at, mode, rule, profile)).unwrap();
        }
        let reader = Reader::from_bytes(writer.into_inner().unwrap()).unwrap();
        let parted = Explainer::new(&reader).unwrap().parted().unwrap();
        expect![[r#"
            calm in force, eager in shadow beside it
                     1  events answered alike
                     2  answered differently, about 2 profiles

            Which rules met where they parted
                     1  calm: nothing; eager: rings
                     1  calm: waits; eager: rings

            Where each profile first parted
              Mon 2 Nov 00:00:00  driver/17, light
                  calm: nothing
                  eager: rings, stays watching (decision 2)
              Mon 2 Nov 00:00:00  car/17, light
                  calm: waits, stays watching (decision 3)
                  eager: rings, stays watching (decision 3)
        "#]]
        .assert_eq(&parted.text());
    }

    #[test]
    fn a_run_of_one_policy_is_refused_with_the_way_to_record_two() {
        let reader = Reader::from_bytes(sample::bytes()).unwrap();
        let error = Explainer::new(&reader).unwrap().parted().unwrap_err().to_string();
        assert!(error.contains("--beside"), "{error}");
    }
}
