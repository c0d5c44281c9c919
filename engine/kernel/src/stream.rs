//! Keyed random streams: each draw is a function of who draws, what for, and how often before.
//!
//! A [`StreamKey`] is built from the seed and the replication, then narrowed by actor and
//! purpose. The k-th draw of a key is a hash of both, so there is no generator whose state could
//! be shared, and a draw more here never shifts a draw there: two policies meet the same people
//! and the same bad luck. A stream's whole state is its counter, 4 bytes.
//!
//! It is not cryptography: who knows the seed knows every draw.
//!
//! # Source
//!
//! Mixing: the finaliser of SplitMix64 (G. L. Steele, D. Lea and C. H. Flood, "Fast splittable
//! pseudorandom number generators", OOPSLA 2014; constants of D. Stafford's "Mix13"). Counter
//! based draws: J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

use serde::{Deserialize, Serialize};

/// 2^64 divided by the golden ratio, odd: spreads consecutive numbers over all bits.
pub const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// How far [`mix`] shifts, each time before it takes both together by exclusive or.
pub const MIX_SHIFTS: [u32; 3] = [30, 27, 31];

/// What [`mix`] multiplies by after its first and its second shift.
pub const MIX_FACTORS: [u64; 2] = [0xBF58_476D_1CE4_E5B9, 0x94D0_49BB_1331_11EB];

/// Mixes all bits into all bits: the finaliser of SplitMix64, a bijection with `mix(0) == 0`.
#[inline]
pub const fn mix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> MIX_SHIFTS[0])).wrapping_mul(MIX_FACTORS[0]);
    let bits = (bits ^ (bits >> MIX_SHIFTS[1])).wrapping_mul(MIX_FACTORS[1]);
    bits ^ (bits >> MIX_SHIFTS[2])
}

/// The identity of a random stream: who draws, and what for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[repr(transparent)]
pub struct StreamKey(u64);

impl StreamKey {
    /// The key of a seed alone; narrow it before drawing.
    #[inline]
    pub const fn seeded(seed: u64) -> StreamKey {
        StreamKey(mix(seed.wrapping_add(GOLDEN)))
    }

    /// The key of one replication of an experiment.
    #[inline]
    pub const fn root(seed: u64, replication: u64) -> StreamKey {
        StreamKey::seeded(seed).with(replication)
    }

    /// The key with these [`StreamKey::bits`].
    #[inline]
    pub const fn from_bits(bits: u64) -> StreamKey {
        StreamKey(bits)
    }

    /// The key of a part of this one, such as an actor or a purpose.
    ///
    /// Different parts of one key never share a key; the order of narrowing matters.
    #[inline]
    pub const fn with(self, part: u64) -> StreamKey {
        self.at(Purpose::new(part))
    }

    /// As [`StreamKey::with`], for a part whose share of the work is done already.
    #[inline]
    pub const fn at(self, part: Purpose) -> StreamKey {
        StreamKey(mix((self.0 ^ part.0).wrapping_add(GOLDEN)))
    }

    /// The key of a part with a name: the name's FNV-1a hash, then [`StreamKey::with`].
    ///
    /// # Source
    ///
    /// G. Fowler, L. C. Noll, K.-P. Vo and D. Eastlake, "The FNV non-cryptographic hash
    /// algorithm" (64 bits, variant 1a).
    pub const fn with_name(self, name: &str) -> StreamKey {
        self.at(Purpose::named(name))
    }

    /// The stream of this key, from its first draw on.
    #[inline]
    pub const fn stream(self) -> Stream {
        Stream { key: self, counter: 0 }
    }

    /// The draws of this stream from the `counter`-th on, which moves with them.
    #[inline]
    pub const fn draws(self, counter: &mut u32) -> Draws<'_> {
        Draws { key: self, counter }
    }

    /// The key as bits, for digests and traces.
    #[inline]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The `k`-th draw of this stream: 64 random bits, the same for the same key and `k`.
    ///
    /// The counter is mixed before it meets the key: were it added, two keys a few counts apart
    /// would give the same stream with an offset.
    #[inline]
    pub const fn draw(self, k: u32) -> u64 {
        mix(self.0 ^ mix((k as u64 + 1).wrapping_mul(GOLDEN)))
    }
}

/// A part of a key, made ready once where it narrows many keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purpose(u64);

impl Purpose {
    /// The part of a number.
    #[inline]
    pub const fn new(part: u64) -> Purpose {
        Purpose(mix(part.wrapping_add(GOLDEN)))
    }

    /// The part of a name, see [`StreamKey::with_name`].
    pub const fn named(name: &str) -> Purpose {
        let bytes = name.as_bytes();
        let mut hash: u64 = 0xCBF2_9CE4_8422_2325;
        let mut i = 0;
        while i < bytes.len() {
            hash = (hash ^ bytes[i] as u64).wrapping_mul(0x0100_0000_01B3);
            i += 1;
        }
        Purpose::new(hash)
    }

    /// The part with these [`Purpose::bits`].
    #[inline]
    pub const fn from_bits(bits: u64) -> Purpose {
        Purpose(bits)
    }

    /// The part as bits.
    #[inline]
    pub const fn bits(self) -> u64 {
        self.0
    }
}

/// A source of random bits. Closures are one, for tests.
pub trait Bits {
    /// The next 64 random bits.
    fn next(&mut self) -> u64;
}

/// A random stream that an actor keeps as a part of its state; 16 bytes.
///
/// With very many actors, keep the counters alone, see [`Draws`]. After 2^32 draws it repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stream {
    /// Which stream.
    pub key: StreamKey,
    /// How many draws it has given.
    pub counter: u32,
}

impl Bits for Stream {
    #[inline]
    fn next(&mut self) -> u64 {
        self.key.draws(&mut self.counter).next()
    }
}

/// The draws of one stream, counted in a slot of its owner, who makes the key anew each time.
///
/// It gives what a [`Stream`] of the same key and counter gives, and leaves 4 bytes of state instead
/// of 16: for very many actors. After 2^32 draws it repeats.
#[derive(Debug)]
pub struct Draws<'a> {
    /// Which stream.
    pub key: StreamKey,
    /// How many draws it has given; the owner keeps this number.
    pub counter: &'a mut u32,
}

impl Bits for Draws<'_> {
    #[inline]
    fn next(&mut self) -> u64 {
        let bits = self.key.draw(*self.counter);
        *self.counter = self.counter.wrapping_add(1);
        bits
    }
}

impl<F: FnMut() -> u64> Bits for F {
    #[inline]
    fn next(&mut self) -> u64 {
        self()
    }
}

/// A stream of its own that hangs on one draw of its parent.
///
/// A method that rejects needs an unknown number of draws. Taking them from here costs the parent
/// exactly one, so what the parent draws later does not depend on how often was rejected.
pub(crate) struct Branch(Stream);

impl Branch {
    /// The stream that hangs on this draw.
    pub(crate) fn new(draw: u64) -> Branch {
        Branch(StreamKey(draw).stream())
    }
}

impl Bits for Branch {
    fn next(&mut self) -> u64 {
        self.0.next()
    }
}

/// Bits as a number in the open interval (0, 1): safe under a logarithm. Step 2^-52.
#[inline]
pub fn unit_open(bits: u64) -> f64 {
    ((bits >> 12) as f64 + 0.5) * UNIT_OPEN_STEP
}

/// The step of [`unit_open`].
pub const UNIT_OPEN_STEP: f64 = 1.0 / (1_u64 << 52) as f64;

/// Bits as a number in [0, 1). Step 2^-53.
#[inline]
pub fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 * UNIT_STEP
}

/// The step of [`unit()`].
pub const UNIT_STEP: f64 = 1.0 / (1_u64 << 53) as f64;

/// Bits as a whole number below `n`, or 0 when `n` is 0. Bias at most `n` / 2^64.
///
/// # Source
///
/// D. Lemire, "Fast random integer generation in an interval", ACM TOMACS 29(1), 2019, without
/// the rejection, so that one draw is enough.
#[inline]
pub fn below(bits: u64, n: u64) -> u64 {
    ((u128::from(bits) * u128::from(n)) >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mix_is_the_finaliser_of_split_mix() {
        // The first outputs of SplitMix64 from state 1234567, as in the reference generator's
        // published test vector.
        let state = 1_234_567_u64;
        let outputs = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        for (k, output) in (1..).zip(outputs) {
            assert_eq!(mix(state.wrapping_add(GOLDEN.wrapping_mul(k))), output);
        }
    }

    /// Computed apart from this code: a change here changes every run ever recorded.
    #[test]
    fn the_same_key_and_counter_give_the_same_bits() {
        let key = StreamKey::root(42, 3).with(7).with_name("repair");
        assert_eq!(key.bits(), 0xCDDB_8821_1FC5_2562);
        assert_eq!(key.draw(0), 0x0641_2BA1_25B0_E200);
        assert_eq!(key.draw(1), 0xF66E_2ABE_AEAC_D701);
        assert_eq!(key.draw(u32::MAX), 0xB34F_B2F0_B4CC_8006);
    }

    #[test]
    fn draws_count_and_wrap() {
        let key = StreamKey::root(1, 1);
        let mut counter = u32::MAX;
        let mut draws = key.draws(&mut counter);
        assert_eq!([draws.next(), draws.next()], [key.draw(u32::MAX), key.draw(0)]);
        assert_eq!(counter, 1);
        let mut stream = Stream { counter: u32::MAX, ..key.stream() };
        assert_eq!([stream.next(), stream.next()], [key.draw(u32::MAX), key.draw(0)]);
        assert_eq!(stream, Stream { key, counter: 1 });
    }

    #[test]
    fn narrowing_keeps_order_and_parts_apart() {
        let root = StreamKey::root(1, 0);
        assert_ne!(root.with(1).with(2), root.with(2).with(1));
        assert_eq!(root.at(Purpose::new(7)), root.with(7));
        assert_eq!(StreamKey::from_bits(root.bits()), root);
        assert_ne!(root.with_name("ab"), root.with_name("a").with_name("b"));
        let mut keys: Vec<u64> = (0..1000).map(|part| root.with(part).bits()).collect();
        keys.extend((0..1000).map(|part| root.with(part % 10).with(part).bits()));
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 2000);
    }

    #[test]
    fn units_stay_within_their_intervals() {
        assert_eq!((unit(0), unit(u64::MAX)), (0.0, 1.0 - f64::EPSILON / 2.0));
        assert!(unit_open(0) > 0.0);
        assert!(unit_open(u64::MAX) < 1.0);
        assert_eq!(unit_open(1 << 63) + unit_open((1 << 63) - 1), 1.0);
    }

    #[test]
    fn below_covers_its_range_evenly() {
        assert_eq!((below(u64::MAX, 0), below(u64::MAX, 1)), (0, 0));
        assert_eq!((below(0, u64::MAX), below(u64::MAX, u64::MAX)), (0, u64::MAX - 1));
        let key = StreamKey::root(4, 0);
        let mut counts = [0_u32; 6];
        (0..60_000).for_each(|k| counts[below(key.draw(k), 6) as usize] += 1);
        // A cell of 10000 deviates by 91; 4 deviations.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 365), "{counts:?}");
    }
}
