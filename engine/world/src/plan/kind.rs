//! Kinds as compiled: fields, states, handlers, timers, rules and answers.

use super::{Holder, Looked};
use rehearsal_kernel::Purpose;
use rehearsal_language::program::Routine;
use rehearsal_language::symbol::Symbol;
use rehearsal_language::types::Type;
use rehearsal_policy::feature::Feature;
use rehearsal_policy::select::{Force, Index};

/// Words at the head of every frame: how long the last request waited, and why it failed.
pub const FRAME_WAITED: u16 = 0;
/// See [`FRAME_WAITED`].
pub const FRAME_REASON: u16 = 1;
/// Frame words that every routine of an actor begins with.
pub const FRAME_RESERVED: u16 = 2;

/// Words at the head of every row, which are the runtime's own.
pub const ROW_RESERVED: u16 = 3;

/// A value carried by a message or note.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its first word in the payload.
    pub offset: u16,
}

/// The shape of a message or of a note.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// The message's name.
    pub name: String,
    /// What it carries.
    pub fields: Vec<Payload>,
    /// Words of its payload.
    pub words: u16,
}

/// A field of a kind.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its first slot in the row.
    pub slot: u16,
    /// Whether it is fixed at birth, or published at a period: others may read it.
    pub public: bool,
    /// Whether its board shows it: it is set at a period, and by nothing else.
    pub board: bool,
}

/// What a timer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// Once, so long after the state was entered.
    After,
    /// Again and again, so long apart.
    Every,
    /// At a moment that the delay routine names, found anew after each ring.
    At,
}

/// A timer of a state, of a region or of the whole kind.
#[derive(Clone, Debug)]
pub struct Timer {
    /// What it waits for.
    pub kind: TimerKind,
    /// The region and state it lives in; `None` for the whole kind.
    pub place: Option<(u16, Option<u16>)>,
    /// Gives the span in seconds, or for `At` the moment.
    pub delay: Routine,
    /// It only runs down while this holds.
    pub condition: Option<Routine>,
    /// What it does when it rings.
    pub body: Routine,
    /// First of two row slots: which event rings it, and when, or what is left.
    pub slot: u16,
    /// For rules of a policy: what it is called.
    pub name: Option<String>,
    /// The state it goes to, if it is fixed.
    pub goto: Option<String>,
}

/// A state of a region.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Its name.
    pub name: String,
    /// Where it is written, `file:line`.
    pub place: String,
    /// Runs when it is entered.
    pub entry: Option<Routine>,
    /// Runs when it is left.
    pub exit: Option<Routine>,
    /// Starts after entry and may wait.
    pub process: Option<Routine>,
    /// Its timers, by number.
    pub timers: Vec<u16>,
    /// Row slots that hold a claim while the state lasts.
    pub held: Vec<u16>,
    /// The regions inside it, which live as long as a stay in it.
    pub regions: Vec<u16>,
}

/// A region: one current state at a time.
#[derive(Clone, Debug)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// Its states.
    pub states: Vec<State>,
    /// The state it starts in.
    pub initial: u16,
    /// First of two row slots: the stay, see [`NOWHERE`], and the moment it began.
    pub slot: u16,
    /// The region and state that it lies in; `None` for those of the kind itself.
    pub parent: Option<(u16, u16)>,
}

/// The state of a region that lies in a state in which the actor is not.
///
/// A region's first row slot holds the number of its state in the lowest 16 bits; while that is nowhere the next 16 bits hold
/// one more than the state it was in last, or 0; the highest 32 bits count the stays.
pub const NOWHERE: u16 = u16::MAX;

/// How deep states may lie in states.
pub const NESTING_MAX: usize = 8;

/// Any state of a region, see [`Handler::state`].
pub const ANY: u16 = u16::MAX;

/// A rule of a policy, as decisions cite it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Where it is written, `file:line`.
    pub place: String,
    /// Higher goes first.
    pub priority: i32,
    /// Its condition as written.
    pub condition: Option<String>,
    /// What its condition reads: text, type, and a routine for the value.
    pub reads: Vec<(String, Type, Routine)>,
    /// For a condition that may read what is missing: how to tell that it does not hold, and what may be missing.
    pub unknown: Option<Unknown>,
    /// When it is in force.
    pub force: Force,
    /// The state it goes to, if it is fixed.
    pub goto: Option<String>,
    /// It does not fire again before so many seconds are over; the row slot remembers when it fired.
    pub again_after: Option<(Routine, u16)>,
    /// What a product person may call it in a measure.
    pub symbol: Symbol,
}

/// What tells a condition that does not hold from one that cannot be told.
///
/// The guard of the rule's handler is true where the condition is true whatever the missing values were.
#[derive(Clone, Debug)]
pub struct Unknown {
    /// Whether the condition is false whatever the missing values were.
    pub fails: Routine,
    /// What it reads that may be missing.
    pub missable: Vec<Missable>,
}

/// A value that may be missing.
#[derive(Clone, Debug)]
pub struct Missable {
    /// What it is called where it is read.
    pub name: String,
    /// What is said where it is missing, such as `drift was never fed`.
    pub phrase: String,
    /// Whether it is there.
    pub present: Routine,
}

/// What is done when a message arrives.
#[derive(Clone, Debug)]
pub struct Handler {
    /// The region it belongs to; [`ANY`] for the whole kind.
    pub region: u16,
    /// The state it belongs to; [`ANY`] for every state of the region.
    pub state: u16,
    /// It is passed over where this does not hold.
    pub guard: Option<Routine>,
    /// What it does.
    pub body: Routine,
    /// The rule it is, in a policy.
    pub rule: Option<u16>,
}

/// A branch of a policy's steps that is counted in a word of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The slot of the count.
    pub slot: u16,
    /// Where the step is written, `file:line`.
    pub place: String,
    /// `then` or `else`.
    pub branch: &'static str,
}

/// A part: an actor that is born with another and belongs to it.
#[derive(Clone, Debug)]
pub struct Part {
    /// The field that refers to it.
    pub slot: u16,
    /// Its kind.
    pub kind: u16,
    /// How many there are, where the field is a list of them.
    pub count: Option<u16>,
    /// Its name, which keys its random streams.
    pub name: String,
}

/// An answer to an Ask.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Refused where this does not hold.
    pub guard: Option<Routine>,
    /// What is done; ends by giving a value.
    pub body: Option<Routine>,
    /// The value given.
    pub give: Option<Routine>,
    /// The type of the value given.
    pub ty: Option<Type>,
}

/// A feature that a policy remembers of its profile.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// Its name.
    pub name: String,
    /// The event that feeds it.
    pub message: u16,
    /// The test that events pass, see [`Feature::takes_all`].
    pub test: Option<Routine>,
    /// The value fed.
    pub value: Option<Routine>,
    /// Whether that is a whole number.
    pub whole: bool,
    /// What is computed.
    pub feature: Feature,
    /// First row slot of its state; where [`Feature::is_stored`], that slot is its value as rules read it.
    pub state: u16,
}

/// A kind of actor.
#[derive(Clone, Debug, Default)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// Words of a row, those of the runtime included.
    pub words: u16,
    /// Its fields, in order of birth.
    pub fields: Vec<Field>,
    /// Sets the fields at birth, one routine a field, in order: field number and routine.
    pub birth: Vec<(u16, Routine)>,
    /// Parts, born after the fields.
    pub parts: Vec<Part>,
    /// Regions; those inside a state behind the one that it is a state of.
    pub regions: Vec<Region>,
    /// The regions by number, those inside a state before the one that it is a state of: who hears a message first.
    pub inner_first: Vec<u16>,
    /// Timers of all places.
    pub timers: Vec<Timer>,
    /// Timers of the whole kind, by number.
    pub own_timers: Vec<u16>,
    /// Handlers by message.
    pub handlers: Vec<Vec<Handler>>,
    /// For a policy, by message: which of the handlers can match, by state of the outermost region.
    pub index: Vec<Index>,
    /// Messages that a job of this kind may wait for, by message: whether any does.
    pub awaited: Vec<bool>,
    /// Answers by question.
    pub answers: Vec<Option<Answer>>,
    /// Holders.
    pub holders: Vec<Holder>,
    /// The sites of random draws, as parts of an actor's stream key.
    pub sites: Vec<Purpose>,
    /// The slot of the place where it is, for what can be moved or stands somewhere.
    pub here: Option<u16>,
    /// Top speed when moved \[m/s\]; unlimited where `None`.
    pub top_speed: Option<Routine>,
    /// The slots that name its whole, if it is a part or is spawned, each with the kinds that this may be; any where there are none.
    pub wholes: Vec<(u16, Vec<u16>)>,
    /// Rules, for a policy.
    pub rules: Vec<Rule>,
    /// Branches that are counted, where that is asked for.
    pub marks: Vec<Mark>,
    /// Remembered features, for a policy.
    pub remembers: Vec<Remembered>,
    /// Patterns over time, for a policy: each behind those that it looks at.
    pub patterns: Vec<Looked>,
    /// Which of its timers run only while a condition holds.
    pub conditional: Vec<u16>,
    /// Gives the person whose segment counts, for measures; `None` where there is none.
    pub person: Option<Routine>,
    /// The policy it is the mind of, if it is one.
    pub policy: bool,
    /// The slot of a policy's profile.
    pub profile: Option<u16>,
    /// What its actors do, where that is written in Rust.
    pub native: Option<crate::native::Code>,
    /// Whether its actors stand for real ones in a live twin: there nothing happens to them by itself.
    pub twin: bool,
    /// Whether such twins are strangers until they are enrolled.
    pub enrols: bool,
    /// What a twin does with messages, by message, in place of [`Kind::handlers`].
    pub instead: Vec<Vec<Handler>>,
}
