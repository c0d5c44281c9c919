//! Events from a file or from standard input, a line each.

use crate::inputs::{Named, Reader};
use crate::intake::Fate;
use crate::service::{Came, Desk, Events, NotTaken};
use actix::Addr;
use rehearsal_decide::Envelope;
use std::io::{BufRead, BufReader, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;

/// The longest line that is read \[bytes\].
const LINE_MAX: u64 = 1 << 20;

/// How many lines share a commit.
const BATCH: usize = 1000;

/// How long a source waits where it was pushed back.
const PUSHED_BACK: Duration = Duration::from_millis(20);

/// How many refusals are told one by one.
const TOLD_MAX: usize = 10;

/// What lines are.
#[derive(Clone, Debug)]
pub enum Lines<'s> {
    /// CloudEvents 1.0 in JSON.
    CloudEvents,
    /// Messages that an input of the scenario reads.
    Messages(Reader<'s>),
}

/// What came of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fed {
    /// Lines that were let in.
    pub taken: u64,
    /// Lines that were known already.
    pub repeated: u64,
    /// Lines that were put aside.
    pub put_aside: u64,
    /// The first of those: the number of the line, and why.
    pub told: Vec<(u64, String)>,
}

/// Feeds a stream to a twin, line by line and in order; blocks until its end, or until `stop`. `seen` hears how many lines are
/// done.
///
/// # Errors
/// Where the stream cannot be read, or the twin takes nothing more.
pub fn feed(
    desk: &Addr<Desk>,
    stream: impl Read,
    lines: &Lines<'_>,
    stop: &AtomicBool,
    mut seen: impl FnMut(u64),
) -> Result<Fed, String> {
    let mut stream = BufReader::new(stream);
    let mut fed = Fed::default();
    let (mut number, mut ended) = (0, false);
    while !ended && !stop.load(Ordering::Relaxed) {
        let (mut batch, mut numbers) = (Vec::new(), Vec::new());
        while batch.len() < BATCH {
            let Some(line) = next(&mut stream)? else {
                ended = true;
                break;
            };
            number += 1;
            let came = match line {
                Ok(line) if line.trim().is_empty() => continue,
                Ok(line) => match lines {
                    Lines::CloudEvents => Envelope::read(&line).map_err(|refused| (line, refused.to_string())),
                    Lines::Messages(reader) => reader.read(&line, &Named::default()).map_err(|why| (line, why)),
                },
                Err(why) => Err((String::new(), why)),
            };
            batch.push(came);
            numbers.push(number);
            // Somebody types: what is there is not kept waiting for more.
            if !stream.buffer().contains(&b'\n') {
                break;
            }
        }
        for (fate, number) in give(desk, batch, stop)?.iter().zip(numbers) {
            match fate {
                Fate::Taken(_) => fed.taken += 1,
                Fate::Repeated => fed.repeated += 1,
                Fate::Refused(refusal) => {
                    fed.put_aside += 1;
                    if fed.told.len() < TOLD_MAX {
                        fed.told.push((number, refusal.to_string()));
                    }
                }
            }
        }
        seen(number);
    }
    Ok(fed)
}

/// The next line; what is too long or no text is an error of that line alone.
fn next(stream: &mut impl BufRead) -> Result<Option<Result<String, String>>, String> {
    let mut bytes = Vec::new();
    let unreadable = |error: std::io::Error| format!("it cannot be read: {error}");
    if stream.by_ref().take(LINE_MAX).read_until(b'\n', &mut bytes).map_err(unreadable)? == 0 {
        return Ok(None);
    }
    if bytes.len() as u64 == LINE_MAX && !bytes.ends_with(b"\n") {
        while bytes.len() as u64 == LINE_MAX && !bytes.ends_with(b"\n") {
            bytes.clear();
            stream.by_ref().take(LINE_MAX).read_until(b'\n', &mut bytes).map_err(unreadable)?;
        }
        return Ok(Some(Err(format!("a line longer than {LINE_MAX} bytes"))));
    }
    Ok(Some(String::from_utf8(bytes).map_err(|_| "no UTF-8".to_owned())))
}

/// Gives a batch to the desk, as often as it is pushed back.
fn give(desk: &Addr<Desk>, batch: Vec<Came>, stop: &AtomicBool) -> Result<Vec<Fate>, String> {
    if batch.is_empty() {
        return Ok(Vec::new());
    }
    loop {
        let (answer, answered) = oneshot::channel();
        let sent = desk.try_send(Events { events: batch.clone(), answer });
        match sent.ok().map(|()| answered.blocking_recv()) {
            Some(Ok(Ok(fates))) => return Ok(fates),
            Some(Ok(Err(reason @ (NotTaken::Failed(_) | NotTaken::Stopping)))) => return Err(reason.to_string()),
            Some(Err(_)) => return Err(NotTaken::Stopping.to_string()),
            None | Some(Ok(Err(NotTaken::Busy(_)))) if stop.load(Ordering::Relaxed) => return Ok(Vec::new()),
            None | Some(Ok(Err(NotTaken::Busy(_)))) => std::thread::sleep(PUSHED_BACK),
        }
    }
}
