//! Steps that are done again, lists that grow, parts by number, and crowds: groups and relations.

use rehearsal_tests::story::{Story, agrees, close, toy};

const ONE: &str = "ones: Group(kind: one, count: 1)";

/// Runs a kind `one` whose steps write to its `log`, and gives the log.
fn log(steps: &str) -> f64 {
    let parts =
        format!("Kind(name: one, fields: {{ log: Int(0) }}, initial: here, states: {{ here: State(process: [{steps}]) }}),");
    toy("1h", ONE, &parts, "log: Final(of: log, over: one)").exactly("log")
}

#[test]
fn each_item_has_its_turn_in_order_even_where_steps_wait() {
    assert_eq!(log("ForEach(of: \"[3, 1, 2]\", as: k, do: [Set(log: \"log * 10 + k\")])"), 312.0);
    assert_eq!(log("ForEach(of: \"[3, 1, 2]\", as: k, do: [Delay(\"1min\"), Set(log: \"log * 10 + k\")])"), 312.0);
    assert_eq!(
        log("ForEach(of: \"[1, 2]\", as: a, do: [ForEach(of: \"[3, 4]\", as: b, do: [Set(log: \"log * 100 + a * 10 + b\")])])"),
        13_142_324.0
    );
    // Of an hour 25 minutes are left for the third.
    assert_eq!(log("ForEach(of: \"[1, 2, 3]\", as: k, do: [Delay(\"25min\"), Set(log: \"log * 10 + k\")])"), 12.0);
}

#[test]
fn steps_repeat_so_often_or_so_long() {
    assert_eq!(log("Repeat(times: 3, as: k, do: [Set(log: \"log * 10 + k\")])"), 12.0);
    assert_eq!(log("Repeat(times: 0, do: [Set(log: 1)])"), 0.0);
    assert_eq!(log("Repeat(while: \"log < 40\", do: [Set(log: \"log + 7\"), Delay(\"1min\")])"), 42.0);
    assert_eq!(log("Repeat(while: true, do: [Delay(\"1min\"), Set(log: \"log + 1\")])"), 59.0);
}

#[test]
fn what_a_round_seizes_goes_back_before_the_next() {
    let parts = "Kind(name: one, fields: { log: Int(0) }, owns: { key: Resource(capacity: 1) }, initial: here, states: { here: State(process: [
        Repeat(times: 3, do: [Seize(resource: key, as: mine), Delay(\"1min\"), Set(log: \"log + 1\")]),
        Set(log: \"key.busy > 0.0 ? -1 : log\"),
    ]) }),";
    assert_eq!(toy("1h", ONE, parts, "log: Final(of: log, over: one)").exactly("log"), 3.0);
}

#[test]
fn a_list_grows_up_to_what_it_has_room_for() {
    let parts = "Kind(name: one, fields: { log: Int(0), seen: List(of: Int, at_most: 3) }, initial: here, states: { here: State(process: [
        ForEach(of: \"[4, 5, 6]\", as: k, do: [Set(seen: \"seen + [k]\")]),
        Set(seen: \"seen - [5]\"), Set(seen: \"seen + [7]\"),
        Set(log: \"seen.sum(k, k) * 10 + size(seen)\"),
    ]) }),";
    assert_eq!(toy("1h", ONE, parts, "log: Final(of: log, over: one)").exactly("log"), 173.0);
}

#[test]
fn parts_are_born_with_their_whole_and_are_looked_through() {
    let parts = "Kind(name: lift, traits: { of: Whole(one) }, fields: { floor: Int(\"int(floor(uniform(0, 100)))\") }, on: { come: [Set(floor: 7)] }),
    Kind(name: one, traits: { lifts: Parts(kind: lift, count: 4) }, fields: { log: Int(0) }, initial: here, states: { here: State(process: [
        Tell(to: lifts, message: come), Delay(\"1s\"),
        Set(log: \"lifts.sum(l, l.floor) * 10 + lifts.count(l, l.of == self)\"),
    ]) }),";
    assert_eq!(toy("1h", ONE, parts, "log: Final(of: log, over: one)").exactly("log"), 284.0);
}

#[test]
fn all_of_a_group_are_told_and_asked_after() {
    let parts = "Kind(name: worker, traits: { skill: Int(\"poisson(3)\") }, fields: { bells: Int(0) }, on: { bell: [Set(bells: \"bells + 1\")] }),
    Kind(name: one, fields: { log: Int(0), best: Int(0) }, initial: here, states: { here: State(process: [
        Tell(to: workers, message: bell), Tell(to: workers, message: bell, after: \"2h\"),
        ForEach(of: workers, as: w, do: [Set(best: \"max(best, w.skill)\"), Set(log: \"log + 1\")]),
        Let(most: \"workers.max_by(w, w.skill)\"),
        Set(log: \"has(most) && most.skill == best && workers.all(w, w.skill <= best) ? log : -1\"),
    ]) }),";
    let groups = "workers: Group(kind: worker, count: 500), ones: Group(kind: one, count: 1)";
    let figures = toy("1h", groups, parts, "log: Final(of: log, over: one), bells: Final(of: bells, over: worker)").figures();
    close(figures("log").mean, 500.0);
    close(figures("bells").mean, 1.0);
}

#[test]
fn who_is_related_is_told_and_nobody_else() {
    let parts = "Kind(name: boss, fields: { reports: Int(0) }, after: [(delay: \"1min\", do: [Set(reports: \"reports_of.size()\")])]),
    Kind(name: person, traits: { boss: Ref(boss, \"pick(bosses)\"), team: OneOf([red, blue]) }, fields: { heard: Int(0), mates: Int(0), picked: Int(0) },
        on: { hello: [Set(heard: \"heard + 1\")], psst: [Set(picked: \"picked + 1\")] },
        after: [(delay: \"1min\", do: [
            Tell(to: circle, message: hello), Set(mates: \"size(mates_of)\"), Tell(to: \"pick(circle)\", message: psst),
        ])],
    ),";
    let head = "bosses: Group(kind: boss, count: 10), people: Group(kind: person, count: 90)";
    let scenario = format!(
        "{head} }}, relations: {{
            circle: Relation(among: people, graph: Circles(size: 5)),
            mates_of: Relation(among: people, same: team),
            reports_of: Relation(of: bosses, to: people, by: boss),"
    );
    let measures = "heard: Final(of: heard, over: person), picked: Final(of: picked, over: person), mates: Final(of: mates, over: person), reports: Final(of: reports, over: boss)";
    let figures = toy("1h", &scenario, parts, measures).figures();
    close(figures("heard").mean, 4.0);
    close(figures("picked").mean, 1.0);
    close(figures("reports").mean, 9.0);
    // 90 people in two teams of a and 90 - a have a (a - 1) + (90 - a)(89 - a) mates, at least 2 * 45 * 44.
    assert!(figures("mates").mean >= 44.0);
}

#[test]
fn a_member_of_a_crowd_is_drawn_in_proportion_to_a_weight() {
    let parts =
        "Kind(name: shop, traits: { size: Number(1) }, fields: { visits: Int(0) }, on: { visit: [Set(visits: \"visits + 1\")] }),
        Kind(name: one, every: [(period: \"1s\", do: [Tell(to: \"pick(shops, s, s.size)\", message: visit)])]),";
    let groups = "small: Group(kind: shop, count: 1), shops: Group(kind: shop, count: 2, with: (size: \"3.0\")), ones: Group(kind: one, count: 1)";
    let measures = "visits: Final(of: visits, over: shop), square: Final(of: \"number(visits) * number(visits)\", over: shop)";
    let figures = toy("10001s", groups, parts, measures).figures();
    // The small shop is not of the group.
    close(figures("visits").mean, 10_000.0 / 3.0);
    let story = |weight: &str| {
        let parts = parts.replace("s.size", weight);
        let groups = groups.replace("small: Group(kind: shop, count: 1), shops", "shops");
        Story { length: "10001s", groups: &groups, parts: &parts, measures, replications: 20, warm_up: "0s" }.figures()("square")
    };
    // Two shops alike: the mean square of a count is n p (1 - p) + (n p)² for p = 1/2.
    agrees(story("s.size"), 10_000.0 * 0.25 + 5_000.0_f64.powi(2));
}
