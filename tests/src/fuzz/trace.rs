//! A trace: opened whole and in part, and read in every way there is.
//!
//! Most changes are found by a checksum, so the same bytes are read once more with their checksums put right.

use rehearsal_export::{Selection, TraceExport, TraceFormat};
use rehearsal_scenario::Scenario;
use rehearsal_trace::{Filter, Reader, TraceError, map_svg, story, write_ndjson};
use std::fs;

/// Records that are read of one trace.
const RECORDS_MAX: usize = 10_000;

/// Where a trace's first frame begins, how long the head of a frame is, where its checksum stands, and how long the end of
/// a file is \[bytes\].
const START: usize = 10;
const HEAD: usize = 34;
const CHECKSUM: usize = 30;
const END: usize = 20;

/// Reads bytes as they are, and with their checksums put right.
pub(super) fn feed(bytes: &[u8]) {
    read(bytes.to_vec());
    let mut bytes = bytes.to_vec();
    sealed(&mut bytes);
    read(bytes);
}

fn read(bytes: Vec<u8>) {
    let part = Reader::from_bytes_partial(bytes.clone());
    for reader in [Reader::from_bytes(bytes), part] {
        match reader {
            // What can be opened may still be damaged further on.
            Ok(reader) => drop(walk(&reader)),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// All that a reader offers.
fn walk(reader: &Reader) -> Result<(), TraceError> {
    let (end, middle) = (reader.end(), reader.end() / 2);
    let actors = reader.actors()?;
    for record in reader.records().take(RECORDS_MAX) {
        record?;
    }
    for record in reader.records_from(middle).take(100) {
        assert!(record?.at >= middle, "a record before the moment that was asked for");
    }
    for at in [0, middle, end, u64::MAX] {
        reader.state_at(at)?;
        map_svg(reader, at, (300, 200))?;
    }
    if reader.len() <= RECORDS_MAX as u64 {
        write_ndjson(reader, std::io::sink(), &Filter::default())?;
        for actor in actors.values().take(3) {
            story(reader, &actor.name, std::io::sink())?;
        }
        export(reader, middle);
    }
    Ok(())
}

/// What is exported is a whole document, or why not is said.
fn export(reader: &Reader, middle: u64) {
    for (format, from) in
        [(TraceFormat::Ocel, 0), (TraceFormat::Chrome, 0), (TraceFormat::Chrome, middle), (TraceFormat::GeoJson, 0)]
    {
        let selection = Selection { from, texts: true, ..Selection::default() };
        let mut bytes = Vec::new();
        match (TraceExport { format, selection, sample: 20 }).write(reader, &mut bytes, &mut |_, _| {}) {
            Ok(_) => assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok(), "{format:?} is no JSON"),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
}

/// Puts the checksums of all frames right, as far as their lengths lead from one to the next, and that of the end.
pub fn sealed(bytes: &mut [u8]) {
    let mut at = START;
    while let Some(head) = bytes.get(at..at + HEAD) {
        let stored = u32::from_le_bytes(head[2..6].try_into().expect("4 bytes")) as usize;
        let Some(next) = at.checked_add(HEAD).and_then(|payload| payload.checked_add(stored)).filter(|next| *next <= bytes.len())
        else {
            break;
        };
        let mut hasher = crc32fast::Hasher::new();
        hasher.update(&bytes[at..at + CHECKSUM]);
        hasher.update(&bytes[at + HEAD..next]);
        let checksum = hasher.finalize().to_le_bytes();
        bytes[at + CHECKSUM..at + HEAD].copy_from_slice(&checksum);
        at = next;
    }
    if let Some(end) = bytes.len().checked_sub(END) {
        let checksum = crc32fast::hash(&bytes[end..end + 8]).to_le_bytes();
        bytes[end + 8..end + 12].copy_from_slice(&checksum);
    }
}

/// The trace of a run of the scenario in `text`, under its last policy.
///
/// # Panics
/// When the scenario cannot be loaded and run.
#[must_use]
pub fn recorded(text: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (file, trace) = (folder.path().join("story.ron"), folder.path().join("story.trace"));
    fs::write(&file, text).expect("a file in a temporary folder");
    let scenario = Scenario::load(&file, &[]).unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)));
    scenario.rehearse(scenario.policies().len() - 1, 1, 0, Some(&trace)).expect("it runs");
    fs::read(&trace).expect("the trace")
}
