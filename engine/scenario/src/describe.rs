//! What a scenario is, as data: who is in it, who speaks to whom, what can be set, what is measured.
//!
//! [`Description`] is what programs read (schema [`SCHEMA`]); [`text()`] and [`picture()`] are what people see of it. It
//! says what the scenario compiled to, so procedures, mixins and parameters have gone into it.

mod build;
mod chart;
mod picture;
mod text;

pub use picture::picture;
pub use text::text;

use serde::Serialize;

/// The schema of a description as JSON. A later number takes nothing away that an earlier one has.
pub const SCHEMA: &str = "rehearsal.describe/1";

/// A scenario as data. All lists are in the order of the files, or by name where the files have no order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Description {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The name of the scenario's folder.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// Its first moment, as written.
    pub start: String,
    /// How long it runs \[s\].
    pub length: f64,
    /// How long a message takes from one household to another \[s\].
    pub latency: f64,
    /// Whether there is a map.
    pub mapped: bool,
    /// Who is there from the start.
    pub groups: Vec<Group>,
    /// Kinds of actors, without those of policies.
    pub kinds: Vec<Kind>,
    /// Who says what to whom.
    pub talk: Vec<Talk>,
    /// What actors state for all to see.
    pub notes: Vec<Note>,
    /// What policies may see and do.
    pub interface: Option<Interface>,
    /// Policies, the baseline first.
    pub policies: Vec<Policy>,
    /// What `--set` can change.
    pub settings: Vec<Setting>,
    /// What is measured.
    pub measures: Vec<crate::MeasureInfo>,
    /// Measures of the company beside measures of its customers.
    pub pairs: Vec<Pair>,
    /// Which measures are money earned, spent or at risk.
    pub value: Option<crate::ValueInfo>,
    /// What is expected of measures.
    pub expectations: Vec<crate::ExpectationInfo>,
}

/// What is won or lost on two sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pair {
    /// What people call it.
    pub label: String,
    /// The company's measure.
    pub company: String,
    /// The customers' measure.
    pub customer: String,
}

/// Actors that are there from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// What they are.
    pub kind: String,
    /// How many they are.
    pub count: u32,
}

/// A kind of actor.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// The mixins that it is like.
    pub like: Vec<String>,
    /// Whether its behaviour is written in Rust.
    pub native: bool,
    /// Values that are fixed at birth.
    pub traits: Vec<Value>,
    /// Values that change.
    pub fields: Vec<Value>,
    /// Figures that everybody may read.
    pub board: Vec<Value>,
    /// Actors that are born with it, by the fields that hold them.
    pub parts: Vec<Value>,
    /// What it owns that is in short supply; the type is the sort of holder.
    pub owns: Vec<Value>,
    /// Its statecharts.
    pub regions: Vec<Region>,
    /// Messages that it hears.
    pub hears: Vec<String>,
    /// Questions that it answers.
    pub answers: Vec<String>,
    /// Kinds that it brings into the world.
    pub spawns: Vec<String>,
}

/// A name and what it holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Value {
    /// The name.
    pub name: String,
    /// What it holds, in words.
    #[serde(rename = "type")]
    pub ty: String,
}

/// A statechart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Region {
    /// Its name; `main` where the kind has one only.
    pub name: String,
    /// The state in which it lies, where it lies in one.
    pub within: Option<String>,
    /// The state in which it begins.
    pub initial: String,
    /// All its states.
    pub states: Vec<String>,
    /// How it goes from one to another.
    pub changes: Vec<Change>,
}

impl Region {
    /// What people call it, where it has this name: the only one inside a state is called by the state.
    fn titled(&self, name: &str) -> String {
        match self.within.as_deref() {
            None => name.to_owned(),
            Some(state) if state == self.name => format!("inside {state}"),
            Some(state) => format!("{name} inside {state}"),
        }
    }
}

/// A way from state to state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Change {
    /// From where; from any state where nothing is said.
    pub from: Option<String>,
    /// To where.
    pub to: String,
    /// What makes it go: `on MESSAGE`, `rule NAME`, `after`, `every`, `at` or `process`.
    pub by: String,
}

/// What one kind says to others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Talk {
    /// Who says it; of a policy, its name and `policy`.
    pub from: String,
    /// Those who hear it.
    pub to: Vec<String>,
    /// The message's or question's name.
    pub name: String,
    /// What sort of saying it is.
    pub sort: Sort,
    /// What it carries.
    pub carries: Vec<Value>,
}

/// Ways to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sort {
    /// A message, by Tell.
    Message,
    /// A question, by Ask.
    Question,
    /// A message to a person through the gates, by Contact.
    Contact,
}

/// A public fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    /// Its name.
    pub name: String,
    /// Kinds that state it.
    pub by: Vec<String>,
    /// What it carries.
    pub carries: Vec<Value>,
    /// Whether policies may see it.
    pub seen: bool,
    /// Measures that look at it.
    pub measures: Vec<String>,
}

/// The page that policies are checked against.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Interface {
    /// The kind that decisions are about.
    pub about: String,
    /// Facts that a policy may read.
    pub knows: Vec<String>,
    /// Notes that reach it.
    pub sees: Vec<String>,
    /// Messages that reach it.
    pub hears: Vec<String>,
    /// Features that are kept for it.
    pub remembers: Vec<String>,
    /// What it may do.
    pub levers: Vec<Lever>,
}

/// A procedure that policies may call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lever {
    /// Its name.
    pub name: String,
    /// Its parameters.
    pub params: Vec<String>,
}

/// A policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Its statecharts.
    pub regions: Vec<Region>,
    /// Bytes that it keeps of each profile where it stands alone; `None` where it cannot.
    pub profile_bytes: Option<usize>,
}

/// A value that `--set` can change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Setting {
    /// The path, as in `--set PATH=VALUE`.
    pub path: String,
    /// The present value, as it would be written behind the `=`.
    pub value: String,
    /// Where it stands: `file:line`.
    pub place: String,
}
