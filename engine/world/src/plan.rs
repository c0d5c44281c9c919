//! What a scenario compiles to: kinds, programs, effects, messages, groups and measures.
//!
//! A [`Plan`] never changes while it runs and is shared by all replications, policies and threads. The loader of scenarios
//! writes it; `World` reads it. Nothing here runs.

use rehearsal_language::program::{Operand, Program, Routine};
use rehearsal_language::symbol::{Symbol, Symbols};
use rehearsal_language::types::{HolderKind, Kinds, Type};
use rehearsal_model::calendar::Calendar;
use rehearsal_model::hours::Hours;
use rehearsal_model::roads::Roads;
use rehearsal_policy::feature::Feature;
use rehearsal_policy::governance::Caps;
use std::sync::Arc;

/// Words at the head of every frame: how long the last request waited, and why it failed.
pub const FRAME_WAITED: u16 = 0;
/// See [`FRAME_WAITED`].
pub const FRAME_REASON: u16 = 1;
/// Frame words that every routine of an actor begins with.
pub const FRAME_RESERVED: u16 = 2;

/// A value carried by a message or note.
#[derive(Clone, Debug, PartialEq)]
pub struct Payload {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its first word in the payload.
    pub offset: u16,
}

/// The shape of a message or of a note.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Schema {
    /// The message's name.
    pub name: String,
    /// What it carries.
    pub fields: Vec<Payload>,
    /// Words of its payload.
    pub words: u16,
}

/// A field of a kind.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its first slot in the row.
    pub slot: u16,
    /// Whether it is fixed at birth, or published at a period: others may read it.
    pub public: bool,
}

/// What a timer waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimerKind {
    /// Once, so long after the state was entered.
    After,
    /// Again and again, so long apart.
    Every,
    /// At a moment that the delay routine names, found anew after each ring.
    At,
}

/// A timer of a state, of a region or of the whole kind.
#[derive(Clone, Debug)]
pub struct Timer {
    /// What it waits for.
    pub kind: TimerKind,
    /// The region and state it lives in; `None` for the whole kind.
    pub place: Option<(u16, Option<u16>)>,
    /// Gives the span in seconds, or for `At` the moment.
    pub delay: Routine,
    /// It only runs down while this holds.
    pub condition: Option<Routine>,
    /// What it does when it rings.
    pub body: Routine,
    /// First of three row slots: token and running flag, seconds left, moment armed.
    pub slot: u16,
    /// For rules of a policy: what it is called.
    pub name: Option<String>,
}

/// A state of a region.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Its name.
    pub name: String,
    /// Runs when it is entered.
    pub entry: Option<Routine>,
    /// Runs when it is left.
    pub exit: Option<Routine>,
    /// Starts after entry and may wait.
    pub process: Option<Routine>,
    /// Its timers, by number.
    pub timers: Vec<u16>,
    /// Row slots that hold a claim while the state lasts.
    pub held: Vec<u16>,
}

/// A region: one current state at a time.
#[derive(Clone, Debug)]
pub struct Region {
    /// Its name.
    pub name: String,
    /// Its states.
    pub states: Vec<State>,
    /// The state it starts in.
    pub initial: u16,
    /// First of two row slots: state and epoch, moment entered.
    pub slot: u16,
}

/// Any state of a region, see [`Handler::state`].
pub const ANY: u16 = u16::MAX;

/// A rule of a policy, as decisions cite it.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its name.
    pub name: String,
    /// Where it is written, `file:line`.
    pub place: String,
    /// Higher goes first.
    pub priority: i32,
    /// Its condition as written.
    pub condition: Option<String>,
    /// What its condition reads: text, type, and a routine for the value.
    pub reads: Vec<(String, Type, Routine)>,
    /// The state it goes to, if it is fixed.
    pub goto: Option<String>,
    /// It does not fire again before so many seconds are over; the row slot remembers when it fired.
    pub again_after: Option<(Routine, u16)>,
    /// What a product person may call it in a measure.
    pub symbol: Symbol,
}

/// What is done when a message arrives.
#[derive(Clone, Debug)]
pub struct Handler {
    /// The region it belongs to; [`ANY`] for the whole kind.
    pub region: u16,
    /// The state it belongs to; [`ANY`] for every state of the region.
    pub state: u16,
    /// It is passed over where this does not hold.
    pub guard: Option<Routine>,
    /// What it does.
    pub body: Routine,
    /// The rule it is, in a policy.
    pub rule: Option<u16>,
}

/// How a resource's capacity is set.
#[derive(Clone, Debug)]
pub enum Shift {
    /// Always the same.
    Fixed,
    /// One figure inside the hours, another outside.
    Hours {
        /// When it is open.
        hours: Hours,
        /// Units outside the hours.
        closed: u32,
    },
}

/// How an agenda is filled before the story begins.
#[derive(Clone, Debug)]
pub enum Fill {
    /// Nothing is booked.
    Empty,
    /// Each free unit of each step is booked with a chance: `share` up to `until` seconds, then `then`.
    Busy {
        /// The chance at first.
        share: Routine,
        /// How long it holds [s].
        until: Routine,
        /// The chance after that.
        then: Routine,
    },
    /// So many meetings a working day, each so long, inside the hours.
    Meetings {
        /// How many a day.
        per_day: Routine,
        /// How long one is [s].
        length: Routine,
    },
}

/// A holder that an actor owns.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Its name.
    pub name: String,
    /// What it is.
    pub what: HolderPlan,
}

/// The forms of a holder.
#[derive(Clone, Debug)]
pub enum HolderPlan {
    /// Interchangeable units.
    Resource {
        /// How many, at birth.
        capacity: Routine,
        /// Whether priorities count.
        priority: bool,
        /// How the number changes.
        shift: Shift,
    },
    /// Individual actors.
    Pool {
        /// Their kind.
        kind: u16,
        /// How many.
        count: Routine,
        /// Values they are born with: slot, words and routine in the owner's scope.
        with: Vec<(u16, u16, Routine)>,
    },
    /// Goods that are reordered.
    Stock {
        /// Units at birth.
        level: Routine,
        /// Reordered at or below.
        reorder_at: Routine,
        /// Units an order brings.
        order: Routine,
        /// How long an order takes [s].
        lead_time: Routine,
    },
    /// Capacity over time.
    Agenda {
        /// Units at any time.
        capacity: Routine,
        /// The grid's step [s].
        step: f64,
        /// When it is open; always where `None`.
        hours: Option<Hours>,
        /// What is booked already.
        fill: Fill,
    },
}

/// A part: an actor that is born with another and belongs to it.
#[derive(Clone, Debug)]
pub struct Part {
    /// The field that refers to it.
    pub slot: u16,
    /// Its kind.
    pub kind: u16,
    /// Its name, which keys its random streams.
    pub name: String,
}

/// An answer to an Ask.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Refused where this does not hold.
    pub guard: Option<Routine>,
    /// What is done; ends by giving a value.
    pub body: Option<Routine>,
    /// The value given.
    pub give: Option<Routine>,
    /// The type of the value given.
    pub ty: Option<Type>,
}

/// A feature that a policy remembers of its profile.
#[derive(Clone, Debug)]
pub struct Remembered {
    /// Its name.
    pub name: String,
    /// The event that feeds it.
    pub message: u16,
    /// The value or condition fed.
    pub value: Option<Routine>,
    /// What is computed.
    pub feature: Feature,
    /// First row slot of its state.
    pub state: u16,
    /// Row slot of its value as rules read it.
    pub slot: u16,
}

/// A kind of actor.
#[derive(Clone, Debug, Default)]
pub struct Kind {
    /// Its name.
    pub name: String,
    /// Words of a row.
    pub words: u16,
    /// Its fields, in order of birth.
    pub fields: Vec<Field>,
    /// Sets the fields at birth, one routine a field, in order: field number and routine.
    pub birth: Vec<(u16, Routine)>,
    /// Parts, born after the fields.
    pub parts: Vec<Part>,
    /// Regions.
    pub regions: Vec<Region>,
    /// Timers of all places.
    pub timers: Vec<Timer>,
    /// Timers of the whole kind, by number.
    pub own_timers: Vec<u16>,
    /// Handlers by message.
    pub handlers: Vec<Vec<Handler>>,
    /// Messages that a job of this kind may wait for, by message: whether any does.
    pub awaited: Vec<bool>,
    /// Answers by question.
    pub answers: Vec<Option<Answer>>,
    /// Holders.
    pub holders: Vec<Holder>,
    /// Names of the sites of random draws, hashed.
    pub sites: Vec<u64>,
    /// The slot of the place where it is, for what can be moved or stands somewhere.
    pub here: Option<u16>,
    /// Top speed when moved [m/s]; unlimited where `None`.
    pub top_speed: Option<Routine>,
    /// The slot that names its whole, if it is a part or is spawned.
    pub whole: Option<u16>,
    /// Rules, for a policy.
    pub rules: Vec<Rule>,
    /// Remembered features, for a policy.
    pub remembers: Vec<Remembered>,
    /// Which of its timers run only while a condition holds.
    pub conditional: Vec<u16>,
    /// Gives the person whose segment counts, for measures; `None` where there is none.
    pub person: Option<Routine>,
    /// The policy it is the mind of, if it is one.
    pub policy: bool,
    /// The slot of a policy's profile.
    pub profile: Option<u16>,
}

/// Words put into a payload or a row: where from, how many, where to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Put {
    /// Where they lie.
    pub from: Operand,
    /// How many.
    pub words: u16,
    /// Offset in the payload, or slot in the row.
    pub to: u16,
}

/// An effect of a program on the world.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Sends a message to an actor, or to each of a list.
    Tell {
        /// The reference, or the list's first word.
        to: Operand,
        /// Whether `to` is a list.
        many: bool,
        /// Which message.
        message: u16,
        /// What it carries.
        with: Vec<Put>,
        /// Seconds until it is sent, beyond the latency.
        delay: Option<Operand>,
    },
    /// States a public fact.
    Note {
        /// Which note.
        note: u16,
        /// What it carries.
        with: Vec<Put>,
    },
    /// Leaves a state and enters another.
    Goto {
        /// The region.
        region: u16,
        /// The state entered.
        state: u16,
        /// Values the state takes.
        with: Vec<Put>,
        /// Claims (frame or row words) that go along and are not released.
        kept: Vec<Operand>,
    },
    /// Waits so many seconds.
    Delay {
        /// The span.
        span: Operand,
    },
    /// Waits until a moment.
    Until {
        /// The moment.
        time: Operand,
    },
    /// Waits for a message.
    WaitFor {
        /// Which one.
        message: u16,
        /// Frame word that counts those that came before they were waited for; their payload follows it.
        inbox: Operand,
        /// Words of payload.
        words: u16,
        /// Seconds until it is given up.
        within: Option<Operand>,
        /// Where the program goes on when it was given up.
        otherwise: u32,
    },
    /// Asks a holder for a unit.
    Seize {
        /// The holder.
        holder: Operand,
        /// What it is.
        kind: HolderKind,
        /// Frame word that remembers the claim.
        claim: Operand,
        /// Units wanted.
        units: Option<Operand>,
        /// Higher goes first.
        priority: Option<Operand>,
        /// Seconds until it is given up.
        renege_after: Option<Operand>,
        /// For pools: a cost for each candidate, lowest first: frame word of the candidate, and the routine.
        pick: Option<(Operand, Routine)>,
        /// Frame word that gets the unit of a pool.
        unit: Option<Operand>,
        /// Where the program goes on when it was given up.
        otherwise: u32,
    },
    /// Gives a claim back.
    Release {
        /// The word that remembers it.
        claim: Operand,
    },
    /// Takes goods from a stock of the own household; waits for them where `claim` is given.
    Take {
        /// The stock.
        holder: Operand,
        /// Units.
        units: Operand,
        /// Whether to wait; an answer does not.
        waits: bool,
    },
    /// Books a slot of an agenda of the own household.
    Reserve {
        /// The agenda.
        holder: Operand,
        /// The slot, two words.
        slot: Operand,
        /// For whom; for measures.
        of: Option<Operand>,
    },
    /// Gives a booked slot back.
    Cancel {
        /// The agenda.
        holder: Operand,
        /// The slot, two words.
        slot: Operand,
    },
    /// Asks another actor and waits for the answer.
    Ask {
        /// Who.
        of: Operand,
        /// Which question.
        question: u16,
        /// What it carries.
        with: Vec<Put>,
        /// Words of the question.
        words: u16,
        /// Seconds until it is given up.
        within: Option<Operand>,
        /// Where the answer goes.
        into: Option<(Operand, u16)>,
        /// Where the program goes on when it was refused or given up.
        otherwise: u32,
    },
    /// Moves an actor of the own household along the roads, and waits until it is there.
    Move {
        /// Who.
        who: Operand,
        /// Where to.
        to: Operand,
    },
    /// Brings an actor into the world.
    Spawn {
        /// Its kind.
        kind: u16,
        /// Values it is born with.
        with: Vec<Put>,
        /// Where its reference goes.
        into: Option<Operand>,
        /// The site that keys its random streams.
        site: u16,
    },
    /// Leaves the world.
    End,
    /// Reaches out to a person.
    Contact {
        /// The person.
        who: Operand,
        /// What is said.
        template: Operand,
        /// What class of contact it is.
        category: Operand,
        /// By which channel.
        channel: Operand,
        /// What there is to choose from: first word and words.
        choices: Option<(Operand, u16)>,
    },
    /// Ends an attempt of a policy: its `refused` rules hear the reason.
    Refuse {
        /// The reason.
        reason: Operand,
    },
}

/// A builtin function of the runtime, as [`Plan::functions`] lists them.
#[derive(Clone, Debug, PartialEq)]
pub enum Function {
    /// nearest(group, place): the member that stands nearest, as the crow flies.
    Nearest {
        /// Kinds and index ranges by group.
        group: u16,
    },
    /// near(place, length): a place within that distance, each road node alike.
    Near {
        /// The site of its draw.
        site: u16,
    },
    /// home(): a place where people live.
    AnyHome {
        /// The site of its draw.
        site: u16,
    },
    /// road_time(from, to): seconds by road now.
    RoadTime,
    /// road_distance(from, to): metres by road.
    RoadDistance,
    /// distance(a, b): metres as the crow flies.
    Distance,
    /// today(clock): that time of the present day.
    Today,
    /// clock(span): a time of day, so long after midnight.
    ClockOf,
    /// hour(time): whole hours since midnight.
    HourOf,
    /// weekday(time): Monday is 0.
    WeekdayOf,
    /// next(clock, days): the next moment at that time of day.
    NextClock {
        /// The days it may fall on.
        days: rehearsal_model::calendar::DaySet,
    },
    /// free(agenda, start, span).
    Free,
    /// common_slots(agendas, span, from, to, step): first starts free in all of them.
    CommonSlots {
        /// Agendas at most, and slots at most.
        most: (u16, u16),
    },
    /// queue, busy, capacity or level of a holder.
    Queue,
    /// See [`Function::Queue`].
    Busy,
    /// See [`Function::Queue`].
    Capacity,
    /// See [`Function::Queue`].
    Level,
    /// Where an actor is now.
    Position,
    /// A setting by name and value: the cost of a channel.
    ChannelCost,
    /// value of a claim: is anything held.
    Held,
}

/// A group of actors that are there from the start.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name, which keys the random streams of its members.
    pub name: String,
    /// Their kind.
    pub kind: u16,
    /// How many.
    pub count: u32,
    /// Where they stand.
    pub places: Places,
    /// Values they are born with: field number and routine in their own scope.
    pub with: Vec<(u16, Routine)>,
}

/// Where the members of a group stand.
#[derive(Clone, Debug)]
pub enum Places {
    /// Nowhere in particular.
    None,
    /// At these places in turn.
    List(Arc<[u32]>),
    /// At one of these places each, drawn.
    Drawn(Arc<[u32]>),
}

/// A channel that reaches people.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name.
    pub name: Symbol,
    /// Seconds until it is there.
    pub delay: Routine,
    /// Seconds until it is noticed.
    pub notice: Routine,
    /// The chance that it is noticed at all.
    pub heard: Routine,
    /// What one costs [EUR].
    pub cost: Routine,
    /// When it may be used.
    pub hours: Option<Hours>,
}

/// When a contact is held back.
#[derive(Clone, Debug)]
pub struct Suppress {
    /// Its name.
    pub name: String,
    /// Held back where this holds.
    pub condition: Routine,
    /// Tried again after so many seconds; refused where `None`.
    pub defer: Option<Routine>,
}

/// The way of every outgoing contact.
#[derive(Clone, Debug, Default)]
pub struct ContactPlan {
    /// Channels.
    pub channels: Vec<Channel>,
    /// Whether the person agreed; frame words 2, 3, 4 are who, category and channel.
    pub consent: Option<Routine>,
    /// When it is held back.
    pub suppress: Vec<Suppress>,
    /// How often is too often.
    pub caps: Caps,
    /// The message that a person gets.
    pub message: Option<u16>,
    /// The message that a policy gets when a contact was refused.
    pub refused: Option<u16>,
    /// The note that a contact was sent.
    pub sent: Option<u16>,
    /// The note that a contact was refused.
    pub not_sent: Option<u16>,
    /// Kinds that can be reached.
    pub people: Option<Kinds>,
}

/// Where a note goes besides the record: to the policy that sees it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The policy's kind.
    pub policy: u16,
    /// The note.
    pub note: u16,
    /// The kind that states it.
    pub by: u16,
    /// The message it arrives as.
    pub message: u16,
    /// Seconds until it arrives.
    pub delay: f64,
}

/// A policy that may run.
#[derive(Clone, Debug)]
pub struct PolicyPlan {
    /// Its name.
    pub name: String,
    /// The kind that is its mind.
    pub kind: u16,
    /// The kind of its profiles.
    pub about: u16,
    /// What it sees, by note: the delay and message, where any of its rules or features listens.
    pub sees: Vec<Seen>,
    /// For each kind that states something seen: finds the profile from there.
    pub listeners: Vec<(u16, Routine)>,
}

/// When a measure looks.
#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    /// A note of a name.
    Note(u16),
    /// A state is entered: kind, region, state.
    Enters(u16, u16, u16),
    /// A state is left: kind, region, state.
    Leaves(u16, u16, u16),
}

/// How the values of a measure become its figure.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fold {
    /// Their number, for each so many people (`per`), or in all.
    Count {
        /// People that the figure is for; `None` for the whole.
        per: Option<f64>,
    },
    /// Their sum, for each so many people, or in all.
    Sum {
        /// People that the figure is for.
        per: Option<f64>,
    },
    /// Their mean.
    Mean,
    /// The share of those that were true.
    Share,
    /// The mean span between a first and a second happening of one actor.
    Duration,
    /// The mean share of a holder's capacity that was in use.
    Level,
}

/// A look at a happening.
#[derive(Clone, Debug)]
pub struct Hook {
    /// When.
    pub at: Happening,
    /// The kind in whose scope the routines run.
    pub by: u16,
    /// Only where this holds.
    pub condition: Option<Routine>,
    /// The value; one where `None`.
    pub value: Option<Routine>,
    /// The person whose segment counts.
    pub person: Option<Routine>,
    /// For durations: whether it starts or ends one.
    pub starts: bool,
}

/// A measure.
#[derive(Clone, Debug)]
pub struct MeasurePlan {
    /// Its name.
    pub name: String,
    /// What people call it.
    pub label: String,
    /// Its unit.
    pub unit: String,
    /// Value words are divided by this to get the unit.
    pub scale: f64,
    /// `lower`, `higher` or `neither` is better.
    pub better: &'static str,
    /// How it becomes a figure.
    pub fold: Fold,
    /// Where it looks.
    pub hooks: Vec<Hook>,
    /// For levels: kind and holder.
    pub holder: Option<(u16, u16)>,
    /// For a look at everyone at the end: kind, value and condition.
    pub at_end: Option<(u16, Routine)>,
}

/// Who is sorted into segments.
#[derive(Clone, Debug)]
pub struct Segments {
    /// The kind of person.
    pub kind: u16,
    /// Gives a person's segment, as a symbol.
    pub by: Routine,
    /// The segments.
    pub names: Vec<Symbol>,
}

/// A loaded scenario, ready to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// What it is about.
    pub title: String,
    /// Nanoseconds it runs.
    pub length: u64,
    /// Nanoseconds before measures count.
    pub warm_up: u64,
    /// Nanoseconds between households at least.
    pub latency: u64,
    /// Civil time.
    pub calendar: Calendar,
    /// All code.
    pub program: Program,
    /// All names.
    pub symbols: Symbols,
    /// Kinds, those of policies last.
    pub kinds: Vec<Kind>,
    /// Effects by number.
    pub effects: Vec<Effect>,
    /// Messages by number.
    pub messages: Vec<Schema>,
    /// Notes by number.
    pub notes: Vec<Schema>,
    /// Questions by number: their shape.
    pub questions: Vec<Schema>,
    /// Functions by number.
    pub functions: Vec<Function>,
    /// Groups in order of birth.
    pub groups: Vec<Group>,
    /// Claims by routine: the start of the routine, and the frame words that remember claims.
    pub claims: std::collections::BTreeMap<u32, Vec<u16>>,
    /// Messages that a routine waits for: the start of the routine, message, inbox word, payload words.
    pub inboxes: std::collections::BTreeMap<u32, Vec<(u16, u16, u16)>>,
    /// The way of contacts.
    pub contact: ContactPlan,
    /// Policies.
    pub policies: Vec<PolicyPlan>,
    /// Measures.
    pub measures: Vec<MeasurePlan>,
    /// Segments.
    pub segments: Option<Segments>,
    /// The map.
    pub roads: Option<Arc<Roads>>,
    /// How much longer a drive takes by hour of the week (168 values), Monday midnight first.
    pub traffic: Vec<f64>,
    /// Names of source files, by number, with their text.
    pub sources: Vec<(String, Arc<str>)>,
}
