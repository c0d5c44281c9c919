//! When a rule or a policy is in force, and how far its decisions go.

use crate::fault::Fault;
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::ast;
use rehearsal_policy::mode::Mode;
use rehearsal_policy::select::Force;

impl Tables {
    /// The stretch between two dates, each with a time of day or without.
    pub(crate) fn force(&mut self, from: Option<&Node>, until: Option<&Node>) -> Force {
        let moments = [("from", from), ("until", until)].map(|(name, node)| node.and_then(|node| self.moment_of(name, node)));
        if let ([Some(first), Some(last)], Some(until)) = (moments, until)
            && last <= first
        {
            let fault = Fault::new(until.at, "`until` does not lie after `from`: it would never be in force");
            self.faults.add(fault.help("`from` is the first moment in force, `until` the first that is not any more"));
        }
        // What lies before the story has begun with it.
        let [from, until] = moments.map(|moment| moment.map(|ns| u64::try_from(ns).unwrap_or(0)));
        Force { from, until }
    }

    /// A date, in nanoseconds since the start.
    fn moment_of(&mut self, name: &str, node: &Node) -> Option<i64> {
        let text = self.name_of(node, &format!("a date as `{name}`"))?;
        // Without a start the scenario has a fault of its own, which is told.
        let calendar = self.calendar.clone()?;
        match calendar.since_start(&text) {
            Ok(since) => Some(since),
            Err(_) => {
                let fault = Fault::new(node.at, format!("`{name}` is a date, found \"{text}\""));
                self.faults.add(fault.help("write a date, as in \"2026-11-05\", or with a time of day, \"2026-11-05 08:30\""));
                None
            }
        }
    }

    /// The mode that a policy is written with.
    pub(crate) fn mode(&mut self, node: Option<&Node>) -> Mode {
        let Some(node) = node else { return Mode::Live };
        if node.head() == "Canary" {
            let share = self.arguments(node, &["!share"]).and_then(|args| self.share_of_profiles(&args.need("share")));
            return Mode::Canary { share: share.unwrap_or(1.0) };
        }
        let found = node.as_text().unwrap_or_default().to_owned();
        Mode::named(&found).unwrap_or_else(|| {
            let known = Mode::NAMES.iter().copied().chain(["Canary(share: \"10%\")"]);
            self.unknown(node.at, "mode of a policy called", &found, known);
            Mode::Live
        })
    }

    fn share_of_profiles(&mut self, node: &Node) -> Option<f64> {
        let expr = self.expression(node)?;
        let share = match expr.node {
            ast::Node::Number(share) => Some(share),
            ast::Node::Int(share) => Some(share as f64),
            _ => None,
        };
        let share = share.filter(|share| (0.0..=1.0).contains(share));
        if share.is_none() {
            let fault = Fault::new(node.at, format!("a share of the profiles lies from 0 to 1, found {}", node.describe()));
            self.faults.add(fault.help("as in Canary(share: 0.1), or Canary(share: \"10%\")"));
        }
        share
    }
}
