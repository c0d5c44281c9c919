//! Steps that hold: Seize, Release, Take, Reserve, Cancel.

use super::Code;
use crate::code::Purpose;
use crate::fault::Fault;
use crate::scope::EventShape;
use crate::tree::Node;
use rehearsal_language::program::{Base, Instr, Operand, Routine};
use rehearsal_language::scope::Scope;
use rehearsal_language::types::{HolderKind, Kinds, SPAN, Type};
use rehearsal_world::plan::{Effect, FRAME_REASON};

impl Code<'_, '_> {
    pub(super) fn seize(&mut self, step: &Node, env: u32) {
        if !self.may_wait(step) {
            return;
        }
        let names = ["!resource", "as", "units", "priority", "balk_if", "renege_after", "pick", "else"];
        let Some(args) = self.tables().arguments(step, &names) else { return };
        let node = args.need("resource");
        let claim = self.fresh(1);
        let Some((holder, kind)) = self.holder(&node, env, &[HolderKind::Resource, HolderKind::Pool]) else {
            // Its name stays known, and what else is said of it is compiled.
            if let Some(name) = args.get("as").and_then(Node::as_word).map(str::to_owned) {
                self.tables().faulty.insert(name.clone());
                self.name_claim(&name, claim, env);
            }
            let steps = args.get("else").map(Node::items).unwrap_or_default();
            return self.steps(&steps, env);
        };
        self.claims.push(claim.index());
        let units = args.get("units").cloned().and_then(|units| self.value(&units, env, Some(&Type::Int))).map(|value| value.at);
        let priority =
            args.get("priority").cloned().and_then(|priority| self.value(&priority, env, Some(&Type::Int))).map(|value| value.at);
        let renege_after = args.get("renege_after").cloned().and_then(|span| {
            let value = self.value(&span, env, Some(&SPAN))?;
            self.not_negative(value.at, span.at, "patience");
            Some(value.at)
        });
        if (renege_after.is_some() || args.get("balk_if").is_some()) && args.get("else").is_none() {
            let fault = Fault::new(step.at, "Seize(...) may fail, so it needs `else`: what to do when nothing was granted");
            self.tables().faults.add(fault);
        }
        let unit_kind = self.unit_kind(kind, &node, env);
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
            otherwise: 0,
        });
        self.scope.event = EventShape::None;
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
                let fault = Fault::new(otherwise.at, "`else` of Seize(...) has to leave: nothing is held");
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

    /// The kind of a pool's units.
    fn unit_kind(&mut self, kind: HolderKind, node: &Node, env: u32) -> Option<u16> {
        if kind != HolderKind::Pool {
            return None;
        }
        let expr = self.tables().expression(node)?;
        let name = match &expr.node {
            rehearsal_language::ast::Node::Member { name, .. } | rehearsal_language::ast::Node::Name(name) => name.clone(),
            _ => return None,
        };
        let _ = env;
        self.scope
            .tables
            .kinds
            .iter()
            .flat_map(|kind| &kind.holders)
            .find(|(have, kind, ..)| *have == name && *kind == HolderKind::Pool)
            .and_then(|(_, _, node, env)| {
                let kind = node.get("kind")?;
                let (kind, _) = self.scope.tables.resolve(kind, *env);
                self.scope.tables.kind_ids.get(kind.as_word()?).copied()
            })
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
        let Some(args) = self.tables().arguments(step, &["!stock", "units"]) else { return };
        let mark = self.emit.mark();
        let Some((holder, _)) = self.holder(&args.need("stock"), env, &[HolderKind::Stock]) else { return };
        let units = match args.get("units").cloned() {
            Some(units) => self.value(&units, env, Some(&Type::Int)).map(|value| value.at),
            None => Some(self.emit.constants(&[1])),
        };
        if let Some(units) = units {
            let waits = self.purpose == Purpose::Work;
            self.effect(Effect::Take { holder: holder.at, units, waits });
            if waits {
                self.scope.event = EventShape::None;
            }
        }
        self.release(mark);
    }

    pub(super) fn reserve(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!agenda", "!slot", "of"]) else { return };
        let mark = self.emit.mark();
        let Some((holder, _)) = self.holder(&args.need("agenda"), env, &[HolderKind::Agenda]) else { return };
        let slot = self.value(&args.need("slot"), env, Some(&Type::Slot));
        let of = args.get("of").cloned().and_then(|of| self.value(&of, env, None)).map(|value| value.at);
        if let Some(slot) = slot {
            let answers = self.purpose == Purpose::Answer;
            self.effect(Effect::Reserve { holder: holder.at, slot: slot.at, of, answers });
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
