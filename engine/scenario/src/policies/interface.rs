//! The interface page: all that a policy may see, know, remember and do.

use crate::definitions::Definitions;
use crate::fault::At;
use crate::kinds::constant_span;
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::types::{NUMBER, SPAN, Type};
use rehearsal_policy::feature::Feature;

/// The interface page, read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interface {
    pub(crate) about: u16,
    pub(crate) knows: Vec<(String, At, Node)>,
    /// Event, place, path of the one who states it, delay \[s\].
    pub(crate) sees: Vec<(String, At, Node, f64)>,
    pub(crate) hears: Vec<(String, At, Node)>,
    pub(crate) remembers: Vec<(String, At, Node)>,
    /// What each of them computes.
    pub(crate) features: Vec<Feature>,
    pub(crate) levers: Vec<String>,
}

impl Tables {
    /// Reads the interface page.
    pub(crate) fn read_interface(&mut self, definitions: &Definitions) -> Option<Interface> {
        let node = definitions.interface.as_ref()?;
        let args = self.arguments(node, &["!about", "knows", "sees", "hears", "remembers", "levers"])?;
        let about_node = args.need("about");
        let name = self.name_of(&about_node, "`about`")?;
        let Some(about) = self.kind_ids.get(&name).copied() else {
            let names: Vec<String> = self.kind_ids.keys().cloned().collect();
            self.unknown(about_node.at, "kind", &name, names.iter().map(String::as_str));
            return None;
        };
        let mut interface = Interface { about, ..Interface::default() };
        interface.knows = args.get("knows").map(Node::entries).unwrap_or_default();
        let hears = args.get("hears").map(Node::items).unwrap_or_default();
        interface.hears = hears.into_iter().map(|event| (event.head().to_owned(), event.at, event)).collect();
        for (name, at, node) in args.get("remembers").map(Node::entries).unwrap_or_default() {
            match self.read_feature(&node) {
                Some(feature) => {
                    interface.remembers.push((name, at, node));
                    interface.features.push(feature);
                }
                // That rules do not find it follows from this fault, and is not told.
                None => {
                    self.faulty.insert(name);
                }
            }
        }
        for (name, at, event) in args.get("sees").map(Node::entries).unwrap_or_default() {
            let Some(event) = self.arguments(&event, &["!from", "delay"]) else { continue };
            let delay = match event.get("delay") {
                Some(delay) => constant_span(self, &delay.clone(), 0).unwrap_or(0.0),
                None => 0.0,
            };
            interface.sees.push((name, at, event.need("from"), delay));
        }
        for lever in args.get("levers").map(Node::items).unwrap_or_default() {
            let name = lever.head().to_owned();
            if !self.procedures.contains_key(&name) {
                let names: Vec<String> = self.procedures.keys().cloned().collect();
                self.unknown(lever.at, "procedure", &name, names.iter().map(String::as_str));
            }
            interface.levers.push(name);
        }
        Some(interface)
    }

    /// The names and types of what is remembered.
    pub(crate) fn remembered_types(&mut self, interface: &Interface) -> Vec<(String, Type)> {
        interface
            .remembers
            .iter()
            .zip(&interface.features)
            .map(|((name, ..), feature)| {
                let ty = match feature {
                    feature if feature.is_whole() => Type::Int,
                    Feature::Since => Type::Maybe(Box::new(SPAN)),
                    feature => {
                        // The unit of what is fed; found where the feature is compiled. Before it is fed it is missing.
                        let ty = self.feature_types.get(name).cloned().unwrap_or(NUMBER);
                        if feature.is_never_missing() { ty } else { Type::Maybe(Box::new(ty)) }
                    }
                };
                (name.clone(), ty)
            })
            .collect()
    }
}
