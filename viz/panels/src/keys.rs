//! What the keys do: one table, from which the help is made too.

use egui::{Event, Key, Modifiers};
use rehearsal_stage::{Act, Layer, Show, Stop, Towards};

/// How long a skip would have taken to play \[s\].
const SKIP: u64 = 5;
/// \[ns\]
const SECOND: u64 = 1_000_000_000;
/// \[ns\]
const DAY: i64 = 86_400 * SECOND as i64;

/// What a key does.
#[derive(Clone, Copy)]
pub(crate) enum Does {
    /// Something to the show.
    Act(fn(&Show) -> Act),
    /// Into the field that searches names.
    Search,
    /// Shows or hides the help.
    Help,
    /// Folds or unfolds the panel at the left.
    Left,
    /// Folds or unfolds the panel at the right.
    Right,
    /// Closes what is open, or lets go whom was chosen.
    Escape,
}

/// A key, with or without others held down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Press {
    pub(crate) key: Key,
    /// Whether shift has to be held or must not be; none where the key's sign may need it or not.
    pub(crate) shift: Option<bool>,
    /// Whether control, or command, has to be held.
    pub(crate) command: bool,
}

/// A line of the table.
pub(crate) struct Entry {
    /// The keys as they are written in the help.
    pub(crate) shown: &'static str,
    /// What they do.
    pub(crate) says: &'static str,
    pub(crate) presses: &'static [(Press, Does)],
}

const fn plain(key: Key) -> Press {
    Press { key, shift: Some(false), command: false }
}

const fn shift(key: Key) -> Press {
    Press { key, shift: Some(true), command: false }
}

const fn sign(key: Key) -> Press {
    Press { key, shift: None, command: false }
}

const fn step(stop: Stop, towards: Towards) -> Act {
    Act::Step(stop, towards)
}

/// Whom the camera would follow stays chosen; without anybody nothing happens.
fn follow(show: &Show) -> Act {
    Act::Follow(!show.follows())
}

fn skip(show: &Show, sign: i64) -> Act {
    let by = show.playhead().speed().factor.saturating_mul(SKIP * SECOND);
    Act::Skip(sign * i64::try_from(by).unwrap_or(i64::MAX))
}

/// All keys, in the order of the help.
pub(crate) const TABLE: &[Entry] = &[
    Entry { shown: "Space", says: "play, pause", presses: &[(plain(Key::Space), Does::Act(|_| Act::Toggle))] },
    Entry {
        shown: "Up, Down  or  + -",
        says: "faster, slower",
        presses: &[
            (plain(Key::ArrowUp), Does::Act(|_| Act::Faster)),
            (plain(Key::ArrowDown), Does::Act(|_| Act::Slower)),
            (sign(Key::Plus), Does::Act(|_| Act::Faster)),
            (sign(Key::Equals), Does::Act(|_| Act::Faster)),
            (sign(Key::Minus), Does::Act(|_| Act::Slower)),
        ],
    },
    Entry {
        shown: "Left, Right",
        says: "back, on by what plays in 5 seconds",
        presses: &[
            (plain(Key::ArrowLeft), Does::Act(|show| skip(show, -1))),
            (plain(Key::ArrowRight), Does::Act(|show| skip(show, 1))),
        ],
    },
    Entry {
        shown: "Shift Left, Shift Right",
        says: "back, on by a day",
        presses: &[
            (shift(Key::ArrowLeft), Does::Act(|_| Act::Skip(-DAY))),
            (shift(Key::ArrowRight), Does::Act(|_| Act::Skip(DAY))),
        ],
    },
    Entry {
        shown: "N, P  or  . ,",
        says: "next, previous decision (for the chosen one)",
        presses: &[
            (plain(Key::N), Does::Act(|_| step(Stop::Decision, Towards::Next))),
            (plain(Key::P), Does::Act(|_| step(Stop::Decision, Towards::Previous))),
            (plain(Key::Period), Does::Act(|_| step(Stop::Decision, Towards::Next))),
            (plain(Key::Comma), Does::Act(|_| step(Stop::Decision, Towards::Previous))),
        ],
    },
    Entry {
        shown: "B, Shift B",
        says: "next, previous bookmark",
        presses: &[
            (plain(Key::B), Does::Act(|_| step(Stop::Bookmark, Towards::Next))),
            (shift(Key::B), Does::Act(|_| step(Stop::Bookmark, Towards::Previous))),
        ],
    },
    Entry {
        shown: "D, Shift D",
        says: "next, previous parting of the two runs",
        presses: &[
            (plain(Key::D), Does::Act(|_| step(Stop::Parting, Towards::Next))),
            (shift(Key::D), Does::Act(|_| step(Stop::Parting, Towards::Previous))),
        ],
    },
    Entry {
        shown: "/  or  Ctrl F",
        says: "search a name",
        presses: &[(sign(Key::Slash), Does::Search), (Press { key: Key::F, shift: Some(false), command: true }, Does::Search)],
    },
    Entry { shown: "F", says: "follow the chosen one, or no longer", presses: &[(plain(Key::F), Does::Act(follow))] },
    Entry { shown: "Esc", says: "close what is open, then choose nobody", presses: &[(sign(Key::Escape), Does::Escape)] },
    Entry {
        shown: "0  or  Home",
        says: "all of the map",
        presses: &[(plain(Key::Num0), Does::Act(|_| Act::Fit)), (plain(Key::Home), Does::Act(|_| Act::Fit))],
    },
    Entry { shown: "M", says: "messages, shown or not", presses: &[(plain(Key::M), Does::Act(|_| Act::Turn(Layer::Messages)))] },
    Entry {
        shown: "E",
        says: "decisions and refusals as they happen",
        presses: &[(plain(Key::E), Does::Act(|_| Act::Turn(Layer::Decisions)))],
    },
    Entry { shown: "L", says: "names", presses: &[(plain(Key::L), Does::Act(|_| Act::Turn(Layer::Names)))] },
    Entry { shown: "C", says: "how crowded it is where", presses: &[(plain(Key::C), Does::Act(|_| Act::Turn(Layer::Crowd)))] },
    Entry { shown: "R", says: "roads and areas", presses: &[(plain(Key::R), Does::Act(|_| Act::Turn(Layer::Map)))] },
    Entry { shown: "T", says: "light, dark", presses: &[(plain(Key::T), Does::Act(|_| Act::Theme))] },
    Entry {
        shown: "[  and  ]",
        says: "fold the panel at the left, at the right",
        presses: &[(sign(Key::OpenBracket), Does::Left), (sign(Key::CloseBracket), Does::Right)],
    },
    Entry {
        shown: "?  or  F1",
        says: "this help",
        presses: &[(sign(Key::Questionmark), Does::Help), (plain(Key::F1), Does::Help)],
    },
];

/// What the mouse does, in the order of the help.
pub(crate) const MOUSE: &[(&str, &str)] = &[
    ("Click on somebody", "choose them, in both runs"),
    ("Click on open ground", "choose nobody"),
    ("Double click", "choose and follow"),
    ("Drag the map", "move it"),
    ("Wheel, pinch", "closer and further"),
    ("Hover over a mark", "name, kind and state"),
    ("Click or drag the timeline", "go to any moment"),
    ("Click a bookmark", "go to that moment"),
    ("Click a time", "go there"),
    ("Click a name", "choose whom it names"),
];

impl Press {
    fn is(self, key: Key, held: Modifiers) -> bool {
        // A slash that needs shift is a question mark.
        let shift = match self.shift {
            Some(shift) => shift == held.shift,
            None => true,
        };
        self.key == key && shift && self.command == held.command && !held.alt && (held.command || !held.ctrl)
    }
}

/// What one press of a key does.
pub(crate) fn of(key: Key, held: Modifiers) -> Option<Does> {
    // Where a keyboard says the key and not its sign.
    let key = if key == Key::Slash && held.shift { Key::Questionmark } else { key };
    let presses = TABLE.iter().flat_map(|entry| entry.presses);
    presses.into_iter().find(|(press, _)| press.is(key, held)).map(|(_, does)| *does)
}

/// What all presses of a frame do, in order. A key that is held repeats what steps and skips only.
pub(crate) fn pressed(events: &[Event]) -> Vec<Does> {
    let press = |event: &Event| match event {
        Event::Key { key, pressed: true, repeat, modifiers, .. } => {
            let stays =
                matches!(key, Key::ArrowLeft | Key::ArrowRight | Key::N | Key::P | Key::Period | Key::Comma | Key::B | Key::D);
            if *repeat && !stays { None } else { of(*key, *modifiers) }
        }
        _ => None,
    };
    events.iter().filter_map(press).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_lines_want_the_same_key() {
        let all: Vec<Press> = TABLE.iter().flat_map(|entry| entry.presses).map(|(press, _)| *press).collect();
        for (place, a) in all.iter().enumerate() {
            for b in &all[..place] {
                let shift = a.shift.is_none() || b.shift.is_none() || a.shift == b.shift;
                assert!(!(a.key == b.key && a.command == b.command && shift), "{a:?} and {b:?}");
            }
        }
    }

    #[test]
    fn held_keys_and_shortcuts_of_the_system_are_left_alone() {
        let event = |key, repeat, modifiers| Event::Key { key, physical_key: None, pressed: true, repeat, modifiers };
        assert_eq!(pressed(&[event(Key::Space, true, Modifiers::NONE)]).len(), 0);
        assert_eq!(pressed(&[event(Key::ArrowLeft, true, Modifiers::NONE)]).len(), 1);
        assert_eq!(pressed(&[event(Key::C, false, Modifiers::CTRL | Modifiers::COMMAND)]).len(), 0);
        assert_eq!(pressed(&[event(Key::T, false, Modifiers::ALT)]).len(), 0);
        assert!(matches!(pressed(&[event(Key::Slash, false, Modifiers::SHIFT)])[..], [Does::Help]));
    }
}
