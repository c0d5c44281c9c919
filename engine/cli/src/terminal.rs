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
    width(terminal_size::terminal_size_of(std::io::stdout()))
}

/// Columns for messages.
pub(crate) fn width_err() -> usize {
    width(terminal_size::terminal_size_of(std::io::stderr()))
}

fn width(size: Option<(terminal_size::Width, terminal_size::Height)>) -> usize {
    size.map_or(WIDTH_ELSEWHERE, |(width, _)| usize::from(width.0).clamp(60, 200))
}

#[cfg(test)]
mod tests {
    use super::*;
    use terminal_size::{Height, Width};

    #[test]
    fn widths_stay_readable() {
        assert_eq!(width(None), 100);
        assert_eq!(width(Some((Width(20), Height(5)))), 60);
        assert_eq!(width(Some((Width(120), Height(5)))), 120);
        assert_eq!(width(Some((Width(u16::MAX), Height(5)))), 200);
    }
}
