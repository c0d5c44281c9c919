//! What came of a gate: for people, as JSON (schema `rehearsal.gate/1`), as JUnit XML and as notes for GitHub.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use serde_json::{Value, json};

use super::human::{Look, printable};
use super::table::{Tone, wrapped};
use crate::gate::{Check, Gated, Outcome};

/// For people: every check that did not pass with its reason, then how many did.
pub fn gate(gated: &Gated, strict: bool, look: &Look) -> String {
    let mut text = String::new();
    let tone = |outcome: Outcome| match outcome {
        Outcome::Pass => Tone::Good,
        Outcome::Fail => Tone::Bad,
        Outcome::Inconclusive | Outcome::Incomparable => Tone::Dim,
    };
    for check in gated.checks.iter().filter(|check| check.outcome != Outcome::Pass) {
        let word = tone(check.outcome).paint(check.outcome.word(), look.color);
        let name = format!("{}: {}", printable(&check.scenario), printable(&check.name));
        text += &format!("{word}  {}\n", Tone::Bold.paint(&name, look.color));
        text += &format!("{}\n", wrapped(&format!("      {}", printable(&check.words)), look.width, "      "));
    }
    let counts: Vec<String> = [Outcome::Pass, Outcome::Fail, Outcome::Inconclusive, Outcome::Incomparable]
        .into_iter()
        .filter(|outcome| gated.count(*outcome) > 0 || *outcome == Outcome::Pass)
        .map(|outcome| format!("{} {}", gated.count(outcome), outcome.word()))
        .collect();
    if !text.is_empty() {
        text += "\n";
    }
    let verdict = match gated.verdict(strict) {
        None => "nothing was checked: there is neither a baseline nor an Expect({ ... }) in the scenario".to_owned(),
        Some(outcome) => outcome.word().to_owned(),
    };
    let tone = gated.verdict(strict).map_or(Tone::Bad, tone);
    text + &format!("{}: {}\n", tone.paint(&verdict, look.color), wrapped(&counts.join(", "), look.width, ""))
}

/// For programs.
pub fn gate_json(gated: &Gated, strict: bool) -> String {
    let one = |check: &Check| -> Value {
        json!({
            "scenario": check.scenario,
            "sort": check.sort.word(),
            "name": check.name,
            "outcome": check.outcome.word(),
            "found": check.found,
            "ci": check.interval.map(|(low, high)| [low, high]),
            "words": check.words,
        })
    };
    let document = json!({
        "schema": "rehearsal.gate/1",
        "verdict": gated.verdict(strict).map_or("nothing", Outcome::word),
        "checks": gated.checks.iter().map(one).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

/// For continuous integration: a suite for each scenario, in the form that JUnit has made common. What is inconclusive is
/// skipped, what cannot be compared an error.
pub fn gate_junit(gated: &Gated, strict: bool) -> String {
    junit(gated, strict).unwrap_or_default()
}

fn junit(gated: &Gated, strict: bool) -> std::io::Result<String> {
    let mut scenarios: Vec<&str> = gated.checks.iter().map(|check| check.scenario.as_str()).collect();
    scenarios.dedup();
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let totals = |checks: &[&Check]| {
        let of = |outcome| checks.iter().filter(|check| check.outcome == outcome).count().to_string();
        [
            ("tests", checks.len().to_string()),
            ("failures", of(Outcome::Fail)),
            ("errors", of(Outcome::Incomparable)),
            ("skipped", of(Outcome::Inconclusive)),
        ]
    };
    let start = |name: &str, title: &str, checks: &[&Check]| {
        let mut start = BytesStart::new(name.to_owned());
        start.push_attribute(("name", clean(title).as_str()));
        totals(checks).iter().for_each(|(key, value)| start.push_attribute((*key, value.as_str())));
        start
    };
    let all: Vec<&Check> = gated.checks.iter().collect();
    writer.write_event(Event::Start(start("testsuites", "rehearsal gate", &all)))?;
    for scenario in scenarios {
        let own: Vec<&Check> = all.iter().copied().filter(|check| check.scenario == scenario).collect();
        writer.write_event(Event::Start(start("testsuite", scenario, &own)))?;
        for check in own {
            let mut case = BytesStart::new("testcase");
            case.push_attribute(("classname", clean(&format!("{}.{}", check.scenario, check.sort.word())).as_str()));
            case.push_attribute(("name", clean(&check.name).as_str()));
            let reason = match check.outcome {
                Outcome::Pass => None,
                Outcome::Fail => Some("failure"),
                Outcome::Incomparable => Some("error"),
                Outcome::Inconclusive if strict => Some("failure"),
                Outcome::Inconclusive => Some("skipped"),
            };
            let Some(reason) = reason else {
                writer.write_event(Event::Empty(case))?;
                continue;
            };
            writer.write_event(Event::Start(case))?;
            let mut told = BytesStart::new(reason);
            told.push_attribute(("message", clean(&check.words).as_str()));
            writer.write_event(Event::Empty(told))?;
            writer.write_event(Event::End(BytesEnd::new("testcase")))?;
        }
        writer.write_event(Event::End(BytesEnd::new("testsuite")))?;
    }
    writer.write_event(Event::End(BytesEnd::new("testsuites")))?;
    writer.write_event(Event::Text(BytesText::new("\n")))?;
    Ok(String::from_utf8_lossy(&writer.into_inner()).into_owned())
}

/// Without characters that XML 1.0 cannot have.
fn clean(text: &str) -> String {
    printable(text)
}

/// For GitHub: an annotation for each check that did not pass, and a last line with the counts.
pub fn gate_github(gated: &Gated, strict: bool) -> String {
    let mut text = String::new();
    for check in gated.checks.iter().filter(|check| check.outcome != Outcome::Pass) {
        let command = match check.outcome {
            Outcome::Fail | Outcome::Incomparable => "error",
            _ if strict => "error",
            _ => "warning",
        };
        let title = format!("{}: {} ({})", check.scenario, check.name, check.outcome.word());
        text += &format!("::{command} title={}::{}\n", property(&title), data(&check.words));
    }
    let of = |outcome| gated.count(outcome);
    let summary = format!(
        "{}: {} pass, {} fail, {} inconclusive, {} incomparable",
        gated.verdict(strict).map_or("nothing was checked", Outcome::word),
        of(Outcome::Pass),
        of(Outcome::Fail),
        of(Outcome::Inconclusive),
        of(Outcome::Incomparable)
    );
    text + &format!("::notice title=rehearsal gate::{}\n", data(&summary))
}

/// A text in a workflow command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// A property of a workflow command.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Sort;
    use expect_test::expect;

    fn gated() -> Gated {
        let check = |scenario: &str, name: &str, outcome, words: &str| Check {
            scenario: scenario.into(),
            sort: Sort::Kpi,
            name: name.into(),
            outcome,
            words: words.into(),
            found: Some(1.5),
            interval: Some((1.0, 2.0)),
        };
        Gated {
            checks: vec![
                check("car", "wait under act_first", Outcome::Pass, "changed by 0 h"),
                check("car", "calls <b> under act_first", Outcome::Fail, "changed by +50 % & more"),
                check("park", "ends", Outcome::Inconclusive, "from 1 to 2,\nfound 1.5"),
            ],
        }
    }

    #[test]
    fn every_breach_is_told() {
        expect![[r"
            fail  car: calls <b> under act_first
                  changed by +50 % & more
            inconclusive  park: ends
                  from 1 to 2,�found 1.5

            fail: 1 pass, 1 fail, 1 inconclusive
        "]]
        .assert_eq(&gate(&gated(), false, &Look::default()));
        assert!(gate(&Gated::default(), false, &Look::default()).starts_with("nothing was checked"));
    }

    #[test]
    fn junit_escapes_and_counts() {
        expect![[r#"
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="rehearsal gate" tests="3" failures="1" errors="0" skipped="1">
              <testsuite name="car" tests="2" failures="1" errors="0" skipped="0">
                <testcase classname="car.kpi" name="wait under act_first"/>
                <testcase classname="car.kpi" name="calls &lt;b&gt; under act_first">
                  <failure message="changed by +50 % &amp; more"/>
                </testcase>
              </testsuite>
              <testsuite name="park" tests="1" failures="0" errors="0" skipped="1">
                <testcase classname="park.kpi" name="ends">
                  <skipped message="from 1 to 2,�found 1.5"/>
                </testcase>
              </testsuite>
            </testsuites>
        "#]]
        .assert_eq(&gate_junit(&gated(), false));
    }

    #[test]
    fn github_gets_one_line_for_each() {
        expect![[r"
            ::error title=car%3A calls <b> under act_first (fail)::changed by +50 %25 & more
            ::warning title=park%3A ends (inconclusive)::from 1 to 2,%0Afound 1.5
            ::notice title=rehearsal gate::fail: 1 pass, 1 fail, 1 inconclusive, 0 incomparable
        "]]
        .assert_eq(&gate_github(&gated(), false));
    }

    #[test]
    fn json_has_every_check() {
        let read: Value = serde_json::from_str(&gate_json(&gated(), false)).unwrap();
        assert_eq!((&read["schema"], &read["verdict"]), (&json!("rehearsal.gate/1"), &json!("fail")));
        assert_eq!(read["checks"].as_array().unwrap().len(), 3);
        assert_eq!(read["checks"][1]["ci"], json!([1.0, 2.0]));
    }
}
