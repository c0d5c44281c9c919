//! Procedures: steps under a name, written in place where they are called, their parameters bound.

use super::{Code, STEPS};
use crate::fault::{At, Fault};
use crate::tables::{Bound, Taken};
use crate::tree::{Node, What};
use rehearsal_language::compile::Value;
use rehearsal_language::program::Base;
use std::collections::BTreeMap;

/// Procedures in procedures before a circle is suspected.
pub(super) const DEPTH_MAX: u32 = 40;

impl Code<'_, '_> {
    /// Writes the steps of a procedure in place, its parameters bound.
    pub(super) fn procedure(&mut self, step: &Node, name: &str, env: u32) {
        let Some(procedure) = self.tables().procedures.get(name).cloned() else {
            let names: Vec<String> =
                STEPS.iter().map(|step| (*step).to_owned()).chain(self.tables().procedures.keys().cloned()).collect();
            self.tables().incomplete = true;
            if name.is_empty() {
                return self
                    .tables()
                    .fault(step.at, format!("expected a step such as Delay(\"5min\"), found {}", step.describe()));
            }
            return self.tables().unknown(step.at, "step or procedure", name, names.iter().map(String::as_str));
        };
        if self.written_in_policy(env)
            && let Some(levers) = self.scope.tables.levers.clone()
            && !levers.iter().any(|lever| lever == name)
        {
            let fault = Fault::new(step.at, format!("the interface gives policies no lever `{name}`"));
            return self.tables().faults.add(fault.help(format!("it gives {}", levers.join(", "))));
        }
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            self.tables().fault(
                step.at,
                format!("procedure `{name}` calls itself: procedures are written in place and cannot go in circles"),
            );
        } else {
            self.call(step, &procedure, env);
        }
        self.depth -= 1;
    }

    fn call(&mut self, step: &Node, procedure: &crate::tables::Procedure, env: u32) {
        let names: Vec<&str> = procedure.params.iter().map(|(name, _)| name.as_str()).collect();
        let entries = match &step.what {
            What::Record(_, entries) => entries.clone(),
            What::Tuple(_, items) => {
                items.iter().zip(&procedure.params).map(|(item, (name, _))| (name.clone(), item.at, item.clone())).collect()
            }
            _ => Vec::new(),
        };
        for (name, at, _) in &entries {
            if !names.contains(&name.as_str()) {
                self.tables().unknown(*at, &format!("parameter of {}", step.head()), name, names.iter().copied());
            }
        }
        if self.scope.tables.alone.is_some() {
            return self.call_alone(step.head(), procedure, &entries, env);
        }
        let (locals, mark) = (self.scope.locals.len(), self.emit.mark());
        let mut bound = BTreeMap::new();
        let mut values: Vec<(String, Value, At)> = Vec::new();
        for (name, taken) in &procedure.params {
            let Some((_, _, node)) = entries.iter().find(|(have, _, _)| have == name) else {
                self.tables().fault(step.at, format!("{}(...) lacks `{name}`", step.head()));
                self.tables().faulty.insert(name.clone());
                continue;
            };
            self.bind(name, *taken, node, env, &mut bound, &mut values);
        }
        let inner = self.tables().environment(None, bound);
        for (name, value, at) in values {
            self.local_param(&name, value, at, inner);
        }
        if procedure.undo.is_empty() || self.undoes() {
            self.steps(&procedure.body, inner);
        } else if self.is_done_together() {
            self.call_together(step, procedure, (env, inner));
        } else {
            self.call_by_itself(procedure, inner);
        }
        self.scope.locals.truncate(locals);
        self.release(mark);
    }

    fn bind(
        &mut self,
        name: &str,
        taken: Taken,
        node: &Node,
        env: u32,
        bound: &mut BTreeMap<String, Bound>,
        values: &mut Vec<(String, Value, At)>,
    ) {
        match taken {
            Taken::Steps => {
                let (node, env) = match node.as_word().and_then(|word| self.tables().bound(env, word).cloned()) {
                    Some(Bound::Steps(steps, inner)) => (Node { at: node.at, what: What::List(steps) }, inner),
                    _ => (node.clone(), env),
                };
                bound.insert(name.to_owned(), Bound::Steps(node.items(), env));
            }
            Taken::Name => {
                let (node, _) = self.tables().resolve(node, env);
                match node.as_word() {
                    Some(word) => {
                        bound.insert(name.to_owned(), Bound::Name(word.to_owned()));
                    }
                    None => self.tables().fault(node.at, format!("`{name}` takes a bare name, found {}", node.describe())),
                }
            }
            Taken::Expr => {
                bound.insert(name.to_owned(), Bound::Value(node.clone(), env));
            }
            Taken::Value => match self.value(node, env, None) {
                Some(value) => values.push((name.to_owned(), value, node.at)),
                None => {
                    self.tables().faulty.insert(name.to_owned());
                }
            },
        }
    }

    /// A parameter's value as a local of the procedure; it may share its name with a member of the actor.
    fn local_param(&mut self, name: &str, value: Value, _at: At, env: u32) {
        let words = value.ty.width();
        let at = if value.at.base() == Base::Const {
            value.at
        } else {
            let d = self.emit.alloc(words);
            self.emit.copy(d, value.at, words);
            d
        };
        self.scope.locals.push(crate::scope::Local { name: name.to_owned(), ty: value.ty, at, env });
    }
}
