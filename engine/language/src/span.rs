//! Places in an expression text.
//!
//! Every node of the syntax tree and every fault carries a [`Span`], so that
//! a message can point at what was written. A span knows nothing of files:
//! who read the text from a file adds the file's own offset.

/// A stretch of an expression text, in bytes: `start` up to, not with, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// The span from the start of this one to the end of `other`.
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end.max(self.start) }
    }

    /// The part of `text` under this span, empty where it does not fit.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_join_from_the_first_start_to_the_last_end() {
        let (left, right) = (Span { start: 2, end: 5 }, Span { start: 8, end: 9 });
        assert_eq!(left.to(right), Span { start: 2, end: 9 });
        assert_eq!(right.to(left), Span { start: 8, end: 8 });
    }

    #[test]
    fn a_span_outside_its_text_or_inside_a_character_covers_nothing() {
        assert_eq!(Span { start: 1, end: 3 }.of("abcd"), "bc");
        assert_eq!(Span { start: 3, end: 9 }.of("abcd"), "");
        assert_eq!(Span { start: 1, end: 2 }.of("°C"), "");
    }
}
