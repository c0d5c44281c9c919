//! Which rules can match: found by event, state, and one value of the event that many rules ask to be equal to something.

use super::playbook::Playbook;

/// The rules that one event may fire in one state.
#[derive(Clone, Debug, Default)]
struct Candidates {
    /// The word of the event that tells them apart.
    word: u16,
    /// By the value of that word, sorted: the rules that ask for it and those that do not care, in order.
    by_value: Vec<(u64, Box<[u16]>)>,
    /// The rules that do not care about it.
    rest: Box<[u16]>,
}

/// Rules by event and state.
#[derive(Clone, Debug)]
pub(super) struct Index {
    states: usize,
    candidates: Vec<Candidates>,
}

impl Index {
    pub(super) fn of(book: &Playbook) -> Index {
        let states = book.states.len();
        let candidates = (0..book.events.len() * states)
            .map(|at| {
                let (event, state) = ((at / states) as u16, (at % states) as u16);
                let fits = |rule: &u16| {
                    let rule = &book.rules[*rule as usize];
                    rule.event == event && rule.state.is_none_or(|own| own == state)
                };
                let rules: Vec<u16> = (0..book.rules.len() as u16).filter(fits).collect();
                Candidates::of(book, &rules)
            })
            .collect();
        Index { states, candidates }
    }

    /// The rules that can match, in the order in which they are tried.
    #[inline]
    pub(super) fn candidates(&self, event: u16, state: u16, words: &[u64]) -> &[u16] {
        let found = &self.candidates[event as usize * self.states + state as usize];
        if found.by_value.is_empty() {
            return &found.rest;
        }
        let value = words[found.word as usize];
        match found.by_value.binary_search_by_key(&value, |(value, _)| *value) {
            Ok(at) => &found.by_value[at].1,
            Err(_) => &found.rest,
        }
    }
}

impl Candidates {
    fn of(book: &Playbook, rules: &[u16]) -> Candidates {
        let asks = |rule: u16, word: u16| {
            let tests = book.rules[rule as usize].guard.tests();
            tests.iter().filter_map(|test| test.equal_to()).find(|(at, _)| *at == word).map(|(_, value)| value)
        };
        let words = rules.first().map_or(0, |rule| book.events[book.rules[*rule as usize].event as usize].words);
        let count = |word: &u16| rules.iter().filter(|rule| asks(**rule, *word).is_some()).count();
        // With one rule less to look at nothing is gained.
        let Some(word) = (0..words).max_by_key(|word| (count(word), std::cmp::Reverse(*word))).filter(|word| count(word) > 1)
        else {
            return Candidates { rest: rules.into(), ..Candidates::default() };
        };
        let mut values: Vec<u64> = rules.iter().filter_map(|rule| asks(*rule, word)).collect();
        values.sort_unstable();
        values.dedup();
        let of = |value: u64| rules.iter().copied().filter(|rule| asks(*rule, word).is_none_or(|own| own == value)).collect();
        let rest = rules.iter().copied().filter(|rule| asks(*rule, word).is_none()).collect();
        Candidates { word, by_value: values.into_iter().map(|value| (value, of(value))).collect(), rest }
    }
}
