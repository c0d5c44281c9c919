//! Tokens in groups: what stands in which brackets, where lines were broken, and which comment belongs to what.

use super::lexer::{Sort, Token};

/// A comment on lines of its own.
#[derive(Clone, Debug)]
pub(super) struct Comment<'t> {
    pub(super) text: &'t str,
    /// Whether an empty line stands before it.
    pub(super) blank: bool,
}

/// An entry of a group.
#[derive(Clone, Debug)]
pub(super) struct Item<'t> {
    /// Comments above it.
    pub(super) before: Vec<Comment<'t>>,
    /// Whether an empty line stands before it, behind the comments.
    pub(super) blank: bool,
    /// What stands before the colon.
    pub(super) key: Option<Value<'t>>,
    pub(super) value: Value<'t>,
    /// Comments behind it on its line; only the last one may go to the end of the line.
    pub(super) after: Vec<&'t str>,
    /// The line on which it begins.
    pub(super) line: usize,
    /// The line on which it ends.
    pub(super) last: usize,
}

impl Item<'_> {
    pub(super) fn has_comments(&self) -> bool {
        !self.before.is_empty() || !self.after.is_empty()
    }
}

/// What an entry is.
#[derive(Clone, Debug)]
pub(super) enum Value<'t> {
    /// A name, a number or a text.
    Atom(&'t str),
    /// What stands in brackets.
    Group(Group<'t>),
}

/// Entries in brackets.
#[derive(Clone, Debug)]
pub(super) struct Group<'t> {
    /// The name before the bracket.
    pub(super) head: &'t str,
    pub(super) open: &'t str,
    /// A comment behind the bracket that opens.
    pub(super) opening: Option<&'t str>,
    pub(super) items: Vec<Item<'t>>,
    /// Comments before the bracket that closes.
    pub(super) inner: Vec<Comment<'t>>,
    /// Whether its author broke the line behind the bracket that opens.
    pub(super) fresh: bool,
    /// Whether its author wrote it on several lines.
    pub(super) broken: bool,
}

/// A whole file.
#[derive(Clone, Debug)]
pub(super) struct Document<'t> {
    pub(super) attributes: Vec<&'t str>,
    pub(super) root: Item<'t>,
    /// Comments at the end.
    pub(super) end: Vec<Comment<'t>>,
}

/// Groups the tokens of a sound text.
pub(super) fn lay_out<'t>(tokens: &[Token<'t>]) -> Document<'t> {
    let mut reader = Reader { tokens, at: 0, line: 0, carried: Vec::new() };
    let mut attributes = Vec::new();
    let mut before = reader.comments();
    while let Some(token) = reader.peek().filter(|token| token.sort == Sort::Attribute) {
        attributes.push(token.text);
        reader.next();
        before.extend(reader.comments());
    }
    reader.carried = before;
    let root = reader.item();
    let mut end = std::mem::take(&mut reader.carried);
    end.extend(reader.comments());
    Document { attributes, root, end }
}

struct Reader<'a, 't> {
    tokens: &'a [Token<'t>],
    at: usize,
    /// The line on which the token before ended.
    line: usize,
    /// Comments that were read and belong to what comes next.
    carried: Vec<Comment<'t>>,
}

impl<'t> Reader<'_, 't> {
    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token<'t>> {
        let token = self.peek()?;
        (self.at, self.line) = (self.at + 1, token.last);
        Some(token)
    }

    fn sort(&self) -> Option<Sort> {
        self.peek().map(|token| token.sort)
    }

    /// Whether an empty line stands before the next token.
    fn blank(&self) -> bool {
        self.line > 0 && self.peek().is_some_and(|token| token.line > self.line + 1)
    }

    /// The comments that come next.
    fn comments(&mut self) -> Vec<Comment<'t>> {
        let mut found = Vec::new();
        while let Some(token) = self.peek().filter(Token::is_comment) {
            found.push(Comment { text: token.text, blank: self.blank() });
            self.next();
        }
        found
    }

    fn item(&mut self) -> Item<'t> {
        let mut before = std::mem::take(&mut self.carried);
        before.extend(self.comments());
        let blank = self.blank();
        let line = self.peek().map_or(self.line, |token| token.line);
        let mut value = self.value(&mut before);
        before.extend(self.comments_before(Sort::Colon));
        let mut key = None;
        if self.sort() == Some(Sort::Colon) {
            self.next();
            before.extend(self.comments());
            key = Some(std::mem::replace(&mut value, self.value(&mut before)));
        }
        let last = self.line;
        let after = self.after();
        Item { before, blank, key, value, after, line, last }
    }

    /// Comments, if this sort of token stands behind them.
    fn comments_before(&mut self, sort: Sort) -> Vec<Comment<'t>> {
        let next = self.tokens[self.at..].iter().find(|token| !token.is_comment());
        if next.is_some_and(|token| token.sort == sort) { self.comments() } else { Vec::new() }
    }

    fn value(&mut self, before: &mut Vec<Comment<'t>>) -> Value<'t> {
        let mut head = "";
        let start = self.peek().map_or(self.line, |token| token.line);
        if let Some(token) = self.peek().filter(|token| token.sort == Sort::Atom) {
            self.next();
            let named = !token.text.ends_with('"');
            let more = if named { self.comments_before(Sort::Open) } else { Vec::new() };
            before.extend(more);
            // Only a round bracket goes with a name; brackets never follow each other otherwise.
            if !named || self.sort() != Some(Sort::Open) {
                return Value::Atom(token.text);
            }
            head = token.text;
        }
        Value::Group(self.group(head, start))
    }

    fn group(&mut self, head: &'t str, start: usize) -> Group<'t> {
        let open = self.next().map_or("(", |token| token.text);
        let opening = self.peek().filter(|token| token.sort == Sort::LineComment && token.line == self.line);
        if opening.is_some() {
            self.next();
        }
        let fresh = self.peek().is_some_and(|token| token.line > self.line) || opening.is_some();
        let mut items = Vec::new();
        loop {
            let mut ahead = self.comments();
            self.carried.append(&mut ahead);
            match self.sort() {
                Some(Sort::Comma) => {
                    self.next();
                }
                Some(Sort::Close) | None => break,
                _ => items.push(self.item()),
            }
        }
        let inner = std::mem::take(&mut self.carried);
        let end = self.next().map_or(self.line, |token| token.last);
        Group { head, open, opening: opening.map(|token| token.text), items, inner, fresh, broken: end > start }
    }

    /// Reads what stands behind an entry on its line: comments and the comma. What does not go with it is carried on.
    fn after(&mut self) -> Vec<&'t str> {
        let mut found = Vec::new();
        let mut comments = self.comments_before(Sort::Comma);
        let comma = self.sort() == Some(Sort::Comma);
        if comma {
            self.next();
        }
        let (start, line) = (self.at, self.line);
        let here: Vec<Comment<'t>> = {
            let mut here = Vec::new();
            while let Some(token) = self.peek().filter(|token| token.is_comment() && token.line == self.line) {
                here.push(Comment { text: token.text, blank: false });
                self.next();
            }
            here
        };
        // A comment with more behind it on its line belongs to what is behind it.
        let goes_on = self.peek().is_some_and(|token| token.line == self.line && token.sort != Sort::Close);
        if goes_on {
            (self.at, self.line) = (start, line);
        } else {
            comments.extend(here);
        }
        let mut ended = false;
        for comment in comments {
            if ended {
                self.carried.push(comment);
            } else {
                ended = comment.text.starts_with("//");
                found.push(comment.text);
            }
        }
        found
    }
}
