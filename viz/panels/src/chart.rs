//! A small chart: one or two curves over the whole run, drawn up to now.

use crate::Pass;
use crate::look::{Look, SMALL};
use crate::paint::{card, letter, write};
use egui::{Align2, Color32, Painter, Pos2, Rect, Sense, Stroke, Ui, pos2, vec2};
use rehearsal_stage::words;

/// The figures at the right stand in this width.
const FIGURES: f32 = 46.0;

/// The dashes of the second run, and between them.
const DASH: f32 = 5.0;
const GAP: f32 = 3.0;

/// One curve.
pub(crate) struct Series<'a> {
    /// Moments \[ns\] and figures, in order of time.
    pub(crate) points: &'a [(u64, f64)],
    /// The run that it is of; the second is dashed, so that the first is seen where both are the same.
    pub(crate) run: usize,
    /// Whether a figure holds until the next one.
    pub(crate) steps: bool,
    pub(crate) colour: Color32,
}

/// What lies where in a chart.
#[derive(Clone, Copy)]
pub(crate) struct Axes {
    pub(crate) rect: Rect,
    /// The last moment \[ns\].
    pub(crate) end: u64,
    /// The least and the greatest figure.
    pub(crate) range: (f64, f64),
}

impl Axes {
    pub(crate) fn x(&self, at: u64) -> f32 {
        self.rect.left() + (at as f64 / self.end.max(1) as f64) as f32 * self.rect.width()
    }

    fn y(&self, figure: f64) -> f32 {
        let (least, most) = self.range;
        self.rect.bottom() - ((figure - least) / (most - least)) as f32 * self.rect.height()
    }

    /// The moment under a point \[ns\].
    pub(crate) fn at(&self, x: f32) -> u64 {
        (f64::from((x - self.rect.left()) / self.rect.width()).clamp(0.0, 1.0) * self.end as f64) as u64
    }
}

/// The least and the greatest figure of some curves; with zero, where that is not far from them.
pub(crate) fn range<'a>(curves: impl IntoIterator<Item = &'a [(u64, f64)]>) -> (f64, f64) {
    let figures = curves.into_iter().flatten().map(|point| point.1).filter(|figure| figure.is_finite());
    let found = figures.fold(None, |found: Option<(f64, f64)>, figure| {
        let (least, most) = found.unwrap_or((figure, figure));
        Some((least.min(figure), most.max(figure)))
    });
    let Some((least, most)) = found else { return (0.0, 1.0) };
    if least == 0.0 && most == 0.0 {
        (0.0, 1.0)
    } else if least >= 0.0 && least <= 0.7 * most {
        (0.0, most)
    } else if most > least {
        (least, most)
    } else {
        (least - least.abs() * 0.1, most + most.abs() * 0.1)
    }
}

/// Draws curves up to now, with the least and the greatest figure at the right; the pointer tells a moment and the figures of
/// then. Returns the moment that was clicked.
pub(crate) fn chart(ui: &mut Ui, pass: &Pass<'_>, height: f32, unit: &str, curves: &[Series<'_>]) -> Option<u64> {
    let look = &pass.look;
    let (now, end) = (pass.show.playhead().at(), pass.show.playhead().end());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click_and_drag());
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let inside = Rect::from_min_max(rect.min, rect.max - vec2(FIGURES, 0.0)).shrink2(vec2(0.0, 3.0));
    let axes = Axes { rect: inside, end, range: range(curves.iter().map(|curve| curve.points)) };
    frame(&painter, look, &axes, now);
    for curve in curves {
        line(&painter, &axes, curve, now);
    }
    if curves.iter().any(|curve| !curve.points.is_empty()) {
        for (figure, y, anchor) in
            [(axes.range.1, rect.top() - 1.0, Align2::LEFT_TOP), (axes.range.0, rect.bottom() + 1.0, Align2::LEFT_BOTTOM)]
        {
            let at = pos2(axes.rect.right() + 5.0, y);
            write(&painter, at, anchor, &words::short(figure), (SMALL - 1.0, look.quiet), FIGURES - 5.0);
        }
    }
    if let Some(point) = response.hover_pos().filter(|point| axes.rect.x_range().contains(point.x)) {
        painter.vline(point.x, axes.rect.y_range(), Stroke::new(1.0, look.quiet.gamma_multiply(0.6)));
        tell(&painter, pass, axes.at(point.x).min(now), unit, curves, pos2(point.x, rect.top() - 3.0), rect);
    }
    let clicked = response.clicked() || response.dragged();
    clicked.then(|| response.interact_pointer_pos()).flatten().map(|point| axes.at(point.x))
}

/// A moment, and the figures of then.
fn tell(painter: &Painter, pass: &Pass<'_>, at: u64, unit: &str, curves: &[Series<'_>], above: Pos2, within: Rect) {
    let figure = |curve: &Series<'_>| {
        let known = curve.points.partition_point(|(moment, _)| *moment <= at);
        let figure = known.checked_sub(1).map_or("none yet".into(), |last| words::figure(curve.points[last].1));
        if pass.two() { format!("{} {figure}", letter(curve.run)) } else { figure }
    };
    let figures: Vec<String> = curves.iter().map(figure).collect();
    let lead = format!("{}  {unit}", figures.join("   "));
    card(painter, &pass.look, None, [lead.trim_end(), &pass.clock().minute(at)], above, within);
}

/// The base line, and where now is.
pub(crate) fn frame(painter: &Painter, look: &Look, axes: &Axes, now: u64) {
    painter.hline(axes.rect.x_range(), axes.rect.bottom(), Stroke::new(1.0, look.rule));
    painter.vline(axes.x(now), axes.rect.y_range(), Stroke::new(1.0, look.accent.gamma_multiply(0.55)));
}

/// A curve up to now; its last figure holds until then.
fn line(painter: &Painter, axes: &Axes, curve: &Series<'_>, now: u64) {
    let known = &curve.points[..curve.points.partition_point(|(at, _)| *at <= now)];
    let mut points = thinned(axes, known);
    if curve.steps {
        points = stepped(&points);
    }
    if let Some(last) = points.last().copied() {
        let x = axes.x(now);
        if x > last.x {
            points.push(pos2(x, last.y));
        }
        painter.circle_filled(pos2(x.max(last.x), last.y), 2.2, curve.colour);
    }
    let stroke = Stroke::new(1.6, curve.colour);
    if curve.run == 0 {
        painter.add(egui::Shape::line(points, stroke));
    } else {
        painter.extend(egui::Shape::dashed_line(&points, stroke, DASH, GAP));
    }
}

/// The same where each point holds until the next one.
fn stepped(points: &[Pos2]) -> Vec<Pos2> {
    let corner = |pair: &[Pos2]| [pair[0], pos2(pair[1].x, pair[0].y)];
    points.windows(2).flat_map(corner).chain(points.last().copied()).collect()
}

/// The points of a curve, of each column of the screen at most its first, least, greatest and last.
fn thinned(axes: &Axes, points: &[(u64, f64)]) -> Vec<Pos2> {
    let mut found: Vec<Pos2> = Vec::new();
    let mut column: Vec<Pos2> = Vec::new();
    let close = |column: &mut Vec<Pos2>, found: &mut Vec<Pos2>| {
        if column.len() <= 4 {
            found.append(column);
            return;
        }
        let by_height = |a: &&Pos2, b: &&Pos2| a.y.total_cmp(&b.y);
        let kept = [column.first(), column.iter().min_by(by_height), column.iter().max_by(by_height), column.last()];
        found.extend(kept.into_iter().flatten().copied());
        column.clear();
    };
    for &(at, figure) in points.iter().filter(|(_, figure)| figure.is_finite()) {
        let point = pos2(axes.x(at), axes.y(figure));
        if column.first().is_some_and(|first| first.x.floor() != point.x.floor()) {
            close(&mut column, &mut found);
        }
        column.push(point);
    }
    close(&mut column, &mut found);
    found
}

/// A difference over time as columns about zero: what is better in one colour, what is worse in another.
pub(crate) fn difference(ui: &mut Ui, height: f32, (now, end): (u64, u64), points: &[(u64, f64)], colours: [Color32; 4]) {
    let [over, under, zero, quiet] = colours;
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let painter = ui.painter().with_clip_rect(rect.intersect(ui.clip_rect()));
    let most = points.iter().map(|point| point.1.abs()).filter(|size| size.is_finite()).fold(0.0, f64::max);
    let axes = Axes { rect: Rect::from_min_max(rect.min, rect.max - vec2(FIGURES, 0.0)), end, range: (-most, most) };
    let middle = axes.rect.center().y;
    painter.hline(axes.rect.x_range(), middle, Stroke::new(1.0, zero));
    write(&painter, pos2(axes.rect.right() + 5.0, middle), Align2::LEFT_CENTER, "A - B", (SMALL - 1.0, quiet), FIGURES - 5.0);
    if most == 0.0 {
        return;
    }
    let known = &points[..points.partition_point(|(at, _)| *at <= now)];
    let mut mesh = egui::Mesh::default();
    let mut left = known.first().map_or(axes.rect.left(), |first| axes.x(first.0));
    for (place, &(_, figure)) in known.iter().enumerate() {
        let right = axes.x(known.get(place + 1).map_or(now, |next| next.0));
        // Several in one column of the screen are one.
        if (right - left < 1.0 && place + 1 < known.len()) || !figure.is_finite() {
            continue;
        }
        let colour = if figure > 0.0 { over } else { under };
        mesh.add_colored_rect(Rect::from_two_pos(pos2(left, middle), pos2(right, axes.y(figure))), colour);
        left = right;
    }
    painter.add(egui::Shape::mesh(mesh));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_belongs_to_a_range_unless_it_is_far() {
        let of = |figures: &[f64]| {
            let points: Vec<(u64, f64)> = figures.iter().map(|figure| (0, *figure)).collect();
            range([points.as_slice()])
        };
        assert_eq!(of(&[1.0, 4.0]), (0.0, 4.0));
        assert_eq!(of(&[99.0, 100.0]), (99.0, 100.0));
        assert_eq!(of(&[-2.0, 3.0]), (-2.0, 3.0));
        assert_eq!(of(&[5.0]), (4.5, 5.5));
        assert_eq!((of(&[0.0]), of(&[])), ((0.0, 1.0), (0.0, 1.0)));
        assert_eq!(of(&[f64::NAN, f64::INFINITY, 2.0, 1.0]), (0.0, 2.0));
    }

    #[test]
    fn a_figure_holds_until_the_next() {
        let points = [pos2(0.0, 5.0), pos2(4.0, 2.0), pos2(9.0, 3.0)];
        let steps = [pos2(0.0, 5.0), pos2(4.0, 5.0), pos2(4.0, 2.0), pos2(9.0, 2.0), pos2(9.0, 3.0)];
        assert_eq!(stepped(&points), steps);
        assert_eq!((stepped(&points[..1]), stepped(&[])), (vec![points[0]], vec![]));
    }

    #[test]
    fn a_thinned_curve_keeps_its_peaks_and_its_ends() {
        let points: Vec<(u64, f64)> = (0..10_000u64).map(|at| (at, if at == 4_321 { 100.0 } else { (at % 7) as f64 })).collect();
        let axes =
            Axes { rect: Rect::from_min_size(pos2(0.0, 0.0), vec2(200.0, 40.0)), end: 10_000, range: range([points.as_slice()]) };
        let thin = thinned(&axes, &points);
        assert!(thin.len() <= 4 * 201 && thin.len() > 400, "{}", thin.len());
        assert_eq!(thin.iter().map(|point| point.y).fold(f32::MAX, f32::min), axes.y(100.0));
        assert_eq!(
            (thin[0], *thin.last().unwrap()),
            (pos2(axes.x(0), axes.y(0.0)), pos2(axes.x(9_999), axes.y((9_999 % 7) as f64)))
        );
        assert!(thin.is_sorted_by(|a, b| a.x.floor() <= b.x.floor()));
    }
}
