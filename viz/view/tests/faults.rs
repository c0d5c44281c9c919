//! What cannot be shown is one clear sentence and exit code 2, never a panic.

mod common;

use common::{recorded, scratch, view};
use std::path::{Path, PathBuf};

/// What the view says of itself in these circumstances, without the word `error`.
#[track_caller]
fn sentence(prepare: impl FnOnce(&mut std::process::Command)) -> String {
    let mut command = view();
    prepare(&mut command);
    let output = command.output().expect("the view starts");
    let said = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty());
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.len() == 1 && said.starts_with("error: ") && !said.contains("panicked"), "{said}");
    said.trim_start_matches("error: ").trim_end().to_owned()
}

fn file(name: &str, bytes: &[u8]) -> PathBuf {
    let path = scratch().join(name);
    std::fs::write(&path, bytes).expect("a file");
    path
}

fn picture(trace: &Path) -> String {
    sentence(|command| {
        command.arg(trace).args(["--at", "1h", "--screenshot", "never.png"]);
    })
}

#[test]
fn a_trace_that_cannot_be_read() {
    let whole = std::fs::read(&recorded()[0]).expect("a trace");
    assert!(picture(Path::new("no-such.trace")).starts_with("cannot read no-such.trace: "));
    assert!(picture(&file("picture.trace", b"\x89PNG\r\n")).contains("is not a trace"));
    let cut = picture(&file("cut.trace", &whole[..whole.len() / 2]));
    assert!(cut.contains("is cut off after") && cut.contains("record the run again"), "{cut}");
    let mut other = whole.clone();
    other[8] = 99;
    assert!(picture(&file("other.trace", &other)).contains("has format version 99"));
    let header = rehearsal_trace::Header { start: "2026-11-02 00:00".into(), ..Default::default() };
    let empty = rehearsal_trace::Writer::new(Vec::new(), &header).unwrap().into_inner().unwrap();
    assert!(picture(&file("empty.trace", &empty)).contains("holds no records"));
    assert!(!scratch().join("never.png").exists());
}

#[test]
fn two_runs_that_had_another_luck() {
    let header = rehearsal_trace::Header { start: "2026-11-02 00:00".into(), seed: 5, ..Default::default() };
    let mut writer = rehearsal_trace::Writer::new(Vec::new(), &header).unwrap();
    let what = rehearsal_trace::What::End { actor: 1 };
    writer.record(&rehearsal_trace::Record { at: 1, what }).unwrap();
    let other = file("luck.trace", &writer.into_inner().unwrap());
    let said = sentence(|command| {
        command.arg(&recorded()[0]).arg(&other).args(["--at", "1h", "--screenshot", "never.png"]);
    });
    assert!(said.contains("cannot be compared") && said.contains("record both with the same scenario"), "{said}");
}

#[test]
fn a_request_that_the_run_cannot_meet() {
    let said = |arguments: &[&str]| {
        sentence(|command| {
            command.arg(&recorded()[0]).args(arguments);
        })
    };
    assert!(said(&["--at", "30d", "--screenshot", "a.png"]).contains("lies after the end of the run, Wed 11 Nov 00:00"));
    assert!(said(&["--at", "soon", "--screenshot", "a.png"]).contains("`soon` is not understood"));
    assert!(said(&["--at", "1h", "--choose", "drivr/17", "--screenshot", "a.png"]).contains("driver/17 is"));
    assert!(said(&["--at", "1h", "--screenshot", "a.jpg"]).contains("is not a .png"));
    assert!(said(&["--at", "1h", "--screenshot", "no/such/folder/a.png"]).starts_with("cannot write no/such/folder/a.png"));
    assert!(said(&["--video", "a.gif", "--from", "1h", "--to", "2h"]).contains("is not an .apng or an .mp4"));
    assert!(said(&["--video", "a.apng", "--from", "2h", "--to", "2h"]).contains("does not come after"));
    let blind = sentence(|command| {
        command.arg(&recorded()[0]).args(["--video", "a.mp4", "--from", "1h", "--to", "2h"]).env("PATH", "/nowhere");
    });
    assert!(blind.contains("needs ffmpeg") && blind.contains(".apng"), "{blind}");
}

#[test]
fn a_machine_that_cannot_draw() {
    let blind = sentence(|command| {
        command.arg(&recorded()[0]).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
    });
    assert!(blind.starts_with("there is no display"), "{blind}");
    let driverless = sentence(|command| {
        command.arg(&recorded()[0]).args(["--at", "1h", "--screenshot", "a.png"]);
        // No driver under these names; the loader looks nowhere else.
        command.env("VK_DRIVER_FILES", "/nowhere.json").env("VK_ICD_FILENAMES", "/nowhere.json").env("WGPU_BACKEND", "vulkan");
    });
    assert!(driverless.contains("mesa-vulkan-drivers"), "{driverless}");
}

#[test]
fn a_feed_that_is_none() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its number").to_string();
    let said = |address: &str| {
        sentence(|command| {
            command.args(["--live", address, "--screenshot", "a.png"]);
        })
    };
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a guest");
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").expect("an answer");
    });
    let strange = said(&address);
    assert!(strange.starts_with(&format!("{address} tells no run: ")), "{strange}");
    server.join().expect("it answered");
    // Nobody listens there any more.
    let closed = said(&address);
    assert!(closed.starts_with(&format!("no feed at {address}: ")), "{closed}");
}
