//! The fingerprint of a plan: a number that stands for all it says.

use super::Plan;
use rehearsal_kernel::{digest_of, mix};
use rehearsal_model::roads::Roads;
use std::fmt::{self, Write};
use std::sync::OnceLock;

/// The version of what a world writes of itself; another one has another layout.
const FORMAT: u32 = 5;

/// How many bits of a fingerprint stand for the plan; of the rest, half stand for the build and half for the name.
const PLAN_BITS: u32 = 40;
const BUILD_BITS: u32 = 12;

/// Room for the fingerprint of a plan, which is found when it is first asked for.
#[derive(Default)]
pub struct Fingerprint(OnceLock<u64>);

impl Clone for Fingerprint {
    /// An empty room: a copy of a plan may be changed.
    fn clone(&self) -> Fingerprint {
        Fingerprint::default()
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Fingerprint")
    }
}

/// In what a snapshot and a plan differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Differs {
    /// The scenario has another name.
    Scenario,
    /// The program that runs it is another.
    Build,
    /// The files or the settings are others.
    Files,
}

impl Plan {
    /// A number that stands for all of the plan: its files, its programs and tables, its roads; and for this build.
    ///
    /// Two plans of one fingerprint run alike, but for a chance of one in a trillion. Its lowest 40 bits are the plan's,
    /// those above tell builds and scenarios apart.
    ///
    /// Cost: a pass over the plan's text and roads the first time, tens of milliseconds with a small country.
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        *self.fingerprint.0.get_or_init(|| {
            let build = digest_of(&(FORMAT, env!("CARGO_PKG_VERSION")));
            let name = digest_of(&self.name);
            let plan = digest_of(&(written(self), self.roads.as_deref().map(roads)));
            name << (PLAN_BITS + BUILD_BITS) | low(build, BUILD_BITS) << PLAN_BITS | low(plan, PLAN_BITS)
        })
    }
}

/// In what the plan of fingerprint `found` differs from that of `own`.
pub(crate) fn difference(found: u64, own: u64) -> Differs {
    let differing = found ^ own;
    if differing >> (PLAN_BITS + BUILD_BITS) != 0 {
        Differs::Scenario
    } else if differing >> PLAN_BITS != 0 {
        Differs::Build
    } else {
        Differs::Files
    }
}

fn low(bits: u64, count: u32) -> u64 {
    bits & ((1 << count) - 1)
}

/// The digest of what a plan prints: no field of it can be forgotten.
fn written(plan: &Plan) -> u64 {
    let mut text = Text(0);
    write!(text, "{plan:?}").expect("a digest takes all text");
    text.0
}

/// The digest of roads, which print only how many there are.
fn roads(roads: &Roads) -> u64 {
    let word = |digest: u64, word: u64| mix(digest ^ word).wrapping_add(1);
    (0..roads.node_count() as u32).fold(0, |digest, node| {
        let (lat, lon) = roads.position(node);
        let digest = word(word(digest, lat.to_bits()), lon.to_bits());
        roads.edges_from(node).fold(digest, |digest, (target, ms, metres)| {
            word(word(digest, u64::from(target) << 32 | u64::from(ms)), metres.to_bits())
        })
    })
}

/// A digest that text is written to.
struct Text(u64);

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for chunk in text.as_bytes().chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.0 = mix(self.0 ^ u64::from_le_bytes(word)).wrapping_add(chunk.len() as u64);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_of_scenario_build_and_files_is_named() {
        let own = 0x1234_5678_9abc_def0;
        assert_eq!(difference(own ^ 1, own), Differs::Files);
        assert_eq!(difference(own ^ 1 ^ 1 << PLAN_BITS, own), Differs::Build);
        assert_eq!(difference(own ^ 1 << 63 ^ 1 << PLAN_BITS, own), Differs::Scenario);
    }
}
