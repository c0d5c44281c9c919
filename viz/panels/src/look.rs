//! How everything beside the map looks: colours of the palette, sizes of text, and what egui makes of them.

use egui::{Color32, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, Visuals, vec2};
use rehearsal_stage::palette::{self, Palette, Rgb};

/// The colours of two runs, by day: bluish and reddish, so that everybody tells them apart.
const RUNS_LIGHT: [Rgb; 2] = [Rgb([0x0B, 0x72, 0x85]), Rgb([0xA8, 0x48, 0x0A])];
/// The same by night.
const RUNS_DARK: [Rgb; 2] = [Rgb([0x4D, 0xC4, 0xD6]), Rgb([0xF2, 0xA6, 0x5A])];
/// What is better, by day; what is worse has the palette's alarm.
const GOOD_LIGHT: Rgb = Rgb([0x00, 0x74, 0x5A]);
/// The same by night.
const GOOD_DARK: Rgb = Rgb([0x4F, 0xCF, 0xA8]);

/// Text that stands beside other text.
pub(crate) const SMALL: f32 = 11.5;
/// Text that is read.
pub(crate) const BODY: f32 = 13.0;
/// Names of what a panel is about.
pub(crate) const TITLE: f32 = 15.0;

/// Colours of a view beside the map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// The palette that they come from.
    pub palette: Palette,
    /// The land.
    pub ground: Color32,
    /// Panels.
    pub panel: Color32,
    /// Fields to type into, and rows under the pointer.
    pub raised: Color32,
    /// Buttons that are on, rows that are chosen.
    pub picked: Color32,
    /// Text that is read.
    pub text: Color32,
    /// Text beside it.
    pub quiet: Color32,
    /// Lines between parts.
    pub rule: Color32,
    /// What is in focus.
    pub accent: Color32,
    /// Refusals, partings, what is worse.
    pub alarm: Color32,
    /// What is better.
    pub good: Color32,
    /// The two runs.
    pub runs: [Color32; 2],
}

/// The colour of a palette for egui.
#[must_use]
pub fn colour(Rgb([red, green, blue]): Rgb) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// Between two colours: 0 is the first, 1 the second.
pub(crate) fn mix(a: Color32, b: Color32, share: f32) -> Color32 {
    let part = |place: usize| {
        let (a, b) = (f32::from(a[place]), f32::from(b[place]));
        (a + (b - a) * share).round() as u8
    };
    Color32::from_rgb(part(0), part(1), part(2))
}

impl Look {
    /// By night or by day.
    #[must_use]
    pub fn of(dark: bool) -> Look {
        let (palette, runs, good) =
            if dark { (palette::DARK, RUNS_DARK, GOOD_DARK) } else { (palette::LIGHT, RUNS_LIGHT, GOOD_LIGHT) };
        let [panel, text, accent] = [palette.panel, palette.text, palette.accent].map(colour);
        Look {
            palette,
            ground: colour(palette.ground),
            panel,
            raised: mix(panel, text, 0.055),
            picked: mix(panel, accent, 0.16),
            text,
            quiet: colour(palette.quiet),
            rule: colour(palette.rule),
            accent,
            alarm: colour(palette.alarm),
            good: colour(good),
            runs: runs.map(colour),
        }
    }

    /// The colour of a state, by its place in the palette.
    pub(crate) fn mark(&self, place: Option<u8>) -> Color32 {
        colour(self.palette.mark(place))
    }

    /// Around marks.
    pub(crate) fn outline(&self) -> Color32 {
        colour(self.palette.outline)
    }

    fn visuals(&self, dark: bool) -> Visuals {
        let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
        let line = |colour: Color32| Stroke::new(1.0, colour);
        // A view blends in linear light, where dark text on light comes out thinner and light text on dark bolder than
        // egui takes for granted; twice the coverage less its square undoes the first almost exactly.
        visuals.text_options.color_transfer_function = if dark {
            egui::epaint::FontColorTransferFunction::Gamma(0.75)
        } else {
            egui::epaint::FontColorTransferFunction::TwoCoverageMinusCoverageSq
        };
        visuals.override_text_color = None;
        visuals.weak_text_color = Some(self.quiet);
        visuals.hyperlink_color = self.accent;
        visuals.faint_bg_color = self.raised;
        visuals.extreme_bg_color = self.raised;
        visuals.text_edit_bg_color = Some(self.raised);
        visuals.code_bg_color = self.raised;
        visuals.warn_fg_color = self.alarm;
        visuals.error_fg_color = self.alarm;
        visuals.window_fill = self.panel;
        visuals.window_stroke = line(self.rule);
        visuals.panel_fill = self.panel;
        visuals.window_corner_radius = CornerRadius::same(6);
        visuals.menu_corner_radius = CornerRadius::same(6);
        let shadow = Shadow { offset: [0, 3], blur: 12, spread: 0, color: Color32::from_black_alpha(if dark { 96 } else { 36 }) };
        (visuals.window_shadow, visuals.popup_shadow) = (shadow, shadow);
        visuals.selection.bg_fill = self.picked;
        visuals.selection.stroke = line(self.accent);
        visuals.indent_has_left_vline = false;
        let widgets = &mut visuals.widgets;
        let states = [
            (&mut widgets.noninteractive, self.panel, self.rule, self.text),
            (&mut widgets.inactive, self.raised, Color32::TRANSPARENT, self.text),
            (&mut widgets.hovered, mix(self.panel, self.text, 0.09), Color32::TRANSPARENT, self.text),
            (&mut widgets.active, self.picked, Color32::TRANSPARENT, self.text),
            (&mut widgets.open, self.raised, self.rule, self.text),
        ];
        for (widget, fill, edge, text) in states {
            (widget.bg_fill, widget.weak_bg_fill) = (fill, fill);
            widget.bg_stroke = line(edge);
            widget.fg_stroke = line(text);
            widget.corner_radius = CornerRadius::same(4);
            widget.expansion = 0.0;
        }
        visuals
    }
}

/// Gives egui the look of a view, by night or by day.
pub fn style(context: &egui::Context, dark: bool) {
    let look = Look::of(dark);
    context.set_theme(if dark { Theme::Dark } else { Theme::Light });
    context.all_styles_mut(|style| {
        style.visuals = look.visuals(dark);
        let sizes = [
            (TextStyle::Small, SMALL, FontFamily::Proportional),
            (TextStyle::Body, BODY, FontFamily::Proportional),
            (TextStyle::Button, BODY, FontFamily::Proportional),
            (TextStyle::Heading, TITLE, FontFamily::Proportional),
            (TextStyle::Monospace, SMALL, FontFamily::Monospace),
        ];
        style.text_styles = sizes.map(|(name, size, family)| (name, FontId::new(size, family))).into();
        let spacing = &mut style.spacing;
        spacing.item_spacing = vec2(6.0, 4.0);
        spacing.button_padding = vec2(8.0, 3.0);
        spacing.interact_size = vec2(24.0, 22.0);
        spacing.window_margin = Margin::same(10);
        spacing.menu_margin = Margin::same(6);
        spacing.scroll = egui::style::ScrollStyle::thin();
        (spacing.scroll.dormant_background_opacity, spacing.scroll.active_background_opacity) = (0.0, 0.0);
        style.interaction.selectable_labels = false;
        style.interaction.tooltip_delay = 0.3;
        style.animation_time = 0.1;
    });
}

/// A font of a size \[points\].
pub(crate) fn font(size: f32) -> FontId {
    FontId::proportional(size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rehearsal_stage::palette::{DIFFERENCE_MIN, Sight, TEXT_CONTRAST_MIN, contrast, difference};

    fn back(colour: Color32) -> Rgb {
        Rgb([colour.r(), colour.g(), colour.b()])
    }

    #[test]
    fn every_colour_of_text_can_be_read_where_it_stands() {
        for dark in [false, true] {
            let look = Look::of(dark);
            for text in [look.text, look.quiet, look.accent, look.alarm, look.good, look.runs[0], look.runs[1]] {
                for under in [look.panel, look.ground, look.raised] {
                    let found = contrast(back(text), back(under));
                    assert!(found >= TEXT_CONTRAST_MIN, "dark {dark}: {text:?} on {under:?} is {found:.2}");
                }
            }
            // What is chosen is written in the colour of text that is read.
            assert!(contrast(back(look.text), back(look.picked)) >= TEXT_CONTRAST_MIN);
        }
    }

    #[test]
    fn two_runs_and_better_and_worse_are_told_apart_in_any_sight() {
        for dark in [false, true] {
            let look = Look::of(dark);
            for sight in [Sight::Full, Sight::NoRed, Sight::NoGreen] {
                for (a, b) in [(look.runs[0], look.runs[1]), (look.good, look.alarm)] {
                    let found = difference(back(a), back(b), sight);
                    assert!(found >= DIFFERENCE_MIN, "dark {dark}, {sight:?}: {a:?} and {b:?} differ by {found:.1}");
                }
            }
        }
    }

    #[test]
    fn egui_takes_the_palette_and_keeps_none_of_its_greys() {
        let context = egui::Context::default();
        for dark in [false, true] {
            style(&context, dark);
            let (look, style) = (Look::of(dark), context.global_style());
            assert_eq!((style.visuals.panel_fill, style.visuals.dark_mode), (look.panel, dark));
            assert_eq!(style.visuals.text_color(), look.text);
            assert_eq!(style.text_styles[&TextStyle::Body], font(BODY));
        }
    }
}
