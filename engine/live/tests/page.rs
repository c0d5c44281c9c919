//! Pages for people: what comes from outside stays text, and it looks right in a browser at any width.

mod common;

#[path = "../../../tests/src/browser.rs"]
#[allow(unreachable_pub, dead_code, reason = "it is shared with the tests of reports")]
mod browser;

use browser::Browser;
use common::server::{Answer, Running, heats, said};
use common::{HOUR, MORNING};
use serde_json::json;
use std::fs;

/// A phone, and a screen.
const WIDTHS: [u32; 2] = [390, 1440];

/// What would break out of a page that let it.
const HOSTILE: &str = "</div></title><script>alert(1)</script><img src=x onerror=alert(2)>\u{202e}'\"&";

/// What a form sends.
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// A twin of which there is something to see.
async fn busy() -> Running {
    let twin = Running::start();
    for car in 1..4 {
        twin.take(&heats(car * 100, &format!("car/{car}"), MORNING + car * HOUR, 12)).await;
    }
    let long = "a-name-that-is-so-long-that-it-fits-nowhere-".repeat(5);
    let asides = [
        said(1, HOSTILE, "telemetry", MORNING, json!({})),
        said(2, "car/1", HOSTILE, MORNING, json!({ HOSTILE: HOSTILE })),
        said(3, &long, "telemetry", MORNING, json!({})),
        said(4, "car/1", "telemetry", MORNING, json!({ "coolant": HOSTILE })),
    ];
    for aside in asides {
        twin.events("application/cloudevents+json", aside.to_string()).await.is_problem(422);
    }
    twin
}

/// It is a page that holds no more than it should.
fn sound(answer: &Answer, what: &str) -> String {
    assert_eq!(answer.sort, "text/html; charset=utf-8", "{what}");
    let policy = answer.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"), "{policy}");
    let page = answer.text();
    for forbidden in ["<script", "<img", "onerror=alert(2)>", "\u{202e}", "http://", "https://"] {
        assert!(!page.contains(forbidden), "{what}: {forbidden}");
    }
    assert!(page.ends_with("</html>\n"));
    page
}

#[actix_web::test]
async fn what_comes_from_outside_stays_text_and_pages_look_right() {
    let twin = busy().await;
    let asked = b"policy=reactive&policy=proactive&for=1d&futures=6&seed=1".to_vec();
    let hostile = HOSTILE.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>();
    let wrong = format!("policy={hostile}&for={hostile}&futures=1").into_bytes();
    let pages = [
        ("overview", "/".to_owned(), twin.get("/").await, 200),
        ("twin", "/twin?id=car/1".to_owned(), twin.get("/twin?id=car/1").await, 200),
        ("nobody", format!("/twin?id={hostile}"), twin.get(&format!("/twin?id={hostile}")).await, 404),
        ("ask", "/ahead".to_owned(), twin.get("/ahead").await, 200),
        ("ahead", "/ahead".to_owned(), twin.send("POST", "/ahead", &[FORM], asked).await, 200),
        ("refused", "/ahead".to_owned(), twin.send("POST", "/ahead", &[FORM], wrong).await, 400),
    ];
    let folder = tempfile::tempdir().expect("a folder");
    for (name, _, answer, status) in &pages {
        assert_eq!(answer.status, *status, "{name}");
        fs::write(folder.path().join(format!("{name}.html")), sound(answer, name)).expect("a file");
    }
    let overview = pages[0].2.text();
    assert!(overview.contains("&lt;script&gt;alert(1)"), "what was put aside is told");
    for part in ["how", "who", "decided", "aside", "ahead"] {
        assert!(overview.contains(&format!("<section id=\"{part}\">")), "{part}");
    }
    let car = pages[1].2.text();
    assert!(car.contains("145") && car.contains("ten_hot_and_rising") && car.contains("because <code>"), "its reading, and why");
    let answer = pages[4].2.text();
    assert!(answer.contains("<section id=\"differences\">") && answer.contains("class=\"v "), "differences with verdicts");
    let measures = common::server::world().measures();
    assert!(measures.iter().all(|measure| answer.matches(&measure.label).count() >= 2), "each measure, in both pictures");
    let addresses: Vec<String> = pages.iter().map(|(_, path, ..)| twin.url(path)).collect();
    let keep = std::env::var_os("REHEARSAL_PAGES").map(std::path::PathBuf::from);
    let looks = move || {
        let browser = Browser::found();
        for name in ["overview", "twin", "nobody", "ask", "ahead", "refused"] {
            let file = folder.path().join(format!("{name}.html"));
            for width in WIDTHS {
                for dark in [false, true] {
                    let looks = browser.look(&file, width, dark);
                    let what = format!("{name}, {width} px, dark: {dark}");
                    assert_eq!(looks.console, [""; 0], "{what}: nothing to complain of");
                    assert!(looks.scroll_width <= u64::from(width), "{what}: {} px wide", looks.scroll_width);
                    assert_eq!(looks.outside, [""; 0], "{what}: texts outside of their pictures");
                    assert_eq!(looks.faint, [""; 0], "{what}: texts with too little contrast");
                    assert_eq!(looks.background == "rgb(255, 255, 255)", !dark, "{what}: {}", looks.background);
                }
                if let Some(keep) = &keep {
                    let height = u32::try_from(browser.look(&file, width, false).height).unwrap_or(3000).min(6000);
                    fs::write(keep.join(format!("{name}-{width}.png")), browser.picture(&file, width, height)).expect("a file");
                }
            }
        }
        for address in addresses {
            let (complaints, whole) = browser.visit(&address);
            // That somebody is not found is an answer like any other, of which browsers tell.
            let complaints: Vec<String> = complaints.into_iter().filter(|line| !line.contains("404")).collect();
            assert_eq!((complaints, whole), (Vec::new(), true), "{address}");
        }
    };
    tokio::task::spawn_blocking(looks).await.expect("it looks right");
    twin.stop().await;
}
