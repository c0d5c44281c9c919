//! Effects of programs on the world, one by one.

use crate::actors::{self, ActorId, index_of, kind_of};
use crate::error::RunError;
use crate::jobs::Waiting;
use crate::packet::{Context, Event};
use crate::payloads::Payloads;
use crate::plan::{Effect, Put};
use crate::travel::Journey;
use crate::turn::{Flow, Turn};
use crate::world::{World, system};
use rehearsal_kernel::Duration;
use rehearsal_language::program::{Base, Operand};
use rehearsal_language::types::NONE;
use rehearsal_language::vm::{self, Words};

impl World<'_> {
    /// Carries an effect out. `next` is the instruction behind it.
    pub(crate) fn effect(
        &mut self,
        turn: &mut Turn<'_>,
        id: u32,
        next: u32,
        context: &mut Context<'_>,
    ) -> Result<Flow, RunError> {
        let plan = self.common.plan;
        match &plan.effects[id as usize] {
            Effect::Tell { to, many, message, with, delay } => {
                let delay = self.delay(turn, *delay, next)?;
                let told = if *many {
                    self.tell_each(turn, *to, *message, with, delay, context)?
                } else {
                    self.tell(turn, *to, *message, with, delay, context)?
                };
                if told { Ok(Flow::Next) } else { Err(self.fault(turn.actor, next - 1, "nobody to tell: the reference is none")) }
            }
            Effect::Note { note, with } => {
                let mut words = self.collect(turn, with, plan.notes[*note as usize].words);
                self.note(turn.actor, *note, vm::words(&mut words), context)?;
                self.frames.push(words);
                Ok(Flow::Next)
            }
            Effect::Goto { region, state, resume, with, kept } => {
                self.goto(turn, (*region, *state), *resume, with, kept, context)?;
                Ok(Flow::Stop)
            }
            Effect::Delay { span } => {
                let delay = self.delay(turn, Some(*span), next)?;
                let job = self.reserve_job(turn, Waiting::Moment);
                self.wake_after(job, delay, context)?;
                Ok(Flow::Wait)
            }
            Effect::Until { time } => {
                // What lies before the story begins is over.
                let delay = (self.word(turn, *time) as i64).saturating_sub(self.common.now as i64).max(0) as u64;
                let job = self.reserve_job(turn, Waiting::Moment);
                self.wake_after(job, delay, context)?;
                Ok(Flow::Wait)
            }
            Effect::WaitFor { inbox, within, .. } => {
                if self.word(turn, *inbox) > 0 {
                    let left = self.word(turn, *inbox) - 1;
                    self.put(turn, *inbox, left);
                    return Ok(Flow::Next);
                }
                let delay = within.map(|span| self.delay(turn, Some(span), next)).transpose()?;
                let job = self.reserve_job(turn, Waiting::Message(id));
                if let Some(delay) = delay {
                    self.wake_after(job, delay, context)?;
                }
                Ok(Flow::Wait)
            }
            Effect::Seize { .. } => self.seize(turn, id, next, context),
            Effect::Admit { .. } => self.admit(turn, id, next),
            Effect::Fill { holder, units } => {
                let (holder, units) = (self.word(turn, *holder), self.word(turn, *units) as i64);
                let units = u32::try_from(units).map_err(|_| {
                    self.fault(
                        turn.actor,
                        next - 1,
                        format!("{units} units are put on a shelf: there have to be 0 to {}", u32::MAX),
                    )
                })?;
                self.fill_up(holder, units, context)?;
                Ok(Flow::Next)
            }
            Effect::Release { claim } => {
                let word = self.word(turn, *claim);
                self.put(turn, *claim, 0);
                if claim.base() == Base::Frame && word != 0 {
                    turn.course.claims = turn.course.claims.saturating_sub(1);
                }
                if word != 0 && word != NONE {
                    self.release(turn.actor, word, turn.course.job, context)?;
                }
                Ok(Flow::Next)
            }
            Effect::Take { holder, units, waits } => self.take(turn, (*holder, *units, *waits), next, context),
            Effect::Reserve { holder, slot, of, answers, refused } => {
                self.book(turn, (*holder, *slot), *of, (*answers, *refused), next)
            }
            Effect::Cancel { holder, slot } => {
                self.unbook(turn, *holder, *slot);
                Ok(Flow::Next)
            }
            Effect::Ask { .. } => self.ask(turn, id, next, context),
            Effect::Move { who, to } => self.drive(turn, *who, *to, next, context),
            Effect::Spawn { kind, with, into, site } => {
                self.spawn(turn, *kind, with, *into, *site, context)?;
                Ok(Flow::Next)
            }
            Effect::End => {
                self.let_go(turn, &[], context)?;
                self.end(turn.actor, context)?;
                Ok(Flow::Stop)
            }
            Effect::Contact { .. } => {
                self.reach_out(turn, id, context)?;
                Ok(Flow::Next)
            }
            Effect::LookUp { .. } => {
                self.look_up(turn, id, next)?;
                Ok(Flow::Next)
            }
            Effect::Refuse { reason } => {
                let reason = self.word(turn, *reason);
                self.refuse((turn.actor, turn.actor), reason, context)?;
                Ok(Flow::Next)
            }
            Effect::Rehearse(step) => self.asks(turn, step, (id, next)),
        }
    }

    /// Where a program goes on when the wait of this effect was in vain.
    pub(crate) fn otherwise(&self, effect: u32) -> u32 {
        match &self.common.plan.effects[effect as usize] {
            Effect::WaitFor { otherwise, .. } | Effect::Seize { otherwise, .. } | Effect::Ask { otherwise, .. } => *otherwise,
            other => unreachable!("{other:?} does not wait in vain"),
        }
    }

    /// A span in seconds as nanoseconds; zero where there is none.
    pub(crate) fn delay(&self, turn: &Turn<'_>, span: Option<Operand>, next: u32) -> Result<u64, RunError> {
        let Some(at) = span else { return Ok(0) };
        let found = crate::hand::span(self.word(turn, at));
        found.map(Duration::as_ns).map_err(|what| self.fault(turn.actor, next.saturating_sub(1), what))
    }

    /// Sends a message to one actor.
    fn tell(
        &mut self,
        turn: &Turn<'_>,
        to: Operand,
        message: u16,
        with: &[Put],
        delay: u64,
        context: &mut Context<'_>,
    ) -> Result<bool, RunError> {
        let Some(target) = actors::actor(self.word(turn, to)) else { return Ok(false) };
        let words = self.common.plan.messages[message as usize].words as usize;
        let args = if words <= Payloads::INLINE {
            let mut args = [NONE; Payloads::INLINE];
            self.gather(turn, with, &mut args);
            args
        } else {
            let mut payload = self.collect(turn, with, words as u16);
            let args = self.payloads.pack(vm::words(&mut payload));
            self.frames.push(payload);
            args
        };
        self.send(context, turn.actor, target, delay, system::FIRST + message, args)?;
        Ok(true)
    }

    /// Sends a message to each of a list, in the order of their numbers; false where one of them is nobody.
    fn tell_each(
        &mut self,
        turn: &Turn<'_>,
        list: Operand,
        message: u16,
        with: &[Put],
        delay: u64,
        context: &mut Context<'_>,
    ) -> Result<bool, RunError> {
        let mut words = self.collect(turn, with, self.common.plan.messages[message as usize].words);
        let count = self.word(turn, list);
        let mut targets: Vec<u64> = (0..count).map(|at| self.word(turn, list.offset(1 + at as u16))).collect();
        targets.sort_unstable();
        for target in targets {
            let Some(target) = actors::actor(target) else { return Ok(false) };
            let args = self.payloads.pack(vm::words(&mut words));
            self.send(context, turn.actor, target, delay, system::FIRST + message, args)?;
        }
        self.frames.push(words);
        Ok(true)
    }

    /// A message that somebody may be waiting for: one job takes it, or it is kept for a later wait.
    pub(crate) fn post(
        &mut self,
        actor: ActorId,
        message: u16,
        words: &Words,
        context: &mut Context<'_>,
    ) -> Result<(), RunError> {
        let plan = self.common.plan;
        let mut place = self.stores[kind_of(actor) as usize].job(index_of(actor));
        while place != actors::NO_JOB {
            let job = self.common.jobs.get(place);
            let next = job.next;
            let found = plan.inboxes.get(&job.start).and_then(|boxes| boxes.iter().find(|(awaited, _, _)| *awaited == message));
            if let Some((_, inbox, count)) = found {
                let payload = *inbox as usize + 1..*inbox as usize + 1 + *count as usize;
                let waits = matches!(job.waiting, Waiting::Message(effect)
                    if matches!(&plan.effects[effect as usize], Effect::WaitFor { message: awaited, .. } if *awaited == message));
                let frame = &mut self.common.jobs.get_mut(place).frame;
                frame[payload].iter_mut().zip(words).for_each(|(place, word)| *place = word.get());
                if waits {
                    let mut turn = self.resume(place, context);
                    let pc = self.common.jobs.get(place).pc;
                    return self.proceed(&mut turn, pc, context);
                }
                frame[*inbox as usize] += 1;
            }
            place = next;
        }
        Ok(())
    }

    /// Asks another actor; the question travels like any message.
    fn ask(&mut self, turn: &mut Turn<'_>, id: u32, next: u32, context: &mut Context<'_>) -> Result<Flow, RunError> {
        let plan = self.common.plan;
        let Effect::Ask { of, question, with, words, within, .. } = &plan.effects[id as usize] else { unreachable!("an Ask") };
        let Some(target) = actors::actor(self.word(turn, *of)) else {
            return Err(self.fault(turn.actor, next - 1, "nobody to ask: the reference is none"));
        };
        let payload = self.collect(turn, with, *words);
        let delay = within.map(|span| self.delay(turn, Some(span), next)).transpose()?;
        let job = self.reserve_job(turn, Waiting::Answer(id));
        let mut block = vec![u64::from(*question), job.0, u64::from(job.1)];
        block.extend_from_slice(&payload);
        self.frames.push(payload);
        let number = self.payloads.put(vm::words(&mut block));
        self.send(context, turn.actor, target, 0, system::QUESTION, [number, 0, 0])?;
        if let Some(delay) = delay {
            self.wake_after(job, delay, context)?;
        }
        Ok(Flow::Wait)
    }

    /// A question arrives: it is answered at once, or refused.
    pub(crate) fn questioned(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let plan = self.common.plan;
        let actor = event.target;
        let mut block = Vec::new();
        self.payloads.take(event.message.args()[0], &mut block);
        let (own, words) = block.split_at_mut(3);
        let question = own[0] as u16;
        let words = vm::words(words);
        if self.common.observer.is_some() {
            self.observe_question(event.sender, actor, question, words)?;
        }
        let answer = plan.kinds[kind_of(actor) as usize].answers.get(question as usize).and_then(Option::as_ref);
        let mut reply = vec![own[1], own[2], 0];
        if let Some(answer) = answer
            && self.passes(actor, answer.guard, words)?
        {
            self.refused_inside = false;
            self.taken.clear();
            if let Some(body) = answer.body {
                self.play(actor, crate::plan::ANY, body, words, context)?;
            }
            if std::mem::take(&mut self.refused_inside) {
                self.give_all_back(context)?;
            } else {
                reply[2] = 1;
                if let (Some(give), Some(ty)) = (answer.give, &answer.ty) {
                    let mut value = vec![0; ty.width() as usize];
                    self.values(actor, give, &[], words, &mut value)?;
                    reply.extend_from_slice(&value);
                }
            }
        }
        let number = self.payloads.put(vm::words(&mut reply));
        self.send(context, actor, event.sender, 0, system::REPLY, [number, 0, 0])?;
        Ok(())
    }

    /// An answer arrives; a late one finds nobody.
    pub(crate) fn replied(&mut self, event: &Event, context: &mut Context<'_>) -> Result<(), RunError> {
        let mut reply = Vec::new();
        self.payloads.take(event.message.args()[0], &mut reply);
        let Some(place) = self.common.jobs.find(reply[0]) else { return Ok(()) };
        let job = self.common.jobs.get(place);
        let Waiting::Answer(effect) = job.waiting else { return Ok(()) };
        if u64::from(job.wait) != reply[1] {
            return Ok(());
        }
        let plan = self.common.plan;
        let Effect::Ask { into, otherwise, .. } = &plan.effects[effect as usize] else { unreachable!("an Ask") };
        let pc = job.pc;
        let mut turn = self.resume(place, context);
        if reply[2] == 0 {
            self.set_reason(&mut turn, "refused");
            return self.proceed(&mut turn, *otherwise, context);
        }
        if let Some((into, words)) = into {
            for word in 0..*words {
                let value = reply.get(3 + word as usize).copied().unwrap_or(NONE);
                self.put(&mut turn, into.offset(word), value);
            }
        }
        self.proceed(&mut turn, pc, context)
    }

    /// Sends somebody along the roads.
    fn drive(
        &mut self,
        turn: &mut Turn<'_>,
        who: Operand,
        to: Operand,
        next: u32,
        context: &mut Context<'_>,
    ) -> Result<Flow, RunError> {
        let word = self.word(turn, who);
        let Some((kind, index)) = self.find(word) else {
            return Err(self.fault(turn.actor, next - 1, "nobody to move: the reference is none, or it has left the world"));
        };
        let traveller = actors::id(kind as u16, index);
        let to = self.word(turn, to);
        let from = self.place_of(traveller);
        let top_speed = match self.common.plan.kinds[kind].top_speed {
            Some(routine) => f64::from_bits(self.value(traveller, routine, &[], &[])?),
            None => 0.0,
        };
        let factor = self.traffic(self.common.now);
        let Some(travel) = self.travel.as_mut() else {
            return Err(self.fault(turn.actor, next - 1, "there are no roads to move on: the scenario's space has none"));
        };
        let route = u32::try_from(from).ok().zip(u32::try_from(to).ok()).and_then(|(from, to)| travel.route(from, to, top_speed));
        let Some(route) = route else {
            return Err(self.fault(turn.actor, next - 1, "there is no way by road from here to there"));
        };
        let journey = Journey { route, from: self.common.now, factor };
        let duration = journey.duration();
        self.observe_move(traveller, &journey)?;
        if self.stores[kind].journeys[index].replace(journey).is_none() {
            self.driving += 1;
        }
        let job = self.reserve_job(turn, Waiting::Arrival(traveller));
        self.wake_after(job, duration, context)?;
        Ok(Flow::Wait)
    }

    /// A journey is over: its traveller stands at its end.
    pub(crate) fn arrive(&mut self, who: ActorId) {
        let journey = &self.stores[kind_of(who) as usize].journeys[index_of(who)];
        let end = journey.as_ref().and_then(|journey| journey.route.nodes.last().copied());
        let place = end.map_or_else(|| self.place_of(who), u64::from);
        self.stand(who, place);
    }

    /// A journey is broken off: its traveller stands where it has got to.
    pub(crate) fn stop(&mut self, who: ActorId) {
        let place = self.place_of(who);
        self.stand(who, place);
    }

    fn stand(&mut self, who: ActorId, place: u64) {
        let (kind, index) = (kind_of(who) as usize, index_of(who));
        if self.stores[kind].journeys[index].take().is_some() {
            self.driving -= 1;
        }
        if let Some(here) = self.common.plan.kinds[kind].here {
            self.stores[kind].set(index, here, place);
        }
    }

    /// Where an actor is now, as a road node.
    pub(crate) fn place_of(&self, who: ActorId) -> u64 {
        let (kind, index) = (kind_of(who) as usize, index_of(who));
        if let Some(journey) = &self.stores[kind].journeys[index] {
            return u64::from(journey.node_at(self.common.now));
        }
        self.common.plan.kinds[kind].here.map_or(NONE, |here| self.stores[kind].get(index, here))
    }

    /// How much longer a drive takes that begins now: by the hour, and by how many drive already.
    ///
    /// # Source
    /// Bureau of Public Roads, Traffic Assignment Manual, 1964: 1 + 0.15 (volume / capacity)^4.
    pub(crate) fn traffic(&self, now: u64) -> f64 {
        let load = self.common.plan.road_capacity.map_or(0.0, |capacity| f64::from(self.driving) / capacity);
        let crowded = 1.0 + 0.15 * (load * load) * (load * load);
        if self.common.plan.traffic.is_empty() {
            return crowded;
        }
        let calendar = &self.common.plan.calendar;
        let hour = calendar.weekday(now).index() * 24 + (calendar.time_of_day_ns(now) / 3_600_000_000_000) as usize;
        crowded * self.common.plan.traffic[hour % self.common.plan.traffic.len()]
    }
}
