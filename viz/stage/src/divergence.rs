//! Where two runs part that had the same luck: one scenario, one seed, one replication, two policies.
//!
//! Both traces are read in step, moment by moment. An actor has parted at the first moment at which what is recorded of it
//! differs: states entered, journeys begun, notes made, its coming and its going, in the order in which they were recorded.
//! Messages are not compared, as a message that changes nothing in anybody is no difference between two lives; neither are
//! decisions, which belong to the policies and not to the world.
//!
//! An actor that is spawned in one of the runs only has no life to compare; it is [`Divergence::alone`].
//!
//! Costs one pass over both traces, in slices. Memory is that of one moment and of all actors.

use crate::error::StageError;
use crate::index::Progress;
use crate::stage::Stage;
use rehearsal_trace::{OwnRecords, Record, What};
use std::collections::{BTreeMap, BTreeSet};

/// When and at what an actor parted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parting {
    /// When \[ns\].
    pub at: u64,
    /// The first that differs in each run: the tag of a record such as `note`; none where nothing more was recorded of the
    /// actor at that moment.
    pub what: [Option<&'static str>; 2],
}

/// Where two runs part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Divergence {
    /// Who has parted.
    pub parted: BTreeMap<u32, Parting>,
    /// Actors that both runs have under the same name and number; those that are spawned, once they are in both.
    pub shared: BTreeSet<u32>,
    /// Actors that only one of the runs has, or that bear another name in the other; they are not compared. Those that are
    /// spawned in one run only are known at the end.
    pub alone: BTreeSet<u32>,
    /// Up to where it was compared \[ns\].
    pub until: u64,
}

/// A comparison under way.
pub struct Diverging {
    sides: [Side; 2],
    found: Divergence,
    /// Who was spawned in each run, by number: the name.
    spawned: [BTreeMap<u32, String>; 2],
    /// Who seems to have parted, and is yet spawned in one run only.
    unsure: BTreeMap<u32, Parting>,
    progress: Progress,
}

struct Side {
    stage: Stage,
    records: OwnRecords,
    next: Option<Record>,
}

impl Side {
    fn new(stage: &Stage) -> Result<Side, StageError> {
        let reader = stage.reader();
        let mut side = Side { stage: stage.clone(), records: reader.records().keep(reader), next: None };
        side.advance()?;
        Ok(side)
    }

    fn advance(&mut self) -> Result<(), StageError> {
        self.next = self.records.next().transpose().map_err(|error| self.stage.fault(error))?;
        Ok(())
    }
}

impl Diverging {
    /// Begins to compare two runs. Where one is planned to be shorter, they are compared as far as it goes.
    ///
    /// # Errors
    /// Runs of another scenario, seed, replication or start; a damaged block.
    pub fn new(a: &Stage, b: &Stage) -> Result<Diverging, StageError> {
        alike(a, b)?;
        let until = if a.header().length_ns == b.header().length_ns {
            a.end().max(b.end())
        } else {
            a.header().length_ns.min(b.header().length_ns)
        };
        let mut found = Divergence { until, ..Divergence::default() };
        let declared = [a, b].map(|stage| stage.header().actors.iter().map(|actor| (actor.id, &actor.name)).collect());
        let [one, other]: [BTreeMap<u32, &String>; 2] = declared;
        for id in one.keys().chain(other.keys()) {
            let set = if one.get(id) == other.get(id) { &mut found.shared } else { &mut found.alone };
            set.insert(*id);
        }
        let progress = Progress { read: 0, total: a.reader().len() + b.reader().len(), done: false };
        let sides = [Side::new(a)?, Side::new(b)?];
        Ok(Diverging { sides, found, spawned: Default::default(), unsure: BTreeMap::new(), progress })
    }

    /// Reads on for about `budget` records: the moment that was begun is finished.
    ///
    /// # Errors
    /// A damaged block; the comparison is then over.
    pub fn advance(&mut self, budget: u64) -> Result<Progress, StageError> {
        let stop = self.progress.read.saturating_add(budget);
        while !self.progress.done && self.progress.read < stop {
            let moment = self.sides.iter().filter_map(|side| side.next.as_ref()).map(|record| record.at).min();
            match moment.filter(|&at| at <= self.found.until) {
                Some(at) => self.moment(at).inspect_err(|_| self.progress.done = true)?,
                None => {
                    self.found.alone.extend(std::mem::take(&mut self.unsure).into_keys());
                    self.progress.done = true;
                }
            }
        }
        Ok(self.progress)
    }

    /// Compares what is recorded of everybody at one moment.
    fn moment(&mut self, at: u64) -> Result<(), StageError> {
        let mut of: BTreeMap<u32, [Vec<What>; 2]> = BTreeMap::new();
        let mut born = BTreeSet::new();
        for (number, side) in self.sides.iter_mut().enumerate() {
            while let Some(record) = side.next.take_if(|record| record.at == at) {
                self.progress.read += 1;
                if let What::Spawn { actor, .. } = &record.what {
                    self.spawned[number].entry(actor.id).or_insert_with(|| actor.name.clone());
                    born.insert(actor.id);
                }
                if let Some(actor) = lived(&record.what)
                    && !self.found.parted.contains_key(&actor)
                    && !self.found.alone.contains(&actor)
                    && !self.unsure.contains_key(&actor)
                {
                    of.entry(actor).or_default()[number].push(record.what);
                }
                side.advance()?;
            }
        }
        for (actor, [a, b]) in of {
            let differs = |&place: &usize| match (a.get(place), b.get(place)) {
                (Some(a), Some(b)) => !same(a, b),
                _ => true,
            };
            if let Some(place) = (0..a.len().max(b.len())).find(differs) {
                let what = [&a, &b].map(|records| records.get(place).map(What::tag));
                self.unsure.insert(actor, Parting { at, what });
                born.insert(actor);
            }
        }
        born.into_iter().for_each(|actor| self.settle(actor));
        Ok(())
    }

    /// Decides what can be decided of one who was spawned, or seems to have parted.
    fn settle(&mut self, actor: u32) {
        if self.found.alone.contains(&actor) {
            return;
        }
        let names = [0, 1].map(|number: usize| self.spawned[number].get(&actor));
        let shared = match names {
            _ if self.found.shared.contains(&actor) => true,
            [Some(one), Some(other)] if one != other => {
                self.unsure.remove(&actor);
                self.found.alone.insert(actor);
                return;
            }
            // Of one who was never declared nothing but the records is known.
            [Some(_), Some(_)] | [None, None] => true,
            _ => false,
        };
        if shared {
            self.found.shared.insert(actor);
            if let Some(parting) = self.unsure.remove(&actor) {
                self.found.parted.insert(actor, parting);
            }
        }
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// What was found so far.
    #[must_use]
    pub fn found(&self) -> &Divergence {
        &self.found
    }

    /// Reads the rest.
    ///
    /// # Errors
    /// A damaged block.
    pub fn finish(mut self) -> Result<Divergence, StageError> {
        self.advance(u64::MAX)?;
        Ok(self.found)
    }
}

impl Divergence {
    /// How many have parted by a moment \[ns\].
    #[must_use]
    pub fn parted_by(&self, at: u64) -> usize {
        self.parted.values().filter(|parting| parting.at <= at).count()
    }

    /// How many part in each of `bins` equal stretches of what was compared; at least one.
    #[must_use]
    pub fn timeline(&self, bins: usize) -> Vec<u32> {
        let mut counts = vec![0; bins.max(1)];
        for parting in self.parted.values() {
            let bin = u128::from(parting.at) * counts.len() as u128 / (u128::from(self.until) + 1);
            counts[bin as usize] += 1;
        }
        counts
    }

    /// When the first of all parts \[ns\], and who; of several, the least number.
    #[must_use]
    pub fn first(&self) -> Option<(u64, u32)> {
        self.parted.iter().map(|(&actor, parting)| (parting.at, actor)).min()
    }

    /// Those who never part.
    pub fn together(&self) -> impl Iterator<Item = u32> {
        self.shared.iter().copied().filter(|actor| !self.parted.contains_key(actor))
    }
}

/// The one whose life a record is a part of.
///
/// Messages count for neither side, and neither does how full somebody's holders are: others do that to them, and those
/// have parted. What is on a board follows from the states of whoever shows it.
fn lived(what: &What) -> Option<u32> {
    match what {
        What::State { actor, .. } | What::Move { actor, .. } | What::Note { actor, .. } | What::End { actor } => Some(*actor),
        What::Spawn { actor, .. } => Some(actor.id),
        _ => None,
    }
}

/// Equal, where a number that is none equals itself.
fn same(a: &What, b: &What) -> bool {
    a == b || (a.tag() == b.tag() && format!("{a:?}") == format!("{b:?}"))
}

fn alike(a: &Stage, b: &Stage) -> Result<(), StageError> {
    let of = |name: &str, tell: fn(&rehearsal_trace::Header) -> String| {
        let [one, other] = [a, b].map(|stage| tell(stage.header()));
        (one != other).then(|| format!("{name} {one} and {other}"))
    };
    let differs = of("their scenarios are", |header| header.scenario.clone())
        .or_else(|| of("their seeds are", |header| header.seed.to_string()))
        .or_else(|| of("their replications are", |header| header.replication.to_string()))
        .or_else(|| of("they begin at", |header| header.start.clone()));
    match differs {
        Some(reason) => Err(StageError::NotAlike { a: a.path().into(), b: b.path().into(), reason }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, HOUR, Luck};
    use proptest::prelude::*;
    use rehearsal_trace::{Header, Value};

    fn stage(header: &Header, records: &[Record]) -> Stage {
        Stage::from_bytes(sample::written(header, records), "other.trace").unwrap()
    }

    /// The lives of all, each as a list, compared entry by entry.
    fn brute(a: &[Record], b: &[Record], alone: &BTreeSet<u32>) -> BTreeMap<u32, u64> {
        let lives = |records: &[Record]| {
            let mut lives: BTreeMap<u32, Vec<(u64, String)>> = BTreeMap::new();
            for record in records {
                if let Some(actor) = lived(&record.what).filter(|actor| !alone.contains(actor)) {
                    lives.entry(actor).or_default().push((record.at, format!("{:?}", record.what)));
                }
            }
            lives
        };
        let [a, b] = [lives(a), lives(b)];
        let mut parted = BTreeMap::new();
        for actor in a.keys().chain(b.keys()) {
            let [a, b] = [&a, &b].map(|lives| lives.get(actor).map(Vec::as_slice).unwrap_or_default());
            let differ = (0..a.len().max(b.len())).find(|&place| a.get(place) != b.get(place));
            if let Some(place) = differ {
                let at = [a.get(place), b.get(place)].into_iter().flatten().map(|(at, _)| *at).min();
                parted.insert(*actor, at.unwrap());
            }
        }
        parted
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_comparison_agrees_with_lives_laid_side_by_side(seed in 0u64..500, changes in 0u64..12, budget in 1u64..3000) {
            let a = sample::records(seed);
            let mut b = a.clone();
            let mut luck = Luck(seed ^ 0xABCD);
            for _ in 0..changes {
                let place = luck.below(b.len() as u64) as usize;
                match luck.below(4) {
                    0 => drop(b.remove(place)),
                    1 => b.swap(place, (place + 1).min(a.len() - changes as usize - 1)),
                    2 => b.insert(place, Record { at: b[place].at, what: What::Note { actor: 15, name: "new".into(), fields: vec![] } }),
                    _ => if let What::Note { fields, .. } = &mut b[place].what {
                        fields.push(("nan".into(), Value::Number(f64::NAN)));
                    },
                }
            }
            b.sort_by_key(|record| record.at);
            let stages = [stage(&sample::header(), &a), stage(&sample::header(), &b)];
            // As the file keeps them, with rounded positions.
            let kept = [0, 1].map(|n: usize| stages[n].reader().records().map(Result::unwrap).collect::<Vec<_>>());
            let mut diverging = Diverging::new(&stages[0], &stages[1]).unwrap();
            while !diverging.advance(budget).unwrap().done {}
            let found = diverging.found().clone();
            let spawned = [0, 1].map(|n: usize| kept[n].iter().filter_map(|record| match &record.what {
                What::Spawn { actor, .. } => Some(actor.id),
                _ => None,
            }).collect::<BTreeSet<u32>>());
            prop_assert_eq!(&found.alone, &spawned[0].symmetric_difference(&spawned[1]).copied().collect());
            let at: BTreeMap<u32, u64> = found.parted.iter().map(|(&actor, parting)| (actor, parting.at)).collect();
            prop_assert_eq!(&at, &brute(&kept[0], &kept[1], &found.alone));
            prop_assert_eq!(found.timeline(40).iter().sum::<u32>() as usize, at.len());
            prop_assert_eq!(found.parted_by(u64::MAX), at.len());
            prop_assert_eq!(found.together().count() + at.len(), found.shared.len());
            prop_assert_eq!(found.first().map(|(at, _)| at), at.values().min().copied());
        }
    }

    #[test]
    fn a_run_does_not_part_from_itself() {
        let mut records = sample::records(3);
        let fields = vec![("unknown".into(), Value::Number(f64::NAN))];
        records.insert(0, Record { at: 0, what: What::Note { actor: 11, name: "odd".into(), fields } });
        let stage = stage(&sample::header(), &records);
        let found = Diverging::new(&stage, &stage).unwrap().finish().unwrap();
        assert!(found.parted.is_empty() && found.first().is_none() && found.alone.is_empty());
        stage.meet_all().unwrap();
        assert_eq!(found.together().count(), stage.actors().len());
    }

    #[test]
    fn runs_with_other_luck_are_refused_with_the_reason() {
        let records = sample::records(1);
        let base = stage(&sample::header(), &records);
        let with = |change: fn(&mut Header)| {
            let mut header = sample::header();
            change(&mut header);
            Diverging::new(&base, &stage(&header, &records)).err().map(|error| error.to_string())
        };
        for (change, reason) in [
            ((|header| header.seed = 8) as fn(&mut Header), "their seeds are 7 and 8"),
            (|header| header.replication = 2, "their replications are 0 and 2"),
            (|header| header.scenario = "runs".into(), "their scenarios are walks and runs"),
            (|header| header.start = "2027-01-01 00:00".into(), "they begin at"),
        ] {
            assert!(with(change).unwrap().contains(reason));
        }
        assert_eq!(with(|header| header.policy = "stern".into()), None);
    }

    #[test]
    fn a_shorter_run_is_compared_as_far_as_it_goes() {
        let records = sample::records(2);
        let short: Vec<Record> = records.iter().filter(|record| record.at <= 2 * HOUR).cloned().collect();
        let header = Header { length_ns: 2 * HOUR, ..sample::header() };
        let [whole, short] = [stage(&sample::header(), &records), stage(&header, &short)];
        let found = Diverging::new(&whole, &short).unwrap().finish().unwrap();
        assert_eq!((found.parted.len(), found.until), (0, 2 * HOUR));
    }
}
