//! Pictures without a window: the same app, drawn into an image.

use crate::app::{self, Wall};
use crate::fault::Fault;
use crate::graphics;
use crate::view::View;
use bevy::app::PluginsState;
use bevy::asset::RenderAssetUsages;
use bevy::camera::{ImageRenderTarget, RenderTarget};
use bevy::prelude::*;
use bevy::render::pipelined_rendering::PipelinedRenderingPlugin;
use bevy::render::render_resource::{Extent3d, PollType, TextureDimension, TextureFormat, TextureUsages};
use bevy::render::renderer::{RenderAdapterInfo, RenderDevice};
use bevy::render::view::screenshot::{Screenshot, ScreenshotCaptured};
use bevy::time::TimeUpdateStrategy;
use bevy::window::ExitCondition;
use bevy::winit::WinitPlugin;
use rehearsal_request::{Request, Size};
use std::io::BufWriter;
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// Frames until panels have found their sizes and everything is on the graphics card.
const WARM: u32 = 6;
/// Frames that a picture may take to come back.
const PATIENCE: u32 = 60;

/// Red, green, blue and opacity, row by row.
pub(crate) struct Pixels {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bytes: Vec<u8>,
}

/// An app that draws into an image.
pub(crate) struct Studio {
    app: App,
    target: ImageRenderTarget,
    taken: Receiver<Pixels>,
    taker: Sender<Pixels>,
}

impl Studio {
    /// Opens a studio for a view.
    pub(crate) fn open(view: View, size: Size, scale: Option<f32>) -> Result<Studio, Fault> {
        let backends = graphics::adapter()?;
        graphics::guarded(|| {
            let mut app = App::new();
            let windows = WindowPlugin { primary_window: None, exit_condition: ExitCondition::DontExit, ..default() };
            app.add_plugins(app::plugins(backends).set(windows).disable::<WinitPlugin>().disable::<PipelinedRenderingPlugin>());
            app.insert_resource(TimeUpdateStrategy::ManualDuration(Duration::ZERO));
            let extent = Extent3d { width: size.width, height: size.height, depth_or_array_layers: 1 };
            let mut image =
                Image::new_uninit(extent, TextureDimension::D2, TextureFormat::Rgba8UnormSrgb, RenderAssetUsages::RENDER_WORLD);
            image.texture_descriptor.usage |= TextureUsages::RENDER_ATTACHMENT | TextureUsages::COPY_SRC;
            let image = app.world_mut().resource_mut::<Assets<Image>>().add(image);
            let scale_factor = scale.unwrap_or_else(|| size.scale());
            let target = ImageRenderTarget { handle: image, scale_factor };
            app::furnish(&mut app, view, Wall::Still, Some(RenderTarget::Image(target.clone())));
            while app.plugins_state() == PluginsState::Adding {
                bevy::tasks::tick_global_task_pools_on_main_thread();
            }
            app.finish();
            app.cleanup();
            let (taker, taken) = channel();
            let mut studio = Studio { app, target, taken, taker };
            (0..WARM).try_for_each(|_| studio.frame())?;
            Ok(studio)
        })
    }

    /// The view, between two frames.
    pub(crate) fn view(&mut self) -> &mut View {
        &mut self.app.world_mut().non_send_mut::<app::Shown>().into_inner().0
    }

    /// What draws, by name.
    pub(crate) fn adapter(&self) -> String {
        self.app.world().resource::<RenderAdapterInfo>().name.clone()
    }

    /// Draws a frame.
    pub(crate) fn frame(&mut self) -> Result<(), Fault> {
        self.app.update();
        let device = self.app.world().resource::<RenderDevice>();
        let polled = device.wgpu_device().poll(PollType::Wait { submission_index: None, timeout: None });
        polled.map(|_| ()).map_err(|error| Fault::Graphics { reason: error.to_string() })
    }

    /// Draws frames until the moment's picture is there.
    pub(crate) fn take(&mut self) -> Result<Pixels, Fault> {
        graphics::guarded(|| {
            self.frame()?;
            let taker = self.taker.clone();
            self.app.world_mut().spawn(Screenshot(RenderTarget::Image(self.target.clone()))).observe(
                move |captured: On<ScreenshotCaptured>| {
                    let size = captured.image.texture_descriptor.size;
                    let bytes = captured.image.data.clone().unwrap_or_default();
                    // Nobody waits any more where the studio was closed.
                    let _ = taker.send(Pixels { width: size.width, height: size.height, bytes });
                },
            );
            for _ in 0..PATIENCE {
                self.frame()?;
                if let Ok(pixels) = self.taken.try_recv() {
                    return Ok(pixels);
                }
            }
            Err(Fault::NoPicture { frames: PATIENCE })
        })
    }
}

/// Takes one picture of the moment that a view is at.
pub(crate) fn take(mut view: View, request: &Request, file: &Path) -> Result<(), Fault> {
    if !file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
        return Err(Fault::Ending { path: file.into(), expected: "a .png" });
    }
    if let Some(mut live) = view.live.take() {
        live.settle(&mut view.show)?;
    }
    view.show.finish();
    let mut studio = Studio::open(view, request.size, request.scale)?;
    let pixels = studio.take()?;
    save(file, &pixels)
}

fn save(file: &Path, pixels: &Pixels) -> Result<(), Fault> {
    let fault = |reason: String| Fault::Unwritable { path: file.into(), reason };
    let bytes = encode(pixels).map_err(&fault)?;
    write(file, &bytes).map_err(|error| fault(error.to_string()))
}

fn encode(pixels: &Pixels) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(BufWriter::new(&mut bytes), pixels.width, pixels.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::High);
    let mut writer = encoder.write_header().map_err(|error| error.to_string())?;
    writer.write_image_data(&opaque(&pixels.bytes)).map_err(|error| error.to_string())?;
    writer.finish().map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// Without the opacity, which is 1 all over.
pub(crate) fn opaque(bytes: &[u8]) -> Vec<u8> {
    bytes.chunks_exact(4).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect()
}

/// Writes a file whole, or not at all.
fn write(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    let partial = file.with_file_name(name);
    std::fs::write(&partial, bytes).and_then(|()| std::fs::rename(&partial, file)).inspect_err(|_| {
        // What was begun is of no use to anybody.
        let _ = std::fs::remove_file(&partial);
    })
}
