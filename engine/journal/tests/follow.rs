//! A journal can be read while it is written, from another handle and from another thread.

mod common;

use common::{all, drawn, filled, open, segments, small};
use rehearsal_journal::{JournalError, Options, read};
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn records_are_followed_through_segments_and_rewriting() {
    let place = tempfile::tempdir().unwrap();
    let mut journal = open(place.path(), small());
    let mut records = read(place.path(), 1).unwrap();
    assert!(records.next().is_none());
    for sequence in 1..=40 {
        journal.append(&drawn(sequence, 50)).unwrap();
        assert!(records.next().is_none(), "what is not committed is not seen");
        journal.commit().unwrap();
        if sequence % 3 == 0 {
            // The segment that is read is replaced by another file, with records of other lengths before the place.
            journal.rewrite(&mut |other, _| (other % 5 == 0 && other < sequence).then(|| vec![0; sequence as usize])).unwrap();
        }
        if sequence % 7 == 0 {
            journal.retain_from(sequence).unwrap();
        }
        let (found, bytes) = records.next().unwrap().unwrap();
        assert_eq!((found, bytes), (sequence, drawn(sequence, 50)));
        assert!(records.next().is_none());
    }
}

#[test]
fn a_reader_that_is_left_behind_is_told() {
    let place = tempfile::tempdir().unwrap();
    filled(place.path(), 20, 40);
    let mut records = read(place.path(), 1).unwrap();
    assert_eq!(records.next().unwrap().unwrap().0, 1);
    let mut journal = open(place.path(), small());
    assert_eq!(journal.retain_from(18).unwrap(), 4);
    // The file that is open is read to its end.
    assert_eq!(records.by_ref().take(3).map(|record| record.unwrap().0).collect::<Vec<_>>(), [2, 3, 4]);
    assert!(matches!(records.next(), Some(Err(JournalError::Removed { from: 5, first: 17 }))));
    assert!(records.next().is_none());
}

#[test]
fn a_reader_stops_before_a_record_that_is_being_written() {
    let place = tempfile::tempdir().unwrap();
    let written = filled(place.path(), 6, 40);
    let path = segments(place.path()).pop().unwrap();
    let bytes = fs::read(&path).unwrap();
    let mut records = read(place.path(), 1).unwrap();
    for sequence in 1..=4 {
        assert_eq!(records.next().unwrap().unwrap().0, sequence);
    }
    for length in bytes.len() - 56..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        assert_eq!(all(place.path()).unwrap(), written[..5]);
    }
    assert_eq!(records.next().unwrap().unwrap().0, 5);
    assert!(records.next().is_none());
    fs::write(&path, &bytes).unwrap();
    assert_eq!(records.next().unwrap().unwrap(), written[5]);
}

/// The reader looks again and again until it has seen all, and every record it sees is the one that was written.
#[test]
fn a_thread_reads_what_another_writes() {
    let place = tempfile::tempdir().unwrap();
    let total = 3000;
    let mut journal = open(place.path(), Options { segment_bytes: 4000, ..small() });
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for sequence in 1..=total {
                journal.append(&drawn(sequence, (sequence % 97) as usize)).unwrap();
                if sequence % 4 == 0 {
                    journal.commit().unwrap();
                }
            }
            journal.commit().unwrap();
            ended.store(true, Ordering::SeqCst);
        });
        let mut next = 1;
        let mut records = read(place.path(), 1).unwrap();
        while next <= total {
            let was_ended = ended.load(Ordering::SeqCst);
            for record in records.by_ref() {
                let (sequence, bytes) = record.unwrap();
                assert_eq!((sequence, bytes), (next, drawn(next, (next % 97) as usize)));
                next += 1;
            }
            assert!(next > total || !was_ended, "all was written, and record {next} was not seen");
            std::thread::yield_now();
        }
    });
}
