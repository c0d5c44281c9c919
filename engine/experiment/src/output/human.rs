//! Results as tables for the person who asked.
//!
//! First what each policy leads to, then how sure it is that they differ, then whom each serves
//! worst, and last how it was found out.

use super::footer::footer;
use super::number::{plain, row_decimals, signed, spread};
use super::table::{Grid, Piece, Pieces, Tone, wrapped};
use crate::compare::{Difference, Verdict};
use crate::design::{Better, Breakdown, Measure};
use crate::results::{Balance, Results};
use crate::spread::QUANTILES;
use crate::statistics::Estimate;
use crate::worth::Gain;

/// How results shall look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// Columns to fit into; 80 to 200 look best.
    pub width: usize,
    /// Whether to use ANSI colours.
    pub color: bool,
}

impl Default for Look {
    /// 100 columns without colours.
    fn default() -> Look {
        Look { width: 100, color: false }
    }
}

/// Shown where nothing was observed.
pub(super) const NOTHING: &str = "–";

/// Results as text with tables.
pub fn human(results: &Results, look: &Look) -> String {
    let bold = |text: &str| format!("{}\n\n", Tone::Bold.paint(&wrapped(text, look.width, ""), look.color));
    let dim = |text: String| Tone::Dim.paint(&text, look.color);
    let mut text = bold(&headline(results));
    text += &means(results).render(look.width, look.color);
    if results.policies.len() > 1 {
        text += "\n";
        text += &bold(&format!("Difference from {}, paired by replication", printable(&results.policies[0].name)));
        text += &differences(results).render(look.width, look.color);
    }
    if results.policies.len() > 1 && !results.pairs.is_empty() {
        text += "\n";
        text += &bold(&format!("Company and customers, against {}", printable(&results.policies[0].name)));
        text += &balances(results).render(look.width, look.color);
    }
    if let Some(worth) = results.worth.as_ref().filter(|_| !results.gains.is_empty()) {
        text += "\n";
        let title = format!("Value against {} ({})", printable(&results.policies[0].name), printable(&worth.unit));
        text += &bold(&title);
        text += &value(results).render(look.width, look.color);
    }
    for one in &results.breakdowns {
        for place in results.broken_down(one) {
            let under = if results.policies.len() > 1 {
                format!(", under {}", printable(&results.policies[place].name))
            } else {
                String::new()
            };
            text += "\n";
            text += &bold(&format!("{}{under}", printable(&one.label)));
            text += &breakdown(results, one, place).render(look.width, look.color);
        }
    }
    let spreads = quantiles(results);
    if !spreads.rows.is_empty() {
        text += "\n";
        text += &bold(
            "Single values of all replications together: half lie below P50, one in ten above P90, one in a hundred above P99",
        );
        text += &spreads.render(look.width, look.color);
    }
    let worst = worst_served(results);
    if !worst.rows.is_empty() {
        text += "\n";
        text += &bold("Worst served: the segment with the worst mean, and its gap to everyone");
        text += &worst.render(look.width, look.color);
    }
    text += "\n";
    for line in footer(results) {
        text += &format!("{}\n", dim(wrapped(&line, look.width, "")));
    }
    text
}

fn headline(results: &Results) -> String {
    let policies = count(results.policies.len() as u64, "policy", "policies");
    let replications = count(results.replications.into(), "replication", "replications");
    let each = if results.policies.len() > 1 { " of each" } else { "" };
    format!("{}: {policies}, {replications}{each}, seed {}", printable(&results.scenario), results.seed)
}

fn means(results: &Results) -> Grid {
    let rows = results.compared().map(|(m, measure)| {
        let estimates = || results.policies.iter().map(move |policy| &policy.overall[m]);
        let decimals = row_decimals(estimates().filter_map(|e| e.mean));
        (label(measure), estimates().map(|e| mean(e, decimals, plain)).collect())
    });
    Grid { values: "mean".into(), columns: names(results, 0), rows: rows.collect() }
}

fn differences(results: &Results) -> Grid {
    let rows = results.compared().map(|(m, measure)| {
        let row = || results.differences.iter().map(move |policy| &policy[m]);
        let means = results.policies.iter().filter_map(|policy| policy.overall[m].mean);
        let smallest = row().filter_map(|d| d.estimate.mean).chain(means);
        let decimals = row_decimals(smallest);
        (label(measure), row().map(|difference| with_verdict(difference, decimals)).collect())
    });
    Grid { values: "difference".into(), columns: names(results, 1), rows: rows.collect() }
}

fn with_verdict(difference: &Difference, decimals: usize) -> Pieces {
    let mut pieces = mean(&difference.estimate, decimals, signed);
    let tone = match difference.verdict {
        Verdict::Better => Tone::Good,
        Verdict::Worse => Tone::Bad,
        Verdict::Differs => Tone::Plain,
        Verdict::Undecided => Tone::Dim,
    };
    pieces.resize(3, Piece::default());
    pieces.push(Piece { text: format!(" {}", difference.verdict.word()), right: false, tone });
    pieces
}

fn balances(results: &Results) -> Grid {
    let tone = |balance: Balance| match balance {
        Balance::BothGain | Balance::OneGains => Tone::Good,
        Balance::Loss => Tone::Bad,
        Balance::Undecided => Tone::Dim,
        Balance::CompanyAtCustomersCost | Balance::CustomersAtCompanysCost => Tone::Plain,
    };
    let name = |measure: usize| printable(&results.measures[measure].label);
    let rows = results.pairs.iter().map(|pair| {
        let label = format!("{}: {} | {}", printable(&pair.label), name(pair.company), name(pair.customer));
        let cells = (0..results.differences.len()).map(|place| {
            let balance = results.balance(place, pair);
            vec![Piece { text: balance.words().into(), right: true, tone: tone(balance) }]
        });
        (label, cells.collect())
    });
    Grid { values: "who gains".into(), columns: names(results, 1), rows: rows.collect() }
}

/// A part of what a policy is worth: its label, where it is found, and whether more of it is good.
type Part = (&'static str, fn(&Gain) -> &Estimate, bool);

fn value(results: &Results) -> Grid {
    let gains = &results.gains;
    let parts: [Part; 4] = [
        ("↑ earned more", |gain| &gain.revenue, true),
        ("↓ spent more", |gain| &gain.cost, false),
        ("↓ more at risk", |gain| &gain.risk, false),
        ("↑ left over", |gain| &gain.net, true),
    ];
    let named = results.worth.as_ref().map(|worth| [&worth.revenue, &worth.cost, &worth.risk]);
    // What no measure stands for is no finding.
    let is_named = |at: &usize| named.is_none_or(|named| named.get(*at).is_none_or(|measures| !measures.is_empty()));
    let parts: Vec<_> = parts.into_iter().enumerate().filter(|(at, _)| is_named(at)).map(|(_, part)| part).collect();
    let decimals = row_decimals(parts.iter().flat_map(|(_, part, _)| gains.iter().filter_map(|gain| part(gain).mean)));
    let told = |estimate: &Estimate, up: bool| {
        let tone = match estimate.interval {
            Some((low, high)) if low > 0.0 || high < 0.0 => {
                if (low > 0.0) == up {
                    Tone::Good
                } else {
                    Tone::Bad
                }
            }
            _ => Tone::Dim,
        };
        mean(estimate, decimals, signed).into_iter().map(|piece| Piece { tone, ..piece }).collect::<Pieces>()
    };
    let mut rows: Vec<(String, Vec<Pieces>)> = parts
        .iter()
        .map(|(label, part, up)| ((*label).to_owned(), gains.iter().map(|gain| told(part(gain), *up)).collect()))
        .collect();
    if gains.iter().any(|gain| gain.return_on_cost.is_some()) {
        let back = |gain: &Gain| match gain.return_on_cost {
            None => vec![right(NOTHING)],
            Some(back) => {
                let percent = |value: f64| plain(value * 100.0, 0);
                let (low, high) = back.interval;
                vec![right(&format!("{} %", percent(back.value))), left(&format!("({} to {})", percent(low), percent(high)))]
            }
        };
        rows.push(("  return on what is spent more".into(), gains.iter().map(back).collect()));
    }
    Grid { values: "value".into(), columns: names(results, 1), rows }
}

fn breakdown(results: &Results, one: &Breakdown, place: usize) -> Grid {
    let estimates = &results.policies[place].overall;
    let heading = |(label, figures): &(String, Vec<usize>)| match figures.first().map(|m| results.measures[*m].unit.as_str()) {
        None | Some("") => printable(label),
        Some(unit) => format!("{} ({})", printable(label), printable(unit)),
    };
    let decimals: Vec<usize> =
        one.columns.iter().map(|(_, figures)| row_decimals(figures.iter().filter_map(|m| estimates[*m].mean))).collect();
    let row = |(at, value): (usize, &String)| {
        let cell = |((_, figures), decimals): (&(String, Vec<usize>), &usize)| mean(&estimates[figures[at]], *decimals, plain);
        (format!("  {}", printable(value)), one.columns.iter().zip(&decimals).map(cell).collect())
    };
    let rows = one.values.iter().enumerate().map(row).collect();
    Grid { values: "mean".into(), columns: one.columns.iter().map(heading).collect(), rows }
}

fn quantiles(results: &Results) -> Grid {
    let mut rows = Vec::new();
    for (m, measure) in results.compared() {
        let of = |at: usize| -> Vec<Option<&Estimate>> {
            results
                .policies
                .iter()
                .map(|policy| policy.observed.get(m)?.distributions.first().map(|found| &found.quantiles[at].estimate))
                .collect()
        };
        let all: Vec<Vec<Option<&Estimate>>> = (0..QUANTILES.len()).map(of).collect();
        if all.iter().flatten().all(Option::is_none) {
            continue;
        }
        let decimals = row_decimals(all.iter().flatten().flatten().filter_map(|estimate| estimate.mean));
        for (share, row) in QUANTILES.iter().zip(all) {
            let cells = row.into_iter().map(|found| mean(found.unwrap_or(&Estimate::default()), decimals, plain)).collect();
            rows.push((format!("{}, P{}", label(measure), share * 100.0), cells));
        }
    }
    Grid { values: "quantile".into(), columns: names(results, 0), rows }
}

fn worst_served(results: &Results) -> Grid {
    let rows = results.compared().filter_map(|(m, measure)| {
        let found: Vec<_> = (0..results.policies.len()).map(|place| results.worst_segment(place, m)).collect();
        found.iter().any(Option::is_some).then_some(())?;
        let decimals = row_decimals(found.iter().flatten().map(|worst| worst.mean));
        let cell = |worst: &Option<crate::WorstSegment>| match worst {
            None => vec![Piece::default(), right(NOTHING)],
            Some(worst) => {
                let gap = format!("({})", signed(worst.gap, decimals));
                let name = printable(&results.segments[worst.segment]);
                vec![left(&name), right(&plain(worst.mean, decimals)), right(&gap)]
            }
        };
        Some((label(measure), found.iter().map(cell).collect()))
    });
    Grid { values: "worst segment".into(), columns: names(results, 0), rows: rows.collect() }
}

pub(super) fn mean(estimate: &Estimate, decimals: usize, write: fn(f64, usize) -> String) -> Pieces {
    let Some(mean) = estimate.mean else {
        return vec![right(NOTHING)];
    };
    let mut pieces = vec![right(&write(mean, decimals))];
    if let Some(half_width) = estimate.half_width() {
        pieces.push(left("±"));
        pieces.push(left(&spread(half_width, decimals)));
    }
    pieces
}

pub(super) fn label(measure: &Measure) -> String {
    let arrow = match measure.better {
        Better::Lower => '↓',
        Better::Higher => '↑',
        Better::Neither => ' ',
    };
    let unit = if measure.unit.is_empty() { String::new() } else { format!(" ({})", printable(&measure.unit)) };
    format!("{arrow} {}{unit}", printable(&measure.label))
}

fn names(results: &Results, from: usize) -> Vec<String> {
    results.policies[from..].iter().map(|policy| printable(&policy.name)).collect()
}

/// `text` on one line and without characters that a terminal would obey.
pub(super) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

pub(super) fn left(text: &str) -> Piece {
    Piece { text: text.to_owned(), ..Piece::default() }
}

pub(super) fn right(text: &str) -> Piece {
    Piece { text: text.to_owned(), right: true, ..Piece::default() }
}

pub(super) fn count(n: u64, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::design::Design;
    use crate::progress::Silent;
    use crate::run::run;
    use crate::synthetic::{Garage, design, garage};
    use expect_test::expect_file;

    fn shown(model: &Garage, design: &Design, width: usize) -> String {
        human(&run(model, design, &Silent).unwrap(), &Look { width, color: false })
    }

    #[test]
    fn golden_wide() {
        expect_file!["golden/garage-140.txt"].assert_eq(&shown(&garage(), &design(10, 2), 140));
    }

    #[test]
    fn golden_at_100_columns() {
        expect_file!["golden/garage-100.txt"].assert_eq(&shown(&garage(), &design(10, 2), 100));
    }

    #[test]
    fn golden_stacked() {
        expect_file!["golden/garage-60.txt"].assert_eq(&shown(&garage(), &design(10, 2), 60));
    }

    #[test]
    fn golden_one_policy_one_replication() {
        let alone = Design { policies: vec![1], ..design(1, 1) };
        expect_file!["golden/garage-alone.txt"].assert_eq(&shown(&garage(), &alone, 100));
    }

    #[test]
    fn colours_only_where_asked_and_only_around_words() {
        let results = run(&garage(), &design(10, 2), &Silent).unwrap();
        let plain = human(&results, &Look { width: 120, color: false });
        let colored = human(&results, &Look { width: 120, color: true });
        assert!(!plain.contains('\u{1b}'));
        assert!(colored.contains("\u{1b}[32m better\u{1b}[0m") && colored.contains("\u{1b}[2m undecided\u{1b}[0m"));
        let mut without = colored;
        for code in ["\u{1b}[0m", "\u{1b}[1m", "\u{1b}[2m", "\u{1b}[31m", "\u{1b}[32m"] {
            without = without.replace(code, "");
        }
        let trimmed: String = without.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        assert_eq!(trimmed, plain);
    }

    #[test]
    fn lines_fit_the_width() {
        for width in [60, 80, 100, 140, 200] {
            for line in shown(&garage(), &design(10, 2), width).lines() {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn names_cannot_speak_to_the_terminal() {
        let mut model = garage();
        model.policies[0] = "wait\u{1b}[2J\n".into();
        model.measures[0].label = "Time\r\u{7}".into();
        model.segments[0] = "one\tcar".into();
        let text = shown(&model, &design(3, 1), 140);
        assert!(!text.chars().any(|c| c.is_control() && c != '\n'));
    }
}
