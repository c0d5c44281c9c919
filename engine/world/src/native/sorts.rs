//! Sorts of values as Rust sees them, under the names that a scenario gives its types.
//!
//! A sort is a marker such as [`Number`]: the scenario says `wear: Number(0)`, Rust asks for `field("wear", Number)` and
//! gets and sets an `f64`. Only sorts of one word are here; slots, lists, sets and values by name stay with RON.

use crate::actors::{ActorId, kind_of};
use rehearsal_kernel::Time as Moment;
use rehearsal_language::symbol::Symbol;
use rehearsal_language::types::{Kinds, NONE, Type};
use rehearsal_language::unit::Dimension;

/// A sort of value: which types of the scenario it reads, and what Rust gets.
///
/// Implemented here for all there are; nobody else can.
pub trait Sort: Copy + Send + Sync + sealed::Coded {}

impl<S: sealed::Coded + Copy + Send + Sync> Sort for S {}

pub(crate) mod sealed {
    use super::Type;

    /// How a value lies in its word.
    pub trait Coded {
        /// What Rust gets and sets.
        type Value: Copy;
        /// The sort as a scenario writes it.
        fn written(&self) -> String;
        /// Whether a value of this type can be read as this sort.
        fn fits(&self, ty: &Type) -> bool;
        /// The word of a value.
        fn encode(value: Self::Value) -> u64;
        /// The value of a word.
        fn decode(word: u64) -> Self::Value;
        /// Whether a word may stand where the scenario wants this type.
        fn admits(ty: &Type, word: u64) -> bool {
            let _ = (ty, word);
            true
        }
    }
}

use sealed::Coded;

/// A quantity: its dimension, its unit in Rust, and a sentence for its documentation.
macro_rules! quantities {
    ($($sort:ident, $dimension:ident, $doc:literal;)+) => {$(
        #[doc = $doc]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $sort;

        impl Coded for $sort {
            type Value = f64;

            fn written(&self) -> String {
                stringify!($sort).into()
            }

            fn fits(&self, ty: &Type) -> bool {
                *ty == Type::Quantity(Dimension::$dimension)
            }

            #[inline]
            fn encode(value: f64) -> u64 {
                value.to_bits()
            }

            #[inline]
            fn decode(word: u64) -> f64 {
                f64::from_bits(word)
            }
        }
    )+};
}

quantities! {
    Number, NONE, "A real number without a unit: `f64`.";
    Span, TIME, "A length of time: `f64` `[s]`.";
    Length, LENGTH, "A length: `f64` `[m]`.";
    Speed, SPEED, "A speed: `f64` `[m/s]`.";
    Money, MONEY, "An amount of money: `f64` `[EUR]`.";
    Temperature, TEMPERATURE, "A temperature: `f64` `[°C]`.";
}

/// Yes or no: `bool`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bool;

impl Coded for Bool {
    type Value = bool;

    fn written(&self) -> String {
        "Bool".into()
    }

    fn fits(&self, ty: &Type) -> bool {
        *ty == Type::Bool
    }

    #[inline]
    fn encode(value: bool) -> u64 {
        u64::from(value)
    }

    #[inline]
    fn decode(word: u64) -> bool {
        word != 0
    }
}

/// A whole number: `i64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Int;

impl Coded for Int {
    type Value = i64;

    fn written(&self) -> String {
        "Int".into()
    }

    fn fits(&self, ty: &Type) -> bool {
        *ty == Type::Int
    }

    #[inline]
    fn encode(value: i64) -> u64 {
        value as u64
    }

    #[inline]
    fn decode(word: u64) -> i64 {
        word as i64
    }
}

/// A moment, where there is one: `Option` of the kernel's `Time`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time;

impl Coded for Time {
    type Value = Option<Moment>;

    fn written(&self) -> String {
        "Time".into()
    }

    fn fits(&self, ty: &Type) -> bool {
        *present(ty) == Type::Time
    }

    fn encode(value: Option<Moment>) -> u64 {
        value.map_or(NONE, Moment::as_ns)
    }

    fn decode(word: u64) -> Option<Moment> {
        (word != NONE).then(|| Moment::from_ns(word))
    }
}

/// Somebody, or nobody: `Option<ActorId>`. Reads `Actor`, `Ref`, `Whole` and `Part`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor;

impl Coded for Actor {
    type Value = Option<ActorId>;

    fn written(&self) -> String {
        "Actor".into()
    }

    fn fits(&self, ty: &Type) -> bool {
        matches!(present(ty), Type::Ref { .. })
    }

    #[inline]
    fn encode(value: Option<ActorId>) -> u64 {
        value.map_or(NONE, u64::from)
    }

    #[inline]
    fn decode(word: u64) -> Option<ActorId> {
        crate::actors::actor(word)
    }

    fn admits(ty: &Type, word: u64) -> bool {
        match (present(ty), Actor::decode(word)) {
            (Type::Ref { kinds, .. }, Some(who)) => *kinds == Kinds::Any || kinds.list().contains(&kind_of(who)),
            _ => true,
        }
    }
}

/// A name of the scenario, such as `eco`; [`crate::native::Declared::word`] gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word(pub(crate) Symbol);

/// A name, where there is one: `Option<Word>`. Reads `Name` and `OneOf`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name;

impl Coded for Name {
    type Value = Option<Word>;

    fn written(&self) -> String {
        "Name".into()
    }

    fn fits(&self, ty: &Type) -> bool {
        matches!(present(ty), Type::Name(_))
    }

    fn encode(value: Option<Word>) -> u64 {
        value.map_or(NONE, |word| u64::from(word.0.0))
    }

    fn decode(word: u64) -> Option<Word> {
        u32::try_from(word).ok().map(|symbol| Word(Symbol(symbol)))
    }

    fn admits(ty: &Type, word: u64) -> bool {
        match (present(ty), Name::decode(word)) {
            (Type::Name(Some(names)), Some(name)) => names.contains(&name.0),
            _ => true,
        }
    }
}

/// A value that may be missing, as `Maybe(Number)`: an `Option` of what the sort inside gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Maybe<S>(pub S);

impl<S: Coded> Coded for Maybe<S> {
    type Value = Option<S::Value>;

    fn written(&self) -> String {
        format!("Maybe({})", self.0.written())
    }

    fn fits(&self, ty: &Type) -> bool {
        matches!(ty, Type::Maybe(inner) if self.0.fits(inner))
    }

    fn encode(value: Self::Value) -> u64 {
        value.map_or(NONE, S::encode)
    }

    fn decode(word: u64) -> Self::Value {
        (word != NONE).then(|| S::decode(word))
    }

    fn admits(ty: &Type, word: u64) -> bool {
        word == NONE || S::admits(present(ty), word)
    }
}

/// The type of a value when it is there.
fn present(ty: &Type) -> &Type {
    match ty {
        Type::Maybe(inner) => inner,
        other => other,
    }
}
