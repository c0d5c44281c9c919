//! Inputs that are nearly those that they were made from: flipped, cut, spliced, with words exchanged.
//!
//! Every change is drawn from a [`Draws`], so the same seed makes the same inputs everywhere.

/// The longest input that is made \[bytes\].
const LENGTH_MAX: usize = 16 * 1024;

/// Numbers that break what is nearly right.
const NUMBERS: [&str; 14] = [
    "0",
    "-1",
    "1",
    "2",
    "64",
    "65",
    "0.5",
    "1e9",
    "1e18",
    "-1e18",
    "1e30",
    "1e-30",
    "9223372036854775807",
    "18446744073709551616",
];

/// A stream of numbers: the generator splitmix64.
///
/// # Source
/// Steele, Lea and Flood 2014, "Fast splittable pseudorandom number generators", figure 17.
#[derive(Clone, Debug)]
pub struct Draws(u64);

impl Draws {
    /// The stream of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Draws {
        Draws(seed)
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where there is none.
    pub fn below(&mut self, end: usize) -> usize {
        (self.bits() % end.max(1) as u64) as usize
    }
}

/// An input made of one or two of `seeds` by a few changes; of text, also word by word with those of `words`.
///
/// # Panics
/// When there is no seed.
#[must_use]
pub fn mutated(seeds: &[Vec<u8>], words: Option<&[String]>, draws: &mut Draws) -> Vec<u8> {
    let mut bytes = seeds[draws.below(seeds.len())].clone();
    if draws.below(8) == 0 {
        bytes = spliced(&bytes, &seeds[draws.below(seeds.len())], draws);
    }
    for _ in 0..1 + draws.below(4) {
        match words {
            // Of a text that is cut anywhere only the reader sees much: most changes keep words whole.
            Some(words) if draws.below(6) != 0 => change_word(&mut bytes, words, draws),
            _ => change_bytes(&mut bytes, draws),
        }
    }
    bytes.truncate(LENGTH_MAX);
    bytes
}

/// The beginning of one and the end of another.
fn spliced(one: &[u8], other: &[u8], draws: &mut Draws) -> Vec<u8> {
    let (end, start) = (draws.below(one.len() + 1), draws.below(other.len() + 1));
    [&one[..end], &other[start..]].concat()
}

fn change_bytes(bytes: &mut Vec<u8>, draws: &mut Draws) {
    let place = draws.below(bytes.len());
    match draws.below(7) {
        _ if bytes.is_empty() => bytes.push(draws.bits() as u8),
        0 => bytes[place] ^= 1 << draws.below(8),
        1 => bytes[place] = draws.bits() as u8,
        2 => bytes[place] = [0, 0xff, 0x7f, 0x80][draws.below(4)],
        3 => bytes.insert(place, draws.bits() as u8),
        4 => bytes.truncate(place),
        5 => {
            let end = (place + 1 + draws.below(64)).min(bytes.len());
            bytes.drain(place..end);
        }
        _ => {
            let end = (place + 1 + draws.below(64)).min(bytes.len());
            let copied = bytes[place..end].to_vec();
            let at = draws.below(bytes.len());
            bytes.splice(at..at, copied);
        }
    }
}

/// Exchanges, drops, doubles or adds a word. What is no text any more is changed by bytes.
fn change_word(bytes: &mut Vec<u8>, words: &[String], draws: &mut Draws) {
    let Ok(text) = std::str::from_utf8(bytes) else { return change_bytes(bytes, draws) };
    let places = words_of(text);
    if places.is_empty() {
        return change_bytes(bytes, draws);
    }
    let (start, end) = places[draws.below(places.len())];
    let other = |draws: &mut Draws| places[draws.below(places.len())];
    let own = &text[start..end];
    let new = match draws.below(8) {
        0 => String::new(),
        1 => format!("{own} {own}"),
        2 | 3 => {
            let (start, end) = other(draws);
            text[start..end].to_owned()
        }
        4 | 5 if own.starts_with(|c: char| c.is_ascii_digit()) => NUMBERS[draws.below(NUMBERS.len())].to_owned(),
        4 => bracketed(text, places[draws.below(places.len())].0).to_owned(),
        5 => format!("{own} {}", words[draws.below(words.len())]),
        _ => words[draws.below(words.len())].clone(),
    };
    bytes.splice(start..end, new.into_bytes());
}

/// Where the words of a text begin and end: names, numbers, and every other character by itself.
fn words_of(text: &str) -> Vec<(usize, usize)> {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let mut words: Vec<(usize, usize)> = Vec::new();
    let mut inside = false;
    for (at, c) in text.char_indices().filter(|(_, c)| !c.is_whitespace()) {
        let end = at + c.len_utf8();
        match words.last_mut() {
            Some(last) if inside && part(c) && last.1 == at => last.1 = end,
            _ => words.push((at, end)),
        }
        inside = part(c);
    }
    words
}

/// From a place to the end of the brackets that open there or behind it.
fn bracketed(text: &str, start: usize) -> &str {
    let mut depth = 0_i32;
    for (at, c) in text[start..].char_indices() {
        depth += match c {
            '(' | '[' | '{' => 1,
            ')' | ']' | '}' => -1,
            _ => 0,
        };
        if depth <= 0 && matches!(c, ')' | ']' | '}') {
            return &text[start..start + at + c.len_utf8()];
        }
    }
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_names_numbers_and_signs() {
        let text = "a_1 + 2.5\"é\"";
        let words: Vec<&str> = words_of(text).into_iter().map(|(start, end)| &text[start..end]).collect();
        assert_eq!(words, ["a_1", "+", "2", ".", "5", "\"", "é", "\""]);
    }

    #[test]
    fn brackets_are_taken_whole() {
        assert_eq!(bracketed("a: Kind(b: [c], d), e", 3), "Kind(b: [c], d)");
        assert_eq!(bracketed("a) b", 0), "a)");
        assert_eq!(bracketed("a (b", 0), "a (b");
    }

    #[test]
    fn the_same_seed_makes_the_same_inputs() {
        let seeds = [b"Kind(name: car)".to_vec(), b"\"x + 1\"".to_vec(), Vec::new()];
        let words = ["State".to_owned()];
        let made = |seed| {
            let mut draws = Draws::new(seed);
            (0..200).map(|_| mutated(&seeds, Some(&words), &mut draws)).collect::<Vec<_>>()
        };
        assert_eq!(made(1), made(1));
        assert_ne!(made(1), made(2));
    }
}
