//! Runs an experiment as a person asked for it: until it is precise, kept in a file, watched, and stopped by Ctrl-C.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rehearsal_experiment::{
    Better, Conduct, Design, Detail, Ending, Journal, Keep, Measure, Precision, Rehearsal, Results, Selecting, Selection, Target,
    Yield,
};

use crate::failure::Failure;
use crate::names::{nearest, quoted};
use crate::progress::{Shown, say};
use crate::scenario::Loaded;

/// Whether Ctrl-C was pressed.
static STOP: AtomicBool = AtomicBool::new(false);

/// What was asked for beyond the design.
#[derive(Debug, Default)]
pub(crate) struct Asked<'a> {
    /// What has to be known how well, as it was written: `5%`, or `wait=0.5`.
    pub(crate) precision: &'a [String],
    /// The most replications of each policy, where a precision is asked for.
    pub(crate) most: u32,
    /// The file in which finished runs are kept.
    pub(crate) resume: Option<&'a Path>,
    /// Into how many stretches courses are cut, where detail is asked for.
    pub(crate) stretches: Option<usize>,
}

/// Runs the experiment. Stopped early, it gives the results of what is done, if that is anything.
pub(crate) fn conduct(scenario: &Loaded, design: &Design, asked: &Asked<'_>) -> Result<Results, Failure> {
    let precision = precisions(asked.precision, scenario.measures())?;
    let kept = kept(scenario, design, asked)?;
    let how = Conduct {
        precision: &precision,
        most: asked.most,
        stretches: asked.stretches,
        kept: kept.as_ref().map(|kept| kept as &dyn Keep),
        stop: Some(listen()),
    };
    watch(scenario, design, &how)
}

/// Finds the best policy. Stopped early, it says so.
pub(crate) fn selected(
    scenario: &Loaded,
    design: &Design,
    selecting: &Selecting,
    asked: &Asked<'_>,
) -> Result<Selection, Failure> {
    let kept = kept(scenario, design, asked)?;
    let count = design.policies.len();
    let shown = Shown::begin(&format!("{}: {count} policies, {} replications first", scenario.name(), design.replications));
    let kept = kept.as_ref().map(|kept| kept as &dyn Keep);
    let found = rehearsal_experiment::select(scenario, design, selecting, kept, Some(listen()), &shown);
    shown.end();
    Ok(found?)
}

/// The file of finished runs, opened, where one is named.
fn kept<'s>(scenario: &'s Loaded, design: &Design, asked: &Asked<'_>) -> Result<Option<Kept<'s>>, Failure> {
    let Some(path) = asked.resume else { return Ok(None) };
    let journal = Journal::open(path, scenario, &scenario.fingerprint(), design.seed, asked.stretches)
        .map_err(|error| Failure::Input(error.to_string()))?;
    if journal.count() > 0 {
        say(&format!("{} finished runs are in {}", journal.count(), path.display()));
    }
    Ok(Some(Kept { journal, scenario }))
}

/// Finished runs, but for those that are to be recorded: they have to be run.
struct Kept<'s> {
    journal: Journal,
    scenario: &'s Loaded,
}

impl Keep for Kept<'_> {
    fn find(&self, policy: usize, replication: u64) -> Option<Yield> {
        self.journal.find(policy, replication).filter(|_| !self.scenario.is_recorded(policy, replication))
    }

    fn keep(&self, policy: usize, replication: u64, found: &Yield) -> std::io::Result<()> {
        self.journal.keep(policy, replication, found)
    }
}

/// Runs a design on any model, with its progress on standard error.
pub(crate) fn watch<R: Rehearsal>(model: &R, design: &Design, how: &Conduct<'_>) -> Result<Results, Failure> {
    watch_in_detail(model, design, how).map(|(results, _)| results)
}

/// As [`watch`], with the detail of each run, by policy and replication.
pub(crate) fn watch_in_detail<R: Rehearsal>(
    model: &R,
    design: &Design,
    how: &Conduct<'_>,
) -> Result<(Results, Vec<Vec<Detail>>), Failure> {
    let count = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
    let policies = count(design.policies.len(), "policy", "policies");
    let replications = count(design.replications as usize, "replication", "replications");
    let least = if how.precision.is_empty() { "" } else { "at least " };
    let threads = count(design.jobs, "thread", "threads");
    let shown = Shown::begin(&format!("{}: {policies} x {least}{replications} on {threads}", model.name()));
    let results = rehearsal_experiment::conduct_in_detail(model, design, how, &shown);
    shown.end();
    Ok(results?)
}

/// The failure to end with where the experiment was stopped: what there is, and how to go on.
pub(crate) fn stopped(results: &Results, resume: Option<&Path>) -> Result<(), Failure> {
    let Ending::Stopped { asked } = results.ending else { return Ok(()) };
    let go_on = match resume {
        Some(path) => format!("the same command goes on where it was: finished runs are in {}", quoted(&path.to_string_lossy())),
        None => "with --resume FILE finished runs are kept, and the same command goes on where it was".into(),
    };
    Err(Failure::Stopped(format!("stopped after {} of {asked} replications; {go_on}", results.replications)))
}

/// Listens to Ctrl-C, and to being asked to end: the first time to finish the runs that have begun, the second time at once.
pub(crate) fn listen() -> &'static AtomicBool {
    // Only one can listen; where that is not possible, the system ends the program.
    let _ = ctrlc::set_handler(|| {
        if STOP.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        say("stopping: the runs that have begun are finished first; press Ctrl-C again to end at once");
    });
    &STOP
}

/// The place of a measure by its name.
pub(crate) fn measure_named(asked: &str, name: &str, measures: &[Measure]) -> Result<usize, Failure> {
    measures.iter().position(|measure| measure.name == name).ok_or_else(|| {
        let hint = nearest(name, measures.iter().map(|measure| measure.name.as_str()));
        Failure::Input(format!("{asked}: no measure is called `{name}`; {hint}"))
    })
}

/// What `--precision` asks for.
fn precisions(texts: &[String], measures: &[Measure]) -> Result<Vec<Precision>, Failure> {
    let mut all = Vec::new();
    for text in texts {
        let (name, target) = match text.split_once('=') {
            Some((name, target)) => (Some(name.trim()), target.trim()),
            None => (None, text.trim()),
        };
        let refused = |why: &str| Failure::Input(format!("--precision {text}: {why}; write a share such as 5%, or MEASURE=0.5"));
        let (number, relative) = target.strip_suffix('%').map_or((target, false), |share| (share.trim_end(), true));
        let number: f64 = number.parse().map_err(|_| refused(&format!("`{target}` is no number")))?;
        if !(number.is_finite() && number > 0.0) {
            return Err(refused("half of an interval is wider than 0"));
        }
        let target = if relative { Target::Relative(number / 100.0) } else { Target::Absolute(number) };
        match name {
            Some(name) => {
                let measure = measure_named(&format!("--precision {text}"), name, measures)?;
                all.push(Precision { measure, target });
            }
            None if !relative => return Err(refused("measures differ in their units, so say which one is meant")),
            None => {
                let wanted = measures.iter().enumerate().filter(|(_, measure)| measure.better != Better::Neither);
                all.extend(wanted.map(|(measure, _)| Precision { measure, target }));
            }
        }
    }
    if !texts.is_empty() && all.is_empty() {
        return Err(Failure::Input("--precision: no measure has a better side; name one, as in MEASURE=5%".into()));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure(name: &str, better: Better) -> Measure {
        Measure { name: name.into(), label: name.into(), unit: "h".into(), better }
    }

    #[test]
    fn precisions_are_shares_of_all_or_of_one_measure() {
        let measures = [measure("wait", Better::Lower), measure("load", Better::Neither)];
        let asked = |text: &str| precisions(&[text.to_owned()], &measures).map_err(|failure| failure.to_string());
        assert_eq!(asked("5%").unwrap(), [Precision { measure: 0, target: Target::Relative(0.05) }]);
        assert_eq!(asked("load=0.5").unwrap(), [Precision { measure: 1, target: Target::Absolute(0.5) }]);
        assert_eq!(asked(" wait = 2 % ").unwrap(), [Precision { measure: 0, target: Target::Relative(0.02) }]);
        let refused = |text: &str, why: &str| assert!(asked(text).unwrap_err().contains(why), "{:?}", asked(text));
        refused("0.5", "say which one is meant");
        refused("wiat=1", "did you mean `wait`?");
        refused("wait=-1", "wider than 0");
        refused("wait=NaN", "wider than 0");
        refused("wait=2h", "`2h` is no number");
        assert!(precisions(&["5%".to_owned()], &measures[1..]).is_err());
    }
}
