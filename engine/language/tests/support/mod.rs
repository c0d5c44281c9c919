//! A small actor to try expressions on: names with a type and words, a host that draws middles instead of chances.
//!
//! Start at [`Stage::new`] for what is in sight, and at [`Stage::say`] for a value as people read it.
#![allow(dead_code, reason = "each test binary uses its part")]

use rehearsal_language::ast::Expr;
use rehearsal_language::compile::{Compiler, Fault};
use rehearsal_language::data::{Column, Data, Form};
use rehearsal_language::emit::Emitter;
use rehearsal_language::law::Shape;
use rehearsal_language::parser::parse;
use rehearsal_language::program::{Base, Law, Operand, Program, Routine};
use rehearsal_language::scope::{Binding, Crowd, Member, Problem, Scope, Spoken};
use rehearsal_language::symbol::{Symbol, Symbols};
use rehearsal_language::types::{HolderKind, Kinds, MONEY, NONE, NUMBER, SPAN, Type, show};
use rehearsal_language::unit::Dimension;
use rehearsal_language::vm::{self, Exit, Host, Memory, Outlook, Words};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// One hour as the clock counts [ns].
pub(crate) const HOUR: u64 = 3_600_000_000_000;

/// The kind of the actor itself, and of the garage beside it.
const CAR: u16 = 0;
const GARAGE: u16 = 1;
/// The references to the actor itself, to a garage, and to one that has closed.
const ME: u64 = 1;
const NEAR: u64 = 2;
const CLOSED: u64 = 3;

/// Functions of the runtime that the stage offers.
const DOUBLED: u16 = 0;
const REFUSED: u16 = 1;
const HERE: u16 = 2;
const LENGTH: u16 = 3;
const QUEUE: u16 = 4;
const CROWD_SIZE: u16 = 5;
const CROWD_MEMBER: u16 = 6;

/// An effect that is carried out on the spot.
pub(crate) const AT_ONCE: u32 = 1;
/// An effect that fails.
pub(crate) const NEVER: u32 = 2;

/// The one group of the stage.
const CROWD: u16 = 5;

/// What is in sight of an expression, and what surrounds its run.
pub(crate) struct Stage {
    pub(crate) symbols: Symbols,
    pub(crate) row: Vec<u64>,
    pub(crate) event: Vec<u64>,
    /// The laws of all sites so far.
    pub(crate) sites: Vec<String>,
    /// Laws and parameters of all draws of the last runs.
    pub(crate) drawn: Vec<(Law, u16, [f64; 3])>,
    /// What [`Host::bits`] gives.
    pub(crate) bits: u64,
    /// How often a column was replayed.
    pub(crate) replayed: u32,
    data: BTreeMap<String, Arc<Data>>,
    fields: BTreeMap<String, (Type, u16)>,
    locals: Vec<(String, Type, Operand)>,
    bound: BTreeMap<String, Rc<Expr>>,
    environment: u32,
}

/// A compiled expression.
#[derive(Clone, Debug)]
pub(crate) struct Compiled {
    pub(crate) program: Program,
    pub(crate) routine: Routine,
    pub(crate) ty: Type,
}

pub(crate) fn list(inner: Type, most: u16) -> Type {
    Type::List(Box::new(inner), most)
}

pub(crate) fn maybe(inner: Type) -> Type {
    Type::Maybe(Box::new(inner))
}

impl Stage {
    /// The actor with all its fields.
    pub(crate) fn new() -> Stage {
        let mut stage = Stage {
            symbols: Symbols::default(),
            row: Vec::new(),
            event: vec![8.0_f64.to_bits()],
            sites: Vec::new(),
            drawn: Vec::new(),
            bits: 0,
            replayed: 0,
            data: BTreeMap::new(),
            fields: BTreeMap::new(),
            locals: Vec::new(),
            bound: BTreeMap::new(),
            environment: 0,
        };
        stage.numbers();
        stage.structures();
        stage.data();
        for (name, text) in [("fare", "price * 2"), ("half", "0.5"), ("arrival", "start + 1h"), ("broken", "price + n")] {
            stage.bind(name, text);
        }
        stage
    }

    fn numbers(&mut self) {
        let plain = [("x", NUMBER, 2.5_f64), ("zero", NUMBER, 0.0), ("wait", SPAN, 90.0), ("price", MONEY, 4.5)];
        let units =
            [("way", Dimension::LENGTH, 1500.0), ("heat", Dimension::TEMPERATURE, 21.0), ("speed", Dimension::SPEED, 10.0)];
        for (name, ty, value) in plain.into_iter().chain(units.map(|(name, unit, value)| (name, Type::Quantity(unit), value))) {
            self.field(name, ty, &[value.to_bits()]);
        }
        self.field("n", Type::Int, &[7]);
        self.field("none_at_all", Type::Int, &[0]);
        self.field("yes", Type::Bool, &[1]);
        self.field("no", Type::Bool, &[0]);
        self.field("start", Type::Time, &[HOUR]);
        self.field("bell", Type::Clock, &[8 * HOUR + HOUR / 2]);
        self.field("some", maybe(NUMBER), &[3.0_f64.to_bits()]);
        self.field("missing", maybe(NUMBER), &[NONE]);
        self.field("minus_zero", maybe(NUMBER), &[(-0.0_f64).to_bits()]);
    }

    fn structures(&mut self) {
        let half_hour = 1800.0_f64.to_bits();
        let channels: std::sync::Arc<[Symbol]> = ["app", "sms", "mail"].map(|name| self.symbols.intern(name)).into();
        self.field("visit", Type::Slot, &[2 * HOUR, half_hour]);
        self.field("booked", maybe(Type::Slot), &[3 * HOUR, half_hour]);
        self.field("open", maybe(Type::Slot), &[NONE, 5]);
        self.field("channel", Type::Name(Some(channels.clone())), &[u64::from(channels[1].0)]);
        self.field("liked", maybe(Type::Name(Some(channels.clone()))), &[u64::from(channels[2].0)]);
        self.field("consents", Type::Set(channels.clone()), &[0b101]);
        self.field("trust", Type::Each(channels, Box::new(NUMBER)), &[0.125, 0.5, 0.75].map(f64::to_bits));
        self.field("xs", list(Type::Int, 4), &[3, 3, 1, 2, 0]);
        self.field("empty", list(Type::Int, 4), &[0, 0, 0, 0, 0]);
        self.field("reals", list(NUMBER, 2), &[2, 0.0_f64.to_bits(), 1.5_f64.to_bits()]);
        self.field("slots", list(Type::Slot, 2), &[2, HOUR, half_hour, 5 * HOUR, half_hour]);
        for (name, reference) in [("garage", NEAR), ("closed", CLOSED), ("nobody", NONE)] {
            self.field(name, Type::Ref { kinds: Kinds::One(GARAGE), inside: true }, &[reference]);
        }
        let either = Kinds::Many([CAR, GARAGE].into());
        self.field("either", Type::Ref { kinds: either, inside: true }, &[NEAR]);
    }

    fn data(&mut self) {
        let names = ["apple", "bread", "cake"].map(|name| self.symbols.intern(name));
        let word = |number: f64| number.to_bits();
        let columns = vec![
            ("name".to_owned(), Type::Name(Some(names.into())), names.map(|name| u64::from(name.0)).to_vec()),
            ("cost".to_owned(), MONEY, [1.5, 3.0, 9.0].map(word).to_vec()),
            ("sales".to_owned(), NUMBER, [1.0, 0.0, 3.0].map(word).to_vec()),
            ("pieces".to_owned(), Type::Int, vec![6, 1, 12]),
            ("app".to_owned(), NUMBER, [0.1, 0.2, 0.3].map(word).to_vec()),
            ("sms".to_owned(), NUMBER, [0.4, 0.5, 0.6].map(word).to_vec()),
            ("mail".to_owned(), NUMBER, [0.7, 0.8, 0.9].map(word).to_vec()),
        ];
        let series = |name: &str, lines| {
            let (times, values) = (Column::new(vec![0, 8 * HOUR, 12 * HOUR]), Column::of_numbers(&[0.0, 2.0, 6.0]));
            Data { name: name.into(), form: Form::Series { dimension: Dimension::NONE, times, values, lines } }
        };
        let many = (0..1000).map(|number| word(f64::from(number))).collect();
        for data in [
            Data::numbers("waits", Dimension::TIME, &[60.0, 30.0, 120.0, 30.0]),
            Data::rows("items", columns),
            Data::rows("many", vec![("number".into(), NUMBER, many)]),
            series("rain", false),
            series("warmth", true),
        ] {
            self.data.insert(data.name.clone(), Arc::new(data));
        }
    }

    /// Adds a field to the actor's row.
    pub(crate) fn field(&mut self, name: &str, ty: Type, words: &[u64]) {
        assert_eq!(ty.width() as usize, words.len(), "{name}");
        self.fields.insert(name.to_owned(), (ty, self.row.len() as u16));
        self.row.extend(words);
    }

    /// Names an expression.
    pub(crate) fn bind(&mut self, name: &str, text: &str) {
        self.bound.insert(name.to_owned(), Rc::new(parse(text).expect(text)));
    }

    /// Compiles `text` to a routine of its own program.
    pub(crate) fn compile(&mut self, text: &str, want: Option<&Type>) -> Result<Compiled, Fault> {
        let expr = parse(text).unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
        self.compile_tree(&expr, want)
    }

    /// Compiles a tree to a routine of its own program.
    pub(crate) fn compile_tree(&mut self, expr: &Expr, want: Option<&Type>) -> Result<Compiled, Fault> {
        let mut program = Program::default();
        let mut emit = Emitter::open(&mut program, 0);
        let value = Compiler { emit: &mut emit, scope: self, present: Vec::new() }.expr(expr, want);
        assert!(self.locals.is_empty() && self.environment == 0, "the scope is left as it was found: {expr}");
        let value = value?;
        if emit.overflow {
            let message = "the routine is too large".to_owned();
            return Err(Fault { span: expr.span, environment: None, message, help: None });
        }
        let routine = emit.close(Some(value.at));
        Ok(Compiled { program, routine, ty: value.ty })
    }

    /// Runs what was compiled, and gives the words of its value.
    pub(crate) fn run(&mut self, compiled: &Compiled) -> Result<Vec<u64>, Box<vm::Fault>> {
        let mut frame = vec![0xdead; compiled.routine.frame as usize];
        let event = self.event.clone();
        let mut pc = compiled.routine.start;
        loop {
            let (at, exit) = self.execute(&compiled.program, pc, &mut frame, &event)?;
            match exit {
                Exit::Done => break,
                Exit::Outside => {
                    vm::outside(&compiled.program, at, &mut Window { stage: self, frame: &mut frame, compiled })?;
                    pc = at + 1;
                }
                Exit::Effect(_) => panic!("an expression has no effects"),
            }
        }
        let at = Operand(compiled.routine.result);
        let (from, words) = (at.index() as usize, compiled.ty.width() as usize);
        let base = match at.base() {
            Base::Frame => &frame,
            Base::Row => &self.row,
            Base::Event => &event,
            Base::Const => &compiled.program.constants,
        };
        Ok((from..from + words).map(|at| base.get(at).copied().unwrap_or(0)).collect())
    }

    /// Runs a program from `pc` to where it stops, and why.
    pub(crate) fn execute(
        &mut self,
        program: &Program,
        pc: u32,
        frame: &mut [u64],
        event: &[u64],
    ) -> Result<(u32, Exit), Box<vm::Fault>> {
        let (mut row, mut event) = (std::mem::take(&mut self.row), event.to_vec());
        let memory = Memory::new(vm::words(frame), vm::words(&mut row), vm::words(&mut event), program, 10 * HOUR, ME);
        let stopped = vm::run(program, pc, &memory, self);
        self.row = row;
        stopped.map(|at| (at as u32, program.exit(at as u32)))
    }

    /// The value of `text` as people read it, or the fault in brackets.
    pub(crate) fn say(&mut self, text: &str, want: Option<&Type>) -> String {
        let compiled = self.compile(text, want).unwrap_or_else(|fault| panic!("{text}: {fault:?}"));
        match self.run(&compiled) {
            Ok(words) => {
                let moment = |at: u64| format!("{}h", at as i64 as f64 / HOUR as f64);
                show(&compiled.ty, &words, &self.symbols, &|actor| format!("actor {actor}"), &moment)
            }
            Err(fault) => format!("({fault})"),
        }
    }
}

impl Scope for Stage {
    fn name(&mut self, name: &str) -> Result<Option<Binding>, Problem> {
        if let Some((_, ty, at)) = self.locals.iter().rev().find(|(have, ..)| have == name) {
            return Ok(Some(Binding::Value { ty: ty.clone(), at: *at }));
        }
        if let Some(expr) = self.bound.get(name) {
            return Ok(Some(Binding::Expr { expr: expr.clone(), environment: 7 }));
        }
        if let Some(data) = self.data.get(name) {
            let words = vec![u64::from(data.count())];
            return Ok(Some(Binding::Constant { ty: Type::Data(data.clone()), words }));
        }
        Ok(match name {
            "dozen" => Some(Binding::Constant { ty: Type::Int, words: vec![12] }),
            "secret" => return Err(Problem::new("`secret` is not public").help("ask with Tell")),
            "x" | "desk" => Some(Binding::Own),
            _ => self.fields.get(name).map(|(ty, slot)| Binding::Value { ty: ty.clone(), at: Operand::new(Base::Row, *slot) }),
        })
    }

    fn names(&self) -> Vec<String> {
        self.fields.keys().chain(self.bound.keys()).cloned().collect()
    }

    fn member(&mut self, kinds: &Kinds, _inside: bool, own: bool, name: &str) -> Result<Member, Problem> {
        let garage = kinds.list().contains(&GARAGE);
        match name {
            "desk" => Ok(Member::Holder { kind: HolderKind::Resource, numbers: vec![4, 9] }),
            "here" => Ok(Member::Computed { ty: Type::Place, function: HERE }),
            "bays" if garage => Ok(Member::Field { ty: Type::Int, slots: vec![0, 0], own: false }),
            "rate" if garage => Ok(Member::Field { ty: maybe(MONEY), slots: vec![u16::MAX, 1], own: false }),
            "hours" if garage => Ok(Member::Field { ty: Type::Slot, slots: vec![u16::MAX, 2], own: false }),
            _ => match self.fields.get(name) {
                Some((ty, slot)) if own => Ok(Member::Field { ty: ty.clone(), slots: vec![*slot], own }),
                _ => Err(Problem::new(format!("this actor has no `{name}`"))),
            },
        }
    }

    fn record(&mut self, of: &str, name: &str) -> Option<Result<(Type, Operand), Problem>> {
        (of == "event").then(|| match name {
            "size" => Ok((NUMBER, Operand::new(Base::Event, 0))),
            _ => Err(Problem::new(format!("this event carries no `{name}`")).help("it carries size")),
        })
    }

    fn function(&mut self, name: &str, args: &[Type]) -> Option<Result<(u16, Type), Problem>> {
        Some(match (name, args) {
            ("doubled", [ty]) if *ty == NUMBER => Ok((DOUBLED, NUMBER)),
            ("doubled", _) => Err(Problem::new("doubled(...) takes a number")),
            ("refused", []) => Ok((REFUSED, Type::Bool)),
            ("length", [Type::Slot]) => Ok((LENGTH, SPAN)),
            ("queue", [Type::Holder(_)]) => Ok((QUEUE, Type::Int)),
            _ => return None,
        })
    }

    fn crowd(&mut self, name: &str) -> Option<Crowd> {
        let group = match name {
            "crowd" => Some(CROWD),
            "friends" => None,
            _ => return None,
        };
        Some(Crowd { group, kinds: Kinds::One(GARAGE), size: CROWD_SIZE, member: CROWD_MEMBER })
    }

    fn spoken(&mut self, name: &str, text: &str) -> Option<Result<Spoken, Problem>> {
        match (name, text) {
            ("date", "noon") => Some(Ok(Spoken::Constant(Type::Time, 12 * HOUR))),
            ("date", _) => Some(Err(Problem::new("there is no such date"))),
            _ => None,
        }
    }

    fn parameters(&mut self, name: &str) -> Option<Vec<Type>> {
        match name {
            "doubled" => Some(vec![NUMBER]),
            "length" => Some(vec![Type::Slot]),
            "refused" => Some(vec![]),
            _ => None,
        }
    }

    fn state(&mut self, kinds: Option<&Kinds>, path: &[String]) -> Result<(u16, u16, u16), Problem> {
        match path.last().map(String::as_str) {
            Some("shut") if kinds.is_some() => Ok((GARAGE, 0, 1)),
            Some("parked") if kinds.is_none() => Ok((CAR, 0, 2)),
            _ => Err(Problem::new(format!("there is no state `{}`", path.join(".")))),
        }
    }

    fn own_kind(&self) -> Kinds {
        Kinds::One(CAR)
    }

    fn symbols(&mut self) -> &mut Symbols {
        &mut self.symbols
    }

    fn site(&mut self, law: &str) -> u16 {
        self.sites.push(law.to_owned());
        self.sites.len() as u16 - 1
    }

    fn switch(&mut self, environment: u32) -> u32 {
        std::mem::replace(&mut self.environment, environment)
    }

    fn push_local(&mut self, name: &str, ty: Type, at: Operand) -> Result<(), Problem> {
        if self.locals.iter().any(|(have, ..)| have == name) || self.fields.contains_key(name) {
            return Err(Problem::new(format!("`{name}` is taken")).help("choose another name for the item"));
        }
        self.locals.push((name.to_owned(), ty, at));
        Ok(())
    }

    fn pop_local(&mut self) {
        self.locals.pop().expect("as many taken away as added");
    }

    fn kind_name(&self, kind: u16) -> String {
        if kind == CAR { "car".into() } else { "garage".into() }
    }
}

impl Host for Stage {
    fn draw(&mut self, _: &Words, law: Law, site: u16, [a, b, c]: [f64; 3]) -> Result<f64, String> {
        self.drawn.push((law, site, [a, b, c]));
        match law {
            Law::Uniform if a > b => Err(format!("uniform goes from low to high, not from {a} to {b}")),
            Law::Uniform => Ok((a + b) / 2.0),
            Law::Chance => Ok(f64::from(u8::from(a >= 0.5))),
            Law::Poisson => Ok(a.floor()),
            Law::Triangular => Ok(b),
            Law::Weibull | Law::Gamma => Ok(b),
            Law::Beta => Ok(a / (a + b)),
            Law::Erlang | Law::Pareto | Law::Pert => Ok(b),
            Law::Exponential | Law::Normal | Law::LogNormal | Law::LogLogistic | Law::Gumbel => Ok(a),
            Law::Binomial => Ok((a * b).floor()),
            Law::Geometric => Ok(((1.0 - a) / a).floor()),
            Law::NegativeBinomial => Ok(a.floor()),
        }
    }

    fn draw_shaped(&mut self, _: &Words, shape: Shape, law: Law, site: u16, values: [f64; 5]) -> Result<f64, String> {
        let [a, b, c, first, second] = values;
        self.drawn.push((law, site, [a, b, c]));
        match shape {
            Shape::Within if first > second => Err(format!("the bounds {first} and {second} are out of order")),
            Shape::Within => Ok((first + second) / 2.0),
            Shape::Leaning => Ok(first * second),
        }
    }

    fn bits(&mut self, _: &Words, site: u16) -> u64 {
        assert!((site as usize) < self.sites.len(), "site {site} was never given out");
        self.bits
    }

    fn count(&mut self, _: &Words, site: u16) -> u32 {
        assert!((site as usize) < self.sites.len(), "site {site} was never given out");
        self.replayed += 1;
        self.replayed - 1
    }

    fn member(&mut self, row: &Words, site: u16, group: u16) -> Result<u64, String> {
        assert_eq!(group, CROWD);
        Ok(100 + (self.bits(row, site) >> 60))
    }

    fn effect(&mut self, memory: &Memory<'_>, id: u32) -> Result<bool, String> {
        match id {
            AT_ONCE => memory.set(Operand::new(Base::Frame, 0), 40),
            NEVER => return Err("this effect always fails".into()),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// What an instruction of a compiled text sees of the stage.
struct Window<'a> {
    stage: &'a mut Stage,
    frame: &'a mut [u64],
    compiled: &'a Compiled,
}

impl Outlook for Window<'_> {
    fn word(&self, at: Operand) -> u64 {
        let index = at.index() as usize;
        match at.base() {
            Base::Frame => self.frame[index],
            Base::Row => self.stage.row[index],
            Base::Event => self.stage.event[index],
            Base::Const => self.compiled.program.constants[index],
        }
    }

    fn put(&mut self, at: Operand, word: u64) {
        match at.base() {
            Base::Frame => self.frame[at.index() as usize] = word,
            _ => self.stage.row[at.index() as usize] = word,
        }
    }

    fn field(&self, of: u64, slot: u16) -> Option<u64> {
        let words = [3, 60.0_f64.to_bits(), 8 * HOUR, (9.0 * 3600.0_f64).to_bits()];
        (of == NEAR).then(|| words[slot as usize])
    }

    fn kind(&self, of: u64) -> Option<u16> {
        (of == NEAR).then_some(GARAGE)
    }

    fn in_state(&self, of: u64, region: u16, state: u16) -> Option<bool> {
        match of {
            ME => Some((region, state) == (0, 2)),
            NEAR => Some((region, state) == (0, 1)),
            _ => None,
        }
    }

    fn call(&mut self, f: u16, at: u16) -> Result<(), String> {
        let words = &mut self.frame[at as usize..];
        match f {
            DOUBLED => words[0] = (2.0 * f64::from_bits(words[0])).to_bits(),
            LENGTH => words[0] = words[1],
            HERE => words[0] += 40,
            CROWD_SIZE => words[0] = 3,
            // Of three, two are near and one is closed.
            CROWD_MEMBER => words[0] = [NEAR, CLOSED, NEAR][words[0] as usize],
            // The number of the holder, which is all that the stage knows of it.
            QUEUE => words[0] >>= 32,
            _ => return Err("this function always refuses".into()),
        }
        Ok(())
    }
}

/// Fails with all differences of a table at once.
pub(crate) fn agree<T: PartialEq + std::fmt::Debug>(rows: impl IntoIterator<Item = (String, T, T)>) {
    let wrong = rows.into_iter().filter(|(_, found, expected)| found != expected);
    let wrong: Vec<String> =
        wrong.map(|(text, found, expected)| format!("{text}\n  found    {found:?}\n  expected {expected:?}")).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
