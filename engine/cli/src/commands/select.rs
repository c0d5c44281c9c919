//! `rehearsal select`: the best of several policies, with a guaranteed probability.

use std::io::Write;

use rehearsal_experiment::{Design, Rehearsal, Selecting, output};

use super::run::{chosen, cores};
use crate::arguments::{SelectArguments, TextFormat};
use crate::conduct::{Asked, measure_named, selected};
use crate::failure::Failure;
use crate::scenario::Loaded;
use crate::terminal;

/// Finds the best policy and says so.
pub(crate) fn select(arguments: &SelectArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    let scenario = Loaded::load(&arguments.scenario, &arguments.settings)?;
    let policies = chosen(&arguments.policies, scenario.policies())?;
    let measure = measure_named("--measure", &arguments.measure, scenario.measures())?;
    let asked = Selecting {
        measure,
        indifference: arguments.indifference,
        confidence: arguments.confidence,
        most: arguments.max_replications,
    };
    let design = Design {
        policies,
        replications: arguments.first,
        seed: arguments.seed.unwrap_or_else(|| scenario.seed()),
        jobs: arguments.jobs.unwrap_or_else(cores),
    };
    let kept = Asked { resume: arguments.resume.as_deref(), ..Asked::default() };
    let found = selected(&scenario, &design, &asked, &kept)?;
    let (name, seed, measure) = (scenario.name(), design.seed, &scenario.measures()[measure]);
    let text = match arguments.format {
        TextFormat::Json => output::selection_json(name, seed, measure, &asked, &found),
        TextFormat::Human => {
            let look = output::Look { width: terminal::width_out(), color: terminal::colors_out() };
            output::selection(name, seed, measure, &asked, &found, &look)
        }
    };
    out.write_all(text.as_bytes())?;
    out.flush()?;
    match found.was_stopped {
        true => Err(Failure::Stopped("stopped before it was decided".into())),
        false => Ok(()),
    }
}
