//! Channels, templates and contact rules: what they declare, and how they are compiled.
//!
//! Here are declarations and channels; `rules.rs` reads the gates, `learning.rs` how channels are learned, `templates.rs`
//! what is written.

mod learning;
mod rules;
mod templates;

use crate::code::{Code, Place, Purpose};
use crate::definitions::Definitions;
use crate::fault::Fault;
use crate::kinds::hours_of;
use crate::scope::{EventShape, Local};
use crate::steps::CHOICES_MAX;
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::compile::Value;
use rehearsal_language::program::{Base, Instr, Operand, Program, Routine};
use rehearsal_language::types::{Kinds, MONEY, SPAN, Type};
use rehearsal_world::plan::{Channel, ContactPlan, FRAME_RESERVED, Schema};

/// Reasons that the runtime gives for what does not come to pass, and words for channels.
const REASONS: [&str; 15] = [
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
    "quiet_hours",
    "merged",
    LEARNED,
    PREFERRED,
];

/// What `channel` of a Contact says where it is to be learned.
const LEARNED: &str = "learned";
/// What it says where it is the one that the person prefers.
const PREFERRED: &str = "preferred";

/// What a value of contact rules may speak of besides who, category and channel.
struct Given<'g> {
    people: &'g Kinds,
    /// What a text is filled with.
    with: Option<&'g Schema>,
}

/// Words of who, category and channel.
const GIVEN_WORDS: u16 = 3;

impl Tables {
    /// Declares what the way of contacts sends and notes.
    pub(crate) fn declare_contacts(&mut self, definitions: &Definitions) {
        let people = self.people(definitions).unwrap_or(Kinds::Any);
        let name = || Type::Name(None);
        let merged = || Type::Maybe(Box::new(Type::Int));
        let who = || Type::Ref { kinds: people.clone(), inside: false };
        let choices = Type::List(Box::new(Type::Slot), CHOICES_MAX);
        let source = Type::Ref { kinds: Kinds::Any, inside: false };
        self.messages.declare(
            "contacted",
            &[
                ("template", name()),
                ("category", name()),
                ("channel", name()),
                ("source", source),
                ("choices", choices),
                ("merged", merged()),
            ],
        );
        self.messages.declare("refused", &[("reason", name())]);
        self.messages.declare("deferred", &[("reason", name()), ("until", Type::Time)]);
        self.notes.declare(
            "contacted",
            &[
                ("who", who()),
                ("template", name()),
                ("category", name()),
                ("channel", name()),
                ("rule", name()),
                ("cost", MONEY),
                ("merged", merged()),
            ],
        );
        for note in ["contact_refused", "contact_deferred"] {
            let shape = [("who", who()), ("template", name()), ("category", name()), ("reason", name()), ("rule", name())];
            self.notes.declare(note, &shape);
        }
        for reason in REASONS {
            self.symbols.intern(reason);
        }
        for (name, ..) in &definitions.templates {
            self.texts.id(name);
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
            deferred: self.messages.find("deferred"),
            sent: self.notes.find("contacted"),
            not_sent: self.notes.find("contact_refused"),
            put_off: self.notes.find("contact_deferred"),
            people: self.people(definitions),
            ..ContactPlan::default()
        };
        for (name, _, node) in &definitions.channels {
            if let Some(channel) = self.channel(program, name, node) {
                plan.channels.push(channel);
            }
        }
        if let Some(node) = &definitions.contact_rules {
            self.contact_rules(program, node, &mut plan);
        }
        self.words_for_channels(definitions, &plan);
        plan
    }

    /// Compiles what templates say, after all contacts that fill it.
    pub(crate) fn compile_texts(&mut self, program: &mut Program, definitions: &Definitions, plan: &mut ContactPlan) {
        let people = plan.people.clone().unwrap_or(Kinds::Any);
        for (name, _, node) in &definitions.templates {
            plan.texts.extend(self.template(program, name, node, &people));
        }
    }

    fn channel(&mut self, program: &mut Program, name: &str, node: &Node) -> Option<Channel> {
        let args = self.arguments(node, &["!name", "!delay", "!notice", "!heard", "!cost", "hours"])?;
        let hours = match args.get("hours") {
            Some(hours) => Some(hours_of(self, &hours.clone(), 0)?),
            None => None,
        };
        let mut routine = |part: &str, want: &Type| {
            let path = format!("channel/{name}/{part}");
            self.contact_value(program, &args.need(part), Some(want), &path, None).map(|(routine, _)| routine)
        };
        let (delay, notice) = (routine("delay", &SPAN)?, routine("notice", &SPAN)?);
        let (heard, cost) = (routine("heard", &Type::Bool)?, routine("cost", &MONEY)?);
        Some(Channel { name: self.symbols.intern(name), delay, notice, heard, cost, hours })
    }

    /// A value of the way of contacts; where something is given it may speak of who, category and channel.
    fn contact_value(
        &mut self,
        program: &mut Program,
        node: &Node,
        want: Option<&Type>,
        path: &str,
        given: Option<&Given<'_>>,
    ) -> Option<(Routine, Type)> {
        let place = Place { kind: 0, state: None, event: EventShape::None, purpose: Purpose::Value, path };
        let filled = given.and_then(|given| given.with).map_or(0, |with| with.words);
        let words = if given.is_some() { GIVEN_WORDS + filled } else { 0 };
        let mut code = Code::open(program, self, &place, words);
        if let Some(given) = given {
            given.declare(&mut code);
        }
        let value = code.value(node, 0, want);
        // A value that lies in a constant is moved to the frame, where its reader looks.
        let value = value.map(|Value { ty, at }| {
            let d = code.emit.alloc(ty.width());
            match ty.width() {
                1 => code.emit.push(Instr::Mov { d, a: at }),
                width => code.emit.copy(d, at, width),
            }
            (ty, d)
        });
        let routine = code.close(value.as_ref().map(|(_, at)| *at));
        value.map(|(ty, _)| (routine, ty))
    }

    /// Faults where words for channels stand for nothing, or where a channel is called like one.
    fn words_for_channels(&mut self, definitions: &Definitions, plan: &ContactPlan) {
        for (word, stands) in [(LEARNED, plan.learn.is_some()), (PREFERRED, plan.preferred.is_some())] {
            if let Some((_, at, _)) = definitions.channels.iter().find(|(name, ..)| stands && name == word) {
                self.fault(*at, format!("`{word}` stands for a channel that is found each time: call this one otherwise"));
            }
        }
        let learns = definitions.contact_rules.as_ref().is_some_and(|rules| rules.get(LEARNED_BY).is_some());
        if learns || self.kinds.iter().any(|kind| kind.field(LEARNED).is_some()) {
            return;
        }
        let mut places = Vec::new();
        for node in definitions.all() {
            crate::lint::every_node(node, &mut |node| {
                places.extend(node.get("channel").filter(|channel| channel.as_word() == Some(LEARNED)).map(|found| found.at));
            });
        }
        for at in places {
            let fault = Fault::new(at, "the channel is to be learned, and ContactRules(...) does not say how");
            self.faults.add(fault.help("add learn: Learn(success: [message_answered], within: \"1d\") to the rules"));
        }
    }
}

/// The argument of ContactRules that says how channels are learned.
const LEARNED_BY: &str = "learn";

impl Given<'_> {
    /// Names what is given in the frame of a routine.
    fn declare(&self, code: &mut Code<'_, '_>) {
        let who = Type::Ref { kinds: self.people.clone(), inside: true };
        let names = [("who", who), ("category", Type::Name(None)), ("channel", Type::Name(None))];
        let first = Operand::new(Base::Frame, FRAME_RESERVED);
        let mut local = |name: &str, ty: Type, word: u16| {
            code.scope.locals.push(Local { name: name.into(), ty, at: first.offset(word), env: u32::MAX });
        };
        for (word, (name, ty)) in names.into_iter().enumerate() {
            local(name, ty, word as u16);
        }
        for field in self.with.iter().flat_map(|with| &with.fields) {
            local(&field.name, field.ty.clone(), GIVEN_WORDS + field.offset);
        }
    }
}
