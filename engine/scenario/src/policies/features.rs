//! What a policy remembers of a profile: features, each fed by one event.

use super::PolicyCompiler;
use crate::code::{Place, Purpose, value_routine};
use crate::fault::At;
use crate::kinds::constant_span;
use crate::scope::EventShape;
use crate::tree::Node;
use rehearsal_language::types::Type;
use rehearsal_policy::feature::Feature;
use rehearsal_world::plan::Remembered;

impl PolicyCompiler<'_> {
    pub(super) fn remembers(&mut self) {
        for (name, at, node) in &self.interface.remembers.clone() {
            if let Some(remembered) = self.feature(name, *at, node) {
                self.kinds.out.remembers.push(remembered);
            }
        }
    }

    fn feature(&mut self, name: &str, at: At, node: &Node) -> Option<Remembered> {
        let tables = &mut *self.kinds.tables;
        let names: &[&'static str] = match node.head() {
            "Streak" => &["!on", "!if"],
            "CountIn" => &["!on", "!over"],
            "Count" => &["!on"],
            "Last" => &["!on", "!of"],
            "Mean" | "Trend" => &["!on", "!of", "!over"],
            other => {
                let other = other.to_owned();
                tables.unknown(node.at, "feature", &other, ["Streak", "CountIn", "Count", "Last", "Mean", "Trend"]);
                return None;
            }
        };
        let args = tables.arguments(node, names)?;
        let on = args.need("on");
        let event = tables.name_of(&on, "an event")?;
        let over = match (node.head(), args.get("over").cloned()) {
            ("CountIn", Some(over)) => constant_span(tables, &over, 0)?,
            (_, Some(over)) => tables.plain_number(&over, "`over`, a number of readings,")?,
            _ => 0.0,
        };
        let feature = match node.head() {
            "Streak" => Feature::Streak,
            "CountIn" => Feature::CountIn { window: over },
            "Count" => Feature::Count,
            "Last" => Feature::Last,
            "Mean" => Feature::Mean { over },
            _ => Feature::Trend { over },
        };
        let message = self.event(&event, on.at)?;
        let tables = &mut *self.kinds.tables;
        let path = format!("remembers/{name}");
        let place = Place {
            kind: self.kinds.kind,
            state: None,
            event: EventShape::Message(message),
            purpose: Purpose::Value,
            path: &path,
        };
        let value = match args.get("if").or(args.get("of")).cloned() {
            Some(node) => {
                let want = args.get("if").map(|_| Type::Bool);
                let (routine, ty) = value_routine(self.kinds.program, tables, &place, &node, 0, want.as_ref())?;
                if want.is_none() {
                    if !matches!(ty, Type::Quantity(_)) {
                        tables.fault(node.at, "a feature is computed from numbers");
                    }
                    tables.feature_types.insert(name.to_owned(), ty);
                }
                Some(routine)
            }
            None => None,
        };
        let slot = tables.kinds[self.kinds.kind as usize].field(name)?.slot;
        let state = tables.kinds[self.kinds.kind as usize].slots(feature.words());
        let _ = at;
        Some(Remembered { name: name.to_owned(), message, value, feature, state, slot })
    }
}
