//! Why a law cannot be fitted to a sample.

/// What keeps a law from being fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// There are no values.
    #[error("nothing was seen: there is nothing to fit")]
    Empty,
    /// Something is no number.
    #[error("value {number} is {value}: only finite numbers can be fitted")]
    NotFinite {
        /// Which one, from 1.
        number: usize,
        /// What it is.
        value: f64,
    },
    /// No value was seen whole.
    #[error("all {n} values are cut off: none came to its end, so nothing says how long one takes; watch for longer")]
    AllCutOff {
        /// How many there are.
        n: usize,
    },
    /// No value was seen above a floor.
    #[error("all {n} values lie at the floor of {floor}: nothing is known of them but that they are not larger")]
    AllLifted {
        /// How many there are.
        n: usize,
        /// The floor.
        floor: f64,
    },
    /// There is no spread.
    #[error("all {n} values are {value}: there is no chance in them to fit; write the value itself in place of the law")]
    AllEqual {
        /// How many there are.
        n: usize,
        /// What they all are.
        value: f64,
    },
    /// A value lies where the law has none.
    #[error("{count} of {n} values cannot come of a law of this family, such as {value}: {allowed}")]
    Outside {
        /// How many lie outside.
        count: usize,
        /// How many there are.
        n: usize,
        /// One of them.
        value: f64,
        /// What the law gives.
        allowed: &'static str,
    },
    /// The family cannot take what is cut off or lifted.
    #[error(
        "values that are cut off, or lifted to a floor, cannot be taken into account for this law: its bounds would be guesses"
    )]
    CutOff,
    /// The likelihood has no largest place that could be found.
    #[error("no parameters are the most likely ones: the likelihood grows without end in this family")]
    NoMaximum,
}
