//! A table of what scenarios should come to, as someone outside knows it: `rehearsal validate --table`.
//!
//! A table is a RON file with a list of `Check(...)`. Reading one loads every scenario that it names, so that all that is
//! wrong, in the table and in what it names, is told at once and with its place. Nothing is run here.

use crate::args::Arguments;
use crate::fault::{At, Fault, Faults};
use crate::files::Folder;
use crate::tables::Tables;
use crate::tree::{Node, What};
use crate::{MeasureInfo, Scenario};
use rehearsal_language::ast::{self, UnaryOp};
use rehearsal_language::compile::nearest;
use rehearsal_language::unit;
use std::path::Path;

/// What a check takes; those with a `!` must be there.
const CHECK: [&str; 10] =
    ["!scenario", "set", "policy", "!measure", "segment", "!is", "within", "replications", "seed", "source"];

/// How often a check may be run.
const REPLICATIONS: std::ops::RangeInclusive<i64> = 2..=1_000_000;

/// A table that was read, with the scenarios that it names.
pub struct Expectations {
    /// Each scenario with the settings under which it is checked, once.
    pub scenarios: Vec<Scenario>,
    /// The checks, in the order of the file.
    pub checks: Vec<Check>,
}

/// What one figure of a scenario should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Check {
    /// Which of [`Expectations::scenarios`].
    pub scenario: usize,
    /// The scenario with what is set, in words.
    pub title: String,
    /// The policy, as [`Scenario::policies`] counts.
    pub policy: usize,
    /// The measure, as [`Scenario::measures`] counts.
    pub measure: usize,
    /// The segment, as [`Scenario::segments`] counts; everyone where it is left out.
    pub segment: Option<usize>,
    /// What it should be, in the measure's unit.
    pub is: f64,
    /// How far off it may be, in the measure's unit; where it is left out an interval has to hold the value.
    pub within: Option<f64>,
    /// How often the scenario is run.
    pub replications: u32,
    /// The seed, where the table says one.
    pub seed: Option<u64>,
    /// Where the value comes from.
    pub source: String,
}

/// A scenario as a check names it.
#[derive(PartialEq)]
struct Named {
    path: String,
    settings: Vec<(String, String)>,
}

/// The reader, and what it has loaded.
#[derive(Default)]
struct Reader {
    tables: Tables,
    named: Vec<(Named, Option<usize>)>,
    found: Vec<Scenario>,
}

/// Reads a table. Paths of scenarios are relative to the folder of its file.
///
/// # Errors
/// All faults of the table and of the scenarios that it names, each with its place.
pub fn read(path: &Path) -> Result<Expectations, Faults> {
    if !path.is_file() {
        return Err(Faults::one(format!("there is no table at {}: it is a RON file with a list of Check(...)", path.display())));
    }
    let folder = Folder::open(path)?;
    let mut reader = Reader::default();
    let mut checks = Vec::new();
    if std::fs::read_to_string(path).is_ok_and(|text| text.lines().all(is_empty)) {
        return Ok(Expectations { scenarios: Vec::new(), checks });
    }
    if let Some(list) = folder.file(&mut reader.tables, path, None) {
        for node in list.items() {
            checks.extend(reader.check(&node, &folder.root));
        }
    }
    if reader.tables.faults.is_empty() {
        return Ok(Expectations { scenarios: reader.found, checks });
    }
    Err(std::mem::take(&mut reader.tables.faults).finish(std::mem::take(&mut reader.tables.sources)))
}

/// Whether nothing stands on a line but a comment.
fn is_empty(line: &str) -> bool {
    line.trim().is_empty() || line.trim_start().starts_with("//")
}

impl Reader {
    /// One check; `None` after a fault.
    fn check(&mut self, node: &Node, root: &Path) -> Option<Check> {
        if node.head() != "Check" {
            let fault = Fault::new(node.at, format!("expected Check(...), found {}", node.describe()));
            self.tables.faults.add(fault.help("as in Check(scenario: \"mmc.ron\", measure: wait, is: \"1.8min\")"));
            return None;
        }
        let args = self.tables.arguments(node, &CHECK)?;
        let settings = self.settings(&args);
        let (replications, seed) = (self.replications(&args), self.seed(&args));
        let source = args.get("source").map(|node| self.text(node, "a source"));
        let path = self.text(&args.need("scenario"), "a scenario")?;
        let at = self.scenario(Named { path, settings: settings? }, root, &args.need("scenario"))?;
        let policy = self.policy(&args, at);
        let (policies, measures, segments) = {
            let scenario = &self.found[at];
            (scenario.policies(), scenario.measures(), scenario.segments())
        };
        let policy = policy.filter(|policy| *policy < policies.len());
        let measure = self.one_of("measure", &args.need("measure"), measures.iter().map(|measure| measure.name.as_str()));
        let segment = args.get("segment").map(|node| self.one_of("segment", node, segments.iter().map(String::as_str)));
        let measure = measure?;
        let is = self.amount(&args.need("is"), &measures[measure]);
        let within = match (args.get("within"), is) {
            (Some(node), Some(is)) => Some(self.tolerance(node, is, &measures[measure])?),
            _ => None,
        };
        Some(Check {
            title: self.title(at),
            scenario: at,
            policy: policy?,
            measure,
            segment: segment.map_or(Some(None), |segment| segment.map(Some))?,
            is: is?,
            within,
            replications: replications?.unwrap_or_else(|| self.found[at].replications()),
            seed: seed?,
            source: source.map_or(Some(String::new()), |source| source)?,
        })
    }

    /// A scenario with settings, loaded once; its faults are told once too.
    fn scenario(&mut self, named: Named, root: &Path, node: &Node) -> Option<usize> {
        if let Some((_, found)) = self.named.iter().find(|(earlier, _)| *earlier == named) {
            return *found;
        }
        let found = match Scenario::load(&root.join(&named.path), &named.settings) {
            Ok(scenario) => {
                self.found.push(scenario);
                Some(self.found.len() - 1)
            }
            Err(faults) => {
                self.take_over(faults, node.at);
                None
            }
        };
        self.named.push((named, found));
        found
    }

    /// The faults of a scenario as faults of the table; those without a place stand where it is named.
    fn take_over(&mut self, faults: Faults, named: At) {
        let base = self.tables.sources.files.len() as u32;
        self.tables.sources.files.extend(faults.sources.files);
        for fault in faults.faults {
            let at = fault.at.map_or(named, |at| At { source: at.source + base, ..at });
            self.tables.faults.add(Fault { at: Some(at), ..fault });
        }
    }

    /// A scenario and what is set in it, in words.
    fn title(&self, at: usize) -> String {
        let named = self.named.iter().find(|(_, found)| *found == Some(at)).map(|(named, _)| named);
        named.map_or_else(String::new, |named| {
            let settings = named.settings.iter().map(|(path, value)| format!(", {path}={value}"));
            named.path.clone() + &settings.collect::<String>()
        })
    }

    /// What is set, as on a command line; `None` after a fault.
    fn settings(&mut self, args: &Arguments) -> Option<Vec<(String, String)>> {
        let Some(node) = args.get("set") else { return Some(Vec::new()) };
        if !matches!(node.what, What::Map(_) | What::Record(..)) {
            let fault = Fault::new(node.at, format!("`set` takes paths with their values, found {}", node.describe()));
            self.tables.faults.add(fault.help("as in set: { \"system.servers\": 2 }"));
            return None;
        }
        let mut settings = Vec::new();
        let mut good = true;
        for (path, _, value) in node.entries() {
            match &value.what {
                What::Word(text) | What::Text { text, .. } => settings.push((path, text.clone())),
                What::Bool(value) => settings.push((path, value.to_string())),
                What::Number { value, .. } => settings.push((path, value.to_string())),
                _ => {
                    self.tables.fault(value.at, format!("what is set is a number, a name or a text, found {}", value.describe()));
                    good = false;
                }
            }
        }
        good.then_some(settings)
    }

    /// The policy by its number, the baseline where none is named; `None` after a fault.
    fn policy(&mut self, args: &Arguments, at: usize) -> Option<usize> {
        let names = self.found[at].policies();
        match args.get("policy") {
            Some(node) => self.one_of("policy", node, names.iter().map(String::as_str)),
            None => Some(0),
        }
    }

    /// The place of a name among those there are.
    fn one_of<'n>(&mut self, what: &str, node: &Node, known: impl Iterator<Item = &'n str>) -> Option<usize> {
        let name = self.text(node, &format!("a {what}"))?;
        let known: Vec<&str> = known.collect();
        let found = known.iter().position(|have| *have == name);
        if found.is_none() {
            let help = match nearest(&name, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => format!("this scenario has no {what}"),
                None => format!("there is {}", known.join(", ")),
            };
            self.tables.faults.add(Fault::new(node.at, format!("there is no {what} `{name}`")).help(help));
        }
        found
    }

    fn text(&mut self, node: &Node, what: &str) -> Option<String> {
        self.tables.name_of(node, what)
    }

    /// How often, where it is said; `None` after a fault.
    fn replications(&mut self, args: &Arguments) -> Option<Option<u32>> {
        match args.get("replications") {
            None => Some(None),
            Some(node) => match node.what {
                What::Number { whole: Some(found), .. } if REPLICATIONS.contains(&found) => Some(Some(found as u32)),
                _ => {
                    let (least, most) = (REPLICATIONS.start(), REPLICATIONS.end());
                    let fault = Fault::new(node.at, format!("`replications` is {}: a whole number is wanted", node.describe()));
                    self.tables.faults.add(fault.help(format!("from {least} to {most}; an interval takes two or more")));
                    None
                }
            },
        }
    }

    /// The seed, where it is said; `None` after a fault.
    fn seed(&mut self, args: &Arguments) -> Option<Option<u64>> {
        match args.get("seed") {
            None => Some(None),
            Some(node) => match node.what {
                What::Number { whole: Some(found), .. } if found >= 0 => Some(Some(found as u64)),
                _ => {
                    self.tables.fault(node.at, format!("`seed` is a whole number from 0 up, found {}", node.describe()));
                    None
                }
            },
        }
    }

    /// What a value comes to in the unit of a measure: `3`, `"1.8min"`, `"12 %"`.
    fn amount(&mut self, node: &Node, measure: &MeasureInfo) -> Option<f64> {
        match &node.what {
            What::Number { value, .. } if value.is_finite() => return Some(*value),
            What::Text { .. } => {}
            _ => {
                let fault = Fault::new(node.at, format!("expected a number or a value with its unit, found {}", node.describe()));
                self.tables.faults.add(fault.help(such_as(measure)));
                return None;
            }
        }
        let expr = self.tables.expression(node)?;
        let (sign, expr) = match &expr.node {
            ast::Node::Unary { op: UnaryOp::Negate, of } => (-1.0, of.as_ref()),
            _ => (1.0, expr.as_ref()),
        };
        let own = measure.unit.split_whitespace().next().and_then(unit::lookup);
        let percent = node.as_text().is_some_and(|text| text.trim_end().ends_with('%'));
        let base = match (&expr.node, own) {
            (ast::Node::Int(whole), _) => return Some(sign * *whole as f64),
            (ast::Node::Number(value), _) if !percent => return Some(sign * value),
            (ast::Node::Number(value), Some(own)) if own.dimension.is_none() => Some(value / own.to_base(1.0)),
            (ast::Node::Quantity { value, dimension }, Some(own)) if own.dimension == *dimension => {
                Some(value / own.to_base(1.0))
            }
            _ => None,
        };
        let Some(base) = base else {
            let unit = if measure.unit.is_empty() { "no unit".into() } else { format!("the unit `{}`", measure.unit) };
            let fault = Fault::new(node.at, format!("{} is no value of `{}`, which has {unit}", node.describe(), measure.name));
            self.tables.faults.add(fault.help(such_as(measure)));
            return None;
        };
        Some(sign * base)
    }

    /// How far off a figure may be: a share of what it should be, as `"1%"`, or a value of the measure.
    fn tolerance(&mut self, node: &Node, is: f64, measure: &MeasureInfo) -> Option<f64> {
        let share = node.as_text().and_then(|text| text.trim().strip_suffix('%')).map(|number| number.trim().parse::<f64>());
        let found = match share {
            Some(Ok(percent)) => percent / 100.0 * is.abs(),
            Some(Err(_)) => f64::NAN,
            None => self.amount(node, measure)?,
        };
        if found > 0.0 && found.is_finite() {
            return Some(found);
        }
        let message = match is == 0.0 && share.is_some() {
            true => format!("{} of 0 is 0: no figure with chance in it lies within that", node.describe()),
            false => format!("`within` is {}: more than 0 is wanted", node.describe()),
        };
        self.tables.faults.add(Fault::new(node.at, message).help(format!("a share as in \"1%\", or {}", such_as(measure))));
        None
    }
}

/// How a value of a measure may be written.
fn such_as(measure: &MeasureInfo) -> String {
    let first = measure.unit.split_whitespace().next().unwrap_or_default();
    match unit::lookup(first) {
        Some(_) => format!("such as \"3 {first}\", or 3 for the same"),
        None => "a plain number such as 3".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// A shop with a measure of each sort.
    const SHOP: &str = "[
        Scenario(title: \"shop\", start: \"2026-01-01 00:00\", length: \"1d\", groups: { shops: Group(kind: shop, count: 1) }),
        Kind(name: shop, params: { gap: \"1h\" }, every: [(period: \"exponential(gap)\", do: [Note(name: sold, with: (after: \"5min\"))])]),
        Measures({
            after: Tally(at: sold, of: \"event.after\", label: \"after\", unit: min),
            soon: Share(of: sold, if: \"event.after < 1h\", label: \"soon\", unit: \"%\"),
            sold: Count(of: sold, label: \"sold\"),
        }),
        Experiment(replications: 7, seed: 3),
    ]";

    fn table(text: &str) -> Result<Expectations, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("shop.ron"), SHOP).expect("a file");
        let path = folder.path().join("table.ron");
        fs::write(&path, text).expect("a file");
        read(&path).map_err(|faults| faults.to_string())
    }

    #[test]
    fn values_come_in_the_unit_of_their_measure() {
        let text = "[
            Check(scenario: \"shop.ron\", measure: after, is: \"90s\", within: \"1%\", source: \"a clock\"),
            Check(scenario: \"shop.ron\", measure: soon, is: \"12.5 %\", within: 0.5, replications: 50, seed: 9),
            Check(scenario: \"shop.ron\", set: { \"shop.gap\": \"2h\" }, measure: sold, is: -3),
        ]";
        let found = table(text).expect("a table");
        assert_eq!(found.scenarios.len(), 2, "a scenario is loaded once for the same settings");
        let [after, soon, sold] = found.checks.as_slice() else { panic!("three checks") };
        assert_eq!((after.is, after.within, after.source.as_str()), (1.5, Some(0.015), "a clock"));
        assert_eq!((after.replications, after.seed, after.policy, after.segment), (7, None, 0, None));
        assert_eq!((soon.is, soon.within, soon.replications, soon.seed), (12.5, Some(0.5), 50, Some(9)));
        assert_eq!((sold.is, sold.within, sold.scenario), (-3.0, None, 1));
        assert_eq!(sold.title, "shop.ron, shop.gap=2h");
    }

    #[test]
    fn all_faults_of_a_table_are_told_at_once() {
        let text = "[
            Chekc(scenario: \"shop.ron\"),
            Check(scenario: \"shop.ron\", measure: afer, is: 1),
            Check(scenario: \"shop.ron\", measure: after, is: \"3 EUR\"),
            Check(scenario: \"shop.ron\", measure: sold, is: \"3%\"),
            Check(scenario: \"shop.ron\", measure: after, is: 0, within: \"1%\"),
            Check(scenario: \"shop.ron\", measure: after, is: 1, within: -2),
            Check(scenario: \"shop.ron\", measure: after, is: [1], policy: best, segment: rich),
            Check(scenario: \"shop.ron\", measure: after, is: 1, replications: 1, seed: -1, set: 3),
            Check(scenario: \"shop.ron\", measure: after, is: 1, set: { \"shop.gop\": 3 }),
            Check(scenario: \"shpo.ron\", measure: after, is: 1),
            Check(scenario: \"shop.ron\", measure: after, is: 1, withn: 2),
        ]";
        let told = table(text).err().expect("faults");
        for part in [
            "expected Check(...), found Chekc(...)",
            "there is no measure `afer`",
            "did you mean `after`?",
            "\"3 EUR\" is no value of `after`, which has the unit `min`",
            "such as \"3 min\", or 3 for the same",
            "\"3%\" is no value of `sold`, which has no unit",
            "\"1%\" of 0 is 0",
            "`within` is -2: more than 0 is wanted",
            "expected a number or a value with its unit, found a list",
            "there is no policy `best`",
            "there is no segment `rich`",
            "this scenario has no segment",
            "`replications` is 1",
            "`seed` is a whole number from 0 up, found -1",
            "`set` takes paths with their values, found 3",
            "nothing inside is called `gop`",
            "there is no scenario at",
            "Check(...) takes no `withn`",
        ] {
            assert!(told.contains(part), "{part} is not in:\n{told}");
        }
        assert!(told.contains("table.ron:2:13"), "{told}");
    }

    #[test]
    fn faults_of_a_scenario_have_their_own_place() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::write(folder.path().join("shop.ron"), SHOP.replace("exponential(gap)", "exponential(gup)")).expect("a file");
        let path = folder.path().join("table.ron");
        let check = "Check(scenario: \"shop.ron\", measure: after, is: 1),";
        fs::write(&path, format!("[{check} {check} Check(scenario: 7, measure: after, is: 1)]")).expect("a file");
        let faults = read(&path).err().expect("faults");
        let places: Vec<String> = faults.faults.iter().filter_map(|fault| fault.at).map(|at| faults.sources.cite(at)).collect();
        assert_eq!(places, ["table.ron:1", "shop.ron:3"], "{faults}");
        assert!(read(&folder.path().join("no.ron")).is_err_and(|faults| faults.to_string().contains("there is no table at")));
    }

    #[test]
    fn a_table_may_be_empty() {
        for text in ["[]", "", "// Nothing yet.\n\n"] {
            assert!(table(text).is_ok_and(|found| found.checks.is_empty()), "{text:?}");
        }
    }
}
