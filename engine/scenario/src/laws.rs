//! The laws of chance that a scenario is written with: where each stands, what shows how it came out, and other numbers
//! in its place.
//!
//! A law is a call such as `weibull(1.2, 330d)` somewhere in the files. [`find`] names them all and finds the literals that
//! are its parameters, through parameters of kinds and mixins too; [`watch`] says between which records of a run one came
//! out; [`record`] looks for those in a trace; [`number`] is a literal and what stands in its place. Nothing is fitted here:
//! who fits gets values and brings parameters. Start at [`Law`].

mod find;
mod form;
mod number;
mod record;
mod table;
mod watch;

pub(crate) use form::{INTRICATE, Placed, placed};

pub(crate) use number::File;
pub use record::Sighting;
pub use table::Told;

use crate::Scenario;
use rehearsal_trace::Reader;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Why what is written or recorded does not serve.
pub type Fault = String;

/// A law of chance as written.
#[derive(Clone, Debug)]
pub struct Law {
    /// Its name in the scenario: the definition, the states and what it does there, as `car/healthy/after0`.
    pub path: String,
    /// Where it stands, as `family.ron:14`.
    pub place: String,
    /// The call, or the rate of a source, as written.
    pub text: String,
    /// The function that draws, as `weibull`.
    pub family: &'static str,
    /// Its parameters, or why other numbers cannot be put in their places.
    pub parameters: Result<Vec<Parameter>, Fault>,
    /// The unit of what it gives in base units, as `s`; empty for plain numbers.
    pub unit: String,
    /// A record shows `times` × the value of the law, lifted to the `floor`, + `plus`, in base units.
    pub times: f64,
    /// See `times`.
    pub plus: f64,
    /// The least that a record shows of its values, in base units, where smaller ones are lifted to it.
    pub floor: Option<f64>,
    /// Whether the law is the time between arrivals of a source that is written as a rate.
    pub is_rate: bool,
    /// What in a record shows how it came out, or why nothing does.
    watches: Result<Vec<watch::Watch>, Fault>,
}

impl Law {
    /// Why no record shows how it came out; `None` where one does.
    #[must_use]
    pub fn unseen(&self) -> Option<&str> {
        self.watches.as_ref().err().map(String::as_str)
    }

    /// A value with a unit, as `6min` or `12`, in base units; a number without one is taken in `unit`.
    ///
    /// # Errors
    /// What is no number, or of another unit.
    pub fn value(&self, text: &str, unit: Option<&str>) -> Result<f64, Fault> {
        number::measured(text, unit, &self.unit)
    }

    /// A value of the law as people read it.
    #[must_use]
    pub fn shown(&self, value: f64) -> String {
        number::shown(value, &self.unit)
    }
}

/// A parameter of a law: a literal in a file.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its value, in base units. That of a source's rate is the mean time between arrivals \[s\].
    pub value: f64,
    /// Where its literal stands, as `dealer.ron:9`.
    pub place: String,
    /// Whether its literal stands in a file that other scenarios may use too.
    pub shared: bool,
    literal: number::Literal,
}

impl Parameter {
    /// Another value as it would be written in its place: in the same unit, with digits that its standard error supports.
    #[must_use]
    pub fn written(&self, value: f64, error: Option<f64>) -> String {
        self.literal.written(value, error)
    }

    /// It as written now.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.literal.text
    }
}

/// What comes in the places of a law's parameters: for each the value in base units, and its standard error.
pub type Instead = Vec<(f64, Option<f64>)>;

/// A file with other numbers in it.
#[derive(Clone, Debug)]
pub struct Rewritten {
    /// Where it lies.
    pub path: PathBuf,
    /// Its name as people know it.
    pub name: String,
    /// Whether other scenarios may use it too.
    pub shared: bool,
    /// Its text now.
    pub before: Arc<str>,
    /// Its text with other numbers.
    pub after: String,
}

/// A record that does not fit the scenario.
#[derive(Debug, thiserror::Error)]
pub enum LawError {
    /// It was made of another scenario.
    #[error("it was recorded of `{found}`, and {what}; give a record of `{wanted}` or of a changed copy of it")]
    OtherScenario {
        /// What it was recorded of.
        found: String,
        /// What does not fit.
        what: String,
        /// The scenario at hand.
        wanted: String,
    },
    /// It cannot be read.
    #[error(transparent)]
    Trace(#[from] rehearsal_trace::TraceError),
}

impl Scenario {
    /// All laws of chance that it is written with, in the order of its files.
    #[must_use]
    pub fn laws(&self) -> &[Law] {
        &self.loaded.laws
    }

    /// What a record shows of each law, `[law][sighting]`, in the values of the laws.
    ///
    /// Cost: one pass over the record.
    ///
    /// # Errors
    /// A record of another scenario, or a damaged one.
    pub fn seen(&self, record: &Reader) -> Result<Vec<Vec<Sighting>>, LawError> {
        record::seen(self.laws(), self.plan(), record)
    }

    /// What a table in CSV tells of laws; `name` is what people call it.
    ///
    /// Either it has columns `what`, a law's path, and `value`, perhaps `unit` and `censored`; or a column for each law, headed
    /// by its path, perhaps with a unit, as in `car/healthy/after0 [d]`. A value with a plus behind it, as `6d+`, is cut off.
    ///
    /// # Errors
    /// All that cannot be understood, each with its line.
    pub fn told(&self, name: &str, text: &str) -> Result<Told, Vec<Fault>> {
        table::told(self.laws(), name, text)
    }

    /// The same scenario with other texts in place of files, as [`Scenario::rewritten`] gives them: whether it is sound.
    ///
    /// # Errors
    /// As [`Scenario::load`].
    pub fn load_rewritten(folder: &Path, files: &[Rewritten]) -> Result<Scenario, crate::Faults> {
        let mut folder = crate::files::Folder::open(folder)?;
        folder.instead = files.iter().map(|file| (file.path.clone(), file.after.clone())).collect();
        let loaded = crate::load::load_from(&folder, &[], &crate::Natives::new(), &crate::Trying::default())?;
        Ok(Scenario { loaded, beside: None, scratch: Default::default() })
    }

    /// Its files with other parameters of laws: the number of a law, and what comes in their places. Files in which nothing changes are left out, and all text but those numbers stays.
    #[must_use]
    pub fn rewritten(&self, changes: &[(usize, Instead)]) -> Vec<Rewritten> {
        number::rewritten(self.laws(), &self.loaded.files, changes)
    }
}

#[cfg(test)]
mod tests;
