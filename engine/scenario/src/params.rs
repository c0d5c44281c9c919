//! The scenario's own parameters: numbers that all of it may use, such as how many people there are.

use crate::fault::{At, Fault};
use crate::laws::{INTRICATE, Placed, placed};
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::ast::{self, BinaryOp, Expr};
use rehearsal_language::compile::nearest;
use std::collections::BTreeSet;

/// What is said of a value whose names stand for too much.
const TOO_INTRICATE: &str = "it is too intricate, with what its names stand for";

impl Tables {
    /// Reads the parameters, before anything that may use them; false where one says nothing.
    pub(crate) fn read_params(&mut self, scenario: &Node) -> bool {
        // Those that say nothing, by which others say nothing: of these nothing is told.
        let mut nothing = BTreeSet::new();
        let groups: Vec<String> =
            scenario.get("groups").map(Node::entries).unwrap_or_default().into_iter().map(|(name, ..)| name).collect();
        for (name, at, value) in scenario.get("params").map(Node::entries).unwrap_or_default() {
            let written = matches!(value.what, What::Number { .. } | What::Text { .. });
            if !written {
                let fault = Fault::new(at, format!("parameter `{name}` is a number or a quantity, found {}", value.describe()));
                self.faults.add(fault.help("as in params: { people: 2000, rain: \"4h\" }"));
                nothing.insert(name);
            } else if groups.contains(&name) {
                self.fault(at, format!("`{name}` is a parameter and a group: one of them needs another name"));
            } else if self.hangs_on(&value).is_some_and(|on| nothing.contains(&on)) {
                nothing.insert(name);
            } else if let Some(why) = self.not_known(&value) {
                let fault = Fault::new(value.at, format!("parameter `{name}` is a number or a quantity: {why}"));
                self.faults.add(fault.help("as in 2000 or 4h, or computed from parameters before it, as in \"people / 10\""));
                nothing.insert(name);
            } else {
                self.params.insert(name, value);
            }
        }
        nothing.is_empty()
    }

    /// The first name in a parameter that none before it has.
    fn hangs_on(&self, value: &Node) -> Option<String> {
        placed(value).and_then(|Placed { expr, .. }| self.open_name(&expr, 0))
    }

    /// Why a parameter says nothing by what was read before it. So no parameter hangs on itself.
    fn not_known(&self, value: &Node) -> Option<String> {
        if let What::Number { .. } = value.what {
            return None;
        }
        match placed(value) {
            Some(Placed { source, expr }) => self
                .open_name(&expr, 0)
                .map(|name| format!("`{name}` is none, and no parameter before it"))
                .or_else(|| self.no_number(source, &expr)),
            None => Some(format!("found {}", value.describe())),
        }
    }

    /// Why what is computed comes to no number, where that is certain.
    fn no_number(&self, source: u32, expr: &Expr) -> Option<String> {
        let (mut why, mut left) = (None, INTRICATE);
        expr.walk(&mut |part| {
            if let ast::Node::Binary { op: BinaryOp::Div, right, .. } = &part.node
                && self.constant_within(source, right, 0, &mut left) == Some(0.0)
            {
                let place = At { source, start: part.span.start, end: part.span.end };
                why.get_or_insert_with(|| format!("`{}` divides by zero", self.quoted(place)));
            }
        });
        match self.constant_within(source, expr, 0, &mut left) {
            _ if why.is_some() => why,
            Some(value) => (!value.is_finite()).then(|| "it is beyond all numbers".into()),
            None => (left == 0).then(|| TOO_INTRICATE.into()),
        }
    }

    /// A number of things that is known when the scenario loads: written as one, or computed from parameters by `+`, `-`,
    /// `*` and `/`, and then rounded to a whole one.
    pub(crate) fn known_count(&mut self, node: &Node, env: u32, what: &str) -> Option<f64> {
        let (node, env) = self.resolve(node, env);
        if let What::Number { .. } = node.what {
            return self.plain_number(&node, what);
        }
        let Some(Placed { source, expr }) = placed(&node) else {
            let found = node.describe();
            self.faults.add(
                Fault::new(node.at, format!("{what} is a number, found {found}"))
                    .help("or an expression of the scenario's params, as in \"people / 10\""),
            );
            return None;
        };
        let mut left = INTRICATE;
        if let Some(found) = self.constant_within(source, &expr, env, &mut left).filter(|found| found.is_finite()) {
            return Some(found.round());
        }
        let message = match self.open_name(&expr, env) {
            None if left == 0 => Fault::new(node.at, format!("{what} is a number: {TOO_INTRICATE}")),
            Some(name) => {
                let near = nearest(&name, self.params.keys().map(String::as_str)).map(|near| format!("did you mean `{near}`?"));
                let fault = Fault::new(node.at, format!("{what} is known when the scenario loads, and `{name}` is not"));
                fault.help(near.unwrap_or_else(|| "give the scenario the number: params: { people: 2000 }".into()))
            }
            None => Fault::new(node.at, format!("{what} is a number, or computed from the scenario's params by + - * /")),
        };
        self.faults.add(message);
        None
    }
}

#[cfg(test)]
mod tests {
    use crate::Scenario;

    /// Faults of a scenario with these parameters, each computed from the one before, and a count that uses the last.
    fn faults(more: impl Iterator<Item = String>, count: &str) -> String {
        let params: Vec<String> = more.collect();
        let text = format!(
            "[Scenario(title: \"x\", start: \"2026-01-05 00:00\", length: \"1h\", params: {{ p0: 1, {} }},
                groups: {{ ones: Group(kind: one, count: \"{count}\") }}),
            Kind(name: one, fields: {{ w: Number(\"number({count})\") }}, every: [(period: \"1min\", do: [Note(beat)])]),
            Measures({{ beats: Count(of: beat) }})]",
            params.join(", ")
        );
        Scenario::from_text("x", &text, &[]).map_or_else(|faults| faults.to_string(), |_| String::new())
    }

    #[test]
    fn names_that_stand_for_too_much_are_a_fault_and_soon_found() {
        // Each is twice the one before: written out, the last has a thousand million parts.
        let doubled = faults((1..=30).map(|at| format!("p{at}: \"p{} + p{}\"", at - 1, at - 1)), "p30");
        assert!(doubled.contains("parameter `p8` is a number or a quantity: it is too intricate"), "{doubled}");
        assert_eq!(doubled.matches('×').count(), 1, "one is told of, not all that hang on it: {doubled}");
        // And a chain as deep as one likes.
        let chained = faults((1..=20_000).map(|at| format!("p{at}: \"p{}\"", at - 1)), "p20000");
        assert!(chained.contains("it is too intricate"), "{}", &chained[..chained.len().min(2_000)]);
        assert_eq!(chained.matches('×').count(), 1);
        // A thousand parts are not too many yet: the last looks at 999 names and a number. One more is.
        let chain = |last: usize| faults((1..=last).map(|at| format!("p{at}: \"p{}\"", at - 1)), "p0");
        let told = chain(1_000);
        assert_eq!(chain(999), "");
        assert!(told.contains("parameter `p1000` is a number or a quantity: it is too intricate"), "{told}");
        assert_eq!(faults((1..=5).map(|at| format!("p{at}: \"p{} + p{}\"", at - 1, at - 1)), "p5"), "");
    }

    #[test]
    fn a_count_that_stands_for_too_much_is_a_fault() {
        let told = faults((1..=7).map(|at| format!("p{at}: \"p{} + p{}\"", at - 1, at - 1)), "p7 + p7 + p7 + p7");
        assert!(told.contains("a count is a number: it is too intricate"), "{told}");
    }
}
