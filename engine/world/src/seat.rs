//! What a running program sees of the world: its own row, other actors, time and chance.

use crate::actors::{self, index_of, kind_of};
use crate::world::World;
use rehearsal_kernel::stream::{Draws, StreamKey};
use rehearsal_kernel::{Bits, distribution};
use rehearsal_language::program::Law;
use rehearsal_language::vm::Host;

/// The place of one actor in the world, while one of its programs runs.
pub(crate) struct Seat<'a, 'p> {
    pub(crate) world: &'a mut World<'p>,
    kind: usize,
    index: usize,
    base: usize,
    actor: u32,
}

impl<'a, 'p> Seat<'a, 'p> {
    pub(crate) fn new(world: &'a mut World<'p>, actor: u32) -> Seat<'a, 'p> {
        let (kind, index) = (kind_of(actor) as usize, index_of(actor));
        let base = index * world.stores[kind].words;
        Seat { world, kind, index, base, actor }
    }

    /// The draws of a site of this actor.
    pub(crate) fn draws(&mut self, site: u16) -> Draws<'_> {
        self.world.draws(self.actor, site)
    }
}

impl<'p> World<'p> {
    /// The draws of a site of an actor: keyed by who draws and what for, counted in the actor's own store.
    pub(crate) fn draws(&mut self, actor: u32, site: u16) -> Draws<'_> {
        let (kind, index) = (kind_of(actor) as usize, index_of(actor));
        let name = self.plan.kinds[kind].sites[site as usize];
        let store = &mut self.stores[kind];
        let key = StreamKey::root(store.streams[index], name);
        let counter = &mut store.counters[index * store.sites + site as usize];
        Draws { key, counter }
    }

    /// The store and index of the actor a reference names, while it is there.
    pub(crate) fn find(&self, word: u64) -> Option<(usize, usize)> {
        let actor = actors::actor(word)?;
        let (kind, index) = (kind_of(actor) as usize, index_of(actor));
        self.stores.get(kind)?.alive.get(index).copied()?.then_some((kind, index))
    }
}

impl Host for Seat<'_, '_> {
    #[inline(always)]
    fn row(&self, slot: u16) -> u64 {
        self.world.stores[self.kind].rows[self.base + slot as usize]
    }

    #[inline(always)]
    fn set_row(&mut self, slot: u16, word: u64) {
        self.world.stores[self.kind].rows[self.base + slot as usize] = word;
    }

    #[inline]
    fn now(&self) -> u64 {
        self.world.now
    }

    #[inline]
    fn me(&self) -> u64 {
        u64::from(actors::id(self.kind as u16, self.index))
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
        let slot = self.world.plan.kinds[kind].regions[region as usize].slot;
        Some(self.world.stores[kind].get(index, slot) as u16 == state)
    }

    fn draw(&mut self, law: Law, site: u16, a: f64, b: f64, c: f64) -> Result<f64, String> {
        let mut draws = self.draws(site);
        draw(law, &mut draws, a, b, c)
    }

    fn bits(&mut self, site: u16) -> u64 {
        self.draws(site).next()
    }

    fn call(&mut self, f: u16, words: &mut [u64]) -> Result<(), String> {
        self.world.function(self.actor, f, words)
    }
}

/// A draw from a law, its parameters checked first.
fn draw(law: Law, draws: &mut Draws<'_>, a: f64, b: f64, c: f64) -> Result<f64, String> {
    let positive = |value: f64, what: &str| {
        if value > 0.0 && value.is_finite() { Ok(()) } else { Err(format!("{what} {value} is not above zero")) }
    };
    match law {
        Law::Uniform => {
            if a <= b && a.is_finite() && b.is_finite() {
                Ok(distribution::uniform(draws, a, b))
            } else {
                Err(format!("uniform({a}, {b}): the low end lies above the high end"))
            }
        }
        Law::Exponential => positive(a, "exponential: mean").map(|()| distribution::exponential(draws, a)),
        Law::Normal => {
            if b >= 0.0 && a.is_finite() && b.is_finite() {
                Ok(distribution::normal(draws, a, b))
            } else {
                Err(format!("normal({a}, {b}): the standard deviation is below zero"))
            }
        }
        Law::LogNormal => {
            positive(a, "lognormal: median")?;
            if b >= 0.0 {
                Ok(distribution::lognormal_median(draws, a, b))
            } else {
                Err(format!("lognormal: sigma {b} is below zero"))
            }
        }
        Law::Weibull => positive(a, "weibull: shape")
            .and_then(|()| positive(b, "weibull: scale"))
            .map(|()| distribution::weibull(draws, a, b)),
        Law::Gamma => {
            positive(a, "gamma: shape").and_then(|()| positive(b, "gamma: scale")).map(|()| distribution::gamma(draws, a, b))
        }
        Law::Poisson => distribution::poisson(draws, a)
            .map(|count| count as f64)
            .ok_or_else(|| format!("poisson({a}): the mean is not a number from 0 up")),
        Law::Chance => {
            if (0.0..=1.0).contains(&a) {
                Ok(f64::from(u8::from(distribution::chance(draws, a))))
            } else {
                Err(format!("chance({a}): a probability lies between 0 and 1"))
            }
        }
        Law::Triangular => {
            if a <= b && b <= c && a < c {
                Ok(distribution::triangular(draws, a, b, c))
            } else {
                Err(format!("triangular({a}, {b}, {c}): low, most likely and high are out of order"))
            }
        }
        Law::Beta => positive(a, "beta: first shape")
            .and_then(|()| positive(b, "beta: second shape"))
            .map(|()| distribution::beta(draws, a, b)),
    }
}
