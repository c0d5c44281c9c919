//! Curves of the scenario's measures, up to the present moment, and the running difference of two runs.
//!
//! A trace writes down what its measures have come to in regular intervals; a pass ([`crate::Indexing`]) gathers that. What has
//! begun and not ended does not count in it, so the last point may differ a little from the result of the run.

use crate::index::Index;
use crate::stage::Stage;
use rehearsal_trace::Measured;

/// A measure over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// What is measured.
    pub measure: Measured,
    /// Moments \[ns\] and figures, in order of time; nothing where nothing was observed yet.
    pub points: Vec<(u64, f64)>,
}

impl Curve {
    /// The figure at a moment: that of the last point up to it.
    #[must_use]
    pub fn at(&self, now: u64) -> Option<f64> {
        let next = self.points.partition_point(|(at, _)| *at <= now);
        next.checked_sub(1).map(|last| self.points[last].1)
    }

    /// The points up to a moment.
    #[must_use]
    pub fn until(&self, now: u64) -> &[(u64, f64)] {
        &self.points[..self.points.partition_point(|(at, _)| *at <= now)]
    }
}

/// The curves of all measures of a run, in its scenario's order; as far as a pass has come.
#[must_use]
pub fn curves(stage: &Stage, index: &Index) -> Vec<Curve> {
    let one = |(place, measure): (usize, &Measured)| {
        let points = index.figures.iter().filter_map(|(at, values)| Some((*at, (*values.get(place)?)?)));
        Curve { measure: measure.clone(), points: points.collect() }
    };
    stage.header().measures.iter().enumerate().map(one).collect()
}

/// How one run's curve differs from another's of the same measure: first minus second, wherever both have a point.
///
/// Costs a pass over both.
#[must_use]
pub fn difference(first: &Curve, second: &Curve) -> Vec<(u64, f64)> {
    let (mut found, mut place) = (Vec::new(), 0);
    for &(at, figure) in &first.points {
        while second.points.get(place).is_some_and(|(other, _)| *other < at) {
            place += 1;
        }
        if let Some((_, other)) = second.points.get(place).filter(|(other, _)| *other == at) {
            found.push((at, figure - other));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::Indexing;
    use rehearsal_trace::{Header, Record, What, Writer};

    fn stage(figures: &[(u64, [Option<f64>; 2])]) -> Stage {
        let measures = ["late", "calls"].map(|name| Measured { name: name.into(), ..Measured::default() }).into();
        let header = Header { start: "2026-11-02 00:00".into(), length_ns: 100, measures, ..Header::default() };
        let mut writer = Writer::new(Vec::new(), &header).unwrap();
        for (at, values) in figures {
            writer.record(&Record { at: *at, what: What::Figures { values: values.to_vec() } }).unwrap();
        }
        Stage::from_bytes(writer.into_inner().unwrap(), "test").unwrap()
    }

    fn all(stage: &Stage) -> Vec<Curve> {
        curves(stage, &Indexing::new(stage).finish().unwrap())
    }

    #[test]
    fn a_curve_is_known_up_to_now() {
        let curves = all(&stage(&[(10, [None, Some(1.0)]), (20, [Some(3.0), Some(2.0)]), (30, [Some(4.0), Some(5.0)])]));
        assert_eq!(curves[0].points, [(20, 3.0), (30, 4.0)]);
        assert_eq!([5, 20, 29, 99].map(|now| curves[0].at(now)), [None, Some(3.0), Some(3.0), Some(4.0)]);
        assert_eq!((curves[1].until(20).len(), curves[1].until(9).len()), (2, 0));
    }

    #[test]
    fn a_difference_is_taken_where_both_have_a_point() {
        let one = all(&stage(&[(10, [Some(1.0), None]), (20, [Some(3.0), None]), (40, [Some(4.0), None])]));
        let other = all(&stage(&[(10, [None, None]), (20, [Some(1.0), None]), (30, [Some(9.0), None]), (40, [Some(6.0), None])]));
        assert_eq!(difference(&one[0], &other[0]), [(20, 2.0), (40, -2.0)]);
        assert_eq!(difference(&one[1], &other[1]), []);
    }
}
