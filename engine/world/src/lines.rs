//! Lines at work: those who wait are let in.

use crate::actors::{ActorId, HolderState};
use crate::claims::parts;
use crate::error::RunError;
use crate::plan::{Effect, FRAME_RESERVED};
use crate::turn::{Flow, Turn};
use crate::world::{Grant, World};
use rehearsal_language::program::{Operand, Routine};

impl World<'_> {
    /// Lets those go on together who are enough for it.
    pub(crate) fn admit_batch(&mut self, word: u64) {
        loop {
            let HolderState::Line(line) = self.holder(word) else { return };
            if !line.is_full() {
                return;
            }
            let batch: Vec<u64> = (0..line.batch()).filter_map(|_| line.pop()).collect();
            batch.into_iter().for_each(|claim| self.let_in(word, claim));
        }
    }

    /// The owner of a line lets some of those in it go on, and names them.
    pub(crate) fn admit(&mut self, turn: &mut Turn<'_>, id: u32, next: u32) -> Result<Flow, RunError> {
        let plan = self.common.plan;
        let Effect::Admit { holder, units, only, into } = &plan.effects[id as usize] else { unreachable!("an Admit") };
        let word = self.word(turn, *holder);
        if !self.housemates(turn.actor, parts(word).0) {
            return Err(self.fault(
                turn.actor,
                next - 1,
                "only the household that owns a line lets others in: ask its owner to, by a message",
            ));
        }
        let units = units.map_or(1, |units| self.word(turn, units) as i64);
        let units = usize::try_from(units)
            .map_err(|_| self.fault(turn.actor, next - 1, format!("{units} are to be let in: there have to be 0 or more")))?;
        let HolderState::Line(line) = self.holder(word) else { return Ok(Flow::Next) };
        let claims: Vec<u64> = line.claims().collect();
        let mut let_in: Vec<ActorId> = Vec::new();
        for claim in claims {
            if let_in.len() == units {
                break;
            }
            let Some(place) = self.common.jobs.find(claim) else { continue };
            let who = self.common.jobs.get(place).actor;
            if self.is_meant(turn, *only, who)? {
                let HolderState::Line(line) = self.holder(word) else { return Ok(Flow::Next) };
                line.withdraw(claim);
                self.let_in(word, claim);
                let_in.push(who);
            }
        }
        if let Some((into, most)) = into {
            let count = let_in.len().min(*most as usize);
            self.put(turn, *into, count as u64);
            for (at, who) in let_in[..count].iter().enumerate() {
                self.put(turn, into.offset(1 + at as u16), u64::from(*who));
            }
        }
        Ok(Flow::Next)
    }

    /// Whether one who waits is of those who are meant.
    fn is_meant(&mut self, turn: &Turn<'_>, only: Option<(Operand, Routine)>, who: ActorId) -> Result<bool, RunError> {
        let Some((it, routine)) = only else { return Ok(true) };
        let first = FRAME_RESERVED as usize;
        let mut given = turn.frame[first..].to_vec();
        given.resize(given.len().max(routine.frame as usize - first), 0);
        given[it.index() as usize - first] = u64::from(who);
        Ok(self.value(turn.actor, routine, &given, turn.event)? != 0)
    }

    /// One who waits in a line of the own household goes on, behind what is being done now.
    fn let_in(&mut self, word: u64, claim: u64) {
        if let Some(place) = self.common.jobs.find(claim) {
            let who = self.common.jobs.get(place).actor;
            self.common.ready.push(Grant { requester: who, args: [claim, word & 0xffff_ffff_ffff, 0], plain: false });
        }
    }
}
