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

/// Writes several files: all beside their places first, and only then each into its place.
///
/// A link stays one: what it leads to is replaced. What fails before the first is moved leaves all as they were.
pub(crate) fn replace_all(files: &[(&Path, &str)]) -> Result<(), Failure> {
    let refused = |path: &Path, error: std::io::Error| Failure::Input(format!("{} cannot be written: {error}", path.display()));
    let mut ready: Vec<(std::path::PathBuf, std::path::PathBuf)> = Vec::new();
    let mut prepare = || {
        for (path, text) in files {
            let place = path.canonicalize().map_err(|error| refused(path, error))?;
            let name = place.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let beside = place.with_file_name(format!(".{name}.{}", std::process::id()));
            ready.push((beside.clone(), place.clone()));
            let write = || -> std::io::Result<()> {
                let mut file = std::fs::File::create(&beside)?;
                file.write_all(text.as_bytes())?;
                file.set_permissions(std::fs::metadata(&place)?.permissions())?;
                file.sync_all()
            };
            write().map_err(|error| refused(path, error))?;
        }
        Ok(())
    };
    let done = prepare().and_then(|()| {
        ready.iter().try_for_each(|(beside, place)| std::fs::rename(beside, place).map_err(|error| refused(place, error)))
    });
    if done.is_err() {
        for (beside, _) in &ready {
            // What could not be finished is of no use; that it cannot be removed is no further harm.
            let _ = std::fs::remove_file(beside);
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_files_change_together_or_not_at_all() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&a, "1").unwrap();
        assert!(replace_all(&[(&a, "2"), (&b, "3")]).is_err(), "there is no b");
        assert_eq!(std::fs::read_to_string(&a).unwrap(), "1");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        std::fs::write(&b, "1").unwrap();
        replace_all(&[(&a, "2"), (&b, "3")]).unwrap();
        assert_eq!((std::fs::read_to_string(&a).unwrap(), std::fs::read_to_string(&b).unwrap()), ("2".into(), "3".into()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

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
