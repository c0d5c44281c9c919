//! What a trace tells of a place: who is there, who has asked something of it and has no answer, how much it is used.

use super::{Letter, letter};
use crate::error::StageError;
use crate::stage::Stage;
use rehearsal_trace::What;
use std::collections::BTreeMap;

/// What is known of a desk, a dealer, a garage at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Place {
    /// The actor that is the place.
    pub actor: u32,
    /// The moment \[ns\].
    pub at: u64,
    /// Who has sent it a message and was sent none by it since, the longest first: an upper bound of its queue.
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

/// What a view says beside a queue, because it is true of every one.
pub const CANNOT: &str = "A trace records messages and states, not the inside of a queue: who is served at this moment, in \
     which order, and who has given up without a word cannot be told from it.";

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
            if let What::End { actor } = record.what {
                open.remove(&actor);
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
        let position = |actor: u32| world.actors.get(&actor)?.position(at).map(|position| stage.ground().place(position));
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
