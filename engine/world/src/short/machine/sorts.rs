//! Which registers hold real numbers, so that they are kept where a processor reckons with them.

use crate::short::Step;
use std::collections::BTreeMap;

/// What registers hold, by all that is done to them. It decides where a value is kept, never what it is.
pub(super) struct Sorts(BTreeMap<u8, Sort>);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Number,
    Word,
}

impl Sorts {
    pub(super) fn of(steps: &[Step]) -> Sorts {
        let mut sorts = Sorts(BTreeMap::new());
        for step in steps {
            sorts.look(step);
        }
        // What is only carried takes the sort of what it is carried to or from.
        for step in steps.iter().rev().chain(steps) {
            if let Step::Mov { d, a } = *step {
                match (sorts.0.get(&d).copied(), sorts.0.get(&a).copied()) {
                    (Some(sort), None) => _ = sorts.0.insert(a, sort),
                    (None, Some(sort)) => _ = sorts.0.insert(d, sort),
                    _ => {}
                }
            }
        }
        sorts
    }

    /// Whether a register holds nothing but real numbers.
    pub(super) fn is_number(&self, at: u8) -> bool {
        self.0.get(&at) == Some(&Sort::Number)
    }

    fn look(&mut self, step: &Step) {
        let (numbers, words): ([Option<u8>; 5], [Option<u8>; 4]) = match *step {
            Step::AddF { d, a, b }
            | Step::SubF { d, a, b }
            | Step::MulF { d, a, b }
            | Step::DivF { d, a, b }
            | Step::MinF { d, a, b }
            | Step::MaxF { d, a, b }
            | Step::Math2 { d, a, b, .. } => ([Some(d), Some(a), Some(b), None, None], [None; 4]),
            Step::NegF { d, a } | Step::Math1 { d, a, .. } => ([Some(d), Some(a), None, None, None], [None; 4]),
            Step::MulAdd { t, d, a, b, c }
            | Step::MulSub { t, d, a, b, c }
            | Step::DivAdd { t, d, a, b, c }
            | Step::SubMul { t, d, a, b, c }
            | Step::AddMax { t, d, a, b, c } => ([Some(t), Some(d), Some(a), Some(b), Some(c)], [None; 4]),
            Step::LtF { d, a, b } | Step::LeF { d, a, b } | Step::EqF { d, a, b } | Step::NeF { d, a, b } => {
                ([Some(a), Some(b), None, None, None], [Some(d), None, None, None])
            }
            Step::UnlessLtF { test, a, b, .. } | Step::UnlessLeF { test, a, b, .. } => {
                ([Some(a), Some(b), None, None, None], [Some(test), None, None, None])
            }
            Step::AddI { d, a, b }
            | Step::SubI { d, a, b }
            | Step::MulI { d, a, b }
            | Step::DivI { d, a, b }
            | Step::RemI { d, a, b }
            | Step::LtI { d, a, b }
            | Step::LeI { d, a, b }
            | Step::Eq { d, a, b }
            | Step::Ne { d, a, b } => ([None; 5], [Some(d), Some(a), Some(b), None]),
            Step::UnlessLtI { test, a, b, .. }
            | Step::UnlessLeI { test, a, b, .. }
            | Step::UnlessEq { test, a, b, .. }
            | Step::UnlessNe { test, a, b, .. } => ([None; 5], [Some(test), Some(a), Some(b), None]),
            Step::Not { d, a } => ([None; 5], [Some(d), Some(a), None, None]),
            Step::ToF { d, a } => ([Some(d), None, None, None, None], [Some(a), None, None, None]),
            Step::ToI { d, a } => ([Some(a), None, None, None, None], [Some(d), None, None, None]),
            Step::RemToF { t, d, a, b } => ([Some(d), None, None, None, None], [Some(t), Some(a), Some(b), None]),
            Step::Between { d, a, b } => ([Some(d), None, None, None, None], [Some(a), Some(b), None, None]),
            Step::Since { now, d, b } => ([Some(d), None, None, None, None], [Some(now), Some(b), None, None]),
            Step::Exponential { d, mean, .. } => ([Some(d), Some(mean), None, None, None], [None; 4]),
            Step::ExponentialOn { drawn, mean, d, base, .. } => ([Some(drawn), Some(mean), Some(d), Some(base), None], [None; 4]),
            Step::ExponentialDelay { drawn, mean, .. } => ([Some(drawn), Some(mean), None, None, None], [None; 4]),
            Step::Chance { d, a, .. } => ([Some(a), None, None, None, None], [Some(d), None, None, None]),
            Step::UnlessChance { test, a, .. } => ([Some(a), None, None, None, None], [Some(test), None, None, None]),
            Step::Jz { a, .. } | Step::Jnone { a, .. } => ([None; 5], [Some(a), None, None, None]),
            Step::Now { d } | Step::Me { d } | Step::Member { d, .. } => ([None; 5], [Some(d), None, None, None]),
            Step::Below { d, a, .. } => ([None; 5], [Some(d), Some(a), None, None]),
            Step::Own { me, d, .. } => ([None; 5], [Some(me), Some(d), None, None]),
            Step::Tell { to, .. } | Step::TellAfter { to, .. } => ([None; 5], [Some(to), None, None, None]),
            Step::Seize { holder, claim, .. } => ([None; 5], [Some(holder), Some(claim), None, None]),
            Step::Release { claim } => ([None; 5], [Some(claim), None, None, None]),
            // These carry words, whatever they are, or find them in memory.
            Step::Fetch { .. } | Step::Store { .. } | Step::Mov { .. } | Step::Draw { .. } | Step::Note { .. } => return,
            Step::Delay { .. } | Step::Jmp { .. } | Step::Leave | Step::End => return,
        };
        for at in words.into_iter().flatten() {
            self.0.insert(at, Sort::Word);
        }
        for at in numbers.into_iter().flatten() {
            self.0.entry(at).or_insert(Sort::Number);
        }
    }
}
