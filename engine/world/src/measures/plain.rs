//! Plain looks at notes: those that add a word, for everybody alike, and ask for nothing else.

use super::Measures;
use crate::plan::{Fold, Plan};
use rehearsal_language::program::{Base, Instr, Operand};
use rehearsal_language::types::NONE;

/// A look at a note that adds one word, for everybody alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plain {
    /// The kind that states it.
    by: u16,
    measure: usize,
    value: Added,
}

/// What a look at a note adds.
#[derive(Clone, Copy, Debug)]
enum Added {
    /// A word that the note carries.
    Said(usize),
    /// The same for each note, such as one.
    Constant(f64),
    /// A word of the actor's row.
    Field(Operand),
}

impl Added {
    /// The value, of a note with these words; `field` knows the words of the row of the actor that states it.
    #[inline(always)]
    fn of(self, words: &[u64; 4], field: impl Fn(Operand) -> u64) -> f64 {
        match self {
            Added::Said(word) => f64::from_bits(words.get(word).copied().unwrap_or(NONE)),
            Added::Constant(value) => value,
            Added::Field(of) => f64::from_bits(field(of)),
        }
    }
}

impl Measures {
    /// Looks at a note of an actor of a kind at a moment \[ns\], with its words; false, and nothing is measured, where a look
    /// takes more than a word. `field` knows the words of the actor's row.
    #[inline(always)]
    pub(crate) fn plainly(
        &mut self,
        (now, kind): (u64, u16),
        note: u16,
        words: [u64; 4],
        field: impl Fn(Operand) -> u64,
    ) -> bool {
        self.quickly((now, kind), note, words, &field)
            || self.observing.is_some() && self.plainly_observed((now, kind), note, words, field)
    }

    /// As [`Measures::plainly`]; false also where single values are kept. It calls nothing but `field`.
    #[inline(always)]
    pub(crate) fn quickly(
        &mut self,
        (now, kind): (u64, u16),
        note: u16,
        words: [u64; 4],
        field: impl Fn(Operand) -> u64,
    ) -> bool {
        let Some(Some(looks)) = self.plain.get(note as usize) else { return false };
        if self.observing.is_some() {
            return false;
        }
        if now < self.warm_up {
            return true;
        }
        for look in looks.iter().filter(|look| look.by == kind) {
            if let Some(cell) = self.cells.get_mut(look.measure).and_then(|cells| cells.first_mut()) {
                cell.count += 1.0;
                cell.sum += look.value.of(&words, &field);
            }
        }
        true
    }

    /// As [`Measures::plainly`], where single values are kept too.
    #[inline(never)]
    fn plainly_observed(&mut self, (now, kind): (u64, u16), note: u16, words: [u64; 4], field: impl Fn(Operand) -> u64) -> bool {
        let Some(Some(looks)) = self.plain.get_mut(note as usize).map(std::mem::take) else { return false };
        let counts = now >= self.warm_up;
        for look in looks.iter().filter(|look| counts && look.by == kind) {
            self.add(look.measure, None, look.value.of(&words, &field));
        }
        self.plain[note as usize] = Some(looks);
        true
    }
}

/// The hooks of a note as plain looks, if all of them are.
pub(super) fn looks(plan: &Plan, hooks: &[(usize, usize)]) -> Option<Vec<Plain>> {
    let look = |&(measure, hook): &(usize, usize)| {
        let (fold, hook) = (plan.measures[measure].fold, &plan.measures[measure].hooks[hook]);
        let for_all = plan.segments.is_none() || hook.person.is_none();
        let value = hook.value.map(|routine| (plan.program.code[routine.start as usize], Operand(routine.result)));
        let in_place = value.is_none_or(|(first, at)| first == Instr::End && at.base() != Base::Frame);
        let adds = matches!(fold, Fold::Count { .. } | Fold::Sum { .. } | Fold::Mean);
        let value = value.map_or(Added::Constant(1.0), |(_, at)| match at.base() {
            Base::Event => Added::Said(at.index() as usize),
            Base::Const => Added::Constant(f64::from_bits(plan.program.constants[at.index() as usize])),
            Base::Row | Base::Frame => Added::Field(at),
        });
        let plain = Plain { by: hook.by, measure, value };
        (hook.condition.is_none() && hook.only.is_none() && for_all && in_place && adds).then_some(plain)
    };
    hooks.iter().map(look).collect()
}
