//! One of the runs that are shown.

use crate::charts::{Curve, curves};
use crate::cursor::Cursor;
use crate::error::StageError;
use crate::filter::{Facets, Filter};
use crate::index::{Indexing, Moment};
use crate::inspect::{self, Inspected, Limits, Place};
use crate::scene::Scene;
use crate::search::Search;
use crate::stage::Stage;
use rehearsal_trace::explain::Explained;

/// Stretches in which the use of a place is counted.
const STRETCHES: usize = 48;
/// Records between two looks at what a pass has found so far.
const GLANCE: u64 = 500_000;

/// A run at the moment, with what is known of it.
pub struct Run {
    stage: Stage,
    cursor: Cursor,
    scene: Scene,
    facets: Facets,
    indexing: Indexing,
    bookmarks: Vec<Moment>,
    curves: Vec<Curve>,
    /// Records that were read when bookmarks and curves were made.
    glanced: u64,
    search: Search,
    looked: Option<Looked>,
}

/// What is known of the one who is chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// States, messages, numbers up to the moment.
    pub found: Inspected,
    /// All decisions about it, oldest first, later ones too.
    pub decisions: Vec<Explained>,
    /// Its use, where it is a place: where it has a position and never moved.
    pub place: Option<Place>,
}

impl Run {
    pub(super) fn new(stage: &Stage) -> Result<Run, StageError> {
        Ok(Run {
            cursor: Cursor::new(stage)?,
            scene: Scene::default(),
            facets: Facets::default(),
            indexing: Indexing::new(stage),
            bookmarks: Vec::new(),
            curves: Vec::new(),
            glanced: 0,
            search: Search::new(stage),
            looked: None,
            stage: stage.clone(),
        })
    }

    /// Takes more of the run. What was found in it stays until the new pass has found as much.
    pub(super) fn renew(&mut self, stage: &Stage) -> Result<(), StageError> {
        self.cursor = Cursor::new(stage)?;
        self.indexing = Indexing::new(stage);
        self.glanced = 0;
        self.stage = stage.clone();
        Ok(())
    }

    /// The run.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// The world at the moment.
    #[must_use]
    pub fn cursor(&self) -> &Cursor {
        &self.cursor
    }

    /// What is to be drawn at the moment.
    #[must_use]
    pub fn scene(&self) -> &Scene {
        &self.scene
    }

    /// What there is to filter by, at the moment for which the chosen one was last looked at.
    #[must_use]
    pub fn facets(&self) -> &Facets {
        &self.facets
    }

    /// The pass over the run, and what it has found.
    #[must_use]
    pub fn indexing(&self) -> &Indexing {
        &self.indexing
    }

    /// Moments worth going to, as far as the pass has come.
    #[must_use]
    pub fn bookmarks(&self) -> &[Moment] {
        &self.bookmarks
    }

    /// Curves of the measures, as far as the pass has come.
    #[must_use]
    pub fn curves(&self) -> &[Curve] {
        &self.curves
    }

    /// Names to search; those who are spawned too, once the pass is done.
    #[must_use]
    pub fn search(&self) -> &Search {
        &self.search
    }

    /// What is known of the one who is chosen; none where nobody is, or nobody here.
    #[must_use]
    pub fn looked(&self) -> Option<&Looked> {
        self.looked.as_ref()
    }

    pub(super) fn go(&mut self, at: u64, window: u64, filter: &Filter) -> Result<(), StageError> {
        self.cursor.go(at, window)?;
        self.scene = Scene::of(&self.cursor, filter);
        Ok(())
    }

    /// Reads on in the pass.
    pub(super) fn index(&mut self, budget: u64) -> Result<(), StageError> {
        if self.indexing.progress().done {
            return Ok(());
        }
        let done = self.indexing.advance(budget);
        let progress = self.indexing.progress();
        if progress.done || progress.read >= self.glanced + GLANCE {
            self.glanced = progress.read;
            self.bookmarks = self.indexing.index().bookmarks();
            self.curves = curves(&self.stage, self.indexing.index());
        }
        if progress.done {
            self.search = Search::new(&self.stage);
        }
        done.map(|_| ())
    }

    pub(super) fn look(&mut self, actor: Option<u32>, at: u64) -> Result<(), StageError> {
        self.facets = Facets::of(&self.stage, self.cursor.world());
        let before = self.looked.take();
        let Some(actor) = actor else { return Ok(()) };
        let found = inspect::inspect(&self.stage, actor, at, Limits::default())?;
        let decisions = match before.filter(|looked| looked.found.actor == actor) {
            Some(looked) => looked.decisions,
            None => inspect::decisions(&self.stage, actor, u64::MAX)?,
        };
        let stands = !self.stage.has_map() || self.stage.actors().get(&actor).is_some_and(|actor| actor.at.is_some());
        let place = (stands && found.journeys.is_empty()).then(|| Place::look(&self.stage, actor, at, STRETCHES)).transpose()?;
        self.looked = Some(Looked { found, decisions, place });
        Ok(())
    }
}
