//! What measures come to: the figures of a run.

use super::{Begun, Figure};
use crate::actors::{self, HolderState};
use crate::error::RunError;
use crate::plan::{Fold, HolderPlan, Plan, Shift};
use crate::world::World;

impl World<'_> {
    /// The figures up to now; nothing can be measured any more after that.
    pub(crate) fn figures(&mut self) -> Result<(Vec<Figure>, Vec<Vec<Figure>>), RunError> {
        let plan = self.common.plan;
        for measure in 0..plan.measures.len() {
            self.close_measure(measure)?;
        }
        let mut overall = Vec::new();
        let mut segments = Vec::new();
        for measure in (0..plan.measures.len()).filter(|measure| !plan.measures[*measure].hidden) {
            let row: Vec<Option<f64>> =
                (0..self.common.measures.cells[measure].len()).map(|at| self.figure(measure, at)).collect();
            overall.push(row[0]);
            segments.push(row[1..].to_vec());
        }
        Ok((overall, segments))
    }

    /// What has begun and what is there now counts up to now.
    pub(super) fn close_measure(&mut self, measure: usize) -> Result<(), RunError> {
        let plan = self.common.plan;
        let found = &plan.measures[measure];
        if let Some((kind, routine)) = found.at_end {
            let person = plan.kinds[kind as usize].person;
            for index in 0..self.stores[kind as usize].len() {
                let actor = actors::id(kind, index);
                if self.absent.contains(&self.home(actor)) {
                    continue;
                }
                let value = f64::from_bits(self.value(actor, routine, &[], &[])?);
                let column = self.column(actor, person, &[])?;
                self.common.measures.add(measure, column, value);
            }
        }
        // Those that have not ended yet count with their time so far: to leave them out would flatter the slow.
        for (_, Begun { since, column, .. }) in std::mem::take(&mut self.common.measures.begun[measure]) {
            if found.fold == Fold::Duration && since >= self.common.measures.warm_up {
                let span = (self.common.now - since) as f64 / 1e9;
                self.common.measures.add(measure, column, span);
            }
        }
        self.common.measures.settle(measure, self.common.now);
        self.common.measures.end_watch(plan, measure, self.common.now);
        let capacity = self.capacity_of(found.holder)?;
        self.common.measures.capacities.resize(plan.measures.len(), 0.0);
        self.common.measures.capacities[measure] = capacity;
        Ok(())
    }

    pub(super) fn figure(&self, measure: usize, column: usize) -> Option<f64> {
        let plan = &self.common.plan.measures[measure];
        let cell = self.common.measures.cells[measure][column];
        let people = self.common.measures.population[column];
        let for_each = |total: f64, per: Option<f64>| match per {
            Some(per) => (people > 0.0).then(|| total / people * per),
            None => Some(total),
        };
        let value = match plan.fold {
            Fold::Count { per } => for_each(cell.count, per),
            Fold::Sum { per } => for_each(cell.sum, per),
            Fold::Mean | Fold::Share | Fold::Duration | Fold::Reached { .. } | Fold::TimeWeighted { total: false } => {
                (cell.count > 0.0).then(|| cell.sum / cell.count)
            }
            Fold::TimeWeighted { total: true } => {
                let span = self.common.now.saturating_sub(self.common.measures.warm_up) as f64 / 1e9;
                (span > 0.0).then(|| cell.sum / span)
            }
            Fold::Peak => (cell.count > 0.0).then_some(cell.sum),
            Fold::Funnel { .. } => None,
            Fold::Ratio { of, to } => {
                let (of, to) = (self.figure(of, column), self.figure(to, column));
                of.zip(to).filter(|(_, to)| *to != 0.0).map(|(of, to)| of / to)
            }
            Fold::Gap { of, to, values, worst } => {
                gap(&plan_scales(self.common.plan, of, to, values), worst, |measure| self.figure(measure, column))
            }
            Fold::Level => {
                let capacity = self.common.measures.capacities[measure];
                let span = self.common.now.saturating_sub(self.common.measures.warm_up) as f64 / 1e9;
                // Of nothing, nothing is in use.
                if cell.sum == 0.0 { Some(0.0) } else { (capacity > 0.0 && span > 0.0).then(|| cell.sum / (capacity * span)) }
            }
        };
        value.map(|value| value / plan.scale)
    }

    /// Units of a holder over all its owners, while it is open.
    pub(super) fn capacity_of(&mut self, holder: Option<(u16, u16)>) -> Result<f64, RunError> {
        let Some((kind, number)) = holder else { return Ok(0.0) };
        let plan = self.common.plan;
        let each = plan.kinds[kind as usize].holders.len();
        let mut units = 0.0;
        for index in 0..self.stores[kind as usize].len() {
            let open = match &plan.kinds[kind as usize].holders[number as usize].what {
                HolderPlan::Resource { capacity, shift: Shift::Hours { .. }, .. } => {
                    Some(self.value(actors::id(kind, index), *capacity, &[], &[])? as f64)
                }
                _ => None,
            };
            units += open.unwrap_or_else(|| match &self.stores[kind as usize].holders.all[index * each + number as usize] {
                HolderState::Resource(resource) => f64::from(resource.capacity()),
                HolderState::Pool(pool) => f64::from(pool.size),
                HolderState::Stock(stock) => f64::from(stock.level()),
                HolderState::Agenda(agenda) => f64::from(agenda.capacity()),
                HolderState::Line(_) => 0.0,
            });
        }
        Ok(units)
    }
}

/// The measures of a gap, pair by pair, each with what its figures are multiplied with to be in base units.
pub(super) fn plan_scales(plan: &Plan, of: usize, to: usize, values: usize) -> Vec<[(usize, f64); 2]> {
    let scaled = |measure: usize| (measure, plan.measures[measure].scale);
    (0..values).map(|value| [scaled(of + value), scaled(to + value)]).collect()
}

/// How far figures lie apart where both are there, in base units: on average, or at most.
pub(super) fn gap(pairs: &[[(usize, f64); 2]], worst: bool, figure: impl Fn(usize) -> Option<f64>) -> Option<f64> {
    let value = |(measure, scale): (usize, f64)| figure(measure).map(|figure| figure * scale);
    let apart: Vec<f64> =
        pairs.iter().filter_map(|[of, to]| value(*of).zip(value(*to))).map(|(of, to)| (of - to).abs()).collect();
    match worst {
        true => apart.iter().copied().reduce(f64::max),
        false => (!apart.is_empty()).then(|| apart.iter().sum::<f64>() / apart.len() as f64),
    }
}
