//! A journal is what was committed to it, whatever is done to its files.

mod common;

use common::{all, drawn, open, quick, segments, small};
use proptest::prelude::*;
use rehearsal_journal::{Journal, JournalError, Options, Sync, read};
use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

/// What may be done to a journal.
#[derive(Clone, Debug)]
enum Act {
    Append(Vec<u8>),
    Commit,
    Reopen,
    Retain(u64),
    Replace(u64, Vec<u8>),
}

fn act() -> impl Strategy<Value = Act> {
    let bytes = || prop::collection::vec(any::<u8>(), 0..60);
    prop_oneof![
        6 => bytes().prop_map(Act::Append),
        3 => Just(Act::Commit),
        1 => Just(Act::Reopen),
        1 => (0..60u64).prop_map(Act::Retain),
        1 => ((0..60u64), bytes()).prop_map(|(sequence, bytes)| Act::Replace(sequence, bytes)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A map from sequences to bytes, and a list of what is not committed, are the oracle.
    #[test]
    fn a_journal_is_what_was_committed(acts in prop::collection::vec(act(), 0..80), segment_bytes in 0..400u64) {
        let place = quick();
        let options = Options { segment_bytes, sync: Sync::Never, ..Options::default() };
        let mut kept = BTreeMap::new();
        let mut waiting: Vec<Vec<u8>> = Vec::new();
        let mut next = 1;
        let mut journal = Journal::open(place.path(), options).unwrap().0;
        for act in acts {
            match act {
                Act::Append(bytes) => {
                    let sequence = journal.append(&bytes).unwrap();
                    prop_assert_eq!(sequence, next + waiting.len() as u64);
                    waiting.push(bytes);
                }
                Act::Reopen => {
                    waiting.clear();
                    drop(journal);
                    let (again, recovery) = Journal::open(place.path(), options).unwrap();
                    prop_assert_eq!(recovery.next, next);
                    prop_assert_eq!(recovery.records, kept.len() as u64);
                    prop_assert_eq!(recovery.cut, None);
                    prop_assert_eq!(again.durable(), next - 1);
                    journal = again;
                }
                Act::Retain(from) => {
                    journal.retain_from(from).unwrap();
                    let first = journal.first();
                    // Only what may go has gone, and only from the beginning.
                    prop_assert!(first <= from || kept.keys().next().is_none_or(|&oldest| first == oldest));
                    kept.retain(|&sequence, _| sequence >= first);
                }
                act => {
                    if let Act::Replace(place, bytes) = &act {
                        let bytes = bytes.clone();
                        let there = if *place >= next { waiting.get((place - next) as usize) } else { kept.get(place) };
                        let changes = *place > 0 && there.is_some_and(|there| *there != bytes);
                        let changed = journal.rewrite(&mut |sequence, _| (sequence == *place).then(|| bytes.clone())).unwrap();
                        prop_assert_eq!(changed, u64::from(changes));
                    } else {
                        journal.commit().unwrap();
                    }
                    for bytes in waiting.drain(..) {
                        kept.insert(next, bytes);
                        next += 1;
                    }
                    if let Act::Replace(place, bytes) = act && let Some(there) = kept.get_mut(&place) {
                        *there = bytes;
                    }
                }
            }
            prop_assert_eq!(journal.next(), next + waiting.len() as u64);
            let records = all(place.path()).unwrap();
            let expected: Vec<_> = kept.iter().map(|(sequence, bytes)| (*sequence, bytes.clone())).collect();
            prop_assert_eq!(&records, &expected);
            prop_assert_eq!(journal.segments(), segments(place.path()).len());
            let bytes: u64 = segments(place.path()).iter().map(|path| path.metadata().unwrap().len()).sum();
            prop_assert_eq!(journal.bytes(), bytes);
        }
    }
}

#[test]
fn reading_begins_anywhere() {
    let place = tempfile::tempdir().unwrap();
    let mut journal = open(place.path(), small());
    for index in 0..100 {
        journal.append(&drawn(index, 20)).unwrap();
        journal.commit().unwrap();
    }
    assert!(journal.segments() > 5);
    for from in 1..=102 {
        let found: Vec<_> = read(place.path(), from).unwrap().map(Result::unwrap).collect();
        let expected: Vec<_> = (from..=100).map(|sequence| (sequence, drawn(sequence - 1, 20))).collect();
        assert_eq!(found, expected);
    }
}

#[test]
fn a_large_commit_stays_in_one_segment() {
    let place = tempfile::tempdir().unwrap();
    let mut journal = open(place.path(), small());
    for index in 0..100 {
        journal.append(&drawn(index, 50)).unwrap();
    }
    journal.commit().unwrap();
    assert_eq!(journal.segments(), 1);
    journal.append(b"one more").unwrap();
    journal.commit().unwrap();
    assert_eq!(journal.segments(), 2);
    assert_eq!(all(place.path()).unwrap().len(), 101);
}

#[test]
fn sequences_are_not_used_again_after_records_were_removed() {
    let place = tempfile::tempdir().unwrap();
    let options = Options { segment_bytes: 0, ..small() };
    let mut journal = open(place.path(), options);
    for index in 0..10 {
        journal.append(&drawn(index, 8)).unwrap();
        journal.commit().unwrap();
    }
    assert_eq!(journal.retain_from(u64::MAX).unwrap(), 9);
    assert_eq!((journal.first(), journal.next()), (10, 11));
    assert!(matches!(read(place.path(), 3), Err(JournalError::Removed { from: 3, first: 10 })));
    drop(journal);
    let (journal, recovery) = Journal::open(place.path(), options).unwrap();
    assert_eq!((recovery.first, recovery.next, recovery.records), (10, 11, 1));
    assert_eq!(journal.next(), 11);
}

#[test]
fn what_is_on_disk_follows_the_options() {
    let place = tempfile::tempdir().unwrap();
    for (name, sync, expected) in [
        ("always", Sync::Always, 1),
        ("at once", Sync::Every(Duration::ZERO), 1),
        ("in a day", Sync::Every(Duration::from_secs(86_400)), 0),
        ("never", Sync::Never, 0),
    ] {
        let mut journal = open(&place.path().join(name), Options { sync, ..Options::default() });
        journal.append(b"a record").unwrap();
        assert_eq!(journal.durable(), 0);
        assert_eq!(journal.commit().unwrap(), expected, "{name}");
        assert_eq!(journal.durable(), expected, "{name}");
        assert_eq!(journal.sync().unwrap(), 1, "{name}");
        assert_eq!(journal.durable(), 1, "{name}");
    }
}

#[test]
fn a_record_that_is_too_long_is_refused_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let options = Options { record_max: 10, ..small() };
    let mut journal = open(place.path(), options);
    journal.append(&[1; 10]).unwrap();
    assert!(matches!(journal.append(&[2; 11]), Err(JournalError::TooLong { sequence: 2, length: 11, max: 10 })));
    journal.append(b"").unwrap();
    assert_eq!(journal.commit().unwrap(), 0, "the system may still hold it");
    assert_eq!(all(place.path()).unwrap(), [(1, vec![1; 10]), (2, Vec::new())]);
    let longer = journal.rewrite(&mut |_, _| Some(vec![0; 11]));
    assert!(matches!(longer, Err(JournalError::TooLong { sequence: 1, length: 11, max: 10 })));
    assert_eq!(all(place.path()).unwrap().len(), 2);
    drop(journal);

    let error = Journal::open(place.path(), Options { record_max: 9, ..small() }).unwrap_err();
    assert!(matches!(error, JournalError::TooLong { sequence: 1, length: 10, max: 9 }), "{error}");
    let error = Journal::open(place.path(), Options { record_max: usize::MAX, ..small() }).unwrap_err();
    assert!(matches!(error, JournalError::Options { .. }), "{error}");
    assert_eq!(open(place.path(), small()).next(), 3);
}

#[test]
fn what_was_being_written_anew_is_removed_at_open() {
    let place = tempfile::tempdir().unwrap();
    let mut journal = open(place.path(), small());
    journal.append(b"whole").unwrap();
    journal.commit().unwrap();
    drop(journal);
    let old = segments(place.path()).remove(0);
    for bytes in [&b""[..], b"half of it", &fs::read(&old).unwrap()] {
        let unfinished = place.path().join(format!("{}.new", old.file_name().unwrap().display()));
        fs::write(&unfinished, bytes).unwrap();
        assert_eq!(all(place.path()).unwrap(), [(1, b"whole".to_vec())]);
        open(place.path(), small());
        assert!(!unfinished.exists());
        assert_eq!(all(place.path()).unwrap(), [(1, b"whole".to_vec())]);
    }
}

#[test]
fn erased_bytes_are_in_no_file() {
    let place = tempfile::tempdir().unwrap();
    let mut journal = open(place.path(), small());
    for index in 0..60u64 {
        let text = if index % 17 == 3 { format!("Anna Secret {index}") } else { format!("somebody else {index}") };
        journal.append(text.as_bytes()).unwrap();
        journal.commit().unwrap();
    }
    assert!(common::holds(place.path(), b"Anna Secret"));
    let erase = |_: u64, bytes: &[u8]| bytes.starts_with(b"Anna").then(|| b"erased".to_vec());
    assert_eq!(journal.rewrite(&mut { erase }).unwrap(), 4);
    assert!(!common::holds(place.path(), b"Anna Secret"));
    assert_eq!(journal.rewrite(&mut { erase }).unwrap(), 0);
    // It goes on as if nothing had been.
    assert_eq!(journal.append(b"after it").unwrap(), 61);
    journal.commit().unwrap();
    assert_eq!(journal.sync().unwrap(), 61);
    drop(journal);
    open(place.path(), small());
    let records = all(place.path()).unwrap();
    assert_eq!(records.len(), 61);
    assert_eq!(records[3], (4, b"erased".to_vec()));
    assert_eq!(records[4], (5, b"somebody else 4".to_vec()));
    assert_eq!(records[60], (61, b"after it".to_vec()));
}
