//! Whatever the order in which events come, they are released in one order, and in it alone.

use proptest::prelude::*;
use rehearsal_policy::order::{Admission, Disorder, Reorder};
use std::collections::BTreeMap;

const LATENESS: u64 = 20;

/// Whom an event is from, and its number there.
type Key = (u8, u16);

/// Events of a few sources with their moments, each with how much later than that it comes.
fn stream() -> impl Strategy<Value = Vec<(u64, Key, u64, u32)>> {
    let event = (0..200_u64, 0..3_u8, 0..=LATENESS, any::<u32>());
    proptest::collection::vec(event, 0..60).prop_map(|events| {
        let numbered = events.into_iter().enumerate();
        numbered.map(|(number, (time, source, delay, tie))| (time, (source, number as u16), delay, tie)).collect()
    })
}

/// The events in the order in which they come.
fn arrivals(mut stream: Vec<(u64, Key, u64, u32)>) -> Vec<(u64, Key)> {
    stream.sort_by_key(|(time, _, delay, tie)| (time + delay, *tie));
    stream.into_iter().map(|(time, key, ..)| (time, key)).collect()
}

fn released(order: &mut Reorder<Key, u64>, into: &mut Vec<(u64, Key)>) {
    while let Some((time, key, event)) = order.pop() {
        assert_eq!(time, event);
        into.push((time, key));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn any_order_within_the_lateness_is_released_in_the_same_order(stream in stream(), cut in 0..60_usize) {
        let mut sorted: Vec<(u64, Key)> = stream.iter().map(|(time, key, ..)| (*time, *key)).collect();
        sorted.sort_unstable();
        let mut order = Reorder::new(Disorder { lateness: LATENESS, repeats: 300, room: 1_000 });
        let mut found = Vec::new();
        for (number, (time, key)) in arrivals(stream).into_iter().enumerate() {
            // What was written down half way goes on alike.
            if number == cut {
                let text = serde_json::to_string(&order).expect("it can be written");
                order = serde_json::from_str(&text).expect("and read");
            }
            prop_assert_eq!(order.push(time, key, time), Admission::Taken);
            prop_assert_eq!(order.push(time + 1, key, time + 1), Admission::Repeated(time + 1));
            released(&mut order, &mut found);
            let expected = sorted.iter().take_while(|(time, _)| *time < order.watermark()).count();
            prop_assert_eq!(found.len(), expected, "released as soon as nothing may come before");
        }
        while let Some((time, key, _)) = order.finish() {
            found.push((time, key));
        }
        prop_assert_eq!(found, sorted);
    }

    /// However late events are and however little room there is: what is taken is released once, and in order.
    #[test]
    fn nothing_is_lost_and_nothing_goes_back(stream in stream(), lateness in 0..LATENESS, room in 1..8_usize) {
        let mut order = Reorder::new(Disorder { lateness, repeats: 300, room });
        let (mut found, mut taken) = (Vec::new(), BTreeMap::new());
        for (time, key) in arrivals(stream) {
            let watermark = order.watermark();
            match order.push(time, key, time) {
                Admission::Taken => {
                    prop_assert!(time >= watermark);
                    taken.insert(key, time);
                }
                Admission::Late(event) => prop_assert!(event < watermark || found.last().is_some_and(|last| (time, key) <= *last)),
                Admission::Repeated(_) => prop_assert!(false, "each comes once"),
            }
            released(&mut order, &mut found);
            prop_assert!(order.held() <= room);
        }
        while let Some((time, key, _)) = order.finish() {
            found.push((time, key));
        }
        prop_assert!(found.is_sorted());
        prop_assert_eq!(found.into_iter().map(|(time, key)| (key, time)).collect::<BTreeMap<_, _>>(), taken);
    }
}
