//! Logarithms side by side.
//!
//! A logarithm alone is a chain of steps, each of which waits for the last, behind looks at what kind of number it is of. Of
//! numbers that are known to be plain, several can be found at once, without a branch and two or more to an instruction.

/// ln 2 in two parts, the first of which a whole number of up to 11 bits is multiplied by without rounding.
const LN_2: (f64, f64) = (6.931_471_803_691_238e-1, 1.908_214_929_270_587_7e-10);
/// The series of (ln(1 + s) - ln(1 - s)) / s - 2 in powers of s², fitted over the range that is left.
const SERIES: [f64; 7] = [
    6.666_666_666_666_735e-1,
    3.999_999_999_940_942e-1,
    2.857_142_874_366_239e-1,
    2.222_219_843_214_978_4e-1,
    1.818_357_216_161_805e-1,
    1.531_383_769_920_937_3e-1,
    1.479_819_860_511_658_6e-1,
];

/// The bits of a number's fraction.
const FRACTION: u64 = (1 << 52) - 1;
/// The high word of the root of a half: fractions are brought between there and twice as much.
const ROOT_HALF: u64 = 0x3fe6_a09e << 32;
/// The bits of 2^52: put before a whole number below it they make a number that is so much greater.
const HUGE: u64 = 1075 << 52;
/// The exponent of 1.
const BIAS: f64 = 1023.0;

/// A whole number below 2^52 as a number: a conversion would be done for one at a time.
#[inline(always)]
pub(super) fn float_of(whole: u64) -> f64 {
    f64::from_bits(HUGE | whole) - f64::from_bits(HUGE)
}

/// The natural logarithm of a normal number above 0, bit for bit that of `libm`.
///
/// # Source
///
/// The method, the constants and the order of its steps are those of FDLIBM's `e_log.c` (Sun Microsystems, 1993).
#[inline(always)]
pub(super) fn log_of_normal(x: f64) -> f64 {
    let above = x.to_bits() + ((1023 << 52) - ROOT_HALF);
    let twos = float_of(above >> 52) - BIAS;
    let f = f64::from_bits((above & FRACTION) + ROOT_HALF) - 1.0;
    let half_square = 0.5 * f * f;
    let s = f / (2.0 + f);
    let (z, [a, b, c, d, e, g, h]) = (s * s, SERIES);
    let w = z * z;
    let rest = z * (a + w * (c + w * (e + w * h))) + w * (b + w * (d + w * g));
    s * (half_square + rest) + twos * LN_2.1 - half_square + f + twos * LN_2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn of_edges_it_is_the_logarithm() {
        for x in [f64::MIN_POSITIVE, f64::MAX, 0.5, 1.0, 2.0, 1.0 - f64::EPSILON / 2.0, 1.0 + f64::EPSILON] {
            assert_eq!(log_of_normal(x).to_bits(), libm::log(x).to_bits(), "{x}");
        }
        // About the root of a half, where the exponent is chosen.
        for around in -2..=2_i64 {
            let x = f64::from_bits(ROOT_HALF.wrapping_add_signed(around));
            assert_eq!(log_of_normal(x).to_bits(), libm::log(x).to_bits(), "{x}");
        }
        assert_eq!((float_of(0), float_of(FRACTION)), (0.0, FRACTION as f64));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn it_is_the_logarithm(x in prop_oneof![prop::num::f64::POSITIVE | prop::num::f64::NORMAL, 0.0..1.0_f64, 0.7..1.5_f64]) {
            prop_assume!(x.is_normal() && x > 0.0);
            prop_assert_eq!(log_of_normal(x).to_bits(), libm::log(x).to_bits());
        }
    }
}
