//! What an actor does by itself while a program of it runs in flat form: it draws, sends, waits, and uses what it owns.
//!
//! Here its words are found for what it may do on the spot, see `short/reach.rs`.

use crate::actors::{self, ActorId, draw_of, kind_of};
use crate::law;
use crate::packet::Context;
use crate::payloads::Payloads;
use crate::plan::{Effect, FRAME_WAITED, Put};
use crate::short::{Reach, Seized};
use crate::turn::Course;
use crate::world::World;
use rehearsal_kernel::{Bits, Duration, Purpose, below};
use rehearsal_language::law::Shape;
use rehearsal_language::program::{Base, Law, Operand};
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{Host, Memory, Words};

/// What one actor has at hand while a program of it runs: the world, but for the rows of its own kind.
///
/// Those are lent to the program, see `World::advance`: nothing here may look into them but through the memory.
pub(crate) struct Hand<'a, 'p, 'c> {
    pub(crate) world: &'a mut World<'p>,
    /// The sites of the actor's kind.
    pub(crate) sites: &'p [Purpose],
    /// Words of a row before the counts of draws.
    pub(crate) words: usize,
    /// Where events go, and what the turn has come to; nothing while a value is found.
    pub(crate) act: Option<(&'a mut Context<'c>, &'a mut Course)>,
    /// Whether its last effect was carried out and it waits now.
    pub(crate) suspended: bool,
}

impl Host for Hand<'_, '_, '_> {
    #[inline(always)]
    fn draw_one(&mut self, row: &Words, law: Law, site: u16, value: f64) -> Result<f64, String> {
        let what = self.sites[site as usize];
        draw_of(row, self.words, what, site, |draws| law::draw_one(law, draws, value))
    }

    fn draw(&mut self, row: &Words, law: Law, site: u16, values: [f64; 3]) -> Result<f64, String> {
        let what = self.sites[site as usize];
        draw_of(row, self.words, what, site, |draws| law::draw(law, draws, values))
    }

    fn draw_shaped(&mut self, row: &Words, shape: Shape, law: Law, site: u16, values: [f64; 5]) -> Result<f64, String> {
        let what = self.sites[site as usize];
        draw_of(row, self.words, what, site, |draws| law::draw_shaped(shape, law, draws, values))
    }

    #[inline(always)]
    fn bits(&mut self, row: &Words, site: u16) -> u64 {
        draw_of(row, self.words, self.sites[site as usize], site, |draws| draws.next())
    }

    fn count(&mut self, row: &Words, site: u16) -> u32 {
        draw_of(row, self.words, self.sites[site as usize], site, |draws| {
            let before = *draws.counter;
            *draws.counter = before.wrapping_add(1);
            before
        })
    }

    #[inline(always)]
    fn member(&mut self, row: &Words, site: u16, group: u16) -> Result<u64, String> {
        let (kind, first, last) = match self.world.common.groups.get(group as usize) {
            Some((kind, first, last)) if first < last => (*kind, *first, *last),
            found => return Err(no_member(&self.world.common.plan.groups[group as usize].name, found.is_some())),
        };
        let index = first + below(self.bits(row, site), (last - first) as u64) as usize;
        Ok(u64::from(actors::id(kind, index)))
    }

    #[inline]
    fn effect(&mut self, memory: &Memory<'_>, id: u32) -> Result<bool, String> {
        self.carry_out(memory, &self.world.common.plan.effects[id as usize], id)
    }
}

impl Hand<'_, '_, '_> {
    fn carry_out(&mut self, memory: &Memory<'_>, effect: &Effect, id: u32) -> Result<bool, String> {
        let plan = self.world.common.plan;
        match effect {
            Effect::Tell { to, many: false, message, with, delay }
                if usize::from(plan.messages[*message as usize].words) <= Payloads::INLINE =>
            {
                let words = gathered::<{ Payloads::INLINE }>(memory, with);
                match delay {
                    Some(at) => {
                        let delay = span(memory.get(*at))?;
                        self.with(memory, |reach| reach.tell_after(memory.get(*to), *message, words, delay))
                    }
                    None => self.with(memory, |reach| reach.tell(memory.get(*to), *message, words)),
                }
            }
            Effect::Delay { span: at } => {
                let delay = span(memory.get(*at))?;
                self.suspended |= self.with(memory, |reach| reach.wait(delay, 0).map(|frame| frame.is_some()))?;
                Ok(false)
            }
            Effect::Seize { holder, claim, units: None, priority: None, renege_after: None, unit: None, .. } => {
                let (held, waits) = self.with(memory, |reach| match reach.seize(memory.get(*holder), id, 0) {
                    Seized::Claim(word) => (Some(word), false),
                    Seized::Waits(_) => (None, true),
                    Seized::Not => (None, false),
                });
                self.suspended |= waits;
                if let Some(word) = held {
                    memory.set(*claim, word);
                    memory.set(Operand::new(Base::Frame, FRAME_WAITED), 0.0_f64.to_bits());
                }
                Ok(held.is_some())
            }
            Effect::Release { claim } if claim.base() == Base::Frame => {
                let released = self.with(memory, |reach| reach.release(memory.get(*claim)))?;
                if released {
                    memory.set(*claim, 0);
                }
                Ok(released)
            }
            Effect::Note { note, with } => Ok(self.note(memory, *note, with)),
            _ => Ok(false),
        }
    }

    /// Acts with what a program may reach in the world.
    fn with<T>(&mut self, memory: &Memory<'_>, act: impl FnOnce(&mut Reach<'_, '_, '_>) -> T) -> T {
        let me = memory.me as ActorId;
        let world = &mut *self.world;
        // The rows of its kind are lent to the memory, not its holders.
        let holders = &mut world.stores[kind_of(me) as usize].holders;
        let (context, course) = match &mut self.act {
            Some((context, course)) => (Some(&mut **context), **course),
            None => (None, Course::none()),
        };
        let mut reach = Reach {
            common: &mut world.common,
            row: memory.row(),
            holders,
            ahead: &actors::NOTHING,
            me,
            context,
            course,
            // Its turn keeps the frame, and puts it into the job.
            words: 0,
        };
        let done = act(&mut reach);
        let course = reach.course;
        if let Some((_, kept)) = &mut self.act {
            **kept = course;
        }
        done
    }

    /// States a fact that only measures look at, and plainly; false for any other.
    fn note(&mut self, memory: &Memory<'_>, note: u16, with: &[Put]) -> bool {
        const WORDS: usize = 4;
        let looked_on = self.world.common.observer.is_some() || self.world.common.policy.is_some();
        if looked_on || self.act.is_none() || self.world.common.plan.notes[note as usize].words as usize > WORDS {
            return false;
        }
        let by = (memory.now, kind_of(memory.me as ActorId));
        self.world.common.measures.plainly(by, note, gathered::<WORDS>(memory, with), |at| memory.get(at))
    }
}

/// The words that a message or a note carries; missing where nobody gives them.
#[inline]
fn gathered<const WORDS: usize>(memory: &Memory<'_>, with: &[Put]) -> [u64; WORDS] {
    let mut words = [NONE; WORDS];
    for put in with {
        for word in 0..put.words {
            if let Some(place) = words.get_mut((put.to + word) as usize) {
                *place = memory.get(put.from.offset(word));
            }
        }
    }
    words
}

/// A span in seconds, as a program has it.
#[inline]
pub(crate) fn span(word: u64) -> Result<Duration, String> {
    let seconds = f64::from_bits(word);
    Duration::checked_from_seconds(seconds)
        .ok_or_else(|| format!("a span of {seconds} s: it has to be 0 s or more, and within 584 years"))
}

#[cold]
pub(crate) fn no_member(group: &str, born: bool) -> String {
    if born {
        format!("nothing to pick from: group `{group}` has no members")
    } else {
        format!("group `{group}` is born later: put it before the one that picks from it")
    }
}
