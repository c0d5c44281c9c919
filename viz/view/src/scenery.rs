//! The map under everybody: areas, and on them roads as wide as they are, at least as wide as their rank asks.

use crate::ink::{Drawing, Tint};
use bevy::math::Vec2;
use rehearsal_stage::palette::Palette;
use rehearsal_stage::{Camera, Land, Stage};

/// How wide a road of a rank is drawn at least \[points\].
const WIDTHS: [f32; 5] = [0.9, 1.2, 1.7, 2.3, 3.0];
/// How wide it is on the ground \[m\].
const METRES: [f32; 5] = [5.0, 6.5, 8.0, 11.0, 18.0];
/// Bends shorter than this are left out \[points\].
const STEP: f32 = 0.7;

/// The areas of a map, cut into triangles.
pub(crate) struct Lots {
    /// For each of [`Stage::areas`], three corners for each triangle.
    triangles: Vec<Vec<u32>>,
}

impl Lots {
    /// Cuts the areas of a stage. Costs a few microseconds for each; it is done once.
    pub(crate) fn of(stage: &Stage) -> Lots {
        let mut cutter = earcut::Earcut::new();
        let cut = |plot: &rehearsal_stage::Plot| {
            let mut triangles: Vec<u32> = Vec::new();
            cutter.earcut(plot.outline.iter().copied(), &[], &mut triangles);
            triangles
        };
        Lots { triangles: stage.areas().iter().map(cut).collect() }
    }

    /// Draws the areas that a camera shows.
    pub(crate) fn draw(&self, drawing: &mut Drawing, stage: &Stage, camera: &Camera, palette: &Palette) {
        let reach = Vec2::new(camera.viewport[0] as f32, camera.viewport[1] as f32) / 2.0;
        for (plot, triangles) in stage.areas().iter().zip(&self.triangles) {
            let corners: Vec<Vec2> = plot.outline.iter().map(|&corner| middle(camera, corner)).collect();
            let least = corners.iter().copied().fold(Vec2::MAX, Vec2::min);
            let most = corners.iter().copied().fold(Vec2::MIN, Vec2::max);
            let seen = most.x >= -reach.x && most.y >= -reach.y && least.x <= reach.x && least.y <= reach.y;
            // Of what is smaller than a point there is nothing to see.
            if seen && (most - least).max_element() > 1.0 {
                let tint = Tint::new(palette.land(plot.land), 1.0);
                drawing.triangles(corners.iter().copied(), triangles, tint);
                // A line along the edge makes it smooth.
                let next = corners.iter().cycle().skip(1);
                corners.iter().zip(next).for_each(|(&from, &to)| drawing.line(from, to, 1.0, tint));
            }
        }
    }
}

/// Draws the blocks of the kinds of a run without a map.
pub(crate) fn blocks(drawing: &mut Drawing, stage: &Stage, camera: &Camera, palette: &Palette) {
    let tint = Tint::new(palette.land(Land::Built), 1.0);
    for block in stage.blocks() {
        drawing.rectangle(middle(camera, block.bounds.least), middle(camera, block.bounds.most), tint);
    }
}

/// Draws the roads that a camera shows.
///
/// Costs a look at every point of every road; it is done when the camera has moved.
pub(crate) fn roads(drawing: &mut Drawing, stage: &Stage, camera: &Camera, palette: &Palette) {
    let reach = Vec2::new(camera.viewport[0] as f32, camera.viewport[1] as f32) / 2.0;
    for road in stage.roads() {
        let rank = usize::from(road.rank).min(WIDTHS.len() - 1);
        let width = WIDTHS[rank].max((f64::from(METRES[rank]) / camera.metres_per_pixel) as f32);
        let tint = Tint::new(palette.road(road.rank), 1.0);
        let far = reach + Vec2::splat(width);
        let mut points = road.points.iter().map(|&point| middle(camera, point));
        let Some(mut before) = points.next() else { continue };
        let last = road.points.len().saturating_sub(2);
        for (place, point) in points.enumerate() {
            if place < last && before.distance_squared(point) < STEP * STEP {
                continue;
            }
            let (least, most) = (before.min(point), before.max(point));
            if most.x >= -far.x && most.y >= -far.y && least.x <= far.x && least.y <= far.y {
                drawing.line(before, point, width, tint);
            }
            before = point;
        }
    }
}

/// Where a place in metres is, in points right and up from the middle of a pane.
pub(crate) fn middle(camera: &Camera, place: [f32; 2]) -> Vec2 {
    let [x, y] = camera.place(place);
    Vec2::new(x - (camera.viewport[0] / 2.0) as f32, (camera.viewport[1] / 2.0) as f32 - y)
}
