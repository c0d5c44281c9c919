//! From degrees to metres: a flat map about the middle of what is shown.
//!
//! Local equirectangular, good for a region of some hundred kilometres and not for a continent. A metre east is a metre east
//! in the middle of the map; 100 km north or south of it at 45 degrees it is 1.6 % too long or too short.

/// Metres in a degree of latitude, on a sphere as large as the Earth (IUGG mean radius R1).
const DEGREE: f64 = 111_195.080_233_532_9;

/// A projection about a centre.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ground {
    centre: [f64; 2],
    /// Metres in a degree of longitude.
    degree_east: f64,
}

/// A rectangle in metres: least and greatest east and north.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// The south-west corner: metres east, metres north.
    pub least: [f32; 2],
    /// The north-east corner.
    pub most: [f32; 2],
}

impl Ground {
    /// A map about a centre: latitude and longitude \[degrees\].
    #[must_use]
    pub fn about(centre: [f64; 2]) -> Ground {
        Ground { centre, degree_east: DEGREE * libm::cos(centre[0].to_radians()).max(0.01) }
    }

    /// A map about the middle of some positions; about 0, 0 without any.
    pub(crate) fn amid(positions: impl Iterator<Item = [f64; 2]>) -> Ground {
        let mut span: Option<([f64; 2], [f64; 2])> = None;
        for [lat, lon] in positions {
            let (least, most) = span.unwrap_or(([lat, lon], [lat, lon]));
            span = Some(([least[0].min(lat), least[1].min(lon)], [most[0].max(lat), most[1].max(lon)]));
        }
        let (least, most) = span.unwrap_or_default();
        Ground::about([(least[0] + most[0]) / 2.0, (least[1] + most[1]) / 2.0])
    }

    /// Metres east and north of the centre. The shorter way round the Earth is taken.
    #[must_use]
    pub fn place(&self, [lat, lon]: [f64; 2]) -> [f32; 2] {
        let mut east = lon - self.centre[1];
        if east > 180.0 {
            east -= 360.0;
        } else if east < -180.0 {
            east += 360.0;
        }
        [(east * self.degree_east) as f32, ((lat - self.centre[0]) * DEGREE) as f32]
    }

    /// Latitude and longitude \[degrees\] of a place in metres.
    #[must_use]
    pub fn position(&self, [east, north]: [f32; 2]) -> [f64; 2] {
        [self.centre[0] + f64::from(north) / DEGREE, self.centre[1] + f64::from(east) / self.degree_east]
    }
}

impl Bounds {
    /// The bounds of places; none without any.
    #[must_use]
    pub fn of(places: impl IntoIterator<Item = [f32; 2]>) -> Option<Bounds> {
        places.into_iter().fold(None, |bounds: Option<Bounds>, at| {
            let Bounds { mut least, mut most } = bounds.unwrap_or(Bounds { least: at, most: at });
            for axis in 0..2 {
                least[axis] = least[axis].min(at[axis]);
                most[axis] = most[axis].max(at[axis]);
            }
            Some(Bounds { least, most })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_degree_is_as_long_as_on_the_sphere() {
        let ground = Ground::about([60.0, 10.0]);
        let [east, north] = ground.place([61.0, 11.0]);
        assert!((north - 111_195.08).abs() < 0.02, "{north}");
        assert!((east - 111_195.08 / 2.0).abs() < 0.02, "{east}");
    }

    #[test]
    fn the_date_line_is_no_wall() {
        let ground = Ground::about([0.0, 179.9]);
        let [east, _] = ground.place([0.0, -179.9]);
        assert!((east - 0.2 * 111_195.08).abs() < 1.0, "{east}");
    }

    proptest! {
        #[test]
        fn there_and_back_is_within_centimetres(lat in -60.0..60.0f64, lon in -170.0..170.0f64, d in -0.5..0.5f64, e in -0.5..0.5f64) {
            let ground = Ground::about([lat, lon]);
            let [there, back] = [[lat + d, lon + e], ground.position(ground.place([lat + d, lon + e]))];
            prop_assert!((there[0] - back[0]).abs() < 1e-7 && (there[1] - back[1]).abs() < 2e-7);
        }
    }
}
