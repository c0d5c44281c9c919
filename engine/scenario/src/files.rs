//! Reads a scenario's files, whatever state they are in.

use crate::definitions::Definitions;
use crate::fault::{Fault, Faults};
use crate::tables::Tables;
use crate::tree::{self, Node};
use rehearsal_language::compile::nearest;
use std::path::{Path, PathBuf};

/// The largest file of a scenario \[bytes\]; one that is larger is not text that a person wrote.
const FILE_MAX: u64 = 4 * 1024 * 1024;

/// The file that names all others.
const FIRST: &str = "scenario.ron";

/// Where a scenario's files lie.
pub(crate) struct Folder {
    pub(crate) root: PathBuf,
    pub(crate) name: String,
    /// The file that was named, where it was a single file.
    single: Option<PathBuf>,
    /// The text of that file, where it lies in no file at all.
    text: Option<String>,
    /// Texts that stand for those of files, by their paths.
    pub(crate) instead: Vec<(PathBuf, String)>,
}

impl Folder {
    /// The folder of a scenario, or the single file that is one.
    pub(crate) fn open(path: &Path) -> Result<Folder, Faults> {
        if !path.exists() {
            let mut faults = Faults::one(format!("there is no scenario at {}", path.display()));
            faults.faults[0].help = nearby(path);
            return Err(faults);
        }
        let name = path
            .canonicalize()
            .ok()
            .and_then(|path| path.file_stem().map(|name| name.to_string_lossy().into_owned()))
            .unwrap_or_else(|| "scenario".into());
        if path.is_file() {
            let root = path.parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf);
            return Ok(Folder { root, name, single: Some(path.to_path_buf()), text: None, instead: Vec::new() });
        }
        if !path.join(FIRST).is_file() {
            let mut faults = Faults::one(format!("{} has no {FIRST}", path.display()));
            faults.faults[0].help =
                Some("a scenario is a folder with a scenario.ron that lists its other files under `use`".into());
            return Err(faults);
        }
        Ok(Folder { root: path.to_path_buf(), name, single: None, text: None, instead: Vec::new() })
    }

    /// A scenario that is a text: what it `use`s is looked for where the program runs.
    pub(crate) fn of_text(name: &str, text: &str) -> Folder {
        let single = Some(PathBuf::from(format!("{name}.ron")));
        Folder { root: PathBuf::from("."), name: name.to_owned(), single, text: Some(text.to_owned()), instead: Vec::new() }
    }

    /// Reads all files into definitions; faults go to the tables.
    pub(crate) fn read(&self, tables: &mut Tables, settings: &mut crate::settings::Settings) -> Definitions {
        let mut definitions = Definitions::default();
        let first = self.single.clone().unwrap_or_else(|| self.root.join(FIRST));
        let Some(node) = self.file(tables, &first, None) else {
            definitions.incomplete = true;
            return definitions;
        };
        let mut files = vec![node];
        let mut used = Vec::new();
        for scenario in files[0].items().iter().filter(|node| node.head() == "Scenario") {
            used.extend(scenario.get("use").map(Node::items).unwrap_or_default());
        }
        for name in used {
            let Some(text) = tables.name_of(&name, "a file under `use`") else { continue };
            let before = tables.sources.files.len() as u32;
            let path = self.find(tables, &text, &name);
            let shared = path.as_ref().is_some_and(|path| path.starts_with(self.root.join("..")));
            let found = path.and_then(|path| self.file(tables, &path, Some(&name)));
            if shared {
                tables.shared.insert(before);
            }
            definitions.incomplete |= found.is_none();
            files.extend(found);
        }
        for file in &mut files {
            settings.apply(file, &mut tables.sources);
        }
        for file in &files {
            definitions.add(tables, file);
        }
        settings.report(tables, &files);
        definitions.leave_out_unused(&tables.shared);
        definitions
    }

    /// The file that `use` names: in the scenario's folder, or beside it, as the shared library is.
    fn find(&self, tables: &mut Tables, text: &str, node: &Node) -> Option<PathBuf> {
        let file = format!("{text}.ron");
        let beside = self.root.join("..");
        for root in [&self.root, &beside] {
            let path = root.join(&file);
            if path.is_file() {
                return Some(path);
            }
        }
        let mut fault = Fault::new(node.at, format!("there is no file {file}, in this folder or beside it"));
        let folder = self.root.join(&file).parent().map(Path::to_path_buf);
        let stem = text.rsplit('/').next().unwrap_or(text);
        if let Some(near) = folder.and_then(|folder| nearest_in(&folder, stem)) {
            fault = fault.help(format!("did you mean `{near}`?"));
        }
        tables.faults.add(fault);
        None
    }

    pub(crate) fn file(&self, tables: &mut Tables, path: &Path, node: Option<&Node>) -> Option<Node> {
        let shown = self.shown(path);
        if let Some(text) = self.text.as_ref().filter(|_| self.single.as_deref() == Some(path)) {
            let source = tables.sources.add(&shown, text);
            return tree::read(source, text, &mut tables.faults);
        }
        if let Some((_, text)) = self.instead.iter().find(|(instead, _)| instead == path) {
            let source = tables.sources.add(&shown, text);
            tables.paths.insert(source, path.to_path_buf());
            return tree::read(source, text, &mut tables.faults);
        }
        let mut refuse = |message: String| {
            let fault = match node {
                Some(node) => Fault::new(node.at, message),
                None => Fault::general(message),
            };
            tables.faults.add(fault);
            None
        };
        match std::fs::metadata(path) {
            Ok(found) if found.len() > FILE_MAX => {
                let size = found.len() / (1024 * 1024);
                return refuse(format!(
                    "{shown} has {size} MB: a file of a scenario has at most {} MB",
                    FILE_MAX / (1024 * 1024)
                ));
            }
            Err(error) => return refuse(format!("{shown} cannot be read: {error}")),
            Ok(_) => {}
        }
        let bytes = match std::fs::read(path) {
            Ok(bytes) => bytes,
            Err(error) => return refuse(format!("{shown} cannot be read: {error}")),
        };
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                return refuse(format!("{shown} is not text: byte {at} is not UTF-8"));
            }
        };
        let source = tables.sources.add(&shown, &text);
        tables.paths.insert(source, path.to_path_buf());
        tree::read(source, &text, &mut tables.faults)
    }

    /// A file's name as people know it.
    fn shown(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.root).unwrap_or(path);
        inside.strip_prefix("..").unwrap_or(inside).display().to_string()
    }
}

/// The files that a scenario consists of, as far as they can be found whatever their state: those that `use` names, and
/// the files of its map and data.
pub(crate) fn files_of(path: &Path) -> Vec<PathBuf> {
    let Ok(folder) = Folder::open(path) else { return vec![path.to_path_buf()] };
    let first = folder.single.clone().unwrap_or_else(|| folder.root.join(FIRST));
    let mut tables = Tables::default();
    let mut found = vec![first.clone()];
    let Some(node) = folder.file(&mut tables, &first, None) else { return found };
    let mut nodes = vec![node];
    let scenarios = nodes[0].items().into_iter().filter(|node| node.head() == "Scenario");
    for name in scenarios.flat_map(|scenario| scenario.get("use").map(Node::items).unwrap_or_default()) {
        if let Some(path) = name.as_text().and_then(|text| folder.find(&mut tables, text, &name)) {
            nodes.extend(folder.file(&mut tables, &path, None));
            found.push(path);
        }
    }
    for node in &nodes {
        crate::lint::every_node(node, &mut |node| {
            let file = node
                .get("file")
                .and_then(Node::as_text)
                .map(|file| crate::data::locate(&folder.root, file).unwrap_or_else(|_| folder.root.join(file)));
            found.extend(file.filter(|file| file.is_file()));
        });
    }
    found
}

/// What is called nearly like a folder that is not there.
fn nearby(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name()?.to_string_lossy().into_owned();
    let near = nearest_in(folder, &name)?;
    Some(format!("did you mean {}?", folder.join(near).display()))
}

/// The file or folder inside `folder` that is called nearly like `name`, without its ending.
pub(crate) fn nearest_in(folder: &Path, name: &str) -> Option<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_string_lossy().into_owned()))
        .collect();
    names.sort();
    nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}
