//! Native kinds: what the scenario declares of them, and the Rust code that a program registers for them.
//!
//! Not the code itself, nor what it may do: see `rehearsal_world::native`. Start at [`Natives`].

use crate::code::Code;
use crate::fault::{At, Fault};
use crate::kinds::KindCompiler;
use crate::layout::Piece;
use crate::steps::messages::outside;
use crate::tables::{KindInfo, Tables};
use crate::tree::{Node, What};
use rehearsal_language::compile::nearest;
use rehearsal_language::types::Type;
use rehearsal_world::native::{Mismatch, Own, Said, Signature};
use rehearsal_world::plan::{Plan, Schema};
use std::sync::Arc;

pub use rehearsal_world::native::{
    Actor, Alarm, Bool, Chance, Declared, Field, Fixed, Heard, Hears, Int, Length, Luck, Maybe, Money, Name, NativeActor,
    NativeKind, Notes, Number, Shape, Sort, Span, Speed, Tells, Temperature, Time, Values, Word,
};

/// Makes the Rust side of a kind from what the scenario declares of it.
type Make = Box<dyn Fn(&mut Declared<'_>) -> Arc<dyn NativeKind>>;

/// The Rust code of native kinds, by the names of the kinds.
///
/// ```
/// use rehearsal_scenario::native::{Declared, Heard, NativeActor, NativeKind, Natives};
/// use rehearsal_scenario::RunError;
///
/// struct Lamp;
///
/// impl NativeKind for Lamp {
///     fn hear(&self, _: &Heard<'_>, _: &mut NativeActor<'_>) -> Result<(), RunError> {
///         Ok(())
///     }
/// }
///
/// let natives = Natives::new().with("lamp", |_: &mut Declared<'_>| Lamp);
/// ```
#[derive(Default)]
pub struct Natives {
    makes: Vec<(String, Make)>,
}

impl Natives {
    /// No code at all: a scenario with a native kind is refused.
    #[must_use]
    pub fn new() -> Natives {
        Natives::default()
    }

    /// The same, and `make` for the kind `name`.
    ///
    /// `make` is called once, when the scenario is sound: it asks for fields, messages and notes by name and sort.
    #[must_use]
    pub fn with<K: NativeKind + 'static>(
        mut self,
        name: impl Into<String>,
        make: impl Fn(&mut Declared<'_>) -> K + 'static,
    ) -> Natives {
        self.makes.push((name.into(), Box::new(move |declared| Arc::new(make(declared)))));
        self
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.makes.iter().map(|(name, _)| name.as_str())
    }
}

/// What a kind says of itself where its behaviour is Rust.
#[derive(Clone, Debug, Default)]
pub(crate) struct NativeInfo {
    /// Where it says so.
    pub(crate) at: At,
    pub(crate) hears: Vec<SaidInfo>,
    pub(crate) tells: Vec<SaidInfo>,
    pub(crate) notes: Vec<SaidInfo>,
}

/// A message or note that a native kind declares.
#[derive(Clone, Debug)]
pub(crate) struct SaidInfo {
    pub(crate) name: String,
    at: At,
    pub(crate) carries: Vec<(String, Type)>,
}

impl SaidInfo {
    fn said(&self) -> Said {
        Said { name: self.name.clone(), carries: self.carries.clone() }
    }
}

/// Parts of a kind that say what it does, which a native kind leaves to Rust.
const BEHAVIOUR: &[&str] = &["initial", "states", "regions", "on", "after", "every", "at", "sources"];

/// Parts that only a native kind has.
const DECLARED: &[&str] = &["hears", "tells", "notes"];

impl Tables {
    /// Lays out what makes a kind native; the last of its pieces is the kind itself.
    pub(crate) fn native_parts(&mut self, kind: &mut KindInfo, pieces: &[Piece]) {
        let own = pieces.last().and_then(|piece| piece.node.get("native"));
        let native = match own.map(|node| (&node.what, node)) {
            Some((What::Bool(true), node)) => Some(node.at),
            None | Some((What::Bool(false), _)) => None,
            Some((_, node)) => return self.fault(node.at, format!("`native` is true or false, found {}", node.describe())),
        };
        let mut info = NativeInfo { at: native.unwrap_or_default(), ..NativeInfo::default() };
        for piece in pieces {
            let unfit = if native.is_some() { BEHAVIOUR } else { DECLARED };
            for (name, at, _) in piece.node.entries().iter().filter(|(name, ..)| unfit.contains(&name.as_str())) {
                self.unfit(&kind.name, name, *at, native.is_some());
            }
            info.hears.extend(self.said(&piece.node, "hears", piece.env));
            info.tells.extend(self.said(&piece.node, "tells", piece.env));
            info.notes.extend(self.said(&piece.node, "notes", piece.env));
        }
        kind.native = native.map(|_| Box::new(info));
    }

    /// A part that does not go with how the kind is written.
    fn unfit(&mut self, kind: &str, part: &str, at: At, native: bool) {
        let fault = if native {
            let message = format!("kind `{kind}` is native: what it does is Rust, and `{part}` has no place in it");
            Fault::new(at, message).help("leave it out, or leave `native` out and write the kind in RON")
        } else {
            let message = format!("`{part}` declares what Rust code says, and kind `{kind}` is written in RON");
            Fault::new(at, message).help("leave it out, or add native: true")
        };
        self.faults.add(fault);
    }

    /// A list of messages or notes with what they carry: `{ failed: (hours: Span) }`.
    fn said(&mut self, node: &Node, part: &str, env: u32) -> Vec<SaidInfo> {
        let mut list: Vec<SaidInfo> = Vec::new();
        for (name, at, values) in node.get(part).map(Node::entries).unwrap_or_default() {
            let empty = matches!(&values.what, What::Tuple(head, items) if head.is_empty() && items.is_empty());
            if !empty && !matches!(&values.what, What::Record(head, _) if head.is_empty()) {
                let fault =
                    Fault::new(values.at, format!("`{name}` carries values with their types, found {}", values.describe()));
                self.faults.add(fault.help("as in failed: (hours: Span), or started: () for none"));
                continue;
            }
            let mut carries = Vec::new();
            for (value, _, ty) in values.entries() {
                match self.written_type(&ty, env) {
                    Some(written) => carries.push((value, outside(&written.ty))),
                    None => self.incomplete = true,
                }
            }
            self.want(part, &name, at, &carries);
            list.push(SaidInfo { name, at, carries });
        }
        list
    }

    /// Remembers the types that a message or note is declared to carry, so that those who tell it give just these.
    fn want(&mut self, part: &str, name: &str, at: At, carries: &[(String, Type)]) {
        for (value, ty) in carries {
            let key = (part == "notes", name.to_owned(), value.clone());
            let first = self.wanted.entry(key).or_insert_with(|| ty.clone());
            if first != ty {
                self.fault(at, format!("`{name}` carries a `{value}` of another type elsewhere: one name has one type"));
            }
        }
    }

    /// Whether every native kind has its code, and every code its kind.
    pub(crate) fn meet(&mut self, natives: &Natives) {
        let kinds: Vec<(String, Option<At>)> =
            self.kinds.iter().map(|kind| (kind.name.clone(), kind.native.as_ref().map(|native| native.at))).collect();
        for (name, at) in kinds.iter().filter_map(|(name, at)| Some((name, (*at)?))) {
            if !natives.names().any(|have| have == name) {
                let fault = Fault::new(at, format!("kind `{name}` is native, and this program has no Rust code for it"));
                self.faults.add(fault.help(remedy(name, natives)));
            }
        }
        for (number, name) in natives.names().enumerate() {
            let message = match kinds.iter().find(|(have, _)| have == name) {
                _ if natives.names().take(number).any(|before| before == name) => "it is registered twice",
                Some((_, Some(_))) => continue,
                Some((_, None)) => "the scenario writes this kind in RON: add native: true to it",
                None => "the scenario has no such kind",
            };
            let native = kinds.iter().filter(|(_, at)| at.is_some()).map(|(name, _)| name.as_str());
            let near = nearest(name, native).filter(|near| *near != name);
            let fault = Fault::general(format!("there is Rust code for a native kind `{name}`: {message}"));
            self.faults.add(fault.maybe_help(near.map(|near| format!("did you mean `{near}`?"))));
        }
    }

    /// What is declared under `hears` has to be given by all who tell it.
    pub(crate) fn heard_by_natives(&mut self) {
        let kinds: Vec<(String, Box<NativeInfo>)> =
            self.kinds.iter().filter_map(|kind| Some((kind.name.clone(), kind.native.clone()?))).collect();
        for (kind, native) in &kinds {
            for said in &native.hears {
                let Some(id) = self.messages.find(&said.name) else { continue };
                if !self.told.contains_key(&id) && !self.messages.is_declared(id) {
                    continue;
                }
                let schema = self.messages.known[id as usize].clone();
                for (value, ty) in &said.carries {
                    let found = schema.fields.iter().find(|field| field.name == *value);
                    if found.is_some_and(|field| field.ty.fits(ty)) || self.faulty.contains(value) {
                        continue;
                    }
                    let who = if found.is_some() { "not all who tell it give one" } else { "nobody who tells it gives one" };
                    let message = format!("`{kind}` hears `{}` with a `{value}`, and {who}", said.name);
                    let help = format!("give it by with: ({value}: ...), or declare it as Maybe(...)");
                    self.faults.add(
                        Fault::new(said.at, message).maybe_help(
                            found
                                .map(|_| help)
                                .or_else(|| Some(format!("give it by with: ({value}: ...), or leave it out of `hears`"))),
                        ),
                    );
                }
            }
        }
    }

    /// Gives each native kind of a plan its Rust side; what the two do not agree on becomes faults.
    pub(crate) fn bind(&mut self, plan: &mut Plan, natives: &Natives) {
        for number in 0..self.kinds.len() {
            let Some(native) = self.kinds[number].native.clone() else { continue };
            let name = self.kinds[number].name.clone();
            let Some((_, make)) = natives.makes.iter().find(|(have, _)| *have == name) else { continue };
            let signature = self.signature(number, &native);
            let mut declared = Declared::new(plan, number as u16, &signature);
            let behaviour = make(&mut declared);
            match declared.finish() {
                Ok(wanted) => {
                    let (line, column) = self.sources.line_column(native.at);
                    let place = format!("{}:{line}:{column}", self.sources.files[native.at.source as usize].0);
                    plan.kinds[number].bind(behaviour, wanted, place);
                }
                Err(mismatches) => {
                    for mismatch in mismatches {
                        let fault = self.disagree(number, &native, mismatch);
                        self.faults.add(fault);
                    }
                }
            }
        }
    }

    fn signature(&self, number: usize, native: &NativeInfo) -> Signature {
        let own = self.kinds[number].fields.iter();
        let own = own.map(|field| Own {
            name: field.name.clone(),
            set: !field.fixed && !field.board && field.part.is_none() && !field.whole,
        });
        let said = |list: &[SaidInfo]| list.iter().map(SaidInfo::said).collect();
        Signature { own: own.collect(), hears: said(&native.hears), tells: said(&native.tells), notes: said(&native.notes) }
    }

    /// A fault where the Rust side and the declaration disagree.
    fn disagree(&self, number: usize, native: &NativeInfo, mismatch: Mismatch) -> Fault {
        let kind = &self.kinds[number];
        let said = || [&native.hears, &native.tells, &native.notes].into_iter().flatten();
        let place = mismatch.about.and_then(|about| {
            let field = kind.field(&about).map(|field| field.at);
            field.or_else(|| said().find(|said| said.name == about).map(|said| said.at))
        });
        let message = format!("the Rust code of `{}` {}", kind.name, mismatch.message);
        Fault::new(place.unwrap_or(native.at), message).maybe_help(mismatch.help)
    }
}

/// What to do where a native kind has no code.
fn remedy(name: &str, natives: &Natives) -> String {
    match nearest(name, natives.names()) {
        Some(near) => format!("there is code for `{near}`: call both alike"),
        None => format!(
            "a program of your own runs it, which loads the scenario with its code: Natives::new().with(\"{name}\", ...); \
             the command has none"
        ),
    }
}

impl KindCompiler<'_> {
    /// What a native kind hears, tells and notes, as if a program did.
    pub(crate) fn native(&mut self, native: &NativeInfo) {
        for said in &native.hears {
            let id = self.tables.messages.id(&said.name);
            self.tables.heard.entry(id).or_insert(said.at);
        }
        for said in &native.tells {
            let id = self.tables.messages.id(&said.name);
            self.tables.tells(id, said.at);
            let sent = self.tables.messages.sent(id, &said.carries);
            self.one_type(sent, said);
        }
        for said in &native.notes {
            let id = self.tables.notes.id(&said.name);
            self.tables.stated.insert((id, self.kind));
            let sent = self.tables.notes.sent(id, &said.carries);
            self.one_type(sent, said);
        }
    }

    fn one_type(&mut self, sent: Result<(), String>, said: &SaidInfo) {
        if let Err(value) = sent {
            let message = format!("`{}` carries a `{value}` of another type elsewhere: one name has one type", said.name);
            self.tables.fault(said.at, message);
        }
    }
}

impl Code<'_, '_> {
    /// The type that a native kind declares for a value of a message (or note), where one does.
    pub(crate) fn declared_type(&self, note: bool, schema: &Schema, value: &str) -> Option<Type> {
        let key = (note, schema.name.clone(), value.to_owned());
        self.scope.tables.wanted.get(&key).cloned()
    }
}
