//! The world at a moment, carried forward while a trace plays and sought anew when it jumps.
//!
//! However one comes to a moment, the cursor holds what [`rehearsal_trace::Reader::state_at`] gives there, and the same
//! recent events. A step costs the records that it passes. A jump costs the reading of one keyframe, the records since it,
//! and those of the window of recent events; where it turns out to be one only on the way, [`CARRY_MAX`] records more.

use crate::error::StageError;
use crate::stage::Stage;
use rehearsal_trace::{OwnRecords, Record, Snapshot, What};
use std::collections::VecDeque;

/// Records that are passed one by one before a jump is sought instead.
pub const CARRY_MAX: u64 = 20_000;
/// Recent events that are kept: the newest. At a day a second there are more than an eye can follow.
pub const RECENT_MAX: usize = 2_048;

/// A place in a trace, with the world there.
pub struct Cursor {
    stage: Stage,
    records: Option<OwnRecords>,
    /// The first record after the moment.
    next: Option<Record>,
    world: Snapshot,
    recent: VecDeque<Recent>,
    window: u64,
    /// How many records there are, and when the last of them is: asking the reader costs a look at each of its blocks.
    length: u64,
    last: u64,
    /// Whether an error left the world between two moments.
    astray: bool,
}

/// What a step cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// Records passed one by one.
    pub records: u64,
    /// Whether the moment was sought instead.
    pub sought: bool,
}

/// Something that happened a short while ago and still shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// When it happened, or arrived \[ns\].
    pub at: u64,
    /// Who sent, decided or contacted.
    pub from: u32,
    /// Who received, was decided about or was to be contacted.
    pub to: u32,
    /// What it was.
    pub what: Flash,
}

/// What shows for a short while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flash {
    /// A message of this name arrived.
    Message(String),
    /// A policy decided by this rule.
    Decision(String),
    /// A contact was refused; the template.
    Refused(String),
}

impl Recent {
    fn of(record: &Record) -> Option<Recent> {
        let [from, to] = record.what.parties();
        let what = match &record.what {
            What::Message { name, .. } => Flash::Message(name.clone()),
            What::Decision(decision) => Flash::Decision(decision.rule.clone()),
            What::Contact(contact) if contact.outcome == "refused" => Flash::Refused(contact.template.clone()),
            _ => return None,
        };
        Some(Recent { at: record.at, from: from?, to: to?, what })
    }
}

impl Cursor {
    /// At the beginning, after what happens in the first moment.
    ///
    /// # Errors
    /// A damaged block.
    pub fn new(stage: &Stage) -> Result<Cursor, StageError> {
        let (recent, world) = (VecDeque::new(), Snapshot::default());
        let stage = stage.clone();
        let (length, last) = (stage.reader().len(), stage.reader().end());
        let mut cursor = Cursor { stage, records: None, next: None, world, recent, window: 0, length, last, astray: true };
        cursor.go(0, 0)?;
        Ok(cursor)
    }

    /// Goes to the moment `at` \[ns\], where the events of the last `window` \[ns\] still show.
    ///
    /// # Errors
    /// A damaged block on the way or at the moment; the next call tries afresh.
    pub fn go(&mut self, at: u64, window: u64) -> Result<Steps, StageError> {
        let mut steps = Steps::default();
        let forward = !self.astray && at >= self.world.at;
        if !(forward && self.seems_near(at) && self.carry(at, window, &mut steps)?) {
            self.seek(at)?;
            steps.sought = true;
        }
        // What happened before the old window began was let go.
        if steps.sought || window > self.window {
            self.remember(at, window)?;
        }
        self.window = window;
        self.forget(at);
        Ok(steps)
    }

    /// Whether a later moment is at most a few times [`CARRY_MAX`] records away, were they spread evenly.
    fn seems_near(&self, at: u64) -> bool {
        let away = u128::from(at.min(self.last).saturating_sub(self.world.at));
        u128::from(self.length) * away <= 2 * u128::from(CARRY_MAX) * u128::from(self.last.max(1))
    }

    /// Passes record by record; false where the moment is too far.
    fn carry(&mut self, at: u64, window: u64, steps: &mut Steps) -> Result<bool, StageError> {
        while let Some(record) = self.next.take_if(|record| record.at <= at) {
            if steps.records == CARRY_MAX {
                self.next = Some(record);
                return Ok(false);
            }
            self.world.apply(&record);
            steps.records += 1;
            if record.at > at.saturating_sub(window) || at < window {
                self.recent.extend(Recent::of(&record));
                if self.recent.len() > RECENT_MAX {
                    self.recent.pop_front();
                }
            }
            self.advance()?;
        }
        self.world.settle(at);
        Ok(true)
    }

    fn seek(&mut self, at: u64) -> Result<(), StageError> {
        self.astray = true;
        let reader = self.stage.reader().clone();
        self.world = reader.state_at(at).map_err(|error| self.stage.fault(error))?;
        self.records = at.checked_add(1).map(|after| reader.records_from(after).keep(&reader));
        self.advance()?;
        self.astray = false;
        Ok(())
    }

    fn advance(&mut self) -> Result<(), StageError> {
        let next = self.records.as_mut().and_then(Iterator::next).transpose();
        self.next = next.map_err(|error| {
            self.astray = true;
            self.stage.fault(error)
        })?;
        Ok(())
    }

    /// Reads the window afresh.
    fn remember(&mut self, at: u64, window: u64) -> Result<(), StageError> {
        self.recent.clear();
        if window == 0 {
            return Ok(());
        }
        let from = at.checked_sub(window).map_or(0, |before| before + 1);
        for record in self.stage.reader().records_between(from, at.saturating_add(1)) {
            let record = record.map_err(|error| {
                self.astray = true;
                self.stage.fault(error)
            })?;
            self.recent.extend(Recent::of(&record));
            if self.recent.len() > RECENT_MAX {
                self.recent.pop_front();
            }
        }
        Ok(())
    }

    fn forget(&mut self, at: u64) {
        while self.recent.front().is_some_and(|recent| at - recent.at >= self.window) {
            self.recent.pop_front();
        }
    }

    /// The moment \[ns\].
    #[must_use]
    pub fn at(&self) -> u64 {
        self.world.at
    }

    /// The world at the moment: journeys that are over have become resting places.
    #[must_use]
    pub fn world(&self) -> &Snapshot {
        &self.world
    }

    /// What happened within the window, oldest first; the newest [`RECENT_MAX`] of it.
    #[must_use]
    pub fn recent(&self) -> &VecDeque<Recent> {
        &self.recent
    }

    /// How long events show \[ns\].
    #[must_use]
    pub fn window(&self) -> u64 {
        self.window
    }

    /// The run.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, HOUR, SECOND};
    use proptest::prelude::*;

    /// The same by looking at every record.
    fn brute(stage: &Stage, at: u64, window: u64) -> Vec<Recent> {
        let all = stage.reader().records().map(Result::unwrap);
        let inside = all.filter(|record| record.at <= at && (at - record.at) < window);
        let found: Vec<Recent> = inside.filter_map(|record| Recent::of(&record)).collect();
        found[found.len().saturating_sub(RECENT_MAX)..].to_vec()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn any_way_to_a_moment_leads_to_the_same_world(
            seed in 0u64..1000,
            ways in prop::collection::vec((0u64..13 * HOUR, any::<bool>(), 0u64..2 * HOUR), 1..12),
        ) {
            let stage = sample::stage(seed);
            let mut cursor = Cursor::new(&stage).unwrap();
            let mut at = 0;
            for (to, near, window) in ways {
                at = if near { at + to % (20 * SECOND) } else { to };
                let steps = cursor.go(at, window).unwrap();
                prop_assert!(steps.records <= CARRY_MAX);
                prop_assert_eq!(cursor.world(), &stage.reader().state_at(at).unwrap());
                prop_assert_eq!(Vec::from(cursor.recent().clone()), brute(&stage, at, window));
            }
        }
    }

    #[test]
    fn a_step_costs_the_records_it_passes() {
        let stage = sample::stage(1);
        let records: Vec<Record> = stage.reader().records().map(Result::unwrap).collect();
        let mut cursor = Cursor::new(&stage).unwrap();
        let passed = records.iter().filter(|record| record.at > 0 && record.at <= HOUR).count() as u64;
        assert_eq!(cursor.go(HOUR, 0).unwrap(), Steps { records: passed, sought: false });
        assert_eq!(cursor.go(HOUR, 0).unwrap(), Steps::default());
        assert_eq!(cursor.go(HOUR - 1, 0).unwrap(), Steps { records: 0, sought: true });
        assert_eq!(cursor.go(u64::MAX, 10).unwrap().records, records.iter().filter(|record| record.at >= HOUR).count() as u64);
    }

    /// Sample days, one after the other: how long each is, and the bytes of the trace.
    fn days(number: u64) -> (u64, Vec<u8>) {
        let day = sample::records(3);
        let span = day.last().unwrap().at + 1;
        let records: Vec<Record> = (0..number)
            .flat_map(|turn| day.iter().cloned().map(move |record| Record { at: record.at + turn * span, ..record }))
            .collect();
        (span, sample::written(&sample::header(), &records))
    }

    #[test]
    fn damage_is_an_error_where_it_lies_and_nowhere_else() {
        let (span, mut bytes) = days(10);
        let middle = bytes.len() / 2;
        let whole = Stage::from_bytes(bytes.clone(), "days.trace").unwrap();
        bytes[middle] ^= 1;
        let stage = Stage::from_bytes(bytes, "days.trace").unwrap();
        let mut cursor = Cursor::new(&stage).unwrap();
        for _ in 0..2 {
            let said = cursor.go(9 * span, HOUR).unwrap_err().to_string();
            assert!(said.starts_with("days.trace is damaged: block "), "{said}");
            for at in [HOUR, 2 * HOUR, 0] {
                cursor.go(at, HOUR).unwrap();
                assert_eq!(cursor.world(), &whole.reader().state_at(at).unwrap());
                assert_eq!(Vec::from(cursor.recent().clone()), brute(&whole, at, HOUR));
            }
        }
        let mut indexing = crate::Indexing::new(&stage);
        assert!(indexing.advance(u64::MAX).is_err() && indexing.progress().done && !stage.knows_all());
    }

    #[test]
    fn a_view_may_keep_all_of_it_in_any_thread() {
        fn kept<T: Send + Sync + 'static>() {}
        kept::<Stage>();
        kept::<Cursor>();
        kept::<crate::Indexing>();
        kept::<crate::Diverging>();
    }

    #[test]
    fn a_jump_is_sought_after_a_bounded_number_of_records() {
        let (span, bytes) = days(10);
        let stage = Stage::from_bytes(bytes, "days.trace").unwrap();
        let mut cursor = Cursor::new(&stage).unwrap();
        assert_eq!(cursor.go(10 * span, 0).unwrap(), Steps { records: CARRY_MAX, sought: true });
        assert_eq!(cursor.world(), &stage.reader().state_at(10 * span).unwrap());
        // Where a jump is plainly far, none is passed in vain.
        let (span, bytes) = days(20);
        let stage = Stage::from_bytes(bytes, "days.trace").unwrap();
        let mut cursor = Cursor::new(&stage).unwrap();
        assert_eq!(cursor.go(19 * span, 0).unwrap(), Steps { records: 0, sought: true });
        assert!(!cursor.go(19 * span + HOUR, 0).unwrap().sought);
    }
}
