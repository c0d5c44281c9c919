//! Faults and warnings as JSON, for editors and scripts: schema `rehearsal.check/1`.

use rehearsal_scenario::{Fault, Faults};
use serde_json::{Value, json};

/// Findings as JSON, indented, with a line break at the end.
pub(crate) fn json(found: &Faults) -> String {
    let list: Vec<Value> = found.faults.iter().map(|fault| one(found, fault)).collect();
    format!("{:#}\n", json!({ "schema": "rehearsal.check/1", "findings": list }))
}

/// One finding: lines and columns count from 1, columns in characters, the end is behind the last.
fn one(found: &Faults, fault: &Fault) -> Value {
    let severity = if fault.warning { "warning" } else { "fault" };
    let mut value = json!({ "severity": severity, "message": fault.message, "help": fault.help });
    if let Some(at) = fault.at
        && let Some((file, _)) = found.sources.files.get(at.source as usize)
    {
        let (line, column) = found.sources.line_column(at);
        let (end_line, end_column) = found.sources.line_column(rehearsal_scenario::At { start: at.end, ..at });
        value["file"] = json!(file);
        value["start"] = json!({ "line": line, "column": column });
        value["end"] = json!({ "line": end_line, "column": end_column });
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use rehearsal_scenario::{At, Sources};

    #[test]
    fn a_finding_has_its_place_and_one_of_an_option_has_none() {
        let mut sources = Sources::default();
        let source = sources.add("shop.ron", "[\n  Kind(name: größe),\n]");
        let at = At { source, start: 15, end: 22 };
        let faults = vec![Fault::general("no"), Fault::new(at, "odd").help("change it").warning()];
        expect![[r#"
            {
              "schema": "rehearsal.check/1",
              "findings": [
                {
                  "severity": "fault",
                  "message": "no",
                  "help": null
                },
                {
                  "severity": "warning",
                  "message": "odd",
                  "help": "change it",
                  "file": "shop.ron",
                  "start": {
                    "line": 2,
                    "column": 14
                  },
                  "end": {
                    "line": 2,
                    "column": 19
                  }
                }
              ]
            }
        "#]]
        .assert_eq(&json(&Faults { sources, faults }));
    }
}
