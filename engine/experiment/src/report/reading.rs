//! What was assumed, and how to get the same results again.

use crate::results::Results;

use super::text::{count, named, safe};
use super::{Background, Section};

/// So many settings are shown without opening anything.
const OPEN: usize = 40;

/// The values that the scenario assumes.
pub(super) fn assumed(background: &Background) -> Option<Section> {
    if background.settings.is_empty() {
        return None;
    }
    let changed = background.settings.iter().filter(|setting| setting.changed).count();
    let row = |setting: &super::Setting| {
        let class = if setting.changed { " class=\"changed\"" } else { "" };
        let sign = if setting.changed { " <strong>changed</strong>" } else { "" };
        format!("<li{class}><span>{}</span> <code>{}</code>{sign}</li>", named(&setting.path, 80), named(&setting.value, 80))
    };
    let list = |settings: &[&super::Setting]| {
        format!("<ul class=\"settings\">{}</ul>\n", settings.iter().map(|setting| row(setting)).collect::<String>())
    };
    // Those that were changed come first: they are what this report adds to the scenario.
    let mut settings: Vec<&super::Setting> = background.settings.iter().collect();
    settings.sort_by_key(|setting| !setting.changed);
    let (first, rest) = settings.split_at(settings.len().min(OPEN));
    let mut body = list(first);
    if !rest.is_empty() {
        body += &format!("<details><summary>{} more</summary>\n{}</details>\n", rest.len(), list(rest));
    }
    let changed = match changed {
        0 => "all as the scenario has them".into(),
        n => format!("{} changed for this experiment", count(n as u64, "value", "values")),
    };
    let lead = format!("The values that the scenario takes for granted and that <code>--set</code> can change: {changed}.");
    Some(Section { id: "assumed", title: "What was assumed".into(), lead, body })
}

/// How to get the same results, and how to read them.
pub(super) fn again(results: &Results, background: &Background) -> Section {
    let mut body = String::new();
    if !background.command.is_empty() {
        body += &format!("<pre><code>{}</code></pre>\n", safe(&background.command));
    }
    let version = if background.version.is_empty() { String::new() } else { format!(" {}", safe(&background.version)) };
    body += "<ul class=\"notes\">";
    body += &format!(
        "<li>With Rehearsal{version}, the same scenario and seed {}, every digit comes out the same, on any number of threads.",
        results.seed
    );
    if results.policies.len() > 1 {
        body += "<li>Better and worse are said only where the 95 % interval of the difference lies wholly on one side of 0. Undecided \
                 does not mean equal: it means that so many replications cannot tell.";
    }
    body += "<li>It is a simulation: it says what follows from what was assumed, not what will be.</ul>\n";
    Section { id: "again", title: "How to get it again".into(), lead: String::new(), body }
}
