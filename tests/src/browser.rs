//! Pages as a browser shows them: headless Chromium, run once for each question.
//!
//! The page is opened in a frame of a given width within a page of our own, whose script measures it: so widths below those of
//! windows can be looked at, and the page itself needs no script.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// Names under which Chromium is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// Height of the frame in which a page is measured \[px\].
const HEIGHT: u32 = 900;

/// What is measured, as an expression over the page's `document` d and `window` w.
const MEASURE: &str = include_str!("browser.js");

/// A browser that can be asked.
#[derive(Debug)]
pub struct Browser {
    program: PathBuf,
}

/// How a page looks at one width.
#[derive(Debug)]
pub struct Looks {
    /// How wide what can be scrolled is \[px\].
    pub scroll_width: u64,
    /// How high the page is \[px\].
    pub height: u64,
    /// Texts of pictures that lie outside of these.
    pub outside: Vec<String>,
    /// Texts that are hard to read on what lies behind them, with their contrast.
    pub faint: Vec<String>,
    /// The page's background, such as `rgb(255, 255, 255)`.
    pub background: String,
    /// What the browser complains of.
    pub console: Vec<String>,
}

impl Browser {
    /// The browser of this machine: the program that `REHEARSAL_CHROMIUM` names, or one that is installed.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn found() -> Browser {
        let named = std::env::var_os("REHEARSAL_CHROMIUM").map(PathBuf::from);
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let installed =
            || std::env::split_paths(&folders).flat_map(|folder| NAMES.map(|name| folder.join(name))).find(|path| path.is_file());
        let program = named.or_else(installed);
        let program = program.expect("Chromium is missing: apt-get install chromium, or name it in REHEARSAL_CHROMIUM");
        Browser { program }
    }

    /// How the page in a file looks when it is `width` px wide, by day or by night.
    ///
    /// # Panics
    /// When the browser does not answer.
    #[must_use]
    pub fn look(&self, page: &Path, width: u32, dark: bool) -> Looks {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let frame = frame(&folder, page, width, HEIGHT);
        let output = self.ask(&folder, dark, &["--dump-dom", "--window-size=1600,1000"], &frame);
        let dom = String::from_utf8_lossy(&output.stdout);
        let told = dom.split_once("<pre id=\"told\">").and_then(|(_, rest)| rest.split_once("</pre>"));
        let (told, _) = told.unwrap_or_else(|| panic!("the page was not measured: {}", String::from_utf8_lossy(&output.stderr)));
        let told = told.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
        let told: Value = serde_json::from_str(&told).unwrap_or_else(|error| panic!("{error}: {told}"));
        let texts = |name: &str| -> Vec<String> {
            let list = told[name].as_array().expect("a list");
            list.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect()
        };
        let said = String::from_utf8_lossy(&output.stderr);
        Looks {
            scroll_width: told["scroll_width"].as_u64().expect("a width"),
            height: told["height"].as_u64().expect("a height"),
            outside: texts("outside"),
            faint: texts("faint"),
            background: told["background"].as_str().unwrap_or_default().to_owned(),
            console: said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect(),
        }
    }

    /// A picture of the top of the page, as PNG.
    ///
    /// # Panics
    /// When the browser makes none.
    #[must_use]
    pub fn picture(&self, page: &Path, width: u32, height: u32) -> Vec<u8> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let frame = frame(&folder, page, width, height);
        let file = folder.path().join("picture.png");
        let (screenshot, size) = (format!("--screenshot={}", file.display()), format!("--window-size={width},{height}"));
        let output = self.ask(&folder, false, &[&screenshot, &size, "--hide-scrollbars"], &frame);
        std::fs::read(&file).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
    }

    /// What the browser complains of where it loads a page from a server, and whether it came to its end.
    ///
    /// # Panics
    /// When the browser does not answer.
    #[must_use]
    pub fn visit(&self, address: &str) -> (Vec<String>, bool) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let output = self.ask_for(&folder, false, &["--dump-dom"], address);
        let said = String::from_utf8_lossy(&output.stderr);
        let complaints = said.lines().filter(|line| line.contains("CONSOLE")).map(str::to_owned).collect();
        (complaints, String::from_utf8_lossy(&output.stdout).contains("</html>"))
    }

    fn ask(&self, folder: &TempDir, dark: bool, words: &[&str], page: &Path) -> Output {
        self.ask_for(folder, dark, words, &format!("file://{}", page.display()))
    }

    fn ask_for(&self, folder: &TempDir, dark: bool, words: &[&str], address: &str) -> Output {
        let mut command = Command::new(&self.program);
        // A profile of its own, no sandbox (the tests may run as root), and no talk with anybody else.
        command.arg(format!("--user-data-dir={}", folder.path().join("profile").display()));
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]);
        command.args(["--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage"]);
        command.args(["--allow-file-access-from-files", "--virtual-time-budget=5000", "--enable-logging=stderr", "--v=0"]);
        if dark {
            command.arg("--blink-settings=preferredColorScheme=0");
        }
        let output = command.args(words).arg(address).output();
        output.unwrap_or_else(|error| panic!("{} does not start: {error}", self.program.display()))
    }
}

/// A page of our own with `page` in a frame, and the script that measures it.
fn frame(folder: &TempDir, page: &Path, width: u32, height: u32) -> PathBuf {
    let page = page.canonicalize().expect("the page is there");
    let html = format!(
        "<!DOCTYPE html><meta charset=\"utf-8\"><body style=\"margin:0\">\
         <iframe id=\"page\" src=\"file://{}\" style=\"border:0;width:{width}px;height:{height}px\"></iframe>\
         <pre id=\"told\"></pre><script>\n{MEASURE}</script>",
        page.display()
    );
    let file = folder.path().join("frame.html");
    std::fs::write(&file, html).expect("a file");
    file
}
