//! What people and programs get to see: tables of what was measured and of targets, or a line of JSON for each measurement.

use comfy_table::{CellAlignment, Table, TableStyle};
use serde::Serialize;

use crate::gauges::Gauge;
use crate::jobs::{Engine, Form, Job, Workload};
use crate::others::{IDLE_PERCENT_MAX, Others};
use crate::rounds::{self, Measured};
use crate::sections::{Rates, Section, Target};
use crate::threads::Yardstick;

/// A rate as JSON.
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
    pub checked: Option<f64>,
}

impl Line {
    /// A rate as JSON has it.
    #[must_use]
    pub fn new(measured: &Measured<Job>) -> Line {
        let Job { workload, engine, form } = measured.subject;
        let (min, max) = measured.range();
        let per_cpu_second = measured.median();
        let (repetitions, checked) = (measured.runs.len(), measured.runs[0].checked);
        Line { workload, engine, form, per_cpu_second, unit: workload.unit(), repetitions, min, max, checked }
    }
}

/// What a gauge shows, as JSON.
#[derive(Clone, Debug, Serialize)]
pub struct GaugeLine {
    /// Which gauge.
    pub workload: Gauge,
    /// Ours.
    pub engine: Engine,
    /// In Rust.
    pub form: Form,
    /// The median, where it is bytes for each actor.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<f64>,
    /// The median, where it is a ratio.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ratio: Option<f64>,
    /// What it counts, or what the ratio is to.
    pub unit: &'static str,
    /// How many runs.
    pub repetitions: usize,
    /// The least value.
    pub min: f64,
    /// The greatest value.
    pub max: f64,
    /// What others took of the machine, the median of the runs; only where it matters and is known `[% of one core]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub others_percent: Option<f64>,
    /// The load average before anything was measured; only where that matters and is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub load_before: Option<f64>,
    /// What two cores gave to any two programs in each run; only where that matters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub yardsticks: Vec<Yardstick>,
}

impl GaugeLine {
    /// What a gauge shows, as JSON has it.
    #[must_use]
    pub fn new(measured: &Measured<Gauge>, load_before: Option<f64>) -> GaugeLine {
        let (workload, value) = (measured.subject, measured.median());
        let (bytes, ratio) = if workload.is_bytes() { (Some(value), None) } else { (None, Some(value)) };
        let (min, max) = measured.range();
        let others_percent = others_percent(measured);
        let (engine, form, unit, repetitions) = (Engine::Rehearsal, Form::Native, workload.unit(), measured.runs.len());
        let load_before = load_before.filter(|_| others_percent.is_some());
        let yardsticks = yardsticks(measured).collect();
        GaugeLine { workload, engine, form, bytes, ratio, unit, repetitions, min, max, others_percent, load_before, yardsticks }
    }
}

/// What others took of the machine while a gauge was read, the median of its runs `[% of one core]`.
fn others_percent(measured: &Measured<Gauge>) -> Option<f64> {
    let percents: Vec<f64> = measured.runs.iter().filter_map(|run| Some(run.others.as_ref()?.percent)).collect();
    if percents.is_empty() { None } else { Some(rounds::median(percents)) }
}

/// What two cores gave to any two programs, in each run in which that matters.
fn yardsticks(measured: &Measured<Gauge>) -> impl Iterator<Item = Yardstick> {
    measured.runs.iter().filter_map(|run| run.yardstick)
}

fn median(measured: &[Measured<Job>], job: Job) -> Option<f64> {
    measured.iter().find(|one| one.subject == job).map(Measured::median)
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

/// The rates, with their ratio to the bare loop.
#[must_use]
pub fn rates(measured: &[Measured<Job>]) -> String {
    let mut table = table(&["workload", "engine", "form", "M/s", "least", "most", "of bare", ""], 3);
    for one in measured {
        let Job { workload, engine, form } = one.subject;
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
    format!("{}\n\n{}", Section::Rates.title(), table.trim_fmt())
}

/// What the gauges of a section show.
#[must_use]
pub fn gauges(section: Section, measured: &[Measured<Gauge>]) -> String {
    let mut table = table(&["gauge", "median", "least", "most", ""], 1);
    table.column_mut(4).expect("the unit").set_cell_alignment(CellAlignment::Left);
    for one in measured {
        let (least, most) = one.range();
        let number = |value: f64| format!("{value:.2}");
        let unit = one.subject.unit().to_owned();
        table.add_row([one.subject.to_string(), number(one.median()), number(least), number(most), unit]);
    }
    format!("{}\n\n{}", section.title(), table.trim_fmt())
}

/// How idle the machine was, in sentences; nothing where that does not matter.
#[must_use]
pub fn idleness(measured: &[Measured<Gauge>], load_before: Option<f64>) -> Option<String> {
    let known: Vec<&Others> = measured.iter().flat_map(|one| &one.runs).filter_map(|run| run.others.as_ref()).collect();
    if known.is_empty() {
        let matters = measured.iter().any(|one| Section::Threads.gauges().contains(&one.subject));
        return matters.then(|| "How idle the machine was is not known here: take the figures only if you know it.".into());
    }
    let load = load_before.map_or_else(String::new, |load| format!("The load average was {load:.2} before. "));
    let percents: Vec<f64> = known.iter().map(|others| others.percent).collect();
    let most = percents.iter().copied().fold(0.0, f64::max);
    let busy = percents.iter().filter(|percent| **percent > IDLE_PERCENT_MAX).count();
    let busiest = known.iter().filter_map(|others| others.busiest.as_ref()).max_by(|one, other| one.1.total_cmp(&other.1));
    let name = busiest.map_or_else(String::new, |(name, percent)| format!("; of single processes {name} with {percent:.0} %"));
    Some(format!(
        "{load}Others took {:.0} % of a core (median) and at most {most:.0} %{name}.\n{busy} of {} runs had a machine that was \
         not idle (above {IDLE_PERCENT_MAX} %).",
        rounds::median(percents),
        known.len()
    ))
}

/// What two cores gave to any two programs, in sentences; nothing where that was not asked.
#[must_use]
pub fn cores(measured: &[Measured<Gauge>]) -> Option<String> {
    let found: Vec<Yardstick> = measured.iter().flat_map(yardsticks).collect();
    if found.is_empty() {
        return None;
    }
    let figures = |of: fn(&Yardstick) -> f64| {
        let values: Vec<f64> = found.iter().map(of).collect();
        let (least, most) = values.iter().fold((f64::INFINITY, 0.0_f64), |(least, most), one| (least.min(*one), most.max(*one)));
        format!("{:.2} ({least:.2} to {most:.2})", rounds::median(values))
    };
    let sum = |of: fn(&Yardstick) -> u32| found.iter().map(of).sum::<u32>();
    let (enough, least, runs) =
        (found.iter().filter(|one| one.shards_on_whole_cores.is_some()).count(), Yardstick::ENOUGH, found.len());
    let those = match enough {
        0 => format!("none of {runs} runs had {least} of these: threads-wide is of all turns and decides nothing"),
        _ => format!("{enough} of {runs} runs had {least} of these or more, and threads-wide is of these alone"),
    };
    Some(format!(
        "Two simulations that share nothing did {} times what one does, two threads of shards {}.\nBoth cores were whole in {} of \
         {} turns; {those}.",
        figures(|one| one.apart),
        figures(|one| one.shards),
        sum(|one| one.whole),
        sum(|one| one.turns),
    ))
}

/// A target beside what was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// What is judged.
    pub what: String,
    /// What it ought to be.
    pub wanted: String,
    /// What it is.
    pub measured: f64,
    /// Whether that is as it ought to be, in a word or two.
    pub word: &'static str,
}

fn word(reached: bool) -> &'static str {
    if reached { "reached" } else { "missed" }
}

/// The ratios of rates that could be measured.
#[must_use]
pub fn judge_rates(rates: &Rates, measured: &[Measured<Job>]) -> Vec<Verdict> {
    let verdict = |Target { of, to, at_least }: &Target| {
        let ratio = median(measured, *of)? / median(measured, *to)?;
        let (what, wanted) = (format!("{of} / {to}"), format!("at least {at_least:.2}"));
        Some(Verdict { what, wanted, measured: ratio, word: word(ratio >= *at_least) })
    };
    rates.targets.iter().filter_map(verdict).collect()
}

/// What the gauges show against their limits. A machine that was not idle decides nothing about threads, nor does one whose
/// host gives it less than two cores.
#[must_use]
pub fn judge_gauges(measured: &[Measured<Gauge>]) -> Vec<Verdict> {
    let verdict = |one: &Measured<Gauge>| {
        let limit = one.subject.limit();
        let (kept, measured) = limit.judge(one.median(), one.range().0);
        let busy = others_percent(one).is_some_and(|percent| percent > IDLE_PERCENT_MAX);
        let word = match (busy, one.lacks_whole_cores()) {
            (true, _) => "undecided: the machine was not idle",
            (_, true) => "undecided: there were no two whole cores",
            _ => word(kept),
        };
        let what = format!("{}, {}", one.subject, one.subject.unit());
        Verdict { what, wanted: limit.to_string(), measured, word }
    };
    measured.iter().map(verdict).collect()
}

/// All targets beside what was measured.
#[must_use]
pub fn targets(verdicts: &[Verdict]) -> String {
    let mut table = table(&["target", "wanted", "measured", ""], 1);
    table.column_mut(3).expect("the verdict").set_cell_alignment(CellAlignment::Left);
    for Verdict { what, wanted, measured, word } in verdicts {
        table.add_row([what, wanted, &format!("{measured:.2}"), *word]);
    }
    table.trim_fmt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rounds::Run;
    use crate::sections::Filter;

    fn measured<S>(subject: S, value: f64, checked: Option<f64>, others_percent: Option<f64>) -> Measured<S> {
        let others = others_percent.map(|percent| Others { percent, busiest: Some(("cc1".into(), percent)) });
        Measured { subject, runs: vec![Run { value, checked, others, yardstick: None }] }
    }

    #[test]
    fn a_ratio_at_its_target_has_reached_it() {
        let table = |ours| {
            let job = |engine, value| measured(Job::native(Workload::Star, engine), value, None, None);
            targets(&judge_rates(&Filter::default().rates(), &[job(Engine::Rehearsal, ours), job(Engine::Bare, 1e6)]))
        };
        assert!(table(9e5).contains("at least 0.90      0.90  reached"), "{}", table(9e5));
        assert!(table(8e5).contains("0.80  missed"), "{}", table(8e5));
    }

    #[test]
    fn a_busy_machine_decides_nothing() {
        let word = |value, percent| judge_gauges(&[measured(Gauge::ThreadsWide, value, None, percent)])[0].word;
        assert_eq!((word(1.7, Some(1.0)), word(1.5, Some(1.0))), ("reached", "missed"));
        assert!(word(1.7, Some(80.0)).starts_with("undecided") && word(1.5, Some(80.0)).starts_with("undecided"));
        let said = idleness(&[measured(Gauge::ThreadsWide, 1.5, None, Some(80.0))], Some(2.5)).unwrap();
        assert!(said.contains("2.50") && said.contains("cc1 with 80 %") && said.contains("1 of 1 runs"), "{said}");
        assert_eq!(idleness(&[measured(Gauge::Fork, 1.2, None, None)], Some(2.5)), None);
    }

    #[test]
    fn a_host_that_gives_less_than_two_cores_decides_nothing() {
        let with = |shards_on_whole_cores: Option<f64>| {
            let mut one = measured(Gauge::ThreadsWide, shards_on_whole_cores.unwrap_or(1.2), None, Some(1.0));
            let whole = if shards_on_whole_cores.is_some() { 31 } else { 2 };
            one.runs[0].yardstick = Some(Yardstick { shards: 1.25, apart: 1.35, shards_on_whole_cores, whole, turns: 60 });
            one
        };
        assert!(judge_gauges(&[with(None)])[0].word.starts_with("undecided"));
        assert_eq!([Some(1.7), Some(1.5)].map(|value| judge_gauges(&[with(value)])[0].word), ["reached", "missed"]);
        let said = cores(&[with(Some(1.7))]).unwrap();
        assert!(
            said.contains("1.35") && said.contains("1.25") && said.contains("31 of 60 turns") && said.contains("1 of 1"),
            "{said}"
        );
        assert_eq!(cores(&[measured(Gauge::ThreadsThin, 0.95, None, Some(1.0))]), None);
    }

    #[test]
    fn json_has_the_fields_that_programs_read() {
        let line = Line::new(&measured(Job::ron(Workload::Phold10k), 2.5e6, Some(1.78), None));
        let json = serde_json::to_string(&line).unwrap();
        assert_eq!(
            json,
            r#"{"workload":"phold-10k","engine":"rehearsal","form":"ron","per_cpu_second":2500000.0,"unit":"events/s","repetitions":1,"min":2500000.0,"max":2500000.0,"checked":1.78}"#
        );
        let line = GaugeLine::new(&measured(Gauge::MemorySeeded, 62.5, None, None), Some(0.5));
        assert_eq!(
            serde_json::to_string(&line).unwrap(),
            r#"{"workload":"memory-seeded","engine":"rehearsal","form":"native","bytes":62.5,"unit":"bytes an actor","repetitions":1,"min":62.5,"max":62.5}"#
        );
        let line = GaugeLine::new(&measured(Gauge::ThreadsWide, 1.75, None, Some(2.0)), Some(0.5));
        assert_eq!(
            serde_json::to_string(&line).unwrap(),
            r#"{"workload":"threads-wide","engine":"rehearsal","form":"native","ratio":1.75,"unit":"times one thread","repetitions":1,"min":1.75,"max":1.75,"others_percent":2.0,"load_before":0.5}"#
        );
    }
}
