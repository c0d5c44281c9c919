//! What keeps the view from showing anything, each as one sentence for people.

use rehearsal_stage::StageError;
use std::path::PathBuf;
use std::process::ExitCode;

/// Why there is no view.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// A trace cannot be shown.
    #[error(transparent)]
    Stage(#[from] StageError),
    /// A moment is not understood.
    #[error(transparent)]
    Moment(#[from] rehearsal_trace::moment::MomentError),
    /// A moment that the run does not have.
    #[error("{option} {text} lies after the end of the run, {end}; give a moment of the run")]
    Late { option: &'static str, text: String, end: String },
    /// A film that goes backwards.
    #[error("--to {to} does not come after --from {from}; let the film end later than it begins")]
    Backwards { from: String, to: String },
    /// Nobody has that name.
    #[error("nobody in {path} is called {name}{hint}", path = .path.display())]
    Nobody { path: PathBuf, name: String, hint: String },
    /// There is no display.
    #[error(
        "there is no display to open a window on (neither WAYLAND_DISPLAY nor DISPLAY is set); start it on a desktop, or use \
         --screenshot or --video, which need none"
    )]
    NoDisplay,
    /// There is one by name, and it does not answer.
    #[error(
        "no window can be opened on the display {display}; start it on a desktop, or use --screenshot or --video, which need none"
    )]
    DeadDisplay { display: String },
    /// There is nothing that draws.
    #[error(
        "there is no graphics adapter: neither a driver of a graphics card nor software Vulkan; install one (on Debian and \
         Ubuntu: apt-get install mesa-vulkan-drivers)"
    )]
    NoAdapter,
    /// The window did not come up, or the graphics gave up.
    #[error("the view cannot be drawn here: {reason}; try --screenshot, or another graphics driver")]
    Graphics { reason: String },
    /// A file of pictures cannot be written.
    #[error("cannot write {path}: {reason}; choose a file that can be written", path = .path.display())]
    Unwritable { path: PathBuf, reason: String },
    /// A kind of file that is not made.
    #[error("{path} is not {expected}; name the file so", path = .path.display())]
    Ending { path: PathBuf, expected: &'static str },
    /// There is no encoder.
    #[error(
        "an .mp4 needs ffmpeg, which is not to be found; install it (on Debian and Ubuntu: apt-get install ffmpeg), or ask for an .apng"
    )]
    NoEncoder,
    /// The encoder failed.
    #[error("ffmpeg could not make {path}: {reason}; ask for an .apng, or look at ffmpeg's encoders", path = .path.display())]
    Encoder { path: PathBuf, reason: String },
    /// A feed cannot be reached.
    #[error("no feed at {address}: {reason}; give host:port of a twin that runs")]
    Feed { address: String, reason: String },
    /// A picture did not come.
    #[error("the picture was not drawn within {frames} frames; please report it with the command you gave")]
    NoPicture { frames: u32 },
}

impl Fault {
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Fault::NoPicture { .. } => 1,
            _ => 2,
        })
    }
}
