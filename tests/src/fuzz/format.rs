//! The text of a file, laid out: it means the same (which the formatter asserts itself), and stays as it is laid out.

use rehearsal_scenario::format;

/// Lays a text out twice.
pub(super) fn feed(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match format("input.ron", text) {
        Ok(once) => {
            let twice = format("input.ron", &once).unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)));
            assert_eq!(twice, once, "laid out once and twice");
        }
        Err(faults) => assert!(!faults.render(false, 120).is_empty(), "refused without a reason"),
    }
}
