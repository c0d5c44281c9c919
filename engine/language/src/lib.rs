//! Expressions with units, compiled to flat programs over typed words.
//!
//! What a scenario's author writes between quotes (`"hot >= 10 && drift > 0.1 °C"`) is parsed ([`parser`]), typed with its
//! units and written as instructions ([`compile`]), and run by an interpreter that allocates nothing ([`vm`]). This crate
//! knows no actors and no RON: a [`scope::Scope`] says what names mean, a [`vm::Host`] supplies chance.

pub mod ast;
pub mod compile;
pub mod data;
pub mod emit;
pub mod law;
mod lexer;
pub mod parser;
pub mod program;
pub mod scope;
pub mod span;
pub mod symbol;
pub mod types;
pub mod unit;
pub mod vm;
