//! The first page: who is in which state, how fast events come, what was put aside, and what was decided why.

use super::parts::{bytes, count, moment, number, share, told_of, words};
use super::{Page, title, trouble};
use crate::moments::Origin;
use crate::service::{Census, DeskReport, Recent, Status};
use crate::web::State;
use crate::web::problem::{Problem, of_world, within};
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::web::Data;
use rehearsal_experiment::report::safe;
use serde_json::{Value, json};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// How many decisions are told.
const DECISIONS: usize = 12;

/// Behind how many records of note their contacts are looked for.
const RECORDS: usize = 200;

/// How many of what was put aside last are told.
const ASIDE: usize = 6;

/// How much of the end of a file is read for them \[bytes\].
const TAIL: u64 = 1 << 16;

pub(in crate::web) async fn overview(state: Data<State>) -> HttpResponse {
    match page(&state).await {
        Ok(page) => page.answer(&state, StatusCode::OK),
        Err(problem) => trouble(&state, "/", &problem),
    }
}

async fn page(state: &State) -> Result<Page, Problem> {
    let service = &state.service;
    let kinds = of_world(service.stage.send(Census)).await?;
    let asked = Recent { twin: None, decision: None, most: RECORDS };
    let records = of_world(service.stage.send(asked)).await?;
    let tally = within(service.desk.send(DeskReport)).await?;
    let folder = service.folder.aside();
    let aside = tokio::task::spawn_blocking(move || latest_aside(&folder)).await.unwrap_or_default();
    let body = format!(
        "{}<main>\n{}{}{}{}{}</main>\n",
        head(state),
        tiles(state),
        who(&kinds),
        decided(&records),
        put_aside(&tally.refused.iter().map(|(reason, count)| (*reason, *count)).collect::<Vec<_>>(), &aside),
        look_ahead(state),
    );
    Ok(Page { title: title(state).to_owned(), at: "/", refreshed: true, body })
}

fn head(state: &State) -> String {
    let (service, status) = (&state.service, &state.service.status);
    let now = Origin::of(service.scenario).told(status.now.load(Relaxed));
    let wrong = status.trouble().map(|trouble| format!("<p class=\"trouble\">{}</p>\n", safe(&trouble))).unwrap_or_default();
    format!(
        "<header>\n<p class=\"kind\">Beside reality</p>\n<h1>{}</h1>\n<p class=\"facts\"><span>policy {}</span> <span>it is {} there</span> <span>started {}</span></p>\n{wrong}</header>\n",
        safe(title(state)),
        safe(&service.manifest.policy),
        moment(&json!(now)),
        moment(&json!(rehearsal_decide::values::moment(status.started))),
    )
}

fn tiles(state: &State) -> String {
    let status: &Status = &state.service.status;
    let value = |counter: &AtomicU64| counter.load(Relaxed);
    let [taken, ..] = state.shared.rates.per_second(status);
    let lag = status.lag();
    let commits = value(&status.commits);
    let commit = if commits > 0 {
        format!("a commit takes {} ms", number((value(&status.commit_us) as f64 / commits as f64 / 10.0).round() / 100.0))
    } else {
        String::new()
    };
    let snapshot = match value(&status.snapshots) {
        0 => ("none yet".to_owned(), "since it was started".to_owned()),
        _ => (bytes(value(&status.snapshot_bytes)), format!("after entry {}", count(value(&status.snapshot_after)))),
    };
    let tile = |name: &str, value: &str, under: &str| {
        format!("<div><h3>{name}</h3><p>{value}</p><p class=\"under\">{under}</p></div>\n")
    };
    let rate = format!(
        "<div><h3>Events taken</h3><p>{} <small>a second</small></p>{}</div>\n",
        if taken < 100.0 { number((taken * 10.0).round() / 10.0) } else { count(taken.round() as u64) },
        course(&state.shared.rates.course()),
    );
    let all = format!("{} repeated, {} put aside", count(value(&status.repeated)), count(value(&status.refused)));
    let segments = value(&status.journal_segments);
    let segments = if segments == 1 { "1 segment".into() } else { format!("{} segments", count(segments)) };
    [
        "<section id=\"how\">\n<h2 class=\"hide\">How it is</h2>\n<div class=\"tiles\">\n".to_owned(),
        rate,
        tile("Taken so far", &count(value(&status.taken)), &all),
        tile("Behind", &format!("{} <small>{}</small>", count(lag), if lag == 1 { "entry" } else { "entries" }), &commit),
        tile("Journal", &bytes(value(&status.journal_bytes)), &segments),
        tile("Last snapshot", &snapshot.0, &snapshot.1),
        tile("Decisions", &count(value(&status.decisions)), &format!("{} effects left the twin", count(value(&status.effects)))),
        "</div>\n</section>\n".to_owned(),
    ]
    .concat()
}

/// Events of each second of the last minute as bars.
fn course(counts: &[u64]) -> String {
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let bar = |(second, count): (usize, &u64)| {
        let high = 20.0 * *count as f64 / most;
        if *count == 0 {
            String::new()
        } else {
            format!("<rect x=\"{second}\" y=\"{:.2}\" width=\".8\" height=\"{high:.2}\"/>", 20.0 - high)
        }
    };
    let bars: String = counts.iter().enumerate().map(bar).collect();
    format!(
        "<svg class=\"course\" viewBox=\"0 0 60 21\" preserveAspectRatio=\"none\" role=\"img\"><title>each second of the last minute</title>\
         <line x1=\"0\" x2=\"60\" y1=\"20.5\" y2=\"20.5\"/>{bars}</svg>"
    )
}

fn who(kinds: &Value) -> String {
    let mut text = "<section id=\"who\">\n<h2>Who is in which state</h2>\n<div class=\"kinds\">\n".to_owned();
    for (kind, of) in kinds.as_object().into_iter().flatten() {
        let all = of["count"].as_u64().unwrap_or(0);
        text += &format!("<div><h3><span>{}</span><span>{}</span></h3>\n", safe(kind), count(all));
        let regions = of["states"].as_object();
        for (region, states) in regions.into_iter().flatten() {
            // A region inside of a state that nobody is in.
            if states.as_object().is_none_or(serde_json::Map::is_empty) {
                continue;
            }
            if regions.is_some_and(|regions| regions.len() > 1) {
                text += &format!("<h4>{}</h4>\n", safe(region));
            }
            let mut states: Vec<(&String, u64)> =
                states.as_object().into_iter().flatten().map(|(state, count)| (state, count.as_u64().unwrap_or(0))).collect();
            states.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
            text.extend(states.iter().map(|(state, count)| share(state, *count, all, "")));
        }
        text += "</div>\n";
    }
    text + "</div>\n</section>\n"
}

fn decided(records: &[Value]) -> String {
    let mut shown: Vec<Value> = records.iter().filter(|record| record["what"] == "decision").take(DECISIONS).cloned().collect();
    let list = if shown.is_empty() {
        "<p class=\"none\">Nothing yet.</p>\n".to_owned()
    } else {
        let decisions = shown.len();
        // What they did is told with them, and not for itself.
        shown.extend(records.iter().filter(|record| record["what"] == "contact").cloned());
        told_of(&shown, decisions)
    };
    format!("<section id=\"decided\">\n<h2>What was decided, and why</h2>\n{list}</section>\n")
}

fn put_aside(reasons: &[(&str, u64)], latest: &[Value]) -> String {
    let all: u64 = reasons.iter().map(|(_, count)| count).sum();
    let mut text = "<section id=\"aside\">\n<h2>What was put aside</h2>\n".to_owned();
    if all == 0 && latest.is_empty() {
        return text + "<p class=\"none\">Nothing.</p>\n</section>\n";
    }
    text += "<div class=\"kinds\"><div>";
    text.extend(reasons.iter().map(|(reason, count)| share(reason, *count, all, "aside")));
    text += "</div></div>\n<ul class=\"told apart\">\n";
    for line in latest {
        let event = &line["event"];
        let about = [&event["subject"], &event["type"]].map(|value| value.as_str().unwrap_or_default());
        let about = if about[0].is_empty() { String::new() } else { format!("<span>{}</span>", safe(&about.join(" "))) };
        text += &format!(
            "<li><div class=\"when\"><span>{}</span><span>{}</span>{about}</div><div class=\"why\">{}</div></li>\n",
            moment(&line["came"]),
            safe(line["reason"].as_str().unwrap_or_default()),
            safe(&words(&line["why"])),
        );
    }
    text + "</ul>\n</section>\n"
}

/// What was put aside last, the newest first. Nothing where it cannot be read: that is no reason to show no page.
fn latest_aside(folder: &Path) -> Vec<Value> {
    let files = std::fs::read_dir(folder).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let newest = files.filter(|path| path.extension().is_some_and(|end| end == "ndjson")).max();
    let tail = || -> std::io::Result<Vec<u8>> {
        let Some(newest) = newest else { return Ok(Vec::new()) };
        let mut file = std::fs::File::open(newest)?;
        let length = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = tail().unwrap_or_default();
    let lines = bytes.split(|byte| *byte == b'\n').rev();
    lines.filter_map(|line| serde_json::from_slice::<Value>(line).ok()).take(ASIDE).collect()
}

fn look_ahead(state: &State) -> String {
    let policies: String = state
        .service
        .scenario
        .policies()
        .iter()
        .map(|name| format!("<input type=\"hidden\" name=\"policy\" value=\"{}\">", safe(name)))
        .collect();
    format!(
        "<section id=\"ahead\">\n<h2>What would follow</h2>\n<p class=\"lead\">From this moment on, under each policy of the scenario: the same world, \
         the same luck. <a href=\"/ahead\">Choose policies, span and futures</a>, or</p>\n\
         <form method=\"post\" action=\"/ahead\">{policies}<input type=\"hidden\" name=\"for\" value=\"2d\"><input type=\"hidden\" name=\"futures\" value=\"20\">\
         <button>compare all over two days</button></form>\n</section>\n"
    )
}
