//! What kinds are made of: types, holders, states, timers, answers.

use super::{Argument, Construct, construct, may, must, open};

pub(super) const THINGS: &[Construct] = &[
    construct("type", "Bool", "yes or no", BEGINS),
    construct("type", "Int", "a whole number, 64 bits", BEGINS),
    construct("type", "Number", "a real number", BEGINS),
    construct("type", "Span", "a length of time", BEGINS),
    construct("type", "Time", "a moment", BEGINS),
    construct("type", "Clock", "a time of day", BEGINS),
    construct("type", "Length", "a length", BEGINS),
    construct("type", "Speed", "a speed", BEGINS),
    construct("type", "Money", "an amount of money", BEGINS),
    construct("type", "Temperature", "a temperature", BEGINS),
    construct("type", "Place", "a node of the map's roads", BEGINS),
    construct("type", "Slot", "a stretch of time", BEGINS),
    construct("type", "Name", "any name", BEGINS),
    construct(
        "type",
        "OneOf",
        "one of a list of names, each alike or by weight",
        &[must("names", "list of name or names to number", "the names; with braces also their weights")],
    ),
    construct(
        "type",
        "Set",
        "names of a list, at most 64",
        &[must("names", "list of name or names to number", "the names; with braces also the chance of each")],
    ),
    construct(
        "type",
        "Each",
        "a value for each name",
        &[must("of", "list of name", "the names"), must("value", "type", "what is kept for each, and how it begins")],
    ),
    construct(
        "type",
        "Maybe",
        "a value that may be missing",
        &[must("type", "type", "what it is when it is there"), may("value", "value", "how it begins; missing where left out")],
    ),
    construct(
        "type",
        "List",
        "several values",
        &[must("of", "type", "what they are"), must("at_most", "number", "how many at most, up to 64")],
    ),
    construct("type", "Ref", "another actor of a kind, or of kinds that are like a mixin", REFERS),
    construct(
        "type",
        "Row",
        "a row of Rows",
        &[must("rows", "name", "which rows"), may("value", "row", "which one it is at birth")],
    ),
    construct("type", "Whole", "in a part or what is spawned: the actor that it belongs to", REFERS),
    construct("type", "Part", "an actor that is born with this one and belongs to it", REFERS),
    construct(
        "type",
        "Parts",
        "several actors that are born with this one",
        &[must("kind", "name", "what they are"), must("count", "number", "how many, from 1 to 64")],
    ),
    construct("type", "Held", "in `takes`: a claim that is handed over", REFERS),
    construct("type", "Actor", "any actor; it can be told something, not read", BEGINS),
    construct("parameter", "Value", "evaluated once, at the call", &[]),
    construct("parameter", "Expr", "evaluated each time where it is used", &[]),
    construct("parameter", "Name", "a bare name: a message, a note, an entry of a table", &[]),
    construct("parameter", "Steps", "steps, put where Do(parameter) stands", &[]),
    construct(
        "holder",
        "Resource",
        "interchangeable units with a queue",
        &[
            must("capacity", "Int or capacity", "how many units there are"),
            may("discipline", "name", "Fifo, Priority or Preemptive"),
        ],
    ),
    construct(
        "holder",
        "Pool",
        "individual actors with a queue, born with their owner",
        &[
            must("kind", "name", "what they are"),
            must("count", "Int", "how many there are"),
            may("with", "names to value", "traits and fields of each"),
        ],
    ),
    construct(
        "holder",
        "Stock",
        "goods that are used up and ordered again",
        &[
            must("level", "Int", "what is there at the start"),
            may("reorder_at", "Int", "orders when there is no more than this, with what is on order"),
            may("order", "Int", "how much is ordered each time"),
            may("up_to", "Int", "or: up to which level"),
            may("lead_time", "Span", "how long an order takes"),
            may("review", "Span", "looks only so often; at each taking where left out"),
        ],
    ),
    construct(
        "holder",
        "Agenda",
        "capacity over time, booked ahead",
        &[
            must("capacity", "Int", "how many at a time"),
            may("step", "constant Span", "the grid of bookings, an hour where left out"),
            may("hours", "hours", "when it is open"),
            may("fill", "fill", "what is booked at the start"),
        ],
    ),
    construct(
        "holder",
        "Line",
        "those who wait until they are let in",
        &[
            must("of", "name", "the kind or mixin of those who wait"),
            may("batch", "Int", "so many go on together as soon as they are there"),
        ],
    ),
    construct(
        "capacity",
        "Shift",
        "units by opening hours",
        &[
            must("units", "Int", "while it is open"),
            must("hours", "hours", "when that is"),
            may("closed", "number", "otherwise; none where left out"),
        ],
    ),
    construct(
        "fill",
        "Busy",
        "books each free unit by chance",
        &[
            must("share", "Number", "the chance"),
            may("until", "Span", "up to then"),
            may("then", "Number", "the chance after that"),
        ],
    ),
    construct(
        "fill",
        "Meetings",
        "puts meetings into a calendar",
        &[must("per_day", "Int", "how many a day"), must("length", "Span", "how long each is")],
    ),
    construct(
        "board",
        "Board",
        "figures that are published at a period",
        &[must("period", "Span", "how often"), must("show", "names to type", "the figures")],
    ),
    construct(
        "region",
        "Region",
        "a statechart beside others",
        &[
            must("initial", "name", "the state in which it begins"),
            must("states", "names to state", "its states"),
            may("on", "names to handler", "by message, whatever the state"),
            may("after", "list of after", "once, so long after birth"),
            may("every", "list of every", "again and again"),
            may("at", "list of at", "at a time of day"),
            may("sources", "list of source", "who arrives"),
        ],
    ),
    construct(
        "state",
        "State",
        "what is done while an actor is in it",
        &[
            may("entry", "steps", "when it is entered; they may not wait"),
            may("exit", "steps", "when it is left; they may not wait"),
            may("process", "steps", "steps that take time, from the moment it is entered"),
            may("on", "names to handler", "by message"),
            may("after", "list of after", "once, so long after it was entered"),
            may("every", "list of every", "again and again"),
            may("at", "list of at", "at a time of day"),
            may("sources", "list of source", "who arrives"),
            may("takes", "names to type", "values that Goto must hand over"),
            may("rules", "list of rule", "of a policy: what it does about events"),
            may("initial", "name", "the state inside it in which it begins"),
            may("states", "names to state", "states inside it"),
            may("regions", "names to region", "statecharts inside it, side by side"),
        ],
    ),
    construct(
        "handler",
        "",
        "steps when a message arrives, under a test; a plain list of steps will do too",
        &[may("if", "Bool", "passes the message on where it does not hold"), must("do", "steps", "what is done")],
    ),
    construct(
        "after",
        "",
        "once, so long after the state was entered",
        &[must("delay", "Span", "how long"), WHILE, GOTO, DO, NAME],
    ),
    construct(
        "every",
        "",
        "again and again, so long apart",
        &[must("period", "Span", "how long, found anew each time"), WHILE, GOTO, DO, NAME],
    ),
    construct(
        "at",
        "",
        "at a time of day, each time it comes round",
        &[must("time", "Clock", "when"), may("days", "days", "on which days; every day where left out"), WHILE, GOTO, DO, NAME],
    ),
    construct(
        "source",
        "Source",
        "actors that come one after another",
        &[
            must("kind", "name", "who comes"),
            may("with", "names to value", "traits and fields of each"),
            may("every", "Span", "the time from one to the next, drawn anew each time"),
            may("rate", "rate", "or: how many in a time, at random: \"90 / 1h\""),
            may("peak", "rate", "the most that `rate` comes to, where it changes"),
            may("units", "Int", "how many come together"),
            may("while", "Bool", "it runs only while this holds"),
            may("name", "name", "what its chance is called"),
        ],
    ),
    construct(
        "answer",
        "Answer",
        "a question that is answered at once",
        &[
            may("takes", "names to type", "what the question carries"),
            may("if", "Bool", "refused where it does not hold"),
            may("do", "steps", "what is done; they may not wait"),
            may("give", "value", "the answer"),
        ],
    ),
    open("mixin", "", "a mixin by its name, with parameters by name: desk(staff: 2)", "value"),
];

const BEGINS: &[Argument] = &[may("value", "value", "how it begins")];

const REFERS: &[Argument] = &[must("kind", "name", "a kind or mixin"), may("value", "actor", "who it is at birth")];

const WHILE: Argument = may("while", "Bool", "runs down only while this holds");
const GOTO: Argument = may("goto", "name", "the state to go to, behind the steps");
const DO: Argument = may("do", "steps", "what is done when it rings");
const NAME: Argument = may("name", "name", "what decisions of a policy call it");
