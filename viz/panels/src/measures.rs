//! The measures of the scenario: a chart of each with the curves of both runs up to now, and the running difference.

use crate::Pass;
use crate::chart::{self, Series};
use crate::look::{BODY, SMALL, TITLE};
use crate::paint::{self, write};
use egui::{Align2, Color32, Rect, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use rehearsal_stage::{Act, Choice, Curve, words};

/// What was computed of the curves, and from how many points.
#[derive(Default)]
pub(crate) struct Measures {
    differences: Vec<Difference>,
}

/// The difference of two curves.
struct Difference {
    /// How many points the curves had.
    of: [usize; 2],
    points: Vec<(u64, f64)>,
}

/// How one figure stands against the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    Better,
    Worse,
    Even,
    /// They differ, and neither direction is wished for.
    Apart,
}

/// How the first run's figure stands, given the difference first minus second, where `better` is wished for.
pub(crate) fn stands(difference: f64, better: &str) -> Stands {
    match (difference.partial_cmp(&0.0), better) {
        (None | Some(std::cmp::Ordering::Equal), _) => Stands::Even,
        (Some(std::cmp::Ordering::Less), "lower") | (Some(std::cmp::Ordering::Greater), "higher") => Stands::Better,
        (_, "lower" | "higher") => Stands::Worse,
        _ => Stands::Apart,
    }
}

impl Measures {
    pub(crate) fn show(&mut self, ui: &mut Ui, pass: &mut Pass<'_>) {
        ScrollArea::vertical().id_salt("measures").auto_shrink(false).show(ui, |ui| {
            if pass.two() {
                verdict(ui, pass);
                parting(ui, pass);
            }
            let show = pass.show;
            let curves: Vec<&[Curve]> = show.runs().iter().map(|run| run.curves()).collect();
            let count = show.runs()[0].stage().header().measures.len();
            if count == 0 {
                hint(ui, pass, "This scenario has no measures.");
            } else if curves.iter().any(|curves| curves.len() < count) {
                hint(ui, pass, "The curves of the measures appear as the run is read.");
            } else {
                // The runs of two policies have the same measures, as they are of one scenario.
                let columns = if ui.available_width() > 720.0 { 2 } else { 1 };
                for first in (0..count).step_by(columns) {
                    ui.columns(columns, |cells| {
                        for (cell, measure) in cells.iter_mut().zip(first..count) {
                            self.measure(cell, pass, measure, &curves);
                        }
                    });
                }
            }
            ui.add_space(12.0);
        });
    }

    fn measure(&mut self, ui: &mut Ui, pass: &mut Pass<'_>, number: usize, curves: &[&[Curve]]) {
        let look = pass.look;
        let of: Vec<&Curve> = curves.iter().filter_map(|curves| curves.get(number)).collect();
        let (now, end) = (pass.show.playhead().at(), pass.show.playhead().end());
        heading(ui, pass, of[0]);
        let figures: Vec<Option<f64>> = of.iter().map(|curve| curve.at(now)).collect();
        self.figures(ui, pass, of[0], &figures);
        let series: Vec<Series<'_>> = of
            .iter()
            .enumerate()
            .map(|(run, curve)| Series { points: &curve.points, run, steps: false, colour: pass.colour(run) })
            .collect();
        let tall = if ui.ctx().content_rect().height() > 1_000.0 { 64.0 } else { 46.0 };
        if let Some(at) = chart::chart(ui, pass, tall, &of[0].measure.unit, &series) {
            pass.act(Act::Go(at));
        }
        if let [first, second] = of[..] {
            let points = self.difference(number, first, second);
            let colours = match first.measure.better.as_str() {
                "lower" => [look.alarm, look.good, look.rule, look.quiet],
                "higher" => [look.good, look.alarm, look.rule, look.quiet],
                _ => [look.quiet, look.quiet, look.rule, look.quiet],
            };
            chart::difference(ui, 18.0, (now, end), points, colours);
        }
        ui.add_space(4.0);
    }

    /// The difference of two curves, computed anew where they have grown.
    fn difference(&mut self, number: usize, first: &Curve, second: &Curve) -> &[(u64, f64)] {
        let lengths = [first.points.len(), second.points.len()];
        if self.differences.len() <= number {
            self.differences.resize_with(number + 1, || Difference { of: [usize::MAX; 2], points: Vec::new() });
        }
        let kept = &mut self.differences[number];
        if kept.of != lengths {
            *kept = Difference { of: lengths, points: rehearsal_stage::difference(first, second) };
        }
        &kept.points
    }

    /// The figures of now, and how the first stands against the second.
    fn figures(&self, ui: &mut Ui, pass: &Pass<'_>, curve: &Curve, figures: &[Option<f64>]) {
        let look = pass.look;
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::hover());
        let painter = ui.painter();
        let y = rect.center().y;
        let text = |figure: Option<f64>| figure.map_or("none yet".into(), words::short);
        let mut x = rect.left();
        for (run, figure) in figures.iter().enumerate() {
            if pass.two() {
                x = paint::badge(painter, pos2(x, y), run, &look).right() + 5.0;
            }
            let (size, colour) = if figure.is_some() { (TITLE + 1.0, look.text) } else { (BODY, look.quiet) };
            let at = write(painter, pos2(x, y), Align2::LEFT_CENTER, &text(*figure), (size, colour), 90.0);
            x = if figures.len() > 1 { (x + 62.0).max(at.right() + 10.0) } else { at.right() + 5.0 };
        }
        if let [Some(first), Some(second)] = figures[..] {
            apart(painter, &look, rect, x, first - second, curve);
        } else if figures.len() == 1 && figures[0].is_some() {
            write(painter, pos2(x, y + 1.0), Align2::LEFT_CENTER, &curve.measure.unit, (SMALL, look.quiet), rect.right() - x);
        }
    }
}

/// The running difference, at the right.
fn apart(painter: &egui::Painter, look: &crate::look::Look, rect: Rect, left: f32, difference: f64, curve: &Curve) {
    let (words, colour): (&str, Color32) = match stands(difference, &curve.measure.better) {
        Stands::Better => ("A better", look.good),
        Stands::Worse => ("A worse", look.alarm),
        Stands::Even => ("even", look.quiet),
        Stands::Apart => ("", look.text),
    };
    let at = pos2(rect.right(), rect.center().y);
    let words = write(painter, at, Align2::RIGHT_CENTER, words, (SMALL, colour), 60.0);
    let right = if words.width() > 0.0 { words.left() - 8.0 } else { at.x };
    // What the figure is stands beside its curve too.
    let figure = words::signed(difference);
    let texts = [format!("A - B  {figure}"), figure];
    let galleys = texts.map(|text| painter.layout_no_wrap(text, crate::look::font(BODY), colour));
    if let Some(galley) = galleys.into_iter().find(|galley| galley.size().x <= right - left) {
        painter.galley(pos2(right - galley.size().x, at.y - galley.size().y / 2.0), galley, colour);
    }
}

/// What is measured, in what, and what is wished for.
fn heading(ui: &mut Ui, pass: &Pass<'_>, curve: &Curve) {
    let look = pass.look;
    ui.add_space(6.0);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let painter = ui.painter();
    painter.hline(rect.x_range(), rect.top(), Stroke::new(1.0, look.rule));
    let measure = &curve.measure;
    let better = match measure.better.as_str() {
        "lower" => "lower is better",
        "higher" => "higher is better",
        _ => "",
    };
    // The unit of one run stands beside its figure.
    let unit = if pass.two() { measure.unit.as_str() } else { "" };
    let beside = match (unit, better) {
        ("", better) => better.to_owned(),
        (unit, "") => unit.to_owned(),
        (unit, better) => format!("{unit}  ·  {better}"),
    };
    let label = if measure.label.is_empty() { &measure.name } else { &measure.label };
    // What stands beside a short name may be long.
    let natural = painter.layout_no_wrap(label.clone(), crate::look::font(BODY), look.text).size().x;
    let room = (rect.width() - natural - 12.0).max(rect.width() * 0.45);
    let at = rect.right_center() + vec2(0.0, 2.0);
    let beside = write(painter, at, Align2::RIGHT_CENTER, &beside, (SMALL, look.quiet), room);
    let at = rect.left_center() + vec2(0.0, 2.0);
    write(painter, at, Align2::LEFT_CENTER, label, (BODY, look.text), beside.left() - rect.left() - 8.0);
    response.on_hover_text(&measure.name);
}

/// In how many measures the first run stands better by now, and in how many worse.
fn verdict(ui: &mut Ui, pass: &Pass<'_>) {
    let runs = pass.show.runs();
    let now = pass.show.playhead().at();
    let pairs = runs[0].curves().iter().zip(runs[1].curves());
    let stand = |(first, second): (&Curve, &Curve)| Some(stands(first.at(now)? - second.at(now)?, &first.measure.better));
    let all: Vec<Stands> = pairs.filter_map(stand).collect();
    let count = |which: Stands| all.iter().filter(|stand| **stand == which).count();
    let (better, worse, even) = (count(Stands::Better), count(Stands::Worse), count(Stands::Even));
    if better + worse == 0 {
        return;
    }
    let look = pass.look;
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        paint::badge_in(ui, 0, &look);
        let mut say = |text: String, colour: Color32| ui.label(egui::RichText::new(text).size(TITLE - 1.0).color(colour));
        say(format!("{} is by now", pass.policy(&runs[0])), look.text);
        say(format!("better in {better},"), if better > 0 { look.good } else { look.quiet });
        say(format!("worse in {worse}"), if worse > 0 { look.alarm } else { look.quiet });
        let beside = if even > 0 { format!(" and even in {even}") } else { String::new() };
        say(format!("of the measures{beside}."), look.text);
    });
}

/// How many have parted by now, and who was the first.
fn parting(ui: &mut Ui, pass: &mut Pass<'_>) {
    let show = pass.show;
    let Some(divergence) = show.divergence() else { return };
    let look = pass.look;
    let now = show.playhead().at();
    ui.add_space(8.0);
    let stage = show.runs()[0].stage();
    let all = words::count(divergence.shared.len() as u64);
    let parted = words::count(divergence.parted_by(now) as u64);
    let later = if show.progress().done { "" } else { ", as far as it was read" };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let say = |ui: &mut Ui, text: String| ui.label(egui::RichText::new(text).color(look.text));
        match divergence.first() {
            None => {
                say(ui, format!("Nobody parts{later}: {all} live the same in both runs."));
            }
            Some((at, actor)) => {
                say(ui, format!("{parted} of {all} have parted by now{later}. The first:"));
                if crate::person::link(ui, &look, &stage.name(actor)) {
                    pass.act(Act::Choose(Some(Choice { run: 0, actor })));
                }
                if crate::person::link(ui, &look, &stage.clock().minute(at)) {
                    pass.act(Act::Go(at));
                }
            }
        }
    });
    ui.add_space(2.0);
}

fn hint(ui: &mut Ui, pass: &Pass<'_>, words: &str) {
    ui.add_space(10.0);
    ui.label(egui::RichText::new(words).color(pass.look.quiet));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wished_direction_says_what_is_better() {
        assert_eq!(stands(-2.0, "lower"), Stands::Better);
        assert_eq!(stands(2.0, "lower"), Stands::Worse);
        assert_eq!(stands(2.0, "higher"), Stands::Better);
        assert_eq!(stands(-2.0, "higher"), Stands::Worse);
        assert_eq!(stands(-2.0, "neither"), Stands::Apart);
        assert_eq!((stands(0.0, "lower"), stands(f64::NAN, "higher")), (Stands::Even, Stands::Even));
    }
}
