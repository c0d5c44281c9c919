//! The bar at the top: what is shown, the search for a name, layers, theme, help.

use crate::Pass;
use crate::look::{BODY, SMALL, TITLE};
use crate::paint::{self, Icon, icon_button, word_button, write};
use egui::{Align2, Id, Key, Order, Rect, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, pos2, vec2};
use rehearsal_stage::{Act, Choice, Layer};

/// Names that are offered.
const OFFERED: usize = 10;
/// Height of one of them.
const LINE: f32 = 24.0;

/// What was typed into the search.
#[derive(Default)]
pub(crate) struct Searching {
    text: String,
    /// Which of those found is marked.
    place: usize,
    /// The field is to be typed into from the next frame on.
    pub(crate) wanted: bool,
    open: bool,
    /// For which text somebody was found, and whether all names were known then.
    found: Option<(String, bool)>,
    hits: Vec<Hit>,
}

/// Somebody found in one of the runs.
struct Hit {
    choice: Choice,
    name: String,
    kind: String,
    alone: bool,
}

/// What the bar changes of the panels themselves.
pub(crate) struct Switches<'a> {
    pub(crate) left: &'a mut bool,
    pub(crate) right: &'a mut bool,
    pub(crate) help: &'a mut bool,
}

pub(crate) fn show(ui: &mut Ui, pass: &mut Pass<'_>, searching: &mut Searching, switches: Switches<'_>) {
    let (rect, look) = (ui.max_rect(), pass.look);
    ui.painter().rect_filled(rect, 0.0, look.panel);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, Stroke::new(1.0, look.rule));
    let square = |x: f32| Rect::from_center_size(pos2(x, rect.center().y), Vec2::splat(26.0));
    if icon_button(ui, square(rect.left() + 21.0), Icon::LeftPanel, "filters and bookmarks  [", *switches.left, &look).clicked() {
        *switches.left = !*switches.left;
    }
    let mut right = rect.right() - 21.0;
    if icon_button(ui, square(right), Icon::RightPanel, "measures and the chosen one  ]", *switches.right, &look).clicked() {
        *switches.right = !*switches.right;
    }
    right -= 30.0;
    if icon_button(ui, square(right), Icon::Help, "keys and mouse  ?", *switches.help, &look).clicked() {
        *switches.help = !*switches.help;
    }
    right -= 30.0;
    let (theme, words) = if pass.show.is_dark() { (Icon::Sun, "light  T") } else { (Icon::Moon, "dark  T") };
    if icon_button(ui, square(right), theme, words, false, &look).clicked() {
        pass.act(Act::Theme);
    }
    right = layers(ui, pass, right - 20.0);
    let width = (rect.width() * 0.18).clamp(150.0, 280.0);
    let field = Rect::from_min_size(pos2(right - 10.0 - width, rect.center().y - 13.0), vec2(width, 26.0));
    search(ui, pass, searching, field);
    let room = Rect::from_min_max(pos2(rect.left() + 44.0, rect.top()), pos2(field.left() - 14.0, rect.bottom()));
    title(ui, pass, room);
}

/// The scenario, and quietly the policies, the seed and the replication.
fn title(ui: &Ui, pass: &Pass<'_>, room: Rect) {
    let look = pass.look;
    let painter = ui.painter_at(room);
    let header = pass.show.runs()[0].stage().header();
    let name = if header.title.is_empty() { &header.scenario } else { &header.title };
    let name = write(&painter, room.left_center(), Align2::LEFT_CENTER, name, (TITLE, look.text), room.width() * 0.62);
    let mut x = name.right() + 14.0;
    if pass.two() {
        for (run, shown) in pass.show.runs().iter().enumerate() {
            let policy = pass.policy(shown);
            let galley = paint::cut(&painter, policy, crate::look::font(BODY), look.text, 150.0);
            if x + 20.0 + galley.size().x > room.right() {
                return;
            }
            paint::badge(&painter, pos2(x, room.center().y), run, &look);
            painter.galley(pos2(x + 20.0, room.center().y - galley.size().y / 2.0), galley.clone(), look.text);
            x += 20.0 + galley.size().x + 12.0;
        }
    }
    let rest = format!("seed {}, replication {}", header.seed, header.replication);
    let rest = if pass.two() { rest } else { format!("{}  ·  {rest}", pass.policy(&pass.show.runs()[0])) };
    // Half a seed says nothing.
    let galley = painter.layout_no_wrap(rest, crate::look::font(SMALL), look.quiet);
    if x + galley.size().x <= room.right() {
        painter.galley(pos2(x, room.center().y - galley.size().y / 2.0 + 0.5), galley, look.quiet);
    }
}

/// Words that turn layers on and off, from right to left; returns where they begin.
fn layers(ui: &mut Ui, pass: &mut Pass<'_>, right: f32) -> f32 {
    let words = [
        (Layer::Map, "map", "roads and areas  R"),
        (Layer::Crowd, "crowd", "how crowded it is where  C"),
        (Layer::Names, "names", "names  L"),
        (Layer::Decisions, "decisions", "decisions and refusals as they happen  E"),
        (Layer::Messages, "messages", "messages as they arrive  M"),
    ];
    let y = ui.max_rect().center().y;
    let mut x = right;
    for (layer, word, hint) in words {
        let width = ui.painter().layout_no_wrap(word.into(), crate::look::font(SMALL + 0.5), pass.look.text).size().x + 14.0;
        x -= width;
        if word_button(ui, pos2(x, y), word, hint, pass.show.layers().has(layer), &pass.look).clicked() {
            pass.act(Act::Turn(layer));
        }
        x -= 2.0;
    }
    x
}

fn search(ui: &mut Ui, pass: &mut Pass<'_>, searching: &mut Searching, field: Rect) {
    let look = pass.look;
    let id = Id::new("search a name");
    if std::mem::take(&mut searching.wanted) {
        ui.memory_mut(|memory| memory.request_focus(id));
        searching.open = true;
    }
    ui.painter().rect_filled(field, 5.0, look.raised);
    let mut inner = ui.new_child(
        UiBuilder::new()
            .id_salt("search")
            .max_rect(field.shrink2(vec2(8.0, 1.0)))
            .layout(egui::Layout::left_to_right(egui::Align::Center)),
    );
    let edit = egui::TextEdit::singleline(&mut searching.text)
        .id(id)
        .frame(egui::Frame::NONE)
        .hint_text(egui::RichText::new("search a name  /").color(look.quiet))
        .desired_width(f32::INFINITY)
        .margin(vec2(0.0, 2.0));
    let response = inner.add(edit);
    if response.has_focus() {
        ui.painter().rect_stroke(field, 5.0, Stroke::new(1.0, look.accent), StrokeKind::Inside);
        searching.open = true;
    }
    if response.changed() {
        searching.place = 0;
    }
    if !searching.open || searching.text.trim().is_empty() {
        return;
    }
    // A look at every name takes a while where there are a million.
    let asked = (searching.text.clone(), pass.show.progress().done);
    if searching.found.as_ref() != Some(&asked) {
        searching.hits = hits(pass, &searching.text);
        searching.found = Some(asked);
    }
    let hits = &searching.hits;
    let (down, up, enter) = ui.input(|input| [Key::ArrowDown, Key::ArrowUp, Key::Enter].map(|key| input.key_pressed(key))).into();
    if down {
        searching.place += 1;
    }
    if up {
        searching.place = searching.place.saturating_sub(1);
    }
    searching.place = searching.place.min(hits.len().saturating_sub(1));
    if response.lost_focus()
        && enter
        && let Some(hit) = hits.get(searching.place)
    {
        pass.act(Act::Show(hit.choice));
        searching.open = false;
        return;
    }
    let (clicked, hovered) = offer(ui, pass, hits, searching.place, field);
    if let Some(place) = clicked {
        pass.act(Act::Show(hits[place].choice));
        searching.open = false;
    } else if !response.has_focus() && !hovered {
        searching.open = false;
    }
}

/// Those whose name fits: of the first run, then those whom only the second has.
fn hits(pass: &Pass<'_>, text: &str) -> Vec<Hit> {
    let mut found = Vec::new();
    for (run, shown) in pass.show.runs().iter().enumerate() {
        for hit in shown.search().find(text, OFFERED) {
            let stage = shown.stage();
            let other = pass.show.runs().get(1 - run).map(|other| other.stage().named(&hit.name));
            if run == 1 && other.flatten().is_some() {
                continue;
            }
            let kind = stage.actors().get(&hit.actor).map(|actor| actor.kind);
            let kind = stage.kind(kind).to_owned();
            found.push((
                hit.rank,
                Hit { choice: Choice { run, actor: hit.actor }, name: hit.name, kind, alone: other == Some(None) },
            ));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, hit)| hit).take(OFFERED).collect()
}

/// Draws those found under the field; which of them was clicked, and whether the pointer is over them.
fn offer(ui: &Ui, pass: &Pass<'_>, hits: &[Hit], place: usize, field: Rect) -> (Option<usize>, bool) {
    let look = pass.look;
    let lines = hits.len().max(1);
    let width = field.width().max(240.0);
    let list = Rect::from_min_size(pos2(field.right() - width, field.bottom() + 4.0), vec2(width, lines as f32 * LINE + 8.0));
    let area = egui::Area::new(Id::new("found names")).order(Order::Foreground).fixed_pos(list.min).constrain(false);
    let shown = area.show(ui.ctx(), |ui| {
        let (_, whole) = ui.allocate_exact_size(list.size(), Sense::hover());
        let painter = ui.painter();
        painter.add(ui.style().visuals.popup_shadow.as_shape(list, 6.0));
        painter.rect(list, 6.0, look.panel, Stroke::new(1.0, look.rule), StrokeKind::Inside);
        if hits.is_empty() {
            let words = if pass.show.progress().done { "nobody of that name" } else { "nobody of that name so far" };
            write(painter, list.left_center() + vec2(12.0, 0.0), Align2::LEFT_CENTER, words, (BODY, look.quiet), width - 24.0);
        }
        let mut clicked = None;
        for (number, hit) in hits.iter().enumerate() {
            let top = list.top() + 4.0 + number as f32 * LINE;
            let line = Rect::from_min_size(pos2(list.left() + 4.0, top), vec2(width - 8.0, LINE));
            let response = ui.interact(line, Id::new(("found", number)), Sense::click());
            if number == place || response.hovered() {
                ui.painter().rect_filled(line, 4.0, if number == place { look.picked } else { look.raised });
            }
            let painter = ui.painter();
            let at = pos2(line.right() - 8.0, line.center().y);
            let kind = write(painter, at, Align2::RIGHT_CENTER, &hit.kind, (SMALL, look.quiet), width * 0.4);
            let mut left = line.left() + 8.0;
            if hit.alone {
                left = paint::badge(painter, pos2(left, line.center().y), hit.choice.run, &look).right() + 6.0;
            }
            let at = pos2(left, line.center().y);
            write(painter, at, Align2::LEFT_CENTER, &hit.name, (BODY, look.text), kind.left() - left - 8.0);
            if response.clicked() {
                clicked = Some(number);
            }
        }
        (clicked, whole.contains_pointer())
    });
    shown.inner
}

impl Searching {
    /// Lets go what was typed; whether there was anything.
    pub(crate) fn clear(&mut self) -> bool {
        let had = self.open || !self.text.is_empty();
        *self = Searching::default();
        had
    }
}
