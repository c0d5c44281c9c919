//! The one who was chosen, in both runs: states, where they part, decisions, numbers as lines, messages; and of a place its
//! queue and use.

use crate::Pass;
use crate::chart::{self, Axes, Series};
use crate::decisions::Decisions;
use crate::look::{BODY, Look, SMALL, TITLE};
use crate::paint::{self, section, write};
use egui::{Align2, Color32, Rect, RichText, ScrollArea, Sense, Stroke, Ui, pos2, vec2};
use rehearsal_stage::inspect::{Inspected, Letter, Line, Span};
use rehearsal_stage::{Act, Choice, Looked, Stage, words};
use rehearsal_trace::style::Shape;
use std::collections::{BTreeMap, BTreeSet};

/// Messages that are listed, the newest.
const LETTERS: usize = 40;
/// How high a state's band is.
const BAND: f32 = 14.0;
/// Between the bands of two runs.
const GAP: f32 = 3.0;

/// What is folded, and which run's messages and decisions are listed.
#[derive(Default)]
pub(crate) struct Person {
    folded: BTreeSet<&'static str>,
    side: usize,
    chosen: Option<Choice>,
    decisions: Decisions,
}

/// A word that can be clicked; whether it was.
pub(crate) fn link(ui: &mut Ui, look: &Look, text: &str) -> bool {
    let label = egui::Label::new(RichText::new(text).color(look.accent)).sense(Sense::click());
    ui.add(label).on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

/// A moment that can be gone to.
pub(crate) fn moment(ui: &mut Ui, pass: &mut Pass<'_>, at: u64, now: u64) {
    let text = pass.clock().near(at, now);
    if link(ui, &pass.look, &text) {
        pass.act(Act::Go(at));
    }
}

/// The name of somebody of a run, who is chosen when it is clicked.
pub(crate) fn somebody(ui: &mut Ui, pass: &mut Pass<'_>, run: usize, actor: u32) {
    let name = pass.show.runs()[run].stage().name(actor);
    if link(ui, &pass.look, &name) {
        pass.act(Act::Choose(Some(Choice { run, actor })));
    }
}

/// Quiet words.
pub(crate) fn quiet(ui: &mut Ui, look: &Look, text: impl Into<String>) {
    ui.label(RichText::new(text).size(SMALL).color(look.quiet));
}

impl Person {
    pub(crate) fn show(&mut self, ui: &mut Ui, pass: &mut Pass<'_>) {
        let Some(chosen) = pass.show.chosen() else {
            nobody(ui, &pass.look);
            return;
        };
        if self.chosen != Some(chosen) {
            self.decisions.forget();
            (self.chosen, self.side) = (Some(chosen), chosen.run);
            // Where only the other run decided anything, that is what there is to read.
            let none = |run: usize| {
                pass.show.runs().get(run).and_then(|run| run.looked()).is_none_or(|looked| looked.decisions.is_empty())
            };
            if none(self.side) && !none(1 - self.side) {
                self.side = 1 - self.side;
            }
        }
        head(ui, pass, chosen);
        ScrollArea::vertical().id_salt("chosen").auto_shrink(false).show(ui, |ui| {
            (ui.spacing_mut().item_spacing.x, ui.spacing_mut().interact_size.y) = (4.0, 18.0);
            let looked: Vec<Option<&Looked>> = pass.show.runs().iter().map(|run| run.looked()).collect();
            parting(ui, pass, chosen);
            // A place often has no states at all.
            if looked.iter().flatten().any(|looked| !looked.found.spans.is_empty()) {
                self.part(ui, pass, "States", "", |_, ui, pass| states(ui, pass, &looked));
            }
            if is_place(pass, chosen, &looked) {
                self.part(ui, pass, "Queue and use", "", |_, ui, pass| crate::place::show(ui, pass, &looked));
            }
            if looked.iter().flatten().any(|looked| !looked.found.board.is_empty() || !looked.found.shown.is_empty()) {
                self.part(ui, pass, "Board", "", |_, ui, pass| board(ui, pass, &looked));
            }
            let decided = looked.iter().flatten().any(|looked| !looked.decisions.is_empty());
            let count = counted(&looked, |looked| looked.decisions.len());
            if decided {
                self.part(ui, pass, "Decisions", &count, |person, ui, pass| {
                    ui.horizontal(|ui| {
                        person.side(ui, pass);
                        person.decisions.how(ui, &pass.look);
                    });
                    let side = person.side;
                    if let Some(Some(looked)) = looked.get(side) {
                        person.decisions.show(ui, pass, side, looked);
                    } else {
                        quiet(ui, &pass.look, "not in this run");
                    }
                });
            }
            if looked.iter().flatten().any(|looked| !looked.found.lines.is_empty()) {
                self.part(ui, pass, "Feelings and numbers", "", |_, ui, pass| lines(ui, pass, &looked));
            }
            if looked.iter().flatten().any(|looked| !looked.found.spans.is_empty()) {
                self.part(ui, pass, "History of states", "", |_, ui, pass| history(ui, pass, &looked));
            }
            let count = counted(&looked, |looked| looked.found.messages.len() + looked.found.mailbox.len());
            self.part(ui, pass, "Messages", &count, |person, ui, pass| {
                let side = person.side(ui, pass);
                if let Some(Some(looked)) = looked.get(side) {
                    letters(ui, pass, side, &looked.found);
                } else {
                    quiet(ui, &pass.look, "not in this run");
                }
            });
            ui.add_space(12.0);
        });
    }

    /// A section that can be folded.
    fn part(
        &mut self,
        ui: &mut Ui,
        pass: &mut Pass<'_>,
        name: &'static str,
        beside: &str,
        inside: impl FnOnce(&mut Person, &mut Ui, &mut Pass<'_>),
    ) {
        let mut open = !self.folded.contains(name);
        section(ui, &pass.look, name, beside, &mut open);
        if open {
            self.folded.remove(name);
            ui.push_id(name, |ui| inside(self, ui, pass));
        } else {
            self.folded.insert(name);
        }
    }

    /// Which run's list is shown; a choice where there are two.
    fn side(&mut self, ui: &mut Ui, pass: &Pass<'_>) -> usize {
        if !pass.two() {
            return 0;
        }
        let names = [0, 1].map(|run| format!("{}  {}", paint::letter(run), pass.policy(&pass.show.runs()[run])));
        if let Some(side) = paint::choice(ui, &[&names[0], &names[1]], self.side, &pass.look) {
            self.side = side;
        }
        self.side
    }
}

/// `12`, or `12, 9` with two runs.
fn counted(looked: &[Option<&Looked>], of: impl Fn(&Looked) -> usize) -> String {
    let counts: Vec<String> =
        looked.iter().map(|looked| looked.map_or("-".into(), |looked| words::count(of(looked) as u64))).collect();
    counts.join(", ")
}

/// Whether somebody is a place at which others are served or ask: whoever belongs to a segment of the population only lives where it is.
fn is_place(pass: &Pass<'_>, chosen: Choice, looked: &[Option<&Looked>]) -> bool {
    let actor = pass.show.runs()[chosen.run].stage().actors().get(&chosen.actor);
    let places = || looked.iter().flatten().filter_map(|looked| looked.place.as_ref());
    let asked = places().any(|place| place.reached.iter().any(|count| *count > 0));
    places().any(|place| !place.holders.is_empty()) || (asked && actor.is_some_and(|actor| actor.segment.is_none()))
}

fn nobody(ui: &mut Ui, look: &Look) {
    ui.add_space(16.0);
    ui.label(RichText::new("Nobody is chosen").size(TITLE).color(look.text));
    ui.add_space(4.0);
    let how = "Click a mark on the map, a name in a list, or press / and type a name. Then all that is known of them stands \
               here: what they feel, what they were told, and for each decision about them what matched, what was read and \
               which rules lost.";
    ui.label(RichText::new(how).color(look.quiet));
}

/// Name, kind, segment; to follow, and to let go.
fn head(ui: &mut Ui, pass: &mut Pass<'_>, chosen: Choice) {
    let look = pass.look;
    let stage = pass.show.runs()[chosen.run].stage();
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 38.0), Sense::hover());
    let close = Rect::from_center_size(pos2(rect.right() - 11.0, rect.top() + 11.0), egui::Vec2::splat(22.0));
    if paint::icon_button(ui, close, paint::Icon::Close, "choose nobody  Esc", false, &look).clicked() {
        pass.act(Act::Choose(None));
    }
    let follows = pass.show.follows();
    let word = if follows { "following" } else { "follow" };
    let width = ui.painter().layout_no_wrap(word.into(), crate::look::font(SMALL + 0.5), look.text).size().x + 14.0;
    let at = pos2(close.left() - width - 2.0, close.center().y);
    if paint::word_button(ui, at, word, "the map goes with them  F", follows, &look).clicked() {
        if !follows {
            pass.act(Act::Show(chosen));
        }
        pass.act(Act::Follow(!follows));
    }
    let actor = stage.actors().get(&chosen.actor);
    let kind = actor.map(|actor| actor.kind);
    let painter = ui.painter();
    paint::mark(painter, pos2(rect.left() + 7.0, rect.top() + 11.0), 5.5, Shape::of(kind), look.accent, look.panel);
    let name = stage.name(chosen.actor);
    let left = pos2(rect.left() + 20.0, rect.top() + 11.0);
    write(painter, left, Align2::LEFT_CENTER, &name, (TITLE + 1.0, look.text), at.x - left.x - 6.0);
    let segment = actor.and_then(|actor| actor.segment.as_ref()).map(|segment| format!("  ·  {segment}")).unwrap_or_default();
    let text = format!("{}{segment}", stage.kind(kind));
    write(painter, pos2(left.x, rect.top() + 29.0), Align2::LEFT_CENTER, &text, (SMALL, look.quiet), rect.width() - 24.0);
    ui.painter().hline(rect.x_range(), rect.bottom() + 3.0, Stroke::new(1.0, look.rule));
    ui.add_space(2.0);
}

/// When the chosen one parts from themselves in the other run, and at what.
fn parting(ui: &mut Ui, pass: &mut Pass<'_>, chosen: Choice) {
    let show = pass.show;
    let Some(divergence) = show.divergence() else { return };
    let look = pass.look;
    ui.add_space(6.0);
    ui.horizontal_wrapped(|ui| {
        let say = |ui: &mut Ui, text: &str, colour: Color32| ui.label(RichText::new(text).color(colour));
        if let Some(parting) = divergence.parted.get(&chosen.actor) {
            let past = parting.at <= show.playhead().at();
            say(ui, if past { "The runs part here at" } else { "The runs will part here at" }, look.alarm);
            moment(ui, pass, parting.at, show.playhead().at());
            let tell = |what: Option<&'static str>| what.map_or("nothing", worded);
            say(ui, &format!("in A {}, in B {}.", tell(parting.what[0]), tell(parting.what[1])), look.text);
        } else if show.chosen_in(1 - chosen.run).is_none() {
            say(ui, &format!("Only in run {}.", paint::letter(chosen.run)), look.quiet);
        } else if show.progress().done {
            say(ui, "Lives the same in both runs.", look.quiet);
        } else {
            say(ui, "The same in both runs, as far as it was read.", look.quiet);
        }
    });
}

/// The tag of a record as people say it.
fn worded(tag: &'static str) -> &'static str {
    match tag {
        "state" => "another state",
        "move" => "a journey",
        "note" => "a note",
        "spawn" => "its beginning",
        "end" => "its end",
        other => other,
    }
}

/// The present state of each region, and since when: of both runs side by side.
fn states(ui: &mut Ui, pass: &mut Pass<'_>, looked: &[Option<&Looked>]) {
    let look = pass.look;
    let now = pass.show.playhead().at();
    let open = |looked: &Option<&Looked>| {
        let spans = looked.map(|looked| looked.found.spans.as_slice()).unwrap_or_default();
        spans.iter().filter(|span| span.until.is_none()).map(|span| (span.region.clone(), span.clone())).collect()
    };
    let open: Vec<BTreeMap<String, Span>> = looked.iter().map(open).collect();
    let regions: BTreeSet<String> = open.iter().flat_map(|open| open.keys().cloned()).collect();
    if regions.is_empty() {
        quiet(ui, &look, "in no state now");
    }
    let (room, columns) = (ui.available_width(), looked.len());
    // A name is no wider than it has to be: what matters are the states.
    let names = (room * 0.3).min(120.0);
    for region in regions {
        let (rect, _) = ui.allocate_exact_size(vec2(room, 32.0), Sense::hover());
        write(ui.painter(), pos2(rect.left(), rect.top() + 10.0), Align2::LEFT_CENTER, &region, (SMALL, look.quiet), names - 6.0);
        let width = (room - names) / columns as f32;
        for (run, open) in open.iter().enumerate() {
            let start = rect.left() + names + width * run as f32;
            let mut x = start;
            let right = x + width - 6.0;
            let y = rect.top() + 10.0;
            if pass.two() {
                x = paint::badge(ui.painter(), pos2(x, y), run, &look).right() + 5.0;
            }
            let Some(span) = open.get(&region) else {
                write(ui.painter(), pos2(x, y), Align2::LEFT_CENTER, "none", (BODY, look.quiet), right - x);
                continue;
            };
            let colour = state_colour(pass, run, looked[run], span);
            if let Some(colour) = colour {
                paint::mark(ui.painter(), pos2(x + 4.5, y), 4.0, Shape::Circle, colour, look.panel);
                x += 13.0;
            }
            write(ui.painter(), pos2(x, y), Align2::LEFT_CENTER, &span.state, (BODY, look.text), right - x);
            let since = format!("since {}", pass.clock().near(span.from, now));
            let line = Rect::from_min_max(pos2(start, rect.top() + 18.0), pos2(right + 5.0, rect.bottom()));
            let response = ui.interact(line, ui.id().with((&region, run)), Sense::click());
            let colour = if response.hovered() { look.accent } else { look.quiet };
            let galley = ui.painter().layout_no_wrap(since.clone(), crate::look::font(SMALL), colour);
            // In a narrow panel the moment alone is whole at least.
            let text = if galley.size().x <= line.width() { since.as_str() } else { since.trim_start_matches("since ") };
            write(ui.painter(), line.left_center(), Align2::LEFT_CENTER, text, (SMALL, colour), line.width());
            if response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked() {
                pass.act(Act::Go(span.from));
            }
        }
    }
}

/// The colour of a state on the map, where it is its region that shows there.
fn state_colour(pass: &Pass<'_>, run: usize, looked: Option<&Looked>, span: &Span) -> Option<Color32> {
    let stage = pass.show.runs()[run].stage();
    let kind = stage.actors().get(&looked?.found.actor)?.kind;
    (stage.styles().region(kind) == Some(&span.region)).then(|| pass.look.mark(stage.styles().colour(Some(kind), &span.state)))
}

/// What its board shows, of both runs side by side; then its numbers over time.
fn board(ui: &mut Ui, pass: &mut Pass<'_>, looked: &[Option<&Looked>]) {
    let look = pass.look;
    let numbers: BTreeSet<&String> = looked.iter().flatten().flat_map(|looked| looked.found.shown.keys()).collect();
    let all = looked.iter().flatten().flat_map(|looked| looked.found.board.iter().map(|(name, _)| name));
    // Numbers stand beside their curves.
    let names: BTreeSet<&String> = all.filter(|name| !numbers.contains(name)).collect();
    let (room, columns) = (ui.available_width(), looked.len() as f32);
    let first = room * 0.34;
    for name in names {
        let (rect, _) = ui.allocate_exact_size(vec2(room, 20.0), Sense::hover());
        let painter = ui.painter();
        write(painter, rect.left_center(), Align2::LEFT_CENTER, name, (SMALL, look.quiet), first - 6.0);
        for (run, looked) in looked.iter().enumerate() {
            let mut x = rect.left() + first + (room - first) / columns * run as f32;
            let right = x + (room - first) / columns - 6.0;
            if pass.two() {
                x = paint::badge(painter, pos2(x, rect.center().y), run, &look).right() + 5.0;
            }
            let value = looked.and_then(|looked| looked.found.board.iter().find(|(have, _)| have == name));
            let stage = pass.show.runs()[run].stage();
            let text = value.map_or("none".into(), |(_, value)| words::value(stage, value));
            write(painter, pos2(x, rect.center().y), Align2::LEFT_CENTER, &text, (BODY, look.text), right - x);
        }
    }
    for name in numbers {
        let of: Vec<Option<&Line>> = looked.iter().map(|looked| looked.and_then(|looked| looked.found.shown.get(name))).collect();
        number(ui, pass, name, &of, true);
    }
}

/// Numbers that are noted, one chart each, with both runs in it.
fn lines(ui: &mut Ui, pass: &mut Pass<'_>, looked: &[Option<&Looked>]) {
    let keys: BTreeSet<&(String, String)> = looked.iter().flatten().flat_map(|looked| looked.found.lines.keys()).collect();
    for key in keys {
        let of: Vec<Option<&Line>> = looked.iter().map(|looked| looked.and_then(|looked| looked.found.lines.get(key))).collect();
        number(ui, pass, &format!("{}  ·  {}", key.0, key.1), &of, false);
    }
}

/// A number over time: what it is now, and its curve; one that holds goes in steps.
fn number(ui: &mut Ui, pass: &mut Pass<'_>, name: &str, of: &[Option<&Line>], steps: bool) {
    let look = pass.look;
    let unit = of.iter().flatten().map(|line| line.unit.as_str()).find(|unit| !unit.is_empty()).unwrap_or_default();
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 20.0), Sense::hover());
    let painter = ui.painter();
    let mut right = rect.right();
    for (run, line) in of.iter().enumerate().rev() {
        let Some((_, last)) = line.and_then(|line| line.last) else { continue };
        let text = if unit.is_empty() { words::figure(last) } else { format!("{} {unit}", words::figure(last)) };
        let at = write(painter, pos2(right, rect.center().y), Align2::RIGHT_CENTER, &text, (BODY, look.text), 110.0);
        right = at.left() - 5.0;
        if pass.two() {
            right = paint::badge(painter, pos2(right - 15.0, rect.center().y), run, &look).left() - 10.0;
        }
    }
    write(painter, rect.left_center(), Align2::LEFT_CENTER, name, (SMALL + 0.5, look.text), right - rect.left());
    let lines = of.iter().enumerate().filter_map(|(run, line)| Some((run, (*line)?)));
    let series: Vec<Series<'_>> =
        lines.map(|(run, line)| Series { points: &line.points, run, steps, colour: pass.colour(run) }).collect();
    if let Some(at) = chart::chart(ui, pass, 34.0, unit, &series) {
        pass.act(Act::Go(at));
    }
}

/// The states of each region as a band over the whole run; of two runs, one above the other.
fn history(ui: &mut Ui, pass: &mut Pass<'_>, looked: &[Option<&Looked>]) {
    let look = pass.look;
    let regions: BTreeSet<&String> =
        looked.iter().flatten().flat_map(|looked| looked.found.spans.iter().map(|span| &span.region)).collect();
    for region in regions {
        quiet(ui, &look, region.clone());
        // In the order in which they first appear, so that the colours of both runs are alike.
        let mut states: Vec<&str> = Vec::new();
        for span in looked.iter().flatten().flat_map(|looked| &looked.found.spans).filter(|span| span.region == *region) {
            if !states.contains(&span.state.as_str()) {
                states.push(&span.state);
            }
        }
        let height = (BAND + GAP) * looked.len() as f32;
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::click());
        let axes = Axes {
            rect: Rect::from_min_max(rect.min, rect.max - vec2(46.0, 0.0)),
            end: pass.show.playhead().end(),
            range: (0.0, 1.0),
        };
        for (run, looked) in looked.iter().enumerate() {
            let Some(looked) = looked else { continue };
            let top = rect.top() + (BAND + GAP) * run as f32;
            if pass.two() {
                let at = pos2(axes.rect.right() + 6.0, top + BAND / 2.0);
                paint::badge(ui.painter(), at, run, &look);
            }
            let spans = looked.found.spans.iter().filter(|span| span.region == *region);
            let colour = |span: &Span| {
                let place = states.iter().position(|state| *state == span.state).unwrap_or(0);
                state_colour(pass, run, Some(looked), span).unwrap_or_else(|| look.mark(Some((place % 8) as u8)))
            };
            band(ui, &axes, top, pass.show.playhead().at(), spans.clone().map(|span| (span, colour(span))));
            let pointed = response.hover_pos().filter(|point| (top..top + BAND).contains(&point.y));
            if let Some(at) = pointed.map(|point| axes.at(point.x))
                && let Some(span) = spans.clone().find(|span| span.from <= at && span.until.is_none_or(|until| at < until))
            {
                response.show_tooltip_text(stay(pass, span));
                if response.clicked() {
                    pass.act(Act::Go(span.from));
                }
            }
        }
    }
}

/// A state, from when, until when, how long.
fn stay(pass: &Pass<'_>, span: &Span) -> String {
    let clock = pass.clock();
    let from = clock.minute(span.from);
    match span.until {
        Some(until) => format!("{}: {from} to {}, {}", span.state, clock.near(until, span.from), words::span(until - span.from)),
        None => format!("{}: since {from}", span.state),
    }
}

fn band<'s>(ui: &Ui, axes: &Axes, top: f32, now: u64, spans: impl Iterator<Item = (&'s Span, Color32)>) {
    let mut mesh = egui::Mesh::default();
    for (span, colour) in spans {
        let (left, right) = (axes.x(span.from), axes.x(span.until.unwrap_or(now)));
        mesh.add_colored_rect(Rect::from_min_max(pos2(left, top), pos2(right.max(left + 0.5), top + BAND)), colour);
    }
    ui.painter().with_clip_rect(axes.rect.intersect(ui.clip_rect())).add(egui::Shape::mesh(mesh));
}

/// What is under way to the chosen one, and what it was told and told, the newest first.
fn letters(ui: &mut Ui, pass: &mut Pass<'_>, run: usize, found: &Inspected) {
    let look = pass.look;
    let stage = pass.show.runs()[run].stage();
    if !found.mailbox.is_empty() {
        quiet(ui, &look, "under way to it");
        for one in found.mailbox.iter().take(LETTERS) {
            letter(ui, pass, (run, stage), found, one);
        }
        quiet(ui, &look, "arrived");
    } else if found.messages.is_empty() {
        quiet(ui, &look, "none so far");
    }
    for one in found.messages.iter().take(LETTERS) {
        letter(ui, pass, (run, stage), found, one);
    }
    let more = found.messages.len().saturating_sub(LETTERS);
    if more > 0 {
        quiet(ui, &look, format!("and {} earlier", words::count(more as u64 + found.left_out)));
    }
}

fn letter(ui: &mut Ui, pass: &mut Pass<'_>, (run, stage): (usize, &Stage), found: &Inspected, letter: &Letter) {
    let look = pass.look;
    ui.horizontal_wrapped(|ui| {
        moment(ui, pass, letter.at, found.until);
        ui.label(RichText::new(&letter.name).color(look.text));
        if letter.from == letter.to {
            quiet(ui, &look, "to itself");
        } else if letter.to == found.actor {
            quiet(ui, &look, "from");
            somebody(ui, pass, run, letter.from);
        } else {
            quiet(ui, &look, "to");
            somebody(ui, pass, run, letter.to);
        }
        let with = words::fields(stage, &letter.fields);
        if !with.is_empty() {
            quiet(ui, &look, with);
        }
    });
}
