//! Measures our kernel and our RON models beside a bare loop, nexosim and simrs, and prints rates, ratios and targets.
//!
//! `cargo bench -p rehearsal-benches --bench peers`, with `-- --help` for what can be asked.
#![allow(clippy::print_stdout, reason = "its results go to standard output")]

use std::process::ExitCode;

use anyhow::{Result, ensure};
use clap::{Parser, Subcommand};
use rehearsal_benches::jobs::{Engine, Form, Job, Workload};
use rehearsal_benches::report::{self, Line};
use rehearsal_benches::{rounds, sections};

/// Measures rehearsal beside a bare loop, nexosim and simrs.
///
/// Each measurement is a process of its own, pinned to one core; rates are work per second of its CPU time, without setting
/// up; medians over rounds in which all take turns. An answer that theory does not allow fails the bench.
#[derive(Parser)]
#[command(name = "peers")]
struct Arguments {
    /// One line of JSON for each measurement in place of tables
    #[arg(long)]
    json: bool,
    /// A fifth of the work, and two rounds
    #[arg(long)]
    quick: bool,
    /// Only these workloads
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
    /// Runs one job and reports it as JSON: what the program starts itself for
    #[command(hide = true)]
    One {
        /// The job as JSON
        job: String,
        /// A fifth of the work
        #[arg(long)]
        quick: bool,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = match &arguments.step {
        Some(Step::One { job, quick }) => one(job, *quick),
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

fn one(job: &str, quick: bool) -> Result<()> {
    let job: Job = serde_json::from_str(job)?;
    println!("{}", serde_json::to_string(&rounds::one(job, quick)?)?);
    Ok(())
}

fn all(arguments: &Arguments) -> Result<()> {
    let mut failures = Vec::new();
    for section in sections::all() {
        let section = section.only(&arguments.workload, &arguments.engine, &arguments.form);
        ensure!(!section.jobs.is_empty(), "nothing is left to measure: the filters exclude each other");
        let rounds = arguments.rounds.unwrap_or(if arguments.quick { 2 } else { 5 });
        let (measured, failed) = rounds::measure(&section.jobs, rounds, arguments.quick, |line| eprintln!("{line}"))?;
        if arguments.json {
            for one in &measured {
                println!("{}", serde_json::to_string(&Line::new(one))?);
            }
        } else {
            println!("{}\n", report::rates(&section, &measured));
            println!("{}", report::targets(&section, &measured));
        }
        failures.extend(failed);
    }
    let named: Vec<String> = failures.iter().map(|failed| format!("{}: {}", failed.job, failed.why)).collect();
    ensure!(named.is_empty(), "{} of the measurements failed:\n{}", named.len(), named.join("\n"));
    Ok(())
}
