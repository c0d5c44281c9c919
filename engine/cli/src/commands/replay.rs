//! `rehearsal replay`: what happened in a recorded run.

use std::io::Write;
use std::path::Path;

use rehearsal_trace::{Filter, Reader, TraceError, map_svg, moment, story, write_ndjson};

use super::summary::summary;
use crate::arguments::{ReplayArguments, TraceFormat};
use crate::failure::Failure;
use crate::names::nearest;
use crate::progress::say;

/// Width and height of a map in pixels.
const MAP_SIZE: (u32, u32) = (1200, 900);

/// Writes what the arguments ask of a trace.
pub(crate) fn replay(arguments: &ReplayArguments, out: &mut dyn Write) -> Result<(), Failure> {
    if arguments.file.is_dir() {
        return super::twin::replay_twin(arguments, out);
    }
    if let Some(option) = [("--policy", arguments.policy.is_some()), ("--trace", arguments.trace.is_some())]
        .iter()
        .find_map(|(name, given)| given.then_some(*name))
    {
        return Err(Failure::Input(format!(
            "`{option}` is for the folder of a twin, and {} is a file",
            arguments.file.display()
        )));
    }
    let story_in_part = arguments.format == TraceFormat::Story && (arguments.from.is_some() || arguments.to.is_some());
    if story_in_part {
        let remedy = "add `--format ndjson`, or leave them out for the whole story";
        return Err(Failure::Input(format!("`--from` and `--to` choose records, not parts of a story: {remedy}")));
    }
    let reader = open(&arguments.file)?;
    if let (Some(file), Some(at)) = (&arguments.map, &arguments.at) {
        return draw(&reader, file, at);
    }
    match (arguments.format, &arguments.actor) {
        (TraceFormat::Ndjson, _) => records(&reader, arguments, out),
        (TraceFormat::Story, Some(actor)) => Ok(story(&reader, actor, out)?),
        (TraceFormat::Story, None) => summary(&reader, &arguments.file, out),
    }
}

/// Opens a trace, and what is whole of one that was cut off.
pub(super) fn open(file: &Path) -> Result<Reader, Failure> {
    match Reader::open(file) {
        Err(cut @ TraceError::CutOff { .. }) => {
            let reader = Reader::open_partial(file)?;
            say(&format!("note: {cut}; this is what comes before the cut"));
            Ok(reader)
        }
        Err(TraceError::Io { doing, source }) => {
            Err(Failure::Input(format!("{} cannot be read ({doing}: {source})", file.display())))
        }
        other => Ok(other?),
    }
}

fn draw(reader: &Reader, file: &Path, at: &str) -> Result<(), Failure> {
    let at = moment::parse(at, &reader.header().start)?;
    let svg = map_svg(reader, at, MAP_SIZE)?;
    std::fs::write(file, svg)
        .map_err(|error| Failure::Input(format!("the map cannot be written to {}: {error}", file.display())))?;
    say(&format!("drew {}", file.display()));
    Ok(())
}

fn records(reader: &Reader, arguments: &ReplayArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let time = |text: &Option<String>| text.as_ref().map(|text| moment::parse(text, &reader.header().start)).transpose();
    let (from, until) = (time(&arguments.from)?.unwrap_or(0), time(&arguments.to)?);
    if until.is_some_and(|until| until < from) {
        return Err(Failure::Input("`--to` lies before `--from`: give the later time to `--to`".into()));
    }
    let actor = arguments.actor.as_ref().map(|name| number(reader, name)).transpose()?;
    Ok(write_ndjson(reader, out, &Filter { from, until, actor, ..Filter::default() })?)
}

/// The number of the actor called `name`, or numbered so.
pub(super) fn number(reader: &Reader, name: &str) -> Result<u32, Failure> {
    let actors = reader.actors()?;
    let called = actors.values().find(|actor| actor.name == name).map(|actor| actor.id);
    let numbered = || name.parse().ok().filter(|id| actors.contains_key(id));
    called.or_else(numbered).ok_or_else(|| {
        let hint = nearest(name, actors.values().map(|actor| actor.name.as_str()));
        Failure::Input(format!("no actor is called `{name}`; {hint}"))
    })
}
