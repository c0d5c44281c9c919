//! What the compiler saw on its way: who goes where, who speaks to whom, who brings whom into the world.
//!
//! Nothing that runs needs it. Advice ([`crate::lint`]) and descriptions ([`crate::describe`]) are made from it, so that
//! they know of procedures, mixins and parameters just what the programs know.

use crate::fault::At;
use rehearsal_language::types::{Kinds, Type};
use std::collections::{BTreeMap, BTreeSet};

/// A region, and one of its states or all of them.
pub(crate) type From = Option<(u16, Option<u16>)>;

/// Something that is said: by which kind, what, and to which kinds; to nobody known where the list is empty.
pub(crate) type Said = (u16, u16, Vec<u16>);

/// What was seen in one pass over a scenario.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recorded {
    /// Kind, where the step stands, region and state that it goes to.
    pub(crate) gotos: BTreeSet<(u16, From, (u16, u16))>,
    /// Messages, and where the first of each sort is told.
    pub(crate) tells: BTreeMap<Said, At>,
    /// Questions.
    pub(crate) asks: BTreeMap<Said, At>,
    /// Kind that spawns, kind that is spawned.
    pub(crate) spawns: BTreeSet<(u16, u16)>,
    /// Kinds that contact people.
    pub(crate) contacts: BTreeSet<u16>,
}

impl Recorded {
    /// A message is told to a value of this type.
    pub(crate) fn tell(&mut self, kind: u16, message: u16, to: &Type, at: At) {
        self.tells.entry((kind, message, kinds(to))).or_insert(at);
    }

    /// A question is put to a value of this type.
    pub(crate) fn ask(&mut self, kind: u16, question: u16, of: &Kinds, at: At) {
        self.asks.entry((kind, question, of.list())).or_insert(at);
    }
}

fn kinds(ty: &Type) -> Vec<u16> {
    match ty {
        Type::Ref { kinds, .. } => kinds.list(),
        Type::List(inner, _) | Type::Maybe(inner) => self::kinds(inner),
        _ => Vec::new(),
    }
}
