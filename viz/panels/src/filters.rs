//! The panel at the left: who is shown, by kind, segment, state and name, with how many there are; and the bookmarks.

use crate::Pass;
use crate::look::{BODY, SMALL};
use crate::paint::{self, Icon, row, section, write};
use crate::timeline::sort;
use egui::{Align2, Color32, Rect, ScrollArea, Stroke, Ui, Vec2, pos2, vec2};
use rehearsal_stage::{Act, Choice, Filter, Moment, Notable};
use rehearsal_trace::style::Shape;
use std::collections::{BTreeMap, BTreeSet};

const LINE: f32 = 21.0;
/// Bookmarks of one name that are listed.
const LISTED: usize = 100;

/// What is folded, unfolded and typed.
pub(crate) struct Filtering {
    kinds: bool,
    segments: bool,
    states: bool,
    bookmarks: bool,
    /// Names of bookmarks whose moments are listed.
    open: BTreeSet<(Notable, String)>,
}

impl Default for Filtering {
    fn default() -> Self {
        Filtering { kinds: true, segments: true, states: true, bookmarks: true, open: BTreeSet::new() }
    }
}

/// A line that is to be shown: its name, marks, and how many there are in each run.
struct Facet {
    name: String,
    marks: Vec<(Shape, Color32)>,
    counts: Vec<usize>,
    on: bool,
}

impl Filtering {
    pub(crate) fn show(&mut self, ui: &mut Ui, pass: &mut Pass<'_>) {
        let look = pass.look;
        let mut filter = pass.show.filter().clone();
        ScrollArea::vertical().id_salt("filters").auto_shrink(false).show(ui, |ui| {
            head(ui, pass, &mut filter);
            let lists = [
                ("Kind", &mut self.kinds, kinds(pass)),
                ("Segment", &mut self.segments, segments(pass)),
                ("State", &mut self.states, states(pass)),
            ];
            for (name, open, facets) in lists {
                if facets.is_empty() {
                    continue;
                }
                let some = facets.iter().filter(|facet| facet.on).count();
                let beside = if some == 0 { String::new() } else { format!("{some} of {}", facets.len()) };
                section(ui, &look, name, &beside, open);
                if *open {
                    list(ui, pass, name, &facets, &mut filter);
                }
            }
            self.bookmarks(ui, pass);
            ui.add_space(12.0);
        });
        if filter != *pass.show.filter() {
            pass.act(Act::Filter(filter));
        }
    }

    /// Bookmarks by name; those of one name under it.
    fn bookmarks(&mut self, ui: &mut Ui, pass: &mut Pass<'_>) {
        let look = pass.look;
        let mut groups: BTreeMap<(Notable, &str), Vec<(usize, &Moment)>> = BTreeMap::new();
        for (run, shown) in pass.show.runs().iter().enumerate() {
            for moment in shown.bookmarks() {
                groups.entry((moment.what, &moment.name)).or_default().push((run, moment));
            }
        }
        let beside = if pass.show.progress().done { String::new() } else { "so far".into() };
        section(ui, &look, "Bookmarks", &beside, &mut self.bookmarks);
        if !self.bookmarks {
            return;
        }
        if groups.is_empty() {
            ui.label(egui::RichText::new("none yet").size(SMALL).color(look.quiet));
        }
        let mut gone = None;
        for ((what, name), moments) in groups {
            let key = (what, name.to_owned());
            match group(ui, pass, key.0, name, &moments, self.open.contains(&key)) {
                Some(Picked::Moment(run, moment)) => gone = Some((run, moment.clone())),
                Some(Picked::Fold) => flip(&mut self.open, key),
                None => {}
            }
        }
        if let Some((run, moment)) = gone {
            pass.act(Act::Choose(Some(Choice { run, actor: moment.actor })));
            pass.act(Act::Go(moment.at));
        }
    }
}

/// Takes something into a set, or out of it where it is there.
fn flip<T: Ord>(set: &mut BTreeSet<T>, one: T) {
    if !set.remove(&one) {
        set.insert(one);
    }
}

/// What a click on the bookmarks of one name means.
enum Picked<'m> {
    /// One of them, of a run.
    Moment(usize, &'m Moment),
    /// To list them, or no longer.
    Fold,
}

/// The field for a part of the name, and what shows everybody again.
fn head(ui: &mut Ui, pass: &Pass<'_>, filter: &mut Filter) {
    let look = pass.look;
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new("Who is shown").size(BODY + 1.0).color(look.text));
        if !filter.is_open() {
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                if ui.button(egui::RichText::new("show all").size(SMALL + 0.5).color(look.accent)).clicked() {
                    *filter = Filter::default();
                }
            });
        }
    });
    ui.add_space(2.0);
    ui.add(
        egui::TextEdit::singleline(&mut filter.name)
            .id(egui::Id::new("filter by name"))
            .hint_text(egui::RichText::new("a part of the name").color(look.quiet))
            .margin(vec2(8.0, 4.0))
            .desired_width(f32::INFINITY),
    );
}

fn kinds(pass: &Pass<'_>) -> Vec<Facet> {
    let stage = pass.show.runs()[0].stage();
    let mut all: BTreeSet<u16> = BTreeSet::new();
    pass.show.runs().iter().for_each(|run| all.extend(run.facets().kinds.keys()));
    let facet = |kind: u16| Facet {
        name: stage.kind(Some(kind)).to_owned(),
        marks: vec![(Shape::of(Some(kind)), pass.look.quiet)],
        counts: counts(pass, |run| run.facets().kinds.get(&kind).copied()),
        on: pass.show.filter().kinds.contains(&kind),
    };
    all.into_iter().map(facet).collect()
}

fn segments(pass: &Pass<'_>) -> Vec<Facet> {
    let mut all: BTreeSet<&String> = BTreeSet::new();
    pass.show.runs().iter().for_each(|run| all.extend(run.facets().segments.keys()));
    let facet = |name: &String| Facet {
        name: name.clone(),
        marks: Vec::new(),
        counts: counts(pass, |run| run.facets().segments.get(name).copied()),
        on: pass.show.filter().segments.contains(name),
    };
    all.into_iter().map(facet).collect()
}

/// States in the order in which they first appear, each with the marks of the kinds that have it.
fn states(pass: &Pass<'_>) -> Vec<Facet> {
    let mut names: Vec<(&str, BTreeMap<u16, Option<u8>>)> = Vec::new();
    for run in pass.show.runs() {
        let stage = run.stage();
        for name in stage.reader().states() {
            if stage.styles().region(name.kind) != Some(name.region.as_str()) {
                continue;
            }
            let place = names.iter().position(|(have, _)| *have == name.state).unwrap_or_else(|| {
                names.push((&name.state, BTreeMap::new()));
                names.len() - 1
            });
            names[place].1.entry(name.kind).or_insert(stage.styles().colour(Some(name.kind), &name.state));
        }
        for state in run.facets().states.keys().filter(|state| !state.is_empty()) {
            if !names.iter().any(|(have, _)| have == state) {
                names.push((state, BTreeMap::new()));
            }
        }
    }
    // Those of no state come last.
    names.push(("", BTreeMap::new()));
    let facet = |(name, kinds): (&str, BTreeMap<u16, Option<u8>>)| Facet {
        name: name.to_owned(),
        marks: kinds.into_iter().map(|(kind, colour)| (Shape::of(Some(kind)), pass.look.mark(colour))).collect(),
        counts: counts(pass, |run| run.facets().states.get(name).copied()),
        on: pass.show.filter().states.contains(name),
    };
    let all = names.into_iter().map(facet);
    all.filter(|facet| facet.on || facet.counts.iter().any(|count| *count > 0)).collect()
}

fn counts(pass: &Pass<'_>, of: impl Fn(&rehearsal_stage::Run) -> Option<usize>) -> Vec<usize> {
    pass.show.runs().iter().map(|run| of(run).unwrap_or(0)).collect()
}

fn list(ui: &mut Ui, pass: &Pass<'_>, of: &str, facets: &[Facet], filter: &mut Filter) {
    let look = pass.look;
    ui.spacing_mut().item_spacing.y = 0.0;
    if pass.two() {
        let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 17.0), egui::Sense::hover());
        for run in 0..2 {
            let right = rect.right() - COUNT * (1 - run) as f32 - 4.0;
            write(
                ui.painter(),
                pos2(right, rect.center().y),
                Align2::RIGHT_CENTER,
                paint::letter(run),
                (SMALL, look.runs[run]),
                20.0,
            );
        }
    }
    let any = facets.iter().any(|facet| facet.on);
    for facet in facets {
        if line(ui, pass, facet, any) {
            toggle(pass, of, facet, filter);
        }
    }
    ui.spacing_mut().item_spacing.y = 4.0;
}

/// The width of a count.
const COUNT: f32 = 46.0;

/// One of a list; whether it was clicked.
fn line(ui: &mut Ui, pass: &Pass<'_>, facet: &Facet, any: bool) -> bool {
    let look = pass.look;
    let (rect, response) = row(ui, LINE, facet.on, &look);
    let painter = ui.painter();
    let dim = any && !facet.on;
    let mut x = rect.left() + 12.0;
    for (shape, colour) in facet.marks.iter().take(3) {
        let colour = if dim { crate::look::mix(look.panel, *colour, 0.45) } else { *colour };
        paint::mark(painter, pos2(x, rect.center().y), 4.5, *shape, colour, look.panel);
        x += 13.0;
    }
    x += if facet.marks.is_empty() { -6.0 } else { -1.0 };
    let name = if facet.name.is_empty() { "no state" } else { &facet.name };
    let colour = if dim || facet.name.is_empty() { look.quiet } else { look.text };
    let left = rect.right() - COUNT * facet.counts.len() as f32;
    write(painter, pos2(x, rect.center().y), Align2::LEFT_CENTER, name, (BODY, colour), left - x);
    for (run, count) in facet.counts.iter().rev().enumerate() {
        let right = rect.right() - COUNT * run as f32 - 4.0;
        let text = rehearsal_stage::words::count(*count as u64);
        let colour = if *count == 0 { crate::look::mix(look.panel, look.quiet, 0.7) } else { look.quiet };
        write(painter, pos2(right, rect.center().y), Align2::RIGHT_CENTER, &text, (SMALL + 0.5, colour), COUNT - 6.0);
    }
    response.clicked()
}

fn toggle(pass: &Pass<'_>, of: &str, facet: &Facet, filter: &mut Filter) {
    match of {
        "Segment" => flip(&mut filter.segments, facet.name.clone()),
        "State" => flip(&mut filter.states, facet.name.clone()),
        _ => {
            let kinds = &pass.show.runs()[0].stage().header().kinds;
            if let Some(kind) = kinds.iter().position(|kind| *kind == facet.name).and_then(|place| u16::try_from(place).ok()) {
                flip(&mut filter.kinds, kind);
            }
        }
    }
}

/// The bookmarks of one name; one that was clicked. A click on the name of several unfolds them.
fn group<'m>(
    ui: &mut Ui,
    pass: &Pass<'_>,
    what: Notable,
    name: &str,
    moments: &[(usize, &'m Moment)],
    open: bool,
) -> Option<Picked<'m>> {
    let look = pass.look;
    ui.spacing_mut().item_spacing.y = 0.0;
    let (rect, response) = row(ui, LINE, false, &look);
    let painter = ui.painter();
    painter.vline(rect.left() + 6.0, (rect.top() + 5.0)..=(rect.bottom() - 5.0), Stroke::new(2.0, sort(&look, what)));
    let many = moments.iter().any(|(_, moment)| moment.first_of_many);
    let beside = if many { "first of many".to_owned() } else { moments.len().to_string() };
    let chevron = if moments.len() > 1 { 14.0 } else { 0.0 };
    let at = pos2(rect.right() - 4.0 - chevron, rect.center().y);
    let beside = write(painter, at, Align2::RIGHT_CENTER, &beside, (SMALL, look.quiet), rect.width() * 0.4);
    if chevron > 0.0 {
        let which = if open { Icon::Down } else { Icon::Right };
        let square = Rect::from_center_size(pos2(rect.right() - 9.0, rect.center().y), Vec2::splat(10.0));
        paint::icon(painter, square, which, look.quiet);
    }
    let at = pos2(rect.left() + 14.0, rect.center().y);
    write(painter, at, Align2::LEFT_CENTER, name, (BODY, look.text), beside.left() - at.x - 6.0);
    let hint = match what {
        Notable::Note => "noted",
        Notable::Decision => "a rule that fired",
        Notable::Refusal => "a contact that was refused",
    };
    let clicked = response.on_hover_text(hint).clicked();
    let mut found = clicked.then_some(match moments {
        &[(run, moment)] => Picked::Moment(run, moment),
        _ => Picked::Fold,
    });
    if open {
        for &(run, moment) in moments.iter().take(LISTED) {
            if one(ui, pass, run, moment) {
                found = Some(Picked::Moment(run, moment));
            }
        }
        if moments.len() > LISTED {
            ui.label(egui::RichText::new(format!("   and {} more", moments.len() - LISTED)).size(SMALL).color(look.quiet));
        }
    }
    ui.spacing_mut().item_spacing.y = 4.0;
    found
}

/// One moment under its name; whether it was clicked.
fn one(ui: &mut Ui, pass: &Pass<'_>, run: usize, moment: &Moment) -> bool {
    let look = pass.look;
    let now = pass.show.playhead().at();
    let (rect, response) = row(ui, LINE - 1.0, moment.at == now, &look);
    let painter = ui.painter();
    let mut x = rect.left() + 14.0;
    if pass.two() {
        x = paint::badge(painter, pos2(x, rect.center().y), run, &look).right() + 6.0;
    }
    let time = pass.clock().minute(moment.at);
    let time = write(painter, rect.right_center() - vec2(4.0, 0.0), Align2::RIGHT_CENTER, &time, (SMALL, look.quiet), 100.0);
    let name = pass.show.runs()[run].stage().name(moment.actor);
    write(painter, pos2(x, rect.center().y), Align2::LEFT_CENTER, &name, (SMALL + 0.5, look.text), time.left() - x - 6.0);
    response.clicked()
}
