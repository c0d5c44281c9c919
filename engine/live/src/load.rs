//! The scenario of a twin, loaded as twins need it.

use crate::folder::Manifest;
use rehearsal_scenario::{Faults, Mode, Natives, Scenario, Trying};
use std::path::Path;

/// Loads the scenario in a folder for a twin: it begins when the twin does, minds of policies can take each other's places, and
/// texts to people are written.
///
/// # Errors
/// All faults of the scenario.
pub fn load(path: &Path, manifest: &Manifest, natives: &Natives, modes: &[(String, Mode)]) -> Result<Scenario, Faults> {
    let trying = Trying { modes: modes.to_vec(), start: Some(manifest.start.clone()), remembers_all: true, ..Trying::default() };
    let mut scenario = Scenario::load_trying(path, &manifest.settings, natives, &trying)?;
    scenario.measure_from_the_start();
    scenario.record_texts();
    Ok(scenario)
}
