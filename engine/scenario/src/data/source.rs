//! A file of data: where it lies, and its cells row by row, whatever its format.

use super::{csv, xes};
use crate::files::nearest_in;
use rehearsal_language::compile::nearest;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// The largest file of data that is read \[bytes\].
const FILE_MAX: u64 = 256 * 1024 * 1024;

/// What is wrong with a file of data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble {
    /// File, place, what was found.
    pub(crate) message: String,
    /// What to do about it.
    pub(crate) help: Option<String>,
    /// Which of the columns asked for it concerns; `None` for the file as a whole.
    pub(super) column: Option<usize>,
}

impl Trouble {
    pub(super) fn new(message: impl Into<String>) -> Trouble {
        Trouble { message: message.into(), help: None, column: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Trouble {
        self.help = Some(help.into());
        self
    }

    pub(super) fn maybe_help(mut self, help: Option<String>) -> Trouble {
        self.help = help.or(self.help);
        self
    }

    pub(super) fn of_column(mut self, column: usize) -> Trouble {
        self.column = Some(column);
        self
    }
}

/// Where a row of cells stands.
pub(super) struct Line<'a> {
    pub(super) shown: &'a str,
    /// `line` of a text, or `row` of what has no lines.
    pub(super) word: &'static str,
    pub(super) number: u64,
    /// Of each column asked for: its number in the file, and what it is called there.
    pub(super) columns: &'a [(Option<usize>, &'a str)],
}

impl Line<'_> {
    /// What is wrong with a cell.
    pub(super) fn trouble(&self, cell: usize, found: &str) -> Trouble {
        let (number, name) = self.columns[cell];
        let column = match number {
            Some(number) => format!("column {number} (`{name}`)"),
            None => format!("`{name}`"),
        };
        let message = format!("{}, {} {}, {column}: {found}", self.shown, self.word, self.number);
        let comma = found.contains(',') && found.ends_with("is no number");
        let help = comma.then(|| "numbers are written with a point: 1.5".to_owned());
        Trouble::new(message).maybe_help(help).of_column(cell)
    }
}

/// What is done with a row of cells; whether to go on.
pub(super) type EachRow<'r> = dyn FnMut(&Line<'_>, &[&str]) -> bool + 'r;

/// The formats of files of data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    Xes,
    Parquet,
}

/// A file of data.
pub(super) struct Source {
    path: PathBuf,
    /// As the scenario names it.
    pub(super) shown: String,
    format: Format,
}

/// The folder of data that scenarios share. It lies beside them, as their library does.
const SHARED: &str = "data";

/// The path that a name is, if it leads nowhere else.
fn inner(name: &str) -> Result<&Path, Trouble> {
    let path = Path::new(name);
    let inside = path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    if inside {
        return Ok(path);
    }
    let trouble = Trouble::new(format!("{name} leads out of the scenario's folder"));
    Err(trouble.help("data lies in the folder of the scenario, or in `data` beside it: file: \"data/waits.csv\""))
}

/// Where the file of a name lies: in the folder of the scenario or, if there is none, in the folder `data` beside it.
pub(crate) fn locate(root: &Path, name: &str) -> Result<PathBuf, Trouble> {
    let path = inner(name)?;
    // A scenario that is one file of this very folder has a folder without a name.
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let own = root.join(path);
    let beside = root.join("..");
    let may_be_shared = path.starts_with(SHARED) && !own.exists();
    let shared = may_be_shared && (beside.join(path).exists() || !root.join(SHARED).exists());
    let (path, holds) = if shared { (beside.join(path), beside.join(SHARED)) } else { (own, root.to_path_buf()) };
    let whole = path.canonicalize().map_err(|error| missing(name, &path, &error))?;
    // A link in the folder may lead out of it all the same.
    if !holds.canonicalize().is_ok_and(|holds| whole.starts_with(holds)) {
        return Err(Trouble::new(format!("{name} is a link that leads out of the scenario's folder")));
    }
    if !fs::metadata(&whole).map_err(|error| missing(name, &path, &error))?.is_file() {
        return Err(Trouble::new(format!("{name} is no file")));
    }
    Ok(whole)
}

impl Source {
    /// The file of a name, where [`locate`] finds it.
    pub(super) fn find(root: &Path, name: &str) -> Result<Source, Trouble> {
        let format = match inner(name)?.extension().and_then(|ending| ending.to_str()).unwrap_or("") {
            "csv" => Format::Csv,
            "xes" => Format::Xes,
            "parquet" => Format::Parquet,
            ending => {
                let trouble = Trouble::new(format!("{name} is no file of data that can be read: it ends in `{ending}`"));
                return Err(trouble.help("data is read from files that end in .csv, .xes or .parquet"));
            }
        };
        let whole = locate(root, name)?;
        let about = fs::metadata(&whole).map_err(|error| missing(name, &whole, &error))?;
        if about.len() > FILE_MAX {
            let (found, most) = (about.len() >> 20, FILE_MAX >> 20);
            return Err(Trouble::new(format!("{name} has {found} MB: a file of data has at most {most} MB")));
        }
        Ok(Source { path: whole, shown: name.to_owned(), format })
    }

    /// Gives the cells of the columns asked for, row by row.
    pub(super) fn rows(&self, wanted: &[&str], each: &mut EachRow<'_>) -> Result<(), Trouble> {
        match self.format {
            Format::Csv => csv::rows(&self.path, &self.shown, wanted, each),
            Format::Xes => xes::rows(&self.path, &self.shown, wanted, each),
            #[cfg(feature = "parquet")]
            Format::Parquet => super::parquet::rows(&self.path, &self.shown, wanted, each),
            #[cfg(not(feature = "parquet"))]
            Format::Parquet => Err(Trouble::new(format!("{}: this build of the program reads no Parquet", self.shown))
                .help("build it with --features parquet, or save the table as .csv")),
        }
    }

    /// The times between two sorts of events, a case after another \[s\].
    pub(super) fn between(&self, from: &str, to: &str) -> Result<Vec<f64>, Trouble> {
        match self.format {
            Format::Xes => xes::between(&self.path, &self.shown, from, to),
            _ => Err(Trouble::new(format!("{} is no event log: `from` and `to` name events of a .xes file", self.shown))
                .help("of a table, name a column: column: \"...\"")),
        }
    }
}

fn missing(name: &str, path: &Path, error: &std::io::Error) -> Trouble {
    if error.kind() != std::io::ErrorKind::NotFound {
        return Trouble::new(format!("{name} cannot be read: {error}"));
    }
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let near = path.parent().and_then(|folder| nearest_in(folder, &stem));
    let ending = path.extension().map(|ending| ending.to_string_lossy().into_owned()).unwrap_or_default();
    let help = near.filter(|near| *near != stem).map(|near| format!("did you mean {near}.{ending}?"));
    Trouble::new(format!("there is no file {name} in the scenario's folder")).maybe_help(help)
}

/// That a file has no column of a name.
pub(super) fn no_column(shown: &str, wanted: &str, number: usize, have: &[&str]) -> Trouble {
    let help = match nearest(wanted, have.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if have.len() == 1 && have[0].contains([';', '\t']) => {
            Some("there is but one column: fields are separated by commas".to_owned())
        }
        None if have.is_empty() => None,
        None => Some(format!("it has {}", have.iter().take(20).copied().collect::<Vec<_>>().join(", "))),
    };
    Trouble::new(format!("{shown} has no column `{wanted}`")).maybe_help(help).of_column(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(root: &Path, name: &str) -> String {
        Source::find(root, name).err().map_or_else(|| "found".into(), |trouble| trouble.message)
    }

    #[test]
    fn a_folder_without_a_name_is_this_one() {
        let found = Source::find(Path::new(""), "tests/no-such.csv").err().map(|trouble| trouble.message);
        assert_eq!(found.as_deref(), Some("there is no file tests/no-such.csv in the scenario's folder"));
        let here = Source::find(Path::new(""), "tests/fixtures/here.csv");
        assert!(here.is_ok(), "{:?}", here.err());
    }

    #[test]
    fn what_several_scenarios_read_lies_beside_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("story");
        fs::create_dir_all(&root).expect("a folder");
        fs::create_dir_all(folder.path().join("data")).expect("a folder");
        fs::create_dir_all(folder.path().join("other")).expect("a folder");
        fs::write(folder.path().join("data/rain.csv"), "a\n1\n").expect("a file");
        fs::write(folder.path().join("other/rain.csv"), "a\n1\n").expect("a file");
        assert_eq!(refused(&root, "data/rain.csv"), "found");
        assert_eq!(refused(&root, "data/rian.csv"), "there is no file data/rian.csv in the scenario's folder");
        let near = Source::find(&root, "data/rian.csv").err().and_then(|trouble| trouble.help);
        assert_eq!(near.as_deref(), Some("did you mean rain.csv?"));
        assert_eq!(refused(&root, "other/rain.csv"), "there is no file other/rain.csv in the scenario's folder");
        // What a scenario has itself comes first.
        fs::create_dir_all(root.join("data")).expect("a folder");
        fs::write(root.join("data/rain.csv"), "a\n1\n").expect("a file");
        let own = Source::find(&root, "data/rain.csv").expect("a file");
        assert!(own.path.ends_with("story/data/rain.csv"), "{}", own.path.display());
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("other/rain.csv"), folder.path().join("data/link.csv"))
                .expect("a link");
            assert_eq!(refused(&root, "data/link.csv"), "data/link.csv is a link that leads out of the scenario's folder");
        }
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().join("story");
        fs::create_dir_all(root.join("data")).expect("a folder");
        fs::write(folder.path().join("secret.csv"), "a\n1\n").expect("a file");
        fs::write(root.join("data/open.csv"), "a\n1\n").expect("a file");
        assert_eq!(refused(&root, "data/open.csv"), "found");
        assert_eq!(refused(&root, "./data/open.csv"), "found");
        for name in ["../secret.csv", "data/../../secret.csv", "/etc/passwd.csv"] {
            assert_eq!(refused(&root, name), format!("{name} leads out of the scenario's folder"));
        }
        assert_eq!(refused(&root, "data/opne.csv"), "there is no file data/opne.csv in the scenario's folder");
        assert_eq!(refused(&root, "data"), "data is no file of data that can be read: it ends in ``");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("secret.csv"), root.join("data/link.csv")).expect("a link");
            assert_eq!(refused(&root, "data/link.csv"), "data/link.csv is a link that leads out of the scenario's folder");
        }
    }
}
