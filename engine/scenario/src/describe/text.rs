//! A description for people, as text.

use super::{Description, Interface, Kind, Region, Sort, Talk, Value};

/// The widest line that is made of several words \[characters\].
const WIDTH: usize = 100;

/// Where what is said begins behind its heading \[characters\].
const MARGIN: usize = 13;

/// A description as text, for people.
#[must_use]
pub fn text(description: &Description) -> String {
    let mut page = Page::default();
    page.line(&format!("{} ({})", description.title, description.name));
    let map = if description.mapped { ", on a map" } else { "" };
    let latency =
        if description.latency > 0.0 { format!(", {} between households", span(description.latency)) } else { String::new() };
    page.line(&format!("{} from {}{latency}{map}", span(description.length), description.start));
    page.heading("Who is there");
    for group in &description.groups {
        page.line(&format!("  {:>8} {} ({})", group.count, group.name, group.kind));
    }
    page.heading("Kinds");
    for (number, kind) in description.kinds.iter().enumerate() {
        if number > 0 {
            page.line("");
        }
        page.kind(kind);
    }
    page.heading("Who speaks to whom");
    page.talk(&description.talk);
    page.notes(description);
    if let Some(interface) = &description.interface {
        page.heading("Policies");
        page.interface(interface);
        for (number, policy) in description.policies.iter().enumerate() {
            let baseline = if number == 0 { " (baseline)" } else { "" };
            page.line(&format!("  {}{baseline}", policy.name));
            if let Some(bytes) = policy.profile_bytes {
                page.line(&format!("    keeps {bytes} bytes of a profile: {}", kept(bytes)));
            }
            policy.regions.iter().for_each(|region| page.region(region));
        }
    }
    page.heading("What can be set, by --set PATH=VALUE");
    let widest = description.settings.iter().map(|setting| setting.path.chars().count()).max().unwrap_or(0).min(40);
    for setting in &description.settings {
        page.line(&format!("  {:<widest$} = {}  ({})", setting.path, setting.value, setting.place));
    }
    page.heading("What is measured");
    for measure in &description.measures {
        let better = if measure.better == "neither" { String::new() } else { format!(", {} is better", measure.better) };
        let unit = if measure.unit.is_empty() { String::new() } else { format!(" ({})", measure.unit) };
        page.line(&format!("  {}: {}{unit}{better}", measure.name, measure.label));
    }
    for pair in &description.pairs {
        page.line(&format!("  {}: {} beside {}", pair.label, pair.company, pair.customer));
    }
    if let Some(value) = &description.value {
        for (what, names) in [("earned", &value.revenue), ("spent", &value.cost), ("at risk", &value.risk)] {
            if !names.is_empty() {
                page.line(&format!("  {what}: {}", names.join(", ")));
            }
        }
    }
    if !description.expectations.is_empty() {
        page.heading("What is expected");
    }
    for expected in &description.expectations {
        page.line(&format!("  {}: {}", expected.name, expected.words()));
    }
    page.out
}

/// What many profiles take up: a million, and the 2.5 billion of the largest services.
fn kept(bytes: usize) -> String {
    let size = |profiles: f64| {
        let all = profiles * bytes as f64;
        let units = [(1e12, "TB"), (1e9, "GB"), (1e6, "MB")];
        let (unit, name) = units.into_iter().find(|(unit, _)| all >= *unit).unwrap_or((1.0, "bytes"));
        format!("{:.3} {name}", all / unit).replace(".000 ", " ")
    };
    format!("{} for a million, {} for 2.5 billion", size(1e6), size(2.5e9))
}

#[derive(Default)]
struct Page {
    out: String,
}

impl Page {
    fn line(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn heading(&mut self, heading: &str) {
        self.line("");
        self.line(heading);
    }

    /// A word and a list behind it, on as many lines as it takes.
    fn listed(&mut self, word: &str, items: impl IntoIterator<Item = String>) {
        let mut line = format!("    {word:<width$}", width = MARGIN - 4);
        let mut first = true;
        for item in items {
            let wide = line.chars().count() + 2 + item.chars().count() > WIDTH;
            if !first {
                line.push(',');
            }
            if wide && !first {
                self.line(&line);
                line = " ".repeat(MARGIN);
            } else if !first {
                line.push(' ');
            }
            line.push_str(&item);
            first = false;
        }
        if !first {
            self.line(&line);
        }
    }

    fn kind(&mut self, kind: &Kind) {
        let mut line = format!("  {}", kind.name);
        if !kind.like.is_empty() {
            line += &format!(", like {}", kind.like.join(", "));
        }
        if kind.native {
            line += ", written in Rust";
        }
        self.line(&line);
        let lists = [
            ("traits", &kind.traits),
            ("fields", &kind.fields),
            ("parts", &kind.parts),
            ("owns", &kind.owns),
            ("board", &kind.board),
        ];
        for (word, values) in lists {
            self.listed(word, values.iter().map(|value| format!("{}: {}", value.name, value.ty)));
        }
        self.listed("hears", kind.hears.iter().cloned());
        self.listed("answers", kind.answers.iter().cloned());
        self.listed("spawns", kind.spawns.iter().cloned());
        kind.regions.iter().for_each(|region| self.region(region));
    }

    /// A statechart: each state with the states that it leads to.
    fn region(&mut self, region: &Region) {
        let name = if region.name == "main" { "states" } else { region.name.as_str() };
        self.line(&format!("    {}, begins in {}", region.titled(name), region.initial));
        let any = region.changes.iter().filter(|change| change.from.is_none());
        let from: Vec<(String, Vec<String>)> = region
            .states
            .iter()
            .map(|state| {
                let ways = region.changes.iter().filter(|change| change.from.as_ref() == Some(state));
                (state.clone(), ways.map(way).collect())
            })
            .chain(std::iter::once(("any".to_owned(), any.map(way).collect())))
            .collect();
        for (state, ways) in from {
            if ways.is_empty() && state == "any" {
                continue;
            }
            let ways = if ways.is_empty() { vec!["stays".to_owned()] } else { ways };
            self.listed("", std::iter::once(format!("{state}: {}", ways[0])).chain(ways[1..].iter().cloned()));
        }
    }

    fn talk(&mut self, talk: &[Talk]) {
        let mut pairs: Vec<(String, String)> = Vec::new();
        for said in talk {
            let pair = (said.from.clone(), whom(said));
            if !pairs.contains(&pair) {
                pairs.push(pair);
            }
        }
        for (from, to) in pairs {
            self.line(&format!("  {from} to {to}"));
            for sort in [Sort::Message, Sort::Question, Sort::Contact] {
                let word = match sort {
                    Sort::Message => "tells",
                    Sort::Question => "asks",
                    Sort::Contact => "contacts",
                };
                let said = talk.iter().filter(|said| said.from == from && whom(said) == to && said.sort == sort);
                self.listed(word, said.map(|said| with(&said.name, &said.carries)));
            }
        }
    }

    fn notes(&mut self, description: &Description) {
        if description.notes.is_empty() {
            return;
        }
        self.heading("What is stated for all to see");
        for note in &description.notes {
            self.line(&format!("  {} by {}", with(&note.name, &note.carries), note.by.join(", ")));
            let policies = note.seen.then(|| "policies".to_owned());
            self.listed("seen by", policies.into_iter().chain(note.measures.iter().map(|measure| format!("measure {measure}"))));
        }
    }

    fn interface(&mut self, interface: &Interface) {
        self.line(&format!("  look at each {}", interface.about));
        self.listed("know", interface.knows.iter().cloned());
        self.listed("see", interface.sees.iter().cloned());
        self.listed("hear", interface.hears.iter().cloned());
        self.listed("remember", interface.remembers.iter().cloned());
        self.listed("may", interface.levers.iter().map(|lever| format!("{}({})", lever.name, lever.params.join(", "))));
    }
}

fn way(change: &super::Change) -> String {
    format!("{} → {}", change.by, change.to)
}

fn whom(said: &Talk) -> String {
    if said.to.is_empty() { "whoever listens".into() } else { said.to.join(" or ") }
}

/// A name with the names of what it carries.
fn with(name: &str, carries: &[Value]) -> String {
    if carries.is_empty() {
        return name.to_owned();
    }
    let names: Vec<&str> = carries.iter().map(|value| value.name.as_str()).collect();
    format!("{name}({})", names.join(", "))
}

/// A length of time in its largest whole units.
fn span(seconds: f64) -> String {
    let units = [("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0)];
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (unit, size) in units {
        let count = (rest / size + 1e-9).floor();
        if count >= 1.0 {
            parts.push(format!("{count}{unit}"));
            rest -= count * size;
        }
    }
    match parts.as_slice() {
        [] => format!("{seconds}s"),
        [one] => one.clone(),
        [first, second, ..] => format!("{first} {second}"),
    }
}
