//! An actor of a native kind while one of its handlers runs, and what it heard.

use super::handles::{Alarm, Field, Fixed, Hears, Luck, Notes, Tells};
use super::sorts::Sort;
use super::sorts::sealed::Coded;
use super::values::Values;
use super::values::sealed::Laid;
use super::{Code, RUNS};
use crate::actors::{ActorId, actor, draw_of, index_of, kind_of};
use crate::error::{Cause, RunError};
use crate::packet::Context;
use crate::plan::{Plan, Schema};
use crate::world::{World, system};
use rehearsal_kernel::{Bits, Duration, Purpose, Time};
use rehearsal_language::symbol::Symbol;
use rehearsal_language::types::{NONE, Type};
use rehearsal_language::vm::{self, Words};

/// What a native actor reaches of the world. It is behind a pointer so that handlers need not spell its lifetimes.
pub(crate) struct Seat<'a, 'p, 'c> {
    pub(crate) world: &'a mut World<'p>,
    pub(crate) context: &'a mut Context<'c>,
    pub(crate) actor: ActorId,
}

/// The ways in which a native actor reaches the world.
pub(crate) trait Reach {
    /// The actor's row.
    fn row(&mut self) -> &Words;
    /// A word of the actor's row.
    fn word(&self, slot: u16) -> u64;
    /// The present \[ns\].
    fn now(&self) -> u64;
    /// Sends a message; false where there is no such actor.
    fn send(&mut self, to: ActorId, delay: u64, message: u16, words: &mut [u64]) -> Result<bool, RunError>;
    /// States a note.
    fn note(&mut self, note: u16, words: &mut [u64]) -> Result<(), RunError>;
    /// Lets an alarm ring after a delay \[ns\], and not at the moment it was set for before.
    fn set_alarm(&mut self, alarm: u16, slot: u16, delay: u64) -> Result<(), RunError>;
    /// Stops an alarm; whether it was to ring.
    fn stop_alarm(&mut self, slot: u16) -> bool;
    /// What the actor is called.
    fn name(&self) -> String;
}

impl Reach for Seat<'_, '_, '_> {
    #[inline]
    fn row(&mut self) -> &Words {
        self.world.stores[kind_of(self.actor) as usize].row(index_of(self.actor))
    }

    #[inline]
    fn word(&self, slot: u16) -> u64 {
        self.world.row(self.actor, slot)
    }

    fn now(&self) -> u64 {
        self.world.common.now
    }

    fn send(&mut self, to: ActorId, delay: u64, message: u16, words: &mut [u64]) -> Result<bool, RunError> {
        if !self.world.exists(to) {
            return Ok(false);
        }
        let args = self.world.payloads.pack(vm::words(words));
        self.world.send(self.context, self.actor, to, delay, system::FIRST + message, args)?;
        Ok(true)
    }

    fn note(&mut self, note: u16, words: &mut [u64]) -> Result<(), RunError> {
        self.world.note(self.actor, note, vm::words(words), self.context)
    }

    fn set_alarm(&mut self, alarm: u16, slot: u16, delay: u64) -> Result<(), RunError> {
        self.world.silence_alarm(self.actor, slot, self.context);
        let args = [u64::from(alarm), 0, 0];
        let ticket = self.world.send(self.context, self.actor, self.actor, delay, system::ALARM, args)?;
        self.world.remember_alarm(self.actor, slot, ticket);
        Ok(())
    }

    fn stop_alarm(&mut self, slot: u16) -> bool {
        self.world.silence_alarm(self.actor, slot, self.context)
    }

    fn name(&self) -> String {
        self.world.name(self.actor)
    }
}

/// A message that an actor of a native kind hears.
pub struct Heard<'e> {
    pub(crate) message: u16,
    pub(crate) words: &'e Words,
    pub(crate) from: ActorId,
}

impl Heard<'_> {
    /// Whether it is this message.
    #[inline]
    #[must_use]
    pub fn is<V: Values>(&self, message: Hears<V>) -> bool {
        self.message == message.message
    }

    /// The values that it carries, if it is this message.
    #[inline]
    #[must_use]
    pub fn read<V: Values>(&self, message: Hears<V>) -> Option<<V as Laid>::Value> {
        self.is(message).then(|| V::read(message.places, self.words))
    }

    /// Who sent it.
    #[must_use]
    pub fn from(&self) -> ActorId {
        self.from
    }
}

/// An actor of a native kind, lent to a handler.
///
/// It reads and sets its own fields, tells, notes, draws, and sets alarms. What it does takes effect at once, in the order
/// of the calls, as with the steps of a kind in RON.
pub struct NativeActor<'a> {
    reach: &'a mut dyn Reach,
    plan: &'a Plan,
    code: &'a Code,
    me: ActorId,
    leaves: bool,
    /// What [`NativeActor::set`] could not do; it stops the run when the handler is over.
    refused: Option<RunError>,
}

impl<'a> NativeActor<'a> {
    pub(crate) fn new(reach: &'a mut dyn Reach, plan: &'a Plan, code: &'a Code, me: ActorId) -> NativeActor<'a> {
        NativeActor { reach, plan, code, me, leaves: false, refused: None }
    }

    /// Whether it leaves the world, once its handler is over.
    pub(crate) fn finish(self) -> Result<bool, RunError> {
        self.refused.map_or(Ok(self.leaves), Err)
    }

    /// Its number.
    #[must_use]
    pub fn me(&self) -> ActorId {
        self.me
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Time {
        Time::from_ns(self.reach.now())
    }

    /// The value of a field or trait.
    #[inline]
    pub fn get<S: Sort>(&self, of: impl Into<Fixed<S>>) -> <S as Coded>::Value {
        S::decode(self.reach.word(of.into().slot))
    }

    /// Changes a field.
    ///
    /// An actor of a kind that the field may not hold, or a name that is not in its list, stops the run once the handler is
    /// over.
    #[inline]
    pub fn set<S: Sort>(&mut self, field: Field<S>, value: <S as Coded>::Value) {
        let word = S::encode(value);
        let declared = &self.plan.kinds[kind_of(self.me) as usize].fields[field.number as usize];
        if S::admits(&declared.ty, word) {
            self.reach.row()[field.slot as usize].set(word);
        } else if self.refused.is_none() {
            let what = format!("sets `{}` to {}", declared.name, self.unfit(&declared.ty, word));
            self.refused = Some(self.error(what));
        }
    }

    /// Tells somebody a message; another household hears it after the scenario's latency.
    ///
    /// # Errors
    /// When `to` is nobody, or no actor's number, or a value does not fit the type it is declared with.
    #[inline]
    pub fn tell<V: Values>(
        &mut self,
        to: impl Into<Option<ActorId>>,
        message: Tells<V>,
        values: <V as Laid>::Value,
    ) -> Result<(), RunError> {
        self.tell_after(to, message, values, 0.0)
    }

    /// Tells somebody a message, `delay_s` `[s]` later; it cannot be taken back.
    ///
    /// # Errors
    /// As [`NativeActor::tell`], and when `delay_s` is below zero, no number, or beyond the end of time.
    pub fn tell_after<V: Values>(
        &mut self,
        to: impl Into<Option<ActorId>>,
        message: Tells<V>,
        values: <V as Laid>::Value,
        delay_s: f64,
    ) -> Result<(), RunError> {
        let schema = &self.plan.messages[message.message as usize];
        let Some(to) = to.into() else {
            return Err(self.error(format!("tells nobody `{}`: the reference is none", schema.name)));
        };
        let delay = self.delay(delay_s)?;
        filled(schema.words, |words| {
            V::write(message.places, values, words);
            self.check(V::misfit(message.places, words, &schema.fields), schema, words)?;
            let sent = self.reach.send(to, delay, message.message, words)?;
            if sent { Ok(()) } else { Err(self.error(format!("tells `{}` to {to}, and no actor has this number", schema.name))) }
        })
    }

    /// States a public fact: measures see it at once, and policies as their interface says.
    ///
    /// # Errors
    /// When a value does not fit the type it is declared with, or a measure cannot be found.
    pub fn note<V: Values>(&mut self, note: Notes<V>, values: <V as Laid>::Value) -> Result<(), RunError> {
        let schema = &self.plan.notes[note.note as usize];
        filled(schema.words, |words| {
            V::write(note.places, values, words);
            self.check(V::misfit(note.places, words, &schema.fields), schema, words)?;
            self.reach.note(note.note, words)
        })
    }

    /// Lets an alarm ring `delay_s` `[s]` from now, and no longer at the moment it was set for before.
    ///
    /// # Errors
    /// When `delay_s` is below zero, no number, or beyond the end of time.
    pub fn set_alarm(&mut self, alarm: Alarm, delay_s: f64) -> Result<(), RunError> {
        let delay = self.delay(delay_s)?;
        self.reach.set_alarm(alarm.0, self.slot(alarm), delay)
    }

    /// Stops an alarm; whether it was to ring.
    pub fn stop_alarm(&mut self, alarm: Alarm) -> bool {
        self.reach.stop_alarm(self.slot(alarm))
    }

    /// When an alarm is to ring.
    #[must_use]
    pub fn rings_at(&self, alarm: Alarm) -> Option<Time> {
        let slot = self.slot(alarm);
        (self.reach.word(slot) & RUNS != 0).then(|| Time::from_ns(self.reach.word(slot + 1)))
    }

    /// Random bits for one purpose, to be given to one of the kernel's distributions.
    ///
    /// Each actor has a stream of its own for each purpose: what one draws changes nothing for others.
    #[inline]
    pub fn chance(&mut self, luck: Luck) -> Chance<'_> {
        let kind = &self.plan.kinds[kind_of(self.me) as usize];
        let (words, purpose) = (kind.words as usize, kind.sites[luck.0 as usize]);
        Chance { row: self.reach.row(), words, purpose, site: luck.0 }
    }

    /// Leaves the world, once this handler is over: alarms stop, and messages to it are lost.
    pub fn leave(&mut self) {
        self.leaves = true;
    }

    /// An error of the model's own, with the place of the kind, the actor and the time.
    #[must_use]
    pub fn error(&self, what: impl Into<String>) -> RunError {
        let kind = &self.plan.kinds[kind_of(self.me) as usize].name;
        let what = format!("the Rust code of `{kind}` {}", what.into());
        let (actor, time) = (self.reach.name(), self.plan.calendar.datetime(self.reach.now()));
        Cause::Scenario { place: self.code.place.clone(), what, actor, time }.into()
    }

    fn slot(&self, alarm: Alarm) -> u16 {
        self.code.first + 2 * alarm.0
    }

    fn delay(&self, delay_s: f64) -> Result<u64, RunError> {
        match Duration::checked_from_seconds(delay_s) {
            Some(delay) => Ok(delay.as_ns()),
            None => Err(self.error(format!("waits {delay_s} s: a delay has to be 0 s or more"))),
        }
    }

    /// An error where a value does not fit the type that the scenario declares.
    fn check(&self, misfit: Option<u16>, schema: &Schema, words: &[u64]) -> Result<(), RunError> {
        let Some(field) = misfit.map(|number| &schema.fields[number as usize]) else { return Ok(()) };
        let unfit = self.unfit(&field.ty, words[field.offset as usize]);
        Err(self.error(format!("gives `{}` a `{}` of {unfit}", schema.name, field.name)))
    }

    /// A value that does not fit a type, in words.
    fn unfit(&self, ty: &Type, word: u64) -> String {
        let kind = |kind: u16| self.plan.kinds.get(kind as usize).map_or_else(|| "?".into(), |kind| kind.name.clone());
        let ty = if let Type::Maybe(inner) = ty { inner } else { ty };
        match (ty, actor(word)) {
            (Type::Name(Some(names)), _) => {
                let known: Vec<&str> = names.iter().map(|name| self.plan.symbols.name(*name)).collect();
                let found = self.plan.symbols.name(Symbol(word as u32));
                format!("`{found}`, which is none of its names: {}", known.join(", "))
            }
            (_, Some(who)) => format!("a {}, which is no {}", kind(kind_of(who)), ty.describe(&kind)),
            (_, None) => format!("what is no {}", ty.describe(&kind)),
        }
    }
}

/// Words of a payload that a message nearly always fits, so that none is allocated.
const WORDS_FEW: usize = 8;

/// Lends so many words, none of them given yet, to what fills and sends them.
#[inline]
fn filled<T>(words: u16, fill: impl FnOnce(&mut [u64]) -> T) -> T {
    let words = words as usize;
    if words <= WORDS_FEW { fill(&mut [NONE; WORDS_FEW][..words]) } else { fill(&mut vec![NONE; words]) }
}

/// Random bits of one actor for one purpose.
pub struct Chance<'r> {
    row: &'r Words,
    words: usize,
    purpose: Purpose,
    site: u16,
}

impl Bits for Chance<'_> {
    #[inline]
    fn next(&mut self) -> u64 {
        draw_of(self.row, self.words, self.purpose, self.site, |draws| draws.next())
    }
}
