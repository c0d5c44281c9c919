//! `rehearsal calibrate`: laws of chance fitted to what was seen.

mod change;
mod diff;
mod sightings;

use std::io::Write;
use std::path::Path;

use rehearsal_experiment::fit::{Family, FitError, Fitted, Seen, fit, fitness, likeness};
use rehearsal_experiment::output::{
    Calibrated, Calibration, Changed, Found, LawPicture, Look, calibration, calibration_json, law_picture,
};
use rehearsal_scenario::{Law, Parameter, Scenario, Sighting};

use self::change::Change;
use crate::arguments::{CalibrateArguments, TextFormat};
use crate::failure::Failure;
use crate::files::replace;
use crate::names::nearest;
use crate::progress::say;
use crate::scenario::told;
use crate::terminal;

/// Fits what can be fitted, tells it, and changes what was asked for.
pub(crate) fn calibrate(arguments: &CalibrateArguments, out: &mut dyn Write) -> Result<(), Failure> {
    terminal::choose_color(arguments.color);
    let scenario = load(&arguments.scenario)?;
    let wanted = wanted(scenario.laws(), &arguments.laws)?;
    if let Some(folder) = &arguments.out {
        change::room(folder)?;
    }
    let seen = sightings::read(&scenario, &arguments.files)?;
    let laws = scenario.laws().iter().zip(&seen.found).zip(&wanted);
    let mut found: Vec<(usize, Calibrated)> = Vec::new();
    for (number, ((law, sightings), wanted)) in laws.enumerate() {
        if *wanted {
            found.push((number, one(arguments, law, sightings, seen.from_records)));
        }
    }
    let change = change::of(&scenario, &found, arguments.library);
    if let Some(folder) = &arguments.pictures {
        draw(folder, &scenario, &found, &seen.found)?;
    }
    let sources = arguments.files.iter().map(|file| file.display().to_string()).collect();
    let told = Calibration {
        scenario: scenario.name().to_owned(),
        sources,
        seed: arguments.seed,
        least: arguments.least as usize,
        laws: found.into_iter().map(|(_, law)| law).collect(),
        diff: change.diff(),
    };
    let text = match (arguments.json, arguments.format) {
        (true, _) | (_, TextFormat::Json) => calibration_json(&told),
        _ => {
            let look = Look { width: terminal::width_out(), color: terminal::colors_out() };
            let shows = !arguments.write && arguments.out.is_none() && !told.diff.is_empty();
            calibration(&told, &look) + &if shows { format!("\n{}", told.diff) } else { String::new() }
        }
    };
    // What fails leaves no result behind.
    let fitted = told.laws.iter().any(|law| law.found.is_ok());
    let done = if fitted { carry_out(arguments, &scenario, &change)? } else { Vec::new() };
    out.write_all(text.as_bytes())?;
    out.flush()?;
    done.iter().for_each(|line| say(line));
    if fitted { Ok(()) } else { Err(Failure::Nothing("no law could be fitted: the reasons stand above".into())) }
}

fn load(folder: &Path) -> Result<Scenario, Failure> {
    Scenario::load(folder, &[]).map_err(|faults| Failure::Faults(told(&faults, "fault", folder)))
}

/// Which laws are asked for.
fn wanted(laws: &[Law], asked: &[String]) -> Result<Vec<bool>, Failure> {
    let is = |law: &Law, name: &String| law.path == *name || law.path.starts_with(&format!("{name}/"));
    if let Some(name) = asked.iter().find(|name| !laws.iter().any(|law| is(law, name))) {
        let hint = nearest(name, laws.iter().map(|law| law.path.as_str()));
        return Err(Failure::Input(format!("--law {name}: the scenario has no such law; {hint}")));
    }
    Ok(laws.iter().map(|law| asked.is_empty() || asked.iter().any(|name| is(law, name))).collect())
}

/// What is found of a law.
fn one(arguments: &CalibrateArguments, law: &Law, sightings: &[Sighting], from_records: bool) -> Calibrated {
    let sample: Vec<Seen> =
        sightings.iter().map(|seen| Seen { value: seen.value, cut_off: seen.cut_off, lifted: seen.lifted }).collect();
    Calibrated {
        path: law.path.clone(),
        place: law.place.clone(),
        text: law.text.clone(),
        family: law.family.to_owned(),
        unit: law.unit.clone(),
        n: sample.len(),
        cut_off: sample.iter().filter(|seen| seen.cut_off).count(),
        found: fitted(arguments, law, &sample, from_records),
    }
}

fn fitted(arguments: &CalibrateArguments, law: &Law, sample: &[Seen], from_records: bool) -> Result<Found, String> {
    if sample.is_empty() {
        return Err(match (law.unseen(), &law.parameters) {
            _ if !from_records => "no values of it were given".into(),
            (Some(why), _) => why.to_owned(),
            (None, Err(why)) => why.clone(),
            (None, Ok(_)) => "it never came out in what was given".into(),
        });
    }
    let parameters = law.parameters.as_ref().map_err(|why| format!("its numbers cannot be replaced: {why}"))?;
    let family = Family::named(law.family).ok_or_else(|| format!("laws of the family `{}` are not fitted", law.family))?;
    let least = arguments.least as usize;
    let whole = sample.iter().filter(|seen| !seen.cut_off).count();
    // That nothing came to its end is a better reason than that too little did.
    if whole > 0 && whole < least {
        return Err(format!("too few: {whole} of {} values came to their end, and --least asks for {least}", sample.len()));
    }
    let fitted = fit(family, sample).map_err(|error| reason(law, &error))?;
    let written: Vec<f64> = parameters.iter().map(|parameter| parameter.value).collect();
    let seed = arguments.seed ^ u64::from(crc32fast::hash(law.path.as_bytes())) << 32;
    let rivals = if arguments.families { family.rivals() } else { Vec::new() };
    let rival = |family: Family| (family.name().to_owned(), fit(family, sample).map_err(|error| reason(law, &error)));
    Ok(Found {
        parameters: parameters.iter().enumerate().map(|(number, parameter)| changed(law, parameter, &fitted, number)).collect(),
        likeness: likeness(&fitted, &written, sample),
        fitness: fitness(&fitted, sample, seed),
        rivals: rivals.into_iter().map(rival).collect(),
        fitted,
    })
}

/// Why a law could not be fitted, with values as people read them.
fn reason(law: &Law, error: &FitError) -> String {
    let text = error.to_string();
    let (FitError::AllEqual { value, .. } | FitError::AllLifted { floor: value, .. } | FitError::Outside { value, .. }) = error
    else {
        return text;
    };
    text.replacen(&format!(" {value}"), &format!(" {}", law.shown(*value)), 1)
}

/// A parameter as written and as it would be written.
fn changed(law: &Law, parameter: &Parameter, fitted: &Fitted, number: usize) -> Changed {
    let estimated = &fitted.parameters[number];
    let text = |value: f64| parameter.written(value, estimated.error);
    let interval = estimated.interval.map(|(low, high)| {
        // The shorter the mean time between two, the higher the rate.
        if law.is_rate { (text(high), text(low)) } else { (text(low), text(high)) }
    });
    Changed {
        name: if law.is_rate { "rate".into() } else { estimated.name.to_owned() },
        place: parameter.place.clone(),
        before: parameter.text().to_owned(),
        after: text(estimated.value),
        interval,
    }
}

/// Draws all laws that were fitted.
fn draw(folder: &Path, scenario: &Scenario, found: &[(usize, Calibrated)], seen: &[Vec<Sighting>]) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| Failure::Input(format!("{} cannot be made: {error}", folder.display())))?;
    let mut drawn = 0;
    for (number, law) in found {
        let Ok(found) = &law.found else { continue };
        let sample: Vec<Seen> =
            seen[*number].iter().map(|seen| Seen { value: seen.value, cut_off: seen.cut_off, lifted: seen.lifted }).collect();
        let parameters = scenario.laws()[*number].parameters.iter().flatten();
        let written: Vec<f64> = parameters.map(|parameter| parameter.value).collect();
        let after: Vec<&str> = found.parameters.iter().map(|parameter| parameter.after.as_str()).collect();
        let before: Vec<&str> = found.parameters.iter().map(|parameter| parameter.before.as_str()).collect();
        let name = if scenario.laws()[*number].is_rate { "rate" } else { law.family.as_str() };
        let picture = law_picture(&LawPicture {
            title: &law.path,
            before: &format!("{name}({})", before.join(", ")),
            after: &format!("{name}({})", after.join(", ")),
            verdict: &found.verdict(),
            unit: &law.unit,
            written: &written,
            fitted: &found.fitted,
            sample: &sample,
        });
        let file = format!("{}.svg", law.path.replace('/', ".").replace('#', "-"));
        replace(&folder.join(file), picture.as_bytes())?;
        drawn += 1;
    }
    say(&format!("drew {drawn} law{} in {}", if drawn == 1 { "" } else { "s" }, folder.display()));
    Ok(())
}

/// Changes what was asked for; gives what is to be said of it, and of what is not changed.
fn carry_out(arguments: &CalibrateArguments, scenario: &Scenario, change: &Change) -> Result<Vec<String>, Failure> {
    let mut said = Vec::new();
    if !change.left.is_empty() {
        let laws = change.left.join(", ");
        said.push(format!(
            "note: not changed, because other scenarios may use the files they stand in: {laws}; --library changes them too"
        ));
    }
    if let Some(folder) = &arguments.out {
        let made = change::copy(&arguments.scenario, scenario, change, folder)?;
        said.push(format!("made {}", made.display()));
    } else if change.files.is_empty() {
        said.push("no number changes".into());
    } else if arguments.write {
        change.write(&arguments.scenario)?;
        said.extend(change.files.iter().map(|file| format!("changed {}", file.path.display())));
    } else {
        said.push("nothing was changed: --write puts these numbers into the scenario, --out DIR into a copy of it".into());
    }
    Ok(said)
}
