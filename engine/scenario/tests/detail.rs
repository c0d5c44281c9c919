//! Observing a run in detail: it changes nothing, and what is observed agrees with the figures.

use rehearsal_scenario::{Outcome, Scenario};
use std::path::{Path, PathBuf};

fn scenario(path: &str, settings: &[(&str, &str)]) -> Scenario {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let settings: Vec<(String, String)> = settings.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    Scenario::load(&root.join(path), &settings).unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)))
}

fn in_detail(scenario: &Scenario, policy: usize, stretches: usize) -> Outcome {
    scenario.in_detail(policy, 5, 1, None, false, stretches).expect("it runs")
}

fn mechanisms() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/mechanisms");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "ron"))
        .collect();
    files.sort();
    files
}

#[test]
fn observing_changes_nothing() {
    let research = ["research/mmc.ron", "research/erlang-a.ron", "research/inventory.ron"].map(PathBuf::from);
    for path in mechanisms().into_iter().chain(research) {
        let short = [("scenario.length", "3d"), ("experiment.warm_up", "6h")];
        let path = path.to_string_lossy().into_owned();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
        let settings = short.map(|(path, value)| (path.to_owned(), value.to_owned()));
        let loaded = Scenario::load(&root.join(&path), &settings).or_else(|_| Scenario::load(&root.join(&path), &settings[..1]));
        let scenario = loaded.unwrap_or_else(|faults| panic!("{path}: {}", faults.render(false, 120)));
        for policy in 0..scenario.policies().len() {
            let plain = scenario.rehearse(policy, 5, 1, None).expect("it runs");
            let observed = in_detail(&scenario, policy, 13);
            assert!(observed.detail.is_some());
            assert_eq!(Outcome { detail: None, ..observed }, plain, "{path}, policy {policy}");
        }
    }
}

#[test]
fn stretches_and_single_values_agree_with_the_figures() {
    // 3 servers; from the second day on, 20 stretches of 10 days each but for the first, which is partly warm-up.
    let scenario = scenario("research/mmc.ron", &[("experiment.warm_up", "0s"), ("scenario.length", "200d")]);
    let outcome = in_detail(&scenario, 0, 20);
    let detail = outcome.detail.expect("detail");
    let names: Vec<String> = scenario.measures().into_iter().map(|measure| measure.name).collect();
    let at = |name: &str| names.iter().position(|have| have == name).expect("the measure");
    // What is averaged over time: stretches of equal length average to the whole.
    for name in ["in_line", "busy"] {
        let course: Vec<f64> = detail.course[at(name)].iter().map(|figure| figure.expect("a figure")).collect();
        let mean = course.iter().sum::<f64>() / 20.0;
        assert!((mean - outcome.overall[at(name)].expect("a figure")).abs() < 1e-9, "{name}: {mean}");
    }
    // Single waits, to three digits: their mean is the figure, and the share above 0 that of those who had to wait.
    let waits = &detail.spreads[at("wait")][0];
    let count: u64 = waits.iter().map(|(_, count)| count).sum();
    let mean = waits.iter().map(|(value, count)| *value as f64 / 1e6 * *count as f64).sum::<f64>() / count as f64;
    let figure = outcome.overall[at("wait")].expect("a figure");
    assert!((mean / figure - 1.0).abs() < 1e-3, "{mean} and {figure}");
    let waited: u64 = waits.iter().filter(|(value, _)| *value > 0).map(|(_, count)| count).sum();
    let share = 100.0 * waited as f64 / count as f64;
    assert!((share - outcome.overall[at("delayed")].expect("a figure")).abs() < 0.01, "{share}");
    assert!(detail.spreads[at("busy")].is_empty(), "how busy they are is no mean of single values");
}

#[test]
fn a_record_tells_what_measures_come_to_on_the_way() {
    let scenario = scenario("research/erlang-a.ron", &[("scenario.length", "12d"), ("experiment.warm_up", "1d")]);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("a.trace");
    let recorded = scenario.rehearse(0, 5, 1, Some(&file)).expect("it runs");
    assert_eq!(recorded, scenario.rehearse(0, 5, 1, None).expect("it runs"), "a record changes nothing");
    let reader = rehearsal_trace::Reader::open(&file).expect("a trace");
    let names: Vec<&str> = reader.header().measures.iter().map(|measure| measure.name.as_str()).collect();
    assert!(names.iter().copied().eq(scenario.measures().iter().map(|measure| measure.name.as_str())));
    let figures: Vec<(u64, Vec<Option<f64>>)> = reader
        .records()
        .filter_map(|record| match record.expect("a record") {
            rehearsal_trace::Record { at, what: rehearsal_trace::What::Figures { values } } => Some((at, values)),
            _ => None,
        })
        .collect();
    assert_eq!(figures.len(), 120);
    let day = 86_400_000_000_000;
    for (at, values) in &figures {
        assert!(values.iter().all(|value| value.is_some() == (*at > day)), "at {at}: {values:?}");
    }
    // The last are those of the whole run: nothing of this model is measured while it lasts.
    let (at, last) = figures.last().expect("figures");
    assert_eq!(*at, 12 * day);
    for (value, whole) in last.iter().zip(&recorded.overall) {
        let (value, whole) = (value.expect("a figure"), whole.expect("a figure"));
        assert!((value - whole).abs() <= 1e-9 * whole.abs(), "{value} and {whole}");
    }
}

#[test]
fn nothing_is_told_of_the_warm_up() {
    let scenario = scenario("research/mmc.ron", &[("scenario.length", "20d")]);
    let detail = in_detail(&scenario, 0, 20).detail.expect("detail");
    for course in &detail.course {
        let told: Vec<bool> = course.iter().map(Option::is_some).collect();
        assert_eq!(told.iter().position(|told| *told), Some(2), "the warm-up takes 2 of 20 days");
        assert!(told[2..].iter().all(|told| *told));
    }
}
