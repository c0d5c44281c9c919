//! Handles: what Rust holds of a kind's fields, messages, notes, alarms and streams once names and types are checked.

use super::sorts::Sort;
use super::values::Values;
use std::marker::PhantomData;

/// A trait or another value that Rust reads and never sets.
pub struct Fixed<S> {
    pub(crate) slot: u16,
    pub(crate) sort: PhantomData<S>,
}

/// A field that Rust reads and sets.
pub struct Field<S> {
    pub(crate) slot: u16,
    /// Its number among the kind's fields.
    pub(crate) number: u16,
    pub(crate) sort: PhantomData<S>,
}

/// A message that the kind hears, with the values that Rust reads of it.
pub struct Hears<V: Values> {
    pub(crate) message: u16,
    pub(crate) places: V::Places,
}

/// A message that the kind tells, with its values.
pub struct Tells<V: Values> {
    pub(crate) message: u16,
    pub(crate) places: V::Places,
}

/// A note that the kind states, with its values.
pub struct Notes<V: Values> {
    pub(crate) note: u16,
    pub(crate) places: V::Places,
}

/// A timer of the kind: set for a moment, it rings once, unless it is stopped or set anew before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alarm(pub(crate) u16);

/// A purpose of chance: each actor has a random stream of its own for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Luck(pub(crate) u16);

/// Handles are numbers, whatever they are handles of: copied without asking for more.
macro_rules! plain {
    ($($handle:ident<$parameter:ident $(: $bound:ident)?>: $show:ident;)+) => {$(
        impl<$parameter $(: $bound)?> Clone for $handle<$parameter> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<$parameter $(: $bound)?> Copy for $handle<$parameter> {}

        impl<$parameter $(: $bound)?> std::fmt::Debug for $handle<$parameter> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($handle), self.$show)
            }
        }
    )+};
}

plain! {
    Fixed<S>: slot;
    Field<S>: slot;
    Hears<V: Values>: message;
    Tells<V: Values>: message;
    Notes<V: Values>: note;
}

/// Reading is the same for both.
impl<S: Sort> From<Field<S>> for Fixed<S> {
    #[inline]
    fn from(field: Field<S>) -> Fixed<S> {
        Fixed { slot: field.slot, sort: PhantomData }
    }
}
