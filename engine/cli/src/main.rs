//! The `rehearsal` command: run a scenario under its policies, check it, look at what happened.
//!
//! It reads arguments, calls the crates below and decides where words go: results to standard output,
//! everything else to standard error. It computes nothing itself.
//!
//! Exit codes: 0 done, 1 a fault of this program or something that is not as `fmt --check` or `coverage --fail-on-gaps`
//! asks, 2 a fault of what it was given, 3 a check of `gate` or `validate` failed,
//! 4 nothing could be checked, 130 stopped by Ctrl-C before it was done.
//!
//! Where to start: `arguments.rs` for what can be asked, `commands/` for what is then done, and
//! `scenario.rs` for the one place that knows scenarios.

mod arguments;
mod build;
mod commands;
mod conduct;
mod failure;
mod files;
mod names;
mod progress;
mod scenario;
mod terminal;

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::failure::Failure;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let done = catch_unwind(AssertUnwindSafe(|| obey(arguments)));
    match done.unwrap_or(Err(Failure::Ours(PANICKED.into()))) {
        Ok(()) | Err(Failure::NobodyReads) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where standard error is closed there is nobody left to tell.
            if !failure.to_string().is_empty() {
                let _ = writeln!(anstream::stderr(), "{failure}");
            }
            failure.exit_code()
        }
    }
}

const PANICKED: &str = "the program failed unexpectedly (see above); please report it with the command you gave";

fn obey(arguments: Arguments) -> Result<(), Failure> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    match arguments.command {
        Command::Run(arguments) => commands::run::run(&arguments, &mut out)?,
        Command::Sweep(arguments) => commands::sweep::sweep(&arguments, &mut out)?,
        Command::Sensitivity(arguments) => commands::sensitivity::sensitivity(&arguments, &mut out)?,
        Command::Optimize(arguments) => commands::optimize::optimize(&arguments, &mut out)?,
        Command::Calibrate(arguments) => commands::calibrate::calibrate(&arguments, &mut out)?,
        Command::Check(arguments) => commands::check::check(&arguments, &mut out)?,
        Command::Describe(arguments) => commands::describe::describe(&arguments, &mut out)?,
        Command::New(arguments) => commands::new::new(&arguments, &mut out)?,
        Command::Fmt(arguments) => commands::fmt::fmt(&arguments, &mut out)?,
        Command::Schema(arguments) => commands::schema::schema(&arguments, &mut out)?,
        Command::Decide(arguments) => commands::decide::decide(&arguments, &mut out)?,
        Command::Live(arguments) => commands::live::live(&arguments, &mut out)?,
        Command::Journal(arguments) => commands::journal::journal(&arguments, &mut out)?,
        Command::Fork(arguments) => commands::fork::fork(&arguments, &mut out)?,
        Command::Replay(arguments) => commands::replay::replay(&arguments, &mut out)?,
        Command::View(_) => commands::view::view()?,
        Command::Export(arguments) => commands::export::export(&arguments, &mut out)?,
        Command::Explain(arguments) => commands::explain::explain(&arguments, &mut out)?,
        Command::Coverage(arguments) => commands::coverage::coverage(&arguments, &mut out)?,
        Command::Validate(arguments) => commands::validate::validate(&arguments, &mut out)?,
        Command::Gate(arguments) => commands::gate::gate(&arguments, &mut out)?,
        Command::Select(arguments) => commands::select::select(&arguments, &mut out)?,
        Command::Steady(arguments) => commands::steady::steady(&arguments, &mut out)?,
        Command::Completions(arguments) => commands::completions::completions(&arguments, &mut out)?,
    }
    Ok(out.flush()?)
}
