//! The short form of programs: what routines become so that they run near to what a compiler would make of them.
//!
//! A flat program names a word by its array and its place in it. In the short form all words that a routine touches lie in
//! one array of [`Registers`]: its frame, the fields it uses (fetched when it is entered, put back when they change), what
//! the event says, and the constants. A number of eight bits then names a word, and no look at one has to be checked. What scenarios
//! do most is one [`Step`] where it was two or three instructions.
//!
//! The flat program stays what counts. A step does what its instructions did, down to the words of the frame, so that a job
//! may stop in one form and go on in the other. Where there is no step for an instruction the routine leaves and goes on in
//! the flat form. Nothing here is written down with a run.
//!
//! Start at [`Shorts::of`]; `run` runs the steps, `machine` makes machine code of those that run often, `play` is where the world
//! uses them, `reach` what they do to it.

mod machine;
mod play;
mod reach;
mod react;
mod run;
mod timer;
mod translate;

pub(crate) use machine::Trouble;
pub(crate) use reach::{Reach, Seized};

use crate::actors::Site;
use crate::plan::Plan;
use machine::{Kept, Machine};
use react::Reactions;
use rehearsal_kernel::Purpose;
use rehearsal_language::program::{Base, Law, Math1, Math2, Operand};
use rehearsal_language::types::NONE;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;
use timer::Ready;

/// All words of a routine in short form.
#[repr(transparent)]
pub(crate) struct Registers(pub(crate) [u64; 256]);

/// Registers of the frame, from 0 on; a routine with a longer frame stays flat.
pub(crate) const FRAME: usize = 64;
/// The first register of the fields that a routine uses.
const FIELDS: usize = FRAME;
/// The first register of what the event says.
const EVENT: usize = 112;
/// The first register of constants.
const CONSTANTS: usize = 120;
/// The register that is missing, for words that nobody gives.
pub(crate) const MISSING: u8 = 255;

/// Fields that one step fetches at most.
const FETCHED: usize = 5;

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
    fn target(&mut self) -> Option<&mut u16> {
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
    fn exponential(&self) -> Option<Site> {
        match *self {
            Step::Exponential { place, what, .. }
            | Step::ExponentialOn { place, what, .. }
            | Step::ExponentialDelay { place, what, .. } => Some(Site { place, what }),
            _ => None,
        }
    }

    /// Where a draw is counted in the row, in halves of a word.
    fn place(&self) -> Option<u16> {
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

/// The step at which a routine is entered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry(u32);

/// How a routine begins.
#[derive(Clone, Copy, Debug)]
struct Start {
    /// Words of its frame.
    frame: u8,
    /// Whether it is there for its value, and may be given words.
    is_value: bool,
    /// Where its value is found.
    result: Operand,
    /// Whether it may hold claims at its end.
    claims: bool,
}

/// The routines of a plan that have a short form.
pub(crate) struct Shorts {
    steps: Vec<Step>,
    /// The instruction that each step begins with.
    origins: Vec<u32>,
    /// By instruction: where it is entered, if a routine begins with it or may go on there.
    entries: Vec<Option<Entry>>,
    /// By kind: the steps of its routines.
    spans: Vec<Range<usize>>,
    /// By kind: what its actors set for themselves.
    kinds: Vec<Ready>,
    /// What messages set off.
    reactions: Reactions,
    /// The registers as they are before anything runs.
    registers: [u64; 256],
    /// By the instruction that a routine begins with.
    starts: BTreeMap<u32, Start>,
    /// What runs often is machine code.
    machine: Machine,
}

impl Shorts {
    /// The short forms of a plan's routines.
    ///
    /// They are compiled once they were taken `often`.
    pub(crate) fn of(plan: &Plan, often: u32) -> Shorts {
        let mut shorts = translate::shorts(plan);
        let of_steps =
            |kind: usize| shorts.steps[shorts.spans.get(kind).cloned().unwrap_or(0..0)].iter().find_map(Step::exponential);
        let kinds = plan.kinds.iter().enumerate().map(|(at, kind)| Ready::of(plan, kind, &shorts, of_steps(at)));
        shorts.kinds = kinds.collect();
        shorts.reactions = Reactions::of(plan, &shorts);
        shorts.machine = Machine::new(shorts.steps.len(), often);
        shorts
    }

    /// No short forms.
    fn none() -> Shorts {
        let (steps, origins, entries, starts) = (Vec::new(), Vec::new(), Vec::new(), BTreeMap::new());
        let machine = Machine::new(0, machine::OFTEN);
        Shorts {
            steps,
            origins,
            entries,
            spans: Vec::new(),
            kinds: Vec::new(),
            reactions: Reactions::default(),
            registers: blank(),
            starts,
            machine,
        }
    }

    /// Where the routine or the rest of one is entered that begins at an instruction.
    #[inline]
    pub(crate) fn entry(&self, pc: u32) -> Option<Entry> {
        self.entries.get(pc as usize).copied().flatten()
    }

    /// The instruction that a step begins with.
    #[inline]
    fn origin(&self, step: usize) -> u32 {
        self.origins[step]
    }

    /// The site at which is drawn ahead for actors of a kind.
    #[inline]
    pub(crate) fn drawn(&self, kind: usize) -> Option<Site> {
        self.kinds.get(kind)?.drawn
    }

    /// The site at which a step draws, if that is the one at which is drawn ahead for its actor.
    fn drawn_ahead(&self, step: usize) -> Option<&Site> {
        let kind = self.spans.iter().position(|span| span.contains(&step))?;
        self.kinds.get(kind)?.drawn.as_ref().filter(|site| self.steps[step].exponential() == Some(**site))
    }

    /// What a routine that is entered here finds in its frame and leaves there.
    fn kept(&self, Entry(entry): Entry) -> Kept {
        let Some(start) = self.starts.get(&self.origin(entry as usize)) else {
            return Kept { fresh: None, all: true, result: None };
        };
        let result = (start.result.base() == Base::Frame).then(|| start.result.index() as u8);
        Kept { fresh: (!start.is_value).then_some(start.frame), all: start.claims, result }
    }

    /// Registers with all constants in their places.
    pub(crate) fn registers(&self) -> Box<Registers> {
        Box::new(Registers(self.registers))
    }
}

/// Room for the short forms of a plan, which are made when it first runs.
///
/// Which form a routine has never shows in what a run gives. The forms by name are for who compares them.
pub struct ShortForm {
    made: OnceLock<Shorts>,
    often: u32,
}

impl ShortForm {
    /// Room in which nothing is short: all programs run flat.
    #[must_use]
    pub fn flat() -> ShortForm {
        ShortForm { made: OnceLock::from(Shorts::none()), often: 0 }
    }

    /// Room in which nothing becomes machine code.
    #[must_use]
    pub fn steps() -> ShortForm {
        ShortForm { made: OnceLock::new(), often: u32::MAX }
    }

    /// Room in which all becomes machine code that can, before it first runs.
    #[must_use]
    pub fn machine() -> ShortForm {
        ShortForm { made: OnceLock::new(), often: 0 }
    }

    /// How many ways into routines have become machine code so far.
    #[must_use]
    pub fn compiled(&self) -> usize {
        self.made.get().map_or(0, |shorts| shorts.machine.made())
    }

    /// The short forms of `plan`, whose room this is.
    pub(crate) fn of<'p>(&'p self, plan: &Plan) -> &'p Shorts {
        self.made.get_or_init(|| Shorts::of(plan, self.often))
    }
}

impl Default for ShortForm {
    /// Room in which what runs often becomes machine code.
    fn default() -> ShortForm {
        ShortForm { made: OnceLock::new(), often: machine::OFTEN }
    }
}

impl Clone for ShortForm {
    /// An empty room: a copy of a plan may be changed.
    fn clone(&self) -> ShortForm {
        ShortForm::default()
    }
}

impl fmt::Debug for ShortForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShortForm")
    }
}

/// Words of a frame that are cleared at once, whatever it has: a count of its own would cost more.
const CLEARED: usize = 8;

impl Registers {
    /// Clears a frame of so many words.
    #[inline(always)]
    fn clear(&mut self, words: usize) {
        self.0[..CLEARED].fill(0);
        if words > CLEARED {
            self.0[CLEARED..2 * CLEARED].fill(0);
        }
        if words > 2 * CLEARED {
            self.0[2 * CLEARED..words].fill(0);
        }
    }

    /// No event says anything.
    #[inline(always)]
    fn hear_nothing(&mut self) {
        self.0[EVENT..CONSTANTS].fill(NONE);
    }

    #[inline(always)]
    fn get(&self, at: u8) -> u64 {
        self.0[at as usize]
    }

    #[inline(always)]
    fn int(&self, at: u8) -> i64 {
        self.get(at) as i64
    }

    #[inline(always)]
    fn float(&self, at: u8) -> f64 {
        f64::from_bits(self.get(at))
    }

    #[inline(always)]
    fn set(&mut self, at: u8, word: u64) {
        self.0[at as usize] = word;
    }

    #[inline(always)]
    fn set_float(&mut self, at: u8, value: f64) {
        self.set(at, value.to_bits());
    }

    #[inline(always)]
    fn gather<const WORDS: usize>(&self, places: [u8; WORDS]) -> [u64; WORDS] {
        places.map(|at| self.get(at))
    }
}

/// Registers before constants are known.
fn blank() -> [u64; 256] {
    let mut registers = [0; 256];
    registers[MISSING as usize] = NONE;
    registers
}
