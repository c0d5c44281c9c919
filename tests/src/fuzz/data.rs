//! A file of data, a table or an event log, read by a scenario that asks for all that there may be in it.

use rehearsal_scenario::Scenario;
use std::cell::RefCell;
use std::fs;
use tempfile::TempDir;

/// Asks for columns, series and rows by the names that the seeds have; `FILE` is the file.
const READER: &str = r#"[
    Scenario(title: "A reader", start: "2026-11-02 00:00", length: "1d", groups: { readers: Group(kind: reader, count: 1) }),
    Column(name: waits, file: "FILE", column: "actual", unit: min, missing: Skip),
    Column(name: pages, file: "FILE", column: "pages"),
    Series(name: rain, file: "FILE", time: "time", value: "millimetres", read: Lines),
    Series(name: hours, file: "FILE", time: "time", value: "pages", time_unit: h),
    Rows(name: items, file: "FILE", columns: { name: Name, cost: Money(EUR), sales: Number }),
    DEFINITIONS
    Kind(name: reader),
    Measures({ none: Count(of: Enters("reader.gone")) }),
]"#;

/// Of an event log only.
const EVENTS: &str = r#"Column(name: claims, file: "FILE", from: "register", to: "decide"),"#;

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(tempfile::tempdir().expect("a temporary folder"));
}

/// Reads bytes as an event log where they begin as one, and as a table elsewhere.
pub(super) fn feed(bytes: &[u8]) {
    let log = bytes.trim_ascii_start().starts_with(b"<");
    let (file, events) = if log { ("input.xes", EVENTS) } else { ("input.csv", "") };
    FOLDER.with_borrow(|folder| {
        fs::write(folder.path().join(file), bytes).expect("a file in a temporary folder");
        let reader = folder.path().join("reader.ron");
        fs::write(&reader, READER.replace("DEFINITIONS", events).replace("FILE", file)).expect("a file in a temporary folder");
        // No file has all of it, so there is always something to say.
        let Err(faults) = Scenario::load(&reader, &[]) else { panic!("a state that is not there was found") };
        assert!(!faults.faults.is_empty() && !faults.render(false, 120).is_empty());
    });
}
