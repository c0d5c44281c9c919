//! Rules: the event that each looks at, its condition, and what it does.

use super::PolicyCompiler;
use super::conditions::{Given, condition};
use super::reads::reads;
use crate::code::{Place, Purpose, value_routine};
use crate::scope::EventShape;
use crate::tree::{Node, What};
use rehearsal_language::types::SPAN;
use rehearsal_policy::select::Index;
use rehearsal_world::plan::{ANY, Handler, Kind, Rule};

impl PolicyCompiler<'_> {
    pub(super) fn rules(&mut self) {
        let info = self.kinds.tables.kinds[self.kinds.kind as usize].clone();
        for (region, region_info) in info.regions.iter().enumerate() {
            for (state, state_info) in region_info.states.iter().enumerate() {
                for rule in state_info.node.get("rules").map(Node::items).unwrap_or_default() {
                    self.rule(&rule, state_info.env, Some((region as u16, Some(state as u16))), &state_info.name);
                }
            }
        }
        for (rule, env) in &info.rules {
            self.rule(rule, *env, None, "*");
        }
    }

    fn rule(&mut self, node: &Node, env: u32, state: Option<(u16, Option<u16>)>, state_name: &str) {
        let names = ["!name", "!on", "if", "priority", "again_after", "from", "until", "!do"];
        let Some(args) = self.kinds.tables.arguments(node, &names) else { return };
        let Some(name) = self.kinds.tables.name_of(&args.need("name"), "a rule's name") else { return };
        let on = args.need("on");
        let Some(event_name) = self.kinds.tables.name_of(&on, "an event") else { return };
        let Some(message) = self.event(&event_name, on.at) else { return };
        let event = EventShape::Message(message);
        let path = format!("rules/{state_name}/{name}");
        let guard_node = args.get("if").cloned();
        let place = Place { kind: self.kinds.kind, state, event, purpose: Purpose::Value, path: &path };
        let force = self.kinds.tables.force(args.get("from"), args.get("until")).and(self.force);
        let (tables, program) = (&mut *self.kinds.tables, &mut *self.kinds.program);
        let condition = guard_node.as_ref().map(|guard| condition(program, tables, &place, guard, env)).unwrap_or_default();
        let reads = guard_node.as_ref().map(|guard| reads(program, tables, &place, guard, env)).unwrap_or_default();
        let again_after = args.get("again_after").cloned().and_then(|span| {
            let (routine, _) = value_routine(program, tables, &place, &span, env, Some(&SPAN))?;
            Some((routine, tables.kinds[place.kind as usize].slots(1)))
        });
        let priority =
            args.get("priority").cloned().and_then(|node| tables.plain_number(&node, "a priority")).unwrap_or(0.0) as i32;
        let body = match &condition.unknown {
            Some(_) => {
                let given = Given { present: condition.shown, state, event, path: &path };
                self.kinds.steps_knowing(&args.need("do"), env, given)
            }
            None => {
                let body = self.with_knowledge(&args.need("do"), guard_node.as_ref());
                self.kinds.steps(&body, env, state, Purpose::Work, event, &path)
            }
        };
        let tables = &mut *self.kinds.tables;
        let rule = Rule {
            name: name.clone(),
            place: tables.sources.cite(node.at),
            priority,
            condition: guard_node.as_ref().and_then(Node::as_text).map(str::to_owned),
            reads,
            unknown: condition.unknown,
            force,
            goto: args.need("do").items().iter().rev().find(|step| step.head() == "Goto").and_then(goto_name),
            again_after,
            symbol: tables.symbols.intern(&name),
        };
        let number = self.kinds.out.rules.len() as u16;
        self.kinds.out.rules.push(rule);
        let (region, state) = state.map_or((ANY, ANY), |(region, state)| (region, state.unwrap_or(ANY)));
        self.kinds.add_handler(message, Handler { region, state, guard: condition.guard, body, rule: Some(number) });
    }

    /// What a rule's condition shows to be there, its steps may read: they stand inside an `If` of the same test.
    fn with_knowledge(&mut self, steps: &Node, guard: Option<&Node>) -> Node {
        let Some(guard) = guard else { return steps.clone() };
        let Some(expr) = self.kinds.tables.expression(guard) else { return steps.clone() };
        let mut shown = Vec::new();
        rehearsal_language::compile::shown_present(&expr, true, &mut shown);
        if shown.is_empty() {
            return steps.clone();
        }
        let entries = vec![("test".to_owned(), guard.at, guard.clone()), ("then".to_owned(), steps.at, steps.clone())];
        Node { at: steps.at, what: What::List(vec![Node { at: steps.at, what: What::Record("If".into(), entries) }]) }
    }
}

fn goto_name(step: &Node) -> Option<String> {
    match &step.what {
        What::Tuple(_, items) => items.first().and_then(Node::as_text).map(str::to_owned),
        What::Record(..) => step.get("state").and_then(Node::as_text).map(str::to_owned),
        _ => None,
    }
}

/// Higher priority first; a state's own rules before those of every state; then the order of the file.
pub(super) fn sort_rules(kind: &mut Kind) {
    let priorities: Vec<i32> = kind.rules.iter().map(|rule| rule.priority).collect();
    for handlers in &mut kind.handlers {
        let rank = |handler: &Handler| {
            let priority = handler.rule.map_or(0, |rule| priorities[rule as usize]);
            (std::cmp::Reverse(priority), handler.state == ANY)
        };
        handlers.sort_by_key(rank);
    }
    kind.index = kind.handlers.iter().map(|handlers| index(kind, handlers)).collect();
}

/// Which of the handlers of a message can match, by state of the outermost region.
fn index(kind: &Kind, handlers: &[Handler]) -> Index {
    let outermost = |handler: &Handler| {
        let (mut region, mut state) = (handler.region, handler.state);
        while let Some((outer, around)) = kind.regions.get(region as usize).and_then(|region| region.parent) {
            (region, state) = (outer, around);
        }
        (state != ANY).then_some(state)
    };
    let states = kind.regions.first().map_or(0, |region| region.states.len());
    Index::new(states, handlers.iter().map(outermost))
}
