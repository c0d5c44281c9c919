//! The actor of one connector: takes from the queue, sends, and writes down what came of it.
//!
//! It lives in a thread of its own. An attempt that panics counts as failed; should the actor itself panic, it begins
//! again with what is not done.

use crate::backoff::Backoff;
use crate::course::{Course, Outcome, Step, Verdict};
use crate::dead::DeadLetter;
use crate::error::ConnectError;
use crate::plan::ConnectorPlan;
use crate::queue::Queue;
use crate::send::Way;
use crate::status::{ConnectorStatus, Live};
use actix::prelude::*;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::{AbortHandle, JoinError};
use tokio::time::Instant;

/// How long the end of a delivery may wait before it is written to disk.
const WRITE_AFTER: Duration = Duration::from_millis(100);

/// Makes the way out, in the thread of the connector.
pub(crate) type Maker = Arc<dyn Fn() -> Result<Way, ConnectError> + Send + Sync>;

/// What an outbox and the actor of a connector share.
pub(crate) struct Shared {
    pub(crate) plan: ConnectorPlan,
    queue: Mutex<Queue>,
    live: Mutex<Live>,
}

impl Shared {
    pub(crate) fn new(plan: ConnectorPlan, queue: Queue) -> Self {
        Self { plan, queue: Mutex::new(queue), live: Mutex::default() }
    }

    // What a panic left is whole: the queue changes in memory only after the disk.
    pub(crate) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn status(&self) -> ConnectorStatus {
        let ((waiting, delivered, dead), oldest_waiting) = {
            let queue = self.queue();
            (queue.counts(), queue.oldest())
        };
        let live = self.live().clone();
        ConnectorStatus {
            name: self.plan.name.clone(),
            waiting,
            delivered,
            failed_attempts: live.failed_attempts,
            dead,
            breaker: live.breaker,
            oldest_waiting,
            last_failure: live.last_failure,
            fault: live.fault,
            restarts: live.restarts,
        }
    }

    /// Remembers what the disk said, or that it is well again.
    fn noted(&self, done: Result<(), ConnectError>) {
        self.live().fault = done.err().map(|error| error.to_string());
    }
}

/// Something is in the queue.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Wake;

/// Begin nothing more, finish what is under way within `limit`, and answer then.
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Stop {
    pub(crate) limit: Duration,
}

pub(crate) struct Connector {
    shared: Arc<Shared>,
    make: Maker,
    way: Option<Rc<Way>>,
    course: Course,
    tasks: BTreeMap<u64, AbortHandle>,
    timer: Option<SpawnHandle>,
    writing: Option<SpawnHandle>,
    stopping: Option<oneshot::Sender<()>>,
    /// Waits after a panic.
    recovering: bool,
    /// Waits for the disk until then.
    faulted: Option<Instant>,
}

impl Connector {
    pub(crate) fn new(shared: Arc<Shared>, make: Maker) -> Self {
        let course = Course::new(&shared.plan);
        Self {
            shared,
            make,
            way: None,
            course,
            tasks: BTreeMap::new(),
            timer: None,
            writing: None,
            stopping: None,
            recovering: false,
            faulted: None,
        }
    }

    /// Runs `work`; a panic in it ends the actor, which the supervisor starts again.
    fn guarded(&mut self, ctx: &mut Context<Self>, work: impl FnOnce(&mut Self, &mut Context<Self>)) {
        if catch_unwind(AssertUnwindSafe(|| work(self, ctx))).is_err() {
            self.shared.live().restarts += 1;
            ctx.stop();
        }
    }

    /// Does what is to be done now.
    fn turn(&mut self, ctx: &mut Context<Self>) {
        self.recovering = false;
        if let Some(timer) = self.timer.take() {
            ctx.cancel_future(timer);
        }
        while self.stopping.is_none() {
            let now = Instant::now();
            if let Some(until) = self.faulted.filter(|until| now < *until) {
                self.wake_at(ctx, until);
                break;
            }
            let more = self.shared.queue().has_more();
            match self.course.next(now, more) {
                Step::Take => {
                    let taken = self.shared.queue().take();
                    match taken {
                        Ok(Some((place, event))) => self.course.begin(place, event, now),
                        Ok(None) => break,
                        Err(error) => self.faulted(error, now),
                    }
                }
                Step::Send(place) => self.launch(place, ctx),
                Step::Wait(until) => {
                    if let Some(until) = until {
                        self.wake_at(ctx, until);
                    }
                    break;
                }
            }
        }
        self.shared.live().breaker = self.course.breaker();
        self.finish_if_done(ctx);
    }

    /// The queue cannot be used: nothing is begun for a while.
    fn faulted(&mut self, error: ConnectError, now: Instant) {
        self.shared.noted(Err(error));
        self.faulted = Some(now + self.shared.plan.longest_wait);
    }

    fn wake_at(&mut self, ctx: &mut Context<Self>, at: Instant) {
        let wait = at.saturating_duration_since(Instant::now());
        self.timer = Some(ctx.run_later(wait, |me, ctx| {
            me.timer = None;
            me.guarded(ctx, Self::turn);
        }));
    }

    fn launch(&mut self, place: u64, ctx: &mut Context<Self>) {
        let (Some(event), Some(way)) = (self.course.send(place), self.way.clone()) else {
            return;
        };
        // In a task of its own: a panic in it ends that task and nothing else.
        let task = actix_rt::spawn(async move { way.send(&event).await });
        self.tasks.insert(place, task.abort_handle());
        let ended = task.into_actor(self).map(move |result, me, ctx| me.guarded(ctx, |me, ctx| me.ended(place, result, ctx)));
        ctx.spawn(ended);
    }

    fn ended(&mut self, place: u64, result: Result<Outcome, JoinError>, ctx: &mut Context<Self>) {
        self.tasks.remove(&place);
        let outcome = match result {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => Outcome::failed("the attempt ended in a panic"),
            Err(_) => Outcome::failed("the attempt was cut off"),
        };
        let event = self.course.event(place);
        match self.course.came(place, outcome, Instant::now()) {
            Some(Verdict::Delivered) => {
                let done = self.shared.queue().delivered(place);
                self.shared.noted(done);
                self.write_soon(ctx);
            }
            Some(Verdict::Again { reason }) => self.failed(reason),
            Some(Verdict::Dead { reason, attempts }) => {
                self.failed(reason.clone());
                if let Some(event) = event {
                    let at = jiff::Timestamp::now().to_string();
                    let letter = DeadLetter { reason, attempts, at, event: (*event).clone() };
                    let died = self.shared.queue().died(place, &letter);
                    if let Err(error) = died {
                        // It cannot be put aside, so it is not given up.
                        self.shared.queue().put_back(place);
                        self.faulted(error, Instant::now());
                    }
                }
                self.write_soon(ctx);
            }
            None => {}
        }
        self.turn(ctx);
    }

    fn failed(&self, reason: String) {
        let mut live = self.shared.live();
        live.failed_attempts += 1;
        live.last_failure = Some(reason);
    }

    /// Writes what is done: at once when nothing is under way, else shortly, so that many share one write.
    fn write_soon(&mut self, ctx: &mut Context<Self>) {
        if self.course.begun() == 0 && !self.shared.queue().has_more() {
            self.write();
        } else if self.writing.is_none() {
            self.writing = Some(ctx.run_later(WRITE_AFTER, |me, ctx| {
                me.guarded(ctx, |me, _| {
                    me.writing = None;
                    me.write();
                });
            }));
        }
    }

    fn write(&self) {
        let done = self.shared.queue().commit();
        self.shared.noted(done);
    }

    fn finish_if_done(&mut self, ctx: &mut Context<Self>) {
        if self.course.under_way() > 0 {
            return;
        }
        let Some(answer) = self.stopping.take() else { return };
        let done = self.shared.queue().mark();
        self.shared.noted(done);
        let way = self.way.take();
        let close = async move {
            if let Some(way) = way {
                way.close().await;
            }
            // Who asked may have gone.
            let _ = answer.send(());
        };
        ctx.spawn(close.into_actor(self));
    }

    fn abort(&mut self) {
        for task in std::mem::take(&mut self.tasks).into_values() {
            task.abort();
        }
    }
}

impl Actor for Connector {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        match (self.make)() {
            Ok(way) => self.way = Some(Rc::new(way)),
            Err(error) => {
                self.shared.noted(Err(error));
                return;
            }
        }
        // After a panic it does not run into the next one at once.
        let restarts = u32::try_from(self.shared.live().restarts).unwrap_or(u32::MAX);
        if restarts == 0 {
            self.guarded(ctx, Self::turn);
        } else {
            let backoff = Backoff { first: self.shared.plan.first_wait, longest: self.shared.plan.longest_wait };
            self.recovering = true;
            self.wake_at(ctx, Instant::now() + backoff.wait(&self.shared.plan.name, restarts));
        }
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        self.abort();
    }
}

impl Supervised for Connector {
    fn restarting(&mut self, _: &mut Self::Context) {
        self.abort();
        self.shared.queue().give_back();
        self.course = Course::new(&self.shared.plan);
        (self.timer, self.writing) = (None, None);
    }
}

impl Handler<Wake> for Connector {
    type Result = ();

    fn handle(&mut self, _: Wake, ctx: &mut Self::Context) {
        // Without a way it has said what is wrong; while it recovers from a panic it goes on waiting.
        if self.way.is_some() && !self.recovering {
            self.guarded(ctx, Self::turn);
        }
    }
}

impl Handler<Stop> for Connector {
    type Result = ResponseFuture<()>;

    fn handle(&mut self, stop: Stop, ctx: &mut Self::Context) -> Self::Result {
        let (answer, answered) = oneshot::channel();
        self.stopping = Some(answer);
        // Attempts that are cut off end as failed, and are made again when the outbox is opened the next time.
        ctx.run_later(stop.limit, |me, _| me.abort());
        self.guarded(ctx, Self::turn);
        Box::pin(async move {
            let _ = answered.await;
        })
    }
}

/// Makes the actor panic.
#[cfg(test)]
#[derive(Message)]
#[rtype(result = "()")]
pub(crate) struct Break;

#[cfg(test)]
impl Handler<Break> for Connector {
    type Result = ();

    fn handle(&mut self, _: Break, ctx: &mut Self::Context) {
        self.guarded(ctx, |_, _| panic!("the test wants a panic"));
    }
}

#[cfg(test)]
#[path = "connector_tests.rs"]
mod tests;
