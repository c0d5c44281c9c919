//! The mechanisms of the library, each in its own small scenario: what must hold, sums by hand, theory where there is some.
//!
//! Chance has fixed seeds. Where a figure is compared with theory see `story::agrees`: three half-widths, and narrow ones.

use rehearsal_tests::story::{Figure, agrees, close};
use rehearsal_tests::{none, rehearsal, root};
use serde_json::Value;
use std::fs;

/// What a mechanism's scenario comes to, with some of its numbers changed.
fn result(mechanism: &str, settings: &[&str]) -> Value {
    let mut command = rehearsal();
    command.args(["run", "--format", "json"]).arg(format!("scenarios/mechanisms/{mechanism}.ron"));
    settings.iter().for_each(|setting| {
        command.args(["--set", setting]);
    });
    let output = command.output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// The figures of one policy, by name.
fn under(result: &Value, policy: &str) -> impl Fn(&str) -> Figure + use<> {
    let policies = result["policies"].as_array().expect("policies");
    let found = policies.iter().find(|found| found["name"] == policy).unwrap_or_else(|| panic!("no policy {policy}"));
    let measures = found["measures"].clone();
    move |name| {
        let figure = &measures[name];
        let mean = figure["mean"].as_f64().unwrap_or_else(|| panic!("{name} has no figure: {measures:#}"));
        Figure { mean, half_width: figure["ci"][1].as_f64().map_or(0.0, |high| high - mean) }
    }
}

/// The figures of a mechanism without policies.
fn figures(mechanism: &str, settings: &[&str]) -> impl Fn(&str) -> Figure + use<> {
    under(&result(mechanism, settings), "as_it_is")
}

/// One figure lies above another by more than both are unsure of.
#[track_caller]
fn above(high: Figure, low: Figure) {
    assert!(high.mean - high.half_width > low.mean + low.half_width, "{high:?} is not above {low:?}");
}

#[test]
fn every_mechanism_is_shown_and_passes_without_warnings() {
    let mut faults = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(root().join("scenarios/mechanisms")).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|ending| ending == "ron") {
            count += 1;
            let output = rehearsal().args(["check", "--deny-warnings"]).arg(&path).output().expect("the command starts");
            if !output.status.success() {
                faults.push(format!("{}: {}", path.display(), String::from_utf8_lossy(&output.stderr)));
            }
        }
    }
    assert!(count > 0, "there are no mechanisms");
    none(&faults, "mechanisms with faults or warnings");
}

#[test]
fn lifts_carry_everyone_who_does_not_walk() {
    for lifts in ["4", "1"] {
        let figures = figures("buildings", &[&format!("tower.lift_count={lifts}"), "lift.seats=6"]);
        // Four ways a day for each of 400 people.
        close(figures("rides").mean + figures("stairs").mean, 1600.0);
        close(figures("at_work").mean, 400.0);
        close(figures("home").mean, 400.0);
        assert!(figures("fullest").mean <= 6.0);
    }
    above(figures("buildings", &["tower.lift_count=2"])("wait"), figures("buildings", &[])("wait"));
}

#[test]
fn one_rider_takes_what_a_sum_by_hand_says() {
    // Stopping and opening 2.5 s + 2.5 s, in 1 s, closing 2.5 s, six floors of 3.6 m at 2.5 m/s, stopping and opening.
    let figures = figures("buildings", &["tower.people=1", "worker.lowest=6", "worker.storeys=1"]);
    close(figures("trip").mean, 5.0 + 1.0 + 2.5 + 6.0 * 3.6 / 2.5 + 5.0);
    close(figures("wait").mean, 5.0);
}

#[test]
fn nobody_is_lost_in_a_crowd() {
    for settings in [&[][..], &["square.room=30", "ride.runs=2h"]] {
        let figures = figures("crowds", settings);
        close(figures("left").mean, figures("came").mean);
        close(figures("entered").mean + figures("turned_away").mean, figures("came").mean);
        close(figures("rides").mean + figures("gave_up").mean, figures("entered").mean);
        assert!(figures("rides").mean <= 24.0 * figures("departures").mean);
        assert!(figures("fullest").mean <= if settings.is_empty() { 120.0 } else { 30.0 });
    }
    let (wide, small) = (figures("crowds", &[]), figures("crowds", &["square.room=30"]));
    above(small("turned_away"), wide("turned_away"));
    above(wide("slow"), wide("fast"));
}

#[test]
fn a_crowd_walks_slowly_and_one_alone_at_weidmanns_speed() {
    let free = figures("crowds", &["square.floor_space=1000000"])("crossing");
    assert!((free.mean - 80.0 / 1.34).abs() < 1e-6, "{free:?}");
    above(figures("crowds", &[])("crossing"), free);
}

/// How likely an arrival waits in an M/M/c queue, offered so much work.
fn erlang_c(servers: u32, work: f64) -> f64 {
    let (mut term, mut sum) = (1.0, 1.0);
    for busy in 1..servers {
        term *= work / f64::from(busy);
        sum += term;
    }
    let last = term * work / f64::from(servers) * f64::from(servers) / (f64::from(servers) - work);
    last / (sum + last)
}

/// A desk whose calls go to anybody at once, with a fifth agent around the clock and nobody who leaves a number.
const ONE_LINE: &[&str] =
    &["service.overflow_after=0s", "service.callbacks=0", "all_rounder.begins=00:00", "all_rounder.ends=00:00"];

#[test]
fn a_desk_where_everybody_takes_every_call_waits_as_erlang_c_says() {
    // 28 calls an hour of 6 minutes, five agents.
    let figures = figures("desks", &[ONE_LINE, &["customer.patience=100000h", "scenario.length=60d"]].concat());
    agrees(figures("hold"), erlang_c(5, 2.8) * 360.0 / (5.0 - 2.8));
    // A patience of years: of 40,000 calls hardly one is hung up.
    assert!(figures("hung_up").mean < 1.0);
}

#[test]
fn a_desk_whose_callers_lose_patience_loses_as_many_as_erlang_a_says() {
    // A birth-death process: 28 calls an hour; talk of 6 min, five agents; patience of 5 min.
    let (mut weight, mut sum, mut waiting) = (1.0, 1.0, 0.0);
    for state in 1..500 {
        let (busy, in_line) = (f64::from(state.min(5)), f64::from((state - 5).max(0)));
        weight *= 28.0 / (10.0 * busy + 12.0 * in_line);
        sum += weight;
        waiting += weight * in_line;
    }
    let figures = figures("desks", ONE_LINE);
    agrees(figures("in_line"), waiting / sum);
    agrees(figures("lost"), 100.0 * 12.0 * (waiting / sum) / 28.0);
}

#[test]
fn calls_go_to_those_who_can_help_and_end_in_one_way() {
    let usual = figures("desks", &["experiment.warm_up=0s"]);
    // Who is on the phone as the run ends is not done: of 14,000 calls a handful.
    let ended = usual("answered").mean + usual("back").mean + usual("hung_up").mean;
    assert!((usual("calls").mean - ended) / usual("calls").mean < 0.002, "{ended} of {:?}", usual("calls"));
    let strict = figures("desks", &["experiment.warm_up=0s", "service.overflow_after=1000h"]);
    close(strict("fitting").mean, 100.0);
    // Sharing helps: one line loses fewer than two.
    above(strict("lost"), usual("lost"));
    // A number that is left is called back, or given up.
    assert!(usual("back").mean > 0.8 * usual("numbers").mean && usual("back").mean <= usual("numbers").mean);
}

#[test]
fn agents_keep_their_shifts_and_the_urgent_go_first() {
    // All from 08:00 to 16:00: who calls later leaves a number, waits, or hangs up.
    let shifts = figures("desks", &["agent.begins=08:00", "agent.ends=16:00"]);
    close(shifts("at_night").mean, 0.0);
    assert!(shifts("answered").mean > 0.0);
    let usual = figures("desks", &["customer.faults=24 / 1h"]);
    assert!(usual("at_night").mean > 0.0);
    above(usual("hold"), usual("urgent"));
}

#[test]
fn goods_are_neither_lost_nor_made_on_the_way() {
    for settings in [&[][..], &["coffee.least=20", "maker.held=80", "maker.reorder_at=40"], &["shop.buyers=30 / 1d"]] {
        let figures = figures("supply", settings);
        let mean = |name| figures(name).mean;
        close(mean("wants"), mean("bought") + mean("other") + mean("lost"));
        close(mean("placed"), mean("arrived") + mean("on_way") + mean("on_way_tea"));
        close(60.0 + 20.0 + mean("arrived"), mean("bought") + mean("other") + mean("left") + mean("left_tea"));
        assert!(mean("least") <= 0.0, "a shelf below nothing");
    }
}

#[test]
fn a_supplier_that_is_short_of_goods_costs_the_shop_sales() {
    let (usual, plenty) = (figures("supply", &[]), figures("supply", &["maker.held=1000", "maker.reorder_at=800"]));
    close(plenty("owed").mean, 0.0);
    above(usual("owed"), plenty("owed"));
    above(usual("lost"), plenty("lost"));
    // Substitutes save sales.
    above(figures("supply", &["buyer.takes_other=0"])("lost"), figures("supply", &["buyer.takes_other=1"])("lost"));
}

#[test]
fn every_appointment_ends_in_one_way() {
    for settings in [&[][..], &["patient.moves=0.8", "patient.cancels=0.5"], &["doctor.rooms=1", "practice.booked_up=1"]] {
        let figures = figures("appointments", settings);
        let mean = |name| figures(name).mean;
        // At the end, at midnight, nobody is at the doctor's.
        let open = mean("open") / 100.0 * 200.0;
        close(mean("made"), mean("visits") + mean("no_shows") + mean("moved") + mean("cancelled") + open);
        close(mean("made"), mean("asked") - mean("none") + mean("moved"));
    }
}

#[test]
fn who_is_reminded_forgets_less() {
    for (remind, forgets) in [("1d", 0.07), ("0s", 0.2)] {
        let figures = figures("appointments", &[&format!("doctor.remind={remind}")]);
        let (forgot, came) = (figures("no_shows").mean, figures("visits").mean);
        // Ten replications; four standard deviations of a binomial share.
        let spread = 4.0 * (forgets * (1.0 - forgets) / (10.0 * (forgot + came))).sqrt();
        assert!((forgot / (forgot + came) - forgets).abs() < spread, "{forgot} of {}, {forgets} forget", forgot + came);
    }
}

#[test]
fn a_customer_is_worth_what_a_geometric_sum_says() {
    // Nobody minds how it was; each month one in ten leaves, after its margin was earned.
    let fixed = ["relationship.by_memory=0", "relationship.leaves=0.1", "subscriber.first=1"];
    let plain = figures("bonds", &[&fixed[..], &["relationship.discount=0"]].concat());
    agrees(plain("value"), 20.0 / 0.1);
    agrees(plain("stayed"), 30.0 / 0.1);
    let month = 1.08_f64.powf(-30.0 / 365.0);
    agrees(figures("bonds", &fixed)("value"), 20.0 * month / (1.0 - 0.9 * month));
}

#[test]
fn good_service_keeps_customers_and_brings_their_friends() {
    let (poor, good) = (figures("bonds", &["subscriber.quality=-0.3"]), figures("bonds", &["subscriber.quality=0.8"]));
    above(good("memory"), poor("memory"));
    above(good("value"), poor("value"));
    above(good("sent"), poor("sent"));
    for figures in [poor, good] {
        close(1000.0 * figures("thanked").mean, figures("sent").mean);
        close(figures("joined").mean, figures("left").mean + 10.0 * figures("still").mean);
    }
}

#[test]
fn weather_varies_as_its_processes_say() {
    let figures = figures("weather", &[]);
    // First-order autoregression; a process of two states; half of the year is day.
    agrees(figures("departure"), 0.9 * 0.9 / (1.0 - 0.97 * 0.97));
    agrees(figures("raining"), 100.0 * 5.0 / 35.0);
    agrees(figures("lasted"), 5.0);
    assert!((figures("light").mean - 50.0).abs() < 0.2);
    // At midsummer the day at 47° is acos(-tan 47° tan 23.45°) / 180° of 24 h; looked at each 5 min, two changes a day.
    let day = (-(47.0_f64.to_radians().tan() * 23.45_f64.to_radians().tan())).acos().to_degrees() / 180.0 * 24.0;
    assert!((figures("june").mean - day).abs() < 2.0 / 12.0, "{:?} against {day}", figures("june"));
    // Walkers see the rain on the board, and a record comes from its file.
    close(figures("wet_walks").mean, 0.0);
    close(figures("walks").mean + figures("stayed").mean, 50.0 * 365.0);
    close(figures("recorded").mean, 8.0);
    close(figures("hottest").mean, 27.0);
}

#[test]
fn fuel_is_neither_lost_nor_made_and_vans_come_when_they_said() {
    for settings in [&[][..], &["fuelled.tank=12", "fuelled.keeps_back=4"]] {
        let figures = figures("fleets", settings);
        let mean = |name| figures(name).mean;
        close(mean("burnt"), 0.07 * mean("driven"));
        assert!((60.0 * (mean("at_first") - mean("at_last")) + mean("filled") - mean("burnt")).abs() < 1e-6);
        close(mean("spent"), 1.60 * mean("filled"));
        close(mean("dry"), 0.0);
        // The time that is told holds, but for drives that run into another hour's traffic.
        assert!(mean("late").abs() < 60.0);
        close(mean("asked") - mean("delivered"), mean("open") / 100.0 * 40.0);
    }
    let (few, many) = (figures("fleets", &["warehouse.van_count=3"]), figures("fleets", &["warehouse.van_count=8"]));
    above(few("wait"), many("wait"));
}

#[test]
fn every_cent_and_every_point_is_somewhere() {
    for settings in [&[][..], &["loyalty_card.idle=60d", "loyalty_card.gold_at=400", "reader.price=12 EUR"]] {
        let figures = figures("money", settings);
        let mean = |name| figures(name).mean;
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-9 * a.abs().max(b.abs()), "{a} against {b}");
        near(300.0 * (50.0 + mean("earned")), 300.0 * mean("purses") + mean("revenue"));
        near(mean("in_till"), mean("revenue") - mean("costs.goods") - mean("costs.rent"));
        near(mean("points_earned"), mean("points_used") + mean("points_void") + 300.0 * mean("points_left"));
        near(mean("costs.goods"), 0.6 * mean("sales") * if settings.is_empty() { 18.0 } else { 12.0 });
        close(mean("costs.rent"), 23.0 * 900.0);
    }
    above(figures("money", &["loyalty_card.point_worth=0.05 EUR"])("sales"), figures("money", &[])("sales"));
}

#[test]
fn who_knows_the_moment_writes_seldom_and_to_the_point() {
    let result = result("context", &[]);
    let [silent, always, then] = ["silent", "to_everybody", "in_the_moment"].map(|policy| under(&result, policy));
    close(silent("messages").mean, 0.0);
    close(silent("wet").mean, 100.0);
    // To everybody, each morning of 60 days.
    close(always("messages").mean, 60.0);
    above(always("messages"), then("messages"));
    above(silent("wet"), then("wet"));
    above(then("useful"), always("useful"));
}

#[test]
fn a_channel_is_read_and_answered_as_its_figures_say() {
    let result = result("channels", &[]);
    let share = |policy: &str| {
        let figures = under(&result, policy);
        let (sent, read) = (figures("sent").mean, figures("read").mean);
        // Of those that were read, 40 % are answered; four standard deviations over five replications, and some on the way.
        let spread = 4.0 * (0.4 * 0.6 / (5.0 * read)).sqrt() + 0.02;
        assert!((figures("answered").mean / read - 0.4).abs() < spread, "{policy}");
        assert!(sent + figures("no_consent").mean + figures("capped").mean <= figures("asked").mean + 1e-9);
        (read / sent, 4.0 / (5.0 * sent).sqrt() / 2.0)
    };
    for (policy, heard) in [("by_sms", 0.9), ("by_chat", 0.85), ("by_wechat", 0.92), ("by_app", 0.8)] {
        let (found, spread) = share(policy);
        assert!((found - heard).abs() < spread, "{policy}: {found} is read, {heard} is noticed");
    }
    let (email, wechat) = (under(&result, "by_email"), under(&result, "by_wechat"));
    // E-mail has no hours: all that happened was sent, or not agreed to.
    close(email("sent").mean + email("no_consent").mean, email("asked").mean);
    above(email("until_read"), wechat("until_read"));
    above(wechat("answered"), email("answered"));
}

#[test]
fn what_a_library_file_holds_beyond_what_is_used_asks_for_nothing() {
    // Of roads.ron only the vehicle: its rescues tell things that nobody here would hear.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (story, library) = (folder.path().join("story"), folder.path().join("library"));
    std::fs::create_dir(&library).and_then(|()| std::fs::create_dir(&story)).expect("two folders");
    std::fs::copy(rehearsal_tests::root().join("scenarios/library/roads.ron"), library.join("roads.ron")).expect("a copy");
    let map = rehearsal_tests::root().join("scenarios/data/andorra.osm.pbf");
    let text = format!(
        "[Scenario(title: \"A van\", use: [\"library/roads\"], start: \"2026-11-02 00:00\", length: \"1d\", space: Roads(file: \"{}\"),
            groups: {{ vans: Group(kind: van, count: 3, at: Homes) }}),
          Kind(name: van, like: [vehicle(top_speed: \"80 km/h\")], every: [(period: \"2h\", do: [
            Move(who: self, to: \"near(here, 5km)\"), Note(name: there, with: (took: waited)),
          ])]),
          Measures({{ took: Tally(at: there, of: \"event.took\", unit: min) }}), Experiment(replications: 1)]",
        map.display()
    );
    std::fs::write(story.join("scenario.ron"), text).expect("a file");
    for args in [&["check", "--deny-warnings"][..], &["run"]] {
        let output = rehearsal_tests::rehearsal().args(args).arg(&story).output().expect("the command starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn an_order_is_taken_as_a_whole_or_not_at_all() {
    for settings in [&[][..], &["whole.hitch=0.5", "shop.at_first=5"], &["buyer.credit=200 EUR", "buyer.earns=10 EUR"]] {
        let result = result("actions", settings);
        let (whole, piecemeal) = (under(&result, "whole"), under(&result, "piecemeal"));
        let mean = |name| whole(name).mean;
        // What was set aside was shipped or went back; money, slots, plans and cases alike.
        close(mean("aside"), mean("shipped") + mean("back"));
        close(mean("charged") - mean("refunded"), 180.0 * mean("shipped"));
        close(mean("booked") - mean("given_up"), mean("shipped"));
        close(mean("changes") - mean("undone_by.Change"), mean("shipped"));
        close(mean("undone_by.SetAside"), mean("back"));
        close(mean("undone_by.Book"), mean("given_up"));
        close(mean("called_off"), mean("undone_by.Start"));
        // Of what has a case already no second one is opened, and the first is not withdrawn.
        assert!(mean("withdrawn") <= mean("undone_by.OpenCase") && mean("withdrawn") > 0.0);
        close(mean("not_undone"), 0.0);
        // Every cent is somewhere, and every parcel.
        let purses = |figures: &dyn Fn(&str) -> Figure| {
            50.0 * (figures("at_first").mean + figures("earned").mean - figures("balance").mean)
        };
        assert!((purses(&whole) - 180.0 * mean("shipped")).abs() < 1e-6);
        assert!(mean("parcels") * 50.0 <= mean("shipped"));
        // Step by step, what was paid for and not there stays paid, and what was set aside and not paid stays aside.
        assert!(piecemeal("aside").mean - piecemeal("shipped").mean > 0.0);
        close(piecemeal("undone").mean, 0.0);
        // A complaint is closed by the policy or, after three days, by somebody at the desk.
        assert!(mean("by_hand") <= mean("escalated"));
        assert!(mean("escalated") <= mean("complaints"));
    }
}
