//! The models that are held against theory: which scenario, with what set, how often, and what it should come to.
//!
//! Lengths and replications were chosen for the width of the intervals alone, before any verdict was looked at. A row that
//! fails is a fault to be found, not a seed to be changed.

mod queues;
mod systems;

/// A scenario under some settings, and what its figures should be.
pub(super) struct Case {
    /// What `--only` calls it; several cases of one model follow each other under one name.
    pub(super) name: &'static str,
    /// What the list of models says of it.
    pub(super) about: &'static str,
    /// The model in words, with what tells its cases apart.
    pub(super) model: &'static str,
    /// The file in `scenarios/research`, without its ending.
    pub(super) file: &'static str,
    /// The text of that file.
    pub(super) text: &'static str,
    /// What is set in it.
    pub(super) settings: &'static [(&'static str, &'static str)],
    /// How often it is run.
    pub(super) replications: u32,
    /// Where the theory comes from.
    pub(super) source: &'static str,
    /// The figures.
    pub(super) lines: Vec<Line>,
    /// Instead of its figures: how often the interval of the only one covers this.
    pub(super) covers: Option<f64>,
}

/// What one figure should be.
pub(super) struct Line {
    pub(super) measure: &'static str,
    /// What is measured, where the measure's own label does not say it.
    pub(super) quantity: Option<&'static str>,
    /// What it should be, in the measure's unit.
    pub(super) theory: f64,
    /// The most that half of its interval may be, as a share of that.
    pub(super) widest: f64,
}

impl Line {
    /// The same in other words.
    fn called(mut self, quantity: &'static str) -> Line {
        self.quantity = Some(quantity);
        self
    }

    /// The same with an interval that may be as wide as this, as a share of what theory says.
    fn within(mut self, widest: f64) -> Line {
        self.widest = widest;
        self
    }
}

/// The width that shares and counts keep to: who passes is within 4 % of theory, as far as its interval can be trusted.
///
/// Waits and lines vary more, tails and those who go last most: they say how wide their own may be, up to 5 %. That is half
/// as much again as the intervals are, or more, so that it is not the luck of a seed which decides.
const WIDEST: f64 = 0.02;

/// How often most models are run: many enough that means of replications are nearly normal, also far out.
const REPLICATIONS: u32 = 64;

fn line(measure: &'static str, theory: f64) -> Line {
    Line { measure, quantity: None, theory, widest: WIDEST }
}

/// All cases, those of one name beside each other.
pub(super) fn all() -> Vec<Case> {
    let mut cases = queues::cases();
    cases.extend(systems::cases());
    cases
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Loaded;
    use rehearsal_experiment::Rehearsal;

    #[test]
    fn every_case_loads_and_has_its_measures() {
        for case in all() {
            let settings: Vec<(String, String)> =
                case.settings.iter().map(|(path, value)| ((*path).to_owned(), (*value).to_owned())).collect();
            let model =
                Loaded::from_text(case.file, case.text, &settings).unwrap_or_else(|faults| panic!("{}: {faults}", case.file));
            for line in &case.lines {
                assert!(model.measures().iter().any(|measure| measure.name == line.measure), "{}: {}", case.file, line.measure);
                assert!(line.theory.is_finite() && line.theory > 0.0, "{}: {} is {}", case.model, line.measure, line.theory);
            }
        }
    }

    #[test]
    fn cases_of_one_name_stand_together_and_say_where_theory_comes_from() {
        let cases = all();
        let names = super::super::names(&cases);
        let mut once = names.clone();
        once.sort_unstable();
        once.dedup();
        assert_eq!(once.len(), names.len(), "{names:?}");
        assert!(cases.iter().all(|case| case.source.chars().any(|c| c.is_ascii_digit())));
    }
}
