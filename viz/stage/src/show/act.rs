//! What a person may do in front of a view.

use super::{Choice, Run, Show};
use crate::camera::Camera;
use crate::filter::Filter;
use crate::playhead::Towards;
use rehearsal_trace::What;

/// Something a person does.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Plays or stops.
    Toggle,
    /// One speed up.
    Faster,
    /// One speed down.
    Slower,
    /// Plays so many simulated nanoseconds for one on the wall.
    Pace(u64),
    /// Goes to a moment \[ns\].
    Go(u64),
    /// Goes to a share of the run, from 0 to 1.
    GoToShare(f64),
    /// Goes so far on, or back \[ns\].
    Skip(i64),
    /// Goes to the next or the previous stop of a sort.
    Step(Stop, Towards),
    /// Chooses somebody, or nobody.
    Choose(Option<Choice>),
    /// Chooses somebody and brings them into the middle of the map.
    Show(Choice),
    /// The camera goes with the chosen one, or no longer.
    Follow(bool),
    /// Shows those who pass a filter.
    Filter(Filter),
    /// Closer by a factor about a point of a pane \[px\].
    Zoom(f64, [f64; 2]),
    /// As many metres from left to right, about the same middle.
    Span(f64),
    /// Moves the map by pixels right and down.
    Drag([f64; 2]),
    /// All of the map.
    Fit,
    /// Turns a layer on or off.
    Turn(Layer),
    /// Light to dark, and back.
    Theme,
}

/// Where a step stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A decision of a policy; where somebody is chosen, one that concerns them.
    Decision,
    /// A moment worth going to: [`crate::Index::bookmarks`].
    Bookmark,
    /// Somebody parts from themselves in the other run.
    Parting,
}

/// Something that may be drawn or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layer {
    /// Messages as arcs.
    Messages,
    /// Decisions and refusals as pulses.
    Decisions,
    /// Names.
    Names,
    /// How crowded it is where.
    Crowd,
    /// Roads and areas.
    Map,
}

/// Which layers are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layers {
    /// Messages as arcs.
    pub messages: bool,
    /// Decisions and refusals as pulses.
    pub decisions: bool,
    /// Names.
    pub names: bool,
    /// How crowded it is where.
    pub crowd: bool,
    /// Roads and areas.
    pub map: bool,
}

impl Default for Layers {
    fn default() -> Self {
        Layers { messages: true, decisions: true, names: true, crowd: false, map: true }
    }
}

impl Layers {
    /// Whether a layer is drawn.
    #[must_use]
    pub fn has(self, layer: Layer) -> bool {
        match layer {
            Layer::Messages => self.messages,
            Layer::Decisions => self.decisions,
            Layer::Names => self.names,
            Layer::Crowd => self.crowd,
            Layer::Map => self.map,
        }
    }

    fn turn(&mut self, layer: Layer) {
        let one = match layer {
            Layer::Messages => &mut self.messages,
            Layer::Decisions => &mut self.decisions,
            Layer::Names => &mut self.names,
            Layer::Crowd => &mut self.crowd,
            Layer::Map => &mut self.map,
        };
        *one = !*one;
    }
}

impl Show {
    /// Does something. What cannot be done, such as a step where there is no further stop, is told by [`Show::notice`].
    ///
    /// A step to a decision reads the records between here and there; all else is quick.
    pub fn act(&mut self, act: Act) {
        self.notice = None;
        self.stale = true;
        self.moved |= matches!(act, Act::Show(_) | Act::Follow(true) | Act::Zoom(..) | Act::Span(_) | Act::Drag(_));
        match act {
            Act::Toggle => self.playhead.toggle(),
            Act::Faster => self.playhead.faster(),
            Act::Slower => self.playhead.slower(),
            Act::Pace(factor) => self.playhead.pace(factor),
            Act::Go(at) => self.playhead.go(at),
            Act::GoToShare(share) => self.playhead.go_to_share(share),
            Act::Skip(by) => self.playhead.go(self.playhead.at().saturating_add_signed(by)),
            Act::Step(stop, towards) => self.step(stop, towards),
            Act::Choose(choice) => self.choose(choice),
            Act::Show(choice) => {
                self.choose(Some(choice));
                self.centre();
            }
            Act::Follow(follow) => self.follows = follow && self.chosen.is_some(),
            Act::Filter(filter) => self.filter = filter,
            Act::Zoom(factor, point) => {
                // Who is followed stays in the middle.
                let point = if self.follows { self.camera.viewport.map(|side| side / 2.0) } else { point };
                self.camera = self.camera.zoomed(factor, point);
            }
            Act::Span(metres) => {
                let factor = self.camera.metres_per_pixel * self.camera.viewport[0] / metres;
                self.camera = self.camera.zoomed(factor, self.camera.viewport.map(|side| side / 2.0));
            }
            Act::Drag(by) => {
                self.follows = false;
                self.camera = self.camera.dragged(by);
            }
            Act::Fit => {
                (self.follows, self.moved) = (false, false);
                self.camera = Camera::fit(self.bounds(), self.camera.viewport);
            }
            Act::Turn(layer) => self.layers.turn(layer),
            Act::Theme => self.dark = !self.dark,
        }
        self.refresh();
    }

    fn choose(&mut self, choice: Option<Choice>) {
        self.chosen = choice.filter(|choice| choice.run < self.runs.len());
        self.follows &= self.chosen.is_some();
    }

    /// Brings the chosen one into the middle.
    fn centre(&mut self) {
        let Some(chosen) = self.chosen else { return };
        let run = &self.runs[chosen.run];
        let world = run.cursor().world();
        match world.actors.get(&chosen.actor).and_then(|presence| run.stage().place(chosen.actor, presence, world.at)) {
            Some(place) => self.camera = self.camera.over(place),
            None => self.notice = Some(format!("{} is nowhere on the map now", run.stage().name(chosen.actor))),
        }
    }

    fn step(&mut self, stop: Stop, towards: Towards) {
        let moved = match stop {
            Stop::Decision => self.step_to_decision(towards),
            Stop::Bookmark => {
                let mut moments: Vec<u64> = self.runs.iter().flat_map(|run| run.bookmarks()).map(|moment| moment.at).collect();
                moments.sort_unstable();
                self.playhead.step_among(&moments, towards)
            }
            Stop::Parting => self.playhead.step_among(&self.partings, towards),
        };
        if !moved && self.notice.is_none() {
            let what = match stop {
                Stop::Decision if self.chosen.is_some() => "decision that concerns the chosen one",
                Stop::Decision => "decision",
                Stop::Bookmark => "bookmark",
                Stop::Parting => "parting of the runs",
            };
            let which = if towards == Towards::Next { "no further" } else { "no earlier" };
            let yet = if self.progress().done { "" } else { " in what was read so far" };
            self.notice = Some(format!("there is {which} {what}{yet}"));
        }
    }

    /// The nearest in either run; where somebody is chosen, the nearest that concerns them.
    fn step_to_decision(&mut self, towards: Towards) -> bool {
        if self.chosen.is_some() {
            // Somebody may have been chosen a moment ago.
            self.look();
            let looked = self.runs.iter().filter_map(Run::looked);
            let mut moments: Vec<u64> = looked.flat_map(|looked| &looked.decisions).map(|decision| decision.at).collect();
            moments.sort_unstable();
            return self.playhead.step_among(&moments, towards);
        }
        let wanted = |record: &rehearsal_trace::Record| matches!(record.what, What::Decision(_));
        let mut found: Option<u64> = None;
        for run in &self.runs {
            match self.playhead.clone().step(run.stage(), towards, wanted) {
                Ok(Some(record)) => {
                    let nearer = match towards {
                        Towards::Next => u64::min,
                        Towards::Previous => u64::max,
                    };
                    found = Some(found.map_or(record.at, |other| nearer(other, record.at)));
                }
                Ok(None) => {}
                Err(error) => self.notice = Some(error.to_string()),
            }
        }
        if let Some(at) = found {
            self.playhead.pause();
            self.playhead.go(at);
        }
        found.is_some()
    }
}
