//! The folder of a twin's data: what it is the twin of, its journal, snapshots, what was put aside.
//!
//! ```text
//! twin.json            what it is the twin of
//! journal/             everything that came in, see `rehearsal_journal`
//! snapshots/           the world after some entries, so that not all of the journal has to be replayed
//! aside/               events that were not let in, a line each, by day
//! persons.keep         what is personal, apart from all else
//! out/                 what leaves the twin, by output
//! ```

use crate::error::LiveError;
use crate::gate::Remembered;
use crate::moments::Pace;
use rehearsal_kernel::snapshot::file::write_atomic;
use rehearsal_scenario::Mode;
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

/// What a folder is the twin of. It is written once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The form of this file.
    pub schema: String,
    /// What no other twin is called: keys of what leaves it begin with this.
    pub twin: String,
    /// The scenario's folder, as it was given.
    pub scenario: String,
    /// The policy in force.
    pub policy: String,
    /// Policies in other modes than they say: name and mode.
    pub modes: Vec<(String, String)>,
    /// The seed of what is not real.
    pub seed: u64,
    /// When its world begins.
    pub start: String,
    /// How its time passes.
    pub pace: Pace,
    /// Values of the scenario that were set: path and value.
    pub settings: Vec<(String, String)>,
}

impl Manifest {
    /// A name that no other twin has.
    #[must_use]
    pub fn new_name() -> String {
        use std::hash::{BuildHasher, RandomState};
        // The keys of a hash map are drawn by the system.
        let half = |salt: u64| RandomState::new().hash_one((salt, crate::moments::wall()));
        format!("{:016x}", half(1) ^ half(2).rotate_left(32))
    }

    /// Policies in other modes than they say.
    ///
    /// # Errors
    /// A mode that there is not.
    pub fn modes(&self) -> Result<Vec<(String, Mode)>, String> {
        let mode = |(policy, mode): &(String, String)| {
            let found = Mode::parse(mode).ok_or_else(|| format!("policy {policy} has a mode that there is not: `{mode}`"));
            found.map(|mode| (policy.clone(), mode))
        };
        self.modes.iter().map(mode).collect()
    }
}

/// The form of [`Manifest`].
pub const SCHEMA: &str = "rehearsal.twin/1";

/// The folder of a twin's data.
#[derive(Clone, Debug)]
pub struct Folder {
    path: PathBuf,
}

/// A world as it was saved, with all that goes on from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Saved {
    /// The sequence of the last entry that it knows.
    pub sequence: u64,
    /// The moment at which it was saved \[ns since the beginning\].
    pub at: u64,
    /// The number of the last effect.
    pub number: u64,
    /// The first entry whose event may come again.
    pub known_from: u64,
    /// What the gate remembers.
    pub gate: Remembered,
    /// The world.
    pub world: Vec<u8>,
}

const MARK: &[u8; 8] = b"RHTWIN01";

impl Folder {
    /// A folder at a path, there or not.
    #[must_use]
    pub fn at(path: &Path) -> Folder {
        Folder { path: path.to_owned() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where the journal is.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.path.join("journal")
    }

    /// Where what leaves the twin is kept.
    #[must_use]
    pub fn out(&self) -> PathBuf {
        self.path.join("out")
    }

    /// Where what is personal is kept.
    #[must_use]
    pub fn persons(&self) -> PathBuf {
        self.path.join("persons.keep")
    }

    /// Where events go that were not let in.
    #[must_use]
    pub fn aside(&self) -> PathBuf {
        self.path.join("aside")
    }

    fn snapshots(&self) -> PathBuf {
        self.path.join("snapshots")
    }

    /// What it is the twin of; `None` where there is nothing yet.
    ///
    /// # Errors
    /// A file that cannot be read, or is not of this form.
    pub fn manifest(&self) -> Result<Option<Manifest>, LiveError> {
        let path = self.path.join("twin.json");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(LiveError::io("read", &path, error)),
        };
        let manifest: Manifest =
            serde_json::from_str(&text).map_err(|error| LiveError::Manifest { path: path.clone(), what: error.to_string() })?;
        if manifest.schema != SCHEMA {
            let what = format!("it has the form `{}`, known is `{SCHEMA}`", manifest.schema);
            return Err(LiveError::Manifest { path, what });
        }
        Ok(Some(manifest))
    }

    /// Begins a twin here.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn begin(&self, manifest: &Manifest) -> Result<(), LiveError> {
        for folder in [self.path.clone(), self.snapshots(), self.aside()] {
            fs::create_dir_all(&folder).map_err(|error| LiveError::io("make", &folder, error))?;
        }
        let path = self.path.join("twin.json");
        let text = serde_json::to_string_pretty(manifest).unwrap_or_default() + "\n";
        write_atomic(&path, text.as_bytes()).map_err(|error| LiveError::Snapshot { path, what: error.to_string() })
    }

    /// The sequences of the snapshots there are, in order.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub fn saved(&self) -> Result<Vec<u64>, LiveError> {
        let folder = self.snapshots();
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(LiveError::io("read", &folder, error)),
        };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut found: Vec<u64> = names.filter_map(|name| name.strip_suffix(".world")?.parse().ok()).collect();
        found.sort_unstable();
        Ok(found)
    }

    fn snapshot(&self, sequence: u64) -> PathBuf {
        self.snapshots().join(format!("{sequence:020}.world"))
    }

    /// Keeps a world.
    ///
    /// # Errors
    /// Where it cannot be written; then nothing is there under its name.
    pub fn save(&self, saved: &Saved) -> Result<u64, LiveError> {
        let path = self.snapshot(saved.sequence);
        let mut bytes = MARK.to_vec();
        let body = postcard::to_allocvec(saved).unwrap_or_default();
        bytes.extend(crc32fast::hash(&body).to_le_bytes());
        bytes.extend(body);
        write_atomic(&path, &bytes).map_err(|error| LiveError::Snapshot { path, what: error.to_string() })?;
        Ok(bytes.len() as u64)
    }

    /// The world that was kept after an entry.
    ///
    /// # Errors
    /// A file that cannot be read, or is damaged.
    pub fn load(&self, sequence: u64) -> Result<Saved, LiveError> {
        let path = self.snapshot(sequence);
        let bytes = fs::read(&path).map_err(|error| LiveError::io("read", &path, error))?;
        let damaged = |what: &str| LiveError::Snapshot { path: path.clone(), what: what.to_owned() };
        let body = bytes.strip_prefix(MARK).ok_or_else(|| damaged("it is no snapshot of a twin, or one of another version"))?;
        let (sum, body) = body.split_at_checked(4).ok_or_else(|| damaged("it is cut off"))?;
        if sum != crc32fast::hash(body).to_le_bytes() {
            return Err(damaged("it is damaged or cut off: its checksum is another"));
        }
        postcard::from_bytes(body).map_err(|_| damaged("it was written by another version"))
    }

    /// Removes all snapshots but the last `keep`; gives the sequence of the oldest that is left.
    ///
    /// # Errors
    /// Where one cannot be removed.
    pub fn thin(&self, keep: usize) -> Result<Option<u64>, LiveError> {
        let mut found = self.saved()?;
        while found.len() > keep.max(1) {
            let path = self.snapshot(found.remove(0));
            fs::remove_file(&path).map_err(|error| LiveError::io("remove", &path, error))?;
        }
        Ok(found.first().copied())
    }
}
