//! What can be asked of the view, as arguments of a command.
//!
//! `rehearsal view` and the view's own program take the same; so that the first can tell, complete and check it without
//! being built with a window, it is written down once, here.

use clap::{Args, ValueHint};
use std::path::PathBuf;

/// The least and the greatest side of a picture \[px\].
const SIDES: std::ops::RangeInclusive<u32> = 320..=7_680;

/// What is to be shown, and where.
#[derive(Args, Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// A trace that `rehearsal run --trace` wrote, or two of one scenario, seed and replication, to see side by side
    #[arg(value_name = "TRACE", num_args = 1..=2, required_unless_present = "live", value_hint = ValueHint::FilePath)]
    pub traces: Vec<PathBuf>,
    /// The moment to begin with, such as 08:15, 36h, `5 Nov 08:30` or 2026-11-05T08:30
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// Choose somebody by name, such as driver/17
    #[arg(long, value_name = "NAME")]
    pub choose: Option<String>,
    /// Show so many kilometres from left to right, about who is chosen or else the middle of the map
    #[arg(long, value_name = "KM", value_parser = kilometres)]
    pub span: Option<f64>,
    /// The dark palette
    #[arg(long)]
    pub dark: bool,
    /// The map without panels
    #[arg(long)]
    pub bare: bool,
    /// Width and height of the window or picture in pixels
    #[arg(long, value_name = "WxH", value_parser = size, default_value = "1600x900")]
    pub size: Size,
    /// How large text and marks are; else as large as the size asks for
    #[arg(long, value_name = "FACTOR", value_parser = scale)]
    pub scale: Option<f32>,
    /// Write a picture (PNG) of the moment and end; needs no display. Of a feed, it is the present
    #[arg(long, value_name = "FILE", conflicts_with = "video", value_hint = ValueHint::FilePath)]
    pub screenshot: Option<PathBuf>,
    /// Write a film (.apng, or .mp4 where ffmpeg is there) and end; needs no display
    #[arg(long, value_name = "FILE", requires = "from", requires = "to", value_hint = ValueHint::FilePath)]
    pub video: Option<PathBuf>,
    /// Where the film begins
    #[arg(long, value_name = "TIME", requires = "video")]
    pub from: Option<String>,
    /// Where the film ends
    #[arg(long, value_name = "TIME", requires = "video")]
    pub to: Option<String>,
    /// How much passes in a second, such as 5min; also how long messages and decisions stay in sight
    #[arg(long, value_name = "SPAN", value_parser = rehearsal_trace::moment::span, default_value = "5min")]
    pub speed: u64,
    /// Pictures in a second of film
    #[arg(long, value_name = "N", default_value_t = 20, requires = "video", value_parser = clap::value_parser!(u32).range(1..=60))]
    pub fps: u32,
    /// Draw so many frames without a display and tell, as JSON, how long opening, seeking and drawing took
    #[arg(long, value_name = "FRAMES", conflicts_with_all = ["screenshot", "video", "live"], value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub measure: Option<u32>,
    /// Watch a twin as it runs: host:port of its feed
    #[arg(long, value_name = "ADDRESS", conflicts_with_all = ["traces", "at", "video"])]
    pub live: Option<String>,
}

/// Width and height \[px\].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// From left to right.
    pub width: u32,
    /// From top to bottom.
    pub height: u32,
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl Size {
    /// How large text is drawn at this size where nothing else is asked for: 1 up to a height of 1,000 pixels, and then in
    /// steps of a quarter as the height grows.
    #[must_use]
    pub fn scale(self) -> f32 {
        (self.height as f32 / 1_000.0 * 4.0).round().max(4.0) / 4.0
    }
}

fn size(text: &str) -> Result<Size, String> {
    let fault = || format!("write width and height from {} to {} pixels, such as 1600x900", SIDES.start(), SIDES.end());
    let (width, height) = text.split_once('x').ok_or_else(fault)?;
    let side = |text: &str| text.parse().ok().filter(|side| SIDES.contains(side)).ok_or_else(fault);
    Ok(Size { width: side(width)?, height: side(height)? })
}

fn scale(text: &str) -> Result<f32, String> {
    let allowed = 0.5..=4.0;
    text.parse().ok().filter(|scale| allowed.contains(scale)).ok_or_else(|| "write a number from 0.5 to 4".into())
}

fn kilometres(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_end_matches("km").trim_end();
    number.parse().ok().filter(|span| (0.01..=20_000.0).contains(span)).ok_or_else(|| "write kilometres, such as 2.5".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        request: Request,
    }

    fn asked(arguments: &str) -> Result<Request, String> {
        let parsed = Alone::try_parse_from(std::iter::once("view").chain(arguments.split_whitespace()));
        parsed.map(|alone| alone.request).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_asked_is_understood() {
        let request = asked("a.trace b.trace --screenshot x.png --at 08:15 --size 1024x640 --span 2.5km").unwrap();
        assert_eq!((request.traces.len(), request.size, request.span), (2, Size { width: 1024, height: 640 }, Some(2.5)));
        assert_eq!(request.speed, 300_000_000_000);
        assert_eq!(asked("--live 127.0.0.1:7000").unwrap().live.as_deref(), Some("127.0.0.1:7000"));
    }

    #[test]
    fn what_cannot_be_is_said() {
        for (arguments, words) in [
            ("", "TRACE"),
            ("a b c", "unexpected"),
            ("a --video x.apng --from 1h", "--to"),
            ("a --size 100x100", "320 to 7680"),
            ("a --size big", "such as 1600x900"),
            ("a --scale 0", "0.5 to 4"),
            ("a --span far", "kilometres"),
            ("a --speed soon", "span"),
            ("a --fps 0", "1..=60"),
            ("a --live x:1", "cannot be used"),
        ] {
            let fault = asked(arguments).expect_err(arguments);
            assert!(fault.contains(words), "{arguments}: {fault}");
        }
    }

    #[test]
    fn text_grows_with_the_window() {
        let scale = |height| Size { width: 1, height }.scale();
        assert_eq!([640, 900, 1080, 1440, 2160].map(scale), [1.0, 1.0, 1.0, 1.5, 2.25]);
    }
}
