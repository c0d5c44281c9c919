//! What became of a rule that an event reached: it fired, or it lost, and why.
//!
//! A condition has three outcomes, not two: it holds, it does not, or it cannot be told because something that it reads is
//! missing (Kleene's strong logic). A rule that cannot be told does not fire and says what was missing.

/// What a condition came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is true.
    Holds,
    /// It is false.
    Fails,
    /// Something that it hangs on is missing.
    Unknown,
}

impl Verdict {
    /// The verdict of a condition that is known to be true or not, and known to be false or not.
    #[must_use]
    pub fn of(holds: bool, fails: bool) -> Verdict {
        match (holds, fails) {
            (true, _) => Verdict::Holds,
            (false, true) => Verdict::Fails,
            (false, false) => Verdict::Unknown,
        }
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Verdict) -> Verdict {
        match (self, other) {
            (Verdict::Fails, _) | (_, Verdict::Fails) => Verdict::Fails,
            (Verdict::Holds, Verdict::Holds) => Verdict::Holds,
            _ => Verdict::Unknown,
        }
    }

    /// One of them holds.
    #[must_use]
    pub fn or(self, other: Verdict) -> Verdict {
        self.negated().and(other.negated()).negated()
    }

    /// The opposite; what is unknown stays so.
    #[must_use]
    pub fn negated(self) -> Verdict {
        match self {
            Verdict::Holds => Verdict::Fails,
            Verdict::Fails => Verdict::Holds,
            Verdict::Unknown => Verdict::Unknown,
        }
    }
}

/// Why a rule did not fire; `N` says what was missing, `R` which rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost<N, R> {
    /// Its condition did not hold.
    Condition,
    /// Its condition could not be told: this was missing.
    Unknown(Vec<N>),
    /// It had fired a short while ago and rests so much longer \[ns\].
    Cooldown(u64),
    /// This rule went first.
    Outranked(R),
    /// It holds at other times: from, until \[ns\].
    NotInForce(Option<u64>, Option<u64>),
}

impl<N, R> Lost<N, R> {
    /// The word that records use for it; it stays.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Lost::Condition => "condition",
            Lost::Unknown(_) => "unknown",
            Lost::Cooldown(_) => "cooldown",
            Lost::Outranked(_) => "outranked",
            Lost::NotInForce(..) => "not_in_force",
        }
    }
}

/// How much longer a rule rests that fired `passed` \[ns\] ago and rests for `span` \[s\]; `None` where it may fire.
#[must_use]
pub fn rests(span: f64, passed: u64) -> Option<u64> {
    ((passed as f64 / 1e9) < span).then(|| ((span * 1e9) as u64).saturating_sub(passed))
}

#[cfg(test)]
mod tests {
    use super::Verdict::{self, Fails, Holds, Unknown};

    #[test]
    fn what_is_known_decides_whatever_is_missing() {
        assert_eq!(Fails.and(Unknown), Fails);
        assert_eq!(Unknown.and(Fails), Fails);
        assert_eq!(Holds.or(Unknown), Holds);
        assert_eq!(Unknown.or(Holds), Holds);
        assert_eq!(Holds.and(Unknown), Unknown);
        assert_eq!(Fails.or(Unknown), Unknown);
        assert_eq!(Unknown.negated(), Unknown);
    }

    #[test]
    fn both_routines_of_a_condition_give_its_verdict() {
        assert_eq!(Verdict::of(true, false), Holds);
        assert_eq!(Verdict::of(false, true), Fails);
        assert_eq!(Verdict::of(false, false), Unknown);
    }
}
