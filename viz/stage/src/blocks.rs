//! Places for those of a run that has no map: a block for each kind, everybody in their own spot.
//!
//! Many models have no roads and no positions: a desk and its callers, a hospital ward, a stock. They are drawn as
//! blocks, so that states, messages, queues and decisions are seen all the same. Where somebody stands says nothing about the world.
//!
//! Blocks stand in rows, in the order of the header's kinds. A spot hangs on an actor's number alone, so that it is the same
//! at every moment and in every run of a scenario; those who come into being during a run take
//! the spots of their kind in turn.

use crate::ground::Bounds;
use rehearsal_trace::{Actor, Header};
use std::collections::BTreeMap;

/// Between two spots \[m\].
pub(crate) const SPACING: f32 = 20.0;
/// Spots of a kind of which nobody is there from the beginning.
const ROOM: u32 = 200;
/// Between two blocks \[spots\].
const GAP: f32 = 4.0;
/// How wide a block is at least: its kind is written over it \[spots\].
const WIDE: u32 = 5;
/// The kind that scenarios do not declare: whoever is nobody has no spot.
const NOBODY: &str = "nobody";
/// How much wider than tall each block and all of them are.
const SHAPE: f64 = 1.6;

/// Around all blocks, so that nothing lies under what stands in the corners of a pane \[spots\].
const MARGIN: f32 = 4.0;

/// The block of a kind.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KindBlock {
    /// The kind, by its number in the header.
    pub kind: u16,
    /// What it spans, a spot around the outermost spots.
    pub bounds: Bounds,
}

/// Where everybody stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Blocks {
    blocks: BTreeMap<u16, Block>,
}

#[derive(Clone, Debug, PartialEq)]
struct Block {
    /// The least number of the kind's actors in the header.
    first: u32,
    columns: u32,
    spots: u32,
    /// The upper left spot: metres east and north.
    corner: [f32; 2],
}

impl Blocks {
    /// The blocks of the kinds of one header, or of those of several runs of one scenario: with as many spots as most of them
    /// have.
    pub(crate) fn new<'h>(headers: impl IntoIterator<Item = &'h Header>) -> Blocks {
        let mut counts: BTreeMap<u16, (u32, u32)> = BTreeMap::new();
        for header in headers {
            for (kind, _) in (0..u16::MAX).zip(&header.kinds).filter(|(_, name)| *name != NOBODY) {
                let numbers = header.actors.iter().filter(|actor| actor.kind == kind).map(|actor| actor.id);
                let (count, first) = (numbers.clone().count() as u32, numbers.min().unwrap_or(u32::MAX));
                let known = counts.entry(kind).or_insert((0, u32::MAX));
                *known = (known.0.max(count), known.1.min(first));
            }
        }
        let mut blocks: Vec<(u16, Block)> = Vec::new();
        for (kind, (count, first)) in counts {
            let spots = if count == 0 { ROOM } else { count };
            let columns = (libm::sqrt(f64::from(spots) * SHAPE).ceil() as u32).max(WIDE);
            blocks.push((kind, Block { first, columns, spots, corner: [0.0; 2] }));
        }
        let area: f64 = blocks.iter().map(|(_, block)| f64::from(block.width() + GAP) * f64::from(block.height() + GAP)).sum();
        let room = libm::sqrt(area * SHAPE) as f32;
        let (mut left, mut top, mut tall) = (0.0_f32, 0.0_f32, 0.0_f32);
        for (_, block) in &mut blocks {
            if left > 0.0 && left + block.width() > room {
                (left, top, tall) = (0.0, top - tall - GAP, 0.0);
            }
            block.corner = [left * SPACING, top * SPACING];
            left += block.width() + GAP;
            tall = tall.max(block.height());
        }
        Blocks { blocks: blocks.into_iter().collect() }
    }

    /// Where an actor stands: metres east and north; none of a kind that the header does not have.
    pub(crate) fn place(&self, id: u32, actor: Option<&Actor>) -> Option<[f32; 2]> {
        let block = self.blocks.get(&actor?.kind)?;
        let spot = id.wrapping_sub(block.first) % block.spots;
        let (column, row) = (spot % block.columns, spot / block.columns);
        Some([block.corner[0] + column as f32 * SPACING, block.corner[1] - row as f32 * SPACING])
    }

    /// The room of each kind.
    pub(crate) fn all(&self) -> impl Iterator<Item = KindBlock> {
        self.blocks.iter().map(|(&kind, block)| KindBlock { kind, bounds: block.bounds(1.0) })
    }

    /// What all blocks span, with a margin.
    pub(crate) fn bounds(&self) -> Option<Bounds> {
        Bounds::of(self.blocks.values().map(|block| block.bounds(MARGIN)).flat_map(|bounds| [bounds.least, bounds.most]))
    }
}

impl Block {
    /// \[spots\]
    fn width(&self) -> f32 {
        self.columns as f32
    }

    fn height(&self) -> f32 {
        self.spots.div_ceil(self.columns) as f32
    }

    /// What it spans, with so many spots around it.
    fn bounds(&self, around: f32) -> Bounds {
        let [east, north] = self.corner;
        let around = around * SPACING;
        Bounds {
            least: [east - around, north - (self.height() - 1.0) * SPACING - around],
            most: [east + (self.width() - 1.0) * SPACING + around, north + around],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn header(counts: &[u32]) -> Header {
        let kinds = (0..counts.len()).map(|kind| format!("kind{kind}")).collect();
        let of = |(kind, &count): (usize, &u32)| {
            (0..count).map(move |number| Actor { id: (kind as u32) << 24 | number, kind: kind as u16, ..Actor::default() })
        };
        Header { kinds, actors: counts.iter().enumerate().flat_map(of).collect(), ..Header::default() }
    }

    proptest! {
        #[test]
        fn everybody_of_the_header_has_a_spot_of_their_own_within_the_bounds(counts in prop::collection::vec(0u32..300, 1..9)) {
            let header = header(&counts);
            let blocks = Blocks::new([&header]);
            let bounds = blocks.bounds().unwrap();
            let mut taken = BTreeSet::new();
            for actor in &header.actors {
                let place = blocks.place(actor.id, Some(actor)).unwrap();
                prop_assert!((0..2).all(|axis| bounds.least[axis] <= place[axis] && place[axis] <= bounds.most[axis]));
                prop_assert!(taken.insert(place.map(f32::to_bits)), "{place:?} is taken twice");
            }
        }
    }

    #[test]
    fn whoever_comes_later_takes_a_spot_in_turn() {
        let blocks = Blocks::new([&header(&[1, 0])]);
        let late = |number: u32| Actor { id: 1 << 24 | number, kind: 1, ..Actor::default() };
        let place = |number: u32| blocks.place(late(number).id, Some(&late(number))).unwrap();
        assert_eq!(place(3), place(3 + ROOM));
        let spots: BTreeSet<[u32; 2]> = (0..ROOM).map(|number| place(number).map(f32::to_bits)).collect();
        assert_eq!(spots.len(), ROOM as usize);
        assert_eq!(blocks.place(7, None), None);
    }
}
