//! What is at the other end of the streams: colours or not, and how wide.

use anstream::AutoStream;

use crate::arguments::Color;

/// The width of text that goes to a file or a pipe, so that it does not depend on the window.
const WIDTH_ELSEWHERE: usize = 100;

/// Applies `--color` to everything the command prints.
pub(crate) fn choose_color(color: Color) {
    let choice = match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// Whether results get colours: as chosen, or where a terminal shows them and `NO_COLOR` is not set.
pub(crate) fn colors_out() -> bool {
    AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// Whether messages get colours.
pub(crate) fn colors_err() -> bool {
    AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// Columns for results.
pub(crate) fn width_out() -> usize {
    width(terminal_size::terminal_size_of(std::io::stdout()), std::env::var("COLUMNS").ok().as_deref())
}

/// Columns for messages.
pub(crate) fn width_err() -> usize {
    width(terminal_size::terminal_size_of(std::io::stderr()), std::env::var("COLUMNS").ok().as_deref())
}

/// Of a terminal its own; else what `COLUMNS` asks for, where it is a number.
fn width(size: Option<(terminal_size::Width, terminal_size::Height)>, asked: Option<&str>) -> usize {
    let asked = || asked.and_then(|asked| asked.trim().parse::<usize>().ok());
    let found = size.map(|(width, _)| usize::from(width.0)).or_else(asked);
    found.map_or(WIDTH_ELSEWHERE, |found| found.clamp(60, 200))
}

#[cfg(test)]
mod tests {
    use super::*;
    use terminal_size::{Height, Width};

    #[test]
    fn widths_stay_readable() {
        assert_eq!(width(None, None), 100);
        assert_eq!(width(Some((Width(20), Height(5))), None), 60);
        assert_eq!(width(Some((Width(120), Height(5))), Some("80")), 120);
        assert_eq!(width(Some((Width(u16::MAX), Height(5))), None), 200);
        assert_eq!([Some("130"), Some("7"), Some("wide"), Some("-3")].map(|asked| width(None, asked)), [130, 60, 100, 100]);
    }
}
