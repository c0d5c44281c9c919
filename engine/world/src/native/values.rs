//! What a message or note carries, as Rust says it: nothing, one value, or several in brackets.
//!
//! `("hours", Span)` is one value under its name, and in Rust an `f64`; `(("hours", Span), ("cost", Money))` are two, and in
//! Rust `(f64, f64)`. So a value that is missing or of another sort does not compile.

use super::sorts::Sort;
use super::sorts::sealed::Coded;
use crate::plan::Payload;
use rehearsal_language::types::Type;
use rehearsal_language::vm::Words;

/// Where a value lies: its first word in the payload, and its number among the values of the message.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place {
    pub(crate) offset: u16,
    pub(crate) number: u16,
}

/// A sort that Rust asks for, whichever it is.
pub trait Asked {
    /// The sort as a scenario writes it.
    fn written(&self) -> String;
    /// Whether a value of this type can be read as this sort.
    fn fits(&self, ty: &Type) -> bool;
}

impl<S: Coded> Asked for S {
    fn written(&self) -> String {
        Coded::written(self)
    }

    fn fits(&self, ty: &Type) -> bool {
        Coded::fits(self, ty)
    }
}

/// Sorts of what a message carries: `()`, one sort, or several in brackets.
///
/// What Rust gives and gets has the same form: `()`, one value, or several in brackets.
pub trait Values: sealed::Laid {}

impl<V: sealed::Laid> Values for V {}

/// Values with their names: `()`, `("hours", Span)`, or from two to six of these in brackets.
pub trait Shape: sealed::Named {}

impl<N: sealed::Named> Shape for N {}

pub(crate) mod sealed {
    use super::{Asked, Payload, Place, Words};

    /// How values lie in a payload.
    pub trait Laid {
        /// What Rust gives or gets.
        type Value: Copy;
        /// Where they lie.
        type Places: Copy;
        /// The values that lie there.
        fn read(places: Self::Places, words: &Words) -> Self::Value;
        /// Puts values there.
        fn write(places: Self::Places, value: Self::Value, words: &mut [u64]);
        /// The number of a value that does not fit the type it is to have.
        fn misfit(places: Self::Places, words: &[u64], types: &[Payload]) -> Option<u16>;
    }

    /// Values with their names.
    pub trait Named {
        /// The sorts without the names.
        type Values: super::Values;
        /// Asks for the place of each value.
        fn places(self, ask: &mut dyn FnMut(&'static str, &dyn Asked) -> Place) -> <Self::Values as Laid>::Places;
    }
}

use sealed::{Laid, Named};

impl Laid for () {
    type Value = ();
    type Places = ();

    #[inline]
    fn read((): (), _: &Words) {}

    #[inline]
    fn write((): (), (): (), _: &mut [u64]) {}

    #[inline]
    fn misfit((): (), _: &[u64], _: &[Payload]) -> Option<u16> {
        None
    }
}

impl Named for () {
    type Values = ();

    fn places(self, _: &mut dyn FnMut(&'static str, &dyn Asked) -> Place) {}
}

impl<S: Sort> Laid for S {
    type Value = <S as Coded>::Value;
    type Places = Place;

    #[inline]
    fn read(place: Place, words: &Words) -> Self::Value {
        S::decode(words[place.offset as usize].get())
    }

    #[inline]
    fn write(place: Place, value: Self::Value, words: &mut [u64]) {
        words[place.offset as usize] = S::encode(value);
    }

    #[inline]
    fn misfit(place: Place, words: &[u64], types: &[Payload]) -> Option<u16> {
        let fits = S::admits(&types[place.number as usize].ty, words[place.offset as usize]);
        (!fits).then_some(place.number)
    }
}

impl<S: Sort> Named for (&'static str, S) {
    type Values = S;

    fn places(self, ask: &mut dyn FnMut(&'static str, &dyn Asked) -> Place) -> Place {
        ask(self.0, &self.1)
    }
}

/// Several values: each a sort with the letter of its type and its number.
macro_rules! several {
    ($places:ty: $($sort:ident $at:tt),+) => {
        impl<$($sort: Sort),+> Laid for ($($sort,)+) {
            type Value = ($(<$sort as Coded>::Value,)+);
            type Places = $places;

            #[inline]
            fn read(places: Self::Places, words: &Words) -> Self::Value {
                ($(<$sort as Laid>::read(places[$at], words),)+)
            }

            #[inline]
            fn write(places: Self::Places, value: Self::Value, words: &mut [u64]) {
                $(<$sort as Laid>::write(places[$at], value.$at, words);)+
            }

            #[inline]
            fn misfit(places: Self::Places, words: &[u64], types: &[Payload]) -> Option<u16> {
                None$(.or_else(|| <$sort as Laid>::misfit(places[$at], words, types)))+
            }
        }

        impl<$($sort: Sort),+> Named for ($((&'static str, $sort),)+) {
            type Values = ($($sort,)+);

            fn places(self, ask: &mut dyn FnMut(&'static str, &dyn Asked) -> Place) -> $places {
                [$(ask(self.$at.0, &self.$at.1)),+]
            }
        }
    };
}

several!([Place; 2]: A 0, B 1);
several!([Place; 3]: A 0, B 1, C 2);
several!([Place; 4]: A 0, B 1, C 2, D 3);
several!([Place; 5]: A 0, B 1, C 2, D 3, E 4);
several!([Place; 6]: A 0, B 1, C 2, D 3, E 4, F 5);
