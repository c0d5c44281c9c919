//! `rehearsal view`: a window onto recorded runs.
//!
//! The window is a program of its own, so that this one needs no graphics: `rehearsal-view`, named by `REHEARSAL_VIEW`, or
//! beside this program, or on the path. It is given what was asked of this command, once that is known to be sound.

use std::env;
use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::process::Command;

use crate::failure::Failure;

/// What names the view's program.
const NAMED: &str = "REHEARSAL_VIEW";
const PROGRAM: &str = "rehearsal-view";

/// Starts the view with the arguments that follow `view` on the command line.
pub(crate) fn view() -> Result<(), Failure> {
    let program = program();
    let mut command = Command::new(&program);
    // Past this program's name and the command's.
    command.args(env::args_os().skip(2));
    let failed = instead(&mut command)?;
    Err(Failure::Input(match failed.kind() {
        io::ErrorKind::NotFound => format!(
            "the view is a program of its own, and {} is not to be found; build it beside this one with `cargo build \
             --release --package {PROGRAM}`, or name it in {NAMED}",
            Path::new(&program).display()
        ),
        _ => format!("{} cannot be started: {failed}; name another program in {NAMED}", Path::new(&program).display()),
    }))
}

fn program() -> OsString {
    let given = env::var_os(NAMED).filter(|given| !given.is_empty());
    let beside = || {
        let found = env::current_exe().ok()?.with_file_name(format!("{PROGRAM}{}", env::consts::EXE_SUFFIX));
        found.is_file().then(|| found.into_os_string())
    };
    given.or_else(beside).unwrap_or_else(|| PROGRAM.into())
}

/// Becomes another program; comes back where that fails.
#[cfg(unix)]
fn instead(command: &mut Command) -> Result<io::Error, Failure> {
    Ok(std::os::unix::process::CommandExt::exec(command))
}

/// Runs another program, and ends as it ends; comes back where it does not start.
#[cfg(not(unix))]
fn instead(command: &mut Command) -> Result<io::Error, Failure> {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => Ok(error),
    }
}
