//! What of a scenario is real where it runs live: twins and what is reported of them, inputs, outputs.
//!
//! `Live(...)` is read here and checked whenever a scenario loads, so that `rehearsal check` finds its faults. What it means
//! for twins is compiled into their kinds; inputs and outputs are data for the `live` crate, which carries them out. No
//! address and no secret is looked up here: [`Said`] says where it stands.

mod inputs;
mod outputs;
mod twins;

pub use inputs::{Clock, InputField, InputInfo};
pub use outputs::{Endpoint, OutputInfo, Said};
pub(crate) use twins::TwinParts;
pub use twins::{ReportInfo, TwinInfo};

use crate::definitions::Definitions;
use crate::kinds::constant_span;
use crate::tables::Tables;
use crate::tree::Node;
use serde::Serialize;

/// How far back events are told from those that came before, where a scenario does not say \[ns\].
const REPEATS: u64 = 600_000_000_000;

/// What of a scenario is real where it runs live.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LiveInfo {
    /// The kinds of actors that stand for real ones.
    pub twins: Vec<TwinInfo>,
    /// How far back an event is known again by its source and id \[ns\].
    pub repeats: u64,
    /// Where events come from that are not said in the scenario's own words.
    pub inputs: Vec<InputInfo>,
    /// What goes out, and where.
    pub outputs: Vec<OutputInfo>,
}

impl LiveInfo {
    /// The twin of a kind.
    #[must_use]
    pub fn twin(&self, kind: &str) -> Option<&TwinInfo> {
        self.twins.iter().find(|twin| twin.kind == kind)
    }
}

impl Tables {
    /// What `Live(...)` says beside its twins, once everything else is compiled.
    pub(crate) fn live_info(&mut self, definitions: &Definitions) -> Option<LiveInfo> {
        let node = definitions.live.as_ref()?;
        let args = self.arguments(node, &["!twins", "repeats", "inputs", "outputs"])?;
        let repeats = match args.get("repeats").cloned() {
            Some(node) => (constant_span(self, &node, 0)? * 1e9) as u64,
            None => REPEATS,
        };
        let twins = self.twin_infos();
        let channels: Vec<&str> = definitions.channels.iter().map(|(name, ..)| name.as_str()).collect();
        let mut inputs = Vec::new();
        for (name, _, node) in args.get("inputs").map(Node::entries).unwrap_or_default() {
            inputs.extend(self.input(name, &node, &twins));
        }
        let mut outputs = Vec::new();
        for (name, _, node) in args.get("outputs").map(Node::entries).unwrap_or_default() {
            outputs.extend(self.output(name, &node, &channels));
        }
        Some(LiveInfo { twins, repeats, inputs, outputs })
    }

    /// A list of names, or one.
    fn names_in(&mut self, node: Option<&Node>, what: &str) -> Vec<(String, crate::fault::At)> {
        let items = node.map(Node::items).unwrap_or_default();
        items.iter().filter_map(|item| self.name_of(item, what).map(|name| (name, item.at))).collect()
    }
}
