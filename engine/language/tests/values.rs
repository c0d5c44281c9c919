//! What expressions come to: a table for each part of the language.

mod support;

use rehearsal_language::program::Law;
use rehearsal_language::types::{NUMBER, SPAN, Type};
use support::{Stage, agree, list, maybe};

/// Each expression comes to the value beside it.
fn come_to(table: &[(&str, &str)]) {
    let mut stage = Stage::new();
    agree(table.iter().map(|(text, value)| (text.to_string(), stage.say(text, None), value.to_string())));
}

#[test]
fn arithmetic_follows_precedence_and_keeps_whole_numbers_whole() {
    come_to(&[
        ("1 + 2 * 3", "7"),
        ("(1 + 2) * 3", "9"),
        ("7 / 2", "3"),
        ("-7 / 2", "-3"),
        ("7 % 3 - 1", "0"),
        ("-7 % 3", "-1"),
        ("7 / 2.0", "3.5"),
        ("7.5 % 2", "1.5"),
        ("1 - 2 - 3", "-4"),
        ("2 - -3", "5"),
        ("-(n - 10)", "3"),
        ("-x * 2", "-5"),
        ("n * 2 + x", "16.5"),
        ("dozen / n", "1"),
        ("5% * 200", "10"),
        ("half * 3", "1.5"),
        ("x / 0", "inf"),
    ]);
}

#[test]
fn units_combine_as_quantities_do() {
    come_to(&[
        ("1h + 30min", "1.5h"),
        ("way / 1h", "1.5 km/h"),
        ("speed * wait", "900 m"),
        ("way / speed", "2min 30s"),
        ("2 * price + 1 EUR", "10.00 EUR"),
        ("price / 1 EUR", "4.5"),
        ("heat + 5 K", "26.0 °C"),
        ("1 / 60s * 2min", "2"),
        ("wait * 2 > 2min", "true"),
        ("way % 1km", "500 m"),
        ("fare", "9.00 EUR"),
        ("fare - price", "4.50 EUR"),
    ]);
}

#[test]
fn comparisons_and_logic_come_to_truths() {
    come_to(&[
        ("1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3", "true"),
        ("1 == 1.0", "true"),
        ("n > 6.5", "true"),
        ("6.5 < n", "true"),
        ("-0.0 == 0.0", "true"),
        ("yes != no", "true"),
        ("no && 1 / none_at_all == 1", "false"),
        ("yes || 1 / none_at_all == 1", "true"),
        ("!(yes && no) || no", "true"),
        ("yes ? no : yes", "false"),
        ("bell < 09:00", "true"),
        ("bell == 08:30", "true"),
        ("channel == sms", "true"),
        ("sms == channel", "true"),
        ("channel != 'app'", "true"),
        ("visit == slot(2h + start - 1h, 30min)", "true"),
        ("visit != slot(start, 30min)", "true"),
        ("garage == closed", "false"),
    ]);
}

#[test]
fn conditionals_nest_inside_arithmetic_and_find_a_common_type() {
    come_to(&[
        ("1 + (yes ? 2 : 3) * 10", "21"),
        ("(no ? 1 : yes ? 2.5 : 3) + n", "9.5"),
        ("yes ? 1 : 2.5", "1"),
        ("n == (no ? 7 : 7.0)", "true"),
        ("n < (yes ? 7.5 : 1)", "true"),
        ("-(yes ? 1 : 2.5)", "-1"),
        ("(yes ? start : now) - start", "0s"),
        ("10 - (yes ? no ? 1 : 2 : 3)", "8"),
        ("channel == (yes ? sms : app)", "true"),
        ("(yes ? some : none) == 3", "true"),
        ("yes ? none : 1.5", "none"),
        ("(no ? [1, 2] : [])", "[]"),
        ("size(yes ? [1, 2] : xs)", "2"),
        ("(yes ? either : garage).bays", "3"),
    ]);
}

#[test]
fn a_crowd_is_counted_looked_through_and_searched() {
    // Of three garages the first and the last are near, with 3 bays; the one between them has closed.
    come_to(&[
        ("size(crowd)", "3"),
        ("friends.size()", "3"),
        ("crowd.count(g, g == crowd.first())", "2"),
        ("friends.exists(g, g == crowd.last())", "true"),
        ("crowd.all(g, g == crowd.first())", "false"),
        ("crowd.filter(g, g == crowd.first()).sum(g, g.bays)", "6"),
        ("crowd.filter(g, g == crowd.first()).map(g, g.bays)", "[3, 3]"),
        ("has(crowd.first())", "true"),
        ("crowd.max_by(g, g == crowd.first() ? 1 : 0) == crowd.last()", "true"),
        ("crowd.take(1).map(g, g.bays)", "[3]"),
    ]);
}

#[test]
fn lists_are_filtered_mapped_and_searched() {
    come_to(&[
        ("xs", "[3, 1, 2]"),
        ("xs.filter(v, v > 1)", "[3, 2]"),
        ("xs.map(v, v * 2 + 1)", "[7, 3, 5]"),
        ("xs.map(v, v / 2.0)", "[1.5, 0.5, 1]"),
        ("xs.filter(v, v > 1).map(v, v * n)", "[21, 14]"),
        ("xs.exists(v, v == 2) && !xs.exists(v, v == 5)", "true"),
        ("xs.all(v, v > 0) && !xs.all(v, v > 1)", "true"),
        ("empty.all(v, v > 9) && !empty.exists(v, v < 9)", "true"),
        ("xs.map(v, xs.filter(w, w < v).size())", "[2, 0, 1]"),
        ("xs.size() + size(empty) + size([])", "3"),
        ("xs[0] * xs[2]", "6"),
        ("xs[n - 6]", "1"),
        ("[1, 2, 3][1]", "2"),
        ("xs.first()", "3"),
        ("empty.first()", "none"),
        ("xs.last()", "2"),
        ("empty.last()", "none"),
        ("xs.take(2)", "[3, 1]"),
        ("xs.take(n)", "[3, 1, 2]"),
        ("xs.take(-1)", "[]"),
        ("xs.count(v, v > 1)", "2"),
        ("xs.exists_one(v, v > 2) && !xs.exists_one(v, v > 1)", "true"),
        ("xs.sum(v, v * v)", "14"),
        ("xs.sum(v, v / 2.0)", "3"),
        ("empty.sum(v, v)", "0"),
        ("xs.min()", "1"),
        ("xs.max()", "3"),
        ("empty.min()", "none"),
        ("xs.min_by(v, -v)", "3"),
        ("xs.max_by(v, 1)", "3"),
        ("xs.min_by(v, v % 2)", "2"),
        ("empty.max_by(v, v)", "none"),
        ("xs.sort_by(v, v)", "[1, 2, 3]"),
        ("xs.sort_by(v, -v)", "[3, 2, 1]"),
        ("xs.sort_by(v, v % 2)", "[2, 3, 1]"),
        ("empty.sort_by(v, v)", "[]"),
        ("slots.sort_by(s, -(s.start - start)).first() == slots.max_by(s, s.start - start)", "true"),
        ("xs - [1]", "[3, 2]"),
        ("xs + [3] - [3]", "[1, 2]"),
        ("xs - empty", "[3, 1, 2]"),
        ("xs - []", "[3, 1, 2]"),
        ("xs + [9, 8]", "[3, 1, 2, 9, 8]"),
        ("xs + xs", "[3, 1, 2, 3, 1, 2]"),
        ("[] + [1]", "[1]"),
        ("[1] + []", "[1]"),
        ("[1] + [2.5]", "[1, 2.5]"),
        ("[2.5] + [1]", "[2.5, 1]"),
        ("[none] + [1]", "[none, 1]"),
        ("reals + xs", "[0, 1.5, 3, 1, 2]"),
        ("[1, 2.5, 3]", "[1, 2.5, 3]"),
        ("[1, none]", "[1, none]"),
        ("2 in xs && !(7 in xs)", "true"),
        ("-0.0 in reals", "true"),
        ("1 in []", "false"),
        ("visit in slots", "false"),
        ("slots[1] in slots", "true"),
        ("none in [none, 1.5] && !(none in [some])", "true"),
        ("slots.map(s, s.span)", "[30min, 30min]"),
        ("slots.filter(s, s.start > start)[0].start", "5h"),
        ("xs.map(v, [v, n])[2]", "[2, 7]"),
    ]);
}

#[test]
fn sets_and_tables_go_by_name() {
    come_to(&[
        ("app in consents && !(sms in consents)", "true"),
        ("channel in consents", "false"),
        ("consents + sms", "[app, sms, mail]"),
        ("consents + channel - app", "[sms, mail]"),
        ("consents - mail", "[app]"),
        ("consents == consents + app", "true"),
        ("trust[sms]", "0.5"),
        ("trust[channel] * 2", "1"),
        ("trust[yes ? app : mail]", "0.125"),
        ("trust", "{app: 0.125, sms: 0.5, mail: 0.75}"),
        ("has(liked) ? trust[liked] : 0.0", "0.75"),
        ("'mail' in consents", "true"),
    ]);
}

#[test]
fn times_clocks_and_slots_measure_time() {
    come_to(&[
        ("now", "10h"),
        ("now - start", "9h"),
        ("start - now", "-9h"),
        ("start + 30min", "1.5h"),
        ("30min + start", "1.5h"),
        ("start - 2h", "-1h"),
        ("arrival - start", "1h"),
        ("max(now - arrival, 1h)", "8h"),
        ("now > arrival", "true"),
        ("min(start, now)", "1h"),
        ("max(bell, 07:15)", "08:30"),
        ("visit.start", "2h"),
        ("visit.span", "30min"),
        ("visit.end", "2.5h"),
        ("visit", "2h for 30min"),
        ("slot(now, 90s).end - now", "1min 30s"),
        ("length(slot(now, 90s))", "1min 30s"),
    ]);
}

#[test]
fn what_may_be_missing_is_read_behind_a_test() {
    come_to(&[
        ("has(some) && some > 1", "true"),
        ("has(missing) && missing > 1", "false"),
        ("!has(missing) ? 0.5 : missing", "0.5"),
        ("!has(some) || some == 3", "true"),
        ("some != none && some > 1", "true"),
        ("none != some && some > 1", "true"),
        ("some == none || some < 9", "true"),
        ("has(some) && yes ? some * 2 : 0.0", "6"),
        ("has(some) && has(missing) ? some + missing : 1", "1"),
        ("!(has(some) && yes) ? 1 : some", "3"),
        ("has(booked) && booked.span > 10min", "true"),
        ("has(n)", "true"),
        ("some == 3", "true"),
        ("3 == some", "true"),
        ("missing == 3.0", "false"),
        ("missing != 3.0", "true"),
        ("missing == missing && missing == none", "true"),
        ("minus_zero == 0.0", "true"),
        ("open == none", "true"),
        ("open == (yes ? none : booked)", "true"),
        ("booked == slots.first()", "false"),
        ("has(xs.first()) ? xs.first() + 1 : 0", "4"),
        ("has(garage.rate) && garage.rate > 50 EUR", "true"),
        ("[some, missing].map(v, has(v) ? v : -1.0)", "[3, -1]"),
    ]);
}

#[test]
fn functions_take_and_give_units() {
    come_to(&[
        ("min(3, 2) + max(3, 2)", "5"),
        ("min(2.5, n)", "2.5"),
        ("max(90s, 1min)", "1min 30s"),
        ("abs(-3)", "3"),
        ("abs(1 EUR - price)", "3.50 EUR"),
        ("floor(-1.5) + ceil(1.2) + round(2.5)", "3"),
        ("sqrt(way / 15m)", "10"),
        ("pow(2, 10)", "1024"),
        ("exp(0) + log(1) + sin(0)", "1"),
        ("cos(0) + cos(3.141592653589793)", "0"),
        ("logistic(0)", "0.5"),
        ("int(2.9) + int(-2.9)", "0"),
        ("number(n) / 2", "3.5"),
        ("doubled(3)", "6"),
        ("doubled(yes ? 1 : 2)", "2"),
    ]);
}

#[test]
fn actors_have_fields_states_and_holders() {
    come_to(&[
        ("self", "actor 1"),
        ("self.x + me.n", "9.5"),
        ("garage.bays + 1", "4"),
        ("either.bays", "3"),
        ("garage.hours.span", "9h"),
        ("garage.is(shut)", "true"),
        ("closed.is(shut)", "false"),
        ("is(parked)", "true"),
        ("garage.here", "node 42"),
        ("self.here", "node 41"),
        ("desk.queue", "4"),
        ("garage.desk.queue", "9"),
        ("either.desk.queue", "9"),
        ("event.size * 2", "16"),
    ]);
}

#[test]
fn a_wanted_type_turns_whole_numbers_real_and_gives_names_their_meaning() {
    let mut stage = Stage::new();
    let channels = stage.compile("channel", None).expect("a field").ty;
    let table = [
        ("n", NUMBER, "7"),
        ("7 / 2", NUMBER, "3"),
        ("yes ? 1 : 2", NUMBER, "1"),
        ("n", maybe(NUMBER), "7"),
        ("none", maybe(NUMBER), "none"),
        ("none", maybe(Type::Slot), "none"),
        ("[1, 2]", list(NUMBER, 4), "[1, 2]"),
        ("xs.map(v, v)", list(NUMBER, 4), "[3, 1, 2]"),
        ("app", channels.clone(), "app"),
        ("yes ? mail : app", channels.clone(), "mail"),
        ("[sms, app]", list(channels.clone(), 3), "[sms, app]"),
        ("none", maybe(channels), "none"),
        ("arrival - start", SPAN, "1h"),
        ("(yes ? arrival : now) - start", SPAN, "1h"),
        ("min(now - arrival, 1h)", SPAN, "1h"),
        ("-(yes ? 1.0 : 2.0)", maybe(NUMBER), "-1"),
    ];
    agree(table.map(|(text, want, value)| (text.to_owned(), stage.say(text, Some(&want)), value.to_owned())));
}

#[test]
fn chance_takes_its_unit_from_its_parameters() {
    come_to(&[
        ("uniform(1h, 3h)", "2h"),
        ("uniform(1, 2)", "1.5"),
        ("normal(20 °C, 2 °C)", "20.0 °C"),
        ("exponential(5min)", "5min"),
        ("lognormal(45 EUR, 0.7)", "45.00 EUR"),
        ("weibull(1.8, 400d)", "400d"),
        ("gamma(2, 3 km)", "3 km"),
        ("triangular(1, 4, 9)", "4"),
        ("beta(1, 3)", "0.25"),
        ("poisson(4.5) + 1", "5"),
        ("chance(0.7) && !chance(0.2)", "true"),
        ("erlang(3, 5min)", "5min"),
        ("pareto(1.5, 2 EUR)", "2.00 EUR"),
        ("loglogistic(45 EUR, 3)", "45.00 EUR"),
        ("gumbel(20 °C, 2 K)", "20.0 °C"),
        ("pert(1h, 2h, 9h)", "2h"),
        ("binomial(n, 0.5) + 1", "4"),
        ("geometric(0.2)", "4"),
        ("negative_binomial(4.5, 2)", "4"),
        ("truncated(normal(45min, 10min), 30min, 1h)", "45min"),
        ("truncated(poisson(3), 2, 6) + 1", "5"),
        ("correlated(exponential(30s), x, 2)", "5s"),
        ("pick([4, 5, 6])", "4"),
        ("pick(xs, v, v > 2 ? 0 : 1)", "1"),
    ]);
}

#[test]
fn each_draw_has_its_own_site_in_the_order_of_the_text() {
    let mut stage = Stage::new();
    let text = "(yes ? normal(1, 2) : uniform(0, 1)) + [exponential(3.0), gamma(1, 2)][0] + pick(xs.map(v, poisson(v)))";
    let compiled = stage.compile(text, None).expect("well typed");
    assert_eq!(stage.sites, ["normal", "uniform", "exponential", "gamma", "poisson", "pick"], "no trial takes a site");
    stage.run(&compiled).expect("nothing fails");
    let drawn: Vec<(Law, u16)> = stage.drawn.iter().map(|(law, site, _)| (*law, *site)).collect();
    let poisson = (Law::Poisson, 4);
    assert_eq!(drawn, [(Law::Normal, 0), (Law::Exponential, 2), (Law::Gamma, 3), poisson, poisson, poisson]);
    assert_eq!(stage.drawn[0].2, [1.0, 2.0, 0.0]);
}

#[test]
fn a_mixture_draws_from_the_chosen_way_alone() {
    let mut stage = Stage::new();
    let text = "mixture(0.25, exponential(5min), 0.5, lognormal(30min, 0.5) + 1min, 0.25, wait)";
    let compiled = stage.compile(text, None).expect("well typed");
    assert_eq!(stage.sites, ["mixture", "exponential", "lognormal"]);
    for (fraction, seconds, draws) in [(0.0, 300.0, 1), (0.3, 1860.0, 1), (0.74, 1860.0, 1), (0.76, 90.0, 0)] {
        stage.bits = (fraction * 2.0_f64.powi(64)) as u64;
        stage.drawn.clear();
        assert_eq!(stage.run(&compiled), Ok(vec![f64::to_bits(seconds)]), "{fraction}");
        assert_eq!(stage.drawn.len(), draws, "{fraction}");
    }
}

#[test]
fn the_ways_of_a_mixture_meet_in_one_type() {
    come_to(&[
        ("mixture(1, 2)", "2"),
        ("mixture(0, 1, 1, 2.5)", "2.5"),
        ("mixture(1, 1, 0, 2.5)", "1"),
        ("mixture(1, mixture(0, 1, 3, 2), 0, 5) + 1", "3"),
        ("mixture(1, some, 0, none)", "3"),
        ("mixture(1, channel, 0, channel) == sms", "true"),
        ("mixture(0, 1)", "(nothing to pick from: every weight is zero)"),
    ]);
}

#[test]
fn columns_are_drawn_from_and_replayed() {
    // A uniform draw of the stage is its middle.
    come_to(&[
        ("empirical(waits)", "1min"),
        ("smoothed(waits)", "45s"),
        ("empirical(waits) + 30s", "1min 30s"),
        ("size(waits)", "4"),
        ("empirical(items.cost)", "3.00 EUR"),
        ("smoothed(items.pieces) + 0.5", "6.5"),
        ("correlated(empirical(waits), 0.5, 0.5)", "30s"),
        ("correlated(smoothed(waits), 1, 1)", "2min"),
        ("at(rain, now)", "2"),
        ("at(rain, now + 9h)", "6"),
        ("at(warmth, now)", "4"),
        ("at(warmth, start)", "0.25"),
        ("[replay(waits), replay(items.cost) / 1 EUR * 1s]", "[1min, 3s]"),
    ]);
    let mut stage = Stage::new();
    let compiled = stage.compile("replay(waits)", None).expect("well typed");
    let replayed: Vec<f64> = (0..6).map(|_| f64::from_bits(stage.run(&compiled).expect("nothing fails")[0])).collect();
    assert_eq!(replayed, [60.0, 30.0, 120.0, 30.0, 60.0, 30.0], "behind the last comes the first");
}

#[test]
fn rows_are_chosen_and_their_cells_read() {
    come_to(&[
        ("items[1]", "bread"),
        ("items[1].cost", "3.00 EUR"),
        ("items[n - 5].pieces + 1", "13"),
        ("items[2].name == cake", "true"),
        ("items[0] == items[n - 7] && items[0] != items[1]", "true"),
        ("items[1][cost]", "3.00 EUR"),
        ("items[2][channel]", "0.6"),
        ("items[7].cost", "(row 7 of 3: the first is 0)"),
        ("items[-1].cost", "(row -1 of 3: the first is 0)"),
        ("size(items) + items.size()", "6"),
        ("items.first()", "apple"),
        ("items.first(it, it.cost > 2 EUR)", "bread"),
        ("items.first(it, it.cost > 20 EUR)", "none"),
        ("has(items.first(it, it.pieces == 12)) ? items.first(it, it.pieces == 12).sales : 0", "3"),
        ("xs.first(v, v < 3)", "1"),
        ("items.filter(it, it.sales > 0)", "[apple, cake]"),
        ("items.filter(it, it.sales > 0).map(it, it.cost * 2)", "[3.00 EUR, 18.00 EUR]"),
        ("items.map(it, it.pieces)", "[6, 1, 12]"),
        ("items.exists(it, it.name == bread) && !items.all(it, it.pieces > 1)", "true"),
        ("many.exists(it, it.number == 999) && many[500].number == 500", "true"),
        ("pick(items)", "apple"),
        ("pick(items, it, it.pieces > 6 ? 1 : 0)", "cake"),
        ("pick(items, it, it.sales)", "cake"),
        ("pick(items, it, it.sales).cost", "9.00 EUR"),
        ("[items[0], items[2]].filter(it, it.pieces > 6).size()", "1"),
        ("mixture(0, items[0], 1, items[1]).name", "bread"),
    ]);
}

#[test]
fn pick_is_even_or_in_proportion_to_weights() {
    let mut stage = Stage::new();
    let even = stage.compile("pick([10, 20, 30, 40])", None).expect("well typed");
    let weighted = stage.compile("pick(xs, v, v)", None).expect("well typed");
    // Of the weights 3, 1, 2 the first takes the lower half of all bits, the second the sixth above it.
    let quarters = [(0.0, 10, 3), (0.26, 20, 3), (0.49, 20, 3), (0.51, 30, 1), (0.66, 30, 1), (0.67, 30, 2), (0.999, 40, 2)];
    for (fraction, one, other) in quarters {
        stage.bits = (fraction * 2.0_f64.powi(64)) as u64;
        assert_eq!(stage.run(&even), Ok(vec![one]), "{fraction}");
        assert_eq!(stage.run(&weighted), Ok(vec![other]), "{fraction}");
    }
}
