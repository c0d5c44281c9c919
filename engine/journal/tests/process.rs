//! What holds between processes: one writer at a time, everything acknowledged is kept when one is killed, and a full disk or
//! a folder without rights harms nothing.
//!
//! The test program starts itself again; [`child`] is what it does then, as [`PART`] says.

#![cfg(unix)]

mod common;

use common::{all, drawn, open, segments, small};
use rehearsal_journal::{Journal, JournalError, Keep, Options, Sync, check};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Says what a child is to do.
const PART: &str = "REHEARSAL_JOURNAL_PART";
/// Says where.
const PLACE: &str = "REHEARSAL_JOURNAL_PLACE";
/// What the lines of a child begin with, among those of the test harness.
const SAYS: &str = "child: ";

/// Nothing where no part is given: then this is the test program itself.
#[test]
fn child() {
    let (Ok(part), Ok(place)) = (std::env::var(PART), std::env::var(PLACE)) else { return };
    let place = PathBuf::from(place);
    match part.as_str() {
        "hold" => hold(&place),
        "append" => append(&place),
        "rewrite" => rewrite(&place),
        "mount" => {
            let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=256k", "tmpfs"]).arg(&place).status().unwrap();
            assert!(mounted.success());
            let filler = place.join("filler");
            fs::write(&filler, vec![1; 100_000]).unwrap();
            fill_journal(&place.join("journal"), 20_000, &|| fs::remove_file(&filler).unwrap());
            fs::remove_dir_all(place.join("journal")).unwrap();
            fs::write(&filler, vec![1; 180_000]).unwrap();
            fill_keep(&place.join("some.keep"), &|| fs::remove_file(&filler).unwrap());
        }
        "limit" => {
            let own = std::process::id().to_string();
            let set = |limit: &str| {
                let set = Command::new("prlimit").args(["--pid", &own, &format!("--fsize={limit}:")]).status().unwrap();
                assert!(set.success());
            };
            fill_journal(&place.join("journal"), u64::MAX, &|| set("unlimited"));
            set("50000");
            fill_keep(&place.join("some.keep"), &|| set("unlimited"));
        }
        "refused" => {
            let error = Journal::open(&place, small()).unwrap_err();
            assert!(matches!(error, JournalError::NotAllowed { .. }), "{error}");
            assert!(error.to_string().contains("give this user the right"), "{error}");
            assert!(matches!(Keep::open(&place.join("some.keep")), Err(JournalError::NotAllowed { .. })));
        }
        other => panic!("{other} is no part"),
    }
    say("done");
}

fn say(what: &str) {
    // In one write, and not into the output that a test harness keeps to itself.
    std::io::stdout().write_all(format!("\n{SAYS}{what}\n").as_bytes()).unwrap();
    std::io::stdout().flush().unwrap();
}

/// Opens a journal and keeps it until the parent closes the input.
fn hold(place: &Path) {
    let _journal = open(place, small());
    say("open");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

/// Appends for ever, and says each sequence that was committed.
fn append(place: &Path) {
    let mut journal = open(place, Options { segment_bytes: 5_000, sync: Sync::Always, ..Options::default() });
    loop {
        for _ in 0..3 {
            let next = journal.next();
            journal.append(&drawn(next, (next % 200) as usize)).unwrap();
        }
        say(&journal.commit().unwrap().to_string());
    }
}

/// Writes all records anew for ever, and says each number that they have all got.
fn rewrite(place: &Path) {
    let mut journal = open(place, Options { segment_bytes: 2_000, ..small() });
    let last = all(place).unwrap().iter().map(|(_, bytes)| number(bytes)).max().unwrap();
    for next in last + 1.. {
        journal.rewrite(&mut |_, bytes| Some(numbered(next, bytes.len()))).unwrap();
        say(&next.to_string());
    }
}

/// A record of some length, which is full of one number.
fn numbered(number: u64, length: usize) -> Vec<u8> {
    number.to_le_bytes().into_iter().cycle().take(length).collect()
}

fn number(record: &[u8]) -> u64 {
    u64::from_le_bytes(*record.first_chunk().unwrap())
}

/// Commits until the disk is full, looks at what there is, makes room, and goes on.
fn fill_journal(dir: &Path, segment_bytes: u64, make_room: &dyn Fn()) {
    let options = Options { segment_bytes, sync: Sync::Always, ..Options::default() };
    let mut journal = open(dir, options);
    let mut kept = Vec::new();
    let put = |journal: &mut Journal, kept: &mut Vec<(u64, Vec<u8>)>| {
        let batch: Vec<_> = (0..3).map(|part| drawn(kept.len() as u64 + part, 700)).collect();
        let first = journal.next();
        assert_eq!(first, kept.len() as u64 + 1, "the sequences of what failed are free again");
        let numbered: Vec<_> = (first..).zip(batch).collect();
        for (sequence, bytes) in &numbered {
            assert_eq!(journal.append(bytes).unwrap(), *sequence);
        }
        let done = journal.commit()?;
        assert_eq!(done, first + 2);
        kept.extend(numbered);
        Ok::<(), JournalError>(())
    };
    let error = loop {
        if let Err(error) = put(&mut journal, &mut kept) {
            break error;
        }
    };
    assert!(matches!(error, JournalError::Full { .. }), "{error}");
    assert!(kept.len() > 10);
    for _ in 0..5 {
        assert!(matches!(put(&mut journal, &mut kept), Err(JournalError::Full { .. })));
        assert_eq!((journal.next(), journal.durable()), (kept.len() as u64 + 1, kept.len() as u64));
        assert_eq!(all(dir).unwrap(), kept);
        assert!(check(dir).unwrap().is_whole());
        assert_eq!(check(dir).unwrap().torn, None);
    }
    let longer = journal.rewrite(&mut |sequence, _| (sequence == 2).then(|| vec![7; 300_000]));
    assert!(matches!(longer, Err(JournalError::Full { .. })));
    assert_eq!(all(dir).unwrap(), kept);
    assert!(check(dir).unwrap().unfinished.is_empty());

    make_room();
    for _ in 0..8 {
        put(&mut journal, &mut kept).unwrap();
    }
    assert_eq!(journal.rewrite(&mut |sequence, _| (sequence == 2).then(|| b"erased".to_vec())).unwrap(), 1);
    kept[1].1 = b"erased".to_vec();
    drop(journal);
    let (_, recovery) = Journal::open(dir, options).unwrap();
    assert_eq!((recovery.records, recovery.cut), (kept.len() as u64, None));
    assert_eq!(all(dir).unwrap(), kept);
}

/// The same with a keep.
fn fill_keep(path: &Path, make_room: &dyn Fn()) {
    let mut keep = Keep::open(path).unwrap();
    let key = |number: u64| format!("key/{number:04}");
    let mut count = 0;
    let error = loop {
        match keep.put(&key(count), &drawn(count, 700)) {
            Ok(()) => count += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, JournalError::Full { .. }), "{error}");
    assert!(count > 10);
    let holds = |keep: &Keep, first: u64, count: u64| {
        let held: Vec<_> = keep.iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        assert_eq!(held, (first..count).map(|number| (key(number), drawn(number, 700))).collect::<Vec<_>>());
    };
    holds(&keep, 0, count);
    // Whether there is room to write all of it a second time depends on how the disk is full.
    let first = match keep.remove(&key(0)) {
        Ok(gone) => u64::from(gone),
        Err(error) => {
            assert!(matches!(error, JournalError::Full { .. }), "{error}");
            0
        }
    };
    holds(&keep, first, count);
    make_room();
    keep.put(&key(count), &drawn(count, 700)).unwrap();
    drop(keep);
    let mut keep = Keep::open(path).unwrap();
    assert_eq!(keep.cut(), None);
    holds(&keep, first, count + 1);
    assert_eq!(keep.remove(&key(0)).unwrap(), first == 0);
    holds(&keep, 1, count + 1);
}

/// What follows a program to make it this one, in another part.
fn arguments(command: &mut Command, part: &str, place: &Path) {
    command.args(["--exact", "child", "--nocapture", "--test-threads=1"]).env(PART, part).env(PLACE, place);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
}

fn start(part: &str, place: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    arguments(&mut command, part, place);
    command.spawn().unwrap()
}

/// What a child says, line by line.
fn said(child: &mut Child) -> impl Iterator<Item = String> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok).filter_map(|line| line.strip_prefix(SAYS).map(str::to_owned))
}

/// Runs a command that has the arguments of a child, to its end.
fn succeeds(command: &mut Command) {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{told}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("child: done"), "{told}");
}

#[test]
fn one_process_writes_at_a_time() {
    let place = tempfile::tempdir().unwrap();
    let mut child = start("hold", place.path());
    let mut lines = said(&mut child);
    assert_eq!(lines.next().as_deref(), Some("open"));
    let error = Journal::open(place.path(), small()).unwrap_err();
    assert!(matches!(&error, JournalError::InUse { path } if path == place.path()), "{error}");
    assert!(error.to_string().contains("is in use"), "{error}");
    assert!(all(place.path()).unwrap().is_empty(), "reading needs no lock");
    drop(child.stdin.take());
    assert_eq!(lines.next().as_deref(), Some("done"));
    assert!(child.wait().unwrap().success());

    let journal = open(place.path(), small());
    assert!(matches!(Journal::open(place.path(), small()), Err(JournalError::InUse { .. })), "nor two of one process");
    drop(journal);
    open(place.path(), small());
}

#[test]
fn what_a_killed_process_acknowledged_is_there() {
    let place = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    // Killed where it happens to be, and gone on with.
    for lines in [1, 7, 40, 2, 100, 13] {
        let mut child = start("append", place.path());
        let mut said = said(&mut child);
        for line in said.by_ref().take(lines) {
            acknowledged = line.parse().unwrap();
        }
        child.kill().unwrap();
        // What it said before it was killed counts, too.
        for line in said {
            acknowledged = line.parse().unwrap();
        }
        child.wait().unwrap();
        let records = all(place.path()).unwrap();
        assert!(records.len() as u64 >= acknowledged, "{} of {acknowledged}", records.len());
        for (index, (sequence, bytes)) in records.iter().enumerate() {
            assert_eq!(*sequence, index as u64 + 1);
            assert_eq!(*bytes, drawn(*sequence, (*sequence % 200) as usize));
        }
        let (journal, recovery) = Journal::open(place.path(), Options::default()).unwrap();
        assert_eq!(recovery.records, records.len() as u64);
        assert!(journal.durable() >= acknowledged);
        acknowledged = journal.durable();
    }
    assert!(segments(place.path()).len() > 3);
}

#[test]
fn a_process_that_is_killed_while_it_writes_anew_leaves_the_old_or_the_new() {
    let place = tempfile::tempdir().unwrap();
    let length = |sequence: u64| 8 + (sequence % 50) as usize;
    let mut journal = open(place.path(), Options { segment_bytes: 2_000, ..small() });
    for sequence in 1..=300 {
        journal.append(&numbered(0, length(sequence))).unwrap();
        journal.commit().unwrap();
    }
    let segments = journal.segments();
    assert!(segments > 5);
    drop(journal);
    let mut mixed = 0;
    for lines in [0, 1, 5, 3, 8, 2, 4, 1, 0, 6] {
        let mut child = start("rewrite", place.path());
        let mut said = said(&mut child);
        let mut acknowledged = 0;
        for line in said.by_ref().take(lines) {
            acknowledged = line.parse().unwrap();
        }
        child.kill().unwrap();
        for line in said {
            acknowledged = line.parse().unwrap();
        }
        child.wait().unwrap();
        let (journal, recovery) = Journal::open(place.path(), small()).unwrap();
        assert_eq!((recovery.records, recovery.cut, journal.segments()), (300, None, segments));
        let records = all(place.path()).unwrap();
        let least = records.iter().map(|(_, bytes)| number(bytes)).min().unwrap();
        let most = records.iter().map(|(_, bytes)| number(bytes)).max().unwrap();
        assert!(least >= acknowledged && most <= least + 1);
        mixed += usize::from(most > least);
        for (index, (sequence, bytes)) in records.iter().enumerate() {
            assert_eq!(*sequence, index as u64 + 1);
            assert_eq!(*bytes, numbered(number(bytes), length(*sequence)));
        }
        assert!(check(place.path()).unwrap().unfinished.is_empty());
    }
    eprintln!("{mixed} times it was killed between two segments");
}

/// A file system of 256 KiB in memory, which nobody but the child sees. Where this machine lets nobody mount one,
/// [`a_limit_on_files_keeps_what_was_acknowledged`] stands for it.
#[test]
fn a_full_disk_keeps_what_was_acknowledged() {
    let place = tempfile::tempdir().unwrap();
    let ways: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];
    let may = |way: &&&[&str]| {
        let mut trial = Command::new("unshare");
        trial.args(**way).args(["mount", "-t", "tmpfs", "tmpfs"]).arg(place.path()).stderr(Stdio::null());
        trial.status().is_ok_and(|status| status.success())
    };
    let Some(way) = ways.iter().find(may) else {
        eprintln!("no file system can be mounted here: a full disk was not tried");
        return;
    };
    let mut command = Command::new("unshare");
    command.args(*way).arg(std::env::current_exe().unwrap());
    arguments(&mut command, "mount", place.path());
    succeeds(&mut command);
}

/// The system refuses to let a file grow, until it is allowed.
#[test]
fn a_limit_on_files_keeps_what_was_acknowledged() {
    let place = tempfile::tempdir().unwrap();
    let mut command = Command::new("prlimit");
    command.args(["--fsize=50000:", "sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"]).arg(std::env::current_exe().unwrap());
    arguments(&mut command, "limit", place.path());
    succeeds(&mut command);
}

#[test]
fn a_folder_without_rights_is_refused_with_a_remedy() {
    let place = tempfile::tempdir().unwrap();
    let dir = place.path().join("journal");
    drop(open(&dir, small()));
    // A copy of this program where anybody may start it.
    let program = place.path().join("program");
    // Copied by somebody else: a file that this process has open for writing could not be started.
    assert!(Command::new("cp").arg(std::env::current_exe().unwrap()).arg(&program).status().unwrap().success());
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(dir.join("lock"), fs::Permissions::from_mode(0o444)).unwrap();
    let mut command = Command::new(&program);
    arguments(&mut command, "refused", &dir);
    command.current_dir(place.path());
    if fs::File::create(dir.join("some")).is_ok() {
        // Root may do everything: somebody else has to try.
        fs::remove_file(dir.join("some")).unwrap();
        command.uid(65_534).gid(65_534);
    }
    succeeds(&mut command);
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
}
