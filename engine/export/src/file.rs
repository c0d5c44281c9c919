//! A file that is there as a whole, or not at all.
//!
//! It grows beside its place, under a name that ends in `.partial`, and takes its own name at the end. What fails on the
//! way leaves at its place what was there before; a process that is killed leaves the partial file, and nothing else.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::ExportError;

/// The place of a file that is being made.
pub(crate) struct Place {
    path: PathBuf,
    partial: PathBuf,
    kept: bool,
}

impl Place {
    /// Looks at `path`, and finds a name beside it.
    ///
    /// # Errors
    /// Something is there that is no file, or the path names none.
    pub(crate) fn of(path: &Path) -> Result<Place, ExportError> {
        let refused = || ExportError::NoFile { path: path.to_owned() };
        // A link stays one: what it leads to is replaced.
        let path = match path.canonicalize() {
            Ok(found) if found.is_file() => found,
            Ok(_) => return Err(refused()),
            Err(_) => path.to_owned(),
        };
        let mut name: OsString = path.file_name().ok_or_else(refused)?.to_owned();
        name.push(format!(".{}.partial", std::process::id()));
        Ok(Place { partial: path.with_file_name(name), path, kept: false })
    }

    /// Where the file grows.
    pub(crate) fn partial(&self) -> &Path {
        &self.partial
    }

    /// Gives the file its name, once it is on the disk.
    pub(crate) fn keep(mut self) -> Result<(), ExportError> {
        let kept = File::open(&self.partial).and_then(|file| file.sync_all());
        let kept = kept.and_then(|()| fs::rename(&self.partial, &self.path));
        kept.map_err(ExportError::write(self.path.display().to_string()))?;
        self.kept = true;
        Ok(())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !self.kept {
            // What failed is told elsewhere; that a rest of it cannot be removed either is no news.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// Lets `write` fill the file at `path`, which appears there when all of it is written.
pub(crate) fn whole<T>(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> Result<T, ExportError>,
) -> Result<T, ExportError> {
    let place = Place::of(path)?;
    let failed = || ExportError::write(path.display().to_string());
    let mut file = BufWriter::with_capacity(1 << 16, File::create(place.partial()).map_err(failed())?);
    let done = write(&mut file)?;
    file.flush().map_err(failed())?;
    drop(file);
    place.keep()?;
    Ok(done)
}

/// Whether a file can be made at `path`: found out before long work, by making one beside it.
///
/// # Errors
/// Something is there that is no file, or the file system refuses.
pub fn check_place(path: &Path) -> Result<(), ExportError> {
    let place = Place::of(path)?;
    File::create(place.partial()).map(drop).map_err(ExportError::write(path.display().to_string()))
}

/// A sink that says what it could not write.
pub(crate) fn told(error: io::Error) -> ExportError {
    ExportError::Write { what: "the export".into(), source: error }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_replaced_as_a_whole_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        let fill = |text: &str, fail: bool| {
            whole(&path, |file| {
                file.write_all(text.as_bytes()).map_err(told)?;
                if fail { Err(told(io::Error::other("disk full"))) } else { Ok(()) }
            })
        };
        assert!(fill("broken", true).unwrap_err().to_string().contains("disk full"));
        assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
        fill("old", false).unwrap();
        assert!(fill("new", true).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "old");
        fill("new", false).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(names(folder.path()), ["a.json"]);
    }

    #[test]
    fn what_is_no_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        for path in [folder.path(), Path::new("/dev/null"), Path::new("..")] {
            let refused = whole(path, |_| Ok(())).unwrap_err().to_string();
            assert!(refused.contains("is no plain file"), "{refused}");
        }
        let missing = check_place(&folder.path().join("no/such/folder.json")).unwrap_err().to_string();
        assert!(missing.contains("cannot be written"), "{missing}");
        check_place(&folder.path().join("fine.json")).unwrap();
        assert!(names(folder.path()).is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_one() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs::write(&file, "old").unwrap();
        std::os::unix::fs::symlink(&file, &link).unwrap();
        whole(&link, |out| out.write_all(b"new").map_err(told)).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    }
}
