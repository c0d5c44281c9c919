//! Whom the pointer means: the nearest mark to a point of the screen.
//!
//! A grid is built anew for each frame that is pointed at, from the marks in the viewport: one look at each. A question then
//! looks into the squares that the radius reaches.

use crate::camera::Camera;
use crate::scene::Mark;

/// The side of a square \[px\].
const SIDE: f32 = 32.0;

/// Marks by where they are on the screen.
#[derive(Clone, Debug, Default)]
pub struct Grid {
    columns: usize,
    rows: usize,
    /// Where the marks of each square begin in `marks`; one more than there are squares.
    starts: Vec<usize>,
    /// The actor and the point of each mark, square by square.
    marks: Vec<(u32, [f32; 2])>,
}

impl Grid {
    /// The marks that a camera shows, and those up to a square beyond its edges.
    #[must_use]
    pub fn new(marks: &[Mark], camera: &Camera) -> Grid {
        Grid::of(marks.iter().map(|mark| (mark.actor, camera.place(mark.place))), camera.viewport)
    }

    /// Over points of a viewport \[px\], each with its actor.
    #[must_use]
    pub fn of(points: impl IntoIterator<Item = (u32, [f32; 2])>, viewport: [f64; 2]) -> Grid {
        // A square beyond each edge, so that half a mark that shows can be picked.
        let [columns, rows] = viewport.map(|side| (side.max(1.0) as f32 / SIDE).ceil() as usize + 2);
        let mut grid = Grid { columns, rows, starts: vec![0; columns * rows + 1], marks: Vec::new() };
        let points: Vec<(usize, (u32, [f32; 2]))> =
            points.into_iter().filter_map(|point| Some((grid.square(point.1)?, point))).collect();
        for (square, _) in &points {
            grid.starts[square + 1] += 1;
        }
        for square in 0..columns * rows {
            grid.starts[square + 1] += grid.starts[square];
        }
        let mut next = grid.starts.clone();
        grid.marks = vec![(0, [0.0; 2]); points.len()];
        for (square, point) in points {
            grid.marks[next[square]] = point;
            next[square] += 1;
        }
        grid
    }

    /// The square of a point; none beyond the edge.
    fn square(&self, point: [f32; 2]) -> Option<usize> {
        let [column, row] = point.map(|side| (side / SIDE).floor() + 1.0);
        let inside = column >= 0.0 && row >= 0.0 && (column as usize) < self.columns && (row as usize) < self.rows;
        inside.then(|| row as usize * self.columns + column as usize)
    }

    /// The nearest actor within `radius` of a point \[px\]; of several as near, the one of the least number.
    #[must_use]
    pub fn nearest(&self, point: [f32; 2], radius: f32) -> Option<u32> {
        let reach = |middle: f32, count: usize| {
            let [first, last] = [middle - radius, middle + radius].map(|side| (side / SIDE).floor() + 1.0);
            // Conversions saturate: a negative number is 0.
            first as usize..(last.max(-1.0) + 1.0).min(count as f32) as usize
        };
        let mut best: Option<(f32, u32)> = None;
        for row in reach(point[1], self.rows) {
            for column in reach(point[0], self.columns) {
                let square = row * self.columns + column;
                for &(actor, place) in &self.marks[self.starts[square]..self.starts[square + 1]] {
                    let (distance, least) = (squared(place, point), (radius * radius, u32::MAX));
                    let (nearest, holder) = best.unwrap_or(least);
                    if distance < nearest || (distance == nearest && actor <= holder) {
                        best = Some((distance, actor));
                    }
                }
            }
        }
        best.map(|(_, actor)| actor)
    }

    /// All actors in a rectangle of the screen \[px\], by number: for choosing several at once.
    #[must_use]
    pub fn within(&self, least: [f32; 2], most: [f32; 2]) -> Vec<u32> {
        let inside = |&&(_, place): &&(u32, [f32; 2])| (0..2).all(|axis| (least[axis]..=most[axis]).contains(&place[axis]));
        let mut found: Vec<u32> = self.marks.iter().filter(inside).map(|(actor, _)| *actor).collect();
        found.sort_unstable();
        found
    }
}

fn squared(a: [f32; 2], b: [f32; 2]) -> f32 {
    let [x, y] = [a[0] - b[0], a[1] - b[1]];
    x * x + y * y
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn brute(points: &[(u32, [f32; 2])], viewport: [f64; 2], point: [f32; 2], radius: f32) -> Option<u32> {
        let edge = |side: f64| ((side as f32 / SIDE).ceil() + 1.0) * SIDE;
        let shown = |at: &[f32; 2]| (0..2).all(|axis| at[axis] >= -SIDE && at[axis] < edge(viewport[axis]));
        let near = points.iter().filter(|(_, at)| shown(at) && squared(*at, point) <= radius * radius);
        let nearest = near.min_by(|a, b| squared(a.1, point).total_cmp(&squared(b.1, point)).then(a.0.cmp(&b.0)));
        nearest.map(|(actor, _)| *actor)
    }

    proptest! {
        #[test]
        fn the_grid_finds_whom_a_look_at_all_finds(
            places in prop::collection::vec((-80i16..1200, -80i16..800), 0..200),
            asked in prop::collection::vec((-60f32..1100.0, -60f32..700.0, 0f32..120.0), 1..20),
        ) {
            // Whole pixels, so that several are equally near.
            let points: Vec<(u32, [f32; 2])> =
                places.iter().enumerate().map(|(n, &(x, y))| ((n * 7 % 211) as u32, [f32::from(x), f32::from(y)])).collect();
            let viewport = [1024.0, 640.0];
            let grid = Grid::of(points.iter().copied(), viewport);
            for (x, y, radius) in asked {
                for point in [[x, y], [x.round(), y.round()]] {
                    prop_assert_eq!(grid.nearest(point, radius), brute(&points, viewport, point, radius));
                }
            }
        }
    }

    #[test]
    fn ties_go_to_the_least_number_and_nonsense_to_nobody() {
        let grid = Grid::of([(9, [100.0, 100.0]), (3, [110.0, 100.0]), (5, [f32::NAN, 0.0])], [1024.0, 640.0]);
        assert_eq!(grid.nearest([105.0, 100.0], 8.0), Some(3));
        assert_eq!(grid.nearest([105.0, 100.0], 4.0), None);
        assert_eq!(grid.nearest([100.0, 100.0], 0.0), Some(9));
        assert_eq!(grid.nearest([f32::NAN, 100.0], 8.0), None);
        assert_eq!(Grid::default().nearest([0.0, 0.0], 8.0), None);
        assert_eq!(grid.within([90.0, 90.0], [120.0, 120.0]), [3, 9]);
    }
}
