//! Timers of a kind, region or state: `after`, `every` and `at`.

use super::{KindCompiler, StatePlace};
use crate::code::{Code, Purpose, value_routine};
use crate::scope::EventShape;
use crate::tree::{Node, What};
use rehearsal_language::program::{Instr, Routine};
use rehearsal_language::types::{SPAN, Type};
use rehearsal_model::calendar::{Civil, DaySet};
use rehearsal_world::plan::{Function, Timer, TimerKind};

impl KindCompiler<'_> {
    pub(super) fn timer(&mut self, sort: &str, node: &Node, env: u32, state: StatePlace) -> Option<u16> {
        if sort == "sources" {
            return self.source(node, env, state);
        }
        let (what, names): (_, &[&'static str]) = match sort {
            "after" => (TimerKind::After, &["!delay", "while", "goto", "do", "name"]),
            "every" => (TimerKind::Every, &["!period", "while", "goto", "do", "name"]),
            _ => (TimerKind::At, &["!time", "days", "while", "goto", "do", "name"]),
        };
        let args = self.tables.arguments(node, names)?;
        let number = self.out.timers.len() as u16;
        let path = format!("{}/{sort}{number}", self.state_path(state));
        self.tables.recorded.timers.insert((self.kind, state, node.at), path.clone());
        let delay = match what {
            TimerKind::At => self.moment(&args.need("time"), args.get("days"), env, state, &path),
            _ => {
                let span = args.need(if what == TimerKind::After { "delay" } else { "period" });
                self.span(&span, env, state, what, &path)
            }
        };
        let condition = args.get("while").cloned().and_then(|condition| {
            let place = self.place(state, EventShape::None, Purpose::Value, &path);
            value_routine(self.program, self.tables, &place, &condition, env, Some(&Type::Bool)).map(|(routine, _)| routine)
        });
        let mut body = args.get("do").map(Node::items).unwrap_or_default();
        if let Some(goto) = args.get("goto") {
            body.push(Node { at: goto.at, what: What::Tuple("Goto".into(), vec![goto.clone()]) });
        }
        if body.is_empty() {
            self.tables.fault(node.at, "this timer does nothing: give it `goto` or `do`");
        }
        let steps = Node { at: node.at, what: What::List(body) };
        let body = self.steps(&steps, env, state, Purpose::Work, EventShape::None, &path);
        let shared = if condition.is_none() { self.shared_slot(state) } else { None };
        let slot = shared.unwrap_or_else(|| self.tables.kinds[self.kind as usize].slots(2));
        if condition.is_some() {
            self.out.conditional.push(number);
        }
        let goto = args.get("goto").and_then(Node::as_text).map(str::to_owned);
        let name = args.get("name").and_then(Node::as_text).map(str::to_owned);
        self.out.timers.push(Timer { kind: what, place: state, delay: delay?, condition, body, slot, name, goto });
        Some(number)
    }

    /// In a policy's mind, which is thrifty: the place of a timer of another state of the region, which never runs when one
    /// of this state does. One with a condition has a place of its own, because it is looked at in all states.
    fn shared_slot(&self, state: StatePlace) -> Option<u16> {
        let (region, Some(state)) = state? else { return None };
        if !self.tables.kinds[self.kind as usize].policy {
            return None;
        }
        let own = |timer: &&Timer| timer.place == Some((region, Some(state)));
        let taken: Vec<u16> = self.out.timers.iter().filter(own).map(|timer| timer.slot).collect();
        let beside = |timer: &&Timer| {
            let there = timer.place.is_some_and(|(other, place)| other == region && place.is_some_and(|other| other != state));
            there && timer.condition.is_none()
        };
        self.out.timers.iter().filter(beside).map(|timer| timer.slot).find(|slot| !taken.contains(slot))
    }

    pub(super) fn state_path(&self, state: StatePlace) -> String {
        match state {
            None => "kind".into(),
            Some((region, state)) => {
                let region = &self.tables.kinds[self.kind as usize].regions[region as usize];
                let state = state.map_or("*", |state| region.states[state as usize].name.as_str());
                format!("{}.{state}", region.name)
            }
        }
    }

    pub(super) fn span(&mut self, node: &Node, env: u32, state: StatePlace, what: TimerKind, path: &str) -> Option<Routine> {
        let place = self.place(state, EventShape::None, Purpose::Value, path);
        let mut code = Code::open(self.program, self.tables, &place, 0);
        let value = code.value(node, env, Some(&SPAN));
        if let Some(value) = &value {
            code.not_negative(value.at, node.at, "a timer's span");
            let zero = code.emit.constant(value.at).is_some_and(|word| f64::from_bits(word) == 0.0);
            if zero && what == TimerKind::Every {
                code.tables().fault(node.at, "a period of zero: time would stand still");
            }
        }
        let at = value.as_ref().map(|value| value.at);
        let routine = code.close(at);
        value.map(|_| routine)
    }

    /// The next moment at a time of day.
    fn moment(&mut self, time: &Node, days: Option<&Node>, env: u32, state: StatePlace, path: &str) -> Option<Routine> {
        let days = match days {
            None => DaySet::parse("every day").ok()?,
            Some(node) => {
                let (node, _) = self.tables.resolve(node, env);
                let text = self.tables.name_of(&node, "`days`")?;
                match DaySet::parse(&text) {
                    Ok(days) => days,
                    Err(error) => {
                        self.tables.fault(node.at, error.to_string());
                        return None;
                    }
                }
            }
        };
        let f = self.tables.function(Function::Civil(Civil::NextClock { days }));
        let place = self.place(state, EventShape::None, Purpose::Value, path);
        let mut code = Code::open(self.program, self.tables, &place, 0);
        let value = code.value(time, env, Some(&Type::Clock));
        let d = code.emit.alloc(1);
        if let Some(value) = &value {
            code.emit.push(Instr::Mov { d, a: value.at });
            code.emit.push(Instr::Call { f, d, a: d });
        }
        let routine = code.close(Some(d));
        value.map(|_| routine)
    }
}
