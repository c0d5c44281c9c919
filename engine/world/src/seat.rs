//! What a running program sees of others in the world.

use crate::actors::{self, ActorId, draw_of, index_of, kind_of};
use crate::world::World;
use rehearsal_kernel::Draws;
use rehearsal_language::program::{Base, Operand};
use rehearsal_language::vm::{Outlook, Words};

/// What an instruction of a turn that looks outside sees.
pub(crate) struct View<'a, 'p> {
    pub(crate) world: &'a mut World<'p>,
    pub(crate) actor: ActorId,
    pub(crate) frame: &'a mut [u64],
    pub(crate) event: &'a Words,
}

impl Outlook for View<'_, '_> {
    fn word(&self, at: Operand) -> u64 {
        self.world.word_at(self.actor, self.frame, self.event, at)
    }

    fn put(&mut self, at: Operand, word: u64) {
        match at.base() {
            Base::Frame => self.frame[at.index() as usize] = word,
            Base::Row => self.world.set_row(self.actor, at.index(), word),
            Base::Event | Base::Const => debug_assert!(false, "a program writes to what it may only read"),
        }
    }

    fn field(&self, of: u64, slot: u16) -> Option<u64> {
        // What left the world keeps its last words: those who know it may still read them.
        let actor = actors::actor(of)?;
        let store = self.world.stores.get(kind_of(actor) as usize)?;
        (index_of(actor) < store.len()).then(|| store.get(index_of(actor), slot))
    }

    fn kind(&self, of: u64) -> Option<u16> {
        let actor = actors::actor(of)?;
        (index_of(actor) < self.world.stores.get(kind_of(actor) as usize)?.len()).then(|| kind_of(actor))
    }

    fn in_state(&self, of: u64, region: u16, state: u16) -> Option<bool> {
        let (kind, index) = self.world.find(of)?;
        let slot = self.world.common.plan.kinds[kind].regions[region as usize].slot;
        Some(self.world.stores[kind].get(index, slot) as u16 == state)
    }

    fn call(&mut self, f: u16, at: u16) -> Result<(), String> {
        self.world.function(self.actor, f, &mut self.frame[at as usize..])
    }
}

impl World<'_> {
    /// Draws on the stream of a site of an actor.
    pub(crate) fn draw<T>(&mut self, actor: u32, site: u16, draw: impl FnOnce(&mut Draws<'_>) -> T) -> T {
        let (kind, index) = (kind_of(actor) as usize, index_of(actor));
        let part = self.common.plan.kinds[kind].sites[site as usize];
        let store = &mut self.stores[kind];
        let words = store.words;
        draw_of(store.row(index), words, part, site, draw)
    }

    /// The store and index of the actor a reference names, while it is there.
    pub(crate) fn find(&self, word: u64) -> Option<(usize, usize)> {
        let actor = actors::actor(word)?;
        let (kind, index) = (kind_of(actor) as usize, index_of(actor));
        self.stores.get(kind)?.alive(index).then_some((kind, index))
    }
}
