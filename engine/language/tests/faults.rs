//! What is refused, where, and what the message advises.

mod support;

use rehearsal_language::types::{NUMBER, Type};
use support::{Stage, agree, list};

/// The fault of `text`: what it points at, the message, the help.
fn fault(stage: &mut Stage, text: &str, want: Option<&Type>) -> [String; 3] {
    let found = stage.compile(text, want).expect_err(text);
    [found.span.of(text).to_owned(), found.message, found.help.unwrap_or_default()]
}

/// Expression, what is pointed at, message, help.
type Golden = (&'static str, &'static str, &'static str, &'static str);

fn refuse(table: &[Golden]) {
    let mut stage = Stage::new();
    let expected = |(_, place, message, help): &Golden| [*place, *message, *help].map(str::to_owned);
    agree(table.iter().map(|row| (row.0.to_owned(), fault(&mut stage, row.0, None), expected(row))));
}

const GUARD: &str = "a value that may be missing is tested first with has(...)";
const UNITS: &str = "both sides need the same unit; divide by a unit to make a plain number";
const SAME: &str = "both sides need the same unit";

/// What helps where a whole number is asked for.
const WHOLE: &str = "an Int is a whole number, such as 3; int(round(x)) makes one of a plain number x";

#[test]
fn units_do_not_mix() {
    refuse(&[
        ("1h + 3km", "1h + 3km", "Span cannot be added to Length", UNITS),
        ("1h - 3km", "1h - 3km", "Length cannot be taken from Span", UNITS),
        ("way % wait", "way % wait", "Length cannot be combined with Span", UNITS),
        (
            "price + 1",
            "price + 1",
            "Money cannot be added to Number",
            "both sides need the same unit: money with money, as in `2 * 4.50 EUR + 1 EUR`",
        ),
        ("x < 3km", "x < 3km", "Number and Length cannot be compared", SAME),
        ("way == 5", "way == 5", "Length and Number cannot be compared", SAME),
        ("min(1h, 3km)", "1h, 3km", "Span and Length cannot be compared", SAME),
        ("max(now, 3)", "now, 3", "Time and Int cannot be compared", ""),
        ("sqrt(way)", "way", "sqrt(...) takes a plain number, found Length; divide by a unit first", ""),
        ("pow(way, 2)", "way", "expected Number, found Length", ""),
        ("normal(1h, 3km)", "3km", "the values of normal(...) differ in unit: Span and Length", ""),
        ("now * 2", "now * 2", "`*` does not go between Time and Int", ""),
        ("now + start", "now + start", "`+` does not go between Time and Time", ""),
        ("1h - now", "1h - now", "`-` does not go between Span and Time", ""),
        ("slot(1h, now)", "1h", "expected Time, found Span", ""),
    ]);
}

#[test]
fn names_are_known_or_near() {
    refuse(&[
        ("chanel == sms", "chanel", "nothing here is called `chanel`", "did you mean `channel`?"),
        ("wiat + 1h", "wiat", "nothing here is called `wiat`", "did you mean `wait`?"),
        ("1 + zzzzzz", "zzzzzz", "nothing here is called `zzzzzz`", ""),
        ("secret + 1", "secret", "`secret` is not public", "ask with Tell"),
        ("garage.byas", "byas", "this actor has no `byas`", ""),
        ("event.what", "what", "this event carries no `what`", "it carries size"),
        ("channel == smss", "smss", "`smss` is not one of app, sms, mail", "did you mean `sms`?"),
        ("fax in consents", "fax", "`fax` is not one of app, sms, mail", ""),
        ("trust[aap]", "aap", "`aap` is not one of app, sms, mail", "did you mean `app`?"),
        ("trust['fax']", "'fax'", "this name is not one of the keys", ""),
        ("consents + fax", "fax", "`fax` is not one of app, sms, mail", ""),
        ("garage.is(lost)", "lost", "there is no state `lost`", ""),
        ("visit.begin", "begin", "a Slot has no `begin`: it has start, span and end", ""),
        ("x.start", "start", "Number has no `start`", ""),
        ("xs.exists(x, x > 1)", "x", "`x` is taken", "choose another name for the item"),
    ]);
}

#[test]
fn functions_are_known_and_take_what_they_take() {
    refuse(&[
        ("flor(2.5)", "flor", "there is no function `flor`", "did you mean `floor`?"),
        ("zzzzzz(1)", "zzzzzz", "there is no function `zzzzzz`", ""),
        ("floor(1, 2)", "floor(1, 2)", "floor(...) takes 1 values, found 2", ""),
        ("min(1)", "min(1)", "min(...) takes 2 values, found 1", ""),
        ("normal(1)", "normal(1)", "normal(...) takes mean and standard deviation, found 1 values", ""),
        ("has()", "has()", "has(...) takes 1 values, found 0", ""),
        ("size(n)", "n", "size(...) counts the items of a list, not Int", ""),
        ("is(1)", "1", "is(...) takes the name of a state, such as is(dead) or is(day.roadside)", ""),
        ("x.is(dead)", "x", "only an actor has states, not Number", ""),
        ("pick(n)", "n", "pick(...) takes a list or a group, not Int", ""),
        ("pick()", "pick()", "pick(...) takes a list or a group", ""),
        ("pick(xs, 1, 2)", "1", "pick(list, x, weight) names the item second", ""),
        ("pick(xs, v)", "pick(xs, v)", "pick(...) takes a list, or a list, a name for the item and its weight", ""),
        ("min(yes, no)", "min(yes, no)", "min(...) compares numbers or times, not Bool", ""),
        ("doubled(1h)", "1h", "expected Number, found Span", ""),
        ("exp(yes)", "yes", "expected a number, found Bool", ""),
        ("chance(1h)", "1h", "expected Number, found Span", ""),
        ("waits + 1min", "waits + 1min", "`+` does not go between the column `waits` and Span", ""),
        (
            "exponential(waits)",
            "waits",
            "expected a number, found the column `waits`",
            "draw from it by empirical(waits), or take its values in turn by replay(waits)",
        ),
        ("pow(rain, 2)", "rain", "expected Number, found the series `rain`", "read it at a moment: at(rain, now)"),
        (
            "pow(items, 2)",
            "items",
            "expected Number, found the rows `items`",
            "choose a row: pick(items), items[0] or items.first(x, ...)",
        ),
        (
            "empirical(rain)",
            "rain",
            "empirical(...) reads a column of numbers, not the series `rain`",
            "it is defined beside the kinds: Column(name: ..., file: \"data/...\", ...)",
        ),
        (
            "at(waits, now)",
            "waits",
            "at(...) reads a series, not the column `waits`",
            "it is defined beside the kinds: Series(name: ..., file: \"data/...\", ...)",
        ),
        ("at(rain, 3)", "3", "expected Time, found Int", ""),
        ("items[0].csot", "csot", "a row of `items` has no `csot`", "did you mean `cost`?"),
        (
            "items[0].weight_of_it",
            "weight_of_it",
            "a row of `items` has no `weight_of_it`",
            "it has name, cost, sales, pieces, app, sms, mail",
        ),
        ("items[0][csot]", "csot", "`csot` is not one of name, cost, sales, pieces, app, sms, mail", "did you mean `cost`?"),
        (
            "items[0][yes ? cost : app]",
            "yes ? cost : app",
            "`name` is a name, `cost` is Money: the columns that it may be are of one type",
            "",
        ),
        ("items[0][liked]", "liked", "expected a name, found maybe a name", "it may be missing: test it first with has(...)"),
        ("empirical(items.name)", "name", "`name` of the rows `items` is no column of numbers", ""),
        ("items[0].name == pear", "pear", "`pear` is not one of apple, bread, cake", ""),
        (
            "many.filter(x, x.number > 3)",
            "filter",
            "the rows `many` has 1000 rows, and a list holds at most 64",
            "choose by a weight that is 0 for the others: pick(many, x, x.cost < 5 EUR ? 1 : 0)",
        ),
        ("items[0] == n", "items[0] == n", "a row of `items` and Int cannot be compared", ""),
        ("items == items", "items == items", "the rows `items` and the rows `items` cannot be compared", ""),
        ("waits.size()", "size", "the column `waits` has no `size(...)`", ""),
        ("erlang(3)", "erlang(3)", "erlang(...) takes the number of stages and the mean, found 1 values", ""),
        ("pert(1h, 2, 3h)", "2", "the values of pert(...) differ in unit: Span and Number", ""),
        (
            "truncated(n, 1, 2)",
            "n",
            "truncated(...) begins with a law of chance",
            "as in truncated(normal(45min, 10min), 10min, 2h)",
        ),
        ("truncated(chance(0.5), 0, 1)", "chance(0.5)", "chance(...) is true or false: there is nothing to cut off", ""),
        ("truncated(normal(1h, 1min), 1, 2h)", "1", "expected Span, found Int", ""),
        (
            "correlated(x, x, 0.5)",
            "x",
            "correlated(...) begins with a law of chance",
            "as in correlated(exponential(5min), score, 0.6), with a score that is drawn by normal(0, 1)",
        ),
        (
            "mixture(0.5, 1, 0.5)",
            "mixture(0.5, 1, 0.5)",
            "mixture(...) takes from 1 to 32 pairs of a weight and a value, found 3 values",
            "as in mixture(0.7, exponential(5min), 0.3, lognormal(30min, 0.5))",
        ),
        ("mixture(1, 1h, 1, 2)", "2", "the values of a mixture are of one type: Span and Int are two", ""),
        ("mixture(1h, 1)", "1h", "expected Number, found Span", ""),
    ]);
}

#[test]
fn what_may_be_missing_is_not_read_unguarded() {
    refuse(&[
        ("some + 1", "some + 1", "`+` does not go between maybe Number and Int", GUARD),
        ("some > 1.5", "some > 1.5", "maybe Number and Number cannot be compared", GUARD),
        ("has(some) || some > 1.5", "some > 1.5", "maybe Number and Number cannot be compared", GUARD),
        ("has(some) ? 1.0 : some + 1.0", "some + 1.0", "`+` does not go between maybe Number and Number", GUARD),
        ("booked.start", "start", "this Slot may be missing", "test it first: has(booked) && ..., or has(booked) ? ... : ..."),
        ("floor(some)", "some", "expected a number, found maybe Number", ""),
        ("pow(some, 2)", "some", "expected Number, found maybe Number", "it may be missing: test it first with has(...)"),
        ("-some", "some", "a minus sign goes before a number, not before maybe Number", ""),
        ("empty.first() + 1", "empty.first() + 1", "`+` does not go between maybe Int and Int", GUARD),
        // The second draw is another one.
        (
            "has(pick([some, missing])) && pick([some, missing]) > 1.5",
            "pick([some, missing]) > 1.5",
            "maybe Number and Number cannot be compared",
            GUARD,
        ),
    ]);
}

#[test]
fn types_that_differ_are_told_apart() {
    refuse(&[
        ("yes ? 1 : 1h", "1h", "the two branches differ: Int and Span", ""),
        ("yes ? visit : now", "now", "the two branches differ: Slot and Time", ""),
        ("n ? 1 : 2", "n", "expected Bool, found Int", ""),
        ("n && yes", "n", "expected Bool, found Int", ""),
        ("!n", "n", "expected Bool, found Int", ""),
        ("-yes", "yes", "a minus sign goes before a number, not before Bool", ""),
        ("yes == 1", "yes == 1", "Bool and Int cannot be compared", ""),
        ("yes < no", "yes < no", "Bool and Bool cannot be compared", ""),
        ("n == none", "n == none", "Int and none cannot be compared", ""),
        ("xs == xs", "xs == xs", "a list of Int and a list of Int cannot be compared", "compare their items, or their size()"),
        ("xs in [xs]", "xs", "`in` compares items, and a list of Int cannot be compared", ""),
        ("[1, 1h]", "1h", "the items of a list are of one type: Int and Span are two", ""),
        ("xs + [1h]", "[1h]", "the items of a list are of one type: Int and Span are two", ""),
        ("xs + 1", "xs + 1", "`+` does not go between a list of Int and Int", ""),
        ("1 in n", "n", "`in` looks into a list or a set of names, not into Int", ""),
        ("1.5 in xs", "1.5", "expected Int, found Number", WHOLE),
        ("xs[1.5]", "1.5", "expected Int, found Number", WHOLE),
        ("n[0]", "n", "only a list or a table by name takes an index, not Int", ""),
        ("n.filter(v, v)", "filter", "Int has no `filter(...)`", ""),
        (
            "xs.sort()",
            "sort",
            "a list has no `sort(...)`: it has size, first, last, take, filter, map, exists, exists_one, all, count, sum, min, max, min_by, max_by and sort_by",
            "",
        ),
        ("xs.filter(1, yes)", "1", "filter(x, ...) begins with a name for the item", ""),
        ("xs.all(v)", "all", "all takes a name for the item and an expression, as in list.all(x, x > 0)", ""),
        ("xs.filter(v, v)", "v", "expected Bool, found Int", ""),
    ]);
}

#[test]
fn a_wanted_type_is_enforced() {
    let mut stage = Stage::new();
    let channels = stage.compile("channel", None).expect("a field").ty;
    let table = [
        ("1h", NUMBER, ["1h", "expected Number, found Span", ""]),
        ("x", Type::Int, ["x", "expected Int, found Number", WHOLE]),
        ("some", NUMBER, ["some", "expected Number, found maybe Number", "it may be missing: test it first with has(...)"]),
        ("fax", channels, ["fax", "`fax` is not one of app, sms, mail", ""]),
        ("[1, 2, 3]", list(Type::Int, 2), ["[1, 2, 3]", "this list may have 3 items, 2 are allowed", ""]),
        ("[none]", list(Type::Int, 2), ["none", "expected Int, found none", ""]),
    ];
    agree(
        table.map(|(text, want, expected)| (text.to_owned(), fault(&mut stage, text, Some(&want)), expected.map(str::to_owned))),
    );
}

#[test]
fn a_fault_within_a_named_expression_says_where_that_was_written() {
    let found = Stage::new().compile("broken + 1 EUR", None).expect_err("money and a number");
    assert_eq!(found.environment, Some(7));
    assert_eq!((found.span.start, found.span.end), (0, 9));
    assert_eq!(found.message, "Money cannot be added to Number");
}

#[test]
fn limits_are_faults() {
    let mut stage = Stage::new();
    let items = |count: usize, item: &str| format!("[{}]", vec![item; count].join(", "));
    let [place, message, _] = fault(&mut stage, &items(65, "1"), None);
    assert_eq!((place.as_str(), message.as_str()), ("1", "a list holds at most 64 items"));
    // Sixty-four lists of sixty-four slots each.
    let slots = items(64, "visit");
    let large = format!("{slots}.map(a, {slots}.map(b, {slots}))");
    let [_, message, help] = fault(&mut stage, &large, None);
    assert_eq!(message, "a list of a list of Slot takes 8257 words of memory, 8192 are allowed");
    assert_eq!(help, "make its lists shorter");
    // A name that stands for itself.
    stage.bind("loop", "1 + loop");
    let [_, message, _] = fault(&mut stage, "loop", None);
    assert_eq!(message, "this expression is too intricate, with what its names stand for");
}

/// Trials that fail could double with each level; both texts would then take years.
#[test]
fn nesting_does_not_make_compiling_endless() {
    let mut stage = Stage::new();
    let unknown = format!("{}nowhere", "yes ? nowhere : ".repeat(60));
    assert_eq!(fault(&mut stage, &unknown, None)[1], "nothing here is called `nowhere`");
    let maps: String = (0..55).map(|at| format!("[1].map(v{at}, ")).collect();
    let nested = format!("{maps}1{}", ")".repeat(55));
    assert_eq!(fault(&mut stage, &nested, None)[1], "this expression is too intricate, with what its names stand for");
}
