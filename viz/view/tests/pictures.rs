//! Pictures of the broken-down car, drawn without a window and held against pictures that were looked at.
//!
//! Software Vulkan of another version, or a graphics card, smooths edges a little otherwise. A pixel counts as different
//! beyond [`STEP`], and [`SHARE`] of them may be. That this tells a picture from one of another minute is tested as well.
//!
//! `UPDATE_EXPECT=1` writes the pictures anew: look at them before they are committed.

mod common;

use common::{Picture, quietly, recorded, scratch, view};
use std::path::{Path, PathBuf};

/// How much a pixel may differ, of 255, in red, green and blue.
const STEP: u8 = 40;
/// How many pixels may differ more than that.
const SHARE: f64 = 0.002;

fn drawn(name: &str, policies: usize, arguments: &[&str]) -> PathBuf {
    let file = scratch().join(format!("{name}.png"));
    quietly(view().args(&recorded()[..policies]).args(arguments).arg("--screenshot").arg(&file));
    file
}

#[track_caller]
fn held(name: &str, policies: usize, arguments: &[&str]) -> Picture {
    let file = drawn(name, policies, arguments);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures").join(format!("{name}.png"));
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::copy(&file, &golden).expect("the picture is kept");
    }
    let (found, expected) = (Picture::open(&file), Picture::open(&golden));
    let share = found.differs(&expected, STEP);
    assert!(
        share <= SHARE,
        "{} differs from {} in {:.2} % of its pixels; look at both, and write it anew with UPDATE_EXPECT=1 if it is right",
        file.display(),
        golden.display(),
        share * 100.0
    );
    found
}

/// Two policies on the way to school, all of the map.
const SCHOOL_RUN: [&str; 4] = ["--at", "5 Nov 08:12", "--size", "1024x640"];

#[test]
fn on_the_way_to_school() {
    let found = held("school-run", 2, &SCHOOL_RUN);
    let minute_later = drawn("school-run-later", 2, &["--at", "5 Nov 08:13", "--size", "1024x640"]);
    let share = found.differs(&Picture::open(&minute_later), STEP);
    assert!(share > 2.0 * SHARE, "a minute later {:.2} % of the pixels differ: the tolerance is no test", share * 100.0);
}

#[test]
fn the_same_moment_is_the_same_picture() {
    let [one, other] = ["once", "again"].map(|name| drawn(name, 2, &SCHOOL_RUN));
    assert!(std::fs::read(one).unwrap() == std::fs::read(other).unwrap());
}
