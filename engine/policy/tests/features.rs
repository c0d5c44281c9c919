//! Each feature against one that keeps all that ever came, and computes its value anew each time.

use proptest::prelude::*;
use rehearsal_policy::feature::{Feature, Fold, MISSING, Over};

/// An event: its moment \[ns\], its value, and whether the test holds.
type Came = (u64, f64, bool);

/// Events in order, many of them at one moment. Values are quarters, so that sums of them are exact.
fn history() -> impl Strategy<Value = Vec<Came>> {
    let step = prop_oneof![Just(0), 1..5_u64, 5..400_u64];
    let event = (step, -40..40_i32, any::<bool>());
    proptest::collection::vec(event, 0..40).prop_map(|events| {
        let mut now = 0;
        let came = |(step, value, holds): (u64, i32, bool)| {
            now += step * 1_000_000_000;
            (now, f64::from(value) / 4.0, holds)
        };
        events.into_iter().map(came).collect()
    })
}

fn over() -> impl Strategy<Value = Over> {
    let span = (1..300_u64, 1..12_u16).prop_map(|(span, panes)| Over::Span { span: span * 1_000_000_000, panes });
    prop_oneof![Just(Over::Ever), (1..12_u16).prop_map(Over::Readings), span]
}

fn feature() -> impl Strategy<Value = Feature> {
    let fold = prop_oneof![Just(Fold::Sum), Just(Fold::Mean), Just(Fold::Min), Just(Fold::Max), Just(Fold::Slope)];
    let folded = (fold, over()).prop_filter_map("a slope is over something", |(fold, over)| {
        (fold != Fold::Slope || over != Over::Ever).then_some(Feature::Fold { fold, over })
    });
    prop_oneof![
        1 => Just(Feature::Streak),
        1 => Just(Feature::Count),
        1 => Just(Feature::Since),
        1 => Just(Feature::Last),
        1 => (0..300_u64, 1..9_u16).prop_map(|(span, up_to)| Feature::CountWithin { span: span * 1_000_000_000, up_to }),
        1 => (1..=64_u16).prop_map(|readings| Feature::CountOfLast { readings }),
        2 => folded,
        1 => (1..20_u32).prop_map(|over| Feature::Ewma { over: f64::from(over) }),
        1 => (1..90_u32).prop_map(|span| Feature::HalfLife { half_life: f64::from(span) }),
        1 => (1..20_u32).prop_map(|over| Feature::Trend { over: f64::from(over) }),
    ]
}

/// The moments \[s\] and values that lie in a window at `now`.
fn inside(over: Over, passed: &[(u64, f64)], now: u64) -> Vec<(f64, f64)> {
    let kept: Vec<(u64, f64)> = match over {
        Over::Ever => passed.to_vec(),
        Over::Readings(readings) => passed[passed.len().saturating_sub(usize::from(readings))..].to_vec(),
        Over::Span { span, panes } => {
            let pane = |at: u64| at / (span / u64::from(panes));
            passed.iter().copied().filter(|(at, _)| pane(*at) + u64::from(panes) > pane(now)).collect()
        }
    };
    kept.into_iter().map(|(at, value)| (at as f64 / 1e9, value)).collect()
}

fn folded(fold: Fold, points: &[(f64, f64)]) -> Option<f64> {
    let values = points.iter().map(|(_, value)| *value);
    let count = points.len() as f64;
    match fold {
        Fold::Sum => Some(values.sum::<f64>() + 0.0),
        Fold::Mean => (!points.is_empty()).then(|| values.sum::<f64>() / count),
        Fold::Min => values.reduce(f64::min),
        Fold::Max => values.reduce(f64::max),
        Fold::Slope => {
            let first = points.first()?.0;
            let mean_x = points.iter().map(|(x, _)| x - first).sum::<f64>() / count;
            let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / count;
            let xx: f64 = points.iter().map(|(x, _)| (x - first - mean_x).powi(2)).sum();
            let xy: f64 = points.iter().map(|(x, y)| (x - first - mean_x) * (y - mean_y)).sum();
            points.iter().any(|(x, _)| *x != first).then(|| xy / xx)
        }
    }
}

/// The value of a feature, by its definition.
fn expected(feature: Feature, came: &[Came], now: u64) -> Option<f64> {
    let passed: Vec<(u64, f64)> = came.iter().filter(|(.., holds)| *holds).map(|(at, value, _)| (*at, *value)).collect();
    let values: Vec<f64> = passed.iter().map(|(_, value)| *value).collect();
    let whole = |count: usize| Some(count as f64);
    match feature {
        Feature::Streak => whole(came.iter().rev().take_while(|(.., holds)| *holds).count()),
        Feature::Count => whole(passed.len()),
        Feature::CountWithin { span, up_to } => {
            whole(passed.iter().filter(|(at, _)| now - at <= span).count().min(usize::from(up_to)))
        }
        Feature::CountOfLast { readings } => {
            whole(came.iter().rev().take(usize::from(readings)).filter(|(.., holds)| *holds).count())
        }
        Feature::Since => passed.last().map(|(at, _)| (now - at) as f64 / 1e9),
        Feature::Last => values.last().copied(),
        Feature::Fold { fold, over } => folded(fold, &inside(over, &passed, now)),
        Feature::Ewma { over } => {
            let weight = 2.0 / (over + 1.0);
            let (first, rest) = values.split_first()?;
            Some(rest.iter().fold(*first, |mean, value| weight * value + (1.0 - weight) * mean))
        }
        Feature::HalfLife { half_life } => {
            let last = passed.last()?.0;
            let weight = |at: u64| 0.5_f64.powf((last - at) as f64 / 1e9 / half_life);
            let weights: f64 = passed.iter().map(|(at, _)| weight(*at)).sum();
            Some(passed.iter().map(|(at, value)| weight(*at) * value).sum::<f64>() / weights)
        }
        Feature::Trend { over } => {
            let weight = 2.0 / (over + 1.0);
            let (first, rest) = values.split_first()?;
            let step = |(level, trend): (f64, f64), value: &f64| {
                let next = weight * value + (1.0 - weight) * (level + trend);
                (next, weight * (next - level) + (1.0 - weight) * trend)
            };
            Some(rest.iter().fold((*first, 0.0), step).1)
        }
    }
}

fn found(feature: Feature, state: &[u64], now: u64) -> Option<f64> {
    match feature.value(state, now) {
        MISSING => None,
        word if feature.is_whole() => Some(word as f64),
        word => Some(f64::from_bits(word)),
    }
}

fn fed(feature: Feature, came: &[Came]) -> Vec<u64> {
    let mut state = vec![7; usize::from(feature.words())];
    feature.start(&mut state);
    for (now, value, holds) in came {
        if feature.takes_all() {
            feature.feed(&mut state, f64::from(u8::from(*holds)), *now);
        } else if *holds {
            feature.feed(&mut state, *value, *now);
        }
    }
    state
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_feature_is_what_its_history_says(feature in feature(), came in history(), later in 0..400_u64) {
        let now = came.last().map_or(0, |(at, ..)| *at) + later * 1_000_000_000;
        let (found, expected) = (found(feature, &fed(feature, &came), now), expected(feature, &came, now));
        match (found, expected) {
            // Smoothed and fitted values are the same sums in another order: of at most 40 values up to 10 over 16,000 s,
            // which a slope multiplies and cancels.
            (Some(found), Some(expected)) => {
                prop_assert!((found - expected).abs() <= 1e-7 * expected.abs().max(1.0), "{found} instead of {expected}");
            }
            (found, expected) => prop_assert_eq!(found, expected),
        }
        prop_assert_eq!(feature.present(&fed(feature, &came), now), expected.is_some());
    }

    #[test]
    fn a_stored_feature_is_its_first_word(feature in feature(), came in history(), later in 0..400_u64) {
        let now = came.last().map_or(0, |(at, ..)| *at) + later * 1_000_000_000;
        let state = fed(feature, &came);
        if feature.is_stored() {
            prop_assert_eq!(feature.value(&state, now), state[0]);
        }
    }
}

#[test]
fn readings_that_all_lie_at_one_moment_have_no_slope() {
    for over in [Over::Readings(5), Over::Span { span: 60_000_000_000, panes: 4 }] {
        let feature = Feature::Fold { fold: Fold::Slope, over };
        let state = fed(feature, &[(7_000_000_123, 1.0, true), (7_000_000_123, 3.0, true)]);
        assert!(!feature.present(&state, 7_000_000_123), "{over:?}");
    }
}
