//! What is to be drawn at a moment: a mark for each actor, a gauge for each place, an arc for each message, a pulse for each
//! decision, and the sky.
//!
//! Costs one look at every actor and at every recent event. Nothing is drawn here, and no colour chosen: a mark has the
//! place of its colour in a palette, the same at every moment of a run.

use crate::cursor::{Cursor, Flash};
use crate::filter::Filter;
use crate::gauge::Gauge;
use crate::ground::Ground;
use crate::sky::Sky;
use rehearsal_trace::style::Shape;
use rehearsal_trace::{Journey, Presence};
use std::collections::BTreeMap;

/// What is to be drawn at a moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scene {
    /// The moment \[ns\].
    pub at: u64,
    /// Actors that pass the filter and have a place, by number.
    pub marks: Vec<Mark>,
    /// How full the places among them are and how many wait there, by number.
    pub places: Vec<Gauge>,
    /// The weather, where somebody shows it, whatever passes the filter.
    pub sky: Option<Sky>,
    /// Messages that arrived a short while ago between two places, oldest first.
    pub arcs: Vec<Arc>,
    /// Decisions and refusals of a short while ago, oldest first.
    pub pulses: Vec<Pulse>,
    /// Actors that pass the filter and are nowhere, such as policies.
    pub nowhere: usize,
    /// Actors that do not pass the filter.
    pub hidden: usize,
}

/// How one actor is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The actor.
    pub actor: u32,
    /// Its kind; none where it was never declared.
    pub kind: Option<u16>,
    /// The state that is shown; empty for none.
    pub state: String,
    /// Metres east and north.
    pub place: [f32; 2],
    /// Where it is heading \[radians, clockwise from north\]; none at rest.
    pub heading: Option<f32>,
    /// Whether it is on its way.
    pub moving: bool,
    /// The place of its colour in the palette; none for grey.
    pub colour: Option<u8>,
    /// Its shape, by kind.
    pub shape: Shape,
}

/// A message that arrived a short while ago.
#[derive(Clone, Debug, PartialEq)]
pub struct Arc {
    /// The sender.
    pub from: u32,
    /// The receiver.
    pub to: u32,
    /// From where \[m\].
    pub start: [f32; 2],
    /// To where \[m\].
    pub end: [f32; 2],
    /// The name of the message.
    pub name: String,
    /// How much of its time to show is over: 0 as it arrives, below 1 to the last.
    pub progress: f32,
}

/// A decision, or a contact that was refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Pulse {
    /// Who was decided about.
    pub actor: u32,
    /// Where \[m\]: at that actor, or where that is nowhere at the one who decided.
    pub place: [f32; 2],
    /// The rule, or the template that was refused.
    pub name: String,
    /// Whether it is a refusal.
    pub refused: bool,
    /// As of an arc.
    pub progress: f32,
}

impl Scene {
    /// The scene at a cursor, of those who pass a filter. An arc or a pulse shows where one who takes part passes it.
    #[must_use]
    pub fn of(cursor: &Cursor, filter: &Filter) -> Scene {
        let (stage, world) = (cursor.stage(), cursor.world());
        let mut scene = Scene { at: world.at, sky: Sky::of(world), ..Scene::default() };
        let ground = stage.ground();
        let mut places: BTreeMap<u32, [f32; 2]> = BTreeMap::new();
        for recent in cursor.recent() {
            for actor in [recent.from, recent.to] {
                if let Some(place) = world.actors.get(&actor).and_then(|presence| stage.place(actor, presence, world.at)) {
                    places.insert(actor, place);
                }
            }
        }
        for (&actor, presence) in &world.actors {
            let state = stage.styles().shown(presence);
            if !filter.passes(actor, presence.actor.as_deref(), state) {
                scene.hidden += 1;
                continue;
            }
            let Some(place) = stage.place(actor, presence, world.at) else {
                scene.nowhere += 1;
                continue;
            };
            scene.places.extend(Gauge::of(actor, place, presence));
            let kind = presence.actor.as_ref().map(|actor| actor.kind);
            let moving = presence.journey.as_ref().filter(|journey| under_way(journey, world.at));
            scene.marks.push(Mark {
                actor,
                kind,
                state: state.to_owned(),
                place,
                heading: moving.and_then(|journey| heading(journey, world.at, ground)),
                moving: moving.is_some(),
                colour: stage.styles().colour(kind, state),
                shape: Shape::of(kind),
            });
        }
        scene.flashes(cursor, filter, &places);
        scene
    }

    fn flashes(&mut self, cursor: &Cursor, filter: &Filter, places: &BTreeMap<u32, [f32; 2]>) {
        let (stage, world) = (cursor.stage(), cursor.world());
        let passes = |actor: u32| {
            let presence = world.actors.get(&actor);
            let state = presence.map(|presence| stage.styles().shown(presence)).unwrap_or_default();
            let declared = presence.and_then(|presence: &Presence| presence.actor.as_deref());
            filter.passes(actor, declared, state)
        };
        for recent in cursor.recent() {
            if !(passes(recent.from) || passes(recent.to)) {
                continue;
            }
            let progress = (self.at - recent.at) as f32 / cursor.window().max(1) as f32;
            let [start, end] = [recent.from, recent.to].map(|actor| places.get(&actor).copied());
            match &recent.what {
                Flash::Message(name) => {
                    if let (Some(start), Some(end)) = (start, end) {
                        let (from, to, name) = (recent.from, recent.to, name.clone());
                        self.arcs.push(Arc { from, to, start, end, name, progress });
                    }
                }
                Flash::Decision(name) | Flash::Refused(name) => {
                    if let Some(place) = end.or(start) {
                        let refused = matches!(recent.what, Flash::Refused(_));
                        self.pulses.push(Pulse { actor: recent.to, place, name: name.clone(), refused, progress });
                    }
                }
            }
        }
    }

    /// The mark of an actor, where it has one. Costs a binary search.
    #[must_use]
    pub fn mark(&self, actor: u32) -> Option<&Mark> {
        let found = self.marks.binary_search_by_key(&actor, |mark| mark.actor).ok()?;
        self.marks.get(found)
    }
}

fn under_way(journey: &Journey, at: u64) -> bool {
    journey.path.first().is_some_and(|point| point.at <= at) && at < journey.over()
}

/// The direction of the stretch on which a journey is; none where that has no length.
fn heading(journey: &Journey, at: u64, ground: &Ground) -> Option<f32> {
    let next = journey.path.partition_point(|point| point.at <= at);
    let [before, after] = [journey.path.get(next.checked_sub(1)?)?, journey.path.get(next)?];
    let [a, b] = [before, after].map(|point| ground.place([point.lat, point.lon]));
    let [east, north] = [b[0] - a[0], b[1] - a[1]];
    (east != 0.0 || north != 0.0).then(|| libm::atan2f(east, north))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, DESK, HOUR, SECOND, SKY};
    use crate::stage::Stage;
    use proptest::prelude::*;
    use rehearsal_trace::{Level, Record, Value, Waypoint, What};

    fn trip() -> Stage {
        let path = [(42.5, 1.5, 60), (42.51, 1.5, 120), (42.51, 1.49, 180)];
        let path = path.map(|(lat, lon, at)| Waypoint { lat, lon, at: at * SECOND }).to_vec();
        let state = |state: &str| What::State { actor: 11, region: "walk".into(), state: state.into() };
        let message = What::Message { sent: 99 * SECOND, from: 11, to: DESK, name: "ask".into(), fields: vec![] };
        let records = [
            (0, state("home")),
            (60 * SECOND, What::Move { actor: 11, arrive: 180 * SECOND, path }),
            (60 * SECOND, state("out")),
            (100 * SECOND, message),
        ];
        let records: Vec<Record> = records.into_iter().map(|(at, what)| Record { at, what }).collect();
        Stage::from_bytes(sample::written(&sample::header(), &records), "trip.trace").unwrap()
    }

    fn at(stage: &Stage, second: u64, window: u64) -> Scene {
        let mut cursor = Cursor::new(stage).unwrap();
        cursor.go(second * SECOND, window * SECOND).unwrap();
        Scene::of(&cursor, &Filter::default())
    }

    #[test]
    fn a_mark_goes_along_its_road_and_looks_ahead() {
        let stage = trip();
        let [before, north, west, after] = [30, 90, 150, 200].map(|second| at(&stage, second, 0).mark(11).cloned().unwrap());
        assert!(!before.moving && !after.moving && before.heading.is_none());
        assert!(north.moving && north.heading.unwrap().abs() < 1e-3);
        assert!((west.heading.unwrap() + std::f32::consts::FRAC_PI_2).abs() < 1e-3);
        assert!(north.place[1] < west.place[1] && west.place[0] < north.place[0]);
        assert_eq!((before.state.as_str(), after.state.as_str()), ("home", "out"));
        assert_ne!(before.colour, after.colour);
    }

    #[test]
    fn a_message_shows_from_its_arrival_until_it_has_faded() {
        let stage = trip();
        let arcs = |second| at(&stage, second, 10).arcs;
        assert_eq!([99, 110].map(|second| arcs(second).len()), [0, 0]);
        assert_eq!([100, 105, 109].map(|second| arcs(second)[0].progress), [0.0, 0.5, 0.9]);
        let arc = &arcs(100)[0];
        assert_eq!((arc.from, arc.to, arc.name.as_str()), (11, DESK, "ask"));
        assert_eq!(arc.end, at(&stage, 100, 10).mark(DESK).unwrap().place);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn gauges_and_sky_are_those_of_the_last_records(seed in 0u64..300, at in 0..12 * HOUR) {
            let stage = sample::stage(seed);
            let mut cursor = Cursor::new(&stage).unwrap();
            cursor.go(at, 0).unwrap();
            let scene = Scene::of(&cursor, &Filter::default());
            let mut levels: BTreeMap<String, Level> = BTreeMap::new();
            let mut board = None;
            for record in stage.reader().records().map(Result::unwrap).take_while(|record| record.at <= at) {
                match record.what {
                    What::Level { actor: DESK, holder, level } => drop(levels.insert(holder, level)),
                    What::Board { actor: SKY, values } => board = Some(values),
                    _ => {}
                }
            }
            let sum = |number: fn(&Level) -> Option<u32>| levels.values().filter_map(number).sum::<u32>();
            let sums = [sum(|level| level.busy), sum(|level| level.capacity), sum(|level| Some(level.waiting))];
            let drawn = scene.places.iter().map(|gauge| (gauge.actor, gauge.place, [gauge.busy, gauge.capacity, gauge.waiting]));
            let place = scene.mark(DESK).unwrap().place;
            let expected = (sums != [0; 3]).then_some((DESK, place, sums));
            prop_assert_eq!(drawn.collect::<Vec<_>>(), expected.into_iter().collect::<Vec<_>>());
            let light = board.as_ref().map(|board| board.contains(&("light".into(), Value::Bool(true))));
            prop_assert_eq!(scene.sky.and_then(|sky| sky.light), light);
            prop_assert_eq!(scene.sky.map(|sky| sky.actor), board.map(|_| SKY));
        }
    }

    #[test]
    fn everybody_is_drawn_nowhere_or_hidden() {
        let stage = sample::stage(5);
        let mut cursor = Cursor::new(&stage).unwrap();
        let filter = Filter { segments: ["old".to_owned()].into(), ..Filter::default() };
        for hour in 0..12 {
            cursor.go(hour * HOUR, HOUR).unwrap();
            let scene = Scene::of(&cursor, &filter);
            assert_eq!(scene.marks.len() + scene.nowhere + scene.hidden, cursor.world().actors.len());
            assert!(scene.marks.iter().all(|mark| (mark.actor - 10).is_multiple_of(3)));
            assert!(scene.arcs.iter().chain(&[]).all(|arc| (0.0..1.0).contains(&arc.progress)));
        }
    }
}
