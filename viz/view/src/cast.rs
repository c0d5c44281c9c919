//! Everybody on the map: marks by kind and state, messages as arcs, decisions as pulses, how crowded it is where.

use crate::ink::{Drawing, Form, Rim, Tint};
use crate::scenery::middle;
use crate::sky;
use bevy::math::Vec2;
use rehearsal_stage::palette::Palette;
use rehearsal_stage::{Arc, Camera, Crowd, Gauge, Layers, Mark, Pulse, Scene};
use rehearsal_trace::style::Shape;

/// The bar of a place \[points\].
const BAR: Vec2 = Vec2::new(24.0, 3.0);
/// Places that have a bar although nobody waits there, at most so many in sight.
const BARS: usize = 60;
/// Dots in a row of those who wait, and rows.
const ROW: u32 = 6;
const ROWS: u32 = 5;
/// The side of a square in which people are counted, at least \[points\].
const SQUARE: f64 = 28.0;
/// How long the pieces of an arc are, and how many there are at most.
const PIECE: f32 = 14.0;
const PIECES: f32 = 48.0;
/// How far an arc rises over the straight line between its ends, as a share of that line's length.
const RISE: f32 = 0.18;

/// Draws a scene; where somebody is chosen, what others say to each other is fainter.
pub(crate) fn scene(
    drawing: &mut Drawing,
    scene: &Scene,
    camera: &Camera,
    palette: &Palette,
    layers: Layers,
    chosen: Option<u32>,
    second: Option<u32>,
) {
    sky::draw(drawing, scene, camera, second);
    if layers.crowd {
        crowd(drawing, &scene.marks, camera, palette);
    }
    if layers.messages {
        for one in &scene.arcs {
            let near = chosen.is_none_or(|chosen| [one.from, one.to].contains(&chosen));
            arc(drawing, one, camera, palette, if near { 1.0 } else { 0.2 });
        }
    }
    let radius = radius(camera);
    let reach = Vec2::new(camera.viewport[0] as f32, camera.viewport[1] as f32) / 2.0 + Vec2::splat(3.0 * radius);
    // Those at rest lie under those on their way.
    for moving in [false, true] {
        for one in scene.marks.iter().filter(|mark| mark.moving == moving) {
            let at = middle(camera, one.place);
            if at.x.abs() <= reach.x && at.y.abs() <= reach.y {
                // Those on their way stand out.
                mark(drawing, one, at, if moving { radius } else { radius * 0.8 }, palette);
            }
        }
    }
    gauges(drawing, scene, camera, palette, radius);
    if layers.decisions {
        scene.pulses.iter().for_each(|one| pulse(drawing, one, camera, palette, radius));
    }
}

/// How large marks are \[points\]: larger the closer the camera is.
pub(crate) fn radius(camera: &Camera) -> f32 {
    (4.0 + 1.1 * (20.0 / camera.metres_per_pixel).log2() as f32 / 2.0).clamp(2.6, 8.0)
}

fn mark(drawing: &mut Drawing, mark: &Mark, at: Vec2, radius: f32, palette: &Palette) {
    let tint = Tint::new(palette.mark(mark.colour), 1.0);
    let rim = Rim { tint: Tint::new(palette.outline, 0.9), width: 1.0 };
    if let Some(heading) = mark.heading {
        // A nose shows where it goes.
        let ahead = Vec2::new(heading.sin(), heading.cos());
        drawing.line(at, at + ahead * radius * 2.1, (radius * 0.55).max(1.4), tint);
    }
    let form = match mark.shape {
        Shape::Circle => Form::Circle,
        Shape::Square => Form::Square,
        Shape::Triangle => Form::Triangle,
        Shape::Diamond => Form::Diamond,
    };
    drawing.mark(form, at, radius, tint, rim);
}

/// Beside each place a bar of what is in use, and over it a dot for each who waits. Where places are so many that bars would
/// cover the map, only those have one at which somebody waits.
fn gauges(drawing: &mut Drawing, scene: &Scene, camera: &Camera, palette: &Palette, radius: f32) {
    let seen = Vec2::new(camera.viewport[0] as f32, camera.viewport[1] as f32) / 2.0;
    let inside: Vec<(&Gauge, Vec2)> = scene
        .places
        .iter()
        .map(|gauge| (gauge, middle(camera, gauge.place)))
        .filter(|(_, at)| at.x.abs() <= seen.x && at.y.abs() <= seen.y)
        .collect();
    let many = inside.len() > BARS;
    for (gauge, at) in inside {
        if gauge.waiting == 0 && (many || gauge.capacity == 0) {
            continue;
        }
        let left = at + Vec2::new(-BAR.x / 2.0, radius + 4.0);
        if gauge.capacity > 0 {
            let share = (gauge.busy as f32 / gauge.capacity as f32).min(1.0);
            drawing.rectangle(left - Vec2::ONE, left + BAR + Vec2::ONE, Tint::new(palette.outline, 0.9));
            drawing.rectangle(left, left + BAR, Tint::new(palette.quiet, 0.35));
            drawing.rectangle(left, left + BAR * Vec2::new(share, 1.0), Tint::new(palette.text, 1.0));
        }
        for number in 0..gauge.waiting.min(ROW * ROWS) {
            let (column, row) = ((number % ROW) as f32, (number / ROW) as f32);
            let dot = left + Vec2::new(1.7 + 4.2 * column, BAR.y + 4.0 + 4.2 * row);
            let rim = Rim { tint: Tint::new(palette.outline, 0.9), width: 0.8 };
            drawing.mark(Form::Circle, dot, 1.7, Tint::new(palette.alarm, 1.0), rim);
        }
    }
}

/// A bow from sender to receiver, that fades; its head runs ahead along it.
fn arc(drawing: &mut Drawing, arc: &Arc, camera: &Camera, palette: &Palette, strength: f32) {
    let (start, end) = (middle(camera, arc.start), middle(camera, arc.end));
    let along = end - start;
    let seen = Vec2::new(camera.viewport[0] as f32, camera.viewport[1] as f32) / 2.0;
    // Of what neither begins nor ends in sight, the line would say nothing.
    let out = |at: Vec2| at.x.abs() > seen.x || at.y.abs() > seen.y;
    if along.length_squared() < 4.0 || (out(start) && out(end)) {
        return;
    }
    let top = (start + end) / 2.0 + along.perp() * RISE * 2.0;
    let point = |share: f32| start.lerp(top, share).lerp(top.lerp(end, share), share);
    let left = strength * (1.0 - arc.progress);
    let pieces = (along.length() / PIECE).clamp(8.0, PIECES).round() as u16;
    let mut before = start;
    for piece in 1..=pieces {
        let share = f32::from(piece) / f32::from(pieces);
        let next = point(share);
        // The tail is fainter than the head.
        drawing.line(before, next, 1.2, Tint::new(palette.accent, 0.5 * left * (0.25 + 0.75 * share)));
        before = next;
    }
    drawing.mark(Form::Circle, end, 2.2, Tint::new(palette.accent, left), Rim::NONE);
}

/// A ring that widens and fades.
fn pulse(drawing: &mut Drawing, pulse: &Pulse, camera: &Camera, palette: &Palette, radius: f32) {
    let at = middle(camera, pulse.place);
    let colour = if pulse.refused { palette.alarm } else { palette.accent };
    let left = 1.0 - pulse.progress;
    let wide = radius + 4.0 + 18.0 * pulse.progress;
    drawing.ring(at, wide, 1.0 + 2.0 * left, Tint::new(colour, 0.9 * left));
    if pulse.refused {
        let arm = Vec2::splat(radius * 0.9);
        drawing.line(at - arm, at + arm, 2.0, Tint::new(colour, left));
        drawing.line(at + arm * Vec2::new(-1.0, 1.0), at + arm * Vec2::new(1.0, -1.0), 2.0, Tint::new(colour, left));
    }
}

/// Squares of a grid, the fuller the darker; their side is a round number of metres.
fn crowd(drawing: &mut Drawing, marks: &[Mark], camera: &Camera, palette: &Palette) {
    let (metres, _) = camera.scale_bar(1.4 * SQUARE);
    let crowd = Crowd::of(marks, metres as f32);
    for cell in &crowd.cells {
        let least = middle(camera, cell.corner);
        let most = middle(camera, [cell.corner[0] + crowd.side, cell.corner[1] + crowd.side]);
        let share = (cell.count as f32 / crowd.most.max(1) as f32).sqrt();
        drawing.rectangle(least + Vec2::splat(0.5), most - Vec2::splat(0.5), Tint::new(palette.accent, 0.05 + 0.33 * share));
    }
}
