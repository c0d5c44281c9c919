//! Timers that ring without a look at anything else: every so long or once, with no condition.

use super::react::Begin;
use super::run::Given;
use super::{Entry, Reach, Shorts};
use crate::actors::{Site, exponential_at, next_at, send};
use crate::error::RunError;
use crate::packet::{Event, Packet};
use crate::plan::{ANY, Kind, Plan, Timer, TimerKind};
use crate::states::{RUNS, WANTED};
use crate::turn::Course;
use crate::world::system;
use rehearsal_kernel::Duration;
use rehearsal_language::program::{Base, Instr, Law, Operand, Routine};
use rehearsal_language::types::NONE;

/// What is done when such a timer rings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlainTimer {
    /// Its first word in the row, see [`Timer::slot`].
    slot: u16,
    region: u16,
    body: Routine,
    entry: Entry,
    /// How long until it rings again, if it does.
    again: Option<Span>,
}

/// A span that hangs on nothing but chance.
#[derive(Clone, Copy, Debug)]
enum Span {
    Fixed(Duration),
    /// An exponential one of this mean \[s\].
    Exponential {
        mean: f64,
        site: Site,
    },
}

/// What the actors of a kind set for themselves.
#[derive(Debug)]
pub(super) struct Ready {
    /// Whether none of its timers hangs on a condition.
    pub(super) unconditional: bool,
    /// The site at which is drawn ahead for actors that are announced, if there is one.
    pub(super) drawn: Option<Site>,
    /// By number: the timers that are plain.
    timers: Vec<Option<PlainTimer>>,
}

impl Ready {
    /// What `kind` has; its routines draw exponentials at `of_steps` first.
    pub(super) fn of(plan: &Plan, kind: &Kind, shorts: &Shorts, of_steps: Option<Site>) -> Ready {
        let timers: Vec<Option<PlainTimer>> = kind.timers.iter().map(|timer| one(plan, kind, timer, shorts)).collect();
        let of_timers = timers.iter().flatten().find_map(|timer| match timer.again {
            Some(Span::Exponential { site, .. }) => Some(site),
            _ => None,
        });
        Ready { unconditional: kind.conditional.is_empty(), drawn: of_timers.or(of_steps), timers }
    }
}

fn one(plan: &Plan, kind: &Kind, timer: &Timer, shorts: &Shorts) -> Option<PlainTimer> {
    // Where a condition of another may have changed there is more to do.
    if kind.policy || !kind.conditional.is_empty() {
        return None;
    }
    let again = match timer.kind {
        TimerKind::After => None,
        TimerKind::Every => Some(span(plan, kind, timer.delay)?),
        TimerKind::At => return None,
    };
    let region = timer.place.map_or(ANY, |(region, _)| region);
    Some(PlainTimer { slot: timer.slot, region, body: timer.body, entry: shorts.entry(timer.body.start)?, again })
}

fn span(plan: &Plan, kind: &Kind, delay: Routine) -> Option<Span> {
    let constant = |at: Operand| {
        let word = (at.base() == Base::Const).then(|| plan.program.constants[at.index() as usize]);
        word.filter(|word| *word != NONE).map(f64::from_bits)
    };
    match plan.program.code[delay.start as usize..] {
        [Instr::End, ..] => Some(Span::Fixed(Duration::checked_from_seconds(constant(Operand(delay.result))?)?)),
        [Instr::Draw { law: Law::Exponential, site, d, a, .. }, Instr::End, ..] if d.0 == delay.result => {
            let mean = constant(a).filter(|mean| *mean > 0.0 && mean.is_finite())?;
            let place = kind.words.checked_mul(2)?.checked_add(site)?;
            Some(Span::Exponential { mean, site: Site { place, what: kind.sites[site as usize] } })
        }
        _ => None,
    }
}

/// A plain timer of an actor rings: where what it sets off is entered. As `rings`.
#[inline(always)]
pub(super) fn rung(event: &Event, ready: &Ready, reach: &mut Reach<'_, '_, '_>) -> Result<Begin, RunError> {
    let (actor, number) = (event.target, event.message.args()[0]);
    let Some(Some(timer)) = ready.timers.get(number as usize) else { return Ok(Begin::Otherwise) };
    let row = reach.row;
    let (event_word, due_word) = (&row[timer.slot as usize], &row[timer.slot as usize + 1]);
    let word = event_word.get();
    // One that was stopped in this very instant may still arrive.
    if word & RUNS == 0 || word as u32 != event.sequence {
        return Ok(Begin::Nothing);
    }
    let delay = match timer.again {
        None => {
            event_word.set(0);
            None
        }
        Some(Span::Fixed(span)) => Some(span),
        Some(Span::Exponential { mean, site }) => {
            let one = if ready.drawn == Some(site) {
                reach.exponential_ahead(site)
            } else {
                exponential_at(row, site, next_at(row, usize::from(site.place)))
            };
            Some(Duration::from_seconds(mean * one)?)
        }
    };
    if let (Some(delay), Some(context)) = (delay, &mut reach.context) {
        let packet = Packet::new(system::TIMER, [number, 0, 0]);
        let ticket = send(context, (row, actor), actor, delay, packet)?;
        event_word.set(u64::from(ticket.sequence()) | WANTED | RUNS);
        due_word.set(ticket.time().as_ns());
    }
    reach.course = Course { region: timer.region, start: timer.body.start, claims: 0, job: 0 };
    Ok(Begin::At(timer.entry, usize::from(timer.body.frame), Given::Nothing))
}
