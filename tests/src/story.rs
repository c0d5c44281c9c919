//! Small scenarios without a map, run by the command for their figures.

use crate::rehearsal;
use serde_json::Value;
use std::fs;

/// A scenario of one file: its length, its parts, and its measures.
pub struct Story<'s> {
    /// How long it lasts.
    pub length: &'s str,
    /// Its groups, as in `groups: { ... }`.
    pub groups: &'s str,
    /// Its definitions.
    pub parts: &'s str,
    /// Its measures, as in `Measures({ ... })`.
    pub measures: &'s str,
    /// How often it is run.
    pub replications: u32,
    /// What is not counted at its beginning.
    pub warm_up: &'s str,
}

/// What one measure came to.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Over the replications.
    pub mean: f64,
    /// Of the 95 % confidence interval; 0 for one replication.
    pub half_width: f64,
}

impl Story<'_> {
    /// Runs it, and gives the measures by name.
    pub fn figures(&self) -> impl Fn(&str) -> Figure + use<> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("story.ron");
        let Story { length, groups, parts, measures, replications, warm_up } = self;
        let text = format!(
            "[Scenario(title: \"a story\", start: \"2026-01-05 00:00\", length: \"{length}\", groups: {{ {groups} }}),\n{parts}\n\
             Measures({{ {measures} }}), Experiment(replications: {replications}, seed: 7, warm_up: \"{warm_up}\")]"
        );
        fs::write(&file, text).expect("a file");
        let output = rehearsal().args(["run", "--format", "json"]).arg(&file).output().expect("the command starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert_eq!(json["policies"][0]["name"], "as_it_is");
        let measures = json["policies"][0]["measures"].clone();
        move |name| {
            let figure = &measures[name];
            let mean = figure["mean"].as_f64().unwrap_or_else(|| panic!("{name} has no figure: {measures:#}"));
            let half_width = figure["ci"][1].as_f64().map_or(0.0, |high| high - mean);
            Figure { mean, half_width }
        }
    }

    /// The figure of the only replication of a story without chance.
    pub fn exactly(&self, name: &str) -> f64 {
        self.figures()(name).mean
    }
}

/// A story of one replication, measured from its beginning.
pub fn toy<'s>(length: &'s str, groups: &'s str, parts: &'s str, measures: &'s str) -> Story<'s> {
    Story { length, groups, parts, measures, replications: 1, warm_up: "0s" }
}

/// A figure agrees with what theory says: it lies within three half-widths, and those are narrow.
#[track_caller]
pub fn agrees(figure: Figure, theory: f64) {
    let Figure { mean, half_width } = figure;
    assert!(half_width > 0.0, "without spread nothing is compared: {figure:?}");
    assert!(half_width < 0.05 * theory, "too wide to tell anything: {figure:?} against {theory}");
    assert!((mean - theory).abs() < 3.0 * half_width, "{figure:?} against {theory}");
}

/// A figure without chance is what a sum by hand says.
#[track_caller]
pub fn close(found: f64, known: f64) {
    assert!((found - known).abs() <= 1e-9 * known.abs().max(1.0), "found {found}, known {known}");
}

/// A shop to which customers come, each `between` after the other, and are served by `clerks`.
pub fn shop(between: &str, clerks: u32, service: &str, seize: &str) -> String {
    format!(
        "Kind(name: shop, owns: {{ clerks: Resource(capacity: {clerks}) }}, initial: open, states: {{
             open: State(every: [(period: \"{between}\", do: [Spawn(kind: customer)])]),
         }}),
         Kind(name: customer, traits: {{ at: Whole(shop) }}, initial: here, states: {{ here: State(process: [
             Note(comes),
             Seize(resource: \"at.clerks\", as: clerk{seize}),
             Note(name: served, with: (wait: waited)), Delay(\"{service}\"), Release(clerk), Note(done), End,
         ]) }}),"
    )
}

/// One shop.
pub const SHOP: &str = "shops: Group(kind: shop, count: 1)";
