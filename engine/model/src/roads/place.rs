//! Nodes near a position: a grid of square cells over the projected nodes.
//!
//! Straight-line distances in the local projection, not ways along roads.

/// Something tagged in the map, and the road node a vehicle stops at for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Tagged {
    /// The road node nearest to it.
    pub node: u32,
    /// Its `name` tag.
    pub name: Option<String>,
    /// Its own latitude, of a way that of the centroid \[degrees\].
    pub lat: f64,
    /// Its own longitude, of a way that of the centroid \[degrees\].
    pub lon: f64,
}

/// Road nodes by cell, about one to a cell on average.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    corner: [f64; 2],
    cell_metres: f64,
    columns: usize,
    rows: usize,
    /// The nodes of cell `c` are `nodes[first[c]..first[c + 1]]`, ascending.
    first: Vec<u32>,
    nodes: Vec<u32>,
}

impl Grid {
    /// Sorts nodes into cells. Linear in the number of nodes.
    pub(super) fn new(xy: &[[f64; 2]]) -> Self {
        let low = |axis: usize| xy.iter().map(|p| p[axis]).fold(f64::INFINITY, f64::min);
        let high = |axis: usize| xy.iter().map(|p| p[axis]).fold(f64::NEG_INFINITY, f64::max);
        let corner = [low(0), low(1)];
        let sides = [high(0) - corner[0], high(1) - corner[1]];
        let across = (xy.len() as f64).sqrt().max(1.0);
        let cell_metres = (sides[0].max(sides[1]) / across).max(1.0);
        let cells = |side: f64| (side / cell_metres) as usize + 1;
        let mut grid = Self {
            corner,
            cell_metres,
            columns: cells(sides[0]),
            rows: cells(sides[1]),
            first: Vec::new(),
            nodes: (0..xy.len() as u32).collect(),
        };
        let cell_of = |node: u32| {
            let [column, row] = grid.cell(xy[node as usize]);
            row * grid.columns + column
        };
        let mut nodes = grid.nodes.clone();
        nodes.sort_by_key(|&node| cell_of(node));
        let mut first = vec![0; grid.columns * grid.rows + 1];
        nodes.iter().for_each(|&node| first[cell_of(node) + 1] += 1);
        (1..first.len()).for_each(|cell| first[cell] += first[cell - 1]);
        grid.first = first;
        grid.nodes = nodes;
        grid
    }

    /// The column and row of a position; from outside, of the nearest cell.
    fn cell(&self, at: [f64; 2]) -> [usize; 2] {
        // A float to integer cast saturates, and takes not-a-number for zero.
        let index = |axis: usize| ((at[axis] - self.corner[axis]) / self.cell_metres) as usize;
        [index(0).min(self.columns - 1), index(1).min(self.rows - 1)]
    }

    fn in_cell(&self, column: usize, row: usize) -> &[u32] {
        let cell = row * self.columns + column;
        &self.nodes[self.first[cell] as usize..self.first[cell + 1] as usize]
    }

    /// The nearest node and its distance \[m\]; of equally near ones the lowest.
    ///
    /// A position that is no number is infinitely far from node 0.
    pub(super) fn nearest(&self, xy: &[[f64; 2]], at: [f64; 2]) -> (u32, f64) {
        let [column, row] = self.cell(at);
        let mut best = (0, f64::INFINITY);
        for ring in 0..self.columns.max(self.rows) {
            // Whatever lies in this ring is at least so far away.
            if ring.saturating_sub(1) as f64 * self.cell_metres > best.1 {
                break;
            }
            self.for_ring(column, row, ring, |node| {
                let metres = distance(xy[node as usize], at);
                if metres < best.1 || (metres == best.1 && node < best.0) {
                    best = (node, metres);
                }
            });
        }
        best
    }

    /// Visits the cells whose column or row is exactly `ring` away.
    fn for_ring(&self, column: usize, row: usize, ring: usize, mut visit: impl FnMut(u32)) {
        let rows = row.saturating_sub(ring)..=(row + ring).min(self.rows - 1);
        for r in rows {
            let whole_row = r.abs_diff(row) == ring;
            let left = column.saturating_sub(ring);
            let right = (column + ring).min(self.columns - 1);
            if whole_row {
                (left..=right).for_each(|c| self.in_cell(c, r).iter().for_each(|&n| visit(n)));
                continue;
            }
            for c in [column.checked_sub(ring), Some(column + ring)].into_iter().flatten() {
                if c < self.columns {
                    self.in_cell(c, r).iter().for_each(|&n| visit(n));
                }
            }
        }
    }

    /// The nodes at most so far away in a straight line, ascending.
    pub(super) fn within(&self, xy: &[[f64; 2]], at: [f64; 2], metres: f64) -> Vec<u32> {
        let [left, low] = self.cell([at[0] - metres, at[1] - metres]);
        let [right, high] = self.cell([at[0] + metres, at[1] + metres]);
        let mut found: Vec<u32> = (low..=high)
            .flat_map(|row| (left..=right).map(move |column| (column, row)))
            .flat_map(|(column, row)| self.in_cell(column, row))
            .copied()
            .filter(|&node| distance(xy[node as usize], at) <= metres)
            .collect();
        found.sort_unstable();
        found
    }
}

/// The straight-line distance of two projected positions \[m\].
pub(super) fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    let [dx, dy] = [a[0] - b[0], a[1] - b[1]];
    (dx * dx + dy * dy).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn points() -> impl Strategy<Value = Vec<[f64; 2]>> {
        let side = || (-50_i32..50).prop_map(|n| f64::from(n) * 10.0);
        prop::collection::vec([side(), side()], 1..60)
    }

    proptest! {
        #[test]
        fn the_grid_agrees_with_looking_at_every_node(
            xy in points(), x in -900_i32..900, y in -900_i32..900, metres in 0_u32..700,
        ) {
            let at = [f64::from(x), f64::from(y)];
            let grid = Grid::new(&xy);
            let far: Vec<f64> = xy.iter().map(|p| distance(*p, at)).collect();
            let nearest = far.iter().copied().fold(f64::INFINITY, f64::min);
            let first = far.iter().position(|d| *d == nearest).expect("one is nearest");
            prop_assert_eq!(grid.nearest(&xy, at), (first as u32, nearest));
            let limit = f64::from(metres);
            let near: Vec<u32> = (0..xy.len() as u32).filter(|n| far[*n as usize] <= limit).collect();
            prop_assert_eq!(grid.within(&xy, at, limit), near);
        }
    }

    #[test]
    fn a_position_that_is_no_number_is_near_nothing() {
        let grid = Grid::new(&[[0.0, 0.0], [5.0, 5.0]]);
        assert_eq!(grid.nearest(&[[0.0, 0.0], [5.0, 5.0]], [f64::NAN, 0.0]).1, f64::INFINITY);
        assert!(grid.within(&[[0.0, 0.0], [5.0, 5.0]], [0.0, 0.0], f64::NAN).is_empty());
    }
}
