//! Laws of chance fitted to what was seen.
//!
//! A sample is values, some of which may be cut off: then it is only known that the true value is larger
//! ([`Seen`]); or lifted to a floor: then it is known to be smaller. [`fit()`] finds the parameters under which a sample is most likely, with intervals; [`fitness()`] says how
//! far the law that came out is from the sample, and how often chance alone brings it so far; [`Survival`] is the sample
//! as a curve that believes in no law. Times of states, arrivals and files are not known here: only numbers.
//!
//! ```
//! use rehearsal_experiment::fit::{Family, Seen, fit};
//!
//! // Five waits, the last one still going on when the record ends.
//! let seen: Vec<Seen> = [3.0, 9.0, 4.0, 6.0].map(Seen::whole).into_iter().chain([Seen::cut_off(8.0)]).collect();
//! let fitted = fit(Family::Exponential, &seen)?;
//! // The mean: all time that passed, by how often it ended.
//! assert!((fitted.values()[0] - 30.0 / 4.0).abs() < 1e-12);
//! # Ok::<(), rehearsal_experiment::fit::FitError>(())
//! ```

mod closed;
mod error;
mod estimate;
mod family;
mod fitness;
mod search;
mod survival;
#[cfg(test)]
mod tests;

pub use error::FitError;
pub use estimate::{Estimated, Fitted, Likeness, fit, likeness, log_likelihood};
pub use family::{Domain, Family};
pub use fitness::{Fitness, fitness};
pub use survival::{Step, Survival};

/// A value that was seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// The value; where it was cut off, the largest that it is known to exceed.
    pub value: f64,
    /// Whether it was cut off: the true value is larger.
    pub cut_off: bool,
    /// Whether it was lifted to a floor: the true value is this or less.
    pub lifted: bool,
}

impl Seen {
    /// A value that was seen whole.
    #[must_use]
    pub fn whole(value: f64) -> Seen {
        Seen { value, cut_off: false, lifted: false }
    }

    /// A value of which only is known that it is larger than this.
    #[must_use]
    pub fn cut_off(value: f64) -> Seen {
        Seen { value, cut_off: true, lifted: false }
    }

    /// A value that was lifted to this floor: it is as large or smaller.
    #[must_use]
    pub fn lifted(floor: f64) -> Seen {
        Seen { value: floor, cut_off: false, lifted: true }
    }
}
