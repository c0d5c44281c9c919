//! Each pattern against one that keeps all that ever happened and tries every series of events.

use proptest::prelude::*;
use rehearsal_policy::pattern::{Absence, AfterMatch, All, Next, Pattern, STEPS_MAX, Sequence, Watch, Worse};

/// What happened: its moment \[ns\], and a bit for each step that it fits.
type Happened = (u64, u32);

/// Events in order, many at one moment, for patterns of up to four steps.
fn history() -> impl Strategy<Value = Vec<Happened>> {
    let step = prop_oneof![Just(0_u64), 1..4_u64];
    proptest::collection::vec((step, 0..16_u32), 0..14).prop_map(|events| {
        let mut now = 0;
        let happened = |(step, hits)| {
            now += step;
            (now, hits)
        };
        events.into_iter().map(happened).collect()
    })
}

fn after_match() -> impl Strategy<Value = AfterMatch> {
    prop_oneof![Just(AfterMatch::Skip), Just(AfterMatch::Keep)]
}

fn fits(happened: &[Happened], at: usize, step: usize) -> bool {
    happened[at].1 >> step & 1 == 1
}

/// The latest beginning of a series that fits the steps up to `step` and ends with event `at`; all series are tried.
fn latest(happened: &[Happened], sequence: &Sequence, step: usize, at: usize) -> Option<u64> {
    if !fits(happened, at, step) {
        return None;
    }
    if step == 0 {
        return Some(happened[at].0);
    }
    let first = if sequence.next == Next::Strict { at.checked_sub(1)? } else { 0 };
    (first..at).filter_map(|before| latest(happened, sequence, step - 1, before)).max()
}

/// The moments at which a sequence matches, each with its beginning.
fn sequences(happened: &[Happened], sequence: &Sequence) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    let mut from = 0;
    for at in 0..happened.len() {
        let now = happened[at].0;
        let last = usize::from(sequence.steps) - 1;
        let since = latest(&happened[from..], sequence, last, at - from).filter(|since| now - since <= sequence.within);
        if let Some(since) = since {
            found.push((now, since));
            if sequence.after_match == AfterMatch::Skip {
                from = at + 1;
            }
        }
    }
    found
}

/// The moments at which all are there, each with the moments of all.
fn alls(happened: &[Happened], all: &All) -> Vec<(u64, Vec<u64>)> {
    let mut found = Vec::new();
    let mut from = 0;
    for at in 0..happened.len() {
        let now = happened[at].0;
        let last = |step: usize| (from..=at).rev().find(|at| fits(happened, *at, step)).map(|at| happened[at].0);
        let moments: Option<Vec<u64>> = (0..usize::from(all.steps)).map(last).collect();
        let own = (0..usize::from(all.steps)).any(|step| fits(happened, at, step));
        if let Some(moments) = moments.filter(|moments| own && moments.iter().all(|moment| now - moment <= all.within)) {
            found.push((now, moments));
            if all.after_match == AfterMatch::Skip {
                from = at + 1;
            }
        }
    }
    found
}

/// The moments at which something was not answered, each with when that happened.
fn absences(happened: &[Happened], absence: &Absence) -> Vec<(u64, u64)> {
    let mut found = Vec::new();
    let mut from = 0;
    let has = |at: usize, bit: u32| happened[at].1 & bit != 0;
    while let Some(mut start) = (from..happened.len()).find(|at| has(*at, Absence::AFTER)) {
        loop {
            let due = happened[start].0 + absence.within;
            let in_time = |at: &usize| happened[*at].0 < due;
            let answer = (start + 1..happened.len()).filter(in_time).find(|at| has(*at, Absence::OF));
            let again = (start + 1..answer.map_or(happened.len(), |at| at + 1))
                .filter(in_time)
                .find(|at| absence.restarts && has(*at, Absence::AFTER));
            if let Some(again) = again {
                start = again;
                continue;
            }
            if answer.is_none() {
                found.push((due, happened[start].0));
            }
            from = answer.or_else(|| (start + 1..happened.len()).find(|at| !in_time(at))).unwrap_or(happened.len());
            break;
        }
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn a_sequence_is_found_where_there_is_one(
        happened in history(), steps in 1..=4_u16, within in 0..14_u64, strict in any::<bool>(), after_match in after_match(),
    ) {
        let next = if strict { Next::Strict } else { Next::Relaxed };
        let sequence = Sequence { steps, within, next, after_match };
        let pattern = Pattern::Sequence(sequence);
        let mut state = vec![0; usize::from(pattern.words())];
        let mut found = Vec::new();
        for (now, hits) in &happened {
            let mut moments = Vec::new();
            if pattern.feed(&mut state, *hits, *now, &mut moments).matched {
                prop_assert_eq!(moments.len(), 2);
                found.push((moments[1], moments[0]));
            }
        }
        prop_assert_eq!(found, sequences(&happened, &sequence));
    }

    #[test]
    fn all_are_found_in_any_order(
        happened in history(), steps in 1..=4_u16, within in 0..14_u64, after_match in after_match(),
    ) {
        let all = All { steps, within, after_match };
        let pattern = Pattern::All(all);
        let mut state = vec![0; usize::from(pattern.words())];
        let mut found = Vec::new();
        for (now, hits) in &happened {
            let mut moments = Vec::new();
            if pattern.feed(&mut state, *hits, *now, &mut moments).matched {
                found.push((*now, moments));
            }
        }
        prop_assert_eq!(found, alls(&happened, &all));
    }

    /// At the moment at which a span is over the timer may come before the events of that moment, or behind some of them.
    #[test]
    fn what_is_not_answered_is_found_when_its_span_is_over(
        happened in history(), within in 1..9_u64, restarts in any::<bool>(), first in any::<u32>(),
    ) {
        let absence = Absence { within, restarts };
        let pattern = Pattern::Absence(absence);
        let mut state = vec![0; usize::from(pattern.words())];
        let mut due: Option<u64> = None;
        let mut found = Vec::new();
        for (number, (now, hits)) in happened.iter().enumerate() {
            let timer_first = first >> number & 1 == 1;
            if let Some(at) = due.take_if(|at| *at < *now || *at == *now && timer_first) {
                found.push((at, pattern.ring(&mut state).expect("it waits")));
            }
            let mut moments = Vec::new();
            let outcome = pattern.feed(&mut state, *hits, *now, &mut moments);
            if outcome.matched {
                found.push((*now, moments[0]));
            }
            match outcome.watch {
                Watch::Same => {}
                Watch::Until(at) => due = Some(at),
                Watch::Over => due = None,
            }
        }
        if let Some(at) = due {
            found.push((at, pattern.ring(&mut state).expect("it waits")));
        }
        prop_assert_eq!(found, absences(&happened, &absence));
        prop_assert_eq!(pattern.ring(&mut state), None);
    }

    #[test]
    fn worse_is_beyond_the_event_before(values in proptest::collection::vec(-3..3_i32, 0..12), falling in any::<bool>()) {
        let worse = if falling { Worse::Falling } else { Worse::Rising };
        let mut state = 0;
        let found: Vec<bool> = values.iter().map(|value| worse.than_before(&mut state, f64::from(*value))).collect();
        let beyond = |at: usize| at > 0 && (if falling { values[at] < values[at - 1] } else { values[at] > values[at - 1] });
        prop_assert_eq!(found, (0..values.len()).map(beyond).collect::<Vec<_>>());
    }
}

#[test]
fn the_longest_patterns_have_a_bit_for_each_step() {
    let within = 1_000;
    let sequence = Pattern::Sequence(Sequence { steps: STEPS_MAX, within, next: Next::Relaxed, after_match: AfterMatch::Skip });
    let mut state = vec![0; usize::from(sequence.words())];
    let matched = (0..STEPS_MAX).map(|at| sequence.feed(&mut state, 1 << at, u64::from(at), &mut Vec::new()).matched);
    assert_eq!(matched.filter(|matched| *matched).count(), 1);
    let all = Pattern::All(All { steps: STEPS_MAX, within, after_match: AfterMatch::Skip });
    let mut state = vec![0; usize::from(all.words())];
    assert!(all.feed(&mut state, u32::MAX, 5, &mut Vec::new()).matched);
}
