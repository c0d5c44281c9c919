//! A Python with pm4py, in an environment of its own under the target folder.
//!
//! Installed once, with the versions of `tests/pm4py.txt`. Where there is no Python, or no way to install, tests that need
//! it say what is missing and do nothing, unless the variable `REHEARSAL_PM4PY` is `required`, as in continuous integration.

use crate::{root, text};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// The packages and their versions.
const PACKAGES: &str = "tests/pm4py.txt";

/// The Python in which `import pm4py` works; none where it cannot be had and need not be.
///
/// # Panics
/// Where it cannot be had and `REHEARSAL_PM4PY` is `required`.
#[must_use]
pub fn pm4py() -> Option<PathBuf> {
    static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match FOUND.get_or_init(install) {
        Ok(python) => Some(python.clone()),
        Err(missing) => {
            let required = std::env::var("REHEARSAL_PM4PY").is_ok_and(|word| word == "required");
            assert!(!required, "REHEARSAL_PM4PY is `required`, and pm4py cannot be had: {missing}");
            eprintln!("skipped, since pm4py cannot be had: {missing}");
            None
        }
    }
}

/// Makes the environment, unless it is there already with these packages.
fn install() -> Result<PathBuf, String> {
    let wanted = text(Path::new(PACKAGES));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let target = std::env::current_exe().ok().and_then(|test| Some(test.ancestors().nth(3)?.to_owned()));
    let folder = target.unwrap_or_else(|| folder.join("target")).join("pm4py");
    let (python, ready) = (folder.join("bin/python"), folder.join("ready"));
    if fs::read_to_string(&ready).is_ok_and(|there| there == wanted) && works(&python) {
        return Ok(python);
    }
    let base = std::env::var_os("REHEARSAL_PYTHON").unwrap_or_else(|| "python3".into());
    let mut make = Command::new(&base);
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    done(&mut make, "install Python 3.11 or newer with its venv (on Debian: python3 and python3-venv)")?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]);
    install.arg("-r").arg(root().join(PACKAGES));
    done(&mut install, "pip needs Python 3.11 or newer, and to reach a package index")?;
    if !works(&python) {
        return Err("it was installed and cannot be imported; remove the folder `pm4py` of the target folder".into());
    }
    fs::write(&ready, wanted).map_err(|error| format!("{}: {error}", ready.display()))?;
    Ok(python)
}

fn works(python: &Path) -> bool {
    Command::new(python).args(["-c", "import pm4py"]).output().is_ok_and(|output| output.status.success())
}

fn done(command: &mut Command, remedy: &str) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|error| format!("{name} does not start ({error}): {remedy}"))?;
    if output.status.success() {
        return Ok(());
    }
    // Python says of itself what is missing, on one stream or the other.
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).trim().to_owned()).join("\n");
    Err(format!("{}: {remedy}", said.trim()))
}
