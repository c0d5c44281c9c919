//! Who is in a run: names and kinds by number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rehearsal_trace::{Actor, Reader, TraceError};

/// The kind of an actor that records mention and nobody declared.
pub(crate) const UNDECLARED: &str = "undeclared";

/// Every actor of a run, those of the header and those that came into being later.
pub(crate) struct Cast {
    actors: BTreeMap<u32, Arc<Actor>>,
    kinds: Vec<String>,
    /// Numbers of actors that share their name with one before.
    namesakes: BTreeSet<u32>,
}

impl Cast {
    pub(crate) fn of(reader: &Reader) -> Result<Cast, TraceError> {
        let actors = reader.actors()?;
        let mut names = BTreeSet::new();
        let namesakes = actors.values().filter(|actor| !names.insert(actor.name.as_str())).map(|actor| actor.id).collect();
        Ok(Cast { kinds: reader.header().kinds.clone(), actors, namesakes })
    }

    /// The actors in the order of their numbers.
    pub(crate) fn actors(&self) -> impl Iterator<Item = &Arc<Actor>> {
        self.actors.values()
    }

    pub(crate) fn get(&self, id: u32) -> Option<&Arc<Actor>> {
        self.actors.get(&id)
    }

    /// A name that is nobody else's.
    pub(crate) fn name(&self, id: u32) -> String {
        match self.actors.get(&id) {
            Some(actor) if !self.namesakes.contains(&id) => actor.name.clone(),
            Some(actor) => format!("{}#{id}", actor.name),
            None => format!("#{id}"),
        }
    }

    /// The name of its kind.
    pub(crate) fn kind(&self, id: u32) -> &str {
        let kind = self.actors.get(&id).and_then(|actor| self.kinds.get(usize::from(actor.kind)));
        kind.map_or(UNDECLARED, String::as_str)
    }

    /// Its kind as an index into the header's kinds.
    pub(crate) fn kind_number(&self, id: u32) -> Option<u16> {
        self.actors.get(&id).map(|actor| actor.kind)
    }
}
