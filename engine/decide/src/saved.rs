//! What is kept between two streams: one file, whole or not at all.

use crate::{Decider, Order};
use rehearsal_kernel::{SnapshotError, digest_of, snapshot};
use rehearsal_policy::engine::{Engine, Playbook, Saved, SavedError};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use thiserror::Error;

/// Why what was kept cannot be used.
#[derive(Debug, Error)]
pub enum KeptError {
    /// It is no such file, or not a whole one, or was kept under another policy.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// It does not fit the policy.
    #[error(transparent)]
    Saved(#[from] SavedError),
    /// It is whole and yet makes no sense.
    #[error("what was kept is malformed ({0})")]
    Malformed(String),
}

#[derive(Serialize, Deserialize)]
struct Kept {
    came: Vec<String>,
    profiles: Vec<String>,
    engine: Saved,
    order: Order,
}

impl Decider {
    /// All that decides how it goes on, as bytes; equal deciders give equal bytes.
    ///
    /// # Panics
    /// Never: everything kept can be written.
    #[must_use]
    pub fn save(&self) -> Vec<u8> {
        let kept = Kept {
            came: self.came.clone(),
            profiles: self.profiles.clone(),
            engine: self.engine.save(),
            order: self.order.clone(),
        };
        let payload = postcard::to_allocvec(&kept).expect("plain data can be written");
        snapshot::seal(fingerprint(self.engine.book()), &payload)
    }

    /// The decider that [`Decider::save`] wrote, with the same policy.
    ///
    /// # Errors
    /// [`KeptError`].
    pub fn restore(book: Arc<Playbook>, bytes: &[u8]) -> Result<Decider, KeptError> {
        let payload = snapshot::unseal(fingerprint(&book), bytes)?;
        let kept: Kept = postcard::from_bytes(payload).map_err(|error| KeptError::Malformed(error.to_string()))?;
        let mut decider = Decider::new(book.clone());
        for name in &kept.came {
            decider.word_of(name);
        }
        decider.engine = Engine::restore(book, kept.engine)?;
        if decider.came != kept.came || decider.engine.profiles() as usize != kept.profiles.len() {
            return Err(KeptError::Malformed("names and profiles do not fit".into()));
        }
        decider.ids = (0..).zip(&kept.profiles).map(|(number, id)| (id.clone(), number)).collect();
        decider.order = kept.order;
        decider.profiles = kept.profiles;
        Ok(decider)
    }
}

/// What state depends on: the names, features, states, timers and rules of a policy, not what its rules ask.
fn fingerprint(book: &Playbook) -> u64 {
    let features: Vec<String> = book.features.iter().map(|plan| format!("{} {:?}", plan.name, plan.feature)).collect();
    let states: Vec<String> =
        book.states.iter().map(|state| format!("{} {} {:?}", state.name, state.timers.len(), state.takes.len())).collect();
    let rests: Vec<&str> = book.rules.iter().filter(|rule| rule.again_after.is_some()).map(|rule| rule.name.as_str()).collect();
    let knows: Vec<String> = book.knows.iter().map(|known| format!("{} {:?}", known.name, known.ty)).collect();
    let names: Vec<&str> = book.symbols.names().collect();
    digest_of(&format!("{} {features:?} {states:?} {rests:?} {knows:?} {names:?}", book.name))
}
