//! The scenarios for researchers whose theory is an approximation or an experiment of its own, and the page about them.
//!
//! Those whose theory is exact are what `rehearsal validate` runs: see `validate.rs`. A figure has to lie within three
//! half-widths of the theory's, and those have to be narrow: see `story::agrees`.

use rehearsal_tests::rehearsal;
use rehearsal_tests::story::{Figure, agrees};
use serde_json::Value;

/// The figures of a scenario, by name, with some of its numbers changed.
fn figures(scenario: &str, settings: &[&str]) -> impl Fn(&str) -> Figure + use<> {
    let mut command = rehearsal();
    command.args(["run", "--format", "json"]).arg(format!("scenarios/research/{scenario}.ron"));
    settings.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    let output = command.output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let measures = json["policies"][0]["measures"].clone();
    move |name| {
        let figure = &measures[name];
        let mean = figure["mean"].as_f64().unwrap_or_else(|| panic!("{name} has no figure: {measures:#}"));
        Figure { mean, half_width: figure["ci"][1].as_f64().expect("an interval") - mean }
    }
}

/// The stationary distribution of a birth-death process up to the state where it has died out.
fn birth_death(states: usize, birth: impl Fn(usize) -> f64, death: impl Fn(usize) -> f64) -> Vec<f64> {
    let mut weights = vec![1.0];
    for state in 1..states {
        weights.push(weights[state - 1] * birth(state - 1) / death(state));
    }
    let sum: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / sum).collect()
}

fn mean(distribution: &[f64], of: impl Fn(usize) -> f64) -> f64 {
    distribution.iter().enumerate().map(|(state, share)| share * of(state)).sum()
}

#[test]
fn the_page_shows_what_theory_gives() {
    let (staff, calls) = (10, 110.0);
    let desk = birth_death(400, |_| calls, |state| 10.0 * state.min(staff) as f64 + 15.0 * state.saturating_sub(staff) as f64);
    let waiting = mean(&desk, |state| state.saturating_sub(staff) as f64);
    let page = std::fs::read_to_string(rehearsal_tests::root().join("scenarios/research/README.md")).expect("the page");
    let said = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let theory = format!(
        "Theory gives {:.1} % who hang up, {:.1} % who are answered at once, {:.1} s on hold for each call, and agents who are \
         busy for {:.1} % of the time.",
        100.0 * 15.0 * waiting / calls,
        100.0 * mean(&desk, |state| f64::from(u8::from(state < staff))),
        waiting / calls * 3600.0,
        100.0 * mean(&desk, |state| state.min(staff) as f64) / staff as f64,
    );
    assert!(said.contains(&theory), "the page does not say: {theory}");
}

/// The share that is ever ill, and the largest that is ill at once, on a Poisson graph of mean 8; rates a day.
///
/// Miller, Slim and Volz, Edge-based compartmental modelling for infectious disease spread, 2012, equations 2.5 to 2.8.
fn epidemic(catches: f64, heals: f64, first: f64) -> (f64, f64) {
    let psi = |theta: f64| (8.0 * (theta - 1.0)).exp();
    let change = |theta: f64, immune: f64| {
        let ill = 1.0 - (1.0 - first) * psi(theta) - immune;
        (-catches * theta + catches * (1.0 - first) * psi(theta) + heals * (1.0 - theta), heals * ill, ill)
    };
    let (mut theta, mut immune, mut peak, step) = (1.0, 0.0, 0.0_f64, 0.01);
    for _ in 0..20_000 {
        let (a, b, ill) = change(theta, immune);
        let (c, d, _) = change(theta + step / 2.0 * a, immune + step / 2.0 * b);
        (theta, immune, peak) = (theta + step * c, immune + step * d, peak.max(ill));
    }
    (1.0 - (1.0 - first) * psi(theta), peak)
}

#[test]
fn an_infection_runs_through_a_random_graph_as_edge_based_equations_say() {
    for (catches, in_words) in [(15.0, "15d"), (25.0, "25d")] {
        let figures = figures("epidemic", &[&format!("person.catches={in_words}")]);
        let (ever, peak) = epidemic(1.0 / catches, 1.0 / 5.0, 0.01);
        agrees(figures("infected"), 100.0 * ever);
        // The largest of a path that fluctuates lies above that of its mean: by less than four standard deviations of a
        // Poisson count, and not below it by more than the interval.
        let (found, theory) = (figures("peak"), 20_000.0 * peak);
        assert!(
            found.mean > theory - 3.0 * found.half_width && found.mean < theory + 4.0 * theory.sqrt(),
            "{found:?} against {theory}"
        );
    }
}

/// The round trip of a lift at up-peak \[s\], and what so many lifts carry in five minutes: Barney and Al-Sharif (2016), Elevator
/// Traffic Handbook, chapter 5. `seats` people for `floors` floors of equal population above the hall; seconds from floor to
/// floor, for a stop, and for a person to get in or out.
fn up_peak(lifts: f64, seats: f64, floors: u32, [pass, stop, step]: [f64; 3]) -> (f64, f64) {
    let n = f64::from(floors);
    let stops = n * (1.0 - (1.0 - 1.0 / n).powf(seats));
    let highest = n - (1..floors).map(|floor| (f64::from(floor) / n).powf(seats)).sum::<f64>();
    let trip = 2.0 * highest * pass + (stops + 1.0) * stop + 2.0 * seats * step;
    (trip, 300.0 * lifts * seats / trip)
}

#[test]
fn lifts_at_up_peak_are_as_the_round_trip_time_says() {
    let file = "scenarios/research/up-peak-theory.ron";
    let table = rehearsal_tests::text(&rehearsal_tests::root().join(file));
    // The buildings of the table, each figure as it stands there.
    for (lifts, seats, floors, seconds) in
        [(4.0, 13.0, 11, [1.44, 7.5, 1.0]), (2.0, 13.0, 11, [1.44, 7.5, 1.0]), (3.0, 8.0, 6, [2.25, 6.6, 1.0])]
    {
        let (trip, carried) = up_peak(lifts, seats, floors, seconds);
        for figure in [format!("is: \"{trip:.2}s\""), format!("is: {carried:.2}")] {
            assert!(table.contains(&figure), "the table does not say {figure}");
        }
    }
    let output = rehearsal().args(["validate", "--table", file]).output().expect("the command starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
}
