//! What is remembered of a profile, and the patterns over time that policies look for.

use super::{Argument, Construct, construct, may, must};

const ON: Argument = must("on", "name", "the event that feeds it");
const OF: Argument = must("of", "Number", "the value: of any unit, which the feature then has");
const IF: Argument = may("if", "Bool", "which events count");

pub(super) const PROFILES: &[Construct] = &[
    construct(
        "feature",
        "Streak",
        "how many in a row passed the test, counting back from the last",
        &[ON, must("if", "Bool", "the test")],
    ),
    construct(
        "feature",
        "Count",
        "how many came: at all, in the last stretch of time, or, of the last so many, how many passed the test",
        &[
            ON,
            may("over", "number or constant Span", "the last so many events, at most 64, or those of this stretch of time"),
            IF,
            may("up_to", "number", "over a stretch of time: more are counted as so many; at most 32, 6 where left out"),
        ],
    ),
    construct("feature", "Since", "how long ago the last came, a Span", &[ON, IF]),
    construct("feature", "Last", "the last value", &[ON, OF, IF]),
    construct("feature", "Sum", "the sum of the values in a window; 0 where there are none", WINDOW),
    construct("feature", "Mean", "the mean of the values in a window", WINDOW),
    construct("feature", "Min", "the least of the values in a window", WINDOW),
    construct("feature", "Max", "the most of the values in a window", WINDOW),
    construct(
        "feature",
        "Slope",
        "how fast the values in a window rise, by least squares: their unit per time",
        &[ON, OF, must("over", "number or constant Span", OVER), IF, PANES],
    ),
    construct(
        "feature",
        "Ewma",
        "the mean in which older values count less and less; it takes `over` or `half_life`",
        &[
            ON,
            OF,
            may("over", "number", "as if over so many values: each has the weight 2 / (over + 1)"),
            may("half_life", "constant Span", "or: the weight of a value halves every so often"),
            IF,
        ],
    ),
    construct(
        "feature",
        "Trend",
        "how much the value rises from one reading to the next, smoothed",
        &[ON, OF, must("over", "number", "so many values"), IF],
    ),
    construct(
        "pattern",
        "Sequence",
        "one step after the other",
        &[
            must("of", "list of pattern step", "the steps in order"),
            WITHIN,
            may("next", "name", "relaxed: anything may lie between two steps; strict: no event that any step looks at"),
            AFTER_MATCH,
        ],
    ),
    construct(
        "pattern",
        "All",
        "each of the steps, in any order",
        &[must("of", "list of pattern step", "the steps"), WITHIN, AFTER_MATCH],
    ),
    construct(
        "pattern",
        "Absence",
        "one thing without another behind it: it is there when the span is over",
        &[
            must("of", "pattern step", "what does not come"),
            must("after", "pattern step", "what it should come after"),
            must("within", "constant Span", "how long it may take"),
            may("again", "name", "where `after` happens again meanwhile: ignore, the first counts; restart, the last"),
        ],
    ),
    construct(
        "pattern step",
        "Step",
        "an event that fits",
        &[
            must("on", "name", "the event: of the interface, or a pattern above"),
            may("if", "Bool", "which of them fit"),
            may("times", "number", "so many of them, one after the other"),
            may("rising", "Number", "only if this value is above that of the event before, whether that did fit or not"),
            may("falling", "Number", "only if it is below"),
        ],
    ),
];

const OVER: &str = "the last so many readings, at most 32, or those of this stretch of time";
const PANES: Argument = may(
    "panes",
    "number",
    "over a stretch of time: into how many parts it is cut, of which each leaves as a whole; 8 where left out",
);
const WINDOW: &[Argument] = &[
    ON,
    OF,
    may("over", "number or constant Span", "the window: so many readings, at most 32, or a stretch of time"),
    IF,
    PANES,
];

const WITHIN: Argument = must("within", "constant Span", "how far the first and the last may lie apart");
const AFTER_MATCH: Argument = may("after_match", "name", "skip: the next begins afresh; keep: an event may be part of several");
