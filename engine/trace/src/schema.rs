//! What a trace says: the header of a run and the records that follow it.
//!
//! These types are plain data; how they lie in the file is in `codec.rs`. The
//! JSON form (used by the NDJSON export) is stable: each record carries a
//! `"what"` tag in snake case and its time `"at"`.
//!
//! Start at [`Record`].

use serde::{Deserialize, Serialize};

/// What is known of a run before its first event.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Name of the scenario, as its folder is called.
    pub scenario: String,
    /// Title for people.
    pub title: String,
    /// Name of the policy in force.
    pub policy: String,
    /// Name of the policy that decides beside it, in shadow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub beside: Option<String>,
    /// Seed of all random streams.
    pub seed: u64,
    /// Number of this replication, from 0.
    pub replication: u64,
    /// Civil date and time at which the run begins, such as `2026-11-02 00:00`.
    pub start: String,
    /// Planned length of the run \[ns\].
    pub length_ns: u64,
    /// Names of the kinds of actor; [`Actor::kind`] counts into it.
    pub kinds: Vec<String>,
    /// The actors that exist at the start.
    pub actors: Vec<Actor>,
    /// What is measured, in the order of [`What::Figures`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measures: Vec<Measured>,
    /// Roads to draw under the actors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roads: Vec<Polyline>,
    /// Areas of the map to draw under the roads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<Area>,
    /// Name and version of the program that ran.
    pub engine: String,
}

/// A measure of the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Its name, such as `on_hold`.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// The unit of its figures, such as `min`.
    pub unit: String,
    /// Which direction is wished for: `lower`, `higher` or `neither`.
    pub better: String,
}

/// One actor, as declared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Actor {
    /// Its number, unique in the run.
    pub id: u32,
    /// Its kind: an index into [`Header::kinds`].
    pub kind: u16,
    /// Its name, such as `driver/17`.
    pub name: String,
    /// The segment of the population it was drawn from.
    pub segment: Option<String>,
    /// Where it begins: latitude, longitude \[degrees\].
    pub at: Option<[f64; 2]>,
}

/// A line of the map.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Polyline {
    /// Its class, such as `primary` or `residential`.
    pub class: String,
    /// Its points: latitude, longitude \[degrees\].
    pub points: Vec<[f64; 2]>,
}

/// An area of the map: what the land is used for, water, a building.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Area {
    /// Its class, such as `water`, `wood` or `building`.
    pub class: String,
    /// Its name, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its corners: latitude, longitude \[degrees\]; the last is joined to the first.
    pub outline: Vec<[f64; 2]>,
}

/// A value that a message, a note, a board or a decision carries.
///
/// A `Number` or `Quantity` that is not finite keeps its bits in the file but
/// becomes `null` in JSON, which has no such numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Nothing.
    #[default]
    None,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number without a unit.
    Number(f64),
    /// A number and its unit.
    Quantity(f64, String),
    /// A moment [ns since the start].
    Time(u64),
    /// A text.
    Text(String),
    /// An actor, by number.
    Actor(u32),
    /// Several values; lists nest at most 32 deep.
    List(Vec<Value>),
}

/// Named values, in the order in which they were declared.
pub type Fields = Vec<(String, Value)>;

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// When [ns since the start]; never less than that of the record before.
    pub at: u64,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// The kinds of thing that happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum What {
    /// An actor enters a state of one of its regions.
    State {
        /// The actor.
        actor: u32,
        /// The region of its statechart.
        region: String,
        /// The state entered; empty where the region lies in a state that was left.
        state: String,
    },
    /// A message arrives.
    Message {
        /// When it was sent [ns since the start].
        sent: u64,
        /// The sender.
        from: u32,
        /// The receiver.
        to: u32,
        /// The name of the message.
        name: String,
        /// What it carries.
        fields: Fields,
    },
    /// An actor notes something about itself.
    Note {
        /// The actor.
        actor: u32,
        /// The name of the note.
        name: String,
        /// What it says.
        fields: Fields,
    },
    /// An actor sets off along a path.
    Move {
        /// The actor.
        actor: u32,
        /// When it is to arrive [ns since the start].
        arrive: u64,
        /// Where it passes, in order of time; replaces any journey under way.
        path: Vec<Waypoint>,
    },
    /// An actor comes into being.
    Spawn {
        /// The new actor.
        actor: Actor,
        /// The actor that made it.
        parent: u32,
    },
    /// An actor ceases to be.
    End {
        /// The actor.
        actor: u32,
    },
    /// A policy decides.
    Decision(Decision),
    /// An event reached a policy and none of its rules fired; recorded where everything is to be explained.
    Undecided(Undecided),
    /// A policy contacts, or would have contacted, someone.
    Contact(Contact),
    /// What is written to someone, where a record was asked to have it: it may hold personal data.
    Written {
        /// Who contacts.
        from: u32,
        /// Who is contacted.
        to: u32,
        /// The template of the message.
        template: String,
        /// The template's text with all values in their places.
        text: String,
    },
    /// The numbers of a holder have changed; once for each holder and moment, after everything else of that moment.
    Level {
        /// The actor that owns the holder.
        actor: u32,
        /// The name of the holder.
        holder: String,
        /// What they are now.
        #[serde(flatten)]
        level: Level,
    },
    /// What an actor shows to everybody has changed; once for each moment, as a level.
    Board {
        /// The actor.
        actor: u32,
        /// All that its board shows now; what is missing is left out.
        values: Fields,
    },
    /// What all measures have come to by now, in regular intervals.
    Figures {
        /// In the order of [`Header::measures`]; `None` where nothing was observed yet. What has begun and not ended does not count.
        values: Vec<Option<f64>>,
    },
}

/// How full a holder is, and how many wait for it.
///
/// Places that are held (a resource, a pool) have `busy` and `capacity`; goods (a stock) have `left`; a line has neither.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Level {
    /// Claims that wait.
    pub waiting: u32,
    /// Units that are held; more than `capacity` for a while where places were closed under those who hold them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub busy: Option<u32>,
    /// Units there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<u32>,
    /// Units on the shelf.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left: Option<u32>,
}

/// A point of a journey and the moment of passing it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Waypoint {
    /// Latitude \[degrees\].
    pub lat: f64,
    /// Longitude \[degrees\].
    pub lon: f64,
    /// When it is passed [ns since the start].
    pub at: u64,
}

/// A decision of a policy, with everything needed to explain it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Its number, unique in the run.
    pub id: u64,
    /// The policy.
    pub policy: String,
    /// What becomes of what it decides: `live`, or `shadow` where it is recorded and nothing is done.
    pub mode: String,
    /// The policy's own actor.
    pub agent: u32,
    /// The actor decided about.
    pub profile: u32,
    /// The rule that won.
    pub rule: String,
    /// Where the rule is written: `file:line`.
    pub place: String,
    /// The rule's priority.
    pub priority: i32,
    /// The state in which the profile was.
    pub state: String,
    /// The state it goes to, if any.
    pub goto: Option<String>,
    /// The event that caused the decision.
    pub cause: String,
    /// When that event happened [ns since the start].
    pub happened: u64,
    /// Where the event is a pattern that was there: what was matched, and when each happened [ns since the start].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub matched: Vec<(String, u64)>,
    /// The rule's condition, as written.
    pub condition: Option<String>,
    /// The values the rule read.
    pub read: Fields,
    /// The rules that lost, each with the reason.
    pub lost: Vec<Lost>,
    /// What was missing where a rule's condition could not be told, by name.
    pub unknown: Vec<String>,
}

/// A rule that looked at an event and did not fire.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lost {
    /// The rule.
    pub rule: String,
    /// Why: `condition`, `unknown`, `cooldown`, `outranked` or `not_in_force`.
    pub why: String,
    /// What was missing, how much longer it rests, which rule went first, or when it is in force.
    pub detail: String,
}

impl Lost {
    /// The reason in words.
    #[must_use]
    pub fn reason(&self) -> String {
        let detail = &self.detail;
        match self.why.as_str() {
            "condition" => "condition does not hold".into(),
            "unknown" => format!("unknown: {detail}"),
            "cooldown" => format!("fired a short while ago, rests another {detail}"),
            "outranked" => format!("{detail} went first"),
            "not_in_force" => format!("not in force: {detail}"),
            other => format!("{other} {detail}").trim_end().to_owned(),
        }
    }
}

/// An event that reached a policy and to which none of its rules had an answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Undecided {
    /// The policy.
    pub policy: String,
    /// As in a decision.
    pub mode: String,
    /// The policy's own actor.
    pub agent: u32,
    /// The actor that it would have decided about.
    pub profile: u32,
    /// The state in which the profile was, and stays.
    pub state: String,
    /// The event.
    pub cause: String,
    /// When that event happened [ns since the start].
    pub happened: u64,
    /// The rules that looked at it, each with the reason.
    pub lost: Vec<Lost>,
    /// What was missing where a rule's condition could not be told, by name.
    pub unknown: Vec<String>,
}

/// A contact, or one that a gate stopped.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contact {
    /// The decision that led to it.
    pub decision: Option<u64>,
    /// Who contacts.
    pub from: u32,
    /// Who is contacted.
    pub to: u32,
    /// The template of the message.
    pub template: String,
    /// Its category, such as `service` or `marketing`.
    pub category: String,
    /// The channel, once one is chosen.
    pub channel: Option<String>,
    /// What came of it: `sent`, `refused`, `deferred`, `unheard`, `noticed`...
    pub outcome: String,
    /// The gates passed through, in order.
    pub gates: Vec<Gate>,
    /// What it cost, in the scenario's currency.
    pub cost: f64,
}

/// A gate between a decision and a contact: consent, quiet hours, budget...
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gate {
    /// Its name.
    pub gate: String,
    /// Whether the contact passed.
    pub passed: bool,
    /// Why.
    pub why: String,
}

/// The tags of all kinds of record, as [`What::tag`] gives them.
pub const TAGS: [&str; 13] = [
    "state",
    "message",
    "note",
    "move",
    "spawn",
    "end",
    "decision",
    "undecided",
    "contact",
    "written",
    "figures",
    "level",
    "board",
];

impl What {
    /// The tag of this kind of record, as in JSON: `state`, `message`...
    pub fn tag(&self) -> &'static str {
        match self {
            What::State { .. } => "state",
            What::Message { .. } => "message",
            What::Note { .. } => "note",
            What::Move { .. } => "move",
            What::Spawn { .. } => "spawn",
            What::End { .. } => "end",
            What::Decision(_) => "decision",
            What::Undecided(_) => "undecided",
            What::Contact(_) => "contact",
            What::Written { .. } => "written",
            What::Level { .. } => "level",
            What::Board { .. } => "board",
            What::Figures { .. } => "figures",
        }
    }

    /// The actors that take part: none, one or two, in this order.
    ///
    /// Values that mention an actor do not count. Who sends itself a message is both.
    pub fn parties(&self) -> [Option<u32>; 2] {
        let both = |one: u32, other: u32| [Some(one), Some(other)];
        match self {
            What::State { actor, .. }
            | What::Note { actor, .. }
            | What::Move { actor, .. }
            | What::End { actor }
            | What::Level { actor, .. }
            | What::Board { actor, .. } => [Some(*actor), None],
            What::Message { from, to, .. } | What::Written { from, to, .. } => both(*from, *to),
            What::Spawn { actor, parent } => both(actor.id, *parent),
            What::Decision(decision) => both(decision.agent, decision.profile),
            What::Undecided(undecided) => both(undecided.agent, undecided.profile),
            What::Contact(contact) => both(contact.from, contact.to),
            What::Figures { .. } => [None, None],
        }
    }

    /// Whether `actor` takes part: as actor, sender, receiver, agent or profile.
    pub fn involves(&self, actor: u32) -> bool {
        self.parties().contains(&Some(actor))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_form_is_stable() {
        let record = Record {
            at: 5,
            what: What::Message {
                sent: 4,
                from: 1,
                to: 2,
                name: "reserve".into(),
                fields: vec![
                    ("slot".into(), Value::Time(9)),
                    ("none".into(), Value::None),
                    ("cost".into(), Value::Quantity(1.5, "EUR".into())),
                ],
            },
        };
        let json = serde_json::to_string(&record).unwrap();
        assert_eq!(
            json,
            r#"{"at":5,"what":"message","sent":4,"from":1,"to":2,"name":"reserve","fields":[["slot",{"time":9}],["none","none"],["cost",{"quantity":[1.5,"EUR"]}]]}"#
        );
        assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
    }

    #[test]
    fn a_level_says_only_what_its_holder_has() {
        let said = |level| {
            let record = Record { at: 5, what: What::Level { actor: 3, holder: "bays".into(), level } };
            let json = serde_json::to_string(&record).unwrap();
            assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
            json
        };
        let places = Level { waiting: 4, busy: Some(2), capacity: Some(2), left: None };
        let start = r#"{"at":5,"what":"level","actor":3,"holder":"bays","waiting":"#;
        assert_eq!(said(places), format!(r#"{start}4,"busy":2,"capacity":2}}"#));
        assert_eq!(said(Level { waiting: 1, left: Some(0), ..Level::default() }), format!(r#"{start}1,"left":0}}"#));
        assert_eq!(said(Level::default()), format!("{start}0}}"));
    }

    #[test]
    fn decisions_carry_their_tag_beside_their_fields() {
        let record = Record { at: u64::MAX, what: What::Decision(Decision::default()) };
        let json = serde_json::to_string(&record).unwrap();
        assert!(json.starts_with(r#"{"at":18446744073709551615,"what":"decision","id":0,"#));
        assert_eq!(serde_json::from_str::<Record>(&json).unwrap(), record);
    }
}
