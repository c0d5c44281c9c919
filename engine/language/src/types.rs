//! What an expression can be: its type, with units, and how many 8-byte words a value takes.
//!
//! Every value lies flat in words (see [`Type::width`]): a row of an actor, a message and a frame are plain arrays, which
//! is what makes a snapshot a copy. Nothing here evaluates; see `compile` and `vm`.

use crate::data::Data;
use crate::symbol::{Symbol, Symbols};
use crate::unit::{self, Dimension};
use std::sync::Arc;

/// The word that stands for "nothing there" in a [`Type::Maybe`].
///
/// It is a quiet NaN with a payload that no arithmetic yields, and no valid reference, time or symbol.
pub const NONE: u64 = 0x7ff8_dead_beef_0001;

/// Which kinds of actor a reference may point to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kinds {
    /// Any actor at all.
    Any,
    /// One kind, by its number.
    One(u16),
    /// Any of several kinds that share a mixin.
    Many(Arc<[u16]>),
}

impl Kinds {
    /// The kinds as a list; empty for [`Kinds::Any`].
    #[must_use]
    pub fn list(&self) -> Vec<u16> {
        match self {
            Kinds::Any => Vec::new(),
            Kinds::One(kind) => vec![*kind],
            Kinds::Many(kinds) => kinds.to_vec(),
        }
    }

    /// Whether every actor allowed by `self` is allowed by `wider`.
    #[must_use]
    pub fn within(&self, wider: &Kinds) -> bool {
        match wider {
            Kinds::Any => true,
            _ => self != &Kinds::Any && self.list().iter().all(|kind| wider.list().contains(kind)),
        }
    }
}

/// What a holder holds: the ways of being in short supply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HolderKind {
    /// Interchangeable units with one queue.
    Resource,
    /// Individual actors with one queue.
    Pool,
    /// Countable goods that are reordered.
    Stock,
    /// Capacity over time.
    Agenda,
    /// Those who wait until they are let in.
    Line,
}

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number, 64 bits.
    Int,
    /// A real number with a dimension; plain numbers have none. In base units: s, m, EUR, degrees Celsius.
    Quantity(Dimension),
    /// A moment, nanoseconds since the start.
    Time,
    /// A time of day, nanoseconds since midnight.
    Clock,
    /// A place on the scenario's map.
    Place,
    /// A stretch of time: start and span.
    Slot,
    /// A name; of a fixed list where one is known.
    Name(Option<Arc<[Symbol]>>),
    /// A set of names, one bit each.
    Set(Arc<[Symbol]>),
    /// One value for each name of a list.
    Each(Arc<[Symbol]>, Box<Type>),
    /// An actor. `inside` is true where it is sure to be of the reader's own household.
    Ref {
        /// The kinds it may be of.
        kinds: Kinds,
        /// Whether it is of the reader's household, so that its fields may be read.
        inside: bool,
    },
    /// A value that may be missing.
    Maybe(Box<Type>),
    /// At most so many values.
    List(Box<Type>, u16),
    /// A holder of an actor.
    Holder(HolderKind),
    /// One of several things, by its number.
    Row(Arc<Data>),
    /// Data of the scenario by its name: not a value itself, but read by functions.
    Data(Arc<Data>),
    /// The type of `none` alone, and of the items of `[]`.
    Nothing,
}

/// A plain number.
pub const NUMBER: Type = Type::Quantity(Dimension::NONE);
/// A length of time.
pub const SPAN: Type = Type::Quantity(Dimension::TIME);
/// An amount of money.
pub const MONEY: Type = Type::Quantity(Dimension::MONEY);

impl Type {
    /// Words of 8 bytes that a value takes; `u16::MAX` for more than a program can address.
    #[must_use]
    pub fn width(&self) -> u16 {
        match self {
            Type::Slot => 2,
            Type::Maybe(inner) => inner.width(),
            Type::List(inner, most) => most.saturating_mul(inner.width()).saturating_add(1),
            Type::Each(keys, inner) => u16::try_from(keys.len()).unwrap_or(u16::MAX).saturating_mul(inner.width()),
            _ => 1,
        }
    }

    /// Whether a value of type `self` may stand where `wanted` is asked for, without conversion.
    #[must_use]
    pub fn fits(&self, wanted: &Type) -> bool {
        match (self, wanted) {
            (Type::Name(_), Type::Name(None)) => true,
            (Type::Name(None), Type::Name(Some(_))) => true,
            (Type::Name(Some(have)), Type::Name(Some(want))) => have.iter().all(|name| want.contains(name)),
            (Type::Ref { kinds: have, .. }, Type::Ref { kinds: want, .. }) => have.within(want) || *have == Kinds::Any,
            (Type::Maybe(have), Type::Maybe(want)) => have.fits(want),
            (Type::Nothing, Type::Maybe(_)) => true,
            (Type::List(have, 0), Type::List(..)) if **have == Type::Nothing => true,
            (have, Type::Maybe(want)) => have.fits(want),
            (Type::List(have, n), Type::List(want, m)) => have.fits(want) && have.width() == want.width() && n <= m,
            _ => self == wanted,
        }
    }

    /// Whether two values are equal when all their words are: what lies behind a list's last item says nothing.
    pub(crate) fn is_compared_by_words(&self) -> bool {
        match self {
            Type::List(..) | Type::Holder(_) | Type::Data(_) => false,
            Type::Maybe(inner) | Type::Each(_, inner) => inner.is_compared_by_words(),
            _ => true,
        }
    }

    /// The type in the words of a scenario's author.
    #[must_use]
    pub fn describe(&self, kind_name: &dyn Fn(u16) -> String) -> String {
        match self {
            Type::Bool => "Bool".into(),
            Type::Int => "Int".into(),
            Type::Quantity(dimension) => dimension.to_string(),
            Type::Time => "Time".into(),
            Type::Clock => "Clock".into(),
            Type::Place => "Place".into(),
            Type::Slot => "Slot".into(),
            Type::Name(_) => "a name".into(),
            Type::Set(_) => "a set of names".into(),
            Type::Each(_, inner) => format!("one {} for each name", inner.describe(kind_name)),
            Type::Ref { kinds, .. } => match kinds.list().as_slice() {
                [] => "an actor".into(),
                list => list.iter().map(|kind| kind_name(*kind)).collect::<Vec<_>>().join(" or "),
            },
            Type::Maybe(inner) => format!("maybe {}", inner.describe(kind_name)),
            Type::List(inner, _) => format!("a list of {}", inner.describe(kind_name)),
            Type::Holder(HolderKind::Resource) => "a Resource".into(),
            Type::Holder(HolderKind::Pool) => "a Pool".into(),
            Type::Holder(HolderKind::Stock) => "a Stock".into(),
            Type::Holder(HolderKind::Agenda) => "an Agenda".into(),
            Type::Holder(HolderKind::Line) => "a Line".into(),
            Type::Row(data) => format!("a row of `{}`", data.name),
            Type::Data(data) => data.describe(),
            Type::Nothing => "none".into(),
        }
    }
}

/// What a value's words say, for a trace or a report.
///
/// `actor` names an actor by its number, `moment` a time in nanoseconds.
pub fn show(
    ty: &Type,
    words: &[u64],
    symbols: &Symbols,
    actor: &dyn Fn(u64) -> String,
    moment: &dyn Fn(u64) -> String,
) -> String {
    let first = words.first().copied().unwrap_or(NONE);
    match ty {
        Type::Maybe(inner) => {
            if first == NONE {
                "none".into()
            } else {
                show(inner, words, symbols, actor, moment)
            }
        }
        _ if first == NONE => "none".into(),
        Type::Bool => if first == 0 { "false" } else { "true" }.into(),
        Type::Int => (first as i64).to_string(),
        Type::Quantity(dimension) => unit::format(f64::from_bits(first), *dimension),
        Type::Time => moment(first),
        Type::Clock => {
            let minutes = first / 60_000_000_000;
            format!("{:02}:{:02}", minutes / 60, minutes % 60)
        }
        Type::Place => format!("node {first}"),
        Type::Slot => {
            let span = words.get(1).map_or(0.0, |word| f64::from_bits(*word));
            format!("{} for {}", moment(first), unit::format(span, Dimension::TIME))
        }
        Type::Name(_) => symbols.name(Symbol(first as u32)).to_owned(),
        Type::Set(names) => {
            let inside: Vec<&str> =
                names.iter().enumerate().filter(|(bit, _)| first >> bit & 1 == 1).map(|(_, name)| symbols.name(*name)).collect();
            format!("[{}]", inside.join(", "))
        }
        Type::Ref { .. } => actor(first),
        Type::List(inner, _) => {
            let width = inner.width() as usize;
            let count = first as usize;
            let items: Vec<String> = (0..count)
                .filter_map(|at| words.get(1 + at * width..1 + (at + 1) * width))
                .map(|item| show(inner, item, symbols, actor, moment))
                .collect();
            format!("[{}]", items.join(", "))
        }
        Type::Each(names, inner) => {
            let width = inner.width() as usize;
            let items: Vec<String> = names
                .iter()
                .enumerate()
                .filter_map(|(at, name)| {
                    let item = words.get(at * width..(at + 1) * width)?;
                    Some(format!("{}: {}", symbols.name(*name), show(inner, item, symbols, actor, moment)))
                })
                .collect();
            format!("{{{}}}", items.join(", "))
        }
        Type::Holder(_) => "a holder".into(),
        Type::Row(data) => match data.name_of_row(first) {
            Some(name) => symbols.name(Symbol(name as u32)).to_owned(),
            None => format!("row {first}"),
        },
        Type::Data(data) => data.describe(),
        Type::Nothing => "none".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths_add_up() {
        assert_eq!(Type::Slot.width(), 2);
        assert_eq!(Type::List(Box::new(Type::Slot), 12).width(), 25);
        assert_eq!(Type::Maybe(Box::new(Type::Slot)).width(), 2);
        assert_eq!(Type::Each(Arc::from([Symbol(1), Symbol(2)]), Box::new(NUMBER)).width(), 2);
    }

    #[test]
    fn a_value_fits_where_it_may_be_missing_but_not_the_other_way_round() {
        let maybe = Type::Maybe(Box::new(NUMBER));
        assert!(NUMBER.fits(&maybe));
        assert!(!maybe.fits(&NUMBER));
        assert!(!SPAN.fits(&NUMBER));
    }

    #[test]
    fn none_is_no_number_that_arithmetic_yields() {
        assert!(f64::from_bits(NONE).is_nan());
        let zero = std::hint::black_box(0.0_f64);
        assert_ne!((zero / zero).to_bits() & !(1 << 63), NONE);
    }
}
