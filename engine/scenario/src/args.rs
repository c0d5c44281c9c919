//! Reading the arguments of a step or definition: named or in order, none unknown, none missing.

use crate::fault::{At, Fault};
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::compile::nearest;

/// Arguments by the names asked for.
#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    names: Vec<&'static str>,
    values: Vec<Option<Node>>,
    pub(crate) at: At,
}

impl Arguments {
    /// The value of a name, if it was given.
    pub(crate) fn get(&self, name: &str) -> Option<&Node> {
        let at = self.names.iter().position(|have| *have == name)?;
        self.values[at].as_ref()
    }

    /// The value of a name that was checked to be there.
    pub(crate) fn need(&self, name: &str) -> Node {
        self.get(name).cloned().unwrap_or(Node { at: self.at, what: What::Bool(false) })
    }
}

impl Tables {
    /// Reads the arguments of `node`; those of `names` with a `!` in front must be there. `None` after a fault.
    pub(crate) fn arguments(&mut self, node: &Node, names: &[&'static str]) -> Option<Arguments> {
        #[cfg(test)]
        crate::grammar::tests::asked(node.head(), names);
        let plain: Vec<&'static str> = names.iter().map(|name| name.trim_start_matches('!')).collect();
        let mut values: Vec<Option<Node>> = vec![None; names.len()];
        let mut good = true;
        match &node.what {
            What::Record(head, entries) => {
                for (name, at, value) in entries {
                    match plain.iter().position(|have| have == name) {
                        Some(place) => values[place] = Some(value.clone()),
                        None => {
                            let head = if head.is_empty() { "this".into() } else { format!("{head}(...)") };
                            let help = match nearest(name, plain.iter().copied()) {
                                Some(near) => format!("did you mean `{near}`?"),
                                None => format!("it takes {}", plain.join(", ")),
                            };
                            self.faults.add(Fault::new(*at, format!("{head} takes no `{name}`")).help(help));
                            good = false;
                        }
                    }
                }
            }
            What::Tuple(head, items) => {
                if items.len() > names.len() {
                    let message = format!("{head}(...) takes at most {} values, found {}", names.len(), items.len());
                    self.faults.add(Fault::new(node.at, message).help(format!("it takes {}", plain.join(", "))));
                    good = false;
                }
                for (place, item) in items.iter().take(names.len()).enumerate() {
                    values[place] = Some(item.clone());
                }
            }
            What::Word(_) => {}
            _ => {
                self.fault(node.at, format!("expected a step or definition such as Name(...), found {}", node.describe()));
                return None;
            }
        }
        for (place, name) in names.iter().enumerate() {
            if name.starts_with('!') && values[place].is_none() {
                let head = node.head();
                let fault = Fault::new(node.at, format!("{head}(...) lacks `{}`", plain[place]));
                self.faults.add(fault.help(format!("it takes {}", plain.join(", "))));
                good = false;
            }
        }
        good.then_some(Arguments { names: plain, values, at: node.at })
    }

    /// A whole number or a number, as written or as a setting.
    pub(crate) fn plain_number(&mut self, node: &Node, what: &str) -> Option<f64> {
        match &node.what {
            What::Number { value, .. } if value.is_finite() => Some(*value),
            _ => {
                self.fault(node.at, format!("{what} is a number, found {}", node.describe()));
                None
            }
        }
    }

    /// A plain yes or no; no where it is left out.
    pub(crate) fn plain_bool(&mut self, node: Option<&Node>, what: &str) -> bool {
        match node.map(|node| (&node.what, node)) {
            None => false,
            Some((What::Bool(value), _)) => *value,
            Some((_, node)) => {
                self.fault(node.at, format!("{what} is true or false, found {}", node.describe()));
                false
            }
        }
    }

    /// A name, bare or quoted.
    pub(crate) fn name_of(&mut self, node: &Node, what: &str) -> Option<String> {
        match node.as_text() {
            Some("") => {
                self.fault(node.at, format!("{what} is a name, found an empty text"));
                None
            }
            Some(text) => Some(text.to_owned()),
            None => {
                self.fault(node.at, format!("{what} is a name, found {}", node.describe()));
                None
            }
        }
    }
}
