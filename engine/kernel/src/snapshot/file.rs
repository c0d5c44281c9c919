//! Snapshots on disk: a file holds a whole snapshot, or none.
//!
//! The only place of the kernel that touches files; nothing that is simulated can reach it.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::SnapshotError;

/// Puts `bytes` at `path`, so that a crash leaves there the old file or the new one.
///
/// The bytes go to a new file beside it, named after it, this process and `.partial`, are brought
/// to the disk and take the name. A crash may leave that other file. Two threads of one process
/// must not write to one path at once.
///
/// # Errors
///
/// [`SnapshotError::File`]; what was at `path` is then still there.
pub fn write_atomic(path: impl AsRef<Path>, bytes: &[u8]) -> Result<(), SnapshotError> {
    let path = path.as_ref();
    let refused = |source| SnapshotError::File { doing: format!("write the snapshot {}", path.display()), source };
    let partial = partial(path).map_err(refused)?;
    let written = write(&partial, bytes).and_then(|()| fs::rename(&partial, path));
    if written.is_err() {
        // What failed is told; that a rest of it cannot be removed either is no news.
        let _ = fs::remove_file(&partial);
    }
    written.and_then(|()| keep_name(path)).map_err(refused)
}

/// All bytes of the file at `path`; whether they are a snapshot, restoring tells.
///
/// # Errors
///
/// [`SnapshotError::File`].
pub fn read(path: impl AsRef<Path>) -> Result<Vec<u8>, SnapshotError> {
    let path = path.as_ref();
    fs::read(path).map_err(|source| SnapshotError::File { doing: format!("read the snapshot {}", path.display()), source })
}

/// The name beside `path` under which its new content grows.
fn partial(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
    let mut partial = name.to_owned();
    partial.push(format!(".{}.partial", std::process::id()));
    Ok(path.with_file_name(partial))
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Brings the folder to the disk, which holds the new name.
#[cfg(unix)]
fn keep_name(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

/// Elsewhere a folder cannot be opened as a file; the system keeps the name by its own rules.
#[cfg(not(unix))]
fn keep_name(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_later_write_takes_the_place_of_the_former_and_leaves_nothing_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("day.snapshot");
        for bytes in [&b"first"[..], b"", b"third"] {
            write_atomic(&path, bytes).unwrap();
            assert_eq!(read(&path).unwrap(), bytes);
        }
        assert_eq!(names(folder.path()), ["day.snapshot"]);
    }

    #[test]
    fn what_the_system_refuses_is_told_with_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("nowhere").join("day.snapshot");
        let errors = [write_atomic(&missing, b"x").unwrap_err(), read(&missing).unwrap_err()];
        for error in errors.map(|error| error.to_string()) {
            assert!(error.contains("day.snapshot") && error.contains("folder"), "{error}");
        }
        // A folder in its place cannot be replaced by a file, and no rest of the attempt is left.
        fs::create_dir(folder.path().join("taken")).unwrap();
        fs::write(folder.path().join("taken").join("x"), "").unwrap();
        assert!(write_atomic(folder.path().join("taken"), b"x").is_err());
        assert_eq!(names(folder.path()), ["taken"]);
        assert!(write_atomic(Path::new(".."), b"x").is_err());
    }
}
