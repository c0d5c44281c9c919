//! The last few readings, in a ring: how many came at all, then the readings, those of a slope with their moments.

use super::Fold;

/// Words of one reading.
fn width(fold: Fold) -> usize {
    if fold == Fold::Slope { 2 } else { 1 }
}

/// Words of state.
pub(super) fn words(fold: Fold, readings: u16) -> u16 {
    1 + readings * width(fold) as u16
}

/// Takes in a reading; the oldest leaves where there is no more room.
pub(super) fn push(fold: Fold, readings: u16, state: &mut [u64], value: f64, now: u64) {
    let width = width(fold);
    let place = 1 + (state[0] % u64::from(readings)) as usize * width;
    state[place] = value.to_bits();
    if width == 2 {
        state[place + 1] = now;
    }
    state[0] += 1;
}

/// What the readings come to; nothing where there are none.
pub(super) fn value(fold: Fold, readings: u16, state: &[u64]) -> Option<f64> {
    let (came, room, width) = (state[0], u64::from(readings), width(fold));
    let kept = came.min(room);
    // From the oldest to the newest.
    let places = (came - kept..came).map(|number| 1 + (number % room) as usize * width);
    let values = places.clone().map(|place| f64::from_bits(state[place]));
    match fold {
        Fold::Sum => Some(values.sum::<f64>() + 0.0),
        Fold::Mean => (kept > 0).then(|| values.sum::<f64>() / kept as f64),
        Fold::Min => values.reduce(f64::min),
        Fold::Max => values.reduce(f64::max),
        Fold::Slope => {
            let newest = state[places.clone().next_back()? + 1];
            let ago = |place: usize| -((newest - state[place + 1]) as f64 / 1e9);
            slope(places.map(|place| (ago(place), f64::from_bits(state[place]))))
        }
    }
}

/// The slope of a straight line through points, by least squares; nothing where all lie at one moment.
fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    let count = points.clone().count() as f64;
    let (x, y) = points.clone().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
    let (x, y) = (x / count, y / count);
    let (xx, xy) = points.fold((0.0, 0.0), |(xx, xy), point| {
        let (dx, dy) = (point.0 - x, point.1 - y);
        (xx + dx * dx, xy + dx * dy)
    });
    (xx > 0.0).then(|| xy / xx)
}
