//! Steps that are done together or not at all: what was done is undone, the last of it first, where a later step is refused.
//!
//! Procedures are written in place, so that all of this is in the routine itself. Each call of a procedure that says how it
//! is undone has a word of the frame that says whether it was done. A refusal goes to where these words are looked at, in
//! reverse order, then to `else`. Only where the state is left meanwhile the world has a part in it, see
//! [`rehearsal_world::plan::Together`].

use super::Code;
use crate::code::{ClaimName, Purpose};
use crate::fault::{At, Fault};
use crate::scope::{EventShape, Local, Record};
use crate::tables::Procedure;
use crate::tree::{Node, What};
use rehearsal_language::emit::Jump;
use rehearsal_language::program::{Base, Instr, Operand};
use rehearsal_world::plan::{Effect, FRAME_REASON, Together};

/// Who hears a refusal of the steps at hand, rather than the actor.
pub(crate) enum Refusal {
    /// Those that are done together.
    Together(Open),
    /// Those that undo something: jumps behind them.
    Undo(Vec<Jump>),
}

/// Steps that are done together, while they are being written.
pub(crate) struct Open {
    /// The word that says whether the state was left.
    left: Operand,
    /// Jumps to where it is undone.
    refused: Vec<Jump>,
    done: Vec<Done>,
    /// The loops that it stands in.
    loops: u32,
    /// Calls that can be undone, one within the other, whose steps are being written.
    calls: u32,
}

/// A call that can be undone.
#[derive(Clone)]
struct Done {
    /// The procedure.
    name: String,
    at: At,
    /// The word that says whether it was done.
    word: Operand,
    undo: Vec<Node>,
    /// Where the steps of `undo` stand, and the names in sight there.
    env: u32,
    locals: Vec<Local>,
    records: Vec<Record>,
    claims: Vec<ClaimName>,
}

const REASON: Operand = Operand(FRAME_REASON);

impl Code<'_, '_> {
    pub(super) fn together(&mut self, step: &Node, env: u32) {
        let Some(args) = self.tables().arguments(step, &["!do", "!else"]) else { return };
        if self.purpose == Purpose::Answer {
            let fault = Fault::new(step.at, "an answer is refused as a whole already, and gives back what it took and booked");
            return self.tables().faults.add(fault.help("write its steps without Together(...)"));
        }
        self.tables().symbols.intern("left");
        let (phase, left) = (self.fresh(1), self.fresh(1));
        let number = self.togethers.len();
        self.togethers.push(Together { phase: phase.index(), left: left.index(), undo: 0 });
        self.set_word(phase, Together::DOING);
        let claims = self.claims.len();
        let open = Open { left, refused: Vec::new(), done: Vec::new(), loops: self.loops, calls: 0 };
        self.refusals.push(Refusal::Together(open));
        self.steps(&args.need("do").items(), env);
        let Some(Refusal::Together(mut open)) = self.refusals.pop() else { unreachable!("it was put there") };
        if open.done.is_empty() {
            self.scope.tables.recorded.loose.insert(step.at);
        }
        let within = matches!(self.refusals.last(), Some(Refusal::Together(_)));
        self.set_word(phase, Together::OUTSIDE);
        if !within {
            open.done.iter().for_each(|done| self.set_word(done.word, 0));
        }
        let over = self.emit.jump(Instr::Jmp { t: 0 });
        std::mem::take(&mut open.refused).into_iter().for_each(|jump| self.emit.land(jump));
        self.togethers[number].undo = self.emit.here();
        let reason = self.undo(&open, phase, claims);
        self.unless_left(left);
        self.emit.push(Instr::Mov { d: REASON, a: reason });
        self.mark(&args.need("else"), env, "else");
        self.steps(&args.need("else").items(), env);
        self.emit.land(over);
        self.pass_outwards(open, step.at);
    }

    /// Writes how what was done is undone; gives the word that keeps why.
    fn undo(&mut self, open: &Open, phase: Operand, claims: usize) -> Operand {
        self.set_word(phase, Together::UNDOING);
        let reason = self.fresh(1);
        self.emit.push(Instr::Mov { d: reason, a: REASON });
        let event = std::mem::replace(&mut self.scope.event, EventShape::None);
        let mut waits = false;
        for done in open.done.iter().rev() {
            self.undo_one(done, reason);
            waits |= self.waits(&done.undo, done.env, 0);
        }
        if !waits {
            self.scope.event = event;
        }
        for number in claims..self.claims.len() {
            let claim = self.claims[number];
            self.effect(Effect::Release { claim: Operand::new(Base::Frame, claim) });
        }
        self.set_word(phase, Together::OUTSIDE);
        reason
    }

    /// Undoes one call where it was done, and says so.
    fn undo_one(&mut self, done: &Done, reason: Operand) {
        let not_done = self.emit.jump(Instr::Jz { a: done.word, t: 0 });
        self.set_word(done.word, 0);
        self.emit.push(Instr::Mov { d: REASON, a: reason });
        self.refusals.push(Refusal::Undo(Vec::new()));
        let locals = std::mem::replace(&mut self.scope.locals, done.locals.clone());
        let records = std::mem::replace(&mut self.scope.records, done.records.clone());
        let claims = std::mem::replace(&mut self.claim_names, done.claims.clone());
        let present = std::mem::take(&mut self.present);
        self.steps(&done.undo, done.env);
        (self.scope.locals, self.scope.records) = (locals, records);
        (self.claim_names, self.present) = (claims, present);
        let Some(Refusal::Undo(refused)) = self.refusals.pop() else { unreachable!("it was put there") };
        self.state_fact("undone", done, reason);
        if !refused.is_empty() {
            let over = self.emit.jump(Instr::Jmp { t: 0 });
            refused.into_iter().for_each(|jump| self.emit.land(jump));
            self.state_fact("not_undone", done, REASON);
            self.emit.land(over);
        }
        self.emit.land(not_done);
    }

    /// Goes on to `else` unless the state was left: then to undo what is around it, or the steps are over.
    fn unless_left(&mut self, left: Operand) {
        // What undoes something goes on to its end, whatever the state.
        if matches!(self.refusals.last(), Some(Refusal::Undo(_))) {
            return;
        }
        let stays = self.emit.jump(Instr::Jz { a: left, t: 0 });
        match self.refusals.last() {
            Some(Refusal::Together(around)) => {
                let around = around.left;
                self.set_word(around, 1);
                let jump = self.emit.jump(Instr::Jmp { t: 0 });
                self.hear_refusal(jump);
            }
            _ => self.emit.push(Instr::End),
        }
        self.emit.land(stays);
    }

    /// What was done in steps that are done together can still be undone by those around them.
    fn pass_outwards(&mut self, open: Open, at: At) {
        let Some(Refusal::Together(around)) = self.refusals.last_mut() else { return };
        if open.done.is_empty() {
            return;
        }
        if self.loops > around.loops {
            return self.not_in_a_loop(at, "Together");
        }
        around.done.extend(open.done);
    }

    /// Whether a procedure that says how it is undone stands where that counts.
    pub(super) fn is_done_together(&self) -> bool {
        matches!(self.refusals.last(), Some(Refusal::Together(_)))
    }

    /// Whether the steps at hand undo something.
    pub(super) fn undoes(&self) -> bool {
        matches!(self.refusals.last(), Some(Refusal::Undo(_)))
    }

    /// Writes the steps of a call that could be undone, and stands alone.
    ///
    /// How it would be undone is written too and never run, so that what it tells is known to whoever hears it. Faults of
    /// it are not told: the scenario may lack what is only needed to undo it.
    pub(super) fn call_by_itself(&mut self, procedure: &Procedure, inner: u32) {
        let (claims, present) = (self.claim_names.len(), self.present.len());
        self.open_steps(&procedure.body, inner);
        let (event, recorded) = (self.scope.event, self.scope.tables.recorded.clone());
        let tables = &mut *self.scope.tables;
        let before = (tables.faults.clone(), tables.faulty.clone(), tables.incomplete);
        let (told, stated) = (tables.told.clone(), tables.stated.clone());
        self.scope.event = EventShape::None;
        let over = self.emit.jump(Instr::Jmp { t: 0 });
        self.refusals.push(Refusal::Undo(Vec::new()));
        self.steps(&procedure.undo, inner);
        if let Some(Refusal::Undo(refused)) = self.refusals.pop() {
            refused.into_iter().for_each(|jump| self.emit.land(jump));
        }
        self.emit.land(over);
        self.scope.event = event;
        let tables = &mut *self.scope.tables;
        (tables.faults, tables.faulty, tables.incomplete) = before;
        tables.told_in_vain.extend(tables.told.keys().copied());
        (tables.told, tables.stated, tables.recorded) = (told, stated, recorded);
        self.claim_names.truncate(claims);
        self.present.truncate(present);
    }

    /// Writes the steps of a call that can be undone, from an environment in one of its own.
    pub(super) fn call_together(&mut self, step: &Node, procedure: &Procedure, (env, inner): (u32, u32)) {
        let (claims, present) = (self.claim_names.len(), self.present.len());
        let before = self.within_call(1);
        self.open_steps(&procedure.body, inner);
        self.within_call(-1);
        self.note_done(step, &procedure.undo, inner, before);
        self.claim_names.truncate(claims);
        self.present.truncate(present);
        self.turn_back_if_left(step, env);
    }

    /// Enters or leaves a call that can be undone; gives how many were written so far.
    fn within_call(&mut self, change: i32) -> usize {
        let Some(Refusal::Together(open)) = self.refusals.last_mut() else { return 0 };
        open.calls = open.calls.saturating_add_signed(change);
        open.done.len()
    }

    /// Remembers that a call was done, in place of those that it is made of, which are behind the first `before`.
    fn note_done(&mut self, step: &Node, undo: &[Node], env: u32, before: usize) {
        let word = self.fresh(1);
        let (locals, records) = (self.scope.locals.clone(), self.scope.records.clone());
        let Some(Refusal::Together(open)) = self.refusals.last_mut() else { return };
        if self.loops > open.loops {
            let name = step.head().to_owned();
            return self.not_in_a_loop(step.at, &name);
        }
        let parts: Vec<Operand> = open.done[before..].iter().map(|done| done.word).collect();
        let claims = self.claim_names.clone();
        open.done.push(Done {
            name: step.head().to_owned(),
            at: step.at,
            word,
            undo: undo.to_vec(),
            env,
            locals,
            records,
            claims,
        });
        self.set_word(word, 1);
        parts.into_iter().for_each(|part| self.set_word(part, 0));
    }

    /// Behind a step: where the state was left while an answer was waited for, what was done is undone now.
    ///
    /// Not within a call that can be undone: it is done to its end first.
    pub(super) fn turn_back_if_left(&mut self, step: &Node, env: u32) {
        let Some(Refusal::Together(open)) = self.refusals.last() else { return };
        let (left, calls) = (open.left, open.calls);
        if calls > 0 || !self.step_waits(step, env, 0) {
            return;
        }
        let stays = self.emit.jump(Instr::Jz { a: left, t: 0 });
        let symbol = self.scope.tables.symbols.intern("left");
        self.set_word(REASON, u64::from(symbol.0));
        let jump = self.emit.jump(Instr::Jmp { t: 0 });
        self.hear_refusal(jump);
        self.emit.land(stays);
    }

    fn not_in_a_loop(&mut self, at: At, name: &str) {
        let fault = Fault::new(at, format!("{name}(...) is done again in a loop, so it could not be told what has to be undone"));
        self.tables().faults.add(fault.help("put the Together(...) inside the loop"));
    }

    /// A refusal that somebody else than the actor hears; false where nobody does.
    pub(super) fn refused_here(&mut self, reason: Operand) -> bool {
        if self.refusals.is_empty() {
            return false;
        }
        self.emit.copy(REASON, reason, 1);
        let jump = self.emit.jump(Instr::Jmp { t: 0 });
        self.hear_refusal(jump);
        true
    }

    fn hear_refusal(&mut self, jump: Jump) {
        match self.refusals.last_mut() {
            Some(Refusal::Together(open)) => open.refused.push(jump),
            Some(Refusal::Undo(refused)) => refused.push(jump),
            None => {}
        }
    }

    /// A word by which an effect says that it was refused, where that is heard here.
    pub(super) fn refusal_word(&mut self) -> Option<Operand> {
        (!self.refusals.is_empty()).then(|| self.emit.alloc(1))
    }

    /// Behind such an effect: turns back where it was refused.
    pub(super) fn turn_back_if_refused(&mut self, refused: Option<Operand>) {
        let Some(refused) = refused else { return };
        let good = self.emit.jump(Instr::Jz { a: refused, t: 0 });
        let jump = self.emit.jump(Instr::Jmp { t: 0 });
        self.hear_refusal(jump);
        self.emit.land(good);
    }

    /// Whether a step that leaves may stand here; says so where it may not.
    pub(super) fn may_leave(&mut self, step: &Node) -> bool {
        let (message, help) = match self.refusals.last() {
            None => return true,
            Some(Refusal::Together(_)) => (
                "leaves in the middle of what is done together",
                "end with Refuse(...) here, and go elsewhere in `else` or behind Together(...)",
            ),
            Some(Refusal::Undo(_)) => ("leaves in the middle of an undo", "an undo ends by itself, or with Refuse(...)"),
        };
        let head = if step.head() == "End" { "End".into() } else { format!("{}(...)", step.head()) };
        let fault = Fault::new(step.at, format!("{head} {message}"));
        self.tables().faults.add(fault.help(help));
        false
    }

    /// States that something was undone, or was not, and tells it to a policy that hears it.
    fn state_fact(&mut self, fact: &str, done: &Done, reason: Operand) {
        self.emit.at(done.at.source, rehearsal_language::span::Span { start: done.at.start, end: done.at.end });
        let mark = self.emit.mark();
        self.lever_fact(fact, &done.name, reason, done.at);
        if self.scope.tables.hears.iter().any(|heard| heard == fact) {
            let own = Node { at: done.at, what: What::Word("self".into()) };
            if let Some(own) = self.value(&own, 0, None) {
                self.lever_message(fact, own.at, &done.name, reason, done.at);
            }
        }
        self.release(mark);
    }

    fn set_word(&mut self, d: Operand, word: u64) {
        let a = self.emit.constants(&[word]);
        self.emit.push(Instr::Mov { d, a });
    }
}
