//! The steps that routines consist of in short form.

use crate::actors::Site;
use rehearsal_kernel::Purpose;
use rehearsal_language::program::{Law, Math1, Math2};

/// Fields that one step fetches at most.
pub(super) const FETCHED: usize = 5;

/// One step of a routine in short form. `d` is where the result goes, `t` the step that a jump goes to.
///
/// A draw has the place of its count in the row, in halves of a word, and the part that its stream is keyed by. Where a step
/// stands for several instructions it also writes what lay between them: `test` and `drawn`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Fields of the actor, into as many registers from `d` on.
    Fetch {
        d: u8,
        count: u8,
        t: u16,
        slots: [u16; FETCHED],
    },
    /// Puts a field back.
    Store {
        slot: u16,
        a: u8,
    },
    Mov {
        d: u8,
        a: u8,
    },
    AddI {
        d: u8,
        a: u8,
        b: u8,
    },
    SubI {
        d: u8,
        a: u8,
        b: u8,
    },
    MulI {
        d: u8,
        a: u8,
        b: u8,
    },
    DivI {
        d: u8,
        a: u8,
        b: u8,
    },
    RemI {
        d: u8,
        a: u8,
        b: u8,
    },
    AddF {
        d: u8,
        a: u8,
        b: u8,
    },
    SubF {
        d: u8,
        a: u8,
        b: u8,
    },
    MulF {
        d: u8,
        a: u8,
        b: u8,
    },
    DivF {
        d: u8,
        a: u8,
        b: u8,
    },
    NegF {
        d: u8,
        a: u8,
    },
    LtI {
        d: u8,
        a: u8,
        b: u8,
    },
    LeI {
        d: u8,
        a: u8,
        b: u8,
    },
    Eq {
        d: u8,
        a: u8,
        b: u8,
    },
    Ne {
        d: u8,
        a: u8,
        b: u8,
    },
    LtF {
        d: u8,
        a: u8,
        b: u8,
    },
    LeF {
        d: u8,
        a: u8,
        b: u8,
    },
    EqF {
        d: u8,
        a: u8,
        b: u8,
    },
    NeF {
        d: u8,
        a: u8,
        b: u8,
    },
    Not {
        d: u8,
        a: u8,
    },
    ToF {
        d: u8,
        a: u8,
    },
    ToI {
        d: u8,
        a: u8,
    },
    MinF {
        d: u8,
        a: u8,
        b: u8,
    },
    MaxF {
        d: u8,
        a: u8,
        b: u8,
    },
    /// `t = b * c`, then `d = a + t`; the next ones likewise.
    MulAdd {
        t: u8,
        d: u8,
        a: u8,
        b: u8,
        c: u8,
    },
    MulSub {
        t: u8,
        d: u8,
        a: u8,
        b: u8,
        c: u8,
    },
    DivAdd {
        t: u8,
        d: u8,
        a: u8,
        b: u8,
        c: u8,
    },
    /// `t = b - c`, then `d = a * t`.
    SubMul {
        t: u8,
        d: u8,
        a: u8,
        b: u8,
        c: u8,
    },
    /// `t = b + c`, then the larger of it and `a`.
    AddMax {
        t: u8,
        d: u8,
        a: u8,
        b: u8,
        c: u8,
    },
    /// `t = a % b`, then as a real number.
    RemToF {
        t: u8,
        d: u8,
        a: u8,
        b: u8,
    },
    Math1 {
        f: Math1,
        d: u8,
        a: u8,
    },
    Math2 {
        f: Math2,
        d: u8,
        a: u8,
        b: u8,
    },
    Between {
        d: u8,
        a: u8,
        b: u8,
    },
    Now {
        d: u8,
    },
    /// Now, then the time from `b` to now.
    Since {
        now: u8,
        d: u8,
        b: u8,
    },
    Me {
        d: u8,
    },
    /// The actor itself, then one of its holders.
    Own {
        me: u8,
        d: u8,
        holder: u16,
    },
    Jz {
        a: u8,
        t: u16,
    },
    Jnone {
        a: u8,
        t: u16,
    },
    Jmp {
        t: u16,
    },
    UnlessLtI {
        test: u8,
        a: u8,
        b: u8,
        t: u16,
    },
    UnlessLeI {
        test: u8,
        a: u8,
        b: u8,
        t: u16,
    },
    UnlessEq {
        test: u8,
        a: u8,
        b: u8,
        t: u16,
    },
    UnlessNe {
        test: u8,
        a: u8,
        b: u8,
        t: u16,
    },
    UnlessLtF {
        test: u8,
        a: u8,
        b: u8,
        t: u16,
    },
    UnlessLeF {
        test: u8,
        a: u8,
        b: u8,
        t: u16,
    },
    Exponential {
        d: u8,
        mean: u8,
        place: u16,
        what: Purpose,
    },
    /// An exponential draw and what is added to it.
    ExponentialOn {
        drawn: u8,
        mean: u8,
        d: u8,
        base: u8,
        place: u16,
        what: Purpose,
    },
    /// An exponential draw, and a wait of so long.
    ExponentialDelay {
        drawn: u8,
        mean: u8,
        place: u16,
        what: Purpose,
    },
    Chance {
        d: u8,
        a: u8,
        place: u16,
        what: Purpose,
    },
    /// A draw of chance, and a jump where it fails.
    UnlessChance {
        test: u8,
        a: u8,
        t: u16,
        place: u16,
        what: Purpose,
    },
    Draw {
        law: Law,
        d: u8,
        a: u8,
        b: u8,
        c: u8,
        place: u16,
        what: Purpose,
    },
    Below {
        d: u8,
        a: u8,
        place: u16,
        what: Purpose,
    },
    Member {
        d: u8,
        group: u16,
        place: u16,
        what: Purpose,
    },
    Tell {
        to: u8,
        first: u8,
        second: u8,
        third: u8,
        message: u16,
    },
    TellAfter {
        to: u8,
        first: u8,
        second: u8,
        third: u8,
        message: u16,
        delay: u8,
    },
    Note {
        note: u16,
        words: [u8; 4],
    },
    Delay {
        span: u8,
    },
    Seize {
        holder: u8,
        claim: u8,
        id: u32,
    },
    Release {
        claim: u8,
    },
    /// There is no step for what comes next.
    Leave,
    End,
}

const _: () = assert!(size_of::<Step>() == 16, "a step is 16 bytes");

impl Step {
    /// Where it may jump to, to be read or changed.
    pub(super) fn target(&mut self) -> Option<&mut u16> {
        match self {
            Step::Jz { t, .. }
            | Step::Jnone { t, .. }
            | Step::Jmp { t }
            | Step::UnlessLtI { t, .. }
            | Step::UnlessLeI { t, .. }
            | Step::UnlessEq { t, .. }
            | Step::UnlessNe { t, .. }
            | Step::UnlessLtF { t, .. }
            | Step::UnlessLeF { t, .. }
            | Step::UnlessChance { t, .. } => Some(t),
            _ => None,
        }
    }

    /// Where it draws an exponential, if it does.
    pub(super) fn exponential(&self) -> Option<Site> {
        match *self {
            Step::Exponential { place, what, .. }
            | Step::ExponentialOn { place, what, .. }
            | Step::ExponentialDelay { place, what, .. } => Some(Site { place, what }),
            _ => None,
        }
    }

    /// Where a draw is counted in the row, in halves of a word.
    pub(super) fn place(&self) -> Option<u16> {
        match *self {
            Step::Exponential { place, .. }
            | Step::ExponentialOn { place, .. }
            | Step::ExponentialDelay { place, .. }
            | Step::Chance { place, .. }
            | Step::UnlessChance { place, .. }
            | Step::Draw { place, .. }
            | Step::Below { place, .. }
            | Step::Member { place, .. } => Some(place),
            _ => None,
        }
    }
}
