//! The queue against an oracle: a vector that is sorted after each push.

use proptest::prelude::*;
use rehearsal_kernel::{Event, Queue, Time};

#[derive(Clone, Debug)]
enum Step {
    Push {
        delay: u64,
        microstep: u16,
        sender: u32,
    },
    Pop,
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
    Fork,
    ForkInto,
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

fn run(steps: &[Step]) {
    let (mut queue, mut pending, mut now) = (Queue::new(), Vec::<Event<u64>>::new(), 0);
    let (mut pushed, mut pooled) = (Vec::new(), Queue::new());
    for (i, step) in steps.iter().enumerate() {
        match *step {
            Step::Push { delay, microstep, sender } => {
                let sequence = i as u32;
                let (time, target) = (Time::from_ns(now + delay), i as u32 % 5);
                let event = Event { time, sender, sequence, target, microstep, message: i as u64 };
                queue.push(event);
                pushed.push(event.key());
                pending.push(event);
                pending.sort_by_key(Event::key);
            }
            Step::Pop => {
                let expected = (!pending.is_empty()).then(|| pending.remove(0));
                assert_eq!(queue.pop(), expected);
                now = expected.map_or(now, |event| event.time.as_ns());
            }
            Step::PopBefore { delay } => {
                let end = Time::from_ns(now + delay);
                let due = pending.first().is_some_and(|event| event.time < end);
                let expected = due.then(|| pending.remove(0));
                assert_eq!(queue.pop_before(end), expected);
                now = expected.map_or(now, |event| event.time.as_ns());
            }
            Step::Retain { modulus } => {
                queue.retain(|event| !event.target.is_multiple_of(modulus));
                pending.retain(|event| !event.target.is_multiple_of(modulus));
            }
            Step::Cancel { back } => {
                let Some(key) = pushed.len().checked_sub(back).map(|i| pushed[i]) else { continue };
                let before = pending.len();
                pending.retain(|event| event.key() != key);
                assert_eq!(queue.cancel(key), pending.len() < before);
            }
            Step::Fork => queue = queue.clone(),
            Step::ForkInto => {
                pooled.clone_from(&queue);
                std::mem::swap(&mut pooled, &mut queue);
            }
            Step::Clear => {
                queue.clear();
                pending.clear();
                now = 0;
            }
        }
        agree(&queue, &pending);
    }
    let rest: Vec<Event<u64>> = std::iter::from_fn(|| queue.pop()).collect();
    assert_eq!(rest, pending);
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
