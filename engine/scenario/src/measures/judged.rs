//! What is made of measures: which of them are money, which steps lead to which, and what is expected of them.

use super::MeasureCompiler;
use crate::args::Arguments;
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::tree::{Node, What};
use rehearsal_language::ast;
use rehearsal_language::unit::{self, Dimension};
use rehearsal_world::plan::{Fold, MeasurePlan};

/// What is made of measures.
#[derive(Clone, Debug, Default)]
pub(crate) struct Judged {
    /// Measures that are shown beside each other.
    pub(crate) pairs: Vec<super::PairInfo>,
    pub(crate) funnels: Vec<FunnelInfo>,
    pub(crate) breakdowns: Vec<BreakdownInfo>,
    pub(crate) value: Option<ValueInfo>,
    pub(crate) expectations: Vec<ExpectationInfo>,
}

/// A funnel among the measures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunnelInfo {
    /// What people call it.
    pub label: String,
    /// The names of its steps.
    pub steps: Vec<String>,
    /// For each step behind the first, the measure that gives the share who got there.
    pub shares: Vec<String>,
}

/// Measures that are split by the same values, to be shown side by side and apart from others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakdownInfo {
    /// What people call it.
    pub label: String,
    /// The policy, by name; each that is tried where `None`.
    pub under: Option<String>,
    /// What they are split by.
    pub values: Vec<String>,
    /// What each measure is called, and its figures' names, value by value.
    pub columns: Vec<(String, Vec<String>)>,
}

/// Which measures are money earned, spent or at risk, by name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ValueInfo {
    /// Earned.
    pub revenue: Vec<String>,
    /// Spent.
    pub cost: Vec<String>,
    /// What bad luck is expected to cost.
    pub risk: Vec<String>,
    /// The unit of all of them.
    pub unit: String,
}

/// How a measure is held to what is expected of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpectationForm {
    /// Its mean lies in a range.
    Mean,
    /// Its difference between two policies does.
    Change,
    /// That difference does, as a share of what the other policy has.
    Relative,
    /// Its figure in each single replication does.
    Each,
}

/// Something that is expected of a measure.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ExpectationInfo {
    /// Its name.
    pub name: String,
    /// How the measure is held to it.
    pub form: ExpectationForm,
    /// The measure, by name.
    pub measure: String,
    /// The segment, by name; everyone where `None`.
    pub segment: Option<String>,
    /// The policy; each that is tried where `None`.
    pub under: Option<String>,
    /// For changes, the policy that it is compared with; the baseline where `None`.
    pub against: Option<String>,
    /// The least \[the measure's unit; a share for `Relative`\].
    pub from: Option<f64>,
    /// The most.
    pub to: Option<f64>,
}

impl ExpectationInfo {
    /// It in words, such as `the change of calls under proactive against reactive is at most -2`.
    #[must_use]
    pub fn words(&self) -> String {
        let share =
            |value: f64| if self.form == ExpectationForm::Relative { format!("{} %", value * 100.0) } else { value.to_string() };
        let range = match (self.from, self.to) {
            (Some(from), Some(to)) if from == to => format!("is {}", share(from)),
            (Some(from), Some(to)) => format!("is from {} to {}", share(from), share(to)),
            (Some(from), None) => format!("is at least {}", share(from)),
            (None, Some(to)) => format!("is at most {}", share(to)),
            (None, None) => String::new(),
        };
        let what = match self.form {
            ExpectationForm::Mean => "the mean of",
            ExpectationForm::Change => "the change of",
            ExpectationForm::Relative => "the relative change of",
            ExpectationForm::Each => "in each replication",
        };
        let some = |word: &str, name: &Option<String>| name.as_ref().map(|name| format!(" {word} {name}")).unwrap_or_default();
        let (segment, under, against) = (some("of", &self.segment), some("under", &self.under), some("against", &self.against));
        format!("{what} {}{segment}{under}{against} {range}", self.measure)
    }
}

/// The forms there are, with the words they take.
const FORMS: &[(&str, ExpectationForm)] = &[
    ("Mean", ExpectationForm::Mean),
    ("Change", ExpectationForm::Change),
    ("Relative", ExpectationForm::Relative),
    ("Each", ExpectationForm::Each),
];

impl MeasureCompiler<'_> {
    /// What is made of these measures.
    pub(crate) fn judged(&mut self, definitions: &Definitions, measures: &[MeasurePlan], segments: &[String]) -> Judged {
        Judged {
            pairs: self.pairs(definitions, measures),
            funnels: funnels(measures, &self.firsts),
            breakdowns: self.breakdowns(definitions, measures),
            value: definitions.value.as_ref().and_then(|node| self.value_of(node, measures)),
            expectations: self.expectations(definitions, measures, segments),
        }
    }

    /// A measure that is shown, by its name.
    pub(super) fn shown<'m>(&mut self, node: &Node, measures: &'m [MeasurePlan]) -> Option<&'m MeasurePlan> {
        let name = self.tables.name_of(node, "a measure")?;
        let shown = || measures.iter().filter(|measure| !measure.hidden);
        let found = shown().find(|measure| measure.name == name);
        if found.is_none() {
            let own: Vec<&str> =
                shown().map(|measure| measure.name.as_str()).filter(|have| have.starts_with(&format!("{name}."))).collect();
            if own.is_empty() {
                self.tables.unknown(node.at, "measure", &name, shown().map(|measure| measure.name.as_str()).collect::<Vec<_>>());
            } else {
                let fault = Fault::new(node.at, format!("`{name}` is several figures, and here one is meant"));
                self.tables.faults.add(fault.help(format!("name one in quotes: {}", own.join(", "))));
            }
        }
        found
    }

    fn breakdowns(&mut self, definitions: &Definitions, measures: &[MeasurePlan]) -> Vec<BreakdownInfo> {
        let policies: Vec<String> = definitions.policies.iter().map(|(name, ..)| name.clone()).collect();
        let mut all = Vec::new();
        for list in &definitions.breakdowns {
            let inside = match &list.what {
                What::Tuple(_, items) => items.first().cloned(),
                _ => None,
            };
            let Some(inside) = inside else {
                self.tables.fault(list.at, "Breakdowns({ ... }) holds named breakdowns");
                continue;
            };
            for (name, _, node) in inside.entries() {
                all.extend(self.breakdown(&name, &node, measures, &policies));
            }
        }
        all
    }

    fn breakdown(&mut self, name: &str, node: &Node, measures: &[MeasurePlan], policies: &[String]) -> Option<BreakdownInfo> {
        if node.head() != "Breakdown" {
            let fault = Fault::new(node.at, format!("a breakdown is written Breakdown(...), found {}", node.describe()));
            self.tables.faults.add(fault.help("as in by_hour: Breakdown(of: [posted, waited])"));
            return None;
        }
        let args = self.tables.arguments(node, &["!of", "under", "label"])?;
        let under = self.one_of(&args, "under", "policy", policies)?;
        let mut values: Option<Vec<String>> = None;
        let mut columns = Vec::new();
        for item in args.need("of").items() {
            let wanted = self.tables.name_of(&item, "a measure")?;
            let own = |plan: &&MeasurePlan| !plan.hidden && plan.name.starts_with(&format!("{wanted}."));
            let figures: Vec<&MeasurePlan> = measures.iter().filter(own).collect();
            if figures.is_empty() {
                if measures.iter().any(|plan| !plan.hidden && plan.name == wanted) {
                    let fault = Fault::new(item.at, format!("`{wanted}` is one figure: there is nothing to break down"));
                    self.tables.faults.add(fault.help("give the measure a `by`, as in by: \"hour(now)\", range: (9, 20)"));
                } else {
                    let names: Vec<&str> = measures.iter().map(|plan| plan.name.split('.').next().unwrap_or_default()).collect();
                    self.tables.unknown(item.at, "measure", &wanted, names);
                }
                return None;
            }
            let mine: Vec<String> = figures.iter().map(|plan| plan.name[wanted.len() + 1..].to_owned()).collect();
            let label = figures[0].label.rsplit_once(": ").map_or(figures[0].label.as_str(), |(label, _)| label).to_owned();
            if values.get_or_insert_with(|| mine.clone()) != &mine {
                let fault = Fault::new(item.at, format!("`{wanted}` is not split by the same values as the measures before it"));
                self.tables.faults.add(fault.help("give them the same `by` and `range`"));
                return None;
            }
            columns.push((label, figures.iter().map(|plan| plan.name.clone()).collect()));
        }
        if columns.is_empty() {
            self.tables.fault(args.need("of").at, "a breakdown has one measure or more");
        }
        let label = args.get("label").and_then(Node::as_text).map_or_else(|| name.replace('_', " "), str::to_owned);
        let values = values?.into_iter().map(|value| value.replace('_', " ")).collect();
        Some(BreakdownInfo { label, under, values, columns })
    }

    fn value_of(&mut self, node: &Node, measures: &[MeasurePlan]) -> Option<ValueInfo> {
        let args = self.tables.arguments(node, &["revenue", "cost", "risk"])?;
        let mut unit: Option<String> = None;
        let mut side = |word: &str| {
            let mut names = Vec::new();
            for node in args.get(word).map(|list| list.items()).unwrap_or_default() {
                let Some(found) = self.shown(&node, measures) else { continue };
                let first = found.unit.split_whitespace().next().unwrap_or("");
                if unit::lookup(first).is_none_or(|unit| unit.dimension != Dimension::MONEY) {
                    let fault =
                        Fault::new(node.at, format!("measure `{}` is no money: its unit is `{}`", found.name, found.unit));
                    self.tables.faults.add(fault.help("value is counted in money: give the measure a unit such as EUR"));
                } else if unit.get_or_insert_with(|| found.unit.clone()) != &found.unit {
                    let wanted = unit.as_deref().unwrap_or_default();
                    let message = format!("measure `{}` is in {}, the ones before it are in {wanted}", found.name, found.unit);
                    let fault = Fault::new(node.at, message);
                    self.tables.faults.add(fault.help("all that is added up has one unit, such as EUR per driver"));
                }
                names.push(found.name.clone());
            }
            names
        };
        let (revenue, cost, risk) = (side("revenue"), side("cost"), side("risk"));
        let Some(unit) = unit else {
            if [&revenue, &cost, &risk].iter().all(|names| names.is_empty()) {
                let fault = Fault::new(node.at, "Value(...) names no measure");
                self.tables.faults.add(fault.help("as in Value(revenue: [sales], cost: [cost_to_serve], risk: [refunds])"));
            }
            return None;
        };
        Some(ValueInfo { revenue, cost, risk, unit })
    }

    fn expectations(&mut self, definitions: &Definitions, measures: &[MeasurePlan], segments: &[String]) -> Vec<ExpectationInfo> {
        let mut all: Vec<ExpectationInfo> = Vec::new();
        let policies: Vec<String> = definitions.policies.iter().map(|(name, ..)| name.clone()).collect();
        for list in &definitions.expect {
            let inside = match &list.what {
                What::Tuple(_, items) => items.first().cloned(),
                _ => None,
            };
            let Some(inside) = inside else {
                self.tables.fault(list.at, "Expect({ ... }) holds named expectations");
                continue;
            };
            for (name, at, node) in inside.entries() {
                if all.iter().any(|have| have.name == name) {
                    self.tables.fault(at, format!("there are two expectations called `{name}`"));
                } else {
                    all.extend(self.expectation(&name, &node, measures, segments, &policies));
                }
            }
        }
        all
    }

    fn expectation(
        &mut self,
        name: &str,
        node: &Node,
        measures: &[MeasurePlan],
        segments: &[String],
        policies: &[String],
    ) -> Option<ExpectationInfo> {
        let Some(&(_, form)) = FORMS.iter().find(|(word, _)| *word == node.head()) else {
            self.tables.unknown(node.at, "expectation", node.head(), FORMS.iter().map(|(word, _)| *word));
            return None;
        };
        let compares = matches!(form, ExpectationForm::Change | ExpectationForm::Relative);
        let words: &[&'static str] =
            if compares { &["!of", "under", "against", "in", "from", "to"] } else { &["!of", "under", "in", "from", "to"] };
        let args = self.tables.arguments(node, words)?;
        let measure = self.shown(&args.need("of"), measures);
        let under = self.one_of(&args, "under", "policy", policies)?;
        let against = self.one_of(&args, "against", "policy", policies)?;
        let segment = self.one_of(&args, "in", "segment", segments)?;
        if under.is_some() && under == against {
            self.tables.fault(node.at, "a policy is compared with itself");
        }
        let scale = measure.map(|measure| (measure.scale, unit_dimension(measure)));
        let (from, to) = (self.bound(&args, "from", form, scale)?, self.bound(&args, "to", form, scale)?);
        if from.is_none() && to.is_none() {
            let fault = Fault::new(node.at, "nothing is expected: there is neither `from` nor `to`");
            self.tables.faults.add(
                fault.help("as in Change(of: calls, under: proactive, to: -2), or Mean(of: wait, from: \"5min\", to: \"9min\")"),
            );
            return None;
        }
        if from.zip(to).is_some_and(|(from, to)| from > to) {
            self.tables.fault(node.at, "`from` is above `to`, so nothing could ever be as expected");
        }
        Some(ExpectationInfo { name: name.to_owned(), form, measure: measure?.name.clone(), segment, under, against, from, to })
    }

    /// A name out of a list; `None` where it is none of them, `Some(None)` where nothing is said.
    fn one_of(&mut self, args: &Arguments, word: &str, what: &str, known: &[String]) -> Option<Option<String>> {
        let Some(node) = args.get(word).cloned() else { return Some(None) };
        let name = self.tables.name_of(&node, &format!("a {what}"))?;
        if !known.contains(&name) {
            self.tables.unknown(node.at, what, &name, known.iter().map(String::as_str).collect::<Vec<_>>());
            return None;
        }
        Some(Some(name))
    }

    /// A bound in the measure's unit: a plain number is in it already, a text has a unit of its own.
    fn bound(
        &mut self,
        args: &Arguments,
        word: &str,
        form: ExpectationForm,
        measure: Option<(f64, Dimension)>,
    ) -> Option<Option<f64>> {
        let Some(node) = args.get(word).cloned() else { return Some(None) };
        let (scale, dimension) = match form {
            ExpectationForm::Relative => (1.0, Dimension::NONE),
            _ => measure?,
        };
        if let What::Number { value, .. } = node.what {
            return Some(Some(value)).filter(|_| value.is_finite());
        }
        let expr = self.tables.expression(&node)?;
        let (sign, inner) = match &expr.node {
            ast::Node::Unary { op: ast::UnaryOp::Negate, of } => (-1.0, &of.node),
            inner => (1.0, inner),
        };
        match inner {
            ast::Node::Quantity { value, dimension: found } if *found == dimension => Some(Some(sign * value / scale)),
            ast::Node::Number(value) if dimension == Dimension::NONE => Some(Some(sign * value / scale)),
            ast::Node::Int(value) if dimension == Dimension::NONE => Some(Some(sign * *value as f64 / scale)),
            _ => {
                let wanted = match form {
                    ExpectationForm::Relative => "a share such as \"-20%\"".to_owned(),
                    _ => format!("a number, or {}", super::base_unit(dimension)),
                };
                let fault = Fault::new(node.at, format!("`{word}` is {}, expected {wanted}", node.describe()));
                self.tables.faults.add(fault.help("a plain number is in the measure's own unit"));
                None
            }
        }
    }
}

pub(super) fn unit_dimension(measure: &MeasurePlan) -> Dimension {
    let first = measure.unit.split_whitespace().next().unwrap_or("");
    unit::lookup(first).map_or(Dimension::NONE, |unit| unit.dimension)
}

/// The funnels among measures, from the figures that are theirs and the names of their first steps.
fn funnels(measures: &[MeasurePlan], firsts: &[(String, String)]) -> Vec<FunnelInfo> {
    let one = |(place, funnel): (usize, &MeasurePlan)| {
        let shares = measures.iter().filter(|measure| matches!(measure.fold, Fold::Reached { funnel, .. } if funnel == place));
        let shares: Vec<String> = shares.map(|measure| measure.name.clone()).collect();
        let step = |name: &String| name.strip_prefix(&format!("{}.", funnel.name)).unwrap_or(name).replace('_', " ");
        let first = firsts.iter().filter(|(name, _)| *name == funnel.name).map(|(_, first)| first.replace('_', " "));
        let steps = first.chain(shares.iter().map(step)).collect();
        FunnelInfo { label: funnel.label.clone(), steps, shares }
    };
    measures.iter().enumerate().filter(|(_, measure)| matches!(measure.fold, Fold::Funnel { .. })).map(one).collect()
}
