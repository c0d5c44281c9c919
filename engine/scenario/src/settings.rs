//! Settings from outside: `--set dealer.loaners=8` changes a number of the scenario before it is compiled.
//!
//! A path is read from the left: a definition's name (a kind, mixin, policy, group or channel), then names inside it. Each
//! name is looked for at the shallowest depth where it stands; two at the same depth are a fault that lists both.

use crate::fault::{At, Fault, Sources};
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::compile::nearest;

mod listed;

pub(crate) use listed::listed;

/// A setting that was asked for.
#[derive(Clone, Debug)]
struct Setting {
    path: String,
    value: String,
    done: bool,
    problem: Option<String>,
    help: Option<String>,
}

/// All settings of a run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    list: Vec<Setting>,
}

/// A way to a node inside a tree: child numbers.
type Way = Vec<usize>;

impl Settings {
    pub(crate) fn new(settings: &[(String, String)]) -> Settings {
        let list = settings
            .iter()
            .map(|(path, value)| Setting { path: path.clone(), value: value.clone(), done: false, problem: None, help: None })
            .collect();
        Settings { list }
    }

    /// Applies the settings that concern this file.
    ///
    /// What is set stands in a text of its own, so that a fault shows what was asked for.
    pub(crate) fn apply(&mut self, file: &mut Node, sources: &mut Sources) {
        for setting in self.list.iter_mut().filter(|setting| !setting.done) {
            let parts: Vec<&str> = setting.path.split('.').collect();
            let Some((first, rest)) = parts.split_first() else { continue };
            let Some(start) = definition(file, first) else { continue };
            match descend(file, start, rest) {
                Ok(way) => match leaf(file, way) {
                    Ok(way) => {
                        let node = at_mut(file, &way);
                        let source = sources.add(&format!("--set {}", setting.path), &setting.value);
                        let at = At { source, start: 0, end: setting.value.len() as u32 };
                        *node = Node { at, what: instead_of(&node.what, &setting.value) };
                        setting.done = true;
                    }
                    Err(problem) => setting.problem = Some(problem),
                },
                Err((problem, help)) => {
                    setting.problem = Some(problem);
                    setting.help = help;
                }
            }
        }
    }

    /// Says which settings found nothing to set.
    pub(crate) fn report(&self, tables: &mut Tables, files: &[Node]) {
        for setting in self.list.iter().filter(|setting| !setting.done) {
            let first = setting.path.split('.').next().unwrap_or("");
            let message = match &setting.problem {
                Some(problem) => format!("--set {}={}: {problem}", setting.path, setting.value),
                None => format!("--set {}={}: nothing in the scenario is called `{first}`", setting.path, setting.value),
            };
            let names: Vec<String> = files.iter().flat_map(|file| file.items()).flat_map(|node| names_of(&node)).collect();
            let near = setting.help.clone().or_else(|| {
                setting
                    .problem
                    .is_none()
                    .then(|| nearest(first, names.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?")))?
            });
            let help = near.unwrap_or_else(|| "a path names a definition and what is inside it, as in dealer.loaners".into());
            tables.faults.add(Fault::general(message).help(help));
        }
    }
}

/// The sections of a definition whose entries a path may begin with.
fn sections(node: &Node) -> &'static [&'static str] {
    if node.head() == "Scenario" { &["params", "groups", "relations"] } else { &[] }
}

/// Names by which a path may begin.
fn names_of(node: &Node) -> Vec<String> {
    let mut names: Vec<String> = node.get("name").and_then(Node::as_text).map(str::to_owned).into_iter().collect();
    if matches!(node.head(), "Scenario" | "Experiment" | "Interface" | "ContactRules") {
        names.push(node.head().to_lowercase());
    }
    for section in sections(node) {
        names.extend(node.get(section).map(Node::entries).unwrap_or_default().into_iter().map(|(name, ..)| name));
    }
    names
}

/// The way to the definition or group that a path begins with.
fn definition(file: &Node, first: &str) -> Option<Way> {
    let roots: Vec<Way> = match &file.what {
        What::List(items) => (0..items.len()).map(|at| vec![at]).collect(),
        _ => vec![vec![]],
    };
    for root in roots {
        let node = at(file, &root);
        let own = node.get("name").and_then(Node::as_text) == Some(first)
            || (matches!(node.head(), "Scenario" | "Experiment" | "Interface" | "ContactRules")
                && node.head().to_lowercase() == first);
        if own {
            return Some(root);
        }
        for section in sections(node) {
            if let Some(section) = child(node, section)
                && let Some(found) = child(at(node, &[section]), first)
            {
                let mut way = root;
                way.extend([section, found]);
                return Some(way);
            }
        }
    }
    None
}

fn children(node: &Node) -> Vec<(String, &Node)> {
    match &node.what {
        What::Record(_, entries) => entries.iter().map(|(name, _, node)| (name.clone(), node)).collect(),
        What::Map(entries) => entries.iter().map(|(key, node)| (key.as_text().unwrap_or("").to_owned(), node)).collect(),
        What::List(items) | What::Tuple(_, items) => items
            .iter()
            .map(|item| {
                let name = item.get("name").and_then(Node::as_text).unwrap_or_else(|| item.head());
                (name.to_owned(), item)
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn child(node: &Node, name: &str) -> Option<usize> {
    children(node).iter().position(|(have, _)| have == name)
}

fn at<'n>(node: &'n Node, way: &[usize]) -> &'n Node {
    way.iter().fold(node, |node, step| children(node)[*step].1)
}

fn at_mut<'n>(node: &'n mut Node, way: &[usize]) -> &'n mut Node {
    way.iter().fold(node, |node, step| match &mut node.what {
        What::Record(_, entries) => &mut entries[*step].2,
        What::Map(entries) => &mut entries[*step].1,
        What::List(items) | What::Tuple(_, items) => &mut items[*step],
        _ => unreachable!("a way leads through nodes with children"),
    })
}

/// The names along a way.
fn spelled(node: &Node, way: &[usize]) -> String {
    let names = (0..way.len()).map(|step| children(at(node, &way[..step]))[way[step]].0.clone());
    names.filter(|name| !name.is_empty()).collect::<Vec<_>>().join(".")
}

/// Follows the names of a path.
fn descend(file: &Node, mut way: Way, parts: &[&str]) -> Result<Way, (String, Option<String>)> {
    for part in parts {
        let here = at(file, &way);
        let mut level: Vec<Way> = vec![vec![]];
        let mut known: Vec<String> = Vec::new();
        let found = loop {
            let mut next = Vec::new();
            let mut found = Vec::new();
            for prefix in &level {
                for (number, (name, _)) in children(at(here, prefix)).iter().enumerate() {
                    let mut way = prefix.clone();
                    way.push(number);
                    if name == part {
                        found.push(way.clone());
                    }
                    known.push(name.clone());
                    next.push(way);
                }
            }
            if !found.is_empty() || next.is_empty() {
                break found;
            }
            level = next;
        };
        match found.as_slice() {
            [one] => way.extend(one),
            [] => {
                let help = nearest(part, known.iter().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
                return Err((format!("nothing inside is called `{part}`"), help));
            }
            several => {
                let ways: Vec<String> = several.iter().map(|way| spelled(here, way)).collect();
                let message = format!("`{part}` stands there {} times: {}", several.len(), ways.join(", "));
                return Err((message, Some("name what it is inside of".into())));
            }
        }
    }
    Ok(way)
}

/// The number that a way ends at, or the one number inside what it ends at.
fn leaf(file: &Node, way: Way) -> Result<Way, String> {
    let node = at(file, &way);
    if is_value(node) {
        return Ok(way);
    }
    let numbers: Vec<usize> = children(node)
        .iter()
        .enumerate()
        .filter(|(_, (_, node))| matches!(node.what, What::Number { .. }))
        .map(|(at, _)| at)
        .collect();
    match numbers.as_slice() {
        [one] => {
            let mut way = way;
            way.push(*one);
            Ok(way)
        }
        _ => {
            let values = |only: bool| {
                let inside = children(node).into_iter().filter(move |(name, node)| !name.is_empty() && (!only || is_value(node)));
                inside.map(|(name, _)| name).collect::<Vec<String>>()
            };
            let names = if values(true).is_empty() { values(false) } else { values(true) };
            Err(format!("{} is not one number; inside it there is {}", node.describe(), names.join(", ")))
        }
    }
}

fn is_value(node: &Node) -> bool {
    matches!(node.what, What::Number { .. } | What::Text { .. } | What::Bool(_) | What::Word(_))
}

/// A value as it would be written in place of another: a name in place of a name stays one, as `Preemptive` of `Priority`.
fn instead_of(before: &What, value: &str) -> What {
    let plain = |word: &str| word.starts_with(char::is_alphabetic) && word.chars().all(|c| c.is_alphanumeric() || c == '_');
    match (before, written(value)) {
        (What::Word(_), What::Text { text, .. }) if plain(&text) => What::Word(text),
        (_, written) => written,
    }
}

/// A value from a command line as it would be written in RON.
fn written(value: &str) -> What {
    if let Ok(number) = value.parse::<f64>()
        && number.is_finite()
    {
        return What::Number { value: number, whole: value.parse().ok() };
    }
    match value {
        "true" => What::Bool(true),
        "false" => What::Bool(false),
        _ => What::Text { text: value.to_owned(), inside: Some(0) },
    }
}

/// A number that a person may like to change: path, value and place of the first stock, agenda or resource of a kind.
pub(crate) fn example(kinds: &[(String, At, Node)]) -> Option<(String, String, At)> {
    let wanted = ["Agenda", "Resource", "Stock", "Pool"];
    let mut found: Option<(String, String, At)> = None;
    for (kind, _, node) in kinds {
        for (name, at, holder) in node.get("owns").map(Node::entries).unwrap_or_default() {
            let numbers: Vec<f64> = children(&holder)
                .iter()
                .filter_map(|(_, node)| match node.what {
                    What::Number { value, .. } => Some(value),
                    _ => None,
                })
                .collect();
            if let ([value], true) = (numbers.as_slice(), wanted.contains(&holder.head()))
                && holder.get("fill").is_none()
            {
                let better = found.is_none() || holder.head() == "Agenda";
                if better {
                    found = Some((format!("{kind}.{name}"), format!("{}", value * 2.0), at));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_place_of_a_name_stays_one() {
        let (word, number) = (What::Word("Priority".into()), What::Number { value: 2.0, whole: Some(2) });
        let text = |text: &str| What::Text { text: text.into(), inside: Some(0) };
        assert_eq!(instead_of(&word, "Preemptive"), What::Word("Preemptive".into()));
        assert_eq!(instead_of(&word, "6min"), text("6min"));
        assert_eq!(instead_of(&word, "true"), What::Bool(true));
        assert_eq!(instead_of(&number, "gap"), text("gap"));
        assert_eq!(instead_of(&number, "3"), What::Number { value: 3.0, whole: Some(3) });
    }

    #[test]
    fn a_scenario_may_be_a_text_with_settings() {
        let text = "[
            Scenario(title: \"a shop\", start: \"2026-01-01 00:00\", length: \"1h\", groups: { shops: Group(kind: shop, count: 1) }),
            Kind(name: shop, owns: { desk: Resource(capacity: 1, discipline: Priority) }, after: [(delay: \"1min\", do: [Note(sold)])]),
            Measures({ sold: Count(of: sold, label: \"sold\") }),
        ]";
        let set = |value: &str| [("shop.desk.discipline".to_owned(), value.to_owned())];
        let scenario = crate::Scenario::from_text("shop", text, &set("Fifo")).expect("a scenario");
        assert_eq!((scenario.name(), scenario.policies()), ("shop", vec!["as_it_is".to_owned()]));
        let faults = crate::Scenario::from_text("shop", text, &set("Fofi")).expect_err("a fault").to_string();
        assert!(faults.contains("there is no discipline `Fofi`") && faults.contains("--set shop.desk.discipline"), "{faults}");
        let broken = crate::Scenario::from_text("shop", "[Kind(name: 3)]", &[]).expect_err("faults").to_string();
        assert!(broken.contains("shop.ron:1:"), "{broken}");
    }
}
