//! Debian's mosquitto on a free port of this machine.

#![allow(dead_code, reason = "each test uses some of it")]

use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A broker; ends when dropped.
pub(crate) struct Broker {
    /// Where it listens.
    pub(crate) port: u16,
    folder: TempDir,
    program: PathBuf,
    child: Option<Child>,
}

impl Broker {
    /// Starts a broker that keeps what it holds over a restart.
    pub(crate) fn new() -> Self {
        Self::with("")
    }

    /// With further lines of configuration.
    pub(crate) fn with(further: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let anonymous = !further.contains("password_file");
        let config = format!(
            "listener {port} 127.0.0.1\nallow_anonymous {anonymous}\npersistence true\npersistence_location {}/\n\
             max_queued_messages 0\nlog_type none\nuser root\n{further}\n",
            folder.path().display()
        );
        std::fs::write(folder.path().join("mosquitto.conf"), config).expect("written");
        let mut broker = Self { port, folder, program: program(), child: None };
        broker.start();
        broker
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// Starts it, and waits until it listens.
    pub(crate) fn start(&mut self) {
        let mut child = Command::new(&self.program)
            .arg("-c")
            .arg(self.folder.path().join("mosquitto.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto starts");
        for _ in 0..60_000 {
            if TcpStream::connect(("127.0.0.1", self.port)).is_ok() {
                self.child = Some(child);
                return;
            }
            if let Some(status) = child.try_wait().expect("asked") {
                panic!("mosquitto ended at once: {status}");
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let _ = child.kill();
        panic!("mosquitto does not listen");
    }

    /// Ends it as a system does: it writes what it holds.
    pub(crate) fn stop(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().expect("kill starts");
        assert!(told.success(), "mosquitto could not be told to end");
        child.wait().expect("it ended");
    }

    /// Ends it as a loss of power does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().expect("killed");
            child.wait().expect("it ended");
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn program() -> PathBuf {
    let found = || {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let places = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
        places.map(|place: PathBuf| place.join("mosquitto")).find(|path| path.is_file())
    };
    if let Some(program) = found() {
        return program;
    }
    // Works for root on Debian only; elsewhere the message below says what to do.
    let _ = Command::new("apt-get").args(["install", "-y", "mosquitto"]).stdout(Stdio::null()).status();
    found().unwrap_or_else(|| panic!("install mosquitto: this test needs a real broker, and there is none on the PATH"))
}
