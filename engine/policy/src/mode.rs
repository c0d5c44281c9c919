//! How far a policy's decisions go: into the world, into the record only, or nowhere.

use rehearsal_kernel::stream::{StreamKey, unit};

/// What becomes of what a policy decides.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Mode {
    /// It acts.
    #[default]
    Live,
    /// It decides and is recorded, and no lever does anything; its states move on as if they had.
    Shadow,
    /// It has no minds and decides nothing.
    Off,
    /// It acts for this share of the profiles (0 to 1), and is off for all others.
    Canary {
        /// The share.
        share: f64,
    },
}

impl Mode {
    /// The modes that have a name alone.
    pub const NAMES: [&'static str; 3] = ["live", "shadow", "off"];

    /// The mode of a name.
    #[must_use]
    pub fn named(name: &str) -> Option<Mode> {
        match name {
            "live" => Some(Mode::Live),
            "shadow" => Some(Mode::Shadow),
            "off" => Some(Mode::Off),
            _ => None,
        }
    }

    /// The mode that a text names: by its name, or a share in percent, such as `10%`, for a canary.
    #[must_use]
    pub fn parse(text: &str) -> Option<Mode> {
        let share = |text: &str| text.strip_suffix('%')?.trim().parse::<f64>().ok().filter(|share| (0.0..=100.0).contains(share));
        Mode::named(text).or_else(|| share(text).map(|share| Mode::Canary { share: share / 100.0 }))
    }

    /// As [`Mode::parse`] reads it.
    #[must_use]
    pub fn told(self) -> String {
        match self {
            Mode::Canary { share } => format!("{}%", share * 100.0),
            other => other.word().to_owned(),
        }
    }

    /// What records call it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Mode::Live | Mode::Canary { .. } => "live",
            Mode::Shadow => "shadow",
            Mode::Off => "off",
        }
    }

    /// Whether there is a mind for a profile of this key.
    ///
    /// Who is in a share hangs on the profile alone, so that a larger share contains a smaller one.
    #[must_use]
    pub fn reaches(self, profile: StreamKey) -> bool {
        match self {
            Mode::Live | Mode::Shadow => true,
            Mode::Off => false,
            Mode::Canary { share } => unit(profile.with_name("canary").draw(0)) < share,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(share: f64) -> Vec<u64> {
        let of = |profile: &u64| Mode::Canary { share }.reaches(StreamKey::root(1, 0).with(*profile));
        (0..10_000).filter(of).collect()
    }

    #[test]
    fn a_larger_share_contains_a_smaller_one() {
        let (small, large) = (reached(0.1), reached(0.3));
        assert!(small.iter().all(|profile| large.contains(profile)));
        // 1,000 of 10,000 with a standard deviation of 30: five of those to either side.
        assert!((850..1_150).contains(&small.len()), "{}", small.len());
        assert!(reached(0.0).is_empty());
        assert_eq!(reached(1.0).len(), 10_000);
    }

    #[test]
    fn modes_have_names() {
        assert!(Mode::NAMES.iter().all(|name| Mode::named(name).is_some_and(|mode| mode.word() == *name)));
        assert_eq!(Mode::named("canary"), None);
    }
}
