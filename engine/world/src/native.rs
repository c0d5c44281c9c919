//! Kinds whose behaviour is written in Rust: native kinds.
//!
//! A native kind is declared in the scenario like any other: its traits and fields, what it hears, tells and notes. What it
//! does is a [`NativeKind`]. The state of an actor lies in its row, the same words that a program would use, so that
//! measures, answers and digests see it; the Rust value itself is shared by all actors of the kind, all runs and all
//! threads, and never changes.
//!
//! Not a way around the world: a native actor sends, draws and waits by the same clock, order and streams as any other. It
//! cannot ask, seize, move or spawn. Start at [`NativeKind`], then see [`Declared`] for how Rust and the scenario meet and
//! [`NativeActor`] for what a handler may do.

mod actor;
mod declared;
mod handles;
mod sorts;
mod values;

pub use actor::{Chance, Heard, NativeActor};
pub use declared::{Declared, Mismatch, Own, Said, Signature};
pub use handles::{Alarm, Field, Fixed, Hears, Luck, Notes, Tells};
pub use sorts::{Actor, Bool, Int, Length, Maybe, Money, Name, Number, Sort, Span, Speed, Temperature, Time, Word};
pub use values::{Shape, Values};

use crate::actors::{ActorId, kind_of};
use crate::error::RunError;
use crate::packet::{Context, Event};
use crate::plan::Kind;
use crate::world::World;
use actor::Seat;
use rehearsal_kernel::{Ticket, Time as Moment};
use rehearsal_language::vm::Words;
use std::sync::Arc;

/// What actors of a kind do, written in Rust.
///
/// One value serves all actors of the kind, in all runs and threads: what differs between actors or changes belongs into
/// their fields, by [`NativeActor::get`] and [`NativeActor::set`]. A value that changed behind `&self` would make runs
/// depend on each other.
///
/// An error stops the run, with the place of the kind in the scenario, the actor and the time.
pub trait NativeKind: Send + Sync {
    /// The actor begins to act: at the start of the run, or when it is spawned.
    ///
    /// # Errors
    /// What the handler could not do.
    fn begin(&self, actor: &mut NativeActor<'_>) -> Result<(), RunError> {
        let _ = actor;
        Ok(())
    }

    /// A message arrives: one that the kind declares under `hears`, or one told to it all the same.
    ///
    /// # Errors
    /// What the handler could not do.
    fn hear(&self, heard: &Heard<'_>, actor: &mut NativeActor<'_>) -> Result<(), RunError>;

    /// An alarm rings that [`NativeActor::set_alarm`] has set.
    ///
    /// # Errors
    /// What the handler could not do.
    fn ring(&self, alarm: Alarm, actor: &mut NativeActor<'_>) -> Result<(), RunError> {
        let _ = (alarm, actor);
        Ok(())
    }
}

/// The Rust side of a kind in a plan.
#[derive(Clone)]
pub struct Code {
    /// What its actors do.
    pub(crate) behaviour: Arc<dyn NativeKind>,
    /// Its version, by which snapshots of older code are told.
    pub(crate) version: u32,
    /// Names of its alarms.
    pub(crate) alarms: Vec<&'static str>,
    /// The first of the row slots of its alarms, two for each: which event rings it, and when.
    pub(crate) first: u16,
    /// Where the scenario declares the kind, `file:line:column`.
    pub(crate) place: String,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Code { version, alarms, .. } = self;
        f.debug_struct("Code")
            .field("version", version)
            .field("alarms", alarms)
            .field("place", &self.place)
            .finish_non_exhaustive()
    }
}

/// Set in the first word of an alarm while it is to ring; the low half is the number of the event that rings it.
const RUNS: u64 = 1 << 32;

impl World<'_> {
    /// An actor of a native kind begins; nothing for others.
    pub(crate) fn native_begins(&mut self, actor: ActorId, context: &mut Context<'_>) -> Result<(), RunError> {
        self.in_rust(actor, context, |behaviour, actor| behaviour.begin(actor))
    }

    /// A message arrives at an actor of a native kind; its words are followed by who sent it.
    pub(crate) fn native_hears(
        &mut self,
        event: &Event,
        message: u16,
        words: &Words,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let heard = Heard { message, words, from: event.sender };
        self.in_rust(event.target, context, |behaviour, actor| behaviour.hear(&heard, actor))
    }

    /// An alarm of a native kind rings.
    pub(crate) fn native_rings(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let (actor, number) = (event.target, event.message.args()[0] as u16);
        let Some(code) = self.code(actor) else { return Ok(()) };
        let slot = code.first + 2 * number;
        let word = self.row(actor, slot);
        // One that was stopped in this very instant may still arrive.
        if word & RUNS == 0 || word as u32 != event.sequence {
            return Ok(());
        }
        self.set_row(actor, slot, 0);
        self.in_rust(actor, context, |behaviour, actor| behaviour.ring(Alarm(number), actor))
    }

    /// Lends an actor of a native kind to its behaviour.
    fn in_rust(
        &mut self,
        actor: ActorId,
        context: &mut Context<'_>,
        run: impl FnOnce(&dyn NativeKind, &mut NativeActor<'_>) -> Result<(), RunError>,
    ) -> Result<(), RunError> {
        let plan = self.common.plan;
        let Some(code) = &plan.kinds[kind_of(actor) as usize].native else { return Ok(()) };
        let mut seat = Seat { world: self, context, actor };
        let mut lent = NativeActor::new(&mut seat, plan, code, actor);
        run(&*code.behaviour, &mut lent)?;
        if lent.finish()? {
            for alarm in 0..code.alarms.len() as u16 {
                self.silence_alarm(actor, code.first + 2 * alarm, context);
            }
            self.end(actor, context)?;
        }
        Ok(())
    }

    /// Takes back the event that would ring the alarm in these row slots; whether there was one.
    fn silence_alarm(&mut self, actor: ActorId, slot: u16, context: &mut Context<'_>) -> bool {
        let word = self.row(actor, slot);
        if word & RUNS == 0 {
            return false;
        }
        let due = Moment::from_ns(self.row(actor, slot + 1));
        context.cancel(Ticket::timer(actor, word as u32, due));
        self.set_row(actor, slot, 0);
        true
    }

    /// Remembers the event that rings the alarm in these row slots.
    fn remember_alarm(&mut self, actor: ActorId, slot: u16, ticket: Ticket) {
        self.set_row(actor, slot, u64::from(ticket.sequence()) | RUNS);
        self.set_row(actor, slot + 1, ticket.time().as_ns());
    }

    fn code(&self, actor: ActorId) -> Option<&Code> {
        self.common.plan.kinds[kind_of(actor) as usize].native.as_ref()
    }
}

impl Kind {
    /// Gives the kind its Rust side, with row slots for its alarms behind all others, and its streams.
    pub fn bind(&mut self, behaviour: Arc<dyn NativeKind>, declared: declared::Wanted, place: String) {
        let first = self.words;
        self.words = self.words.saturating_add(2 * declared.alarms.len() as u16);
        self.sites.extend(declared.streams);
        self.native = Some(Code { behaviour, version: declared.version, alarms: declared.alarms, first, place });
    }
}
