//! What happens when: one pass over a trace, in slices between frames.
//!
//! A trace can be sought without this; the index is what a timeline draws and what bookmarks are made of. It keeps counts
//! in [`BINS`] stretches of time, and of each name of a note, rule of a decision and template of a refusal the number and the
//! first moments. It also learns who is spawned, and tells the stage ([`Stage::actors`]) when it is done. Its memory is bounded: [`NAMES_MAX`] names with [`RARE_MAX`] moments each, [`ACTORS_MAX`] actors; what
//! goes beyond is counted in [`Index::left_out`].

use crate::error::StageError;
use crate::stage::Stage;
use rehearsal_trace::{Actor, OwnRecords, Record, What};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Stretches of equal length into which the run is divided.
pub const BINS: usize = 600;
/// A name that occurs at most this often is rare: each of its moments is a bookmark.
pub const RARE_MAX: usize = 100;
/// Names that are told apart.
pub const NAMES_MAX: usize = 2_000;
/// Actors whose first and last moment are kept.
pub const ACTORS_MAX: usize = 4_000_000;
/// Moments of which figures are kept.
const FIGURES_MAX: usize = 100_000;
/// What is counted, in this order: the tags of records.
pub use rehearsal_trace::schema::TAGS as WHATS;

/// A sort of moment that has names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Notable {
    /// Somebody noted something; the note's name.
    Note,
    /// A policy decided; the rule.
    Decision,
    /// A contact was refused; the template.
    Refusal,
}

/// A moment worth going to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// When \[ns\].
    pub at: u64,
    /// Whom it concerns: who noted, was decided about, or was to be contacted.
    pub actor: u32,
    /// What sort of moment.
    pub what: Notable,
    /// The name of the note, rule or template.
    pub name: String,
    /// Whether it is the first of a name that is not rare; the others of it are no bookmarks.
    pub first_of_many: bool,
}

/// All that was counted of one name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Named {
    /// How often.
    pub count: u64,
    /// The last moment \[ns\].
    pub last: u64,
    /// The first moments, with whom they concern: all of them where the name is rare.
    pub moments: Vec<(u64, u32)>,
}

/// What one pass found.
#[derive(Clone, Debug, PartialEq)]
pub struct Index {
    /// How many records of each of [`WHATS`], by stretch: `[BINS][what]`.
    pub activity: Vec<[u32; WHATS.len()]>,
    /// By sort and name.
    pub names: BTreeMap<(Notable, String), Named>,
    /// First and last moment of each actor that takes part in a record \[ns\].
    pub actors: BTreeMap<u32, (u64, u64)>,
    /// What the measures had come to: moments \[ns\] and figures, in the order of the header's measures.
    pub figures: Vec<(u64, Vec<Option<f64>>)>,
    /// Records whose name or actor found no room, or whose figures did not.
    pub left_out: u64,
    end: u64,
}

/// How far a pass has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Records that were read.
    pub read: u64,
    /// Records there are.
    pub total: u64,
    /// Whether it is over.
    pub done: bool,
}

/// A pass under way.
pub struct Indexing {
    stage: Stage,
    records: OwnRecords,
    index: Index,
    spawned: BTreeMap<u32, Arc<Actor>>,
    progress: Progress,
}

impl Indexing {
    /// Begins a pass.
    #[must_use]
    pub fn new(stage: &Stage) -> Indexing {
        let reader = stage.reader();
        let progress = Progress { read: 0, total: reader.len(), done: false };
        Indexing {
            stage: stage.clone(),
            records: reader.records().keep(reader),
            index: Index::new(stage.end()),
            spawned: BTreeMap::new(),
            progress,
        }
    }

    /// Reads up to `budget` more records.
    ///
    /// # Errors
    /// A damaged block; the pass is then over, and the index holds what came before.
    pub fn advance(&mut self, budget: u64) -> Result<Progress, StageError> {
        for _ in 0..budget {
            match self.records.next().transpose() {
                Ok(Some(record)) => {
                    self.index.take(&record);
                    self.progress.read += 1;
                    if let What::Spawn { actor, .. } = record.what {
                        self.spawned.insert(actor.id, Arc::new(actor));
                    }
                }
                Ok(None) => {
                    self.stage.meet(&self.spawned);
                    self.progress.done = true;
                    break;
                }
                Err(error) => {
                    self.progress.done = true;
                    return Err(self.stage.fault(error));
                }
            }
        }
        Ok(self.progress)
    }

    /// How far it has come.
    #[must_use]
    pub fn progress(&self) -> Progress {
        self.progress
    }

    /// What was found so far.
    #[must_use]
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Reads the rest and gives the index.
    ///
    /// # Errors
    /// A damaged block.
    pub fn finish(mut self) -> Result<Index, StageError> {
        self.advance(u64::MAX)?;
        Ok(self.index)
    }
}

impl Index {
    fn new(end: u64) -> Index {
        let activity = vec![[0; WHATS.len()]; BINS];
        Index { activity, names: BTreeMap::new(), actors: BTreeMap::new(), figures: Vec::new(), left_out: 0, end }
    }

    fn take(&mut self, record: &Record) {
        let at = record.at;
        let bin = self.bin(at);
        let what = &mut self.activity[bin][what(&record.what)];
        *what = what.saturating_add(1);
        let [one, other] = record.what.parties();
        for actor in one.into_iter().chain(other.filter(|_| other != one)) {
            if let Some(span) = self.actors.get_mut(&actor) {
                span.1 = at;
            } else if self.actors.len() < ACTORS_MAX {
                self.actors.insert(actor, (at, at));
            } else {
                self.left_out += 1;
            }
        }
        match &record.what {
            What::Note { actor, name, .. } => self.name(Notable::Note, name, at, *actor),
            What::Figures { values } if self.figures.len() < FIGURES_MAX => self.figures.push((at, values.clone())),
            What::Figures { .. } => self.left_out += 1,
            What::Decision(decision) => self.name(Notable::Decision, &decision.rule, at, decision.profile),
            What::Contact(contact) if contact.outcome == "refused" => {
                self.name(Notable::Refusal, &contact.template, at, contact.to);
            }
            _ => {}
        }
    }

    fn name(&mut self, what: Notable, name: &str, at: u64, actor: u32) {
        let key = (what, name.to_owned());
        if !self.names.contains_key(&key) && self.names.len() >= NAMES_MAX {
            self.left_out += 1;
            return;
        }
        let named = self.names.entry(key).or_default();
        named.count += 1;
        named.last = at;
        if named.moments.len() < RARE_MAX {
            named.moments.push((at, actor));
        }
    }

    /// The stretch in which a moment lies.
    #[must_use]
    pub fn bin(&self, at: u64) -> usize {
        let bin = u128::from(at) * BINS as u128 / (u128::from(self.end) + 1);
        (bin as usize).min(BINS - 1)
    }

    /// When a stretch begins \[ns\].
    #[must_use]
    pub fn start(&self, bin: usize) -> u64 {
        // The first moment whose bin it is.
        ((bin as u128 * (u128::from(self.end) + 1)).div_ceil(BINS as u128)) as u64
    }

    /// The moments worth going to, in order of time: every one of a rare name, and the first of each other name.
    ///
    /// A name is rare where it occurs at most [`RARE_MAX`] times in what was read so far. In a run of thousands of people a
    /// breakdown is rare and a reading of a sensor is not, and a rule does not have to know their names.
    #[must_use]
    pub fn bookmarks(&self) -> Vec<Moment> {
        let mut found = Vec::new();
        for ((what, name), named) in &self.names {
            let rare = named.count <= RARE_MAX as u64;
            let kept = if rare { named.moments.len() } else { 1 };
            found.extend(named.moments.iter().take(kept).map(|&(at, actor)| Moment {
                at,
                actor,
                what: *what,
                name: name.clone(),
                first_of_many: !rare,
            }));
        }
        found.sort_by(|a, b| (a.at, a.what, &a.name, a.actor).cmp(&(b.at, b.what, &b.name, b.actor)));
        found
    }
}

fn what(what: &What) -> usize {
    match what {
        What::State { .. } => 0,
        What::Message { .. } => 1,
        What::Note { .. } => 2,
        What::Move { .. } => 3,
        What::Spawn { .. } => 4,
        What::End { .. } => 5,
        What::Decision(_) => 6,
        What::Undecided(_) => 7,
        What::Contact(_) => 8,
        What::Written { .. } => 9,
        What::Figures { .. } => 10,
        What::Level { .. } => 11,
        What::Board { .. } => 12,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn records(stage: &Stage) -> Vec<Record> {
        stage.reader().records().map(Result::unwrap).collect()
    }

    #[test]
    fn slices_come_to_the_same_as_one_pass() {
        let stage = sample::stage(9);
        let whole = Indexing::new(&stage).finish().unwrap();
        assert!(stage.knows_all());
        assert_eq!(stage.actors(), &stage.reader().actors().unwrap());
        for budget in [1, 7, 1000] {
            let mut slices = Indexing::new(&stage);
            let mut rounds = 0;
            while !slices.advance(budget).unwrap().done {
                rounds += 1;
                assert_eq!(slices.progress().read, rounds * budget);
            }
            assert_eq!(slices.progress(), Progress { read: 3_000, total: 3_000, done: true });
            assert_eq!(slices.index(), &whole);
        }
    }

    #[test]
    fn everything_is_counted_once_where_it_belongs() {
        let stage = sample::stage(9);
        let index = Indexing::new(&stage).finish().unwrap();
        let records = records(&stage);
        for record in &records {
            assert_eq!(WHATS[what(&record.what)], record.what.tag());
            let bin = index.bin(record.at);
            assert!(index.start(bin) <= record.at && (bin + 1 == BINS || record.at < index.start(bin + 1)));
        }
        for (place, tag) in WHATS.iter().enumerate() {
            let counted: u32 = index.activity.iter().map(|bin| bin[place]).sum();
            assert_eq!(counted as usize, records.iter().filter(|record| record.what.tag() == *tag).count());
        }
        for (&actor, &span) in &index.actors {
            let mut of = records.iter().filter(|record| record.what.involves(actor)).map(|record| record.at);
            let first = of.next().unwrap();
            assert_eq!(span, (first, of.next_back().unwrap_or(first)));
        }
        assert_eq!(index.left_out, 0);
    }

    #[test]
    fn what_is_rare_is_a_bookmark_and_the_first_of_what_is_not() {
        let stage = sample::stage(9);
        let index = Indexing::new(&stage).finish().unwrap();
        let fell = &index.names[&(Notable::Note, "fell".to_owned())];
        let felt = &index.names[&(Notable::Note, "felt".to_owned())];
        assert!(fell.count > 0 && fell.count <= RARE_MAX as u64 && felt.count > RARE_MAX as u64);
        let bookmarks = index.bookmarks();
        let named = |name: &str| bookmarks.iter().filter(|moment| moment.name == name).count() as u64;
        assert_eq!((named("fell"), named("felt")), (fell.count, 1));
        assert!(bookmarks.is_sorted_by_key(|moment| moment.at));
        let felt = bookmarks.iter().find(|moment| moment.name == "felt").unwrap();
        assert!(felt.first_of_many && felt.what == Notable::Note);
        let first = records(&stage).into_iter().find_map(|record| match record.what {
            What::Note { actor, name, .. } if name == "felt" => Some((record.at, actor)),
            _ => None,
        });
        assert_eq!(first, Some((felt.at, felt.actor)));
        let refusals = bookmarks.iter().filter(|moment| moment.what == Notable::Refusal).count();
        assert!(refusals >= 1);
    }

    #[test]
    fn a_flood_of_names_is_bounded_and_said() {
        let note = |number: usize| What::Note { actor: 11, name: format!("n{number}"), fields: vec![] };
        let records: Vec<Record> = (0..NAMES_MAX + 50).map(|number| Record { at: number as u64, what: note(number) }).collect();
        let stage = Stage::from_bytes(sample::written(&sample::header(), &records), "flood.trace").unwrap();
        let index = Indexing::new(&stage).finish().unwrap();
        assert_eq!((index.names.len(), index.left_out), (NAMES_MAX, 50));
    }
}
