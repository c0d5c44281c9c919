//! Faults of what people wrote: where, what was found, what is allowed.
//!
//! All faults of a scenario are collected and shown at once, each with its file, line and column and the text it stands in.

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, Severity, SourceCode};
use std::fmt;
use std::sync::Arc;

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct At {
    /// The file, by its number in [`Sources`].
    pub source: u32,
    /// First byte.
    pub start: u32,
    /// Byte behind the last.
    pub end: u32,
}

/// The files of a scenario: name as people know it, and text.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// By number.
    pub files: Vec<(String, Arc<str>)>,
}

impl Sources {
    /// Adds a file; gives its number.
    pub fn add(&mut self, name: &str, text: &str) -> u32 {
        self.files.push((name.to_owned(), Arc::from(text)));
        (self.files.len() - 1) as u32
    }

    /// Line and column of a place, from 1.
    #[must_use]
    pub fn line_column(&self, at: At) -> (usize, usize) {
        let text = &self.files[at.source as usize].1;
        let before = &text.as_bytes()[..(at.start as usize).min(text.len())];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |found| found + 1);
        let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
        (line, column)
    }

    /// `file:line`, as decisions cite rules.
    #[must_use]
    pub fn cite(&self, at: At) -> String {
        format!("{}:{}", self.files[at.source as usize].0, self.line_column(at).0)
    }
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Where; `None` for faults of a command's options or of a whole folder.
    pub at: Option<At>,
    /// What is wrong: subject, found, allowed.
    pub message: String,
    /// What stands at the caret.
    pub label: Option<String>,
    /// The remedy.
    pub help: Option<String>,
    /// Whether it is only advice: the scenario runs as it is.
    pub warning: bool,
}

impl Fault {
    /// A fault at a place.
    pub fn new(at: At, message: impl Into<String>) -> Fault {
        Fault { at: Some(at), message: message.into(), label: None, help: None, warning: false }
    }

    /// A fault without a place.
    pub fn general(message: impl Into<String>) -> Fault {
        Fault { at: None, message: message.into(), label: None, help: None, warning: false }
    }

    /// The same as advice.
    #[must_use]
    pub fn warning(mut self) -> Fault {
        self.warning = true;
        self
    }

    /// The same with a remedy.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Fault {
        self.help = Some(help.into());
        self
    }

    /// The same with a remedy where there is one.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Fault {
        self.help = help.or(self.help);
        self
    }
}

/// All faults of a scenario.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// The files.
    pub sources: Sources,
    /// The faults, in order of files and places.
    pub faults: Vec<Fault>,
}

/// Faults shown before the rest is only counted.
const SHOWN_MAX: usize = 50;

/// The longest line that is shown with a caret under it \[bytes\]; nobody reads a longer one.
const LINE_MAX: usize = 1000;

impl Faults {
    /// A single fault without a place.
    pub fn one(message: impl Into<String>) -> Faults {
        Faults { sources: Sources::default(), faults: vec![Fault::general(message)] }
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.faults.len()
    }

    /// All faults for a person: with colours where asked for, and at most `width` columns wide.
    #[must_use]
    pub fn render(&self, color: bool, width: usize) -> String {
        let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(width.max(40)).with_links(false);
        let mut out = String::new();
        for fault in self.faults.iter().take(SHOWN_MAX) {
            let shown = Shown { fault, at: self.shown(fault), source: self.source(fault), place: self.place(fault) };
            if handler.render_report(&mut out, &shown).is_err() {
                out.push_str(&fault.message);
            }
            out.push('\n');
        }
        if self.faults.len() > SHOWN_MAX {
            out.push_str(&format!("... and {} more\n", self.faults.len() - SHOWN_MAX));
        }
        out
    }

    /// Where a caret goes: the place of a fault as far as its first line.
    fn shown(&self, fault: &Fault) -> Option<At> {
        let at = fault.at?;
        let text = self.sources.files.get(at.source as usize)?.1.as_bytes();
        let (start, end) = ((at.start as usize).min(text.len()), (at.end as usize).min(text.len()));
        let first = text.get(start..end)?.iter().position(|byte| *byte == b'\n');
        Some(At { end: first.map_or(at.end, |length| at.start + length as u32), ..at })
    }

    /// The file of a fault, where its line is one that people read.
    fn source(&self, fault: &Fault) -> Option<NamedSource<String>> {
        let at = fault.at?;
        let (name, text) = self.sources.files.get(at.source as usize)?;
        let (before, behind) = text.as_bytes().split_at((at.start as usize).min(text.len()));
        let is_end = |byte: &u8| *byte == b'\n';
        let line =
            before.iter().rev().position(is_end).unwrap_or(before.len()) + behind.iter().position(is_end).unwrap_or(behind.len());
        (line <= LINE_MAX).then(|| NamedSource::new(name, text.to_string()))
    }

    /// A fault's place in words, where its line is not shown.
    fn place(&self, fault: &Fault) -> Option<String> {
        let at = fault.at.filter(|_| self.source(fault).is_none())?;
        let (name, _) = self.sources.files.get(at.source as usize)?;
        let (line, column) = self.sources.line_column(at);
        Some(format!("{name}:{line}:{column}: "))
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false, 100))
    }
}

impl std::error::Error for Faults {}

#[derive(Debug)]
struct Shown<'f> {
    fault: &'f Fault,
    at: Option<At>,
    source: Option<NamedSource<String>>,
    place: Option<String>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.place.as_deref().unwrap_or_default(), self.fault.message)
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn severity(&self) -> Option<Severity> {
        Some(if self.fault.warning { Severity::Warning } else { Severity::Error })
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.fault.help.as_ref().map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let at = self.at.filter(|_| self.source.is_some())?;
        let span = (at.start as usize, (at.end.saturating_sub(at.start)).max(1) as usize);
        let label = self.fault.label.clone().or_else(|| Some("here".into()));
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(label, span))))
    }
}

/// Collects faults while a scenario is read.
#[derive(Clone, Debug, Default)]
pub(crate) struct Collector {
    faults: Vec<Fault>,
    /// Whether a fault was left out because it follows from another.
    left_out: bool,
}

impl Collector {
    /// Adds a fault, once. One without words follows from another that is told already, and is left out.
    pub(crate) fn add(&mut self, fault: Fault) {
        if fault.message.is_empty() {
            self.left_out = true;
        } else if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// Whether there is none.
    #[must_use]
    pub(crate) fn is_empty(&self) -> bool {
        self.faults.is_empty() && !self.left_out
    }

    /// All, by file and place.
    #[must_use]
    pub(crate) fn finish(mut self, sources: Sources) -> Faults {
        if self.faults.is_empty() && self.left_out {
            self.faults.push(Fault::general("a fault was left out that follows from no other: please report this scenario"));
        }
        self.faults.sort();
        Faults { sources, faults: self.faults }
    }
}
