//! Measures and segments: where they look, and in whose scope.

use crate::code::{Code, Place, Purpose, value_routine};
use crate::definitions::Definitions;
use crate::fault::{At, Fault};
use crate::scope::EventShape;
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::ast::{self, Expr};
use rehearsal_language::compile::nearest;
use rehearsal_language::program::{Instr, Program, Routine};
use rehearsal_language::span::Span;
use rehearsal_language::types::Type;
use rehearsal_language::unit::{self, Dimension};
use rehearsal_world::plan::{Happening, MeasurePlan, Segments};

mod figures;
mod judged;

pub(crate) use figures::PairInfo;
pub(crate) use judged::Judged;
pub use judged::{BreakdownInfo, ExpectationForm, ExpectationInfo, FunnelInfo, ValueInfo};

/// Compiles measures.
pub(crate) struct MeasureCompiler<'a> {
    pub(crate) tables: &'a mut Tables,
    pub(crate) program: &'a mut Program,
    /// The kind of the people that segments sort.
    pub(crate) person: Option<u16>,
    /// The first steps of funnels, by the funnels' names.
    pub(crate) firsts: Vec<(String, String)>,
}

impl MeasureCompiler<'_> {
    /// Who is sorted into segments, and by what.
    pub(crate) fn segments(&mut self, definitions: &Definitions) -> Option<Segments> {
        let node = definitions.segments.as_ref()?;
        let args = self.tables.arguments(node, &["!of", "!by"])?;
        let kind = self.person?;
        let by = args.need("by");
        let place = Place { kind, state: None, event: EventShape::None, purpose: Purpose::Value, path: "segments" };
        let (routine, ty) = value_routine(self.program, self.tables, &place, &by, self.tables_env(kind), None)?;
        match ty {
            Type::Name(Some(names)) => Some(Segments { kind, by: routine, names: names.to_vec() }),
            _ => {
                self.tables.faults.add(
                    Fault::new(by.at, "segments are told apart by a trait that is one of a list of names")
                        .help("as in traits: { segment: OneOf([family, commuter]) }"),
                );
                None
            }
        }
    }

    pub(crate) fn tables_env(&self, kind: u16) -> u32 {
        self.tables.kinds[kind as usize].env
    }

    /// A routine that finds the person whom an actor of `kind` concerns; in a note, its `who` goes first.
    pub(crate) fn person_of(&mut self, kind: u16, note: Option<u16>) -> Option<Routine> {
        let person = self.person?;
        let fallback = self.path_to(kind, person);
        let who = note.and_then(|note| {
            let schema = &self.tables.notes.known[note as usize];
            schema.fields.iter().find(|field| field.name == "who").map(|field| field.ty.clone())
        });
        let name = |name: &str| ast::Node::Name(name.into());
        let expr = |node: ast::Node| Expr { span: Span::default(), node };
        let event_who = || {
            let of = Box::new(expr(name("event")));
            expr(ast::Node::Member { of, name: "who".into(), name_span: Span::default() })
        };
        let tree = match (who, fallback) {
            (Some(Type::Ref { .. }), _) | (Some(Type::Maybe(_)), None) => event_who(),
            (Some(Type::Maybe(_)), Some(fallback)) => expr(ast::Node::Conditional {
                test: Box::new(expr(ast::Node::Call { name: "has".into(), name_span: Span::default(), args: vec![event_who()] })),
                then: Box::new(event_who()),
                otherwise: Box::new(fallback),
            }),
            (_, fallback) => fallback?,
        };
        let event = note.map_or(EventShape::None, EventShape::Note);
        let place = Place { kind, state: None, event, purpose: Purpose::Value, path: "person" };
        let mut code = Code::open(self.program, self.tables, &place, 0);
        let value = code.tree(&tree, At::default(), 0, None);
        let at = value.as_ref().map(|value| value.at);
        let routine = code.close(at);
        value.map(|_| routine)
    }

    /// The shortest way along traits from an actor to the person it belongs to.
    fn path_to(&self, kind: u16, person: u16) -> Option<Expr> {
        let expr = |node: ast::Node| Expr { span: Span::default(), node };
        if kind == person {
            return Some(expr(ast::Node::Name("self".into())));
        }
        let mut ways: Vec<(u16, Vec<String>)> = vec![(kind, Vec::new())];
        let mut seen = vec![kind];
        while let Some((at, path)) = (!ways.is_empty()).then(|| ways.remove(0)) {
            if path.len() > 3 {
                continue;
            }
            for field in self.tables.kinds[at as usize].fields.iter().filter(|field| field.fixed || field.part.is_some()) {
                let Type::Ref { kinds, .. } = &field.ty else { continue };
                for next in kinds.list() {
                    let mut way = path.clone();
                    way.push(field.name.clone());
                    if *kinds == rehearsal_language::types::Kinds::One(person) {
                        let mut tree = expr(ast::Node::Name(way[0].clone()));
                        for name in &way[1..] {
                            tree = expr(ast::Node::Member { of: Box::new(tree), name: name.clone(), name_span: Span::default() });
                        }
                        return Some(tree);
                    }
                    if !seen.contains(&next) {
                        seen.push(next);
                        ways.push((next, way));
                    }
                }
            }
        }
        None
    }

    fn kind(&mut self, node: &Node) -> Option<u16> {
        let name = self.tables.name_of(node, "a kind")?;
        let found = self.tables.kind_ids.get(&name).copied();
        if found.is_none() {
            let names: Vec<String> = self.tables.kind_ids.keys().cloned().collect();
            self.tables.unknown(node.at, "kind", &name, names.iter().map(String::as_str));
        }
        found
    }

    /// A real number in a scope, whole numbers made real.
    fn number(&mut self, place: &Place<'_>, node: &Node, env: u32) -> Option<(Routine, Dimension)> {
        let mut code = Code::open(self.program, self.tables, place, 0);
        let value = code.value(node, env, None);
        let (at, dimension) = match &value {
            Some(value) => match value.ty {
                Type::Quantity(dimension) => (Some(value.at), Some(dimension)),
                Type::Int | Type::Bool => {
                    let d = code.emit.alloc(1);
                    code.emit.push(Instr::ToF { d, a: value.at });
                    (Some(d), Some(Dimension::NONE))
                }
                _ => {
                    let text = code.describe(&value.ty);
                    let fault = Fault::new(node.at, format!("a measure needs a number, found {text}"));
                    code.tables()
                        .faults
                        .add(fault.help("a field or an expression of whom it is measured, or event.x of what a note carries"));
                    (None, None)
                }
            },
            None => (None, None),
        };
        let routine = code.close(at);
        dimension.map(|dimension| (routine, dimension))
    }

    /// What a name of a happening stands for: a note of any kind, or Enters("car.dead"), Leaves("driver.day.home").
    fn happenings(&mut self, node: &Node) -> Vec<(Happening, u16)> {
        if let (What::Tuple(head, items), true) = (&node.what, matches!(node.head(), "Enters" | "Leaves")) {
            let Some(path) = items.first().and_then(Node::as_text) else {
                self.tables.fault(node.at, format!("{head}(...) names a state with its kind, as in {head}(\"car.dead\")"));
                return Vec::new();
            };
            let parts: Vec<&str> = path.split('.').collect();
            let found = self.tables.kind_ids.get(parts[0]).copied().and_then(|kind| {
                let (region, state) = self.tables.kinds[kind as usize].state_named(&parts[1..]).ok()?;
                Some((kind, region, state))
            });
            return match found {
                Some((kind, region, state)) if head == "Enters" => vec![(Happening::Enters(kind, region, state), kind)],
                Some((kind, region, state)) => vec![(Happening::Leaves(kind, region, state), kind)],
                None => {
                    let at = items[0].at;
                    let states = self.states();
                    let near = nearest(path, states.iter().map(String::as_str));
                    let help = near.map_or_else(
                        || "name it kind.state or kind.region.state".into(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    self.tables.faults.add(Fault::new(at, format!("there is no state `{path}`")).help(help));
                    Vec::new()
                }
            };
        }
        let Some(name) = self.tables.name_of(node, "a note") else { return Vec::new() };
        let Some(note) = self.tables.notes.find(&name) else {
            let names: Vec<String> = self.tables.notes.names().map(str::to_owned).collect();
            self.tables.unknown(node.at, "note", &name, names.iter().map(String::as_str));
            return Vec::new();
        };
        let by: Vec<u16> = self.tables.stated.iter().filter(|(have, _)| *have == note).map(|(_, kind)| *kind).collect();
        if by.is_empty() && self.tables.final_pass {
            self.tables.fault(node.at, format!("nobody ever notes `{name}`"));
        }
        by.into_iter().map(|kind| (Happening::Note(note), kind)).collect()
    }

    /// All states there are, with their kinds, as they can be named.
    fn states(&self) -> Vec<String> {
        let mut names = Vec::new();
        for kind in &self.tables.kinds {
            for (region, state) in kind.regions.iter().flat_map(|region| region.states.iter().map(move |state| (region, state))) {
                names.push(format!("{}.{}", kind.name, state.name));
                names.push(format!("{}.{}.{}", kind.name, region.name, state.name));
            }
        }
        names
    }

    /// Finds how many base units the measure's unit has, and whether it is of the right sort.
    fn scale(&mut self, plan: &mut MeasurePlan, dimension: Dimension, at: At) {
        let first = plan.unit.split_whitespace().next().unwrap_or("");
        let found = unit::lookup(first);
        match found {
            Some(found) if found.dimension == dimension => plan.scale = found.to_base(1.0),
            _ if dimension == Dimension::NONE => {}
            _ if plan.unit.is_empty() && self.tables.final_pass => {
                plan.unit = base_unit(dimension).split([',', ' ']).next().unwrap_or_default().into();
            }
            _ if self.tables.final_pass => {
                let wanted = Type::Quantity(dimension).describe(&|_| String::new());
                let message = format!("`{}` is no unit of {wanted}", plan.unit);
                self.tables.faults.add(Fault::new(at, message).help(format!("such as {}", base_unit(dimension))));
            }
            _ => {}
        }
    }
}

fn base_unit(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::TIME => "s, min, h or d",
        Dimension::LENGTH => "m or km",
        Dimension::MONEY => "EUR",
        Dimension::SPEED => "km/h",
        Dimension::TEMPERATURE => "°C",
        _ => "a plain number",
    }
}
