//! One town on any number of shards and threads, in any mode, ends with the same bytes.

mod town;

use proptest::prelude::*;
use rehearsal_kernel::{Duration, Time};
use rehearsal_sharded::{Cores, Mode, Sharded};
use town::{Law, MODES, PHOLD, plain_outcome, sharded, sharded_outcome, ticks};

#[test]
fn any_number_of_shards_and_threads_gives_the_same_bytes() {
    for (seed, rows) in [(1, false), (2, false), (3, true)] {
        let law = Law { seed, rows, ..PHOLD };
        let ends = [ticks(&law, 300)];
        let expected = plain_outcome(&law, &ends);
        assert!(expected.as_ref().unwrap().stats.handled > 3_000);
        for shards in [1, 2, 3, 7] {
            for threads in 1..=4 {
                for mode in MODES {
                    let run = sharded(&law, shards).threads(threads).mode(mode);
                    let found = sharded_outcome(run, &ends);
                    assert_eq!(found, expected, "seed {seed}, {shards} shards, {threads} threads, {mode:?}");
                }
            }
        }
    }
}

#[test]
fn portions_and_forks_equal_one_run() {
    let ends = [3, 3, 50, 20, 51, 200].map(|end| ticks(&PHOLD, end));
    let expected = plain_outcome(&PHOLD, &ends);
    for mode in MODES {
        let mut run = sharded(&PHOLD, 3).threads(2).mode(mode);
        let found = sharded_outcome(run.clone(), &ends);
        assert_eq!(found, expected, "{mode:?}");
        run.run_until(ends[2]).unwrap();
        let rest = sharded_outcome(run.clone(), &ends[3..]).unwrap();
        assert_eq!(rest.pending, expected.as_ref().unwrap().pending, "a fork, {mode:?}");
    }
}

#[test]
fn messages_are_neither_lost_nor_made() {
    for mode in MODES {
        let found = sharded_outcome(sharded(&PHOLD, 7).threads(3).mode(mode), &[ticks(&PHOLD, 300)]).unwrap();
        // Every message begets one, and everyone began with one.
        assert_eq!(found.pending.len(), PHOLD.actors as usize);
        let handled: u64 = found.actors.iter().map(|actor| u64::from(actor.handled)).sum();
        assert_eq!(handled, found.stats.handled);
        let sent: u64 = found.actors.iter().map(|actor| u64::from(actor.sender.sequence)).sum();
        assert_eq!(sent, handled + u64::from(PHOLD.actors));
    }
}

#[test]
fn forced_modes_do_what_they_are_told() {
    let end = ticks(&PHOLD, 300);
    let progress = |mode, threads| {
        let mut run = sharded(&PHOLD, 2).threads(threads).mode(mode);
        let handled = run.run_until(end).unwrap().handled;
        let progress = run.progress();
        assert_eq!(progress.merged + progress.windowed, handled);
        progress
    };
    for threads in [1, 2] {
        let (merged, windows) = (progress(Mode::Merged, threads), progress(Mode::Windows, threads));
        assert_eq!((merged.windowed, windows.merged), (0, 0));
        assert_eq!((merged.changes, windows.changes), (0, 1));
        assert_eq!(windows.alone, if threads == 1 { windows.windowed } else { 0 });
        assert!(merged.windows.abs_diff(windows.windows) <= 1, "{merged:?} {windows:?}");
        let switching = progress(Mode::Switching { windows: 3 }, threads);
        assert!(switching.merged > 0 && switching.windowed > 0 && switching.changes > 5, "{switching:?}");
    }
    let measured = progress(Mode::Measured, 1);
    assert_eq!(measured.windowed, measured.alone, "one thread works alone, in windows too");
}

#[test]
fn without_lookahead_or_company_one_thread_does_it_all() {
    let law = Law { lookahead: 0, ..PHOLD };
    let ends = [ticks(&law, 100)];
    let mut run = sharded(&law, 3).threads(2).mode(Mode::Windows);
    run.run_until(ends[0]).unwrap();
    assert_eq!(run.progress().windowed, 0);
    assert_eq!(sharded_outcome(sharded(&law, 3).threads(2), &ends), plain_outcome(&law, &ends));
}

#[test]
fn no_core_to_spare_is_no_obstacle() {
    let cores = Cores::new(2);
    let ends = [ticks(&PHOLD, 200)];
    let expected = plain_outcome(&PHOLD, &ends);
    let lease = cores.take(2);
    for mode in MODES {
        let run = sharded(&PHOLD, 3).threads(2).mode(mode).cores(cores.clone());
        assert_eq!(sharded_outcome(run, &ends), expected, "{mode:?}");
    }
    drop(lease);
    assert_eq!(cores.free(), 2, "everything was given back");
}

#[test]
fn a_run_restored_from_its_events_equals_the_original() {
    let (middle, end) = (ticks(&PHOLD, 50), ticks(&PHOLD, 100));
    let mut original = sharded(&PHOLD, 3).threads(2).mode(Mode::Switching { windows: 3 });
    original.run_until(middle).unwrap();
    for mode in MODES {
        let parts = original.clone().into_parts();
        let mut restored = Sharded::new(parts, PHOLD.lookahead()).threads(2).mode(mode);
        restored.run_until(middle).unwrap();
        original.sorted().into_iter().rev().for_each(|event| restored.push(event));
        let (found, expected) = (sharded_outcome(restored, &[end]), sharded_outcome(original.clone(), &[end]));
        assert_eq!(found, expected, "{mode:?}");
    }
}

#[test]
fn the_clock_never_goes_back() {
    for mode in MODES {
        let mut run = sharded(&PHOLD, 2).threads(2).mode(mode);
        run.run_until(Time::ZERO).unwrap();
        assert_eq!(run.now(), Time::ZERO);
        let stats = run.run_until(ticks(&PHOLD, 10)).unwrap();
        assert_eq!(stats.now, ticks(&PHOLD, 10));
        let again = run.run_until(ticks(&PHOLD, 5)).unwrap();
        assert_eq!((again.handled, again.now), (0, ticks(&PHOLD, 10)));
    }
}

#[test]
fn an_intervention_reaches_anyone_at_once() {
    let act = |me: &mut town::Town, context: &mut rehearsal_kernel::Context<'_, u64>| {
        for target in 0..PHOLD.actors {
            context.send(&mut me.actors[0].sender, target, Duration::ZERO, 7).unwrap();
        }
    };
    let (middle, end) = (ticks(&PHOLD, 50), ticks(&PHOLD, 100));
    let mut whole = town::plain(&PHOLD);
    whole.run_until(middle).unwrap();
    whole.with_context(act);
    whole.run_until(end).unwrap();
    for mode in MODES {
        let mut run = sharded(&PHOLD, 3).threads(2).mode(mode);
        run.run_until(middle).unwrap();
        run.with_context(0, act);
        run.run_until(end).unwrap();
        assert_eq!(run.sorted(), whole.queue().sorted(), "{mode:?}");
    }
}

fn any_law() -> impl Strategy<Value = Law> {
    let sizes = (any::<u64>(), 1_u32..80, 1_u32..12, any::<bool>(), any::<bool>());
    let times = (prop_oneof![Just(1_u64), 1_u64..1_000_000_000], 1_u64..20, 0.0..20.0, prop_oneof![Just(0.0), 0.0..40.0]);
    let odds = (0.0..1.0, prop_oneof![Just(0.0), 0.0..0.9], 0.0..0.5);
    (sizes, times, odds).prop_map(
        |((seed, actors, districts, interleaved, rows), (tick, lookahead, near, far), (stay, at_once, own))| {
            // Without any delay within a district time would stand still there.
            let near = 0.5 + near;
            Law { seed, actors, districts, interleaved, rows, tick, lookahead, near, far, stay, at_once, own, ..PHOLD }
        },
    )
}

fn any_mode() -> impl Strategy<Value = Mode> {
    let switching = (1_u64..20).prop_map(|windows| Mode::Switching { windows });
    prop_oneof![Just(Mode::Measured), Just(Mode::Merged), Just(Mode::Windows), switching]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn random_towns_end_alike(
        law in any_law(), shards in 1_usize..9, threads in 1_usize..5, mode in any_mode(), portion in 1_u64..100,
    ) {
        let ends = [portion, 100].map(|end| ticks(&law, end));
        let run = sharded(&law, shards).threads(threads).mode(mode);
        prop_assert_eq!(sharded_outcome(run, &ends), plain_outcome(&law, &ends));
    }
}
