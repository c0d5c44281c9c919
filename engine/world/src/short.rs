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
mod registers;
mod run;
mod step;
mod timer;
mod translate;

pub(crate) use machine::Trouble;
pub(crate) use reach::{Reach, Seized};
pub(crate) use registers::{FRAME, MISSING, Registers};
pub(crate) use step::Step;

use crate::actors::Site;
use crate::plan::Plan;
use machine::{Kept, Machine};
use react::Reactions;
use registers::{CONSTANTS, EVENT, FIELDS, blank};
use rehearsal_language::program::{Base, Operand};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;
use timer::Ready;

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
