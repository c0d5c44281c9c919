//! A validation for people, programs and spreadsheets; JSON has schema `rehearsal.validate/1`.

use serde_json::{Value, json};

use super::human::{Look, printable};
use super::number::{decimals_for, plain, row_decimals};
use super::table::Tone;
use crate::validation::{Bound, Fault, Row, Validation};

/// Columns between columns.
const GAP: &str = "   ";

/// The rows, model by model, and a last line that counts them.
pub fn validation_human(found: &Validation, look: &Look) -> String {
    let rows: Vec<[String; 5]> = found.rows.iter().map(cells).collect();
    let head = ["", "theory", "measured", "interval", "verdict"].map(String::from);
    let mut widths = [0; 5];
    for row in rows.iter().chain([&head]) {
        widths.iter_mut().zip(row).for_each(|(width, cell)| *width = (*width).max(cell.chars().count()));
    }
    let heading = line(&head, &widths);
    let mut text = format!("{}\n", Tone::Bold.paint(&heading, look.color));
    let mut before: Option<&Row> = None;
    for (row, cells) in found.rows.iter().zip(&rows) {
        let claim = &row.claim;
        if before.is_none_or(|before| (&before.claim.model, &before.claim.source) != (&claim.model, &claim.source)) {
            let source = if claim.source.is_empty() { String::new() } else { format!(" ({})", printable(&claim.source)) };
            let model = Tone::Bold.paint(&printable(&claim.model), look.color);
            text += &format!("\n{model}{}\n", Tone::Dim.paint(&source, look.color));
        }
        let (tone, why) = match row.fault {
            None => (Tone::Good, String::new()),
            Some(fault) => (Tone::Bad, format!(": {}", said(fault, row))),
        };
        let shown = line(&[&cells[..4], &[String::new()]].concat(), &widths);
        text += &format!("{shown}{GAP}{}{why}\n", tone.paint(row.verdict(), look.color));
        before = Some(row);
    }
    text + &footer(found)
}

/// The cells of a row, the last one its verdict.
fn cells(row: &Row) -> [String; 5] {
    let claim = &row.claim;
    let unit = if claim.unit.is_empty() { String::new() } else { format!(" ({})", printable(&claim.unit)) };
    let half = row.interval.map(|(low, high)| (high - low) / 2.0).filter(|half| *half > 0.0);
    let decimals = match half {
        Some(half) => decimals_for(half, 2),
        None => row_decimals([claim.theory, row.measured.unwrap_or(0.0)].into_iter()),
    };
    let number = |value: f64| plain(value, decimals);
    let interval = row.interval.map(|(low, high)| format!("{} to {}", number(low), number(high)));
    [
        format!("  {}{unit}", printable(&claim.quantity)),
        number(claim.theory),
        row.measured.map_or_else(|| "none".into(), number),
        interval.unwrap_or_else(|| "none".into()),
        row.verdict().into(),
    ]
}

/// Cells side by side, the first at the left and the numbers at the right; the last one ends the line.
fn line(cells: &[String], widths: &[usize; 5]) -> String {
    let mut text = String::new();
    for (at, (cell, width)) in cells.iter().zip(widths).enumerate().take(4) {
        let room = " ".repeat(width - cell.chars().count());
        text += &if at == 0 { format!("{cell}{room}") } else { format!("{GAP}{room}{cell}") };
    }
    let last = cells.last().map(String::as_str).unwrap_or_default();
    if last.is_empty() { text } else { format!("{text}{GAP}{last}") }
}

/// Why a row fails, in words, and by how much.
fn said(fault: Fault, row: &Row) -> String {
    let theory = row.claim.theory;
    let share = |value: f64| {
        if theory == 0.0 {
            return String::new();
        }
        let percent = 100.0 * value / theory.abs();
        format!(" ({} % of it)", plain(percent, decimals_for(percent, 2)))
    };
    let number = |value: f64| plain(value, decimals_for(value, 2));
    match fault {
        Fault::NoFigure => "nothing was observed".into(),
        Fault::NoInterval => "no interval, which takes 2 replications or more".into(),
        Fault::Outside(by) => format!("theory is outside of the interval by {}{}", number(by), share(by)),
        Fault::Beyond(by) => format!("further off than allowed by {}{}", number(by), share(by)),
        Fault::TooWide(half, most) => {
            let half = format!("{}{}", number(half), share(half));
            format!("too wide to tell: ± {half}, allowed are ± {}; it takes more replications", number(most))
        }
    }
}

fn footer(found: &Validation) -> String {
    let (all, failed) = (found.rows.len(), found.failed());
    let rows = if all == 1 { "row" } else { "rows" };
    let level = 100.0 * found.level;
    let intervals = format!(
        "Intervals are simultaneous: each is at {level:.3} %, so that all hold together at 99 % (Bonferroni). A row fails too \
         where its\ninterval is wider than is allowed for it."
    );
    let seed = found.seed.map_or_else(String::new, |seed| format!(", seed {seed}"));
    let count = match failed {
        0 => format!("all {all} {rows} pass{seed}"),
        failed => format!("{failed} of {all} {rows} fail{seed}"),
    };
    let count = if all == 1 { count.replace("all 1 row pass", "the row passes").replace("fail", "fails") } else { count };
    format!("\n{intervals}\n{count}\n")
}

/// The rows as JSON, indented, with a line break at the end.
pub fn validation_json(found: &Validation) -> String {
    let rows: Vec<Value> = found.rows.iter().map(row_json).collect();
    let document = json!({
        "schema": "rehearsal.validate/1",
        "seed": found.seed,
        "level": found.level,
        "failed": found.failed(),
        "rows": rows,
    });
    format!("{document:#}\n")
}

fn row_json(row: &Row) -> Value {
    let claim = &row.claim;
    let (widest, within) = match claim.bound {
        Bound::Interval(share) => (share.map(|share| share * claim.theory.abs()), None),
        Bound::Within(tolerance) => (Some(tolerance), Some(tolerance)),
    };
    json!({
        "name": claim.name,
        "model": claim.model,
        "quantity": claim.quantity,
        "unit": claim.unit,
        "theory": claim.theory,
        "measured": row.measured,
        "ci": row.interval.map(|(low, high)| [low, high]),
        "widest": widest,
        "within": within,
        "source": claim.source,
        "verdict": row.verdict(),
        "why": row.fault.map(|fault| said(fault, row)),
    })
}

/// The rows as CSV with a header: `model,quantity,unit,theory,measured,ci_low,ci_high,verdict,why,source`.
pub fn validation_csv(found: &Validation) -> String {
    let mut writer = csv::WriterBuilder::new().from_writer(Vec::new());
    let head = ["model", "quantity", "unit", "theory", "measured", "ci_low", "ci_high", "verdict", "why", "source"];
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{:?}", value + 0.0));
    let rows = found.rows.iter().map(|row| {
        let claim = &row.claim;
        let (low, high) = row.interval.unzip();
        let why = row.fault.map_or_else(String::new, |fault| said(fault, row));
        let [theory, measured, low, high] = [Some(claim.theory), row.measured, low, high].map(number);
        let (model, quantity, unit) = (claim.model.clone(), claim.quantity.clone(), claim.unit.clone());
        [model, quantity, unit, theory, measured, low, high, row.verdict().into(), why, claim.source.clone()]
    });
    for row in std::iter::once(head.map(String::from)).chain(rows) {
        writer.write_record(&row).expect("rows of one length are written to memory");
    }
    String::from_utf8(writer.into_inner().expect("memory takes every byte")).expect("fields are text")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::{Claim, judge, judge_share};
    use expect_test::expect;

    fn found() -> Validation {
        let claim = |model: &str, quantity: &str, unit: &str, theory, bound| Claim {
            name: "mm1".into(),
            model: model.into(),
            quantity: quantity.into(),
            unit: unit.into(),
            theory,
            source: "Erlang, 1917".into(),
            bound,
        };
        let values = [9.0, 10.0, 11.0, 10.0];
        let rows = vec![
            judge(claim("M/M/1", "wait", "min", 10.5, Bound::Interval(Some(0.2))), &values, 0.95),
            judge(claim("M/M/1", "in line", "", 12.0, Bound::Interval(Some(0.2))), &values, 0.95),
            judge(claim("M/M/2", "wait", "min", 10.5, Bound::Within(0.1)), &values, 0.95),
            judge(claim("M/M/2", "in line", "", 10.0, Bound::Within(0.5)), &values, 0.95),
            judge(claim("M/M/2", "lost", "", 10.0, Bound::Interval(None)), &[], 0.95),
            judge(claim("M/M/2", "busy", "", 10.0, Bound::Interval(None)), &[1.0], 0.95),
            judge_share(claim("coverage", "covered", "%", 95.0, Bound::Within(2.0)), 1_890, 2_000, 0.95),
        ];
        Validation { seed: Some(7), level: 0.95, rows }
    }

    #[test]
    fn rows_stand_by_model_and_say_why_they_fail() {
        expect![[r#"
                            theory   measured       interval   verdict

            M/M/1 (Erlang, 1917)
              wait (min)      10.5       10.0    8.7 to 11.3   pass
              in line         12.0       10.0    8.7 to 11.3   fail: theory is outside of the interval by 0.70 (5.8 % of it)

            M/M/2 (Erlang, 1917)
              wait (min)      10.5       10.0    8.7 to 11.3   fail: further off than allowed by 0.40 (3.8 % of it)
              in line         10.0       10.0    8.7 to 11.3   fail: too wide to tell: ± 1.3 (13 % of it), allowed are ± 0.50; it takes more replications
              lost            10.0       none           none   fail: nothing was observed
              busy            10.0        1.0           none   fail: no interval, which takes 2 replications or more

            coverage (Erlang, 1917)
              covered (%)     95.0       94.5   93.4 to 95.4   pass

            Intervals are simultaneous: each is at 95.000 %, so that all hold together at 99 % (Bonferroni). A row fails too where its
            interval is wider than is allowed for it.
            5 of 7 rows fail, seed 7
        "#]].assert_eq(&validation_human(&found(), &Look::default()));
    }

    #[test]
    fn a_single_row_is_counted_as_one() {
        let mut one = found();
        one.rows.truncate(1);
        assert!(validation_human(&one, &Look::default()).ends_with("the row passes, seed 7\n"));
        one.rows = found().rows.split_off(4);
        one.rows.truncate(1);
        assert!(validation_human(&one, &Look::default()).ends_with("1 of 1 row fails, seed 7\n"));
    }

    #[test]
    fn json_has_a_verdict_for_each_row() {
        let value: Value = serde_json::from_str(&validation_json(&found())).unwrap();
        assert_eq!(value["schema"], "rehearsal.validate/1");
        assert_eq!(value["failed"], 5);
        let row = &value["rows"][0];
        assert_eq!((&row["model"], &row["verdict"], &row["why"]), (&json!("M/M/1"), &json!("pass"), &Value::Null));
        assert_eq!(value["rows"][4]["measured"], Value::Null);
        assert_eq!(value["rows"][4]["why"], "nothing was observed");
    }

    #[test]
    fn csv_has_a_line_for_each_row() {
        let text = validation_csv(&found());
        assert_eq!(text.lines().count(), 8);
        assert!(text.lines().nth(1).unwrap().starts_with("M/M/1,wait,min,10.5,10.0,"), "{text}");
    }
}
