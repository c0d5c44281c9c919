//! Which names show, so that none covers another.
//!
//! Greedy: the most important first, each on the first side of its mark where it is free. What showed in the last frame is
//! preferred a little, and on the side where it was, so that names do not flicker while the map moves.
//!
//! Costs the sorting of the candidates, and for the first [`CONSIDERED_MAX`] of them a look at every label placed so far.

use std::collections::BTreeMap;

/// Candidates that are considered: the most important.
pub const CONSIDERED_MAX: usize = 1_000;
/// How much nearer to the middle a newcomer has to be in order to take the place of a label that showed \[px\].
const KEEP: f32 = 120.0;
/// Between a mark's middle and its label \[px\].
const AWAY: f32 = 9.0;
/// Least distance between two labels \[px\].
const GAP: f32 = 2.0;

/// Why a name should show, the most important first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// It was chosen.
    Selected,
    /// The camera follows it.
    Followed,
    /// It was found by a search, or an event at it shows.
    Pointed,
    /// It is on its way.
    Moving,
    /// It rests.
    Resting,
}

/// A name that could show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// The actor.
    pub actor: u32,
    /// Where its mark is on the screen \[px\].
    pub anchor: [f32; 2],
    /// Width and height of its name as it would be written \[px\].
    pub size: [f32; 2],
    /// Why it should show.
    pub priority: Priority,
}

/// A name that shows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Label {
    /// The actor.
    pub actor: u32,
    /// The upper left corner of its name \[px\].
    pub corner: [f32; 2],
    /// Width and height \[px\].
    pub size: [f32; 2],
}

/// Which side of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Right,
    Left,
    Above,
    Below,
}

/// The labels of a view, from frame to frame.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    shown: BTreeMap<u32, Side>,
}

impl Label {
    fn of(candidate: &Candidate, side: Side) -> Label {
        let ([x, y], [width, height]) = (candidate.anchor, candidate.size);
        let corner = match side {
            Side::Right => [x + AWAY, y - height / 2.0],
            Side::Left => [x - AWAY - width, y - height / 2.0],
            Side::Above => [x - width / 2.0, y - AWAY - height],
            Side::Below => [x - width / 2.0, y + AWAY],
        };
        Label { actor: candidate.actor, corner, size: candidate.size }
    }

    /// Whether two labels are nearer than `gap` \[px\].
    fn near(&self, other: &Label, gap: f32) -> bool {
        (0..2).all(|axis| {
            self.corner[axis] < other.corner[axis] + other.size[axis] + gap
                && other.corner[axis] < self.corner[axis] + self.size[axis] + gap
        })
    }

    fn inside(&self, viewport: [f32; 2]) -> bool {
        (0..2).all(|axis| self.corner[axis] >= 0.0 && self.corner[axis] + self.size[axis] <= viewport[axis])
    }
}

impl Labels {
    /// Chooses the labels of a frame, at most `limit`, in a viewport of this width and height \[px\].
    ///
    /// The same candidates, in whatever order, after the same frames give the same labels; the most important come first.
    pub fn place(&mut self, candidates: &[Candidate], viewport: [f32; 2], limit: usize) -> Vec<Label> {
        let mut order: Vec<(Priority, f32, &Candidate)> = candidates
            .iter()
            .filter(|candidate| candidate.anchor.iter().chain(&candidate.size).all(|side| side.is_finite()))
            .map(|candidate| (candidate.priority, self.distance(candidate, viewport), candidate))
            .collect();
        order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)).then(a.2.actor.cmp(&b.2.actor)));
        let mut placed: Vec<Label> = Vec::new();
        let mut shown = BTreeMap::new();
        for (_, _, candidate) in order.into_iter().take(CONSIDERED_MAX) {
            if placed.len() >= limit {
                break;
            }
            let before = self.shown.get(&candidate.actor).copied();
            let sides = before.into_iter().chain([Side::Right, Side::Left, Side::Above, Side::Below]);
            let free = sides.map(|side| (side, Label::of(candidate, side))).find(|(_, label)| {
                label.inside(viewport)
                    && !shown.contains_key(&candidate.actor)
                    && !placed.iter().any(|other| label.near(other, GAP))
            });
            if let Some((side, label)) = free {
                placed.push(label);
                shown.insert(candidate.actor, side);
            }
        }
        self.shown = shown;
        placed
    }

    /// How far from the middle, less for what showed before \[px\].
    fn distance(&self, candidate: &Candidate, viewport: [f32; 2]) -> f32 {
        let [x, y] = [0, 1].map(|axis: usize| candidate.anchor[axis] - viewport[axis] / 2.0);
        let kept = if self.shown.contains_key(&candidate.actor) { KEEP } else { 0.0 };
        (x * x + y * y).sqrt() - kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const VIEWPORT: [f32; 2] = [1024.0, 640.0];

    fn candidate() -> impl Strategy<Value = Candidate> {
        let priorities = [Priority::Selected, Priority::Followed, Priority::Pointed, Priority::Moving, Priority::Resting];
        (0u32..400, -50f32..1100.0, -50f32..700.0, 10f32..160.0, 0usize..5).prop_map(move |(actor, x, y, width, place)| {
            Candidate { actor, anchor: [x, y], size: [width, 14.0], priority: priorities[place] }
        })
    }

    proptest! {
        #[test]
        fn no_label_covers_another_or_leaves_the_viewport(
            frames in prop::collection::vec(prop::collection::vec(candidate(), 0..150), 1..4),
        ) {
            let mut labels = Labels::default();
            for candidates in frames {
                let mut reversed = labels.clone();
                let shown = labels.place(&candidates, VIEWPORT, 60);
                prop_assert!(shown.len() <= 60);
                for (number, label) in shown.iter().enumerate() {
                    prop_assert!(label.inside(VIEWPORT));
                    prop_assert!(!shown[..number].iter().any(|other| label.near(other, 0.0) || label.actor == other.actor));
                }
                let mut candidates = candidates;
                candidates.sort_by_key(|candidate| candidate.actor);
                candidates.dedup_by_key(|candidate| candidate.actor);
                let mut again = reversed.clone();
                let forwards = again.place(&candidates, VIEWPORT, 60);
                candidates.reverse();
                prop_assert_eq!(reversed.place(&candidates, VIEWPORT, 60), forwards);
            }
        }
    }

    fn at(actor: u32, x: f32, y: f32, priority: Priority) -> Candidate {
        Candidate { actor, anchor: [x, y], size: [60.0, 14.0], priority }
    }

    fn actors(labels: &[Label]) -> Vec<u32> {
        labels.iter().map(|label| label.actor).collect()
    }

    #[test]
    fn whoever_was_chosen_shows_first() {
        let crowd: Vec<Candidate> = (0..40).map(|number| at(number, 512.0, 320.0, Priority::Resting)).collect();
        let mut labels = Labels::default();
        assert_eq!(actors(&labels.place(&crowd, VIEWPORT, 60)), [0, 1, 2, 3], "one on each side");
        let mut crowd = crowd;
        crowd[30].priority = Priority::Selected;
        assert_eq!(actors(&labels.place(&crowd, VIEWPORT, 60))[0], 30);
        assert_eq!(labels.place(&crowd, VIEWPORT, 0), []);
    }

    #[test]
    fn a_small_move_changes_nothing() {
        // Two that cannot both show; the camera moves so that now one, now the other is nearer to the middle.
        let tight = [80.0, 14.0];
        let frame = |shift: f32| [at(1, 40.0 + shift, 7.0, Priority::Moving), at(2, 44.0 + shift, 8.0, Priority::Moving)];
        let mut labels = Labels::default();
        let first = actors(&labels.place(&frame(0.0), tight, 9));
        for shift in [-3.0, 2.0, -1.0, 3.0] {
            assert!(first.len() <= 1 && actors(&labels.place(&frame(shift), tight, 9)) == first, "{shift}");
        }
        // On a wide screen a nearer one keeps out, until the newcomer is much nearer.
        let mut labels = Labels::default();
        let both = |x: f32| [at(1, x, 320.0, Priority::Moving), at(2, 512.0, 320.0, Priority::Moving)];
        assert_eq!(actors(&labels.place(&both(500.0)[..1], VIEWPORT, 1)), [1]);
        assert_eq!(actors(&labels.place(&both(500.0), VIEWPORT, 1)), [1]);
        assert_eq!(actors(&labels.place(&both(300.0), VIEWPORT, 1)), [2]);
    }
}
