//! Space and groups: the map, who stands where, and what they are born with.

use crate::code::{Place, Purpose, value_routine};
use crate::fault::{At, Fault};
use crate::kinds::constant_span;
use crate::scope::EventShape;
use crate::tables::Tables;
use crate::tree::{Node, What};
use rehearsal_language::data::Form;
use rehearsal_language::program::Program;
use rehearsal_language::types::Type;
use rehearsal_model::calendar::Calendar;
use rehearsal_model::hours::Hours;
use rehearsal_model::roads::{KEPT_KEYS, Roads};
use rehearsal_world::plan::{Group, Places};
use std::path::Path;
use std::sync::Arc;

/// How far from a road a place may lie \[m\].
const OFF_ROAD_MAX: f64 = 1000.0;

/// The most members of a group.
const MEMBERS_MAX: f64 = 10_000_000.0;

/// Where and when a scenario takes place.
pub(crate) struct Stage {
    pub(crate) title: String,
    pub(crate) calendar: Calendar,
    pub(crate) length: f64,
    pub(crate) latency: f64,
    pub(crate) roads: Option<Arc<Roads>>,
    pub(crate) traffic: Vec<f64>,
    pub(crate) road_capacity: Option<f64>,
}

impl Tables {
    /// Reads the scenario's frame: title, start, length, space.
    pub(crate) fn stage(&mut self, node: &Node, root: &Path, begins: Option<&str>) -> Option<Stage> {
        // Whether there is a map is known even where the frame has a fault.
        self.mapped = node.get("space").is_some_and(|space| space.head() != "None");
        let args =
            self.arguments(node, &["!title", "use", "!start", "!length", "params", "space", "groups", "relations", "latency"])?;
        let title = self.name_of(&args.need("title"), "the title")?;
        let start = args.need("start");
        let written = self.name_of(&start, "the start")?;
        let text = begins.map_or(written, str::to_owned);
        let calendar = match Calendar::new(&text) {
            Ok(calendar) => Some(calendar),
            Err(error) => {
                self.faults.add(Fault::new(start.at, error.to_string()).help("as in start: \"2026-11-02 00:00\""));
                None
            }
        };
        let length_node = args.need("length");
        let length = constant_span(self, &length_node, 0);
        if length.is_some_and(|length| !(1.0..=1e9).contains(&length)) {
            self.fault(length_node.at, "a story lasts from 1s to 1e9s");
        }
        let latency = match args.get("latency") {
            Some(latency) => constant_span(self, &latency.clone(), 0)?,
            None => 0.0,
        };
        let (roads, traffic, road_capacity) = match args.get("space").cloned() {
            Some(space) => self.space(&space, root),
            None => (None, Vec::new(), None),
        };
        Some(Stage { title, calendar: calendar?, length: length?, latency, roads, traffic, road_capacity })
    }

    fn space(&mut self, node: &Node, root: &Path) -> (Option<Arc<Roads>>, Vec<f64>, Option<f64>) {
        match node.head() {
            "None" => (None, Vec::new(), None),
            "Roads" => {
                self.mapped = true;
                let Some(args) = self.arguments(node, &["!file", "traffic", "capacity"]) else { return (None, Vec::new(), None) };
                let capacity = args.get("capacity").cloned().and_then(|capacity| self.road_capacity(&capacity));
                let traffic = args.get("traffic").cloned().map(|traffic| self.traffic(&traffic)).unwrap_or_default();
                let file = args.need("file");
                let Some(name) = self.name_of(&file, "a file") else { return (None, traffic, capacity) };
                // Maps are large, and may lie anywhere.
                let elsewhere = Path::new(&name).is_absolute() || name.starts_with("..");
                let path = match crate::data::locate(root, &name) {
                    _ if elsewhere => root.join(&name),
                    Ok(path) => path,
                    Err(trouble) => {
                        self.faults.add(Fault::new(file.at, trouble.message).maybe_help(trouble.help));
                        return (None, traffic, capacity);
                    }
                };
                match Roads::read(&path) {
                    Ok(roads) => (Some(Arc::new(roads)), traffic, capacity),
                    Err(error) => {
                        self.fault(file.at, format!("the roads cannot be read: {error}"));
                        (None, traffic, capacity)
                    }
                }
            }
            other => {
                let other = other.to_owned();
                self.unknown(node.at, "space", &other, ["Roads", "None"]);
                (None, Vec::new(), None)
            }
        }
    }

    /// How many drive at once before it is felt.
    fn road_capacity(&mut self, node: &Node) -> Option<f64> {
        let found = self.known_count(node, 0, "the capacity of the roads")?;
        if (1.0..=1e9).contains(&found) {
            return Some(found);
        }
        self.fault(node.at, format!("a capacity of {found}: so many may drive at once, from 1 to 1e9"));
        None
    }

    /// Factors by hour of the week from factors by hours of a working day.
    fn traffic(&mut self, node: &Node) -> Vec<f64> {
        let mut week = vec![1.0; 168];
        for (span, at, factor) in node.entries() {
            let Some(value) = self.plain_number(&factor, "a traffic factor") else { continue };
            if !(0.1..=20.0).contains(&value) {
                self.fault(factor.at, format!("a traffic factor of {value}: it lies between 0.1 and 20"));
                continue;
            }
            match Hours::parse(&format!("Mon-Fri {span}")) {
                Ok(hours) => {
                    for (hour, slot) in week.iter_mut().enumerate() {
                        let day = rehearsal_model::calendar::Weekday::from_index((hour / 24) as u64);
                        if hours.open(day, (hour % 24) as u64 * 3_600_000_000_000) {
                            *slot = value;
                        }
                    }
                }
                Err(error) => {
                    self.faults.add(Fault::new(at, error.to_string()).help("as in { \"07:00-09:00\": 1.5 }"));
                }
            }
        }
        week
    }

    /// The names and kinds of the groups, before anything is compiled.
    pub(crate) fn name_groups(&mut self, node: &Node) {
        for (name, at, group) in node.get("groups").map(Node::entries).unwrap_or_default() {
            let Some(kind) = group.get("kind").cloned() else {
                self.faults
                    .add(Fault::new(at, format!("group `{name}` lacks `kind`")).help("as in Group(kind: driver, count: 700)"));
                continue;
            };
            let Some(kind_name) = self.name_of(&kind, "a kind") else { continue };
            match self.kind_ids.get(&kind_name) {
                Some(kind) => self.groups.push((name, *kind)),
                None => {
                    let names: Vec<String> = self.kind_ids.keys().cloned().collect();
                    self.unknown(kind.at, "kind", &kind_name, names.iter().map(String::as_str));
                    self.faulty.insert(name);
                }
            }
        }
        if self.groups.is_empty() && self.faulty.is_empty() {
            self.faults.add(
                Fault::new(node.at, "nobody is in this scenario: it has no groups")
                    .help("as in groups: { drivers: Group(kind: driver, count: 700) }"),
            );
        }
    }

    /// Compiles the groups.
    pub(crate) fn compile_groups(&mut self, program: &mut Program, node: &Node, roads: Option<&Arc<Roads>>) -> Vec<Group> {
        let mut groups = Vec::new();
        for (name, _, group) in node.get("groups").map(Node::entries).unwrap_or_default() {
            let Some(kind) = self.groups.iter().find(|(have, _)| *have == name).map(|(_, kind)| *kind) else { continue };
            let Some(args) = self.arguments(&group, &["!kind", "count", "each", "as", "at", "with"]) else { continue };
            let Ok(rows) = self.rows_of_group(&args, kind, &name) else { continue };
            let count = match (args.get("count").cloned(), rows) {
                (Some(node), rows) => self.members(&node, &name, rows.map(|(_, count)| count)),
                (None, Some((_, count))) => Some(count),
                (None, None) => {
                    let fault = Fault::new(group.at, format!("group `{name}` does not say how many they are"));
                    self.faults
                        .add(fault.help("as in Group(kind: driver, count: 700), or one for each row: each: flights, as: row"));
                    None
                }
            };
            let Some(count) = count else { continue };
            let places = match args.get("at").cloned() {
                Some(at) => self.places(&at, roads),
                None => Some(Places::None),
            };
            let mut with = Vec::new();
            for (field, at, value) in args.get("with").map(Node::entries).unwrap_or_default() {
                if let Some(found) = self.born_with(program, kind, &name, &field, at, &value) {
                    with.push(found);
                }
            }
            self.lacking(kind, &args, &name, group.at);
            if let Some(places) = places {
                groups.push(Group { name, kind, count, places, row: rows.map(|(slot, _)| slot), with });
            }
        }
        groups
    }

    /// How many members a group has.
    fn members(&mut self, node: &Node, name: &str, rows: Option<u32>) -> Option<u32> {
        let count = self.known_count(node, 0, "a count")?;
        if !(1.0..=MEMBERS_MAX).contains(&count) || count.fract() != 0.0 {
            let message = format!("group `{name}` has {count} members: it is a whole number from 1 to {MEMBERS_MAX}");
            self.faults.add(Fault::new(node.at, message).help("leave the group out if it is to be empty"));
            return None;
        }
        if let Some(rows) = rows.filter(|rows| count > f64::from(*rows)) {
            self.fault(node.at, format!("group `{name}` has {count} members, each of them a row, and there are {rows} rows"));
            return None;
        }
        Some(count as u32)
    }

    /// The slot of the trait that holds each member's row, and how many rows there are; `Err` where that has a fault.
    fn rows_of_group(&mut self, args: &crate::args::Arguments, kind: u16, group: &str) -> Result<Option<(u16, u32)>, ()> {
        let (each, held) = match (args.get("each").cloned(), args.get("as").cloned()) {
            (None, None) => return Ok(None),
            (Some(each), Some(held)) => (each, held),
            (Some(each), None) => {
                let fault = Fault::new(each.at, format!("group `{group}` does not say which trait holds a member's row"));
                self.faults.add(fault.help("as in each: flights, as: row"));
                return Err(());
            }
            (None, Some(held)) => {
                let fault = Fault::new(held.at, format!("group `{group}` does not say which rows its members are"));
                self.faults.add(fault.help("as in each: flights, as: row"));
                return Err(());
            }
        };
        let name = self.name_of(&each, "rows").ok_or(())?;
        let Some(data) = self.data.get(&name).cloned().filter(|data| matches!(data.form, Form::Rows { .. })) else {
            if !self.faulty.contains(&name) {
                let rows = self.data.values().filter(|data| matches!(data.form, Form::Rows { .. }));
                let names: Vec<String> = rows.map(|data| data.name.clone()).collect();
                self.unknown(each.at, "Rows called", &name, names.iter().map(String::as_str));
            }
            return Err(());
        };
        let field = self.name_of(&held, "a trait").ok_or(())?;
        let info = &self.kinds[kind as usize];
        let Some(found) = info.field(&field).cloned() else {
            let (owner, names): (String, Vec<String>) =
                (info.name.clone(), info.fields.iter().map(|field| field.name.clone()).collect());
            self.unknown(held.at, &format!("trait of {owner} called"), &field, names.iter().map(String::as_str));
            return Err(());
        };
        if !matches!(&found.ty, Type::Row(of) if of.name == data.name) {
            let fault = Fault::new(held.at, format!("`{field}` holds no row of `{name}`"));
            self.faults.add(fault.help(format!("as in traits: {{ {field}: Row({name}) }}")));
            return Err(());
        }
        if let Some((_, at, _)) = args.get("with").map(Node::entries).unwrap_or_default().iter().find(|(with, ..)| *with == field)
        {
            self.fault(*at, format!("`{field}` is the row that a member stands for: `as` gives it already"));
            return Err(());
        }
        Ok(Some((found.slot, data.count())))
    }

    fn born_with(
        &mut self,
        program: &mut Program,
        kind: u16,
        group: &str,
        field: &str,
        at: At,
        value: &Node,
    ) -> Option<(u16, rehearsal_language::program::Routine)> {
        let info = self.kinds[kind as usize].clone();
        let Some(number) = info.fields.iter().position(|have| have.name == field) else {
            let names: Vec<&str> = info.fields.iter().map(|field| field.name.as_str()).collect();
            self.unknown(at, &format!("trait of {} called", info.name), field, names);
            return None;
        };
        let path = format!("groups/{group}/{field}");
        let ty = info.fields[number].ty.clone();
        if matches!(value.head(), "OneOf" | "Set") {
            return self.drawn_names(program, kind, number as u16, &ty, value, &path);
        }
        let place = Place { kind, state: None, event: EventShape::None, purpose: Purpose::Value, path: &path };
        value_routine(program, self, &place, value, info.env, Some(&ty)).map(|(routine, _)| (number as u16, routine))
    }

    /// A trait that is one of several names, with a group's own weights.
    fn drawn_names(
        &mut self,
        program: &mut Program,
        kind: u16,
        number: u16,
        ty: &Type,
        value: &Node,
        path: &str,
    ) -> Option<(u16, rehearsal_language::program::Routine)> {
        let written = self.written_type(value, 0)?;
        if !written.ty.fits(ty) {
            self.fault(value.at, "these are not the names of the trait");
            return None;
        }
        let out = rehearsal_world::plan::Kind::default();
        let mut compiler = crate::kinds::KindCompiler { tables: self, program, kind, out, sources: Vec::new() };
        let routine = compiler.names(&written, path)?;
        Some((number, routine))
    }

    /// Traits that nobody gives a value.
    fn lacking(&mut self, kind: u16, args: &crate::args::Arguments, group: &str, at: At) {
        let info = self.kinds[kind as usize].clone();
        let given = args.get("with").map(Node::entries).unwrap_or_default();
        let row = args.get("as").and_then(Node::as_text);
        for field in info.fields.iter().filter(|field| field.fixed && !field.whole && field.part.is_none()) {
            let bare = field.init.is_none()
                && (!matches!(field.node.what, What::Tuple(..) | What::Record(..))
                    || matches!(&field.node.what, What::Tuple(head, items) if matches!(head.as_str(), "Ref" | "Row") && items.len() == 1));
            let placed = field.name == "here" && args.get("at").is_some();
            if bare && !placed && row != Some(field.name.as_str()) && !given.iter().any(|(name, ..)| *name == field.name) {
                let fault =
                    Fault::new(at, format!("group `{group}` leaves the trait `{}` of {} without a value", field.name, info.name));
                let help = if field.name == "here" {
                    "say where they stand: at: Homes".into()
                } else {
                    format!("give it by with: ({}: ...)", field.name)
                };
                self.faults.add(fault.help(help));
            }
        }
    }

    fn places(&mut self, node: &Node, roads: Option<&Arc<Roads>>) -> Option<Places> {
        let Some(roads) = roads else {
            if !self.mapped {
                let fault = Fault::new(node.at, "nobody can stand anywhere: the scenario has no map");
                self.faults.add(fault.help("give it one: space: Roads(file: \"...\")"));
            }
            return None;
        };
        match node.head() {
            "Homes" => {
                if roads.homes().is_empty() {
                    self.fault(node.at, "nobody can live on this map: it has no residential roads");
                    return None;
                }
                Some(Places::Drawn(roads.homes().into()))
            }
            "Anywhere" => Some(Places::Drawn((0..roads.node_count() as u32).collect())),
            "Tagged" => {
                let What::Tuple(_, items) = &node.what else { return None };
                let text = items.first().and_then(Node::as_text).unwrap_or("").to_owned();
                let Some((key, value)) = text.split_once('=') else {
                    self.faults.add(
                        Fault::new(node.at, "Tagged(...) names an OpenStreetMap tag").help("as in Tagged(\"amenity=school\")"),
                    );
                    return None;
                };
                let found: Vec<u32> = roads.tagged(key, value).iter().map(|tagged| tagged.node).collect();
                if found.is_empty() {
                    let values = roads.tagged_values(key);
                    let names: Vec<&str> =
                        if values.is_empty() { KEPT_KEYS.to_vec() } else { values.iter().map(|(name, _)| *name).collect() };
                    let wanted = if values.is_empty() { key } else { value };
                    let help = rehearsal_language::compile::nearest(wanted, names.iter().copied())
                        .map(|near| format!("did you mean `{near}`?"));
                    self.faults.add(Fault::new(items[0].at, format!("nothing on the map is tagged {text}")).maybe_help(help));
                    return None;
                }
                Some(Places::List(found.into()))
            }
            "Places" => {
                let What::Tuple(_, items) = &node.what else { return None };
                let mut found = Vec::new();
                for (name, at, place) in items.first().map(Node::entries).unwrap_or_default() {
                    found.extend(self.place(roads, &name, at, &place));
                }
                if found.is_empty() {
                    self.faults.add(
                        Fault::new(node.at, "there are no places here")
                            .help("as in Places({ canillo: (42.5676, 1.5976) }): latitude, longitude"),
                    );
                    return None;
                }
                Some(Places::List(found.into()))
            }
            other => {
                let other = other.to_owned();
                self.unknown(node.at, "way to stand somewhere", &other, ["Homes", "Anywhere", "Tagged", "Places"]);
                None
            }
        }
    }

    /// A place by latitude and longitude, set on the nearest road.
    fn place(&mut self, roads: &Roads, name: &str, at: At, node: &Node) -> Option<u32> {
        let numbers: Vec<f64> = match &node.what {
            What::Tuple(_, items) => items.iter().filter_map(|item| self.plain_number(item, "a latitude or longitude")).collect(),
            _ => Vec::new(),
        };
        let &[lat, lon] = numbers.as_slice() else {
            self.faults
                .add(Fault::new(node.at, format!("`{name}` is a latitude and a longitude")).help("as in (42.5676, 1.5976)"));
            return None;
        };
        if !(-90.0..=90.0).contains(&lat) || !(-180.0..=180.0).contains(&lon) {
            self.fault(
                node.at,
                format!("({lat}, {lon}) is no place on Earth: latitude lies within 90, longitude within 180 degrees"),
            );
            return None;
        }
        let (found, metres) = roads.nearest_node(lat, lon);
        if metres > OFF_ROAD_MAX {
            let message = format!("no road reaches `{name}`: the nearest is {:.1} km away", metres / 1000.0);
            self.faults.add(Fault::new(at, message).help("latitude comes first, then longitude; is it on this map?"));
            return None;
        }
        Some(found)
    }
}
