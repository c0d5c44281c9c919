//! `rehearsal fork`: the futures of a twin under several policies, from a folder or from one at work.

use std::io::Write;
use std::path::{Path, PathBuf};

use rehearsal_experiment::{Results, output};
use rehearsal_live::folder::{Folder, Manifest};
use rehearsal_live::fork::{Asked, compare};
use rehearsal_live::moments::Origin;
use rehearsal_live::replay::{Replay, manifest_of, replay};
use rehearsal_live::{load, moments};
use rehearsal_scenario::{Natives, Scenario};

use crate::arguments::{ForkArguments, ResultFormat};
use crate::failure::Failure;
use crate::progress::{Shown, say};
use crate::scenario::told;
use crate::terminal;

/// Looks ahead and writes what was seen.
pub(crate) fn fork(arguments: &ForkArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    if arguments.twin.starts_with("http://") || arguments.twin.starts_with("https://") {
        return ask(arguments, out);
    }
    let folder = Folder::at(Path::new(&arguments.twin));
    let (scenario, _) = of(&folder, arguments.scenario.as_deref())?;
    let origin = Origin::of(&scenario);
    let until = arguments.at.as_deref().map(|at| moment(at, origin)).transpose()?;
    let failed = |error: rehearsal_live::LiveError| Failure::Input(error.to_string());
    let found = replay(&scenario, &folder, &Replay { until, ..Replay::default() }).map_err(failed)?;
    let from = origin.told(found.host.now());
    let after = found.host.sequence();
    say(&format!("{} as it stood on {from}, after entry {after} of its journal", scenario.name()));
    let policies = if arguments.policies.is_empty() { scenario.policies() } else { arguments.policies.clone() };
    let asked = Asked {
        policies,
        span: arguments.span,
        futures: arguments.futures,
        seed: arguments.seed,
        jobs: arguments.jobs.unwrap_or_else(super::run::cores),
        measures: arguments.measures.clone(),
    };
    let shown = Shown::begin(&format!("{}: {} policies, {} futures", scenario.name(), asked.policies.len(), asked.futures));
    let results = compare(&scenario, found.host.run(), &asked, &shown, Some(crate::conduct::listen()));
    shown.end();
    write(&results.map_err(failed)?, arguments.format, out)
}

/// Asks a twin at work.
fn ask(arguments: &ForkArguments, out: &mut dyn Write) -> Result<(), Failure> {
    if arguments.format == ResultFormat::Csv {
        return Err(Failure::Input("a twin at work answers as text or as JSON: give --format human or json".into()));
    }
    let question = serde_json::json!({
        "policies": arguments.policies, "for": format!("{}s", arguments.span as f64 / 1e9), "futures": arguments.futures,
        "measures": arguments.measures, "seed": arguments.seed, "at": arguments.at,
    });
    let url = format!("{}/forks", arguments.twin.trim_end_matches('/'));
    let accept = if arguments.format == ResultFormat::Human { "text/plain" } else { "application/json" };
    let asked = async {
        let client = rehearsal_connect::client(std::time::Duration::from_secs(600));
        let mut request = client.post(&url).insert_header(("accept", accept));
        if let Ok(token) = std::env::var("REHEARSAL_TOKEN") {
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        let failed = |error: &dyn std::fmt::Display| Failure::Input(format!("{url} cannot be asked: {error}"));
        let mut answer = request.send_json(&question).await.map_err(|error| failed(&error))?;
        let body = answer.body().limit(64 << 20).await.map_err(|error| failed(&error))?;
        let text = String::from_utf8_lossy(&body).into_owned();
        if answer.status().is_success() {
            return Ok(text);
        }
        let problem: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let why = problem["detail"].as_str().or(problem["title"].as_str()).unwrap_or("it gave no reason");
        Err(Failure::Input(format!("{url} answered {}: {why}", answer.status())))
    };
    let text = actix::System::new().block_on(asked)?;
    Ok(out.write_all(text.as_bytes())?)
}

fn write(results: &Results, format: ResultFormat, out: &mut dyn Write) -> Result<(), Failure> {
    let text = match format {
        ResultFormat::Json => output::json(results),
        ResultFormat::Csv => output::csv(results),
        ResultFormat::Human => {
            output::human(results, &output::Look { width: terminal::width_out(), color: terminal::colors_out() })
        }
    };
    Ok(out.write_all(text.as_bytes())?)
}

/// The scenario that a folder is the twin of.
pub(super) fn of(folder: &Folder, elsewhere: Option<&Path>) -> Result<(Scenario, Manifest), Failure> {
    let manifest = manifest_of(folder).map_err(|error| Failure::Input(error.to_string()))?;
    let path = elsewhere.map_or_else(|| PathBuf::from(&manifest.scenario), Path::to_owned);
    if !path.exists() {
        let remedy = "say where it is now with --scenario";
        return Err(Failure::Input(format!("the twin's scenario is not at {} any more: {remedy}", path.display())));
    }
    let modes = manifest.modes().map_err(Failure::Input)?;
    let scenario = load::load(&path, &manifest, &Natives::new(), &modes);
    let scenario = scenario.map_err(|faults| Failure::Faults(told(&faults, "fault", &path)))?;
    Ok((scenario, manifest))
}

/// A moment of the wall in the twin's world.
pub(super) fn moment(text: &str, origin: Origin) -> Result<u64, Failure> {
    let unix = moments::read(text).map_err(Failure::Input)?;
    let before = || Failure::Input(format!("{text} is before the twin begins, {}", origin.told(0)));
    origin.in_world(unix).ok_or_else(before)
}
