//! The window onto recorded runs: two policies side by side, on Bevy.
//!
//! What is shown is decided in `rehearsal-stage`, what is written beside it in `rehearsal-panels`; here it is put onto a
//! window, a picture or a film. `rehearsal view` starts this program.
//!
//! Exit codes: 0 done, 1 a fault of this program, 2 a fault of what it was given or of the machine.
//!
//! Where to start: `app.rs` for a frame; `scenery.rs` and `cast.rs` for what is drawn, `ink.rs` for how; `picture.rs` and
//! `film.rs` for what needs no window.

mod app;
mod cast;
mod fault;
mod film;
mod graphics;
mod ink;
mod live;
mod measure;
mod picture;
mod scenery;
mod sky;
mod view;

use clap::Parser;
use rehearsal_request::Request;
use std::io::Write;
use std::process::ExitCode;
use std::time::Instant;

/// Watch recorded runs: scrub, compare two policies side by side, click anyone and ask why.
#[derive(Parser)]
#[command(name = "rehearsal-view", version, max_term_width = 100)]
struct Arguments {
    #[command(flatten)]
    request: Request,
}

fn main() -> ExitCode {
    let request = Arguments::parse().request;
    #[cfg(unix)]
    if request.screenshot.is_some() || request.video.is_some() || request.measure.is_some() {
        quietly();
    }
    match obey(&request) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            // Where standard error is closed there is nobody left to tell.
            let _ = writeln!(anstream::stderr(), "\u{1b}[1;31merror\u{1b}[0m: {fault}");
            fault.exit_code()
        }
    }
}

fn obey(request: &Request) -> Result<(), fault::Fault> {
    let begun = Instant::now();
    let view = view::View::open(request)?;
    if let Some(frames) = request.measure {
        measure::measure(view, request, frames, begun)
    } else if let Some(file) = &request.screenshot {
        picture::take(view, request, file)
    } else if let Some(file) = &request.video {
        film::take(view, request, file)
    } else {
        app::run(view, request)
    }
}

/// Starts this program anew without Mesa's layer that chooses among devices, as that looks for a display and, where there is
/// none, complains on standard error, which is kept for what a person has to know.
#[cfg(unix)]
fn quietly() {
    const LAYER: &str = "NODEVICE_SELECT";
    if std::env::var_os(LAYER).is_none()
        && let Ok(program) = std::env::current_exe()
    {
        let mut anew = std::process::Command::new(program);
        // Where that fails, this program goes on as it is.
        let _ = std::os::unix::process::CommandExt::exec(anew.args(std::env::args_os().skip(1)).env(LAYER, "1"));
    }
}
