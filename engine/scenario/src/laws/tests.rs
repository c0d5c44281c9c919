//! Laws as found in scenarios, and how they come out in records of them.

use crate::Scenario;
use expect_test::expect;
use rehearsal_trace::Reader;
use std::path::Path;

/// Laws with what is known of each, a line for each.
fn told(scenario: &Scenario) -> String {
    let line = |law: &crate::Law| {
        let parameters = match &law.parameters {
            Ok(parameters) => parameters.iter().map(|parameter| parameter.text().to_owned()).collect::<Vec<_>>().join(", "),
            Err(fault) => format!("NOT: {fault}"),
        };
        let seen = law.unseen().map_or_else(|| "seen".to_owned(), |why| format!("unseen: {why}"));
        format!("{} {} {} [{parameters}] {seen}\n", law.path, law.place, law.text)
    };
    scenario.laws().iter().map(line).collect()
}

fn scenario(path: &str) -> Scenario {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    Scenario::load(&root.join(path), &[]).unwrap_or_else(|faults| panic!("{faults}"))
}

#[test]
fn the_laws_of_the_car_are_named() {
    expect![[r#"
        families/with/value_a_year scenario.ron:23 lognormal(750 EUR, 0.5) [750 EUR, 0.5] unseen: a record does not tell how it comes out
        families/with/patience scenario.ron:23 exponential(5min) [5min] unseen: a record does not tell how it comes out
        families/with/leaves scenario.ron:24 normal(7h 50min, 8min) [7h 50min, 8min] unseen: it stands inside `clock(...)`, which a record does not take apart
        families/with/returns scenario.ron:24 normal(17h 15min, 20min) [17h 15min, 20min] unseen: it stands inside `clock(...)`, which a record does not take apart
        commuters/with/value_a_year scenario.ron:27 lognormal(600 EUR, 0.5) [600 EUR, 0.5] unseen: a record does not tell how it comes out
        commuters/with/patience scenario.ron:27 exponential(6min) [6min] unseen: a record does not tell how it comes out
        commuters/with/leaves scenario.ron:28 normal(7h 40min, 20min) [7h 40min, 20min] unseen: it stands inside `clock(...)`, which a record does not take apart
        commuters/with/returns scenario.ron:28 normal(17h 45min, 30min) [17h 45min, 30min] unseen: it stands inside `clock(...)`, which a record does not take apart
        pensioners/with/value_a_year scenario.ron:31 lognormal(450 EUR, 0.4) [450 EUR, 0.4] unseen: a record does not tell how it comes out
        pensioners/with/patience scenario.ron:31 exponential(12min) [12min] unseen: a record does not tell how it comes out
        pensioners/with/leaves scenario.ron:32 normal(10h 15min, 40min) [10h 15min, 40min] unseen: it stands inside `clock(...)`, which a record does not take apart
        pensioners/with/returns scenario.ron:32 normal(12h, 30min) [12h, 30min] unseen: it stands inside `clock(...)`, which a record does not take apart
        fleet/with/value_a_year scenario.ron:36 lognormal(1400 EUR, 0.4) [1400 EUR, 0.4] unseen: a record does not tell how it comes out
        fleet/with/patience scenario.ron:36 exponential(4min) [4min] unseen: a record does not tell how it comes out
        fleet/with/leaves scenario.ron:37 normal(7h 15min, 15min) [7h 15min, 15min] unseen: it stands inside `clock(...)`, which a record does not take apart
        fleet/with/returns scenario.ron:37 normal(18h, 20min) [18h, 20min] unseen: it stands inside `clock(...)`, which a record does not take apart
        person/traits/patience library/people.ron:9 exponential(6min) [6min] unseen: a record does not tell how it comes out
        person/owns/calendar/fill/per_day library/people.ron:13 poisson(3.0) [3.0] unseen: a record does not tell how it comes out
        person/owns/calendar/fill/length library/people.ron:13 lognormal(50min, 0.5) [50min, 0.5] unseen: a record does not tell how it comes out
        person/on/contacted/if/test library/people.ron:24 chance(min(0.6, 0.02 * got)) [NOT: depends on `got`] unseen: depends on `event`
        feels/traits/loss_weight library/people.ron:53 normal(2.2, 0.3) [2.2, 0.3] unseen: a record does not tell how it comes out
        customer/traits/value_a_year library/people.ron:74 lognormal(600 EUR, 0.6) [600 EUR, 0.6] unseen: a record does not tell how it comes out
        customer/every0/do/if/test library/people.ron:76 chance(0.06 * logistic(-2.5 - 0.8 * memory)) [NOT: depends on `memory`] unseen: a record does not tell how it comes out
        phone/heard library/channels.ron:4 chance(0.6) [0.6] unseen: a record does not tell how it comes out
        sms library/channels.ron:8 uniform(1s, 10s) [1s, 10s] unseen: a record does not tell how it comes out
        sms/notice library/channels.ron:9 lognormal(4min, 1.2) [4min, 1.2] unseen: a record does not tell how it comes out
        sms/heard library/channels.ron:10 chance(0.9) [0.9] unseen: a record does not tell how it comes out
        app/notice library/channels.ron:17 lognormal(9min, 1.5) [9min, 1.5] unseen: a record does not tell how it comes out
        app/heard library/channels.ron:18 chance(0.8) [0.8] unseen: a record does not tell how it comes out
        email library/channels.ron:23 uniform(5s, 2min) [5s, 2min] unseen: a record does not tell how it comes out
        email/notice library/channels.ron:23 lognormal(5h, 1.0) [5h, 1.0] unseen: a record does not tell how it comes out
        email/heard library/channels.ron:23 chance(0.5) [0.5] unseen: a record does not tell how it comes out
        chat/notice/lognormal library/channels.ron:29 lognormal(1min, 0.8) [1min, 0.8] unseen: it stands inside `mixture(...)`, which a record does not take apart
        chat/notice/lognormal#2 library/channels.ron:29 lognormal(6h, 0.8) [6h, 0.8] unseen: it stands inside `mixture(...)`, which a record does not take apart
        chat/heard library/channels.ron:30 chance(0.85) [0.85] unseen: a record does not tell how it comes out
        wechat library/channels.ron:34 uniform(1s, 3s) [1s, 3s] unseen: a record does not tell how it comes out
        wechat/notice library/channels.ron:34 lognormal(6min, 1.3) [6min, 1.3] unseen: a record does not tell how it comes out
        wechat/heard library/channels.ron:34 chance(0.92) [0.92] unseen: a record does not tell how it comes out
        rescue/towing/delay0 library/roads.ron:37 normal(12min, 3min) [12min, 3min] unseen: nothing that a record tells follows it at once: put a Note behind it
        car/traits/wear family.ron:8 gamma(2.0, 0.15) [2.0, 0.15] unseen: a record does not tell how it comes out
        car/healthy/after0 family.ron:12 weibull(1.2, 330d) [1.2, 330d] unseen: depends on `wear`
        car/leaking/every0/do/set/worn family.ron:14 gamma(2.0, 0.2) [2.0, 0.2] unseen: depends on `worn`
        car/leaking/after0 family.ron:15 lognormal(8d, 0.4) [8d, 0.4] seen
        car/light_on/every0/do/set/worn family.ron:19 gamma(2.0, 0.2) [2.0, 0.2] unseen: depends on `worn`
        car/light_on/after0 family.ron:20 exponential(7h) [7h] unseen: it runs only while moving, which a record does not tell
        car/every0/do/set/coolant family.ron:31 normal(0 °C, 3 °C) [0 °C, 3 °C] unseen: depends on `worn`
        driver/day/driving/errand/delay0 family.ron:113 uniform(30min, 90min) [30min, 90min] unseen: it begins after `Drive`, of whose end a record does not tell: put a Note between them
        driver/day/on_foot/entry/if/then/note/with/late family.ron:127 chance(0.3) [0.3] unseen: it is one of several laws, chosen by `chance(0.3)`
        driver/trouble/it_runs/none/on/told/if/test family.ron:166 chance(0.12) [0.12] unseen: depends on `event`
        driver/trouble/it_runs/worried/at0 family.ron:170 uniform(8h 15min, 17h) [8h 15min, 17h] unseen: it stands inside `clock(...)`, which a record does not take apart
        driver/trouble/it_runs/asking/call/talk family.ron:176 lognormal(4min, 0.4) [4min, 0.4] unseen: a record does not tell how it comes out
        driver/trouble/it_runs/calling/call/talk family.ron:186 lognormal(6min, 0.5) [6min, 0.5] unseen: a record does not tell how it comes out
        driver/trouble/it_runs/calling/call/lost/delay0 family.ron:204 exponential(3h) [3h] unseen: it stands in a branch or loop, so a record does not tell when it begins
        driver/trouble/stuck/delay0 family.ron:242 normal(5min, 1min) [5min, 1min] seen
        driver/trouble/calling_for_help/let/hold family.ron:250 lognormal(3min, 0.8) [3min, 0.8] unseen: a record does not tell how it comes out
        driver/trouble/calling_for_help/delay0 family.ron:251 lognormal(4min, 0.4) [4min, 0.4] unseen: depends on `hold`
        driver/trouble/gave_up/delay0 family.ron:274 exponential(5d) [5d] seen
        dealer/owns/pumps/lead_time dealer.ron:14 lognormal(3d, 0.4) [3d, 0.4] unseen: a record does not tell how it comes out
        dealer/source/other_caller dealer.ron:40 other_calls / 1h [9] seen
        repair/working/delay0 dealer.ron:52 normal(45min, 10min) [45min, 10min] unseen: it begins after `Seize`, of whose end a record does not tell: put a Note between them
        repair/working/delay1/lognormal dealer.ron:54 lognormal(4h, 0.5) [4h, 0.5] unseen: it is one of several laws, chosen by `urgent`
        repair/working/delay1/lognormal#2 dealer.ron:54 lognormal(80min, 0.4) [80min, 0.4] unseen: it is one of several laws, chosen by `urgent`
        other_caller/calling/seize/renege_after dealer.ron:69 exponential(8min) [8min] unseen: a record does not tell how it comes out
        other_caller/calling/delay0 dealer.ron:70 lognormal(6min, 0.5) [6min, 0.5] unseen: it begins after `Seize`, of whose end a record does not tell: put a Note between them
    "#]].assert_eq(&told(&scenario("broken-down-car")));
}

#[test]
fn the_laws_of_research_models_are_named() {
    let files =
        ["machine-repair.ron", "replacement.ron", "jackson.ron", "mm1-first.ron", "mg1.ron", "erlang-a.ron", "epidemic.ron"];
    let text: String = files.map(|file| told(&scenario(&format!("research/{file}")))).join("\n");
    expect![[r#"
        machine/running/after0 machine-repair.ron:19 exponential(runs) [10h] seen
        machine/down/delay0 machine-repair.ron:25 exponential(repair) [2h] seen

        part/working/after0 replacement.ron:20 weibull(shape, scale) [2, 40d] seen

        shop/source/job jackson.ron:12 jobs [6] seen
        job/cutting/delay0 jackson.ron:25 exponential(cut) [NOT: depends on `cut`] unseen: it begins after `Seize`, of whose end a record does not tell: put a Note between them
        job/welding/delay0 jackson.ron:30 exponential(weld) [NOT: depends on `weld`] unseen: it begins after `Seize`, of whose end a record does not tell: put a Note between them
        job/welding/if/test jackson.ron:31 chance(crooked) [NOT: depends on `crooked`] unseen: a record does not tell how it comes out
        job/painting/delay0 jackson.ron:36 exponential(paint) [NOT: depends on `paint`] unseen: it begins after `Seize`, of whose end a record does not tell: put a Note between them
        job/painting/if/test jackson.ron:37 chance(poor) [NOT: depends on `poor`] unseen: a record does not tell how it comes out

        system/source/customer mm1-first.ron:13 arrivals [8] unseen: it runs only while "came < customers", which a record does not tell
        customer/there/delay0 mm1-first.ron:25 exponential(needs) [NOT: depends on `needs`] seen

        system/source/customer mg1.ron:10 arrivals [6] seen
        system/source/customer/with/needs mg1.ron:10 lognormal(service, spread) [6min, 0.7] unseen: a record does not tell how it comes out

        desk/source/caller erlang-a.ron:11 calls [110] seen
        desk/source/caller/with/talk erlang-a.ron:11 exponential(talk) [6min] unseen: a record does not tell how it comes out
        desk/source/caller/with/patience erlang-a.ron:11 exponential(patience) [4min] unseen: a record does not tell how it comes out

        person/traits/first epidemic.ron:16 chance(at_first) [0.01] unseen: a record does not tell how it comes out
        person/ill/let/lasts epidemic.ron:22 exponential(heals) [5d] unseen: a record does not tell how it comes out
        person/ill/foreach/do/let/after epidemic.ron:24 exponential(catches) [15d] unseen: a record does not tell how it comes out
    "#]].assert_eq(&text);
}

#[test]
fn what_comes_out_in_a_record_is_what_was_drawn() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.trace");
    let scenario = scenario("research/machine-repair.ron");
    scenario.rehearse(0, 1, 0, Some(&file)).expect("it runs");
    let record = Reader::open(&file).expect("a trace");
    let seen = scenario.seen(&record).expect("it fits");
    for (law, seen) in scenario.laws().iter().zip(&seen) {
        let ended = seen.iter().filter(|sighting| !sighting.cut_off).count() as f64;
        let mean = seen.iter().map(|sighting| sighting.value).sum::<f64>() / ended;
        let written = law.parameters.as_ref().expect("numbers")[0].value;
        assert!(ended > 1000.0 && (mean / written - 1.0).abs() < 0.1, "{}: {mean} and {written}", law.path);
    }
}

#[test]
fn tables_tell_values_in_either_form() {
    let scenario = scenario("research/machine-repair.ron");
    let long = "what,value,censored\nmachine/running/after0,9h,\nmachine/running/after0,90 min,true\nmachine/down/delay0,2h+,0\n";
    let told = scenario.told("a.csv", long).expect("a table");
    let plain = |law: usize| told.found[law].iter().map(|seen| (seen.value, seen.cut_off)).collect::<Vec<_>>();
    assert_eq!((plain(0), plain(1)), (vec![(32_400.0, false), (5_400.0, true)], vec![(7_200.0, true)]));
    let wide = "id,machine/running/after0 [h],machine/down/dely0 [min]\n1,9,\n2,1.5+,4\n";
    let wide = scenario.told("b.csv", wide).expect("a table");
    assert_eq!(wide.found[0], told.found[0]);
    assert_eq!(wide.ignored, ["`id`", "`machine/down/dely0` (did you mean `machine/down/delay0`?)"]);
    let wrong =
        "what,value\nmachine/runing/after0,3h\nmachine/down/delay0,soon\nmachine/down/delay0,-3h\nmachine/down/delay0,7\n";
    expect![[r#"
        c.csv:2: there is no law `machine/runing/after0` (did you mean `machine/running/after0`?)
        c.csv:3: `soon` is no number (`machine/down/delay0`)
        c.csv:4: `-3h` is negative, and exponential gives no negative time (`machine/down/delay0`)
        c.csv:5: `7` has no unit, and the law gives values in s: write 7s, or name the unit (`machine/down/delay0`)"#]]
    .assert_eq(&scenario.told("c.csv", wrong).expect_err("faults").join("\n"));
    let nothing = scenario.told("d.csv", "name,wait\nx,3\n").expect_err("a fault");
    assert!(nothing[0].starts_with("d.csv:1: no column is a law of the scenario, found name, wait"), "{nothing:?}");
    assert!(scenario.told("e.csv", "").is_err());
}

#[test]
fn numbers_change_and_all_else_stays() {
    let scenario = scenario("research/replacement.ron");
    let changed = scenario.rewritten(&[(0, vec![(1.5, Some(0.1)), (30.0 * 86_400.0, Some(86_400.0))])]);
    let [file] = changed.as_slice() else { panic!("one file") };
    assert_eq!(file.after, file.before.replace("shape: 2, scale: \"40d\"", "shape: 1.5, scale: \"30d\""));
    assert_ne!(file.after, *file.before);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/research/replacement.ron");
    let again = Scenario::load_rewritten(&root, &changed).unwrap_or_else(|faults| panic!("{faults}"));
    let values: Vec<f64> = again.laws()[0].parameters.as_ref().expect("numbers").iter().map(|p| p.value).collect();
    assert_eq!(values, [1.5, 30.0 * 86_400.0]);
    assert!(scenario.rewritten(&[(0, vec![(2.0, None), (40.0 * 86_400.0, None)])]).is_empty(), "nothing changes");
}

#[test]
fn a_record_of_another_scenario_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.trace");
    scenario("research/mg1.ron").rehearse(0, 1, 0, Some(&file)).expect("it runs");
    let record = Reader::open(&file).expect("a trace");
    let error = scenario("research/machine-repair.ron").seen(&record).expect_err("another").to_string();
    expect!["it was recorded of `mg1`, and this scenario has no kind `system`; give a record of `machine-repair` or of a changed copy of it"].assert_eq(&error);
}

/// A shop in which a law of each form comes out, and other things come in between.
const SHOP: &str = r#"[
    Scenario(title: "A shop", start: "2026-01-01 00:00", length: "400d", groups: {
        shops: Group(kind: shop, count: 20),
    }),
    Kind(
        name: shop,
        params: { far: "3h" },
        // Bells come on their own, and end the stay in `open` just as its timer does.
        every: [(period: "exponential(2h)", do: [Tell(to: self, message: bell)])],
        sources: [Source(kind: guest, every: "gamma(2.0, 90min)")],
        initial: open,
        states: {
            open: State(after: [(delay: "exponential(far)", goto: shut)], on: { bell: [Goto(shut)] }),
            shut: State(process: [
                Delay("2 * uniform(10min, 20min) + 5min"),
                Note(swept),
                Delay("max(30min, normal(35min, 10min))"),
                Goto(open),
            ]),
        },
    ),
    Kind(
        name: guest,
        initial: looking,
        states: { looking: State(
            after: [(delay: "weibull(1.5, 40min)", while: "true", do: [End]), (delay: "lognormal(1h, 0.5)", goto: buying)],
        ), buying: State(process: [Delay("erlang(3, 12min)"), If(test: "chance(0.5)", then: [Goto(looking)]), End]) },
    ),
    Measures({ swept: Count(of: swept, label: "swept") }),
]"#;

#[test]
fn what_comes_between_is_cut_off_and_not_taken_for_the_law() {
    let scenario = Scenario::from_text("shop", SHOP, &[]).unwrap_or_else(|faults| panic!("{faults}"));
    expect![[r#"
        shop/every0 shop.ron:9 exponential(2h) [2h] unseen: a record does not tell how it comes out
        shop/source/guest shop.ron:10 gamma(2.0, 90min) [2.0, 90min] seen
        shop/open/after0 shop.ron:13 exponential(far) [3h] seen
        shop/shut/delay0 shop.ron:15 uniform(10min, 20min) [10min, 20min] seen
        shop/shut/delay1 shop.ron:17 normal(35min, 10min) [35min, 10min] seen
        guest/looking/after0 shop.ron:26 weibull(1.5, 40min) [1.5, 40min] unseen: it runs only while "true", which a record does not tell
        guest/looking/after1 shop.ron:26 lognormal(1h, 0.5) [1h, 0.5] seen
        guest/buying/delay0 shop.ron:27 erlang(3, 12min) [3, 12min] seen
        guest/buying/if/test shop.ron:27 chance(0.5) [0.5] unseen: a record does not tell how it comes out
    "#]].assert_eq(&told(&scenario));
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.trace");
    scenario.rehearse(0, 5, 0, Some(&file)).expect("it runs");
    let seen = scenario.seen(&Reader::open(&file).expect("a trace")).expect("it fits");
    let of = |path: &str| {
        let number = scenario.laws().iter().position(|law| law.path == path).expect(path);
        &seen[number]
    };
    let whole = |path: &str| of(path).iter().filter(|seen| !seen.cut_off).map(|seen| seen.value).collect::<Vec<f64>>();
    let mean = |path: &str| whole(path).iter().sum::<f64>() / whole(path).len() as f64;
    let near = |found: f64, truth: f64| assert!((found / truth - 1.0).abs() < 0.03, "{found} and {truth}");
    // Exponential: all time by how often the timer itself rang; two in five stays.
    let stays = of("shop/open/after0");
    near(stays.iter().map(|seen| seen.value).sum::<f64>() / whole("shop/open/after0").len() as f64, 3.0 * 3600.0);
    near(whole("shop/open/after0").len() as f64 / stays.len() as f64, 0.4);
    near(mean("shop/shut/delay0"), 900.0);
    let (low, high) = whole("shop/shut/delay0").iter().fold((f64::MAX, 0.0), |(a, b): (f64, f64), v| (a.min(*v), b.max(*v)));
    assert!((600.0 - 1e-6..620.0).contains(&low) && (1180.0..=1200.0 + 1e-6).contains(&high), "{low} {high}");
    // Below 30 min lie 30.9 % of a normal law with mean 35 min and deviation 10 min.
    let lifted = of("shop/shut/delay1").iter().filter(|seen| seen.lifted).count() as f64;
    near(lifted / of("shop/shut/delay1").len() as f64, 0.3085);
    near(mean("shop/source/guest"), 3.0 * 3600.0);
    near(mean("guest/buying/delay0"), 720.0);
}
