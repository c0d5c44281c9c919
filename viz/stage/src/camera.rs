//! Which part of the ground a viewport shows, and how large.
//!
//! North is up. A camera is kept in 64-bit floats, so that zooming in and out a hundred times does not wander.

use crate::ground::Bounds;

/// The least and the greatest length of a pixel \[m\]: one centimetre, and about a twentieth of the Earth on a small screen.
const PIXEL: [f64; 2] = [0.01, 2_000.0];
/// A camera that fits a map shows at least this much, so that one lone actor has surroundings \[m\].
const SPAN_MIN: f64 = 400.0;
/// How much of the viewport is left free at each side of a map that is fitted.
const MARGIN: f64 = 0.04;

/// A view of the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    /// What lies in the middle: metres east and north.
    pub centre: [f64; 2],
    /// Metres in a pixel.
    pub metres_per_pixel: f64,
    /// Width and height of the viewport \[px\].
    pub viewport: [f64; 2],
}

impl Camera {
    /// The closest camera that shows all of some bounds, with a margin; without bounds, the centre of the map.
    #[must_use]
    pub fn fit(bounds: Option<Bounds>, viewport: [f64; 2]) -> Camera {
        let viewport = viewport.map(|side| side.max(1.0));
        let Bounds { least, most } = bounds.unwrap_or(Bounds { least: [0.0; 2], most: [0.0; 2] });
        let [centre, span] = [|a: f64, b: f64| (a + b) / 2.0, |a: f64, b: f64| (b - a).max(SPAN_MIN)]
            .map(|of| [0, 1].map(|axis: usize| of(f64::from(least[axis]), f64::from(most[axis]))));
        let room = viewport.map(|side| side * (1.0 - 2.0 * MARGIN));
        let metres_per_pixel = (span[0] / room[0]).max(span[1] / room[1]).clamp(PIXEL[0], PIXEL[1]);
        Camera { centre, metres_per_pixel, viewport }
    }

    /// Where a place in metres is on the screen \[px\].
    #[must_use]
    pub fn place(&self, [east, north]: [f32; 2]) -> [f32; 2] {
        let [x, y] = [
            self.viewport[0] / 2.0 + (f64::from(east) - self.centre[0]) / self.metres_per_pixel,
            self.viewport[1] / 2.0 - (f64::from(north) - self.centre[1]) / self.metres_per_pixel,
        ];
        [x as f32, y as f32]
    }

    /// What lies under a point of the screen: metres east and north.
    #[must_use]
    pub fn under(&self, [x, y]: [f64; 2]) -> [f64; 2] {
        [
            self.centre[0] + (x - self.viewport[0] / 2.0) * self.metres_per_pixel,
            self.centre[1] - (y - self.viewport[1] / 2.0) * self.metres_per_pixel,
        ]
    }

    /// Closer by `factor` (further away below 1), so that what lies under `point` \[px\] stays there.
    ///
    /// Stops at a pixel of a centimetre and at one of two kilometres; a factor that is no positive number does nothing.
    #[must_use]
    pub fn zoomed(&self, factor: f64, point: [f64; 2]) -> Camera {
        if !(factor.is_finite() && factor > 0.0) {
            return *self;
        }
        let kept = self.under(point);
        let mut camera = Camera { metres_per_pixel: (self.metres_per_pixel / factor).clamp(PIXEL[0], PIXEL[1]), ..*self };
        let moved = camera.under(point);
        camera.centre = [0, 1].map(|axis: usize| camera.centre[axis] + kept[axis] - moved[axis]);
        camera
    }

    /// Moved as the hand moves the map: by pixels right and down.
    #[must_use]
    pub fn dragged(&self, [right, down]: [f64; 2]) -> Camera {
        let centre = [self.centre[0] - right * self.metres_per_pixel, self.centre[1] + down * self.metres_per_pixel];
        Camera { centre, ..*self }
    }

    /// Over another place, as close as before: for following somebody.
    #[must_use]
    pub fn over(&self, [east, north]: [f32; 2]) -> Camera {
        Camera { centre: [f64::from(east), f64::from(north)], ..*self }
    }

    /// In a viewport of another size, with the same middle and scale.
    #[must_use]
    pub fn resized(&self, viewport: [f64; 2]) -> Camera {
        Camera { viewport: viewport.map(|side| side.max(1.0)), ..*self }
    }

    /// The longest of 1, 2 or 5 times a power of ten metres that takes at most `width` \[px\]: metres and pixels.
    #[must_use]
    pub fn scale_bar(&self, width: f64) -> (f64, f64) {
        let most = width * self.metres_per_pixel;
        let mut metres = 0.01;
        for step in [2.0, 2.5, 2.0].into_iter().cycle().take(30) {
            if metres * step > most {
                break;
            }
            metres *= step;
        }
        (metres, metres / self.metres_per_pixel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bounds() -> impl Strategy<Value = Bounds> {
        (-50_000f32..50_000.0, -50_000f32..50_000.0, 0f32..100_000.0, 0f32..100_000.0)
            .prop_map(|(east, north, wide, tall)| Bounds { least: [east, north], most: [east + wide, north + tall] })
    }

    proptest! {
        #[test]
        fn what_is_fitted_is_in_view(bounds in bounds(), width in 1024f64..3840.0, height in 640f64..2160.0) {
            let camera = Camera::fit(Some(bounds), [width, height]);
            for corner in [bounds.least, bounds.most] {
                let [x, y] = camera.place(corner).map(f64::from);
                prop_assert!((0.0..=width).contains(&x) && (0.0..=height).contains(&y), "{x}, {y}");
            }
            // One side is used up, or the map is smaller than what is always shown.
            let used = [0, 1].map(|axis: usize| {
                f64::from(bounds.most[axis] - bounds.least[axis]).max(SPAN_MIN) / camera.metres_per_pixel / [width, height][axis]
            });
            prop_assert!((used[0].max(used[1]) - (1.0 - 2.0 * MARGIN)).abs() < 1e-3);
        }

        #[test]
        fn what_is_under_the_pointer_stays_there(
            bounds in bounds(), x in 0f64..3840.0, y in 0f64..2160.0, factors in prop::collection::vec(0.2f64..5.0, 1..40),
        ) {
            let first = Camera::fit(Some(bounds), [1024.0, 640.0]);
            let camera = factors.iter().fold(first, |camera, &factor| camera.zoomed(factor, [x, y]));
            let [before, after] = [first.under([x, y]), camera.under([x, y])];
            prop_assert!((before[0] - after[0]).abs() < 1e-3 && (before[1] - after[1]).abs() < 1e-3);
            prop_assert!((PIXEL[0]..=PIXEL[1]).contains(&camera.metres_per_pixel));
        }

        #[test]
        fn a_place_lies_under_its_point(bounds in bounds(), east in -60_000f32..60_000.0, north in -60_000f32..60_000.0) {
            let camera = Camera::fit(Some(bounds), [1280.0, 720.0]);
            let under = camera.under(camera.place([east, north]).map(f64::from));
            let within = 1e-3 * camera.metres_per_pixel.max(1.0) + 0.02;
            prop_assert!((under[0] - f64::from(east)).abs() < within && (under[1] - f64::from(north)).abs() < within);
        }
    }

    #[test]
    fn a_drag_takes_the_ground_along() {
        let camera = Camera::fit(None, [1024.0, 640.0]);
        let under = camera.under([300.0, 200.0]);
        let dragged = camera.dragged([50.0, -20.0]);
        let now = dragged.under([350.0, 180.0]);
        assert!((under[0] - now[0]).abs() < 1e-9 && (under[1] - now[1]).abs() < 1e-9);
        assert_eq!(camera.zoomed(f64::NAN, [0.0, 0.0]), camera);
        assert_eq!(camera.over([5.0, 6.0]).place([5.0, 6.0]), [512.0, 320.0]);
    }

    #[test]
    fn the_scale_bar_is_round_and_fits() {
        let mut camera = Camera::fit(None, [1024.0, 640.0]).zoomed(1.0 / 3_000.0, [0.0, 0.0]);
        for _ in 0..40 {
            camera = camera.zoomed(1.5, [0.0, 0.0]);
            let (metres, pixels) = camera.scale_bar(120.0);
            assert!((40.0..=120.0).contains(&pixels), "{metres} m, {pixels} px");
        }
    }
}
