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

/// A car is dead: under one policy its driver is still on the telephone, under the other a truck tows it already.
#[test]
fn stranded_by_night_colours() {
    held("stranded", 2, &["--at", "9 Nov 08:05", "--choose", "driver/121", "--span", "3", "--dark", "--size", "1280x720"]);
}

/// One run, and a garage with what is in use there and who waits.
#[test]
fn at_the_garage() {
    held("garage", 1, &["--at", "9 Nov 11:00", "--choose", "dealer/5", "--span", "1.5", "--size", "1024x640"]);
}

/// The map alone, as large as screens are: text and marks are as large as the size asks for.
#[test]
fn on_the_largest_screens() {
    let file = drawn("large", 2, &["--at", "5 Nov 08:12", "--bare", "--size", "3840x2160"]);
    let picture = Picture::open(&file);
    assert_eq!(picture.size, (3840, 2160));
    // Roads, woods and people: more than a hundred colours, and in both halves.
    for half in [0, 1] {
        let row = |y: usize| &picture.pixels[(y * 3840 + half * 1920) * 3..(y * 3840 + (half + 1) * 1920) * 3];
        let colours: std::collections::BTreeSet<&[u8]> = (0..2160).flat_map(|y| row(y).chunks_exact(3)).collect();
        assert!(colours.len() > 100, "{} colours", colours.len());
    }
}

#[test]
fn the_same_moment_is_the_same_picture() {
    let [one, other] = ["once", "again"].map(|name| drawn(name, 2, &SCHOOL_RUN));
    assert!(std::fs::read(one).unwrap() == std::fs::read(other).unwrap());
}
