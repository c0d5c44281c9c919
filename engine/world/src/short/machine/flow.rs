//! What a routine reads and writes on its way from where it is entered.

use super::Kept;
use crate::plan::FRAME_WAITED;
use crate::short::{CONSTANTS, FIELDS, FRAME, Step};
use std::collections::BTreeSet;

/// Some of the registers.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Some256([u64; 4]);

impl Some256 {
    fn add(&mut self, at: u8) {
        self.0[usize::from(at / 64)] |= 1 << (at % 64);
    }

    fn remove(&mut self, at: u8) {
        self.0[usize::from(at / 64)] &= !(1 << (at % 64));
    }

    fn join(&mut self, other: Some256) {
        for (own, other) in self.0.iter_mut().zip(other.0) {
            *own |= other;
        }
    }

    /// Those in it, in their order.
    pub(super) fn all(self) -> impl Iterator<Item = u8> {
        (0..=u8::MAX).filter(move |at| self.0[usize::from(at / 64)] & 1 << (at % 64) != 0)
    }
}

/// The steps of a routine from where it is entered to its last, and what they do with registers.
pub(super) struct Flow {
    /// The first step behind those that fetch fields, and the one behind the last.
    pub(super) first: usize,
    pub(super) end: usize,
    /// Where jumps go.
    pub(super) targets: BTreeSet<usize>,
    /// Fields that are fetched: register and slot.
    pub(super) fetched: Vec<(u8, u16)>,
    /// What is read before it is written, or kept unwritten where the routine stops.
    pub(super) wanted: Some256,
    /// By step from the first on: registers of the frame that may have been written before it.
    written: Vec<Some256>,
    /// By step: whether anything comes to it.
    reached: Vec<bool>,
}

impl Flow {
    /// Follows the steps from `entry`; `kept` tells what of the frame counts at the end.
    pub(super) fn of(steps: &[Step], entry: usize, kept: &Kept) -> Option<Flow> {
        let (mut first, mut fetched) = (entry, Vec::new());
        while let Step::Fetch { d, count, t, slots } = *steps.get(first)? {
            fetched.extend((d..d + count).zip(slots));
            first = usize::from(t);
        }
        let (mut end, mut furthest, mut targets) = (first, first, BTreeSet::new());
        loop {
            let step = steps.get(end)?;
            if let Some(t) = target(step) {
                furthest = furthest.max(t);
                targets.insert(t);
            }
            end += 1;
            if stops(step) && end > furthest {
                break;
            }
        }
        let mut flow =
            Flow { first, end, targets, fetched, wanted: Some256::default(), written: Vec::new(), reached: Vec::new() };
        flow.forward(&steps[first..end]);
        flow.backward(&steps[first..end], kept);
        Some(flow)
    }

    /// Finds what may have been written where; jumps go forward only, so once through is enough.
    fn forward(&mut self, steps: &[Step]) {
        self.written = vec![Some256::default(); steps.len() + 1];
        self.reached = vec![false; steps.len() + 1];
        self.reached[0] = true;
        for (at, step) in steps.iter().enumerate() {
            if !self.reached[at] {
                continue;
            }
            let mut behind = self.written[at];
            writes(step).filter(|word| usize::from(*word) < FIELDS).for_each(|word| behind.add(word));
            let next = (!stops(step)).then_some(at + 1);
            for to in target(step).map(|t| t - self.first).into_iter().chain(next) {
                self.written[to].join(behind);
                self.reached[to] = true;
            }
        }
    }

    /// Finds what is wanted of what was there before.
    fn backward(&mut self, steps: &[Step], kept: &Kept) {
        let mut wanted = vec![Some256::default(); steps.len() + 1];
        for (at, step) in steps.iter().enumerate().rev() {
            let mut before = Some256::default();
            if !stops(step) {
                before.join(wanted[at + 1]);
            }
            if let Some(t) = target(step) {
                before.join(wanted[t - self.first]);
            }
            writes(step).for_each(|word| before.remove(word));
            if may_stop(step) {
                before.join(self.kept_at(self.first + at, step, kept));
            }
            // What a wait has drawn is written before it stops.
            if let Step::ExponentialDelay { drawn, .. } = step {
                before.remove(*drawn);
            }
            reads(step).filter(|word| usize::from(*word) < CONSTANTS).for_each(|word| before.add(word));
            wanted[at] = before;
        }
        self.wanted = wanted[0];
    }

    /// Registers of the frame that have to be in their places where a step stops.
    pub(super) fn kept_at(&self, at: usize, step: &Step, kept: &Kept) -> Some256 {
        let mut written = self.written[at - self.first];
        match step {
            Step::End if !kept.all => {
                let mut one = Some256::default();
                kept.result.filter(|word| written.all().any(|at| at == *word)).into_iter().for_each(|word| one.add(word));
                one
            }
            Step::ExponentialDelay { drawn, .. } => {
                written.add(*drawn);
                written
            }
            _ => written,
        }
    }

    /// Whether anything comes to a step.
    pub(super) fn reaches(&self, at: usize) -> bool {
        self.reached[at - self.first]
    }

    /// Words that a frame has at least, so that all that are found in it and put there are.
    pub(super) fn frame_words(&self, kept: &Kept) -> usize {
        let written = self.written.iter().flat_map(|written| written.all());
        let touched = self.wanted.all().chain(written).filter(|at| usize::from(*at) < FRAME).map(|at| usize::from(at) + 1);
        touched.chain(kept.fresh.map(usize::from)).max().unwrap_or(0)
    }

    /// Words that a row has at least, so that all that are fetched and put back are in it.
    pub(super) fn row_words(&self, steps: &[Step]) -> usize {
        let fetched = self.fetched.iter().map(|(_, slot)| usize::from(*slot) + 1);
        let stored = steps[self.first..self.end].iter().filter_map(|step| match step {
            Step::Store { slot, .. } => Some(usize::from(*slot) + 1),
            _ => None,
        });
        fetched.chain(stored).max().unwrap_or(0)
    }
}

/// Where a step may jump to.
fn target(step: &Step) -> Option<usize> {
    let mut step = *step;
    step.target().map(|t| usize::from(*t))
}

/// Whether nothing goes on at the next step.
pub(super) fn stops(step: &Step) -> bool {
    matches!(step, Step::Jmp { .. } | Step::ExponentialDelay { .. } | Step::Delay { .. } | Step::Leave | Step::End)
}

/// Whether a run may stop here.
fn may_stop(step: &Step) -> bool {
    matches!(
        step,
        Step::Tell { .. }
            | Step::TellAfter { .. }
            | Step::Note { .. }
            | Step::Delay { .. }
            | Step::ExponentialDelay { .. }
            | Step::Seize { .. }
            | Step::Release { .. }
            | Step::Leave
            | Step::End
    )
}

/// The registers that a step reads.
pub(super) fn reads(step: &Step) -> impl Iterator<Item = u8> {
    let (words, count): ([u8; 5], usize) = match *step {
        Step::Fetch { .. } | Step::Now { .. } | Step::Me { .. } | Step::Own { .. } | Step::Jmp { .. } => ([0; 5], 0),
        Step::Member { .. } | Step::Leave | Step::End => ([0; 5], 0),
        Step::Store { a, .. } | Step::Mov { a, .. } | Step::NegF { a, .. } | Step::Not { a, .. } | Step::ToF { a, .. } => {
            ([a, 0, 0, 0, 0], 1)
        }
        Step::ToI { a, .. } | Step::Math1 { a, .. } | Step::Jz { a, .. } | Step::Jnone { a, .. } | Step::Chance { a, .. } => {
            ([a, 0, 0, 0, 0], 1)
        }
        Step::UnlessChance { a, .. } | Step::Below { a, .. } => ([a, 0, 0, 0, 0], 1),
        Step::Since { b, .. } => ([b, 0, 0, 0, 0], 1),
        Step::Exponential { mean, .. } | Step::ExponentialDelay { mean, .. } => ([mean, 0, 0, 0, 0], 1),
        Step::Delay { span } => ([span, 0, 0, 0, 0], 1),
        Step::Seize { holder, .. } => ([holder, 0, 0, 0, 0], 1),
        Step::Release { claim } => ([claim, 0, 0, 0, 0], 1),
        Step::ExponentialOn { mean, base, .. } => ([mean, base, 0, 0, 0], 2),
        Step::AddI { a, b, .. }
        | Step::SubI { a, b, .. }
        | Step::MulI { a, b, .. }
        | Step::DivI { a, b, .. }
        | Step::RemI { a, b, .. }
        | Step::AddF { a, b, .. }
        | Step::SubF { a, b, .. }
        | Step::MulF { a, b, .. }
        | Step::DivF { a, b, .. }
        | Step::LtI { a, b, .. }
        | Step::LeI { a, b, .. }
        | Step::Eq { a, b, .. }
        | Step::Ne { a, b, .. }
        | Step::LtF { a, b, .. }
        | Step::LeF { a, b, .. }
        | Step::EqF { a, b, .. }
        | Step::NeF { a, b, .. }
        | Step::MinF { a, b, .. }
        | Step::MaxF { a, b, .. }
        | Step::RemToF { a, b, .. }
        | Step::Math2 { a, b, .. }
        | Step::Between { a, b, .. }
        | Step::UnlessLtI { a, b, .. }
        | Step::UnlessLeI { a, b, .. }
        | Step::UnlessEq { a, b, .. }
        | Step::UnlessNe { a, b, .. }
        | Step::UnlessLtF { a, b, .. }
        | Step::UnlessLeF { a, b, .. } => ([a, b, 0, 0, 0], 2),
        Step::MulAdd { a, b, c, .. }
        | Step::MulSub { a, b, c, .. }
        | Step::DivAdd { a, b, c, .. }
        | Step::SubMul { a, b, c, .. }
        | Step::AddMax { a, b, c, .. }
        | Step::Draw { a, b, c, .. } => ([a, b, c, 0, 0], 3),
        Step::Tell { to, first, second, third, .. } => ([to, first, second, third, 0], 4),
        Step::TellAfter { to, first, second, third, delay, .. } => ([to, first, second, third, delay], 5),
        Step::Note { words: [first, second, third, fourth], .. } => ([first, second, third, fourth, 0], 4),
    };
    words.into_iter().take(count)
}

/// The registers that a step writes.
pub(super) fn writes(step: &Step) -> impl Iterator<Item = u8> {
    let (words, count): ([u8; 2], usize) = match *step {
        Step::Fetch { .. } | Step::Store { .. } | Step::Jz { .. } | Step::Jnone { .. } | Step::Jmp { .. } => ([0; 2], 0),
        Step::Tell { .. } | Step::TellAfter { .. } | Step::Note { .. } | Step::Delay { .. } | Step::Leave | Step::End => {
            ([0; 2], 0)
        }
        Step::Mov { d, .. }
        | Step::AddI { d, .. }
        | Step::SubI { d, .. }
        | Step::MulI { d, .. }
        | Step::DivI { d, .. }
        | Step::RemI { d, .. }
        | Step::AddF { d, .. }
        | Step::SubF { d, .. }
        | Step::MulF { d, .. }
        | Step::DivF { d, .. }
        | Step::NegF { d, .. }
        | Step::LtI { d, .. }
        | Step::LeI { d, .. }
        | Step::Eq { d, .. }
        | Step::Ne { d, .. }
        | Step::LtF { d, .. }
        | Step::LeF { d, .. }
        | Step::EqF { d, .. }
        | Step::NeF { d, .. }
        | Step::Not { d, .. }
        | Step::ToF { d, .. }
        | Step::ToI { d, .. }
        | Step::MinF { d, .. }
        | Step::MaxF { d, .. }
        | Step::Math1 { d, .. }
        | Step::Math2 { d, .. }
        | Step::Between { d, .. }
        | Step::Now { d }
        | Step::Me { d }
        | Step::Exponential { d, .. }
        | Step::Chance { d, .. }
        | Step::Draw { d, .. }
        | Step::Below { d, .. }
        | Step::Member { d, .. } => ([d, 0], 1),
        Step::UnlessLtI { test, .. }
        | Step::UnlessLeI { test, .. }
        | Step::UnlessEq { test, .. }
        | Step::UnlessNe { test, .. }
        | Step::UnlessLtF { test, .. }
        | Step::UnlessLeF { test, .. }
        | Step::UnlessChance { test, .. } => ([test, 0], 1),
        Step::MulAdd { t, d, .. }
        | Step::MulSub { t, d, .. }
        | Step::DivAdd { t, d, .. }
        | Step::SubMul { t, d, .. }
        | Step::AddMax { t, d, .. }
        | Step::RemToF { t, d, .. } => ([t, d], 2),
        Step::Since { now, d, .. } => ([now, d], 2),
        Step::Own { me, d, .. } => ([me, d], 2),
        Step::ExponentialOn { drawn, d, .. } => ([drawn, d], 2),
        Step::ExponentialDelay { drawn, .. } => ([drawn, 0], 1),
        Step::Release { claim } => ([claim, 0], 1),
        Step::Seize { claim, .. } => ([claim, FRAME_WAITED as u8], 2),
    };
    words.into_iter().take(count)
}
