//! Holders of a kind: what an actor owns that is in short supply, and what is taken of it before the story begins.

use super::{KindCompiler, constant_span, hours_of};
use crate::fault::Fault;
use crate::tree::{Node, What};
use rehearsal_language::program::Routine;
use rehearsal_language::types::{HolderKind, NUMBER, SPAN, Type};
use rehearsal_model::holder::Discipline;
use rehearsal_model::hours::Hours;
use rehearsal_world::plan::{Fill, Holder, HolderPlan, Reorder, Shift};

impl KindCompiler<'_> {
    pub(super) fn holders(&mut self) {
        let info = self.tables.kinds[self.kind as usize].clone();
        for (name, kind, node, env) in &info.holders {
            let what = match kind {
                HolderKind::Resource => self.resource(name, node, *env),
                HolderKind::Pool => self.pool(name, node, *env),
                HolderKind::Stock => self.stock(name, node, *env),
                HolderKind::Agenda => self.agenda(name, node, *env),
                HolderKind::Line => self.line(name, node, *env),
            };
            // A faulty holder keeps its number, so that the others keep theirs.
            let zero = self.constant(&[0]);
            let what = what.unwrap_or(HolderPlan::Resource { capacity: zero, discipline: Discipline::Fifo, shift: Shift::Fixed });
            self.out.holders.push(Holder { name: name.clone(), what });
        }
    }

    /// Units: a whole number from 0 up.
    fn units(&mut self, node: &Node, env: u32, what: &str, path: &str) -> Option<Routine> {
        let (node, env) = self.tables.resolve(node, env);
        if let What::Number { value, whole } = &node.what {
            let bound = if what == "capacity" { "a capacity" } else { what };
            if whole.is_none_or(|whole| !(0..=1_000_000_000).contains(&whole)) {
                self.tables.fault(node.at, format!("{bound} of {value}: it is a whole number from 0 to 1000000000"));
                return None;
            }
        }
        self.routine(&node, env, Some(&Type::Int), path)
    }

    fn resource(&mut self, name: &str, node: &Node, env: u32) -> Option<HolderPlan> {
        let args = self.tables.arguments(node, &["!capacity", "discipline"])?;
        let discipline = match args.get("discipline").map(|node| (node.head().to_owned(), node.at)) {
            None => Discipline::Fifo,
            Some((word, _)) if word == "Fifo" => Discipline::Fifo,
            Some((word, _)) if word == "Priority" => Discipline::Priority,
            Some((word, _)) if word == "Preemptive" => Discipline::Preemptive,
            Some((word, at)) => {
                self.tables.unknown(at, "discipline", &word, ["Fifo", "Priority", "Preemptive"]);
                Discipline::Fifo
            }
        };
        let capacity = args.need("capacity");
        if capacity.head() != "Shift" {
            let capacity = self.units(&capacity, env, "capacity", &format!("{name}/capacity"))?;
            return Some(HolderPlan::Resource { capacity, discipline, shift: Shift::Fixed });
        }
        let shift = self.tables.arguments(&capacity, &["!units", "!hours", "closed"])?;
        let capacity = self.units(&shift.need("units"), env, "capacity", &format!("{name}/capacity"))?;
        let hours = self.hours(&shift.need("hours"), env)?;
        let closed = match shift.get("closed").cloned() {
            Some(node) => Some(self.units(&node, env, "units while it is closed", &format!("{name}/closed"))?),
            None => None,
        };
        Some(HolderPlan::Resource { capacity, discipline, shift: Shift::Hours { hours, closed } })
    }

    /// Opening hours, such as "Mon-Fri 08:00-18:00".
    pub(crate) fn hours(&mut self, node: &Node, env: u32) -> Option<Hours> {
        hours_of(self.tables, node, env)
    }

    fn pool(&mut self, name: &str, node: &Node, env: u32) -> Option<HolderPlan> {
        let args = self.tables.arguments(node, &["!kind", "!count", "with"])?;
        let (kind_node, _) = self.tables.resolve(&args.need("kind"), env);
        let kind_name = self.tables.name_of(&kind_node, "a kind")?;
        let Some(kind) = self.tables.kind_ids.get(&kind_name).copied() else {
            let names: Vec<String> = self.tables.kind_ids.keys().cloned().collect();
            self.tables.unknown(kind_node.at, "kind", &kind_name, names.iter().map(String::as_str));
            return None;
        };
        let count = self.units(&args.need("count"), env, "a count", &format!("{name}/count"))?;
        let mut with = Vec::new();
        for (field, at, value) in args.get("with").map(Node::entries).unwrap_or_default() {
            let Some(info) = self.tables.kinds[kind as usize].field(&field).cloned() else {
                let names: Vec<String> = self.tables.kinds[kind as usize].fields.iter().map(|field| field.name.clone()).collect();
                self.tables.unknown(at, &format!("field of {kind_name}"), &field, names.iter().map(String::as_str));
                continue;
            };
            if let Some(routine) = self.routine(&value, env, Some(&info.ty), &format!("{name}/{field}")) {
                with.push((info.slot, info.ty.width(), routine));
            }
        }
        Some(HolderPlan::Pool { kind, count, with })
    }

    fn stock(&mut self, name: &str, node: &Node, env: u32) -> Option<HolderPlan> {
        let args = self.tables.arguments(node, &["!level", "reorder_at", "order", "up_to", "lead_time", "review"])?;
        let level = self.units(&args.need("level"), env, "a level", &format!("{name}/level"))?;
        let given = |name: &str| args.get(name).cloned();
        let (order, up_to) = match (given("order"), given("up_to")) {
            (Some(order), None) => (order, false),
            (None, Some(up_to)) => (up_to, true),
            (None, None) if given("reorder_at").is_none() && given("lead_time").is_none() && given("review").is_none() => {
                return Some(HolderPlan::Stock { level, reorder: None });
            }
            _ => {
                let found = if given("order").is_some() { "both" } else { "neither" };
                let message = format!("a stock that is ordered again says how much, by `order` or by `up_to`: found {found}");
                let fault = Fault::new(node.at, message);
                self.tables.faults.add(fault.help("order: 40 units each time, or up_to: 60 on the shelf and on their way"));
                return None;
            }
        };
        let (Some(at), Some(lead_time)) = (given("reorder_at"), given("lead_time")) else {
            let found = if given("lead_time").is_some() { "`reorder_at`" } else { "`lead_time`" };
            let message = format!("a stock that is ordered again says when, and how long that takes: it lacks {found}");
            let fault = Fault::new(node.at, message);
            self.tables.faults.add(fault.help("reorder_at: 15, lead_time: \"6d\""));
            return None;
        };
        if let What::Number { whole: Some(0), .. } = order.what {
            let what = if up_to { "goods are ordered up to a level of 0" } else { "an order is of 0 units" };
            self.tables
                .faults
                .add(Fault::new(order.at, format!("{what}: nothing would ever come")).help("give a number from 1 up"));
            return None;
        }
        let reorder = Reorder {
            at: self.units(&at, env, "a level", &format!("{name}/reorder_at"))?,
            order: self.units(&order, env, "an order", &format!("{name}/order"))?,
            up_to,
            lead_time: self.routine(&lead_time, env, Some(&SPAN), &format!("{name}/lead_time"))?,
            review: match given("review") {
                Some(review) => Some(self.routine(&review, env, Some(&SPAN), &format!("{name}/review"))?),
                None => None,
            },
        };
        Some(HolderPlan::Stock { level, reorder: Some(reorder) })
    }

    fn line(&mut self, name: &str, node: &Node, env: u32) -> Option<HolderPlan> {
        let args = self.tables.arguments(node, &["!of", "batch"])?;
        let (of, _) = self.tables.resolve(&args.need("of"), env);
        let kind = self.tables.name_of(&of, "a kind")?;
        if self.tables.kinds_named(&kind).is_none() {
            let names: Vec<String> = self.tables.kind_ids.keys().cloned().collect();
            self.tables.unknown(of.at, "kind", &kind, names.iter().map(String::as_str));
        }
        let batch = match args.get("batch").cloned() {
            Some(Node { what: What::Number { whole: Some(0), .. }, at }) => {
                let fault = Fault::new(at, "a batch of 0: so many go on together, from 1 up");
                self.tables.faults.add(fault.help("leave `batch` out where Admit lets them in"));
                return None;
            }
            Some(batch) => self.units(&batch, env, "a batch", &format!("{name}/batch"))?,
            None => self.constant(&[0]),
        };
        Some(HolderPlan::Line { batch })
    }

    fn agenda(&mut self, name: &str, node: &Node, env: u32) -> Option<HolderPlan> {
        let args = self.tables.arguments(node, &["!capacity", "step", "hours", "fill"])?;
        if let What::Number { value, .. } = args.need("capacity").what
            && value > 65_535.0
        {
            let fault = Fault::new(args.need("capacity").at, format!("a capacity of {value}: an agenda has up to 65535 places"));
            self.tables.faults.add(fault.help("let several owners have an agenda each"));
            return None;
        }
        let capacity = self.units(&args.need("capacity"), env, "capacity", &format!("{name}/capacity"))?;
        let step = match args.get("step") {
            Some(step) => constant_span(self.tables, &step.clone(), env)?,
            None => 3600.0,
        };
        if !(60.0..=7.0 * 86_400.0).contains(&step) {
            let at = args.get("step").map_or(node.at, |step| step.at);
            self.tables.fault(at, "the step of an agenda is from 1min to 7d");
            return None;
        }
        let hours = match args.get("hours") {
            Some(hours) => Some(self.hours(&hours.clone(), env)?),
            None => None,
        };
        let fill = match args.get("fill").cloned() {
            None => Fill::Empty,
            Some(fill) if fill.head() == "Busy" => {
                let args = self.tables.arguments(&fill, &["!share", "until", "then"])?;
                let whole = Node { at: fill.at, what: What::Text { text: "10000d".into(), inside: None } };
                let until = args.get("until").cloned().unwrap_or(whole);
                let then = args.get("then").cloned().unwrap_or_else(|| args.need("share"));
                Fill::Busy {
                    share: self.routine(&args.need("share"), env, Some(&NUMBER), &format!("{name}/share"))?,
                    until: self.routine(&until, env, Some(&SPAN), &format!("{name}/until"))?,
                    then: self.routine(&then, env, Some(&NUMBER), &format!("{name}/then"))?,
                }
            }
            Some(fill) if fill.head() == "Meetings" => {
                let args = self.tables.arguments(&fill, &["!per_day", "!length"])?;
                Fill::Meetings {
                    per_day: self.routine(&args.need("per_day"), env, Some(&Type::Int), &format!("{name}/per_day"))?,
                    length: self.routine(&args.need("length"), env, Some(&SPAN), &format!("{name}/length"))?,
                }
            }
            Some(fill) => {
                let head = fill.head().to_owned();
                self.tables.unknown(fill.at, "way to fill an agenda", &head, ["Busy", "Meetings"]);
                return None;
            }
        };
        Some(HolderPlan::Agenda { capacity, step, hours, fill })
    }
}
