//! How much a run may take up before it is taken for a mistake.

/// What one run may take up. Beyond it a run stops with an error, rather than fill the machine or never end.
///
/// A limit changes no result: a run ends as it would without, or fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory of actors, of what they own, of relations, and of what is on its way \[bytes\], as far as it is counted.
    pub bytes: u64,
    /// Steps without a wait, or looks at others between two steps.
    pub rounds: u32,
    /// Events in all futures of one rehearsal, a future itself counting as one.
    pub ahead: u64,
}

impl std::fmt::Debug for Limits {
    /// Without the limits themselves: a plan is the same whatever a run of it may take up, and so is its fingerprint.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Limits")
    }
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { bytes: 8 << 30, rounds: 20_000_000, ahead: 1_000_000_000 }
    }
}
