//! What the lexer alone decides: units, percent signs, clocks, literals.

use super::*;

fn kinds(text: &str) -> Vec<Kind> {
    let (tokens, errors) = tokens(text);
    assert_eq!(errors, [], "{text}");
    let kinds: Vec<Kind> = tokens.into_iter().map(|token| token.kind).collect();
    kinds[..kinds.len() - 1].to_vec()
}

fn one(text: &str) -> Kind {
    let found = kinds(text);
    assert_eq!(found.len(), 1, "{text}: {found:?}");
    found[0].clone()
}

#[test]
fn a_unit_follows_its_number_directly_or_after_one_space() {
    let quantities = [
        ("90s", 90.0, Dimension::TIME),
        ("2h", 7200.0, Dimension::TIME),
        ("15km", 15_000.0, Dimension::LENGTH),
        ("36 km/h", 10.0, Dimension::SPEED),
        ("2.5 m/s", 2.5, Dimension::SPEED),
        ("1.0 m/s2", 1.0, Dimension::ACCELERATION),
        ("4.50 EUR", 4.5, Dimension::MONEY),
        ("90 °C", 90.0, Dimension::TEMPERATURE),
        ("1e3m", 1000.0, Dimension::LENGTH),
        ("99999999999999999999 s", 1e20, Dimension::TIME),
    ];
    for (text, value, dimension) in quantities {
        assert_eq!(one(text), Kind::Quantity(value, dimension), "{text}");
    }
    assert_eq!(kinds("5  s"), [Kind::Int(5), Kind::Name]);
    assert_eq!(kinds("5 in")[1], Kind::Symbol("in"));
}

#[test]
fn quotient_units_are_only_seen_after_a_number() {
    let slash = Kind::Symbol("/");
    assert_eq!(kinds("km/h"), [Kind::Name, slash.clone(), Kind::Name]);
    let metres = Kind::Quantity(5.0, Dimension::LENGTH);
    assert_eq!(kinds("5 m / s"), [metres.clone(), slash.clone(), Kind::Name]);
    assert_eq!(kinds("5 m/size"), [metres, slash, Kind::Name]);
}

#[test]
fn percent_and_remainder_are_told_apart_by_what_follows() {
    let rem = Kind::Symbol("%");
    for text in ["5%", "5 %", "0.5%*10", "5% - x", "5% != x", "5% in x", "5%)", "5 % < x"] {
        assert!(matches!(kinds(text)[0], Kind::Number(_)), "{text}");
        assert!(!kinds(text).contains(&rem), "{text}");
    }
    for text in ["7 % 3", "7%3", "7 % x", "7 % (x)", "7 % -3", "7 % !x", "7 % .5", "7 % inn"] {
        assert_eq!(kinds(text)[..2], [Kind::Int(7), rem.clone()], "{text}");
    }
    assert_eq!(one("5%"), Kind::Number(0.05));
}

#[test]
fn a_clock_is_digits_colon_two_digits_without_space() {
    const HOUR: u64 = 3_600_000_000_000;
    assert_eq!(one("08:30"), Kind::Clock(8 * HOUR + HOUR / 2));
    assert_eq!(one("8:30:36"), Kind::Clock(8 * HOUR + HOUR / 2 + HOUR / 100));
    let colon = Kind::Symbol(":");
    assert_eq!(kinds("1 : 20"), [Kind::Int(1), colon.clone(), Kind::Int(20)]);
    assert_eq!(kinds("1:2"), [Kind::Int(1), colon.clone(), Kind::Int(2)]);
    assert_eq!(kinds("123:20")[1], colon);
    assert_eq!(kinds("1:20.5")[1..], [colon.clone(), Kind::Number(20.5)]);
    assert_eq!(kinds("1:20s")[1..], [colon.clone(), Kind::Quantity(20.0, Dimension::TIME)]);
    assert_eq!(kinds("08:30:15s")[1], colon);
}

#[test]
fn numbers_and_texts_are_read_as_cel_does() {
    assert_eq!(one("9223372036854775807"), Kind::Int(i64::MAX));
    assert_eq!(one("0x1F"), Kind::Int(31));
    assert_eq!(one(".5"), Kind::Number(0.5));
    assert_eq!(one("1.5e-3"), Kind::Number(0.0015));
    assert_eq!(kinds("a.b"), [Kind::Name, Kind::Symbol("."), Kind::Name]);
    assert_eq!(one(r#""it's""#), Kind::Text("it's".to_string()));
    assert_eq!(one(r"'a\n\'\u00e9\x41\U0001F600'"), Kind::Text("a\n'éA😀".to_string()));
    assert_eq!(kinds("a // why\n + b").len(), 3);
}
