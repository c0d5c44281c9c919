//! Looks at a scenario that compiles for what is certainly wrong, or looks like a slip.
//!
//! Two sorts of findings. **Faults** are what would stop every run in which it comes to pass: a chance above 1, a group
//! that asks for one born later, messages that chase each other. **Warnings** are advice: what nothing uses or leads to.
//! Each is silent where it cannot be sure: a name that stands anywhere at all counts as used. Nothing here changes what
//! the scenario compiles to.

mod births;
mod claims;
mod constants;
mod contacts;
mod rings;
mod states;
mod tables;
mod uses;
pub(crate) mod walk;

pub(crate) use walk::every as every_node;

use crate::definitions::Definitions;
use crate::fault::{Collector, Faults};
use crate::tables::Tables;
use crate::tree::Node;

impl Tables {
    /// Adds faults that only show once everything has been compiled.
    pub(crate) fn find_certain_faults(&mut self, definitions: &Definitions, scenario: &Node) {
        self.constants(definitions);
        if self.incomplete {
            return;
        }
        self.births(definitions, scenario);
        self.rings();
    }

    /// All advice about a scenario without faults.
    pub(crate) fn warn(&mut self, definitions: &Definitions) -> Faults {
        let mut found = Vec::new();
        self.unreached_states(&mut found);
        self.unused(definitions, &mut found);
        self.idle_claims(definitions, &mut found);
        self.idle_contact_words(definitions, &mut found);
        self.idle_tables(&mut found);
        let mut warnings = Collector::default();
        // What the library shares is not for one scenario to tidy up.
        for fault in found.into_iter().filter(|fault| fault.at.is_none_or(|at| !self.shared.contains(&at.source))) {
            warnings.add(fault.warning());
        }
        warnings.finish(self.sources.clone())
    }
}
