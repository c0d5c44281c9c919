fn main() { bevy::app::App::new().add_plugins(bevy_egui::EguiPlugin::default()); let _ = egui_plot::Plot::new("a"); }
