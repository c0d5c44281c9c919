//! Areas of the map, for drawing: water, woods, what is built.
//!
//! Nothing that is simulated looks at them. Read are closed ways alone; areas that OpenStreetMap puts together from
//! several ways (multipolygon relations) are left out. Outlines are thinned, and of a large map only the largest are kept,
//! so that what is drawn stays small beside what happens.
//!
//! Where to start: [`Land::of`] for what tags mean, [`areas`] for what is kept.

use super::graph::Projection;
use super::pbf::{Node, Outline};
use super::read::find;

/// How far an outline may lie from the true one \[m\].
const WITHIN_METRES: f64 = 4.0;
/// The same of a building, whose corners are nearer to each other \[m\].
const BUILDING_WITHIN_METRES: f64 = 1.0;
/// What is smaller is left out \[m2\].
const LEAST_M2: f64 = 20.0;
/// Corners of all areas together; of more, the largest areas are kept.
pub(super) const CORNERS_MAX: usize = 100_000;

/// What an area is, from what lies lowest to what is drawn over it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Land {
    /// Where people live: `landuse=residential`.
    Residential,
    /// Where they work: `landuse` of `industrial`, `commercial`, `retail`, `railway`, `quarry`.
    Industrial,
    /// Fields: `landuse` of `farm`, `farmland`, `farmyard`, `orchard`, `vineyard`.
    Farmland,
    /// `landuse` of `grass`, `meadow`, `natural` of `grassland`, `heath`, `scrub`, `fell`.
    Grass,
    /// `natural` of `bare_rock`, `rock`, `scree`.
    Rock,
    /// `landuse=forest`, `natural=wood`.
    Wood,
    /// `natural=wetland`.
    Wetland,
    /// `leisure` of `park`, `garden`, `pitch`, `playground`, `golf_course`; `landuse` of `recreation_ground`, `cemetery`.
    Park,
    /// `natural=water`, `waterway=riverbank`, `landuse` of `reservoir`, `basin`.
    Water,
    /// `amenity=parking`.
    Parking,
    /// Anything with `building`.
    Building,
}

impl Land {
    /// What a tag says of the land, if anything.
    pub(super) fn of(key: &str, value: &str) -> Option<Land> {
        Some(match (key, value) {
            ("building", "no") => return None,
            ("building", _) => Land::Building,
            ("amenity", "parking") => Land::Parking,
            ("natural", "water") | ("waterway", "riverbank") | ("landuse", "reservoir" | "basin") => Land::Water,
            ("leisure", "park" | "garden" | "pitch" | "playground" | "golf_course")
            | ("landuse", "recreation_ground" | "cemetery") => Land::Park,
            ("natural", "wetland") => Land::Wetland,
            ("landuse", "forest") | ("natural", "wood") => Land::Wood,
            ("natural", "bare_rock" | "rock" | "scree") => Land::Rock,
            ("landuse", "grass" | "meadow") | ("natural", "grassland" | "heath" | "scrub" | "fell") => Land::Grass,
            ("landuse", "farm" | "farmland" | "farmyard" | "orchard" | "vineyard") => Land::Farmland,
            ("landuse", "industrial" | "commercial" | "retail" | "railway" | "quarry") => Land::Industrial,
            ("landuse", "residential") => Land::Residential,
            _ => return None,
        })
    }
}

impl std::fmt::Display for Land {
    /// The class in a word.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Land::Residential => "residential",
            Land::Industrial => "industrial",
            Land::Farmland => "farmland",
            Land::Grass => "grass",
            Land::Rock => "rock",
            Land::Wood => "wood",
            Land::Wetland => "wetland",
            Land::Park => "park",
            Land::Water => "water",
            Land::Parking => "parking",
            Land::Building => "building",
        })
    }
}

/// An area of the map, for drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Area {
    /// What it is.
    pub land: Land,
    /// Its `name`.
    pub name: Option<String>,
    /// Latitude and longitude of its corners \[degrees\], at least three; the last is joined to the first.
    pub corners: Vec<(f64, f64)>,
}

/// What is drawn of the outlines of a file, by ascending OSM id of the way.
pub(super) fn areas(mut outlines: Vec<Outline>, nodes: &[Node], projection: Projection) -> Vec<Area> {
    outlines.sort_by_key(|outline| outline.id);
    let mut found: Vec<(f64, Area)> = outlines.into_iter().filter_map(|outline| drawn(outline, nodes, projection)).collect();
    // The largest first, of equals the one that comes first in the file; then again in the order of the file.
    let mut by_size: Vec<usize> = (0..found.len()).collect();
    by_size.sort_by(|&a, &b| found[b].0.total_cmp(&found[a].0).then(a.cmp(&b)));
    let mut room = CORNERS_MAX;
    for place in by_size {
        let corners = found[place].1.corners.len();
        match room.checked_sub(corners) {
            Some(rest) => room = rest,
            None => found[place].1.corners.clear(),
        }
    }
    found.retain(|(_, area)| !area.corners.is_empty());
    found.into_iter().map(|(_, area)| area).collect()
}

/// An area and its size \[m2\]; nothing where it has no three corners, or is too small to be seen.
fn drawn(outline: Outline, nodes: &[Node], projection: Projection) -> Option<(f64, Area)> {
    let mut along: Vec<(f64, f64)> =
        outline.refs.iter().filter_map(|&id| find(nodes, id)).map(|index| nodes[index as usize].at()).collect();
    along.dedup();
    if along.len() > 1 && along.first() == along.last() {
        along.pop();
    }
    if along.len() < 3 {
        return None;
    }
    let xy: Vec<[f64; 2]> = along.iter().map(|&at| projection.xy(at)).collect();
    let within = if outline.land == Land::Building { BUILDING_WITHIN_METRES } else { WITHIN_METRES };
    let kept = thinned(&xy, within);
    let size = size(&kept.iter().map(|&at| xy[at]).collect::<Vec<_>>());
    let corners: Vec<(f64, f64)> = kept.into_iter().map(|at| along[at]).collect();
    let Outline { land, name, .. } = outline;
    (corners.len() >= 3 && size >= LEAST_M2).then_some((size, Area { land, name, corners }))
}

/// The corners of a ring from which no other lies further than so far, ascending.
///
/// # Source
/// D. Douglas and T. Peucker (1973), on the two halves of the ring between its first corner and the one farthest from it.
fn thinned(ring: &[[f64; 2]], within: f64) -> Vec<usize> {
    let from_first = |at: &usize| apart(ring[0], ring[*at]);
    let farthest = (1..ring.len()).fold(0, |most, at| if from_first(&at) > from_first(&most) { at } else { most });
    let mut kept = vec![0];
    // The last half ends where the ring began.
    let mut spans = vec![(farthest, ring.len()), (0, farthest)];
    while let Some((from, to)) = spans.pop() {
        let ends = (ring[from], ring[to % ring.len()]);
        let worst = (from + 1..to)
            .map(|at| (off_line(ring[at], ends), at))
            .fold((0.0, 0), |worst, found| if found.0 > worst.0 { found } else { worst });
        if worst.0 > within {
            spans.push((worst.1, to));
            spans.push((from, worst.1));
        } else if to > from && to < ring.len() {
            kept.push(to);
        }
    }
    kept
}

fn apart([ax, ay]: [f64; 2], [bx, by]: [f64; 2]) -> f64 {
    libm::sqrt((bx - ax) * (bx - ax) + (by - ay) * (by - ay))
}

/// How far a point lies from the straight piece between two others \[m\].
fn off_line([x, y]: [f64; 2], ([ax, ay], [bx, by]): ([f64; 2], [f64; 2])) -> f64 {
    let (dx, dy) = (bx - ax, by - ay);
    let square = dx * dx + dy * dy;
    let share = if square > 0.0 { (((x - ax) * dx + (y - ay) * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
    apart([x, y], [ax + share * dx, ay + share * dy])
}

/// The size of an area \[m2\], by the shoelace formula.
fn size(ring: &[[f64; 2]]) -> f64 {
    let next = ring.iter().cycle().skip(1);
    let twice: f64 = ring.iter().zip(next).map(|([ax, ay], [bx, by])| ax * by - bx * ay).sum();
    twice.abs() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_square_with_points_on_its_sides_has_four_corners() {
        let side = [0.0, 2.0, 5.0, 9.0];
        let mut ring: Vec<[f64; 2]> = side.map(|x| [x, 0.0]).into();
        ring.extend(side.map(|y| [10.0, y]));
        ring.extend(side.map(|x| [10.0 - x, 10.0]));
        ring.extend(side.map(|y| [0.0, 10.0 - y]));
        let kept: Vec<[f64; 2]> = thinned(&ring, 0.5).into_iter().map(|at| ring[at]).collect();
        assert_eq!(kept, [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]);
        assert_eq!(size(&kept), 100.0);
    }

    proptest! {
        #[test]
        fn nothing_lies_farther_than_so_far_from_what_is_kept(
            ring in prop::collection::vec((-500.0..500.0_f64, -500.0..500.0_f64), 3..40), within in 0.5..80.0_f64,
        ) {
            let ring: Vec<[f64; 2]> = ring.into_iter().map(|(x, y)| [x, y]).collect();
            let kept = thinned(&ring, within);
            prop_assert!(kept.is_sorted_by(|a, b| a < b) && kept[0] == 0);
            for (number, &from) in kept.iter().enumerate() {
                let to = kept.get(number + 1).copied().unwrap_or(ring.len());
                for at in from..to {
                    prop_assert!(off_line(ring[at], (ring[from], ring[to % ring.len()])) <= within);
                }
            }
        }
    }
}
