//! Laws of chance from the text of a scenario to the people who are born by them: their means against theory.

use rehearsal_scenario::Scenario;
use std::fs;

const PEOPLE: f64 = 20_000.0;

/// The mean of each value over 20000 people who are born with it, as a measure without a unit.
fn means(values: &[(&str, &str)]) -> Vec<f64> {
    let fields: String = values.iter().enumerate().map(|(at, (ty, text))| format!("v{at}: {ty}(\"{text}\"), ")).collect();
    let measures: String = (0..values.len()).map(|at| format!("v{at}: Final(of: v{at}, over: person), ")).collect();
    let text = format!(
        "[Scenario(title: \"t\", start: \"2026-11-02 00:00\", length: \"1h\", groups: {{ people: Group(kind: person, count: 20000) }}),
        Kind(name: person, traits: {{ score: Number(\"normal(0, 1)\"), {fields} }}), Measures({{ {measures} }})]"
    );
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("chance.ron");
    fs::write(&file, text).expect("a file");
    let scenario = Scenario::load(&file, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    let outcome = scenario.rehearse(0, 7, 0, None).expect("a run");
    outcome.overall.iter().map(|value| value.expect("a figure")).collect()
}

/// Each mean lies within 3.89 standard errors of theory, the two-sided 0.0001 of the normal limit: for so many at once.
#[test]
fn means_follow_theory() {
    let table = [
        ("Number", "erlang(4, 12)", 12.0, 6.0),
        ("Number", "pareto(3, 2)", 3.0, 3.0_f64.sqrt()),
        ("Number", "loglogistic(2, 4)", 2.221_441_469, 1.316),
        ("Number", "gumbel(1, 2)", 2.154_431_330, 2.565_099_660),
        ("Number", "pert(1, 2, 9)", 3.0, (2.0_f64 * 6.0 / 7.0).sqrt()),
        ("Int", "binomial(10, 0.3)", 3.0, 2.1_f64.sqrt()),
        ("Int", "geometric(0.25)", 3.0, 12.0_f64.sqrt()),
        ("Int", "negative_binomial(3, 2)", 3.0, 7.5_f64.sqrt()),
        ("Number", "mixture(0.9, exponential(1), 0.1, exponential(11))", 2.0, (0.9 * 2.0 + 0.1 * 242.0 - 4.0_f64).sqrt()),
        ("Number", "truncated(uniform(0, 10), 4, 7)", 5.5, 0.75_f64.sqrt()),
        ("Number", "truncated(exponential(2), 3, 1e9)", 5.0, 2.0),
        ("Int", "truncated(binomial(2, 0.5), 1, 2)", 4.0 / 3.0, (2.0_f64 / 9.0).sqrt()),
        ("Number", "correlated(exponential(3), score, 0.9)", 3.0, 3.0),
        ("Number", "correlated(gamma(2, 3), score, -0.5)", 6.0, 18.0_f64.sqrt()),
        ("Number", "correlated(beta(2, 6), score, 0.5)", 0.25, (12.0_f64 / 576.0).sqrt()),
        ("Int", "correlated(poisson(3.5), score, 0.7)", 3.5, 3.5_f64.sqrt()),
        ("Int", "correlated(binomial(9, 0.2), score, 0.7)", 1.8, 1.44_f64.sqrt()),
        ("Bool", "correlated(chance(0.3), score, 0.7)", 0.3, 0.21_f64.sqrt()),
        ("Number", "score * correlated(normal(0, 1), score, -0.6)", -0.6, 1.36_f64.sqrt()),
        ("Number", "correlated(normal(0, 1), score, 1) == score ? 1 : 0", 1.0, 1e-9),
    ];
    let values: Vec<(&str, &str)> = table.iter().map(|(ty, text, ..)| (*ty, *text)).collect();
    for (found, (_, text, mean, deviation)) in means(&values).into_iter().zip(table) {
        let errors = (found - mean) / (deviation / PEOPLE.sqrt());
        assert!(errors.abs() < 3.89, "{text}: {found} is {errors} standard errors from {mean}");
    }
}
