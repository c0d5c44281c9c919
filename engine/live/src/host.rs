//! The world of a twin: what is in the journal, applied to it.

use crate::entry::Report;
use crate::moments::Origin;
use crate::out::{Outgoing, Outlet};
use crate::values::People;
use rehearsal_scenario::{ActorId, Interest, Record, Replication, RunError, Scenario, StateError, Time, What, kind_of};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How many records of note are kept at hand.
const RECENT: usize = 20_000;

/// The world of a twin at a moment.
///
/// It is moved by [`Host::apply`] and [`Host::advance`] alone. The same entries at the same moments give the same world and
/// the same effects, whatever ticks lie between them.
pub struct Host<'s> {
    scenario: &'s Scenario,
    run: Replication<'s>,
    outlet: Outlet,
    people: People<'s>,
    origin: Origin,
    /// The sequence of the last entry that was applied.
    sequence: u64,
    effects: Vec<Outgoing>,
    recent: VecDeque<Record>,
    /// What is told to those who watch, while there are any.
    watched: Option<Vec<Record>>,
    /// How many reports were applied.
    applied: u64,
    decisions: u64,
}

impl<'s> Host<'s> {
    /// A world at its beginning, under a policy.
    ///
    /// # Errors
    /// Where there is no such policy, or the scenario asks for something that has no meaning when it begins.
    pub fn begin(scenario: &'s Scenario, policy: &str, seed: u64) -> Result<Host<'s>, RunError> {
        Ok(Host::of(scenario, scenario.start_live(policy, seed)?))
    }

    /// The same, recorded in a file. It tells no effects.
    ///
    /// # Errors
    /// As [`Host::begin`], and where the trace could not be written.
    pub fn recorded(scenario: &'s Scenario, policy: &str, seed: u64, trace: &std::path::Path) -> Result<Host<'s>, RunError> {
        Ok(Host::of(scenario, scenario.record_live(policy, seed, trace)?))
    }

    /// A world as it was saved, with the sequence of the last entry that it knows and the number of the last effect.
    ///
    /// # Errors
    /// See [`Scenario::restore`].
    pub fn restore(scenario: &'s Scenario, bytes: &[u8], sequence: u64, number: u64) -> Result<Host<'s>, StateError> {
        let mut host = Host::of(scenario, scenario.restore(bytes)?);
        (host.sequence, host.outlet.number) = (sequence, number);
        Ok(host)
    }

    fn of(scenario: &'s Scenario, mut run: Replication<'s>) -> Host<'s> {
        run.listen(Outlet::interest(scenario));
        let live = scenario.live().cloned().unwrap_or_default();
        let (outlet, people, origin) = (Outlet::new(&live), People::of(scenario), Origin::of(scenario));
        let (effects, recent) = (Vec::new(), VecDeque::new());
        Host { scenario, run, outlet, people, origin, sequence: 0, effects, recent, watched: None, applied: 0, decisions: 0 }
    }

    /// How many there are of each kind.
    #[must_use]
    pub fn population(&self) -> Vec<usize> {
        (0..self.scenario.plan().kinds.len()).map(|kind| self.run.population(kind as u16)).collect()
    }

    /// Applies what was reported of a twin at a moment of the world \[ns\], and all that follows at that moment.
    ///
    /// # Errors
    /// A [`Failed`]: the world is of no use any more, and has to be restored.
    pub fn apply(&mut self, sequence: u64, at: u64, hearing: (ActorId, u16, &mut [u64]), of: &Report) -> Result<(), Failed> {
        self.go(None, |run| run.run_until(Time::from_ns(at)).map(drop))?;
        let (actor, message, words) = hearing;
        if of.enrolled_as.is_some() {
            self.people.enrol(actor, &of.twin);
        }
        if self.scenario.plan().kinds[usize::from(kind_of(actor))].enrols {
            self.run.enrol(actor);
        }
        self.go(Some(sequence), |run| {
            run.report(actor, message, words)?;
            run.run_until(Time::from_ns(at + 1)).map(drop)
        })?;
        self.sequence = sequence;
        self.applied += 1;
        self.digest_records();
        Ok(())
    }

    /// An entry that changes nothing in the world, at a moment \[ns\].
    ///
    /// # Errors
    /// As [`Host::advance`].
    pub fn pass(&mut self, sequence: u64, at: u64) -> Result<(), Failed> {
        self.advance(at)?;
        self.sequence = sequence;
        Ok(())
    }

    /// Somebody who was enrolled is called so.
    pub fn call(&mut self, actor: ActorId, name: &str) {
        self.people.enrol(actor, name);
    }

    /// Lets time pass up to a moment of the world \[ns\]; nothing where that is over.
    ///
    /// # Errors
    /// A [`Failed`]; no entry is to blame.
    pub fn advance(&mut self, at: u64) -> Result<(), Failed> {
        self.go(None, |run| run.run_until(Time::from_ns(at)).map(drop))?;
        self.digest_records();
        Ok(())
    }

    /// Moves the world; a panic of a native kind is a failure like any other.
    fn go(
        &mut self,
        sequence: Option<u64>,
        ahead: impl FnOnce(&mut Replication<'s>) -> Result<(), RunError>,
    ) -> Result<(), Failed> {
        let run = &mut self.run;
        let why = match catch_unwind(AssertUnwindSafe(|| ahead(run))) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => {
                let said = panic.downcast_ref::<&str>().map(|said| (*said).to_owned());
                let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                format!("a native kind panicked: {said}")
            }
        };
        Err(Failed { sequence, why })
    }

    fn digest_records(&mut self) {
        for record in self.run.heard() {
            let effects = self.outlet.effects(&record, &self.people, self.origin, |actor| self.run.profile(actor));
            self.effects.extend(effects);
            let notable = match &record.what {
                What::Decision(_) => {
                    self.decisions += 1;
                    true
                }
                What::Contact(_) => true,
                What::Message { name, .. } => name == "contacted",
                _ => false,
            };
            if notable {
                if self.recent.len() == RECENT {
                    self.recent.pop_front();
                }
                self.recent.push_back(record.clone());
            }
            if let Some(watched) = &mut self.watched {
                watched.push(record);
            }
        }
    }

    /// What left the world since this was asked last.
    pub fn effects(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.effects)
    }

    /// Tells all that happens from here on, for those who watch; or no longer.
    pub fn watch(&mut self, watched: bool) {
        self.watched = watched.then(Vec::new);
        let plan = self.scenario.plan();
        self.run.listen(if watched { Interest::all(plan) } else { Outlet::interest(self.scenario) });
    }

    /// Tells all decisions from here on.
    pub(crate) fn watch_decisions(&mut self) {
        self.watched = Some(Vec::new());
    }

    /// The decisions since this was asked last, where they are watched.
    pub(crate) fn decided(&mut self) -> Vec<Record> {
        let seen = self.seen();
        seen.into_iter().filter(|record| matches!(record.what, What::Decision(_))).collect()
    }

    /// What happened since this was asked last, while somebody watches.
    pub fn seen(&mut self) -> Vec<Record> {
        self.watched.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Whether all that happens is told.
    #[must_use]
    pub fn is_watched(&self) -> bool {
        self.watched.is_some()
    }

    /// The latest decisions and contacts, the newest last.
    #[must_use]
    pub fn recent(&self) -> &VecDeque<Record> {
        &self.recent
    }

    /// The scenario that it is the world of.
    #[must_use]
    pub fn scenario(&self) -> &'s Scenario {
        self.scenario
    }

    /// The world itself, to be looked at and forked.
    #[must_use]
    pub fn run(&self) -> &Replication<'s> {
        &self.run
    }

    /// The same, where looking takes more than a look.
    pub fn run_mut(&mut self) -> &mut Replication<'s> {
        &mut self.run
    }

    /// The world itself, when nothing more is to be applied to it.
    #[must_use]
    pub fn into_run(self) -> Replication<'s> {
        self.run
    }

    /// What actors are called.
    #[must_use]
    pub fn people(&self) -> &People<'s> {
        &self.people
    }

    /// When the world begins.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// The sequence of the last entry that was applied.
    #[must_use]
    pub fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The number of the last effect.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.outlet.number
    }

    /// How many reports were applied, and how many decisions there were, since it was made or restored.
    #[must_use]
    pub fn counts(&self) -> (u64, u64) {
        (self.applied, self.decisions)
    }

    /// The present \[ns since the beginning\].
    #[must_use]
    pub fn now(&self) -> u64 {
        self.run.now().as_ns()
    }

    /// One number for the whole state of the world, see [`Replication::digest`].
    #[must_use]
    pub fn digest(&self) -> u64 {
        self.run.digest()
    }
}

impl std::fmt::Debug for Host<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("run", &self.run).field("sequence", &self.sequence).finish_non_exhaustive()
    }
}

/// The scenario failed half-way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// The entry that made it, if one is to blame.
    pub sequence: Option<u64>,
    /// Why, with the place in the scenario.
    pub why: String,
}

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.sequence {
            Some(sequence) => write!(f, "entry {sequence} of the journal: {}", self.why),
            None => f.write_str(&self.why),
        }
    }
}

impl std::error::Error for Failed {}
