//! Colours and shapes: how a kind and a state look, always the same in a run.
//!
//! Colours are those of Okabe and Ito, told apart by colour-blind readers too;
//! kinds differ by shape as well, so that a colour may serve two kinds.
//!
//! # Source
//! M. Okabe and K. Ito, "Color Universal Design", 2008.

use std::collections::BTreeMap;

use crate::index::StateName;

/// In order of use; the yellow last, as it is weak on a light ground.
const COLOURS: [&str; 8] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333", "#F0E442"];
/// For states beyond the palette and actors without a state.
const OTHER: &str = "#8C8C8C";

/// The mark of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    Circle,
    Square,
    Triangle,
    Diamond,
}

impl Shape {
    pub(super) fn of(kind: Option<u16>) -> Shape {
        let shapes = [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond];
        kind.map_or(Shape::Circle, |kind| shapes[usize::from(kind) % shapes.len()])
    }

    /// The shape about a point as a path, all shapes of about equal area.
    pub(super) fn path(self, [x, y]: [f64; 2], radius: f64) -> String {
        match self {
            Shape::Circle => {
                let (left, d) = (x - radius, 2.0 * radius);
                format!("M{left:.1} {y:.1}a{radius} {radius} 0 1 0 {d} 0a{radius} {radius} 0 1 0 -{d} 0z")
            }
            Shape::Square => {
                let (half, side) = (radius * 0.89, radius * 1.78);
                format!("M{:.1} {:.1}h{side:.1}v{side:.1}h-{side:.1}z", x - half, y - half)
            }
            Shape::Triangle => {
                let (half, tall) = (radius * 1.25, radius * 2.3);
                let top = y - tall * 0.6;
                format!("M{x:.1} {top:.1}l{half:.1} {tall:.1}h-{:.1}z", half * 2.0)
            }
            Shape::Diamond => {
                let r = radius * 1.25;
                format!("M{x:.1} {:.1}l{r:.1} {r:.1}l-{r:.1} {r:.1}l-{r:.1} -{r:.1}z", y - r)
            }
        }
    }
}

/// Which state of an actor is shown, and in what colour.
pub(super) struct Styles {
    /// By kind.
    kinds: BTreeMap<u16, KindStyle>,
}

/// The region shown of a kind, and the colour of each of its states.
type KindStyle = (String, Vec<(String, &'static str)>);

impl Styles {
    /// Gives colours in the order in which states first appear: first those
    /// not used at all, then those not used by the same kind, then grey.
    pub(super) fn new(states: &[StateName]) -> Styles {
        let mut kinds = BTreeMap::<u16, KindStyle>::new();
        let mut used = 0;
        for name in states {
            let (region, given) = kinds.entry(name.kind).or_insert_with(|| (name.region.clone(), Vec::new()));
            if *region != name.region {
                continue;
            }
            let of_kind = |colour: &&str| !given.iter().any(|(_, taken)| taken == colour);
            let turn = COLOURS.iter().cycle().skip(used % COLOURS.len()).take(COLOURS.len());
            let colour = turn.copied().find(of_kind).unwrap_or(OTHER);
            used += usize::from(colour != OTHER);
            given.push((name.state.clone(), colour));
        }
        Styles { kinds }
    }

    /// The region of a kind whose state is shown: the first to have one.
    pub(super) fn region(&self, kind: u16) -> Option<&str> {
        self.kinds.get(&kind).map(|(region, _)| region.as_str())
    }

    /// Where a state stands in the legend of its kind, and its colour.
    pub(super) fn state(&self, kind: Option<u16>, state: &str) -> (usize, &'static str) {
        let states = kind.and_then(|kind| self.kinds.get(&kind)).map(|(_, states)| states);
        let place = states.and_then(|states| states.iter().position(|(name, _)| name == state));
        match (place, states) {
            (Some(place), Some(states)) => (place, states[place].1),
            _ => (usize::MAX, OTHER),
        }
    }
}

/// Width \[px\] and colour of a class of road; the greater is drawn later.
pub(super) fn road(class: &str) -> (f64, &'static str) {
    match class.trim_end_matches("_link") {
        "motorway" | "trunk" => (2.6, "#B4B0A6"),
        "primary" => (2.0, "#BFBBB1"),
        "secondary" => (1.6, "#C6C2B8"),
        "tertiary" => (1.1, "#CFCBC1"),
        _ => (0.8, "#D6D2C9"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_colour_serves_one_state_of_a_kind_only() {
        let name = |kind, state: usize| StateName { kind, region: "day".into(), state: state.to_string() };
        let states: Vec<_> = (0..5).map(|i| name(0, i)).chain((0..9).map(|i| name(1, i))).collect();
        let styles = Styles::new(&states);
        let colour = |kind, state: usize| styles.state(Some(kind), &state.to_string()).1;
        let first: Vec<_> = (0..5).map(|i| colour(0, i)).collect();
        assert_eq!(first, COLOURS[..5]);
        let mut second: Vec<_> = (0..8).map(|i| colour(1, i)).collect();
        assert_eq!(second[..3], COLOURS[5..]);
        second.sort_unstable();
        second.dedup();
        assert_eq!(second.len(), 8);
        assert_eq!(colour(1, 8), OTHER);
        assert_eq!(styles.state(None, "home"), (usize::MAX, OTHER));
    }
}
