//! Events counted one by one: the moments of the last few, or a bit for each of the last.

/// Puts a moment \[ns\] in front of those that are kept; the oldest leaves. A word is one more than its moment, 0 for none.
pub(super) fn push(state: &mut [u64], now: u64) {
    let last = state.len() - 1;
    state.copy_within(..last, 1);
    state[0] = now + 1;
}

/// How many of the moments that are kept are at most `span` old.
pub(super) fn within(state: &[u64], span: u64, now: u64) -> u64 {
    let recent = |moment: &&u64| **moment != 0 && (now + 1).saturating_sub(**moment) <= span;
    // The newest first: behind the first that is too old all others are.
    state.iter().take_while(recent).count() as u64
}

/// One bit for each of the last `readings` events, the last lowest.
pub(super) fn shifted(bits: u64, holds: bool, readings: u16) -> u64 {
    let kept = u64::MAX >> (64 - u32::from(readings));
    (bits << 1 | u64::from(holds)) & kept
}
