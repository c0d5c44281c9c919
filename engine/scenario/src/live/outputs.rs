//! Outputs: what leaves the twin, and through what.

use crate::fault::{At, Fault};
use crate::kinds::constant_span;
use crate::tables::Tables;
use crate::tree::{Node, What};
use serde::Serialize;

/// What leaves the twin through one connector.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutputInfo {
    /// Its name.
    pub name: String,
    /// Contacts on these channels.
    pub contacts: Vec<String>,
    /// Messages that twins are told.
    pub messages: Vec<String>,
    /// Notes that anybody states.
    pub notes: Vec<String>,
    /// Whether decisions go out.
    pub decisions: bool,
    /// Where it goes.
    pub through: Endpoint,
    /// How often it is tried before it is put aside.
    pub attempts: u32,
    /// How long it takes until it is tried again the first time, and at most \[s\].
    pub waits: (f64, f64),
    /// How many in a row fail before it rests, and for how long \[s\].
    pub breaker: (u32, f64),
}

/// Where something goes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "through", rename_all = "snake_case")]
pub enum Endpoint {
    /// An address that takes a POST.
    Webhook {
        /// The address.
        url: Said,
        /// Headers that it wants.
        headers: Vec<(String, Said)>,
        /// How long an answer may take \[s\].
        timeout: f64,
    },
    /// A topic of a broker.
    Mqtt {
        /// The broker's address.
        broker: Said,
        /// The topic, with the parts `{subject}` and `{type}`.
        topic: String,
        /// Who it says it is.
        user: Option<Said>,
        /// How it shows that.
        password: Option<Said>,
    },
    /// A mail server.
    Email {
        /// The server's address.
        server: Said,
        /// Who it says it is.
        user: Option<Said>,
        /// How it shows that.
        password: Option<Said>,
        /// The sender.
        from: String,
        /// The personal field that has the address of whoever it is for.
        to: String,
        /// The subject.
        subject: String,
    },
    /// A file, one line each.
    File {
        /// Its path, from the folder of the twin's data.
        path: String,
    },
}

/// A text that stands in the scenario, or somewhere outside because it is a secret or another one everywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// Here.
    Here(String),
    /// In a variable of the environment.
    Env(String),
    /// In a file.
    File(String),
}

impl Tables {
    pub(super) fn output(&mut self, name: String, node: &Node, channels: &[&str]) -> Option<OutputInfo> {
        if node.head() != "Output" {
            let fault = Fault::new(node.at, format!("an output is written Output(...), found {}", node.describe()));
            self.faults.add(fault.help("as in cases: Output(notes: [case_opened], through: File(\"cases.ndjson\"))"));
            return None;
        }
        let args = self.arguments(
            node,
            &["contacts", "messages", "notes", "decisions", "!through", "attempts", "wait", "longest_wait", "rest_after", "rest"],
        )?;
        let mut output = OutputInfo {
            name,
            contacts: Vec::new(),
            messages: Vec::new(),
            notes: Vec::new(),
            decisions: self.plain_bool(args.get("decisions"), "`decisions`"),
            through: self.endpoint(&args.need("through"))?,
            attempts: 8,
            waits: (1.0, 300.0),
            breaker: (5, 30.0),
        };
        for (channel, at) in self.names_in(args.get("contacts"), "a channel") {
            if !channels.contains(&channel.as_str()) {
                self.unknown(at, "channel", &channel, channels.iter().copied());
            }
            output.contacts.push(channel);
        }
        for (message, at) in self.names_in(args.get("messages"), "a message") {
            let told = self.messages.find(&message).is_some_and(|id| self.told.contains_key(&id));
            if !told {
                let names: Vec<String> = self.told.keys().map(|id| self.messages.known[usize::from(*id)].name.clone()).collect();
                self.unknown(at, "message that is told", &message, names.iter().map(String::as_str));
            }
            output.messages.push(message);
        }
        for (note, at) in self.names_in(args.get("notes"), "a note") {
            if self.notes.find(&note).is_none() {
                let names: Vec<String> = self.notes.names().map(str::to_owned).collect();
                self.unknown(at, "note", &note, names.iter().map(String::as_str));
            }
            output.notes.push(note);
        }
        for (name, range) in [("attempts", 1.0..=1e6), ("rest_after", 1.0..=1e6)] {
            let Some(node) = args.get(name).cloned() else { continue };
            let found = self.plain_number(&node, &format!("`{name}`"))?;
            if !range.contains(&found) || found.fract() != 0.0 {
                self.fault(node.at, format!("{found}: `{name}` is a whole number from 1 to 1000000"));
            } else if name == "attempts" {
                output.attempts = found as u32;
            } else {
                output.breaker.0 = found as u32;
            }
        }
        for name in ["wait", "longest_wait", "rest"] {
            let Some(node) = args.get(name).cloned() else { continue };
            let found = constant_span(self, &node, 0)?;
            match name {
                "wait" => output.waits.0 = found,
                "longest_wait" => output.waits.1 = found,
                _ => output.breaker.1 = found,
            }
        }
        if output.contacts.is_empty() && output.messages.is_empty() && output.notes.is_empty() && !output.decisions {
            let fault = Fault::new(args.at, format!("nothing goes out through output `{}`", output.name));
            self.faults
                .add(fault.help("say what: contacts: [app], messages: [send_truck], notes: [case_opened], decisions: true"));
        }
        Some(output)
    }

    fn endpoint(&mut self, node: &Node) -> Option<Endpoint> {
        match node.head() {
            "Webhook" => {
                let args = self.arguments(node, &["!url", "headers", "timeout"])?;
                let mut headers = Vec::new();
                for (name, _, value) in args.get("headers").map(Node::entries).unwrap_or_default() {
                    headers.push((name, self.said_somewhere(&value)?));
                }
                let timeout = match args.get("timeout").cloned() {
                    Some(node) => constant_span(self, &node, 0)?,
                    None => 10.0,
                };
                Some(Endpoint::Webhook { url: self.said_somewhere(&args.need("url"))?, headers, timeout })
            }
            "Mqtt" => {
                let args = self.arguments(node, &["!broker", "!topic", "user", "password"])?;
                let topic = self.name_of(&args.need("topic"), "a topic")?;
                let broker = self.said_somewhere(&args.need("broker"))?;
                let (user, password) = (self.may_say(args.get("user"))?, self.may_say(args.get("password"))?);
                Some(Endpoint::Mqtt { broker, topic, user, password })
            }
            "Email" => {
                let args = self.arguments(node, &["!server", "!from", "!to", "!subject", "user", "password"])?;
                let server = self.said_somewhere(&args.need("server"))?;
                let (user, password) = (self.may_say(args.get("user"))?, self.may_say(args.get("password"))?);
                let mut text = |name: &str| self.name_of(&args.need(name), name);
                Some(Endpoint::Email { server, user, password, from: text("from")?, to: text("to")?, subject: text("subject")? })
            }
            "File" => {
                let args = self.arguments(node, &["!path"])?;
                let path = args.need("path");
                let found = self.name_of(&path, "a path")?;
                if !plain(&found) {
                    let fault = Fault::new(path.at, format!("`{found}` leads out of the folder of the twin's data"));
                    self.faults.add(fault.help("as in \"cases.ndjson\""));
                    return None;
                }
                Some(Endpoint::File { path: found })
            }
            other => {
                let other = other.to_owned();
                self.unknown(node.at, "way out", &other, ["Webhook", "Mqtt", "Email", "File"]);
                None
            }
        }
    }

    fn may_say(&mut self, node: Option<&Node>) -> Option<Option<Said>> {
        match node {
            None => Some(None),
            Some(node) => self.said_somewhere(node).map(Some),
        }
    }

    /// A text, or where it stands.
    fn said_somewhere(&mut self, node: &Node) -> Option<Said> {
        let inside = |tables: &mut Tables, items: &[Node], at: At| match items {
            [one] => tables.name_of(one, "where it stands"),
            _ => {
                tables.fault(at, "it says one place, as in Env(\"CRM_URL\")");
                None
            }
        };
        match &node.what {
            What::Tuple(head, items) if head == "Env" => inside(self, items, node.at).map(Said::Env),
            What::Tuple(head, items) if head == "File" => inside(self, items, node.at).map(Said::File),
            What::Text { .. } => self.name_of(node, "a text").map(Said::Here),
            _ => {
                let fault = Fault::new(node.at, format!("expected a text or where it stands, found {}", node.describe()));
                self.faults
                    .add(fault.help("as in \"https://example.org/hook\", Env(\"HOOK_URL\"), or File(\"/run/secrets/hook\")"));
                None
            }
        }
    }
}

/// Whether a path stays where it begins.
fn plain(path: &str) -> bool {
    let path = std::path::Path::new(path);
    path.components().all(|part| matches!(part, std::path::Component::Normal(_)))
}
