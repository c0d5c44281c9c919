//! What stands beside and over the map of a view: the timeline, charts, who may be found and filtered, what is known of the
//! one who was chosen; and on the map names, a legend, a scale and the hour.
//!
//! Drawn with egui and nothing else: no window, no graphics processor. [`Panels::show`] reads a [`Show`], returns what the
//! person did as [`Act`]s, and says where the maps are to be drawn. Charts are drawn here too, as they share the time of the
//! timeline and a click into them goes there.
//!
//! Sizes are points; a view that is looked at from afar makes a point more pixels. A camera may count in pixels of its own:
//! what is said to it is scaled by its viewport against the pane.
//!
//! Where to start: [`Panels::show`] for where everything lies, `keys.rs` for what the keyboard does, `look.rs` for colours.

mod chart;
mod decisions;
mod filters;
mod help;
mod keys;
mod legend;
mod look;
mod map;
mod measures;
mod paint;
mod person;
mod place;
#[cfg(test)]
mod tests;
mod timeline;
mod top;
mod transport;

use egui::{Layout, Rect, Sense, Stroke, Ui, UiBuilder, pos2, vec2};
use keys::Does;
use rehearsal_stage::{Act, Choice, Run, Show};
use rehearsal_trace::Clock;

pub use look::{Look, colour, style};

/// The bar at the top.
const TOP: f32 = 40.0;
/// The row of buttons above the timeline.
const TRANSPORT: f32 = 38.0;
/// A window narrower than this begins with the panel at the left folded.
const NARROW: f32 = 1_280.0;
/// The least that is left for the maps.
const MAPS: f32 = 240.0;

/// What a person has open, typed and unfolded; everything else is in the [`Show`].
#[derive(Default)]
pub struct Panels {
    /// Which look egui has.
    styled: Option<bool>,
    /// Whether the panels at the sides are open, and how wide; none until a window is known.
    left: Side,
    right: Side,
    help: bool,
    /// Whether somebody typed into a field in the last frame: its keys are not those of the table.
    typing: bool,
    /// Whether the panel at the right shows the chosen one rather than the measures.
    person_shown: bool,
    chosen: Option<Choice>,
    searching: top::Searching,
    filtering: filters::Filtering,
    timeline: timeline::Timeline,
    measures: measures::Measures,
    person: person::Person,
    panes: [map::Pane; 2],
}

/// A panel at a side.
#[derive(Default)]
struct Side {
    open: Option<bool>,
    width: Option<f32>,
}

/// What came of drawing the panels.
#[derive(Default)]
pub struct Drawn {
    /// What the person did, in order.
    pub acts: Vec<Act>,
    /// Where the map of each run is to be drawn \[points\], from left to right.
    pub panes: Vec<Rect>,
}

/// One drawing of the panels.
pub(crate) struct Pass<'s> {
    pub(crate) show: &'s Show,
    pub(crate) look: Look,
    acts: Vec<Act>,
}

impl<'s> Pass<'s> {
    fn act(&mut self, act: Act) {
        self.acts.push(act);
    }

    fn two(&self) -> bool {
        self.show.runs().len() == 2
    }

    /// The calendar: the same for both runs.
    fn clock(&self) -> &'s Clock {
        self.show.runs()[0].stage().clock()
    }

    /// The colour of what is of a run; where there is one only, it needs none of its own.
    fn colour(&self, run: usize) -> egui::Color32 {
        if self.two() { self.look.runs[run.min(1)] } else { self.look.accent }
    }

    /// What a run's policy is called.
    fn policy(&self, run: &'s Run) -> &'s str {
        let policy = run.stage().header().policy.as_str();
        if policy.is_empty() { "no policy" } else { policy }
    }
}

/// Where everything lies.
struct Places {
    top: Rect,
    left: Rect,
    right: Rect,
    transport: Rect,
    timeline: Rect,
    /// All maps together.
    maps: Rect,
}

impl Places {
    fn new(whole: Rect, left: f32, right: f32, two: bool) -> Places {
        // However small a window is, a map is not inside out.
        let top = whole.top() + TOP;
        let bottom = (whole.bottom() - timeline::height(two) - TRANSPORT).max(top + 1.0);
        let first = whole.left() + left;
        let last = (whole.right() - right).max(first + 3.0);
        let between = |x: [f32; 2], y: [f32; 2]| Rect::from_min_max(pos2(x[0], y[0]), pos2(x[1], y[1]));
        let across = [whole.left(), whole.right()];
        Places {
            top: between(across, [whole.top(), top]),
            left: between([whole.left(), first], [top, bottom]),
            right: between([last, whole.right()], [top, bottom]),
            transport: between(across, [bottom, bottom + TRANSPORT]),
            timeline: between(across, [bottom + TRANSPORT, whole.bottom()]),
            maps: between([first, last], [top, bottom]),
        }
    }
}

impl Panels {
    /// Draws all panels into `ui`, which spans the window. The frame's keys are taken too, unless a field is typed into.
    pub fn show(&mut self, ui: &mut Ui, show: &Show) -> Drawn {
        let dark = show.is_dark();
        if self.styled != Some(dark) {
            style(ui.ctx(), dark);
            ui.reset_style();
            self.styled = Some(dark);
        }
        let mut pass = Pass { show, look: Look::of(dark), acts: Vec::new() };
        self.turn_to_chosen(show);
        let places = self.places(ui.max_rect(), pass.two());
        let panes = self.maps(ui, &mut pass, places.maps);
        self.sides(ui, &mut pass, &places);
        self.bottom(ui, &mut pass, &places);
        let (mut left, mut right) = (places.left.width() > 0.0, places.right.width() > 0.0);
        let was = (left, right);
        let mut top = child(ui, "top", places.top);
        let switches = top::Switches { left: &mut left, right: &mut right, help: &mut self.help };
        top::show(&mut top, &mut pass, &mut self.searching, switches);
        if was != (left, right) {
            (self.left.open, self.right.open) = (Some(left), Some(right));
        }
        if self.help && help::show(ui, &pass.look, ui.max_rect()) {
            self.help = false;
        }
        self.keys(ui, &mut pass, was);
        Drawn { acts: pass.acts, panes }
    }

    /// Whoever is chosen anew is shown.
    fn turn_to_chosen(&mut self, show: &Show) {
        if self.chosen != show.chosen() {
            self.chosen = show.chosen();
            self.person_shown |= self.chosen.is_some();
        }
    }

    fn places(&self, whole: Rect, two: bool) -> Places {
        let width = whole.width();
        let of = |side: &Side, open: bool, usual: f32| {
            if side.open.unwrap_or(open) { side.width.unwrap_or(usual) } else { 0.0 }
        };
        let right = of(&self.right, true, (width * 0.25).clamp(310.0, 780.0)).min(width - MAPS).max(0.0);
        let left = of(&self.left, width >= NARROW, (width * 0.16).clamp(220.0, 300.0)).min(width - right - MAPS).max(0.0);
        Places::new(whole, left, right, two)
    }

    fn maps(&mut self, ui: &mut Ui, pass: &mut Pass<'_>, room: Rect) -> Vec<Rect> {
        let count = pass.show.runs().len();
        // All of one size, as they have one camera; what is left over is between them.
        let width = if count > 1 { ((room.width() - 1.0) / 2.0).floor().max(1.0) } else { room.width() };
        let pane = |number: usize| {
            let left = if number > 0 { room.right() - width } else { room.left() };
            Rect::from_min_size(pos2(left, room.top()), vec2(width, room.height()))
        };
        let panes: Vec<Rect> = (0..count).map(pane).collect();
        for (run, &rect) in panes.iter().enumerate() {
            self.panes[run.min(1)].show(ui, pass, run, rect);
        }
        if let [first, second] = panes[..] {
            let between = Rect::from_min_max(first.right_top(), second.left_bottom());
            ui.painter().rect_filled(between, 0.0, pass.look.rule);
        }
        map::notice(ui, pass, room);
        panes
    }

    fn sides(&mut self, ui: &mut Ui, pass: &mut Pass<'_>, places: &Places) {
        let look = pass.look;
        if places.left.width() > 0.0 {
            ground(ui, &look, places.left);
            ui.painter().vline(places.left.right() - 0.5, places.left.y_range(), Stroke::new(1.0, look.rule));
            let mut inner = child(ui, "left", places.left.shrink2(vec2(10.0, 0.0)));
            self.filtering.show(&mut inner, pass);
            let edge = places.left.right();
            if let Some(x) = handle(ui, "left edge", edge, places.left) {
                self.left.width = Some((x - places.left.left()).clamp(180.0, 420.0));
            }
        }
        if places.right.width() > 0.0 {
            ground(ui, &look, places.right);
            ui.painter().vline(places.right.left() + 0.5, places.right.y_range(), Stroke::new(1.0, look.rule));
            let mut inner = child(ui, "right", places.right.shrink2(vec2(12.0, 0.0)));
            inner.add_space(7.0);
            let tabs = paint::choice(&mut inner, &["Measures", "The chosen one"], usize::from(self.person_shown), &look);
            if let Some(place) = tabs {
                self.person_shown = place == 1;
            }
            if self.person_shown {
                self.person.show(&mut inner, pass);
            } else {
                self.measures.show(&mut inner, pass);
            }
            let edge = places.right.left();
            if let Some(x) = handle(ui, "right edge", edge, places.right) {
                self.right.width = Some((places.right.right() - x).clamp(260.0, 1_400.0));
            }
        }
    }

    fn bottom(&mut self, ui: &mut Ui, pass: &mut Pass<'_>, places: &Places) {
        ground(ui, &pass.look, places.transport.union(places.timeline));
        ui.painter().hline(places.transport.x_range(), places.transport.top() + 0.5, Stroke::new(1.0, pass.look.rule));
        transport::show(&mut child(ui, "transport", places.transport), pass);
        self.timeline.show(&mut child(ui, "timeline", places.timeline), pass);
    }

    /// Does what the frame's keys say.
    fn keys(&mut self, ui: &Ui, pass: &mut Pass<'_>, (left, right): (bool, bool)) {
        let context = ui.ctx();
        let typed = std::mem::replace(&mut self.typing, context.text_edit_focused());
        if typed || self.typing {
            return;
        }
        // A button that was reached by the tabulator takes the space bar and the arrows itself.
        let focused = context.memory(|memory| memory.focused().is_some());
        let does = context.input(|input| keys::pressed(&input.events));
        for does in does {
            match does {
                Does::Act(act) if !focused => pass.act(act(pass.show)),
                Does::Act(_) => {}
                Does::Search => self.searching.wanted = true,
                Does::Help => self.help = !self.help,
                Does::Left => self.left.open = Some(!left),
                Does::Right => self.right.open = Some(!right),
                Does::Escape if std::mem::take(&mut self.help) || self.searching.clear() => {}
                Does::Escape => pass.act(Act::Choose(None)),
            }
        }
    }
}

/// A part of the window to draw into, and no further.
fn child(ui: &mut Ui, name: &str, rect: Rect) -> Ui {
    let builder = UiBuilder::new().id_salt(name).max_rect(rect).layout(Layout::top_down(egui::Align::Min));
    let mut child = ui.new_child(builder);
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    child
}

/// The ground of a panel; it keeps the pointer from the map, which ends there.
fn ground(ui: &Ui, look: &Look, rect: Rect) {
    ui.painter().rect_filled(rect, 0.0, look.panel);
}

/// The edge of a panel, which can be dragged; returns where to.
fn handle(ui: &Ui, name: &str, x: f32, panel: Rect) -> Option<f32> {
    let rect = Rect::from_x_y_ranges((x - 3.0)..=(x + 3.0), panel.y_range());
    let response = ui.interact(rect, ui.id().with(name), Sense::drag());
    let response = response.on_hover_and_drag_cursor(egui::CursorIcon::ResizeHorizontal);
    response.interact_pointer_pos().filter(|_| response.dragged()).map(|point| point.x)
}
