//! What stands beside and over the map of a view: the timeline, charts, who may be found and filtered, what is known of the
//! one who was chosen; and on the map names, a legend, a scale and the hour.
//!
//! Drawn with egui and nothing else: no window, no graphics processor. [`Panels::show`] reads a [`Show`], returns what the
//! person did as [`Act`]s, and says where the maps are to be drawn.

use rehearsal_stage::{Act, Show};

/// What a person has open, typed and unfolded; everything else is in the [`Show`].
#[derive(Default)]
pub struct Panels {}

/// What came of drawing the panels.
#[derive(Default)]
pub struct Drawn {
    /// What the person did, in order.
    pub acts: Vec<Act>,
    /// Where the map of each run is to be drawn \[points\], from left to right.
    pub panes: Vec<egui::Rect>,
}

impl Panels {
    /// Draws all panels into `ui`, which spans the window.
    pub fn show(&mut self, ui: &mut egui::Ui, show: &mut Show) -> Drawn {
        let count = show.runs().len();
        let whole = ui.max_rect();
        let width = whole.width() / count as f32;
        let pane = |number| {
            egui::Rect::from_min_size(whole.min + egui::vec2(width * number as f32, 0.0), egui::vec2(width, whole.height()))
        };
        Drawn { acts: Vec::new(), panes: (0..count).map(pane).collect() }
    }
}

/// Gives egui the look of the view: colours of the palette, sizes of text, distances.
pub fn style(_context: &egui::Context, _dark: bool) {}
