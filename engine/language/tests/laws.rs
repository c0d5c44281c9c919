//! Laws of compiling and running: nothing panics, trials leave nothing behind, stores go where they should.

#[path = "support/grow.rs"]
mod grow;
mod support;

use proptest::prelude::*;
use rehearsal_language::ast::{BinaryOp, Expr, Node, UnaryOp};
use rehearsal_language::compile::Compiler;
use rehearsal_language::emit::Emitter;
use rehearsal_language::parser::{HEIGHT_MAX, parse};
use rehearsal_language::program::{Base, Operand, Program};
use rehearsal_language::types::{NUMBER, SPAN, Type};

use support::{Stage, list, maybe};

/// What the naive evaluation of a tree gives.
#[derive(Clone, Debug, PartialEq)]
enum Plain {
    Truth(bool),
    Whole(i64),
    Real(f64),
    Wholes(Vec<i64>),
}

use Plain::{Real, Truth, Whole, Wholes};

/// Evaluates a tree of [`grow`] node by node; nothing where it has no value. `item` is what `v` stands for.
fn naive(expr: &Expr, item: Option<i64>) -> Option<Plain> {
    Some(match &expr.node {
        Node::Bool(value) => Truth(*value),
        Node::Int(value) => Whole(*value),
        Node::Number(value) => Real(*value),
        Node::Name(name) => match name.as_str() {
            "n" => Whole(7),
            "x" => Real(2.5),
            "zero" => Real(0.0),
            "xs" => Wholes(vec![3, 1, 2]),
            "v" => Whole(item?),
            _ => Truth(name == "yes"),
        },
        Node::Unary { op, of } => match (op, naive(of, item)?) {
            (UnaryOp::Not, Truth(value)) => Truth(!value),
            (UnaryOp::Negate, Whole(value)) => Whole(value.checked_neg()?),
            (UnaryOp::Negate, Real(value)) => Real(-value),
            _ => return None,
        },
        Node::Binary { op, left, right } => return naive_binary(*op, left, right, item),
        Node::Conditional { test, then, otherwise } => match naive(test, item)? {
            Truth(true) => return naive(then, item),
            _ => return naive(otherwise, item),
        },
        Node::List(items) => Wholes(items.iter().map(|part| naive_whole(part, item)).collect::<Option<_>>()?),
        Node::Index { of, at } => Whole(*naive_list(of, item)?.get(usize::try_from(naive_whole(at, item)?).ok()?)?),
        Node::Call { args, .. } => Whole(naive_list(&args[0], item)?.len() as i64),
        Node::Method { of, name, args, .. } => return naive_method(naive_list(of, item)?, name, args),
        _ => return None,
    })
}

fn naive_whole(expr: &Expr, item: Option<i64>) -> Option<i64> {
    if let Some(Whole(value)) = naive(expr, item) { Some(value) } else { None }
}

fn naive_list(expr: &Expr, item: Option<i64>) -> Option<Vec<i64>> {
    if let Some(Wholes(items)) = naive(expr, item) { Some(items) } else { None }
}

fn naive_method(items: Vec<i64>, name: &str, args: &[Expr]) -> Option<Plain> {
    if name == "size" {
        return Some(Whole(items.len() as i64));
    }
    let bodies: Vec<Plain> = items.iter().map(|item| naive(&args[1], Some(*item))).collect::<Option<_>>()?;
    let holds = |body: &Plain| *body == Truth(true);
    Some(match name {
        "exists" => Truth(bodies.iter().any(holds)),
        "all" => Truth(bodies.iter().all(holds)),
        "filter" => Wholes(items.iter().zip(&bodies).filter(|(_, body)| holds(body)).map(|(item, _)| *item).collect()),
        _ => Wholes(bodies.iter().map(|body| if let Whole(value) = body { Some(*value) } else { None }).collect::<Option<_>>()?),
    })
}

fn naive_binary(op: BinaryOp, left: &Expr, right: &Expr, item: Option<i64>) -> Option<Plain> {
    let first = naive(left, item)?;
    match (op, &first) {
        (BinaryOp::And, Truth(false)) | (BinaryOp::Or, Truth(true)) => return Some(first),
        _ => {}
    }
    Some(match (op, first, naive(right, item)?) {
        (BinaryOp::And | BinaryOp::Or, _, second) => second,
        (BinaryOp::In, Whole(a), Wholes(items)) => Truth(items.contains(&a)),
        (BinaryOp::Eq, a, b) => Truth(a == b),
        (BinaryOp::Ne, a, b) => Truth(a != b),
        (BinaryOp::Lt, a, b) => Truth(orders(&a, &b)?.is_some_and(std::cmp::Ordering::is_lt)),
        (BinaryOp::Le, a, b) => Truth(orders(&a, &b)?.is_some_and(std::cmp::Ordering::is_le)),
        (BinaryOp::Gt, a, b) => Truth(orders(&a, &b)?.is_some_and(std::cmp::Ordering::is_gt)),
        (BinaryOp::Ge, a, b) => Truth(orders(&a, &b)?.is_some_and(std::cmp::Ordering::is_ge)),
        (BinaryOp::Add, Whole(a), Whole(b)) => Whole(a.checked_add(b)?),
        (BinaryOp::Sub, Whole(a), Whole(b)) => Whole(a.checked_sub(b)?),
        (BinaryOp::Mul, Whole(a), Whole(b)) => Whole(a.checked_mul(b)?),
        (BinaryOp::Div, Whole(a), Whole(b)) => Whole(a.checked_div(b)?),
        (BinaryOp::Rem, Whole(a), Whole(b)) => Whole(a.checked_rem(b)?),
        (BinaryOp::Add, Real(a), Real(b)) => Real(a + b),
        (BinaryOp::Sub, Real(a), Real(b)) => Real(a - b),
        (BinaryOp::Mul, Real(a), Real(b)) => Real(a * b),
        (BinaryOp::Div, Real(a), Real(b)) => Real(a / b),
        _ => return None,
    })
}

/// How two numbers order; the inner value is missing where one is no number.
fn orders(a: &Plain, b: &Plain) -> Option<Option<std::cmp::Ordering>> {
    match (a, b) {
        (Whole(a), Whole(b)) => Some(Some(a.cmp(b))),
        (Real(a), Real(b)) => Some(a.partial_cmp(b)),
        _ => None,
    }
}

/// Where a store goes: fields that the expressions read, or a local.
fn target(stage: &Stage, ty: &Type, local: bool) -> Operand {
    let first = match ty {
        Type::Bool => 1,
        Type::Int => 7,
        _ => 2.5_f64.to_bits(),
    };
    let slot = stage.row.iter().position(|word| *word == first).expect("a field of each type") as u16;
    if local { Operand::new(Base::Frame, 3) } else { Operand::new(Base::Row, slot) }
}

/// Compiles `expr` straight into `d`, twice in a row as two steps of one routine, and runs it.
fn stores(expr: &Expr, want: &Type, local: bool) -> Result<(), TestCaseError> {
    let mut stage = Stage::new();
    let d = target(&stage, want, local);
    let before = stage.row.clone();
    let mut program = Program::default();
    let mut emit = Emitter::open(&mut program, 5);
    let (guard, marker) = (Operand::new(Base::Frame, 4), 0xabcd);
    let mut compiler = Compiler { emit: &mut emit, scope: &mut stage, present: Vec::new() };
    let done = compiler.expr_into(expr, want, d);
    prop_assert!(done.is_ok(), "{expr}: {done:?}");
    let routine = emit.close(None);
    let mut frame = vec![marker; routine.frame as usize];
    let result = stage.execute(&program, routine.start, &mut frame, &[]);
    let expected = naive(expr, None);
    prop_assert_eq!(result.is_ok(), expected.is_some(), "{}: {:?}, expected {:?}", expr, result, expected);
    prop_assert_eq!(frame[guard.index() as usize], marker, "a word of the frame that was not given: {}", expr);
    let Some(expected) = expected else { return Ok(()) };
    let word = if local { frame[d.index() as usize] } else { stage.row[d.index() as usize] };
    let same = match expected {
        Truth(value) => word == u64::from(value),
        Whole(value) => word as i64 == value,
        Real(value) => word == value.to_bits() || value.is_nan() && f64::from_bits(word).is_nan(),
        Wholes(_) => false,
    };
    prop_assert!(same, "{expr}: {word:#x}, expected {expected:?}\n{:?}", program.code);
    let mut after = before;
    if !local {
        after[d.index() as usize] = word;
    }
    prop_assert_eq!(&stage.row, &after, "another word of the row changed: {}", expr);
    Ok(())
}

fn wanted() -> impl Strategy<Value = Option<Type>> {
    let types = vec![Type::Bool, Type::Int, NUMBER, SPAN, Type::Time, Type::Slot, maybe(NUMBER), maybe(Type::Slot)];
    let lists = vec![list(Type::Int, 4), list(NUMBER, 64), Type::Nothing];
    proptest::option::of(proptest::sample::select([types, lists].concat()))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_tree_makes_the_compiler_or_the_machine_panic(expr in grow::any_tree(), want in wanted()) {
        let mut stage = Stage::new();
        stage.bits = u64::MAX;
        if let Ok(compiled) = stage.compile_tree(&expr, want.as_ref()) {
            if let Some(want) = &want {
                prop_assert!(compiled.ty.fits(want), "{expr}: {:?} for {want:?}", compiled.ty);
            }
            // A fault is as good as a value here.
            let _ = stage.run(&compiled);
        }
    }

    #[test]
    fn the_same_text_gives_the_same_code(expr in grow::any_tree()) {
        let (first, second) = (Stage::new().compile_tree(&expr, None), Stage::new().compile_tree(&expr, None));
        match (first, second) {
            (Ok(first), Ok(second)) => prop_assert_eq!(format!("{first:?}"), format!("{second:?}")),
            (first, second) => prop_assert_eq!(first.err(), second.err()),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// Where a type is wanted, a choice needs no trial; with and without, the code is as long and takes the same sites.
    #[test]
    fn a_trial_leaves_nothing_behind(expr in prop_oneof![grow::real(4), grow::whole(4), grow::truth(4)]) {
        let (mut without, mut with) = (Stage::new(), Stage::new());
        let first = without.compile_tree(&expr, None).expect("well typed");
        let second = with.compile_tree(&expr, Some(&first.ty)).expect("well typed");
        prop_assert_eq!(first.program.code.len(), second.program.code.len(), "{}", expr);
        prop_assert_eq!(without.run(&first).map_err(|fault| fault.what), with.run(&second).map_err(|fault| fault.what));
    }

    #[test]
    fn reals_are_stored_where_they_should(expr in grow::real(5), local in any::<bool>()) {
        stores(&expr, &NUMBER, local)?;
    }

    #[test]
    fn whole_numbers_are_stored_where_they_should(expr in grow::whole(4), local in any::<bool>()) {
        stores(&expr, &Type::Int, local)?;
    }

    #[test]
    fn truths_are_stored_where_they_should(expr in grow::truth(4), local in any::<bool>()) {
        stores(&expr, &Type::Bool, local)?;
    }
}

/// The highest trees that the parser gives are compiled on the stack of a test's thread.
#[test]
fn the_highest_trees_compile() {
    let links = HEIGHT_MAX as usize - 1;
    let chains = [format!("x{}", " + x".repeat(links)), format!("yes{}", " && yes".repeat(links))];
    let nests = [format!("{}x{}", "-(".repeat(30), ")".repeat(30)), format!("{}1", "yes ? 2 : ".repeat(62))];
    for text in chains.into_iter().chain(nests) {
        let expr = parse(&text).expect("within the limits");
        let mut stage = Stage::new();
        let compiled = stage.compile_tree(&expr, None).expect("well typed");
        let expected = naive(&expr, None).expect("has a value");
        let word = stage.run(&compiled).expect("no fault")[0];
        let expected = match expected {
            Truth(value) => u64::from(value),
            Whole(value) => value as u64,
            Real(value) => value.to_bits(),
            Wholes(_) => unreachable!("no list here"),
        };
        assert_eq!(word, expected, "{text}");
    }
}
