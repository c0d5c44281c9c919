//! Jobs: programs that wait.
//!
//! A program becomes a job when it first waits. A job belongs to an actor and to the stay in a state that started it, and
//! ends with that stay. It keeps its place while it runs on between two waits. Places are used again; a generation number
//! tells an old handle from a new job.

use crate::actors::{ActorId, NO_JOB};
use rehearsal_kernel::Ticket;
use serde::{Deserialize, Serialize};

mod copy;

/// Words that the frames of most jobs have at most.
const FRAME: usize = 8;

/// What a job waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Waiting {
    /// Nothing: it runs.
    Nothing,
    /// A moment.
    Moment,
    /// A message, by effect.
    Message(u32),
    /// A unit of a holder: the holder, and the effect.
    Claim(u64, u32),
    /// Goods of a stock, by holder.
    Goods(u64),
    /// An answer, by effect.
    Answer(u32),
    /// The arrival of an actor.
    Arrival(ActorId),
    /// A unit of a holder that was taken from it in a delay, which then goes on: the holder, and the effect that got it.
    Paused(u64, u32),
    /// Its turn to do what it does when a unit was taken from it, by the effect that got it.
    Ousted(u32),
    /// What comes of a rehearsal, by effect.
    Rehearsal(u32),
}

/// A program that waits.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Job {
    /// Tells this job from earlier ones in the same place.
    pub(crate) generation: u32,
    /// Whose it is.
    pub(crate) actor: ActorId,
    /// The root of its actor's household.
    pub(crate) home: ActorId,
    /// The region it belongs to; `ANY` for the whole actor.
    pub(crate) region: u16,
    /// How many claims it holds, at least.
    pub(crate) claims: u32,
    /// The first instruction of its routine.
    pub(crate) start: u32,
    /// Where it goes on.
    pub(crate) pc: u32,
    /// Numbers its waits, so that a late wake-up is told from a timely one.
    pub(crate) wait: u32,
    /// What it waits for.
    pub(crate) waiting: Waiting,
    /// When it began to wait \[ns\].
    pub(crate) since: u64,
    /// What was left of its delay when it was paused \[ns\].
    pub(crate) left: u64,
    /// The event that wakes it, to be taken back where something else does.
    pub(crate) alarm: Option<Ticket>,
    /// Its words.
    pub(crate) frame: Vec<u64>,
    /// The next job of the same actor.
    pub(crate) next: u32,
    /// The one before it in that list.
    pub(crate) before: u32,
}

impl Job {
    /// A job of an actor that does not wait yet.
    pub(crate) fn new(actor: ActorId, region: u16, start: u32) -> Job {
        Job {
            generation: 0,
            actor,
            home: actor,
            region,
            claims: 0,
            start,
            pc: start,
            wait: 0,
            waiting: Waiting::Nothing,
            since: 0,
            left: 0,
            alarm: None,
            frame: Vec::new(),
            next: NO_JOB,
            before: NO_JOB,
        }
    }
}

/// All jobs of a world.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Jobs {
    jobs: Vec<Job>,
    free: Vec<u32>,
}

impl Jobs {
    /// Adds a job of an actor of household `home`, whose list of jobs begins with `next` so far; its frame is so many zeros.
    #[inline]
    pub(crate) fn add(&mut self, (actor, home): (ActorId, ActorId), (region, start, words): (u16, u32, usize), next: u32) -> u32 {
        let at = self.free.pop().unwrap_or_else(|| {
            self.jobs.push(Job { generation: 1, ..Job::new(actor, region, start) });
            (self.jobs.len() - 1) as u32
        });
        let job = &mut self.jobs[at as usize];
        (job.actor, job.home, job.region, job.start, job.next, job.before) = (actor, home, region, start, next, NO_JOB);
        (job.claims, job.wait, job.waiting, job.alarm) = (0, 0, Waiting::Nothing, None);
        if words > 0 {
            // A few zeros are written at once; so many as are wanted would be a call.
            job.frame.extend_from_slice(&[0; FRAME]);
            job.frame.resize(words, 0);
        }
        if next != NO_JOB {
            self.jobs[next as usize].before = at;
        }
        at
    }

    /// Takes a job out of its actor's list; gives the list's new head where this one was it.
    #[inline]
    pub(crate) fn unlink(&mut self, at: u32) -> Option<u32> {
        let job = &self.jobs[at as usize];
        let (before, next) = (job.before, job.next);
        if next != NO_JOB {
            self.jobs[next as usize].before = before;
        }
        if before == NO_JOB {
            return Some(next);
        }
        self.jobs[before as usize].next = next;
        None
    }

    /// About the memory of all jobs \[bytes\].
    pub(crate) fn bytes(&self) -> u64 {
        // A job and the few words of its frame.
        (self.jobs.len() * (size_of::<Job>() + 16 * size_of::<u64>())) as u64
    }

    /// Ends a job; its handle is void from now on. Its place keeps the memory of its words.
    #[inline]
    pub(crate) fn end(&mut self, at: u32) {
        self.free.push(at);
        let job = &mut self.jobs[at as usize];
        job.generation = job.generation.wrapping_add(1);
        job.frame.clear();
    }

    /// The job at a place.
    #[inline]
    #[must_use]
    pub(crate) fn get(&self, at: u32) -> &Job {
        &self.jobs[at as usize]
    }

    /// The job at a place, to change.
    #[inline]
    pub(crate) fn get_mut(&mut self, at: u32) -> &mut Job {
        &mut self.jobs[at as usize]
    }

    /// A word that names the job at a place for as long as it lives; never 0.
    #[inline]
    #[must_use]
    pub(crate) fn handle(&self, at: u32) -> u64 {
        u64::from(at) | u64::from(self.jobs[at as usize].generation) << 32
    }

    /// The place of a job that is still alive.
    #[inline]
    #[must_use]
    pub(crate) fn find(&self, handle: u64) -> Option<u32> {
        let at = handle as u32;
        let job = self.jobs.get(at as usize)?;
        (job.generation == (handle >> 32) as u32).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_handle_does_not_find_a_new_job() {
        let mut jobs = Jobs::default();
        let first = jobs.add((1, 1), (0, 0, 0), NO_JOB);
        let handle = jobs.handle(first);
        assert_eq!(jobs.find(handle), Some(first));
        jobs.end(first);
        assert_eq!(jobs.find(handle), None);
        let second = jobs.add((2, 2), (0, 0, 0), NO_JOB);
        assert_eq!(second, first);
        assert_eq!(jobs.find(handle), None);
        assert_eq!(jobs.find(jobs.handle(second)), Some(second));
    }

    #[test]
    fn a_list_closes_over_the_job_that_leaves_it() {
        let mut jobs = Jobs::default();
        let last = jobs.add((1, 1), (0, 0, 0), NO_JOB);
        let middle = jobs.add((1, 1), (0, 0, 0), last);
        let first = jobs.add((1, 1), (0, 0, 0), middle);
        assert_eq!(jobs.unlink(middle), None);
        assert_eq!((jobs.get(first).next, jobs.get(last).before), (last, first));
        assert_eq!(jobs.unlink(first), Some(last));
        assert_eq!((jobs.get(last).before, jobs.unlink(last)), (NO_JOB, Some(NO_JOB)));
    }
}
