//! What is a number over time: measures, queues and places in use, and the numbers on boards.

use rehearsal_trace::{Fields, Level, Presence, Value};
use serde_json::{Map, Value as Json, json};

use super::{MEASURES, Timeline, microseconds};
use crate::error::ExportError;

impl Timeline<'_> {
    /// A point of the curve of each measure that has come to anything.
    pub(super) fn figures(&mut self, at: u64, values: &[Option<f64>]) -> Result<(), ExportError> {
        for (place, value) in values.iter().enumerate() {
            let (Some(value), Some(measure)) = (value.filter(|value| value.is_finite()), self.measures.get(place)) else {
                continue;
            };
            let unit = if measure.unit.is_empty() { "value" } else { measure.unit.as_str() };
            let mut told = Map::new();
            told.insert(unit.to_owned(), value.into());
            let event = json!({
                "ph": "C", "name": measure.label, "pid": MEASURES, "tid": 0, "ts": microseconds(at), "args": told,
            });
            self.events += 1;
            self.put(&event)?;
        }
        Ok(())
    }

    /// The curves that an actor has where the timeline begins.
    pub(super) fn curves_of(&mut self, actor: u32, at: u64, presence: &Presence) -> Result<(), ExportError> {
        if self.selection.wants("level") {
            presence.levels.iter().try_for_each(|(holder, level)| self.level(actor, at, holder, level))?;
        }
        if self.selection.wants("board") { self.board(actor, at, &presence.board) } else { Ok(()) }
    }

    /// How many a holder serves and how many wait, one upon the other; or how much of its goods is left.
    pub(super) fn level(&mut self, actor: u32, at: u64, holder: &str, level: &Level) -> Result<(), ExportError> {
        let named = [("busy", level.busy), ("left", level.left), ("waiting", Some(level.waiting))];
        let told = named.into_iter().filter_map(|(name, number)| Some((name.to_owned(), number?.into()))).collect();
        self.curve(actor, at, holder, told)
    }

    /// A curve for each number on a board.
    pub(super) fn board(&mut self, actor: u32, at: u64, values: &Fields) -> Result<(), ExportError> {
        for (name, value) in values {
            let (number, unit) = match value {
                Value::Int(number) => (*number as f64, "value"),
                Value::Number(number) => (*number, "value"),
                Value::Quantity(number, unit) => (*number, unit.as_str()),
                _ => continue,
            };
            if number.is_finite() {
                self.curve(actor, at, name, [(unit.to_owned(), number.into())].into_iter().collect())?;
            }
        }
        Ok(())
    }

    /// A point of a curve of an actor.
    fn curve(&mut self, actor: u32, at: u64, name: &str, told: Map<String, Json>) -> Result<(), ExportError> {
        if !self.shown.contains(&actor) {
            return Ok(());
        }
        let (pid, name) = (self.pid(actor), format!("{} {name}", self.meaning.cast.name(actor)));
        self.events += 1;
        self.put(&json!({ "ph": "C", "name": name, "pid": pid, "tid": 0, "ts": microseconds(at), "args": told }))
    }
}
