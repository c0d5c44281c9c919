//! Every law in the files, with a name that says where.

use super::form::{Around, Number, Placed, placed};
use super::number::File;
use super::watch::Watch;
use super::{Fault, Law, Parameter};
use crate::definitions::Definitions;
use crate::fault::At;
use crate::lint::walk::every;
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::ast::{self, Expr};
use rehearsal_language::law;
use rehearsal_language::unit::Dimension;
use std::collections::{BTreeMap, BTreeSet};

/// Parts of definitions that only hold others, and are left out of names.
const HOLDING: &[&str] = &["states", "regions", "groups", "delay", "period", "time", "rate", "process"];

/// A law as found: its name, the leaf that it stands in, and the law.
struct Found {
    path: String,
    /// The place of the whole text.
    leaf: At,
    whole: Placed,
    /// The call and its law; `None` for the rate of a source.
    call: Option<(Expr, law::Law)>,
}

impl Tables {
    /// The files that lie somewhere.
    pub(crate) fn law_files(&self) -> Vec<File> {
        let file = |(source, path): (&u32, &std::path::PathBuf)| {
            let (name, text) = &self.sources.files[*source as usize];
            let shared = self.shared.contains(source);
            File { source: *source, path: path.clone(), name: name.clone(), shared, text: text.clone() }
        };
        self.paths.iter().map(file).collect()
    }

    /// All laws of the scenario, in the order of its files.
    pub(crate) fn laws(&self, definitions: &Definitions) -> Vec<Law> {
        let mut found = Vec::new();
        let mut all = definitions.all();
        all.sort_by_key(|node| node.at);
        for node in all {
            let lower = node.head().to_lowercase();
            let name = node.get("name").and_then(Node::as_text).unwrap_or(&lower);
            look(node, if node.head() == "Scenario" { "" } else { name }, &mut found);
        }
        tell_apart(&mut found);
        let environments = self.environments_of_leaves();
        let watches = self.watches();
        let mut laws: Vec<Law> = found.iter().map(|found| self.law(found, &environments, &watches)).collect();
        only_once(&mut laws);
        laws
    }

    fn law(
        &self,
        found: &Found,
        environments: &BTreeMap<At, BTreeSet<u32>>,
        watches: &BTreeMap<At, Result<Vec<Watch>, Fault>>,
    ) -> Law {
        let source = found.whole.source;
        let none = BTreeSet::from([0]);
        let environments = environments.get(&found.leaf).unwrap_or(&none);
        let span = found.call.as_ref().map_or(found.whole.expr.span, |(call, _)| call.span);
        let at = At { source, start: span.start, end: span.end };
        let numbers = same(environments.iter().map(|env| self.numbers(found, *env)));
        let around = match &found.call {
            Some((call, _)) => same(environments.iter().map(|env| self.around(source, &found.whole.expr, call.span, *env))),
            None => Ok(Around { times: 1.0, plus: 0.0, floor: None }),
        };
        let watches = match (&around, watches.get(&found.leaf)) {
            (Err(fault), _) => Err(fault.clone()),
            (Ok(_), Some(watches)) => watches.clone(),
            (Ok(_), None) => Err("a record does not tell how it comes out".into()),
        };
        let family = found.call.as_ref().map_or(law::Law::Exponential, |(_, law)| *law);
        let unit = match (&numbers, found.call.is_some()) {
            (_, false) => Dimension::TIME.base_unit(),
            (Ok(numbers), true) => dimension(family, numbers).map(Dimension::base_unit).unwrap_or_default(),
            (Err(_), true) => String::new(),
        };
        let parameter = |number: Number| Parameter {
            value: number.value,
            place: self.sources.cite(number.literal.at),
            shared: self.shared.contains(&number.literal.at.source),
            literal: number.literal,
        };
        Law {
            path: found.path.clone(),
            place: self.sources.cite(at),
            text: self.quoted(at),
            family: family.name(),
            parameters: numbers.map(|numbers| numbers.into_iter().map(parameter).collect()),
            unit,
            times: around.as_ref().map_or(1.0, |around| around.times),
            plus: around.as_ref().map_or(0.0, |around| around.plus),
            floor: around.as_ref().ok().and_then(|around| around.floor),
            is_rate: found.call.is_none(),
            watches,
        }
    }

    /// The parameters of a law in an environment.
    fn numbers(&self, found: &Found, env: u32) -> Result<Vec<Number>, Fault> {
        let source = found.whole.source;
        let Some((call, law)) = &found.call else { return Ok(vec![self.rate(source, &found.whole.expr, env)?]) };
        let ast::Node::Call { args, .. } = &call.node else { return Err("it is no call".into()) };
        if args.len() != law.measured().len() {
            // Such as a draw between two bounds, or by a score.
            return Err("it has more arguments than the law has parameters".into());
        }
        let mut numbers = Vec::new();
        for (number, arg) in args.iter().enumerate() {
            let mut found = self.literal(source, arg, env)?;
            found.literal.whole = *law == law::Law::Erlang && number == 0;
            numbers.push(found);
        }
        Ok(numbers)
    }

    /// The environments in which each text of kinds stands.
    fn environments_of_leaves(&self) -> BTreeMap<At, BTreeSet<u32>> {
        let mut found: BTreeMap<At, BTreeSet<u32>> = BTreeMap::new();
        let mut add = |node: &Node, env: u32| {
            every(node, &mut |node| {
                if matches!(node.what, What::Text { .. } | What::Word(_)) {
                    found.entry(node.at).or_default().insert(env);
                }
            });
        };
        for kind in self.kinds.iter().filter(|kind| !kind.shadow) {
            for region in &kind.regions {
                region.node.iter().for_each(|node| add(node, region.env));
                region.states.iter().for_each(|state| add(&state.node, state.env));
            }
            kind.fields.iter().for_each(|field| add(&field.node, field.env));
            kind.timers.iter().for_each(|(_, node, env)| add(node, *env));
            kind.holders.iter().for_each(|(_, _, node, env)| add(node, *env));
            kind.on.iter().for_each(|(_, _, node, env)| add(node, *env));
            kind.answers.iter().for_each(|(_, _, node, env)| add(node, *env));
            kind.boards.iter().chain(&kind.init).chain(&kind.rules).for_each(|(node, env)| add(node, *env));
        }
        found
    }
}

/// The one answer that all give; where they differ, that they do.
fn same<T: PartialEq>(answers: impl Iterator<Item = Result<T, Fault>>) -> Result<T, Fault> {
    let mut first: Option<T> = None;
    for answer in answers {
        let answer = answer?;
        match &first {
            Some(first) if *first != answer => return Err("its numbers differ between the kinds that share it".into()),
            Some(_) => {}
            None => first = Some(answer),
        }
    }
    first.ok_or_else(|| "nothing uses it".into())
}

/// What the values of a law measure.
fn dimension(law: law::Law, numbers: &[Number]) -> Option<Dimension> {
    let carried = law.measured().iter().zip(numbers).find(|(measured, _)| **measured);
    carried.map(|(_, number)| number.dimension).filter(|dimension| !dimension.is_none())
}

/// Two laws cannot be fitted by one number.
fn only_once(laws: &mut [Law]) {
    let mut uses: BTreeMap<At, Vec<String>> = BTreeMap::new();
    for law in laws.iter() {
        for parameter in law.parameters.iter().flatten() {
            uses.entry(parameter.literal.at).or_default().push(law.path.clone());
        }
    }
    for law in laws {
        let Ok(parameters) = &law.parameters else { continue };
        for parameter in parameters {
            let others: Vec<&String> = uses[&parameter.literal.at].iter().filter(|path| **path != law.path).collect();
            if let Some(other) = others.first() {
                law.parameters = Err(format!("the number at {} belongs to `{other}` too", parameter.place));
                break;
            }
        }
    }
}

/// Finds the laws in a definition, or in a part of it.
fn look(node: &Node, path: &str, found: &mut Vec<Found>) {
    match &node.what {
        What::Text { .. } => leaf(node, path, found),
        What::List(items) => {
            let mut delays = 0;
            for item in items {
                let head = item.head().to_lowercase();
                let name = match item.head() {
                    "Delay" if !path.contains("/on/") => {
                        delays += 1;
                        format!("delay{}", delays - 1)
                    }
                    _ => head,
                };
                look(item, &joined(path, &name), found);
            }
        }
        What::Tuple(_, items) => items.iter().for_each(|item| look(item, path, found)),
        What::Record(..) | What::Map(_) => {
            for (name, _, value) in node.entries() {
                part(&name, &value, path, found);
            }
        }
        _ => {}
    }
}

/// Finds the laws under a name.
fn part(name: &str, value: &Node, path: &str, found: &mut Vec<Found>) {
    let text = matches!(value.what, What::Text { .. });
    match name {
        "sources" => {
            for source in value.items() {
                let called = source.get("name").or(source.get("kind")).and_then(Node::as_text).unwrap_or("source");
                let path = joined(path, &format!("source/{called}"));
                let rate = source.get("rate").filter(|_| source.get("peak").is_none());
                if let Some(whole) = rate.and_then(placed) {
                    found.push(Found {
                        path: path.clone(),
                        leaf: rate.map(|rate| rate.at).unwrap_or_default(),
                        whole,
                        call: None,
                    });
                }
                look(&source, &path, found);
            }
        }
        "after" | "every" | "at" if !text && value.as_word().is_none() => {
            for (number, timer) in value.items().iter().enumerate() {
                look(timer, &joined(path, &format!("{name}{number}")), found);
            }
        }
        name if HOLDING.contains(&name) => look(value, path, found),
        "every" => look(value, path, found),
        "label" | "title" | "unit" | "name" => {}
        name => look(value, &joined(path, name), found),
    }
}

fn joined(path: &str, name: &str) -> String {
    match (path, name) {
        (path, "") => path.to_owned(),
        ("", name) => name.to_owned(),
        (path, name) => format!("{path}/{name}"),
    }
}

/// Adds the laws in a text, where it is an expression.
fn leaf(node: &Node, path: &str, found: &mut Vec<Found>) {
    let text = node.as_text().unwrap_or_default();
    if !law::Law::ALL.iter().any(|law| text.contains(law.name())) {
        return;
    }
    let Some(whole) = placed(node) else { return };
    let mut calls = Vec::new();
    whole.expr.walk(&mut |part| {
        if let ast::Node::Call { name, .. } = &part.node
            && let Some(law) = law::Law::named(name)
        {
            calls.push((part.clone(), law));
        }
    });
    let several = calls.len() > 1;
    for (call, law) in calls {
        let path = if several { format!("{path}/{}", law.name()) } else { path.to_owned() };
        found.push(Found { path, leaf: node.at, whole: whole.clone(), call: Some((call, law)) });
    }
}

/// Gives laws of one name numbers.
fn tell_apart(found: &mut [Found]) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for law in found {
        let count = counts.entry(law.path.clone()).or_default();
        *count += 1;
        if *count > 1 {
            law.path = format!("{}#{}", law.path, *count);
        }
    }
}
