//! The syntax tree of an expression: what was written, not what it means.
//!
//! No names are resolved and no types known here; macros such as `filter`
//! are plain methods. Start at [`Expr`]. Printing an expression gives text
//! that parses to the same tree, places aside.

use std::fmt::{self, Write};

use crate::span::Span;
use crate::unit::Dimension;

/// A node of the tree with its place in the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// Where it was written; around a bracketed expression, with its brackets.
    pub span: Span,
    /// What was written.
    pub node: Node,
}

/// What an expression can be.
///
/// The parser gives numbers, quantities and integers without a sign: a minus
/// is a [`UnaryOp::Negate`] around them.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number: `12`.
    Int(i64),
    /// A number with a point, an exponent or a percent sign: `0.6`, `5%`.
    Number(f64),
    /// A number with a unit: `90s`, `1h 30min`, `4.50 EUR`.
    Quantity {
        /// The value in base units \[s, m, EUR, °C\].
        value: f64,
        /// What it measures, never none.
        dimension: Dimension,
    },
    /// A time of day \[ns since midnight\]: `08:30` or `08:30:15`.
    Clock(u64),
    /// A text in quotes, escapes resolved.
    Text(String),
    /// A bare name.
    Name(String),
    /// `of.name`
    Member {
        /// What the member is read from.
        of: Box<Expr>,
        /// The member's name.
        name: String,
        /// Where the name was written.
        name_span: Span,
    },
    /// `of[at]`
    Index {
        /// What is indexed.
        of: Box<Expr>,
        /// The index or key.
        at: Box<Expr>,
    },
    /// `name(args)`
    Call {
        /// The function's name.
        name: String,
        /// Where the name was written.
        name_span: Span,
        /// The arguments in order.
        args: Vec<Expr>,
    },
    /// `of.name(args)`
    Method {
        /// What the method is called on.
        of: Box<Expr>,
        /// The method's name.
        name: String,
        /// Where the name was written.
        name_span: Span,
        /// The arguments in order.
        args: Vec<Expr>,
    },
    /// `!of` or `-of`
    Unary {
        /// The operator.
        op: UnaryOp,
        /// The operand.
        of: Box<Expr>,
    },
    /// `left op right`
    Binary {
        /// The operator.
        op: BinaryOp,
        /// The operand before it.
        left: Box<Expr>,
        /// The operand after it.
        right: Box<Expr>,
    },
    /// `test ? then : otherwise`
    Conditional {
        /// What decides.
        test: Box<Expr>,
        /// The value where the test holds.
        then: Box<Expr>,
        /// The value where it does not.
        otherwise: Box<Expr>,
    },
    /// `[a, b, c]`
    List(Vec<Expr>),
}

/// An operator before its operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnaryOp {
    /// `!`
    Not,
    /// `-`
    Negate,
}

impl UnaryOp {
    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            UnaryOp::Not => "!",
            UnaryOp::Negate => "-",
        }
    }
}

/// An operator between two operands; all are left-associative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is named for its symbol, see `symbol`")]
pub enum BinaryOp {
    Or,
    And,
    Eq,
    Ne,
    Lt,
    Le,
    Gt,
    Ge,
    In,
    Add,
    Sub,
    Mul,
    Div,
    Rem,
}

impl BinaryOp {
    /// All operators, from the loosest to the tightest.
    pub const ALL: [BinaryOp; 14] = {
        use BinaryOp::*;
        [Or, And, Eq, Ne, Lt, Le, Gt, Ge, In, Add, Sub, Mul, Div, Rem]
    };

    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "||",
            BinaryOp::And => "&&",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::In => "in",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
            BinaryOp::Rem => "%",
        }
    }

    /// How tightly it binds: 1 for `||` to 5 for `*`.
    pub(crate) fn precedence(self) -> u8 {
        match self {
            BinaryOp::Or => 1,
            BinaryOp::And => 2,
            BinaryOp::Add | BinaryOp::Sub => 4,
            BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => 5,
            _ => 3,
        }
    }
}

/// How tightly `!` and `-` bind.
const UNARY: u8 = 6;
/// How tightly members, indices and calls bind.
const POSTFIX: u8 = 7;

impl Expr {
    /// Moves all places of the tree, such as from a text to the file that holds it.
    pub fn place(&mut self, place: &impl Fn(Span) -> Span) {
        self.span = place(self.span);
        match &mut self.node {
            Node::Member { of, name_span, .. } => {
                *name_span = place(*name_span);
                of.place(place);
            }
            Node::Index { of, at } => {
                of.place(place);
                at.place(place);
            }
            Node::Call { name_span, args, .. } => {
                *name_span = place(*name_span);
                args.iter_mut().for_each(|arg| arg.place(place));
            }
            Node::Method { of, name_span, args, .. } => {
                *name_span = place(*name_span);
                of.place(place);
                args.iter_mut().for_each(|arg| arg.place(place));
            }
            Node::Unary { of, .. } => of.place(place),
            Node::Binary { left, right, .. } => {
                left.place(place);
                right.place(place);
            }
            Node::Conditional { test, then, otherwise } => {
                test.place(place);
                then.place(place);
                otherwise.place(place);
            }
            Node::List(items) => items.iter_mut().for_each(|item| item.place(place)),
            _ => {}
        }
    }

    /// Visits this expression and all within it, parents first, left to right.
    pub fn walk(&self, visit: &mut impl FnMut(&Expr)) {
        visit(self);
        match &self.node {
            Node::Bool(_)
            | Node::Int(_)
            | Node::Number(_)
            | Node::Quantity { .. }
            | Node::Clock(_)
            | Node::Text(_)
            | Node::Name(_) => {}
            Node::Member { of, .. } | Node::Unary { of, .. } => of.walk(visit),
            Node::Index { of, at } => {
                of.walk(visit);
                at.walk(visit);
            }
            Node::Binary { left, right, .. } => {
                left.walk(visit);
                right.walk(visit);
            }
            Node::Conditional { test, then, otherwise } => {
                test.walk(visit);
                then.walk(visit);
                otherwise.walk(visit);
            }
            Node::Call { args, .. } | Node::List(args) => args.iter().for_each(|a| a.walk(visit)),
            Node::Method { of, args, .. } => {
                of.walk(visit);
                args.iter().for_each(|a| a.walk(visit));
            }
        }
    }

    fn precedence(&self) -> u8 {
        match &self.node {
            Node::Conditional { .. } => 0,
            Node::Binary { op, .. } => op.precedence(),
            Node::Unary { .. } => UNARY,
            // Not from the parser, but a folded constant may have a sign.
            Node::Int(value) if *value < 0 => UNARY,
            Node::Number(value) | Node::Quantity { value, .. } if *value < 0.0 => UNARY,
            _ => POSTFIX,
        }
    }

    /// Prints this expression, in brackets if it binds looser than `least`.
    fn print(&self, f: &mut fmt::Formatter<'_>, least: u8) -> fmt::Result {
        if self.precedence() < least {
            f.write_char('(')?;
            self.print(f, 0)?;
            return f.write_char(')');
        }
        match &self.node {
            Node::Unary { op, of } => {
                f.write_str(op.symbol())?;
                of.print(f, UNARY)
            }
            Node::Binary { op, left, right } => {
                left.print(f, op.precedence())?;
                write!(f, " {} ", op.symbol())?;
                right.print(f, op.precedence() + 1)
            }
            Node::Conditional { test, then, otherwise } => {
                test.print(f, 1)?;
                f.write_str(" ? ")?;
                then.print(f, 1)?;
                f.write_str(" : ")?;
                otherwise.print(f, 0)
            }
            _ => self.print_tight(f),
        }
    }

    /// Prints what needs no brackets: literals, names, members, calls.
    fn print_tight(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.node {
            Node::Bool(value) => write!(f, "{value}"),
            Node::Int(value) => write!(f, "{value}"),
            Node::Number(value) => write!(f, "{value:?}"),
            Node::Quantity { value, dimension } => print_quantity(f, *value, *dimension),
            Node::Clock(nanoseconds) => print_clock(f, *nanoseconds),
            Node::Text(text) => print_text(f, text),
            Node::Name(name) => f.write_str(name),
            Node::Member { of, name, .. } => {
                of.print(f, POSTFIX)?;
                write!(f, ".{name}")
            }
            Node::Index { of, at } => {
                of.print(f, POSTFIX)?;
                print_items(f, '[', std::slice::from_ref(at), ']')
            }
            Node::Call { name, args, .. } => {
                f.write_str(name)?;
                print_items(f, '(', args, ')')
            }
            Node::Method { of, name, args, .. } => {
                of.print(f, POSTFIX)?;
                write!(f, ".{name}")?;
                print_items(f, '(', args, ')')
            }
            Node::List(items) => print_items(f, '[', items, ']'),
            Node::Unary { .. } | Node::Binary { .. } | Node::Conditional { .. } => {
                unreachable!("print handles operators itself")
            }
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.print(f, 0)
    }
}

fn print_items<E: std::borrow::Borrow<Expr>>(f: &mut fmt::Formatter<'_>, open: char, items: &[E], close: char) -> fmt::Result {
    f.write_char(open)?;
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        item.borrow().print(f, 0)?;
    }
    f.write_char(close)
}

/// In base units, as one literal where the dimension has a unit of its own,
/// else as a product of literals with the same value.
fn print_quantity(f: &mut fmt::Formatter<'_>, value: f64, dimension: Dimension) -> fmt::Result {
    let unit = match dimension {
        Dimension::TIME => "s",
        Dimension::LENGTH => "m",
        Dimension::SPEED => "m/s",
        Dimension::ACCELERATION => "m/s2",
        Dimension::MONEY => "EUR",
        Dimension::TEMPERATURE => "°C",
        _ => return print_product(f, value, dimension),
    };
    if value.fract() == 0.0 && value.abs() < 1e15 { write!(f, "{value} {unit}") } else { write!(f, "{value:?} {unit}") }
}

fn print_product(f: &mut fmt::Formatter<'_>, value: f64, dimension: Dimension) -> fmt::Result {
    write!(f, "({value:?}")?;
    for (unit, power) in dimension.powers() {
        let operator = if power > 0 { '*' } else { '/' };
        for _ in 0..power.unsigned_abs() {
            write!(f, " {operator} 1 {unit}")?;
        }
    }
    f.write_char(')')
}

fn print_clock(f: &mut fmt::Formatter<'_>, nanoseconds: u64) -> fmt::Result {
    let seconds = nanoseconds / 1_000_000_000;
    write!(f, "{:02}:{:02}", seconds / 3600, seconds / 60 % 60)?;
    match seconds % 60 {
        0 => Ok(()),
        rest => write!(f, ":{rest:02}"),
    }
}

fn print_text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    f.write_char('\'')?;
    for character in text.chars() {
        match character {
            '\'' => f.write_str("\\'")?,
            '\\' => f.write_str("\\\\")?,
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            _ if character.is_control() => write!(f, "\\U{:08x}", u32::from(character))?,
            _ => f.write_char(character)?,
        }
    }
    f.write_char('\'')
}
