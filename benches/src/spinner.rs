//! A process that keeps a core busy, to see what shards do when the core they would like is taken.

use std::env;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use core_affinity::CoreId;

/// A process that spins on one core until this value is dropped, or this process ends in whatever way.
#[derive(Debug)]
pub struct Spinner(Child);

impl Spinner {
    /// Keeps every core but the first busy.
    ///
    /// # Errors
    ///
    /// Where the cores are not known, or a process cannot be started there.
    pub fn on_all_cores_but_one() -> Result<Vec<Spinner>> {
        let cores = core_affinity::get_core_ids().context("the system does not say which cores there are")?;
        cores.iter().skip(1).map(|core| Spinner::on(*core)).collect()
    }

    fn on(core: CoreId) -> Result<Spinner> {
        let program = env::current_exe().context("this program cannot find itself to start another process")?;
        let mut command = Command::new(program);
        command.arg("spin").arg(core.id.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut spinner = Spinner(command.spawn().context("no process can be started")?);
        let output = spinner.0.stdout.take().context("a process was started without an output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        ensure!(line == SPINS, "the process that was to spin on core {} has ended before it did", core.id);
        Ok(spinner)
    }

    /// The number of its process.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        // It may have ended before, and then there is nothing left to end.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What the process says once it spins.
const SPINS: &str = "spins\n";

/// What the process does: spins on the core of that number until its input ends.
///
/// # Errors
///
/// Where the core cannot be had.
pub fn spin(core: usize) -> Result<()> {
    if !core_affinity::set_for_current(CoreId { id: core }) {
        bail!("the process cannot be pinned to core {core}");
    }
    std::io::stdout().write_all(SPINS.as_bytes())?;
    // The input ends with the process that holds it, so nothing is left behind that spins for ever.
    let end = std::thread::spawn(|| std::io::stdin().read_to_end(&mut Vec::new()));
    while !end.is_finished() {
        std::hint::spin_loop();
    }
    Ok(())
}
