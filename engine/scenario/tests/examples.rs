//! The examples do what they say, and the guide quotes them.

#[allow(dead_code, reason = "an example too, whose own ending is not played here")]
#[path = "../examples/look_ahead.rs"]
pub(crate) mod look_ahead;

use std::path::Path;

fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn guide() -> String {
    text("../../docs/src/guide/snapshots.md")
}

#[test]
fn the_guide_shows_what_compiles() {
    let source = text("examples/look_ahead.rs");
    let source: Vec<&str> = source.lines().map(str::trim).collect();
    let guide = guide();
    let blocks = guide.split("```rust\n").skip(1).map(|rest| rest.split("```").next().unwrap_or_default());
    let mut seen = 0;
    for block in blocks {
        let lines: Vec<&str> = block.lines().map(str::trim).collect();
        let stands = source.windows(lines.len()).any(|window| window == lines);
        assert!(!lines.is_empty() && stands, "not in the example:\n{block}");
        seen += 1;
    }
    assert!(seen >= 3, "the guide shows almost nothing: {seen} blocks");
}

#[test]
fn the_guide_shows_what_the_example_prints() {
    let guide = guide();
    for line in look_ahead::lines(&look_ahead::few_drivers().unwrap()).unwrap() {
        assert!(guide.lines().any(|shown| shown == line), "snapshots.md does not show: {line}");
    }
}
