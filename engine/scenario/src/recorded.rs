//! What the compiler saw on its way: who goes where, who speaks to whom, who brings whom into the world.
//!
//! Nothing that runs needs it. Advice ([`crate::lint`]) and descriptions ([`crate::describe`]) are made from it, so that
//! they know of procedures, mixins and parameters just what the programs know.

use crate::fault::At;
use rehearsal_world::plan::Mark;
use std::collections::{BTreeMap, BTreeSet};

/// A region, and one of its states or all of them.
pub(crate) type From = Option<(u16, Option<u16>)>;

/// Something that is said: by which kind, what, and to which kinds; to nobody known where the list is empty.
pub(crate) type Said = (u16, u16, Vec<u16>);

/// What was seen in one pass over a scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    /// Kind, where the step stands, region and state that it goes to, and the path of the routine that it is in.
    pub(crate) gotos: BTreeSet<(u16, From, (u16, u16), String)>,
    /// The path of the routine of each timer: by kind, by the state or region that it is of, and by where it is written.
    pub(crate) timers: BTreeMap<(u16, From, At), String>,
    /// Messages, and where the first of each sort is told.
    pub(crate) tells: BTreeMap<Said, At>,
    /// Questions.
    pub(crate) asks: BTreeMap<Said, At>,
    /// Kind that spawns, kind that is spawned.
    pub(crate) spawns: BTreeSet<(u16, u16)>,
    /// Features that policies read: the kind of their minds, and the feature's name.
    pub(crate) features: BTreeSet<(u16, String)>,
    /// Kinds that contact people.
    pub(crate) contacts: BTreeSet<u16>,
    /// Branches that are counted, with the kind in which they stand.
    pub(crate) marks: Vec<(u16, Mark)>,
    /// Steps that are done together of which none can be undone.
    pub(crate) loose: BTreeSet<At>,
    /// Decision tables, by number, that something is looked up in.
    pub(crate) looked_in: BTreeSet<usize>,
    /// Where something is looked up in a table that always gives something, and `else` says what is done where it does not.
    pub(crate) vain_else: BTreeSet<At>,
}

impl Recorded {
    /// A kind tells a message to actors of these kinds, or to whomever.
    pub(crate) fn tell(&mut self, kind: u16, message: u16, to: Vec<u16>, at: At) {
        self.tells.entry((kind, message, to)).or_insert(at);
    }

    /// A kind asks a question of actors of these kinds.
    pub(crate) fn ask(&mut self, kind: u16, question: u16, of: Vec<u16>, at: At) {
        self.asks.entry((kind, question, of)).or_insert(at);
    }
}
