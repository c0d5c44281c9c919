//! `rehearsal schema`: the words of the language, for editors.

use std::io::Write;

use crate::arguments::{SchemaArguments, SchemaFormat};
use crate::failure::Failure;

/// Writes the grammar.
pub(crate) fn schema(arguments: &SchemaArguments, out: &mut dyn Write) -> Result<(), Failure> {
    let grammar = rehearsal_scenario::grammar::grammar();
    match arguments.format {
        SchemaFormat::Json => {
            let json = serde_json::to_string_pretty(&grammar)
                .map_err(|error| Failure::Ours(format!("the grammar is no JSON: {error}")))?;
            writeln!(out, "{json}")?;
        }
        SchemaFormat::Markdown => out.write_all(rehearsal_scenario::grammar::page(&grammar).as_bytes())?,
    }
    Ok(())
}
