//! What is let in: events about twins that are known, once each, in time, and sound.
//!
//! Nothing that passes here can be refused later: its words fit what the scenario declares. What does not pass is told why.

use crate::entry::Report;
use crate::words::{Names, listed, short};
use rehearsal_decide::Envelope;
use rehearsal_decide::values::moment;
use rehearsal_scenario::live::{ReportInfo, TwinInfo};
use rehearsal_scenario::{ActorId, Scenario, index_of, kind_of};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use thiserror::Error;

/// How many events are known again at most, however short the span in which they came.
pub const KNOWN_MAX: usize = 1 << 22;

/// How far ahead of the wall the clock of a source may be \[ns\].
const AHEAD: u64 = 300_000_000_000;

/// The longest name of a twin or source that is taken \[bytes\].
const NAME_MAX: usize = 256;

/// Why an event was not let in.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// It is not in the form of an event, or carries what it may not.
    #[error("{0}")]
    Malformed(String),
    /// Nobody knows the twin.
    #[error("there is no twin `{twin}`; {remedy}")]
    Unknown {
        /// As it was called.
        twin: String,
        /// What to do.
        remedy: String,
    },
    /// No place is left for another stranger.
    #[error("all {places} twins of kind {kind} are taken: `{twin}` has no place; raise the `count` of its group")]
    Full {
        /// As it was called.
        twin: String,
        /// Its kind.
        kind: String,
        /// How many there are.
        places: usize,
    },
    /// It came too late to count.
    #[error("late: it happened at {happened}, and `{report}` counts for {within} after that")]
    Late {
        /// When it happened.
        happened: String,
        /// The report.
        report: String,
        /// How long it counts.
        within: String,
    },
    /// The twin's world has come to its end.
    #[error("the twin's world ended on {ended}: give the scenario a longer `length`, and begin a new twin")]
    Ended {
        /// When.
        ended: String,
    },
    /// It says that it is still to happen.
    #[error("ahead: it says that it happened at {happened}, and it is {now}; the clock of its source is wrong")]
    Ahead {
        /// When it says it happened.
        happened: String,
        /// When it came.
        now: String,
    },
    /// A later one of its sort came before it.
    #[error("overtaken: it happened at {happened}, and `{report}` of {newest} is known already")]
    Overtaken {
        /// When it happened.
        happened: String,
        /// The report.
        report: String,
        /// When the newest happened.
        newest: String,
    },
}

impl Refusal {
    /// The reason in one word, for counts.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Refusal::Malformed(_) => "malformed",
            Refusal::Unknown { .. } => "unknown",
            Refusal::Full { .. } => "full",
            Refusal::Late { .. } => "late",
            Refusal::Ahead { .. } => "ahead",
            Refusal::Ended { .. } => "ended",
            Refusal::Overtaken { .. } => "overtaken",
        }
    }
}

/// What the gate says of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It is let in.
    In(Box<Admitted>),
    /// It was let in before.
    Repeated,
}

/// An event that was let in.
#[derive(Clone, Debug, PartialEq)]
pub struct Admitted {
    /// The twin.
    pub actor: ActorId,
    /// Whether it was a stranger until now.
    pub enrols: bool,
    /// The message that it hears.
    pub message: u16,
    /// What that carries.
    pub words: Vec<u64>,
    /// For the journal.
    pub report: Report,
    /// What is personal, kept apart from everything else.
    pub person: Map<String, Value>,
}

/// What the gate has to remember when the twin is stopped; what came before follows from the journal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Remembered {
    /// Those who were enrolled, and as whom.
    bound: BTreeMap<String, ActorId>,
    /// How many there were of each kind from the start.
    population: Vec<usize>,
    /// When the newest of each sort happened, where order matters: by twin and message.
    newest: BTreeMap<(ActorId, u16), u64>,
}

/// The gate.
#[derive(Debug)]
pub struct Gate<'s> {
    scenario: &'s Scenario,
    names: Names<'s>,
    /// Actors that stand for somebody who was enrolled.
    taken: BTreeSet<ActorId>,
    /// The next that may be free, by kind.
    free: BTreeMap<u16, usize>,
    /// Looked up, never walked.
    newest: HashMap<(ActorId, u16), u64>,
    known: Known,
}

/// Events that came within a span, by their source and id.
#[derive(Debug, Default)]
struct Known {
    span: u64,
    /// Looked up, never walked.
    keys: HashSet<u128>,
    by_age: VecDeque<(u64, u128)>,
}

impl Known {
    fn remember(&mut self, at: u64, key: u128) {
        let since = at.saturating_sub(self.span);
        while self.by_age.front().is_some_and(|(at, _)| *at < since) || self.by_age.len() >= KNOWN_MAX {
            let Some((_, key)) = self.by_age.pop_front() else { break };
            self.keys.remove(&key);
        }
        if self.keys.insert(key) {
            self.by_age.push_back((at, key));
        }
    }
}

/// Two hashes of who says it and its number there.
fn key_of(source: &str, id: &str) -> u128 {
    let half = |salt: u64| {
        let mut hasher = DefaultHasher::new();
        (salt, source, id).hash(&mut hasher);
        hasher.finish()
    };
    u128::from(half(1)) << 64 | u128::from(half(2))
}

impl<'s> Gate<'s> {
    /// A gate that has let nobody in. `population` is how many there are of each kind from the start.
    #[must_use]
    pub fn new(scenario: &'s Scenario, population: Vec<usize>) -> Gate<'s> {
        let span = scenario.live().map_or(0, |live| live.repeats);
        Gate {
            scenario,
            names: Names::new(scenario, population),
            taken: BTreeSet::new(),
            free: BTreeMap::new(),
            newest: HashMap::new(),
            known: Known { span, ..Known::default() },
        }
    }

    /// Goes on from what was remembered.
    pub fn recall(&mut self, remembered: Remembered) {
        self.names.population = remembered.population;
        self.taken = remembered.bound.values().copied().collect();
        self.names.bound = remembered.bound;
        self.newest = remembered.newest.into_iter().collect();
    }

    /// What has to be remembered. Cost: that of a copy.
    #[must_use]
    pub fn remembered(&self) -> Remembered {
        let newest = self.newest.iter().map(|(key, at)| (*key, *at)).collect();
        Remembered { bound: self.names.bound.clone(), population: self.names.population.clone(), newest }
    }

    /// When the world ends \[ns since its beginning\].
    #[must_use]
    pub fn end(&self) -> u64 {
        self.scenario.plan().length
    }

    /// How far back events are known again \[ns\].
    #[must_use]
    pub fn span(&self) -> u64 {
        self.known.span
    }

    /// The actor that somebody calls so.
    #[must_use]
    pub fn actor(&self, name: &str) -> Option<ActorId> {
        self.names.actor(name)
    }

    /// Whether a field of this name is personal of any twin.
    #[must_use]
    pub fn is_personal(&self, name: &str) -> bool {
        let twins = self.scenario.live().map(|live| live.twins.as_slice()).unwrap_or_default();
        twins.iter().any(|twin| twin.person.iter().any(|have| have == name))
    }

    /// Those who were enrolled, with the actors that they are.
    pub fn enrolled(&self) -> impl Iterator<Item = (&str, ActorId)> {
        self.names.bound.iter().map(|(name, actor)| (name.as_str(), *actor))
    }

    /// Looks at an event at a moment of the wall \[ns since 1970\]; nothing is remembered of it until [`Gate::passed`].
    ///
    /// # Errors
    /// A [`Refusal`].
    pub fn look(&mut self, event: Envelope, now: u64) -> Result<Verdict, Refusal> {
        for (what, text) in [("subject", &event.subject), ("source", &event.source), ("id", &event.id)] {
            if text.len() > NAME_MAX {
                return Err(Refusal::Malformed(format!("`{what}` of {} bytes: at most {NAME_MAX}", text.len())));
            }
        }
        if self.known.keys.contains(&key_of(&event.source, &event.id)) {
            return Ok(Verdict::Repeated);
        }
        let (actor, enrols) = match self.names.actor(&event.subject) {
            Some(actor) => (actor, false),
            None => (self.place_for(&event)?, true),
        };
        let scenario = self.scenario;
        let (twin, report) = self.reported(actor, &event)?;
        let happened = event.at.unwrap_or(now);
        if happened > now.saturating_add(AHEAD) {
            return Err(Refusal::Ahead { happened: moment(happened), now: moment(now) });
        }
        if let Some(late) = report.late
            && happened.saturating_add(late) < now
        {
            let within = rehearsal_kernel::Duration::from_ns(late).to_string();
            return Err(Refusal::Late { happened: moment(happened), report: report.name.clone(), within });
        }
        if let Some(newest) = self.newest.get(&(actor, report.message)).filter(|newest| report.in_order && **newest > happened) {
            let (happened, newest) = (moment(happened), moment(*newest));
            return Err(Refusal::Overtaken { happened, report: report.name.clone(), newest });
        }
        let (mut data, mut person) = (event.data, Map::new());
        for name in &twin.person {
            if let Some(value) = data.shift_remove(name) {
                person.insert(name.clone(), value);
            }
        }
        let words = self.names.words(report, &data);
        let words = words.map_err(|what| Refusal::Malformed(format!("{} of `{}`: {what}", report.name, event.subject)))?;
        let enrolled_as =
            enrols.then(|| format!("{}/{}", scenario.plan().kinds[usize::from(kind_of(actor))].name, index_of(actor)));
        let report_of = Report {
            source: event.source,
            id: event.id,
            twin: event.subject,
            enrolled_as,
            report: report.name.clone(),
            happened,
            data: Value::Object(data).to_string(),
        };
        let message = report.message;
        Ok(Verdict::In(Box::new(Admitted { actor, enrols, message, words, report: report_of, person })))
    }

    /// The twin and the report that an event about an actor means.
    fn reported(&self, actor: ActorId, event: &Envelope) -> Result<(&'s TwinInfo, &'s ReportInfo), Refusal> {
        let kind = kind_of(actor);
        let live = self.scenario.live();
        let twin = live.and_then(|live| live.twins.iter().find(|twin| twin.number == kind));
        let Some(twin) = twin else {
            let kinds = listed(live.iter().flat_map(|live| &live.twins).map(|twin| twin.kind.as_str()));
            let remedy = format!("it is no twin; twins are of kind {kinds}");
            return Err(Refusal::Unknown { twin: short(&event.subject), remedy });
        };
        let found = twin.report(&event.sort);
        let known = || listed(twin.reports.iter().map(|report| report.name.as_str()));
        let strange = || {
            Refusal::Malformed(format!(
                "nothing called `{}` is reported of a {}; known: {}",
                short(&event.sort),
                twin.kind,
                known()
            ))
        };
        found.map(|report| (twin, report)).ok_or_else(strange)
    }

    /// The place of a stranger among the twins that nobody has claimed.
    fn place_for(&mut self, event: &Envelope) -> Result<ActorId, Refusal> {
        let twins = self.scenario.live().map(|live| live.twins.as_slice()).unwrap_or_default();
        let open: Vec<&TwinInfo> = twins.iter().filter(|twin| twin.enrols && twin.report(&event.sort).is_some()).collect();
        let twin = match open.as_slice() {
            [one] => one,
            [] => {
                let kinds: Vec<&str> = twins.iter().map(|twin| twin.kind.as_str()).collect();
                let remedy = format!("twins are called as actors are, such as {}/0", kinds.first().unwrap_or(&"car"));
                return Err(Refusal::Unknown { twin: short(&event.subject), remedy });
            }
            several => {
                let kinds = listed(several.iter().map(|twin| twin.kind.as_str()));
                let remedy = format!("it may be any of {kinds}: only one kind of strangers can report `{}`", event.sort);
                return Err(Refusal::Unknown { twin: short(&event.subject), remedy });
            }
        };
        let places = self.names.population(twin.number);
        let free = self.free.entry(twin.number).or_insert(0);
        let id = |index: usize| u32::from(twin.number) << 24 | index as u32;
        while *free < places && self.taken.contains(&id(*free)) {
            *free += 1;
        }
        if *free == places {
            return Err(Refusal::Full { twin: short(&event.subject), kind: twin.kind.clone(), places });
        }
        Ok(id(*free))
    }

    /// Remembers an event that is in the journal, applied at a moment of the world \[ns\]; gives who hears it, and what.
    ///
    /// For events of the journal that a scenario does not understand any more, the reason.
    ///
    /// # Errors
    /// A [`Refusal`]; nothing is remembered then but that it came.
    pub fn passed(&mut self, report: &Report, at: u64) -> Result<(ActorId, u16, Vec<u64>), Refusal> {
        self.known.remember(at, key_of(&report.source, &report.id));
        let data = match serde_json::from_str(&report.data) {
            Ok(Value::Object(data)) => data,
            _ => return Err(Refusal::Malformed("its data is no JSON object".into())),
        };
        if let Some(actor) = report.enrolled_as.as_ref().and_then(|name| self.names.actor(name)) {
            self.bind(&report.twin, actor);
        }
        let event = Envelope {
            id: report.id.clone(),
            source: report.source.clone(),
            sort: report.report.clone(),
            subject: report.twin.clone(),
            at: Some(report.happened),
            data: Map::new(),
        };
        let Some(actor) = self.names.actor(&report.twin) else {
            let remedy = "the scenario has no such actor any more".to_owned();
            return Err(Refusal::Unknown { twin: short(&report.twin), remedy });
        };
        let (_, info) = self.reported(actor, &event)?;
        let words = self.names.words(info, &data).map_err(Refusal::Malformed)?;
        self.note_newest(actor, info, report.happened);
        Ok((actor, info.message, words))
    }

    /// Remembers an event that was let in, and is in the journal now.
    pub fn let_in(&mut self, admitted: &Admitted, at: u64) {
        let report = &admitted.report;
        self.known.remember(at, key_of(&report.source, &report.id));
        if admitted.enrols {
            self.bind(&report.twin, admitted.actor);
        }
        let scenario = self.scenario;
        let twins = scenario.live().map(|live| live.twins.as_slice()).unwrap_or_default();
        let twin = twins.iter().find(|twin| twin.number == kind_of(admitted.actor));
        if let Some(info) = twin.and_then(|twin| twin.report(&report.report)) {
            self.note_newest(admitted.actor, info, report.happened);
        }
    }

    /// Forgets an event that was let in and could not be put into the journal.
    pub fn take_back(&mut self, admitted: &Admitted) {
        let report = &admitted.report;
        let key = key_of(&report.source, &report.id);
        if self.known.keys.remove(&key) {
            self.known.by_age.retain(|(_, have)| *have != key);
        }
        if admitted.enrols {
            self.names.bound.remove(&report.twin);
            self.taken.remove(&admitted.actor);
            self.free.clear();
        }
    }

    fn note_newest(&mut self, actor: ActorId, info: &ReportInfo, happened: u64) {
        if info.in_order {
            let newest = self.newest.entry((actor, info.message)).or_insert(happened);
            *newest = happened.max(*newest);
        }
    }

    fn bind(&mut self, name: &str, actor: ActorId) {
        self.names.bound.insert(name.to_owned(), actor);
        self.taken.insert(actor);
    }
}
