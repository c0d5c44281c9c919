//! The gates: consent, suppression, quiet hours, caps, and what passes them.

use super::Given;
use crate::args::Arguments;
use crate::kinds::{constant_span, hours_of};
use crate::tables::Tables;
use crate::tree::Node;
use rehearsal_language::program::{Program, Routine};
use rehearsal_language::types::{Kinds, SPAN, Type};
use rehearsal_policy::governance::{Beyond, Cap, Caps};
use rehearsal_policy::quiet::Quiet;
use rehearsal_world::plan::{ContactPlan, QuietHours, Suppress};

/// What may happen beyond a cap.
const BEYOND: [(&str, Beyond); 3] = [("drop", Beyond::Drop), ("defer", Beyond::Defer), ("merge", Beyond::Merge)];

impl Tables {
    /// Reads the rules of contacts into `plan`.
    pub(super) fn contact_rules(&mut self, program: &mut Program, node: &Node, plan: &mut ContactPlan) {
        let names = &["!to", "consent", "suppress", "caps", "quiet", "bypass", "without_consent", "preferred", "learn"];
        let Some(args) = self.arguments(node, names) else { return };
        let people = plan.people.clone().unwrap_or(Kinds::Any);
        plan.consent = self.rule(program, args.get("consent"), &Type::Bool, "consent", &people);
        self.suppressions(program, &args, plan, &people);
        plan.quiet = args.get("quiet").cloned().and_then(|node| self.quiet(program, &node, &people));
        plan.caps = Caps {
            caps: args.get("caps").map(Node::items).unwrap_or_default().iter().filter_map(|node| self.cap(node)).collect(),
        };
        plan.bypass = self.categories(args.get("bypass"));
        plan.without_consent = self.categories(args.get("without_consent"));
        plan.preferred = self.rule(program, args.get("preferred"), &Type::Name(None), "preferred", &people);
        plan.learn = args.get("learn").cloned().and_then(|node| self.learn(program, &node, plan, &people));
    }

    /// A value of the rules, about who, category and channel.
    pub(super) fn rule(
        &mut self,
        program: &mut Program,
        node: Option<&Node>,
        want: &Type,
        path: &str,
        people: &Kinds,
    ) -> Option<Routine> {
        let given = Given { people, with: None };
        self.contact_value(program, node?, Some(want), path, Some(&given)).map(|(routine, _)| routine)
    }

    fn suppressions(&mut self, program: &mut Program, args: &Arguments, plan: &mut ContactPlan, people: &Kinds) {
        for node in args.get("suppress").map(Node::items).unwrap_or_default() {
            let Some(args) = self.arguments(&node, &["!name", "!if", "defer"]) else { continue };
            let Some(name) = self.name_of(&args.need("name"), "a name") else { continue };
            let condition = self.rule(program, args.get("if"), &Type::Bool, "suppress", people);
            let defer = self.rule(program, args.get("defer"), &SPAN, "defer", people);
            if let Some(condition) = condition {
                plan.suppress.push(Suppress { name, condition, defer });
            }
        }
    }

    fn quiet(&mut self, program: &mut Program, node: &Node, people: &Kinds) -> Option<QuietHours> {
        let args = self.arguments(node, &["!hours", "zone"])?;
        let hours = hours_of(self, &args.need("hours"), 0)?;
        let zone = self.rule(program, args.get("zone"), &SPAN, "quiet/zone", people);
        Some(QuietHours { quiet: Quiet { hours }, zone })
    }

    fn cap(&mut self, node: &Node) -> Option<Cap> {
        let args = self.arguments(node, &["!at_most", "!per", "of", "except", "beyond"])?;
        let at_most = self.plain_number(&args.need("at_most"), "`at_most`");
        let per = constant_span(self, &args.need("per"), 0);
        let of = args.get("of").map(|node| self.categories(Some(node)));
        let except = self.categories(args.get("except"));
        let beyond = match args.get("beyond").cloned() {
            Some(node) => self.beyond(&node)?,
            None => Beyond::Drop,
        };
        Some(Cap { at_most: at_most?.max(0.0) as u32, per: (per? * 1e9) as u64, of, except, beyond })
    }

    fn beyond(&mut self, node: &Node) -> Option<Beyond> {
        let name = self.name_of(node, "what happens beyond a cap")?;
        let found = BEYOND.iter().find(|(have, _)| *have == name).map(|(_, beyond)| *beyond);
        if found.is_none() {
            self.unknown(node.at, "way beyond a cap called", &name, BEYOND.map(|(name, _)| name));
        }
        found
    }

    /// Categories as symbol numbers.
    fn categories(&mut self, node: Option<&Node>) -> Vec<u32> {
        let names = node.map(Node::items).unwrap_or_default();
        let names: Vec<String> = names.iter().filter_map(|node| self.name_of(node, "a category")).collect();
        names.iter().map(|name| self.symbols.intern(name).0).collect()
    }
}
