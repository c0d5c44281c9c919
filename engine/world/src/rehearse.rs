//! A policy that rehearses before it acts: it asks what would follow, and is answered at the same moment.
//!
//! A world cannot copy itself in the middle of an event. So the step leaves a [`Wish`] and waits, and the world pauses
//! behind the event. Whoever moves it ([`futures`]) forks it for each way and future, looks, and answers; then the run goes
//! on as if nothing had been, but for the answer. No time passes, and the run's own chance stays as it was.
//!
//! Inside a future nobody rehearses: whoever asks there has the step's own answer at once ([`World::dismiss`]).

pub(crate) mod futures;

use crate::actors::{self, ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::jobs::Waiting;
use crate::packet::Context;
use crate::plan::{Effect, Happening, Rehearsal, Schema};
use crate::turn::{Flow, Turn};
use crate::world::World;
use rehearsal_kernel::StreamKey;
use rehearsal_language::types::NONE;
use rehearsal_language::vm;
use rehearsal_policy::choice::{Choice, Mean};
use rehearsal_trace::{Fields, Value, What};

/// Answers to those who ask in one event before it counts as endless.
const ASKED_MAX: u32 = 1_000;

/// The most futures that a way is tried in.
const FUTURES_MAX: u32 = 10_000;

/// Somebody waits for what comes of a rehearsal.
#[derive(Clone, Debug)]
pub(crate) struct Wish {
    /// Who asks, and the instruction by which.
    by: (ActorId, u32),
    /// The job that waits, and which of its waits it is.
    job: (u64, u32),
    effect: u32,
    /// The answer where nothing is tried.
    inside: u64,
    /// What is to be tried; nothing inside a future, nor beyond what the step may do.
    trial: Option<Trial>,
}

/// How far ahead, how often, and by which chance.
#[derive(Clone, Copy, Debug)]
struct Trial {
    /// How far it looks ahead \[ns\].
    span: u64,
    futures: u32,
    /// The chance of its futures; the run's own where there is none.
    chance: Option<StreamKey>,
}

/// What came of a rehearsal.
#[derive(Clone, Debug)]
struct Seen {
    choice: Option<Choice>,
    /// Events that were handled in its futures.
    events: u64,
}

impl<'p> World<'p> {
    /// A program asks what would follow: it waits, and the world pauses behind this event.
    pub(crate) fn asks(&mut self, turn: &mut Turn<'_>, step: &Rehearsal, (id, next): (u32, u32)) -> Result<Flow, RunError> {
        let inside = step.inside.map_or(step.of[0], |at| self.word(turn, at));
        if !step.of.contains(&inside) {
            let what = format!("`inside` is {}, which is none of those that are tried", self.symbol(inside));
            return Err(self.fault(turn.actor, next - 1, what));
        }
        let trial = if self.ahead { None } else { self.trial(turn, step, next)? };
        let job = self.reserve_job(turn, Waiting::Rehearsal(id));
        self.wishes.push_back(Wish { by: (turn.actor, next - 1), job, effect: id, inside, trial });
        Ok(Flow::Wait)
    }

    /// What a step tries here and now, if it may: it counts as done.
    fn trial(&mut self, turn: &Turn<'_>, step: &Rehearsal, next: u32) -> Result<Option<Trial>, RunError> {
        let span = self.delay(turn, Some(step.span), next)?;
        let futures = self.word(turn, step.futures) as i64;
        let Some(futures) = u32::try_from(futures).ok().filter(|futures| (1..=FUTURES_MAX).contains(futures)) else {
            let what = format!("{futures} futures: there have to be 1 to {FUTURES_MAX}");
            return Err(self.fault(turn.actor, next - 1, what));
        };
        if !self.may_rehearse(turn, step, next)? {
            return Ok(None);
        }
        let chance = (!step.same).then(|| {
            self.draw(turn.actor, step.site, |draws| {
                let chance = draws.key.with(u64::from(*draws.counter));
                *draws.counter += 1;
                chance
            })
        });
        Ok(Some(Trial { span, futures, chance }))
    }

    /// Whether a step may still rehearse, in this run or in this stretch of it; if so, it counts.
    fn may_rehearse(&mut self, turn: &Turn<'_>, step: &Rehearsal, next: u32) -> Result<bool, RunError> {
        // The first mind counts for all of them.
        let first = actors::id(kind_of(turn.actor), 0);
        let per = self.delay(turn, step.per, next)?;
        let stretch = self.common.now.checked_div(per).unwrap_or(0);
        let so_far = if self.row(first, step.count + 1) == stretch { self.row(first, step.count) } else { 0 };
        if let Some(most) = step.at_most
            && so_far as i64 >= self.word(turn, most) as i64
        {
            return Ok(false);
        }
        self.set_row(first, step.count, so_far + 1);
        self.set_row(first, step.count + 1, stretch);
        Ok(true)
    }

    /// Answers those who are next and for whom nothing is tried.
    pub(crate) fn dismiss(&mut self, context: &mut Context<'_>) -> Result<(), RunError> {
        let mut asked = 0;
        while let Some(wish) = self.wishes.pop_front_if(|wish| wish.trial.is_none()) {
            asked += 1;
            self.asked_enough(&wish, asked)?;
            self.answer(&wish, wish.inside, None, context)?;
        }
        Ok(())
    }

    /// A fault where a program asks and asks, and no time passes.
    fn asked_enough(&self, wish: &Wish, asked: u32) -> Result<(), RunError> {
        if asked <= ASKED_MAX {
            return Ok(());
        }
        let what =
            format!("more than {ASKED_MAX} rehearsals while no time passes: let a Delay or a rule lie between two of them");
        Err(self.fault(wish.by.0, wish.by.1, what))
    }

    /// The step of a wish.
    fn step_of(&self, wish: &Wish) -> &'p Rehearsal {
        let plan = self.common.plan;
        let Effect::Rehearse(step) = &plan.effects[wish.effect as usize] else { unreachable!("a Rehearse") };
        step
    }

    /// The place of the job that still waits for a wish.
    fn waiting_for(&self, wish: &Wish) -> Option<u32> {
        let place = self.common.jobs.find(wish.job.0)?;
        let job = self.common.jobs.get(place);
        (job.wait == wish.job.1 && job.waiting == Waiting::Rehearsal(wish.effect)).then_some(place)
    }

    /// Whoever asked goes on with an answer, behind the event in which it asked; `seen` is what it hangs on.
    fn answer(&mut self, wish: &Wish, word: u64, seen: Option<&Seen>, context: &mut Context<'_>) -> Result<(), RunError> {
        let Some(place) = self.waiting_for(wish) else { return Ok(()) };
        let (actor, pc) = (wish.by.0, self.common.jobs.get(place).pc);
        if let Some(note) = self.step_of(wish).note.filter(|_| !self.ahead) {
            self.say_what_was_seen((actor, note), wish, word, seen)?;
        }
        self.depth = 0;
        let mut turn = self.resume(place, context);
        let into = self.step_of(wish).into;
        self.put(&mut turn, into, word);
        self.proceed(&mut turn, pc, context)?;
        if !self.common.plan.kinds[kind_of(actor) as usize].conditional.is_empty() && self.alive(actor) {
            self.recheck(actor, context)?;
        }
        self.settle(context)?;
        if self.common.measures.watches() {
            self.touch(actor);
            self.watch()?;
        }
        Ok(())
    }

    /// The note `rehearsed`: measures look at it, and the record keeps what was seen.
    fn say_what_was_seen(
        &mut self,
        (mind, note): (ActorId, u16),
        wish: &Wish,
        word: u64,
        seen: Option<&Seen>,
    ) -> Result<(), RunError> {
        let plan = self.common.plan;
        let step = self.step_of(wish);
        let futures = if seen.is_some() { wish.trial.map_or(0, |trial| trial.futures) } else { 0 };
        let events = seen.map_or(0, |seen| seen.events);
        if self.common.observer.is_some() {
            let fields = self.record_of(mind, step, wish, (word, futures), seen);
            self.record(What::Note { actor: mind, name: plan.notes[note as usize].name.clone(), fields })?;
        }
        let schema = &plan.notes[note as usize];
        let mut words = words_of(schema, &[("chosen", word), ("futures", u64::from(futures)), ("events", events)]);
        self.happens(mind, Happening::Note(note), vm::words(&mut words))
    }

    /// What the record keeps of a rehearsal: a list for each figure, in the order of what was tried.
    fn record_of(
        &self,
        mind: ActorId,
        step: &Rehearsal,
        wish: &Wish,
        (word, futures): (u64, u32),
        seen: Option<&Seen>,
    ) -> Fields {
        let names = Value::List(step.of.iter().map(|word| Value::Text(self.symbol(*word))).collect());
        let mut fields: Fields = vec![("chosen".into(), Value::Text(self.symbol(word))), ("of".into(), names)];
        if let Some((decision, _)) = self.minds.get(index_of(mind)).filter(|(decision, _)| *decision > 0) {
            fields.push(("decision".into(), Value::Int(*decision as i64)));
        }
        fields.push(("futures".into(), Value::Int(i64::from(futures))));
        let (Some(trial), Some(seen)) = (wish.trial, seen) else { return fields };
        fields.push(("ahead".into(), Value::Quantity(trial.span as f64 / 1e9, "s".into())));
        fields.push(("events".into(), Value::Int(seen.events as i64)));
        let Some(choice) = &seen.choice else { return fields };
        let measure = &self.common.plan.measures[step.measure];
        fields.push((if step.most { "most" } else { "least" }.into(), Value::Text(measure.name.clone())));
        let number = |value: f64| Value::Quantity(value, measure.unit.clone());
        let means = |of: &dyn Fn(usize) -> Mean| (0..choice.tried.len()).map(|way| number(of(way).mean)).collect();
        let widths = |of: &dyn Fn(usize) -> Mean| {
            let width = |way: usize| of(way).half_width.map_or(Value::None, number);
            (0..choice.tried.len()).map(width).collect()
        };
        let (figure, behind) = (|way: usize| choice.tried[way].figure, |way: usize| choice.tried[way].behind);
        let lists: [(&str, Vec<Value>); 4] = [
            ("mean", means(&figure)),
            ("half_width", widths(&figure)),
            ("behind", means(&behind)),
            ("behind_half_width", widths(&behind)),
        ];
        fields.extend(lists.map(|(name, list)| (name.to_owned(), Value::List(list))));
        fields
    }
}

/// The words of a note with these fields; others are missing.
fn words_of(schema: &Schema, values: &[(&str, u64)]) -> Vec<u64> {
    let mut words = vec![NONE; schema.words as usize + 1];
    for (name, word) in values {
        if let Some(field) = schema.fields.iter().find(|field| field.name == *name) {
            words[field.offset as usize] = *word;
        }
    }
    words
}
