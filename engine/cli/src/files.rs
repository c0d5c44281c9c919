//! Files that are whole or not there: written beside their place and then moved into it.

use std::io::Write;
use std::path::Path;

use crate::failure::Failure;

/// Writes a file in one go; whatever goes wrong, what was there before stays.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let refused = |error: std::io::Error| Failure::Input(format!("{} cannot be written: {error}", path.display()));
    if path.exists() && !path.is_file() {
        return Err(refused(std::io::Error::other("something is there that is no file")));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().ok_or_else(|| refused(std::io::Error::other("this is no name of a file")))?;
    let beside = folder.join(format!(".{}.{}", name.to_string_lossy(), std::process::id()));
    let write = || -> std::io::Result<()> {
        let mut file = std::fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)
    };
    write().map_err(|error| {
        // What could not be finished is of no use; that it cannot be removed is no further harm.
        let _ = std::fs::remove_file(&beside);
        refused(error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_stays_where_it_cannot_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        replace(&path, b"one").unwrap();
        replace(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        assert!(replace(&folder.path().join("no/such/folder"), b"x").is_err());
        assert!(replace(folder.path(), b"x").is_err());
        assert!(cfg!(windows) || replace(Path::new("/dev/null"), b"x").is_err(), "a device stays one");
    }
}
