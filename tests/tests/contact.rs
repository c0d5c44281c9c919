//! Contacts and their gates: small stories with sums by hand, and the newsletter of `fixtures/newsletter.ron` recounted from
//! its record, whatever the seed.

use proptest::prelude::*;
use rehearsal_scenario::{Replication, Scenario, Time};
use rehearsal_tests::story::{close, toy};
use rehearsal_tests::{Copied, rehearsal, root};
use rehearsal_trace::{Contact, Fields, Reader, Record, Value, What};
use std::collections::BTreeMap;
use std::sync::LazyLock;

const HOUR: u64 = 3_600_000_000_000;
const DAY: u64 = 24 * HOUR;

const NEWSLETTER: &str = "tests/fixtures/newsletter.ron";

/// Its policies: one that is silent, and one that writes.
const EAGER: usize = 1;

static SCENARIO: LazyLock<Scenario> = LazyLock::new(|| {
    Scenario::load(&root().join(NEWSLETTER), &[]).unwrap_or_else(|faults| panic!("{}", faults.render(false, 120)))
});

/// The record of a run of the newsletter.
fn recorded(seed: u64) -> Vec<Record> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("day.trace");
    SCENARIO.rehearse(EAGER, seed, 0, Some(&file)).expect("a run");
    let reader = Reader::open(&file).expect("a trace");
    reader.records().map(|record| record.expect("a record")).collect()
}

/// The contacts of a record, with their moments.
fn contacts(records: &[Record]) -> impl Iterator<Item = (u64, &Contact)> {
    records.iter().filter_map(|record| match &record.what {
        What::Contact(contact) => Some((record.at, contact)),
        _ => None,
    })
}

fn was_sent(contact: &Contact) -> bool {
    matches!(contact.outcome.as_str(), "sent" | "unheard")
}

fn field<'f>(fields: &'f Fields, name: &str) -> Option<&'f Value> {
    fields.iter().find(|(have, _)| have == name).map(|(_, value)| value)
}

/// The caps of the newsletter: the category that each counts (all but recalls where `None`), how many, and the stretch.
const CAPS: [(Option<&str>, usize, u64); 3] = [(Some("offers"), 1, DAY), (Some("news"), 1, 2 * DAY), (None, 10, 14 * DAY)];

/// No stretch of a cap holds more than it allows, recounted for everyone from all that was ever sent.
fn caps_hold(records: &[Record]) {
    for (category, at_most, per) in CAPS {
        let mut sent: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
        let counts = |contact: &Contact| category.map_or(contact.category != "recall", |only| contact.category == only);
        for (at, contact) in contacts(records).filter(|(_, contact)| was_sent(contact) && counts(contact)) {
            sent.entry(contact.to).or_default().push(at);
        }
        assert!(!sent.is_empty(), "nobody got {category:?}");
        for (who, moments) in sent {
            for from in &moments {
                let inside = moments.iter().filter(|at| (*from..=from + per).contains(at)).count();
                assert!(inside <= at_most, "{inside} of {category:?} to {who} from {from} on");
            }
        }
    }
}

/// What one reader is offered: how many offers were asked for and came to their end, and whether the reader agrees.
#[derive(Default)]
struct Reading {
    asked: usize,
    ended: usize,
    agrees: Option<bool>,
    withdrew: bool,
}

/// Nobody is offered anything without consent, and what waits when it is withdrawn ends at that moment.
fn consent_holds(records: &[Record]) {
    let mut readers: BTreeMap<u32, Reading> = BTreeMap::new();
    let mut dropped = 0;
    for record in records {
        match &record.what {
            What::Note { actor, name, .. } if name == "withdrew" || name == "agreed_again" => {
                let reading = readers.entry(*actor).or_default();
                let agrees = name == "agreed_again";
                assert_ne!(reading.agrees, Some(agrees), "consent comes and goes in turn");
                (reading.agrees, reading.withdrew) = (Some(agrees), !agrees);
            }
            What::Decision(decision) => {
                let reading = readers.entry(decision.profile).or_default();
                if std::mem::take(&mut reading.withdrew) {
                    assert_eq!(reading.asked, reading.ended, "something waits for {} without consent", decision.profile);
                }
                reading.asked += usize::from(decision.rule == "looked_at");
            }
            What::Contact(contact) if contact.category == "offers" => {
                let reading = readers.entry(contact.to).or_default();
                let no_consent = contact.gates.iter().any(|gate| gate.gate == "consent" && !gate.passed);
                reading.ended += usize::from(contact.outcome != "deferred");
                assert!(no_consent || reading.agrees != Some(false), "{} without consent: {contact:?}", contact.to);
                dropped += usize::from(no_consent && reading.withdrew);
            }
            _ => {}
        }
    }
    assert!(dropped > 0, "nothing waited when consent was withdrawn");
    assert!(readers.values().all(|reading| reading.ended <= reading.asked));
}

/// Between nine at night and eight in the morning by the reader's clock nothing is sent but recalls.
fn nights_are_quiet(records: &[Record]) {
    let (mut at_night, mut recalls) = (0, 0);
    for (at, contact) in contacts(records).filter(|(_, contact)| was_sent(contact)) {
        // The second group of twenty lives nine hours behind; the story begins at midnight.
        let behind = if contact.to & 0xff_ffff < 20 { 0 } else { 9 * HOUR };
        let clock = (at + DAY - behind) % DAY;
        let night = !(8 * HOUR..21 * HOUR).contains(&clock);
        recalls += usize::from(contact.category == "recall");
        at_night += usize::from(contact.category == "recall" && night);
        assert!(!night || contact.category == "recall", "{contact:?} at {clock}");
    }
    assert_eq!(recalls, 40, "everybody is told of the recall");
    assert!(at_night > 0, "also at night");
}

/// What is merged is neither lost nor sent twice: whatever took a place stands for those before it.
fn mergers_add_up(records: &[Record]) {
    let mut merged: BTreeMap<u32, i64> = BTreeMap::new();
    let mut carried = 0;
    for record in records {
        match &record.what {
            What::Contact(contact) if contact.outcome == "merged" => *merged.entry(contact.to).or_default() += 1,
            What::Note { name, fields, .. } if name == "contacted" => {
                let Some(Value::Actor(who)) = field(fields, "who") else { panic!("{fields:?}") };
                if let Some(Value::Int(count)) = field(fields, "merged") {
                    *merged.entry(*who).or_default() -= count;
                    carried += count;
                }
            }
            _ => {}
        }
    }
    assert!(carried > 0, "nothing was merged");
    // What is left was dropped with the one that stood for it, or still waits.
    assert!(merged.values().all(|left| *left >= 0), "{merged:?}");
}

proptest! {
    // A run takes some tenths of a second.
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn whatever_the_seed_all_gates_hold(seed in 0_u64..100_000) {
        let records = recorded(seed);
        caps_hold(&records);
        consent_holds(&records);
        nights_are_quiet(&records);
        mergers_add_up(&records);
    }

    #[test]
    fn a_newsletter_goes_on_after_a_restore_and_in_a_fork(seed in 0_u64..1000, share in 0.0..1.0, steps in 0_u32..40) {
        let mut run = SCENARIO.start("eager", seed, 0).expect("a run");
        run.run_until(Time::from_seconds(share * run.end().as_seconds()).expect("a moment")).expect("so far");
        (0..steps).for_each(|_| { run.step().expect("a step"); });
        let bytes = run.snapshot().expect("a snapshot");
        let restored = SCENARIO.restore(&bytes).expect("a restored run");
        prop_assert!(restored.snapshot().expect("a snapshot") == bytes);
        let fork = run.fork();
        let [whole, restored, fork] = [run, restored, fork].map(ended);
        prop_assert!(whole == restored && whole == fork);
    }
}

#[test]
fn whatever_is_said_to_people_the_rest_of_their_lives_is_the_same() {
    // Baskets and changes of mind hang on no contact: not one draw of them may move, whether a channel is learned or not.
    let lives = |policy: usize| {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("day.trace");
        SCENARIO.rehearse(policy, 3, 0, Some(&file)).expect("a run");
        let reader = Reader::open(&file).expect("a trace");
        let noted = |record: Record| match record.what {
            What::Note { actor, name, .. } if ["looked", "withdrew", "agreed_again"].contains(&name.as_str()) => {
                Some((record.at, actor, name))
            }
            _ => None,
        };
        reader.records().filter_map(|record| noted(record.expect("a record"))).collect::<Vec<_>>()
    };
    let alone = lives(0);
    assert!(alone.len() > 1000);
    assert!(alone == lives(EAGER));
}

/// What a run comes to at its end: its bytes, and what was measured.
fn ended(mut run: Replication<'_>) -> (Vec<u8>, String) {
    run.run_until(run.end()).expect("to the end");
    (run.snapshot().expect("a snapshot"), format!("{:?}", run.finish().expect("figures")))
}

#[test]
fn results_do_not_depend_on_threads_or_on_a_record() {
    let run = |more: &[&str]| {
        let output = rehearsal().args(["run", NEWSLETTER, "--format", "json"]).args(more).output().expect("the command starts");
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = folder.path().join("{policy}.trace");
    let alone = run(&["--jobs", "1"]);
    assert!(alone == run(&["--jobs", "2"]));
    assert!(alone == run(&["--jobs", "2", "--texts", "--trace", &trace.to_string_lossy()]));
}

#[test]
fn texts_are_in_a_record_that_is_asked_to_have_them_and_in_no_other() {
    let copied = Copied::new();
    let written = |more: &[&str]| {
        let mut words = vec!["run", NEWSLETTER, "--policy", "eager", "--replications", "1", "--trace", "day.trace"];
        words.extend(more);
        let _ = copied.done(&words);
        let reader = Reader::open(copied.path("day.trace")).expect("a trace");
        let records: Vec<Record> = reader.records().map(|record| record.expect("a record")).collect();
        records
    };
    let texts = |records: &[Record]| {
        let text = |record: &Record| match &record.what {
            What::Written { text, template, .. } => Some((template.clone(), text.clone())),
            _ => None,
        };
        records.iter().filter_map(text).collect::<Vec<_>>()
    };
    let (with, without) = (written(&["--texts"]), written(&[]));
    assert!(texts(&without).is_empty());
    let found = texts(&with);
    assert!(found.len() > 100);
    for (template, text) in &found {
        assert_eq!(template, "come_back", "no other template says anything");
        let title = text.strip_prefix("Dear ms, ").or(text.strip_prefix("Dear mr, ")).expect("a title");
        let (items, rest) = title.split_once(' ').expect("how many");
        assert!(items.parse::<u32>().is_ok_and(|items| items > 0), "{text}");
        assert!(rest.starts_with("things wait for you (offers, by "), "{text}");
    }
    // But for the texts both records are one.
    let rest = with.into_iter().filter(|record| !matches!(record.what, What::Written { .. }));
    assert!(rest.eq(without));
    let story = copied.done(&["replay", "day.trace", "--actor", "reader/3"]);
    assert!(!story.contains("says    Dear"));
    let _ = written(&["--texts"]);
    let story = copied.done(&["replay", "day.trace", "--actor", "reader/3"]);
    assert!(story.contains("says    Dear m"), "{story}");
}

/// A shop and one reader, who notes when a contact came and what it carried.
fn letters(rules: &str, sends: &str, more: &str) -> String {
    format!(
        "Channel(name: post, delay: \"0s\", notice: \"0s\", heard: \"true\", cost: \"1 EUR\"),
        ContactRules(to: reader, {rules}),
        Kind(name: reader, traits: {{ ahead: Span(\"0s\") }}, fields: {{ agrees: Bool(true) }}, {more}
            on: {{ contacted: [Note(name: got, with: (
                at: \"now - date('2026-01-05')\", template: \"event.template\",
                merged: \"has(event.merged) ? number(event.merged) : 0.0\",
            ))] }},
        ),
        Procedure(name: Send, params: {{ template: Name, category: Name }}, do: [
            Contact(who: \"readers.first()\", template: template, category: category, channel: post),
        ]),
        Kind(name: shop, initial: open, states: {{ open: State(process: [{sends}]) }}, on: {{
            refused: [Note(name: refused, with: (at: \"now - date('2026-01-05')\", why: \"event.reason\"))],
            deferred: [Note(name: deferred, with: (until: \"event.until - date('2026-01-05')\", why: \"event.reason\"))],
        }}),"
    )
}

const BOTH: &str = "readers: Group(kind: reader, count: 1), shops: Group(kind: shop, count: 1)";

/// Measures of when things came: how many, the sum of their moments in hours, and how many were merged.
const GOT: &str =
    "got: Count(of: got), hours: Sum(of: { got: \"event.at\" }, unit: h), merged: Sum(of: { got: \"event.merged\" }),
    refused: Count(of: refused), no_consent: Count(of: refused, if: \"event.why == no_consent\"),
    refused_at: Sum(of: { refused: \"event.at\" }, unit: h),
    deferred: Count(of: deferred), until: Sum(of: { deferred: \"event.until\" }, unit: h)";

const THREE: &str =
    "Send(template: a, category: offers), Delay(\"10min\"), Send(template: b, category: offers), Delay(\"10min\"),
    Send(template: c, category: offers)";

/// A figure that may be off by the nanosecond that a stretch is longer than itself [h].
#[track_caller]
fn about(found: f64, known: f64) {
    assert!((found - known).abs() < 1e-9, "found {found}, known {known}");
}

#[test]
fn beyond_a_cap_a_contact_is_dropped_or_waits_for_room() {
    let rules = |beyond: &str| format!("caps: [Cap(at_most: 1, per: \"1h\", beyond: {beyond})]");
    let dropped = letters(&rules("drop"), THREE, "");
    let figures = toy("1d", BOTH, &dropped, GOT).figures();
    close(figures("got").mean, 1.0);
    close(figures("refused").mean, 2.0);
    close(figures("deferred").mean, 0.0);
    let deferred = letters(&rules("defer"), THREE, "");
    let figures = toy("1d", BOTH, &deferred, GOT).figures();
    // At 0, 1 and 2 o'clock. The second and third are put off to one; then the third once more, to two.
    close(figures("got").mean, 3.0);
    about(figures("hours").mean, 3.0);
    close(figures("refused").mean, 0.0);
    close(figures("deferred").mean, 3.0);
    about(figures("until").mean, 1.0 + 1.0 + 2.0);
}

#[test]
fn what_is_merged_comes_once_as_the_last() {
    let rules = "caps: [Cap(at_most: 1, per: \"1h\", beyond: merge)]";
    let measures = format!("{GOT}, last: Count(of: got, if: \"event.template == c\")");
    let merged = letters(rules, THREE, "");
    let figures = toy("1d", BOTH, &merged, &measures).figures();
    close(figures("got").mean, 2.0);
    about(figures("hours").mean, 1.0);
    close(figures("merged").mean, 1.0);
    close(figures("last").mean, 1.0);
    // The second was refused when the third took its place, after twenty minutes.
    close(figures("refused").mean, 1.0);
    about(figures("refused_at").mean, 1.0 / 3.0);
}

#[test]
fn classes_are_capped_and_merged_apart() {
    let rules = "caps: [Cap(at_most: 1, per: \"1h\", of: [offers, news], beyond: merge)], bypass: [recall]";
    let sends = "Send(template: a, category: offers), Send(template: b, category: news), Send(template: c, category: news),
        Send(template: d, category: offers), Send(template: e, category: recall), Send(template: f, category: other)";
    let parts = letters(rules, sends, "");
    let figures = toy("1d", BOTH, &parts, GOT).figures();
    // At once a, e and f. At one o'clock c for b and itself; d, held back once more, at two.
    close(figures("got").mean, 5.0);
    about(figures("hours").mean, 1.0 + 2.0);
    close(figures("merged").mean, 1.0);
}

#[test]
fn consent_that_is_withdrawn_stops_at_once_what_waits() {
    let rules = "consent: \"who.agrees\", caps: [Cap(at_most: 1, per: \"1h\", beyond: defer)]";
    let changes = "every: [(period: \"30min\", do: [Set(agrees: \"!agrees\")])],";
    let parts = letters(rules, THREE, changes);
    let figures = toy("50min", BOTH, &parts, GOT).figures();
    // Both that wait are refused at half past, long before they are due.
    close(figures("got").mean, 1.0);
    close(figures("no_consent").mean, 2.0);
    about(figures("refused_at").mean, 1.0);
    // And do not come back when the reader agrees again, at one.
    let figures = toy("1d", BOTH, &parts, GOT).figures();
    close(figures("got").mean, 1.0);
}

#[test]
fn a_category_without_consent_is_said_in_as_many_words() {
    let sends = "Send(template: a, category: recall)";
    for (rules, got) in [("bypass: [recall]", 0.0), ("without_consent: [recall]", 1.0)] {
        let parts = letters(&format!("consent: \"who.agrees\", {rules}"), sends, "");
        let parts = parts.replace("agrees: Bool(true)", "agrees: Bool(false)");
        close(toy("1h", BOTH, &parts, GOT).figures()("got").mean, got);
    }
}

#[test]
fn quiet_hours_end_by_the_clock_of_the_reader() {
    for (ahead, hours) in [("0s", 8.0), ("3h", 5.0), ("-5h", 0.0), ("9h", 0.0), ("-2h 30min", 10.5)] {
        let parts =
            letters("quiet: Quiet(hours: \"21:00-08:00\", zone: \"who.ahead\")", "Send(template: a, category: offers)", "");
        let parts = parts.replace("ahead: Span(\"0s\")", &format!("ahead: Span(\"{ahead}\")"));
        let figures = toy("2d", BOTH, &parts, GOT).figures();
        close(figures("got").mean, 1.0);
        close(figures("hours").mean, hours);
        close(figures("until").mean, hours);
    }
}

/// A shop that writes each hour on the channel that is learned to readers who react to one channel only.
fn taught(learn: &str, consent: &str) -> String {
    let channel = |name: &str, hours: &str| {
        format!("Channel(name: {name}, delay: \"0s\", notice: \"0s\", heard: \"true\", cost: \"1 EUR\"{hours}),")
    };
    let channels = channel("post", "") + &channel("phone", ", hours: \"08:00-20:00\"") + &channel("door", "");
    format!(
        "{channels}
        ContactRules(to: reader, consent: \"{consent}\", learn: {learn}),
        Kind(name: reader, traits: {{ likes: OneOf([post, phone, door]) }}, on: {{ contacted: [
            Note(name: got, with: (channel: \"event.channel\", liked: \"event.channel == likes\")),
            If(test: \"event.channel == likes\", then: [Note(name: thanks, with: (channel: \"event.channel\"))]),
        ] }}),
        Kind(name: shop, initial: open, states: {{ open: State(every: [(period: \"1h\", do: [
            ForEach(of: readers, as: r, do: [Contact(who: r, template: a, category: news, channel: learned)]),
        ])]) }}),"
    )
}

const MANY: &str = "readers: Group(kind: reader, count: 30), shops: Group(kind: shop, count: 1)";

const CHANNELS: &str = "got: Count(of: got), liked: Count(of: got, if: \"event.liked\"),
    post: Count(of: got, if: \"event.channel == post\"), phone: Count(of: got, if: \"event.channel == phone\"),
    door: Count(of: got, if: \"event.channel == door\")";

#[test]
fn a_shop_learns_what_its_readers_like() {
    let parts = taught("Learn(by: \"who.likes\", success: [thanks], within: \"10min\")", "true");
    let figures = toy("10d", MANY, &parts, CHANNELS).figures();
    close(figures("got").mean, 30.0 * 239.0);
    // By night those who like the phone get something else, which is a ninth and more of all; by chance a third would be liked.
    let liked = figures("liked").mean / figures("got").mean;
    assert!(liked > 0.75, "{liked}");
}

#[test]
fn only_channels_at_hand_are_chosen() {
    // Nobody agrees to the door, and the phone is open half of the day.
    let parts = taught("Learn(success: [thanks], within: \"10min\")", "channel != door");
    let figures = toy("10d", MANY, &parts, CHANNELS).figures();
    close(figures("door").mean, 0.0);
    assert!(figures("phone").mean > 0.0 && figures("phone").mean < 0.5 * figures("got").mean);
    let parts = taught("Learn(success: [thanks], within: \"10min\", among: [door])", "channel != door");
    close(toy("10d", MANY, &parts, CHANNELS).figures()("got").mean, 0.0);
}

#[test]
fn learning_brings_more_people_back_than_any_one_channel() {
    let mut command = rehearsal();
    command.args(["run", "scenarios/mechanisms/contact.ron", "--format", "json", "--replications", "3"]);
    command.args(["--set", "scenario.length=42d", "--policy", "by_email", "--policy", "by_learning"]);
    let output = command.output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mean = |policy: usize, measure: &str| json["policies"][policy]["measures"][measure]["mean"].as_f64().expect("a figure");
    // On the same people and luck; the differences over 84 days are a third more and half as many.
    assert!(mean(1, "came_back") > 1.15 * mean(0, "came_back"));
    assert!(mean(1, "opted_out") < mean(0, "opted_out"));
}
