//! Results as a database of SQLite: single runs, estimates, differences, and what the experiment was.

use std::path::Path;

use rehearsal_experiment::{Estimate, Results};
use rusqlite::{Connection, Transaction, params};

use super::{EVERYONE, rows};
use crate::error::ExportError;
use crate::file::Place;

/// The tables. `schema` has the name of this layout; tables and columns may be added under it.
const TABLES: &str = "
CREATE TABLE experiment (
    schema TEXT NOT NULL, scenario TEXT NOT NULL, seed NOT NULL, replications INTEGER NOT NULL,
    baseline TEXT NOT NULL, events NOT NULL);
CREATE TABLE policies (position INTEGER PRIMARY KEY, policy TEXT NOT NULL UNIQUE);
CREATE TABLE measures (
    position INTEGER PRIMARY KEY, measure TEXT NOT NULL UNIQUE, label TEXT NOT NULL, unit TEXT NOT NULL,
    better TEXT NOT NULL);
CREATE TABLE runs (
    policy TEXT NOT NULL, replication INTEGER NOT NULL, measure TEXT NOT NULL, segment TEXT NOT NULL, value REAL,
    PRIMARY KEY (policy, replication, measure, segment)) WITHOUT ROWID;
CREATE TABLE estimates (
    policy TEXT NOT NULL, measure TEXT NOT NULL, segment TEXT NOT NULL, n INTEGER NOT NULL,
    mean REAL, ci_low REAL, ci_high REAL, unit TEXT NOT NULL,
    PRIMARY KEY (policy, measure, segment)) WITHOUT ROWID;
CREATE TABLE differences (
    policy TEXT NOT NULL, baseline TEXT NOT NULL, measure TEXT NOT NULL, n INTEGER NOT NULL,
    mean REAL, ci_low REAL, ci_high REAL, verdict TEXT NOT NULL, unit TEXT NOT NULL,
    PRIMARY KEY (policy, measure)) WITHOUT ROWID;
";

/// The name of the layout of the tables.
const SCHEMA: &str = "rehearsal.results/1";

/// Writes the database at `path`, which is there when it is whole.
pub(super) fn write(results: &Results, path: &Path) -> Result<(), ExportError> {
    let place = Place::of(path)?;
    fill(results, place.partial())
        .map_err(|error| ExportError::Library { what: path.display().to_string(), fault: error.to_string() })?;
    place.keep()
}

fn fill(results: &Results, path: &Path) -> rusqlite::Result<()> {
    let mut database = Connection::open(path)?;
    // Whether the file is whole is for its name to tell: a journal beside it would only be in the way.
    database.pragma_update(None, "journal_mode", "MEMORY")?;
    database.execute_batch(TABLES)?;
    let transaction = database.transaction()?;
    experiment(results, &transaction)?;
    runs(results, &transaction)?;
    estimates(results, &transaction)?;
    differences(results, &transaction)?;
    transaction.commit()?;
    database.close().map_err(|(_, error)| error)
}

fn experiment(results: &Results, to: &Transaction<'_>) -> rusqlite::Result<()> {
    let baseline = results.policies.first().map_or("", |policy| policy.name.as_str());
    // A database counts to 63 bits; what is larger is kept as text, in a column of no type that would round it.
    let whole = |value: u64| i64::try_from(value).map_or_else(|_| value.to_string().into(), rusqlite::types::Value::from);
    to.execute(
        "INSERT INTO experiment VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![SCHEMA, results.scenario, whole(results.seed), results.replications, baseline, whole(results.events)],
    )?;
    for (position, policy) in (0_i64..).zip(&results.policies) {
        to.execute("INSERT INTO policies VALUES (?1, ?2)", params![position, policy.name])?;
    }
    for (position, measure) in (0_i64..).zip(&results.measures) {
        let better = measure.better.word();
        let values = params![position, measure.name, measure.label, measure.unit, better];
        to.execute("INSERT INTO measures VALUES (?1, ?2, ?3, ?4, ?5)", values)?;
    }
    Ok(())
}

fn runs(results: &Results, to: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut insert = to.prepare("INSERT INTO runs VALUES (?1, ?2, ?3, ?4, ?5)")?;
    for row in rows(results) {
        insert.execute(params![row.policy, row.replication as i64, row.measure.name, row.segment, row.value])?;
    }
    Ok(())
}

fn estimates(results: &Results, to: &Transaction<'_>) -> rusqlite::Result<()> {
    let mut insert = to.prepare("INSERT INTO estimates VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
    for policy in &results.policies {
        for (m, measure) in results.measures.iter().enumerate() {
            let segments = results.segments.iter().map(String::as_str).zip(&policy.segments[m]);
            for (segment, estimate) in std::iter::once((EVERYONE, &policy.overall[m])).chain(segments) {
                let (mean, low, high) = figures(estimate);
                let n = estimate.n as i64;
                insert.execute(params![policy.name, measure.name, segment, n, mean, low, high, measure.unit])?;
            }
        }
    }
    Ok(())
}

fn differences(results: &Results, to: &Transaction<'_>) -> rusqlite::Result<()> {
    let Some((baseline, others)) = results.policies.split_first() else {
        return Ok(());
    };
    let mut insert = to.prepare("INSERT INTO differences VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")?;
    for (policy, row) in others.iter().zip(&results.differences) {
        for (measure, difference) in results.measures.iter().zip(row) {
            let (mean, low, high) = figures(&difference.estimate);
            let (n, verdict) = (difference.estimate.n as i64, difference.verdict.word());
            insert.execute(params![policy.name, baseline.name, measure.name, n, mean, low, high, verdict, measure.unit])?;
        }
    }
    Ok(())
}

fn figures(estimate: &Estimate) -> (Option<f64>, Option<f64>, Option<f64>) {
    let (low, high) = estimate.interval.unzip();
    (estimate.mean.map(positive), low.map(positive), high.map(positive))
}

/// A negative zero, which means nothing here, as zero.
fn positive(value: f64) -> f64 {
    value + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::results;

    #[test]
    fn the_tables_agree_with_each_other_and_with_the_results() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("r.sqlite");
        let results = results();
        write(&results, &path).unwrap();
        let database = Connection::open(&path).unwrap();
        let one = |query: &str| database.query_row(query, [], |row| row.get::<_, f64>(0)).unwrap();
        assert_eq!(one("SELECT count(*) + 0.0 FROM runs") as usize, rows(&results).count());
        assert_eq!(one("SELECT count(*) + 0.0 FROM runs WHERE value IS NULL") as usize, {
            rows(&results).filter(|row| row.value.is_none()).count()
        });
        // The estimates follow from the runs, and the differences from pairs of runs.
        let off = "SELECT max(abs(mean - (SELECT avg(value) FROM runs r WHERE r.policy = e.policy
            AND r.measure = e.measure AND r.segment = e.segment))) FROM estimates e WHERE mean IS NOT NULL";
        assert!(one(off) < 1e-12);
        let off = "SELECT max(abs(mean - (SELECT avg(a.value - b.value) FROM runs a JOIN runs b USING (replication, measure,
            segment) WHERE a.policy = d.policy AND b.policy = d.baseline AND a.measure = d.measure AND a.segment = 'all')))
            FROM differences d WHERE mean IS NOT NULL";
        assert!(one(off) < 1e-12);
        let seed: String = database.query_row("SELECT seed FROM experiment", [], |row| row.get(0)).unwrap();
        assert_eq!(seed, u64::MAX.to_string());
    }

    #[test]
    fn the_same_results_are_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let [a, b] = ["a.db", "b.db"].map(|name| folder.path().join(name));
        write(&results(), &a).unwrap();
        write(&results(), &b).unwrap();
        assert!(std::fs::read(a).unwrap() == std::fs::read(b).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing is left beside them");
    }
}
