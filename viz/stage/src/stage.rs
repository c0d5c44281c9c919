//! One trace, opened for looking at.
//!
//! Opening reads the trace's own index, its texts and its header; no record. Who comes into being during the run is therefore
//! not known at first: an index that is finished tells, or [`Stage::meet_all`]. A stage is cheap to clone and may be shared
//! between threads; clones know the same people.

use crate::blocks::{Blocks, KindBlock};
use crate::error::StageError;
use crate::ground::{Bounds, Ground};
use crate::land::Plot;
use rehearsal_trace::style::Styles;
use rehearsal_trace::{Actor, Clock, Header, Presence, Reader, StateName};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// A recorded run, ready to be shown.
#[derive(Clone)]
pub struct Stage {
    inner: Arc<Inner>,
    styles: Arc<Styles>,
    /// Where everybody is drawn in a run without a map.
    apart: Option<Arc<Blocks>>,
}

struct Inner {
    path: PathBuf,
    reader: Arc<Reader>,
    clock: Clock,
    declared: People,
    /// Those who are spawned during the run too, once they are known.
    all: OnceLock<People>,
    ground: Ground,
    roads: Vec<Road>,
    areas: Vec<Plot>,
    /// Of what has a place; none in a run without a map.
    bounds: Option<Bounds>,
}

/// Actors by number and by name.
struct People {
    actors: BTreeMap<u32, Arc<Actor>>,
    by_name: BTreeMap<String, u32>,
}

impl People {
    fn new(actors: BTreeMap<u32, Arc<Actor>>) -> People {
        // The least number has a name that several bear.
        let by_name = actors.iter().rev().map(|(&id, actor)| (actor.name.clone(), id)).collect();
        People { actors, by_name }
    }
}

/// A line of the map.
#[derive(Clone, Debug, PartialEq)]
pub struct Road {
    /// Its class, such as `primary`.
    pub class: String,
    /// How wide it is drawn, from 0 for a lane to 4 for a motorway; the greater is drawn later.
    pub rank: u8,
    /// Its points: metres east and north.
    pub points: Vec<[f32; 2]>,
}

impl Stage {
    /// Opens a finished trace.
    ///
    /// Costs the reading of the trace's index, texts and header.
    ///
    /// # Errors
    /// No file, no trace, another version, one that is cut off, damaged or without records: one sentence with the remedy.
    pub fn open(path: impl AsRef<Path>) -> Result<Stage, StageError> {
        let path = path.as_ref();
        Stage::over(Reader::open(path), path)
    }

    /// Opens a finished trace that is held in memory; `name` is what faults call it.
    ///
    /// # Errors
    /// As [`Stage::open`].
    pub fn from_bytes(bytes: Vec<u8>, name: impl AsRef<Path>) -> Result<Stage, StageError> {
        Stage::over(Reader::from_bytes(bytes), name.as_ref())
    }

    fn over(reader: Result<Reader, rehearsal_trace::TraceError>, path: &Path) -> Result<Stage, StageError> {
        let fault = |error| StageError::of(path, error);
        let reader = Arc::new(reader.map_err(fault)?);
        if reader.is_empty() {
            return Err(StageError::Empty { path: path.to_owned() });
        }
        let header = reader.header();
        let clock = Clock::new(&header.start).map_err(fault)?;
        let declared = People::new(header.actors.iter().map(|actor| (actor.id, Arc::new(actor.clone()))).collect());
        let points = header.roads.iter().flat_map(|road| road.points.iter().copied());
        let ground = Ground::amid(points.chain(header.actors.iter().filter_map(|actor| actor.at)));
        let mut roads: Vec<Road> = header.roads.iter().map(|road| Road::of(&road.class, &road.points, &ground)).collect();
        roads.sort_by_key(|road| road.rank);
        let places = roads.iter().flat_map(|road| road.points.iter().copied());
        let bounds = Bounds::of(places.chain(header.actors.iter().filter_map(|actor| Some(ground.place(actor.at?)))));
        let styles = Arc::new(Styles::new(reader.states()));
        let apart = bounds.is_none().then(|| Arc::new(Blocks::new([header])));
        let areas = Plot::all(&header.areas, &ground);
        let path = path.to_owned();
        let inner = Inner { path, reader, clock, declared, all: OnceLock::new(), ground, roads, areas, bounds };
        Ok(Stage { inner: Arc::new(inner), styles, apart })
    }

    /// The same runs where a state has one colour in all of them, that of the first run in which it occurs, and, where none
    /// has a map, everybody one spot.
    #[must_use]
    pub fn drawn_alike(stages: &[Stage]) -> Vec<Stage> {
        let mut states: Vec<StateName> = Vec::new();
        for name in stages.iter().flat_map(|stage| stage.reader().states()) {
            if !states.contains(name) {
                states.push(name.clone());
            }
        }
        let styles = Arc::new(Styles::new(&states));
        let unmapped = stages.iter().all(|stage| !stage.has_map());
        let apart = unmapped.then(|| Arc::new(Blocks::new(stages.iter().map(Stage::header))));
        let alike = |stage: &Stage| {
            let apart = apart.clone().or_else(|| stage.apart.clone());
            Stage { inner: stage.inner.clone(), styles: styles.clone(), apart }
        };
        stages.iter().map(alike).collect()
    }

    /// The file, for faults and titles.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The trace itself.
    #[must_use]
    pub fn reader(&self) -> &Arc<Reader> {
        &self.inner.reader
    }

    /// What is known of the run before its first event.
    #[must_use]
    pub fn header(&self) -> &Header {
        self.inner.reader.header()
    }

    /// Turns moments into dates.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// Which state of an actor is shown, and in which colour.
    #[must_use]
    pub fn styles(&self) -> &Styles {
        &self.styles
    }

    /// The actors that are known, by number: those of the header, and once an index is finished or [`Stage::meet_all`] was
    /// called, those that are spawned during the run too.
    #[must_use]
    pub fn actors(&self) -> &BTreeMap<u32, Arc<Actor>> {
        &self.people().actors
    }

    /// Whether those that are spawned during the run are known.
    #[must_use]
    pub fn knows_all(&self) -> bool {
        self.inner.all.get().is_some()
    }

    /// Reads who is spawned during the run, unless that is known. Costs the reading of the blocks in which actors are
    /// spawned, which can be the whole trace.
    ///
    /// # Errors
    /// A damaged block.
    pub fn meet_all(&self) -> Result<(), StageError> {
        if !self.knows_all() {
            let actors = self.inner.reader.actors().map_err(|error| self.fault(error))?;
            self.inner.all.get_or_init(|| People::new(actors));
        }
        Ok(())
    }

    /// Takes who was seen to be spawned in a pass over the whole run.
    pub(crate) fn meet(&self, spawned: &BTreeMap<u32, Arc<Actor>>) {
        self.inner.all.get_or_init(|| {
            let mut actors = self.inner.declared.actors.clone();
            actors.extend(spawned.iter().map(|(&id, actor)| (id, actor.clone())));
            People::new(actors)
        });
    }

    fn people(&self) -> &People {
        self.inner.all.get().unwrap_or(&self.inner.declared)
    }

    /// The known actor of a name; of several, the one of the least number.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<u32> {
        self.people().by_name.get(name).copied()
    }

    /// The name of an actor, or its number where it is not known.
    #[must_use]
    pub fn name(&self, actor: u32) -> String {
        self.actors().get(&actor).map_or_else(|| format!("#{actor}"), |actor| actor.name.clone())
    }

    /// The projection of this run's map.
    #[must_use]
    pub fn ground(&self) -> &Ground {
        &self.inner.ground
    }

    /// Roads, in the order in which they are drawn.
    #[must_use]
    pub fn roads(&self) -> &[Road] {
        &self.inner.roads
    }

    /// Areas of the map to draw under the roads, in the order in which they are drawn.
    #[must_use]
    pub fn areas(&self) -> &[Plot] {
        &self.inner.areas
    }

    /// Where an actor is to be drawn at a moment \[ns\]: metres east and north; in a run without a map, in the
    /// block of their kind. None for those who are nowhere.
    #[must_use]
    pub fn place(&self, id: u32, presence: &Presence, at: u64) -> Option<[f32; 2]> {
        match &self.apart {
            Some(blocks) => blocks.place(id, presence.actor.as_deref()),
            None => presence.position(at).map(|position| self.ground().place(position)),
        }
    }

    /// Whether there is a map: roads, or somebody with a position from the beginning. Without one, blocks of kinds are drawn.
    #[must_use]
    pub fn has_map(&self) -> bool {
        self.apart.is_none()
    }

    /// The blocks of the kinds of a run without a map; none where there is a map.
    pub fn blocks(&self) -> impl Iterator<Item = KindBlock> {
        self.apart.iter().flat_map(|blocks| blocks.all())
    }

    /// What roads and the beginnings of actors span \[m\], or the blocks of a run without a map; none where nobody is.
    #[must_use]
    pub fn bounds(&self) -> Option<Bounds> {
        self.inner.bounds.or_else(|| self.apart.as_ref()?.bounds())
    }

    /// The last moment there is to see \[ns\]: the planned end, or the last record where that comes later.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.inner.reader.end().max(self.header().length_ns)
    }

    /// The name of a kind.
    #[must_use]
    pub fn kind(&self, kind: Option<u16>) -> &str {
        kind.and_then(|kind| self.header().kinds.get(usize::from(kind))).map_or("undeclared", String::as_str)
    }

    pub(crate) fn fault(&self, error: rehearsal_trace::TraceError) -> StageError {
        StageError::of(self.path(), error)
    }
}

impl Road {
    fn of(class: &str, points: &[[f64; 2]], ground: &Ground) -> Road {
        let rank = match class.trim_end_matches("_link") {
            "motorway" | "trunk" => 4,
            "primary" => 3,
            "secondary" => 2,
            "tertiary" => 1,
            _ => 0,
        };
        Road { class: class.into(), rank, points: points.iter().map(|&point| ground.place(point)).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn sentence(result: Result<Stage, StageError>) -> String {
        result.err().expect("it is refused").to_string()
    }

    #[test]
    fn what_cannot_be_shown_is_one_sentence() {
        let whole = sample::bytes(1);
        let opened = |bytes: Vec<u8>| sentence(Stage::from_bytes(bytes, "day.trace"));
        assert!(sentence(Stage::open("no-such.trace")).starts_with("cannot read no-such.trace: "));
        assert!(opened(b"PNG".to_vec()).starts_with("day.trace is not a trace"));
        assert!(opened(whole[..whole.len() - 5].to_vec()).starts_with("day.trace is cut off after"));
        let mut other = whole.clone();
        other[8] = 99;
        let version = opened(other);
        assert!(version.contains("99") && version.contains("record the run again"), "{version}");
        let header = Header { start: "2026-11-02 00:00".into(), ..Header::default() };
        let empty = rehearsal_trace::Writer::new(Vec::new(), &header).unwrap().into_inner().unwrap();
        assert!(opened(empty).starts_with("day.trace holds no records"));
    }

    #[test]
    fn a_state_has_one_colour_in_two_runs() {
        let [one, other] = [["home", "work"], ["lost", "work"]].map(|states| {
            let records = states.into_iter().enumerate().map(|(place, state)| rehearsal_trace::Record {
                at: place as u64,
                what: rehearsal_trace::What::State { actor: 11, region: "day".into(), state: state.into() },
            });
            let bytes = sample::written(&sample::header(), &records.collect::<Vec<_>>());
            Stage::from_bytes(bytes, "day.trace").unwrap()
        });
        let colour = |stage: &Stage, state: &str| stage.styles().colour(Some(1), state);
        assert_eq!(colour(&one, "home"), colour(&other, "lost"), "alone, the first state has the first colour");
        let alike = Stage::drawn_alike(&[one, other]);
        let colours = |stage: &Stage| ["home", "work", "lost"].map(|state| colour(stage, state));
        assert_eq!(colours(&alike[0]), colours(&alike[1]));
        let [home, work, lost] = colours(&alike[0]);
        assert!(home.is_some() && lost.is_some() && home != work && work != lost && home != lost);
    }

    #[test]
    fn no_damage_is_a_panic() {
        let mut bytes = sample::bytes(2);
        for place in 0..bytes.len() {
            bytes[place] ^= 0x41;
            match Stage::from_bytes(bytes.clone(), "day.trace") {
                Ok(_) => {}
                Err(error) => assert!(!error.to_string().contains('\n'), "{error}"),
            }
            bytes[place] ^= 0x41;
        }
    }

    #[test]
    fn a_stage_knows_its_people_and_its_map() {
        let stage = sample::stage(3);
        assert_eq!(stage.named("walker/2"), Some(12));
        assert_eq!(stage.name(12), "walker/2");
        assert_eq!(stage.name(999_999), "#999999");
        assert_eq!(stage.kind(Some(0)), "desk");
        let bounds = stage.bounds().unwrap();
        assert!(bounds.least[0] < 0.0 && bounds.most[0] > 0.0);
        assert_eq!((stage.areas().len(), stage.areas()[0].land), (1, crate::Land::Water));
        assert_eq!(stage.areas()[0].outline[0], stage.ground().place(stage.header().areas[0].outline[0]));
        assert!(!stage.knows_all() && stage.named("guest/101").is_none());
        stage.clone().meet_all().unwrap();
        assert_eq!((stage.named("guest/101"), stage.actors()), (Some(101), &stage.reader().actors().unwrap()));
        let shared: Box<dyn Fn() + Send + Sync> = Box::new(move || drop(stage.clone()));
        shared();
    }
}
