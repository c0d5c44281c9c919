//! Measures copied into memory that is there, and measures from bytes.

use super::Measures;
use crate::plan::Plan;

impl Clone for Measures {
    fn clone(&self) -> Measures {
        let mut copy = Measures {
            at_note: self.at_note.clone(),
            at_state: self.at_state.clone(),
            plain: self.plain.clone(),
            at_holder: self.at_holder.clone(),
            at_kind: self.at_kind.clone(),
            warm_up: self.warm_up,
            ..Measures::default()
        };
        copy.clone_from(self);
        copy
    }

    /// Copies what was measured into the memory that is there; both look at the happenings of one plan.
    fn clone_from(&mut self, source: &Measures) {
        self.cells.clone_from(&source.cells);
        self.levels.clone_from(&source.levels);
        self.begun.clone_from(&source.begun);
        self.watches.clone_from(&source.watches);
        self.capacities.clone_from(&source.capacities);
        self.segment_of.clone_from(&source.segment_of);
        self.population.clone_from(&source.population);
        self.warm_up = source.warm_up;
    }
}

impl Measures {
    /// What was read, with what the plan looks at; `None` where the two do not fit.
    pub(crate) fn completed(self, plan: &Plan) -> Option<Measures> {
        let fresh = Measures::new(plan);
        let columns = fresh.population.len();
        let fits = (self.cells.len(), self.levels.len(), self.begun.len())
            == (fresh.cells.len(), fresh.levels.len(), fresh.begun.len())
            && self.cells.iter().all(|cells| cells.len() == columns)
            && self.levels.iter().all(|level| level.now.len() == columns)
            && self.watches.len() == fresh.watches.len()
            && self.watches.iter().all(|watch| watch.fits(columns))
            && self.population.len() == columns
            && self.segment_of.iter().all(|column| usize::from(*column) < columns)
            && self.begun.iter().flat_map(|begun| begun.values()).all(|begun| begun.column.is_none_or(|at| at < columns));
        fits.then_some(Measures {
            at_note: fresh.at_note,
            at_state: fresh.at_state,
            plain: fresh.plain,
            at_holder: fresh.at_holder,
            at_kind: fresh.at_kind,
            warm_up: fresh.warm_up,
            ..self
        })
    }
}
