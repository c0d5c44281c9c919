//! The other engines, each used as who knows it would use it: compiled once, with what it can keep kept.
//!
//! Each gets all conditions as one expression that gives the first that holds: ten expressions, one after the other, take
//! up to a quarter longer. The variables are borrowed by cel, kept in a scope by rhai, and overwritten in place in
//! zen-expression.

use super::{NAMES, RULES};
use anyhow::{Result, anyhow};
use cel::common::types::CelDouble;
use cel::common::value::CowVal;
use cel::context::VariableResolver;
use std::sync::Arc;
use zen_expression::variable::{ToVariable, Variable, VariableMap};

/// An engine that evaluates conditions: given the values by name, the first that holds.
pub(crate) type Evaluate = Box<dyn FnMut(&[f64; 10]) -> Result<Option<usize>>>;

/// All of them, by name.
pub(crate) fn all() -> Result<Vec<(&'static str, Evaluate)>> {
    Ok(vec![("cel", cel()?), ("rhai", rhai()?), ("zen-expression", zen()?)])
}

/// All conditions as one expression that gives the number of the first that holds, ten where none does.
fn chained() -> String {
    let rest = RULES.len().to_string();
    RULES.iter().enumerate().rev().fold(rest, |rest, (rule, (_, text))| format!("({text}) ? {rule} : ({rest})"))
}

/// The variables of cel, as its context asks for them.
struct Variables([CelDouble; 10]);

impl VariableResolver for Variables {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let at = NAMES.iter().position(|name| *name == variable)?;
        Some(CowVal::Borrowed(&self.0[at]))
    }
}

fn cel() -> Result<Evaluate> {
    let program = cel::Program::compile(&chained())?;
    let env = Arc::new(cel::Env::stdlib());
    Ok(Box::new(move |values| {
        let variables = Variables(values.map(CelDouble::from));
        let mut context = cel::Context::with_env(env.clone());
        context.set_variable_resolver(&variables);
        let cel::Value::Int(number) = program.execute(&context)? else { return Err(anyhow!("no number")) };
        Ok((number < 10).then_some(number as usize))
    }))
}

fn rhai() -> Result<Evaluate> {
    let engine = rhai::Engine::new();
    let rest = RULES.len().to_string();
    let text =
        RULES.iter().enumerate().rev().fold(rest, |rest, (rule, (_, text))| format!("if {text} {{ {rule} }} else {{ {rest} }}"));
    let program = engine.compile(&text).map_err(|error| anyhow!("{text}: {error}"))?;
    let mut scope = rhai::Scope::new();
    for name in NAMES {
        scope.push(name, 0.0_f64);
    }
    Ok(Box::new(move |values| {
        for (name, value) in NAMES.iter().zip(values) {
            scope.set_value(*name, *value);
        }
        let number = engine.eval_ast_with_scope::<i64>(&mut scope, &program).map_err(|error| anyhow!("{error}"))?;
        Ok((number < 10).then_some(number as usize))
    }))
}

/// A scope of zen-expression with all variables in their order.
fn scope_of_zen() -> zen_expression::scope::Scope {
    let mut map = VariableMap::new();
    for name in NAMES {
        map.insert(Variable::key(name), 0.0_f64.to_variable());
    }
    zen_expression::scope::Scope::new(Variable::from_object(map))
}

/// Gives the variables new values.
fn set_zen(scope: &zen_expression::scope::Scope, values: &[f64; 10]) {
    if let Variable::Object(map) = scope.base() {
        for ((_, variable), value) in map.borrow_mut().iter_mut().zip(values) {
            *variable = value.to_variable();
        }
    }
}

fn zen() -> Result<Evaluate> {
    let text = chained().replace("&&", "and");
    let program = zen_expression::compile_expression(&text).map_err(|error| anyhow!("{text}: {error}"))?;
    let mut machine = zen_expression::vm::VM::new();
    let scope = scope_of_zen();
    let numbers: Vec<_> = (0..10_i64).map(|number| number.to_variable().as_number()).collect();
    Ok(Box::new(move |values| {
        set_zen(&scope, values);
        let value = program.evaluate_with_scope(&scope, &mut machine).map_err(|error| anyhow!("{error}"))?.as_number();
        Ok(numbers.iter().position(|number| *number == value))
    }))
}
