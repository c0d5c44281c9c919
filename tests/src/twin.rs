//! A twin as a process: started, posted to, killed, and started again.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A few cars.
pub const FEW: [&str; 8] =
    ["--set", "families.count=20", "--set", "commuters.count=10", "--set", "pensioners.count=5", "--set", "fleet.count=5"];

/// A twin at work. It is killed where a test ends early.
#[derive(Debug)]
pub struct Process {
    child: std::sync::Mutex<Child>,
    /// Where it listens on this machine.
    pub port: u16,
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill_now();
    }
}

impl Process {
    /// Starts `rehearsal live` of the car with few cars, with its data in `data`, on a free port, with further arguments.
    ///
    /// # Panics
    /// When it does not come to listen.
    #[must_use]
    pub fn start(data: &Path, more: &[&str]) -> Process {
        Process::of(Path::new("scenarios/broken-down-car"), data, more)
    }

    /// The same of a scenario of the car that lies elsewhere.
    ///
    /// # Panics
    /// When it does not come to listen.
    #[must_use]
    pub fn of(scenario: &Path, data: &Path, more: &[&str]) -> Process {
        let mut command: Command = crate::rehearsal();
        command.arg("live").arg(scenario);
        command.args(["--policy", "proactive", "--listen", "127.0.0.1:0", "--data"]).arg(data);
        command.args(FEW).args(more).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut said = BufReader::new(child.stderr.take().expect("its standard error"));
        let (mut all, mut line) = (String::new(), String::new());
        let port = loop {
            line.clear();
            let read = said.read_line(&mut line).expect("text");
            assert!(read > 0, "it ended before it listened:\n{all}");
            all += &line;
            let port = line
                .trim()
                .strip_prefix("listening on http://127.0.0.1:")
                .and_then(|rest| rest.trim_end_matches('/').parse().ok());
            if let Some(port) = port {
                break port;
            }
        };
        // What it says further is read, so that it never waits for a reader.
        std::thread::spawn(move || said.lines().count());
        Process { child: std::sync::Mutex::new(child), port }
    }

    /// Ends it as a loss of power would, as far as a process can tell.
    pub fn kill_now(&self) {
        let mut child = self.child.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let _ = child.kill();
        let _ = child.wait();
    }

    /// Asks it to stop; gives what it says last.
    ///
    /// # Panics
    /// When it does not end well.
    #[must_use]
    pub fn stop(self) -> String {
        let mut child = self.child.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let asked = Command::new("kill").arg(child.id().to_string()).status().expect("kill runs");
        assert!(asked.success());
        let mut out = String::new();
        child.stdout.take().expect("its standard output").read_to_string(&mut out).expect("text");
        let status = child.wait().expect("it ends");
        drop(child);
        assert!(status.success(), "it ended with {status}");
        out
    }

    /// Posts to a path; gives the status and the body of the answer, or nothing where the connection broke.
    #[must_use]
    pub fn post(&self, path: &str, sort: &str, body: &str) -> Option<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(60))).ok()?;
        let length = body.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: {sort}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n",
            self.port
        );
        stream.write_all(head.as_bytes()).ok()?;
        stream.write_all(body.as_bytes()).ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let status = answer.split(' ').nth(1)?.parse().ok()?;
        let body = answer.split_once("\r\n\r\n")?.1.to_owned();
        Some((status, body))
    }
}

/// The last word of what a twin says when it stops: its digest.
///
/// # Panics
/// When it said none.
#[must_use]
pub fn digest(said: &str) -> String {
    let found = said.lines().find_map(|line| line.split("digest ").nth(1));
    found.unwrap_or_else(|| panic!("no digest in {said}")).trim().to_owned()
}
