//! Cuts a RON text into tokens that keep their lines, comments among them.
//!
//! It asks for no more than where a token ends, because the reader has found the text sound before.

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// `(`, `[` or `{`.
    Open,
    /// `)`, `]` or `}`.
    Close,
    /// `:`
    Colon,
    /// `,`
    Comma,
    /// A name, a number or a quoted text.
    Atom,
    /// `// ...`
    LineComment,
    /// `/* ... */`
    BlockComment,
    /// `#![...]`
    Attribute,
}

/// A token with the lines it stands on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token<'t> {
    pub(super) sort: Sort,
    pub(super) text: &'t str,
    /// The line on which it begins.
    pub(super) line: usize,
    /// The line on which it ends.
    pub(super) last: usize,
}

impl Token<'_> {
    pub(super) fn is_comment(&self) -> bool {
        matches!(self.sort, Sort::LineComment | Sort::BlockComment)
    }
}

/// All tokens of a text.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut at, mut line) = (Vec::new(), 0, 1);
    while let Some(first) = text[at..].chars().next() {
        if first.is_whitespace() || first == '\u{feff}' {
            line += usize::from(first == '\n');
            at += first.len_utf8();
            continue;
        }
        let (sort, length) = token(&text[at..], first);
        let found = &text[at..at + length];
        let last = line + found.bytes().filter(|byte| *byte == b'\n').count();
        // A line comment ends with its line, and a carriage return before that is no part of it.
        tokens.push(Token { sort, text: found.trim_end(), line, last });
        (at, line) = (at + length, last);
    }
    tokens
}

/// The sort and the length in bytes of the token at the beginning of a text.
fn token(text: &str, first: char) -> (Sort, usize) {
    match first {
        '(' | '[' | '{' => (Sort::Open, 1),
        ')' | ']' | '}' => (Sort::Close, 1),
        ':' => (Sort::Colon, 1),
        ',' => (Sort::Comma, 1),
        '"' => (Sort::Atom, quoted(text)),
        _ if text.starts_with("//") => (Sort::LineComment, text.find('\n').unwrap_or(text.len())),
        _ if text.starts_with("/*") => (Sort::BlockComment, block(text)),
        '#' => (Sort::Attribute, attribute(text)),
        _ => (Sort::Atom, raw(text).unwrap_or_else(|| word(text))),
    }
}

/// `#![...]`, between whose signs there may be spaces and comments.
fn attribute(text: &str) -> usize {
    let mut at = 1;
    while let Some(first) = text[at..].chars().next() {
        at += if first.is_whitespace() || first == '#' { first.len_utf8() } else { token(&text[at..], first).1 };
        if first == ']' {
            return at;
        }
    }
    text.len()
}

/// A quoted text, whose quote a backslash may stand before.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            b'"' if !escaped => return at + 1,
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// A comment in `/* */`, which may hold others.
fn block(text: &str) -> usize {
    let (mut depth, mut at, bytes) = (0, 0, text.as_bytes());
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    text.len()
}

/// `r"..."` and `r#"..."#`.
fn raw(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('r')?;
    let hashes = rest.len() - rest.trim_start_matches('#').len();
    let body = rest[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(body.find(&end).map_or(text.len(), |at| 1 + hashes + 1 + at + end.len()))
}

/// A name or a number: all that is neither space nor a sign of the language.
fn word(text: &str) -> usize {
    let ends = |(at, c): (usize, char)| {
        c.is_whitespace() || matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | ':' | ',' | '"') || text[at..].starts_with("/")
    };
    let length = text.char_indices().find(|place| ends(*place)).map_or(text.len(), |(at, _)| at);
    // A sign that begins no token is taken alone, so that reading always goes on.
    length.max(text.chars().next().map_or(1, char::len_utf8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<&str> {
        tokens(text).iter().map(|token| token.text).collect()
    }

    #[test]
    fn texts_and_comments_are_one_token_each() {
        assert_eq!(texts(r#"a:"x \" // y",b"#), ["a", ":", r#""x \" // y""#, ",", "b"]);
        assert_eq!(texts("a /* b /* c */ d */ e // f\r\ng"), ["a", "/* b /* c */ d */", "e", "// f", "g"]);
        assert_eq!(texts(r###"r#"a"b"# r"c" rest r#name"###), [r###"r#"a"b"#"###, r#"r"c""#, "rest", "r#name"]);
        assert_eq!(texts("#![enable(x)]\nKind(1.5e-3)"), ["#![enable(x)]", "Kind", "(", "1.5e-3", ")"]);
        let attributes = ["# // ]\n !/*]*/[a = \"]\"]", "#\n![End]", "#![x]"];
        assert_eq!(texts(&attributes.concat()), attributes);
        assert_eq!(texts("###[ "), ["###["]);
    }

    #[test]
    fn tokens_know_their_lines() {
        let found: Vec<(usize, usize)> = tokens("a\n\"b\nc\" d").iter().map(|token| (token.line, token.last)).collect();
        assert_eq!(found, [(1, 1), (2, 3), (3, 3)]);
    }
}
