//! Shows how to look at what a scenario compiles to: `programs scenarios/broken-down-car`.

use std::path::Path;

use rehearsal_scenario::Scenario;

#[allow(clippy::print_stdout, reason = "an example prints")]
fn main() -> Result<(), String> {
    let folder = std::env::args().nth(1).ok_or("which scenario: give its folder")?;
    let scenario = Scenario::load(Path::new(&folder), &[]).map_err(|faults| faults.render(false, 100))?;
    println!("{}", scenario.listing());
    Ok(())
}
