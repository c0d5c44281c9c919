//! From degrees to pixels: which part of the Earth is shown, and how large.
//!
//! Equirectangular about the middle latitude: good for a region, not a continent.

/// Metres in a degree of latitude.
const DEGREE: f64 = 111_195.08;
/// A view shows at least this much, so that one lone actor has surroundings \[degrees\].
const SPAN_MIN: f64 = 0.004;

/// A rectangle of the picture \[px\].
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The least and the greatest latitude and longitude of some positions.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    least: [f64; 2],
    most: [f64; 2],
}

impl Bounds {
    /// The bounds of positions; none without any.
    pub(super) fn of(positions: impl Iterator<Item = [f64; 2]>) -> Option<Bounds> {
        positions.fold(None, |bounds: Option<Bounds>, at| {
            let Bounds { mut least, mut most } = bounds.unwrap_or(Bounds { least: at, most: at });
            for axis in 0..2 {
                least[axis] = least[axis].min(at[axis]);
                most[axis] = most[axis].max(at[axis]);
            }
            Some(Bounds { least, most })
        })
    }
}

/// A projection onto a frame of the picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    centre: [f64; 2],
    middle: [f64; 2],
    /// Pixels for a degree of latitude and of longitude.
    scale: [f64; 2],
}

impl View {
    /// The largest view of the bounds that fits the frame, with a margin.
    pub(super) fn fit(bounds: Bounds, frame: Frame) -> View {
        let Bounds { least, most } = bounds;
        let centre = [(least[0] + most[0]) / 2.0, (least[1] + most[1]) / 2.0];
        let narrowing = libm::cos(centre[0].to_radians()).max(0.01);
        let tall = (most[0] - least[0]).max(SPAN_MIN) * 1.06;
        let wide = ((most[1] - least[1]) * narrowing).max(SPAN_MIN) * 1.06;
        let scale = (frame.width / wide).min(frame.height / tall);
        let middle = [frame.x + frame.width / 2.0, frame.y + frame.height / 2.0];
        View { centre, middle, scale: [scale, scale * narrowing] }
    }

    /// The place of a position in the picture: x, y \[px\].
    pub(super) fn place(&self, [lat, lon]: [f64; 2]) -> [f64; 2] {
        [self.middle[0] + (lon - self.centre[1]) * self.scale[1], self.middle[1] - (lat - self.centre[0]) * self.scale[0]]
    }

    /// The longest round length of at most `width` pixels: metres and pixels.
    pub(super) fn scale_bar(&self, width: f64) -> (f64, f64) {
        let pixels_per_metre = self.scale[0] / DEGREE;
        let most = width / pixels_per_metre;
        let mut metres = 1.0;
        for step in [2.0, 2.5, 2.0].into_iter().cycle().take(24) {
            if metres * step > most {
                break;
            }
            metres *= step;
        }
        (metres, metres * pixels_per_metre)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAME: Frame = Frame { x: 10.0, y: 20.0, width: 400.0, height: 300.0 };

    #[test]
    fn what_is_bounded_lies_within_the_frame() {
        let corners = [[-33.6, -70.8], [-33.3, -70.5]];
        let view = View::fit(Bounds::of(corners.into_iter()).unwrap(), FRAME);
        for [x, y] in corners.map(|corner| view.place(corner)) {
            assert!((10.0..=410.0).contains(&x) && (20.0..=320.0).contains(&y), "{x}, {y}");
        }
        let [south, north] = corners.map(|corner| view.place(corner)[1]);
        assert!(north < south);
    }

    #[test]
    fn the_scale_bar_is_round_and_true() {
        let bounds = Bounds::of([[0.0, 0.0], [0.1, 0.1]].into_iter()).unwrap();
        let view = View::fit(bounds, FRAME);
        let (metres, pixels) = view.scale_bar(120.0);
        assert_eq!(metres, 2000.0);
        let shown = view.place([0.0, 0.0])[1] - view.place([metres / DEGREE, 0.0])[1];
        assert!((shown - pixels).abs() < 1e-6);
    }

    #[test]
    fn a_single_position_is_no_division_by_zero() {
        let view = View::fit(Bounds::of([[5.0, 5.0]].into_iter()).unwrap(), FRAME);
        assert_eq!(view.place([5.0, 5.0]), [210.0, 170.0]);
    }
}
