//! Objects of an event log: actors, with the states they were in, and cases.
//!
//! The changes of an object stand with the object, while a trace has them in the order of time. So actors are taken in
//! portions whose changes fit into memory, with a pass over the trace for each portion.

use std::collections::BTreeMap;

use rehearsal_trace::{Reader, What};
use serde::Serialize;
use serde_json::Value as Json;

use super::Relation;
use super::cases::{CASE, Case};
use super::events::Found;
use super::types::{Sort, Types};
use crate::error::ExportError;
use crate::select::{Selection, Watch};
use crate::value::{Meaning, number};

/// The moment of what holds from before all time, as the standard has it.
const ALWAYS: &str = "1970-01-01T00:00:00Z";

/// An object as it is written.
#[derive(Debug, Serialize)]
pub(super) struct Object {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    attributes: Vec<Attribute>,
    relationships: Vec<Relation>,
}

#[derive(Debug, Serialize)]
struct Attribute {
    name: String,
    time: String,
    value: Json,
}

impl Object {
    pub(super) fn kind(&self) -> &str {
        &self.kind
    }
}

/// A state entered, with its texts kept once for all.
struct Change {
    at: u64,
    region: u32,
    state: u32,
}

/// What is known of all actors before the first of them is written.
#[derive(Default)]
struct Census {
    /// How many changes each one has.
    counts: BTreeMap<u32, usize>,
    /// Who made whom.
    parents: BTreeMap<u32, u32>,
}

/// Numbers for texts that come again and again.
#[derive(Default)]
struct Texts {
    numbers: BTreeMap<String, u32>,
    texts: Vec<String>,
}

impl Texts {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.texts.len() as u32;
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        number
    }

    fn text(&self, number: u32) -> &str {
        &self.texts[number as usize]
    }
}

/// Makes the objects of a log.
pub(super) struct Objects<'a> {
    meaning: &'a Meaning<'a>,
    types: Types,
    found: Found,
    /// The actors that become objects, in order.
    wanted: Vec<u32>,
}

impl<'a> Objects<'a> {
    pub(super) fn new(meaning: &'a Meaning<'a>, selection: &Selection, found: Found) -> Objects<'a> {
        let wanted = wanted(meaning, selection, &found);
        Objects { meaning, types: Types::default(), found, wanted }
    }

    pub(super) fn done(self) -> Types {
        self.types
    }

    /// Gives all objects to `each`, actors in the order of their numbers.
    pub(super) fn each(
        &mut self,
        reader: &Reader,
        selection: &Selection,
        held_max: usize,
        watch: Watch<'_>,
        each: &mut dyn FnMut(&Object) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        let wanted = self.wanted.clone();
        let history = Selection { from: 0, until: selection.until, ..Selection::default() };
        let Census { counts, parents } = census(reader, &history, selection.wants("state"), watch)?;
        let mut texts = Texts::default();
        for portion in portions(&wanted, &counts, held_max) {
            let mut changes: BTreeMap<u32, Vec<Change>> = BTreeMap::new();
            if portion.iter().any(|actor| counts.contains_key(actor)) {
                history.pass(reader, false, watch, |record| {
                    if let What::State { actor, region, state } = &record.what
                        && portion.binary_search(actor).is_ok()
                    {
                        let (region, state) = (texts.number(region), texts.number(state));
                        changes.entry(*actor).or_default().push(Change { at: record.at, region, state });
                    }
                    Ok::<_, ExportError>(())
                })?;
            }
            for actor in portion {
                let own = changes.remove(actor).unwrap_or_default();
                each(&self.actor(*actor, parents.get(actor).copied(), &own, &texts))?;
            }
        }
        let related = |case: &Case| selection.whole() || self.found.related_cases.contains(&case.id);
        let cases: Vec<Case> = self.found.cases.iter().filter(|case| related(case)).cloned().collect();
        cases.iter().try_for_each(|case| each(&self.case(case)))
    }

    fn actor(&mut self, id: u32, parent: Option<u32>, changes: &[Change], texts: &Texts) -> Object {
        let cast = self.meaning.cast;
        let (name, kind) = (cast.name(id), cast.kind(id).to_owned());
        self.types.declare(&kind);
        let mut attributes = Vec::new();
        if let Some(actor) = cast.get(id) {
            if let Some(segment) = &actor.segment {
                attributes.push(self.attribute(&kind, "segment", ALWAYS.into(), Sort::String, segment.as_str().into()));
            }
            if let Some(at) = actor.at {
                for (name, degrees) in [("latitude", at[0]), ("longitude", at[1])] {
                    let degrees = number(degrees).unwrap_or_default();
                    attributes.push(self.attribute(&kind, name, ALWAYS.into(), Sort::Float, degrees));
                }
            }
        }
        for change in changes {
            let (region, state) = (texts.text(change.region), texts.text(change.state));
            let time = self.meaning.civil.iso(change.at);
            attributes.push(self.attribute(&kind, &format!("state {region}"), time, Sort::String, state.into()));
        }
        // Where only a part is meant, who made it need not be an object as well.
        let made = parent.filter(|parent| self.wanted.binary_search(parent).is_ok());
        let made = made.map(|parent| Relation { object: cast.name(parent), qualifier: "made by".into() });
        Object { id: name, kind, attributes, relationships: made.into_iter().collect() }
    }

    fn case(&mut self, case: &Case) -> Object {
        self.types.declare(CASE);
        let (opened, closed) = (self.meaning.civil.iso(case.opened), case.closed.map(|at| self.meaning.civil.iso(at)));
        let about = case.about.as_str().into();
        let mut attributes = vec![
            self.attribute(CASE, "about", ALWAYS.into(), Sort::String, about),
            self.attribute(CASE, "stage", opened, Sort::String, "open".into()),
        ];
        if let Some(closed) = closed {
            attributes.push(self.attribute(CASE, "stage", closed, Sort::String, "closed".into()));
        }
        let owner = Relation { object: self.meaning.cast.name(case.owner), qualifier: "opened by".into() };
        Object { id: case.id.clone(), kind: CASE.into(), attributes, relationships: vec![owner] }
    }

    fn attribute(&mut self, kind: &str, name: &str, time: String, sort: Sort, value: Json) -> Attribute {
        let (name, value) = self.types.attribute(kind, name, sort, value);
        Attribute { name, time, value }
    }
}

/// Counts changes, where `states` are meant, and births.
fn census(reader: &Reader, history: &Selection, states: bool, watch: Watch<'_>) -> Result<Census, ExportError> {
    let mut census = Census::default();
    history.pass(reader, false, watch, |record| {
        match &record.what {
            What::State { actor, .. } if states => *census.counts.entry(*actor).or_default() += 1,
            What::Spawn { actor, parent } => {
                census.parents.insert(actor.id, *parent);
            }
            _ => {}
        }
        Ok::<_, ExportError>(())
    })?;
    Ok(census)
}

/// The actors that become objects: all, or where only a part is meant those to which an event is related, with those
/// that noted a case which is.
fn wanted(meaning: &Meaning<'_>, selection: &Selection, found: &Found) -> Vec<u32> {
    let mut wanted = found.related.clone();
    if selection.whole() {
        wanted.extend(meaning.cast.actors().map(|actor| actor.id));
    }
    let of_cases = found.cases.iter().filter(|case| selection.whole() || found.related_cases.contains(&case.id));
    wanted.extend(of_cases.map(|case| case.owner));
    wanted.into_iter().collect()
}

/// Parts of `wanted` with at most `held_max` changes each, or a single actor with more.
fn portions<'w>(wanted: &'w [u32], counts: &BTreeMap<u32, usize>, held_max: usize) -> Vec<&'w [u32]> {
    let (mut portions, mut begin, mut held) = (Vec::new(), 0, 0);
    for (place, actor) in wanted.iter().enumerate() {
        let count = counts.get(actor).copied().unwrap_or(0);
        if held + count > held_max && place > begin {
            portions.push(&wanted[begin..place]);
            (begin, held) = (place, 0);
        }
        held += count;
    }
    portions.push(&wanted[begin..]);
    portions
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn portions_hold_all_and_no_more_than_may_be_held() {
        let counts = BTreeMap::from([(1, 3), (2, 3), (3, 9), (5, 1)]);
        let found = portions(&[1, 2, 3, 4, 5], &counts, 6);
        assert_eq!(found, [&[1, 2][..], &[3], &[4, 5]]);
        assert_eq!(portions(&[], &counts, 6), [&[] as &[u32]]);
        let all: BTreeSet<u32> = portions(&[1, 2, 3, 4, 5], &counts, 1).concat().into_iter().collect();
        assert_eq!(all.len(), 5);
    }
}
