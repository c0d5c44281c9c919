//! Results as one page of HTML that a team can read, print and pass on.
//!
//! [`html`] is a pure function from [`Results`] and a [`Background`] to text: no clock, no network, no script. The page holds
//! its style and its pictures; every picture is SVG with its numbers beside it or in a table behind it. What comes from
//! scenarios is escaped in one place, `text.rs`.
//!
//! Start at [`html`], which lists the sections; each is a file. `sentence.rs` says what came out in words, put together in
//! `phrases.rs`; `axis.rs` and `marks.rs` are what pictures share, `style.css` is how it looks.

pub(crate) mod axis;
mod balance;
mod breakdowns;
mod course;
mod differences;
mod funnels;
mod marks;
mod means;
mod phrases;
mod places;
mod reading;
#[cfg(test)]
mod sample;
mod segments;
mod sentence;
mod spreads;
mod sure;
mod text;
mod value;

use crate::results::{Ending, Results};
pub use text::safe;
use text::{count, named};

/// What an experiment does not know of itself and a reader wants to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Background {
    /// The scenario's title in words.
    pub title: String,
    /// The version of the program.
    pub version: String,
    /// The command that gives the same results again.
    pub command: String,
    /// What was assumed.
    pub settings: Vec<Setting>,
    /// Where things happened, in replication 0 under each policy; `None` where there is no map.
    pub places: Option<Places>,
}

/// A value that the scenario assumes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Setting {
    /// Its path, such as `dealer.loaners`.
    pub path: String,
    /// Its value, as it is written.
    pub value: String,
    /// Whether it was changed for this experiment.
    pub changed: bool,
}

/// Where things happened, on the roads.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Places {
    /// The roads below.
    pub roads: Vec<Road>,
    /// What happened.
    pub happened: Vec<Happened>,
    /// Whose map it is.
    pub credit: String,
}

/// A road.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Road {
    /// Whether it is one of those that lead through the land, to be drawn thicker.
    pub main: bool,
    /// Its points: latitude, longitude \[degrees\].
    pub points: Vec<[f64; 2]>,
}

/// A sort of event, and where it happened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Happened {
    /// What it is called.
    pub label: String,
    /// Latitude and longitude \[degrees\], `[policy][event]`.
    pub at: Vec<Vec<[f64; 2]>>,
}

/// How a page looks, on a screen, a phone and paper, by day and by night.
pub const STYLE: &str = include_str!("style.css");

/// A part of the page.
struct Section {
    /// What links to it name.
    id: &'static str,
    title: String,
    /// A sentence on how to read it, as HTML.
    lead: String,
    /// As HTML.
    body: String,
}

/// What came out, in a sentence and as parts of somebody else's page that has [`STYLE`]: how policies differ, and the means.
#[must_use]
pub fn outcome(results: &Results) -> String {
    let answer = phrases::marked(&sentence::answer(results).headline);
    let parts = differences::section(results).into_iter().chain([means::section(results)]);
    let parts: String = parts.map(|found| part(&found)).collect();
    format!("<p class=\"answer\">{answer}</p>\n{}{parts}", differences::scores(results))
}

fn part(Section { id, title, lead, body }: &Section) -> String {
    let lead = if lead.is_empty() { String::new() } else { format!("<p class=\"lead\">{lead}</p>\n") };
    format!("<section id=\"{id}\">\n<h2>{}</h2>\n{lead}{body}</section>\n", safe(title))
}

/// The page.
///
/// The same results and background give the same bytes.
pub fn html(results: &Results, background: &Background) -> String {
    let parts: [Option<Section>; 13] = [
        Some(means::section(results)),
        differences::section(results),
        balance::section(results),
        value::section(results),
        segments::section(results),
        spreads::section(results),
        course::section(results),
        funnels::section(results),
        breakdowns::section(results),
        background.places.as_ref().and_then(|places| places::section(results, places)),
        Some(sure::section(results)),
        reading::assumed(background),
        Some(reading::again(results, background)),
    ];
    let parts: Vec<Section> = parts.into_iter().flatten().collect();
    let title = if background.title.is_empty() { &results.scenario } else { &background.title };
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"generator\" content=\"Rehearsal {}\">\n<title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        safe(&background.version),
        safe(title),
    );
    page += &head(results, title);
    let links: String = parts.iter().map(|part| format!("<a href=\"#{}\">{}</a>", part.id, safe(&part.title))).collect();
    page += &format!("<nav aria-label=\"Parts of this page\">{links}</nav>\n<main>\n");
    page.extend(parts.iter().map(part));
    page + "</main>\n" + &foot(results, background) + "</body>\n</html>\n"
}

fn head(results: &Results, title: &str) -> String {
    let answer = sentence::answer(results);
    let mut facts = vec![
        named(&results.scenario, 60),
        count(results.policies.len() as u64, "policy", "policies"),
        format!(
            "{}{}",
            count(results.replications.into(), "replication", "replications"),
            if results.policies.len() > 1 { " of each" } else { "" }
        ),
        format!("seed {}", results.seed),
    ];
    if let Some(period) = &results.period {
        facts.push(format!("{} from {}", text::span(period.seconds as f64), text::begin(&period.begin)));
    }
    if let Ending::Stopped { asked } = results.ending {
        facts.push(format!("<strong>stopped early, {} replications were asked for</strong>", text::grouped(asked)));
    }
    let more: String = answer.more.iter().map(|line| format!("<li>{}</li>", phrases::marked(line))).collect();
    let more = if more.is_empty() { more } else { format!("<ul class=\"more\">{more}</ul>\n") };
    format!(
        "<header>\n<p class=\"kind\">Rehearsal</p>\n<h1>{}</h1>\n<p class=\"facts\">{}</p>\n<p class=\"answer\">{}</p>\n{more}{}</header>\n",
        named(title, 160),
        facts.iter().map(|fact| format!("<span>{fact}</span>")).collect::<Vec<_>>().join(" "),
        phrases::marked(&answer.headline),
        differences::scores(results),
    )
}

fn foot(results: &Results, background: &Background) -> String {
    let version = if background.version.is_empty() { String::new() } else { format!(" {}", safe(&background.version)) };
    format!(
        "<footer><p>Rehearsal{version}. {} events in {} runs. No network and no script is needed to read this page.</p></footer>\n",
        text::grouped(results.events),
        text::grouped(u64::from(results.replications) * results.policies.len() as u64),
    )
}

#[cfg(test)]
mod tests {
    use super::sample::{Moment, results};
    use super::*;

    fn plain(what: &str, at: usize) -> String {
        format!("{what} {at}")
    }

    fn hostile(what: &str, at: usize) -> String {
        let long = "so-long-that-it-fits-nowhere".repeat(10);
        format!("{what}{at}</title><script>alert({at})</script> \" onload='x' \u{202e}\u{1} & {long}")
    }

    fn background(name: &str) -> Background {
        let setting = |path: &str, changed| Setting { path: path.into(), value: name.into(), changed };
        let road = |main, lat: f64| Road {
            main,
            points: (0..30).map(|at| [lat + 0.01 * f64::from(at), 1.5 + 0.002 * f64::from(at)]).collect(),
        };
        Background {
            title: name.into(),
            version: "1.2.3".into(),
            command: name.into(),
            settings: vec![setting("a.b", false), setting(name, true)],
            places: Some(Places {
                roads: vec![road(true, 42.4), road(false, 42.5)],
                happened: vec![Happened { label: name.into(), at: vec![vec![[42.5, 1.52]], vec![], vec![[42.41, 1.51]; 3]] }],
                credit: name.into(),
            }),
        }
    }

    fn pages() -> Vec<(String, String)> {
        let mut pages = Vec::new();
        for (policies, measures, segments, replications) in
            [(1, 1, 0, 1), (1, 5, 3, 8), (2, 5, 0, 1), (2, 1, 1, 2), (3, 8, 4, 6), (6, 40, 12, 4), (8, 6, 2, 3)]
        {
            for (kind, name) in [("plain", plain as fn(&str, usize) -> String), ("hostile", hostile)] {
                let found = results(&Moment::large(policies, measures, segments, name), replications);
                let what =
                    format!("{policies} policies, {measures} measures, {segments} segments, {replications} replications, {kind}");
                pages.push((what, html(&found, &background(&name("title", 0)))));
            }
        }
        pages
    }

    #[test]
    fn the_same_bytes_again() {
        let page = || html(&results(&Moment::large(3, 8, 4, plain), 6), &background("x"));
        assert_eq!(page(), page());
    }

    #[test]
    fn nothing_on_the_page_comes_from_elsewhere_or_runs() {
        for (what, page) in pages() {
            for forbidden in
                ["<script", "onload='", "http://", "https://", "url(//", "@import", "javascript:", "\u{202e}", "\u{1}", "\u{2}"]
            {
                assert!(!page.contains(forbidden), "{what}: {forbidden}");
            }
            assert_eq!(page.matches("</title>").count(), page.matches("<title>").count(), "{what}: a name ends a title");
            assert!(
                !page.contains("NaN") && !page.contains("inf%") && !page.contains("\"inf"),
                "{what}: a place that is no number"
            );
        }
    }

    #[test]
    fn elements_are_closed_and_identifiers_used_once() {
        for (what, page) in pages() {
            for element in
                ["section", "figure", "svg", "div", "ul", "table", "details", "header", "main", "g", "bdi", "span", "h3"]
            {
                let (open, close) = (format!("<{element}"), format!("</{element}>"));
                let opened = page.match_indices(&open).filter(|(at, _)| page[at + open.len()..].starts_with([' ', '>'])).count();
                assert_eq!(opened, page.matches(&close).count(), "{what}: <{element}>");
            }
            let mut ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let count = ids.len();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), count, "{what}");
            for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert!(ids.contains(&link), "{what}: #{link}");
            }
        }
    }

    #[test]
    fn every_part_is_there_where_there_is_something_to_show() {
        let has = |page: &str, parts: &[&str]| parts.iter().all(|part| page.contains(&format!("<section id=\"{part}\">")));
        let full = html(&results(&Moment::large(3, 8, 4, plain), 6), &background("x"));
        let all = [
            "means",
            "differences",
            "balance",
            "value",
            "segments",
            "spreads",
            "course",
            "funnels",
            "breakdowns",
            "places",
            "sure",
            "assumed",
            "again",
        ];
        assert!(has(&full, &all));
        let alone = html(&results(&Moment::large(1, 2, 0, plain), 6), &Background::default());
        assert!(has(&alone, &["means", "spreads", "course", "sure", "again"]));
        assert!(!alone.contains("id=\"differences\"") && !alone.contains("id=\"segments\"") && !alone.contains("id=\"places\""));
    }

    #[test]
    fn without_detail_there_are_no_pictures_of_it() {
        let mut found = results(&Moment::large(3, 8, 4, plain), 6);
        found.forget_detail();
        let page = html(&found, &background("x"));
        assert!(!page.contains("id=\"spreads\"") && !page.contains("id=\"course\"") && page.contains("id=\"segments\""));
    }

    #[test]
    fn what_was_stopped_early_says_so() {
        let mut found = results(&Moment::large(2, 3, 0, plain), 4);
        found.ending = Ending::Stopped { asked: 20 };
        let page = html(&found, &Background::default());
        assert!(page.contains("stopped early, 20 replications were asked for") && page.contains("Stopped early after 4"));
    }
}
