//! A policy alone: profiles and CloudEvents in, decisions as CloudEvents out, with no world around it.
//!
//! [`Decider`] is fed lines of JSON and gives lines of JSON. It knows no files and no network: whoever holds it reads,
//! writes, and keeps what [`Decider::save`] gives between two streams.
//!
//! # Example
//!
//! ```
//! use rehearsal_decide::Decider;
//! use rehearsal_policy::engine::Playbook;
//! use std::sync::Arc;
//!
//! fn listen(book: Arc<Playbook>) -> Result<(), rehearsal_decide::Refused> {
//!     let mut decider = Decider::new(book);
//!     decider.enrol(r#"{"id": "car/17", "owner": "driver/17"}"#)?;
//!     decider.hear(
//!         r#"{"specversion": "1.0", "id": "1", "source": "car/17", "type": "engine_light", "subject": "car/17",
//!             "time": "2026-11-05T08:02:10Z"}"#,
//!     )?;
//!     for decision in decider.decisions() {
//!         println!("{decision}");
//!     }
//!     Ok(())
//! }
//! ```

mod event;
mod parted;
mod said;
mod saved;
pub mod values;

pub use event::{Envelope, Heard};
pub use parted::Parted;
pub use rehearsal_policy::mode::Mode;
pub use saved::KeptError;

use rehearsal_kernel::StreamKey;
use rehearsal_language::symbol::Symbols;
use rehearsal_language::types::NONE;
use rehearsal_policy::engine::{Decision, Engine, EngineError, Event, Playbook};
use rehearsal_policy::order::{Admission, Disorder, Reorder, Repeats};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::Arc;
use thiserror::Error;

/// Why a line was put aside.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Refused {
    /// It is no JSON, or not in the form of an event or a profile.
    #[error("{reason}")]
    Malformed {
        /// What is wrong, and what is allowed.
        reason: String,
    },
    /// It is about a profile that was not enrolled.
    #[error("there is no profile `{subject}`: enrol it with the profiles, or let unknown ones be enrolled")]
    Unknown {
        /// The profile.
        subject: String,
    },
    /// It came after its time had passed.
    #[error("late: it happened at {happened}, and everything up to {now} is decided")]
    Late {
        /// When it happened.
        happened: String,
        /// The moment that has been dealt with.
        now: String,
    },
    /// The policy asks for something that has no meaning.
    #[error("the policy failed at {place}, on event `{id}`: {what}")]
    Fault {
        /// The event; empty where time passed.
        id: String,
        /// Where it is written.
        place: String,
        /// What went wrong.
        what: String,
    },
}

/// How many lines came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Events that were dealt with.
    pub heard: u64,
    /// Events of a sort that the policy does not look at.
    pub ignored: u64,
    /// Events that had been dealt with before.
    pub repeated: u64,
    /// Decisions.
    pub decided: u64,
}

/// A policy at work on lines of JSON.
#[derive(Clone, Debug)]
pub struct Decider {
    engine: Engine,
    /// Names of the policy, then those that came with profiles and events.
    names: Symbols,
    /// The names that came, in order.
    came: Vec<String>,
    /// Profiles by their id. Looked up, never walked.
    ids: HashMap<String, u32>,
    /// The ids of profiles, by number.
    profiles: Vec<String>,
    /// Whether unknown profiles are enrolled when an event speaks of them.
    enrols: bool,
    /// What becomes of what is decided.
    mode: Mode,
    counts: Counts,
    made: Vec<Decision>,
    order: Order,
}

/// Who an event is from, and its number there.
type Key = (String, String);

/// An event that is held back: its sort, its profile and what it carries.
type Held = (u16, u32, Vec<u64>);

/// How events are brought into order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Order {
    /// They are dealt with as they come; what is behind is late.
    AsTheyCome(Repeats<Key>),
    /// They are held back for a while, and dealt with in the order of their time.
    Sorted(Reorder<Key, Held>),
}

/// How far back events are told from those that came before \[ns\].
const REPEATS: u64 = 3_600_000_000_000;

/// How many events are held back, or known again, at most.
const ROOM: usize = 1 << 17;

impl Decider {
    /// A policy without profiles.
    #[must_use]
    pub fn new(book: Arc<Playbook>) -> Decider {
        Decider {
            names: book.symbols.clone(),
            came: Vec::new(),
            ids: HashMap::new(),
            profiles: Vec::new(),
            enrols: false,
            mode: book.mode,
            engine: Engine::new(book),
            counts: Counts::default(),
            made: Vec::new(),
            order: Order::AsTheyCome(Repeats::new(REPEATS, ROOM)),
        }
    }

    /// The policy at work.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How many lines came to what.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Whether profiles that nobody enrolled are enrolled by the first event about them, with nothing known of them.
    pub fn enrol_unknown(&mut self, enrols: bool) {
        self.enrols = enrols;
    }

    /// Whether events at which nothing was decided are told too.
    pub fn tell_all(&mut self, all: bool) {
        self.engine.tell_all(all);
    }

    /// Says what becomes of what is decided; what the policy itself says is put aside.
    ///
    /// In shadow, and for profiles outside the share of a canary, decisions are made and marked as not to be acted upon. Off,
    /// events are ignored.
    pub fn set_mode(&mut self, mode: Mode) {
        self.mode = mode;
    }

    /// How decisions about a profile are marked.
    fn marked(&self, profile: &str) -> &'static str {
        let reached = self.mode != Mode::Shadow && self.mode.reaches(StreamKey::root(0, 0).with_name(profile));
        if reached { Mode::Live.word() } else { Mode::Shadow.word() }
    }

    /// Enrols a profile: a JSON object with its `id` and what is known of it. One that is there already is changed.
    ///
    /// # Errors
    /// [`Refused`]; then nothing has changed.
    pub fn enrol(&mut self, line: &str) -> Result<(), Refused> {
        let Value::Object(mut fields) = event::json(line)? else {
            return Err(malformed("a profile is an object such as {\"id\": \"car/17\", ...}"));
        };
        let Some(Value::String(id)) = fields.remove("id") else {
            return Err(malformed("a profile has an `id`, a text"));
        };
        self.enrol_as(&id, &fields)
    }

    fn enrol_as(&mut self, id: &str, fields: &Map<String, Value>) -> Result<(), Refused> {
        let book = self.engine.book().clone();
        let known: Vec<&str> = book.knows.iter().map(|known| known.name.as_str()).filter(|name| *name != "profile").collect();
        if let Some((name, _)) = fields.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return Err(malformed(format!("the policy knows no `{name}` of a profile; it knows {}", known.join(", "))));
        }
        let mut words = Vec::new();
        for known in &book.knows {
            if known.name == "profile" {
                words.push(self.word_of(id));
                continue;
            }
            match fields.get(&known.name) {
                None | Some(Value::Null) => words.extend((0..known.ty.width()).map(|_| NONE)),
                Some(value) => {
                    values::read(self, value, &known.ty, &mut words)
                        .map_err(|what| malformed(format!("`{}`: {what}", known.name)))?;
                }
            }
        }
        match self.ids.get(id) {
            Some(profile) => self.engine.know(*profile, &words),
            None => {
                let now = self.engine.now();
                let profile = self.engine.add(now, &words, &mut self.made).map_err(|error| self.refused(error, id))?;
                self.ids.insert(id.to_owned(), profile);
                self.profiles.push(id.to_owned());
            }
        }
        Ok(())
    }

    /// Deals with an event: one line of JSON in the form of CloudEvents 1.0. Its `type` is the name of the event, its
    /// `subject` the profile, its `data` what it carries.
    ///
    /// # Errors
    /// [`Refused`]; then nothing is remembered of it.
    pub fn hear(&mut self, line: &str) -> Result<Heard, Refused> {
        let envelope = Envelope::read(line)?;
        let happened = envelope.at.ok_or_else(|| malformed("an event has `time`"))?;
        let Some(kind) = self.engine.book().event(&envelope.sort).filter(|_| self.mode != Mode::Off) else {
            self.counts.ignored += 1;
            return Ok(Heard::Ignored);
        };
        let profile = match self.ids.get(&envelope.subject) {
            Some(profile) => *profile,
            None if self.enrols => {
                self.enrol_as(&envelope.subject, &Map::new())?;
                self.ids[&envelope.subject]
            }
            None => return Err(Refused::Unknown { subject: envelope.subject }),
        };
        let key = (envelope.source.clone(), envelope.id.clone());
        let mut words = Vec::new();
        self.carried(kind, &envelope, &mut words)?;
        let held = (kind, profile, words);
        let now = self.engine.now();
        match &mut self.order {
            Order::AsTheyCome(repeats) if repeats.knows(&key) => Ok(self.repeated()),
            Order::AsTheyCome(_) if happened < now => Err(late(happened, now)),
            Order::AsTheyCome(repeats) => {
                repeats.remember(happened, key, happened);
                self.deal(happened, &envelope.id, &held)?;
                Ok(Heard::Dealt)
            }
            Order::Sorted(order) => {
                let admission = order.push(happened, key, held);
                let watermark = order.watermark();
                match admission {
                    Admission::Taken => {}
                    Admission::Late(_) => return Err(late(happened, watermark)),
                    Admission::Repeated(_) => return Ok(self.repeated()),
                }
                self.release(Reorder::pop)?;
                Ok(Heard::Dealt)
            }
        }
    }

    fn repeated(&mut self) -> Heard {
        self.counts.repeated += 1;
        Heard::Repeated
    }

    /// Deals with what need not be held back any longer; with all of it, also where some of it has a fault.
    fn release(&mut self, next: impl Fn(&mut Reorder<Key, Held>) -> Option<(u64, Key, Held)>) -> Result<(), Refused> {
        let mut failed = Ok(());
        loop {
            let Order::Sorted(order) = &mut self.order else { return failed };
            let Some((at, (_, id), held)) = next(order) else { return failed };
            let dealt = self.deal(at, &id, &held);
            failed = failed.and(dealt);
        }
    }

    fn deal(&mut self, at: u64, id: &str, (kind, profile, words): &Held) -> Result<(), Refused> {
        let event = Event { profile: *profile, kind: *kind, at, words };
        self.engine.feed(&event, &mut self.made).map_err(|error| self.refused(error, id))?;
        self.counts.heard += 1;
        Ok(())
    }

    /// Lets time pass up to a moment [ns since 1970]: timers ring.
    ///
    /// # Errors
    /// Where what a timer does has no meaning.
    pub fn advance(&mut self, to: u64) -> Result<(), Refused> {
        self.engine.advance(to, &mut self.made).map_err(|error| self.refused(error, ""))
    }

    /// Waits so long for events that are on their way \[ns\], and deals with all in the order of their time.
    ///
    /// With a span of zero they are dealt with as they come. To be said before the first event; what was kept goes on as it
    /// did.
    pub fn wait_for_late(&mut self, span: u64) {
        let fresh = match &self.order {
            Order::AsTheyCome(repeats) => *repeats == Repeats::new(REPEATS, ROOM),
            Order::Sorted(_) => false,
        };
        if span > 0 && fresh {
            let allowed = Disorder { lateness: span, repeats: REPEATS.max(span), room: ROOM };
            self.order = Order::Sorted(Reorder::new(allowed));
        }
    }

    /// Deals with what was held back: nothing more comes.
    ///
    /// # Errors
    /// As [`Decider::hear`].
    pub fn end_of_stream(&mut self) -> Result<(), Refused> {
        self.release(Reorder::finish)
    }

    /// As [`Decider::advance`], to a moment as RFC 3339 writes it.
    ///
    /// # Errors
    /// Where the text is no moment.
    pub fn advance_to(&mut self, text: &str) -> Result<(), Refused> {
        self.advance(values::read_moment(text).map_err(malformed)?)
    }

    /// What was decided since this was asked last, each a CloudEvent in one line of JSON.
    pub fn decisions(&mut self) -> Vec<String> {
        let made = std::mem::take(&mut self.made);
        self.counts.decided += made.iter().filter(|decision| decision.number > 0).count() as u64;
        made.iter().map(|decision| self.say(decision).to_string()).collect()
    }

    /// The words of what an event carries.
    fn carried(&mut self, kind: u16, envelope: &Envelope, words: &mut Vec<u64>) -> Result<(), Refused> {
        let book = self.engine.book().clone();
        let plan = &book.events[kind as usize];
        for field in &plan.fields {
            let value = envelope.data.get(&field.name).unwrap_or(&Value::Null);
            values::read(self, value, &field.ty, words)
                .map_err(|what| malformed(format!("{} `{}`: `{}`: {what}", plan.name, envelope.id, field.name)))?;
        }
        Ok(())
    }

    fn refused(&self, error: EngineError, id: &str) -> Refused {
        match error {
            EngineError::Late { at, now } => late(at, now),
            EngineError::Fault { pc, what, .. } => {
                Refused::Fault { id: id.to_owned(), place: self.engine.book().written(pc), what }
            }
            other => malformed(other.to_string()),
        }
    }

    /// The word that stands for a name.
    fn word_of(&mut self, name: &str) -> u64 {
        if let Some(symbol) = self.names.find(name) {
            return u64::from(symbol.0);
        }
        self.came.push(name.to_owned());
        u64::from(self.names.intern(name).0)
    }
}

fn late(happened: u64, now: u64) -> Refused {
    Refused::Late { happened: values::moment(happened), now: values::moment(now) }
}

fn malformed(reason: impl Into<String>) -> Refused {
    Refused::Malformed { reason: reason.into() }
}
