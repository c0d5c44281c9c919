//! Channels and contact rules.

use crate::args::Arguments;
use crate::code::{Code, Place, Purpose};
use crate::definitions::Definitions;
use crate::fault::At;
use crate::kinds::{constant_span, hours_of};
use crate::scope::{EventShape, Local};
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::program::{Base, Instr, Operand, Program, Routine};
use rehearsal_language::types::{Kinds, MONEY, SPAN, Type};
use rehearsal_policy::governance::{Cap, Caps};
use rehearsal_world::plan::{Channel, ContactPlan, FRAME_RESERVED, Suppress};

/// Slots that a contact can offer to choose from.
const CHOICES_MAX: u16 = 12;

impl Tables {
    /// Declares what the way of contacts sends and notes.
    pub(crate) fn declare_contacts(&mut self, definitions: &Definitions) {
        let people = self.people(definitions).unwrap_or(Kinds::Any);
        let name = || Type::Name(None);
        let who = Type::Ref { kinds: people, inside: false };
        let choices = Type::List(Box::new(Type::Slot), CHOICES_MAX);
        let source = Type::Ref { kinds: Kinds::Any, inside: false };
        self.messages.declare(
            "contacted",
            &[("template", name()), ("category", name()), ("channel", name()), ("source", source), ("choices", choices)],
        );
        self.messages.declare("refused", &[("reason", name())]);
        self.notes.declare(
            "contacted",
            &[
                ("who", who.clone()),
                ("template", name()),
                ("category", name()),
                ("channel", name()),
                ("rule", name()),
                ("cost", MONEY),
            ],
        );
        self.notes.declare(
            "contact_refused",
            &[("who", who), ("template", name()), ("category", name()), ("reason", name()), ("rule", name())],
        );
        for reason in [
            "balked",
            "reneged",
            "preempted",
            "sold_out",
            "timeout",
            "refused",
            "no_consent",
            "suppressed",
            "contact_cap",
            "channel_closed",
            "no_such_channel",
        ] {
            self.symbols.intern(reason);
        }
    }

    fn people(&mut self, definitions: &Definitions) -> Option<Kinds> {
        let to = definitions.contact_rules.as_ref()?.get("to")?.clone();
        let name = to.as_text()?;
        let found = self.kinds_named(name);
        if found.is_none() {
            let names: Vec<String> = self.kind_ids.keys().chain(self.mixin_kinds.keys()).cloned().collect();
            let name = name.to_owned();
            self.unknown(to.at, "kind or mixin", &name, names.iter().map(String::as_str));
        }
        found
    }

    /// Compiles channels and contact rules.
    pub(crate) fn compile_contacts(&mut self, program: &mut Program, definitions: &Definitions) -> ContactPlan {
        let mut plan = ContactPlan {
            message: self.messages.find("contacted"),
            refused: self.messages.find("refused"),
            sent: self.notes.find("contacted"),
            not_sent: self.notes.find("contact_refused"),
            people: self.people(definitions),
            ..ContactPlan::default()
        };
        for (name, at, node) in &definitions.channels {
            if let Some(channel) = self.channel(program, name, *at, node) {
                plan.channels.push(channel);
            }
        }
        if let Some(node) = &definitions.contact_rules
            && let Some(args) = self.arguments(node, &["!to", "consent", "suppress", "caps"])
        {
            self.rules(program, &args, &mut plan);
        }
        plan
    }

    fn channel(&mut self, program: &mut Program, name: &str, _at: At, node: &Node) -> Option<Channel> {
        let args = self.arguments(node, &["!name", "!delay", "!notice", "!heard", "!cost", "hours"])?;
        let hours = match args.get("hours") {
            Some(hours) => Some(hours_of(self, &hours.clone(), 0)?),
            None => None,
        };
        let mut routine = |part: &str, want: &Type| {
            let path = format!("channel/{name}/{part}");
            self.contact_value(program, &args.need(part), want, &path, None)
        };
        let (delay, notice) = (routine("delay", &SPAN)?, routine("notice", &SPAN)?);
        let (heard, cost) = (routine("heard", &Type::Bool)?, routine("cost", &MONEY)?);
        Some(Channel { name: self.symbols.intern(name), delay, notice, heard, cost, hours })
    }

    /// A value of the way of contacts; with `people` it may speak of who, category and channel.
    fn contact_value(
        &mut self,
        program: &mut Program,
        node: &Node,
        want: &Type,
        path: &str,
        people: Option<&Kinds>,
    ) -> Option<Routine> {
        let place = Place { kind: 0, state: None, event: EventShape::None, purpose: Purpose::Value, path };
        let given = if people.is_some() { 3 } else { 0 };
        let mut code = Code::open(program, self, &place, given);
        if let Some(people) = people {
            let who = Type::Ref { kinds: people.clone(), inside: true };
            let names = [("who", who), ("category", Type::Name(None)), ("channel", Type::Name(None))];
            for (word, (name, ty)) in names.into_iter().enumerate() {
                let at = Operand::new(Base::Frame, FRAME_RESERVED + word as u16);
                code.scope.locals.push(Local { name: name.into(), ty, at, env: u32::MAX });
            }
        }
        let value = code.value(node, 0, Some(want));
        // A value that lies in a constant is moved to the frame, where its reader looks.
        let at = value.as_ref().map(|value| {
            let d = code.emit.alloc(1);
            code.emit.push(Instr::Mov { d, a: value.at });
            d
        });
        let routine = code.close(at);
        value.map(|_| routine)
    }

    fn rules(&mut self, program: &mut Program, args: &Arguments, plan: &mut ContactPlan) {
        let people = plan.people.clone().unwrap_or(Kinds::Any);
        if let Some(consent) = args.get("consent").cloned() {
            plan.consent = self.contact_value(program, &consent, &Type::Bool, "consent", Some(&people));
        }
        for node in args.get("suppress").map(Node::items).unwrap_or_default() {
            let Some(args) = self.arguments(&node, &["!name", "!if", "defer"]) else { continue };
            let Some(name) = self.name_of(&args.need("name"), "a name") else { continue };
            let condition = self.contact_value(program, &args.need("if"), &Type::Bool, "suppress", Some(&people));
            let defer =
                args.get("defer").cloned().and_then(|defer| self.contact_value(program, &defer, &SPAN, "defer", Some(&people)));
            if let Some(condition) = condition {
                plan.suppress.push(Suppress { name, condition, defer });
            }
        }
        let mut caps = Caps::default();
        for node in args.get("caps").map(Node::items).unwrap_or_default() {
            let Some(args) = self.arguments(&node, &["!at_most", "!per", "except"]) else { continue };
            let (Some(at_most), Some(per)) =
                (self.plain_number(&args.need("at_most"), "`at_most`"), constant_span(self, &args.need("per"), 0))
            else {
                continue;
            };
            let except = args.get("except").map(Node::items).unwrap_or_default();
            let except = except.iter().filter_map(Node::as_text).map(|name| self.symbols.intern(name).0).collect();
            caps.caps.push(Cap { at_most: at_most.max(0.0) as u32, per: (per * 1e9) as u64, except });
        }
        plan.caps = caps;
    }
}
