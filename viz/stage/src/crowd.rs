//! How crowded it is where: marks counted by the squares of a grid on the ground.

use crate::scene::Mark;
use std::collections::BTreeMap;

/// Counts by square.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Crowd {
    /// Squares with somebody in them, from south to north and there from west to east.
    pub cells: Vec<CrowdCell>,
    /// The side of a square \[m\].
    pub side: f32,
    /// The largest count.
    pub most: u32,
}

/// One square.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrowdCell {
    /// Its south-west corner: metres east and north.
    pub corner: [f32; 2],
    /// Those in it.
    pub count: u32,
    /// Those of them who are on their way.
    pub moving: u32,
}

impl Crowd {
    /// Counts marks by squares of `side` \[m\], at least 1. Squares stand still while the camera moves.
    #[must_use]
    pub fn of(marks: &[Mark], side: f32) -> Crowd {
        let side = side.max(1.0);
        let mut squares: BTreeMap<(i32, i32), [u32; 2]> = BTreeMap::new();
        for mark in marks {
            let [east, north] = mark.place.map(|metres| (metres / side).floor() as i32);
            let [count, moving] = squares.entry((north, east)).or_default();
            *count += 1;
            *moving += u32::from(mark.moving);
        }
        let most = squares.values().map(|[count, _]| *count).max().unwrap_or(0);
        let cell = |((north, east), [count, moving]): ((i32, i32), [u32; 2])| CrowdCell {
            corner: [east as f32 * side, north as f32 * side],
            count,
            moving,
        };
        Crowd { cells: squares.into_iter().map(cell).collect(), side, most }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, HOUR};
    use crate::{Cursor, Filter, Scene};

    #[test]
    fn everybody_is_counted_once_where_they_are() {
        let stage = sample::stage(6);
        let mut cursor = Cursor::new(&stage).unwrap();
        cursor.go(5 * HOUR, 0).unwrap();
        let scene = Scene::of(&cursor, &Filter::default());
        let crowd = Crowd::of(&scene.marks, 250.0);
        for cell in &crowd.cells {
            let inside = |mark: &&Mark| (0..2).all(|axis| (0.0..250.0).contains(&(mark.place[axis] - cell.corner[axis])));
            assert_eq!(scene.marks.iter().filter(inside).count() as u32, cell.count);
        }
        assert_eq!(crowd.cells.iter().map(|cell| cell.count).sum::<u32>() as usize, scene.marks.len());
        assert_eq!(crowd.cells.iter().map(|cell| cell.count).max(), Some(crowd.most));
        assert_eq!(Crowd::of(&[], 0.0).cells, []);
    }
}
