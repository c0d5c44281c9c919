//! What a running program sees of the world: chance, the way to send, and other actors.

use crate::actors::{self, ActorId, draw_of, index_of, kind_of, sending};
use crate::packet::{Context, Packet};
use crate::payloads::Payloads;
use crate::plan::{Effect, Plan};
use crate::turn::Turn;
use crate::world::{World, system};
use rehearsal_kernel::{Bits, Draws, Duration, Purpose, below, distribution};
use rehearsal_language::program::{Law, Operand};
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{Host, Memory, Outlook, Words};

/// What one actor has at hand while a program of it runs: chance, and the way to send.
pub(crate) struct Hand<'a, 'c> {
    pub(crate) plan: &'a Plan,
    /// The sites of the actor's kind.
    pub(crate) sites: &'a [Purpose],
    /// Words of a row before the counts of draws.
    pub(crate) words: usize,
    /// Members of each group that is born: kind, first and last + 1.
    pub(crate) groups: &'a [(u16, usize, usize)],
    /// Where events go; none while a value is found.
    pub(crate) context: Option<&'a mut Context<'c>>,
}

impl Host for Hand<'_, '_> {
    #[inline]
    fn draw(&mut self, row: &Words, law: Law, site: u16, values: [f64; 3]) -> Result<f64, String> {
        let what = self.sites[site as usize];
        draw_of(row, self.words, what, site, |draws| draw(law, draws, values))
    }

    #[inline]
    fn bits(&mut self, row: &Words, site: u16) -> u64 {
        draw_of(row, self.words, self.sites[site as usize], site, |draws| draws.next())
    }

    #[inline]
    fn member(&mut self, row: &Words, site: u16, group: u16) -> Result<u64, String> {
        let (kind, first, last) = match self.groups.get(group as usize) {
            Some((kind, first, last)) if first < last => (*kind, *first, *last),
            found => return Err(no_member(&self.plan.groups[group as usize].name, found.is_some())),
        };
        let index = first + below(self.bits(row, site), (last - first) as u64) as usize;
        Ok(u64::from(actors::id(kind, index)))
    }

    /// A message to one actor, where it needs no other household's row to know the way.
    #[inline]
    fn effect(&mut self, memory: &Memory<'_>, id: u32) -> Result<bool, String> {
        let Some(context) = &mut self.context else { return Ok(false) };
        let Effect::Tell { to, many: false, message, with, delay } = &self.plan.effects[id as usize] else { return Ok(false) };
        let to = memory.get(*to);
        let words = self.plan.messages[*message as usize].words as usize;
        if words > Payloads::INLINE || self.plan.latency > 0 && to != memory.me {
            return Ok(false);
        }
        let target = actors::actor(to).ok_or("nobody to tell: the reference is none")?;
        let delay = match delay {
            Some(at) => span(memory.get(*at))?,
            None => Duration::ZERO,
        };
        let mut args = [NONE; Payloads::INLINE];
        for put in with {
            for word in 0..put.words {
                args[(put.to + word) as usize] = memory.get(put.from.offset(word));
            }
        }
        let packet = Packet::new(system::FIRST + *message, args);
        sending(memory.row(), memory.me as ActorId, |sender| context.send(sender, target, delay, packet))
            .map_err(|error| error.to_string())?;
        Ok(true)
    }
}

/// A span in seconds, as a program has it.
#[inline]
pub(crate) fn span(word: u64) -> Result<Duration, String> {
    let seconds = f64::from_bits(word);
    Duration::checked_from_seconds(seconds).ok_or_else(|| format!("a span of {seconds} s: it has to be 0 s or more"))
}

#[cold]
fn no_member(group: &str, born: bool) -> String {
    if born {
        format!("nothing to pick from: group `{group}` has no members")
    } else {
        format!("group `{group}` is born later: put it before the one that picks from it")
    }
}

/// What an instruction of a turn that looks outside sees.
pub(crate) struct View<'a, 'p, 'e> {
    pub(crate) world: &'a mut World<'p>,
    pub(crate) turn: &'a mut Turn<'e>,
}

impl Outlook for View<'_, '_, '_> {
    fn word(&self, at: Operand) -> u64 {
        self.world.word(self.turn, at)
    }

    fn put(&mut self, at: Operand, word: u64) {
        self.world.put(self.turn, at, word);
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

    fn call(&mut self, f: u16, at: u16) -> Result<(), String> {
        self.world.function(self.turn.actor, f, &mut self.turn.frame[at as usize..])
    }
}

impl World<'_> {
    /// Draws on the stream of a site of an actor.
    pub(crate) fn draw<T>(&mut self, actor: u32, site: u16, draw: impl FnOnce(&mut Draws<'_>) -> T) -> T {
        let (kind, index) = (kind_of(actor) as usize, index_of(actor));
        let part = self.plan.kinds[kind].sites[site as usize];
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

/// A draw from a law, its parameters checked first.
#[inline]
fn draw(law: Law, draws: &mut Draws<'_>, [a, b, c]: [f64; 3]) -> Result<f64, String> {
    match law {
        Law::Exponential if a > 0.0 && a.is_finite() => Ok(distribution::exponential(draws, a)),
        Law::Chance if (0.0..=1.0).contains(&a) => Ok(f64::from(u8::from(distribution::chance(draws, a)))),
        _ => draw_checked(law, draws, a, b, c),
    }
}

fn draw_checked(law: Law, draws: &mut Draws<'_>, a: f64, b: f64, c: f64) -> Result<f64, String> {
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
