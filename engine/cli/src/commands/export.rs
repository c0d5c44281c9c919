//! `rehearsal export`: a recorded run in the format of another tool.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;

use rehearsal_export::{Selection, TraceExport, TraceFormat, Wrote};
use rehearsal_trace::{Reader, TraceError, moment};

use super::replay::{number, open};
use crate::arguments::ExportArguments;
use crate::failure::Failure;
use crate::names::nearest;
use crate::progress::{Passing, say};

/// Actors of each kind that a timeline shows where nothing else is said.
const SAMPLE: usize = 20;

/// Writes what the arguments ask of a trace.
pub(crate) fn export(arguments: &ExportArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let to_stream = arguments.out == Path::new("-");
    let format = match arguments.format {
        Some(format) => format.into(),
        None if to_stream => {
            return Err(Failure::Input("standard output has no name that tells the format: add `--to FORMAT`".into()));
        }
        None => TraceFormat::of(&arguments.out)?,
    };
    format.available()?;
    if arguments.sample.is_some() && format != TraceFormat::Chrome {
        let remedy = "choose with --actor or --kind instead";
        return Err(Failure::Input(format!("`--sample` is for timelines, and this is to be {}: {remedy}", format.word())));
    }
    if arguments.what.iter().any(|what| what == "written") && !arguments.texts {
        return Err(Failure::Input("what is written to people stays out unless `--texts` asks for it: add `--texts`".into()));
    }
    if !to_stream && same_file(&arguments.file, &arguments.out) {
        return Err(Failure::Input("the export would replace the trace it comes from: give another file to `--out`".into()));
    }
    let reader = read(arguments)?;
    let selection = selection(arguments, &reader)?;
    let export = TraceExport { format, selection, sample: arguments.sample.unwrap_or(SAMPLE) };
    let passing = Passing::begin(&format!("exporting {}", arguments.file.display()));
    let mut watch = |at, end| passing.at(at, end);
    let wrote =
        if to_stream { export.write(&reader, out, &mut watch) } else { export.write_file(&reader, &arguments.out, &mut watch) };
    passing.end();
    let wrote = wrote?;
    let name = if to_stream { "standard output".into() } else { arguments.out.display().to_string() };
    say(&format!("wrote {} to {name}", told(&wrote)));
    hints(&wrote, &export.selection).iter().for_each(|hint| say(hint));
    Ok(())
}

fn same_file(one: &Path, other: &Path) -> bool {
    one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}

/// Opens the trace; one that was cut off only where that is wanted, since a part looks like a whole in other tools.
fn read(arguments: &ExportArguments) -> Result<Reader, Failure> {
    if arguments.partial {
        return open(&arguments.file);
    }
    match Reader::open(&arguments.file) {
        Err(TraceError::CutOff { blocks, records, offset }) => {
            let what = format!("{blocks} whole blocks with {records} records come before byte {offset}");
            let remedy = "add `--partial` to export what there is";
            Err(Failure::Input(format!("{} has no intact end: {what}; {remedy}", arguments.file.display())))
        }
        Err(TraceError::Io { .. }) => open(&arguments.file),
        other => Ok(other?),
    }
}

fn selection(arguments: &ExportArguments, reader: &Reader) -> Result<Selection, Failure> {
    let time = |text: &Option<String>| text.as_ref().map(|text| moment::parse(text, &reader.header().start)).transpose();
    let (from, until) = (time(&arguments.from)?.unwrap_or(0), time(&arguments.to_time)?);
    if until.is_some_and(|until| until < from) {
        return Err(Failure::Input("`--to-time` lies before `--from`: give the later time to `--to-time`".into()));
    }
    let actors = arguments.actors.iter().map(|name| number(reader, name)).collect::<Result<BTreeSet<u32>, _>>()?;
    let kinds = arguments.kinds.iter().map(|name| kind(reader, name)).collect::<Result<BTreeSet<u16>, _>>()?;
    let set = |words: &[String]| words.iter().cloned().collect();
    Ok(Selection {
        from,
        until,
        actors,
        kinds,
        what: set(&arguments.what),
        names: set(&arguments.names),
        leave_out: set(&arguments.leave_out),
        texts: arguments.texts,
    })
}

/// The number of the kind called `name`.
fn kind(reader: &Reader, name: &str) -> Result<u16, Failure> {
    let kinds = &reader.header().kinds;
    let place = kinds.iter().position(|kind| kind == name).and_then(|place| u16::try_from(place).ok());
    place.ok_or_else(|| {
        let hint = nearest(name, kinds.iter().map(String::as_str));
        Failure::Input(format!("no kind is called `{name}`; {hint}"))
    })
}

fn told(wrote: &Wrote) -> String {
    let count = |n: u64, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    match wrote {
        Wrote::Ocel(counts) => {
            let (events, objects) = (counts.events.values().sum(), counts.objects.values().sum());
            let types = [&counts.events, &counts.objects].map(|types| count(types.len() as u64, "type"));
            format!("{} of {} and {} of {}", count(events, "event"), types[0], count(objects, "object"), types[1])
        }
        Wrote::Chrome(shown) => format!("{} of {}", count(shown.events, "event"), count(shown.actors as u64, "actor")),
        Wrote::GeoJson(counts) => format!("{} and {}", count(counts.journeys, "journey"), count(counts.notes, "note")),
        Wrote::CloudEvents(events) => count(*events, "event"),
        Wrote::Parquet(rows) => count(*rows, "row"),
    }
}

/// What somebody may wonder about in what was written.
fn hints(wrote: &Wrote, selection: &Selection) -> Vec<String> {
    let mut hints = Vec::new();
    let nothing = match wrote {
        Wrote::Ocel(counts) => counts.events.is_empty(),
        Wrote::Chrome(shown) => shown.events == 0,
        Wrote::GeoJson(counts) => counts.journeys + counts.notes == 0,
        Wrote::CloudEvents(rows) | Wrote::Parquet(rows) => *rows == 0,
    };
    if nothing && *selection != Selection::default() {
        hints.push("note: no record is as you asked; `rehearsal replay FILE --format ndjson` shows what there is".into());
    }
    match wrote {
        Wrote::Chrome(shown) if shown.actors < shown.of => hints.push(format!(
            "note: {} of {} actors are shown, the first of each kind; choose with --actor or --kind, or raise --sample",
            shown.actors, shown.of
        )),
        Wrote::GeoJson(counts) if counts.nowhere > 0 => {
            hints.push(format!("note: {} notes are of actors that are nowhere, and are left out", counts.nowhere));
        }
        _ => {}
    }
    hints
}
