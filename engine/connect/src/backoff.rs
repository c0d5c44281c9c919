//! How long to wait before the next attempt: twice as long each time, with a jitter that is the same in every run.

use std::time::Duration;

/// First and longest wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Backoff {
    pub(crate) first: Duration,
    pub(crate) longest: Duration,
}

impl Backoff {
    /// The wait after attempt number `attempt` (from 1) of `key`: between half and all of `first` doubled for every
    /// attempt before, at most `longest`. The jitter comes from a hash, so that thousands of events that failed together
    /// do not come back together, and a test knows what it will be.
    pub(crate) fn wait(&self, key: &str, attempt: u32) -> Duration {
        let doubled = self.first.saturating_mul(1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX));
        let whole = doubled.min(self.longest);
        let half = whole / 2;
        // 53 bits of the hash as a fraction below one.
        let fraction = (hash(key, attempt) >> 11) as f64 / (1_u64 << 53) as f64;
        half + half.mul_f64(fraction)
    }
}

/// FNV-1a over key and attempt, then mixed as SplitMix64 does.
pub(crate) fn hash(key: &str, attempt: u32) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in key.bytes().chain(attempt.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let backoff = Backoff { first: Duration::from_secs(1), longest: Duration::from_secs(60) };
        for attempt in 1..=100 {
            let whole = Duration::from_secs(if attempt > 6 { 60 } else { 1 << (attempt - 1) });
            let wait = backoff.wait("k", attempt);
            assert!(wait >= whole / 2 && wait <= whole, "{attempt}: {wait:?}");
        }
    }

    #[test]
    fn jitter_is_even_and_the_same_again() {
        let backoff = Backoff { first: Duration::from_secs(2), longest: Duration::from_secs(2) };
        let waits: Vec<f64> = (0..2_000).map(|key| backoff.wait(&format!("key/{key}"), 1).as_secs_f64()).collect();
        let mean = waits.iter().sum::<f64>() / 2_000.0;
        // Uniform on 1 to 2: mean 1.5, standard error 0.289 / sqrt(2000) = 0.0065; five of them.
        assert!((mean - 1.5).abs() < 0.033, "{mean}");
        assert_eq!(backoff.wait("key/1", 1), backoff.wait("key/1", 1));
    }
}
