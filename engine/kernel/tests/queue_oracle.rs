//! The queue against an oracle: a vector that is sorted after each push.

use proptest::prelude::*;
use rehearsal_kernel::{Event, Key, Queue, Time, mix};

#[derive(Clone, Debug)]
enum Step {
    Push {
        delay: u64,
        microstep: u16,
        sender: u32,
    },
    /// Many pushes up to `reach` ahead: more than are kept sorted, more than a block holds.
    Burst {
        count: u32,
        reach: u64,
        seed: u64,
    },
    Pop,
    /// Many pops, each followed by a push as `reach` says.
    Hold {
        count: u32,
        reach: u64,
    },
    PopBefore {
        delay: u64,
    },
    Retain {
        modulus: u32,
    },
    /// Cancels the event of an earlier step, be it pending or not.
    Cancel {
        back: usize,
    },
    /// So many cancels one after the other that they are not searched for any more.
    Cancels {
        count: usize,
        stride: usize,
    },
    Fork,
    ForkInto,
    /// A new queue with the same events, as after a snapshot.
    Restore,
    Clear,
}

/// Mostly ties; now and then a jump over many buckets.
fn delay() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0..3_u64, 1 => 0..1000_u64, 1 => (0..40_u32).prop_map(|bit| 1 << bit)]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (delay(), 0..3_u16, 0..4_u32).prop_map(|(delay, microstep, sender)| Step::Push { delay, microstep, sender }),
        6 => Just(Step::Pop),
        2 => delay().prop_map(|delay| Step::PopBefore { delay }),
        1 => Just(Step::Fork),
        1 => Just(Step::ForkInto),
        1 => Just(Step::Restore),
    ]
}

/// Queues of hundreds: buckets are spread, and the near events grow too many.
fn crowd() -> impl Strategy<Value = Step> {
    let reach = || (0..45_u32).prop_map(|bits| 1_u64 << bits);
    prop_oneof![
        4 => step_with_cancel(),
        1 => (1..300_u32, reach(), any::<u64>()).prop_map(|(count, reach, seed)| Step::Burst { count, reach, seed }),
        1 => (1..300_u32, reach()).prop_map(|(count, reach)| Step::Hold { count, reach }),
        1 => (1..300_usize, 1..3_usize).prop_map(|(count, stride)| Step::Cancels { count, stride }),
    ]
}

/// Also takes events back, by which the queue is rid of them without a pop.
fn step_with_cancel() -> impl Strategy<Value = Step> {
    prop_oneof![3 => step(), 2 => (1..40_usize).prop_map(|back| Step::Cancel { back })]
}

/// Anything goes, and now and then the queue drops events by itself.
fn any_step() -> impl Strategy<Value = Step> {
    let retain = (2..5_u32).prop_map(|modulus| Step::Retain { modulus });
    prop_oneof![20 => step_with_cancel(), 2 => retain, 1 => Just(Step::Clear)]
}

/// Checks all that can be seen of the queue; `pending` is sorted.
fn agree(queue: &Queue<u64>, pending: &[Event<u64>]) {
    assert_eq!(queue.len(), pending.len());
    assert_eq!(queue.is_empty(), pending.is_empty());
    assert_eq!(queue.peek_time(), pending.first().map(|event| event.time));
    assert_eq!(queue.sorted(), pending);
    assert_eq!(queue.iter().count(), pending.len());
}

/// The queue and its oracle, side by side.
#[derive(Default)]
struct Pair {
    queue: Queue<u64>,
    /// Ascending.
    pending: Vec<Event<u64>>,
    /// The keys of all that was ever pushed.
    pushed: Vec<Key>,
    now: u64,
}

impl Pair {
    fn push(&mut self, delay: u64, microstep: u16, sender: u32) {
        let i = self.pushed.len() as u32;
        let time = Time::from_ns(self.now + delay);
        // Most are sent to oneself, for others cannot be cancelled.
        let target = if i.is_multiple_of(4) { i % 5 } else { sender };
        let event = Event { time, sender, sequence: i, target, microstep, message: u64::from(i) };
        self.queue.push(event);
        self.pushed.push(event.key());
        let place = self.pending.partition_point(|other| other.key() < event.key());
        self.pending.insert(place, event);
    }

    fn pop_before(&mut self, end: Time) {
        let due = self.pending.first().is_some_and(|event| event.time < end);
        let expected = due.then(|| self.pending.remove(0));
        assert_eq!(if end == Time::MAX { self.queue.pop() } else { self.queue.pop_before(end) }, expected);
        self.now = expected.map_or(self.now, |event| event.time.as_ns());
    }

    fn cancel(&mut self, back: usize) {
        let Some(key) = self.pushed.len().checked_sub(back).map(|i| self.pushed[i]) else { return };
        let place = self.pending.binary_search_by_key(&key, Event::key).ok();
        let place = place.filter(|place| self.pending[*place].sender == self.pending[*place].target);
        assert_eq!(self.queue.cancel(key), place.is_some());
        place.map(|place| self.pending.remove(place));
    }

    fn crowd(&mut self, count: u32, reach: u64, seed: u64, hold: bool) {
        for i in 0..count {
            if hold {
                self.pop_before(Time::MAX);
            }
            let bits = mix(seed ^ self.pushed.len() as u64);
            // One of eight at the present instant.
            let delay = if bits.is_multiple_of(8) { 0 } else { (bits >> 8) % reach };
            self.push(delay, (bits % 3) as u16, i % 7);
            if bits % 16 == 1 {
                self.cancel(1 + (bits >> 32) as usize % 300);
            }
        }
    }
}

fn run(steps: &[Step]) {
    let (mut pair, mut pooled) = (Pair::default(), Queue::new());
    for step in steps {
        match *step {
            Step::Push { delay, microstep, sender } => pair.push(delay, microstep, sender),
            Step::Burst { count, reach, seed } => pair.crowd(count, reach, seed, false),
            Step::Pop => pair.pop_before(Time::MAX),
            Step::Hold { count, reach } => pair.crowd(count, reach, 0, true),
            Step::PopBefore { delay } => pair.pop_before(Time::from_ns(pair.now + delay)),
            Step::Retain { modulus } => {
                pair.queue.retain(|event| !event.target.is_multiple_of(modulus));
                pair.pending.retain(|event| !event.target.is_multiple_of(modulus));
            }
            Step::Cancel { back } => pair.cancel(back),
            Step::Cancels { count, stride } => (0..count).for_each(|i| pair.cancel(1 + i * stride)),
            Step::Fork => pair.queue = pair.queue.clone(),
            Step::ForkInto => {
                pooled.clone_from(&pair.queue);
                std::mem::swap(&mut pooled, &mut pair.queue);
            }
            Step::Restore => {
                let stored = std::mem::take(&mut pair.queue);
                stored.iter().for_each(|event| pair.queue.push(*event));
            }
            Step::Clear => {
                pair.queue.clear();
                pair.pending.clear();
                pair.now = 0;
            }
        }
        agree(&pair.queue, &pair.pending);
    }
    let rest: Vec<Event<u64>> = std::iter::from_fn(|| pair.queue.pop()).collect();
    assert_eq!(rest, pair.pending);
}

proptest! {
    #[test]
    fn the_queue_equals_a_sorted_vector(steps in prop::collection::vec(step(), 1..300)) {
        run(&steps);
    }

    #[test]
    fn a_cancelled_event_is_as_if_never_pushed(steps in prop::collection::vec(step_with_cancel(), 1..400)) {
        run(&steps);
    }

    #[test]
    fn a_crowded_queue_equals_a_sorted_vector(steps in prop::collection::vec(crowd(), 1..60)) {
        run(&steps);
    }

    #[test]
    fn events_that_the_queue_dropped_cannot_be_cancelled(steps in prop::collection::vec(any_step(), 1..300)) {
        run(&steps);
    }

    /// Times over the whole range, far apart: every bucket, and the last one.
    #[test]
    fn any_times_come_out_sorted(times in prop::collection::vec(any::<u64>(), 1..200)) {
        let mut queue = Queue::new();
        for (sequence, time) in (0..).zip(&times) {
            let time = Time::from_ns(*time);
            queue.push(Event { time, sender: 0, sequence, target: 0, microstep: 0, message: () });
        }
        let mut expected = times;
        expected.sort();
        let found: Vec<u64> = std::iter::from_fn(|| queue.pop()).map(|event| event.time.as_ns()).collect();
        prop_assert_eq!(found, expected);
    }
}
