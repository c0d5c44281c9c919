//! What a trace tells of a place: how many it serves and how many wait, who is there, who has asked something of it and
//! has no answer, how much it is used.

use super::{Letter, Line, letter};
use crate::error::StageError;
use crate::stage::Stage;
use rehearsal_trace::{Level, What};
use std::collections::BTreeMap;

/// What is known of a desk, a dealer, a garage at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// The actor that is the place.
    pub actor: u32,
    /// The moment \[ns\].
    pub at: u64,
    /// What it owns that is in short supply, by name; agendas are not recorded.
    pub holders: BTreeMap<String, Holder>,
    /// Who has sent it a message and was sent none by it since, the longest first: of a place without holders, which
    /// serves by messages alone, an upper bound of its queue.
    pub unanswered: Vec<Asked>,
    /// Who is where it is, to within a metre, by number; nobody where it has no position.
    pub here: Vec<u32>,
    /// Messages that reached it in each of equal stretches from the beginning to the moment.
    pub reached: Vec<u32>,
    /// Those that it sent and that arrived, in the same stretches.
    pub sent: Vec<u32>,
    /// How long those waited that were answered, from their first message to the answer's arrival \[ns\], at the median.
    pub wait_median: Option<u64>,
}

/// A holder of a place: how full it is and was.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Holder {
    /// Its numbers at the moment.
    pub now: Level,
    /// How many waited from each moment on.
    pub waiting: Line,
    /// How many units were in use, of goods how many were left, from each moment on; nothing of a line.
    pub used: Line,
    /// The most that have waited, whether or not it is among the points.
    pub waiting_max: u32,
}

impl Holder {
    fn add(&mut self, at: u64, level: Level, room: usize) {
        self.now = level;
        self.waiting.add(at, f64::from(level.waiting), room);
        self.waiting_max = self.waiting_max.max(level.waiting);
        if let Some(used) = level.busy.or(level.left) {
            self.used.add(at, f64::from(used), room);
        }
    }
}

/// Somebody without an answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Who.
    pub actor: u32,
    /// The first message since the last answer.
    pub first: Letter,
    /// How many messages since then.
    pub messages: u32,
}

/// Points of a line of a holder; a longer one keeps every second, fourth, eighth... of them and the last.
const POINTS_MAX: usize = 2_000;

/// What a view says beside a queue, because it is true of every one.
pub const CANNOT: &str = "A trace records how many a place serves and how many wait for it, not who: in which order they are \
     served, and who has given up without a word, cannot be told from it.";

impl Place {
    /// The words for what a trace cannot tell.
    #[must_use]
    pub fn cannot() -> &'static str {
        CANNOT
    }

    /// Looks at a place up to and including the moment `at` \[ns\], with its use in `bins` stretches, at least one.
    ///
    /// Reads the blocks in which it takes part, and seeks the moment once to see who is there.
    ///
    /// # Errors
    /// A damaged block.
    pub fn look(stage: &Stage, actor: u32, at: u64, bins: usize) -> Result<Place, StageError> {
        let bins = bins.max(1);
        let mut place = Place { actor, at, reached: vec![0; bins], sent: vec![0; bins], ..Place::default() };
        let mut open: BTreeMap<u32, Asked> = BTreeMap::new();
        let mut waits = Vec::new();
        for record in stage.reader().records_of(actor) {
            let record = record.map_err(|error| stage.fault(error))?;
            if record.at > at {
                break;
            }
            match record.what {
                What::Level { ref holder, level, .. } => {
                    place.holders.entry(holder.clone()).or_default().add(record.at, level, POINTS_MAX);
                    continue;
                }
                What::End { actor } => drop(open.remove(&actor)),
                _ => {}
            }
            let Some(letter) = letter(record.at, record.what).filter(|letter| letter.from != letter.to) else { continue };
            let bin = (u128::from(letter.at) * bins as u128 / (u128::from(at) + 1)) as usize;
            if letter.to == actor {
                place.reached[bin] += 1;
                let asked = open.entry(letter.from).or_insert(Asked { actor: letter.from, first: letter, messages: 0 });
                asked.messages += 1;
            } else {
                place.sent[bin] += 1;
                if let Some(asked) = open.remove(&letter.to) {
                    waits.push(letter.at - asked.first.sent.min(letter.at));
                }
            }
        }
        let world = stage.reader().state_at(at).map_err(|error| stage.fault(error))?;
        // Who has ceased to be does not wait any more.
        open.retain(|actor, _| world.actors.contains_key(actor));
        place.unanswered = open.into_values().collect();
        place.unanswered.sort_by_key(|asked| (asked.first.at, asked.actor));
        let position = |actor: u32| stage.place(actor, world.actors.get(&actor)?, at);
        if let Some(middle) = position(actor) {
            let near = |other: [f32; 2]| (0..2).all(|axis| (other[axis] - middle[axis]).abs() <= 1.0);
            place.here = world.actors.keys().copied().filter(|&id| id != actor && position(id).is_some_and(near)).collect();
        }
        waits.sort_unstable();
        place.wait_median = waits.get(waits.len() / 2).copied();
        Ok(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, DESK, HOUR, SECOND};
    use proptest::prelude::*;
    use rehearsal_trace::Record;

    fn told(at: u64, from: u32, to: u32) -> Record {
        let what = What::Message { sent: at * SECOND, from, to, name: "ask".into(), fields: vec![] };
        Record { at: (at + 1) * SECOND, what }
    }

    #[test]
    fn whoever_has_no_answer_waits_in_the_order_of_asking() {
        let records = [
            told(10, 12, DESK),
            told(20, 11, DESK),
            told(30, 12, DESK),
            told(40, 13, DESK),
            told(50, DESK, 11),
            told(60, 14, DESK),
            Record { at: 70 * SECOND, what: What::End { actor: 13 } },
        ];
        let stage = Stage::from_bytes(sample::written(&sample::header(), &records), "desk.trace").unwrap();
        let at = |second: u64| Place::look(&stage, DESK, second * SECOND, 10).unwrap();
        let waiting = |place: &Place| place.unanswered.iter().map(|asked| (asked.actor, asked.messages)).collect::<Vec<_>>();
        assert_eq!(waiting(&at(45)), [(12, 2), (11, 1), (13, 1)]);
        let last = at(99);
        assert_eq!(waiting(&last), [(12, 2), (14, 1)]);
        assert_eq!(last.wait_median, Some(31 * SECOND));
        assert_eq!((last.reached.iter().sum::<u32>(), last.sent.iter().sum::<u32>()), (5, 1));
        assert!(Place::cannot().contains("cannot be told"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn a_queue_is_as_long_as_was_recorded(seed in 0u64..300, until in 0..12 * HOUR) {
            let stage = sample::stage(seed);
            let place = Place::look(&stage, DESK, until, 4).unwrap();
            let world = stage.reader().state_at(until).unwrap();
            let now: Vec<(&str, Level)> = place.holders.iter().map(|(name, holder)| (name.as_str(), holder.now)).collect();
            let recorded: Vec<(&str, Level)> = world.actors[&DESK].levels.iter().map(|(name, level)| (&**name, *level)).collect();
            prop_assert_eq!(now, recorded);
            for (name, holder) in &place.holders {
                let records = stage.reader().records().map(Result::unwrap).take_while(|record| record.at <= until);
                let levels: Vec<(u64, Level)> = records.filter_map(|record| match record.what {
                    What::Level { holder, level, .. } if holder == *name => Some((record.at, level)),
                    _ => None,
                }).collect();
                let waiting: Vec<(u64, f64)> = levels.iter().map(|(at, level)| (*at, f64::from(level.waiting))).collect();
                prop_assert_eq!(&holder.waiting.points, &waiting);
                prop_assert_eq!(Some(holder.waiting_max), levels.iter().map(|(_, level)| level.waiting).max());
                let used = levels.iter().filter_map(|(at, level)| Some((*at, f64::from(level.busy?)))).collect::<Vec<_>>();
                prop_assert_eq!(&holder.used.points, &used);
            }
        }
    }

    #[test]
    fn whoever_stands_there_is_there() {
        let stage = sample::stage(11);
        let place = Place::look(&stage, DESK, 11 * HOUR, 4).unwrap();
        // Guests are spawned at the desk and never move.
        let world = stage.reader().state_at(11 * HOUR).unwrap();
        let guests: Vec<u32> = world.actors.keys().copied().filter(|&id| id > 100).collect();
        assert!(guests.len() > 3 && guests.iter().all(|guest| place.here.contains(guest)));
    }
}
