//! A decision as a short story: sentences that a person reads from the cause to what came of it.

use super::Explainer;
use super::found::{Done, Explained, Fired, Who};
use super::rehearsed::{NOTE, rehearsed};
use crate::schema::{Contact, Gate, Lost, Value};
use crate::words::{number, span};

/// The message by which a contact reaches a person; its record says the rest.
const CONTACTED: &str = "contacted";

/// Columns of a paragraph.
const WIDTH: usize = 100;

/// Rules that lost are told one by one up to so many.
const LOST_MAX: usize = 6;

impl Explainer<'_> {
    /// A decision in sentences, in lines of at most 100 columns.
    #[must_use]
    pub fn tell(&self, found: &Explained) -> String {
        let mut sentences = vec![self.opening(found), self.cause(found)];
        match &found.fired {
            Some(fired) => sentences.push(self.fired(found, fired)),
            None => sentences.push("No rule fired.".into()),
        }
        sentences.extend(losers(&found.lost));
        sentences.push(moved(found));
        if found.mode == "shadow" && found.fired.is_some() {
            sentences.push("It was in shadow, so nothing was done.".into());
        }
        sentences.extend(self.deeds(found));
        sentences.extend(self.answers(found));
        if let Some(next) = &found.next {
            let later = later(next.at - found.at);
            sentences.push(format!("The next decision came {later}: {} (decision {}).", next.rule, next.id));
        }
        let text: Vec<&str> = sentences.iter().map(String::as_str).filter(|sentence| !sentence.is_empty()).collect();
        wrapped(&text.join(" "))
    }

    /// When, and about whom.
    fn opening(&self, found: &Explained) -> String {
        let people: Vec<&Who> = found.people.iter().filter(|person| person.id != found.profile.id).collect();
        let with: String = people.iter().map(|person| format!(", with {}", who(person))).collect();
        format!("{}, {}{with}.", self.words.clock.day(found.at), who(&found.profile))
    }

    fn cause(&self, found: &Explained) -> String {
        let cause = &found.cause;
        if cause.event == "time" {
            return format!("A timer of {} rang in the state {}.", found.policy, found.state.from);
        }
        if !cause.matched.is_empty() {
            let moment = |(name, at): &(String, u64)| format!("{name} at {}", self.words.clock.near(*at, cause.seen));
            let matched: Vec<String> = cause.matched.iter().map(moment).collect();
            let (event, policy, state) = (&cause.event, &found.policy, &found.state.from);
            return format!("The pattern {event} was there for {policy} in the state {state}: {}.", listed(&matched));
        }
        let from = cause.from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
        let seen = match cause.seen.saturating_sub(cause.happened) {
            0 => String::new(),
            late => format!(", which happened {} before,", span(late)),
        };
        let with = self.words.fields(&cause.with);
        format!("The event {}{with}{from}{seen} reached {} in the state {}.", cause.event, found.policy, found.state.from)
    }

    fn fired(&self, found: &Explained, fired: &Fired) -> String {
        let place = format!("{} fired ({})", fired.rule, fired.place);
        if found.cause.event == "time" {
            return format!("So {place}.");
        }
        let read: Vec<String> = fired.read.iter().map(|(name, value)| format!("{name} {}", self.words.value(value))).collect();
        match (&fired.condition, read.is_empty()) {
            (Some(condition), false) => format!("With {}, {place}: {condition}.", listed(&read)),
            (Some(condition), true) => format!("So {place}: {condition}."),
            (None, _) => format!("So {place}, which has no condition."),
        }
    }

    /// What was done, in the order in which it was; a contact that was held back is told with how it went on.
    fn deeds(&self, found: &Explained) -> Vec<String> {
        let mut told = Vec::new();
        for (place, done) in found.did.iter().enumerate() {
            match done {
                Done::Contact { at, to, contact } if contact.outcome == "deferred" => {
                    let again = later_attempt(&found.did[place + 1..], contact).is_some();
                    told.push(self.held(*at, to, contact, again));
                }
                Done::Contact { at, to, contact } => {
                    let choices = choices(&found.did[place + 1..], to);
                    told.push(self.contact(found.at, *at, (to, &choices), contact));
                }
                Done::Told { name, .. } if name == CONTACTED => {}
                Done::Told { to, name, with, .. } => {
                    let (verb, name) = match name.strip_suffix('?') {
                        Some(question) => ("asked", question),
                        None => ("told", name.as_str()),
                    };
                    told.push(format!("It {verb} {to} {name}{}.", self.words.fields(with)));
                }
                Done::Noted { name, with, .. } if name == NOTE && rehearsed(&self.words, with).is_some() => {
                    told.extend(rehearsed(&self.words, with));
                }
                Done::Noted { name, with, .. } => told.push(format!("It noted {name}{}.", self.words.fields(with))),
                Done::Spawned { name, .. } => told.push(format!("It brought {name} into the world.")),
            }
        }
        told
    }

    fn held(&self, at: u64, to: &str, contact: &Contact, again: bool) -> String {
        let why = contact.gates.iter().find(|gate| !gate.passed).map(stopped).unwrap_or_default();
        let then = if again { "" } else { " and was not tried again" };
        format!("At {} the message {} to {to} was held ({why}){then}.", self.words.clock.near(at, at), contact.template)
    }

    fn contact(&self, decided: u64, at: u64, (to, choices): (&str, &str), contact: &Contact) -> String {
        let channel = contact.channel.as_ref().map(|channel| format!(" by {channel}")).unwrap_or_default();
        let moment = self.words.clock.near(at, decided);
        let message = format!("the message {} ({}) to {to}", contact.template, contact.category);
        let gates: Vec<String> = contact.gates.iter().filter(|gate| gate.passed).map(passed).collect();
        let gates = if gates.is_empty() { String::new() } else { format!(" {}.", upper(&listed(&gates))) };
        let cost = if contact.cost == 0.0 { String::new() } else { format!(", at a cost of {}", number(contact.cost)) };
        match contact.outcome.as_str() {
            "sent" => format!("At {moment} {message} went{channel}{choices}{cost}.{gates}"),
            "unheard" => format!("At {moment} {message} went{channel}{cost}, and nobody ever noticed it.{gates}"),
            outcome => {
                let why = contact.gates.iter().find(|gate| !gate.passed).map(stopped);
                let why = why.map(|why| format!(" ({why})")).unwrap_or_default();
                format!("At {moment} {message} was {outcome}{why}.{gates}")
            }
        }
    }

    fn answers(&self, found: &Explained) -> Vec<String> {
        let told = |answer: &super::LedTo| {
            let with = self.words.fields(&answer.with);
            let from = answer.from.as_ref().map_or_else(|| "it heard".into(), |from| format!("{from} said"));
            format!("{} {from} {}{with}.", upper(&later(answer.at - found.at)), answer.event)
        };
        found.led_to.iter().map(told).collect()
    }
}

/// How many choices a person was given by a contact; nothing where there was nothing to choose.
fn choices(rest: &[Done], person: &str) -> String {
    let given = rest.iter().find_map(|done| match done {
        Done::Told { to, name, with, .. } if name == CONTACTED && to == person => {
            with.iter().find_map(|(name, value)| match value {
                Value::List(items) if name == "choices" => Some(items.len()),
                _ => None,
            })
        }
        _ => None,
    });
    match given {
        None | Some(0) => String::new(),
        Some(1) => " with 1 choice".into(),
        Some(count) => format!(" with {count} choices"),
    }
}

/// A name with the states that it was in, those of states inside them left out.
fn who(who: &Who) -> String {
    let outer = who.states.iter().filter(|(region, _)| !region.contains('.'));
    let states: Vec<String> =
        outer.map(|(region, state)| if region == "main" { state.clone() } else { format!("{region} {state}") }).collect();
    if states.is_empty() { who.name.clone() } else { format!("{} ({})", who.name, states.join(", ")) }
}

/// Why the others did not fire; those with one reason in one sentence.
fn losers(lost: &[Lost]) -> Vec<String> {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for lost in lost {
        let reason = match lost.why.as_str() {
            "condition" => "its condition did not hold".to_owned(),
            _ => lost.reason(),
        };
        match reasons.iter_mut().find(|(have, _)| *have == reason) {
            Some((_, rules)) => rules.push(&lost.rule),
            None => reasons.push((reason, vec![&lost.rule])),
        }
    }
    let named = |rules: &[&str]| {
        let (some, more) = rules.split_at(rules.len().min(LOST_MAX));
        let mut names: Vec<String> = some.iter().map(|rule| (*rule).to_owned()).collect();
        if !more.is_empty() {
            names.push(format!("{} more", more.len()));
        }
        listed(&names)
    };
    reasons.iter().map(|(reason, rules)| format!("{} did not: {reason}.", named(rules))).collect()
}

fn moved(found: &Explained) -> String {
    let state = &found.state;
    match found.fired {
        Some(_) if state.from != state.to => format!("The state went from {} to {}.", state.from, state.to),
        _ => format!("The state stayed {}.", state.from),
    }
}

fn passed(gate: &Gate) -> String {
    match (gate.gate.as_str(), gate.why.as_str()) {
        ("consent", category) => format!("consent was given ({category})"),
        ("caps", "") => "no cap was in the way".into(),
        // A cap's stretch is whole days as a rule.
        ("caps", used) => format!("the caps had room ({})", used.replace(" 00:00:00.000", "")),
        (name, "") => format!("{name} was passed"),
        (name, why) => format!("{name} was passed ({why})"),
    }
}

fn stopped(gate: &Gate) -> String {
    if gate.why.is_empty() { gate.gate.clone() } else { format!("{}: {}", gate.gate, gate.why) }
}

/// The next attempt at a contact that was held back.
fn later_attempt<'d>(rest: &'d [Done], held: &Contact) -> Option<&'d Done> {
    rest.iter()
        .find(|done| matches!(done, Done::Contact { contact, .. } if contact.to == held.to && contact.template == held.template))
}

/// `a`, `a and b`, `a, b and c`.
fn listed(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [some @ .., last] => format!("{} and {last}", some.join(", ")),
    }
}

/// The same with a capital letter, unless it is a name that has none.
fn upper(text: &str) -> String {
    let first_word = text.split(' ').next().unwrap_or_default();
    if first_word.contains(['_', '.', '/']) {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn later(ns: u64) -> String {
    if ns < 1_000_000_000 { "at once".into() } else { format!("{} later", span(ns)) }
}

/// Words in lines of at most [`WIDTH`] columns.
fn wrapped(text: &str) -> String {
    let (mut lines, mut line): (Vec<String>, String) = (Vec::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    lines.push(line);
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Reader, sample};
    use expect_test::expect;

    #[test]
    fn a_decision_reads_from_its_cause_to_what_came_of_it() {
        let reader = Reader::from_bytes(sample::bytes()).unwrap();
        let explainer = Explainer::new(&reader).unwrap();
        let found = explainer.of_actor("driver/17", None).unwrap();
        expect![[r#"
            Thursday 5 Nov 08:02, driver/17 (day school_run). The event engine_light, which happened 1 s before,
            reached service in the state watching. With wear 0.93, cost 250 EUR and consent yes, remind_now
            fired (service.policy:14): wear > 0.8. wait did not: remind_now went first. The state went from
            watching to contacted. At 08:02 the message light (service) to driver/17 went by app, at a cost of
            0.1. Consent was given (given in the app) and quiet_hours was passed (08:02 is outside 22:00-07:00)."#]]
        .assert_eq(&explainer.tell(&found[0]));
    }

    #[test]
    fn spans_and_lists_read_well() {
        assert_eq!(span(9 * 60_000_000_000), "9 min");
        assert_eq!(span(86_400_000_000_000 + 3_600_000_000_000), "1 d 1 h");
        assert_eq!(later(5), "at once");
        assert_eq!(listed(&["a".into(), "b".into(), "c".into()]), "a, b and c");
        assert_eq!(upper("hot was 3"), "Hot was 3");
        assert_eq!(upper("event.x was 3"), "event.x was 3");
        assert!(wrapped(&"word ".repeat(60)).lines().all(|line| line.len() <= WIDTH));
    }
}
