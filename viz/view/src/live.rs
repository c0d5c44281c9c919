//! A feed of a run that goes on: lines over TCP, read beside the window.

use crate::fault::Fault;
use rehearsal_stage::{Feed, LINE_MAX, Show, Stage};
use std::io::{BufRead, BufReader, Read};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// How long a twin may take to answer, and to tell its first record.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long a feed is silent before a picture is taken of what it told.
const SILENCE: Duration = Duration::from_secs(1);
/// Lines that wait to be taken; then the feed has to wait.
const WAITING: usize = 10_000;
/// Lines that are taken between two frames.
const LINES: usize = 5_000;
/// How often what is shown is made anew, and how many times longer than the making takes that is at least.
const EVERY: Duration = Duration::from_secs(1);
const REST: u32 = 8;

/// A feed that is attached.
pub(crate) struct Live {
    address: String,
    lines: Receiver<Result<String, String>>,
    feed: Feed,
    /// Records that are shown.
    shown: u64,
    next: Instant,
    ended: bool,
}

impl Live {
    /// Attaches to a feed and waits for its first record.
    pub(crate) fn attach(address: &str) -> Result<(Live, Stage), Fault> {
        let fault = |reason: String| Fault::Feed { address: address.into(), reason };
        let stream = connect(address).map_err(|error| fault(error.to_string()))?;
        let (sender, lines) = sync_channel(WAITING);
        std::thread::spawn(move || read(stream, &sender));
        let feed = Feed::new(address);
        let mut live = Live { address: address.into(), lines, feed, shown: 0, next: Instant::now(), ended: false };
        let begun = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(begun.elapsed());
            match live.lines.recv_timeout(left) {
                Ok(line) => live.feed.take(&line.map_err(fault)?)?,
                Err(RecvTimeoutError::Timeout) => return Err(fault(format!("it told nothing in {} s", PATIENCE.as_secs()))),
                Err(RecvTimeoutError::Disconnected) => return Err(fault("it ended before it told anything".into())),
            }
            if live.feed.records() > 0
                && let Some(stage) = live.stage()?
            {
                return Ok((live, stage));
            }
        }
    }

    fn stage(&mut self) -> Result<Option<Stage>, Fault> {
        let begun = Instant::now();
        let stage = self.feed.stage()?;
        self.shown = self.feed.records();
        self.next = Instant::now() + EVERY.max(begun.elapsed() * REST);
        Ok(stage)
    }

    /// Takes what was told since the last frame, and now and then shows it.
    pub(crate) fn take(&mut self, show: &mut Show) {
        if let Err(fault) = self.some(show) {
            self.ended = true;
            show.notify(fault.to_string());
        }
    }

    fn some(&mut self, show: &mut Show) -> Result<(), Fault> {
        for _ in 0..LINES {
            if self.ended {
                break;
            }
            match self.lines.try_recv() {
                Ok(Ok(line)) => self.feed.take(&line)?,
                Ok(Err(reason)) => return Err(Fault::Feed { address: self.address.clone(), reason }),
                Err(std::sync::mpsc::TryRecvError::Empty) => break,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => {
                    self.ended = true;
                    show.notify(format!("the feed at {} has ended", self.address));
                }
            }
        }
        if self.feed.records() > self.shown && (self.ended || Instant::now() >= self.next) {
            self.renew(show)?;
        }
        Ok(())
    }

    fn renew(&mut self, show: &mut Show) -> Result<(), Fault> {
        if let Some(stage) = self.stage()? {
            show.renew(&stage)?;
        }
        if let (left_out @ 1.., Some(fault)) = self.feed.left_out() {
            show.notify(format!("{left_out} lines of the feed were left out; of the last, {fault}"));
        }
        Ok(())
    }

    /// Takes lines until the feed is silent or ends, and shows them: for a picture of the present.
    pub(crate) fn settle(&mut self, show: &mut Show) -> Result<(), Fault> {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            match self.lines.recv_timeout(SILENCE) {
                Ok(line) => {
                    let line = line.map_err(|reason| Fault::Feed { address: self.address.clone(), reason })?;
                    self.feed.take(&line)?;
                }
                Err(_) => break,
            }
        }
        self.renew(show)
    }
}

fn connect(address: &str) -> std::io::Result<TcpStream> {
    let mut last = None;
    for socket in address.to_socket_addrs()? {
        match TcpStream::connect_timeout(&socket, PATIENCE) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| std::io::Error::other("the name leads nowhere")))
}

/// Hands on lines until the feed or the view ends. A line that is too long, or no text, ends it.
fn read(stream: TcpStream, lines: &SyncSender<Result<String, String>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = Vec::new();
        let said = match reader.by_ref().take(LINE_MAX as u64 + 1).read_until(b'\n', &mut line) {
            Ok(0) => return,
            Ok(length) if length > LINE_MAX => Err(format!("a line is longer than {LINE_MAX} bytes")),
            Ok(_) => String::from_utf8(line).map_err(|_| "a line is no text".into()),
            Err(error) => Err(error.to_string()),
        };
        let over = said.is_err();
        if lines.send(said).is_err() || over {
            return;
        }
    }
}
