//! `rehearsal run --report`: a page that stands alone, is the same again, and looks right in a browser at any width.

use rehearsal_tests::Copied;
use rehearsal_tests::browser::Browser;
use std::fs;

/// A phone, and a screen.
const WIDTHS: [u32; 2] = [390, 1440];

/// What a page that shows everything has.
const PARTS: [&str; 10] =
    ["means", "differences", "balance", "value", "segments", "spreads", "course", "sure", "assumed", "again"];

/// The new scenario with money, pairs, and labels that would break out of any page.
fn hostile() -> Copied {
    let copied = Copied::new();
    let _ = copied.done(&["new", "story"]);
    let file = "story/experiment.ron";
    let long = "a-label-that-is-so-long-that-it-fits-nowhere-".repeat(7);
    copied.edit(file, "label: \"without heat\"", &format!("label: \"<script>alert(1)</script>'&\u{202e} {long}\""));
    copied.edit(file, "label: \"calls\"", "label: \"</title></svg><img src=x onerror=alert(2)>\"");
    copied.edit(
        file,
        "    Experiment(",
        "    Value(cost: [cost]),\n    Pairs({ paid: Pair(company: cost, customer: without_heat, label: \"<b>\") }),\n    Experiment(",
    );
    copied.edit("story/scenario.ron", "title: \"", "title: \"<i>&amp; ");
    copied
}

/// The page of a scenario in a copy.
fn page(copied: &Copied, scenario: &str, words: &[&str]) -> String {
    let all: Vec<&str> = ["run", scenario, "--report", "page.html"].into_iter().chain(words.iter().copied()).collect();
    let _ = copied.done(&all);
    fs::read_to_string(copied.path("page.html")).expect("a page")
}

/// Opens the page of a copy at both widths, by day and by night, and has nothing to complain of.
fn looks_right(copied: &Copied) {
    let browser = Browser::found();
    let file = copied.path("page.html");
    for width in WIDTHS {
        for dark in [false, true] {
            let looks = browser.look(&file, width, dark);
            let what = format!("{width} px, dark: {dark}");
            assert_eq!(looks.console, [""; 0], "{what}: nothing to complain of");
            assert!(looks.scroll_width <= u64::from(width), "{what}: {} px wide", looks.scroll_width);
            assert_eq!(looks.outside, [""; 0], "{what}: texts outside of their pictures");
            assert_eq!(looks.faint, [""; 0], "{what}: texts with too little contrast");
            assert!(looks.height > 1_500, "{what}: {} px high", looks.height);
            assert_eq!(looks.background == "rgb(255, 255, 255)", !dark, "{what}: {}", looks.background);
        }
        let picture = browser.picture(&file, width, 900);
        fs::write(copied.path("blank.html"), "<!DOCTYPE html><title>blank</title>").expect("a file");
        let blank = browser.picture(&copied.path("blank.html"), width, 900);
        assert!(picture.len() > 4 * blank.len() && picture.starts_with(b"\x89PNG"), "{width} px: {} bytes", picture.len());
    }
}

#[test]
fn labels_stay_labels_and_the_page_looks_right() {
    let copied = hostile();
    let page = page(&copied, "story", &["--replications", "4"]);
    for forbidden in ["<script", "<img", "<b>\u{3c}", "\u{202e}", "http://", "https://", "<i>&amp;amp;"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)"));
    for part in PARTS {
        assert!(page.contains(&format!("<section id=\"{part}\">")), "{part}");
    }
    looks_right(&copied);
}

#[test]
fn a_map_shows_where_it_happened() {
    let copied = Copied::new();
    let small =
        ["--replications", "2", "--set", "scenario.length=14d", "--set", "families.count=400", "--set", "commuters.count=60"];
    let few = ["--set", "pensioners.count=20", "--set", "fleet.count=120", "--policy", "reactive", "--policy", "proactive"];
    let words: Vec<&str> = small.into_iter().chain(few).collect();
    let page = page(&copied, "scenarios/broken-down-car", &words);
    assert!(page.contains("5 values changed for this experiment"));
    assert!(page.contains("--set families.count=400") && page.contains("--policy reactive --policy proactive"));
    assert!(page.contains("<section id=\"places\">") && page.contains("© OpenStreetMap contributors"));
    assert!(page.len() < 1_000_000, "{} bytes", page.len());
    looks_right(&copied);
}

#[test]
fn six_policies_forty_measures_and_twelve_segments_fit() {
    let copied = Copied::new();
    let _ = copied.done(&["new", "story"]);
    let names = ["ahead_2", "wait_2", "a_policy_with_a_name_that_takes_a_lot_of_room_wherever_it_is_written", "wait_3"];
    for name in names {
        let like = if name.starts_with("wait") { "wait" } else { "ahead" };
        let text = fs::read_to_string(copied.path(&format!("story/policies/{like}.ron"))).expect("a policy");
        copied.write(
            &format!("story/policies/{name}.ron"),
            text.replace(&format!("name: {like},"), &format!("name: {name},")).as_bytes(),
        );
    }
    let policies = format!("policies: [wait, ahead, {}]", names.join(", "));
    copied.edit("story/experiment.ron", "policies: [wait, ahead]", &policies);
    let used: String = names.iter().map(|name| format!("\"policies/{name}\", ")).collect();
    copied.edit("story/scenario.ron", "\"experiment\"]", &format!("{used}\"experiment\"]"));
    let segments: Vec<String> = (0..12).map(|at| format!("segment_of_homes_{at}: 1")).collect();
    copied.edit("story/kinds.ron", "OneOf({ flat: 0.6, house: 0.4 })", &format!("OneOf({{ {} }})", segments.join(", ")));
    let measure = |at: usize| {
        let (better, room) = (["lower", "higher", "neither"][at % 3], "wide ".repeat(at));
        format!(
            "more_{at}: Count(of: called, per: {}, label: \"{room}label {at}\", better: {better}),\n",
            10_usize.pow(at as u32 % 7)
        )
    };
    let measures: String = (0..35).map(measure).collect();
    copied.edit("story/experiment.ron", "        cost: Sum(", &format!("{measures}        cost: Sum("));
    let page = page(&copied, "story", &["--replications", "2"]);
    assert_eq!(page.matches("class=\"what\"").count(), 40);
    looks_right(&copied);
}

#[test]
fn one_policy_has_a_page_too() {
    let copied = Copied::new();
    let page = page(&copied, "scenarios/research/mmc.ron", &["--replications", "3", "--set", "scenario.length=20d"]);
    assert!(page.contains("with nothing to compare it with") && !page.contains("<section id=\"differences\">"));
    looks_right(&copied);
}

#[test]
fn the_same_page_again_at_any_number_of_threads() {
    let copied = Copied::new();
    let _ = copied.done(&["new", "story"]);
    let one = page(&copied, "story", &["--replications", "3", "--jobs", "1"]);
    assert_eq!(one, page(&copied, "story", &["--replications", "3", "--jobs", "2"]));
}

#[test]
fn a_report_changes_no_other_result() {
    let copied = Copied::new();
    let _ = copied.done(&["new", "story"]);
    let plain = copied.done(&["run", "story", "--replications", "3", "--format", "json"]);
    assert_eq!(plain, copied.done(&["run", "story", "--replications", "3", "--format", "json", "--report", "page.html"]));
}

#[test]
fn what_cannot_be_written_is_told_before_the_runs() {
    let copied = Copied::new();
    let _ = copied.done(&["new", "story"]);
    let none = copied.refused(&["run", "story", "--report", "none/page.html"]);
    assert!(none.contains("there is no folder none; make it first") && !none.contains("running"), "{none}");
    let folder = copied.refused(&["run", "story", "--report", "story"]);
    assert!(folder.contains("it is a folder") && !folder.contains("running"), "{folder}");
}

#[test]
fn a_run_that_fails_leaves_the_old_page() {
    let copied = Copied::new();
    let _ = copied.done(&["new", "story"]);
    let old = page(&copied, "story", &["--replications", "2"]);
    let _ = copied.refused(&["run", "story", "--report", "page.html", "--policy", "nobody"]);
    assert_eq!(fs::read_to_string(copied.path("page.html")).expect("a page"), old);
    assert!(!copied.path("page.html.partial").exists());
}

#[test]
fn the_browser_sees_what_is_wrong() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("wrong.html");
    let wrong = "<!DOCTYPE html><meta charset=utf-8><title>wrong</title><div style=\"width:900px\">wide</div>\
                 <p style=\"color:#999\">faint</p><svg viewBox=\"0 0 50 20\" width=\"50\"><text x=\"40\" y=\"15\">outside</text></svg>\
                 <script>console.error(\"a complaint\")</script>";
    fs::write(&file, wrong).expect("a file");
    let looks = Browser::found().look(&file, 390, false);
    assert_eq!(looks.scroll_width, 908, "the body has margins of 8 px");
    assert!(looks.faint.len() == 1 && looks.faint[0].starts_with("faint: 2.8"), "{:?}", looks.faint);
    assert!(looks.outside.len() == 1 && looks.outside[0].starts_with("outside at"), "{:?}", looks.outside);
    assert!(looks.console.len() == 1 && looks.console[0].contains("a complaint"), "{:?}", looks.console);
}
