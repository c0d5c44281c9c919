//! The app: one camera, a pane of the map for each run, and the panels over them.
//!
//! A frame goes so: time passes, some records are read, the panels are drawn and tell what the person did and where the maps
//! lie, and the maps are drawn anew where they changed.

use crate::fault::Fault;
use crate::ink::{self, Drawing, Ink};
use crate::view::View;
use crate::{cast, graphics, scenery};
use bevy::camera::RenderTarget;
use bevy::ecs::system::SystemParam;
use bevy::log::LogPlugin;
use bevy::prelude::*;
use bevy::render::RenderPlugin;
use bevy::render::settings::{Backends, WgpuSettings};
use bevy::window::{PresentMode, WindowResolution};
use bevy::winit::{UpdateMode, WinitSettings};
use bevy_egui::{EguiContexts, EguiGlobalSettings, EguiPlugin, EguiPrimaryContextPass, PrimaryEguiContext, egui};
use rehearsal_request::Request;
use rehearsal_stage::Camera as Map;
use rehearsal_stage::palette::{DARK, LIGHT, Palette};
use std::time::{Duration, Instant};

/// Records that are read at a time between two frames: a few milliseconds.
const BUDGET: u64 = 5_000;
/// How long is read between two frames at least, and the share of a frame that reading may add.
const READING: Duration = Duration::from_millis(8);
const SHARE: u32 = 2;
/// How often a window that stands still looks about.
const IDLE: Duration = Duration::from_millis(250);

/// How time passes.
#[derive(Resource, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wall {
    /// As on the clock of the machine.
    Clock,
    /// Not at all: for pictures, where others say what the moment is.
    Still,
}

/// What is shown, kept where only the main thread comes.
pub(crate) struct Shown(pub(crate) View);

/// A drawing in a pane.
#[derive(Component)]
struct Pane {
    run: usize,
    layer: Layer,
    /// What it was drawn from, where that says all.
    drawn: Option<Drawn>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Layer {
    Scenery,
    Cast,
}

/// What a drawing of the scenery hangs on.
#[derive(Clone, Copy, PartialEq)]
struct Drawn {
    map: Map,
    dark: bool,
    shown: bool,
}

/// Opens a window and shows it until it is closed.
pub(crate) fn run(view: View, request: &Request) -> Result<(), Fault> {
    graphics::display()?;
    let backends = graphics::adapter()?;
    let title = view.show.runs()[0].stage().header().title.clone();
    let mut resolution = WindowResolution::new(request.size.width, request.size.height);
    if let Some(scale) = request.scale {
        resolution.set_scale_factor_override(Some(scale));
    }
    let window = Window {
        title: format!("{title} - Rehearsal"),
        resolution,
        present_mode: PresentMode::AutoVsync,
        resize_constraints: bevy::window::WindowResizeConstraints { min_width: 640.0, min_height: 400.0, ..default() },
        ..default()
    };
    graphics::guarded(|| {
        let mut app = App::new();
        let windows = WindowPlugin { primary_window: Some(window), ..default() };
        app.add_plugins(plugins(backends).set(windows));
        app.insert_resource(WinitSettings {
            focused_mode: UpdateMode::Continuous,
            unfocused_mode: UpdateMode::reactive_low_power(IDLE),
        });
        furnish(&mut app, view, Wall::Clock, None);
        app.add_systems(Update, rest);
        match app.run() {
            AppExit::Success => Ok(()),
            AppExit::Error(code) => Err(Fault::Graphics { reason: format!("the window ended with code {code}") }),
        }
    })
}

/// The plugins of all apps; faults of drivers are told, their chatter is not.
pub(crate) fn plugins(backends: Backends) -> bevy::app::PluginGroupBuilder {
    let settings = WgpuSettings { backends: Some(backends), ..default() };
    DefaultPlugins
        .set(RenderPlugin { render_creation: settings.into(), synchronous_pipeline_compilation: true, ..default() })
        .set(LogPlugin { filter: "error,wgpu_hal=off".into(), level: bevy::log::Level::ERROR, ..default() })
}

/// Puts camera, panes and panels into an app. Without a target, the window is drawn on.
pub(crate) fn furnish(app: &mut App, view: View, wall: Wall, target: Option<RenderTarget>) {
    ink::plug(app);
    app.add_plugins(EguiPlugin::default());
    app.world_mut().resource_mut::<EguiGlobalSettings>().auto_create_primary_context = false;
    app.insert_resource(wall);
    let runs = view.show.runs().len();
    app.insert_non_send(Shown(view));
    let mut camera = app.world_mut().spawn((Camera2d, Msaa::Off, PrimaryEguiContext));
    if let Some(target) = target {
        camera.insert(target);
    }
    for run in 0..runs {
        for (depth, layer) in [(0.0, Layer::Scenery), (1.0, Layer::Cast)] {
            let mesh = app.world_mut().resource_mut::<Assets<Mesh>>().add(Drawing::default().mesh());
            let ink = Ink { clip: Vec4::ZERO, pixel: 1.0 };
            let ink = app.world_mut().resource_mut::<Assets<Ink>>().add(ink);
            let pane = Pane { run, layer, drawn: None };
            let place = Transform::from_xyz(0.0, 0.0, depth);
            app.world_mut().spawn((pane, Mesh2d(mesh), MeshMaterial2d(ink), place, bevy::camera::visibility::NoFrustumCulling));
        }
    }
    app.add_systems(EguiPrimaryContextPass, frame);
}

/// A window in which nothing goes on draws seldom.
fn rest(shown: NonSend<Shown>, mut settings: ResMut<WinitSettings>) {
    let show = &shown.0.show;
    let busy = show.playhead().is_playing() || !show.progress().done || shown.0.live.is_some();
    let mode = if busy { UpdateMode::Continuous } else { UpdateMode::reactive(IDLE) };
    if settings.focused_mode != mode {
        settings.focused_mode = mode;
    }
}

/// What is drawn on and with.
#[derive(SystemParam)]
struct Canvas<'w> {
    meshes: ResMut<'w, Assets<Mesh>>,
    inks: ResMut<'w, Assets<Ink>>,
    ground: ResMut<'w, ClearColor>,
}

type Panes<'w, 's> = Query<'w, 's, (&'static mut Pane, &'static Mesh2d, &'static MeshMaterial2d<Ink>, &'static mut Transform)>;

fn frame(
    mut contexts: EguiContexts,
    mut shown: NonSendMut<Shown>,
    wall: Res<Wall>,
    time: Res<Time>,
    mut canvas: Canvas,
    mut panes: Panes,
) -> Result {
    let context = contexts.ctx_mut()?.clone();
    let view = &mut shown.0;
    if *wall == Wall::Clock {
        if let Some(live) = &mut view.live {
            live.take(&mut view.show);
        }
        view.show.pass(u64::try_from(time.delta().as_nanos()).unwrap_or(u64::MAX));
        let (begun, room) = (Instant::now(), READING.max(time.delta() / SHARE));
        view.show.work(BUDGET);
        while !view.show.progress().done && begun.elapsed() < room {
            view.show.work(BUDGET);
        }
    }
    let rectangles = panels(&context, view);
    if let Some(pane) = rectangles.first() {
        view.resize(pane.width(), pane.height());
    }
    let palette = if view.show.is_dark() { DARK } else { LIGHT };
    canvas.ground.0 = Color::srgb_u8(palette.ground.0[0], palette.ground.0[1], palette.ground.0[2]);
    let window = context.viewport_rect();
    let pixels = context.pixels_per_point();
    for (mut pane, mesh, ink, mut place) in &mut panes {
        let Some(rectangle) = rectangles.get(pane.run) else { continue };
        let middle = rectangle.center() - window.center();
        // Whole pixels, so that lines are as sharp in one pane as in the other.
        let whole = |side: f32| (side * pixels).round() / pixels;
        (place.translation.x, place.translation.y) = (whole(middle.x), whole(-middle.y));
        let edges = [rectangle.left(), rectangle.top(), rectangle.right(), rectangle.bottom()];
        let clip = Vec4::from_array(edges.map(|edge| (edge * pixels).round()));
        let wanted = Ink { clip, pixel: 1.0 / pixels };
        if canvas.inks.get(&ink.0) != Some(&wanted) {
            let _ = canvas.inks.insert(ink.0.id(), wanted);
        }
        if let Some(drawing) = redraw(&mut pane, view, &palette) {
            let _ = canvas.meshes.insert(mesh.0.id(), drawing.mesh());
        }
    }
    if *wall == Wall::Clock && view.show.playhead().is_playing() {
        context.request_repaint();
    }
    Ok(())
}

/// Draws the panels, does what the person did, and tells where the maps lie \[points\].
fn panels(context: &egui::Context, view: &mut View) -> Vec<egui::Rect> {
    let whole = context.viewport_rect();
    if view.bare {
        let count = view.show.runs().len();
        let width = whole.width() / count as f32;
        let left = |number: usize| whole.min + egui::vec2(width * number as f32, 0.0);
        return (0..count).map(|number| egui::Rect::from_min_size(left(number), egui::vec2(width, whole.height()))).collect();
    }
    let builder = egui::UiBuilder::new().layer_id(egui::LayerId::background()).max_rect(whole);
    let mut ui = egui::Ui::new(context.clone(), "view".into(), builder);
    let drawn = view.panels.show(&mut ui, &view.show);
    for act in drawn.acts {
        view.show.act(act);
    }
    drawn.panes
}

/// The drawing of a pane, where it is not the same as before.
fn redraw(pane: &mut Pane, view: &View, palette: &Palette) -> Option<Drawing> {
    let show = &view.show;
    let (run, map) = (show.runs().get(pane.run)?, show.camera());
    let mut drawing = Drawing::default();
    match pane.layer {
        Layer::Scenery => {
            let wanted = Drawn { map: *map, dark: show.is_dark(), shown: show.layers().map };
            if pane.drawn == Some(wanted) {
                return None;
            }
            pane.drawn = Some(wanted);
            if wanted.shown {
                view.lots.draw(&mut drawing, run.stage(), map, palette);
                scenery::blocks(&mut drawing, run.stage(), map, palette);
                scenery::roads(&mut drawing, run.stage(), map, palette);
            }
        }
        Layer::Cast => {
            let second = run.stage().clock().second_of_day(run.scene().at);
            cast::scene(&mut drawing, run.scene(), map, palette, show.layers(), show.chosen_in(pane.run), second);
        }
    }
    Some(drawing)
}
