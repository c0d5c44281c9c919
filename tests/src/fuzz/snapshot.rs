//! A snapshot: changed, and given to the scenario that wrote it.
//!
//! A snapshot names the build that wrote it, so none can be kept. What is fed says instead what to change of one that is
//! written on the spot: four bytes for each change, of which three are a place and one is what it is changed by.

use rehearsal_scenario::{Scenario, Time};
use std::cell::OnceCell;

/// A small scenario in which somebody waits in every way that needs no map.
const STORY: &str = include_str!("waiting.ron");

/// Where the payload of a snapshot begins, and where its checksum and its length stand.
const HEADER: usize = 32;
const CHECKSUM: std::ops::Range<usize> = 12..16;
const LENGTH: std::ops::Range<usize> = 24..32;

thread_local! {
    static WRITTEN: OnceCell<(Scenario, Vec<u8>)> = const { OnceCell::new() };
}

/// Makes the changes, and restores the snapshot as it then is: with its checksum as it was, and with a right one.
pub(super) fn feed(changes: &[u8]) {
    WRITTEN.with(|written| {
        let (scenario, bytes) = written.get_or_init(write);
        let mut changed = bytes.clone();
        for change in changes.chunks_exact(4) {
            let place = u32::from_le_bytes([change[0], change[1], change[2], 0]) as usize % changed.len().max(1);
            match change[3] {
                // No change would be none; so a snapshot is cut off instead.
                0 => changed.truncate(place),
                by => {
                    if let Some(byte) = changed.get_mut(place) {
                        *byte ^= by;
                    }
                }
            }
        }
        if changed == *bytes {
            let restored = scenario.restore(bytes).unwrap_or_else(|error| panic!("what was saved is not restored: {error}"));
            assert!(restored.snapshot().expect("it is saved") == *bytes, "restored and saved, it is another");
            return;
        }
        assert!(scenario.restore(&changed).is_err(), "a change was not found by the checksum");
        if changed.len() >= HEADER {
            sign(&mut changed);
            // It may be a state that is as possible. What its rows say is believed, so it is not run.
            if let Err(error) = scenario.restore(&changed) {
                assert!(!error.to_string().is_empty());
            }
        }
    });
}

/// A run of the scenario, stopped half-way and saved.
fn write() -> (Scenario, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("waiting.ron");
    std::fs::write(&file, STORY).expect("a file in a temporary folder");
    let scenario = Scenario::load(&file, &[]).unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)));
    let mut run = scenario.start("as_it_is", 1, 0).expect("it begins");
    run.run_until(Time::from_seconds(run.end().as_seconds() / 2.0).expect("a moment")).expect("it runs");
    let bytes = run.snapshot().expect("it is saved");
    drop(run);
    (scenario, bytes)
}

/// Gives a payload the header that it would have been written with.
fn sign(bytes: &mut [u8]) {
    let length = (bytes.len() - HEADER) as u64;
    let checksum = crc32fast::hash(&bytes[HEADER..]);
    bytes[CHECKSUM].copy_from_slice(&checksum.to_le_bytes());
    bytes[LENGTH].copy_from_slice(&length.to_le_bytes());
}
