//! Where an expression is one of CEL too, its value is the one that CEL gives.
//!
//! The oracle is the `cel` crate. Shared are truths, whole and real numbers that are not mixed, and lists of whole numbers
//! with their macros. A difference is meant: a fault on the left of `&&` and `||`, or in a round of `exists` and
//! `all`, stays a fault where CEL lets what comes after it decide.

#[path = "support/grow.rs"]
mod grow;
mod support;

use cel::{Context, ExecutionError, Program, Value};
use proptest::prelude::*;
use rehearsal_language::ast::{BinaryOp, Expr, Node, UnaryOp};
use rehearsal_language::types::{NUMBER, Type};
use support::Stage;

/// The value that CEL gives `text`, with the names of a [`Stage`].
fn by_cel(text: &str) -> Result<Value, ExecutionError> {
    let program = Program::compile(text).unwrap_or_else(|fault| panic!("{text}: {fault}"));
    let mut context = Context::default();
    context.add_variable_from_value("n", 7_i64);
    context.add_variable_from_value("x", 2.5_f64);
    context.add_variable_from_value("zero", 0.0_f64);
    context.add_variable_from_value("yes", true);
    context.add_variable_from_value("no", false);
    context.add_variable_from_value("xs", vec![3_i64, 1, 2]);
    program.execute(&context)
}

/// Whether CEL may hide a fault within `expr` that we report.
fn hides_faults(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |part| {
        found |= match &part.node {
            Node::Binary { op: BinaryOp::And | BinaryOp::Or, left, .. } => may_fail(left),
            Node::Method { of: _, name, args, .. } if name == "exists" || name == "all" => args.iter().any(may_fail),
            _ => false,
        };
    });
    found
}

fn may_fail(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |part| {
        found |= match &part.node {
            Node::Binary { op, .. } => {
                matches!(op, BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem)
            }
            Node::Unary { op, .. } => *op == UnaryOp::Negate,
            Node::Index { .. } => true,
            _ => false,
        };
    });
    found
}

/// Whether the crate finds no order in a comparison within `expr`, as with a NaN.
///
/// CEL itself has one: no number is below, above or equal to a NaN, so what stands to its right may be left alone. The crate
/// takes it for a fault, and then looks to the right, where another may be.
fn finds_no_order(expr: &Expr) -> bool {
    let mut found = false;
    expr.walk(&mut |part| {
        found |= matches!(part.node, Node::Binary { op: BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge, .. })
            && matches!(by_cel(&part.to_string()), Err(ExecutionError::NoSuchOverload(_)));
    });
    found
}

fn same(ty: &Type, words: &[u64], expected: &Value) -> bool {
    match (ty, expected) {
        (Type::Bool, Value::Bool(value)) => words[0] == u64::from(*value),
        (Type::Int, Value::Int(value)) => words[0] as i64 == *value,
        (ty, Value::Float(value)) if *ty == NUMBER => {
            let found = f64::from_bits(words[0]);
            found.to_bits() == value.to_bits() || found.is_nan() && value.is_nan()
        }
        _ => false,
    }
}

fn agrees(expr: &Expr) -> Result<(), TestCaseError> {
    let text = expr.to_string();
    let mut stage = Stage::new();
    let compiled = stage.compile(&text, None);
    prop_assert!(compiled.is_ok(), "{text}: {compiled:?}");
    let compiled = compiled.unwrap();
    let found = stage.run(&compiled);
    let expected = by_cel(&text);
    match (&found, &expected) {
        (Ok(words), Ok(value)) => prop_assert!(same(&compiled.ty, words, value), "{text}: {words:?}, by CEL {value:?}"),
        (Err(_), Ok(_)) => prop_assert!(hides_faults(expr), "{text}: {found:?}, by CEL {expected:?}"),
        (Ok(_), Err(_)) => prop_assert!(finds_no_order(expr), "{text}: {found:?}, by CEL {expected:?}"),
        (Err(_), Err(_)) => {}
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn truths_agree(expr in grow::truth(4)) {
        agrees(&expr)?;
    }

    #[test]
    fn whole_numbers_agree(expr in grow::whole(4)) {
        agrees(&expr)?;
    }

    #[test]
    fn real_numbers_agree(expr in grow::real(5)) {
        agrees(&expr)?;
    }
}

#[test]
fn what_cel_refuses_is_a_fault_here_too() {
    for text in ["1 / 0", "1 % 0", "9223372036854775807 + n", "-9223372036854775807 - 2", "xs[3]", "no || 1 / 0 == 1"] {
        assert!(by_cel(text).is_err(), "{text}");
        let mut stage = Stage::new();
        let compiled = stage.compile(text, None).expect("well typed");
        assert!(stage.run(&compiled).is_err(), "{text}");
    }
}

/// What comes after a comparison that has no order is left alone, as CEL says and its crate does not.
#[test]
fn nothing_is_below_what_is_no_number() {
    let text = "zero / zero < 0.0 && 0 == 1 / 0";
    let mut stage = Stage::new();
    let compiled = stage.compile(text, None).expect("well typed");
    assert_eq!(stage.run(&compiled).expect("decided on the left"), [0]);
    assert!(matches!(by_cel("zero / zero < 0.0"), Err(ExecutionError::NoSuchOverload(_))));
}

/// The difference that the head of this file names.
#[test]
fn a_fault_on_the_left_stays_a_fault() {
    let text = "1 / 0 == 1 && no";
    assert_eq!(by_cel(text), Ok(Value::Bool(false)));
    let mut stage = Stage::new();
    let compiled = stage.compile(text, None).expect("well typed");
    assert!(stage.run(&compiled).is_err());
}
