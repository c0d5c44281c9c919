//! What is reported, as words of the world.

use crate::moments::Origin;
use rehearsal_decide::values::{self, Naming};
use rehearsal_language::symbol::Symbol;
use rehearsal_language::types::Type;
use rehearsal_scenario::live::ReportInfo;
use rehearsal_scenario::{ActorId, Scenario};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// How many names a fault lists.
const LISTED: usize = 12;

/// What names stand for in reports about a scenario.
#[derive(Clone, Debug)]
pub(crate) struct Names<'s> {
    scenario: &'s Scenario,
    origin: Origin,
    /// How many there are of each kind from the start.
    pub(crate) population: Vec<usize>,
    /// Those that sources call otherwise.
    pub(crate) bound: BTreeMap<String, ActorId>,
}

impl<'s> Names<'s> {
    pub(crate) fn new(scenario: &'s Scenario, population: Vec<usize>) -> Names<'s> {
        Names { scenario, origin: Origin::of(scenario), population, bound: BTreeMap::new() }
    }

    /// The actor that somebody calls so.
    pub(crate) fn actor(&self, name: &str) -> Option<ActorId> {
        if let Some(actor) = self.bound.get(name) {
            return Some(*actor);
        }
        let (kind, index) = name.rsplit_once('/')?;
        let number = self.scenario.plan().kinds.iter().position(|have| have.name == kind)?;
        let place: usize = index.parse().ok().filter(|place: &usize| place.to_string() == index)?;
        (place < self.population[number]).then_some((number as u32) << 24 | place as u32)
    }

    /// How many there are of a kind from the start.
    pub(crate) fn population(&self, kind: u16) -> usize {
        self.population.get(usize::from(kind)).copied().unwrap_or(0)
    }

    /// The words of what a report carries.
    pub(crate) fn words(&mut self, report: &ReportInfo, data: &Map<String, Value>) -> Result<Vec<u64>, String> {
        if let Some((name, _)) = data.iter().find(|(name, _)| !report.fields.iter().any(|field| field.name == **name)) {
            let known: Vec<&str> = report.fields.iter().map(|field| field.name.as_str()).collect();
            let known = if known.is_empty() { "nothing".to_owned() } else { known.join(", ") };
            return Err(format!("`{}` carries no `{name}`; it carries {known}", report.name));
        }
        let mut words = Vec::with_capacity(usize::from(report.words));
        for field in &report.fields {
            let value = data.get(&field.name).unwrap_or(&Value::Null);
            values::read(self, value, &field.ty, &mut words).map_err(|what| format!("`{}`: {what}", field.name))?;
        }
        Ok(words)
    }
}

impl Naming for Names<'_> {
    fn name(&self, symbol: Symbol) -> &str {
        self.scenario.plan().symbols.name(symbol)
    }

    fn word_of(&mut self, ty: &Type, name: &str) -> Result<u64, String> {
        match ty {
            Type::Place => self.place(name),
            Type::Ref { kinds, .. } => match self.actor(name) {
                Some(actor) if kinds.list().is_empty() || kinds.list().contains(&((actor >> 24) as u16)) => Ok(u64::from(actor)),
                Some(_) => Err(format!("`{}` is of another kind than is meant here", short(name))),
                None => Err(format!("there is nobody called `{}`", short(name))),
            },
            _ => {
                let found = self.scenario.plan().symbols.find(name);
                found.map(|symbol| u64::from(symbol.0)).ok_or_else(|| format!("the scenario knows no name `{}`", short(name)))
            }
        }
    }

    fn moment(&self, at: u64) -> Result<u64, String> {
        let before = || format!("{} is before the twin begins, {}", values::moment(at), self.origin.told(0));
        self.origin.in_world(at).ok_or_else(before)
    }
}

impl Names<'_> {
    /// A place: latitude and longitude, or where somebody stands.
    fn place(&self, text: &str) -> Result<u64, String> {
        let Some(roads) = &self.scenario.plan().roads else { return Err("this scenario has no map".into()) };
        let parts: Vec<f64> = text.split(',').filter_map(|part| part.trim().parse().ok()).collect();
        match parts.as_slice() {
            [lat, lon] if (-90.0..=90.0).contains(lat) && (-180.0..=180.0).contains(lon) => {
                Ok(u64::from(roads.nearest_node(*lat, *lon).0))
            }
            _ => Err(format!("expected a place such as \"42.5075,1.5218\", found `{}`", short(text))),
        }
    }
}

/// A text that is not too long to be repeated.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

/// Names for a fault: all of a few, or some of many.
pub(crate) fn listed<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    match names.len().checked_sub(LISTED) {
        Some(more) if more > 0 => format!("{} and {more} more", names[..LISTED].join(", ")),
        _ => names.join(", "),
    }
}
