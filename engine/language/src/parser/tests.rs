//! The parser against tables of trees, places and faults, and against texts of any kind.

use super::*;
use proptest::prelude::*;

/// The tree without its places, as an s-expression.
fn sexpr(expr: &Expr) -> String {
    let list = |head: &str, items: &[&Expr]| {
        let items: String = items.iter().map(|item| format!(" {}", sexpr(item))).collect();
        format!("({head}{items})")
    };
    match &expr.node {
        Node::Bool(value) => value.to_string(),
        Node::Int(value) => value.to_string(),
        Node::Number(value) => format!("{value:?}"),
        Node::Quantity { value, dimension } => format!("{value:?}:{dimension}"),
        Node::Clock(nanoseconds) => format!("@{nanoseconds}"),
        Node::Text(text) => format!("{text:?}"),
        Node::Name(name) => name.clone(),
        Node::Member { of, name, .. } => list(&format!(".{name}"), &[of]),
        Node::Index { of, at } => list("[]", &[of, at]),
        Node::Call { name, args, .. } => list(name, &args.iter().collect::<Vec<_>>()),
        Node::Method { of, name, args, .. } => {
            let mut items: Vec<&Expr> = vec![of];
            items.extend(args);
            list(&format!(".{name}()"), &items)
        }
        Node::Unary { op, of } => list(op.symbol(), &[of]),
        Node::Binary { op, left, right } => list(op.symbol(), &[left, right]),
        Node::Conditional { test, then, otherwise } => list("?", &[test, then, otherwise]),
        Node::List(items) => list("list", &items.iter().collect::<Vec<_>>()),
    }
}

fn parsed(text: &str) -> Expr {
    parse(text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

#[test]
fn sources_become_trees() {
    let table = [
        ("a || b && c", "(|| a (&& b c))"),
        ("a && b || c && !d", "(|| (&& a b) (&& c (! d)))"),
        ("a - b - c", "(- (- a b) c)"),
        ("a - (b - c)", "(- a (- b c))"),
        ("a + b * c < d == e", "(== (< (+ a (* b c)) d) e)"),
        ("-a.b[0] * c", "(* (- ([] (.b a) 0)) c)"),
        ("!!a", "(! (! a))"),
        ("a ? b : c ? d : e", "(? a b (? c d e))"),
        ("a ? b ? c : d : e", "(? a (? b c d) e)"),
        ("a ? 08:30 : b", "(? a @30600000000000 b)"),
        ("x ? 1 : 2", "(? x 1 2)"),
        ("x?1:2", "(? x 1 2)"),
        ("f()", "(f)"),
        ("a.f(b, [c, d,]).g", "(.g (.f() a b (list c d)))"),
        ("o in basket", "(in o basket)"),
        ("1h 30min", "5400.0:Span"),
        ("1h30min + 2 EUR 50 ct", "(+ 5400.0:Span 2.5:Money)"),
        ("-1h 30min", "(- 5400.0:Span)"),
        ("90 / 1h", "(/ 90 3600.0:Span)"),
        ("1 / 60d", "(/ 1 5184000.0:Span)"),
        ("5% + 7 % 3", "(+ 0.05 (% 7 3))"),
        ("'a' + \"b'\"", "(+ \"a\" \"b'\")"),
        ("true != false", "(!= true false)"),
        ("now > today(17:30) ? 0 : floor", "(? (> now (today @63000000000000)) 0 floor)"),
    ];
    for (source, tree) in table {
        assert_eq!(sexpr(&parsed(source)), tree, "{source}");
    }
}

#[test]
fn what_people_write_parses_and_prints_back() {
    let written = [
        "hot >= 10 && drift * 1min > 0.1 °C",
        "now > today(17:30) ? 0 : floor == desk_floor ? pick([0, 4, 10]) : desk_floor",
        "item.choices.filter(c, !has(c.start) || free(calendar, c.start, c.span))",
        "!free(calendar, visit.start, 30min)",
        "(slow.people + fast.people) / sight.seats * sight.cycle / crew",
        "-(now - entered) / 40min",
        "-0.05",
        "-1 - (now - entered) / 2h",
        "0.001 EUR",
        "0.3 + 0.2 * dot(taste, got.taste)",
        "0.4 * sight.seats * (10min / sight.cycle)",
        "1.0 m/s2",
        "1 / 60d",
        "2 - abs(r.sight.thrill - brave) * 3 - r.wait / 25min + (r == next ? 0.7 : 0.0)",
        "2.5 m/s",
        "3.6m",
        "100000min",
        "4.00 EUR",
        "90 °C + 6 °C * worn + normal(0 °C, 2 °C)",
        "aboard - [r]",
        "aboard.filter(r, r.to_floor == floor)",
        "abs(target - floor) == 1 ? sqrt(4 * 3.6m / accelerate) : 3.6m / speed",
        "act_first.stranded < 0.7 * wait_for_the_call.stranded",
        "agents.queue * usual_talk / max(1, agents.capacity)",
        "area != next.sight.area",
        "band ? 20s : normal(4min, 1min)",
        "bank.waiting.at(floor).filter(r, going == nowhere || (r.to_floor > floor) == (going == up))",
        "chance(logistic(-4 - 2 * memory))",
        "chance(topic[sent_to] * (0.6 + 0.4 * tech))",
        "common_slots(loaner ? [book, loaners] : [book], span, now + 2h, now + within, 1h).take(12)",
        "coolant > 105 °C",
        "crowd[event.area] - event.size",
        "day_guests * pow(ticket / 68 EUR, -0.8)",
        "disc(xy(0, 0), 30km)",
        "erlang_c(load * servers / 1min, 1min, servers).wait",
        "event.left <= 1 EUR",
        "event.what.template == sorry_new_one_coming ? 1.0 : 0.2",
        "expectation[about] + learns * (gap > 0 ? gap : 0.1 * gap)",
        "exponential(1 / orders)",
        "express ? distance(whole.here, to.here) / 25 km/h : uniform(1h, 9h)",
        "free(book, slot.start, slot.span) && (!loaner || free(loaners, slot.start, 1d))",
        "f == desk_floor ? 1.0 : f == home.cake_at ? 2 * sweet : 0.8",
        "going != down && stops.exists(f, f > floor) ? up : stops.exists(f, f < floor) ? down : nowhere",
        "going == up ? stops.filter(f, f > floor).min() : stops.filter(f, f < floor).max()",
        "has(c.start) ? 3 - (c.start - now) / 4d : 0.0",
        "has(boss_of_mine) && free(boss_of_mine.calendar, now, 15min)",
        "inbox[0].channel.notice",
        "item.category in consents ? 0.0 : -0.4",
        "item.cost + (by == rider ? 14 EUR : 4 EUR)",
        "lifts.min_by(l, abs(l.floor - event.from) * 1.5s + size(l.stops) * 9s \
         + (l.going == (event.to < event.from ? up : down) ? 20s : 0s))",
        "log(1 + event.amount / 5 EUR) * 0.4",
        "lognormal(45 EUR, 0.7)",
        "made_for_us.memory.at(ticket == 79 EUR) > paper_map.memory.at(ticket == 68 EUR)",
        "max(0s, now - today(parent.school.bell))",
        "members.filter(m, m.picks > 0 || chance(0.3))",
        "next(06:00)",
        "offers.filter(o, !(o in basket)).max_by(o, unserved.count(m, dot(m.liked, o.taste) > enough) / (1 + o.cost / 5 EUR))",
        "offers.sort_by(o, -dot(m.liked, o.taste)).take(3)",
        "park.rides.filter(r, !(r in done) && !r.is(stopped))",
        "plan.goodwill > 0 EUR",
        "returns.exists(r, now in r) ? next.fast : next.slow",
        "returns.find(r, now in r).of",
        "since(last_drink) > 2h && weather.temperature > 27 °C",
        "slots(returns, 10min, now + 20min, now + 6h, 10min).first()",
        "stuck ? slot(now, 2h) : common_slots([book], 2h, now + 1d, now + 60d, 1h)[0]",
        "thirst + 0.04 + max(0.0, (weather.temperature - 24 °C) / 40 °C)",
        "thrift > 0.5 ? 'thrifty' : 'free'",
        "weibull(1.8, 400d) / (1 + wear)",
    ];
    for source in written {
        let tree = parsed(source);
        let printed = tree.to_string();
        assert_eq!(sexpr(&parsed(&printed)), sexpr(&tree), "{source} -> {printed}");
        assert_eq!(tree.span, Span { start: 0, end: source.len() as u32 }, "{source}");
    }
}

#[test]
fn places_point_at_what_was_written() {
    let source = "a.bb + f((x), 1h 30min)";
    let mut places = Vec::new();
    parsed(source).walk(&mut |expr| places.push(expr.span.of(source)));
    assert_eq!(places, [source, "a.bb", "a", "f((x), 1h 30min)", "(x)", "1h 30min"]);
}

/// The faults of `text`, one a line: place, message, help.
fn faults(text: &str) -> String {
    let errors = parse(text).expect_err(text);
    let line = |error: SyntaxError| {
        let help = error.help.map(|help| format!("; {help}")).unwrap_or_default();
        format!("{}..{} {}{help}", error.span.start, error.span.end, error.message)
    };
    errors.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn faults_say_what_was_found_and_what_is_allowed() {
    let golden = [
        ("", "0..0 the expression is empty; write a value, a name or a condition"),
        ("wait > 5 mins", "9..13 there is no unit `mins`; did you mean `min`?"),
        ("a + * b", "4..5 expected a value after `+`, found `*`"),
        ("a +", "3..3 expected a value after `+`, found the end"),
        ("f(a, b", "1..2 `(` is never closed; add `)`"),
        ("a + b)", "5..6 `)` closes nothing; remove it, or open it before"),
        ("f(a b)", "4..5 expected `,` or `)` to close `(`, found `b`"),
        ("x and y", "2..5 expected an operator or the end, found `and`; write `&&` for and"),
        (
            "a = b",
            "2..3 `=` has no meaning here; write `==` to compare; \
          an expression never assigns",
        ),
        ("say('hi", "4..7 this text has no closing quote; add ' where it ends"),
        ("a # b", "2..3 `#` has no meaning here"),
        (
            "a ? 1:20",
            "8..8 expected `:` and the other choice of `?`, found the end; \
          `1:20` is a time of day; put spaces around the `:` of a choice",
        ),
        (
            "25:00",
            "0..5 there is no time of day `25:00`; times of day go from `00:00` \
          to `23:59:59`; put spaces around the `:` of a choice",
        ),
        (
            "1h 3km",
            "3..6 a Span and a Length do not make one value; \
          put an operator between them",
        ),
        ("a.1", "2..3 expected a name after `.`, found `1`"),
        (
            "9223372036854775808",
            "0..19 the whole number `9223372036854775808` is too large; \
          whole numbers go up to 9223372036854775807; write `1e19` for a larger one",
        ),
        (
            "f(1 mins, 2 + , $) + 3 hrs",
            "4..8 there is no unit `mins`; did you mean `min`?\n\
          14..15 expected a value after `+`, found `,`\n16..17 `$` has no meaning here\n\
          23..26 there is no unit `hrs`; did you mean `h`?",
        ),
        (
            "5  min",
            "3..6 expected an operator or the end, found `min`; \
          a unit follows its number directly or after one space",
        ),
        ("größe > 3", "0..7 `größe` has no meaning here; names are letters a to z, digits and `_`"),
    ];
    for (source, expected) in golden {
        assert_eq!(faults(source), expected, "{source}");
    }
}

#[test]
fn limits_are_faults_and_not_crashes() {
    let first = |text: String| parse(&text).expect_err("over a limit")[0].message.clone();
    let nested = "this is nested too deep, 64 levels are allowed";
    for part in ["(", "[", "-", "!", "f(", "a[", "a ? b : ", "a ? "] {
        assert_eq!(first(part.repeat(5_000)), nested, "{part}");
    }
    let chain = "this chain is too long, 256 links are allowed";
    for part in [" + a", ".b", "[0]", ".f()"] {
        assert_eq!(first(format!("a{}", part.repeat(10_000))), chain, "{part}");
        parsed(&format!("a{}", part.repeat(255)));
    }
    parsed(&format!("{}a{}", "(".repeat(63), ")".repeat(63)));
    let long = "this expression has 65537 bytes, 65536 are allowed";
    assert_eq!(first(" ".repeat(65_537)), long);
    assert_eq!(parse(&"$ ".repeat(30_000)).expect_err("unknown").len(), ERRORS_MAX);
    assert!(first("1e999".to_string()).contains("too large"));
}

fn tree() -> impl Strategy<Value = Expr> {
    let at = |node| Expr { span: Span::default(), node };
    let name = || {
        "[a-z_][a-zA-Z0-9_]{0,4}"
            .prop_filter("a word of the language", |name| !["in", "true", "false", "null"].contains(&name.as_str()))
    };
    let number = || (0.0_f64..1e300).prop_union(0.0_f64..10.0);
    let dimension = proptest::sample::select(vec![
        Dimension::TIME,
        Dimension::LENGTH,
        Dimension::SPEED,
        Dimension::ACCELERATION,
        Dimension::MONEY,
        Dimension::TEMPERATURE,
    ]);
    let leaf = prop_oneof![
        any::<bool>().prop_map(Node::Bool),
        (0..=i64::MAX).prop_map(Node::Int),
        (0_i64..100).prop_map(Node::Int),
        number().prop_map(Node::Number),
        (number(), dimension).prop_map(|(value, dimension)| Node::Quantity { value, dimension }),
        (0_u64..86_400).prop_map(|seconds| Node::Clock(seconds * 1_000_000_000)),
        any::<String>().prop_map(Node::Text),
        name().prop_map(Node::Name),
    ];
    leaf.prop_map(at).prop_recursive(6, 48, 4, move |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let several = || proptest::collection::vec(inner.clone(), 0..4);
        let name_span = Span::default();
        prop_oneof![
            (boxed(), name()).prop_map(move |(of, name)| Node::Member { of, name, name_span }),
            (boxed(), boxed()).prop_map(|(of, at)| Node::Index { of, at }),
            (name(), several()).prop_map(move |(name, args)| Node::Call { name, name_span, args }),
            (boxed(), name(), several()).prop_map(move |(of, name, args)| Node::Method { of, name, name_span, args }),
            (any::<bool>(), boxed())
                .prop_map(|(not, of)| { Node::Unary { op: if not { UnaryOp::Not } else { UnaryOp::Negate }, of } }),
            (proptest::sample::select(BinaryOp::ALL.to_vec()), boxed(), boxed()).prop_map(|(op, left, right)| Node::Binary {
                op,
                left,
                right
            }),
            (boxed(), boxed(), boxed()).prop_map(|(test, then, otherwise)| { Node::Conditional { test, then, otherwise } }),
            several().prop_map(Node::List),
        ]
        .prop_map(at)
    })
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same_tree(tree in tree()) {
        let printed = tree.to_string();
        let again = parse(&printed);
        prop_assert!(again.is_ok(), "{printed}: {again:?}");
        prop_assert_eq!(sexpr(&again.unwrap()), sexpr(&tree), "{}", printed);
    }

    #[test]
    fn any_text_is_read_or_refused_with_places_inside_it(text in any::<String>()) {
        check_places(&text)?;
    }

    #[test]
    fn any_soup_of_tokens_is_read_or_refused(
        parts in proptest::collection::vec(proptest::sample::select(vec![
            "(", ")", "[", "]", ",", ".", ":", "?", "-", "!", "%", " ", "in", "a", "f(", "5",
            "5.5", "min", "km/h", "°C", "08:30", "'", "\\", "1e5", "é", "€", "=", "|", "#", "//",
        ]), 0..40)
    ) {
        check_places(&parts.concat())?;
    }
}

/// A text is read, or refused with faults whose places lie within it.
fn check_places(text: &str) -> Result<(), TestCaseError> {
    if let Err(errors) = parse(text) {
        prop_assert!(!errors.is_empty() && errors.len() <= ERRORS_MAX);
        for error in errors {
            let (start, end) = (error.span.start as usize, error.span.end as usize);
            prop_assert!(start <= end && text.get(start..end).is_some(), "{error:?}");
        }
    }
    Ok(())
}
