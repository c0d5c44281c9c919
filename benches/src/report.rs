//! What people and programs get to see: a table of rates, a table of targets, or a line of JSON for each job.

use comfy_table::{CellAlignment, Table, TableStyle};
use serde::Serialize;

use crate::jobs::{Engine, Form, Job, Workload};
use crate::rounds::Measured;
use crate::sections::{Section, Target};

/// One measurement as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Line {
    /// What was simulated.
    pub workload: Workload,
    /// On what.
    pub engine: Engine,
    /// In which form.
    pub form: Form,
    /// The median rate: events, customers or requests per second of CPU time.
    pub per_cpu_second: f64,
    /// What the rate counts.
    pub unit: &'static str,
    /// How many runs.
    pub repetitions: usize,
    /// The least rate.
    pub min: f64,
    /// The greatest rate.
    pub max: f64,
    /// The figure that was held against theory: balls handled, or a mean time `[s]`.
    pub checked: f64,
}

impl Line {
    /// A measurement as JSON has it.
    #[must_use]
    pub fn new(measured: &Measured) -> Line {
        let Job { workload, engine, form } = measured.job;
        let (min, max) = measured.range();
        let per_cpu_second = measured.median();
        let (repetitions, checked) = (measured.runs.len(), measured.runs[0].figure);
        Line { workload, engine, form, per_cpu_second, unit: workload.unit(), repetitions, min, max, checked }
    }
}

fn median(measured: &[Measured], job: Job) -> Option<f64> {
    measured.iter().find(|one| one.job == job).map(Measured::median)
}

fn table(header: &[&str], numbers_from: usize) -> Table {
    let mut table = Table::new();
    table.load_style(TableStyle::new()).force_no_tty().set_header(header);
    for column in numbers_from..header.len() {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The rates of a section, with their ratio to the bare loop.
#[must_use]
pub fn rates(section: &Section, measured: &[Measured]) -> String {
    let mut table = table(&["workload", "engine", "form", "M/s", "least", "most", "of bare", ""], 3);
    for one in measured {
        let Job { workload, engine, form } = one.job;
        let (min, max) = one.range();
        let floor = median(measured, Job::native(workload, Engine::Bare));
        let share = floor.map_or_else(|| "-".into(), |floor| format!("{:.2}", one.median() / floor));
        let millions = |rate: f64| format!("{:.3}", rate / 1e6);
        table.add_row([
            workload.to_string(),
            engine.to_string(),
            form.to_string(),
            millions(one.median()),
            millions(min),
            millions(max),
            share,
            workload.unit().to_owned(),
        ]);
    }
    format!("{}\n\n{}", section.title, table.trim_fmt())
}

/// The targets of a section beside what was measured.
#[must_use]
pub fn targets(section: &Section, measured: &[Measured]) -> String {
    let mut table = table(&["target", "at least", "measured", ""], 1);
    for Target { of, to, at_least } in &section.targets {
        let (Some(above), Some(below)) = (median(measured, *of), median(measured, *to)) else { continue };
        let ratio = above / below;
        let verdict = if ratio >= *at_least { "reached" } else { "missed" };
        table.add_row([format!("{of} / {to}"), format!("{at_least:.2}"), format!("{ratio:.2}"), verdict.into()]);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rounds::Run;
    use crate::sections;

    fn measured(job: Job, rate: f64) -> Measured {
        Measured { job, runs: vec![Run { rate, figure: 1.78 }] }
    }

    #[test]
    fn a_ratio_at_its_target_has_reached_it() {
        let section = sections::all().remove(0);
        let job = |engine| Job::native(Workload::Star, engine);
        let found = [measured(job(Engine::Rehearsal), 9e5), measured(job(Engine::Bare), 1e6)];
        assert!(targets(&section, &found).contains("0.90      0.90  reached"), "{}", targets(&section, &found));
        let found = [measured(job(Engine::Rehearsal), 8e5), measured(job(Engine::Bare), 1e6)];
        assert!(targets(&section, &found).contains("0.80  missed"), "{}", targets(&section, &found));
    }

    #[test]
    fn json_has_the_fields_that_programs_read() {
        let line = Line::new(&measured(Job::ron(Workload::Phold10k), 2.5e6));
        let json = serde_json::to_string(&line).unwrap();
        assert_eq!(
            json,
            r#"{"workload":"phold-10k","engine":"rehearsal","form":"ron","per_cpu_second":2500000.0,"unit":"events/s","repetitions":1,"min":2500000.0,"max":2500000.0,"checked":1.78}"#
        );
    }
}
