//! Time as it plays: from the wall to the simulation, and from one moment worth seeing to the next.
//!
//! There is no clock here: a view says how long its last frame took. All is whole nanoseconds and a speed is a whole number,
//! so that an hour of short frames comes to the same moment as one long one.

use crate::error::StageError;
use crate::stage::Stage;
use rehearsal_trace::Record;

/// How much faster than the wall a trace plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Speed {
    /// Simulated nanoseconds for one on the wall.
    pub factor: u64,
    /// In words.
    pub words: &'static str,
}

/// The speeds there are, from real time to a day a second.
pub const SPEEDS: [Speed; 9] = [
    Speed { factor: 1, words: "real time" },
    Speed { factor: 10, words: "10 seconds a second" },
    Speed { factor: 60, words: "a minute a second" },
    Speed { factor: 300, words: "5 minutes a second" },
    Speed { factor: 900, words: "a quarter of an hour a second" },
    Speed { factor: 3_600, words: "an hour a second" },
    Speed { factor: 10_800, words: "3 hours a second" },
    Speed { factor: 43_200, words: "half a day a second" },
    Speed { factor: 86_400, words: "a day a second" },
];

/// How long events show \[ns on the wall\].
const FADE: u64 = 700_000_000;
/// The first stretch that is looked through backwards \[ns\]; each further one is four times as long.
const BACK: u64 = 600_000_000_000;

/// Which way a step goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Towards {
    /// To what came before.
    Previous,
    /// To what comes after.
    Next,
}

/// Where a view is in a trace, and how it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Playhead {
    at: u64,
    end: u64,
    playing: bool,
    speed: usize,
    /// A speed that is none of [`SPEEDS`].
    pace: Option<u64>,
}

impl Playhead {
    /// At the beginning of a run that can be seen up to `end` \[ns\]; it stands still, at five minutes a second.
    #[must_use]
    pub fn new(end: u64) -> Playhead {
        Playhead { at: 0, end, playing: false, speed: 3, pace: None }
    }

    /// The moment \[ns\].
    #[must_use]
    pub fn at(&self) -> u64 {
        self.at
    }

    /// The last moment \[ns\].
    #[must_use]
    pub fn end(&self) -> u64 {
        self.end
    }

    /// Takes a new end \[ns\], of a run that goes on; at the old end, it goes along.
    pub fn stretch(&mut self, end: u64) {
        let last = self.at == self.end;
        self.end = end;
        self.at = if last { end } else { self.at.min(end) };
    }

    /// Whether time passes.
    #[must_use]
    pub fn is_playing(&self) -> bool {
        self.playing
    }

    /// How fast.
    #[must_use]
    pub fn speed(&self) -> Speed {
        match self.pace {
            Some(factor) => Speed { factor, words: "a pace of its own" },
            None => SPEEDS[self.speed],
        }
    }

    /// Plays so many simulated nanoseconds for one on the wall, at least one, whether or not that is one of [`SPEEDS`].
    pub fn pace(&mut self, factor: u64) {
        self.pace = None;
        match SPEEDS.iter().position(|speed| speed.factor == factor) {
            Some(speed) => self.speed = speed,
            None => {
                self.speed = SPEEDS.iter().rposition(|speed| speed.factor <= factor).unwrap_or(0);
                self.pace = Some(factor.max(1));
            }
        }
    }

    /// The stretch within which events still show at this speed \[ns\], for [`crate::Cursor::go`].
    #[must_use]
    pub fn window(&self) -> u64 {
        FADE.saturating_mul(self.speed().factor)
    }

    /// Plays or stops; at the end, it plays from the beginning.
    pub fn toggle(&mut self) {
        self.playing = !self.playing;
        if self.playing && self.at == self.end {
            self.at = 0;
        }
    }

    /// Stops.
    pub fn pause(&mut self) {
        self.playing = false;
    }

    /// One speed up.
    pub fn faster(&mut self) {
        self.pace = None;
        self.speed = (self.speed + 1).min(SPEEDS.len() - 1);
    }

    /// One speed down.
    pub fn slower(&mut self) {
        if self.pace.take().is_some() {
            return;
        }
        self.speed = self.speed.saturating_sub(1);
    }

    /// Goes to a moment \[ns\], at most to the end; whether it plays stays as it was.
    pub fn go(&mut self, at: u64) {
        self.at = at.min(self.end);
    }

    /// Goes to a share of the run, as a pointer on a timeline says: 0 the beginning, 1 the end. NaN is the beginning.
    pub fn go_to_share(&mut self, share: f64) {
        // The conversion saturates, so that a share beyond 1 is the end.
        self.go((share.clamp(0.0, 1.0) * self.end as f64) as u64);
    }

    /// How much of the run is over: from 0 to 1.
    #[must_use]
    pub fn share(&self) -> f64 {
        if self.end == 0 { 1.0 } else { self.at as f64 / self.end as f64 }
    }

    /// Lets time pass on the wall \[ns\]; returns how much was simulated \[ns\]. At the end it stops.
    pub fn pass(&mut self, wall: u64) -> u64 {
        if !self.playing {
            return 0;
        }
        let before = self.at;
        self.go(self.at.saturating_add(wall.saturating_mul(self.speed().factor)));
        self.playing = self.at < self.end;
        self.at - before
    }

    /// Goes to the next or previous of some moments, which are in order of time, and stops there; where there is none,
    /// nothing changes and the answer is false. Costs a binary search.
    pub fn step_among(&mut self, moments: &[u64], towards: Towards) -> bool {
        let found = match towards {
            Towards::Next => moments.get(moments.partition_point(|&moment| moment <= self.at)),
            Towards::Previous => {
                moments.partition_point(|&moment| moment < self.at).checked_sub(1).and_then(|place| moments.get(place))
            }
        };
        if let Some(&moment) = found {
            self.pause();
            self.go(moment);
        }
        found.is_some()
    }

    /// Goes to the next or previous moment at which something happened that is wanted, such as a decision, and stops there;
    /// returns it, or none where nothing changes.
    ///
    /// Needs no index: forwards it reads until it finds, backwards in stretches that grow from ten minutes on, so that the
    /// cost is that of the records between here and there, up to a few times as many backwards.
    ///
    /// # Errors
    /// A damaged block.
    pub fn step(
        &mut self,
        stage: &Stage,
        towards: Towards,
        wanted: impl Fn(&Record) -> bool,
    ) -> Result<Option<Record>, StageError> {
        let found = match towards {
            Towards::Next => next(stage, self.at, wanted)?,
            Towards::Previous => previous(stage, self.at, wanted)?,
        };
        if let Some(record) = &found {
            self.pause();
            self.go(record.at);
        }
        Ok(found)
    }
}

fn next(stage: &Stage, at: u64, wanted: impl Fn(&Record) -> bool) -> Result<Option<Record>, StageError> {
    let Some(after) = at.checked_add(1) else { return Ok(None) };
    for record in stage.reader().records_from(after) {
        let record = record.map_err(|error| stage.fault(error))?;
        if wanted(&record) {
            return Ok(Some(record));
        }
    }
    Ok(None)
}

/// The last before `at`; of several in one moment, the last.
fn previous(stage: &Stage, at: u64, wanted: impl Fn(&Record) -> bool) -> Result<Option<Record>, StageError> {
    let (mut until, mut stretch) = (at, BACK);
    while until > 0 {
        let from = until.saturating_sub(stretch);
        let mut last = None;
        for record in stage.reader().records_between(from, until) {
            let record = record.map_err(|error| stage.fault(error))?;
            if wanted(&record) {
                last = Some(record);
            }
        }
        if last.is_some() {
            return Ok(last);
        }
        (until, stretch) = (from, stretch.saturating_mul(4));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{self, HOUR, SECOND};
    use proptest::prelude::*;
    use rehearsal_trace::What;

    #[test]
    fn speeds_go_from_real_time_to_a_day_a_second() {
        assert!(SPEEDS.is_sorted_by_key(|speed| speed.factor));
        assert_eq!((SPEEDS[0].factor, SPEEDS[8].factor), (1, 86_400));
        let mut head = Playhead::new(HOUR);
        (0..20).for_each(|_| head.faster());
        assert_eq!(head.speed().words, "a day a second");
        (0..20).for_each(|_| head.slower());
        assert_eq!(head.speed().words, "real time");
    }

    proptest! {
        #[test]
        fn many_short_frames_are_one_long_one(
            frames in prop::collection::vec(0u64..50_000_000, 1..200),
            speed in 0usize..9,
            end in 1u64..2_000 * HOUR,
        ) {
            let mut short = Playhead { playing: true, speed, ..Playhead::new(end) };
            let mut long = short.clone();
            let passed: u64 = frames.iter().map(|&frame| short.pass(frame)).sum();
            prop_assert_eq!(long.pass(frames.iter().sum()), passed);
            prop_assert_eq!(&long, &short);
            prop_assert_eq!(passed, (frames.iter().sum::<u64>() * SPEEDS[speed].factor).min(end));
        }
    }

    #[test]
    fn the_end_is_the_end() {
        let mut head = Playhead::new(10 * SECOND);
        head.toggle();
        assert_eq!(head.pass(u64::MAX), 10 * SECOND);
        assert!(!head.is_playing() && head.pass(SECOND) == 0);
        head.toggle();
        assert_eq!(head.at(), 0);
        for (share, at) in [(0.5, 5), (-1.0, 0), (9.0, 10), (f64::NAN, 0)] {
            head.go_to_share(share);
            assert_eq!(head.at(), at * SECOND, "{share}");
        }
        assert_eq!(Playhead::new(0).share(), 1.0);
    }

    #[test]
    fn steps_visit_every_moment_with_a_decision_both_ways() {
        let stage = sample::stage(8);
        let decision = |record: &Record| matches!(record.what, What::Decision(_));
        let mut expected: Vec<u64> = stage
            .reader()
            .records()
            .map(Result::unwrap)
            .filter(|record| decision(record) && record.at > 0)
            .map(|r| r.at)
            .collect();
        expected.dedup();
        assert!(expected.len() > 50);
        let mut head = Playhead::new(stage.end());
        let mut forwards = Vec::new();
        while head.step(&stage, Towards::Next, decision).unwrap().is_some() {
            forwards.push(head.at());
        }
        assert_eq!(forwards, expected);
        head.go(u64::MAX);
        let (mut backwards, mut among) = (Vec::new(), head.clone());
        while head.step(&stage, Towards::Previous, decision).unwrap().is_some_and(|record| record.at > 0) {
            backwards.push(head.at());
            assert!(among.step_among(&expected, Towards::Previous));
            assert_eq!(among.at(), head.at());
        }
        backwards.reverse();
        assert_eq!(backwards, expected);
        assert!(!among.step_among(&expected, Towards::Previous) && !among.step_among(&[], Towards::Next));
    }
}
