//! A keep holds what was put, across any end of its process, and nothing of what was removed.

mod common;

use common::{drawn, holds, quick};
use proptest::prelude::*;
use rehearsal_journal::{JournalError, Keep};
use std::collections::BTreeMap;
use std::fs;

#[derive(Clone, Debug)]
enum Act {
    Put(u8, Vec<u8>),
    PutAll(Vec<(u8, Vec<u8>)>),
    Remove(u8),
    Compact,
    Reopen,
}

fn act() -> impl Strategy<Value = Act> {
    let value = || prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        4 => (0..12u8, value()).prop_map(|(key, value)| Act::Put(key, value)),
        1 => prop::collection::vec((0..12u8, value()), 0..5).prop_map(Act::PutAll),
        2 => (0..12u8).prop_map(Act::Remove),
        1 => Just(Act::Compact),
        1 => Just(Act::Reopen),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_keep_is_a_map_that_outlives_its_process(acts in prop::collection::vec(act(), 0..40)) {
        let place = quick();
        let path = place.path().join("some.keep");
        let key = |number: u8| format!("key/{number}");
        let mut keep = Keep::open(&path).unwrap();
        let mut map = BTreeMap::new();
        for act in acts {
            match act {
                Act::Put(number, value) => {
                    keep.put(&key(number), &value).unwrap();
                    map.insert(key(number), value);
                }
                Act::PutAll(entries) => {
                    let entries: Vec<_> = entries.into_iter().map(|(number, value)| (key(number), value)).collect();
                    keep.put_all(entries.iter().map(|(key, value)| (key.as_str(), value.as_slice()))).unwrap();
                    map.extend(entries);
                }
                Act::Remove(number) => {
                    prop_assert_eq!(keep.remove(&key(number)).unwrap(), map.remove(&key(number)).is_some());
                }
                Act::Compact => keep.compact().unwrap(),
                Act::Reopen => {
                    drop(keep);
                    keep = Keep::open(&path).unwrap();
                    prop_assert_eq!(keep.cut(), None);
                }
            }
            let held: Vec<_> = keep.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            prop_assert_eq!(held, map.clone().into_iter().collect::<Vec<_>>());
            prop_assert_eq!(keep.len(), map.len());
        }
    }

    #[test]
    fn a_keep_that_was_harmed_holds_only_what_was_put(at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let place = quick();
        let path = place.path().join("some.keep");
        let entries: Vec<_> = (0..10u64).map(|number| (format!("key/{number}"), drawn(number, 20))).collect();
        let mut keep = Keep::open(&path).unwrap();
        for (key, value) in &entries {
            keep.put(key, value).unwrap();
        }
        drop(keep);
        let mut bytes = fs::read(&path).unwrap();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        fs::write(&path, &bytes).unwrap();
        match Keep::open(&path) {
            Ok(keep) => {
                let held: Vec<_> = keep.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
                prop_assert_eq!(&held, &entries[..9], "only the end is cut off");
                prop_assert!(keep.cut().is_some());
            }
            Err(error) => {
                prop_assert!(matches!(error, JournalError::Corrupt { .. }), "{}", error);
                prop_assert_eq!(fs::read(&path).unwrap(), bytes);
            }
        }
    }
}

#[test]
fn removed_bytes_are_in_no_file() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("people.keep");
    let mut keep = Keep::open(&path).unwrap();
    keep.put("person/anna", b"Anna Secret, 1 Old Street").unwrap();
    keep.put("person/bert", b"Bert, 2 Other Street").unwrap();
    keep.put("person/anna", b"Anna Secret, 9 New Street").unwrap();
    let traces = [&b"anna"[..], b"Anna", b"Old Street", b"New Street"];
    assert!(traces.iter().all(|trace| holds(place.path(), trace)));
    assert!(keep.remove("person/anna").unwrap());
    assert!(!keep.remove("person/anna").unwrap());
    for trace in traces {
        assert!(!holds(place.path(), trace), "{}", String::from_utf8_lossy(trace));
    }
    assert!(holds(place.path(), b"Bert"));
    keep.put("person/carl", b"Carl").unwrap();
    drop(keep);
    let keep = Keep::open(&path).unwrap();
    assert_eq!(keep.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["person/bert", "person/carl"]);
}

#[test]
fn several_are_removed_at_once() {
    let place = tempfile::tempdir().unwrap();
    let mut keep = Keep::open(&place.path().join("people.keep")).unwrap();
    for key in ["anna/name", "anna/phone", "annabel/name", "bert/name"] {
        keep.put(key, b"a value").unwrap();
    }
    assert_eq!(keep.retain(&mut |key, _| !key.starts_with("anna/")).unwrap(), 2);
    assert_eq!(keep.iter().map(|(key, _)| key).collect::<Vec<_>>(), ["annabel/name", "bert/name"]);
    assert!(!holds(place.path(), b"anna/"));
}

#[test]
fn replaced_values_do_not_pile_up() {
    let place = quick();
    let path = place.path().join("some.keep");
    let mut keep = Keep::open(&path).unwrap();
    for number in 0..400 {
        keep.put("the same", &drawn(number, 1000)).unwrap();
    }
    assert!(path.metadata().unwrap().len() < 100_000);
    assert_eq!(keep.get("the same"), Some(&drawn(399, 1000)[..]));
    keep.compact().unwrap();
    assert!(!holds(place.path(), &drawn(398, 1000)));
}

#[test]
fn a_keep_that_ends_at_any_byte_holds_what_was_put_before() {
    let place = quick();
    let path = place.path().join("some.keep");
    let mut keep = Keep::open(&path).unwrap();
    let mut lengths = vec![path.metadata().unwrap().len() as usize];
    for number in 0..6u64 {
        // Two at a time: both are there or none.
        let (one, other) = (format!("{number} one"), format!("{number} other"));
        keep.put_all([(one.as_str(), &drawn(number, 5)[..]), (other.as_str(), &[][..])]).unwrap();
        lengths.push(path.metadata().unwrap().len() as usize);
    }
    drop(keep);
    let bytes = fs::read(&path).unwrap();
    for length in 0..=bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let whole = lengths.iter().filter(|end| **end <= length).count();
        if whole == 0 {
            // Its header appears as a whole, with the file.
            assert!(matches!(Keep::open(&path), Err(JournalError::Corrupt { offset: 0, .. })));
            continue;
        }
        let mut keep = Keep::open(&path).unwrap();
        assert_eq!(keep.len(), 2 * (whole - 1));
        assert_eq!(keep.cut().is_some(), lengths[whole - 1] < length);
        keep.put("and on", b"it goes").unwrap();
        drop(keep);
        assert_eq!(Keep::open(&path).unwrap().len(), 2 * whole - 1);
    }
}

#[test]
fn a_keep_is_open_once() {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("below").join("some.keep");
    let keep = Keep::open(&path).unwrap();
    let error = Keep::open(&path).unwrap_err();
    assert!(matches!(error, JournalError::InUse { .. }), "{error}");
    drop(keep);
    Keep::open(&path).unwrap();
    let letter = place.path().join("letter");
    fs::write(&letter, "a letter to somebody, long enough to be one").unwrap();
    assert!(matches!(Keep::open(&letter), Err(JournalError::NotAKeep { .. })));
    assert_eq!(fs::read(&letter).unwrap(), b"a letter to somebody, long enough to be one");
}

#[cfg(unix)]
#[test]
fn only_its_owner_may_read_a_keep() {
    use std::os::unix::fs::PermissionsExt;
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("some.keep");
    let mut keep = Keep::open(&path).unwrap();
    keep.put("a key", b"a value").unwrap();
    keep.remove("a key").unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
}
