//! Sources: actors that come into the world one after another, at a rate or so long apart.

use super::{KindCompiler, StatePlace};
use crate::args::Arguments;
use crate::code::{Code, Purpose, value_routine};
use crate::fault::Fault;
use crate::scope::EventShape;
use crate::tree::{Node, What};
use rehearsal_language::compile::Value;
use rehearsal_language::program::{Instr, Law, Routine};
use rehearsal_language::scope::Scope;
use rehearsal_language::types::Type;
use rehearsal_language::unit::Dimension;
use rehearsal_world::plan::{Timer, TimerKind};

/// Happenings by time.
const RATE: Type = Type::Quantity(Dimension::TIME.pow(-1));

impl KindCompiler<'_> {
    /// `Source(kind: customer, rate: "90 / 1h")`: a timer that spawns.
    pub(super) fn source(&mut self, node: &Node, env: u32, state: StatePlace) -> Option<u16> {
        let names = ["!kind", "with", "every", "rate", "peak", "units", "while", "name"];
        if node.head() != "Source" {
            let fault = Fault::new(node.at, format!("a source is written Source(...), found {}", node.describe()));
            self.tables.faults.add(fault.help("as in Source(kind: customer, rate: \"90 / 1h\")"));
            return None;
        }
        let args = self.tables.arguments(node, &names)?;
        let name = match args.get("name") {
            Some(name) => self.tables.name_of(&name.clone(), "a source's name")?,
            None => args.need("kind").as_text().unwrap_or("source").to_owned(),
        };
        let written = (state, name.clone());
        if self.sources.contains(&written) {
            let fault = Fault::new(node.at, format!("two sources here are called `{name}`, so their chances would be one"));
            self.tables.faults.add(fault.help("tell them apart by name: ..., as in name: regulars"));
            return None;
        }
        self.sources.push(written);
        let number = self.out.timers.len() as u16;
        let path = format!("{}/source/{name}", self.state_path(state));
        let delay = self.gap(node, &args, env, state, &path);
        let condition = args.get("while").cloned().and_then(|condition| {
            let place = self.place(state, EventShape::None, Purpose::Value, &path);
            value_routine(self.program, self.tables, &place, &condition, env, Some(&Type::Bool)).map(|(routine, _)| routine)
        });
        let body = self.arrival(&args, env, state, &path);
        let slot = self.tables.kinds[self.kind as usize].slots(2);
        if condition.is_some() {
            self.out.conditional.push(number);
        }
        let (kind, delay) = (TimerKind::Every, delay?);
        self.out.timers.push(Timer { kind, place: state, delay, condition, body, slot, name: None, goto: None });
        Some(number)
    }

    /// The time from one arrival to the next.
    fn gap(&mut self, node: &Node, args: &Arguments, env: u32, state: StatePlace, path: &str) -> Option<Routine> {
        match (args.get("every"), args.get("rate")) {
            (Some(every), None) if args.get("peak").is_none() => self.span(&every.clone(), env, state, TimerKind::Every, path),
            (None, Some(rate)) => {
                let rate = args.get("peak").unwrap_or(rate).clone();
                let place = self.place(state, EventShape::None, Purpose::Value, path);
                let mut code = Code::open(self.program, self.tables, &place, 0);
                let rate = code.rate(&rate, env);
                let d = code.emit.alloc(1);
                if let Some(rate) = &rate {
                    let (one, never) = (code.emit.float(1.0), code.emit.float(f64::INFINITY));
                    code.emit.push(Instr::Mov { d, a: never });
                    let nobody = code.emit.jump(Instr::Jz { a: rate.at, t: 0 });
                    code.emit.push(Instr::DivF { d, a: one, b: rate.at });
                    let site = code.scope.site("exponential");
                    code.emit.push(Instr::Draw { law: Law::Exponential, site, d, a: d, b: rate.at, c: d });
                    code.emit.land(nobody);
                }
                let routine = code.close(Some(d));
                rate.map(|_| routine)
            }
            _ => {
                let found = match (args.get("every").is_some(), args.get("rate").is_some()) {
                    (true, true) => "both",
                    (true, false) => "`every` with a `peak`, which belongs to a `rate`",
                    _ => "neither",
                };
                let message = format!("a source says how often somebody comes, by `every` or by `rate`: found {found}");
                let fault = Fault::new(node.at, message);
                self.tables.faults.add(fault.help(
                    "every: \"exponential(4min)\", or rate: \"15 / 1h\"; where a rate changes, peak: \"40 / 1h\" is the most it comes to",
                ));
                None
            }
        }
    }

    /// What an arrival does: it spawns, unless the rate is below its peak and chance has it so.
    fn arrival(&mut self, args: &Arguments, env: u32, state: StatePlace, path: &str) -> Routine {
        let place = self.place(state, EventShape::None, Purpose::Work, path);
        let mut code = Code::open(self.program, self.tables, &place, 0);
        if let (Some(rate), Some(peak)) = (args.get("rate").cloned(), args.get("peak").cloned())
            && let (Some(rate), Some(peak)) = (code.rate(&rate, env), code.rate(&peak, env))
        {
            let d = code.emit.alloc(1);
            code.emit.push(Instr::DivF { d, a: rate.at, b: peak.at });
            let site = code.scope.site("thinned");
            code.emit.push(Instr::Draw { law: Law::Chance, site, d, a: d, b: rate.at, c: peak.at });
            let comes = code.emit.jump(Instr::Jz { a: d, t: 0 });
            code.arrive(args, env);
            code.emit.land(comes);
        } else {
            code.arrive(args, env);
        }
        code.close(None)
    }
}

impl Code<'_, '_> {
    /// A rate: happenings by time.
    fn rate(&mut self, node: &Node, env: u32) -> Option<Value> {
        let value = self.value(node, env, None)?;
        if value.ty == RATE {
            return Some(value);
        }
        let found = self.describe(&value.ty);
        let fault = Fault::new(node.at, format!("expected a rate, found {found}"));
        self.tables().faults.add(fault.help("a rate is a number by a time, as in \"90 / 1h\""));
        None
    }

    /// Spawns those who arrive together.
    fn arrive(&mut self, args: &Arguments, env: u32) {
        let at = args.at;
        let mut entries = vec![("kind".to_owned(), args.need("kind").at, args.need("kind"))];
        entries.extend(args.get("with").map(|with| ("with".to_owned(), with.at, with.clone())));
        let spawn = Node { at, what: What::Record("Spawn".into(), entries) };
        let step = match args.get("units") {
            None => spawn,
            Some(units) => {
                let body = Node { at, what: What::List(vec![spawn]) };
                let entries = vec![("times".to_owned(), units.at, units.clone()), ("do".to_owned(), at, body)];
                Node { at, what: What::Record("Repeat".into(), entries) }
            }
        };
        self.steps(&[step], env);
    }
}
