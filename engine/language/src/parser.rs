//! Text to syntax tree, by the precedences of CEL.
//!
//! From loose to tight: `?:`, `||`, `&&`, relations and `in`, `+ -`,
//! `* / %`, `! -`, then members, indices and calls. All binary operators
//! group from the left. Grammar: <https://github.com/google/cel-spec>, with
//! units and clocks added, and maps, messages, bytes and `null` left out.
//! The meaning of names, types and units is not checked here.
//! Start at [`parse`].

use thiserror::Error;

use crate::ast::{BinaryOp, Expr, Node, UnaryOp};
use crate::lexer::{self, Kind, Token, shown};
use crate::span::Span;
use crate::unit::{self, Dimension};

/// The longest expression that is read \[bytes\].
pub const LENGTH_MAX: usize = 64 * 1024;
/// How deep brackets, signs and choices may nest.
pub const NESTING_MAX: u32 = 64;
/// How high a tree may be; a chain such as `a + b + c` adds one a link.
///
/// Whoever walks a parsed tree may recurse without measuring it.
pub const HEIGHT_MAX: u32 = 256;
/// How many faults are reported at once.
pub const ERRORS_MAX: usize = 16;

/// One fault in an expression's text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// Where it is.
    pub span: Span,
    /// What was found and what is allowed.
    pub message: String,
    /// What to write instead, where there is a guess.
    pub help: Option<String>,
}

/// Reads an expression.
///
/// # Errors
/// All faults found, in the order of the text, at least one and at most
/// [`ERRORS_MAX`]; the first is precise, later ones may follow from it.
/// Text over [`LENGTH_MAX`], nesting over [`NESTING_MAX`] and trees over
/// [`HEIGHT_MAX`] are faults.
pub fn parse(text: &str) -> Result<Expr, Vec<SyntaxError>> {
    if text.len() > LENGTH_MAX {
        let message = format!("this expression has {} bytes, {LENGTH_MAX} are allowed", text.len());
        let help = Some("split it into several with Let".to_string());
        return Err(vec![SyntaxError { span: Span::default(), message, help }]);
    }
    let (tokens, lexical) = lexer::tokens(text);
    let open_text = lexical.iter().any(|error| error.span.of(text).starts_with(['\'', '"']));
    let (depth, stopped, errors) = (0, false, Vec::new());
    let mut parser = Parser { text, tokens, at: 0, depth, open_text, stopped, errors };
    let tree = parser.whole();
    let mut errors = parser.errors;
    errors.retain(|error| lexical.iter().all(|known| known.span.start != error.span.start));
    errors.extend(lexical);
    if errors.is_empty() {
        return Ok(tree.expr);
    }
    errors.sort_by_key(|error| error.span.start);
    errors.truncate(ERRORS_MAX);
    Err(errors)
}

/// A tree with its height, so that no tree grows too high to recurse into.
struct Tall {
    expr: Expr,
    height: u32,
}

struct Parser<'a> {
    text: &'a str,
    /// Ends with [`Kind::End`].
    tokens: Vec<Token>,
    at: usize,
    depth: u32,
    /// A text is never closed, so what is missing at the end may be in it.
    open_text: bool,
    /// A limit was passed: the rest of the text is not read.
    stopped: bool,
    errors: Vec<SyntaxError>,
}

impl Parser<'_> {
    fn kind(&self) -> &Kind {
        &self.tokens[self.at].kind
    }

    fn span(&self) -> Span {
        self.tokens[self.at].span
    }

    /// The place of the token before this one, if there is one.
    fn before(&self) -> Option<Span> {
        self.at.checked_sub(1).map(|at| self.tokens[at].span)
    }

    fn advance(&mut self) -> Span {
        let span = self.span();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        span
    }

    fn peek(&self, symbol: &str) -> bool {
        matches!(self.kind(), Kind::Symbol(found) if *found == symbol)
    }

    fn eat(&mut self, symbol: &str) -> Option<Span> {
        self.peek(symbol).then(|| self.advance())
    }

    /// The next token as a message names it.
    fn found(&self) -> String {
        match self.kind() {
            Kind::End => "the end".to_string(),
            _ => shown(self.span().of(self.text)),
        }
    }

    fn error(&mut self, span: Span, message: String, help: Option<String>) {
        let known = self.errors.iter().any(|error| error.span.start == span.start);
        let follows = match self.kind() {
            Kind::Unknown => true,
            Kind::End => self.open_text,
            _ => false,
        };
        if !self.stopped && !known && !follows {
            self.errors.push(SyntaxError { span, message, help });
        }
    }

    /// Reports a passed limit and reads no further.
    fn stop(&mut self, span: Span, message: String) {
        let help = Some("split it into several with Let".to_string());
        self.error(span, message, help);
        self.stopped = true;
        self.at = self.tokens.len() - 1;
    }

    /// Stands for what is missing; an error was reported.
    fn hole(&self) -> Tall {
        Tall { expr: Expr { span: self.span(), node: Node::Bool(false) }, height: 1 }
    }

    fn leaf(&mut self, node: Node) -> Tall {
        Tall { expr: Expr { span: self.advance(), node }, height: 1 }
    }

    /// A node over trees of which `height` is the greatest.
    fn node(&mut self, span: Span, node: Node, height: u32) -> Tall {
        if height >= HEIGHT_MAX {
            self.stop(span, format!("this chain is too long, {HEIGHT_MAX} links are allowed"));
            return self.hole();
        }
        Tall { expr: Expr { span, node }, height: height + 1 }
    }

    /// Reads with `inner` one level deeper, if that is allowed.
    fn deeper(&mut self, inner: impl FnOnce(&mut Self) -> Tall) -> Tall {
        if self.depth >= NESTING_MAX {
            let message = format!("this is nested too deep, {NESTING_MAX} levels are allowed");
            self.stop(self.span(), message);
            return self.hole();
        }
        self.depth += 1;
        let tree = inner(self);
        self.depth -= 1;
        tree
    }

    fn whole(&mut self) -> Tall {
        if *self.kind() == Kind::End {
            let help = Some("write a value, a name or a condition".to_string());
            self.error(self.span(), "the expression is empty".to_string(), help);
        }
        let tree = self.expression();
        if *self.kind() != Kind::End {
            let (span, found) = (self.span(), self.found());
            if self.peek(")") || self.peek("]") {
                let help = Some("remove it, or open it before".to_string());
                self.error(span, format!("{found} closes nothing"), help);
            } else {
                let help = self.operator_help();
                self.error(span, format!("expected an operator or the end, found {found}"), help);
            }
        }
        tree
    }

    /// Advice for something that stands where an operator should.
    fn operator_help(&self) -> Option<String> {
        let found = self.span().of(self.text);
        let clock = match self.before().map(|_| &self.tokens[self.at - 1].kind) {
            Some(Kind::Clock(_)) => self.before(),
            _ => None,
        };
        let help = match (self.kind(), found) {
            (Kind::Name, "and") => "write `&&` for and",
            (Kind::Name, "or") => "write `||` for or",
            (Kind::Name, "is") => "write `==`, or `.is(state)` for a state",
            (Kind::Name, "not") => "write `!` before what is negated",
            (Kind::Name, _) if unit::lookup(found).is_some() => "a unit follows its number directly or after one space",
            (Kind::Symbol("("), _) => "only a name can be called",
            (Kind::Symbol(":"), _) => "`:` belongs to a choice: `test ? a : b`",
            (Kind::Symbol(","), _) => "an expression is one value; write a list `[a, b]`",
            _ if clock.is_some() => "put spaces around the `:` of a choice",
            _ => return None,
        };
        Some(help.to_string())
    }

    fn expression(&mut self) -> Tall {
        self.deeper(|parser| {
            let test = parser.binary(1);
            let Some(mark) = parser.eat("?") else {
                return test;
            };
            let then = parser.expression();
            if parser.eat(":").is_none() {
                return parser.no_alternative(mark);
            }
            let otherwise = parser.expression();
            let span = test.expr.span.to(otherwise.expr.span);
            let height = test.height.max(then.height).max(otherwise.height);
            let (test, then) = (Box::new(test.expr), Box::new(then.expr));
            let node = Node::Conditional { test, then, otherwise: Box::new(otherwise.expr) };
            parser.node(span, node, height)
        })
    }

    fn no_alternative(&mut self, mark: Span) -> Tall {
        let message = format!("expected `:` and the other choice of `?`, found {}", self.found());
        let clock = self
            .tokens
            .get(self.at.wrapping_sub(1))
            .filter(|token| matches!(token.kind, Kind::Clock(_)) && token.span.start >= mark.end);
        let help = match clock {
            Some(token) => {
                let clock = shown(token.span.of(self.text));
                format!("{clock} is a time of day; put spaces around the `:` of a choice")
            }
            None => "write `test ? a : b`".to_string(),
        };
        self.error(self.span(), message, Some(help));
        self.hole()
    }

    /// Operators that bind at least as tightly as `least`.
    fn binary(&mut self, least: u8) -> Tall {
        let mut left = self.unary();
        while let Some(op) = self.operator().filter(|op| op.precedence() >= least) {
            self.advance();
            let right = self.binary(op.precedence() + 1);
            let span = left.expr.span.to(right.expr.span);
            let height = left.height.max(right.height);
            let (first, second) = (Box::new(left.expr), Box::new(right.expr));
            left = self.node(span, Node::Binary { op, left: first, right: second }, height);
        }
        left
    }

    fn operator(&self) -> Option<BinaryOp> {
        match self.kind() {
            // Reported already: any operator does.
            Kind::Unknown => Some(BinaryOp::Add),
            Kind::Symbol(symbol) => BinaryOp::ALL.into_iter().find(|op| op.symbol() == *symbol),
            _ => None,
        }
    }

    fn unary(&mut self) -> Tall {
        let op = match self.kind() {
            Kind::Symbol("!") => UnaryOp::Not,
            Kind::Symbol("-") => UnaryOp::Negate,
            _ => return self.postfix(),
        };
        let start = self.advance();
        let of = self.deeper(Self::unary);
        let span = start.to(of.expr.span);
        self.node(span, Node::Unary { op, of: Box::new(of.expr) }, of.height)
    }

    /// A value with the members, indices and calls after it.
    fn postfix(&mut self) -> Tall {
        let mut of = self.primary();
        loop {
            if self.eat(".").is_some() {
                of = self.member(of);
            } else if let Some(open) = self.eat("[") {
                let at = self.expression();
                let span = of.expr.span.to(self.close(open, "]", false));
                let height = of.height.max(at.height);
                let node = Node::Index { of: Box::new(of.expr), at: Box::new(at.expr) };
                of = self.node(span, node, height);
            } else {
                return of;
            }
        }
    }

    fn member(&mut self, of: Tall) -> Tall {
        let name = self.span().of(self.text).to_string();
        if *self.kind() != Kind::Name || ["true", "false"].contains(&name.as_str()) {
            let message = format!("expected a name after `.`, found {}", self.found());
            self.error(self.span(), message, None);
            return of;
        }
        let name_span = self.advance();
        let from = of.expr.span;
        let inner = Box::new(of.expr);
        let Some(open) = self.eat("(") else {
            let node = Node::Member { of: inner, name, name_span };
            return self.node(from.to(name_span), node, of.height);
        };
        let (args, height, end) = self.items(open, ")");
        let node = Node::Method { of: inner, name, name_span, args };
        self.node(from.to(end), node, height.max(of.height))
    }

    fn primary(&mut self) -> Tall {
        match self.kind().clone() {
            Kind::Int(value) => self.leaf(Node::Int(value)),
            Kind::Number(value) => self.leaf(Node::Number(value)),
            Kind::Clock(value) => self.leaf(Node::Clock(value)),
            Kind::Text(value) => self.leaf(Node::Text(value)),
            Kind::Quantity(value, dimension) => self.quantity(value, dimension),
            Kind::Name => self.name(),
            Kind::Unknown => self.leaf(Node::Bool(false)),
            Kind::Symbol("(") => {
                let open = self.advance();
                let mut inner = self.expression();
                inner.expr.span = open.to(self.close(open, ")", false));
                inner
            }
            Kind::Symbol("[") => {
                let open = self.advance();
                let (items, height, end) = self.items(open, "]");
                self.node(open.to(end), Node::List(items), height)
            }
            Kind::Symbol(_) | Kind::End => self.missing(),
        }
    }

    /// One literal of one or more parts: `1h 30min`.
    fn quantity(&mut self, value: f64, dimension: Dimension) -> Tall {
        let mut tree = self.leaf(Node::Bool(false));
        let mut sum = value;
        while let Kind::Quantity(part, other) = *self.kind() {
            if other != dimension {
                let message = format!("a {dimension} and a {other} do not make one value");
                let help = Some("put an operator between them".to_string());
                self.error(self.span(), message, help);
            }
            sum += part;
            tree.expr.span = tree.expr.span.to(self.advance());
        }
        tree.expr.node = Node::Quantity { value: sum, dimension };
        tree
    }

    fn name(&mut self) -> Tall {
        let name = self.span().of(self.text).to_string();
        match name.as_str() {
            "true" | "false" => return self.leaf(Node::Bool(name == "true")),
            "null" => {
                let help = Some("ask with `has(x)` whether a value is there".to_string());
                self.error(self.span(), "there is no `null`".to_string(), help);
            }
            _ => {}
        }
        let name_span = self.advance();
        let Some(open) = self.eat("(") else {
            return Tall { expr: Expr { span: name_span, node: Node::Name(name) }, height: 1 };
        };
        let (args, height, end) = self.items(open, ")");
        self.node(name_span.to(end), Node::Call { name, name_span, args }, height)
    }

    /// Reports that a value is missing before this token, which stays.
    fn missing(&mut self) -> Tall {
        let found = self.found();
        let message = match self.before() {
            Some(before) => {
                format!("expected a value after {}, found {found}", shown(before.of(self.text)))
            }
            None => format!("expected a value, found {found}"),
        };
        self.error(self.span(), message, None);
        self.hole()
    }

    /// Values between commas up to `close`, their height, and the last place.
    fn items(&mut self, open: Span, close: &'static str) -> (Vec<Expr>, u32, Span) {
        let (mut items, mut height) = (Vec::new(), 0);
        if let Some(end) = self.eat(close) {
            return (items, height, end);
        }
        loop {
            let item = self.expression();
            height = height.max(item.height);
            items.push(item.expr);
            // Like CEL, a list may end with a comma and a call may not.
            if self.eat(",").is_none() || (close == "]" && self.peek(close)) {
                return (items, height, self.close(open, close, true));
            }
        }
    }

    /// Passes `close`, or reports what stands in its place and passes that.
    fn close(&mut self, open: Span, close: &'static str, commas: bool) -> Span {
        if let Some(end) = self.eat(close) {
            return end;
        }
        let bracket = shown(open.of(self.text));
        if *self.kind() == Kind::End {
            self.error(open, format!("{bracket} is never closed"), Some(format!("add `{close}`")));
            return self.span();
        }
        let comma = if commas { "`,` or " } else { "" };
        let found = self.found();
        let message = format!("expected {comma}`{close}` to close {bracket}, found {found}");
        let help = self.operator_help();
        self.error(self.span(), message, help);
        self.skip_to_close()
    }

    /// Passes all up to the bracket that closes this level, and it too.
    fn skip_to_close(&mut self) -> Span {
        let mut open = 0_u32;
        loop {
            match self.kind() {
                Kind::End => return self.span(),
                Kind::Symbol("(" | "[") => open += 1,
                Kind::Symbol(")" | "]") if open == 0 => return self.advance(),
                Kind::Symbol(")" | "]") => open -= 1,
                _ => {}
            }
            self.advance();
        }
    }
}

#[cfg(test)]
mod tests;
