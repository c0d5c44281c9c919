//! What is known of one decision; in JSON these are the fields.

use crate::schema::{Contact, Fields, Lost};
use serde::Serialize;
use std::collections::BTreeMap;

/// An actor, and the states in which it was.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Who {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Its state by region.
    pub states: BTreeMap<String, String>,
}

/// What made a policy decide.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cause {
    /// The event, or `time`.
    pub event: String,
    /// Who stated or sent it.
    pub from: Option<String>,
    /// When it happened \[ns\].
    pub happened: u64,
    /// When the policy saw it \[ns\].
    pub seen: u64,
    /// What it carried.
    pub with: Fields,
    /// Where the event is a pattern that was there: what was matched, and when each happened \[ns\].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matched: Vec<(String, u64)>,
}

/// The rule that won.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Fired {
    /// Its name.
    pub rule: String,
    /// Where it is written.
    pub place: String,
    /// Its priority.
    pub priority: i32,
    /// Its condition as written.
    #[serde(rename = "if")]
    pub condition: Option<String>,
    /// What its condition read.
    pub read: Fields,
}

/// The state of the policy with a profile, before and after.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StateChange {
    /// Before.
    pub from: String,
    /// After; the same where it stayed.
    pub to: String,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Done {
    /// Somebody was contacted, or would have been.
    Contact {
        /// When \[ns\].
        at: u64,
        /// Who.
        to: String,
        /// With its gates.
        contact: Contact,
    },
    /// A message was sent; a question ends with a question mark.
    Told {
        /// When it was sent \[ns\].
        at: u64,
        /// To whom.
        to: String,
        /// What.
        name: String,
        /// What it carried.
        with: Fields,
    },
    /// A fact was stated.
    Noted {
        /// When \[ns\].
        at: u64,
        /// What.
        name: String,
        /// What it says.
        with: Fields,
    },
    /// An actor was brought into the world.
    Spawned {
        /// When \[ns\].
        at: u64,
        /// Who.
        name: String,
    },
}

impl Done {
    /// When it was done \[ns\].
    #[must_use]
    pub fn at(&self) -> u64 {
        match self {
            Done::Contact { at, .. } | Done::Told { at, .. } | Done::Noted { at, .. } | Done::Spawned { at, .. } => *at,
        }
    }
}

/// An answer to what was done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LedTo {
    /// When it was heard \[ns\].
    pub at: u64,
    /// What.
    pub event: String,
    /// From whom; `None` for the policy itself, as where it was refused.
    pub from: Option<String>,
    /// What it carried.
    pub with: Fields,
}

/// The next decision about the same profile.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Next {
    /// When \[ns\].
    pub at: u64,
    /// Its number.
    pub id: u64,
    /// Its rule.
    pub rule: String,
}

/// A decision with all that is known of it, or an event that no rule answered.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Explained {
    /// Its number among those of its policy; `None` where no rule fired.
    pub id: Option<u64>,
    /// When \[ns since the start\].
    pub at: u64,
    /// The same as the calendar says.
    pub time: String,
    /// The policy.
    pub policy: String,
    /// What becomes of what it decides.
    pub mode: String,
    /// The actor decided about.
    pub profile: Who,
    /// What made it decide.
    pub cause: Cause,
    /// The rule that won; `None` where none did.
    pub fired: Option<Fired>,
    /// The rules that lost.
    pub lost: Vec<Lost>,
    /// What was missing.
    pub unknown: Vec<String>,
    /// The policy's state with this profile.
    pub state: StateChange,
    /// What it did.
    pub did: Vec<Done>,
    /// People whom it contacted, as they were at that moment.
    pub people: Vec<Who>,
    /// The answers.
    pub led_to: Vec<LedTo>,
    /// The next decision about this profile.
    pub next: Option<Next>,
}

impl Explained {
    /// Whether it led to a contact with a person.
    pub(super) fn reaches(&self, person: u32) -> bool {
        self.did.iter().any(|done| matches!(done, Done::Contact { contact, .. } if contact.to == person))
    }
}
