//! Units people write after a number, and the dimensions they measure.
//!
//! The table is fixed and every unit is linear: a value in base units is the
//! number times a factor. Base units are the second, the metre, the euro and
//! the degree Celsius. Start at [`lookup`] for reading and [`format()`] for
//! printing.
//!
//! A temperature is in degrees Celsius. `K` is the same unit under another
//! name, meant for differences, where kelvin and degrees Celsius agree:
//! `20 °C + 5 K` is 25 °C, and `300 K` is 300 °C, not 26.85 °C.
//!
//! There is one currency, the euro, with `ct` for its hundredth.

use std::fmt;

/// Powers of the base dimensions: what a quantity measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Dimension {
    /// Power of time \[s\].
    pub time: i8,
    /// Power of length \[m\].
    pub length: i8,
    /// Power of money \[EUR\].
    pub money: i8,
    /// Power of temperature \[°C\].
    pub temperature: i8,
}

impl Dimension {
    /// A plain number.
    pub const NONE: Dimension = Dimension { time: 0, length: 0, money: 0, temperature: 0 };
    /// A span of time \[s\].
    pub const TIME: Dimension = Dimension { time: 1, ..Dimension::NONE };
    /// A length \[m\].
    pub const LENGTH: Dimension = Dimension { length: 1, ..Dimension::NONE };
    /// A speed \[m/s\].
    pub const SPEED: Dimension = Dimension { time: -1, length: 1, ..Dimension::NONE };
    /// An acceleration \[m/s2\].
    pub const ACCELERATION: Dimension = Dimension { time: -2, length: 1, ..Dimension::NONE };
    /// An amount of money \[EUR\].
    pub const MONEY: Dimension = Dimension { money: 1, ..Dimension::NONE };
    /// A temperature \[°C\].
    pub const TEMPERATURE: Dimension = Dimension { temperature: 1, ..Dimension::NONE };

    /// The dimension of a product. Powers stop at the bounds of `i8`.
    pub const fn mul(self, other: Dimension) -> Dimension {
        Dimension {
            time: self.time.saturating_add(other.time),
            length: self.length.saturating_add(other.length),
            money: self.money.saturating_add(other.money),
            temperature: self.temperature.saturating_add(other.temperature),
        }
    }

    /// The dimension of a quotient. Powers stop at the bounds of `i8`.
    pub const fn div(self, other: Dimension) -> Dimension {
        Dimension {
            time: self.time.saturating_sub(other.time),
            length: self.length.saturating_sub(other.length),
            money: self.money.saturating_sub(other.money),
            temperature: self.temperature.saturating_sub(other.temperature),
        }
    }

    /// The dimension of a power. Powers stop at the bounds of `i8`.
    pub const fn pow(self, power: i8) -> Dimension {
        Dimension {
            time: self.time.saturating_mul(power),
            length: self.length.saturating_mul(power),
            money: self.money.saturating_mul(power),
            temperature: self.temperature.saturating_mul(power),
        }
    }

    /// Whether this is a plain number.
    pub fn is_none(self) -> bool {
        self == Dimension::NONE
    }

    /// The unit of values in base units, as it is written.
    #[must_use]
    pub fn base_unit(self) -> String {
        match self {
            Dimension::TIME => "s".into(),
            Dimension::LENGTH => "m".into(),
            Dimension::MONEY => "EUR".into(),
            Dimension::TEMPERATURE => "°C".into(),
            Dimension::SPEED => "m/s".into(),
            other => other.to_string(),
        }
    }

    /// The name of a dimension that has one, such as `Span` or `Money`.
    fn name(self) -> Option<&'static str> {
        match self {
            Dimension::NONE => Some("Number"),
            Dimension::TIME => Some("Span"),
            Dimension::LENGTH => Some("Length"),
            Dimension::SPEED => Some("Speed"),
            Dimension::MONEY => Some("Money"),
            Dimension::TEMPERATURE => Some("Temperature"),
            _ => None,
        }
    }

    /// The base units above (`1`) or below (`-1`) the line, such as `m^2*s`.
    fn side(self, sign: i32) -> (String, usize) {
        let parts: Vec<String> = self
            .powers()
            .into_iter()
            .map(|(symbol, power)| (symbol, i32::from(power) * sign))
            .filter(|(_, power)| *power > 0)
            .map(|(symbol, power)| match power {
                1 => symbol.to_string(),
                _ => format!("{symbol}^{power}"),
            })
            .collect();
        (parts.join("*"), parts.len())
    }

    /// Base unit symbols with their powers.
    pub(crate) fn powers(self) -> [(&'static str, i8); 4] {
        [("EUR", self.money), ("°C", self.temperature), ("m", self.length), ("s", self.time)]
    }

    /// The base units of this dimension: `m^2/s`, `EUR`, `1/s`; empty for none.
    fn symbol(self) -> String {
        let (above, _) = self.side(1);
        match self.side(-1) {
            (_, 0) => above,
            (below, count) => {
                let above = if above.is_empty() { "1" } else { &above };
                if count > 1 { format!("{above}/({below})") } else { format!("{above}/{below}") }
            }
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(name) = self.name() {
            return f.write_str(name);
        }
        let upper = |power: i8| power.max(0);
        let lower = |power: i8| power.saturating_neg().max(0);
        let part = |side: fn(i8) -> i8| Dimension {
            time: side(self.time),
            length: side(self.length),
            money: side(self.money),
            temperature: side(self.temperature),
        };
        match (part(upper), part(lower).name()) {
            (Dimension::NONE, Some(below)) => write!(f, "1/{below}"),
            (above, Some(below)) if above.name().is_some() => {
                write!(f, "{}/{below}", above.name().unwrap_or_default())
            }
            _ => f.write_str(&self.symbol()),
        }
    }
}

/// What a unit token stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unit {
    /// One of this unit in base units.
    pub factor: f64,
    /// What it measures; none for `%`.
    pub dimension: Dimension,
    /// The factor as a quotient of exact numbers, so that `7 ms` is the very
    /// number `0.007` and not a neighbour of it.
    ratio: (f64, f64),
}

impl Unit {
    /// `value` of this unit in base units, rounded at most twice.
    pub fn to_base(self, value: f64) -> f64 {
        value * self.ratio.0 / self.ratio.1
    }
}

/// Token, factor as a quotient, dimension.
const UNITS: [(&str, f64, f64, Dimension); 21] = [
    ("ns", 1.0, 1e9, Dimension::TIME),
    ("us", 1.0, 1e6, Dimension::TIME),
    ("ms", 1.0, 1e3, Dimension::TIME),
    ("s", 1.0, 1.0, Dimension::TIME),
    ("min", 60.0, 1.0, Dimension::TIME),
    ("h", 3600.0, 1.0, Dimension::TIME),
    ("d", 86_400.0, 1.0, Dimension::TIME),
    ("w", 604_800.0, 1.0, Dimension::TIME),
    ("y", 31_536_000.0, 1.0, Dimension::TIME),
    ("m", 1.0, 1.0, Dimension::LENGTH),
    ("km", 1000.0, 1.0, Dimension::LENGTH),
    ("mi", 1609.344, 1.0, Dimension::LENGTH),
    ("km/h", 5.0, 18.0, Dimension::SPEED),
    ("m/s", 1.0, 1.0, Dimension::SPEED),
    ("mph", 1609.344, 3600.0, Dimension::SPEED),
    ("m/s2", 1.0, 1.0, Dimension::ACCELERATION),
    ("EUR", 1.0, 1.0, Dimension::MONEY),
    ("ct", 1.0, 100.0, Dimension::MONEY),
    ("°C", 1.0, 1.0, Dimension::TEMPERATURE),
    ("K", 1.0, 1.0, Dimension::TEMPERATURE),
    ("%", 1.0, 100.0, Dimension::NONE),
];

/// The tokens of all units, as they are written behind a number.
pub fn names() -> impl Iterator<Item = &'static str> {
    UNITS.iter().map(|(token, ..)| *token)
}

/// Other spellings people use, with the token they mean.
const SPELLINGS: [(&str, &str); 37] = [
    ("sec", "s"),
    ("secs", "s"),
    ("second", "s"),
    ("seconds", "s"),
    ("mins", "min"),
    ("minute", "min"),
    ("minutes", "min"),
    ("hr", "h"),
    ("hrs", "h"),
    ("hour", "h"),
    ("hours", "h"),
    ("day", "d"),
    ("days", "d"),
    ("week", "w"),
    ("weeks", "w"),
    ("yr", "y"),
    ("year", "y"),
    ("years", "y"),
    ("µs", "us"),
    ("μs", "us"),
    ("meter", "m"),
    ("meters", "m"),
    ("metre", "m"),
    ("metres", "m"),
    ("mile", "mi"),
    ("miles", "mi"),
    ("kmh", "km/h"),
    ("kph", "km/h"),
    ("mps", "m/s"),
    ("€", "EUR"),
    ("euro", "EUR"),
    ("euros", "EUR"),
    ("cent", "ct"),
    ("cents", "ct"),
    ("C", "°C"),
    ("celsius", "°C"),
    ("percent", "%"),
];

/// The unit a token stands for, if there is one. Case matters.
pub fn lookup(token: &str) -> Option<Unit> {
    UNITS.iter().find(|(name, ..)| *name == token).map(|&(_, times, per, dimension)| Unit {
        factor: times / per,
        dimension,
        ratio: (times, per),
    })
}

/// The unit token that someone who wrote `token` most likely meant.
///
/// Known spellings come first, then the same letters in another case, then
/// the nearest token within one edit for three letters and more.
pub fn nearest(token: &str) -> Option<&'static str> {
    let lower = token.to_lowercase();
    let spelling = SPELLINGS.iter().find(|(other, _)| *other == token || *other == lower);
    if let Some((_, meant)) = spelling {
        return Some(meant);
    }
    let tokens = || UNITS.iter().map(|(name, ..)| *name);
    tokens().find(|name| name.to_lowercase() == lower).or_else(|| {
        let near = |name: &&str| strsim::damerau_levenshtein(name, token) == 1;
        let long = |name: &&str| name.chars().count().min(token.chars().count()) >= 2;
        tokens().filter(long).find(near)
    })
}

/// All unit tokens, for messages: `ns, us, ms, ...`.
pub(crate) fn tokens() -> String {
    UNITS.map(|(name, ..)| name).join(", ")
}

/// A value in base units as people read it.
///
/// `150` as a span is `2min 30s`; others come as `4.2h`, `3.1d`, `12.50 EUR`,
/// `1.2 km`, `50 km/h`, `90.0 °C`. Rounds: this is for eyes, not for reading
/// back. What is not finite is `inf`, `-inf` or `NaN`.
pub fn format(value: f64, dimension: Dimension) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    match dimension {
        Dimension::NONE => short(value),
        Dimension::TIME => span(value),
        Dimension::LENGTH if value.abs() >= 1000.0 => format!("{} km", trim(value / 1000.0, 1)),
        Dimension::LENGTH => format!("{} m", short(value)),
        Dimension::SPEED => format!("{} km/h", short(value * 3.6)),
        Dimension::MONEY if value != 0.0 && value.abs() < 0.01 => format!("{} EUR", short(value)),
        Dimension::MONEY => format!("{value:.2} EUR"),
        Dimension::TEMPERATURE => format!("{value:.1} °C"),
        _ => {
            let (number, symbol) = (short(value), dimension.symbol());
            match symbol.strip_prefix("1/") {
                Some(below) => format!("{number}/{below}"),
                None => format!("{number} {symbol}"),
            }
        }
    }
}

/// A span of time \[s\] as people read it.
fn span(seconds: f64) -> String {
    if seconds < 0.0 {
        return format!("-{}", span(-seconds));
    }
    if seconds == 0.0 {
        return "0s".to_string();
    }
    let whole = seconds.round();
    match seconds {
        _ if seconds < 0.999_5e-6 => format!("{}ns", trim(seconds * 1e9, 1)),
        _ if seconds < 0.999_5e-3 => format!("{}us", trim(seconds * 1e6, 1)),
        _ if seconds < 0.999_5 => format!("{}ms", trim(seconds * 1e3, 1)),
        _ if seconds < 59.95 => format!("{}s", trim(seconds, 1)),
        _ if whole < 3600.0 && whole % 60.0 == 0.0 => format!("{}min", whole / 60.0),
        _ if whole < 3600.0 => format!("{}min {}s", (whole / 60.0).floor(), whole % 60.0),
        _ if seconds < 86_220.0 => format!("{}h", trim(seconds / 3600.0, 1)),
        _ if seconds < 63_072_000.0 => format!("{}d", trim(seconds / 86_400.0, 1)),
        _ => format!("{}y", trim(seconds / 31_536_000.0, 1)),
    }
}

/// `value` with up to `places` decimals, without trailing zeros.
fn trim(value: f64, places: usize) -> String {
    let text = format!("{value:.places$}");
    let text = match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.'),
        false => &text,
    };
    if text == "-0" { "0".to_string() } else { text.to_string() }
}

/// A number with about three digits that matter, and all those before the point.
fn short(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_string(),
        size if !(1e-4..1e15).contains(&size) => format!("{value:.2e}"),
        size if size >= 100.0 => trim(value, 1),
        size if size >= 10.0 => trim(value, 2),
        size if size >= 0.1 => trim(value, 3),
        _ => trim(value, 6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(value: f64, token: &str) -> f64 {
        lookup(token).unwrap_or_else(|| panic!("no unit {token}")).to_base(value)
    }

    #[test]
    fn units_turn_into_base_units_without_stray_digits() {
        assert_eq!(base(7.0, "ms"), 0.007);
        assert_eq!(base(90.0, "min"), 5400.0);
        assert_eq!(base(1.0, "y"), 365.0 * 86_400.0);
        assert_eq!(base(36.0, "km/h"), 10.0);
        assert_eq!(base(29.0, "ct"), 0.29);
        assert_eq!(base(7.0, "%"), 0.07);
        assert_eq!(base(90.0, "°C"), base(90.0, "K"));
        assert!((base(60.0, "mph") - 26.8224).abs() < 1e-12);
        for (token, ..) in UNITS {
            let unit = lookup(token).expect("in the table");
            assert!((unit.factor - unit.to_base(1.0)).abs() <= f64::EPSILON * unit.factor);
        }
        assert_eq!(lookup("USD"), None);
        assert_eq!(lookup("S"), None);
    }

    #[test]
    fn nearest_understands_common_spellings_and_slips() {
        let meant = [
            ("mins", Some("min")),
            ("Hours", Some("h")),
            ("KM", Some("km")),
            ("eur", Some("EUR")),
            ("EURO", Some("EUR")),
            ("€", Some("EUR")),
            ("°F", Some("°C")),
            ("mni", Some("min")),
            ("µs", Some("us")),
            ("month", None),
            ("bananas", None),
            ("", None),
        ];
        for (token, unit) in meant {
            assert_eq!(nearest(token), unit, "{token}");
        }
    }

    #[test]
    fn dimensions_multiply_divide_and_have_names() {
        let named = [
            (Dimension::NONE, "Number"),
            (Dimension::TIME, "Span"),
            (Dimension::LENGTH.div(Dimension::TIME), "Speed"),
            (Dimension::MONEY, "Money"),
            (Dimension::TEMPERATURE, "Temperature"),
            (Dimension::TIME.pow(-1), "1/Span"),
            (Dimension::MONEY.div(Dimension::TIME), "Money/Span"),
            (Dimension::LENGTH.pow(2).div(Dimension::TIME), "m^2/s"),
            (Dimension::ACCELERATION, "m/s^2"),
            (Dimension::MONEY.mul(Dimension::TIME), "EUR*s"),
            (Dimension::MONEY.div(Dimension::LENGTH.mul(Dimension::TIME)), "EUR/(m*s)"),
            (Dimension::TIME.pow(-2), "1/s^2"),
        ];
        for (dimension, name) in named {
            assert_eq!(dimension.to_string(), name);
        }
        assert!(Dimension::SPEED.mul(Dimension::TIME).div(Dimension::LENGTH).is_none());
        assert_eq!(Dimension::TIME.pow(127).mul(Dimension::TIME).time, i8::MAX);
        assert_eq!(Dimension::TIME.pow(i8::MIN).to_string(), "1/s^128");
    }

    #[test]
    fn values_print_as_people_read_them() {
        let printed = [
            (150.0, Dimension::TIME, "2min 30s"),
            (300.0, Dimension::TIME, "5min"),
            (0.0, Dimension::TIME, "0s"),
            (4.25, Dimension::TIME, "4.2s"),
            (0.25, Dimension::TIME, "250ms"),
            (59.97, Dimension::TIME, "1min"),
            (3599.7, Dimension::TIME, "1h"),
            (15_120.0, Dimension::TIME, "4.2h"),
            (86_399.0, Dimension::TIME, "1d"),
            (267_840.0, Dimension::TIME, "3.1d"),
            (94_608_000.0, Dimension::TIME, "3y"),
            (-90.0, Dimension::TIME, "-1min 30s"),
            (12.5, Dimension::MONEY, "12.50 EUR"),
            (0.001, Dimension::MONEY, "0.001 EUR"),
            (1234.0, Dimension::LENGTH, "1.2 km"),
            (3.6, Dimension::LENGTH, "3.6 m"),
            (50.0 / 3.6, Dimension::SPEED, "50 km/h"),
            (90.0, Dimension::TEMPERATURE, "90.0 °C"),
            (0.05, Dimension::NONE, "0.05"),
            (-0.00001, Dimension::NONE, "-1.00e-5"),
            (2.0, Dimension::TIME.pow(-1), "2/s"),
            (1.0, Dimension::ACCELERATION, "1 m/s^2"),
            (f64::INFINITY, Dimension::TIME, "inf"),
        ];
        for (value, dimension, text) in printed {
            assert_eq!(format(value, dimension), text, "{value} {dimension}");
        }
    }
}
