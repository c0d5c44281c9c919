//! Whatever happens to its files, a journal never gives a record that was not written, and never panics.

mod common;

use common::{all, drawn, filled, open, quick, segments, small};
use proptest::prelude::*;
use proptest::sample::Index;
use rehearsal_journal::{DamageKind, Journal, JournalError, check, salvage};
use std::fs;
use std::path::Path;

/// Bytes before the first record.
const HEADER: usize = 32;
/// Bytes of a record before its own.
const HEAD: usize = 16;

/// Copies a journal, so that one can be damaged again and again.
fn copied(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for path in segments(from) {
        fs::copy(&path, to.join(path.file_name().unwrap())).unwrap();
    }
}

/// Records of different lengths, each one committed, all in one segment after `before` others in segments of their own.
fn varied(dir: &Path, before: u64) -> Vec<(u64, Vec<u8>)> {
    let mut records = filled(dir, before, 200);
    let mut journal = open(dir, small());
    for length in [7, 0, 1, 30, 16, 64, 3] {
        let bytes = drawn(1000 + length as u64, length);
        records.push((journal.append(&bytes).unwrap(), bytes));
    }
    journal.commit().unwrap();
    records
}

/// Where the records of the last segment end.
fn ends(records: &[(u64, Vec<u8>)], first: u64) -> Vec<usize> {
    let mut end = HEADER;
    let own = records.iter().filter(|(sequence, _)| *sequence >= first);
    own.map(|(_, bytes)| {
        end += HEAD + bytes.len();
        end
    })
    .collect()
}

/// Opens what is torn so that `kept` records of the last segment are whole, up to byte `offset`, and goes on with it.
fn recovers(dir: &Path, records: &[(u64, Vec<u8>)], offset: usize, length: usize) {
    assert_eq!(all(dir).unwrap_or_default(), records, "a reader sees what is whole");
    let (mut journal, recovery) = Journal::open(dir, small()).unwrap();
    assert_eq!(recovery.records, records.len() as u64);
    assert_eq!(recovery.next, records.len() as u64 + 1);
    match recovery.cut {
        None => assert_eq!(offset, length),
        Some(cut) => {
            assert_eq!((cut.offset, cut.dropped), (offset as u64, (length - offset) as u64));
            assert_eq!(cut.sequence, recovery.next);
            assert!(cut.to_string().contains("was not wholly written"), "{cut}");
        }
    }
    assert_eq!(journal.append(b"what comes next").unwrap(), recovery.next);
    journal.commit().unwrap();
    drop(journal);
    let (_, again) = Journal::open(dir, small()).unwrap();
    assert_eq!((again.next, again.cut), (recovery.next + 1, None));
    let mut expected = records.to_vec();
    expected.push((recovery.next, b"what comes next".to_vec()));
    assert_eq!(all(dir).unwrap(), expected);
}

#[test]
fn a_file_that_ends_at_any_byte_is_recovered_to_the_last_whole_record() {
    for before in [0, 3] {
        let place = quick();
        let whole = place.path().join("whole");
        let records = varied(&whole, before);
        let last = segments(&whole).pop().unwrap();
        let bytes = fs::read(&last).unwrap();
        let first = before + 1;
        let ends = ends(&records, first);
        assert_eq!(ends.last(), Some(&bytes.len()));
        for length in 0..=bytes.len() {
            for zeros in [false, true] {
                let dir = place.path().join(format!("{length} {zeros}"));
                copied(&whole, &dir);
                let mut torn = bytes[..length].to_vec();
                // What a file system may leave where it kept the length and not the bytes.
                torn.resize(if zeros && length > HEADER { bytes.len() } else { length }, 0);
                fs::write(dir.join(last.file_name().unwrap()), &torn).unwrap();
                let kept = ends.iter().filter(|end| torn.get(..**end) == Some(&bytes[..**end])).count();
                let offset = if length < HEADER { 0 } else { kept.checked_sub(1).map_or(HEADER, |last| ends[last]) };
                if before == 0 && length < HEADER {
                    // There is nothing that a reader could begin with.
                    assert!(matches!(all(&dir), Err(JournalError::Corrupt { offset: 0, .. })));
                }
                recovers(&dir, &records[..before as usize + kept], offset, torn.len());
                fs::remove_dir_all(&dir).unwrap();
            }
        }
    }
}

/// What may happen to the bytes of a file.
#[derive(Clone, Debug)]
enum Harm {
    Flip(Index, u8),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
    Overwrite(Index, Vec<u8>),
    Double(Index, Index),
    /// The same with whole records, which are all of one length.
    RemoveRecord(Index),
    DoubleRecord(Index),
    SwapRecords(Index, Index),
}

fn harm() -> impl Strategy<Value = Harm> {
    let at = any::<Index>;
    let bytes = || prop::collection::vec(prop_oneof![Just(0u8), any::<u8>()], 1..80);
    prop_oneof![
        4 => (at(), 0..8u8).prop_map(|(at, bit)| Harm::Flip(at, bit)),
        1 => (at(), 1..200usize).prop_map(|(at, length)| Harm::Remove(at, length)),
        1 => (at(), bytes()).prop_map(|(at, bytes)| Harm::Insert(at, bytes)),
        1 => (at(), bytes()).prop_map(|(at, bytes)| Harm::Overwrite(at, bytes)),
        1 => (at(), at()).prop_map(|(from, to)| Harm::Double(from, to)),
        1 => at().prop_map(Harm::RemoveRecord),
        1 => at().prop_map(Harm::DoubleRecord),
        1 => (at(), at()).prop_map(|(one, other)| Harm::SwapRecords(one, other)),
    ]
}

/// Bytes of a record in what is harmed.
const RECORD: usize = HEAD + 40;

fn harmed(mut bytes: Vec<u8>, harm: &Harm) -> Vec<u8> {
    if bytes.len() < HEADER + RECORD {
        return bytes;
    }
    let record = |at: &Index, bytes: &[u8]| HEADER + RECORD * at.index((bytes.len() - HEADER) / RECORD);
    match harm {
        Harm::Flip(at, bit) => {
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
        }
        Harm::Remove(at, length) => {
            let at = at.index(bytes.len());
            bytes.drain(at..(at + length).min(bytes.len()));
        }
        Harm::Insert(at, more) => {
            let at = at.index(bytes.len());
            bytes.splice(at..at, more.iter().copied());
        }
        Harm::Overwrite(at, other) => {
            let at = at.index(bytes.len());
            let until = (at + other.len()).min(bytes.len());
            bytes[at..until].copy_from_slice(&other[..until - at]);
        }
        Harm::Double(from, to) => {
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let part = bytes[from.min(to)..=from.max(to)].to_vec();
            bytes.splice(to..to, part);
        }
        Harm::RemoveRecord(at) => {
            let at = record(at, &bytes);
            bytes.drain(at..at + RECORD);
        }
        Harm::DoubleRecord(at) => {
            let at = record(at, &bytes);
            let part = bytes[at..at + RECORD].to_vec();
            bytes.splice(at..at, part);
        }
        Harm::SwapRecords(one, other) => {
            let (one, other) = (record(one, &bytes), record(other, &bytes));
            (0..RECORD).for_each(|byte| bytes.swap(one + byte, other + byte));
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn harm_is_cut_off_or_refused_and_never_believed(which in any::<Index>(), harms in prop::collection::vec(harm(), 1..4)) {
        let place = quick();
        let dir = place.path().join("journal");
        let records = filled(&dir, 24, 40);
        let files = segments(&dir);
        let index = which.index(files.len());
        let path = &files[index];
        let before = fs::read(path).unwrap();
        let after = harms.iter().fold(before.clone(), harmed);
        fs::write(path, &after).unwrap();
        let is_last = index + 1 == files.len();

        // A reader gives a beginning of what was written, and then ends or says what is wrong.
        let mut seen = Vec::new();
        let mut refused = false;
        match rehearsal_journal::read(&dir, 0) {
            Ok(found) => {
                for record in found {
                    match record {
                        Ok(record) => seen.push(record),
                        Err(_) => refused = true,
                    }
                }
            }
            Err(_) => refused = true,
        }
        prop_assert!(records.starts_with(&seen));
        prop_assert!(is_last || refused || before == after);

        // So does a check, which says all of it.
        let report = check(&dir).unwrap();
        prop_assert!(!report.to_string().is_empty());
        prop_assert!(before == after || report.damage.len() + usize::from(report.torn.is_some()) > 0 || seen.len() < records.len());

        // What is saved is what a reader saw.
        let saved = place.path().join("saved");
        let again = salvage(&dir, &saved).unwrap();
        prop_assert_eq!(&again, &report);
        prop_assert_eq!(&all(&saved).unwrap(), &seen);
        let (journal, recovery) = Journal::open(&saved, small()).unwrap();
        prop_assert_eq!(recovery.cut, None);
        prop_assert_eq!(journal.next(), seen.len() as u64 + 1);
        drop(journal);

        // To open it is to agree with all of these.
        match Journal::open(&dir, small()) {
            Ok((journal, recovery)) => {
                prop_assert!(report.is_whole());
                prop_assert!(is_last || before == after);
                prop_assert_eq!(journal.next(), seen.len() as u64 + 1);
                prop_assert_eq!(&recovery.cut, &report.torn);
                prop_assert_eq!(&all(&dir).unwrap(), &seen);
            }
            Err(error) => {
                prop_assert!(!report.is_whole(), "{}", error);
                prop_assert_eq!(fs::read(path).unwrap(), after, "what is refused is not changed");
            }
        }
    }
}

#[test]
fn damage_before_a_whole_record_is_named_with_its_place_and_remedy() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("journal");
    let records = filled(&dir, 12, 40);
    // Five records of 56 bytes in each segment after the first one's header of 32.
    let files = segments(&dir);
    let last = files.last().unwrap();
    let first = files.len() as u64 * 4 - 3;
    let mut bytes = fs::read(last).unwrap();
    bytes[HEADER + HEAD + 56 + 3] ^= 1;
    fs::write(last, bytes).unwrap();
    let error = Journal::open(&dir, small()).unwrap_err();
    let told = error.to_string();
    let JournalError::Corrupt { segment, offset, sequence, resumes, .. } = error else { panic!("{error}") };
    assert_eq!((&segment, offset), (last, (HEADER + 56) as u64));
    assert_eq!((sequence, resumes), (first + 1, Some(first + 2)));
    assert!(told.contains("rehearsal journal salvage"), "{told}");

    let report = check(&dir).unwrap();
    assert_eq!(report.whole, [(1, first), (first + 2, 12)]);
    assert_eq!(report.saved(), Some((1, first)));
    assert_eq!(report.damage.len(), 1);
    assert_eq!(report.damage[0].kind, DamageKind::Record);
    let into = place.path().join("saved");
    salvage(&dir, &into).unwrap();
    assert_eq!(all(&into).unwrap(), records[..first as usize]);
    assert!(matches!(salvage(&dir, &into), Err(JournalError::Occupied { .. })));
}

#[test]
fn a_segment_that_is_missing_is_named() {
    let place = tempfile::tempdir().unwrap();
    filled(place.path(), 20, 40);
    let files = segments(place.path());
    fs::remove_file(&files[2]).unwrap();
    let error = Journal::open(place.path(), small()).unwrap_err();
    let JournalError::Missing { from, to, before, .. } = error else { panic!("{error}") };
    assert_eq!((from, to, &before), (9, 12, &files[3]));
    let seen = rehearsal_journal::read(place.path(), 0).unwrap().last().unwrap().unwrap_err();
    assert!(matches!(seen, JournalError::Missing { from: 9, to: 12, .. }), "{seen}");
    let report = check(place.path()).unwrap();
    assert_eq!((report.whole.clone(), report.saved()), (vec![(1, 8), (13, 20)], Some((1, 8))));
    assert!(report.to_string().contains("records from 9 on are missing"), "{report}");
    assert!(report.to_string().contains("can be saved: records 1 to 8; 8 whole ones after the damage are left"), "{report}");
}

#[test]
fn each_thing_that_is_wrong_has_an_error_of_its_own() {
    let place = tempfile::tempdir().unwrap();
    let whole = place.path().join("whole");
    filled(&whole, 20, 40);
    let names: Vec<_> = segments(&whole).iter().map(|path| path.file_name().unwrap().to_owned()).collect();
    let damaged = |name: &str, damage: &dyn Fn(&Path)| {
        let dir = place.path().join(name);
        copied(&whole, &dir);
        damage(&dir);
        Journal::open(&dir, small()).unwrap_err()
    };

    let error = damaged("version", &|dir| {
        let path = dir.join(&names[1]);
        let mut bytes = fs::read(&path).unwrap();
        bytes[8] = 7;
        let crc = crc32fast::hash(&bytes[..28]);
        bytes[28..32].copy_from_slice(&crc.to_le_bytes());
        fs::write(&path, bytes).unwrap();
    });
    assert!(matches!(error, JournalError::Version { found: 7, known: 1, .. }), "{error}");
    let error = damaged("notes", &|dir| fs::write(dir.join("notes.txt"), "mine").unwrap());
    assert!(matches!(&error, JournalError::Foreign { path } if path.ends_with("notes.txt")), "{error}");
    let error = damaged("other", &|dir| fs::write(dir.join(&names[1]), "a letter to somebody, long enough to be one").unwrap());
    assert!(matches!(error, JournalError::Foreign { .. }), "{error}");
    let error = damaged("renamed", &|dir| fs::rename(dir.join(&names[4]), dir.join("00000000000000000099.journal")).unwrap());
    assert!(matches!(error, JournalError::Misnamed { first: 17, .. }), "{error}");
    let error =
        damaged("beyond", &|dir| fs::copy(dir.join(&names[0]), dir.join("18446744073709551615.journal")).map(|_| ()).unwrap());
    assert!(matches!(error, JournalError::Foreign { .. }), "{error}");
    let error = damaged("header", &|dir| {
        let path = dir.join(&names[2]);
        let mut bytes = fs::read(&path).unwrap();
        bytes[21] ^= 4;
        fs::write(&path, bytes).unwrap();
    });
    assert!(matches!(error, JournalError::Corrupt { offset: 0, sequence: 9, resumes: Some(13), .. }), "{error}");
    let error = damaged("length", &|dir| {
        let path = dir.join(&names[2]);
        let mut bytes = fs::read(&path).unwrap();
        bytes[HEADER + 4..HEADER + 8].copy_from_slice(&u32::MAX.to_le_bytes());
        fs::write(&path, bytes).unwrap();
    });
    assert!(matches!(error, JournalError::Corrupt { offset: 32, sequence: 9, resumes: Some(10), .. }), "{error}");

    let file = place.path().join("a file");
    fs::write(&file, "").unwrap();
    assert!(matches!(Journal::open(&file, small()), Err(JournalError::NotAFolder { .. })));
    assert!(matches!(Journal::open(&file.join("below"), small()), Err(JournalError::NotAFolder { .. })));
    assert!(matches!(check(&place.path().join("nowhere")), Err(JournalError::Absent { .. })));
    assert!(matches!(rehearsal_journal::read(&place.path().join("nowhere"), 1), Err(JournalError::Absent { .. })));
    let nowhere = salvage(&place.path().join("nowhere"), &place.path().join("new"));
    assert!(matches!(nowhere, Err(JournalError::Absent { .. })));
}

/// Bytes from outside may be a record of another file, and be the last thing that was written.
#[test]
fn a_torn_record_that_holds_a_record_is_still_torn() {
    let place = tempfile::tempdir().unwrap();
    let (one, other) = (place.path().join("one"), place.path().join("other"));
    filled(&other, 3, 40);
    let copied = fs::read(&segments(&other)[0]).unwrap()[HEADER..].to_vec();
    let mut journal = open(&one, small());
    let mut record = copied;
    record.extend([1; 30]);
    journal.append(&record).unwrap();
    journal.commit().unwrap();
    drop(journal);
    let path = segments(&one).remove(0);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 5]).unwrap();
    let (journal, recovery) = Journal::open(&one, small()).unwrap();
    assert_eq!((journal.next(), recovery.cut.map(|cut| cut.offset)), (1, Some(HEADER as u64)));
}

#[test]
fn the_files_of_one_journal_are_not_taken_for_those_of_another() {
    let place = tempfile::tempdir().unwrap();
    let (one, other) = (place.path().join("one"), place.path().join("other"));
    filled(&one, 8, 40);
    filled(&other, 8, 40);
    let (mine, theirs) = (segments(&one).remove(1), segments(&other).remove(1));
    let mut bytes = fs::read(&mine).unwrap();
    // The records of the other one under the header of this one.
    bytes.splice(HEADER.., fs::read(theirs).unwrap()[HEADER..].iter().copied());
    fs::write(&mine, bytes).unwrap();
    assert_eq!(all(&one).unwrap().len(), 4);
}
