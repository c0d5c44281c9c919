//! What came out, in words: which policy is better, by how much, how sure, for whom it is worse, and what it costs.
//!
//! Every word follows from a verdict: what is undecided is called so, and that nobody is worse off is never claimed, only that
//! nobody was seen to be. Of the many differences those are named that are large beside the values themselves.

use crate::compare::{Difference, Verdict, holm};
use crate::design::Better;
use crate::output::number::{signed, spread};
use crate::results::Results;
use crate::statistics::Estimate;

use super::phrases::{NAMED, amount, digits, label, listed, name, set_apart, some};
use super::text::{count, decimals, mean, short};

/// The answer, as plain text.
#[derive(Debug, PartialEq)]
pub(super) struct Answer {
    /// A sentence or two.
    pub(super) headline: String,
    /// What else is to be known, a line each.
    pub(super) more: Vec<String>,
}

/// What the results say.
pub(super) fn answer(results: &Results) -> Answer {
    let directed = results.measures.iter().any(|measure| measure.better != Better::Neither);
    if results.policies.len() < 2 {
        return alone(results);
    }
    if results.replications < 2 {
        return once(results);
    }
    if !directed {
        let headline = format!("{} are compared, and no measure has a better side: see how they differ.", named_all(results));
        return Answer { headline, more: Vec::new() };
    }
    let sides: Vec<Sides> = (0..results.differences.len()).map(|place| Sides::of(results, place)).collect();
    // Most gains over losses first; of equal ones the first.
    let lead = (0..sides.len()).rev().max_by_key(|place| sides[*place].rank()).unwrap_or(0);
    let mut answer = Answer { headline: headline(results, lead, &sides[lead]), more: Vec::new() };
    answer.more.extend(undecided(results, lead, &sides[lead]));
    answer.more.extend(cost(results, lead));
    answer.more.extend(for_whom(results, lead));
    for (place, side) in sides.iter().enumerate().filter(|(place, _)| *place != lead) {
        answer.more.push(other(results, place, side));
    }
    answer
}

/// The directed measures of one policy by what can be said of them, the largest differences first.
#[derive(Debug, Default)]
struct Sides {
    better: Vec<usize>,
    worse: Vec<usize>,
    undecided: Vec<usize>,
}

impl Sides {
    fn of(results: &Results, place: usize) -> Sides {
        let row = &results.differences[place];
        let mut sides = Sides::default();
        for (measure, difference) in row.iter().enumerate() {
            match difference.verdict {
                _ if results.measures[measure].better == Better::Neither => {}
                Verdict::Better => sides.better.push(measure),
                Verdict::Worse => sides.worse.push(measure),
                Verdict::Differs | Verdict::Undecided => sides.undecided.push(measure),
            }
        }
        for side in [&mut sides.better, &mut sides.worse] {
            // A stable sort: of equally large ones, the model's order.
            side.sort_by(|a, b| weight(results, place, *b).total_cmp(&weight(results, place, *a)));
        }
        sides
    }

    fn all(&self) -> usize {
        self.better.len() + self.worse.len() + self.undecided.len()
    }

    fn rank(&self) -> (bool, i64) {
        (!self.better.is_empty(), self.better.len() as i64 - self.worse.len() as i64)
    }
}

/// How large a difference is beside the larger of the two means; those that the model pairs or counts as worth come first.
fn weight(results: &Results, place: usize, measure: usize) -> f64 {
    let mean = |policy: usize| results.policies[policy].overall[measure].mean.unwrap_or(0.0).abs();
    let difference = results.differences[place][measure].estimate.mean.unwrap_or(0.0).abs();
    let size = (difference / mean(0).max(mean(place + 1)).max(f64::MIN_POSITIVE)).min(2.0);
    let paired = results.pairs.iter().any(|pair| pair.company == measure || pair.customer == measure);
    let money = results
        .worth
        .as_ref()
        .is_some_and(|worth| [&worth.revenue, &worth.cost, &worth.risk].into_iter().any(|measures| measures.contains(&measure)));
    size * if paired || money { 1.5 } else { 1.0 }
}

fn named_all(results: &Results) -> String {
    listed(&(0..results.policies.len()).map(|policy| name(results, policy)).collect::<Vec<_>>())
}

/// `lowers waiting by 3 h (±1)`; those after the first of the same direction do without the verb.
fn effects(results: &Results, place: usize, measures: &[usize]) -> String {
    let (mut lowered, mut raised) = (Vec::new(), Vec::new());
    for &measure in measures.iter().take(NAMED) {
        let estimate = &results.differences[place][measure].estimate;
        let effect = format!("{} by {}", label(results, measure), amount(results, measure, estimate));
        if estimate.mean.unwrap_or(0.0) < 0.0 { lowered.push(effect) } else { raised.push(effect) }
    }
    let phrase = |verb: &str, effects: &[String]| (!effects.is_empty()).then(|| format!("{verb} {}", listed(effects)));
    let mut phrases: Vec<String> = [phrase("lowers", &lowered), phrase("raises", &raised)].into_iter().flatten().collect();
    if measures.first().is_some_and(|first| results.differences[place][*first].estimate.mean > Some(0.0)) {
        phrases.reverse();
    }
    phrases.join(", and ")
}

/// Whether a policy came out as the baseline did, in every replication and every measure.
fn is_the_same(results: &Results, place: usize) -> bool {
    let same = |estimate: &Estimate| estimate.mean.is_none_or(|mean| mean == 0.0) && estimate.deviation.unwrap_or(0.0) == 0.0;
    results.differences[place].iter().all(|found| same(&found.estimate))
}

fn headline(results: &Results, place: usize, sides: &Sides) -> String {
    let (policy, baseline) = (name(results, place + 1), name(results, 0));
    if (0..results.differences.len()).all(|place| is_the_same(results, place)) {
        let who = if results.differences.len() == 1 { format!("{policy} came") } else { "all policies came".into() };
        return format!("No difference at all: {who} out as {baseline} did, in every replication and on every measure.");
    }
    let told_apart = |place: usize| {
        let sides = Sides::of(results, place);
        !sides.better.is_empty() || !sides.worse.is_empty()
    };
    let of = |n: usize| format!("{n} of {}", count(sides.all() as u64, "measure", "measures"));
    match (sides.better.len(), sides.worse.len()) {
        (0, 0) => format!(
            "Undecided: over {} no measure tells {} from {baseline} beyond chance.",
            count(results.replications.into(), "replication", "replications"),
            // Where another one is told from it, that is said behind this sentence.
            if results.differences.len() == 1 || (0..results.differences.len()).any(told_apart) {
                policy
            } else {
                "any policy".into()
            },
        ),
        (0, worse) => {
            let all = if results.differences.len() == 1 { "" } else { "No policy is seen to be better. " };
            let effects = effects(results, place, &sides.worse);
            format!("{all}{policy} is worse than {baseline} on {}, and better on none: it {effects}.", of(worse))
        }
        (better, 0) => {
            let effects = effects(results, place, &sides.better);
            format!("{policy} is better than {baseline} on {} and worse on none: it {effects}.", of(better))
        }
        (better, worse) => {
            let (gains, losses) = (effects(results, place, &sides.better), effects(results, place, &sides.worse));
            let more = if worse > NAMED {
                format!(" It is worse on {}.", count(worse as u64, "measure", "measures"))
            } else {
                String::new()
            };
            format!(
                "{policy} is a trade-off, better than {baseline} on {} and worse on {worse}: it {gains}. But it {losses}.{more}",
                of(better)
            )
        }
    }
}

fn undecided(results: &Results, place: usize, sides: &Sides) -> Option<String> {
    let known = sides.all() > sides.undecided.len();
    (known && !sides.undecided.is_empty()).then(|| {
        let names = sides.undecided.iter().map(|measure| label(results, *measure)).collect();
        format!("Undecided for {}: {}.", name(results, place + 1), some(names))
    })
}

/// What a policy costs: its worth where the model says what that is, else the company's side of its pairs.
fn cost(results: &Results, place: usize) -> Option<String> {
    let policy = name(results, place + 1);
    if let (Some(worth), Some(gain)) = (&results.worth, results.gains.get(place)) {
        let unit = if worth.unit.is_empty() { String::new() } else { format!(" {}", short(&worth.unit, 40)) };
        let net = gain.net.mean?;
        let decimals = digits(&gain.net);
        let half = gain.net.half_width().map_or(String::new(), |half| format!(" (±{})", spread(half, decimals)));
        let amount = format!("{}{unit}{half}", signed(net, decimals));
        return Some(match gain.net.interval {
            Some((low, _)) if low > 0.0 => format!("In money, {policy} gains: net {amount}."),
            Some((_, high)) if high < 0.0 => format!("In money, {policy} loses: net {amount}."),
            _ => format!("In money, it is undecided whether {policy} gains: net {amount}."),
        });
    }
    let mut company: Vec<usize> = results.pairs.iter().map(|pair| pair.company).collect();
    company.sort_unstable();
    company.dedup();
    let parts: Vec<String> = company
        .into_iter()
        .map(|measure| {
            let found = &results.differences[place][measure];
            let unit = short(&results.measures[measure].unit, 40);
            let decimals = digits(&found.estimate);
            let number = found.estimate.mean.map_or_else(|| "not observed".into(), |mean| signed(mean, decimals));
            let half = found.estimate.half_width().map_or(String::new(), |half| format!(" (±{})", spread(half, decimals)));
            let space = if unit.is_empty() { "" } else { " " };
            format!("{} {number}{space}{unit}{half}, {}", label(results, measure), found.verdict.word())
        })
        .collect();
    (!parts.is_empty()).then(|| format!("For the company: {}.", parts.join("; ")))
}

/// Whether a measure tells how customers are served, as far as the model says: its money and the company's side of pairs do not.
fn serves(results: &Results, measure: usize) -> bool {
    let money = results
        .worth
        .as_ref()
        .is_some_and(|worth| [&worth.revenue, &worth.cost, &worth.risk].into_iter().any(|measures| measures.contains(&measure)));
    let company = results.pairs.iter().any(|pair| pair.company == measure);
    let customer = results.pairs.iter().any(|pair| pair.customer == measure);
    results.measures[measure].better != Better::Neither && (customer || !(money || company))
}

/// Whom a policy is seen to serve worse, on measures on which it is not worse for everyone.
fn for_whom(results: &Results, place: usize) -> Option<String> {
    if results.segments.is_empty() {
        return None;
    }
    let policy = name(results, place + 1);
    let losing: Vec<(usize, usize, Difference)> = by_segment(results, place)
        .into_iter()
        .filter(|(measure, _, found)| {
            found.verdict == Verdict::Worse
                && serves(results, *measure)
                && results.differences[place][*measure].verdict != Verdict::Worse
        })
        .collect();
    if losing.is_empty() {
        let beyond =
            if results.differences[place].iter().any(|found| found.verdict == Verdict::Worse) { "beyond that, " } else { "" };
        let text = format!(
            "{beyond}no segment is seen to be served worse by {policy} ({} looked at, {} each).",
            count(results.segments.len() as u64, "segment", "segments"),
            count((0..results.measures.len()).filter(|measure| serves(results, *measure)).count() as u64, "measure", "measures"),
        );
        return Some(upper(&text));
    }
    let parts = losing.iter().map(|(measure, segment, found)| {
        let direction = if found.estimate.mean.unwrap_or(0.0) < 0.0 { "less" } else { "more" };
        let amount = amount(results, *measure, &found.estimate);
        format!("{} ({} {direction} {})", set_apart(&results.segments[*segment]), amount, label(results, *measure))
    });
    Some(format!("{policy} is worse for {}.", some(parts.collect())))
}

/// The differences of all directed measures in all segments, adjusted for being so many: `(measure, segment, difference)`.
pub(super) fn by_segment(results: &Results, place: usize) -> Vec<(usize, usize, Difference)> {
    let measures = (0..results.measures.len()).filter(|measure| results.measures[*measure].better != Better::Neither);
    let cells = measures.flat_map(|measure| (0..results.segments.len()).map(move |segment| (measure, segment)));
    let mut all: Vec<(usize, usize, Difference)> =
        cells.map(|(measure, segment)| (measure, segment, results.difference_in(place, measure, segment))).collect();
    holm(&mut all.iter_mut().map(|(_, _, found)| found).collect::<Vec<_>>());
    all
}

/// A line on a policy that is not in the headline.
fn other(results: &Results, place: usize, sides: &Sides) -> String {
    let policy = name(results, place + 1);
    let part = |word: &str, measures: &[usize]| match measures.len() {
        0 => format!("{word} on none"),
        n => format!("{word} on {n} ({})", some(measures.iter().map(|measure| label(results, *measure)).collect())),
    };
    if is_the_same(results, place) {
        return format!("{policy}: as {} in every replication, on every measure.", name(results, 0));
    }
    if sides.better.is_empty() && sides.worse.is_empty() {
        return format!("{policy}: undecided on all {}.", count(sides.all() as u64, "measure", "measures"));
    }
    let undecided = match sides.undecided.len() {
        0 => String::new(),
        n => format!(", undecided on {n}"),
    };
    format!("{policy}: {}, {}{undecided}.", part("better", &sides.better), part("worse", &sides.worse))
}

/// One policy, and nothing to compare it with.
fn alone(results: &Results) -> Answer {
    let policy = &results.policies[0];
    let found = (0..results.measures.len()).filter(|measure| policy.overall[*measure].mean.is_some());
    let parts: Vec<String> = found
        .take(NAMED)
        .map(|measure| {
            let unit = &results.measures[measure].unit;
            let space = if unit.is_empty() || unit == "%" { "" } else { " " };
            let space = if unit == "%" { "\u{a0}" } else { space };
            format!(
                "{} {}{space}{}",
                label(results, measure),
                mean(&policy.overall[measure], decimals(results, measure)),
                short(unit, 40)
            )
        })
        .collect();
    let figures = if parts.is_empty() { "nothing was observed".into() } else { parts.join("; ") };
    let once = if results.replications < 2 { vec![ONCE.into()] } else { Vec::new() };
    Answer { headline: format!("{}, with nothing to compare it with: {figures}.", name(results, 0)), more: once }
}

const ONCE: &str = "One replication shows what can happen, not how sure it is: run at least 2, better 10.";

fn once(results: &Results) -> Answer {
    let headline =
        format!("Undecided: {} were tried once each, which shows what can happen, not which is better.", named_all(results));
    Answer { headline, more: vec!["Run at least 2 replications, better 10, to know how sure the differences are.".into()] }
}

/// With its first letter as at the beginning of a sentence.
fn upper(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::phrases::MARKS;
    use super::*;
    use crate::report::sample::{Moment, results};
    use expect_test::{Expect, expect};

    fn check(moment: &Moment, replications: u32, expected: &Expect) {
        let answer = answer(&results(moment, replications));
        let lines: Vec<String> = std::iter::once(answer.headline).chain(answer.more).collect();
        expected.assert_eq(&lines.join("\n").replace(MARKS[0], "‘").replace(MARKS[1], "’"));
    }

    #[test]
    fn a_clear_win() {
        check(
            &Moment::of(&[[10.0, 5.0, 3.0], [4.0, 7.0, 3.0]]),
            10,
            &expect![[r#"
                ‘ahead’ is better than ‘wait’ on 2 of 3 measures and worse on none: it lowers ‘waiting’ by 6.00 h (±0.19), and raises ‘satisfaction’ by 1.95 points (±0.10).
                Undecided for ‘ahead’: ‘cost’.
                For the company: ‘cost’ −0.0033 EUR per driver (±0.0360), undecided.
                No segment is seen to be served worse by ‘ahead’ (2 segments looked at, 2 measures each)."#]],
        );
    }

    #[test]
    fn a_trade_off() {
        check(
            &Moment::of(&[[10.0, 5.0, 3.0], [4.0, 3.0, 3.0], [11.0, 5.0, 9.0]]),
            10,
            &expect![[r#"
                ‘ahead’ is a trade-off, better than ‘wait’ on 1 of 3 measures and worse on 1: it lowers ‘waiting’ by 6.00 h (±0.19). But it lowers ‘satisfaction’ by 1.94 points (±0.08).
                Undecided for ‘ahead’: ‘cost’.
                For the company: ‘cost’ −0.0033 EUR per driver (±0.0360), undecided.
                Beyond that, no segment is seen to be served worse by ‘ahead’ (2 segments looked at, 2 measures each).
                ‘often’: better on none, worse on 2 (‘cost’ and ‘waiting’), undecided on 1."#]],
        );
    }

    #[test]
    fn undecided_is_called_so() {
        check(
            &Moment::of(&[[10.0, 5.0, 3.0], [10.0, 5.0, 3.0]]),
            4,
            &expect![[r#"
                Undecided: over 4 replications no measure tells ‘ahead’ from ‘wait’ beyond chance.
                For the company: ‘cost’ −0.008 EUR per driver (±0.133), undecided.
                No segment is seen to be served worse by ‘ahead’ (2 segments looked at, 2 measures each)."#]],
        );
        check(
            &Moment::of(&[[10.0, 5.0, 3.0], [10.0, 5.0, 3.0], [10.0, 5.0, 3.0]]),
            4,
            &expect![[r#"
                Undecided: over 4 replications no measure tells any policy from ‘wait’ beyond chance.
                For the company: ‘cost’ −0.008 EUR per driver (±0.133), undecided.
                No segment is seen to be served worse by ‘ahead’ (2 segments looked at, 2 measures each).
                ‘often’: undecided on all 3 measures."#]],
        );
        check(
            &Moment::of(&[[10.0, 5.0, 3.0], [10.0, 5.0, 3.0], [14.0, 4.0, 9.0]]),
            4,
            &expect![[r#"
            Undecided: over 4 replications no measure tells ‘ahead’ from ‘wait’ beyond chance.
            For the company: ‘cost’ −0.008 EUR per driver (±0.133), undecided.
            No segment is seen to be served worse by ‘ahead’ (2 segments looked at, 2 measures each).
            ‘often’: better on none, worse on 3 (‘cost’, ‘waiting’ and ‘satisfaction’)."#]],
        );
    }

    #[test]
    fn only_worse() {
        check(
            &Moment::of(&[[10.0, 5.0, 3.0], [14.0, 4.0, 3.0]]),
            10,
            &expect![[r#"
                ‘ahead’ is worse than ‘wait’ on 2 of 3 measures, and better on none: it raises ‘waiting’ by 3.92 h (±0.28), and lowers ‘satisfaction’ by 0.967 points (±0.054).
                Undecided for ‘ahead’: ‘cost’.
                For the company: ‘cost’ −0.0033 EUR per driver (±0.0360), undecided.
                Beyond that, no segment is seen to be served worse by ‘ahead’ (2 segments looked at, 2 measures each)."#]],
        );
    }

    #[test]
    fn one_policy_has_nothing_beside_it() {
        check(
            &Moment::of(&[[10.0, 5.0, 3.0]]),
            10,
            &expect![
                "‘wait’, with nothing to compare it with: ‘waiting’ 9.97 ± 0.32 h; ‘satisfaction’ 4.86 ± 0.19 points; ‘cost’ 3.09 ± 0.09 EUR per driver."
            ],
        );
        check(
            &Moment::of(&[[10.0, 5.0, 3.0]]),
            1,
            &expect![[r#"
                ‘wait’, with nothing to compare it with: ‘waiting’ 10.1 h; ‘satisfaction’ 4.81 points; ‘cost’ 3.35 EUR per driver.
                One replication shows what can happen, not how sure it is: run at least 2, better 10."#]],
        );
    }

    #[test]
    fn one_replication_decides_nothing() {
        check(
            &Moment::of(&[[10.0, 5.0, 3.0], [4.0, 7.0, 3.0]]),
            1,
            &expect![[r#"
                Undecided: ‘wait’ and ‘ahead’ were tried once each, which shows what can happen, not which is better.
                Run at least 2 replications, better 10, to know how sure the differences are."#]],
        );
    }

    #[test]
    fn whom_it_serves_worse_is_named() {
        let mut moment = Moment::of(&[[10.0, 5.0, 3.0], [4.0, 7.0, 3.0]]);
        moment.burdened = true;
        check(
            &moment,
            12,
            &expect![[r#"
                ‘ahead’ is better than ‘wait’ on 2 of 3 measures and worse on none: it lowers ‘waiting’ by 6.04 h (±0.16), and raises ‘satisfaction’ by 1.97 points (±0.09).
                Undecided for ‘ahead’: ‘cost’.
                For the company: ‘cost’ +0.0005 EUR per driver (±0.0300), undecided.
                ‘ahead’ is worse for ‘retired’ (1.36 h (±0.18) more ‘waiting’)."#]],
        );
    }

    #[test]
    fn money_is_told_where_the_model_has_it() {
        let mut moment = Moment::of(&[[10.0, 5.0, 3.0], [4.0, 7.0, 3.0]]);
        moment.money = true;
        check(
            &moment,
            10,
            &expect![[r#"
                ‘ahead’ is better than ‘wait’ on 2 of 3 measures and worse on none: it lowers ‘waiting’ by 6.00 h (±0.19), and raises ‘satisfaction’ by 1.95 points (±0.10).
                Undecided for ‘ahead’: ‘cost’.
                In money, ‘ahead’ gains: net +7.96 EUR (±0.19).
                No segment is seen to be served worse by ‘ahead’ (2 segments looked at, 1 measure each)."#]],
        );
    }

    #[test]
    fn what_is_the_same_is_not_called_undecided() {
        let mut found = results(&Moment::of(&[[10.0, 5.0, 3.0], [4.0, 7.0, 3.0], [10.0, 5.0, 3.0]]), 5);
        let none = Estimate { n: 5, mean: Some(0.0), deviation: Some(0.0), interval: Some((0.0, 0.0)) };
        for difference in &mut found.differences[1] {
            (difference.estimate, difference.verdict) = (none, Verdict::Undecided);
        }
        let last = answer(&found).more.pop().unwrap_or_default().replace(MARKS, "");
        assert_eq!(last, "often: as wait in every replication, on every measure.");
        for difference in &mut found.differences[0] {
            (difference.estimate, difference.verdict) = (none, Verdict::Undecided);
        }
        let headline = answer(&found).headline.replace(MARKS, "");
        assert_eq!(
            headline,
            "No difference at all: all policies came out as wait did, in every replication and on every measure."
        );
    }
}
