//! Whatever a person does, runs stay at one moment and the same person is chosen in both.

use super::*;
use crate::playhead::Towards;
use crate::sample::{self, HOUR, SECOND};
use rehearsal_trace::{Record, What};

fn two() -> Show {
    let mut show = Show::new(&[sample::stage(1), sample::stage(2)]).unwrap();
    show.resize([800.0, 600.0]);
    show
}

fn records(stage: &Stage) -> Vec<Record> {
    stage.reader().records().map(Result::unwrap).collect()
}

#[test]
fn two_runs_are_at_one_moment() {
    let mut show = two();
    show.act(Act::Go(5 * HOUR));
    assert!(show.runs().iter().all(|run| run.scene().at == 5 * HOUR && run.cursor().at() == 5 * HOUR));
    show.act(Act::Toggle);
    // Two seconds on the wall at five minutes a second.
    show.pass(2 * SECOND);
    assert!(show.runs().iter().all(|run| run.scene().at == 5 * HOUR + 600 * SECOND));
    show.act(Act::Skip(-3 * HOUR as i64));
    assert_eq!(show.playhead().at(), 2 * HOUR + 600 * SECOND);
    assert_eq!(Show::new(&[]).err().map(|error| error.to_string()).unwrap().split(';').next(), Some("0 traces cannot be shown"));
}

#[test]
fn a_step_goes_to_the_nearest_decision_of_either_run() {
    let mut show = two();
    show.act(Act::Go(3 * HOUR));
    let mut expected: Vec<u64> = show
        .runs()
        .iter()
        .flat_map(|run| records(run.stage()))
        .filter_map(|record| (record.at > 3 * HOUR && matches!(record.what, What::Decision(_))).then_some(record.at))
        .collect();
    expected.sort_unstable();
    expected.dedup();
    for at in expected.iter().take(20) {
        show.act(Act::Step(Stop::Decision, Towards::Next));
        assert_eq!(show.playhead().at(), *at);
    }
    show.act(Act::Step(Stop::Decision, Towards::Previous));
    assert_eq!(show.playhead().at(), expected[18]);
    show.act(Act::Go(u64::MAX));
    show.act(Act::Step(Stop::Decision, Towards::Next));
    assert_eq!(show.notice(), Some("there is no further decision in what was read so far"));
}

#[test]
fn with_somebody_chosen_a_step_is_to_a_decision_that_concerns_them() {
    let mut show = two();
    show.act(Act::Choose(Some(Choice { run: 1, actor: 14 })));
    let of = |run: &Run| crate::inspect::decisions(run.stage(), 14, u64::MAX).unwrap();
    let mut expected: Vec<u64> = show.runs().iter().flat_map(of).map(|decision| decision.at).collect();
    expected.sort_unstable();
    expected.dedup();
    assert!(expected.len() > 3);
    for at in &expected {
        show.act(Act::Step(Stop::Decision, Towards::Next));
        assert_eq!(show.playhead().at(), *at);
    }
    show.act(Act::Step(Stop::Decision, Towards::Next));
    assert_eq!(show.notice(), Some("there is no further decision that concerns the chosen one in what was read so far"));
    show.act(Act::Step(Stop::Decision, Towards::Previous));
    assert_eq!(show.playhead().at(), expected[expected.len() - 2]);
}

#[test]
fn the_same_person_is_chosen_in_both_runs() {
    let mut show = two();
    show.act(Act::Show(Choice { run: 1, actor: 12 }));
    assert_eq!((show.chosen_in(0), show.chosen_in(1)), (Some(12), Some(12)));
    show.work(0);
    let looked: Vec<_> = show.runs().iter().map(|run| run.looked().unwrap().found.actor).collect();
    assert_eq!(looked, [12, 12]);
    assert!(show.runs().iter().all(|run| !run.facets().kinds.is_empty()));
    // Whoever is shown lies in the middle, and stays there while followed.
    let middle = |show: &Show| show.camera().place(show.runs()[1].scene().mark(12).unwrap().place);
    assert_eq!(middle(&show), [400.0, 300.0]);
    show.act(Act::Follow(true));
    show.act(Act::Go(7 * HOUR));
    let first = show.camera().place(show.runs()[0].scene().mark(12).unwrap().place);
    assert!((first[0] - 400.0).abs() < 0.1 && (first[1] - 300.0).abs() < 0.1);
    show.act(Act::Drag([10.0, 0.0]));
    assert!(!show.follows());
    show.act(Act::Choose(None));
    show.work(0);
    assert!(show.chosen_in(0).is_none() && show.runs()[0].looked().is_none());
}

#[test]
fn what_is_known_follows_the_moment() {
    let mut show = two();
    show.act(Act::Choose(Some(Choice { run: 0, actor: 12 })));
    show.work(0);
    show.act(Act::Go(6 * HOUR));
    show.work(0);
    let until = |show: &Show| show.runs()[0].looked().unwrap().found.until;
    assert_eq!(until(&show), 6 * HOUR);
    // While it plays, twice a second.
    show.act(Act::Toggle);
    show.pass(SECOND / 10);
    show.work(0);
    assert_eq!(until(&show), 6 * HOUR);
    show.pass(SECOND / 2);
    show.work(0);
    assert_eq!(until(&show), show.playhead().at());
}

#[test]
fn work_comes_to_an_end_and_to_the_same() {
    let mut show = two();
    let mut rounds = 0;
    while !show.progress().done {
        show.work(500);
        rounds += 1;
        assert!(rounds < 100);
    }
    assert_eq!(show.progress().read, show.progress().total);
    let mut other = two();
    other.finish();
    assert_eq!(show.divergence(), other.divergence());
    for (one, other) in show.runs().iter().zip(other.runs()) {
        assert_eq!((one.bookmarks(), one.curves()), (other.bookmarks(), other.curves()));
        assert!(!one.bookmarks().is_empty());
    }
    let (first, _) = show.divergence().unwrap().first().unwrap();
    show.act(Act::Step(Stop::Parting, Towards::Next));
    assert_eq!(show.playhead().at(), first);
    let mut bookmarks: Vec<u64> = show.runs().iter().flat_map(|run| run.bookmarks()).map(|moment| moment.at).collect();
    bookmarks.sort_unstable();
    show.act(Act::Go(6 * HOUR));
    show.act(Act::Step(Stop::Bookmark, Towards::Previous));
    assert_eq!(Some(show.playhead().at()), bookmarks.iter().copied().rfind(|&at| at < 6 * HOUR));
}

#[test]
fn a_point_means_the_nearest_mark_of_its_pane() {
    let mut show = two();
    show.act(Act::Go(5 * HOUR));
    let mark = show.runs()[1].scene().marks.last().unwrap().clone();
    let at = show.camera().place(mark.place);
    let picked = show.pick(1, at, 6.0).unwrap();
    let other = show.runs()[1].scene().mark(picked.actor).unwrap();
    assert_eq!((picked.run, other.place), (1, mark.place));
    assert_eq!(show.pick(0, [-500.0, -500.0], 6.0), None);
    // Who is filtered out cannot be meant.
    show.act(Act::Filter(Filter { name: "nobody".into(), ..Filter::default() }));
    assert_eq!(show.pick(1, at, 6.0), None);
}

#[test]
fn whoever_looks_at_the_present_goes_on_doing_so() {
    let records = sample::records(3);
    let told = |count: usize| {
        let header = rehearsal_trace::Header { length_ns: 0, ..sample::header() };
        Stage::from_bytes(sample::written(&header, &records[..count]), "twin").unwrap()
    };
    let mut show = Show::new(&[told(500)]).unwrap();
    show.act(Act::Go(u64::MAX));
    show.act(Act::Choose(Some(Choice { run: 0, actor: 12 })));
    show.renew(&told(900)).unwrap();
    assert_eq!((show.playhead().at(), show.runs()[0].scene().at), (records[899].at, records[899].at));
    show.work(0);
    assert_eq!(show.runs()[0].looked().unwrap().found.until, records[899].at);
    // Whoever looks at the past stays there.
    show.act(Act::Go(HOUR));
    show.renew(&told(2_000)).unwrap();
    assert_eq!((show.playhead().at(), show.playhead().end()), (HOUR, records[1_999].at));
    show.finish();
    assert_eq!(show.progress().total, 2_000);
}

#[test]
fn the_map_is_fitted_until_somebody_moves_it() {
    let mut show = two();
    let whole = |show: &Show, viewport| *show.camera() == Camera::fit(show.bounds(), viewport);
    assert!(whole(&show, [800.0, 600.0]));
    show.resize([1600.0, 1200.0]);
    assert!(whole(&show, [1600.0, 1200.0]));
    show.act(Act::Zoom(2.0, [10.0, 10.0]));
    let closer = *show.camera();
    show.resize([800.0, 600.0]);
    assert_eq!((show.camera().metres_per_pixel, show.camera().centre), (closer.metres_per_pixel, closer.centre));
    show.act(Act::Fit);
    assert!(whole(&show, [800.0, 600.0]));
    show.act(Act::Span(1_000.0));
    assert!((show.camera().metres_per_pixel - 1.25).abs() < 1e-9);
}
