//! Results as one page of HTML that a team can read, print and pass on.
//!
//! [`html`] is a pure function from [`Results`] and a [`Background`] to text: no clock, no network, no script. The page holds
//! its style and its pictures; every picture is SVG with its numbers in a table behind it. What comes from scenarios is
//! escaped in one place, `text.rs`.
//!
//! Start at [`html`], which lists the sections; each is a file. `sentence.rs` says what came out in words, `axis.rs` and
//! `marks.rs` are what pictures share, `style.css` is how it looks.

mod axis;
mod balance;
mod course;
mod differences;
mod funnels;
mod marks;
mod means;
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
use marks::legend;
use text::{count, named, safe};

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

/// How it looks, on a screen, a phone and paper.
const STYLE: &str = include_str!("style.css");

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

/// The page.
///
/// The same results and background give the same bytes.
pub fn html(results: &Results, background: &Background) -> String {
    let parts: [Option<Section>; 12] = [
        Some(means::section(results)),
        differences::section(results),
        balance::section(results),
        value::section(results),
        segments::section(results),
        spreads::section(results),
        course::section(results),
        funnels::section(results),
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
    for Section { id, title, lead, body } in &parts {
        let lead = if lead.is_empty() { String::new() } else { format!("<p class=\"lead\">{lead}</p>\n") };
        page += &format!("<section id=\"{id}\">\n<h2>{}</h2>\n{lead}{body}</section>\n", safe(title));
    }
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
        facts.push(format!("{} from {}", text::span(period.seconds as f64), safe(&period.begin)));
    }
    if let Ending::Stopped { asked } = results.ending {
        facts.push(format!("<strong>stopped early, {asked} replications were asked for</strong>"));
    }
    let more: String = answer.more.iter().map(|line| format!("<li>{}</li>", safe(line))).collect();
    let more = if more.is_empty() { more } else { format!("<ul class=\"more\">{more}</ul>\n") };
    format!(
        "<header>\n<p class=\"kind\">Rehearsal</p>\n<h1>{}</h1>\n<p class=\"facts\">{}</p>\n<p class=\"answer\">{}</p>\n{more}{}{}</header>\n",
        named(title, 160),
        facts.iter().map(|fact| format!("<span>{fact}</span>")).collect::<Vec<_>>().join(" "),
        safe(&answer.headline),
        differences::scores(results),
        if results.policies.len() > 1 { String::new() } else { legend(results, 0) },
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

    #[test]
    fn dump() {
        let write = |name: &str, moment: &Moment, n: u32| {
            let page = html(
                &results(moment, n),
                &Background {
                    title: "Engine light on the school run".into(),
                    version: "0.1.0".into(),
                    command: "rehearsal run x".into(),
                    ..Background::default()
                },
            );
            std::fs::write(format!("/tmp/rp/{name}.html"), page).unwrap();
        };
        write("mid", &Moment::large(3, 8, 4, |what, at| format!("{what} {at}")), 8);
        write(
            "big",
            &Moment::large(6, 40, 12, |what, at| {
                format!("{what} {at} <script>alert('{at}')</script> \u{202e} \"q\" {}", "long".repeat(70))
            }),
            5,
        );
        write("one", &Moment::large(1, 5, 0, |what, at| format!("{what} {at}")), 8);
        write("once", &Moment::large(2, 5, 3, |what, at| format!("{what} {at}")), 1);
    }
}
