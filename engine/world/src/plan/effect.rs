//! Effects of programs on the world, and functions of the runtime that expressions call.

use super::Rehearsal;
use rehearsal_language::program::{Operand, Routine};
use rehearsal_language::types::HolderKind;
use rehearsal_model::calendar::Civil;

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
        /// Whether the regions inside it go on where they were left, rather than where they begin.
        resume: bool,
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
        /// Where the program goes on when the units are taken from it; where there is nothing, it waits for them again.
        preempted: Option<u32>,
        /// Where the program goes on when it was given up.
        otherwise: u32,
    },
    /// Lets those who wait in a line of the own actor go on, the first of them first.
    Admit {
        /// The line.
        holder: Operand,
        /// How many at most; one where `None`.
        units: Option<Operand>,
        /// Only those for whom this holds: frame word of the candidate, and the routine.
        only: Option<(Operand, Routine)>,
        /// Where the list of those goes who were let in, and how many have room in it.
        into: Option<(Operand, u16)>,
    },
    /// Puts goods on a shelf of the own household.
    Fill {
        /// The stock.
        holder: Operand,
        /// Units.
        units: Operand,
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
        /// Whether it stands in an answer, which is refused where the slot is not free.
        answers: bool,
        /// Frame word that says whether the slot was not free; a fault of the run where there is none.
        refused: Option<Operand>,
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
        /// Frame word that says whether a gate refused it at once; the policy hears of it where there is none.
        refused: Option<Operand>,
    },
    /// Looks something up in a decision table.
    LookUp {
        /// The table.
        table: u16,
        /// What it is given.
        with: Vec<Put>,
        /// Words of that.
        words: u16,
        /// Frame words where what it gives goes, one value behind the other.
        into: Operand,
        /// Frame word that says whether any row held.
        found: Operand,
    },
    /// Ends an attempt of a policy: its `refused` rules hear the reason.
    Refuse {
        /// The reason.
        reason: Operand,
    },
    /// Tries several ways ahead, and waits for the best of them; no time passes.
    Rehearse(Box<Rehearsal>),
}

/// A builtin function of the runtime, as `Plan::functions` lists them.
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
    /// Dates and times of day.
    Civil(Civil),
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
    /// A remembered feature of a mind, as it is now.
    Remembered {
        /// What is computed.
        feature: rehearsal_policy::feature::Feature,
        /// First row slot of its state.
        state: u16,
    },
    /// A setting by name and value: the cost of a channel.
    ChannelCost,
    /// value of a claim: is anything held.
    Held,
    /// How many a crowd are: a group, or behind the groups by number a relation of the one who asks.
    CrowdSize {
        /// Which one.
        crowd: u16,
    },
    /// The member of a crowd with an index.
    CrowdMember {
        /// Which one.
        crowd: u16,
    },
}
