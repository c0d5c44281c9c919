//! What names mean across a whole scenario: kinds and their layout, messages, procedures, environments.

use crate::fault::{At, Collector, Fault, Sources};
use crate::native::NativeInfo;
use crate::tree::Node;
use rehearsal_language::ast::Expr;
use rehearsal_language::compile::nearest;
use rehearsal_language::data::Data;
use rehearsal_language::symbol::Symbols;
use rehearsal_language::types::{HolderKind, Kinds, Type};
use rehearsal_policy::feature::Feature;
use rehearsal_world::plan::{Effect, Function, Payload, ROW_RESERVED, Schema};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

/// What a name of an environment is bound to.
#[derive(Clone, Debug)]
pub(crate) enum Bound {
    /// A value to be read in the environment where it was written.
    Value(Node, u32),
    /// A name.
    Name(String),
    /// Steps to be spliced in, with their environment.
    Steps(Vec<Node>, u32),
}

/// Names given by a mixin's or procedure's parameters.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    pub(crate) parent: Option<u32>,
    pub(crate) names: BTreeMap<String, Bound>,
}

/// An expression that stands somewhere: its environment and its file.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Standing {
    pub(crate) environment: u32,
    pub(crate) source: u32,
}

/// How a parameter of a procedure is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Evaluated once, at the call.
    Value,
    /// A bare name.
    Name,
    /// Evaluated where it is used.
    Expr,
    /// Steps, spliced in.
    Steps,
}

/// Steps under a name.
#[derive(Clone, Debug)]
pub(crate) struct Procedure {
    pub(crate) at: At,
    pub(crate) params: Vec<(String, Taken)>,
    pub(crate) body: Vec<Node>,
    /// How it is undone; nothing where it is not.
    pub(crate) undo: Vec<Node>,
}

/// A field as laid out.
#[derive(Clone, Debug)]
pub(crate) struct FieldInfo {
    pub(crate) name: String,
    pub(crate) at: At,
    pub(crate) ty: Type,
    pub(crate) slot: u16,
    /// Fixed at birth: others may read it, nobody may set it.
    pub(crate) fixed: bool,
    /// Published: others may read it.
    pub(crate) board: bool,
    pub(crate) node: Node,
    pub(crate) env: u32,
    pub(crate) part: Option<u16>,
    pub(crate) whole: bool,
    /// Another value at birth than its type says, and where that stands.
    pub(crate) init: Option<(Node, u32)>,
}

/// A state as laid out.
#[derive(Clone, Debug)]
pub(crate) struct StateInfo {
    pub(crate) name: String,
    pub(crate) takes: Vec<(String, Type, u16)>,
    pub(crate) node: Node,
    pub(crate) env: u32,
    /// The regions inside it.
    pub(crate) regions: Vec<u16>,
}

/// A region as laid out.
#[derive(Clone, Debug)]
pub(crate) struct RegionInfo {
    pub(crate) name: String,
    pub(crate) slot: u16,
    pub(crate) initial: Node,
    pub(crate) states: Vec<StateInfo>,
    pub(crate) node: Option<Node>,
    pub(crate) env: u32,
    /// The region and state that it lies in.
    pub(crate) parent: Option<(u16, u16)>,
}

/// A list of nodes with the environments they were written in.
pub(crate) type Written = Vec<(Node, u32)>;

/// A kind as laid out, before its programs are compiled.
#[derive(Clone, Debug, Default)]
pub(crate) struct KindInfo {
    pub(crate) name: String,
    pub(crate) mixins: Vec<String>,
    pub(crate) fields: Vec<FieldInfo>,
    pub(crate) regions: Vec<RegionInfo>,
    pub(crate) holders: Vec<(String, HolderKind, Node, u32)>,
    pub(crate) on: Vec<(String, At, Node, u32)>,
    pub(crate) timers: Vec<(&'static str, Node, u32)>,
    pub(crate) boards: Written,
    pub(crate) answers: Vec<(String, At, Node, u32)>,
    pub(crate) init: Written,
    pub(crate) rules: Written,
    /// Of a policy: patterns over time, and what it remembers.
    pub(crate) patterns: Vec<(String, At, Node)>,
    pub(crate) features: Vec<(String, Feature)>,
    pub(crate) moves: bool,
    pub(crate) top_speed: Option<(Node, u32)>,
    pub(crate) words: u16,
    pub(crate) sites: Vec<u64>,
    pub(crate) env: u32,
    pub(crate) policy: bool,
    /// Whether it is the mind of a policy in shadow: what acts in its text is left out.
    pub(crate) shadow: bool,
    /// What it does as a twin, where its actors stand for real ones.
    pub(crate) twin: Option<Box<crate::live::TwinParts>>,
    /// What it declares, where its behaviour is Rust.
    pub(crate) native: Option<Box<NativeInfo>>,
}

impl KindInfo {
    /// A kind with nothing in its rows but what the runtime keeps there.
    pub(crate) fn new(name: &str) -> KindInfo {
        KindInfo { name: name.to_owned(), words: ROW_RESERVED, ..KindInfo::default() }
    }

    /// Takes words of the row.
    pub(crate) fn slots(&mut self, words: u16) -> u16 {
        let at = self.words;
        self.words = self.words.saturating_add(words);
        at
    }

    pub(crate) fn field(&self, name: &str) -> Option<&FieldInfo> {
        self.fields.iter().find(|field| field.name == name)
    }

    pub(crate) fn here(&self) -> Option<&FieldInfo> {
        self.field("here").filter(|field| field.ty == Type::Place)
    }
}

/// Shapes of messages, notes or questions, found by looking at who sends them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shapes {
    ids: BTreeMap<String, u16>,
    /// As known from the pass before.
    pub(crate) known: Vec<Schema>,
    next: Vec<Collected>,
    fixed: BTreeSet<u16>,
}

#[derive(Clone, Debug, Default)]
struct Collected {
    fields: Vec<(String, Type, u32)>,
    senders: u32,
}

impl Shapes {
    /// The number of a shape, made on first sight.
    pub(crate) fn id(&mut self, name: &str) -> u16 {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = self.known.len() as u16;
        self.ids.insert(name.to_owned(), id);
        self.known.push(Schema { name: name.to_owned(), ..Schema::default() });
        self.next.push(Collected::default());
        id
    }

    pub(crate) fn find(&self, name: &str) -> Option<u16> {
        self.ids.get(name).copied()
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.ids.keys().map(String::as_str)
    }

    /// Declares a shape for good.
    pub(crate) fn declare(&mut self, name: &str, fields: &[(&str, Type)]) -> u16 {
        let id = self.id(name);
        self.fixed.insert(id);
        self.known[id as usize] = laid_out(name, fields.iter().map(|(name, ty)| ((*name).to_owned(), ty.clone())));
        id
    }

    /// Whether a shape was declared, rather than found.
    pub(crate) fn is_declared(&self, id: u16) -> bool {
        self.fixed.contains(&id)
    }

    /// Notes that somebody sends fields of these types.
    pub(crate) fn sent(&mut self, id: u16, fields: &[(String, Type)]) -> Result<(), String> {
        let known = &mut self.next[id as usize];
        known.senders += 1;
        for (name, ty) in fields {
            match known.fields.iter_mut().find(|(have, _, _)| have == name) {
                None => known.fields.push((name.clone(), ty.clone(), 1)),
                Some((_, have, count)) => {
                    *count += 1;
                    *have = merged(have, ty).ok_or_else(|| name.clone())?;
                }
            }
        }
        Ok(())
    }

    /// Ends a pass; whether any shape changed.
    pub(crate) fn settle(&mut self) -> bool {
        let mut changed = false;
        for (id, collected) in self.next.iter_mut().enumerate() {
            let collected = std::mem::take(collected);
            if self.fixed.contains(&(id as u16)) {
                continue;
            }
            let senders = collected.senders;
            let fields = collected.fields.into_iter().map(|(name, ty, count)| {
                let ty = if count < senders && !matches!(ty, Type::Maybe(_)) { Type::Maybe(Box::new(ty)) } else { ty };
                (name, ty)
            });
            let found = laid_out(&self.known[id].name, fields);
            if found != self.known[id] {
                self.known[id] = found;
                changed = true;
            }
        }
        changed
    }
}

fn laid_out(name: &str, fields: impl Iterator<Item = (String, Type)>) -> Schema {
    let mut schema = Schema { name: name.to_owned(), ..Schema::default() };
    for (name, ty) in fields {
        let offset = schema.words;
        schema.words += ty.width();
        schema.fields.push(Payload { name, ty, offset });
    }
    schema
}

/// The type of a field that several send.
fn merged(a: &Type, b: &Type) -> Option<Type> {
    if b.fits(a) {
        return Some(a.clone());
    }
    if a.fits(b) {
        return Some(b.clone());
    }
    match (a, b) {
        (Type::Name(Some(x)), Type::Name(Some(y))) => {
            let mut names = x.to_vec();
            names.extend(y.iter().filter(|name| !x.contains(name)));
            Some(Type::Name(Some(names.into())))
        }
        (Type::Ref { kinds: x, .. }, Type::Ref { kinds: y, .. }) => {
            let mut kinds = x.list();
            kinds.extend(y.list().into_iter().filter(|kind| !x.list().contains(kind)));
            Some(Type::Ref { kinds: Kinds::Many(kinds.into()), inside: false })
        }
        (Type::Maybe(_), _) | (_, Type::Maybe(_)) => merged(present(a), present(b)).map(|ty| Type::Maybe(Box::new(ty))),
        _ => None,
    }
}

/// The type of a value when it is there.
fn present(ty: &Type) -> &Type {
    match ty {
        Type::Maybe(inner) => inner,
        other => other,
    }
}

/// Everything that names resolve against, and what has been compiled so far besides code.
#[derive(Default)]
pub(crate) struct Tables {
    pub(crate) sources: Sources,
    pub(crate) faults: Collector,
    /// Faults of expressions that cannot be read, whatever they mean.
    pub(crate) syntax: Vec<crate::fault::Fault>,
    pub(crate) symbols: Symbols,
    pub(crate) environments: Vec<Environment>,
    pub(crate) standing: Vec<Standing>,
    /// Expressions by the byte they begin at, parsed once.
    pub(crate) parsed: BTreeMap<At, Option<Rc<Expr>>>,
    pub(crate) kinds: Vec<KindInfo>,
    pub(crate) kind_ids: BTreeMap<String, u16>,
    pub(crate) mixin_kinds: BTreeMap<String, Vec<u16>>,
    /// Where the files of the scenario lie, by their numbers.
    pub(crate) paths: BTreeMap<u32, std::path::PathBuf>,
    pub(crate) procedures: BTreeMap<String, Procedure>,
    pub(crate) groups: Vec<(String, u16)>,
    /// The scenario's own parameters, which all of it may use.
    pub(crate) params: BTreeMap<String, Node>,
    /// Columns, series and rows, by their names.
    pub(crate) data: BTreeMap<String, Arc<Data>>,
    pub(crate) relations: Vec<crate::relations::RelationInfo>,
    /// Gives dates their moments, once the start is read.
    pub(crate) calendar: Option<rehearsal_model::calendar::Calendar>,
    pub(crate) judged: crate::measures::Judged,
    pub(crate) messages: Shapes,
    pub(crate) notes: Shapes,
    pub(crate) questions: Shapes,
    /// What the texts of templates are filled with.
    pub(crate) texts: Shapes,
    pub(crate) answer_types: BTreeMap<u16, Type>,
    pub(crate) functions: Vec<Function>,
    pub(crate) effects: Vec<Effect>,
    pub(crate) claims: BTreeMap<u32, Vec<u16>>,
    pub(crate) inboxes: BTreeMap<u32, Vec<(u16, u16, u16)>>,
    /// What routines do together, by their starts.
    pub(crate) togethers: BTreeMap<u32, Vec<rehearsal_world::plan::Together>>,
    /// Whether anything asks how long it has waited.
    pub(crate) waited: bool,
    /// Decision tables.
    pub(crate) decisions: Vec<crate::policies::TableInfo>,
    /// Which kinds have a job that waits for which message.
    pub(crate) awaited: BTreeSet<(u16, u16)>,
    /// Who tells what, where: message, place.
    pub(crate) told: BTreeMap<u16, At>,
    /// What is told where something is undone that never is.
    pub(crate) told_in_vain: BTreeSet<u16>,
    /// Messages for which shared files have handlers.
    pub(crate) heard_in_shared: BTreeSet<u16>,
    /// Those of them that nobody tells, as known from the pass before.
    pub(crate) silent: BTreeSet<u16>,
    /// Who hears what, where.
    pub(crate) heard: BTreeMap<u16, At>,
    /// Which kinds state which notes.
    pub(crate) stated: BTreeSet<(u16, u16)>,
    /// The types of remembered features, found where they are fed.
    pub(crate) feature_types: BTreeMap<String, Type>,
    /// Whether the scenario has a map, readable or not.
    pub(crate) mapped: bool,
    /// What each question takes, as the first who answers it says.
    pub(crate) asked: BTreeMap<u16, Vec<(String, Type)>>,
    /// Types that native kinds declare: whether of a note, its name, the value's name.
    pub(crate) wanted: BTreeMap<(bool, String, String), Type>,
    /// Whether shapes have settled, so that what is missing now is missing for good.
    pub(crate) final_pass: bool,
    /// Whether minds remember what only other policies read.
    pub(crate) remembers_all: bool,
    /// Whether the branches of policies are counted.
    pub(crate) marked: bool,
    /// Names whose definition has a fault: that they are unknown elsewhere follows from it, and is not told.
    pub(crate) faulty: BTreeSet<String>,
    /// Whether steps or parts of kinds were left out because of a fault, so that loose ends mean nothing.
    pub(crate) incomplete: bool,
    /// What the compiler saw done, for advice and descriptions.
    pub(crate) recorded: crate::recorded::Recorded,
    /// Files that lie beside the scenario's folder, as the library does: not all that they define has to be used.
    pub(crate) shared: BTreeSet<u32>,
    /// Messages that a policy hears; none outside policies.
    pub(crate) hears: Vec<String>,
    /// Procedures that a policy may use; `None` outside policies.
    pub(crate) levers: Option<Vec<String>>,
    /// What a policy hands on, while one is compiled that stands alone.
    pub(crate) alone: Option<Vec<rehearsal_policy::engine::Act>>,
    /// What rehearsals judge by.
    pub(crate) aims: Vec<Aim>,
}

/// A measure that a rehearsal judges by, which is known once all are compiled.
#[derive(Clone, Debug)]
pub(crate) struct Aim {
    /// The rehearsal.
    pub(crate) effect: u32,
    /// The measure's name.
    pub(crate) measure: String,
    /// Where it is named.
    pub(crate) at: At,
}

impl Tables {
    /// Adds a fault.
    pub(crate) fn fault(&mut self, at: At, message: impl Into<String>) {
        self.faults.add(Fault::new(at, message));
    }

    /// Adds a fault about a name that is unknown, with the nearest right one.
    pub(crate) fn unknown<'n>(&mut self, at: At, what: &str, name: &str, known: impl IntoIterator<Item = &'n str>) {
        if self.faulty.contains(name) {
            return self.faults.add(Fault::new(at, ""));
        }
        let known: Vec<&str> = known.into_iter().collect();
        let help = match nearest(name, known.iter().copied()) {
            Some(near) => Some(format!("did you mean `{near}`?")),
            None if known.is_empty() => None,
            None => Some(format!("known: {}", known.join(", "))),
        };
        self.faults.add(Fault::new(at, format!("there is no {what} `{name}`")).maybe_help(help));
    }

    pub(crate) fn kind_name(&self, kind: u16) -> String {
        self.kinds.get(kind as usize).map_or_else(|| "?".into(), |kind| kind.name.clone())
    }

    /// The kinds that a kind's or mixin's name stands for.
    pub(crate) fn kinds_named(&self, name: &str) -> Option<Kinds> {
        if let Some(kind) = self.kind_ids.get(name) {
            return Some(Kinds::One(*kind));
        }
        let kinds = self.mixin_kinds.get(name)?;
        Some(match kinds.as_slice() {
            [one] => Kinds::One(*one),
            many => Kinds::Many(many.to_vec().into()),
        })
    }

    /// A new environment.
    pub(crate) fn environment(&mut self, parent: Option<u32>, names: BTreeMap<String, Bound>) -> u32 {
        self.environments.push(Environment { parent, names });
        (self.environments.len() - 1) as u32
    }

    /// What a name is bound to, seen from an environment.
    pub(crate) fn bound(&self, mut env: u32, name: &str) -> Option<&Bound> {
        loop {
            let environment = &self.environments[env as usize];
            if let Some(bound) = environment.names.get(name) {
                return Some(bound);
            }
            env = environment.parent?;
        }
    }

    /// A node with parameters replaced: a bare word that is bound stands for its value.
    pub(crate) fn resolve(&self, node: &Node, env: u32) -> (Node, u32) {
        match node.as_word().and_then(|word| self.bound(env, word)) {
            Some(Bound::Value(value, inner)) => self.resolve(&value.clone(), *inner),
            Some(Bound::Name(name)) => (Node::word(node.at, name), 0),
            _ => (node.clone(), env),
        }
    }

    /// Whether `inner` is `outer` or lies inside it.
    pub(crate) fn inside(&self, mut inner: u32, outer: u32) -> bool {
        // Names of no environment, such as what a question carries, are known everywhere.
        if outer == u32::MAX {
            return true;
        }
        loop {
            if inner == outer {
                return true;
            }
            match self.environments[inner as usize].parent {
                Some(parent) => inner = parent,
                None => return false,
            }
        }
    }

    /// A number for an expression's environment and file.
    pub(crate) fn stand(&mut self, environment: u32, source: u32) -> u32 {
        self.standing.push(Standing { environment, source });
        (self.standing.len() - 1) as u32
    }

    /// A function's number in the plan.
    pub(crate) fn function(&mut self, function: Function) -> u16 {
        let at = self.functions.iter().position(|have| *have == function).unwrap_or_else(|| {
            self.functions.push(function);
            self.functions.len() - 1
        });
        at as u16
    }
}
