//! What is over the map: night, as the hour or the sky's board says, and rain.

use crate::ink::{Drawing, Tint};
use bevy::math::Vec2;
use rehearsal_stage::palette::Rgb;
use rehearsal_stage::{Camera, Scene};

/// The colour of the night, and how much of it there is at most.
const NIGHT: Rgb = Rgb([24, 38, 74]);
const DARKNESS: f32 = 0.10;
/// The colour of rain, by day and by night.
const RAIN: Rgb = Rgb([84, 128, 176]);
/// Points of the pane for each drop, in a rain of one millimetre an hour.
const ROOM: f32 = 9_000.0;
/// The hours of the day between which it is light where no sky says so, and how long it dawns \[h\].
const DAY: (f32, f32) = (6.5, 19.5);
const DAWN: f32 = 1.5;

/// Draws the sky of a scene over all of a pane. `second` is the second of the day, where there is a calendar.
pub(crate) fn draw(drawing: &mut Drawing, scene: &Scene, camera: &Camera, second: Option<u32>) {
    let reach = Vec2::new(camera.viewport[0] as f32, camera.viewport[1] as f32) / 2.0;
    let dark = darkness(scene, second);
    if dark > 0.0 {
        drawing.rectangle(-reach, reach, Tint::new(NIGHT, DARKNESS * dark));
    }
    let sky = scene.sky.filter(|sky| sky.raining == Some(true));
    if let Some(sky) = sky {
        // Where it is not said how much, as much as a shower.
        rain(drawing, reach, sky.rain.unwrap_or(1.0) as f32, scene.at);
    }
}

/// From 0 by day to 1 by night.
fn darkness(scene: &Scene, second: Option<u32>) -> f32 {
    let sky = scene.sky;
    if let Some(sun) = sky.and_then(|sky| sky.sun) {
        // It dawns while the sun is within six degrees of the horizon.
        return (0.5 - sun as f32 / 0.21).clamp(0.0, 1.0);
    }
    if let Some(light) = sky.and_then(|sky| sky.light) {
        return if light { 0.0 } else { 1.0 };
    }
    let Some(second) = second else { return 0.0 };
    let hour = second as f32 / 3_600.0;
    let up = ((hour - DAY.0) / DAWN + 0.5).clamp(0.0, 1.0);
    let down = ((DAY.1 - hour) / DAWN + 0.5).clamp(0.0, 1.0);
    1.0 - up.min(down)
}

/// Drops that hang in the pane as chance has it, the same at one moment.
fn rain(drawing: &mut Drawing, reach: Vec2, rate: f32, at: u64) {
    let count = (4.0 * reach.x * reach.y / ROOM * rate.clamp(0.2, 6.0)) as u64;
    for drop in 0..count {
        let share = |salt: u64| (mixed(at ^ (drop << 20) ^ salt) >> 40) as f32 / (1u64 << 24) as f32 * 2.0 - 1.0;
        let top = reach * Vec2::new(share(1), share(2));
        drawing.line(top, top + Vec2::new(-2.0, -9.0), 1.0, Tint::new(RAIN, 0.35));
    }
}

/// The finisher of SplitMix64: neighbouring numbers become far ones.
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal_stage::Sky;

    fn at(hour: u32) -> f32 {
        darkness(&Scene::default(), Some(hour * 3_600))
    }

    #[test]
    fn night_falls_by_the_hour_unless_the_sky_says_otherwise() {
        assert_eq!([0, 5, 8, 12, 18, 21].map(at), [1.0, 1.0, 0.0, 0.0, 0.0, 1.0]);
        let light = |light| Scene { sky: Some(Sky { light: Some(light), ..Sky::default() }), ..Scene::default() };
        assert_eq!((darkness(&light(false), Some(43_200)), darkness(&light(true), Some(0))), (1.0, 0.0));
        let sun = |sun| Scene { sky: Some(Sky { sun: Some(sun), ..Sky::default() }), ..Scene::default() };
        assert_eq!([-0.5, 0.0, 0.5].map(|height| darkness(&sun(height), None)), [1.0, 0.5, 0.0]);
    }

    #[test]
    fn the_harder_it_rains_the_more_drops_there_are() {
        let camera = Camera::fit(None, [600.0, 400.0]);
        let drops = |rain: Option<f64>, raining| {
            let sky = Sky { rain, raining: Some(raining), light: Some(true), ..Sky::default() };
            let mut drawing = Drawing::default();
            draw(&mut drawing, &Scene { sky: Some(sky), ..Scene::default() }, &camera, None);
            drawing.corners() / 4
        };
        assert_eq!([drops(Some(1.0), false), drops(Some(0.5), true), drops(Some(1.0), true), drops(None, true)], [0, 13, 26, 26]);
    }
}
