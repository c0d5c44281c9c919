//! A shelf that is filled again: (s, S) with demand one by one, back-orders and a fixed lead time.

/// What a shelf holds and owes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shelf {
    /// What is on the shelf on average.
    pub on_hand: f64,
    /// What is waited for on average.
    pub owed: f64,
    /// The share of demand that is served at once.
    pub at_once: f64,
}

/// (s, S): at a position of `least` as many are ordered as bring it to `most`; `meanwhile` is the mean demand of a lead time.
///
/// Demand is Poisson, so the position is uniform from `least + 1` to `most`, and what there is at a moment is the position
/// one lead time before less the demand since, which does not depend on it.
///
/// # Source
///
/// Galliher, Morse and Simond (1959), "Dynamics of two classes of continuous-review inventory systems"; Zipkin (2000),
/// Foundations of Inventory Management, section 6.2.
pub fn reorder(least: u32, most: u32, meanwhile: f64) -> Shelf {
    let mut shelf = Shelf { on_hand: 0.0, owed: 0.0, at_once: 0.0 };
    let positions = f64::from(most - least);
    // Beyond this demand there is no chance that counts.
    let longest = (meanwhile + 12.0 * meanwhile.sqrt() + 40.0) as u32;
    for position in least + 1..=most {
        let mut chance = libm::exp(-meanwhile);
        for demand in 0..=longest {
            let net = f64::from(position) - f64::from(demand);
            shelf.on_hand += chance * net.max(0.0) / positions;
            shelf.owed += chance * (-net).max(0.0) / positions;
            shelf.at_once += if net >= 1.0 { chance / positions } else { 0.0 };
            chance *= meanwhile / f64::from(demand + 1);
        }
    }
    shelf
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::tests::near;

    /// P(N >= n) of a Poisson count, by summing what lies below.
    fn at_least(n: u32, mean: f64) -> f64 {
        let below = (0..n).scan((-mean).exp(), |chance, k| {
            let now = *chance;
            *chance *= mean / f64::from(k + 1);
            Some(now)
        });
        1.0 - below.sum::<f64>()
    }

    #[test]
    fn a_shelf_is_what_hadley_and_whitin_say() {
        // Hadley and Whitin (1963), Analysis of Inventory Systems, section 4-7: the chance to be out of stock, and the
        // back-orders, by complementary cumulative Poisson sums.
        for (least, most, mean) in [(12_u32, 30_u32, 10.0), (8, 30, 10.0), (3, 4, 2.5)] {
            let quantity = f64::from(most - least);
            let alpha = |v: u32| mean * at_least(v, mean) - f64::from(v) * at_least(v + 1, mean);
            let beta = |v: u32| {
                let x = f64::from(v);
                mean * mean / 2.0 * at_least(v.saturating_sub(1), mean) - mean * x * at_least(v, mean)
                    + x * (x + 1.0) / 2.0 * at_least(v + 1, mean)
            };
            let (out, owed) = ((alpha(least) - alpha(most)) / quantity, (beta(least) - beta(most)) / quantity);
            let shelf = reorder(least, most, mean);
            near(1.0 - shelf.at_once, out, 1e-6);
            near(shelf.owed, owed, 1e-6);
            // What is on the shelf less what is owed is the position less the demand of a lead time.
            near(shelf.on_hand - shelf.owed, f64::from(least + 1 + most) / 2.0 - mean, 1e-9);
        }
    }
}
