//! Policies that stand alone: the same text, compiled so that levers are called by name rather than carried out.

use super::{Interface, PolicyCompiler};
use crate::code::Code;
use crate::fault::{At, Fault, Faults};
use crate::kinds::KindCompiler;
use crate::load::Mind;
use crate::tables::{Procedure, Tables, Taken};
use crate::tree::Node;
use rehearsal_language::program::{Base, Instr, Operand, Program, Routine};
use rehearsal_language::types::Type;
use rehearsal_model::calendar::Calendar;
use rehearsal_policy::engine::{
    Act, Asked, Carried, EventPlan, FeaturePlan, Fed, Guard, Known, Number, PatternPlan, Playbook, RulePlan, Sort, StatePlan,
    StepPlan, TimerPlan, UnknownPlan,
};
use rehearsal_policy::select::Force;
use rehearsal_world::plan::{ANY, Effect, Function, Handler, Kind, PatternStep, Put, Rule, Schema, TimerKind};

/// The day from which moments count: before any event that is streamed, and far from the end of time.
const EPOCH: &str = "1970-01-01 00:00";

/// Steps that ask nothing of a world.
const STEPS: &[&str] = &["If", "Let", "ForEach", "Repeat", "Do", "Goto", "Note", "Refuse", "LookUp"];

impl Tables {
    /// A policy compiled to stand alone; called when all passes are done, as it compiles the mind anew.
    ///
    /// # Errors
    /// What it asks of a world.
    pub(crate) fn playbook(&mut self, interface: &Interface, policy: &Mind, words: u16) -> Result<Playbook, Faults> {
        let (name, mind) = (policy.name.as_str(), policy.kind);
        self.recorded.features.retain(|(kind, _)| *kind != mind);
        let calendar = self.calendar.replace(epoch());
        let start = calendar.as_ref().and_then(|calendar| epoch().since_start(&calendar.datetime(0)).ok());
        let later = |moment: u64| moment.saturating_add(start.map_or(0, |start| start.max(0).unsigned_abs()));
        let force = Force { from: policy.force.from.map(later), until: policy.force.until.map(later) };
        let faults = std::mem::take(&mut self.faults);
        (self.effects, self.functions, self.alone) = (Vec::new(), Vec::new(), Some(Vec::new()));
        self.kinds[mind as usize].words = words;
        self.kinds[mind as usize].sites.clear();
        let mut program = Program::default();
        let tables = self.compile_tables(&mut program);
        let compiler =
            KindCompiler { tables: self, program: &mut program, kind: mind, out: Kind::default(), sources: Vec::new() };
        let (kind, _) = PolicyCompiler { kinds: compiler, interface, force, patterns: Vec::new() }.run(name);
        self.calendar = calendar;
        let acts = self.alone.take().unwrap_or_default();
        let book = Alone { tables: self, kind: &kind, program: &program, mind }.playbook(name, interface, acts);
        let found = std::mem::replace(&mut self.faults, faults);
        if found.is_empty() { Ok(Playbook { program, tables, ..book }) } else { Err(found.finish(self.sources.clone())) }
    }
}

fn epoch() -> Calendar {
    Calendar::new(EPOCH).expect("a date")
}

/// Puts a playbook together from a mind.
struct Alone<'a> {
    tables: &'a mut Tables,
    kind: &'a Kind,
    program: &'a Program,
    mind: u16,
}

impl Alone<'_> {
    fn playbook(&mut self, name: &str, interface: &Interface, acts: Vec<Act>) -> Playbook {
        let mut messages: Vec<u16> = Vec::new();
        let rules = self.rules(&mut messages);
        let features = self.features(&mut messages);
        let patterns = self.patterns(&mut messages);
        let events = messages.iter().map(|message| self.event(*message)).collect();
        let functions = self.tables.functions.iter().map(|function| match function {
            Function::Civil(civil) => Asked::Civil(civil.clone()),
            Function::Remembered { state, .. } => {
                features.iter().position(|plan| plan.slot == *state).map_or(Asked::World, |at| Asked::Feature(at as u16))
            }
            _ => Asked::World,
        });
        let functions = functions.collect();
        let mut book = Playbook {
            name: name.to_owned(),
            about: self.tables.kind_name(interface.about),
            program: Program::default(),
            symbols: self.tables.symbols.clone(),
            calendar: epoch(),
            functions,
            row: self.tables.kinds[self.mind as usize].words,
            events,
            knows: self.knows(interface),
            features,
            patterns,
            states: Vec::new(),
            initial: self.kind.regions.first().map_or(0, |region| region.initial),
            rules,
            tables: Vec::new(),
            acts,
            sources: self.tables.sources.files.clone(),
        };
        book.states = self.states();
        book
    }

    fn knows(&self, interface: &Interface) -> Vec<Known> {
        let names = ["profile"].into_iter().chain(interface.knows.iter().map(|(name, ..)| name.as_str()));
        let info = &self.tables.kinds[self.mind as usize];
        let known = |name| {
            let field = info.field(name)?;
            Some(Known { name: field.name.clone(), ty: field.ty.clone(), slot: field.slot })
        };
        names.filter_map(known).collect()
    }

    fn event(&self, message: u16) -> EventPlan {
        let schema = &self.tables.messages.known[message as usize];
        let carried = |field: &rehearsal_world::plan::Payload| Carried {
            name: field.name.clone(),
            ty: field.ty.clone(),
            offset: field.offset,
        };
        EventPlan { name: schema.name.clone(), fields: schema.fields.iter().map(carried).collect(), words: schema.words }
    }

    fn rules(&mut self, messages: &mut Vec<u16>) -> Vec<RulePlan> {
        let kind = self.kind;
        let mut rules = Vec::new();
        for (message, handlers) in (0..).zip(&kind.handlers) {
            for handler in handlers {
                let Some(rule) = handler.rule.map(|rule| &kind.rules[rule as usize]) else { continue };
                let event = number(messages, message);
                rules.push(self.rule(event, handler, rule));
            }
        }
        rules
    }

    fn rule(&self, event: u16, handler: &Handler, rule: &Rule) -> RulePlan {
        let guard = self.guard(handler.guard);
        RulePlan {
            name: rule.name.clone(),
            place: rule.place.clone(),
            priority: rule.priority,
            event,
            state: (handler.state != ANY).then_some(handler.state),
            condition: rule.condition.clone(),
            guard,
            unknown: rule.unknown.as_ref().map(|unknown| UnknownPlan {
                fails: unknown.fails,
                missable: unknown.missable.iter().map(|missable| (missable.phrase.clone(), missable.present)).collect(),
            }),
            force: rule.force,
            reads: rule.reads.clone(),
            again_after: rule.again_after.map(|(routine, _)| routine),
            body: handler.body,
            goto: rule.goto.clone(),
        }
    }

    /// The features that the policy reads.
    fn features(&self, messages: &mut Vec<u16>) -> Vec<FeaturePlan> {
        let info = &self.tables.kinds[self.mind as usize];
        let read = &self.tables.recorded.features;
        let mut features = Vec::new();
        for remembered in self.kind.remembers.iter().filter(|own| read.contains(&(self.mind, own.name.clone()))) {
            features.push(FeaturePlan {
                name: remembered.name.clone(),
                event: number(messages, remembered.message),
                value: remembered.value.map(|routine| self.number(routine, remembered.whole)),
                test: self.guard(remembered.test),
                feature: remembered.feature,
                ty: info.field(&remembered.name).map_or(Type::Int, |field| field.ty.clone()),
                slot: remembered.state,
            });
        }
        features
    }

    fn patterns(&self, messages: &mut Vec<u16>) -> Vec<PatternPlan> {
        let mut patterns = Vec::new();
        for looked in &self.kind.patterns {
            let step = |step: &PatternStep, messages: &mut Vec<u16>| StepPlan {
                event: number(messages, step.message),
                test: self.guard(step.test),
                worse: step.worse.map(|compared| (compared.worse, self.number(compared.value, compared.whole))),
                bits: step.bits,
            };
            patterns.push(PatternPlan {
                name: looked.name.clone(),
                event: number(messages, looked.message),
                pattern: looked.pattern,
                steps: looked.steps.iter().map(|written| step(written, messages)).collect(),
            });
        }
        patterns
    }

    fn guard(&self, routine: Option<Routine>) -> Guard {
        routine.map_or(Guard::Always, |routine| Guard::of(self.program, routine, &|f| self.feature_slot(f)))
    }

    /// The row word of the feature whose value a function gives.
    fn feature_slot(&self, f: u16) -> Option<u16> {
        match self.tables.functions.get(f as usize) {
            Some(Function::Remembered { state, .. }) => Some(*state),
            _ => None,
        }
    }

    fn number(&self, routine: Routine, whole: bool) -> Number {
        let at = Operand(routine.result);
        let fed = match self.program.code[routine.start as usize] {
            Instr::End if at.base() == Base::Event => Fed::Word(at.index()),
            _ => Fed::Routine(routine),
        };
        Number { fed, whole }
    }

    fn states(&mut self) -> Vec<StatePlan> {
        let kind = self.kind;
        let info = self.tables.kinds[self.mind as usize].clone();
        if !info.sites.is_empty() {
            let help = "decide by what is seen, known and remembered";
            let at = info.regions.first().map_or(At::default(), |region| region.initial.at);
            self.tables.faults.add(Fault::new(at, "this policy draws lots: it cannot stand alone").help(help));
        }
        let Some(region) = kind.regions.first() else { return Vec::new() };
        if let Some(inner) = info.regions.iter().find(|region| region.parent.is_some()) {
            let fault = Fault::new(inner.initial.at, "states in states: a policy that stands alone has one level of them");
            self.tables.faults.add(fault.help("give each its own state, at the same level"));
        }
        let mut states = Vec::new();
        for (state, written) in region.states.iter().zip(&info.regions[0].states) {
            let timers = state.timers.iter().filter_map(|timer| self.timer(*timer, written.node.at)).collect();
            states.push(StatePlan {
                name: state.name.clone(),
                entry: state.entry,
                exit: state.exit,
                process: state.process,
                timers,
                takes: written.takes.iter().flat_map(|(_, ty, slot)| *slot..*slot + ty.width()).collect(),
            });
        }
        states
    }

    fn timer(&mut self, number: u16, at: At) -> Option<TimerPlan> {
        let timer = &self.kind.timers[number as usize];
        if timer.condition.is_some() {
            let fault = Fault::new(at, "a timer with `while`: a policy that stands alone has none");
            self.tables.faults.add(fault.help("ask for the condition in a rule, or in an If of the timer's `do`"));
            return None;
        }
        let origin = self.program.origin(timer.body.start)?;
        let place = At { source: origin.source, start: origin.span.start, end: origin.span.end };
        Some(TimerPlan {
            name: timer.name.clone().unwrap_or_else(|| "time".into()),
            place: self.tables.sources.cite(place),
            delay: timer.delay,
            moment: timer.kind == TimerKind::At,
            again: timer.kind != TimerKind::After,
            body: timer.body,
            goto: timer.goto.clone(),
        })
    }
}

/// The number of an event by its message; given on first sight.
fn number(messages: &mut Vec<u16>, message: u16) -> u16 {
    let at = messages.iter().position(|have| *have == message).unwrap_or_else(|| {
        messages.push(message);
        messages.len() - 1
    });
    at as u16
}

impl Code<'_, '_> {
    /// Whether a step may stand in a policy that stands alone; says so where it may not.
    pub(crate) fn may_stand_alone(&mut self, step: &Node) -> bool {
        let head = step.head();
        if self.scope.tables.alone.is_none() || STEPS.contains(&head) || self.scope.tables.procedures.contains_key(head) {
            return true;
        }
        let fault = Fault::new(step.at, format!("{head}(...) asks for a world: a policy that stands alone cannot do it"));
        self.tables().faults.add(fault.help("use a lever, or a timer of its state"));
        false
    }

    /// What an effect comes to where nothing is carried out.
    pub(crate) fn hand_on(&mut self, effect: &Effect) -> u32 {
        let act = match effect {
            Effect::Goto { state, with, .. } => {
                Act::Goto { state: *state, with: with.iter().map(|put| (put.from, put.words, put.to)).collect() }
            }
            Effect::Note { note, with } => {
                let schema = &self.scope.tables.notes.known[*note as usize];
                Act::Call { sort: Sort::Note, name: schema.name.clone(), with: named(schema, with) }
            }
            Effect::LookUp { table, with, words, into, found } => {
                let with = with.iter().map(|put| (put.from, put.words, put.to)).collect();
                Act::LookUp { table: *table, with, words: *words, into: *into, found: *found }
            }
            Effect::Refuse { reason } => {
                let with = vec![("reason".to_owned(), Type::Name(None), *reason)];
                Act::Call { sort: Sort::Refusal, name: "refused".into(), with }
            }
            // What else a step could lead to, it was refused for.
            _ => Act::Call { sort: Sort::Refusal, name: "refused".into(), with: Vec::new() },
        };
        self.act(act)
    }

    fn act(&mut self, act: Act) -> u32 {
        let acts = self.scope.tables.alone.get_or_insert_default();
        acts.push(act);
        let id = (acts.len() - 1) as u32;
        self.emit.push(Instr::Effect { id });
        id
    }

    /// Calls a lever by name, with the values of its parameters.
    pub(crate) fn call_alone(&mut self, name: &str, procedure: &Procedure, entries: &[(String, At, Node)], env: u32) {
        let mark = self.emit.mark();
        let mut with = Vec::new();
        for (parameter, taken) in &procedure.params {
            let Some((_, _, node)) = entries.iter().find(|(have, ..)| have == parameter) else { continue };
            if *taken == Taken::Steps {
                let fault = Fault::new(node.at, format!("`{parameter}` takes steps: nobody could carry them out"));
                self.tables().faults.add(fault.help("a policy that stands alone calls levers that take values"));
                continue;
            }
            let want = (*taken == Taken::Name).then_some(Type::Name(None));
            let Some(value) = self.value(node, env, want.as_ref()) else { continue };
            // Kept until the call: what is computed next may use the same words.
            let at = self.emit.alloc(value.ty.width());
            self.emit.copy(at, value.at, value.ty.width());
            with.push((parameter.clone(), value.ty, at));
        }
        self.act(Act::Call { sort: Sort::Lever, name: name.to_owned(), with });
        self.release(mark);
    }
}

/// What a note says, with its names and types.
fn named(schema: &Schema, with: &[Put]) -> Vec<(String, Type, Operand)> {
    let field = |put: &Put| {
        let field = schema.fields.iter().find(|field| field.offset == put.to)?;
        Some((field.name.clone(), field.ty.clone(), put.from))
    };
    with.iter().filter_map(field).collect()
}
