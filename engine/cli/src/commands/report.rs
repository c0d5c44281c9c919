//! `rehearsal run --report`: results as a page of HTML, with what only the command knows.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use rehearsal_experiment::report::{Background, Happened, Places, Road, Setting, html};
use rehearsal_experiment::{Rehearsal, Results};
use rehearsal_trace::{Reader, happened};
use tempfile::TempDir;

use crate::arguments::RunArguments;
use crate::failure::Failure;
use crate::names::quoted;
use crate::progress::say;
use crate::scenario::Loaded;

/// Into about how many stretches courses are cut: enough to see a shape, few enough to have something in each.
const STRETCHES: std::ops::RangeInclusive<u64> = 24..=60;
/// Where no natural stretch fits.
const STRETCHES_ELSE: u64 = 48;

/// Natural stretches of time, the longest first \[s\].
const NATURAL: [u64; 17] =
    [2_419_200, 604_800, 172_800, 86_400, 43_200, 21_600, 14_400, 10_800, 7_200, 3_600, 1_800, 900, 600, 300, 120, 60, 30];

/// How many sorts of events are shown on maps.
const SORTS: usize = 4;

/// A report to be written once there are results.
pub(crate) struct Report {
    file: PathBuf,
    stretches: usize,
    /// Notes that have a place.
    notes: Vec<String>,
    /// Where replication 0 is recorded, by place of the policy in the design; empty where nothing is to be seen on a map.
    records: Vec<PathBuf>,
    /// Records that are for the report alone lie here until it is written.
    _folder: Option<TempDir>,
}

impl Report {
    /// Makes sure that the report can be written, and lets the scenario record what it shows. `traces` are recorded anyway.
    pub(crate) fn begin(
        file: &Path,
        scenario: &mut Loaded,
        policies: &[usize],
        traces: &[(usize, PathBuf)],
    ) -> Result<Report, Failure> {
        writable(file)?;
        let stretches = stretches(scenario.period().map_or(0, |period| period.seconds));
        let notes = notes(scenario);
        let mut report = Report { file: file.to_owned(), stretches, notes, records: Vec::new(), _folder: None };
        if report.notes.is_empty() {
            return Ok(report);
        }
        let folder = tempfile::Builder::new().prefix("rehearsal-report-").tempdir();
        let folder =
            folder.map_err(|error| Failure::Input(format!("there is no room for a record that the report needs: {error}")))?;
        for &policy in policies {
            let known = traces.iter().find(|(traced, _)| *traced == policy).map(|(_, file)| file.clone());
            let record = known.unwrap_or_else(|| {
                let file = folder.path().join(format!("{policy}.trace"));
                scenario.record(policy, file.clone());
                file
            });
            report.records.push(record);
        }
        report._folder = Some(folder);
        Ok(report)
    }

    /// Into how many stretches the course of each measure is to be cut.
    pub(crate) fn stretches(&self) -> usize {
        self.stretches
    }

    /// Writes the page: whole, or not at all.
    pub(crate) fn write(&self, results: &Results, scenario: &Loaded, arguments: &RunArguments) -> Result<(), Failure> {
        let changed = |path: &str| arguments.settings.iter().any(|(set, _)| set == path);
        let settings = scenario.description().settings.iter().map(|setting| Setting {
            changed: changed(&setting.path),
            path: setting.path.clone(),
            value: setting.value.clone(),
        });
        let background = Background {
            title: scenario.description().title.clone(),
            version: env!("CARGO_PKG_VERSION").into(),
            command: command(results, scenario, arguments),
            settings: settings.collect(),
            places: self.places()?,
        };
        let partial = partial(&self.file);
        let written = File::create(&partial)
            .and_then(|mut file| file.write_all(html(results, &background).as_bytes()).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&partial, &self.file));
        if let Err(error) = written {
            // What is left of it is of no use to anyone.
            let _ = fs::remove_file(&partial);
            return Err(unwritable(&self.file, &error.to_string()));
        }
        say(&format!("wrote {}", self.file.display()));
        Ok(())
    }

    /// Where things happened under each policy.
    fn places(&self) -> Result<Option<Places>, Failure> {
        let names: Vec<&str> = self.notes.iter().map(String::as_str).collect();
        let mut places = Places { credit: "© OpenStreetMap contributors".into(), ..Places::default() };
        let mut all: Vec<Vec<Vec<[f64; 2]>>> = Vec::new();
        for record in &self.records {
            let reader = Reader::open(record)?;
            if places.roads.is_empty() {
                places.roads = reader
                    .header()
                    .roads
                    .iter()
                    .map(|road| Road { main: is_main(&road.class), points: road.points.clone() })
                    .collect();
            }
            all.push(happened(&reader, &names)?);
        }
        let sorts = names.iter().enumerate().map(|(note, name)| Happened {
            label: name.replace('_', " "),
            at: all.iter().map(|policy| policy[note].clone()).collect(),
        });
        places.happened = sorts.filter(|happened| happened.at.iter().any(|at| !at.is_empty())).take(SORTS).collect();
        Ok((!places.happened.is_empty()).then_some(places))
    }
}

/// Notes that carry a place, where the scenario has a map.
fn notes(scenario: &Loaded) -> Vec<String> {
    let description = scenario.description();
    let placed = description.notes.iter().filter(|note| note.carries.iter().any(|value| value.ty == "Place"));
    if description.mapped { placed.map(|note| note.name.clone()).collect() } else { Vec::new() }
}

/// Whether a class of road leads through the land.
fn is_main(class: &str) -> bool {
    matches!(class.trim_end_matches("_link"), "motorway" | "trunk" | "primary" | "secondary")
}

/// How many stretches cut a period into natural ones, such as days or hours.
fn stretches(seconds: u64) -> usize {
    let natural = NATURAL.iter().filter(|length| seconds.is_multiple_of(**length)).map(|length| seconds / length);
    natural.filter(|count| STRETCHES.contains(count)).max().unwrap_or(STRETCHES_ELSE) as usize
}

/// The name under which a file is written until it is whole.
fn partial(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

/// Whether the report can be written, found out before the runs and not after them.
fn writable(file: &Path) -> Result<(), Failure> {
    if file.is_dir() {
        return Err(unwritable(file, "it is a folder; name a file in it, such as report.html"));
    }
    if file.exists() && !file.is_file() {
        return Err(unwritable(file, "something is there that is no file; choose another name"));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        return Err(unwritable(file, &format!("there is no folder {}; make it first", folder.display())));
    }
    if fs::metadata(file).is_ok_and(|found| found.permissions().readonly()) {
        return Err(unwritable(file, "it is write-protected; choose another name, or remove it first"));
    }
    let partial = partial(file);
    let tried = File::create(&partial).and_then(|_| fs::remove_file(&partial));
    tried.map_err(|error| unwritable(file, &error.to_string()))
}

fn unwritable(file: &Path, why: &str) -> Failure {
    Failure::Input(format!("the report cannot be written to {}: {why}", file.display()))
}

/// The command that gives the same report.
fn command(results: &Results, scenario: &Loaded, arguments: &RunArguments) -> String {
    let mut words = vec![format!("rehearsal run {}", quoted(&arguments.scenario.to_string_lossy()))];
    let all: Vec<&str> = scenario.policies().iter().map(String::as_str).collect();
    let shown: Vec<&str> = results.policies.iter().map(|policy| policy.name.as_str()).collect();
    if all != shown {
        words.extend(shown.iter().map(|name| format!("--policy {}", quoted(name))));
    }
    words.push(format!("--replications {} --seed {}", results.replications, results.seed));
    words.extend(arguments.settings.iter().map(|(path, value)| format!("--set {}", quoted(&format!("{path}={value}")))));
    let modes = arguments.modes.iter();
    words.extend(modes.map(|(policy, mode)| format!("--mode {}", quoted(&format!("{policy}={}", mode.word())))));
    words
        .push(format!("--report {}", quoted(&arguments.report.as_deref().unwrap_or(Path::new("report.html")).to_string_lossy())));
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_are_natural_where_they_can_be() {
        let days = |days: u64| stretches(days * 86_400);
        assert_eq!([days(42), days(28), days(1), days(7), days(365), days(202)], [42, 56, 48, 56, 48, 48]);
        assert_eq!([stretches(0), stretches(3_600), stretches(90 * 60)], [48, 60, 45]);
    }

    #[test]
    fn a_file_that_cannot_be_is_told_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let fault = |path: &Path| writable(path).map_err(|failure| failure.to_string()).err().unwrap_or_default();
        assert_eq!(fault(&folder.path().join("report.html")), "");
        assert!(fault(folder.path()).contains("it is a folder"));
        assert!(fault(&folder.path().join("none/report.html")).contains("make it first"));
        let locked = folder.path().join("locked.html");
        fs::write(&locked, "").unwrap();
        let mut permissions = fs::metadata(&locked).unwrap().permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&locked, permissions).unwrap();
        assert!(fault(&locked).contains("write-protected"));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "trying leaves nothing behind");
    }
}
