//! The step that reaches out to a person.

use super::Code;
use super::messages::Carrier;
use crate::fault::Fault;
use crate::tree::Node;
use rehearsal_language::types::Type;
use rehearsal_world::plan::{Effect, Put};

/// Slots that a contact can offer to choose from.
pub(crate) const CHOICES_MAX: u16 = 12;

impl Code<'_, '_> {
    pub(super) fn contact(&mut self, step: &Node, env: u32) {
        let names = &["!who", "!template", "!category", "!channel", "choices", "with"];
        let Some(args) = self.tables().arguments(step, names) else { return };
        let mark = self.emit.mark();
        let any = Type::Name(None);
        let who = self.value(&args.need("who"), env, None);
        let template = self.value(&args.need("template"), env, Some(&any));
        let category = self.value(&args.need("category"), env, Some(&any));
        let channel = self.value(&args.need("channel"), env, Some(&any));
        let choices = match args.get("choices").cloned() {
            Some(choices) => {
                let list = Type::List(Box::new(Type::Slot), CHOICES_MAX);
                self.value(&choices, env, Some(&list)).map(|value| (value.at, value.ty.width()))
            }
            None => None,
        };
        let with = self.fills(&args.need("template"), args.get("with"), env);
        if let (Some(who), Some(template), Some(category), Some(channel)) = (who, template, category, channel) {
            let kind = self.scope.kind;
            self.scope.tables.recorded.contacts.insert(kind);
            for note in ["contacted", "contact_refused", "contact_deferred"] {
                if let Some(note) = self.tables().notes.find(note) {
                    self.tables().stated.insert((note, kind));
                }
            }
            let refused = self.refusal_word();
            self.effect(Effect::Contact {
                who: who.at,
                template: template.at,
                category: category.at,
                channel: channel.at,
                choices,
                with,
                refused,
            });
            self.turn_back_if_refused(refused);
        }
        self.release(mark);
    }

    /// What the text of a template is filled with, and how many words that are.
    fn fills(&mut self, template: &Node, with: Option<&Node>, env: u32) -> (Vec<Put>, u16) {
        let (named, _) = self.tables().resolve(template, env);
        let Some(name) = named.as_word().map(str::to_owned) else {
            // Which one it will be is not known: it may be any, and gives nothing.
            for id in 0..self.tables().texts.known.len() as u16 {
                let _ = self.tables().texts.sent(id, &[]);
            }
            if let Some(with) = with {
                self.nobody_takes(with);
                let fault = Fault::new(with.at, "`with` fills the text of a template, and here it is not known which");
                self.tables().faults.add(fault.help("name the template by a bare word"));
            }
            return (Vec::new(), 0);
        };
        let Some(id) = self.tables().texts.find(&name) else {
            if let Some(with) = with {
                self.nobody_takes(with);
                let fault = Fault::new(with.at, format!("no Template says what to do with this: `{name}` has no text"));
                self.tables().faults.add(fault.help(format!("write Template(name: {name}, text: \"...\"), or leave `with` out")));
            }
            return (Vec::new(), 0);
        };
        let puts = self.payload(with, env, Carrier::Text(id));
        (puts, self.tables().texts.known[id as usize].words)
    }

    /// Values that no text gets, because of a fault that is told here: that a text lacks them is not told as well.
    fn nobody_takes(&mut self, with: &Node) {
        let names = with.entries().into_iter().map(|(name, ..)| name);
        self.tables().faulty.extend(names);
    }
}
