//! Jobs copied into memory that is there, and jobs from bytes.

use super::{Job, Jobs, Waiting};
use crate::actors::{ActorId, NO_JOB};
use crate::plan::{FRAME_RESERVED, Plan};

impl Clone for Job {
    fn clone(&self) -> Job {
        Job { frame: self.frame.clone(), ..*self }
    }

    /// Copies into the frame that is there.
    fn clone_from(&mut self, source: &Job) {
        let mut frame = std::mem::take(&mut self.frame);
        frame.clone_from(&source.frame);
        *self = Job { frame, ..*source };
    }
}

impl Clone for Jobs {
    fn clone(&self) -> Jobs {
        Jobs { jobs: self.jobs.clone(), free: self.free.clone() }
    }

    fn clone_from(&mut self, source: &Jobs) {
        self.jobs.clone_from(&source.jobs);
        self.free.clone_from(&source.free);
    }
}

impl Jobs {
    /// Whether `at` is a place, or the end of a list.
    pub(crate) fn links(&self, at: u32) -> bool {
        at == NO_JOB || (at as usize) < self.jobs.len()
    }

    /// What is wrong with jobs that were read; `exists` knows the actors.
    pub(crate) fn fault(&self, plan: &Plan, exists: impl Fn(ActorId) -> bool) -> Option<String> {
        let mut free = vec![false; self.jobs.len()];
        for at in &self.free {
            match free.get_mut(*at as usize) {
                Some(free) if !*free => *free = true,
                _ => return Some(format!("place {at} for a job is free twice, or is none")),
            }
        }
        let faulty = |(at, job): &(usize, &Job)| !free[*at] && !self.is_sound(job, plan, &exists);
        self.jobs.iter().enumerate().find(faulty).map(|(at, _)| format!("job {at} belongs to no actor or to no program"))
    }

    fn is_sound(&self, job: &Job, plan: &Plan, exists: impl Fn(ActorId) -> bool) -> bool {
        let words = job.frame.len();
        let claims = plan.claims.get(&job.start).into_iter().flatten().all(|slot| usize::from(*slot) < words);
        let boxes = plan.inboxes.get(&job.start).into_iter().flatten();
        let inboxes = boxes.into_iter().all(|(_, inbox, count)| usize::from(*inbox) + usize::from(*count) < words);
        let waits = match job.waiting {
            Waiting::Message(effect)
            | Waiting::Claim(_, effect)
            | Waiting::Answer(effect)
            | Waiting::Paused(_, effect)
            | Waiting::Ousted(effect) => (effect as usize) < plan.effects.len(),
            Waiting::Arrival(who) => exists(who),
            // Nobody waits for a rehearsal between two events.
            Waiting::Nothing | Waiting::Rehearsal(_) => false,
            Waiting::Moment | Waiting::Goods(_) => true,
        };
        let code = [job.start, job.pc].iter().all(|pc| (*pc as usize) < plan.program.code.len());
        exists(job.actor)
            && exists(job.home)
            && self.links(job.next)
            && self.links(job.before)
            && words >= usize::from(FRAME_RESERVED)
            && claims
            && inboxes
            && waits
            && code
    }
}
