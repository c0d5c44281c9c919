//! `rehearsal check --watch`: it checks again when a file is saved, and ends when it is told to.

use rehearsal_tests::Copied;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

const SHOP: &str = "tests/fixtures/corner-shop.ron";
const CAR: &str = "scenarios/broken-down-car";

/// How long a line is waited for: it comes at once, unless the machine is very busy.
const PATIENCE: Duration = Duration::from_secs(120);

/// A running check, with the lines that it prints; it ends with this.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(copied: &Copied, path: &str) -> Watching {
        let mut command = copied.command();
        command.args(["check", "--watch", path]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the command starts");
        let out = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, lines) = channel();
        std::thread::spawn(move || out.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
        Watching { child, lines }
    }

    /// Reads as far as the end of a check in which a line has `wanted` in it; checks of half a change may come before.
    fn until(&self, wanted: &str) {
        let mut found = false;
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|error| panic!("no `{wanted}`: {error}"));
            found |= line.contains(wanted);
            if line.starts_with("watching ") && found {
                return;
            }
        }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_checks_again_when_a_file_is_saved() {
    let copied = Copied::new();
    let watching = Watching::start(&copied, SHOP);
    watching.until("fine: A corner shop");
    copied.edit(SHOP, "message: hello", "message: helo");
    watching.until("message `helo` is told, but nobody hears it");
    copied.edit(SHOP, "message: helo", "message: hello");
    watching.until("fine: A corner shop");
}

#[test]
fn files_of_the_library_and_new_files_are_watched_too() {
    let copied = Copied::new();
    let watching = Watching::start(&copied, CAR);
    watching.until("fine: ");
    copied.edit("scenarios/library/desk.ron", "name: Call,", "name: Cal,");
    watching.until("there is no step or procedure `Call`");
    copied.edit("scenarios/library/desk.ron", "name: Cal,", "name: Call,");
    watching.until("fine: ");
    copied.edit(&format!("{CAR}/scenario.ron"), "\"experiment\"", "\"experiment\", \"more\"");
    watching.until("there is no file more.ron");
    copied.write(&format!("{CAR}/more.ron"), b"Kind(name: stone)");
    watching.until("nobody is a `stone`");
}

#[cfg(unix)]
#[test]
fn it_ends_when_a_person_stops_it() {
    use std::os::unix::process::ExitStatusExt;
    let copied = Copied::new();
    let mut watching = Watching::start(&copied, SHOP);
    watching.until("fine: ");
    let stopped = std::process::Command::new("kill").args(["-INT", &watching.child.id().to_string()]).status();
    assert!(stopped.expect("kill starts").success());
    let status = watching.child.wait().expect("it ends");
    assert_eq!(status.signal(), Some(2), "{status:?}");
}
