//! Types as authors write them: `Number(0)`, `Ref(driver)`, `OneOf([app, sms])`, `Maybe(Slot)`.

use crate::fault::Fault;
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::symbol::Symbol;
use rehearsal_language::types::{Kinds, MONEY, NUMBER, SPAN, Type};
use rehearsal_language::unit::Dimension;

/// A type with what stands inside its brackets.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) ty: Type,
    /// The value at birth, where one is given.
    pub(crate) default: Option<Node>,
    /// For OneOf and Set: the weights or probabilities of their names.
    pub(crate) weights: Option<Vec<f64>>,
    /// The kind of a part, or of several.
    pub(crate) part: Option<u16>,
    /// Whether it refers to the whole.
    pub(crate) whole: bool,
}

pub(crate) const TYPES: &[&str] = &[
    "Bool",
    "Int",
    "Number",
    "Span",
    "Time",
    "Clock",
    "Length",
    "Speed",
    "Money",
    "Temperature",
    "Place",
    "Slot",
    "Name",
    "OneOf",
    "Set",
    "Each",
    "Maybe",
    "List",
    "Ref",
    "Row",
    "Whole",
    "Part",
    "Parts",
    "Held",
    "Actor",
];

impl Tables {
    /// Reads a type.
    pub(crate) fn written_type(&mut self, node: &Node, env: u32) -> Option<Written> {
        let (node, env) = self.resolve(node, env);
        let plain = |ty: Type, default: Option<Node>| Some(Written { ty, default, weights: None, part: None, whole: false });
        let items = match &node.what {
            What::Tuple(_, items) => items.clone(),
            _ => Vec::new(),
        };
        let first = items.first().cloned();
        match node.head() {
            "Bool" => plain(Type::Bool, first),
            "Int" => plain(Type::Int, first),
            "Number" => plain(NUMBER, first),
            "Span" => plain(SPAN, first),
            "Money" => plain(MONEY, first),
            "Length" => plain(Type::Quantity(Dimension::LENGTH), first),
            "Speed" => plain(Type::Quantity(Dimension::SPEED), first),
            "Temperature" => plain(Type::Quantity(Dimension::TEMPERATURE), first),
            "Time" => plain(Type::Time, first),
            "Clock" => plain(Type::Clock, first),
            "Place" => plain(Type::Place, first),
            "Slot" => plain(Type::Slot, first),
            "Name" => plain(Type::Name(None), first),
            "Actor" => plain(Type::Ref { kinds: Kinds::Any, inside: false }, first),
            "Ref" | "Whole" | "Held" | "Part" => self.reference(&node, &items),
            "Parts" => self.parts(&node, env),
            "Row" => plain(self.row_type(&node, &items)?, items.get(1).cloned()),
            "OneOf" | "Set" => self.names_type(&node, first.as_ref()?, env),
            "Maybe" => {
                let inner = self.written_type(first.as_ref()?, env)?;
                plain(Type::Maybe(Box::new(inner.ty)), items.get(1).cloned())
            }
            "Each" => {
                let args = self.arguments(&node, &["!of", "!value"])?;
                let names = self.name_list(&args.need("of"))?;
                let inner = self.written_type(&args.need("value"), env)?;
                plain(Type::Each(names.into(), Box::new(inner.ty)), inner.default)
            }
            "List" => {
                let args = self.arguments(&node, &["!of", "!at_most"])?;
                let inner = self.written_type(&args.need("of"), env)?;
                let most = self.plain_number(&args.need("at_most"), "`at_most`")?;
                if !(1.0..=64.0).contains(&most) || most.fract() != 0.0 {
                    let fault = Fault::new(args.need("at_most").at, format!("a list of {most} items: it holds from 1 to 64"));
                    self.faults.add(fault.help("a relation or a group may lead to any number of actors"));
                    return None;
                }
                plain(Type::List(Box::new(inner.ty), most as u16), None)
            }
            "" => {
                let fault = Fault::new(node.at, format!("expected a type such as Number(0), found {}", node.describe()));
                self.faults.add(fault.help(format!("types are {}", TYPES.join(", "))));
                None
            }
            other => {
                self.unknown(node.at, "type", other, TYPES.iter().copied());
                None
            }
        }
    }

    /// `Parts(kind: lift, count: 4)`: a list of actors that are born with this one.
    fn parts(&mut self, node: &Node, env: u32) -> Option<Written> {
        let args = self.arguments(node, &["!kind", "!count"])?;
        let named = Node { at: node.at, what: What::Tuple("Part".into(), vec![args.need("kind")]) };
        let part = self.written_type(&named, env)?;
        let count = args.need("count");
        let found = self.known_count(&count, env, "how many parts there are")?;
        if !(1.0..=64.0).contains(&found) || found.fract() != 0.0 {
            let fault = Fault::new(count.at, format!("{found} parts: it is a whole number from 1 to 64"));
            self.faults
                .add(fault.help("more of them, or as many as chance has it, come into the world by a Spawn or from a Source"));
            return None;
        }
        Some(Written { ty: Type::List(Box::new(part.ty), found as u16), ..part })
    }

    fn reference(&mut self, node: &Node, items: &[Node]) -> Option<Written> {
        let Some(first) = items.first() else {
            self.fault(node.at, format!("{}(...) names a kind, as in {}(driver)", node.head(), node.head()));
            return None;
        };
        let name = self.name_of(first, "a kind")?;
        let Some(kinds) = self.kinds_named(&name) else {
            let names: Vec<String> = self.kind_ids.keys().chain(self.mixin_kinds.keys()).cloned().collect();
            self.unknown(first.at, "kind or mixin", &name, names.iter().map(String::as_str));
            return None;
        };
        let head = node.head();
        let part = match (&kinds, head) {
            (Kinds::One(kind), "Part") => Some(*kind),
            (_, "Part") => {
                self.fault(first.at, format!("a part is of one kind, and `{name}` stands for several"));
                return None;
            }
            _ => None,
        };
        let ty = Type::Ref { kinds, inside: head != "Ref" };
        Some(Written { ty, default: items.get(1).cloned(), weights: None, part, whole: head == "Whole" })
    }

    /// `Row(items)`: one of the rows of a table.
    fn row_type(&mut self, node: &Node, items: &[Node]) -> Option<Type> {
        let Some(first) = items.first() else {
            self.fault(node.at, "Row(...) names rows, as in Row(items)");
            return None;
        };
        let name = self.name_of(first, "the name of rows")?;
        match self.data.get(&name).filter(|data| !data.columns().is_empty()) {
            Some(data) => Some(Type::Row(data.clone())),
            None => {
                let rows = self.data.values().filter(|data| !data.columns().is_empty());
                let names: Vec<String> = rows.map(|data| data.name.clone()).collect();
                self.unknown(first.at, "definition of rows called", &name, names.iter().map(String::as_str));
                None
            }
        }
    }

    /// `OneOf([a, b])`, `OneOf({ a: 0.7, b: 0.3 })`, `Set([a, b])`, `Set({ a: 0.9, b: 0.5 })`.
    fn names_type(&mut self, node: &Node, inside: &Node, env: u32) -> Option<Written> {
        let set = node.head() == "Set";
        let (inside, _) = self.resolve(inside, env);
        let mut weights = Vec::new();
        let names = match &inside.what {
            What::Map(_) => {
                let mut names = Vec::new();
                for (name, _, weight) in inside.entries() {
                    let weight_at = weight.at;
                    let weight = self.plain_number(&weight, "a weight")?;
                    if weight < 0.0 || (set && weight > 1.0) {
                        let allowed = if set { "a probability lies between 0 and 1" } else { "a weight is 0 or more" };
                        self.fault(weight_at, format!("{weight} for `{name}`: {allowed}"));
                        return None;
                    }
                    weights.push(weight);
                    names.push(self.symbols.intern(&name));
                }
                names
            }
            _ => self.name_list(&inside)?,
        };
        if names.is_empty() || names.len() > 64 {
            self.fault(inside.at, format!("expected from 1 to 64 names, found {}", names.len()));
            return None;
        }
        if !set && !weights.is_empty() && weights.iter().sum::<f64>() <= 0.0 {
            self.fault(inside.at, "all weights are zero: nothing can be chosen");
            return None;
        }
        let ty = if set { Type::Set(names.into()) } else { Type::Name(Some(names.into())) };
        let weights = (!weights.is_empty()).then_some(weights);
        Some(Written { ty, default: None, weights, part: None, whole: false })
    }

    fn name_list(&mut self, node: &Node) -> Option<Vec<Symbol>> {
        let mut names = Vec::new();
        for item in node.items() {
            let name = self.name_of(&item, "an item of a list of names")?;
            names.push(self.symbols.intern(&name));
        }
        Some(names)
    }
}
