//! A person in front of the panels, who looks, points and types.

use super::sample;
use crate::{Drawn, Panels};
use egui::epaint::{ClippedShape, Shape};
use egui::{Context, Event, Key, Modifiers, PointerButton, Pos2, RawInput, Rect, Vec2, vec2};
use rehearsal_stage::{Act, Show};

/// A person in front of the panels.
pub(super) struct Desk {
    pub(super) context: Context,
    pub(super) panels: Panels,
    pub(super) show: Show,
    pub(super) size: Vec2,
    pub(super) shapes: Vec<ClippedShape>,
    pub(super) drawn: Drawn,
    pub(super) seconds: f64,
}

impl Desk {
    pub(super) fn new(two: bool, size: [f32; 2]) -> Desk {
        Desk::with(sample::show(two), size)
    }

    pub(super) fn with(show: Show, size: [f32; 2]) -> Desk {
        let mut desk = Desk {
            context: Context::default(),
            panels: Panels::default(),
            show,
            size: size.into(),
            shapes: Vec::new(),
            drawn: Drawn::default(),
            seconds: 0.0,
        };
        // The first frame says how large the panes are, the second one fits the map.
        for _ in 0..3 {
            desk.frame(vec![]);
        }
        desk
    }

    /// One frame; what the person did is done.
    pub(super) fn frame(&mut self, events: Vec<Event>) -> Vec<Act> {
        self.seconds += 0.1;
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, self.size)),
            time: Some(self.seconds),
            events,
            ..RawInput::default()
        };
        let mut output = self.context.run_ui(input, |ui| self.drawn = self.panels.show(ui, &self.show));
        // There is no graphics processor to take them.
        output.textures_delta.clear();
        self.shapes = std::mem::take(&mut output.shapes);
        let pane = self.drawn.panes[0];
        self.show.resize([f64::from(pane.width()), f64::from(pane.height())]);
        self.drawn.acts.iter().cloned().for_each(|act| self.show.act(act));
        self.show.work(0);
        self.drawn.acts.clone()
    }

    pub(super) fn key(&mut self, key: Key, modifiers: Modifiers) -> Vec<Act> {
        let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
        let acts = self.frame(vec![event(true)]);
        self.frame(vec![event(false)]);
        acts
    }

    pub(super) fn button(&mut self, at: Pos2, pressed: bool) -> Vec<Act> {
        let button = Event::PointerButton { pos: at, button: PointerButton::Primary, pressed, modifiers: Modifiers::NONE };
        self.frame(vec![Event::PointerMoved(at), button])
    }

    pub(super) fn click(&mut self, at: Pos2) -> Vec<Act> {
        self.frame(vec![Event::PointerMoved(at)]);
        self.button(at, true);
        self.button(at, false)
    }

    /// Texts with where they stand and what they are clipped to.
    pub(super) fn texts(&self) -> Vec<(String, Rect, Rect)> {
        fn gather(shape: &Shape, clip: Rect, found: &mut Vec<(String, Rect, Rect)>) {
            match shape {
                Shape::Text(text) => {
                    let rect = Rect::from_min_size(text.pos, text.galley.size());
                    found.push((text.galley.text().to_owned(), rect, clip));
                }
                Shape::Vec(shapes) => shapes.iter().for_each(|shape| gather(shape, clip, found)),
                _ => {}
            }
        }
        let mut found = Vec::new();
        self.shapes.iter().for_each(|clipped| gather(&clipped.shape, clipped.clip_rect, &mut found));
        found
    }

    /// Whether a text that holds `words` can be seen.
    pub(super) fn reads(&self, words: &str) -> bool {
        self.texts().iter().any(|(text, rect, clip)| text.contains(words) && clip.intersects(*rect))
    }

    /// Whether a text was cut.
    pub(super) fn elided(&self, words: &str) -> bool {
        let cut = |shape: &Shape| matches!(shape, Shape::Text(text) if text.galley.text() == words && text.galley.elided);
        self.shapes.iter().any(|clipped| cut(&clipped.shape))
    }

    /// All texts that can be seen.
    pub(super) fn words(&self) -> Vec<String> {
        self.texts().into_iter().filter(|(_, rect, clip)| clip.intersects(*rect)).map(|(text, _, _)| text).collect()
    }

    /// Where a text is that says just this.
    pub(super) fn place(&self, words: &str) -> Pos2 {
        let all = self.texts();
        let found = all.iter().find(|(text, rect, clip)| text == words && clip.intersects(*rect));
        let seen = || all.iter().map(|(text, _, _)| text.as_str()).collect::<Vec<_>>().join(" | ");
        found.unwrap_or_else(|| panic!("nothing says '{words}': {}", seen())).1.center()
    }

    pub(super) fn mark(&self, run: usize, actor: u32) -> Pos2 {
        let [x, y] = self.show.camera().place(self.show.runs()[run].scene().mark(actor).unwrap().place);
        self.drawn.panes[run].min + vec2(x, y)
    }
}
