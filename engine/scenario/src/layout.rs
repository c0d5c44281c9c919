//! Kinds with their mixins merged in, and where each value lies in a row.

use crate::definitions::{Definitions, Named};
use crate::fault::{At, Fault};
use crate::tables::{Bound, FieldInfo, KindInfo, RegionInfo, StateInfo, Tables};
use crate::tree::{Node, What};
use rehearsal_language::types::{HolderKind, Type};
use rehearsal_policy::feature::Feature;
use rehearsal_world::plan::NESTING_MAX;
use std::collections::BTreeMap;

/// What a kind or mixin may say.
pub(crate) const PARTS: &[&str] = &[
    "name", "like", "params", "traits", "fields", "owns", "initial", "states", "regions", "on", "after", "every", "at",
    "sources", "answers", "board", "init", "moves", "native", "hears", "tells", "notes",
];

/// The sections of timers, in the order in which they start.
pub(crate) const TIMERS: [&str; 4] = ["after", "every", "at", "sources"];

/// The most regions of a kind: one bit each in a word.
const REGIONS_MAX: usize = 64;

/// A region as it is written: its path, where, the state it begins in, and what else stands in it.
struct Written {
    name: String,
    at: At,
    initial: Option<Node>,
    node: Option<Node>,
}

/// The node of a kind or mixin with the environment it stands in.
pub(crate) struct Piece {
    pub(crate) node: Node,
    pub(crate) env: u32,
}

impl Tables {
    /// Gives every kind its number, then its layout.
    pub(crate) fn lay_out(&mut self, definitions: &Definitions) {
        // Number 0 is nobody, so that no reference is ever the word 0.
        self.kinds.push(KindInfo::new("nobody"));
        for (name, ..) in &definitions.kinds {
            let number = self.kinds.len() as u16;
            self.kind_ids.insert(name.clone(), number);
            self.kinds.push(KindInfo::new(name));
        }
        if self.kinds.len() > 200 {
            self.faults.add(Fault::general("a scenario has at most 200 kinds"));
        }
        let mut pieces = Vec::new();
        for (number, (_, _, node)) in definitions.kinds.iter().enumerate() {
            let mut list = Vec::new();
            let mut mixins = Vec::new();
            let env = self.params(node, None, 0);
            self.gather(definitions, node, env, &mut list, &mut mixins);
            for mixin in &mixins {
                self.mixin_kinds.entry(mixin.clone()).or_default().push(number as u16 + 1);
            }
            self.kinds[number + 1].mixins = mixins;
            pieces.push(list);
        }
        for (number, list) in pieces.iter().enumerate() {
            self.lay_out_kind(number as u16 + 1, list);
        }
    }

    /// A kind and its mixins, innermost mixins first, each with its own parameters; `env` has those of the kind.
    fn gather(&mut self, definitions: &Definitions, node: &Node, env: u32, list: &mut Vec<Piece>, mixins: &mut Vec<String>) {
        for (name, at, _) in node.entries() {
            if !PARTS.contains(&name.as_str()) {
                self.incomplete = true;
                self.unknown(at, &format!("part of {}(...) called", node.head()), &name, PARTS.iter().copied());
            }
        }
        for mixin in node.get("like").map(Node::items).unwrap_or_default() {
            let name = mixin.head().to_owned();
            let Some(found) = definitions.mixins.get(&name) else {
                let names: Vec<String> = definitions.mixins.keys().cloned().collect();
                self.unknown(mixin.at, "mixin", &name, names.iter().map(String::as_str));
                self.incomplete = true;
                continue;
            };
            if leads_to(definitions, found, &name, &mut Vec::new()) {
                self.fault(mixin.at, format!("mixin `{name}` is like itself"));
                self.incomplete = true;
                continue;
            }
            if mixins.contains(&name) {
                continue;
            }
            mixins.push(name);
            let inner = self.params(found, Some(&mixin), env);
            self.gather(definitions, found, inner, list, mixins);
        }
        list.push(Piece { node: node.clone(), env });
    }

    /// The environment of a kind's, policy's or mixin's parameters.
    pub(crate) fn params(&mut self, node: &Node, usage: Option<&Node>, user: u32) -> u32 {
        let mut names = BTreeMap::new();
        let params = node.get("params").map(Node::entries).unwrap_or_default();
        for (name, _, value) in &params {
            names.insert(name.clone(), Bound::Value(value.clone(), 0));
        }
        if let Some(usage) = usage {
            if matches!(&usage.what, What::Tuple(_, items) if !items.is_empty()) {
                let fault = Fault::new(usage.at, format!("the parameters of {}(...) are given by name", usage.head()));
                self.faults.add(fault.help(format!(
                    "as in {}({})",
                    usage.head(),
                    params.first().map_or("".into(), |(name, ..)| format!("{name}: ..."))
                )));
            }
            for (name, at, value) in usage.entries() {
                if params.iter().any(|(have, ..)| *have == name) {
                    names.insert(name, Bound::Value(value, user));
                } else {
                    let known: Vec<&str> = params.iter().map(|(name, ..)| name.as_str()).collect();
                    self.unknown(at, &format!("parameter of {} called", usage.head()), &name, known);
                }
            }
        }
        self.environment(None, names)
    }

    fn lay_out_kind(&mut self, number: u16, pieces: &[Piece]) {
        let mut kind = std::mem::take(&mut self.kinds[number as usize]);
        kind.env = pieces.last().map_or(0, |piece| piece.env);
        self.native_parts(&mut kind, pieces);
        for piece in pieces {
            self.regions(&mut kind, piece);
        }
        for section in ["traits", "fields"] {
            for piece in pieces {
                for (name, at, node) in piece.node.get(section).map(Node::entries).unwrap_or_default() {
                    self.add_field(&mut kind, &name, at, &node, piece.env, section == "traits");
                }
            }
        }
        for piece in pieces {
            self.add_board(&mut kind, piece);
            self.sections(&mut kind, piece);
        }
        for (node, env) in kind.init.clone() {
            self.initial_values(&mut kind, &node, env);
        }
        self.kinds[number as usize] = kind;
    }

    pub(crate) fn add_field(&mut self, kind: &mut KindInfo, name: &str, at: At, node: &Node, env: u32, fixed: bool) {
        if let Some(before) = kind.field(name) {
            let first = self.sources.cite(before.at);
            let fault = Fault::new(at, format!("`{name}` is there twice in kind `{}`", kind.name));
            return self.faults.add(fault.help(format!("the other is at {first}")));
        }
        let Some(written) = self.written_type(node, env) else {
            self.faulty.insert(name.to_owned());
            return;
        };
        let slot = kind.slots(written.ty.width());
        kind.fields.push(FieldInfo {
            name: name.to_owned(),
            at,
            ty: written.ty,
            slot,
            fixed,
            board: false,
            node: node.clone(),
            env,
            part: written.part,
            whole: written.whole,
            init: None,
        });
    }

    fn regions(&mut self, kind: &mut KindInfo, piece: &Piece) {
        if let Some(states) = piece.node.get("states") {
            let region =
                Written { name: "main".into(), at: piece.node.at, initial: piece.node.get("initial").cloned(), node: None };
            self.region(kind, region, states, piece.env, None);
        }
        self.named_regions(kind, &piece.node, "", piece.env, None);
    }

    /// The regions that stand under `regions`, in a kind or in a state.
    fn named_regions(&mut self, kind: &mut KindInfo, node: &Node, path: &str, env: u32, parent: Option<(u16, u16)>) {
        for (name, at, region) in node.get("regions").map(Node::entries).unwrap_or_default() {
            let Some(args) = self.arguments(&region, &["!initial", "!states", "on", "after", "every", "at", "sources"]) else {
                continue;
            };
            let states = args.need("states");
            let initial = args.get("initial").cloned();
            let written = Written { name: format!("{path}{name}"), at, initial, node: Some(region.clone()) };
            self.region(kind, written, &states, env, parent);
        }
    }

    fn region(&mut self, kind: &mut KindInfo, written: Written, states: &Node, env: u32, parent: Option<(u16, u16)>) {
        let Written { name, at, initial, node } = written;
        if kind.regions.iter().any(|region| region.name == name) {
            self.incomplete = true;
            return self.fault(at, format!("kind `{}` has two regions called `{name}`", kind.name));
        }
        let Some(initial) = initial else {
            self.incomplete = true;
            let what = if node.is_none() && parent.is_some() { "state" } else { "region" };
            let fault =
                Fault::new(at, format!("{what} `{name}` of kind `{}` lacks `initial`: the state it starts in", kind.name));
            let first = states.entries().first().map(|(state, ..)| format!("as in initial: {state}"));
            return self.faults.add(fault.maybe_help(first));
        };
        if kind.regions.len() == REGIONS_MAX {
            self.incomplete = true;
            let fault = Fault::new(at, format!("kind `{}` has more than {REGIONS_MAX} regions", kind.name));
            return self
                .faults
                .add(fault.help("those of its states count too: give some of them to parts of it, as in Part(...)"));
        }
        let number = kind.regions.len() as u16;
        if parent.map_or(0, |(outer, _)| 1 + kind.around(outer).count()) >= NESTING_MAX {
            self.incomplete = true;
            let fault = Fault::new(at, format!("states lie in states at most {NESTING_MAX} deep, these lie deeper"));
            return self.faults.add(fault.help("let some of them stand side by side, or let a field tell them apart"));
        }
        let slot = kind.slots(2);
        let mut list = Vec::new();
        for (state, _, node) in states.entries() {
            if node.head() != "State" {
                self.fault(node.at, format!("state `{state}` is written State(...), found {}", node.describe()));
                continue;
            }
            let parts = [
                "entry", "exit", "process", "on", "after", "every", "at", "sources", "takes", "rules", "initial", "states",
                "regions",
            ];
            self.arguments(&node, &parts);
            let mut takes = Vec::new();
            for (name, _, ty) in node.get("takes").map(Node::entries).unwrap_or_default() {
                if let Some(written) = self.written_type(&ty, env) {
                    let slot = kind.slots(written.ty.width());
                    takes.push((name, written.ty, slot));
                }
            }
            list.push(StateInfo { name: state, takes, node, env, regions: Vec::new() });
        }
        if list.is_empty() {
            return self.fault(states.at, format!("region `{name}` of kind `{}` has no states", kind.name));
        }
        let nested: Vec<(String, Node)> = list.iter().map(|state| (state.name.clone(), state.node.clone())).collect();
        let path = if name == "main" { String::new() } else { format!("{name}.") };
        kind.regions.push(RegionInfo { name, slot, initial, states: list, node, env, parent });
        for (state, (name, node)) in nested.into_iter().enumerate() {
            self.nested(kind, (number, state as u16), &format!("{path}{name}"), &node, env);
        }
    }

    /// The regions inside a state: one that is written as its `states`, or several that have names.
    fn nested(&mut self, kind: &mut KindInfo, place: (u16, u16), name: &str, node: &Node, env: u32) {
        let first = kind.regions.len();
        if let Some(states) = node.get("states") {
            let region = Written { name: name.to_owned(), at: node.at, initial: node.get("initial").cloned(), node: None };
            self.region(kind, region, states, env, Some(place));
        } else if let Some(initial) = node.get("initial") {
            let fault = Fault::new(initial.at, format!("state `{name}` has `initial`, but no states inside it"));
            self.faults.add(fault.help("give it states: { ... }, or leave `initial` out"));
        }
        if let (Some(_), Some(regions)) = (node.get("states"), node.get("regions")) {
            let fault = Fault::new(regions.at, format!("state `{name}` has both `states` and `regions` inside it"));
            self.faults.add(fault.help("make its `states` a region of a name of its own"));
        }
        self.named_regions(kind, node, &format!("{name}."), env, Some(place));
        let inside = (first..kind.regions.len()).map(|region| region as u16);
        let inside = inside.filter(|region| kind.regions[*region as usize].parent == Some(place)).collect();
        kind.regions[place.0 as usize].states[place.1 as usize].regions = inside;
    }

    fn add_board(&mut self, kind: &mut KindInfo, piece: &Piece) {
        let Some(board) = piece.node.get("board") else { return };
        let Some(args) = self.arguments(board, &["!period", "!show"]) else { return };
        for (name, at, value) in args.need("show").entries() {
            self.add_field(kind, &name, at, &value, piece.env, false);
            if let Some(field) = kind.fields.last_mut().filter(|field| field.name == name) {
                field.board = true;
            }
        }
        kind.boards.push((board.clone(), piece.env));
    }

    fn sections(&mut self, kind: &mut KindInfo, piece: &Piece) {
        let env = piece.env;
        for (name, at, node) in piece.node.get("owns").map(Node::entries).unwrap_or_default() {
            let what = match node.head() {
                "Resource" => HolderKind::Resource,
                "Pool" => HolderKind::Pool,
                "Stock" => HolderKind::Stock,
                "Agenda" => HolderKind::Agenda,
                "Line" => HolderKind::Line,
                other => {
                    let other = other.to_owned();
                    self.unknown(node.at, "holder", &other, ["Resource", "Pool", "Stock", "Agenda", "Line"]);
                    self.faulty.insert(name);
                    continue;
                }
            };
            if kind.holders.iter().any(|(have, ..)| *have == name) || kind.field(&name).is_some() {
                self.fault(at, format!("`{name}` is there twice in kind `{}`", kind.name));
            }
            kind.holders.push((name, what, node, env));
        }
        kind.on.extend(
            piece.node.get("on").map(Node::entries).unwrap_or_default().into_iter().map(|(name, at, node)| (name, at, node, env)),
        );
        for sort in TIMERS {
            kind.timers
                .extend(piece.node.get(sort).map(Node::items).unwrap_or_default().into_iter().map(|timer| (sort, timer, env)));
        }
        let answers = piece.node.get("answers").map(Node::entries).unwrap_or_default();
        kind.answers.extend(answers.into_iter().map(|(name, at, node)| (name, at, node, env)));
        kind.init.extend(piece.node.get("init").map(Node::items).unwrap_or_default().into_iter().map(|step| (step, env)));
        if let Some(speed) = piece.node.get("moves") {
            kind.moves = true;
            kind.top_speed = Some((speed.clone(), env));
        }
    }

    /// `init: [Set(here: base)]`: other values at birth for fields that come from elsewhere.
    fn initial_values(&mut self, kind: &mut KindInfo, step: &Node, env: u32) {
        if step.head() != "Set" {
            let fault = Fault::new(step.at, format!("init sets fields at birth, found {}", step.describe()));
            return self.faults.add(fault.help("as in init: [Set(here: base)]"));
        }
        for (name, at, value) in step.entries() {
            match kind.fields.iter_mut().find(|field| field.name == name) {
                Some(field) => field.init = Some((value, env)),
                None => {
                    let names: Vec<String> = kind.fields.iter().map(|field| field.name.clone()).collect();
                    self.unknown(at, &format!("field of {}", kind.name), &name, names.iter().map(String::as_str));
                }
            }
        }
    }

    /// Adds the mind of a policy as a kind, that of a policy in shadow where asked for; gives its number.
    pub(crate) fn add_mind(
        &mut self,
        policy: &Named,
        about: u16,
        knows: &[(String, At, Node)],
        remembers: &[(String, Type, Feature)],
        shadow: bool,
    ) -> u16 {
        let (name, at, node) = policy;
        let number = self.kinds.len() as u16;
        let env = self.params(node, None, 0);
        let called = format!("{name} {}", if shadow { "shadow" } else { "policy" });
        let mut kind = KindInfo { policy: true, shadow, env, ..KindInfo::new(&called) };
        let piece = Piece { node: node.clone(), env };
        self.regions(&mut kind, &piece);
        let profile =
            Node { at: *at, what: What::Tuple("Whole".into(), vec![Node::word(*at, &self.kinds[about as usize].name.clone())]) };
        self.add_field(&mut kind, "profile", *at, &profile, env, true);
        for (name, at, node) in knows {
            self.add_field(&mut kind, name, *at, node, env, true);
        }
        for (name, ty, feature) in remembers {
            let slot = kind.slots(feature.words());
            kind.features.push((name.clone(), *feature));
            kind.fields.push(FieldInfo {
                name: name.clone(),
                at: *at,
                ty: ty.clone(),
                slot,
                fixed: false,
                board: true,
                node: Node::word(*at, "remembered"),
                env,
                part: None,
                whole: false,
                init: None,
            });
        }
        kind.patterns = node.get("patterns").map(Node::entries).unwrap_or_default();
        kind.rules.extend(node.get("rules").map(Node::items).unwrap_or_default().into_iter().map(|rule| (rule, env)));
        self.kinds.push(kind);
        number
    }
}

/// Whether what a mixin is like leads to the mixin `name` again.
fn leads_to(definitions: &Definitions, mixin: &Node, name: &str, seen: &mut Vec<String>) -> bool {
    mixin.get("like").map(Node::items).unwrap_or_default().iter().any(|like| {
        let head = like.head();
        if head == name {
            return true;
        }
        if seen.iter().any(|have| have == head) {
            return false;
        }
        seen.push(head.to_owned());
        definitions.mixins.get(head).is_some_and(|next| leads_to(definitions, next, name, seen))
    })
}
