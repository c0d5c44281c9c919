//! The story of one actor: what happened to it, in words, line by line.
//!
//! Decisions are told with the rule that won, what it read and why others
//! lost; contacts with each gate. Words for values are in `words.rs`.

use std::collections::BTreeMap;
use std::io::Write;

use crate::clock::Clock;
use crate::error::TraceError;
use crate::reader::Reader;
use crate::schema::{Contact, Decision, Lost, Record, Undecided, Waypoint, What};
use crate::words::{self, Words};

/// Lines that explain the one above begin under its text.
const INDENT: &str = "                                ";

/// Writes the story of the actor called `who` (`driver/17`) or numbered so.
///
/// Messages it sends are told when it sends them. Costs memory for the lines
/// of this one actor and reads only the blocks in which it takes part.
///
/// # Errors
/// No such actor (with the nearest names), a run whose start is not a civil
/// date, a damaged block, or the sink's error.
pub fn story(reader: &Reader, who: &str, mut out: impl Write) -> Result<(), TraceError> {
    let words = Words::new(Clock::new(&reader.header().start)?, reader.actors()?);
    let me = words.find(who)?;
    let mut teller = Teller { me, words, regions: BTreeMap::new(), lines: Vec::new() };
    for record in reader.records_of(me) {
        teller.tell(&record?);
    }
    teller.lines.sort_by_key(|line| line.0);
    let written = writeln!(out, "{}", heading(reader, &teller.words, me)).and_then(|()| {
        teller.lines.iter().try_for_each(|(_, line)| writeln!(out, "{line}"))?;
        out.flush()
    });
    written.map_err(TraceError::io("write the story"))
}

/// Who this is, in which run.
fn heading(reader: &Reader, words: &Words, me: u32) -> String {
    let header = reader.header();
    let mut heading = words.name(me);
    if let Some(actor) = words.actors.get(&me) {
        if let Some(kind) = header.kinds.get(usize::from(actor.kind)) {
            heading += &format!(", {kind}");
        }
        if let Some(segment) = &actor.segment {
            heading += &format!(" of segment {segment}");
        }
    }
    let title = if header.title.is_empty() { &header.scenario } else { &header.title };
    heading + &format!(" - {title}, seed {}, replication {}", header.seed, header.replication)
}

struct Teller {
    me: u32,
    words: Words,
    /// The last state of each region.
    regions: BTreeMap<String, String>,
    lines: Vec<(u64, String)>,
}

impl Teller {
    fn say(&mut self, at: u64, verb: &str, text: &str) {
        let time = self.words.clock.second(at);
        self.lines.push((at, format!("{time:<19} {verb:<9} {text}")));
    }

    fn explain(&mut self, at: u64, label: &str, text: &str) {
        self.lines.push((at, format!("{INDENT}{label:<7} {text}")));
    }

    fn tell(&mut self, record: &Record) {
        let at = record.at;
        match &record.what {
            What::State { region, state, .. } => {
                let before = self.regions.insert(region.clone(), state.clone());
                let before = before.filter(|before| !before.is_empty()).map(|before| format!("{before} -> ")).unwrap_or_default();
                let state = if state.is_empty() { "(left)" } else { state };
                self.say(at, "state", &format!("{region}: {before}{state}"));
            }
            What::Message { .. } => self.message(record),
            What::Note { name, fields, .. } => {
                let text = format!("{name}{}", self.words.fields(fields));
                self.say(at, "notes", &text);
            }
            What::Move { arrive, path, .. } => self.journey(at, *arrive, path),
            What::Spawn { actor, parent } if actor.id == self.me => {
                let text = format!("made by {}", self.words.name(*parent));
                self.say(at, "begins", &text);
            }
            What::Spawn { actor, .. } => self.say(at, "makes", &actor.name.clone()),
            What::End { .. } => self.say(at, "ends", ""),
            What::Decision(decision) => self.decision(at, decision),
            What::Undecided(undecided) => self.undecided(at, undecided),
            What::Contact(contact) => self.contact(at, contact),
            What::Written { text, .. } => text.lines().for_each(|line| self.explain(at, "says", line)),
            // How full a queue is and what a board shows is seen in a view; line by line it would drown the rest.
            What::Figures { .. } | What::Level { .. } | What::Board { .. } => {}
        }
    }

    fn message(&mut self, record: &Record) {
        let What::Message { sent, from, to, name, fields } = &record.what else {
            return;
        };
        let fields = self.words.fields(fields);
        if *to == self.me {
            let from = if from == to { "itself".into() } else { self.words.name(*from) };
            return self.say(record.at, "hears", &format!("{name} from {from}{fields}"));
        }
        // A delay of less than a minute is not worth a word.
        let heard = if record.at.saturating_sub(*sent) >= 60_000_000_000 {
            format!(", heard {}", self.words.clock.near(record.at, *sent))
        } else {
            String::new()
        };
        let text = format!("{}: {name}{fields}{heard}", self.words.name(*to));
        self.say((*sent).min(record.at), "tells", &text);
    }

    fn journey(&mut self, at: u64, arrive: u64, path: &[Waypoint]) {
        if path.is_empty() {
            return self.say(at, "stops", "");
        }
        let legs = path.windows(2).map(|leg| words::metres([leg[0].lat, leg[0].lon], [leg[1].lat, leg[1].lon]));
        let length = words::length(legs.sum());
        let arrives = self.words.clock.near(arrive, at);
        self.say(at, "drives", &format!("{length}, arrives {arrives}"));
    }

    fn decision(&mut self, at: u64, d: &Decision) {
        let (rule, policy) = (&d.rule, &d.policy);
        let text = if d.agent == self.me {
            format!("{rule} for {}", self.words.name(d.profile))
        } else {
            format!("{rule} by {}, policy {policy}", self.words.name(d.agent))
        };
        let text = if d.mode == "shadow" { text + ", in shadow" } else { text };
        self.say(at, "decision", &text);
        let happened = self.words.clock.near(d.happened, at);
        self.explain(at, "because", &format!("{} at {happened}", d.cause));
        for (name, moment) in &d.matched {
            let moment = self.words.clock.near(*moment, at);
            self.explain(at, "matched", &format!("{name} at {moment}"));
        }
        self.explain(at, "rule", &format!("{rule}, priority {}, {}", d.priority, d.place));
        if let Some(condition) = &d.condition {
            self.explain(at, "when", condition);
        }
        if !d.read.is_empty() {
            let read = self.words.equations(&d.read);
            self.explain(at, "read", &read);
        }
        match &d.goto {
            Some(goto) => self.explain(at, "goes", &format!("{} -> {goto}", d.state)),
            None => self.explain(at, "stays", &d.state),
        }
        self.losers(at, &d.lost);
    }

    fn losers(&mut self, at: u64, lost: &[Lost]) {
        for lost in lost {
            self.explain(at, "lost", &format!("{}: {}", lost.rule, lost.reason()));
        }
    }

    /// An event that no rule answered.
    fn undecided(&mut self, at: u64, u: &Undecided) {
        let text = if u.agent == self.me {
            format!("{} of {}", u.cause, self.words.name(u.profile))
        } else {
            format!("{} by {}, policy {}", u.cause, self.words.name(u.agent), u.policy)
        };
        self.say(at, "undecided", &text);
        self.losers(at, &u.lost);
    }

    fn contact(&mut self, at: u64, c: &Contact) {
        let other =
            if c.from == self.me { format!("to {}", self.words.name(c.to)) } else { format!("from {}", self.words.name(c.from)) };
        let channel = c.channel.as_ref().map(|channel| format!(" by {channel}"));
        let channel = channel.unwrap_or_default();
        let mut text = format!("{} ({}) {other}{channel}: {}", c.template, c.category, c.outcome);
        if c.cost != 0.0 {
            text += &format!(", cost {}", words::number(c.cost));
        }
        self.say(at, "contact", &text);
        for gate in &c.gates {
            let passed = if gate.passed { "passed" } else { "stopped" };
            self.explain(at, passed, &format!("{}: {}", gate.gate, gate.why));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn told(who: &str) -> Result<String, TraceError> {
        let reader = Reader::from_bytes(sample::bytes()).unwrap();
        let mut out = Vec::new();
        story(&reader, who, &mut out)?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[test]
    fn a_driver_s_story_reads_like_one() {
        let expected = "\
driver/17, driver of segment commuter - A service reminder, seed 42, replication 0
Thu 5 Nov 08:02:11  state     day: home
Thu 5 Nov 08:02:11  state     day: home -> school_run
Thu 5 Nov 08:02:11  hears     engine_light from car/17
Thu 5 Nov 08:02:12  decision  remind_now by policy/service, policy service
                                because engine_light at 08:02
                                rule    remind_now, priority 10, service.policy:14
                                when    wear > 0.8
                                read    wear = 0.93, cost = 250 EUR, consent = yes
                                goes    watching -> contacted
                                lost    wait: remind_now went first
Thu 5 Nov 08:02:13  contact   light (service) from policy/service by app: sent, cost 0.1
                                passed  consent: given in the app
                                passed  quiet_hours: 08:02 is outside 22:00-07:00
Thu 5 Nov 08:02:20  tells     garage/3: reserve (slot Mon 9 Nov 10:00, loaner yes), heard 08:04
Thu 5 Nov 08:03:00  drives    12.3 km, arrives 08:31
Thu 5 Nov 08:31:00  notes     arrived (with [car/17, none])
";
        assert_eq!(told("driver/17").unwrap(), expected);
        assert_eq!(told("1").unwrap(), expected);
    }

    #[test]
    fn spawned_actors_have_stories_too() {
        let story = told("tow/1").unwrap();
        assert!(story.contains("begins    made by garage/3"), "{story}");
        assert!(story.contains("ends"), "{story}");
    }

    #[test]
    fn an_unknown_name_is_answered_with_near_ones() {
        let error = told("drivr/17").unwrap_err().to_string();
        assert_eq!(error, "no actor is called 'drivr/17'; the nearest are driver/17, car/17");
        let error = told("4000000000").unwrap_err().to_string();
        assert!(error.contains("names look like driver/17"), "{error}");
    }
}
