//! The text of an expression: read, compiled in a small scope, and run.

use super::stage::Stage;
use rehearsal_language::parser::{self, LENGTH_MAX};
use std::cell::RefCell;

thread_local! {
    /// The scope is made once: that costs more than an expression does.
    static STAGE: RefCell<Stage> = RefCell::new(Stage::new());
}

/// Reads, compiles and runs a text; what it is printed as has to be read as the same again.
pub(super) fn feed(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let tree = match parser::parse(text) {
        Ok(tree) => tree,
        Err(faults) => {
            assert!(!faults.is_empty(), "a text is refused without a reason: {text}");
            for fault in faults {
                assert!(!fault.message.is_empty() && (fault.span.end as usize) <= text.len(), "{text}: {fault:?}");
                // The place of a fault is shown, so it has to lie between characters.
                assert!(text.get(fault.span.start as usize..fault.span.end as usize).is_some(), "{text}: {fault:?}");
            }
            return;
        }
    };
    let printed = tree.to_string();
    if printed.len() <= LENGTH_MAX {
        let again = parser::parse(&printed).unwrap_or_else(|faults| panic!("`{text}` is printed as `{printed}`: {faults:?}"));
        assert_eq!(again.to_string(), printed, "`{text}` is printed in two ways");
    }
    STAGE.with_borrow_mut(|stage| {
        stage.sites.clear();
        stage.drawn.clear();
        if let Ok(compiled) = stage.compile_tree(&tree, None) {
            let first = stage.run(&compiled).map_err(|fault| fault.to_string());
            if stage.replayed == 0 {
                let again = stage.run(&compiled).map_err(|fault| fault.to_string());
                assert_eq!(again, first, "`{text}` comes out in two ways");
            }
            stage.replayed = 0;
        }
    });
}
