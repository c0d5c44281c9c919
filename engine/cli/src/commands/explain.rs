//! `rehearsal explain`: why a policy did what it did in a recorded run.

use std::io::Write;

use rehearsal_trace::explain::{Explained, Overview, Parted, SCHEMA};
use rehearsal_trace::{Explainer, moment};
use serde::Serialize;

use super::replay::open;
use crate::arguments::{ExplainArguments, ExplainFormat};
use crate::failure::Failure;

/// What is written as JSON: of the last three one is there.
#[derive(Serialize)]
struct Document<'e> {
    schema: &'static str,
    scenario: &'e str,
    policy: &'e str,
    seed: u64,
    replication: u64,
    start: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    overview: Option<&'e Overview>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decisions: Option<&'e [Explained]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parted: Option<&'e Parted>,
}

/// What was asked for.
enum Answer {
    Overview(Overview),
    Decisions(Vec<Explained>),
    Parted(Parted),
}

/// Writes why a policy decided as it did.
pub(crate) fn explain(arguments: &ExplainArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let reader = open(&arguments.file)?;
    let explainer = Explainer::new(&reader)?;
    let answer = if arguments.parted {
        Answer::Parted(explainer.parted()?)
    } else if let Some(decision) = &arguments.decision {
        let (policy, id) = numbered(decision)?;
        Answer::Decisions(vec![explainer.decision(policy, id)?])
    } else if let Some(actor) = &arguments.actor {
        let at = arguments.at.as_ref().map(|at| moment::parse(at, &reader.header().start)).transpose()?;
        Answer::Decisions(explainer.of_actor(actor, at)?)
    } else {
        Answer::Overview(explainer.overview()?)
    };
    match arguments.format {
        ExplainFormat::Text => told(&explainer, &answer, out),
        ExplainFormat::Json => as_json(&reader, &answer, out),
    }
}

/// `481` or `proactive/481`.
fn numbered(text: &str) -> Result<(Option<&str>, u64), Failure> {
    let (policy, number) = text.rsplit_once('/').map_or((None, text), |(policy, number)| (Some(policy), number));
    let id = number.parse().map_err(|_| {
        let example = "write its number, as in 481, or with its policy, as in proactive/481";
        Failure::Input(format!("`{text}` is no decision: {example}"))
    })?;
    Ok((policy, id))
}

fn told(explainer: &Explainer<'_>, answer: &Answer, out: &mut dyn Write) -> Result<(), Failure> {
    match answer {
        Answer::Overview(overview) => out.write_all(overview.text().as_bytes())?,
        Answer::Parted(parted) => out.write_all(parted.text().as_bytes())?,
        Answer::Decisions(decisions) => {
            for (place, found) in decisions.iter().enumerate() {
                if place > 0 {
                    writeln!(out)?;
                }
                match found.id {
                    Some(id) => writeln!(out, "Decision {id} of {}", found.policy)?,
                    None => writeln!(out, "No decision of {}", found.policy)?,
                }
                writeln!(out, "{}", explainer.tell(found))?;
            }
        }
    }
    Ok(())
}

fn as_json(reader: &rehearsal_trace::Reader, answer: &Answer, out: &mut dyn Write) -> Result<(), Failure> {
    let header = reader.header();
    let mut document = Document {
        schema: SCHEMA,
        scenario: &header.scenario,
        policy: &header.policy,
        seed: header.seed,
        replication: header.replication,
        start: &header.start,
        overview: None,
        decisions: None,
        parted: None,
    };
    match answer {
        Answer::Overview(overview) => document.overview = Some(overview),
        Answer::Decisions(decisions) => document.decisions = Some(decisions),
        Answer::Parted(parted) => document.parted = Some(parted),
    }
    let text = serde_json::to_string_pretty(&document).map_err(|error| Failure::Ours(error.to_string()))?;
    Ok(writeln!(out, "{text}")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_named_by_its_number_and_its_policy() {
        let read = |text: &'static str| numbered(text).map_err(|failure| failure.to_string());
        assert_eq!(read("481"), Ok((None, 481)));
        assert_eq!(read("proactive/7"), Ok((Some("proactive"), 7)));
        assert!(read("the last").unwrap_err().contains("proactive/481"));
    }
}
