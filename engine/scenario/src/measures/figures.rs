//! Each sort of measure: what it takes, and what it compiles to.

use super::MeasureCompiler;
use crate::args::Arguments;
use crate::code::{Code, Place, Purpose, value_routine};
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::kinds::constant_span;
use crate::scope::EventShape;
use crate::tree::{Node, What};
use rehearsal_language::program::{Instr, Routine};
use rehearsal_language::types::Type;
use rehearsal_language::unit::Dimension;
use rehearsal_world::plan::{Fold, Happening, Hook, MeasurePlan};

/// Measures by name, with what they take beside `label`, `unit` and `better`.
const SORTS: &[(&str, &[&str])] = &[
    ("Count", &["!of", "if", "per", "by", "range"]),
    ("Tally", &["!at", "!of", "if", "by", "range"]),
    ("Share", &["!of", "!if", "where", "by", "range"]),
    ("Sum", &["!of", "if", "per", "by", "range"]),
    ("Duration", &["!from", "!to", "where", "by", "range"]),
    ("Final", &["!of", "!over"]),
    ("Level", &["!of", "!over"]),
    ("TimeWeighted", &["!of", "!over", "total"]),
    ("Peak", &["!of", "!over"]),
    ("Ratio", &["!of", "!to"]),
    ("Gap", &["!of", "!to", "worst"]),
    ("Funnel", &["!steps", "where", "within"]),
];

/// The most figures that one measure is split into.
const SPLIT_MAX: usize = 64;

/// A company's measure beside its customers'.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PairInfo {
    /// What people call it.
    pub(crate) label: String,
    /// The measure of the company, by name.
    pub(crate) company: String,
    /// The measure of the customers, by name.
    pub(crate) customer: String,
}

/// One value of what a measure is split by.
#[derive(Clone)]
struct Split {
    by: Node,
    word: u64,
}

impl MeasureCompiler<'_> {
    /// Compiles all measures.
    pub(crate) fn run(&mut self, definitions: &Definitions) -> Vec<MeasurePlan> {
        let mut measures: Vec<MeasurePlan> = Vec::new();
        for list in &definitions.measures {
            let inside = match &list.what {
                What::Tuple(_, items) => items.first().cloned(),
                _ => None,
            };
            let Some(inside) = inside else {
                self.tables.fault(list.at, "Measures({ ... }) holds named measures");
                continue;
            };
            for (name, at, node) in inside.entries() {
                if measures.iter().any(|measure| measure.name == name) {
                    self.tables.fault(at, format!("there are two measures called `{name}`"));
                } else {
                    self.measure(&name, &node, &mut measures);
                }
            }
        }
        measures
    }

    /// The pairs of measures that are shown beside each other.
    pub(crate) fn pairs(&mut self, definitions: &Definitions, measures: &[MeasurePlan]) -> Vec<PairInfo> {
        let mut pairs = Vec::new();
        for list in &definitions.pairs {
            let inside = match &list.what {
                What::Tuple(_, items) => items.first().cloned(),
                _ => None,
            };
            let Some(inside) = inside else {
                self.tables.fault(list.at, "Pairs({ ... }) holds named pairs");
                continue;
            };
            for (name, _, node) in inside.entries() {
                pairs.extend(self.pair(&name, &node, measures));
            }
        }
        pairs
    }

    fn pair(&mut self, name: &str, node: &Node, measures: &[MeasurePlan]) -> Option<PairInfo> {
        if node.head() != "Pair" {
            let fault = Fault::new(node.at, format!("a pair is written Pair(...), found {}", node.describe()));
            self.tables.faults.add(fault.help("as in heard: Pair(company: cost_to_serve, customer: satisfaction)"));
            return None;
        }
        let args = self.tables.arguments(node, &["!company", "!customer", "label"])?;
        let mut side = |side: &str| {
            let node = args.need(side);
            let found = self.shown(&node, measures)?;
            if found.better == "neither" {
                let name = &found.name;
                let fault = Fault::new(node.at, format!("measure `{name}` has no better side, so it cannot be won or lost"));
                self.tables.faults.add(fault.help("give it better: lower or better: higher"));
                return None;
            }
            Some(found.name.clone())
        };
        let (company, customer) = (side("company"), side("customer"));
        if company.is_some() && company == customer {
            let fault =
                Fault::new(args.need("customer").at, "a measure is paired with itself: nobody could win at another's cost");
            self.tables.faults.add(fault.help("name a measure of the company and one of its customers"));
        }
        let label = args.get("label").and_then(Node::as_text).map_or_else(|| name.replace('_', " "), str::to_owned);
        Some(PairInfo { label, company: company?, customer: customer? })
    }

    fn measure(&mut self, name: &str, node: &Node, measures: &mut Vec<MeasurePlan>) {
        let Some((_, own)) = SORTS.iter().find(|(sort, _)| *sort == node.head()) else {
            let found = node.head().to_owned();
            return self.tables.unknown(node.at, "measure", &found, SORTS.iter().map(|(sort, _)| *sort));
        };
        let names: Vec<&'static str> = own.iter().copied().chain(["label", "unit", "better"]).collect();
        let Some(args) = self.tables.arguments(node, &names) else { return };
        match (node.head(), args.get("by").cloned()) {
            ("Funnel", _) => self.funnel(name, node, &args, measures),
            ("Ratio", _) => self.ratio(name, node, &args, measures),
            ("Gap", _) => measures.extend(self.gap(name, node, &args, measures)),
            (_, Some(by)) => self.split(name, node, &args, &by, measures),
            (_, None) => {
                if let Some(range) = args.get("range") {
                    let fault = Fault::new(range.at, "`range` says between which numbers `by` lies, and there is no `by`");
                    self.tables.faults.add(fault.help("as in by: \"hour(now)\", range: (9, 20)"));
                }
                measures.extend(self.single(name, node, &args, None));
            }
        }
    }

    /// A measure that has no figure yet.
    fn blank(&mut self, name: &str, args: &Arguments) -> MeasurePlan {
        let text = |name: &str, default: &str| args.get(name).and_then(Node::as_text).unwrap_or(default).to_owned();
        let better = match args.get("better") {
            None => "neither",
            Some(better) => match better.as_text() {
                Some("lower") => "lower",
                Some("higher") => "higher",
                Some("neither") => "neither",
                _ => {
                    let found = better.describe();
                    self.tables.unknown(better.at, "direction", found.trim_matches('`'), ["lower", "higher", "neither"]);
                    "neither"
                }
            },
        };
        MeasurePlan {
            name: name.to_owned(),
            label: text("label", &name.replace('_', " ")),
            unit: text("unit", ""),
            scale: 1.0,
            better,
            fold: Fold::Mean,
            hooks: Vec::new(),
            holder: None,
            at_end: None,
            watched: None,
            hidden: false,
        }
    }

    fn per(&mut self, args: &Arguments) -> Option<f64> {
        let per = args.get("per").cloned()?;
        if self.person.is_none() {
            let fault = Fault::new(per.at, "`per` counts people, and no Segments(...) says who they are");
            self.tables.faults.add(fault.help("add Segments(of: driver, by: segment), or leave `per` out"));
        }
        self.tables.plain_number(&per, "`per`")
    }

    /// One measure, of one value of what it is split by where there is one.
    fn single(&mut self, name: &str, node: &Node, args: &Arguments, split: Option<&Split>) -> Option<MeasurePlan> {
        let per = self.per(args);
        let mut plan = self.blank(name, args);
        let unit_at = args.get("unit").map_or(node.at, |unit| unit.at);
        let look = |condition, value| Look { condition, value, only: args.get("where"), split, step: 0 };
        let dimension = match node.head() {
            "Count" => {
                plan.fold = Fold::Count { per };
                self.hooks(&mut plan, &args.need("of"), look(args.get("if"), None));
                return Some(plan);
            }
            "Share" => {
                plan.fold = Fold::Share;
                self.hooks(&mut plan, &args.need("of"), look(args.get("if"), None));
                Dimension::NONE
            }
            "Tally" => {
                let of = args.need("of");
                self.hooks(&mut plan, &args.need("at"), look(args.get("if"), Some(&of)))
            }
            "Sum" => {
                plan.fold = Fold::Sum { per };
                let mut dimension = Dimension::NONE;
                for (happening, at, value) in args.need("of").entries() {
                    let happening = Node::word(at, &happening);
                    let look = Look { value: Some(&value), ..look(args.get("if"), None) };
                    dimension = self.hooks(&mut plan, &happening, look);
                }
                dimension
            }
            "Duration" => {
                plan.fold = Fold::Duration;
                self.hooks(&mut plan, &args.need("from"), look(None, None));
                self.hooks(&mut plan, &args.need("to"), Look { step: 1, ..look(None, None) });
                Dimension::TIME
            }
            "Final" => {
                let (kind, routine, dimension) = self.value_over(args, "final")?;
                plan.at_end = Some((kind, routine));
                dimension
            }
            "TimeWeighted" | "Peak" => {
                let total = self.tables.plain_bool(args.get("total"), "`total`");
                let (kind, routine, dimension) = self.value_over(args, "watched")?;
                plan.fold = if node.head() == "Peak" { Fold::Peak } else { Fold::TimeWeighted { total } };
                plan.watched = Some((kind, routine));
                dimension
            }
            _ => {
                plan.fold = Fold::Level;
                plan.holder = Some(self.holder_over(args)?);
                Dimension::NONE
            }
        };
        self.scale(&mut plan, dimension, unit_at);
        Some(plan)
    }

    /// The value of each actor of a kind.
    fn value_over(&mut self, args: &Arguments, path: &str) -> Option<(u16, Routine, Dimension)> {
        let kind = self.kind(&args.need("over"))?;
        let place = Place { kind, state: None, event: EventShape::None, purpose: Purpose::Value, path };
        let env = self.tables_env(kind);
        let (routine, dimension) = self.number(&place, &args.need("of"), env)?;
        Some((kind, routine, dimension))
    }

    /// A holder of each actor of a kind.
    fn holder_over(&mut self, args: &Arguments) -> Option<(u16, u16)> {
        let kind = self.kind(&args.need("over"))?;
        let of = args.need("of");
        let wanted = self.tables.name_of(&of, "a holder")?;
        let names: Vec<String> = self.tables.kinds[kind as usize].holders.iter().map(|(name, ..)| name.clone()).collect();
        let Some(number) = names.iter().position(|name| *name == wanted) else {
            let who = self.tables.kind_name(kind);
            self.tables.unknown(of.at, &format!("holder of {who} called"), &wanted, names.iter().map(String::as_str));
            return None;
        };
        Some((kind, number as u16))
    }

    /// A measure for each name that a value can be.
    fn split(&mut self, name: &str, node: &Node, args: &Arguments, by: &Node, measures: &mut Vec<MeasurePlan>) {
        let happening = match node.head() {
            "Tally" => args.need("at"),
            "Duration" => args.need("from"),
            "Sum" => match args.need("of").entries().first() {
                Some((happening, at, _)) => Node::word(*at, happening),
                None => return,
            },
            _ => args.need("of"),
        };
        let Some((at, kind)) = self.happenings(&happening).into_iter().next() else { return };
        let event = if let Happening::Note(note) = at { EventShape::Note(note) } else { EventShape::None };
        let place = Place { kind, state: None, event, purpose: Purpose::Value, path: "measure" };
        let env = self.tables_env(kind);
        let Some((_, ty)) = value_routine(self.program, self.tables, &place, by, env, None) else { return };
        let present = if let Type::Maybe(inner) = &ty { inner } else { &ty };
        let values: Vec<(String, u64)> = match present {
            Type::Bool => vec![("yes".into(), 1), ("no".into(), 0)],
            Type::Name(Some(names)) if names.len() <= SPLIT_MAX => {
                names.iter().map(|name| (self.tables.symbols.name(*name).to_owned(), u64::from(name.0))).collect()
            }
            Type::Int => match self.range(args, by) {
                Some(values) => values,
                None => return,
            },
            _ if !self.tables.final_pass => return,
            _ => {
                let found = ty.describe(&|kind| self.tables.kind_name(kind));
                let fault = Fault::new(
                    by.at,
                    format!("a measure is split by what is one of a list of names, yes or no, or a whole number, found {found}"),
                );
                return self.tables.faults.add(fault.help("as in by: \"event.area\", where area is OneOf([...])"));
            }
        };
        for (value, word) in values {
            let split = Split { by: by.clone(), word };
            if let Some(mut plan) = self.single(&format!("{name}.{value}"), node, args, Some(&split)) {
                let label = args.get("label").and_then(Node::as_text).map_or_else(|| name.replace('_', " "), str::to_owned);
                plan.label = format!("{label}: {}", value.replace('_', " "));
                measures.push(plan);
            }
        }
    }

    /// The whole numbers that a measure is split by, each as it is called.
    fn range(&mut self, args: &Arguments, by: &Node) -> Option<Vec<(String, u64)>> {
        let (first, last) = match args.get("range") {
            None if by.as_text().is_some_and(|text| text.trim().starts_with("hour(") && text.trim().ends_with(')')) => (0, 23),
            None => {
                let fault = Fault::new(by.at, "a measure that is split by a whole number has to say between which it lies");
                self.tables.faults.add(fault.help("as in by: \"event.seats\", range: (1, 8)"));
                return None;
            }
            Some(range) => {
                let listed = match &range.what {
                    What::Tuple(name, items) if name.is_empty() => items.clone(),
                    _ => range.items(),
                };
                let ends: Vec<i64> = listed
                    .iter()
                    .filter_map(|end| match end.what {
                        What::Number { whole, .. } => whole,
                        _ => None,
                    })
                    .collect();
                let &[first, last] = ends.as_slice() else {
                    let fault = Fault::new(range.at, format!("a range is two whole numbers, found {}", range.describe()));
                    self.tables.faults.add(fault.help("as in range: (9, 20)"));
                    return None;
                };
                if first > last || last.abs_diff(first) >= SPLIT_MAX as u64 {
                    let message = format!("a range from {first} to {last}: it goes upwards, over at most {SPLIT_MAX} numbers");
                    self.tables.fault(range.at, message);
                    return None;
                }
                (first, last)
            }
        };
        let wide = first.to_string().len().max(last.to_string().len());
        Some((first..=last).map(|value| (format!("{value:0wide$}"), value as u64)).collect())
    }

    /// How far two measures lie apart: on average, or at most, over the values by which both are split.
    fn gap(&mut self, name: &str, node: &Node, args: &Arguments, measures: &[MeasurePlan]) -> Option<MeasurePlan> {
        let mut side = |side: &str| {
            let node = args.need(side);
            let wanted = self.tables.name_of(&node, "a measure")?;
            let prefix = format!("{wanted}.");
            let own = |plan: &&MeasurePlan| !plan.hidden && (plan.name == wanted || plan.name.starts_with(&prefix));
            let first = measures.iter().position(|plan| own(&plan));
            let found: Vec<&MeasurePlan> = measures.iter().filter(own).collect();
            if first.is_none() {
                let names: Vec<&str> = measures.iter().map(|plan| plan.name.split('.').next().unwrap_or_default()).collect();
                self.tables.unknown(node.at, "measure above this one", &wanted, names);
            }
            let values = found.iter().map(|plan| plan.name.strip_prefix(&prefix).unwrap_or_default().to_owned());
            let dimension = found.first().map(|plan| super::judged::unit_dimension(plan))?;
            Some((first?, values.collect::<Vec<String>>(), dimension))
        };
        let (of, to) = (side("of"), side("to"));
        let (of, to) = (of?, to?);
        if of.1 != to.1 {
            let fault =
                Fault::new(node.at, "the two measures are not split by the same values, so they cannot be laid side by side");
            self.tables.faults.add(fault.help("give both the same `by` and `range`"));
            return None;
        }
        if of.2 != to.2 {
            self.tables.fault(node.at, "the two measures are not of one sort, so there is no distance between them");
            return None;
        }
        let mut plan = self.blank(name, args);
        let worst = self.tables.plain_bool(args.get("worst"), "`worst`");
        plan.fold = Fold::Gap { of: of.0, to: to.0, values: of.1.len(), worst };
        self.scale(&mut plan, of.2, args.get("unit").map_or(node.at, |unit| unit.at));
        Some(plan)
    }

    /// One measure by another. The two are kept, and not shown.
    fn ratio(&mut self, name: &str, node: &Node, args: &Arguments, measures: &mut Vec<MeasurePlan>) {
        let mut side = |side: &str| {
            let inner = args.need(side);
            let mut found = Vec::new();
            if ["Ratio", "Funnel", "Gap"].contains(&inner.head()) {
                let fault = Fault::new(inner.at, format!("a ratio is of two plain measures, not of a {}", inner.head()));
                self.tables.faults.add(fault.help("as in Ratio(of: Count(of: booked), to: Count(of: offered))"));
            } else {
                self.measure(&format!("{name}.{side}"), &inner, &mut found);
            }
            if found.len() != 1 {
                return None;
            }
            let mut plan = found.remove(0);
            plan.hidden = true;
            measures.push(plan);
            Some(measures.len() - 1)
        };
        let (of, to) = (side("of"), side("to"));
        let (Some(of), Some(to)) = (of, to) else { return };
        let mut plan = self.blank(name, args);
        plan.fold = Fold::Ratio { of, to };
        // Hidden measures have no unit of their own to be shown in.
        let unit_at = args.get("unit").map_or(node.at, |unit| unit.at);
        let base = |plan: &MeasurePlan| plan.unit.is_empty() || plan.scale == 1.0;
        if !base(&measures[of]) || !base(&measures[to]) {
            let fault = Fault::new(unit_at, "the measures of a ratio are in base units");
            self.tables.faults.add(fault.help("give the ratio its unit, and leave those of the two out"));
        }
        let first = plan.unit.split_whitespace().next().unwrap_or("");
        if let Some(unit) = rehearsal_language::unit::lookup(first) {
            plan.scale = unit.to_base(1.0);
        }
        measures.push(plan);
    }

    /// For each step behind the first the share of those who got there.
    fn funnel(&mut self, name: &str, node: &Node, args: &Arguments, measures: &mut Vec<MeasurePlan>) {
        let steps = args.need("steps").items();
        if steps.len() < 2 {
            let fault = Fault::new(args.need("steps").at, format!("a funnel has two steps or more, found {}", steps.len()));
            return self.tables.faults.add(fault.help("as in steps: [offered, read, booked]"));
        }
        for (number, step) in steps.iter().enumerate() {
            if steps[..number].iter().any(|earlier| earlier.what == step.what) {
                let fault = Fault::new(step.at, format!("{} is a step of this funnel twice", step.describe()));
                return self.tables.faults.add(fault.help("each step is another note, or another state"));
            }
        }
        let within = match args.get("within").cloned() {
            Some(within) => match constant_span(self.tables, &within, 0) {
                Some(span) => Some(span),
                None => return,
            },
            None => None,
        };
        let mut plan = self.blank(name, args);
        let (better, unit) = (plan.better, if plan.unit.is_empty() { "%".to_owned() } else { plan.unit.clone() });
        plan.fold = Fold::Funnel { within };
        plan.hidden = true;
        for (step, happening) in (0_u16..).zip(&steps) {
            let look = Look { condition: None, value: None, only: args.get("where"), split: None, step };
            self.hooks(&mut plan, happening, look);
        }
        let label = plan.label.clone();
        self.firsts.push((name.to_owned(), self.step_name(&steps[0])));
        let funnel = measures.len();
        measures.push(plan);
        for (step, happening) in (0_u16..).zip(&steps).skip(1) {
            let called = self.step_name(happening);
            let mut plan = MeasurePlan { better, ..self.blank(&format!("{name}.{called}"), args) };
            plan.label = format!("{label}: {}", called.replace('_', " "));
            plan.unit.clone_from(&unit);
            plan.fold = Fold::Reached { funnel, step };
            self.scale(&mut plan, Dimension::NONE, args.get("unit").map_or(node.at, |unit| unit.at));
            measures.push(plan);
        }
    }

    /// What a step of a funnel is called.
    fn step_name(&self, happening: &Node) -> String {
        match &happening.what {
            What::Tuple(_, items) => {
                let path = items.first().and_then(Node::as_text).unwrap_or_default();
                path.rsplit('.').next().unwrap_or(path).to_owned()
            }
            _ => happening.as_text().unwrap_or_default().to_owned(),
        }
    }

    /// Adds looks at a happening, in the scope of each kind that it may come from; gives the value's dimension.
    fn hooks(&mut self, plan: &mut MeasurePlan, happening: &Node, look: Look<'_>) -> Dimension {
        let mut dimension = Dimension::NONE;
        for (at, by) in self.happenings(happening) {
            let note = match at {
                Happening::Note(note) => Some(note),
                _ => None,
            };
            let event = note.map_or(EventShape::None, EventShape::Note);
            let env = self.tables_env(by);
            let place = Place { kind: by, state: None, event, purpose: Purpose::Value, path: "measure" };
            let only = self.only(&place, env, look.only, look.split);
            let condition = look.condition.and_then(|condition| {
                value_routine(self.program, self.tables, &place, condition, env, Some(&Type::Bool)).map(|(routine, _)| routine)
            });
            let value = look.value.and_then(|value| self.number(&place, value, env));
            if let Some((_, found)) = value {
                dimension = found;
            }
            let person = self.person_of(by, note);
            let value = value.map(|(routine, _)| routine);
            plan.hooks.push(Hook { at, by, only, condition, value, person, step: look.step });
        }
        dimension
    }

    /// Whether a happening is looked at: where a test holds, and a value is the one that is meant.
    fn only(&mut self, place: &Place<'_>, env: u32, test: Option<&Node>, split: Option<&Split>) -> Option<Routine> {
        if test.is_none() && split.is_none() {
            return None;
        }
        let mut code = Code::open(self.program, self.tables, place, 0);
        let d = code.emit.alloc(1);
        let yes = code.emit.constants(&[1]);
        code.emit.push(Instr::Mov { d, a: yes });
        let mut jumps = Vec::new();
        if let Some(test) = test {
            let value = code.value(test, env, Some(&Type::Bool))?;
            code.emit.push(Instr::Mov { d, a: value.at });
            jumps.push(code.emit.jump(Instr::Jz { a: d, t: 0 }));
        }
        if let Some(Split { by, word }) = split {
            let value = code.value(by, env, None)?;
            let meant = code.emit.constants(&[*word]);
            code.emit.push(Instr::Eq { d, a: value.at, b: meant });
        }
        jumps.into_iter().for_each(|jump| code.emit.land(jump));
        Some(code.close(Some(d)))
    }
}

/// What is looked at when something happens.
#[derive(Clone, Copy)]
struct Look<'n> {
    condition: Option<&'n Node>,
    value: Option<&'n Node>,
    only: Option<&'n Node>,
    split: Option<&'n Split>,
    step: u16,
}
