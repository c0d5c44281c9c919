//! Numbers as people read them: few digits, thousands apart, a true minus sign.

/// How many decimals show `digits` significant digits of `value`; 0 for large values.
pub(super) fn decimals_for(value: f64, digits: i32) -> usize {
    if value == 0.0 || !value.is_finite() {
        return 0;
    }
    // The exponent comes from decimal text, so that no platform logarithm decides how a number looks.
    let text = format!("{:e}", value.abs());
    let exponent: i32 = text.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
    usize::try_from(digits - 1 - exponent).unwrap_or(0)
}

/// Decimals that suit all values of one row, so that they compare at a glance.
///
/// The largest value shows three significant digits; more where the least would otherwise vanish, up
/// to five of the largest.
pub(crate) fn row_decimals(values: impl Iterator<Item = f64>) -> usize {
    let (least, most) = values
        .map(f64::abs)
        .filter(|value| *value > 0.0 && value.is_finite())
        .fold((f64::INFINITY, 0.0_f64), |(least, most), value| (least.min(value), most.max(value)));
    if most == 0.0 {
        return 0;
    }
    decimals_for(most, 3).max(decimals_for(least, 2).min(decimals_for(most, 5)))
}

/// `value` with `decimals`; numbers too small or large for that in scientific notation.
pub(crate) fn plain(value: f64, decimals: usize) -> String {
    let size = value.abs();
    if size >= 1e12 || (size > 0.0 && size < 1e-4) {
        return format!("{value:.2e}").replace('-', "−");
    }
    let text = format!("{size:.decimals$}");
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    let sign = if value < 0.0 && !is_zero { "−" } else { "" };
    format!("{sign}{}{fraction}", grouped(whole))
}

/// `value` with three significant digits or so.
pub(crate) fn short(value: f64) -> String {
    plain(value, decimals_for(value, 3))
}

/// `value` with its sign, also where it is positive.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let text = plain(value, decimals);
    let is_zero = text.bytes().all(|byte| matches!(byte, b'0' | b'.' | b','));
    if text.starts_with('−') || is_zero { text } else { format!("+{text}") }
}

/// A half-width: at least one significant digit, so that no spread is shown as none.
pub(crate) fn spread(half_width: f64, decimals: usize) -> String {
    plain(half_width, decimals.max(decimals_for(half_width, 1)))
}

/// Digits in groups of three.
fn grouped(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_get_the_decimals_that_tell_values_apart() {
        let decimals = |values: &[f64]| row_decimals(values.iter().copied());
        assert_eq!(decimals(&[12.41, 3.2]), 1);
        assert_eq!(decimals(&[412.0, 8.4]), 1);
        assert_eq!(decimals(&[0.412, 0.39]), 3);
        assert_eq!(decimals(&[18_240.0, 21_900.0]), 0);
        assert_eq!(decimals(&[1_234.0, 0.001]), 1);
        assert_eq!(decimals(&[0.0, f64::NAN]), 0);
        assert_eq!(decimals(&[]), 0);
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(plain(1_234_567.8, 0), "1,234,568");
        assert_eq!(plain(-1_234.5, 1), "−1,234.5");
        assert_eq!(plain(999.96, 1), "1,000.0");
        assert_eq!(plain(12.0, 0), "12");
        assert_eq!(plain(-0.001, 1), "0.0");
        assert_eq!(plain(0.00001, 2), "1.00e−5");
        assert_eq!(plain(-3.2e15, 0), "−3.20e15");
        assert_eq!((signed(2.04, 1), signed(-2.04, 1), signed(0.01, 1)), ("+2.0".into(), "−2.0".into(), "0.0".into()));
    }

    #[test]
    fn a_spread_never_looks_like_none() {
        assert_eq!(spread(0.004, 1), "0.004");
        assert_eq!(spread(0.26, 1), "0.3");
        assert_eq!(spread(0.0, 1), "0.0");
    }
}
