//! Decisions as CloudEvents.

use crate::{Decider, values};
use rehearsal_kernel::Duration;
use rehearsal_policy::engine::{Act, Cause, Decision, Lost, Playbook, RulePlan, Sort};
use serde_json::{Map, Value, json};

impl Decider {
    /// A decision as a CloudEvent of type `rehearsal.decision`, or `rehearsal.nothing` where none was made.
    pub(crate) fn say(&self, decision: &Decision) -> Value {
        let book = self.engine.book();
        let state = |number: u16| book.states[number as usize].name.as_str();
        let mut data = Map::new();
        let subject = self.profiles.get(decision.profile as usize).map_or("", String::as_str);
        data.insert("policy".into(), json!(book.name));
        data.insert("mode".into(), json!(self.marked(subject)));
        match decision.cause {
            Cause::Rule(rule) => {
                let plan = &book.rules[rule as usize];
                data.insert("rule".into(), json!(plan.name));
                data.insert("place".into(), json!(plan.place));
                data.insert("condition".into(), json!(plan.condition));
                let read = plan.reads.iter().zip(&decision.read);
                data.insert("read".into(), read.map(|((text, ty, _), words)| (text.clone(), self.show(ty, words))).collect());
            }
            Cause::Timer(timer) => {
                let plan = &book.states[decision.from as usize].timers[timer as usize];
                data.insert("rule".into(), json!(plan.name));
                data.insert("place".into(), json!(plan.place));
            }
            Cause::Nothing => {}
        }
        let event = decision.event.map_or("time", |event| book.events[event as usize].name.as_str());
        data.insert("event".into(), json!(event));
        data.insert("from".into(), json!(state(decision.from)));
        data.insert("to".into(), json!(state(decision.to)));
        let lost = decision.lost.iter().map(|(rule, why)| {
            let rule = &book.rules[*rule as usize];
            json!({ "rule": rule.name, "place": rule.place, "why": why.word(), "detail": detail(book, rule, why) })
        });
        data.insert("lost".into(), lost.collect());
        data.insert("do".into(), decision.calls.iter().map(|call| self.call(call.act, &call.words)).collect());
        let sort = if decision.number == 0 { "rehearsal.nothing" } else { "rehearsal.decision" };
        json!({
            "specversion": "1.0",
            "id": format!("{}/{}", book.name, decision.number),
            "source": format!("rehearsal/{}", book.name),
            "type": sort,
            "subject": subject,
            "time": values::moment(decision.at),
            "datacontenttype": "application/json",
            "data": data,
        })
    }

    fn call(&self, act: u32, words: &[u64]) -> Value {
        let Act::Call { sort, name, with } = &self.engine.book().acts[act as usize] else { return Value::Null };
        let mut from = 0;
        let mut values = Map::new();
        for (name, ty, _) in with {
            let width = ty.width() as usize;
            values.insert(name.clone(), self.show(ty, &words[from..from + width]));
            from += width;
        }
        let sort = match sort {
            Sort::Lever => "lever",
            Sort::Note => "note",
            Sort::Refusal => "refusal",
        };
        json!({ sort: name, "with": values })
    }
}

/// What else there is to say of why a rule did not fire.
fn detail(book: &Playbook, rule: &RulePlan, why: &Lost) -> String {
    match why {
        Lost::Condition => String::new(),
        Lost::Cooldown(left) => Duration::from_ns(*left).to_string(),
        Lost::Outranked(by) => book.rules[*by as usize].name.clone(),
        Lost::NotInForce(from, until) => {
            let from = from.map(|from| format!("from {}", values::moment(from)));
            let until = until.map(|until| format!("until {}", values::moment(until)));
            from.into_iter().chain(until).collect::<Vec<_>>().join(" ")
        }
        Lost::Unknown(missing) => {
            let missable = rule.unknown.iter().flat_map(|unknown| &unknown.missable).enumerate();
            let named = missable.filter(|(at, _)| missing.contains(&(*at as u16))).map(|(_, (phrase, _))| phrase.as_str());
            named.collect::<Vec<_>>().join(", ")
        }
    }
}
