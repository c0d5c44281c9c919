//! Whether this machine can draw at all: asked before Bevy is, which would panic.

use crate::fault::Fault;
use bevy::render::settings::Backends;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

/// Looks for an adapter, of hardware or of software, and gives the interfaces through which there is one.
///
/// Vulkan, Metal and DirectX are asked first, and OpenGL only where none of them has any, as it looks for displays and
/// complains where there are none. `WGPU_BACKEND` says otherwise.
pub(crate) fn adapter() -> Result<Backends, Fault> {
    let given = Backends::from_env();
    let tried = given.map_or_else(|| vec![Backends::PRIMARY, Backends::SECONDARY], |given| vec![given]);
    let found = tried.into_iter().find(|&backends| {
        let descriptor = wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle_from_env() };
        let instance = wgpu::Instance::new(descriptor);
        bevy::tasks::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions::default())).is_ok()
    });
    found.ok_or(Fault::NoAdapter)
}

/// Looks for a display. Systems other than Linux and its like always have one.
pub(crate) fn display() -> Result<(), Fault> {
    let named = |variable| std::env::var_os(variable).is_some_and(|value| !value.is_empty());
    let asked = cfg!(all(unix, not(target_os = "macos")));
    if asked && !named("WAYLAND_DISPLAY") && !named("DISPLAY") { Err(Fault::NoDisplay) } else { Ok(()) }
}

/// Does something in which graphics may give up with a panic; that becomes a fault.
pub(crate) fn guarded<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    let said = Arc::new(Mutex::new(None));
    let keep = said.clone();
    std::panic::set_hook(Box::new(move |panic| {
        let words = panic.payload_as_str().unwrap_or("it failed without a word");
        if let Ok(mut first) = keep.lock() {
            first.get_or_insert_with(|| words.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }));
    let done = catch_unwind(AssertUnwindSafe(work));
    let _ = std::panic::take_hook();
    done.unwrap_or_else(|_| {
        let first = said.lock().ok().and_then(|mut first| first.take()).unwrap_or_else(|| "it failed without a word".into());
        let named = |variable| std::env::var(variable).ok().filter(|value| !value.is_empty());
        match named("WAYLAND_DISPLAY").or_else(|| named("DISPLAY")).filter(|_| first.contains("event loop")) {
            Some(display) => Err(Fault::DeadDisplay { display }),
            None => Err(Fault::Graphics { reason: first }),
        }
    })
}
