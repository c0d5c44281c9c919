//! Patterns over time: which events they look at, in which order, how far apart.

use super::PolicyCompiler;
use crate::args::Arguments;
use crate::fault::{At, Fault};
use crate::tree::{Node, What};
use rehearsal_language::types::Type;
use rehearsal_policy::pattern::{Absence, AfterMatch, All, Next, Pattern, STEPS_MAX, Sequence, Worse};
use rehearsal_world::plan::{Compared, Looked, PatternStep};

impl PolicyCompiler<'_> {
    /// Compiles the patterns of the policy, each of which may look at those before it.
    pub(super) fn look_for(&mut self, policy: &str) {
        let info = &self.kinds.tables.kinds[self.kinds.kind as usize];
        let (patterns, env) = (info.patterns.clone(), info.env);
        for (name, at, node) in patterns {
            let known = self.interface.sees.iter().any(|(have, ..)| *have == name)
                || self.interface.hears.iter().any(|(have, ..)| *have == name);
            if known {
                let fault = Fault::new(at, format!("`{name}` is an event of the interface already"));
                self.kinds.tables.faults.add(fault.help("rules look at patterns by their names: give it another"));
                continue;
            }
            let before = self.kinds.out.patterns.len();
            if let Some(looked) = self.pattern(policy, &name, &node, env) {
                self.patterns.push((name.clone(), looked.message));
                self.kinds.out.patterns.push(looked);
            }
            if self.kinds.out.patterns.len() == before {
                self.kinds.tables.faulty.insert(name);
            }
        }
    }

    fn pattern(&mut self, policy: &str, name: &str, node: &Node, env: u32) -> Option<Looked> {
        let tables = &mut *self.kinds.tables;
        let names: &[&'static str] = match node.head() {
            "Sequence" => &["!of", "!within", "next", "after_match"],
            "All" => &["!of", "!within", "after_match"],
            "Absence" => &["!of", "!after", "!within", "again"],
            other => {
                let other = other.to_owned();
                tables.unknown(node.at, "pattern", &other, ["Sequence", "All", "Absence"]);
                return None;
            }
        };
        let args = tables.arguments(node, names)?;
        let within = tables.span_above_zero(&args.need("within"), env);
        let path = format!("patterns/{name}");
        let (pattern, steps) = match node.head() {
            "Absence" => self.absence(&args, within, &path, env)?,
            head => self.steps_of(head, &args, within, &path, env)?,
        };
        let fields = fields(&pattern, &steps);
        let fields: Vec<(&str, Type)> = fields.iter().map(|name| (name.as_str(), Type::Time)).collect();
        let tables = &mut *self.kinds.tables;
        let message = tables.messages.declare(&format!("{policy} finds {name}"), &fields);
        tables.messages.known[message as usize].name = name.to_owned();
        let kind = &mut tables.kinds[self.kinds.kind as usize];
        let state = kind.slots(pattern.words());
        let bell = matches!(pattern, Pattern::Absence(_)).then(|| kind.slots(2));
        Some(Looked { name: name.to_owned(), message, pattern, steps, state, bell })
    }

    fn absence(&mut self, args: &Arguments, within: Option<u64>, path: &str, env: u32) -> Option<(Pattern, Vec<PatternStep>)> {
        let restarts = self.choice(args, "again", ["ignore", "restart"]);
        let [after, of] = [("after", 0), ("of", 1)].map(|(name, number)| {
            let node = args.need(name);
            let (step, times) = self.step(&node, path, env, number)?;
            self.once("Absence", &node, times)?;
            Some(step)
        });
        let (after, of) = (after?, of?);
        let steps = vec![PatternStep { bits: Absence::AFTER, ..after }, PatternStep { bits: Absence::OF, ..of }];
        Some((Pattern::Absence(Absence { within: within?, restarts: restarts? }), steps))
    }

    fn steps_of(
        &mut self,
        head: &str,
        args: &Arguments,
        within: Option<u64>,
        path: &str,
        env: u32,
    ) -> Option<(Pattern, Vec<PatternStep>)> {
        let strict = self.choice(args, "next", ["relaxed", "strict"]);
        let keep = self.choice(args, "after_match", ["skip", "keep"]);
        let mut steps = Vec::new();
        let mut count = 0;
        for (number, node) in args.need("of").items().iter().enumerate() {
            let (step, times) = self.step(node, path, env, number)?;
            if head == "All" {
                self.once(head, node, times)?;
            }
            if count + times > STEPS_MAX {
                let fault = Fault::new(node.at, format!("this pattern has more than {STEPS_MAX} steps"));
                self.kinds.tables.faults.add(fault.help("a step that is repeated counts each time"));
                return None;
            }
            let bits = (u32::MAX >> (32 - u32::from(times))) << count;
            steps.push(PatternStep { bits, ..step });
            count += times;
        }
        if steps.is_empty() {
            let fault = Fault::new(args.need("of").at, "a pattern without steps would never be there");
            self.kinds.tables.faults.add(fault.help("list events, or Step(...)"));
            return None;
        }
        let (within, after_match) = (within?, if keep? { AfterMatch::Keep } else { AfterMatch::Skip });
        let next = if strict? { Next::Strict } else { Next::Relaxed };
        let pattern = match head {
            "All" => Pattern::All(All { steps: count, within, after_match }),
            _ => Pattern::Sequence(Sequence { steps: count, within, next, after_match }),
        };
        Some((pattern, steps))
    }

    /// A fault where a step is repeated that counts once.
    fn once(&mut self, head: &str, node: &Node, times: u16) -> Option<()> {
        if times > 1 {
            let at = node.get("times").map_or(node.at, |times| times.at);
            let fault = Fault::new(at, format!("in {head}(...) a step counts once, however often it happens"));
            self.kinds.tables.faults.add(fault.help("repeat it in a Sequence(...), and look at that by its name"));
            return None;
        }
        Some(())
    }

    /// Which of two words stands under a name: whether it is the second; the first where it is left out.
    fn choice(&mut self, args: &Arguments, name: &str, words: [&'static str; 2]) -> Option<bool> {
        let Some(node) = args.get(name) else { return Some(false) };
        match words.iter().position(|word| node.as_text() == Some(word)) {
            Some(found) => Some(found == 1),
            None => {
                let fault = Fault::new(node.at, format!("`{name}` is {} or {}, found {}", words[0], words[1], node.describe()));
                self.kinds.tables.faults.add(fault.help(format!("as in {name}: {}", words[1])));
                None
            }
        }
    }

    /// A step, with how often it is repeated: the name of an event, or `Step(...)`.
    fn step(&mut self, node: &Node, path: &str, env: u32, number: usize) -> Option<(PatternStep, u16)> {
        let tables = &mut *self.kinds.tables;
        let bare = matches!(&node.what, What::Word(_) | What::Text { .. });
        if !bare && node.head() != "Step" {
            let fault = Fault::new(node.at, format!("expected an event or Step(...), found {}", node.describe()));
            tables.faults.add(fault.help("as in Step(on: telemetry, if: \"event.coolant > 105 °C\")"));
            return None;
        }
        if bare {
            let name = tables.name_of(node, "an event")?;
            let message = self.event(&name, node.at)?;
            return Some((PatternStep { name, message, test: None, worse: None, bits: 0 }, 1));
        }
        let args = tables.arguments(node, &["!on", "if", "times", "rising", "falling"])?;
        let on = args.need("on");
        let name = tables.name_of(&on, "an event")?;
        let message = self.event(&name, on.at)?;
        let path = format!("{path}/{number}");
        let times = match args.get("times") {
            Some(times) => self.kinds.tables.whole_from_one(times, "times", STEPS_MAX, "a pattern keeps a word for each step")?,
            None => 1,
        };
        let test = match args.get("if") {
            Some(test) => Some(self.test(message, &path, test, env)?),
            None => None,
        };
        let worse = match (args.get("rising"), args.get("falling")) {
            (None, None) => None,
            (Some(value), None) => Some(self.compared(Worse::Rising, message, &path, value, env)?),
            (None, Some(value)) => Some(self.compared(Worse::Falling, message, &path, value, env)?),
            (Some(_), Some(falling)) => return self.both_ways(falling.at),
        };
        Some((PatternStep { name, message, test, worse, bits: 0 }, times))
    }

    fn both_ways<T>(&mut self, at: At) -> Option<T> {
        let fault = Fault::new(at, "a step is either rising or falling");
        self.kinds.tables.faults.add(fault.help("make it two steps, or leave one of them out"));
        None
    }

    fn compared(&mut self, worse: Worse, message: u16, path: &str, value: &Node, env: u32) -> Option<Compared> {
        let (value, _, whole) = self.fed(message, path, value, None, env)?;
        let slot = self.kinds.tables.kinds[self.kinds.kind as usize].slots(1);
        Some(Compared { worse, value, whole, slot })
    }
}

/// What the event carries that says that a pattern is there, all of it moments: since when, and of All each of the steps.
fn fields(pattern: &Pattern, steps: &[PatternStep]) -> Vec<String> {
    let mut fields = vec!["since".to_owned()];
    if let Pattern::All(_) = pattern {
        for (at, step) in steps.iter().enumerate() {
            let before = steps[..at].iter().filter(|before| before.name == step.name).count();
            // Several of one event: only the first can be read by name, all are told.
            fields.push(if before == 0 { step.name.clone() } else { format!("{} {}", step.name, before + 1) });
        }
    }
    fields
}
