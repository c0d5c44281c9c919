//! Relations between members of groups: random graphs, and what traits say.

use crate::args::Arguments;
use crate::fault::{At, Fault};
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::compile::nearest;
use rehearsal_language::scope::{Crowd, Scope};
use rehearsal_language::types::{Kinds, Type};
use rehearsal_world::plan::{Function, Links, Relation};

use crate::scope::ActorScope;

/// The most ties that one member of a graph makes.
const LINKS_MAX: f64 = 100_000.0;

/// The most neighbours on a ring: to exchange one, all are looked through.
const NEIGHBOURS_MAX: f64 = 1_000.0;

/// A relation as named: whose it is, and whom it leads to.
#[derive(Clone, Debug)]
pub(crate) struct RelationInfo {
    pub(crate) name: String,
    pub(crate) of: u16,
    pub(crate) to: u16,
    args: Arguments,
    at: At,
}

impl Tables {
    /// The names of the relations, before anything is compiled; groups are named before.
    pub(crate) fn name_relations(&mut self, scenario: &Node) {
        for (name, at, node) in scenario.get("relations").map(Node::entries).unwrap_or_default() {
            if node.head() != "Relation" {
                let fault = Fault::new(node.at, format!("a relation is written Relation(...), found {}", node.describe()));
                self.faults.add(fault.help("as in friends: Relation(among: people, graph: Random(mean: 8))"));
                self.faulty.insert(name);
                continue;
            }
            let found = self
                .arguments(&node, &["among", "of", "to", "graph", "same", "by"])
                .and_then(|args| self.related(name.clone(), at, args));
            match found {
                Some(_) if self.groups.iter().any(|(group, _)| *group == name) => {
                    self.fault(at, format!("`{name}` is a group already: a relation needs another name"));
                }
                Some(found) => self.relations.push(found),
                None => {
                    self.faulty.insert(name);
                }
            }
        }
    }

    fn related(&mut self, name: String, at: At, args: Arguments) -> Option<RelationInfo> {
        let group = |tables: &mut Tables, key: &str| {
            let node = args.get(key)?.clone();
            let named = tables.name_of(&node, "a group")?;
            let found = tables.groups.iter().position(|(have, _)| *have == named);
            if found.is_none() {
                let names: Vec<String> = tables.groups.iter().map(|(name, _)| name.clone()).collect();
                tables.unknown(node.at, "group", &named, names.iter().map(String::as_str));
            }
            found.map(|found| found as u16)
        };
        let (of, to) = match (args.get("among").is_some(), args.get("of").is_some(), args.get("to").is_some()) {
            (true, false, false) => {
                let group = group(self, "among")?;
                (group, group)
            }
            (false, true, true) => (group(self, "of")?, group(self, "to")?),
            _ => {
                let fault = Fault::new(at, format!("relation `{name}` does not say between whom"));
                self.faults.add(fault.help("among: one group, or of: whose it is, to: whom it leads to"));
                return None;
            }
        };
        Some(RelationInfo { name, of, to, args, at })
    }

    /// Compiles the relations.
    pub(crate) fn compile_relations(&mut self) -> Vec<Relation> {
        let infos = self.relations.clone();
        infos
            .iter()
            .filter_map(|info| {
                let links = self.links(info)?;
                Some(Relation { name: info.name.clone(), of: info.of, to: info.to, links })
            })
            .collect()
    }

    fn links(&mut self, info: &RelationInfo) -> Option<Links> {
        let (args, one) = (&info.args, info.args.get("among").is_some());
        let kind = |tables: &Tables, group: u16| tables.groups[group as usize].1;
        match (args.get("graph"), args.get("same"), args.get("by")) {
            (Some(graph), None, None) if one => self.graph(&graph.clone()),
            (None, Some(trait_of), None) if one => {
                let kind = kind(self, info.of);
                self.fixed(kind, &trait_of.clone(), None).map(|slot| Links::Same { slot })
            }
            (None, None, Some(by)) if !one => {
                let (of, to) = (kind(self, info.of), kind(self, info.to));
                self.fixed(to, &by.clone(), Some(of)).map(|slot| Links::Pointing { slot })
            }
            _ => {
                let fault = Fault::new(info.at, format!("relation `{}` does not say who is connected", info.name));
                self.faults.add(fault.help(
                    "among a group: graph: Random(mean: 8), or same: a trait; of one group to another: by: a trait of those it leads to",
                ));
                None
            }
        }
    }

    fn graph(&mut self, node: &Node) -> Option<Links> {
        match node.head() {
            "Random" => {
                let args = self.arguments(node, &["!mean"])?;
                Some(Links::Random { mean: self.ties(&args.need("mean"), "the mean of ties", 0.0)? })
            }
            "SmallWorld" => {
                let args = self.arguments(node, &["!neighbours", "!rewired"])?;
                let neighbours = self.ties(&args.need("neighbours"), "neighbours", 0.0)?;
                if neighbours > NEIGHBOURS_MAX {
                    let message = format!("{neighbours} neighbours: a ring has up to {NEIGHBOURS_MAX} of each");
                    self.faults.add(
                        Fault::new(args.need("neighbours").at, message)
                            .help("where so many are tied, Random(mean: ...) is much the same"),
                    );
                    return None;
                }
                if neighbours % 2.0 != 0.0 {
                    let message = format!("{neighbours} neighbours: they stand on both sides alike, so it is an even number");
                    let help = format!("give {} or {}", neighbours - 1.0, neighbours + 1.0);
                    self.faults.add(Fault::new(args.need("neighbours").at, message).help(help));
                    return None;
                }
                let node = args.need("rewired");
                let rewired = self.plain_number(&node, "the share that is rewired")?;
                if !(0.0..=1.0).contains(&rewired) {
                    self.fault(node.at, format!("a share of {rewired}: it lies from 0 to 1"));
                    return None;
                }
                Some(Links::SmallWorld { neighbours: neighbours as u32, rewired })
            }
            "ScaleFree" => {
                let args = self.arguments(node, &["!links"])?;
                Some(Links::ScaleFree { links: self.ties(&args.need("links"), "links", 1.0)? as u32 })
            }
            "Circles" => {
                let args = self.arguments(node, &["!size"])?;
                Some(Links::Circles { size: self.ties(&args.need("size"), "the size of a circle", 1.0)? as u32 })
            }
            other => {
                let other = other.to_owned();
                self.unknown(node.at, "graph", &other, ["Random", "SmallWorld", "ScaleFree", "Circles"]);
                None
            }
        }
    }

    /// How many ties, at least `least`; only a mean need not be a whole number.
    fn ties(&mut self, node: &Node, what: &str, least: f64) -> Option<f64> {
        let found = self.plain_number(node, what)?;
        let whole = !what.contains("mean");
        if (least..=LINKS_MAX).contains(&found) && (!whole || found.fract() == 0.0) {
            return Some(found);
        }
        let sort = if whole { "a whole number" } else { "a number" };
        self.fault(node.at, format!("{what} of {found}: it is {sort} from {least} to {LINKS_MAX}"));
        None
    }

    /// The slot of a trait; of one that refers to an actor of a kind, where one is given.
    fn fixed(&mut self, kind: u16, node: &Node, to: Option<u16>) -> Option<u16> {
        let name = self.name_of(node, "a trait")?;
        let info = self.kinds[kind as usize].clone();
        let Some(field) = info.fields.iter().find(|field| field.name == name && field.fixed) else {
            let names = info.fields.iter().filter(|field| field.fixed).map(|field| field.name.as_str());
            let known: Vec<&str> = names.collect();
            let help = match nearest(&name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "it has no traits: those who are connected are told by one".into(),
                None => format!("its traits are {}", known.join(", ")),
            };
            self.faults.add(Fault::new(node.at, format!("a {} has no trait `{name}`", info.name)).help(help));
            return None;
        };
        let present = match &field.ty {
            Type::Maybe(inner) => inner,
            ty => ty,
        };
        let fits = match (present, to) {
            (Type::Ref { kinds, .. }, Some(to)) => kinds.list().contains(&to),
            (ty, None) => ty.width() == 1,
            _ => false,
        };
        if !fits {
            let wanted = to.map_or_else(|| "a single value".to_owned(), |to| format!("a Ref({})", self.kind_name(to)));
            let help = to.map(|to| format!("such a trait is written {name}: Ref({})", self.kind_name(to)));
            let fault = Fault::new(node.at, format!("the trait `{name}` of {} is not {wanted}", info.name));
            self.faults.add(fault.maybe_help(help));
            return None;
        }
        Some(field.slot)
    }
}

impl ActorScope<'_> {
    /// The group, or the relation of this kind of actor, that a name stands for where nothing nearer is called so.
    pub(crate) fn crowd_named(&mut self, name: &str) -> Option<Crowd> {
        let groups = self.tables.groups.len() as u16;
        let group = self.tables.groups.iter().position(|(group, _)| group == name).map(|at| at as u16);
        let number = group.or_else(|| {
            let mine = |info: &RelationInfo| info.name == name && self.tables.groups[info.of as usize].1 == self.kind;
            self.tables.relations.iter().position(mine).map(|at| groups + at as u16)
        })?;
        let plain =
            matches!(self.name(name), Ok(None | Some(rehearsal_language::scope::Binding::Constant { ty: Type::Name(_), .. })));
        let to = match number.checked_sub(groups) {
            Some(relation) => self.tables.relations[relation as usize].to,
            None => number,
        };
        let kind = self.tables.groups[to as usize].1;
        let (size, member) = (Function::CrowdSize { crowd: number }, Function::CrowdMember { crowd: number });
        plain.then(|| Crowd {
            group,
            kinds: Kinds::One(kind),
            size: self.tables.function(size),
            member: self.tables.function(member),
        })
    }
}
