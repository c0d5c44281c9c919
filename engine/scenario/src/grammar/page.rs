//! The grammar as a page of the reference.

use super::{Construct, Grammar};
use std::fmt::Write;

/// The grammar as Markdown: a section for each sort, a table for each construct with arguments.
#[must_use]
pub fn page(grammar: &Grammar) -> String {
    let mut page = String::from(HEAD);
    for sort in &grammar.sorts {
        let constructs: Vec<&Construct> = grammar.constructs.iter().filter(|construct| construct.sort == sort.name).collect();
        let title = sort.name[..1].to_uppercase() + &sort.name[1..];
        // Writing to a string does not fail.
        let help = sort.help[..1].to_uppercase() + &sort.help[1..];
        let _ = write!(page, "\n## {title}\n\n{help}.\n");
        // Those that take the same share a table.
        for alike in constructs.chunk_by(|one, other| one.arguments == other.arguments) {
            add(&mut page, alike);
        }
    }
    let _ = write!(page, "\n## Functions\n\n{}.\n", named(&grammar.functions));
    let _ = write!(page, "\n## Units\n\n{}.\n", named(&grammar.units));
    page
}

const HEAD: &str = "# The words of the language

All that may be written in a scenario, as `rehearsal schema` prints it for editors (schema `rehearsal.schema/1`). This page
is made from the same tables, by `rehearsal schema --format markdown`; the guide says what the words mean together.

Arguments are all given by name, or all in the order of the table. Those in **bold** must be given. `names to X` is
`{ name: X, ... }` with names of your own, `list of X` is `[X, ...]`, and `steps` is a list of steps. A type such as `Span`
is an expression that gives one; a `constant Span` is one that is known when the scenario is loaded.
";

fn add(page: &mut String, alike: &[&Construct]) {
    for construct in alike {
        let name = if construct.name.is_empty() { "( )" } else { construct.name };
        let own = match construct.own {
            "" => String::new(),
            own => format!(" It takes names of your own, each with a {own}."),
        };
        let _ = write!(page, "\n`{name}`: {}.{own}\n", construct.help);
    }
    let Some(arguments) = alike.first().map(|construct| construct.arguments).filter(|list| !list.is_empty()) else { return };
    page.push_str("\n| argument | takes | says |\n|---|---|---|\n");
    for argument in arguments {
        let mark = if argument.required { "**" } else { "" };
        let _ = writeln!(page, "| {mark}`{}`{mark} | {} | {} |", argument.name, argument.takes, argument.help);
    }
}

fn named(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
