//! Films: pictures at even steps of the run, as an animated PNG or through ffmpeg.

use crate::fault::Fault;
use crate::picture::{Studio, opaque};
use crate::view::View;
use indicatif::{ProgressBar, ProgressStyle};
use rehearsal_request::Request;
use rehearsal_stage::Act;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Takes a film of the request's stretch.
pub(crate) fn take(mut view: View, request: &Request, file: &Path) -> Result<(), Fault> {
    let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    if !["apng", "png", "mp4"].contains(&ending.as_str()) {
        return Err(Fault::Ending { path: file.into(), expected: "an .apng or an .mp4" });
    }
    let (from, to) = (request.from.as_deref().unwrap_or_default(), request.to.as_deref().unwrap_or_default());
    let [begin, end] = [view.moment("--from", from)?, view.moment("--to", to)?];
    if end <= begin {
        return Err(Fault::Backwards { from: from.into(), to: to.into() });
    }
    let step = (request.speed / u64::from(request.fps)).max(1);
    let frames = u32::try_from((end - begin).div_ceil(step)).unwrap_or(u32::MAX);
    let mut reel: Box<dyn Reel> = match ending.as_str() {
        "mp4" => Box::new(Encoded::begin(file, request)?),
        _ => Box::new(Animated::begin(file, request, frames)?),
    };
    view.show.act(Act::Go(begin));
    view.show.finish();
    let mut studio = Studio::open(view, request.size, request.scale)?;
    let bar = ProgressBar::new(u64::from(frames));
    let style = ProgressStyle::with_template("{spinner} film {bar:30} {pos} of {len} pictures, {eta} left");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    for frame in 0..frames {
        let show = &mut studio.view().show;
        show.act(Act::Go(begin.saturating_add(step.saturating_mul(u64::from(frame))).min(end)));
        show.work(0);
        reel.add(&opaque(&studio.take()?.bytes))?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    reel.end()
}

/// What pictures are put on, one after the other.
trait Reel {
    fn add(&mut self, rgb: &[u8]) -> Result<(), Fault>;
    fn end(self: Box<Self>) -> Result<(), Fault>;
}

/// The file that becomes the film once it is whole.
fn partial(file: &Path) -> PathBuf {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    let ending = file.extension().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{stem}.partial.{ending}"))
}

struct Animated {
    writer: Option<png::Writer<BufWriter<File>>>,
    file: PathBuf,
}

impl Animated {
    fn begin(file: &Path, request: &Request, frames: u32) -> Result<Animated, Fault> {
        let fault = |reason: String| Fault::Unwritable { path: file.into(), reason };
        let out = File::create(partial(file)).map_err(|error| fault(error.to_string()))?;
        let mut encoder = png::Encoder::new(BufWriter::new(out), request.size.width, request.size.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        let described = encoder
            .set_animated(frames, 0)
            .and_then(|()| encoder.set_frame_delay(1, u16::try_from(request.fps).unwrap_or(u16::MAX)));
        let writer = described.and_then(|()| encoder.write_header()).map_err(|error| fault(error.to_string()))?;
        Ok(Animated { writer: Some(writer), file: file.into() })
    }

    fn fault(&self, error: &png::EncodingError) -> Fault {
        Fault::Unwritable { path: self.file.clone(), reason: error.to_string() }
    }
}

impl Reel for Animated {
    fn add(&mut self, rgb: &[u8]) -> Result<(), Fault> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        let written = writer.write_image_data(rgb);
        written.map_err(|error| self.fault(&error))
    }

    fn end(mut self: Box<Self>) -> Result<(), Fault> {
        if let Some(writer) = self.writer.take() {
            writer.finish().map_err(|error| self.fault(&error))?;
        }
        let renamed = std::fs::rename(partial(&self.file), &self.file);
        renamed.map_err(|error| Fault::Unwritable { path: self.file.clone(), reason: error.to_string() })
    }
}

impl Drop for Animated {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            // What was begun is of no use to anybody.
            let _ = std::fs::remove_file(partial(&self.file));
        }
    }
}

/// A film that ffmpeg makes of raw pictures.
struct Encoded {
    child: Child,
    file: PathBuf,
}

impl Encoded {
    fn begin(file: &Path, request: &Request) -> Result<Encoded, Fault> {
        let (size, fps) = (request.size.to_string(), request.fps.to_string());
        let mut command = Command::new("ffmpeg");
        command.args(["-hide_banner", "-loglevel", "error", "-y", "-f", "rawvideo", "-pixel_format", "rgb24"]);
        command.args(["-video_size", &size, "-framerate", &fps, "-i", "-", "-pix_fmt", "yuv420p", "-vf"]);
        // Encoders want even sides.
        command.args(["pad=ceil(iw/2)*2:ceil(ih/2)*2", "-movflags", "+faststart"]).arg(partial(file));
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let child = child.map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Fault::NoEncoder,
            _ => Fault::Encoder { path: file.into(), reason: error.to_string() },
        })?;
        Ok(Encoded { child, file: file.into() })
    }

    /// Waits for ffmpeg, and tells what it said where it failed.
    fn wait(&mut self) -> Result<(), Fault> {
        drop(self.child.stdin.take());
        let mut said = String::new();
        if let Some(mut stderr) = self.child.stderr.take() {
            let _ = std::io::Read::read_to_string(&mut stderr, &mut said);
        }
        let fault = |reason: String| Fault::Encoder { path: self.file.clone(), reason };
        let status = self.child.wait().map_err(|error| fault(error.to_string()))?;
        let first = said.lines().next().unwrap_or("it ended without a word").to_owned();
        if status.success() { Ok(()) } else { Err(fault(first)) }
    }
}

impl Reel for Encoded {
    fn add(&mut self, rgb: &[u8]) -> Result<(), Fault> {
        let written = self.child.stdin.as_mut().map_or(Ok(()), |stdin| stdin.write_all(rgb));
        match written {
            Ok(()) => Ok(()),
            // Why it does not take any more, it tells at its end.
            Err(error) => Err(self.wait().err().unwrap_or(Fault::Encoder { path: self.file.clone(), reason: error.to_string() })),
        }
    }

    fn end(mut self: Box<Self>) -> Result<(), Fault> {
        self.wait()?;
        let renamed = std::fs::rename(partial(&self.file), &self.file);
        renamed.map_err(|error| Fault::Unwritable { path: self.file.clone(), reason: error.to_string() })
    }
}

impl Drop for Encoded {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // What was begun is of no use to anybody; a whole film has its own name by now.
        let _ = std::fs::remove_file(partial(&self.file));
    }
}
