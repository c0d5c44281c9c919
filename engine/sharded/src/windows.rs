//! Shards side by side on threads, or one after the other on one: windows of virtual time in which none can reach another.
//!
//! Let T be the time of the least event of all. What another shard sends from now on is due at
//! T + lookahead or later, so each shard may handle all its events before that time without
//! asking. Then the shards exchange what they sent, agree on the next T, and go on.
//!
//! One wait a window is enough. Boards and mail exist twice, for even and odd windows: while a
//! slow thread still reads those of the last window, a fast one already writes the others, and
//! it cannot come back to the first before the slow one has passed the next wait.
//!
//! # Source
//!
//! Conservative windows: R. M. Fujimoto, "Parallel and distributed simulation systems", Wiley
//! 2000, chapter 3 (synchronous execution, YAWNS); D. M. Nicol, "The cost of conservative
//! synchronization in parallel discrete event simulations", Journal of the ACM 40(2), 1993.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use rehearsal_kernel::{Duration, Event, Time, prefetch};

use crate::barrier::{Barrier, Watchman};
use crate::merged::horizon;
use crate::part::Part;
use crate::shard::{Failure, Seat};

/// Events that are on their way from another core at a time: some dozen lines of the cache.
const AHEAD: usize = 64;

/// What one thread tells the others at the end of a window; on a cache line of its own.
///
/// The barrier orders what is written here, so relaxed accesses are enough.
#[repr(align(128))]
#[derive(Debug, Default)]
struct Board {
    /// When the first event of its shards is due, those under way included `[ns]`.
    next: AtomicU64,
    /// How many events it has handled in the window.
    handled: AtomicU64,
    /// Whether one of its shards has failed.
    failed: AtomicBool,
    /// Whether it wants to end here; only the first thread may.
    leave: AtomicBool,
}

/// What one shard has sent to another; on cache lines of its own.
#[repr(align(128))]
#[derive(Debug)]
struct Letterbox<M> {
    /// Whether there is anything: an empty box costs no lock.
    full: AtomicBool,
    events: Mutex<Vec<Event<M>>>,
}

/// What the threads of one run share.
#[derive(Debug)]
struct Hall<M> {
    barrier: Barrier,
    lookahead: Duration,
    end: Time,
    shards: usize,
    /// Even and odd windows; one a thread.
    boards: [Vec<Board>; 2],
    /// Even and odd windows; from each shard to each, by receiver.
    mail: [Vec<Letterbox<M>>; 2],
}

/// What all threads read from the boards between two windows.
struct Outlook {
    next: Time,
    handled: u64,
    over: bool,
}

/// Runs windows until nothing is due before `end`, a shard fails, or `go_on` says to leave.
///
/// `go_on` is told by the calling thread after each window how many events it had, and is heard
/// one window later. The least of the failures comes back.
pub(crate) fn run<W: Part>(
    seats: &mut [Seat<W>],
    threads: usize,
    lookahead: Duration,
    end: Time,
    go_on: &mut dyn FnMut(u64) -> bool,
) -> Result<(), Failure<W::Error>> {
    let hall = Hall::new(seats.len(), threads, lookahead, end);
    let mut hands: Vec<Vec<(usize, &mut Seat<W>)>> = (0..threads).map(|_| Vec::new()).collect();
    // Dealt in turn, always alike: a shard's memory stays with its thread's core.
    seats.iter_mut().enumerate().for_each(|seat| hands[seat.0 % threads].push(seat));
    let mut hands = hands.into_iter().enumerate();
    let own = hands.next();
    let failures = std::thread::scope(|scope| {
        // Should the system refuse a thread, those that wait already must not wait for ever.
        let _watchman = Watchman(&hall.barrier);
        let hall = &hall;
        let helper = |(thread, hand)| scope.spawn(move || hall.work(thread, hand, &mut |_| true));
        let helpers: Vec<_> = hands.map(helper).collect();
        let mut failures = own.map(|(thread, hand)| hall.work(thread, hand, go_on)).unwrap_or_default();
        for helper in helpers {
            let joined = helper.join();
            failures.extend(joined.unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        failures
    });
    failures.into_iter().min_by_key(|failure| failure.key).map_or(Ok(()), Err)
}

impl<M: Copy + Send> Hall<M> {
    fn new(shards: usize, threads: usize, lookahead: Duration, end: Time) -> Hall<M> {
        let boards = || (0..threads).map(|_| Board::default()).collect();
        let letterbox = |_| Letterbox { full: AtomicBool::new(false), events: Mutex::new(Vec::new()) };
        let mail = || (0..shards * shards).map(letterbox).collect();
        let barrier = Barrier::new(threads);
        Hall { barrier, lookahead, end, shards, boards: [boards(), boards()], mail: [mail(), mail()] }
    }

    /// What one thread does, from the first window to the last; the failures of its shards.
    fn work<W: Part<Message = M>>(
        &self,
        thread: usize,
        mut hand: Vec<(usize, &mut Seat<W>)>,
        go_on: &mut dyn FnMut(u64) -> bool,
    ) -> Vec<Failure<W::Error>> {
        let _watchman = Watchman(&self.barrier);
        let mut failures = Vec::new();
        self.boards[0][thread].publish(least(&hand), 0, false, false);
        for window in 0_usize.. {
            let (now, then) = (window % 2, (window + 1) % 2);
            if !self.barrier.wait() {
                break;
            }
            let outlook = self.outlook(now);
            if outlook.over || outlook.next >= self.end {
                break;
            }
            let leave = window > 0 && !go_on(outlook.handled);
            let end = horizon(outlook.next, self.lookahead).min(self.end);
            let mut handled = 0;
            for (index, seat) in &mut hand {
                self.receive(now, *index, seat);
                match seat.run_window(end) {
                    Ok(count) => handled += count,
                    Err(failure) => failures.push(failure),
                }
            }
            let next = least(&hand);
            hand.iter_mut().for_each(|(index, seat)| self.send(then, *index, seat));
            self.boards[then][thread].publish(next, handled, !failures.is_empty(), leave);
        }
        // All that was sent arrives, whether the run goes on or not: in both boxes, since after
        // a panic nobody knows which.
        for parity in [0, 1] {
            hand.iter_mut().for_each(|(index, seat)| self.receive(parity, *index, seat));
        }
        failures
    }

    fn outlook(&self, parity: usize) -> Outlook {
        let mut outlook = Outlook { next: Time::MAX, handled: 0, over: false };
        for board in &self.boards[parity] {
            outlook.next = outlook.next.min(Time::from_ns(board.next.load(Ordering::Relaxed)));
            outlook.handled += board.handled.load(Ordering::Relaxed);
            outlook.over |= board.failed.load(Ordering::Relaxed) || board.leave.load(Ordering::Relaxed);
        }
        outlook
    }

    /// Takes what the last window sent to a shard into its queue.
    fn receive<W: Part<Message = M>>(&self, parity: usize, index: usize, seat: &mut Seat<W>) {
        for letterbox in &self.mail[parity][index * self.shards..][..self.shards] {
            if letterbox.full.load(Ordering::Relaxed) {
                let mut events = letterbox.events.lock().unwrap_or_else(PoisonError::into_inner);
                take_in(&events, seat);
                events.clear();
                letterbox.full.store(false, Ordering::Relaxed);
            }
        }
    }

    /// Hands over what a shard has sent: swaps full memory for empty.
    fn send<W: Part<Message = M>>(&self, parity: usize, index: usize, seat: &mut Seat<W>) {
        let shard = &mut seat.0.world;
        if shard.first_sent == Time::MAX {
            return;
        }
        for (receiver, sent) in shard.outgoing() {
            let letterbox = &self.mail[parity][receiver * self.shards + index];
            let mut events = letterbox.events.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::swap(&mut *events, sent);
            letterbox.full.store(true, Ordering::Relaxed);
        }
    }
}

impl Board {
    fn publish(&self, next: Time, handled: u64, failed: bool, leave: bool) {
        self.next.store(next.as_ns(), Ordering::Relaxed);
        self.handled.store(handled, Ordering::Relaxed);
        self.failed.store(failed, Ordering::Relaxed);
        self.leave.store(leave, Ordering::Relaxed);
    }
}

/// Takes a letter box's events into a queue. They come from another core, so they are asked for ahead.
fn take_in<W: Part>(events: &[Event<W::Message>], seat: &mut Seat<W>) {
    let queue = seat.0.queue_mut();
    events.iter().take(AHEAD).for_each(prefetch);
    for (place, event) in events.iter().enumerate() {
        events.get(place + AHEAD).into_iter().for_each(prefetch);
        queue.push(*event);
    }
}

fn least<W: Part>(hand: &[(usize, &mut Seat<W>)]) -> Time {
    hand.iter().map(|(_, seat)| seat.next()).min().unwrap_or(Time::MAX)
}
