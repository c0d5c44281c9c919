//! Values as JSON, by their type: quantities with or without units, moments as RFC 3339 has them.

use crate::Decider;
use jiff::Timestamp;
use rehearsal_language::ast::Node;
use rehearsal_language::parser;
use rehearsal_language::symbol::Symbol;
use rehearsal_language::types::{NONE, Type};
use rehearsal_language::unit::Dimension;
use rehearsal_model::calendar::parse_time_of_day;
use serde_json::{Value, json};

/// The most items of a list or characters of a name that are read; more is a fault of the sender.
const LONG: usize = 1 << 16;

/// What names and moments stand for where JSON is read.
pub trait Naming {
    /// The name of a symbol.
    fn name(&self, symbol: Symbol) -> &str;

    /// The word of a name that is no choice among a few: a name at large, an actor, a place.
    ///
    /// # Errors
    /// What is wrong with it, and what is allowed.
    fn word_of(&mut self, ty: &Type, name: &str) -> Result<u64, String>;

    /// The word of a moment \[ns since 1970\].
    ///
    /// # Errors
    /// Where it lies outside of what can be told.
    fn moment(&self, at: u64) -> Result<u64, String>;
}

impl Naming for Decider {
    fn name(&self, symbol: Symbol) -> &str {
        self.names.name(symbol)
    }

    fn word_of(&mut self, _: &Type, name: &str) -> Result<u64, String> {
        Ok(Decider::word_of(self, name))
    }

    fn moment(&self, at: u64) -> Result<u64, String> {
        Ok(at)
    }
}

/// Appends the words of a value of type `ty`.
///
/// # Errors
/// What was found, and what is expected; some words may have been appended by then.
pub fn read(naming: &mut dyn Naming, value: &Value, ty: &Type, words: &mut Vec<u64>) -> Result<(), String> {
    match (ty, value) {
        (Type::Maybe(inner), Value::Null) => words.extend((0..inner.width()).map(|_| NONE)),
        (Type::Maybe(inner), value) => read(naming, value, inner, words)?,
        (_, Value::Null) => return Err("it is missing".into()),
        (Type::Bool, Value::Bool(value)) => words.push(u64::from(*value)),
        (Type::Int, Value::Number(number)) => {
            words.push(number.as_i64().ok_or_else(|| format!("expected a whole number, found {number}"))? as u64);
        }
        (Type::Quantity(dimension), value) => words.push(quantity(*dimension, value)?.to_bits()),
        (Type::Time, Value::String(text)) => words.push(naming.moment(read_moment(text)?)?),
        (Type::Clock, Value::String(text)) => words.push(parse_time_of_day(text).map_err(|error| error.to_string())?),
        (Type::Name(Some(names)), Value::String(text)) => {
            let found = names.iter().find(|name| naming.name(**name) == text);
            let known = || names.iter().map(|name| naming.name(*name)).collect::<Vec<_>>().join(", ");
            words.push(u64::from(found.ok_or_else(|| format!("`{}` is none of {}", short(text), known()))?.0));
        }
        (Type::Name(None) | Type::Ref { .. } | Type::Place, Value::String(text)) => {
            if text.len() > LONG {
                return Err(format!("a name of {} bytes: at most {LONG}", text.len()));
            }
            words.push(naming.word_of(ty, text)?);
        }
        (Type::Set(names), Value::Array(items)) => {
            let mut set = 0;
            for item in items {
                let at = names.iter().position(|name| item.as_str() == Some(naming.name(*name)));
                set |= 1 << at.ok_or_else(|| format!("{item} is not in the set"))?;
            }
            words.push(set);
        }
        (Type::Slot, Value::Object(slot)) => {
            read(naming, slot.get("start").unwrap_or(&Value::Null), &Type::Time, words)?;
            let span = Type::Quantity(Dimension::TIME);
            read(naming, slot.get("span").unwrap_or(&Value::Null), &span, words)?;
        }
        (Type::List(inner, most), Value::Array(items)) => {
            if items.len() > usize::from(*most) {
                return Err(format!("{} items: at most {most}", items.len()));
            }
            words.push(items.len() as u64);
            for item in items {
                read(naming, item, inner, words)?;
            }
            words.extend((items.len()..usize::from(*most)).flat_map(|_| (0..inner.width()).map(|_| 0)));
        }
        (ty, value) => return Err(format!("expected {}, found {}", wanted(ty), short(&value.to_string()))),
    }
    Ok(())
}

impl Decider {
    /// A value as JSON.
    pub(crate) fn show(&self, ty: &Type, words: &[u64]) -> Value {
        let first = words.first().copied().unwrap_or(NONE);
        let name = |word: u64| Value::from(self.names.name(Symbol(word as u32)));
        match ty {
            _ if first == NONE => Value::Null,
            Type::Maybe(inner) => self.show(inner, words),
            Type::Bool => Value::from(first != 0),
            Type::Int => Value::from(first as i64),
            Type::Quantity(dimension) if *dimension == Dimension::NONE => Value::from(f64::from_bits(first)),
            Type::Quantity(dimension) => json!({ "value": f64::from_bits(first), "unit": dimension.base_unit() }),
            Type::Time => Value::from(moment(first)),
            Type::Clock => {
                let minutes = first / 60_000_000_000;
                Value::from(format!("{:02}:{:02}", minutes / 60, minutes % 60))
            }
            Type::Name(_) | Type::Ref { .. } | Type::Place => name(first),
            Type::Set(names) => {
                let held = names.iter().enumerate().filter(|(at, _)| first >> at & 1 == 1);
                held.map(|(_, symbol)| name(u64::from(symbol.0))).collect()
            }
            Type::Slot => {
                let span = words.get(1).map_or(0.0, |word| f64::from_bits(*word));
                json!({ "start": moment(first), "span": { "value": span, "unit": "s" } })
            }
            Type::List(inner, _) => {
                let width = inner.width() as usize;
                let item = |at: usize| words.get(1 + at * width..1 + (at + 1) * width);
                (0..first as usize).map_while(item).map(|item| self.show(inner, item)).collect()
            }
            _ => Value::Null,
        }
    }
}

/// A quantity in its base unit: a number stands for itself, a text has its unit.
fn quantity(dimension: Dimension, value: &Value) -> Result<f64, String> {
    let found = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => {
            let expected = || format!("expected {}, found `{}`", wanted(&Type::Quantity(dimension)), short(text));
            let tree = if text.len() > 64 { None } else { parser::parse(text).ok() };
            let (sign, node) = match tree.map(|tree| tree.node).ok_or_else(expected)? {
                Node::Unary { of, .. } if text.trim_start().starts_with('-') => (-1.0, of.node.clone()),
                node => (1.0, node),
            };
            match node {
                Node::Quantity { value, dimension: found } if found == dimension => Some(sign * value),
                Node::Number(value) if dimension == Dimension::NONE => Some(sign * value),
                Node::Int(value) if dimension == Dimension::NONE => Some(sign * value as f64),
                _ => return Err(expected()),
            }
        }
        other => return Err(format!("expected {}, found {}", wanted(&Type::Quantity(dimension)), short(&other.to_string()))),
    };
    found.filter(|found| found.is_finite()).ok_or_else(|| "the number is out of range".into())
}

/// What a value of a type looks like in JSON.
fn wanted(ty: &Type) -> String {
    match ty {
        Type::Bool => "true or false".into(),
        Type::Int => "a whole number".into(),
        Type::Quantity(dimension) if *dimension == Dimension::NONE => "a number".into(),
        Type::Quantity(dimension) => {
            let unit = dimension.base_unit();
            format!("a number of {unit}, or a text such as \"3 {unit}\"")
        }
        Type::Time => "a moment such as \"2026-11-05T08:02:10Z\"".into(),
        Type::Clock => "a time of day such as \"08:30\"".into(),
        Type::Name(_) | Type::Ref { .. } | Type::Place => "a text".into(),
        Type::Set(_) => "a list of names".into(),
        Type::Slot => "{\"start\": moment, \"span\": \"2h\"}".into(),
        Type::List(..) => "a list".into(),
        _ => "something that cannot be streamed".into(),
    }
}

/// A text that is not too long to be repeated.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text.to_owned(),
    }
}

/// A moment as RFC 3339 writes it \[ns since 1970\].
#[must_use]
pub fn moment(at: u64) -> String {
    let at = i128::from(at);
    Timestamp::from_nanosecond(at).map_or_else(|_| format!("{at} ns"), |at| at.to_string())
}

/// The moment that a text names \[ns since 1970\].
///
/// # Errors
/// Where it is none, or none from 1970 to 2554.
pub fn read_moment(text: &str) -> Result<u64, String> {
    let moment: Timestamp =
        text.parse().map_err(|_| format!("expected a moment such as \"2026-11-05T08:02:10Z\", found `{}`", short(text)))?;
    u64::try_from(moment.as_nanosecond()).map_err(|_| format!("`{}` lies outside the years 1970 to 2554", short(text)))
}
