//! `rehearsal steady`: how long a model takes to forget how it began.

use std::io::Write;

use rehearsal_experiment::{Conduct, Design, Detail, Rehearsal, output, settle};

use super::run::{chosen, cores};
use crate::arguments::{SteadyArguments, TextFormat};
use crate::conduct::watch_in_detail;
use crate::failure::Failure;
use crate::files::replace;
use crate::progress::say;
use crate::scenario::Loaded;
use crate::terminal;

/// Looks at the courses of all measures and says how long they take to settle.
pub(crate) fn steady(arguments: &SteadyArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    let mut scenario = Loaded::load(&arguments.scenario, &arguments.settings)?;
    let named: Vec<String> = arguments.policy.iter().cloned().collect();
    let policy = chosen(&named, scenario.policies())?[0];
    let period = scenario.period().ok_or_else(|| Failure::Ours("a scenario has no period".into()))?;
    scenario.measure_from_the_start();
    let design = Design {
        policies: vec![policy],
        replications: arguments.replications.unwrap_or_else(|| scenario.replications()),
        seed: arguments.seed.unwrap_or_else(|| scenario.seed()),
        jobs: arguments.jobs.unwrap_or_else(cores),
    };
    let how = Conduct { stretches: Some(arguments.stretches), ..Conduct::default() };
    let details = watch_in_detail(&scenario, &design, &how)?.1.remove(0);
    let details: Vec<&Detail> = details.iter().collect();
    let measures = scenario.measures().iter().cloned().enumerate();
    let found = output::Steady {
        scenario: scenario.name().to_owned(),
        policy: scenario.policies()[policy].clone(),
        seed: design.seed,
        replications: details.len(),
        period,
        stretches: arguments.stretches,
        measures: measures.map(|(number, measure)| (measure, settle(&details, number))).collect(),
    };
    if let Some(file) = &arguments.svg {
        replace(file, output::steady_svg(&found).as_bytes())?;
        say(&format!("drawn in {}", file.display()));
    }
    let text = match arguments.format {
        TextFormat::Json => output::steady_json(&found),
        TextFormat::Human => {
            output::steady(&found, &output::Look { width: terminal::width_out(), color: terminal::colors_out() })
        }
    };
    Ok(out.write_all(text.as_bytes())?)
}
