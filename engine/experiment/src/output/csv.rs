//! Results as tidy CSV: one row for each policy, measure and segment.
//!
//! Columns: `policy,measure,segment,mean,ci_low,ci_high,unit,n`. The segment `all` is everyone; `n`
//! counts the replications that observed something. Absent values are empty. Quoting follows RFC
//! 4180, lines end in a line feed.

use crate::results::Results;
use crate::statistics::Estimate;

/// The segment that stands for everyone.
const EVERYONE: &str = "all";

/// Results as CSV with a header.
pub fn csv(results: &Results) -> String {
    let mut rows = vec![["policy", "measure", "segment", "mean", "ci_low", "ci_high", "unit", "n"].map(String::from)];
    for policy in &results.policies {
        for (m, measure) in results.measures.iter().enumerate() {
            let segments = results.segments.iter().map(String::as_str).zip(&policy.segments[m]);
            for (segment, estimate) in std::iter::once((EVERYONE, &policy.overall[m])).chain(segments) {
                rows.push(row(&policy.name, &measure.name, segment, &measure.unit, estimate));
            }
        }
    }
    write(&rows)
}

fn row(policy: &str, measure: &str, segment: &str, unit: &str, estimate: &Estimate) -> [String; 8] {
    let (low, high) = estimate.interval.unzip();
    let [mean, low, high] = [estimate.mean, low, high].map(number);
    [policy.into(), measure.into(), segment.into(), mean, low, high, unit.into(), estimate.n.to_string()]
}

/// The shortest text that reads back to the same value.
fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| format!("{:?}", value + 0.0))
}

fn write(rows: &[[String; 8]]) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    for row in rows {
        writer.write_record(row).expect("rows of one length are written to memory");
    }
    let bytes = writer.into_inner().expect("memory takes every byte");
    String::from_utf8(bytes).expect("fields are text")
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
        expect_file!["golden/garage.csv"].assert_eq(&csv(&results));
    }

    #[test]
    fn names_that_need_quotes_come_back() {
        let mut model = garage();
        model.policies[0] = "wait, \"really\"\nwait".into();
        model.segments[1] = "=SUM(A1)".into();
        let results = run(&model, &design(2, 1), &Silent).unwrap();
        let text = csv(&results);
        assert!(text.contains("\"wait, \"\"really\"\"\nwait\",days_without_car,all,"));
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let first = reader.records().next().unwrap().unwrap();
        assert_eq!(&first[0], "wait, \"really\"\nwait");
        assert_eq!(first[3].parse::<f64>().ok(), results.policies[0].overall[0].mean);
    }
}
