//! Statistics of the keyed streams: even, unrelated to their neighbours, sensitive to every bit.

use rehearsal_kernel::{StreamKey, unit};

const N: u32 = 1 << 16;

/// Streams that a model makes side by side: replications, actors, purposes, names.
fn neighbours() -> Vec<StreamKey> {
    let root = StreamKey::root(1, 0);
    let actor = root.with(7);
    let mut keys = vec![root, StreamKey::root(1, 1), StreamKey::root(2, 0)];
    keys.extend([actor, root.with(8), actor.with(0), actor.with(1), root.with(8).with(0)]);
    keys.extend([actor.with_name("repair"), actor.with_name("repais"), actor.with_name("")]);
    keys
}

/// Pearson's chi-square over 256 cells of the highest and of the lowest byte. With 255
/// degrees of freedom 184.6 and 345.0 bound all but 2 in 10000; there are 22 tests.
#[test]
fn draws_are_equidistributed() {
    for key in neighbours() {
        for shift in [0, 56] {
            let mut counts = [0_u32; 256];
            (0..N).for_each(|k| counts[(key.draw(k) >> shift) as usize & 255] += 1);
            let expected = f64::from(N) / 256.0;
            let square = |count: &u32| (f64::from(*count) - expected) * (f64::from(*count) - expected);
            let statistic = counts.iter().map(square).sum::<f64>() / expected;
            assert!((184.6..345.0).contains(&statistic), "{key:?} >> {shift}: {statistic}");
        }
    }
}

/// The sample correlation of independent uniforms deviates by 1 / sqrt(n) from 0. Pairs of
/// 11 keys at 3 offsets make about 200 tests, so the bound is 4.5 deviations (7 in a million).
#[test]
fn neighbouring_streams_are_uncorrelated() {
    let keys = neighbours();
    let bound = 4.5 / f64::from(N).sqrt();
    for (i, one) in keys.iter().enumerate() {
        for (j, other) in keys.iter().enumerate().skip(i) {
            for lag in [0, 1, 2] {
                if i == j && lag == 0 {
                    continue;
                }
                let product = |k| (unit(one.draw(k)) - 0.5) * (unit(other.draw(k + lag)) - 0.5);
                let correlation = 12.0 * (0..N).map(product).sum::<f64>() / f64::from(N);
                assert!(correlation.abs() < bound, "{i}, {j}, lag {lag}: {correlation}");
            }
        }
    }
}

/// Actors with consecutive numbers, one draw each: the way most models use streams.
#[test]
fn first_draws_of_consecutive_actors_are_uncorrelated() {
    let root = StreamKey::root(3, 0);
    let first = |actor: u32| unit(root.with(u64::from(actor)).with_name("wait").draw(0)) - 0.5;
    let correlation = 12.0 * (0..N).map(|actor| first(actor) * first(actor + 1)).sum::<f64>() / f64::from(N);
    assert!(correlation.abs() < 4.0 / f64::from(N).sqrt(), "{correlation}");
}

/// A flipped bit of the key's parts or the counter flips each bit of the draw half the time.
/// Over 4096 trials the share deviates by 0.0078; 6 deviations for 160 x 64 shares.
#[test]
fn one_bit_changes_half_of_the_draw() {
    const TRIALS: u64 = 4096;
    let draw = |seed: u64, part: u64, k: u32| StreamKey::root(seed, 0).with(part).draw(k);
    let check = |name: &str, difference: &dyn Fn(u64) -> u64| {
        let mut flips = [0_u64; 64];
        for trial in 0..TRIALS {
            let bits = difference(trial);
            (flips.iter_mut().enumerate()).for_each(|(i, count)| *count += bits >> i & 1);
        }
        for (i, count) in flips.iter().enumerate() {
            let share = *count as f64 / TRIALS as f64;
            assert!((share - 0.5).abs() < 0.047, "{name} flips bit {i} in a share of {share}");
        }
    };
    for bit in 0..64 {
        let flip = 1_u64 << bit;
        check("seed", &|t| draw(t, 5, 5) ^ draw(t ^ flip, 5, 5));
        check("part", &|t| draw(5, t, 5) ^ draw(5, t ^ flip, 5));
    }
    for bit in 0..32 {
        check("counter", &|t| draw(5, 5, t as u32) ^ draw(5, 5, t as u32 ^ 1 << bit));
    }
}
