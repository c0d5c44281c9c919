//! What names mean where an expression stands.
//!
//! The compiler of expressions knows types and instructions; which fields an actor has, what an event carries and which
//! functions the runtime offers, it asks a [`Scope`]. The loader of scenarios implements it.

use crate::ast::Expr;
use crate::program::Operand;
use crate::symbol::Symbols;
use crate::types::{HolderKind, Kinds, Type};
use std::rc::Rc;

/// What a name stands for.
#[derive(Clone, Debug)]
pub enum Binding {
    /// A value that lies in words.
    Value {
        /// Its type.
        ty: Type,
        /// Its first word.
        at: Operand,
    },
    /// A value known when the scenario loads.
    Constant {
        /// Its type.
        ty: Type,
        /// Its words.
        words: Vec<u64>,
    },
    /// An expression that is evaluated where it is used, in the environment in which it was written.
    Expr {
        /// The expression.
        expr: Rc<Expr>,
        /// The environment, as [`Scope::switch`] takes it.
        environment: u32,
    },
    /// A member of the actor itself, to be looked up like `self.name`.
    Own,
}

/// Something that belongs to an actor.
#[derive(Clone, Debug)]
pub enum Member {
    /// A value in the actor's row; slot by kind where kinds differ.
    Field {
        /// Its type.
        ty: Type,
        /// The slot, by kind number; `u16::MAX` where a kind has none.
        slots: Vec<u16>,
        /// Whether the row is the running actor's own.
        own: bool,
    },
    /// A holder; its number by kind.
    Holder {
        /// What it holds.
        kind: HolderKind,
        /// The number, by kind number.
        numbers: Vec<u16>,
    },
    /// A value the runtime computes from the actor, such as the place of something that moves.
    Computed {
        /// Its type.
        ty: Type,
        /// The runtime's function of one reference.
        function: u16,
    },
}

/// What a function of a text is.
#[derive(Clone, Debug)]
pub enum Spoken {
    /// A value known when the scenario loads: its type and its word.
    Constant(Type, u64),
    /// A function of the runtime without arguments, and the type of what it gives.
    Call(u16, Type),
}

/// Any number of actors under one name: too many to be a value, but they can be counted, looked through and drawn from.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// The number of the group that it is, as [`crate::program::Instr::Member`] has it; `None` where it hangs on who asks.
    pub group: Option<u16>,
    /// What its members are.
    pub kinds: Kinds,
    /// The runtime's function that gives how many they are.
    pub size: u16,
    /// The runtime's function that gives the one with an index.
    pub member: u16,
}

/// A name that means nothing, or not this, with what would help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl Problem {
    /// A problem without advice.
    pub fn new(message: impl Into<String>) -> Problem {
        Problem { message: message.into(), help: None }
    }

    /// The same with advice.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Problem {
        self.help = Some(help.into());
        self
    }
}

/// The names in sight of an expression.
pub trait Scope {
    /// What a bare name stands for, innermost first.
    fn name(&mut self, name: &str) -> Result<Option<Binding>, Problem>;
    /// All names in sight, for the nearest right one.
    fn names(&self) -> Vec<String>;
    /// A member of an actor of `kinds`; `own` when it is the running actor.
    fn member(&mut self, kinds: &Kinds, inside: bool, own: bool, name: &str) -> Result<Member, Problem>;
    /// A member of a record, such as `event.slot`; `None` where `of` is no record.
    fn record(&mut self, of: &str, name: &str) -> Option<Result<(Type, Operand), Problem>>;
    /// A function of the runtime for arguments of these types.
    fn function(&mut self, name: &str, args: &[Type]) -> Option<Result<(u16, Type), Problem>>;
    /// The crowd that a name stands for: a group of actors, or those whom a relation leads to.
    fn crowd(&mut self, name: &str) -> Option<Crowd>;
    /// A function that takes a text in quotes: `None` where this is no such function.
    fn spoken(&mut self, name: &str, text: &str) -> Option<Result<Spoken, Problem>>;
    /// The parameter types of a function of the runtime, so that names and numbers can be read as meant.
    fn parameters(&mut self, name: &str) -> Option<Vec<Type>>;
    /// The region and state that `path` names for an actor of `kinds` (`None`: the actor itself).
    fn state(&mut self, kinds: Option<&Kinds>, path: &[String]) -> Result<(u16, u16, u16), Problem>;
    /// The type of the actor itself.
    fn own_kind(&self) -> Kinds;
    /// The table of names.
    fn symbols(&mut self) -> &mut Symbols;
    /// A new site of random draws.
    fn site(&mut self, law: &str) -> u16;
    /// Enters the environment of a bound expression; returns the one that was left.
    fn switch(&mut self, environment: u32) -> u32;
    /// Adds a local name; it hides nothing, a clash is a problem.
    fn push_local(&mut self, name: &str, ty: Type, at: Operand) -> Result<(), Problem>;
    /// Takes the last local name away.
    fn pop_local(&mut self);
    /// What a kind is called.
    fn kind_name(&self, kind: u16) -> String;
}
