//! Results as JSON, schema `rehearsal.run/1`.
//!
//! ```json
//! {
//!   "schema": "rehearsal.run/1", "scenario": "…", "seed": 1, "replications": 20,
//!   "policies": [{ "name": "…", "measures": { "NAME": {
//!     "mean": 1.5, "ci": [1.2, 1.8], "unit": "d", "better": "lower",
//!     "segments": { "SEGMENT": { "mean": 1.6, "ci": [1.2, 2.0] } },
//!     "quantiles": { "p90": { "value": 3.1, "ci": [2.9, 3.3] } } } } }],
//!   "differences": [{ "policy": "…", "baseline": "…", "measure": "…",
//!     "mean": -3.1, "ci": [-3.5, -2.7], "p": 0.0001, "correlation": 0.9, "saved": 0.88, "verdict": "better" }],
//!   "pairs": [{ "label": "…", "company": "MEASURE", "customer": "MEASURE",
//!     "policies": { "POLICY": "both gain" } }],
//!   "value": [{ "policy": "…", "unit": "EUR", "revenue": {…}, "cost": {…}, "risk": {…}, "net": {…}, "return": {…} }],
//!   "ending": { "reason": "done" }
//! }
//! ```
//!
//! Numbers are the shortest that read back to the same value, `null` where nothing was observed or
//! too little for an interval. Measures and segments keep the scenario's order. Times and thread
//! counts are left out on purpose: the same experiment gives the same bytes.

use serde_json::{Map, Value, json};

use crate::compare::Difference;
use crate::precision::Reached;
use crate::results::{Ending, PolicyResults, Results};
use crate::statistics::Estimate;

/// Results as JSON, indented, with a line break at the end.
pub fn json(results: &Results) -> String {
    let policies: Vec<Value> = results.policies.iter().map(|p| policy(results, p)).collect();
    let document = json!({
        "schema": "rehearsal.run/1",
        "scenario": results.scenario,
        "seed": results.seed,
        "replications": results.replications,
        "policies": policies,
        "differences": differences(results),
        "pairs": pairs(results),
        "value": value(results),
        "ending": ending(results),
    });
    format!("{document:#}\n")
}

fn policy(results: &Results, policy: &PolicyResults) -> Value {
    let mut measures = Map::new();
    for (m, measure) in results.measures.iter().enumerate() {
        let mut segments = Map::new();
        for (segment, estimate) in results.segments.iter().zip(&policy.segments[m]) {
            segments.insert(segment.clone(), json!({ "mean": estimate.mean, "ci": interval(estimate) }));
        }
        let overall = &policy.overall[m];
        let mut value = json!({
            "mean": overall.mean,
            "ci": interval(overall),
            "unit": measure.unit,
            "better": measure.better.word(),
            "segments": segments,
        });
        if let Some(everyone) = policy.observed.get(m).and_then(|observed| observed.distributions.first()) {
            let mut quantiles = Map::new();
            for quantile in &everyone.quantiles {
                let found = json!({ "value": quantile.estimate.mean, "ci": interval(&quantile.estimate) });
                quantiles.insert(quantile.label(), found);
            }
            value["quantiles"] = Value::Object(quantiles);
        }
        measures.insert(measure.name.clone(), value);
    }
    json!({ "name": policy.name, "measures": measures })
}

fn differences(results: &Results) -> Vec<Value> {
    let baseline = &results.policies[0].name;
    let policies = results.policies[1..].iter().zip(&results.differences);
    let entry = |policy: &str, measure: &str, difference: &Difference| {
        json!({
            "policy": policy,
            "baseline": baseline,
            "measure": measure,
            "mean": difference.estimate.mean,
            "ci": interval(&difference.estimate),
            "p": difference.p,
            "correlation": difference.correlation,
            "saved": difference.saved,
            "verdict": difference.verdict.word(),
        })
    };
    policies
        .flat_map(|(policy, row)| {
            let measures = results.measures.iter().zip(row);
            measures.map(move |(measure, difference)| entry(&policy.name, &measure.name, difference))
        })
        .collect()
}

fn pairs(results: &Results) -> Vec<Value> {
    let entry = |pair: &crate::Pair| {
        let mut policies = Map::new();
        for (place, policy) in results.policies[1..].iter().enumerate() {
            policies.insert(policy.name.clone(), results.balance(place, pair).words().into());
        }
        json!({
            "label": pair.label,
            "company": results.measures[pair.company].name,
            "customer": results.measures[pair.customer].name,
            "policies": policies,
        })
    };
    results.pairs.iter().map(entry).collect()
}

fn interval(estimate: &Estimate) -> Value {
    // Adding 0 turns a negative zero, which means nothing here, into zero.
    estimate.interval.map_or(Value::Null, |(low, high)| json!([low + 0.0, high + 0.0]))
}

fn value(results: &Results) -> Vec<Value> {
    let unit = results.worth.as_ref().map_or("", |worth| worth.unit.as_str());
    let of = |estimate: &Estimate| json!({ "mean": estimate.mean, "ci": interval(estimate) });
    let policies = results.policies[1..].iter().zip(&results.gains);
    policies
        .map(|(policy, gain)| {
            let back = gain.return_on_cost.map(|back| json!({ "value": back.value, "ci": [back.interval.0, back.interval.1] }));
            json!({
                "policy": policy.name,
                "unit": unit,
                "revenue": of(&gain.revenue),
                "cost": of(&gain.cost),
                "risk": of(&gain.risk),
                "net": of(&gain.net),
                "return": back,
            })
        })
        .collect()
}

fn ending(results: &Results) -> Value {
    match &results.ending {
        Ending::Done => json!({ "reason": "done" }),
        Ending::Stopped { asked } => json!({ "reason": "stopped", "asked": asked }),
        Ending::Precise(reached) => {
            let each = reached.iter().map(|found| {
                json!({
                    "measure": results.measures[found.measure].name,
                    "policy": results.policies[found.place].name,
                    "half_width": found.half_width,
                    "allowed": found.allowed,
                    "reached": found.is_enough(),
                })
            });
            let all = reached.iter().all(Reached::is_enough);
            json!({ "reason": if all { "precise" } else { "most replications" }, "precision": each.collect::<Vec<_>>() })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::Silent;
    use crate::run::run;
    use crate::synthetic::{design, garage};
    use expect_test::expect_file;

    #[test]
    fn golden() {
        let results = run(&garage(), &design(10, 2), &Silent).unwrap();
        expect_file!["golden/garage.json"].assert_eq(&json(&results));
    }

    #[test]
    fn it_reads_back_and_keeps_the_order() {
        let results = run(&garage(), &design(6, 2), &Silent).unwrap();
        let text = json(&results);
        assert!(text.ends_with("}\n") && !text.ends_with("\n\n"));
        let read: Value = serde_json::from_str(&text).unwrap();
        let keys: Vec<&String> = read.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["schema", "scenario", "seed", "replications", "policies", "differences", "pairs", "value", "ending"]);
        let measures = read["policies"][1]["measures"].as_object().unwrap();
        assert!(measures.keys().eq(results.measures.iter().map(|m| &m.name)));
        for (m, measure) in results.measures.iter().enumerate() {
            let entry = &measures[&measure.name];
            assert_eq!(entry["mean"].as_f64(), results.policies[1].overall[m].mean);
            let high = results.policies[1].overall[m].interval.map(|i| i.1);
            assert_eq!(entry["ci"][1].as_f64(), high);
            let (worst, mean) = (&results.segments[2], results.policies[1].segments[m][2].mean);
            assert_eq!(entry["segments"][worst]["mean"].as_f64(), mean);
        }
        assert_eq!(read["differences"].as_array().unwrap().len(), 2 * results.measures.len());
    }

    #[test]
    fn one_replication_writes_null_for_intervals() {
        let results = run(&garage(), &design(1, 1), &Silent).unwrap();
        let read: Value = serde_json::from_str(&json(&results)).unwrap();
        let days = &read["policies"][0]["measures"]["days_without_car"];
        assert!(days["mean"].is_f64() && days["ci"].is_null());
        let tow = &read["policies"][1]["measures"]["tow_wait"];
        assert!(tow["mean"].is_null() && tow.as_object().unwrap().contains_key("mean"));
        assert_eq!(read["differences"][0]["ci"], Value::Null);
        assert_eq!(read["differences"][0]["verdict"], "undecided");
    }
}
