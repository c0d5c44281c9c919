//! `rehearsal decide`: a policy alone, on a stream of events.

use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use rehearsal_decide::{Decider, Mode, Parted, Refused};
use rehearsal_kernel::snapshot::file::write_atomic;
use serde_json::json;

use crate::arguments::{DecideArguments, DecideMode};
use crate::failure::Failure;
use crate::names::nearest;
use crate::progress::say;
use crate::scenario::Loaded;

/// The longest line that is read \[bytes\].
const LINE_MAX: u64 = 1 << 20;

/// Lines that were put aside and are told one by one; the rest is only counted.
const TOLD_MAX: u64 = 10;

/// Reads profiles and events, writes decisions, keeps the state.
pub(crate) fn decide(arguments: &DecideArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let from_input = |file: &Option<PathBuf>| file.as_ref().is_some_and(|file| file.as_os_str() == "-");
    if from_input(&arguments.profiles) && from_input(&arguments.events) {
        let remedy = "put the profiles into a file";
        return Err(Failure::Input(format!("profiles and events cannot both come from standard input: {remedy}")));
    }
    let (folder, policy) = found(&arguments.policy, arguments.name.as_deref())?;
    let scenario = Loaded::load(&folder, &arguments.settings)?;
    let policy = policy.map_or_else(|| scenario.only_policy(), Ok)?;
    let mut decider = begin(arguments, &scenario, &policy)?;
    let mut beside = match &arguments.beside {
        Some(other) => Some(begin(&DecideArguments { state: None, ..arguments.clone() }, &scenario, other)?),
        None => None,
    };
    let mut aside = Aside::open(arguments.rejects.as_deref())?;
    if let Some(file) = &arguments.profiles {
        lines(file, &mut aside, |line| {
            // Each hears it, whatever becomes of it with the other.
            let enrolled = decider.enrol(line);
            Ok(enrolled.and(beside.as_mut().map_or(Ok(()), |beside| beside.enrol(line))))
        })?;
    }
    let mut stream = Stream { decider, beside, parted: Parted::default(), out };
    if let Some(file) = &arguments.events {
        lines(file, &mut aside, |line| stream.hear(line))?;
    }
    stream.end(arguments.until.as_deref())?;
    if let Some(file) = &arguments.state {
        write_atomic(file, &stream.decider.save()).map_err(|error| Failure::Input(error.to_string()))?;
    }
    stream.report(&aside, &policy, arguments.beside.as_deref())
}

/// A policy as it was left, or anew.
fn begin(arguments: &DecideArguments, scenario: &Loaded, policy: &str) -> Result<Decider, Failure> {
    let book = scenario.playbook(policy, &arguments.policy)?;
    let mut decider = match &arguments.state {
        Some(file) if file.exists() => {
            let bytes =
                std::fs::read(file).map_err(|error| Failure::Input(format!("{} cannot be read: {error}", file.display())))?;
            Decider::restore(book, &bytes).map_err(|error| Failure::Input(format!("{}: {error}", file.display())))?
        }
        _ => Decider::new(book),
    };
    decider.enrol_unknown(arguments.enrol);
    decider.tell_all(arguments.all);
    match (arguments.mode, arguments.share) {
        (_, Some(share)) => decider.set_mode(Mode::Canary { share }),
        (Some(DecideMode::Live), None) => decider.set_mode(Mode::Live),
        (Some(DecideMode::Shadow), None) => decider.set_mode(Mode::Shadow),
        (None, None) => {}
    }
    decider.wait_for_late(arguments.late.unwrap_or(0));
    Ok(decider)
}

/// The scenario's folder, and the policy where its file was named.
fn found(path: &Path, name: Option<&str>) -> Result<(PathBuf, Option<String>), Failure> {
    let missing = |what: &str| Failure::Input(format!("{}: {what}", path.display()));
    if !path.exists() {
        return Err(missing("there is no such file or folder; give a policy's file, or a scenario's folder and --policy NAME"));
    }
    if path.is_dir() {
        return Ok((path.to_owned(), name.map(str::to_owned)));
    }
    let folder = path.ancestors().skip(1).find(|folder| folder.join("scenario.ron").is_file());
    let folder = folder.ok_or_else(|| missing("no folder above it holds a scenario.ron"))?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Ok((folder.to_owned(), name.map(str::to_owned).or(stem)))
}

/// What became of a line; the outer error ends the stream.
type Fed = Result<Result<(), Refused>, Failure>;

/// Feeds a file line by line; what is put aside goes there.
fn lines(file: &Path, aside: &mut Aside, mut feed: impl FnMut(&str) -> Fed) -> Result<(), Failure> {
    let unreadable = |error: std::io::Error| Failure::Input(format!("{} cannot be read: {error}", file.display()));
    let mut reader: Box<dyn BufRead> = match file.as_os_str() == "-" {
        true => Box::new(BufReader::new(std::io::stdin())),
        false => Box::new(BufReader::new(File::open(file).map_err(unreadable)?)),
    };
    let (mut bytes, mut number) = (Vec::new(), 0);
    loop {
        bytes.clear();
        number += 1;
        if reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut bytes).map_err(unreadable)? == 0 {
            return Ok(());
        }
        if bytes.len() as u64 == LINE_MAX && !bytes.ends_with(b"\n") {
            // The rest of it goes by unread.
            while bytes.len() as u64 == LINE_MAX && !bytes.ends_with(b"\n") {
                bytes.clear();
                reader.by_ref().take(LINE_MAX).read_until(b'\n', &mut bytes).map_err(unreadable)?;
            }
            aside.put(file, number, "", &format!("longer than {LINE_MAX} bytes"))?;
            continue;
        }
        match std::str::from_utf8(&bytes) {
            Ok(line) if line.trim().is_empty() => {}
            Ok(line) => {
                if let Err(refused) = feed(line)? {
                    aside.put(file, number, line.trim_end(), &refused.to_string())?;
                }
            }
            Err(_) => aside.put(file, number, &String::from_utf8_lossy(&bytes), "no UTF-8")?,
        }
    }
}

/// What was put aside.
struct Aside {
    file: Option<BufWriter<File>>,
    count: u64,
}

impl Aside {
    fn open(path: Option<&Path>) -> Result<Aside, Failure> {
        let create = |path: &Path| {
            let unwritable = |error| Failure::Input(format!("{} cannot be written: {error}", path.display()));
            File::create(path).map(BufWriter::new).map_err(unwritable)
        };
        Ok(Aside { file: path.map(create).transpose()?, count: 0 })
    }

    fn put(&mut self, file: &Path, number: u64, line: &str, why: &str) -> Result<(), Failure> {
        self.count += 1;
        if self.count <= TOLD_MAX {
            say(&format!("{}:{number}: put aside: {why}", file.display()));
        }
        if let Some(aside) = &mut self.file {
            let put = json!({ "file": file.display().to_string(), "line": number, "why": why, "text": line });
            writeln!(aside, "{put}").map_err(|error| Failure::Input(format!("what is put aside cannot be written: {error}")))?;
        }
        Ok(())
    }
}

/// A stream under way, with one policy or two.
struct Stream<'a> {
    decider: Decider,
    beside: Option<Decider>,
    parted: Parted,
    out: &'a mut dyn Write,
}

impl Stream<'_> {
    fn hear(&mut self, line: &str) -> Fed {
        let heard = self.decider.hear(line).map(drop);
        let beside = self.beside.as_mut().map_or(Ok(()), |beside| beside.hear(line).map(drop));
        self.tell()?;
        Ok(heard.and(beside))
    }

    /// Writes what was decided, at once: whoever acts on it need not wait for the end of the stream.
    fn tell(&mut self) -> Result<(), Failure> {
        let said = match &mut self.beside {
            Some(beside) => self.parted.compare(&mut self.decider, beside),
            None => self.decider.decisions(),
        };
        for line in &said {
            writeln!(self.out, "{line}")?;
        }
        if said.is_empty() { Ok(()) } else { Ok(self.out.flush()?) }
    }

    fn end(&mut self, until: Option<&str>) -> Result<(), Failure> {
        let failed = |refused: Refused| Failure::Input(refused.to_string());
        for decider in self.beside.iter_mut().chain([&mut self.decider]) {
            decider.end_of_stream().map_err(failed)?;
            if let Some(until) = until {
                decider.advance_to(until).map_err(failed)?;
            }
        }
        self.tell()
    }

    fn report(&self, aside: &Aside, policy: &str, beside: Option<&str>) -> Result<(), Failure> {
        let counts = self.decider.counts();
        let engine = self.decider.engine();
        let (profiles, bytes) = (engine.profiles(), engine.bytes_per_profile());
        say(&format!(
            "{} events dealt with, {} ignored, {} repeated, {} put aside; {} decisions on {profiles} profiles of {bytes} bytes",
            counts.heard, counts.ignored, counts.repeated, aside.count, counts.decided
        ));
        if let Some(beside) = beside {
            say(&self.parted.summary(policy, beside));
        }
        Ok(())
    }
}

impl Loaded {
    /// The name of the only policy there is.
    fn only_policy(&self) -> Result<String, Failure> {
        let names = self.policy_names();
        match names {
            [one] => Ok(one.clone()),
            _ => Err(Failure::Input(format!("say which policy decides, with --policy: {}", names.join(", ")))),
        }
    }

    fn playbook(&self, policy: &str, path: &Path) -> Result<std::sync::Arc<rehearsal_scenario::Playbook>, Failure> {
        let names = self.policy_names();
        if !names.iter().any(|name| name == policy) {
            let hint = nearest(policy, names.iter().map(String::as_str));
            return Err(Failure::Input(format!("no policy is called `{policy}`; {hint}")));
        }
        self.stands_alone(policy, path)
    }
}
