//! Colours, by day and by night, that colour-blind readers tell apart too.
//!
//! Marks have the eight hues of Okabe and Ito, moved as little as needed for two laws that the tests compute: each has a
//! contrast of at least [`MARK_CONTRAST_MIN`] against the ground, and each differs from every other, and from the grey of
//! what has no colour, by at least [`DIFFERENCE_MIN`], as seen with all cones, without those for red and without those for
//! green. Colour is never the only sign: kinds differ by shape, and states are written out where an actor is looked at.
//!
//! The place of a state's colour comes from [`rehearsal_trace::style::Styles`], as in the picture of `rehearsal map`.
//!
//! # Source
//! M. Okabe and K. Ito, "Color Universal Design", 2008. Contrast: W3C, WCAG 2.2, relative luminance. Colour-blind sight:
//! G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A physiologically-based model for simulation of color vision
//! deficiency", 2009, table 1, severity 1. Difference: G. Sharma, W. Wu and E. N. Dalal, "The CIEDE2000 color-difference
//! formula", 2005.

use crate::land::Land;

/// Contrast of text against what it stands on: WCAG 2.2, level AA.
pub const TEXT_CONTRAST_MIN: f64 = 4.5;
/// Contrast of marks against the ground: WCAG 2.2 for graphical objects.
pub const MARK_CONTRAST_MIN: f64 = 3.0;
/// Difference between any two colours of marks in any sight \[CIEDE2000\]; one that is just noticed is about 1 to 2.
pub const DIFFERENCE_MIN: f64 = 12.0;

/// A colour: red, green, blue in sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub [u8; 3]);

/// How somebody sees colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sight {
    /// With all cones.
    Full,
    /// Without those for red: protanopia.
    NoRed,
    /// Without those for green: deuteranopia.
    NoGreen,
}

/// The colours of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Palette {
    /// The land under everything.
    pub ground: Rgb,
    /// Panels beside the map.
    pub panel: Rgb,
    /// Text that is read.
    pub text: Rgb,
    /// Text beside it: units, hints, times.
    pub quiet: Rgb,
    /// Lines between parts of a panel.
    pub rule: Rgb,
    /// Roads by rank, from lanes to motorways: quiet, so that marks stand out.
    pub roads: [Rgb; 5],
    /// Areas under the roads, in the order of [`Land::ALL`]: quieter than the roads.
    pub lands: [Rgb; 7],
    /// Marks by the place of their colour.
    pub marks: [Rgb; 8],
    /// Marks that have no colour of their own.
    pub other: Rgb,
    /// Around marks, so that they stand apart where they lie close.
    pub outline: Rgb,
    /// The ring about whom was chosen, what is in focus, the playhead.
    pub accent: Rgb,
    /// Refusals, and where two runs part.
    pub alarm: Rgb,
}

/// By day.
pub const LIGHT: Palette = Palette {
    ground: rgb(0xF5F3EE),
    panel: rgb(0xFCFBF9),
    text: rgb(0x1F2328),
    quiet: rgb(0x5F646A),
    rule: rgb(0xE4E1D9),
    roads: [rgb(0xDFDBD2), rgb(0xD6D2C9), rgb(0xCCC8BE), rgb(0xC4C0B5), rgb(0xB9B5AA)],
    lands: [rgb(0xF1EBE3), rgb(0xEEF2E0), rgb(0xEAEAEC), rgb(0xDFEBD5), rgb(0xD8E7F2), rgb(0xEFE9F3), rgb(0xE6DED3)],
    marks: LIGHT_MARKS,
    other: rgb(0x8A8A86),
    outline: rgb(0xFFFFFF),
    accent: rgb(0x0B5CAD),
    alarm: rgb(0xB42318),
};

/// By night.
pub const DARK: Palette = Palette {
    ground: rgb(0x14171C),
    panel: rgb(0x1C2026),
    text: rgb(0xE9EAEC),
    quiet: rgb(0xA3A9B1),
    rule: rgb(0x31363E),
    roads: [rgb(0x23272E), rgb(0x292E36), rgb(0x30363F), rgb(0x383E48), rgb(0x424954)],
    lands: [rgb(0x1B1A1E), rgb(0x171C18), rgb(0x17191A), rgb(0x132119), rgb(0x0F2034), rgb(0x1D1B26), rgb(0x24211F)],
    marks: DARK_MARKS,
    other: rgb(0x6E737A),
    outline: rgb(0x0B0D10),
    accent: rgb(0x6CB6FF),
    alarm: rgb(0xFF7B72),
};

const LIGHT_MARKS: [Rgb; 8] =
    [rgb(0x0067A5), rgb(0x753914), rgb(0x198B57), rgb(0xB576A6), rgb(0x8E620E), rgb(0x0090EC), rgb(0x333333), rgb(0xA08B07)];

const DARK_MARKS: [Rgb; 8] =
    [rgb(0x0972B1), rgb(0xD35E02), rgb(0x0A9E73), rgb(0xCD7AA7), rgb(0xE59E03), rgb(0x56B4E9), rgb(0xF2F2F0), rgb(0xF4E745)];

/// From hexadecimal digits.
const fn rgb(code: u32) -> Rgb {
    Rgb([(code >> 16) as u8, (code >> 8) as u8, code as u8])
}

impl Palette {
    /// The colour of a mark.
    #[must_use]
    pub fn mark(&self, colour: Option<u8>) -> Rgb {
        colour.and_then(|place| self.marks.get(usize::from(place))).copied().unwrap_or(self.other)
    }

    /// The colour of an area.
    #[must_use]
    pub fn land(&self, land: Land) -> Rgb {
        self.lands[land as usize]
    }

    /// The colour of a road.
    #[must_use]
    pub fn road(&self, rank: u8) -> Rgb {
        self.roads[usize::from(rank).min(self.roads.len() - 1)]
    }
}

impl Rgb {
    /// Red, green, blue in light, each from 0 to 1.
    #[must_use]
    pub fn linear(self) -> [f64; 3] {
        self.0.map(|part| {
            let part = f64::from(part) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { libm::pow((part + 0.055) / 1.055, 2.4) }
        })
    }

    /// Relative luminance, from 0 for black to 1 for white.
    #[must_use]
    pub fn luminance(self) -> f64 {
        let [red, green, blue] = self.linear();
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }
}

/// The contrast of two colours, from 1 for none to 21 for black on white.
#[must_use]
pub fn contrast(a: Rgb, b: Rgb) -> f64 {
    let [a, b] = [a, b].map(Rgb::luminance);
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// How different two colours look \[CIEDE2000\].
#[must_use]
pub fn difference(a: Rgb, b: Rgb, sight: Sight) -> f64 {
    let [a, b] = [a, b].map(|colour| lab(seen(colour, sight)));
    ciede2000(a, b)
}

/// A colour as somebody sees it, in light.
fn seen(colour: Rgb, sight: Sight) -> [f64; 3] {
    let light = colour.linear();
    let cones = match sight {
        Sight::Full => return light,
        Sight::NoRed => {
            [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]]
        }
        Sight::NoGreen => {
            [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]]
        }
    };
    cones.map(|row| row.iter().zip(light).map(|(share, part)| share * part).sum::<f64>().clamp(0.0, 1.0))
}

/// Light to CIE L*a*b* under daylight (D65).
fn lab([red, green, blue]: [f64; 3]) -> [f64; 3] {
    let bent = |t: f64| if t > 0.008_856_451_679 { libm::cbrt(t) } else { t * 7.787_037 + 16.0 / 116.0 };
    let x = bent((0.412_456_4 * red + 0.357_576_1 * green + 0.180_437_5 * blue) / 0.950_47);
    let y = bent(0.212_672_9 * red + 0.715_152_2 * green + 0.072_175_0 * blue);
    let z = bent((0.019_333_9 * red + 0.119_192_0 * green + 0.950_304_1 * blue) / 1.088_83);
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// The colour difference of 2000, with all weights 1. The names are those of the paper.
fn ciede2000([l1, a1, b1]: [f64; 3], [l2, a2, b2]: [f64; 3]) -> f64 {
    let seventh = |c: f64| libm::pow(c, 7.0) / (libm::pow(c, 7.0) + libm::pow(25.0, 7.0));
    let g = 0.5 * (1.0 - seventh((libm::hypot(a1, b1) + libm::hypot(a2, b2)) / 2.0).sqrt());
    let [a1, a2] = [a1, a2].map(|a| a * (1.0 + g));
    let [c1, c2] = [libm::hypot(a1, b1), libm::hypot(a2, b2)];
    let hue = |a: f64, b: f64| if a == 0.0 && b == 0.0 { 0.0 } else { libm::fmod(libm::atan2(b, a).to_degrees() + 360.0, 360.0) };
    let [h1, h2] = [hue(a1, b1), hue(a2, b2)];
    let grey = c1 * c2 == 0.0;
    let turn = match h2 - h1 {
        _ if grey => 0.0,
        turn if turn > 180.0 => turn - 360.0,
        turn if turn < -180.0 => turn + 360.0,
        turn => turn,
    };
    let h = match h1 + h2 {
        sum if grey => sum,
        sum if (h1 - h2).abs() <= 180.0 => sum / 2.0,
        sum if sum < 360.0 => (sum + 360.0) / 2.0,
        sum => (sum - 360.0) / 2.0,
    };
    let (l, c) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0);
    let cos = |degrees: f64| libm::cos(degrees.to_radians());
    let t = 1.0 - 0.17 * cos(h - 30.0) + 0.24 * cos(2.0 * h) + 0.32 * cos(3.0 * h + 6.0) - 0.20 * cos(4.0 * h - 63.0);
    let bend = (l - 50.0) * (l - 50.0);
    let [sl, sc, sh] = [1.0 + 0.015 * bend / (20.0 + bend).sqrt(), 1.0 + 0.045 * c, 1.0 + 0.015 * c * t];
    let theta = 30.0 * libm::exp(-((h - 275.0) / 25.0) * ((h - 275.0) / 25.0));
    let rt = -2.0 * seventh(c).sqrt() * libm::sin((2.0 * theta).to_radians());
    let dl = (l2 - l1) / sl;
    let dc = (c2 - c1) / sc;
    let dh = 2.0 * (c1 * c2).sqrt() * libm::sin((turn / 2.0).to_radians()) / sh;
    (dl * dl + dc * dc + dh * dh + rt * dc * dh).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PALETTES: [(&str, Palette); 2] = [("light", LIGHT), ("dark", DARK)];

    #[test]
    fn the_difference_is_that_of_the_papers_table() {
        // Pairs 1, 6, 17, 19 and 34 of table 1.
        for (a, b, expected) in [
            ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
            ([50.0, -1.0, 2.0], [50.0, 0.0, 0.0], 2.3669),
            ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
            ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
            ([2.0776, 0.0795, -1.135], [0.9033, -0.0636, -0.5514], 0.9082),
        ] {
            assert!((ciede2000(a, b) - expected).abs() < 5e-5, "{a:?} {b:?}: {}", ciede2000(a, b));
            assert!((ciede2000(b, a) - expected).abs() < 5e-5);
        }
    }

    #[test]
    fn contrast_runs_from_1_to_21() {
        let [black, white] = [rgb(0), rgb(0xFF_FF_FF)];
        assert!((contrast(black, white) - 21.0).abs() < 1e-9 && (contrast(white, white) - 1.0).abs() < 1e-9);
        // The grey that the guidelines give as the lightest for text on white.
        assert!((contrast(rgb(0x76_76_76), white) - 4.54).abs() < 0.01);
    }

    #[test]
    fn text_can_be_read() {
        for (name, palette) in PALETTES {
            for text in [palette.text, palette.quiet, palette.accent, palette.alarm] {
                for under in [palette.ground, palette.panel] {
                    let found = contrast(text, under);
                    assert!(found >= TEXT_CONTRAST_MIN, "{name}: {text:?} on {under:?} is {found:.2}");
                }
            }
        }
    }

    #[test]
    fn marks_stand_out_from_the_ground_and_roads_do_not() {
        for (name, palette) in PALETTES {
            for mark in palette.marks.iter().chain([&palette.other]) {
                let found = contrast(*mark, palette.ground);
                assert!(found >= MARK_CONTRAST_MIN, "{name}: {mark:?} is {found:.2}");
            }
            let roads = palette.roads.map(|road| contrast(road, palette.ground));
            assert!(roads.is_sorted() && roads[0] > 1.05 && roads[4] < 2.0, "{name}: {roads:?}");
        }
    }

    #[test]
    fn areas_are_quieter_than_roads_and_water_is_told_from_land() {
        for (name, palette) in PALETTES {
            let lands = Land::ALL.map(|land| (land, palette.land(land)));
            let marks: Vec<Rgb> = palette.marks.into_iter().chain([palette.other]).collect();
            for (land, colour) in lands {
                let from_ground = contrast(colour, palette.ground);
                assert!(from_ground > 1.01 && from_ground < 1.25, "{name}: {land:?} is {from_ground:.3}");
                assert!(contrast(colour, palette.roads[0]) > 1.03, "{name}: roads do not show on {land:?}");
                let mark = marks.iter().map(|&mark| contrast(mark, colour)).fold(f64::INFINITY, f64::min);
                assert!(mark > 2.5, "{name}: a mark on {land:?} is {mark:.2}");
                for sight in [Sight::Full, Sight::NoRed, Sight::NoGreen] {
                    let found = difference(colour, palette.ground, sight);
                    let wanted = if land == Land::Water { 6.0 } else { 1.3 };
                    assert!(found > wanted, "{name}, {sight:?}: {land:?} differs from the ground by {found:.1}");
                }
            }
            for (place, (land, colour)) in lands.iter().enumerate() {
                for (other, beside) in &lands[..place] {
                    let found = difference(*colour, *beside, Sight::Full);
                    assert!(found > 3.0, "{name}: {land:?} and {other:?} differ by {found:.1}");
                }
            }
        }
    }

    #[test]
    fn marks_are_told_apart_in_any_sight() {
        for (name, palette) in PALETTES {
            let marks: Vec<Rgb> = palette.marks.into_iter().chain([palette.other]).collect();
            for sight in [Sight::Full, Sight::NoRed, Sight::NoGreen] {
                for (place, a) in marks.iter().enumerate() {
                    for b in &marks[..place] {
                        let found = difference(*a, *b, sight);
                        assert!(found >= DIFFERENCE_MIN, "{name}, {sight:?}: {a:?} and {b:?} differ by {found:.1}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_state_beyond_the_palette_is_grey() {
        assert_eq!((LIGHT.mark(None), LIGHT.mark(Some(99))), (LIGHT.other, LIGHT.other));
        assert_eq!(DARK.mark(Some(2)), DARK.marks[2]);
        assert_eq!(DARK.road(200), DARK.roads[4]);
    }
}
