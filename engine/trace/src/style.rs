//! Colours and shapes: how a kind and a state look, always the same in a run.
//!
//! The picture of a moment and a moving view share this, so that a state has one colour in both. A view with a palette of
//! its own goes by the place of a colour ([`Styles::colour`]) instead of the colour itself.
//!
//! Colours are those of Okabe and Ito, told apart by colour-blind readers too;
//! kinds differ by shape as well, so that a colour may serve two kinds.
//!
//! # Source
//! M. Okabe and K. Ito, "Color Universal Design", 2008.

use std::collections::BTreeMap;

use crate::index::StateName;
use crate::snapshot::Presence;

/// In order of use; the yellow last, as it is weak on a light ground.
pub const COLOURS: [&str; 8] = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#333333", "#F0E442"];
/// For states beyond the palette and actors without a state.
pub const OTHER: &str = "#8C8C8C";

/// The mark of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Kinds 0, 4, 8... and actors of no kind.
    Circle,
    /// Kinds 1, 5, 9...
    Square,
    /// Kinds 2, 6, 10...
    Triangle,
    /// Kinds 3, 7, 11...
    Diamond,
}

impl Shape {
    /// The shape of a kind.
    #[must_use]
    pub fn of(kind: Option<u16>) -> Shape {
        let shapes = [Shape::Circle, Shape::Square, Shape::Triangle, Shape::Diamond];
        kind.map_or(Shape::Circle, |kind| shapes[usize::from(kind) % shapes.len()])
    }

    /// The shape about a point as a path, all shapes of about equal area.
    pub(crate) fn path(self, [x, y]: [f64; 2], radius: f64) -> String {
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
#[derive(Clone, Debug, Default)]
pub struct Styles {
    /// By kind.
    kinds: BTreeMap<u16, KindStyle>,
}

/// The region shown of a kind, and the colour of each of its states.
type KindStyle = (String, Vec<(String, Option<u8>)>);

impl Styles {
    /// Gives colours in the order in which states first appear: first those
    /// not used at all, then those not used by the same kind, then grey.
    #[must_use]
    pub fn new(states: &[StateName]) -> Styles {
        let mut kinds = BTreeMap::<u16, KindStyle>::new();
        let mut used = 0;
        for name in states {
            let (region, given) = kinds.entry(name.kind).or_insert_with(|| (name.region.clone(), Vec::new()));
            if *region != name.region {
                continue;
            }
            let of_kind = |colour: &u8| !given.iter().any(|(_, taken)| *taken == Some(*colour));
            let turn = (0..COLOURS.len()).map(|step| ((used + step) % COLOURS.len()) as u8);
            let colour = turn.into_iter().find(of_kind);
            used += usize::from(colour.is_some());
            given.push((name.state.clone(), colour));
        }
        Styles { kinds }
    }

    /// The region of a kind whose state is shown: the first to have one.
    #[must_use]
    pub fn region(&self, kind: u16) -> Option<&str> {
        self.kinds.get(&kind).map(|(region, _)| region.as_str())
    }

    /// The state of an actor that is shown: that of its kind's region, or its first where the kind has none; empty for none.
    #[must_use]
    pub fn shown<'p>(&self, presence: &'p Presence) -> &'p str {
        let kind = presence.actor.as_ref().map(|actor| actor.kind);
        match kind.and_then(|kind| self.region(kind)) {
            Some(region) => presence.state(region),
            None => presence.states.first().map(|(_, state)| &**state),
        }
        .unwrap_or_default()
    }

    /// The place in [`COLOURS`] of a state's colour; none where it is [`OTHER`].
    #[must_use]
    pub fn colour(&self, kind: Option<u16>, state: &str) -> Option<u8> {
        let (_, states) = self.kinds.get(&kind?)?;
        states.iter().find(|(name, _)| name == state)?.1
    }

    /// Where a state stands in the legend of its kind, and its colour.
    pub(crate) fn state(&self, kind: Option<u16>, state: &str) -> (usize, &'static str) {
        let states = kind.and_then(|kind| self.kinds.get(&kind)).map(|(_, states)| states);
        let place = states.and_then(|states| states.iter().position(|(name, _)| name == state));
        let colour = self.colour(kind, state).map_or(OTHER, |colour| COLOURS[usize::from(colour)]);
        (place.unwrap_or(usize::MAX), colour)
    }
}

/// Width \[px\] and colour of a class of road; the greater is drawn later.
pub(crate) fn road(class: &str) -> (f64, &'static str) {
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
