//! Jobs: programs that wait.
//!
//! A program becomes a job when it first waits. A job belongs to an actor and to the stay in a state that started it, and
//! ends with that stay. Places are used again; a generation number tells an old handle from a new job.

use crate::actors::{ActorId, NO_JOB};

/// What a job waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Waiting {
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
}

/// A program that waits.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Tells this job from earlier ones in the same place.
    pub(crate) generation: u32,
    /// Whose it is.
    pub(crate) actor: ActorId,
    /// The region it belongs to; `ANY` for the whole actor.
    pub(crate) region: u16,
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
    /// Whether it may hold claims.
    pub(crate) claims: bool,
    /// Its words.
    pub(crate) frame: Vec<u64>,
    /// The next job of the same actor.
    pub(crate) next: u32,
}

/// All jobs of a world.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jobs {
    jobs: Vec<Job>,
    free: Vec<u32>,
}

impl Jobs {
    /// Adds a job at the head of its actor's list.
    pub(crate) fn add(&mut self, mut job: Job) -> u32 {
        match self.free.pop() {
            Some(at) => {
                job.generation = self.jobs[at as usize].generation;
                self.jobs[at as usize] = job;
                at
            }
            None => {
                job.generation = 1;
                self.jobs.push(job);
                (self.jobs.len() - 1) as u32
            }
        }
    }

    /// Takes a job out of its place; its handle is void from now on.
    pub(crate) fn take(&mut self, at: u32) -> Job {
        self.free.push(at);
        let place = &mut self.jobs[at as usize];
        let empty = Job { generation: place.generation.wrapping_add(1), frame: Vec::new(), ..place.clone_head() };
        std::mem::replace(place, empty)
    }

    /// The job at a place.
    #[must_use]
    pub(crate) fn get(&self, at: u32) -> &Job {
        &self.jobs[at as usize]
    }

    /// The job at a place, to change.
    pub(crate) fn get_mut(&mut self, at: u32) -> &mut Job {
        &mut self.jobs[at as usize]
    }

    /// A word that names the job at a place for as long as it lives.
    #[must_use]
    pub(crate) fn handle(&self, at: u32) -> u64 {
        u64::from(at) | u64::from(self.jobs[at as usize].generation) << 32
    }

    /// The place of a job that is still alive.
    #[must_use]
    pub(crate) fn find(&self, handle: u64) -> Option<u32> {
        let at = handle as u32;
        let job = self.jobs.get(at as usize)?;
        (job.generation == (handle >> 32) as u32).then_some(at)
    }
}

impl Job {
    fn clone_head(&self) -> Job {
        Job { frame: Vec::new(), next: NO_JOB, ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(actor: ActorId) -> Job {
        Job {
            generation: 0,
            actor,
            region: 0,
            start: 0,
            pc: 0,
            wait: 0,
            waiting: Waiting::Moment,
            since: 0,
            claims: false,
            frame: vec![],
            next: NO_JOB,
        }
    }

    #[test]
    fn an_old_handle_does_not_find_a_new_job() {
        let mut jobs = Jobs::default();
        let first = jobs.add(job(1));
        let handle = jobs.handle(first);
        assert_eq!(jobs.find(handle), Some(first));
        jobs.take(first);
        assert_eq!(jobs.find(handle), None);
        let second = jobs.add(job(2));
        assert_eq!(second, first);
        assert_eq!(jobs.find(handle), None);
        assert_eq!(jobs.find(jobs.handle(second)), Some(second));
    }
}
