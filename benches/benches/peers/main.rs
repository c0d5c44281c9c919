//! Measures our kernel and our RON models beside a bare loop, nexosim and simrs, and what memory, forks and threads cost.
//!
//! `cargo bench -p rehearsal-benches --bench peers`, with `-- --help` for what can be asked.
#![allow(clippy::print_stdout, reason = "its results go to standard output")]

mod counting;

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};
use rehearsal_benches::gauges::Gauge;
use rehearsal_benches::jobs::{Engine, Form, Job, Workload};
use rehearsal_benches::others::load_average;
use rehearsal_benches::report::{self, GaugeLine, Line, Verdict};
use rehearsal_benches::rounds::{self, Failed, Subject};
use rehearsal_benches::sections::{Filter, Rates, Section};
use rehearsal_benches::spinner;
use serde::Deserialize;

/// Measures rehearsal beside a bare loop, nexosim and simrs, and what memory, forks and threads cost.
///
/// Each measurement is a process of its own; rates are work per second of its CPU time on one core, without setting up;
/// medians over rounds in which all of a section take turns. An answer that theory does not allow fails the bench.
#[derive(Parser)]
#[command(name = "peers")]
struct Arguments {
    /// One line of JSON for each measurement in place of tables
    #[arg(long)]
    json: bool,
    /// A fifth of the work, and two rounds
    #[arg(long)]
    quick: bool,
    /// Only these sections
    #[arg(long, value_delimiter = ',')]
    section: Vec<Section>,
    /// Only these workloads, of the rates
    #[arg(long, value_delimiter = ',')]
    workload: Vec<Workload>,
    /// Only these engines
    #[arg(long, value_delimiter = ',')]
    engine: Vec<Engine>,
    /// Only these forms
    #[arg(long, value_delimiter = ',')]
    form: Vec<Form>,
    /// How many rounds
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,
    /// Given by cargo, means nothing here
    #[arg(long, hide = true)]
    bench: bool,
    #[command(subcommand)]
    step: Option<Step>,
}

#[derive(Subcommand)]
enum Step {
    /// Runs one job or gauge and reports it as JSON: what the program starts itself for
    #[command(hide = true)]
    One {
        /// The job or gauge as JSON
        subject: String,
        /// A fifth of the work
        #[arg(long)]
        quick: bool,
    },
    /// Keeps a core busy until its input ends
    #[command(hide = true)]
    Spin {
        /// Its number
        core: usize,
    },
}

/// What a process may be started for.
#[derive(Deserialize)]
#[serde(untagged)]
enum Asked {
    Rate(Job),
    Gauge(Gauge),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.step {
        Some(Step::One { subject, quick }) => one(subject, *quick),
        Some(Step::Spin { core }) => spinner::spin(*core),
        None => all(&arguments),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn one(subject: &str, quick: bool) -> Result<()> {
    let run = match serde_json::from_str(subject)? {
        Asked::Rate(job) => rounds::rate(job, quick)?,
        Asked::Gauge(gauge) => {
            if gauge.is_bytes() {
                counting::start();
            }
            gauge.run(quick, &counting::in_use)?
        }
    };
    println!("{}", serde_json::to_string(&run)?);
    Ok(())
}

fn all(arguments: &Arguments) -> Result<()> {
    let Arguments { section, workload, engine, form, .. } = arguments;
    let (sections, workloads, engines, forms) = (section.clone(), workload.clone(), engine.clone(), form.clone());
    let filter = Filter { sections, workloads, engines, forms };
    let (rates, sections) = (filter.rates(), filter.sections_of_gauges());
    ensure!(!rates.jobs.is_empty() || !sections.is_empty(), "nothing is left to measure: the filters exclude each other");
    let mut report = Report { arguments, load_before: load_average(), verdicts: Vec::new(), failures: Vec::new() };
    if !rates.jobs.is_empty() {
        report.rates(&rates)?;
    }
    for section in sections {
        report.gauges(section)?;
    }
    if !arguments.json {
        println!("{}", report::targets(&report.verdicts));
    }
    let failures = report.failures;
    ensure!(failures.is_empty(), "{} of the measurements failed:\n{}", failures.len(), failures.join("\n"));
    Ok(())
}

/// What is measured and printed section by section, and what is kept for the end.
struct Report<'a> {
    arguments: &'a Arguments,
    load_before: Option<f64>,
    verdicts: Vec<Verdict>,
    failures: Vec<String>,
}

impl Report<'_> {
    fn measure<S: Subject>(&mut self, subjects: &[S]) -> Result<Vec<rounds::Measured<S>>> {
        let Arguments { rounds, quick, .. } = *self.arguments;
        let rounds = rounds.unwrap_or(if quick { 2 } else { 5 });
        let (measured, failed) = rounds::measure(subjects, rounds, quick, |line| eprintln!("{line}"))?;
        self.failures.extend(failed.iter().map(|Failed { subject, why }| format!("{subject}: {why}")));
        Ok(measured)
    }

    fn rates(&mut self, rates: &Rates) -> Result<()> {
        let measured = self.measure(&rates.jobs)?;
        self.verdicts.extend(report::judge_rates(rates, &measured));
        if !self.arguments.json {
            println!("{}\n", report::rates(&measured));
            return Ok(());
        }
        measured.iter().try_for_each(|one| {
            println!("{}", serde_json::to_string(&Line::new(one))?);
            Ok(())
        })
    }

    fn gauges(&mut self, section: Section) -> Result<()> {
        if section == Section::Threads && std::thread::available_parallelism().map_or(1, usize::from) < 2 {
            eprintln!("threads are not measured: they need two cores, and there is one");
            return Ok(());
        }
        let measured = self.measure(&section.gauges())?;
        self.verdicts.extend(report::judge_gauges(&measured));
        if self.arguments.json {
            for one in &measured {
                println!("{}", serde_json::to_string(&GaugeLine::new(one, self.load_before))?);
            }
            return Ok(());
        }
        println!("{}\n", report::gauges(section, &measured));
        for said in [report::idleness(&measured, self.load_before), report::cores(&measured)].into_iter().flatten() {
            println!("{said}\n");
        }
        Ok(())
    }
}
