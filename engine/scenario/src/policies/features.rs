//! What a policy remembers of a profile: features, each fed by one event.

use super::PolicyCompiler;
use crate::args::Arguments;
use crate::code::{Code, Place, Purpose, value_routine};
use crate::fault::Fault;
use crate::kinds::constant_span;
use crate::scope::EventShape;
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_kernel::Duration;
use rehearsal_language::compile::shown_present;
use rehearsal_language::program::Routine;
use rehearsal_language::types::{NUMBER, Type};
use rehearsal_language::unit::Dimension;
use rehearsal_policy::feature::{Feature, Fold, LAST_MAX, MOMENTS, MOMENTS_MAX, Over, PANES, PANES_MAX, READINGS_MAX};
use rehearsal_world::plan::Remembered;

/// Features by name.
const FEATURES: &[&str] = &["Streak", "Count", "Since", "Last", "Sum", "Mean", "Min", "Max", "Slope", "Ewma", "Trend"];

impl Tables {
    /// Reads what a feature computes; `None` after a fault.
    pub(super) fn read_feature(&mut self, node: &Node) -> Option<Feature> {
        let args = self.feature_arguments(node)?;
        match node.head() {
            "Streak" => Some(Feature::Streak),
            "Count" => self.count(&args),
            "Since" => Some(Feature::Since),
            "Last" => Some(Feature::Last),
            "Sum" => self.fold(Fold::Sum, &args),
            "Mean" => self.fold(Fold::Mean, &args),
            "Min" => self.fold(Fold::Min, &args),
            "Max" => self.fold(Fold::Max, &args),
            "Slope" => self.fold(Fold::Slope, &args),
            "Ewma" => self.weighted(&args),
            _ => Some(Feature::Trend { over: self.weight(&args.need("over"))? }),
        }
    }

    /// The arguments of a feature, all checked to be there.
    fn feature_arguments(&mut self, node: &Node) -> Option<Arguments> {
        let names: &[&'static str] = match node.head() {
            "Streak" => &["!on", "!if"],
            "Count" => &["!on", "over", "if", "up_to"],
            "Since" => &["!on", "if"],
            "Last" => &["!on", "!of", "if"],
            "Sum" | "Mean" | "Min" | "Max" => &["!on", "!of", "over", "if", "panes"],
            "Slope" => &["!on", "!of", "!over", "if", "panes"],
            "Ewma" => &["!on", "!of", "over", "half_life", "if"],
            "Trend" => &["!on", "!of", "!over", "if"],
            other => {
                let other = other.to_owned();
                self.unknown(node.at, "feature", &other, FEATURES.iter().copied());
                return None;
            }
        };
        self.arguments(node, names)
    }

    fn count(&mut self, args: &Arguments) -> Option<Feature> {
        let up_to = args.get("up_to").cloned();
        let counted = "a count over a span keeps the moments of what it counts";
        let most = up_to.as_ref().map(|node| self.whole_from_one(node, "up_to", MOMENTS_MAX, counted));
        let over = args.get("over").cloned();
        let feature = match &over {
            None => Feature::Count,
            Some(Node { what: What::Number { .. }, at }) if args.get("if").is_none() => {
                let fault =
                    Fault::new(*at, "a count over so many events counts those of them that pass a test, and there is none");
                self.faults.add(fault.help("give it one: if: \"...\", or let `over` be a span of time, as in over: \"72h\""));
                return None;
            }
            Some(node @ Node { what: What::Number { .. }, .. }) => {
                let readings = self.whole_from_one(node, "over", LAST_MAX, "it keeps one bit for each of the last events")?;
                Feature::CountOfLast { readings }
            }
            Some(node) => Feature::CountWithin { span: self.whole_span(node)?, up_to: most.unwrap_or(Some(MOMENTS))? },
        };
        if let (Some(node), false) = (&up_to, matches!(feature, Feature::CountWithin { .. })) {
            self.only_over_a_span(node, "up_to");
        }
        Some(feature)
    }

    fn fold(&mut self, fold: Fold, args: &Arguments) -> Option<Feature> {
        let panes = args.get("panes").cloned();
        let over = match args.get("over").cloned() {
            None => Over::Ever,
            Some(node @ Node { what: What::Number { .. }, .. }) => Over::Readings(self.whole_from_one(
                &node,
                "over",
                READINGS_MAX,
                "a window keeps all its readings: let `over` be a span of time, or take Ewma(...)",
            )?),
            Some(node) => {
                let kept = "a window of time keeps what each of its panes comes to";
                let cut = panes.as_ref().map(|node| self.whole_from_one(node, "panes", PANES_MAX, kept));
                Over::Span { span: self.whole_span(&node)?, panes: cut.unwrap_or(Some(PANES))? }
            }
        };
        if let (Some(node), false) = (&panes, matches!(over, Over::Span { .. })) {
            self.only_over_a_span(node, "panes");
        }
        Some(Feature::Fold { fold, over })
    }

    fn weighted(&mut self, args: &Arguments) -> Option<Feature> {
        match (args.get("over").cloned(), args.get("half_life").cloned()) {
            (Some(over), None) => Some(Feature::Ewma { over: self.weight(&over)? }),
            (None, Some(span)) => {
                self.whole_span(&span)?;
                Some(Feature::HalfLife { half_life: constant_span(self, &span, 0)? })
            }
            (_, half_life) => {
                let at = half_life.map_or(args.at, |node| node.at);
                let fault = Fault::new(at, "Ewma(...) takes either `over` or `half_life`");
                self.faults.add(fault.help("over: 20 weighs by readings, half_life: \"2h\" by time"));
                None
            }
        }
    }

    /// How many values a weighted mean looks over.
    fn weight(&mut self, node: &Node) -> Option<f64> {
        let over = self.plain_number(node, "`over`, a number of readings,")?;
        if over < 1.0 {
            let fault = Fault::new(node.at, format!("`over` is {over}: it is a number of readings, from 1"));
            self.faults.add(fault.help("as in over: 20"));
            return None;
        }
        Some(over)
    }

    /// A whole number from 1 to `most`, which is so because of something that is `kept`.
    pub(super) fn whole_from_one(&mut self, node: &Node, what: &str, most: u16, kept: &str) -> Option<u16> {
        let found = self.plain_number(node, &format!("`{what}`"))?;
        if found.fract() != 0.0 || !(1.0..=f64::from(most)).contains(&found) {
            let fault = Fault::new(node.at, format!("`{what}` is {found}: it is a whole number from 1 to {most}"));
            self.faults.add(fault.help(kept.to_owned()));
            return None;
        }
        Some(found as u16)
    }

    /// A span above zero that is known when the scenario loads \[ns\].
    fn whole_span(&mut self, node: &Node) -> Option<u64> {
        self.span_above_zero(node, 0)
    }

    /// The same in an environment.
    pub(super) fn span_above_zero(&mut self, node: &Node, env: u32) -> Option<u64> {
        let seconds = constant_span(self, node, env)?;
        let span = Duration::checked_from_seconds(seconds).map_or(0, Duration::as_ns);
        if span == 0 {
            let fault = Fault::new(node.at, format!("a span of {seconds} s: it has to be above zero, and within 584 years"));
            self.faults.add(fault.help("as in \"24h\""));
            return None;
        }
        Some(span)
    }

    fn only_over_a_span(&mut self, node: &Node, what: &str) {
        let fault = Fault::new(node.at, format!("`{what}` is for what is computed over a span of time"));
        self.faults.add(fault.help(format!("let `over` be one, as in over: \"72h\", or leave `{what}` out")));
    }
}

impl PolicyCompiler<'_> {
    pub(super) fn remembers(&mut self) {
        for ((name, _, node), feature) in self.interface.remembers.iter().zip(&self.interface.features) {
            if let Some(remembered) = self.feature(name, node, *feature) {
                self.kinds.out.remembers.push(remembered);
            }
        }
    }

    fn feature(&mut self, name: &str, node: &Node, feature: Feature) -> Option<Remembered> {
        let args = self.kinds.tables.feature_arguments(node)?;
        let on = args.need("on");
        let event = self.kinds.tables.name_of(&on, "an event")?;
        let message = self.event(&event, on.at)?;
        let path = format!("remembers/{name}");
        let test = match args.get("if") {
            Some(test) => Some(self.test(message, &path, test, 0)?),
            None => None,
        };
        let fed = match args.get("of") {
            Some(of) => Some(self.fed(message, &path, of, args.get("if"), 0)?),
            None => None,
        };
        if let Some((_, ty, _)) = &fed {
            let ty = match (feature, ty) {
                (Feature::Fold { fold: Fold::Slope, .. }, Type::Quantity(dimension)) => {
                    Type::Quantity(dimension.div(Dimension::TIME))
                }
                _ => ty.clone(),
            };
            self.kinds.tables.feature_types.insert(name.to_owned(), ty);
        }
        let state = self.kinds.tables.kinds[self.kinds.kind as usize].field(name)?.slot;
        let (value, whole) = fed.map_or((None, false), |(value, _, whole)| (Some(value), whole));
        Some(Remembered { name: name.to_owned(), message, test, value, whole, feature, state })
    }

    /// A test of an event.
    pub(super) fn test(&mut self, message: u16, path: &str, node: &Node, env: u32) -> Option<Routine> {
        let kind = self.kinds.kind;
        let place = Place { kind, state: None, event: EventShape::Message(message), purpose: Purpose::Value, path };
        value_routine(self.kinds.program, self.kinds.tables, &place, node, env, Some(&Type::Bool)).map(|(routine, _)| routine)
    }

    /// A number that an event carries, with its type as a real one, and whether it is whole. What the test shows to be there
    /// may be read.
    pub(super) fn fed(
        &mut self,
        message: u16,
        path: &str,
        node: &Node,
        test: Option<&Node>,
        env: u32,
    ) -> Option<(Routine, Type, bool)> {
        let kind = self.kinds.kind;
        let place = Place { kind, state: None, event: EventShape::Message(message), purpose: Purpose::Value, path };
        let mut code = Code::open(self.kinds.program, self.kinds.tables, &place, 0);
        if let Some(test) = test.and_then(|test| code.tables().expression(test)) {
            shown_present(&test, true, &mut code.present);
        }
        let value = code.value(node, env, None);
        let routine = code.close(value.as_ref().map(|value| value.at));
        match value?.ty {
            Type::Int => Some((routine, NUMBER, true)),
            ty @ Type::Quantity(_) => Some((routine, ty, false)),
            ty => {
                let found = ty.describe(&|kind| self.kinds.tables.kind_name(kind));
                let fault = Fault::new(node.at, format!("expected a number or a quantity, found {found}"));
                let help = match ty {
                    Type::Maybe(_) => "let `if` show that it is there, as in if: \"has(event.value)\"",
                    _ => "as in \"event.value\"",
                };
                self.kinds.tables.faults.add(fault.help(help));
                None
            }
        }
    }
}
