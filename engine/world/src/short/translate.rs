//! Writes the short forms of a plan's routines.
//!
//! A routine is taken whole: its instructions in their order, a step for each or for a few. One that has no step becomes a
//! leave. What would need more registers than there are stays flat, and so does a routine that loops, as nothing counts the
//! steps of a short form.

use super::step::FETCHED;
use super::{CONSTANTS, EVENT, Entry, FIELDS, FRAME, MISSING, Shorts, Start, Step};
use crate::payloads::Payloads;
use crate::plan::{Effect, Happening, Kind, Plan, Put};
use rehearsal_kernel::Purpose;
use rehearsal_language::program::{Base, Instr, Law, Math2, Operand, Routine};
use std::collections::BTreeSet;

/// The short forms of all routines that handlers, timers and states of a plan have.
pub(super) fn shorts(plan: &Plan) -> Shorts {
    let code = plan.program.code.len();
    let mut shorts = Shorts { entries: vec![None; code], ..Shorts::none() };
    let mut constants = Vec::new();
    let mut seen = BTreeSet::new();
    for kind in &plan.kinds {
        let first = shorts.steps.len();
        for (routine, is_value) in routines(kind) {
            if usize::from(routine.frame) <= FRAME && seen.insert(routine.start) {
                let start = Start { frame: routine.frame as u8, is_value, result: Operand(routine.result), claims: false };
                Translator::new(plan, kind, (routine.start, start), &mut constants).translate(&mut shorts);
            }
        }
        shorts.spans.push(first..shorts.steps.len());
    }
    for (place, word) in constants.iter().enumerate() {
        shorts.registers[CONSTANTS + place] = *word;
    }
    shorts
}

/// The routines of a kind that run often, each with whether it is there for its value.
fn routines(kind: &Kind) -> Vec<(Routine, bool)> {
    let mut found = Vec::new();
    for handler in kind.handlers.iter().chain(&kind.instead).flatten() {
        found.extend(handler.guard.map(|guard| (guard, true)));
        found.push((handler.body, false));
    }
    for timer in &kind.timers {
        found.extend(timer.condition.map(|condition| (condition, true)));
        found.extend([(timer.delay, true), (timer.body, false)]);
    }
    for state in kind.regions.iter().flat_map(|region| &region.states) {
        found.extend([state.entry, state.exit, state.process].into_iter().flatten().map(|body| (body, false)));
    }
    found
}

/// Writes the short form of one routine.
struct Translator<'p, 'c> {
    plan: &'p Plan,
    kind: &'p Kind,
    /// The instruction that it begins with.
    start: u32,
    begins: Start,
    /// Constants of all routines so far.
    constants: &'c mut Vec<u64>,
    /// Slots of fields used, in the order of their registers.
    fields: Vec<u16>,
    /// Fields that the step at hand writes.
    written: Vec<Step>,
    /// Steps with the instructions that they begin with; jumps still go to instructions.
    steps: Vec<(Step, u32)>,
    targets: BTreeSet<u32>,
}

impl<'p, 'c> Translator<'p, 'c> {
    fn new(plan: &'p Plan, kind: &'p Kind, (start, begins): (u32, Start), constants: &'c mut Vec<u64>) -> Translator<'p, 'c> {
        let (fields, written, steps, targets) = (Vec::new(), Vec::new(), Vec::new(), BTreeSet::new());
        Translator { plan, kind, start, begins, constants, fields, written, steps, targets }
    }

    fn translate(mut self, shorts: &mut Shorts) {
        let Some(end) = self.extent() else { return };
        let code = &self.plan.program.code;
        let mut pc = self.start;
        while pc < end {
            self.written.clear();
            let (step, taken) = self.step(&code[pc as usize..end as usize], pc).unwrap_or((Step::Leave, 1));
            self.steps.push((step, pc));
            if !matches!(step, Step::Leave) {
                self.steps.extend(self.written.drain(..).map(|store| (store, pc)));
            }
            pc += taken;
        }
        // Entered where it begins, where it may have stopped, and where it goes on when something was in vain.
        let stops = (self.start..end).filter(|pc| matches!(code[*pc as usize], Instr::Effect { .. })).map(|pc| pc + 1);
        let entered: BTreeSet<u32> = stops.chain(self.otherwise(end)).chain([self.start]).collect();
        let most = self.steps.len() + entered.len() * (2 + self.fields.len() / FETCHED);
        if shorts.steps.len() + most < usize::from(u16::MAX) {
            self.finish(shorts, &entered);
        }
    }

    /// The end of the routine, and where its jumps go; nothing where one goes back.
    fn extent(&mut self) -> Option<u32> {
        let (mut pc, mut furthest) = (self.start, self.start);
        loop {
            let target = match *self.plan.program.code.get(pc as usize)? {
                Instr::Jz { t, .. } | Instr::Jnone { t, .. } | Instr::Jmp { t } => Some(t),
                Instr::Effect { id } => in_vain(&self.plan.effects[id as usize]).filter(|t| *t > pc),
                Instr::End if pc >= furthest => return Some(pc + 1),
                _ => None,
            };
            if let Some(t) = target {
                if t <= pc {
                    return None;
                }
                furthest = furthest.max(t);
                self.targets.insert(t);
            }
            pc += 1;
        }
    }

    /// Where the routine goes on when an effect of it was in vain.
    fn otherwise(&self, end: u32) -> Vec<u32> {
        let code = &self.plan.program.code[self.start as usize..end as usize];
        let effects = code.iter().filter_map(|instr| match instr {
            Instr::Effect { id } => in_vain(&self.plan.effects[*id as usize]),
            _ => None,
        });
        effects.filter(|pc| (self.start..end).contains(pc)).collect()
    }

    /// Puts the steps behind those that are there, and ways in behind them.
    fn finish(self, shorts: &mut Shorts, entered: &BTreeSet<u32>) {
        let first = shorts.steps.len();
        let place = |pc: u32| self.steps.partition_point(|(_, at)| *at < pc) + first;
        for (step, pc) in &self.steps {
            shorts.steps.push(aimed(*step, |t| place(self.start + u32::from(t)) as u16));
            shorts.origins.push(*pc);
        }
        let claims = self.steps.iter().any(|(step, _)| matches!(step, Step::Seize { .. }));
        shorts.starts.insert(self.start, Start { claims, ..self.begins });
        for pc in entered {
            let inside = place(*pc);
            // One that another step has swallowed is never where a routine stops.
            let begins = shorts.origins.get(inside) == Some(pc);
            if !begins || matches!(shorts.steps[inside], Step::Leave | Step::End) {
                continue;
            }
            let way = if self.fields.is_empty() { inside } else { shorts.steps.len() };
            shorts.entries[*pc as usize] = Some(Entry(way as u32));
            let parts = self.fields.chunks(FETCHED);
            let last = parts.len();
            for (part, fields) in parts.enumerate() {
                let mut slots = [0; FETCHED];
                slots[..fields.len()].copy_from_slice(fields);
                let t = if part + 1 == last { inside } else { shorts.steps.len() + 1 };
                let d = (FIELDS + part * FETCHED) as u8;
                shorts.steps.push(Step::Fetch { d, count: fields.len() as u8, t: t as u16, slots });
                shorts.origins.push(*pc);
            }
        }
    }

    /// The step for the first of some instructions, and how many it stands for.
    fn step(&mut self, code: &[Instr], pc: u32) -> Option<(Step, u32)> {
        if let [first, second, ..] = code
            && !self.targets.contains(&(pc + 1))
            && let Some(step) = self.pair(*first, *second)
        {
            return Some((step, 2));
        }
        Some((self.one(code[0])?, 1))
    }

    /// The step for two instructions that often come together.
    fn pair(&mut self, first: Instr, second: Instr) -> Option<Step> {
        Some(match (first, second) {
            (Instr::Draw { law: Law::Exponential, site, d: drawn, a, .. }, Instr::AddF { d, a: base, b }) if b == drawn => {
                let (place, what) = self.site(site)?;
                let (mean, base) = (self.read(a)?, self.read(base)?);
                Step::ExponentialOn { drawn: self.write(drawn)?, mean, d: self.write(d)?, base, place, what }
            }
            (Instr::Draw { law: Law::Exponential, site, d, a, .. }, Instr::Effect { id }) => {
                match self.plan.effects[id as usize] {
                    Effect::Delay { span } if span == d => {}
                    _ => return None,
                }
                let (place, what) = self.site(site)?;
                in_frame(d)?;
                Step::ExponentialDelay { mean: self.read(a)?, drawn: self.write(d)?, place, what }
            }
            (Instr::Draw { law: Law::Chance, site, d, a, .. }, Instr::Jz { a: tested, t }) if tested == d => {
                let (place, what) = self.site(site)?;
                in_frame(d)?;
                Step::UnlessChance { a: self.read(a)?, test: self.write(d)?, t: self.aim(t)?, place, what }
            }
            (Instr::Now { d: now }, Instr::Between { d, a, b }) if a == now => {
                let b = self.read(b)?;
                Step::Since { now: self.write(now)?, d: self.write(d)?, b }
            }
            (Instr::Me { d: me }, Instr::Holder { d, of, holder }) if of == me => {
                Step::Own { me: self.write(me)?, d: self.write(d)?, holder }
            }
            (test, Instr::Jz { a, t }) => self.unless(test, a, t)?,
            (first, second) => self.sums(first, second)?,
        })
    }

    /// The step for two operations, the second on what the first gives.
    fn sums(&mut self, first: Instr, second: Instr) -> Option<Step> {
        macro_rules! step {
            ($name:ident $t:ident $d:ident $a:ident $b:ident $c:ident) => {{
                in_frame($t)?;
                let (a, b, c) = (self.read($a)?, self.read($b)?, self.read($c)?);
                Step::$name { t: self.write($t)?, d: self.write($d)?, a, b, c }
            }};
        }
        Some(match (first, second) {
            (Instr::MulF { d: t, a: b, b: c }, Instr::AddF { d, a, b: last }) if last == t => step!(MulAdd t d a b c),
            (Instr::MulF { d: t, a: b, b: c }, Instr::SubF { d, a, b: last }) if last == t => step!(MulSub t d a b c),
            (Instr::DivF { d: t, a: b, b: c }, Instr::AddF { d, a, b: last }) if last == t => step!(DivAdd t d a b c),
            (Instr::SubF { d: t, a: b, b: c }, Instr::MulF { d, a, b: last }) if last == t => step!(SubMul t d a b c),
            (Instr::AddF { d: t, a: b, b: c }, Instr::Math2 { f: Math2::Max, d, a: last, b: a }) if last == t => {
                step!(AddMax t d a b c)
            }
            (Instr::RemI { d: t, a, b }, Instr::ToF { d, a: last }) if last == t => {
                in_frame(t)?;
                let (a, b) = (self.read(a)?, self.read(b)?);
                Step::RemToF { t: self.write(t)?, d: self.write(d)?, a, b }
            }
            _ => return None,
        })
    }

    /// The step for a comparison and the jump that hangs on it.
    fn unless(&mut self, test: Instr, tested: Operand, t: u32) -> Option<Step> {
        let (d, a, b) = match test {
            Instr::LtI { d, a, b }
            | Instr::LeI { d, a, b }
            | Instr::Eq { d, a, b }
            | Instr::Ne { d, a, b }
            | Instr::LtF { d, a, b }
            | Instr::LeF { d, a, b } => (d, a, b),
            _ => return None,
        };
        if d != tested {
            return None;
        }
        in_frame(d)?;
        let (a, b, t) = (self.read(a)?, self.read(b)?, self.aim(t)?);
        let d = self.write(d)?;
        Some(match test {
            Instr::LtI { .. } => Step::UnlessLtI { test: d, a, b, t },
            Instr::LeI { .. } => Step::UnlessLeI { test: d, a, b, t },
            Instr::Eq { .. } => Step::UnlessEq { test: d, a, b, t },
            Instr::Ne { .. } => Step::UnlessNe { test: d, a, b, t },
            Instr::LtF { .. } => Step::UnlessLtF { test: d, a, b, t },
            _ => Step::UnlessLeF { test: d, a, b, t },
        })
    }

    /// The step for one instruction.
    fn one(&mut self, instr: Instr) -> Option<Step> {
        macro_rules! step {
            ($name:ident $d:ident $a:ident) => {{
                let a = self.read($a)?;
                Step::$name { d: self.write($d)?, a }
            }};
            ($name:ident $d:ident $a:ident $b:ident) => {{
                let (a, b) = (self.read($a)?, self.read($b)?);
                Step::$name { d: self.write($d)?, a, b }
            }};
        }
        Some(match instr {
            Instr::Mov { d, a } => step!(Mov d a),
            Instr::Copy { d, a, words: 1 } => step!(Mov d a),
            Instr::AddI { d, a, b } => step!(AddI d a b),
            Instr::SubI { d, a, b } => step!(SubI d a b),
            Instr::MulI { d, a, b } => step!(MulI d a b),
            Instr::DivI { d, a, b } => step!(DivI d a b),
            Instr::RemI { d, a, b } => step!(RemI d a b),
            Instr::AddF { d, a, b } => step!(AddF d a b),
            Instr::SubF { d, a, b } => step!(SubF d a b),
            Instr::MulF { d, a, b } => step!(MulF d a b),
            Instr::DivF { d, a, b } => step!(DivF d a b),
            Instr::NegF { d, a } => step!(NegF d a),
            Instr::LtI { d, a, b } => step!(LtI d a b),
            Instr::LeI { d, a, b } => step!(LeI d a b),
            Instr::Eq { d, a, b } => step!(Eq d a b),
            Instr::Ne { d, a, b } => step!(Ne d a b),
            Instr::LtF { d, a, b } => step!(LtF d a b),
            Instr::LeF { d, a, b } => step!(LeF d a b),
            Instr::EqF { d, a, b } => step!(EqF d a b),
            Instr::NeF { d, a, b } => step!(NeF d a b),
            Instr::Not { d, a } => step!(Not d a),
            Instr::ToF { d, a } => step!(ToF d a),
            Instr::ToI { d, a } => step!(ToI d a),
            Instr::Between { d, a, b } => step!(Between d a b),
            Instr::Math1 { f, d, a } => {
                let a = self.read(a)?;
                Step::Math1 { f, d: self.write(d)?, a }
            }
            Instr::Math2 { f: Math2::Min, d, a, b } => step!(MinF d a b),
            Instr::Math2 { f: Math2::Max, d, a, b } => step!(MaxF d a b),
            Instr::Math2 { f, d, a, b } => {
                let (a, b) = (self.read(a)?, self.read(b)?);
                Step::Math2 { f, d: self.write(d)?, a, b }
            }
            Instr::Now { d } => Step::Now { d: self.write(d)? },
            Instr::Me { d } => Step::Me { d: self.write(d)? },
            Instr::Jz { a, t } => Step::Jz { a: self.read(a)?, t: self.aim(t)? },
            Instr::Jnone { a, t } => Step::Jnone { a: self.read(a)?, t: self.aim(t)? },
            Instr::Jmp { t } => Step::Jmp { t: self.aim(t)? },
            Instr::Draw { .. } | Instr::Below { .. } | Instr::Member { .. } => self.chance(instr)?,
            Instr::Effect { id } => self.effect(id)?,
            Instr::End => Step::End,
            _ => return None,
        })
    }

    /// The step for a draw.
    fn chance(&mut self, instr: Instr) -> Option<Step> {
        Some(match instr {
            Instr::Draw { law, site, d, a, b, c } => {
                let (place, what) = self.site(site)?;
                let (a, b, c) = (self.read(a)?, self.read(b)?, self.read(c)?);
                let d = self.write(d)?;
                match law {
                    Law::Exponential => Step::Exponential { d, mean: a, place, what },
                    Law::Chance => Step::Chance { d, a, place, what },
                    law => Step::Draw { law, d, a, b, c, place, what },
                }
            }
            Instr::Below { site, d, a } => {
                let (place, what) = self.site(site)?;
                let a = self.read(a)?;
                Step::Below { d: self.write(d)?, a, place, what }
            }
            Instr::Member { site, group, d } => {
                let (place, what) = self.site(site)?;
                Step::Member { d: self.write(d)?, group, place, what }
            }
            _ => return None,
        })
    }

    /// The step for an effect.
    fn effect(&mut self, id: u32) -> Option<Step> {
        let plan = self.plan;
        Some(match &plan.effects[id as usize] {
            Effect::Tell { to, many: false, message, with, delay }
                if usize::from(plan.messages[*message as usize].words) <= Payloads::INLINE =>
            {
                let (to, [first, second, third], message) = (self.read(*to)?, self.gathered(with)?, *message);
                match delay {
                    Some(delay) => Step::TellAfter { to, first, second, third, message, delay: self.read(*delay)? },
                    None => Step::Tell { to, first, second, third, message },
                }
            }
            Effect::Note { note, with } if plan.notes[*note as usize].words <= 4 && !self.reads_fields(*note) => {
                Step::Note { note: *note, words: self.gathered(with)? }
            }
            Effect::Delay { span } => Step::Delay { span: self.read(*span)? },
            Effect::Seize { holder, claim, units: None, priority: None, renege_after: None, unit: None, .. }
                if claim.base() == Base::Frame =>
            {
                Step::Seize { holder: self.read(*holder)?, claim: self.write(*claim)?, id }
            }
            Effect::Release { claim } if claim.base() == Base::Frame => Step::Release { claim: self.write(*claim)? },
            _ => return None,
        })
    }

    /// Whether a measure that looks at a note also looks at its actor's fields, which lie in registers then.
    fn reads_fields(&self, note: u16) -> bool {
        let hooks = self.plan.measures.iter().flat_map(|measure| &measure.hooks);
        let values = hooks.filter(|hook| hook.at == Happening::Note(note)).filter_map(|hook| hook.value);
        values.into_iter().any(|value| Operand(value.result).base() == Base::Row)
    }

    /// The registers of what a message or a note carries.
    fn gathered<const WORDS: usize>(&mut self, with: &[Put]) -> Option<[u8; WORDS]> {
        let mut places = [MISSING; WORDS];
        for put in with {
            for word in 0..put.words {
                *places.get_mut(usize::from(put.to + word))? = self.read(put.from.offset(word))?;
            }
        }
        Some(places)
    }

    /// Where a site of draws is counted, and what its stream is keyed by.
    fn site(&self, site: u16) -> Option<(u16, Purpose)> {
        let place = self.kind.words.checked_mul(2)?.checked_add(site)?;
        Some((place, self.kind.sites[site as usize]))
    }

    /// The target of a jump, from the start of the routine; made a step by [`aimed`].
    fn aim(&self, t: u32) -> Option<u16> {
        u16::try_from(t - self.start).ok()
    }

    /// The register of a word that is read.
    fn read(&mut self, at: Operand) -> Option<u8> {
        let index = usize::from(at.index());
        match at.base() {
            Base::Frame => (index < FRAME).then_some(index as u8),
            Base::Row => self.field(at.index()),
            Base::Event => (EVENT + index < CONSTANTS).then_some((EVENT + index) as u8),
            Base::Const => self.constant(self.plan.program.constants[index]),
        }
    }

    /// The register of a word that is written.
    fn write(&mut self, at: Operand) -> Option<u8> {
        match at.base() {
            Base::Frame => self.read(at),
            Base::Row => {
                let a = self.field(at.index())?;
                self.written.push(Step::Store { slot: at.index(), a });
                Some(a)
            }
            Base::Event | Base::Const => None,
        }
    }

    fn field(&mut self, slot: u16) -> Option<u8> {
        let found = self.fields.iter().position(|own| *own == slot);
        let at = found.unwrap_or(self.fields.len());
        if FIELDS + at >= EVENT {
            return None;
        }
        if found.is_none() {
            self.fields.push(slot);
        }
        Some((FIELDS + at) as u8)
    }

    fn constant(&mut self, word: u64) -> Option<u8> {
        let found = self.constants.iter().position(|own| *own == word);
        let at = found.unwrap_or(self.constants.len());
        if CONSTANTS + at >= usize::from(MISSING) {
            return None;
        }
        if found.is_none() {
            self.constants.push(word);
        }
        Some((CONSTANTS + at) as u8)
    }
}

/// Where a routine goes on when an effect of it was in vain; 0 where that is nowhere.
fn in_vain(effect: &Effect) -> Option<u32> {
    match effect {
        Effect::WaitFor { otherwise, .. } | Effect::Seize { otherwise, .. } | Effect::Ask { otherwise, .. } => Some(*otherwise),
        _ => None,
    }
}

/// A word that a step may write before it leaves its place: fields are put back by the step behind it.
fn in_frame(at: Operand) -> Option<()> {
    (at.base() == Base::Frame).then_some(())
}

/// A step whose jump, if it is one, goes to where `place` says.
fn aimed(mut step: Step, place: impl Fn(u16) -> u16) -> Step {
    if let Some(t) = step.target() {
        *t = place(*t);
    }
    step
}
