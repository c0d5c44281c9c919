//! What a person looks at: one or two runs at one moment, whom they chose, how the map lies, and everything they may do.
//!
//! A view turns keys and clicks into [`Act`]s, says how long its last frame took ([`Show::pass`]), gives some time for work
//! ([`Show::work`]) and draws what it then finds here. Two runs play in step, under one camera.
//!
//! Nothing is read that is not asked for: what is known of the one who is chosen is read when that one, or the moment, has
//! changed, and while a run plays twice a second.

mod act;
mod run;

use crate::camera::Camera;
use crate::divergence::{Divergence, Diverging};
use crate::error::StageError;
use crate::filter::Filter;
use crate::ground::Bounds;
use crate::index::Progress;
use crate::pick::Grid;
use crate::playhead::Playhead;
use crate::stage::Stage;

pub use act::{Act, Layer, Layers, Stop};
pub use run::{Looked, Run};

/// How often that what is known of the chosen one is read anew while a run plays \[ns on the wall\].
const FRESH: u64 = 500_000_000;

/// Somebody in one of the runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Which run: 0 or 1.
    pub run: usize,
    /// The actor's number there.
    pub actor: u32,
}

/// One or two runs, shown at one moment.
pub struct Show {
    runs: Vec<Run>,
    playhead: Playhead,
    filter: Filter,
    chosen: Option<Choice>,
    follows: bool,
    camera: Camera,
    layers: Layers,
    dark: bool,
    diverging: Option<Diverging>,
    /// When somebody parts \[ns\], in order of time; complete once the comparison is done.
    partings: Vec<u64>,
    notice: Option<String>,
    /// Whether somebody has moved the map; until then it is fitted into whatever room there is.
    moved: bool,
    /// The moment, filter or runs have changed since the scenes were made.
    stale: bool,
    /// What is known of the chosen one was read for another moment, or somebody else; and how long ago on the wall \[ns\].
    asked: Option<(Option<Choice>, u64)>,
    since: u64,
}

impl Show {
    /// Shows one run, or two side by side.
    ///
    /// # Errors
    /// No run or more than two; two that did not have the same luck ([`StageError::NotAlike`]); a damaged first block.
    pub fn new(stages: &[Stage]) -> Result<Show, StageError> {
        let diverging = match stages {
            [_] => None,
            [one, other] => Some(Diverging::new(one, other)?),
            _ => return Err(StageError::Count { count: stages.len() }),
        };
        let runs = Stage::drawn_alike(stages).iter().map(Run::new).collect::<Result<Vec<Run>, StageError>>()?;
        let end = stages.iter().map(Stage::end).max().unwrap_or(0);
        let mut show = Show {
            runs,
            playhead: Playhead::new(end),
            filter: Filter::default(),
            chosen: None,
            follows: false,
            camera: Camera::fit(None, [1.0, 1.0]),
            layers: Layers::default(),
            dark: false,
            diverging,
            partings: Vec::new(),
            notice: None,
            moved: false,
            stale: true,
            asked: None,
            since: 0,
        };
        show.refresh();
        Ok(show)
    }

    /// The runs that are shown: one or two.
    #[must_use]
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Where in time.
    #[must_use]
    pub fn playhead(&self) -> &Playhead {
        &self.playhead
    }

    /// Who is shown.
    #[must_use]
    pub fn filter(&self) -> &Filter {
        &self.filter
    }

    /// How the map lies: the same in all panes.
    #[must_use]
    pub fn camera(&self) -> &Camera {
        &self.camera
    }

    /// What of a scene is drawn.
    #[must_use]
    pub fn layers(&self) -> Layers {
        self.layers
    }

    /// Whether the dark palette is used.
    #[must_use]
    pub fn is_dark(&self) -> bool {
        self.dark
    }

    /// Who is chosen.
    #[must_use]
    pub fn chosen(&self) -> Option<Choice> {
        self.chosen
    }

    /// Whether the camera goes with the one who is chosen.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.follows
    }

    /// The one who is chosen, as a number of a run: the same person in the other run goes by name. None where that run has
    /// nobody of that name.
    #[must_use]
    pub fn chosen_in(&self, run: usize) -> Option<u32> {
        let chosen = self.chosen?;
        if chosen.run == run {
            return Some(chosen.actor);
        }
        let name = &self.runs[chosen.run].stage().actors().get(&chosen.actor)?.name;
        self.runs.get(run)?.stage().named(name)
    }

    /// Where two runs part, as far as it is known; none with one run.
    #[must_use]
    pub fn divergence(&self) -> Option<&Divergence> {
        self.diverging.as_ref().map(Diverging::found)
    }

    /// What went wrong last, as one sentence; until the next act.
    #[must_use]
    pub fn notice(&self) -> Option<&str> {
        self.notice.as_deref()
    }

    /// Says something to the person in front of the view.
    pub fn notify(&mut self, words: impl Into<String>) {
        self.notice = Some(words.into());
    }

    /// How far the passes over the runs have come, all together.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let passes = self.runs.iter().map(|run| run.indexing().progress());
        passes.chain(self.diverging.iter().map(Diverging::progress)).fold(
            Progress { read: 0, total: 0, done: true },
            |all, one| Progress { read: all.read + one.read, total: all.total + one.total, done: all.done && one.done },
        )
    }

    /// Takes more of a run that goes on, in place of what was known of it: all else stays as it is, and whoever looks at the
    /// present goes on looking at it.
    ///
    /// # Errors
    /// A damaged first block.
    pub fn renew(&mut self, stage: &Stage) -> Result<(), StageError> {
        self.runs[0].renew(stage)?;
        let end = self.runs.iter().map(|run| run.stage().end()).max().unwrap_or(0);
        self.playhead.stretch(end);
        self.stale = true;
        self.refresh();
        Ok(())
    }

    /// Tells how large a pane is \[px\]. Until somebody moves the map, it is fitted into it.
    pub fn resize(&mut self, viewport: [f64; 2]) {
        self.camera = if self.moved { self.camera.resized(viewport) } else { Camera::fit(self.bounds(), viewport) };
    }

    /// What all runs span.
    fn bounds(&self) -> Option<Bounds> {
        let all = self.runs.iter().filter_map(|run| run.stage().bounds());
        Bounds::of(all.flat_map(|bounds| [bounds.least, bounds.most]))
    }

    /// Lets time pass on the wall \[ns\], and makes the scenes of the moment that is then.
    pub fn pass(&mut self, wall: u64) {
        self.stale |= self.playhead.pass(wall) > 0;
        self.since = self.since.saturating_add(wall);
        self.refresh();
    }

    /// Reads on in the passes over the runs, about `budget` records in all, and what is known of the chosen one where that is
    /// due. Cheap once all is read.
    pub fn work(&mut self, budget: u64) {
        let waiting = self.runs.iter().filter(|run| !run.indexing().progress().done).count() as u64;
        let comparing = self.diverging.as_ref().is_some_and(|diverging| !diverging.progress().done);
        let share = budget / (waiting + u64::from(comparing)).max(1);
        for run in &mut self.runs {
            if let Err(error) = run.index(share) {
                self.notice = Some(error.to_string());
            }
        }
        if let Some(diverging) = self.diverging.as_mut().filter(|_| comparing) {
            if let Err(error) = diverging.advance(share) {
                self.notice = Some(error.to_string());
            }
            self.partings = diverging.found().parted.values().map(|parting| parting.at).collect();
            self.partings.sort_unstable();
        }
        self.look();
    }

    /// Reads all there is to read: for pictures.
    pub fn finish(&mut self) {
        while !self.progress().done {
            self.work(u64::MAX / 4);
        }
        self.work(0);
    }

    /// Makes the scenes where something has changed.
    fn refresh(&mut self) {
        if !std::mem::take(&mut self.stale) {
            return;
        }
        let (at, window) = (self.playhead.at(), self.playhead.window());
        for run in &mut self.runs {
            if let Err(error) = run.go(at, window, &self.filter) {
                self.playhead.pause();
                self.notice = Some(error.to_string());
            }
        }
        if self.follows {
            let place = (0..self.runs.len()).find_map(|run| Some(self.runs[run].scene().mark(self.chosen_in(run)?)?.place));
            self.camera = place.map_or(self.camera, |place| self.camera.over(place));
        }
    }

    /// Reads what is known of the chosen one, where that is due.
    fn look(&mut self) {
        let due = match self.asked {
            Some((chosen, at)) if chosen == self.chosen => {
                at != self.playhead.at() && (!self.playhead.is_playing() || self.since >= FRESH)
            }
            _ => true,
        };
        if !due {
            return;
        }
        let at = self.playhead.at();
        self.asked = Some((self.chosen, at));
        self.since = 0;
        for run in 0..self.runs.len() {
            let actor = self.chosen_in(run);
            if let Err(error) = self.runs[run].look(actor, at) {
                self.notice = Some(error.to_string());
            }
        }
    }

    /// Whom a point of a pane means \[px\]: the nearest mark within `radius`.
    #[must_use]
    pub fn pick(&self, run: usize, point: [f32; 2], radius: f32) -> Option<Choice> {
        let scene = self.runs.get(run)?.scene();
        let actor = Grid::new(&scene.marks, &self.camera).nearest(point, radius)?;
        Some(Choice { run, actor })
    }
}

#[cfg(test)]
mod tests;
