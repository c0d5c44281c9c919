//! The scenario's own parameters: numbers that all of it may use, such as how many people there are.

use crate::fault::{At, Fault};
use crate::laws::{Placed, placed};
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::ast::{self, BinaryOp, Expr};
use rehearsal_language::compile::nearest;

impl Tables {
    /// Reads the parameters, before anything that may use them; false where one says nothing.
    pub(crate) fn read_params(&mut self, scenario: &Node) -> bool {
        let mut all = true;
        let groups: Vec<String> =
            scenario.get("groups").map(Node::entries).unwrap_or_default().into_iter().map(|(name, ..)| name).collect();
        for (name, at, value) in scenario.get("params").map(Node::entries).unwrap_or_default() {
            let written = matches!(value.what, What::Number { .. } | What::Text { .. });
            if !written {
                let fault = Fault::new(at, format!("parameter `{name}` is a number or a quantity, found {}", value.describe()));
                self.faults.add(fault.help("as in params: { people: 2000, rain: \"4h\" }"));
                all = false;
            } else if groups.contains(&name) {
                self.fault(at, format!("`{name}` is a parameter and a group: one of them needs another name"));
            } else if let Some(why) = self.not_known(&value) {
                let fault = Fault::new(value.at, format!("parameter `{name}` is a number or a quantity: {why}"));
                self.faults.add(fault.help("as in 2000 or 4h, or computed from parameters before it, as in \"people / 10\""));
                all = false;
            } else {
                self.params.insert(name, value);
            }
        }
        all
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
        let mut why = None;
        expr.walk(&mut |part| {
            if let ast::Node::Binary { op: BinaryOp::Div, right, .. } = &part.node
                && self.constant(source, right, 0) == Some(0.0)
            {
                let place = At { source, start: part.span.start, end: part.span.end };
                why.get_or_insert_with(|| format!("`{}` divides by zero", self.quoted(place)));
            }
        });
        let finite = self.constant(source, expr, 0).is_none_or(f64::is_finite);
        why.or_else(|| (!finite).then(|| "it is beyond all numbers".into()))
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
        if let Some(found) = self.constant(source, &expr, env).filter(|found| found.is_finite()) {
            return Some(found.round());
        }
        let message = match self.open_name(&expr, env) {
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
