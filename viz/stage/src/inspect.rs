//! What a trace tells of one actor up to a moment: its states, messages, journeys, numbers, what its board shows, and the
//! decisions about it.
//!
//! Reads the blocks in which the actor takes part; for decisions also those of the minds that decided. All lists are
//! bounded ([`Limits`]), and what was left out is counted.
//!
//! Of a place where people queue, see [`Place`].

mod place;

use crate::error::StageError;
use crate::stage::Stage;
use rehearsal_trace::explain::Explained;
use rehearsal_trace::{Explainer, Fields, Record, TraceError, Value, What};
use std::collections::{BTreeMap, VecDeque};

pub use place::{Asked, CANNOT, Holder, Place};

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Messages, the newest.
    pub messages: usize,
    /// Stays in a state, the newest.
    pub spans: usize,
    /// Journeys, the newest.
    pub journeys: usize,
    /// Points of a line; a longer one keeps every second, fourth, eighth... of them and the last.
    pub points: usize,
    /// How far ahead messages are looked for that are under way \[ns\].
    pub ahead: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { messages: 200, spans: 2_000, journeys: 500, points: 2_000, ahead: 3_600_000_000_000 }
    }
}

/// What is known of one actor.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inspected {
    /// The actor.
    pub actor: u32,
    /// Up to this moment \[ns\].
    pub until: u64,
    /// Stays in its states, in order of their beginning.
    pub spans: Vec<Span>,
    /// Messages from and to it that have arrived, the newest first.
    pub messages: Vec<Letter>,
    /// Messages to it that are sent and not yet there, the next first; as far ahead as [`Limits::ahead`].
    pub mailbox: Vec<Letter>,
    /// Numbers that it notes, by note and field: what it feels, pays, measures.
    pub lines: BTreeMap<(String, String), Line>,
    /// What its board shows at the moment.
    pub board: Fields,
    /// Numbers that its board showed, by name, from each moment on.
    pub shown: BTreeMap<String, Line>,
    /// Its journeys, the newest last.
    pub journeys: Vec<Trip>,
    /// How often it noted what.
    pub notes: BTreeMap<String, u64>,
    /// Spans, messages and journeys that found no room.
    pub left_out: u64,
}

/// A stay in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Span {
    /// The region of the statechart.
    pub region: String,
    /// The state.
    pub state: String,
    /// When it was entered \[ns\].
    pub from: u64,
    /// When it was left \[ns\]; none where it goes on.
    pub until: Option<u64>,
}

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Letter {
    /// When it was sent \[ns\].
    pub sent: u64,
    /// When it arrives \[ns\].
    pub at: u64,
    /// The sender.
    pub from: u32,
    /// The receiver.
    pub to: u32,
    /// Its name.
    pub name: String,
    /// What it carries.
    pub fields: Fields,
}

/// A number over time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    /// Its unit; empty for none.
    pub unit: String,
    /// Moments \[ns\] and values, in order of time; only finite ones.
    pub points: Vec<(u64, f64)>,
    /// How many there were before points were left out.
    pub count: u64,
    /// The last of them, whether or not it is among the points.
    pub last: Option<(u64, f64)>,
    /// Every how many points one is kept: 1, 2, 4...
    pub every: u64,
}

/// A journey.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trip {
    /// When it set off \[ns\].
    pub from: u64,
    /// When it is to arrive \[ns\].
    pub arrive: u64,
    /// Where it leads: metres east and north; none where it was a halt on the way.
    pub to: Option<[f32; 2]>,
}

impl Line {
    /// Adds a value in a unit.
    fn add_in(&mut self, at: u64, (value, unit): (f64, &str), room: usize) {
        if self.unit != unit {
            unit.clone_into(&mut self.unit);
        }
        self.add(at, value, room);
    }

    fn add(&mut self, at: u64, value: f64, room: usize) {
        self.every = self.every.max(1);
        if self.count.is_multiple_of(self.every) {
            if self.points.len() >= room.max(2) {
                let mut place = 0;
                self.points.retain(|_| {
                    place += 1;
                    place % 2 == 1
                });
                self.every *= 2;
            }
            if self.count.is_multiple_of(self.every) {
                self.points.push((at, value));
            }
        }
        self.count += 1;
        self.last = Some((at, value));
    }
}

/// The newest of a list, and how many were pushed out.
struct Newest<T> {
    kept: VecDeque<T>,
    room: usize,
    left_out: u64,
}

impl<T> Newest<T> {
    fn new(room: usize) -> Self {
        Newest { kept: VecDeque::new(), room, left_out: 0 }
    }

    fn push(&mut self, item: T) {
        self.kept.push_back(item);
        if self.kept.len() > self.room {
            self.kept.pop_front();
            self.left_out += 1;
        }
    }
}

/// Gathers what is known of an actor up to and including `until` \[ns\].
///
/// # Errors
/// A damaged block.
pub fn inspect(stage: &Stage, actor: u32, until: u64, limits: Limits) -> Result<Inspected, StageError> {
    let mut found = Inspected { actor, until, ..Inspected::default() };
    let (mut spans, mut messages) = (Newest::new(limits.spans), Newest::new(limits.messages));
    let mut journeys = Newest::new(limits.journeys);
    let mut open: BTreeMap<String, (String, u64)> = BTreeMap::new();
    for record in stage.reader().records_of(actor) {
        let Record { at, what } = record.map_err(|error| stage.fault(error))?;
        if at > until.saturating_add(limits.ahead) {
            break;
        }
        if at > until {
            let letter = letter(at, what).filter(|letter| letter.to == actor && letter.sent <= until);
            found.mailbox.extend(letter.into_iter().take(limits.messages.saturating_sub(found.mailbox.len())));
            continue;
        }
        match what {
            What::State { region, state, .. } => {
                if let Some((before, from)) = open.remove(&region) {
                    spans.push(Span { region: region.clone(), state: before, from, until: Some(at) });
                }
                if !state.is_empty() {
                    open.insert(region, (state, at));
                }
            }
            What::Note { name, fields, .. } => {
                *found.notes.entry(name.clone()).or_default() += 1;
                for (field, value, unit) in numbers(&fields) {
                    let line = found.lines.entry((name.clone(), field.to_owned())).or_default();
                    line.add_in(at, (value, unit), limits.points);
                }
            }
            What::Board { values, .. } => {
                for (name, value, unit) in numbers(&values) {
                    found.shown.entry(name.to_owned()).or_default().add_in(at, (value, unit), limits.points);
                }
                found.board = values;
            }
            What::Move { arrive, path, .. } => {
                let to = path.last().map(|point| stage.ground().place([point.lat, point.lon]));
                journeys.push(Trip { from: at, arrive, to });
            }
            // Who ends is in no state any more and shows nothing.
            What::End { .. } => {
                found.board.clear();
                for (region, (state, from)) in std::mem::take(&mut open) {
                    spans.push(Span { region, state, from, until: Some(at) });
                }
            }
            what => letter(at, what).into_iter().for_each(|letter| messages.push(letter)),
        }
    }
    open.into_iter().for_each(|(region, (state, from))| spans.push(Span { region, state, from, until: None }));
    found.left_out = spans.left_out + messages.left_out + journeys.left_out;
    found.spans = spans.kept.into();
    found.spans.sort_by(|a, b| (a.from, &a.region, a.until).cmp(&(b.from, &b.region, b.until)));
    found.messages = messages.kept.into_iter().rev().collect();
    found.journeys = journeys.kept.into();
    Ok(found)
}

/// The finite numbers among some fields: name, value and unit.
fn numbers(fields: &Fields) -> impl Iterator<Item = (&str, f64, &str)> {
    fields.iter().filter_map(|(name, value)| {
        let (value, unit) = match value {
            Value::Int(value) => (*value as f64, ""),
            Value::Number(value) => (*value, ""),
            Value::Quantity(value, unit) => (*value, unit.as_str()),
            _ => return None,
        };
        value.is_finite().then_some((name.as_str(), value, unit))
    })
}

fn letter(at: u64, what: What) -> Option<Letter> {
    match what {
        What::Message { sent, from, to, name, fields } => Some(Letter { sent, at, from, to, name, fields }),
        _ => None,
    }
}

/// The decisions that concern an actor up to and including `until` \[ns\], each with all that explains it, oldest first.
///
/// What a decision did and led to is told as the whole trace knows it, later than `until` too. Costs the reading of the
/// blocks in which the actor and the minds that decided about it take part. Others who are not known yet ([`Stage::actors`])
/// are called by number; where the actor itself is not, those who are spawned are read first ([`Stage::meet_all`]).
///
/// # Errors
/// A damaged block.
pub fn decisions(stage: &Stage, actor: u32, until: u64) -> Result<Vec<Explained>, StageError> {
    if !stage.actors().contains_key(&actor) {
        stage.meet_all()?;
    }
    let explainer = Explainer::knowing(stage.reader(), stage.actors().clone()).map_err(|error| stage.fault(error))?;
    // Two actors may share a name; a number that somebody else bears as a name is no number.
    let number = format!("#{actor}");
    let name = if stage.named(&number).is_none() { number } else { stage.name(actor) };
    match explainer.of_actor(&name, None) {
        Ok(mut found) => {
            found.retain(|explained| explained.at <= until);
            Ok(found)
        }
        Err(TraceError::NoDecision { .. } | TraceError::UnknownActor { .. }) => Ok(Vec::new()),
        Err(error) => Err(stage.fault(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, DESK, HOUR, SKY};
    use proptest::prelude::*;

    fn all() -> Limits {
        Limits { messages: usize::MAX, spans: usize::MAX, journeys: usize::MAX, points: usize::MAX, ahead: HOUR }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn the_stays_are_the_states_at_any_moment(seed in 0u64..300, until in 0..12 * HOUR, actor in 11u32..31) {
            let stage = sample::stage(seed);
            let found = inspect(&stage, actor, until, all()).unwrap();
            let world = stage.reader().state_at(until).unwrap();
            let now: Vec<(&str, &str)> = found.spans.iter().filter(|span| span.until.is_none())
                .map(|span| (span.region.as_str(), span.state.as_str())).collect();
            let mut expected: Vec<(&str, &str)> =
                world.actors[&actor].states.iter().map(|(region, state)| (&**region, &**state)).collect();
            let mut now = now;
            now.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(now, expected);
            let records: Vec<Record> =
                stage.reader().records().map(Result::unwrap).filter(|record| record.what.involves(actor)).collect();
            let heard = records.iter().filter(|r| r.at <= until && matches!(r.what, What::Message { .. })).count();
            prop_assert_eq!(found.messages.len(), heard);
            prop_assert!(found.messages.is_sorted_by(|a, b| a.at >= b.at));
            let under_way = records.iter()
                .filter(|r| r.at > until && matches!(&r.what, What::Message { sent, to, .. } if *sent <= until && *to == actor));
            prop_assert_eq!(found.mailbox.len(), under_way.count());
            let notes = records.iter().filter(|r| r.at <= until && matches!(r.what, What::Note { .. })).count() as u64;
            prop_assert_eq!(found.notes.values().sum::<u64>(), notes);
            prop_assert_eq!(found.lines.iter().filter(|((_, field), _)| field == "joy").map(|(_, line)| line.count).sum::<u64>(), notes);
            prop_assert_eq!(found.left_out, 0);
        }

        #[test]
        fn a_board_shows_what_it_showed_last(seed in 0u64..300, until in 0..12 * HOUR) {
            let stage = sample::stage(seed);
            let found = inspect(&stage, SKY, until, all()).unwrap();
            prop_assert_eq!(&found.board, &stage.reader().state_at(until).unwrap().actors[&SKY].board);
            let records = stage.reader().records().map(Result::unwrap).take_while(|record| record.at <= until);
            let boards = records.filter(|record| matches!(record.what, What::Board { .. })).count() as u64;
            for name in ["temperature", "rain"] {
                prop_assert_eq!(found.shown.get(name).map_or(0, |line| line.count), boards);
            }
            prop_assert!(!found.shown.contains_key("light") && (boards == 0 || found.shown["temperature"].unit == "°C"));
        }

        #[test]
        fn a_long_line_keeps_even_points_and_its_last(count in 0u64..5_000, room in 2usize..50) {
            let mut line = Line::default();
            (0..count).for_each(|number| line.add(number, number as f64, room));
            prop_assert!(line.points.len() <= room && (count < 2 || line.points.len() * 2 + 1 >= room.min(count as usize)));
            let even = line.points.iter().enumerate().all(|(place, point)| point.0 == place as u64 * line.every);
            prop_assert!(even);
            prop_assert_eq!((line.count, line.last), (count, count.checked_sub(1).map(|last| (last, last as f64))));
        }
    }

    #[test]
    fn what_finds_no_room_is_counted() {
        let stage = sample::stage(2);
        let full = inspect(&stage, DESK, 12 * HOUR, all()).unwrap();
        let limits = Limits { messages: 10, ..all() };
        let cut = inspect(&stage, DESK, 12 * HOUR, limits).unwrap();
        assert_eq!(cut.messages, full.messages[..10]);
        assert_eq!(cut.left_out as usize, full.messages.len() - 10);
    }

    #[test]
    fn numbers_have_their_unit_and_decisions_their_reason() {
        let stage = sample::stage(2);
        let found = inspect(&stage, 11, 12 * HOUR, Limits::default()).unwrap();
        assert_eq!(found.lines[&("felt".into(), "cost".into())].unit, "EUR");
        assert_eq!(found.lines[&("felt".into(), "joy".into())].unit, "");
        let all = decisions(&stage, 11, u64::MAX).unwrap();
        let early = decisions(&stage, 11, 4 * HOUR).unwrap();
        assert!(!early.is_empty() && early.len() < all.len() && all[..early.len()] == early);
        assert_eq!(all[0].fired.as_ref().map(|fired| fired.rule.as_str()), Some("greet"));
        assert!(decisions(&stage, 999_999, u64::MAX).unwrap().is_empty());
    }
}
