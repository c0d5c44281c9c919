//! Proof of an erasure: all files of a folder, searched for the bytes of what was there before.
//!
//! It searches what the files hold now. What a disk, its copies or those who were told keep of it is not known here.

use crate::error::LiveError;
use memchr::memmem::Finder;
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What is read at a time \[bytes\].
const CHUNK: usize = 1 << 20;

/// What is shorter is found by chance \[bytes\].
const SHORT: usize = 4;

/// A field that was erased, and the forms of its value that could lie in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// The field.
    pub field: String,
    /// Its value as bytes: as it is, and as JSON writes it.
    pub forms: BTreeSet<Vec<u8>>,
}

/// Where it was searched, and what was found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Searched {
    /// Whether none of the files holds any of the values.
    pub clean: bool,
    /// What was searched, by part of the folder.
    pub searched: BTreeMap<String, Part>,
    /// Where a value still is. It may be that of another person who is called the same.
    pub found: Vec<Found>,
    /// Fields whose values are too short to be told from chance: they were not searched for.
    pub too_short: Vec<String>,
}

/// A part of the folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Part {
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// A value that still is in a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Found {
    /// The field that it was the value of.
    pub field: String,
    /// The file, within the folder.
    pub file: String,
    /// How often.
    pub times: u64,
}

/// What to search for, where these are the fields that were erased: texts and numbers at any depth.
#[must_use]
pub fn traces_of(person: &Map<String, Value>) -> Vec<Trace> {
    let trace = |(field, value): (&String, &Value)| {
        let mut forms = BTreeSet::new();
        add_forms(value, &mut forms);
        Trace { field: field.clone(), forms }
    };
    person.iter().map(trace).collect()
}

fn add_forms(value: &Value, forms: &mut BTreeSet<Vec<u8>>) {
    match value {
        Value::String(text) => {
            let json = value.to_string();
            forms.insert(text.clone().into_bytes());
            forms.insert(json.as_bytes()[1..json.len() - 1].to_vec());
        }
        Value::Number(number) => {
            forms.insert(number.to_string().into_bytes());
        }
        Value::Array(items) => items.iter().for_each(|item| add_forms(item, forms)),
        Value::Object(fields) => fields.values().for_each(|item| add_forms(item, forms)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Searches all files in a folder. Cost: the reading of all of them.
///
/// # Errors
/// A file that cannot be read; one that is removed meanwhile is none.
pub fn search(folder: &Path, traces: &[Trace]) -> Result<Searched, LiveError> {
    let mut searched = Searched::default();
    let mut finders: Vec<(&str, Finder<'_>)> = Vec::new();
    for trace in traces {
        let long: Vec<&Vec<u8>> = trace.forms.iter().filter(|form| form.len() >= SHORT).collect();
        if long.len() < trace.forms.len() {
            searched.too_short.push(trace.field.clone());
        }
        finders.extend(long.iter().map(|form| (trace.field.as_str(), Finder::new(form.as_slice()))));
    }
    let mut files = Vec::new();
    list(folder, &mut files)?;
    files.sort();
    for path in files {
        let name = path.strip_prefix(folder).unwrap_or(&path);
        let part = name.components().next().map_or_else(String::new, |part| part.as_os_str().to_string_lossy().into_owned());
        let Some((bytes, times)) = in_file(&path, &finders)? else { continue };
        let part = searched.searched.entry(part).or_default();
        part.files += 1;
        part.bytes += bytes;
        let mut by_field: BTreeMap<&str, u64> = BTreeMap::new();
        for ((field, _), times) in finders.iter().zip(times).filter(|(_, times)| *times > 0) {
            let most = by_field.entry(field).or_default();
            *most = times.max(*most);
        }
        let file = name.to_string_lossy().into_owned();
        searched.found.extend(by_field.into_iter().map(|(field, times)| Found {
            field: field.to_owned(),
            file: file.clone(),
            times,
        }));
    }
    searched.clean = searched.found.is_empty();
    Ok(searched)
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), LiveError> {
    let entries = std::fs::read_dir(folder).map_err(|error| LiveError::io("read", folder, error))?;
    for entry in entries {
        let entry = entry.map_err(|error| LiveError::io("read", folder, error))?;
        match entry.file_type() {
            Ok(sort) if sort.is_dir() => list(&entry.path(), files)?,
            Ok(sort) if sort.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    Ok(())
}

/// How long a file is, and how often each is in it; `None` where it has gone.
fn in_file(path: &Path, finders: &[(&str, Finder<'_>)]) -> Result<Option<(u64, Vec<u64>)>, LiveError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(LiveError::io("read", path, error)),
    };
    let overlap = finders.iter().map(|(_, finder)| finder.needle().len()).max().unwrap_or(1).saturating_sub(1);
    let mut times = vec![0; finders.len()];
    let (mut held, mut length) = (Vec::new(), 0);
    loop {
        let kept = held.len();
        let read = file.by_ref().take(CHUNK as u64).read_to_end(&mut held).map_err(|error| LiveError::io("read", path, error))?;
        if read == 0 {
            return Ok(Some((length, times)));
        }
        length += read as u64;
        for ((_, finder), times) in finders.iter().zip(&mut times) {
            // What ended within what was kept was counted before.
            let again = |at: &usize| at + finder.needle().len() > kept;
            *times += finder.find_iter(&held).filter(again).count() as u64;
        }
        held.drain(..held.len().saturating_sub(overlap));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn it_finds_what_is_there_also_across_chunks() {
        let folder = tempfile::tempdir().expect("a folder");
        let person = json!({ "name": "Zoë \"Z\" Quill", "phone": 5_550_123, "tag": "ab", "vip": true });
        let traces = traces_of(person.as_object().expect("fields"));
        std::fs::create_dir(folder.path().join("journal")).expect("a folder");
        let mut bytes = vec![b'x'; CHUNK - 5];
        bytes.extend("Zoë \"Z\" Quill".as_bytes());
        bytes.extend(vec![b'y'; CHUNK]);
        bytes.extend(br#"Zo\u00eb Zo"#);
        std::fs::write(folder.path().join("journal/1.log"), &bytes).expect("a file");
        std::fs::write(folder.path().join("persons.keep"), "{\"name\":\"Zoë \\\"Z\\\" Quill\",\"phone\":5550123}")
            .expect("a file");
        let searched = search(folder.path(), &traces).expect("it is searched");
        let found: Vec<(&str, &str, u64)> =
            searched.found.iter().map(|found| (found.field.as_str(), found.file.as_str(), found.times)).collect();
        assert_eq!(found, [("name", "journal/1.log", 1), ("name", "persons.keep", 1), ("phone", "persons.keep", 1)]);
        assert!(!searched.clean);
        assert_eq!(searched.too_short, ["tag"]);
        assert_eq!(searched.searched["journal"], Part { files: 1, bytes: bytes.len() as u64 });
        std::fs::remove_file(folder.path().join("persons.keep")).expect("it was there");
        std::fs::write(folder.path().join("journal/1.log"), "nothing").expect("a file");
        assert!(search(folder.path(), &traces).expect("it is searched").clean);
    }
}
