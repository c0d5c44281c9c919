//! Grows random expressions: well typed ones that CEL shares with us, and trees of any shape.
#![allow(dead_code, reason = "each test binary uses its part")]

use proptest::prelude::*;
use proptest::sample::select;
use rehearsal_language::ast::{BinaryOp, Expr, Node, UnaryOp};
use rehearsal_language::span::Span;
use rehearsal_language::unit::Dimension;

pub(crate) fn at(node: Node) -> Expr {
    Expr { span: Span::default(), node }
}

pub(crate) fn name(name: &str) -> Expr {
    at(Node::Name(name.to_owned()))
}

fn binary(op: BinaryOp, left: Expr, right: Expr) -> Expr {
    at(Node::Binary { op, left: Box::new(left), right: Box::new(right) })
}

fn unary(op: UnaryOp, of: Expr) -> Expr {
    at(Node::Unary { op, of: Box::new(of) })
}

fn method(of: Expr, method: &str, args: Vec<Expr>) -> Expr {
    at(Node::Method { of: Box::new(of), name: method.to_owned(), name_span: Span::default(), args })
}

fn choice(inner: BoxedStrategy<Expr>, depth: u32) -> BoxedStrategy<Expr> {
    let boxed = |expr: Expr| Box::new(expr);
    (truth(depth), inner.clone(), inner)
        .prop_map(move |(test, then, otherwise)| {
            at(Node::Conditional { test: boxed(test), then: boxed(then), otherwise: boxed(otherwise) })
        })
        .boxed()
}

fn wholes(depth: u32) -> BoxedStrategy<Expr> {
    let literal = || proptest::collection::vec(whole(depth), 1..4).prop_map(|items| at(Node::List(items)));
    let body = (select(vec![BinaryOp::Add, BinaryOp::Mul, BinaryOp::Rem]), whole(0));
    let mapped = (literal(), body).prop_map(|(of, (op, with))| method(of, "map", vec![name("v"), binary(op, name("v"), with)]));
    let filtered = (literal(), whole(0))
        .prop_map(|(of, least)| method(of, "filter", vec![name("v"), binary(BinaryOp::Ge, name("v"), least)]));
    prop_oneof![4 => literal(), 1 => mapped, 1 => filtered, 1 => Just(name("xs"))].boxed()
}

/// An expression of type Bool over `yes`, `no`, `n`, `x` and `xs`.
pub(crate) fn truth(depth: u32) -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![any::<bool>().prop_map(|value| at(Node::Bool(value))), Just(name("yes")), Just(name("no"))];
    if depth == 0 {
        return leaf.boxed();
    }
    let next = depth - 1;
    let compare = || select(vec![BinaryOp::Eq, BinaryOp::Ne, BinaryOp::Lt, BinaryOp::Le, BinaryOp::Gt, BinaryOp::Ge]);
    let logic = select(vec![BinaryOp::And, BinaryOp::Or, BinaryOp::Eq, BinaryOp::Ne]);
    let some = (select(vec!["exists", "all"]), wholes(next), compare(), whole(0))
        .prop_map(|(which, of, op, with)| method(of, which, vec![name("v"), binary(op, name("v"), with)]));
    prop_oneof![
        1 => leaf,
        3 => (compare(), whole(next), whole(next)).prop_map(|(op, left, right)| binary(op, left, right)),
        3 => (compare(), real(next), real(next)).prop_map(|(op, left, right)| binary(op, left, right)),
        3 => (logic, truth(next), truth(next)).prop_map(|(op, left, right)| binary(op, left, right)),
        1 => truth(next).prop_map(|of| unary(UnaryOp::Not, of)),
        1 => choice(truth(next), next),
        1 => (whole(next), wholes(next)).prop_map(|(item, list)| binary(BinaryOp::In, item, list)),
        1 => some,
    ]
    .boxed()
}

/// An expression of type Int.
pub(crate) fn whole(depth: u32) -> BoxedStrategy<Expr> {
    let literal = prop_oneof![8 => 0_i64..12, 1 => Just(i64::MAX), 1 => Just(1 << 40)];
    let leaf = prop_oneof![2 => literal.prop_map(|value| at(Node::Int(value))), 1 => Just(name("n"))];
    if depth == 0 {
        return leaf.boxed();
    }
    let next = depth - 1;
    let ops = select(vec![BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul, BinaryOp::Div, BinaryOp::Rem]);
    prop_oneof![
        2 => leaf,
        6 => (ops, whole(next), whole(next)).prop_map(|(op, left, right)| binary(op, left, right)),
        1 => whole(next).prop_map(|of| unary(UnaryOp::Negate, of)),
        1 => choice(whole(next), next),
        1 => wholes(next).prop_map(|of| method(of, "size", vec![])),
        1 => wholes(next).prop_map(|of| at(Node::Call { name: "size".into(), name_span: Span::default(), args: vec![of] })),
        1 => (wholes(next), 0_i64..3)
            .prop_map(|(of, index)| at(Node::Index { of: Box::new(of), at: Box::new(at(Node::Int(index))) })),
    ]
    .boxed()
}

/// An expression of type Number.
pub(crate) fn real(depth: u32) -> BoxedStrategy<Expr> {
    let literal = select(vec![0.0, 0.5, 1.0, 2.5, 3.25, 1e10]).prop_map(|value| at(Node::Number(value)));
    let leaf = prop_oneof![2 => literal, 1 => Just(name("x")), 1 => Just(name("zero"))];
    if depth == 0 {
        return leaf.boxed();
    }
    let next = depth - 1;
    let ops = select(vec![BinaryOp::Add, BinaryOp::Sub, BinaryOp::Mul, BinaryOp::Div]);
    prop_oneof![
        2 => leaf,
        6 => (ops, real(next), real(next)).prop_map(|(op, left, right)| binary(op, left, right)),
        1 => real(next).prop_map(|of| unary(UnaryOp::Negate, of)),
        1 => choice(real(next), next),
    ]
    .boxed()
}

/// A tree of any shape, well typed by chance only, over all that a [`super::Stage`] knows and some that it does not.
pub(crate) fn any_tree() -> impl Strategy<Value = Expr> {
    let names = select(vec![
        "n", "x", "zero", "wait", "way", "price", "yes", "now", "start", "bell", "some", "missing", "visit", "booked", "open",
        "channel", "liked", "consents", "trust", "xs", "empty", "reals", "slots", "garage", "closed", "nobody", "either", "self",
        "none", "app", "fare", "half", "arrival", "broken", "dozen", "desk", "v", "nowhere",
    ]);
    let members = select(vec!["start", "span", "end", "bays", "rate", "hours", "here", "desk", "queue", "x", "nowhere"]);
    let functions = select(vec![
        "has",
        "is",
        "size",
        "slot",
        "pick",
        "min",
        "max",
        "abs",
        "floor",
        "sqrt",
        "pow",
        "int",
        "number",
        "uniform",
        "normal",
        "poisson",
        "chance",
        "triangular",
        "binomial",
        "truncated",
        "correlated",
        "mixture",
        "doubled",
        "length",
        "refused",
        "nowhere",
    ]);
    let methods = select(vec!["filter", "exists", "all", "map", "first", "size", "is", "nowhere"]);
    let dimension = select(vec![Dimension::TIME, Dimension::LENGTH, Dimension::MONEY, Dimension::SPEED]);
    let typed = prop_oneof![truth(2), whole(2), real(2), wholes(2)];
    let guarded = prop_oneof![real(1), truth(1)].prop_map(|expr| {
        let has = at(Node::Call { name: "has".into(), name_span: Span::default(), args: vec![name("some")] });
        let some = binary(BinaryOp::Lt, name("some"), name("x"));
        binary(BinaryOp::And, has, binary(BinaryOp::Or, some, binary(BinaryOp::Eq, expr.clone(), expr)))
    });
    let leaf = prop_oneof![
        8 => names.prop_map(name),
        6 => typed,
        1 => guarded,
        1 => any::<bool>().prop_map(|value| at(Node::Bool(value))),
        1 => prop_oneof![0_i64..5, any::<i64>()].prop_map(|value| at(Node::Int(value))),
        1 => prop_oneof![0.0..3.0, any::<f64>()].prop_map(|value| at(Node::Number(value))),
        1 => (0.0..1e6_f64, dimension).prop_map(|(value, dimension)| at(Node::Quantity { value, dimension })),
        1 => (0_u64..86_400).prop_map(|seconds| at(Node::Clock(seconds * 1_000_000_000))),
        1 => select(vec!["app", "fax"]).prop_map(|text| at(Node::Text(text.to_owned()))),
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let several = || proptest::collection::vec(inner.clone(), 0..4);
        let name_span = Span::default();
        prop_oneof![
            2 => (boxed(), members.clone())
                .prop_map(move |(of, name)| at(Node::Member { of, name: name.to_owned(), name_span })),
            1 => (boxed(), boxed()).prop_map(|(of, index)| at(Node::Index { of, at: index })),
            3 => (functions.clone(), several())
                .prop_map(move |(name, args)| at(Node::Call { name: name.to_owned(), name_span, args })),
            1 => (inner.clone(), methods.clone(), several()).prop_map(|(of, name, args)| method(of, name, args)),
            2 => (inner.clone(), methods.clone(), inner.clone())
                .prop_map(|(of, which, body)| method(of, which, vec![name("v"), body])),
            1 => (select(vec![UnaryOp::Not, UnaryOp::Negate]), inner.clone()).prop_map(|(op, of)| unary(op, of)),
            5 => (select(BinaryOp::ALL.to_vec()), inner.clone(), inner.clone())
                .prop_map(|(op, left, right)| binary(op, left, right)),
            2 => (boxed(), boxed(), boxed())
                .prop_map(|(test, then, otherwise)| at(Node::Conditional { test, then, otherwise })),
            2 => several().prop_map(|items| at(Node::List(items))),
        ]
    })
}
