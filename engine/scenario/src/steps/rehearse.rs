//! The step Rehearse: what a policy tries before it acts.

use super::Code;
use crate::args::Arguments;
use crate::fault::Fault;
use crate::scope::EventShape;
use crate::tables::{Aim, Tables};
use crate::tree::Node;
use rehearsal_language::program::Operand;
use rehearsal_language::scope::Scope;
use rehearsal_language::span::Span;
use rehearsal_language::symbol::Symbol;
use rehearsal_language::types::{SPAN, Type};
use rehearsal_world::plan::{Effect, MeasurePlan, Rehearsal};

/// The most ways that one step tries.
const WAYS_MAX: usize = 16;

/// Futures where the step does not say how many.
const FUTURES: u64 = 16;

/// What the step takes.
const ARGUMENTS: &[&str] = &["!of", "!for", "least", "most", "!as", "futures", "chance", "inside", "at_most", "per"];

/// The note in which a policy says what it rehearsed.
const REHEARSED: &str = "rehearsed";

impl Code<'_, '_> {
    pub(super) fn rehearse(&mut self, step: &Node, env: u32) {
        if self.rehearsed(step, env).is_none()
            && let Some(name) = step.get("as").and_then(Node::as_word)
        {
            self.tables().faulty.insert(name.to_owned());
        }
    }

    /// Compiles a rehearsal; `None` where the name of its answer stays unknown.
    fn rehearsed(&mut self, step: &Node, env: u32) -> Option<()> {
        if !self.may_rehearse(step) || !self.may_wait(step) {
            return None;
        }
        // Stated first, so that a fault here is not told again by those who measure it.
        let note = self.rehearsed_note(step);
        let args = self.tables().arguments(step, ARGUMENTS)?;
        let name = self.tables().name_of(&args.need("as"), "`as`")?;
        let of = self.ways(&args.need("of"))?;
        let (measure, most) = self.aim(&args)?;
        let same = self.chance(&args)?;
        let span = self.value(&args.need("for"), env, Some(&SPAN))?;
        self.not_negative(span.at, args.need("for").at, "how far it looks ahead");
        let futures = self.futures(&args, same, env)?;
        let ty = Type::Name(Some(of.clone().into()));
        let inside = self.optional(&args, "inside", env, &ty)?;
        let at_most = self.optional(&args, "at_most", env, &Type::Int)?;
        let at_most = if note.is_none() { Some(self.emit.constants(&[0])) } else { at_most };
        let per = self.optional(&args, "per", env, &SPAN)?;
        if let (Some(per), None) = (args.get("per").cloned(), at_most) {
            let fault = Fault::new(per.at, "`per` says in which stretch there are `at_most` so many, and that is missing");
            self.tables().faults.add(fault.help("as in at_most: 20, per: \"1d\""));
        }
        let (count, site) = (self.counter(), self.scope.site("rehearse"));
        let into = self.fresh(1);
        self.emit.at(step.at.source, Span { start: step.at.start, end: step.at.end });
        let effect = self.effect(Effect::Rehearse(Box::new(Rehearsal {
            of: of.iter().map(|symbol| u64::from(symbol.0)).collect(),
            span: span.at,
            futures,
            measure: 0,
            most,
            same,
            inside,
            at_most,
            per,
            count,
            site,
            note,
            into,
        })));
        self.tables().aims.push(Aim { effect, measure: measure.0, at: measure.1 });
        self.scope.event = EventShape::None;
        self.local(&name, ty, into, env, step.at);
        Some(())
    }

    /// Whether it is a policy that would rehearse; says so where it is not.
    fn may_rehearse(&mut self, step: &Node) -> bool {
        let kind = &self.scope.tables.kinds[self.scope.kind as usize];
        if kind.policy {
            return true;
        }
        let fault = Fault::new(step.at, format!("a {} does not rehearse: only a policy does, before it acts", kind.name));
        self.tables().faults.add(fault.help("rehearse in a rule, a timer or a process of a policy, and tell what was chosen"));
        false
    }

    /// The names of what is tried.
    fn ways(&mut self, node: &Node) -> Option<Vec<Symbol>> {
        let mut of: Vec<Symbol> = Vec::new();
        for item in node.items() {
            let name = self.tables().name_of(&item, "what is tried")?;
            let symbol = self.tables().symbols.intern(&name);
            if of.contains(&symbol) {
                let fault = Fault::new(item.at, format!("`{name}` is tried twice"));
                self.tables().faults.add(fault.help("name each way once; of equals the first is taken"));
                return None;
            }
            of.push(symbol);
        }
        if !(2..=WAYS_MAX).contains(&of.len()) {
            let fault = Fault::new(node.at, format!("2 to {WAYS_MAX} ways are tried, found {}", of.len()));
            self.tables().faults.add(fault.help("as in of: [admit, divert]"));
            return None;
        }
        Some(of)
    }

    /// The measure by which it judges, and whether the most of it is best.
    fn aim(&mut self, args: &Arguments) -> Option<((String, crate::fault::At), bool)> {
        let (node, most) = match (args.get("least"), args.get("most")) {
            (Some(least), None) => (least.clone(), false),
            (None, Some(most)) => (most.clone(), true),
            _ => {
                let fault = Fault::new(args.at, "Rehearse(...) takes either `least` or `most`: the measure that it judges by");
                self.tables().faults.add(fault.help("as in least: cost, where cost is one of the Measures"));
                return None;
            }
        };
        Some(((self.tables().name_of(&node, "the measure that it judges by")?, node.at), most))
    }

    /// Whether the future has the run's own chance.
    fn chance(&mut self, args: &Arguments) -> Option<bool> {
        match args.get("chance") {
            None => Some(false),
            Some(node) => match node.as_text() {
                Some("fresh") => Some(false),
                Some("same") => Some(true),
                _ => {
                    let fault = Fault::new(node.at, format!("`chance` is fresh or same, found {}", node.describe()));
                    self.tables().faults.add(fault.help(
                        "fresh: futures that may be, as nobody knows which comes; same: the one that will be, where it is known",
                    ));
                    None
                }
            },
        }
    }

    /// How many futures each way is tried in.
    fn futures(&mut self, args: &Arguments, same: bool, env: u32) -> Option<Operand> {
        match args.get("futures").cloned() {
            Some(node) if same => {
                let fault = Fault::new(node.at, "with `chance: same` there is one future, the one that will be");
                self.tables().faults.add(fault.help("leave `futures` out, or let the chance be fresh"));
                None
            }
            Some(node) => {
                let value = self.value(&node, env, Some(&Type::Int))?;
                self.at_least_one(value.at, &node);
                Some(value.at)
            }
            None => Some(self.emit.constants(&[if same { 1 } else { FUTURES }])),
        }
    }

    fn at_least_one(&mut self, at: Operand, node: &Node) {
        if let Some(found) = self.emit.constant(at).map(|word| word as i64).filter(|found| !(1..=10_000).contains(found)) {
            let fault = Fault::new(node.at, format!("{found} futures: it is a whole number from 1 to 10000"));
            self.tables().faults.add(fault.help("more futures tell close ways apart; 16 are a good beginning"));
        }
    }

    /// A value that may be left out; `None` where it has a fault.
    fn optional(&mut self, args: &Arguments, name: &str, env: u32, want: &Type) -> Option<Option<Operand>> {
        match args.get(name).cloned() {
            Some(node) => self.value(&node, env, Some(want)).map(|value| Some(value.at)),
            None => Some(None),
        }
    }

    /// Two words of the row in which the first mind counts.
    fn counter(&mut self) -> u16 {
        let kind = self.scope.kind;
        self.scope.tables.kinds[kind as usize].slots(2)
    }

    /// The note that says what came of it, which this kind states; none in shadow.
    fn rehearsed_note(&mut self, step: &Node) -> Option<u16> {
        let kind = self.scope.kind;
        let tables = &mut *self.scope.tables;
        let note = tables.notes.id(REHEARSED);
        let shape = [("chosen", Type::Name(None)), ("futures", Type::Int), ("events", Type::Int)];
        let shape = shape.map(|(name, ty)| (name.to_owned(), ty));
        if tables.notes.sent(note, &shape).is_err() {
            let fault = Fault::new(step.at, "a note `rehearsed` with other values is stated elsewhere");
            tables.faults.add(fault.help("call that note something else: this one says what a policy rehearsed"));
        }
        if tables.kinds[kind as usize].shadow {
            return None;
        }
        tables.stated.insert((note, kind));
        Some(note)
    }
}

impl Tables {
    /// Gives each rehearsal the place of the measure that it judges by.
    pub(crate) fn aim_rehearsals(&mut self, measures: &[MeasurePlan]) {
        for Aim { effect, measure, at } in std::mem::take(&mut self.aims) {
            let found = measures.iter().position(|have| have.name == measure && !have.hidden);
            match (found, &mut self.effects[effect as usize]) {
                (Some(found), Effect::Rehearse(step)) => step.measure = found,
                _ => {
                    let names: Vec<String> = measures.iter().filter(|have| !have.hidden).map(|have| have.name.clone()).collect();
                    self.unknown(at, "measure", &measure, names.iter().map(String::as_str));
                }
            }
        }
    }
}
