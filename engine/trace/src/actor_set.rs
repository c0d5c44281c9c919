//! Which actors a block touches: a list when few, a Bloom filter when many.
//!
//! A set may say yes to an actor that is absent, never no to one present.

use crate::codec::Wire;
use crate::error::TraceError;
use crate::wire::{Eye, Fault, Pen};

/// Up to this many actors are listed.
const LIST_MAX: usize = 512;
/// Bits of the filter for each actor, before the cap.
const BITS_EACH: usize = 8;
/// Bytes of the filter at most; with 6,000 actors about 1 in 12 absent ones
/// passes, with 3,000 1 in 30.
const BLOOM_MAX: usize = 4096;

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ActorSet {
    /// Not known: any actor may be in it.
    Any,
    /// In ascending order.
    List(Vec<u32>),
    /// Three bits for each actor; a power of two of bytes.
    Bloom(Vec<u8>),
}

impl ActorSet {
    /// The set of `actors`, which is left empty; they come in any order.
    pub(crate) fn drain(actors: &mut Vec<u32>) -> Self {
        actors.sort_unstable();
        actors.dedup();
        let set = if actors.len() <= LIST_MAX {
            ActorSet::List(actors.clone())
        } else {
            let bytes = (actors.len() * BITS_EACH / 8).next_power_of_two().min(BLOOM_MAX);
            let mut bloom = vec![0; bytes];
            for &actor in &*actors {
                bits(actor, bytes).for_each(|(byte, bit)| bloom[byte] |= bit);
            }
            ActorSet::Bloom(bloom)
        };
        actors.clear();
        set
    }

    pub(crate) fn may_contain(&self, actor: u32) -> bool {
        match self {
            ActorSet::Any => true,
            ActorSet::List(actors) => actors.binary_search(&actor).is_ok(),
            ActorSet::Bloom(bloom) => bits(actor, bloom.len()).all(|(byte, bit)| bloom[byte] & bit != 0),
        }
    }
}

/// The bits of an actor: three slices of one mixed word.
fn bits(actor: u32, bytes: usize) -> impl Iterator<Item = (usize, u8)> {
    let mut word = (u64::from(actor) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    word = (word ^ (word >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
    word ^= word >> 32;
    [0, 20, 40].into_iter().map(move |shift| {
        let bit = (word >> shift) as usize & (bytes * 8 - 1);
        (bit / 8, 1 << (bit % 8))
    })
}

impl Wire for ActorSet {
    fn put(&self, pen: &mut Pen<'_>) -> Result<(), TraceError> {
        match self {
            ActorSet::Any => pen.byte(0),
            ActorSet::List(actors) => {
                pen.byte(1);
                pen.varint(actors.len() as u64);
                let mut last = 0;
                for &actor in actors {
                    pen.varint(u64::from(actor - last));
                    last = actor;
                }
            }
            ActorSet::Bloom(bloom) => {
                pen.byte(2);
                pen.varint(bloom.len() as u64);
                bloom.iter().for_each(|&byte| pen.byte(byte));
            }
        }
        Ok(())
    }

    fn take(eye: &mut Eye<'_>) -> Result<Self, Fault> {
        match eye.byte()? {
            0 => Ok(ActorSet::Any),
            1 => {
                let mut last = 0_u32;
                let next = |eye: &mut Eye<'_>| {
                    last = last.checked_add(eye.narrow()?).ok_or("an actor beyond 32 bits")?;
                    Ok::<_, Fault>(last)
                };
                let length = eye.length(1)?;
                let mut next = next;
                (0..length).map(|_| next(eye)).collect::<Result<_, _>>().map(ActorSet::List)
            }
            2 => {
                let length = eye.length(1)?;
                if !length.is_power_of_two() || length > BLOOM_MAX {
                    return Err(format!("it has a filter of {length} bytes"));
                }
                Ok(ActorSet::Bloom(eye.take(length)?.to_vec()))
            }
            other => Err(format!("it has an unknown kind of actor set, {other}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(actors: impl IntoIterator<Item = u32>) -> ActorSet {
        ActorSet::drain(&mut actors.into_iter().collect())
    }

    #[test]
    fn a_short_list_is_exact() {
        let few = set([7, 3, 3, u32::MAX, 0]);
        assert_eq!(few, ActorSet::List(vec![0, 3, 7, u32::MAX]));
        assert!(few.may_contain(7) && !few.may_contain(8));
    }

    #[test]
    fn a_filter_never_misses_and_seldom_errs() {
        for (count, false_share_max) in [(600_u32, 0.05), (3_000, 0.06), (6_000, 0.12)] {
            let many = set((0..count).map(|i| i * 37));
            assert!(matches!(many, ActorSet::Bloom(_)));
            assert!((0..count).all(|i| many.may_contain(i * 37)));
            let wrong = (0..100_000).filter(|&i| many.may_contain(i * 37 + 1)).count();
            let share = wrong as f64 / 1e5;
            // Theory: (1 - exp(-3 n / m))^3 with m bits and n actors.
            assert!(share < false_share_max, "{count} actors: {share}");
        }
    }
}
