//! What the tests of the view share: recorded runs, the program, pictures.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Where the tests leave what they make.
pub(crate) fn scratch() -> &'static Path {
    Path::new(env!("CARGO_TARGET_TMPDIR"))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the package lies in a folder of the repository")
}

/// The view's program, as a person starts it; its words have no colours.
pub(crate) fn view() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rehearsal-view"));
    command.current_dir(scratch()).env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
    command
}

/// The broken-down car with a fifth of its people for nine days under two policies, recorded by the program that
/// `REHEARSAL_BIN` names.
pub(crate) fn recorded() -> &'static [PathBuf; 2] {
    static RECORDED: OnceLock<[PathBuf; 2]> = OnceLock::new();
    RECORDED.get_or_init(|| {
        let program =
            std::env::var_os("REHEARSAL_BIN").expect("REHEARSAL_BIN names the command that records runs; build rehearsal-cli");
        // Each test program has its own, as they run beside each other.
        let own = std::env::current_exe().expect("a test has a path");
        let folder = scratch().join(own.file_name().expect("and a name"));
        std::fs::create_dir_all(&folder).expect("a folder for traces");
        let mut command = Command::new(root().join(program));
        command.current_dir(root()).args(["run", "scenarios/broken-down-car", "--replications", "1"]);
        let settings = [
            "scenario.length=9d",
            "families.count=140",
            "commuters.count=160",
            "pensioners.count=60",
            "fleet.count=40",
            "dealer.other_calls=2",
        ];
        command.args(settings.iter().flat_map(|setting| ["--set", setting]));
        let output =
            command.args(["--policy", "reactive", "--policy", "proactive", "--trace"]).arg(folder.join("{policy}.trace"));
        let output = output.output().expect("the command starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        ["reactive", "proactive"].map(|policy| folder.join(format!("{policy}.trace")))
    })
}

/// Runs the view, which has to succeed and say nothing.
pub(crate) fn quietly(command: &mut Command) -> Output {
    let output = command.output().expect("the view starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{command:?} ended with {}: {said}", output.status);
    output
}

/// A picture: width, height, and red, green and blue of each pixel.
pub(crate) struct Picture {
    pub(crate) size: (u32, u32),
    pub(crate) pixels: Vec<u8>,
}

impl Picture {
    pub(crate) fn open(file: &Path) -> Picture {
        let file = std::fs::File::open(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().expect("a picture");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("a whole picture");
        assert_eq!((info.color_type, info.bit_depth), (png::ColorType::Rgb, png::BitDepth::Eight));
        Picture { size: (info.width, info.height), pixels }
    }

    /// The share of pixels that look different: by more than `step` of 255 in red, green or blue.
    pub(crate) fn differs(&self, other: &Picture, step: u8) -> f64 {
        assert_eq!(self.size, other.size);
        let pairs = self.pixels.chunks_exact(3).zip(other.pixels.chunks_exact(3));
        let different = pairs.filter(|(one, other)| one.iter().zip(*other).any(|(a, b)| a.abs_diff(*b) > step)).count();
        different as f64 / f64::from(self.size.0 * self.size.1)
    }
}
