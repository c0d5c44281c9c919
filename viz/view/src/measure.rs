//! How long things take: opening, seeking, drawing; told as one object of JSON.

use crate::fault::Fault;
use crate::picture::Studio;
use crate::view::View;
use rehearsal_request::Request;
use rehearsal_stage::Act;
use std::io::Write;
use std::time::{Duration, Instant};

/// A share of the run by which one moment lies after the one before, going round: no two are near each other.
const GOLDEN: f64 = 0.618_033_988_749_895;
/// How long a frame is meant to last \[ns\]: that of sixty in a second.
const FRAME: u64 = 16_666_667;

/// Times in order of length \[ms\].
struct Times(Vec<f64>);

impl Times {
    fn of(count: u32, mut one: impl FnMut(u32) -> Result<(), Fault>) -> Result<Times, Fault> {
        let mut times = Vec::new();
        for number in 0..count {
            let begun = Instant::now();
            one(number)?;
            times.push(milliseconds(begun.elapsed()));
        }
        times.sort_by(f64::total_cmp);
        Ok(Times(times))
    }
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let at = |place: usize| self.0.get(place).copied().unwrap_or_default();
        let last = self.0.len().saturating_sub(1);
        write!(f, r#"{{"median_ms":{:.2},"least_ms":{:.2},"most_ms":{:.2}}}"#, at(last / 2), at(0), at(last))
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// Draws `count` frames without a window and tells how long they took. The program was begun at `begun`.
pub(crate) fn measure(view: View, request: &Request, count: u32, begun: Instant) -> Result<(), Fault> {
    let opened = milliseconds(begun.elapsed());
    let records: u64 = view.show.runs().iter().map(|run| run.stage().reader().len()).sum();
    let mut studio = Studio::open(view, request.size, request.scale)?;
    let first = milliseconds(begun.elapsed());
    // Seeking alone, without drawing: to moments all over the run.
    let seek = Times::of(count, |number| {
        studio.view().show.act(Act::GoToShare((f64::from(number) * GOLDEN).fract()));
        Ok(())
    })?;
    // Playing: each frame is a sixtieth of a second later.
    let show = &mut studio.view().show;
    show.act(Act::GoToShare(0.5));
    show.act(Act::Toggle);
    let marks: usize = show.runs().iter().map(|run| run.scene().marks.len()).sum();
    let frame = Times::of(count, |_| {
        studio.view().show.pass(FRAME);
        studio.frame()
    })?;
    let begun = Instant::now();
    studio.view().show.finish();
    let read = records as f64 / begun.elapsed().as_secs_f64() / 1e6;
    let line = format!(
        r#"{{"schema":"rehearsal.view-times/1","adapter":"{}","size":"{}","records":{records},"marks":{marks},"opened_ms":{opened:.1},"first_frame_ms":{first:.1},"seek":{seek},"frame":{frame},"read_million_records_per_s":{read:.2}}}"#,
        studio.adapter().replace(['"', '\\'], ""),
        request.size,
    );
    // Where nobody reads there is nobody to tell.
    let _ = writeln!(std::io::stdout(), "{line}");
    Ok(())
}
