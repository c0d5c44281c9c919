//! Text to tokens: numbers with units, clocks, texts, names, symbols.
//!
//! The lexer never gives up: what it cannot read it reports, puts a stand-in
//! token in its place and goes on, so that one slip does not hide the next.
//! It knows two things the grammar cannot: a unit follows its number directly
//! or after one space, and a clock is digits, colon, two digits with no space.
//! Start at [`tokens`].

use crate::parser::SyntaxError;
use crate::span::Span;
use crate::unit::{self, Dimension};

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Int(i64),
    Number(f64),
    /// In base units.
    Quantity(f64, Dimension),
    /// Nanoseconds since midnight.
    Clock(u64),
    Text(String),
    /// The name itself is the text under the span.
    Name,
    Symbol(&'static str),
    /// Reported already; stands for any operand or operator.
    Unknown,
    End,
}

/// A token and its place.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    pub(crate) span: Span,
}

/// Symbols, longer ones before those they begin with.
const SYMBOLS: [&str; 23] =
    ["||", "&&", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")", "[", "]", "in"];

/// What people write for a symbol, with what stands for it and the advice.
const SLIPS: [(&str, &str, &str); 13] = [
    ("=", "==", "write `==` to compare; an expression never assigns"),
    ("&", "&&", "write `&&` for and"),
    ("|", "||", "write `||` for or"),
    ("≤", "<=", "write `<=`"),
    ("≥", ">=", "write `>=`"),
    ("≠", "!=", "write `!=`"),
    ("−", "-", "write the plain minus `-`"),
    ("–", "-", "write the plain minus `-`"),
    ("×", "*", "write `*`"),
    ("·", "*", "write `*`"),
    ("÷", "/", "write `/`"),
    ("^", "*", "write `pow(base, exponent)`"),
    (";", ",", "an expression is one value; separate arguments with `,`"),
];

/// All tokens of `text`, the last of them [`Kind::End`], and all faults.
///
/// `text` must be short enough for `u32` offsets.
pub(crate) fn tokens(text: &str) -> (Vec<Token>, Vec<SyntaxError>) {
    let mut lexer = Lexer { text, at: 0, tokens: Vec::new(), errors: Vec::new() };
    while lexer.token() {}
    (lexer.tokens, lexer.errors)
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token>,
    errors: Vec<SyntaxError>,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// The byte `ahead` of the next one, 0 after the end.
    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.at + ahead).copied().unwrap_or(0)
    }

    fn span_from(&self, start: usize) -> Span {
        Span { start: start as u32, end: self.at as u32 }
    }

    fn push(&mut self, start: usize, kind: Kind) {
        let span = self.span_from(start);
        self.tokens.push(Token { kind, span });
    }

    fn error(&mut self, start: usize, message: String, help: Option<String>) {
        let span = self.span_from(start);
        self.errors.push(SyntaxError { span, message, help });
    }

    /// Reads one token; false after the last.
    fn token(&mut self) -> bool {
        self.skip_space();
        let start = self.at;
        match self.byte(0) {
            _ if self.rest().is_empty() => {
                self.push(start, Kind::End);
                return false;
            }
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_ascii_digit() && !self.after_operand() => self.number(),
            b'\'' | b'"' => self.quoted(),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' if !self.foreign_word() => {
                self.at += leading(self.rest(), is_word);
                match &self.text[start..self.at] {
                    "in" => self.push(start, Kind::Symbol("in")),
                    _ => self.push(start, Kind::Name),
                }
            }
            _ => match SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol)) {
                Some(symbol) => {
                    self.at += symbol.len();
                    self.push(start, Kind::Symbol(symbol));
                }
                None => self.unknown(),
            },
        }
        true
    }

    /// Passes white space and `// comments`.
    fn skip_space(&mut self) {
        loop {
            self.at = self.text.len() - self.rest().trim_start().len();
            if !self.rest().starts_with("//") {
                return;
            }
            self.at += self.rest().find('\n').unwrap_or(self.rest().len());
        }
    }

    /// Whether the last token ends an operand, so that `.5` is no number here.
    fn after_operand(&self) -> bool {
        match self.tokens.last().map(|token| &token.kind) {
            None => false,
            Some(Kind::Symbol(symbol)) => [")", "]", "."].contains(symbol),
            Some(_) => true,
        }
    }

    fn number(&mut self) {
        let start = self.at;
        if let Some((length, clock)) = clock(self.rest()) {
            self.at += length;
            return self.clock(start, clock);
        }
        if self.rest().starts_with("0x") && self.byte(2).is_ascii_hexdigit() {
            return self.hexadecimal();
        }
        let whole = self.digits();
        let text = &self.text[start..self.at];
        let value: f64 = text.parse().unwrap_or(f64::INFINITY);
        if !value.is_finite() {
            let help = format!("numbers go up to {:e}", f64::MAX);
            self.error(start, format!("{} is too large", shown(text)), Some(help));
        }
        if self.percent() {
            self.at += leading(self.rest(), |c| c == ' ') + 1;
            return self.push(start, Kind::Number(value / 100.0));
        }
        match self.unit(value) {
            Some((value, dimension)) => self.push(start, Kind::Quantity(value, dimension)),
            None if whole => self.integer(start, text, text.parse().ok()),
            None => self.push(start, Kind::Number(value)),
        }
    }

    /// Passes the digits, point and exponent; true if there were only digits.
    fn digits(&mut self) -> bool {
        let start = self.at;
        let digit = |c: char| c.is_ascii_digit();
        self.at += leading(self.rest(), digit);
        let whole = self.at;
        if self.byte(0) == b'.' && self.byte(1).is_ascii_digit() {
            self.at += 1;
            self.at += leading(self.rest(), digit);
        }
        let sign = usize::from(matches!(self.byte(1), b'+' | b'-'));
        if matches!(self.byte(0), b'e' | b'E') && self.byte(1 + sign).is_ascii_digit() {
            self.at += 1 + sign;
            self.at += leading(self.rest(), digit);
        }
        self.at == whole && whole > start
    }

    fn hexadecimal(&mut self) {
        let start = self.at;
        self.at += 2;
        self.at += leading(self.rest(), |c| c.is_ascii_hexdigit());
        let text = &self.text[start..self.at];
        self.integer(start, text, i64::from_str_radix(&text[2..], 16).ok());
    }

    fn integer(&mut self, start: usize, text: &str, value: Option<i64>) {
        if value.is_none() {
            let message = format!("the whole number {} is too large", shown(text));
            let help = format!("whole numbers go up to {}; write `1e19` for a larger one", i64::MAX);
            self.error(start, message, Some(help));
        }
        self.push(start, Kind::Int(value.unwrap_or(0)));
    }

    /// Whether a percent sign, not a remainder, follows the number.
    ///
    /// It is a remainder where an operand comes next: `7 % 3`. A minus or an
    /// exclamation mark may start one too: `7 % -x` is a remainder, while in
    /// `5% - x` and `5% != x` the sign belongs to the number.
    fn percent(&self) -> bool {
        let spaced = self.byte(0) == b' ';
        let Some(after) = self.rest()[usize::from(spaced)..].strip_prefix('%') else {
            return false;
        };
        let after = after.trim_start();
        let word = &after[..leading(after, is_word)];
        match after.chars().next() {
            _ if word == "in" => true,
            Some('!') if after.starts_with("!=") => true,
            Some('-' | '!') => !spaced,
            Some('(' | '[' | '\'' | '"' | '.') => false,
            _ => word.is_empty(),
        }
    }

    /// Passes the unit after the number `value`, if there is one, and gives
    /// the value in base units.
    fn unit(&mut self, value: f64) -> Option<(f64, Dimension)> {
        let number_end = self.at;
        let spaced = usize::from(self.byte(0) == b' ');
        let after = &self.rest()[spaced..];
        let word = &after[..leading(after, is_unit)];
        let letters = &word[..leading(word, |c| !c.is_ascii_digit())];
        let token = match after[letters.len()..].strip_prefix('/') {
            _ if word.is_empty() || ["in", "and", "or", "not", "is"].contains(&word) => {
                return None;
            }
            Some(below) => {
                let quotient = &after[..letters.len() + 1 + leading(below, is_unit)];
                if unit::lookup(quotient).is_some() { quotient } else { word }
            }
            // `1h30min`: the digits belong to the next part.
            None if unit::lookup(letters).is_some() => letters,
            None => word,
        };
        self.at += spaced + token.len();
        let found = unit::lookup(token);
        if found.is_none() {
            self.unknown_unit(number_end + spaced, token);
        }
        let dimension = found.map_or(Dimension::NONE, |unit| unit.dimension);
        Some((found.map_or(value, |unit| unit.to_base(value)), dimension))
    }

    fn unknown_unit(&mut self, start: usize, token: &str) {
        let help = match unit::nearest(token) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => format!("units are {}", unit::tokens()),
        };
        self.error(start, format!("there is no unit {}", shown(token)), Some(help));
    }

    fn clock(&mut self, start: usize, [hours, minutes, seconds]: [u64; 3]) {
        if hours > 23 || minutes > 59 || seconds > 59 {
            let message = format!("there is no time of day {}", shown(&self.text[start..self.at]));
            let help = "times of day go from `00:00` to `23:59:59`; \
                        put spaces around the `:` of a choice";
            self.error(start, message, Some(help.to_string()));
        }
        let seconds = (hours * 60 + minutes) * 60 + seconds;
        self.push(start, Kind::Clock(seconds * 1_000_000_000));
    }

    fn quoted(&mut self) {
        let (start, quote) = (self.at, char::from(self.byte(0)));
        self.at += 1;
        let mut value = String::new();
        loop {
            match self.rest().chars().next() {
                None | Some('\n' | '\r') => {
                    let message = "this text has no closing quote".to_string();
                    self.error(start, message, Some(format!("add {quote} where it ends")));
                    break;
                }
                Some('\\') => value.extend(self.escape()),
                Some(character) => {
                    self.at += character.len_utf8();
                    if character == quote {
                        break;
                    }
                    value.push(character);
                }
            }
        }
        self.push(start, Kind::Text(value));
    }

    /// Passes an escape such as `\n` or `\u00e9` and gives its character.
    fn escape(&mut self) -> Option<char> {
        let start = self.at;
        self.at += 1;
        let letter = self.rest().chars().next()?;
        if matches!(letter, '\n' | '\r') {
            return None;
        }
        self.at += letter.len_utf8();
        let digits = match letter {
            'x' | 'X' => 2,
            'u' => 4,
            'U' => 8,
            _ => 0,
        };
        let character = if digits > 0 {
            let code = self.rest().get(..digits);
            let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
            self.at += code.map_or(0, str::len);
            code.and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32)
        } else {
            plain_escape(letter)
        };
        if character.is_none() {
            let message = format!("there is no escape {}", shown(&self.text[start..self.at]));
            let help = r"escapes are \n, \t, \r, \\, \', \x and 2, \u and 4, \U and 8 hex digits";
            self.error(start, message, Some(help.to_string()));
        }
        character
    }

    /// Whether the name ahead holds letters that names may not have.
    fn foreign_word(&self) -> bool {
        leading(self.rest(), is_letter) > leading(self.rest(), is_word)
    }

    fn unknown(&mut self) {
        let start = self.at;
        if let Some((slip, symbol, help)) = SLIPS.iter().find(|(slip, ..)| self.rest().starts_with(slip)) {
            self.at += slip.len();
            self.error(start, format!("`{slip}` has no meaning here"), Some(help.to_string()));
            return self.push(start, Kind::Symbol(symbol));
        }
        let first = self.rest().chars().next().map_or(0, char::len_utf8);
        self.at += leading(self.rest(), is_letter).max(first);
        let text = &self.text[start..self.at];
        let help = match text {
            "{" | "}" => Some("maps are not part of the language; write a list `[a, b]`"),
            "“" | "”" | "‘" | "’" | "„" | "`" => Some("quote a text with ' or \""),
            _ if text.starts_with(is_letter) => Some("names are letters a to z, digits and `_`"),
            _ => None,
        };
        let message = format!("{} has no meaning here", shown(text));
        self.error(start, message, help.map(str::to_string));
        let name = text.starts_with(is_letter);
        self.push(start, if name { Kind::Name } else { Kind::Unknown });
    }
}

fn plain_escape(letter: char) -> Option<char> {
    Some(match letter {
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'a' => '\u{7}',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'v' => '\u{b}',
        '\\' | '\'' | '"' | '`' | '?' => letter,
        _ => return None,
    })
}

/// The length and parts of the clock that `text` starts with.
///
/// One or two digits, a colon, two digits; perhaps a colon and two more.
/// Neither `x ? 1:20s` nor `x ? 1:20.5` holds a clock.
fn clock(text: &str) -> Option<(usize, [u64; 3])> {
    let bytes = text.as_bytes();
    let hours = leading(text, |c| c.is_ascii_digit());
    let pair = |at: usize| {
        let digits = text.get(at..at + 2).filter(|pair| pair.bytes().all(|b| b.is_ascii_digit()));
        (bytes.get(at.wrapping_sub(1)) == Some(&b':')).then_some(digits?.parse().ok()).flatten()
    };
    let ends = |at: usize| {
        let follows = text.get(at..).unwrap_or("");
        let point = follows.strip_prefix('.').is_some_and(|t| t.starts_with(|c: char| c.is_ascii_digit()));
        !point && !follows.starts_with(|c: char| is_unit(c))
    };
    if hours == 0 || hours > 2 {
        return None;
    }
    let (hour, minute) = (text[..hours].parse().ok()?, pair(hours + 1)?);
    if let Some(second) = pair(hours + 4).filter(|_| ends(hours + 6)) {
        return Some((hours + 6, [hour, minute, second]));
    }
    ends(hours + 3).then_some((hours + 3, [hour, minute, 0]))
}

/// Bytes at the start of `text` that are all `wanted`.
fn leading(text: &str, wanted: impl Fn(char) -> bool) -> usize {
    text.find(|character| !wanted(character)).unwrap_or(text.len())
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Whether a character may be meant for a name, allowed there or not.
fn is_letter(character: char) -> bool {
    is_word(character) || character.is_alphanumeric()
}

/// Whether a character may be in a unit, known or mistaken: `°C`, `€`.
fn is_unit(character: char) -> bool {
    is_word(character) || character.is_alphabetic() || ['°', '€', '£'].contains(&character)
}

/// `text` in backquotes, cut short for a message.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(30) {
        Some((end, _)) => format!("`{}...`", &text[..end]),
        None => format!("`{text}`"),
    }
}

#[cfg(test)]
mod tests;
