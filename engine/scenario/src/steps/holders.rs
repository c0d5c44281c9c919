//! Steps that hold: Seize, Release, Join, Admit, Take, Fill, Reserve, Cancel.

use super::Code;
use crate::args::Arguments;
use crate::code::Purpose;
use crate::fault::{At, Fault};
use crate::scope::EventShape;
use crate::tree::Node;
use rehearsal_language::compile::{Compiler, Value};
use rehearsal_language::emit::Jump;
use rehearsal_language::program::{Base, Instr, Operand, Routine};
use rehearsal_language::scope::Scope;
use rehearsal_language::types::{HolderKind, Kinds, SPAN, Type};
use rehearsal_world::plan::{Effect, FRAME_REASON};

/// The most of those let in at once who have a name together.
const ADMITTED_MAX: u16 = 64;

impl Code<'_, '_> {
    pub(super) fn seize(&mut self, step: &Node, env: u32) {
        if !self.may_wait(step) {
            return;
        }
        let joins = step.head() == "Join";
        let seizing = ["!resource", "as", "units", "priority", "balk_if", "renege_after", "pick", "preempted", "else"];
        let joining = ["!line", "priority", "balk_if", "renege_after", "else"];
        let (names, what): (&[_], &[_]) = match joins {
            true => (&joining, &[HolderKind::Line]),
            false => (&seizing, &[HolderKind::Resource, HolderKind::Pool]),
        };
        let Some(args) = self.tables().arguments(step, names) else { return };
        let node = args.need(if joins { "line" } else { "resource" });
        let claim = self.fresh(1);
        let Some((holder, kind)) = self.holder(&node, env, what) else {
            // Its name stays known, and what else is said of it is compiled.
            if let Some(name) = args.get("as").and_then(Node::as_word).map(str::to_owned) {
                self.tables().faulty.insert(name.clone());
                self.name_claim(&name, claim, env);
            }
            let steps = args.get("else").map(Node::items).unwrap_or_default();
            return self.steps(&steps, env);
        };
        self.claims.push(claim.index());
        if joins {
            self.may_join(&node);
        }
        if let Some(preempted) = args.get("preempted") {
            self.may_be_preempted(&node, kind, preempted.at);
        }
        let units = self.how_many(&args, env, 1);
        if kind == HolderKind::Pool
            && let Some(units) = args.get("units")
        {
            let fault = Fault::new(units.at, "a Pool gives one unit to each Seize, and takes no `units`");
            self.tables().faults.add(fault.help("seize several one after another, or let them be units of a Resource"));
        }
        let priority =
            args.get("priority").cloned().and_then(|priority| self.value(&priority, env, Some(&Type::Int))).map(|value| value.at);
        let renege_after = args.get("renege_after").cloned().and_then(|span| {
            let value = self.value(&span, env, Some(&SPAN))?;
            self.not_negative(value.at, span.at, "patience");
            Some(value.at)
        });
        if (renege_after.is_some() || args.get("balk_if").is_some()) && args.get("else").is_none() {
            let message = format!("{}(...) may fail, so it needs `else`: what to do when nothing was granted", step.head());
            self.tables().faults.add(Fault::new(step.at, message).help("as in else: [Note(went_away), Goto(home)]"));
        }
        let unit_kind = self.unit_kind(kind, &node);
        let pick = match args.get("pick").cloned() {
            Some(pick) => self.pick(&pick, unit_kind, env),
            None => None,
        };
        let balk = args.get("balk_if").cloned().and_then(|balk| self.balk(&balk, env));
        let id = self.effect(Effect::Seize {
            holder: holder.at,
            kind,
            claim,
            units,
            priority,
            renege_after,
            pick,
            unit: None,
            preempted: None,
            otherwise: 0,
        });
        self.scope.event = EventShape::None;
        if let Some(preempted) = args.get("preempted").cloned() {
            let here = self.leaving(&preempted, env, "`preempted` of Seize(...) has to leave: the units are gone");
            if let Effect::Seize { preempted, .. } = &mut self.scope.tables.effects[id as usize] {
                *preempted = Some(here);
            }
        }
        if let Some(otherwise) = args.get("else").cloned() {
            let over = self.emit.jump(Instr::Jmp { t: 0 });
            if let Some(balk) = balk {
                self.emit.land(balk);
            }
            let here = self.emit.here();
            if let Effect::Seize { otherwise, .. } = &mut self.scope.tables.effects[id as usize] {
                *otherwise = here;
            }
            let list = otherwise.items();
            if !self.leaves(&list, env) {
                let fault = Fault::new(otherwise.at, format!("`else` of {}(...) has to leave: nothing is held", step.head()));
                self.tables().faults.add(fault.help("end it with Goto(...) or End"));
            }
            self.steps(&list, env);
            self.emit.push(Instr::End);
            self.emit.land(over);
        }
        if let Some(name) = args.get("as").and_then(Node::as_word).map(str::to_owned) {
            self.name_claim(&name, claim, env);
            if let Some(unit) = unit_kind {
                self.local(&name, Type::Ref { kinds: Kinds::One(unit), inside: true }, claim, env, step.at);
            }
        }
    }

    /// Who stands in a line has to be of those that it is of: they are read as such.
    fn may_join(&mut self, node: &Node) {
        let (own, kinds) = (self.scope.own_kind().list(), self.line_kinds(node));
        if !matches!(kinds, Kinds::Any)
            && let Some(kind) = own.iter().find(|kind| !kinds.list().contains(kind))
        {
            let names: Vec<String> = kinds.list().iter().map(|kind| self.tables().kind_name(*kind)).collect();
            let message =
                format!("a {} cannot stand in this line, which is of {}", self.tables().kind_name(*kind), names.join(", "));
            let fault = Fault::new(node.at, message);
            self.tables().faults.add(fault.help("let the line be of their kind, or of a mixin that all who join are like"));
        }
    }

    /// Only units of a Resource with `discipline: Preemptive` are ever taken away.
    fn may_be_preempted(&mut self, node: &Node, kind: HolderKind, at: At) {
        let discipline = self.holder_named(node, kind).map(|(node, _)| node.get("discipline").map(|word| word.head().to_owned()));
        if discipline.is_some_and(|discipline| discipline.as_deref() != Some("Preemptive")) {
            let fault = Fault::new(at, "nobody is ever preempted here, so these steps are never done");
            self.tables().faults.add(fault.help("give the resource discipline: Preemptive, or leave `preempted` out"));
        }
    }

    /// Steps apart from the way of the program, which have to leave; gives where they begin.
    fn leaving(&mut self, node: &Node, env: u32, must: &str) -> u32 {
        let over = self.emit.jump(Instr::Jmp { t: 0 });
        let here = self.emit.here();
        let list = node.items();
        if !self.leaves(&list, env) {
            let fault = Fault::new(node.at, must);
            self.tables().faults.add(fault.help("end it with Goto(...) or End"));
        }
        self.steps(&list, env);
        self.emit.push(Instr::End);
        self.emit.land(over);
        here
    }

    /// How many units a step asks for, where it says so.
    fn how_many(&mut self, args: &Arguments, env: u32, least: i64) -> Option<Operand> {
        let node = args.get("units")?.clone();
        let units = self.value(&node, env, Some(&Type::Int))?.at;
        self.at_least(least, units, node.at);
        Some(units)
    }

    /// Lets those in a line go on.
    pub(super) fn admit(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!line", "units", "where", "as"]) else { return };
        let node = args.need("line");
        let Some((holder, _)) = self.holder(&node, env, &[HolderKind::Line]) else { return };
        let units = self.how_many(&args, env, 0);
        let kinds = self.line_kinds(&node);
        let only = args.get("where").cloned().and_then(|test| self.candidate(&test, kinds.clone(), env));
        let into = args.get("as").and_then(Node::as_word).map(str::to_owned).map(|name| {
            let known = units.map_or(Some(1), |at| self.emit.constant(at)).and_then(|units| u16::try_from(units).ok());
            let most = known.unwrap_or(ADMITTED_MAX).clamp(1, ADMITTED_MAX);
            let d = self.emit.alloc(most + 1);
            (name, d, most)
        });
        self.effect(Effect::Admit { holder: holder.at, units, only, into: into.as_ref().map(|(_, d, most)| (*d, *most)) });
        if let Some((name, d, most)) = into {
            let ty = Type::List(Box::new(Type::Ref { kinds, inside: true }), most);
            self.local(&name, ty, d, env, step.at);
        }
    }

    /// The kinds of those who may stand in a line.
    fn line_kinds(&mut self, node: &Node) -> Kinds {
        self.holder_named(node, HolderKind::Line)
            .and_then(|(node, env)| {
                let (of, _) = self.scope.tables.resolve(node.get("of")?, env);
                self.scope.tables.kinds_named(of.as_text()?)
            })
            .unwrap_or(Kinds::Any)
    }

    /// A test of a candidate, `it`, as code apart from the way of the program.
    fn candidate(&mut self, node: &Node, kinds: Kinds, env: u32) -> Option<(Operand, Routine)> {
        let it = self.fresh(1);
        let skip = self.emit.jump(Instr::Jmp { t: 0 });
        let start = self.emit.here();
        self.local("it", Type::Ref { kinds, inside: true }, it, env, node.at);
        let value = self.value(node, env, Some(&Type::Bool));
        self.scope.pop_local();
        let result = self.fresh(1);
        let routine = value.map(|value| {
            self.emit.copy(result, value.at, 1);
            (it, Routine { start, frame: self.emit.mark(), result: result.0 })
        });
        self.emit.push(Instr::End);
        self.emit.land(skip);
        routine
    }

    /// Puts goods on a shelf.
    pub(super) fn fill(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!stock", "!units"]) else { return };
        let mark = self.emit.mark();
        let Some((holder, _)) = self.holder(&args.need("stock"), env, &[HolderKind::Stock]) else { return };
        if let Some(units) = self.how_many(&args, env, 0) {
            self.effect(Effect::Fill { holder: holder.at, units });
        }
        self.release(mark);
    }

    /// How a holder of a sort is written, found by the name that an expression ends with.
    fn holder_named(&mut self, node: &Node, wanted: HolderKind) -> Option<(Node, u32)> {
        let expr = self.tables().expression(node)?;
        let name = match &expr.node {
            rehearsal_language::ast::Node::Member { name, .. } | rehearsal_language::ast::Node::Name(name) => name.clone(),
            _ => return None,
        };
        let holders = self.scope.tables.kinds.iter().flat_map(|kind| &kind.holders);
        let mut found =
            holders.filter(|(have, kind, ..)| *have == name && *kind == wanted).map(|(_, _, node, env)| (node.clone(), *env));
        found.next_back()
    }

    /// The kind of a pool's units.
    fn unit_kind(&mut self, kind: HolderKind, node: &Node) -> Option<u16> {
        if kind != HolderKind::Pool {
            return None;
        }
        let (holder, inner) = self.holder_named(node, HolderKind::Pool)?;
        let (kind, _) = self.scope.tables.resolve(holder.get("kind")?, inner);
        self.scope.tables.kind_ids.get(kind.as_word()?).copied()
    }

    /// The cost of a candidate, `it`, as code apart from the way of the program.
    fn pick(&mut self, node: &Node, unit: Option<u16>, env: u32) -> Option<(Operand, Routine)> {
        let unit = unit?;
        let it = self.fresh(1);
        let skip = self.emit.jump(Instr::Jmp { t: 0 });
        let start = self.emit.here();
        let ty = Type::Ref { kinds: Kinds::One(unit), inside: true };
        self.local("it", ty, it, env, node.at);
        let value = self.value(node, env, None);
        self.scope.pop_local();
        let result = self.fresh(1);
        let routine = match value {
            Some(value) if matches!(value.ty, Type::Quantity(_)) => {
                self.emit.copy(result, value.at, 1);
                Some((it, Routine { start, frame: self.emit.mark(), result: result.0 }))
            }
            Some(value) => {
                let text = self.describe(&value.ty);
                self.tables()
                    .fault(node.at, format!("`pick` gives a number for each candidate, the least is taken; found {text}"));
                None
            }
            None => None,
        };
        self.emit.push(Instr::End);
        self.emit.land(skip);
        routine
    }

    /// A jump that is taken when the queue is not joined at all.
    fn balk(&mut self, node: &Node, env: u32) -> Option<rehearsal_language::emit::Jump> {
        let mark = self.emit.mark();
        let condition = self.value(node, env, Some(&Type::Bool))?;
        self.release(mark);
        let stay = self.emit.jump(Instr::Jz { a: condition.at, t: 0 });
        let symbol = self.scope.symbols().intern("balked");
        let word = self.emit.constants(&[u64::from(symbol.0)]);
        self.emit.push(Instr::Mov { d: Operand::new(Base::Frame, FRAME_REASON), a: word });
        let away = self.emit.jump(Instr::Jmp { t: 0 });
        self.emit.land(stay);
        Some(away)
    }

    pub(super) fn give_back(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!claim"]) else { return };
        let node = args.need("claim");
        let Some(name) = self.tables().name_of(&node, "a claim") else { return };
        match self.claim(&name, env) {
            Some(claim) => {
                self.effect(Effect::Release { claim });
            }
            None => {
                let names: Vec<String> = self.claim_names.iter().map(|claim| claim.name.clone()).collect();
                let help = rehearsal_language::compile::nearest(&name, names.iter().map(String::as_str))
                    .map(|near| format!("did you mean `{near}`?"))
                    .unwrap_or_else(|| "Release(x) gives back what Seize(..., as: x) got".into());
                self.tables().faults.add(Fault::new(node.at, format!("nothing was seized as `{name}` here")).help(help));
            }
        }
    }

    pub(super) fn take(&mut self, step: &Node, env: u32) {
        if self.purpose == Purpose::Edge && !self.may_wait(step) {
            return;
        }
        let Some(args) = self.tables().arguments(step, &["!stock", "units", "else"]) else { return };
        let mark = self.emit.mark();
        let Some((holder, _)) = self.holder(&args.need("stock"), env, &[HolderKind::Stock]) else { return };
        let units = match args.get("units") {
            Some(_) => self.how_many(&args, env, 1),
            None => Some(self.emit.constants(&[1])),
        };
        let Some(units) = units else { return };
        let waits = self.purpose == Purpose::Work;
        let otherwise = args.get("else").cloned();
        let jumps = if otherwise.is_some() { self.unless_there(&holder, units) } else { Vec::new() };
        self.effect(Effect::Take { holder: holder.at, units, waits });
        if let Some(otherwise) = otherwise {
            let over = self.emit.jump(Instr::Jmp { t: 0 });
            jumps.into_iter().for_each(|jump| self.emit.land(jump));
            let symbol = self.scope.symbols().intern("sold_out");
            let word = self.emit.constants(&[u64::from(symbol.0)]);
            self.emit.push(Instr::Mov { d: Operand::new(Base::Frame, FRAME_REASON), a: word });
            let list = otherwise.items();
            if !self.leaves(&list, env) {
                let fault = Fault::new(otherwise.at, "`else` of Take(...) has to leave: nothing was taken");
                self.tables().faults.add(fault.help("end it with Goto(...) or End"));
            }
            self.steps(&list, env);
            self.emit.push(Instr::End);
            self.emit.land(over);
        } else if waits {
            self.scope.event = EventShape::None;
        }
        self.release(mark);
    }

    /// Jumps that are taken unless so many units are on a shelf and nobody waits for them.
    fn unless_there(&mut self, holder: &Value, units: Operand) -> Vec<Jump> {
        let span = rehearsal_language::span::Span { start: 0, end: 0 };
        let mut jumps = Vec::new();
        let (zero, wanted) = (self.emit.float(0.0), self.emit.alloc(1));
        self.emit.push(Instr::ToF { d: wanted, a: units });
        for reading in ["level", "queue"] {
            let mut compiler = Compiler { emit: &mut self.emit, scope: &mut self.scope, present: Vec::new() };
            let Ok(value) = compiler.runtime_call(reading, std::slice::from_ref(holder), span) else { continue };
            let holds = self.emit.alloc(1);
            let (a, b) = if reading == "level" { (wanted, value.at) } else { (value.at, zero) };
            self.emit.push(Instr::LeF { d: holds, a, b });
            jumps.push(self.emit.jump(Instr::Jz { a: holds, t: 0 }));
        }
        jumps
    }

    pub(super) fn reserve(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!agenda", "!slot", "of"]) else { return };
        let mark = self.emit.mark();
        let Some((holder, _)) = self.holder(&args.need("agenda"), env, &[HolderKind::Agenda]) else { return };
        let slot = self.value(&args.need("slot"), env, Some(&Type::Slot));
        let of = args.get("of").cloned().and_then(|of| self.value(&of, env, None)).map(|value| value.at);
        if let Some(slot) = slot {
            let answers = self.purpose == Purpose::Answer;
            let refused = self.refusal_word();
            if refused.is_some() {
                self.tables().symbols.intern("slot_taken");
            }
            self.effect(Effect::Reserve { holder: holder.at, slot: slot.at, of, answers, refused });
            self.turn_back_if_refused(refused);
        }
        self.release(mark);
    }

    pub(super) fn cancel(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!agenda", "!slot"]) else { return };
        let mark = self.emit.mark();
        let Some((holder, _)) = self.holder(&args.need("agenda"), env, &[HolderKind::Agenda]) else { return };
        if let Some(slot) = self.value(&args.need("slot"), env, Some(&Type::Slot)) {
            self.effect(Effect::Cancel { holder: holder.at, slot: slot.at });
        }
        self.release(mark);
    }
}
