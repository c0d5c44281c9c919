//! What lies under the roads: water, woods, what is built.

use crate::ground::Ground;
use rehearsal_trace::Area;

/// What a plot is to the eye: seven sorts, as many as quiet colours can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Land {
    /// Where people live and work.
    Built,
    /// Meadows, fields, heath, parks, wetland.
    Grass,
    /// Bare rock and scree.
    Rock,
    /// Woods.
    Wood,
    /// Lakes and broad rivers.
    Water,
    /// Where cars are parked.
    Parking,
    /// A building.
    Building,
}

impl Land {
    /// All of them, in the order of their declaration.
    pub const ALL: [Land; 7] = [Land::Built, Land::Grass, Land::Rock, Land::Wood, Land::Water, Land::Parking, Land::Building];

    /// Of a class in a trace's header; none of one that is not drawn.
    #[must_use]
    pub fn of(class: &str) -> Option<Land> {
        Some(match class {
            "residential" | "industrial" => Land::Built,
            "grass" | "farmland" | "park" | "wetland" => Land::Grass,
            "rock" => Land::Rock,
            "wood" => Land::Wood,
            "water" => Land::Water,
            "parking" => Land::Parking,
            "building" => Land::Building,
            _ => return None,
        })
    }

    /// What lies over what: the land itself, then water, then what was made.
    fn layer(self) -> u8 {
        match self {
            Land::Built | Land::Grass | Land::Rock | Land::Wood => 0,
            Land::Water => 1,
            Land::Parking => 2,
            Land::Building => 3,
        }
    }
}

/// An area of the map, in metres.
#[derive(Clone, Debug, PartialEq)]
pub struct Plot {
    /// What it is.
    pub land: Land,
    /// Its name, where it has one.
    pub name: Option<String>,
    /// Its corners: metres east and north; at least three, the last joined to the first. It may touch or cross itself.
    pub outline: Vec<[f32; 2]>,
}

impl Plot {
    /// The areas of a header in the order in which they are drawn: the land, water, car parks, buildings, and of one
    /// layer the larger first, so that a clearing lies on its wood.
    pub(crate) fn all(areas: &[Area], ground: &Ground) -> Vec<Plot> {
        let mut plots: Vec<Plot> = areas.iter().filter_map(|area| Plot::of(area, ground)).collect();
        plots.sort_by(|a, b| (a.land.layer().cmp(&b.land.layer())).then(b.size().total_cmp(&a.size())));
        plots
    }

    fn of(area: &Area, ground: &Ground) -> Option<Plot> {
        let land = Land::of(&area.class)?;
        let outline: Vec<[f32; 2]> = area.outline.iter().map(|&corner| ground.place(corner)).collect();
        (outline.len() >= 3).then(|| Plot { land, name: area.name.clone(), outline })
    }

    /// How large it is \[m2\].
    #[must_use]
    pub fn size(&self) -> f64 {
        // From the first corner, where numbers are small.
        let [east, north] = self.outline.first().copied().unwrap_or_default().map(f64::from);
        let at = |corner: &[f32; 2]| [f64::from(corner[0]) - east, f64::from(corner[1]) - north];
        let pairs = self.outline.iter().zip(self.outline.iter().cycle().skip(1));
        let twice: f64 = pairs.map(|(a, b)| (at(a), at(b))).map(|(a, b)| a[0] * b[1] - b[0] * a[1]).sum();
        twice.abs() / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(class: &str, side: f64) -> Area {
        let outline = vec![[42.5, 1.5], [42.5, 1.5 + side], [42.5 + side, 1.5 + side], [42.5 + side, 1.5]];
        Area { class: class.into(), name: None, outline }
    }

    #[test]
    fn what_is_smaller_or_made_lies_on_top() {
        let thin = Area { outline: vec![[42.5, 1.5], [42.6, 1.5]], ..area("water", 0.0) };
        let areas = [
            area("building", 0.001),
            area("grass", 0.01),
            area("parking", 0.002),
            area("wood", 0.02),
            area("water", 0.03),
            area("farmland", 0.04),
            area("volcano", 0.05),
            thin,
        ];
        let plots = Plot::all(&areas, &Ground::about([42.5, 1.5]));
        let lands: Vec<Land> = plots.iter().map(|plot| plot.land).collect();
        assert_eq!(lands, [Land::Grass, Land::Wood, Land::Grass, Land::Water, Land::Parking, Land::Building]);
        // A square of 0.04 degrees at 42.5 degrees north.
        let side = 0.04 * 111_195.08;
        let expected = side * side * libm::cos(42.5_f64.to_radians());
        assert!((plots[0].size() / expected - 1.0).abs() < 1e-3, "{} and {expected}", plots[0].size());
    }
}
