//! Whether laying out keeps what was written, settles at once, and reads as the scenarios of the repository do.

use super::format;
use super::lexer::{self, Sort, Token};
use expect_test::{Expect, expect};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// All RON files of the repository.
fn files() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (mut folders, mut found): (Vec<PathBuf>, Vec<PathBuf>) = (Vec::new(), Vec::new());
    folders.extend(["scenarios", "benches/models", "tests/fixtures", "engine/scenario/tests"].map(|name| root.join(name)));
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of the repository") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "ron") {
                found.push(path);
            }
        }
    }
    found.sort();
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).expect("text"));
    found.into_iter().map(read).collect()
}

fn comments(text: &str) -> Vec<&str> {
    lexer::tokens(text).iter().filter(|token| token.is_comment()).map(|token| token.text).collect()
}

/// Formats a text; checks what holds for any: nothing is lost, and formatting again changes nothing.
fn sound(name: &str, text: &str) -> Result<String, TestCaseError> {
    let out = format(name, text).map_err(|faults| TestCaseError::fail(faults.to_string()))?;
    prop_assert_eq!(comments(text), comments(&out), "comments of {}\n{}", name, text);
    let again = format(name, &out).map_err(|faults| TestCaseError::fail(faults.to_string()))?;
    prop_assert_eq!(&out, &again, "{} settles at once\n{}", name, text);
    Ok(out)
}

fn laid_out(text: &str, expected: Expect) {
    expected.assert_eq(&sound("a.ron", text).expect("it is sound"));
}

#[test]
fn files_of_the_repository_keep_what_they_say() {
    let files = files();
    assert!(files.len() > 15, "the files were not found: {}", files.len());
    for (name, text) in files {
        let out = sound(&name, &text).expect("it is sound");
        for line in out.lines().filter(|line| line.chars().count() > super::WIDTH) {
            let code = line.trim_start();
            let comment = code.find("//").map_or(code.len(), |at| at);
            let atoms = lexer::tokens(&code[..comment]).iter().filter(|token| token.sort == Sort::Atom).count();
            assert!(atoms <= 2 || comment < code.len(), "{name}: a long line that could be broken: {line}");
        }
    }
}

#[test]
fn a_file_that_is_not_ron_has_its_faults() {
    let faults = format("a.ron", "Kind(name: a").expect_err("a bracket is missing");
    assert!(faults.to_string().contains("a.ron:1"), "{faults}");
}

#[test]
fn short_things_stand_on_one_line_and_others_have_a_line_an_entry() {
    laid_out(
        "[Kind(name:shop,\n  traits: {\n here: Place },\n\n\n fields: { a_long_name: Number(0), another_long_name: Number(0), one_more_that_is_long: Bool(false), a_third_one: Number(\"normal(2.0, 0.3)\") }),
         Kind( name : desk )]",
        expect![[r#"
            [
                Kind(
                    name: shop,
                    traits: { here: Place },

                    fields: {
                        a_long_name: Number(0),
                        another_long_name: Number(0),
                        one_more_that_is_long: Bool(false),
                        a_third_one: Number("normal(2.0, 0.3)"),
                    },
                ),
                Kind(name: desk),
            ]
        "#]],
    );
}

#[test]
fn what_was_on_one_line_stays_there_and_a_last_list_stays_beside_its_bracket() {
    laid_out(
        "Kind(\n name: car, like: [vehicle],\n every: [(period: \"3min\", while: moving, do: [Set(coolant: \"90 °C + 5 °C * worn + normal(0 °C, 3 °C)\"), Note(telemetry)])],\n on: { parked: [Set(moving: false)], off: [],\n towed: [Set(here: \"event.to\")], left: [Set(here: \"event.place\")] })",
        expect![[r#"
            Kind(
                name: car, like: [vehicle],
                every: [(period: "3min", while: moving, do: [
                    Set(coolant: "90 °C + 5 °C * worn + normal(0 °C, 3 °C)"),
                    Note(telemetry),
                ])],
                on: {
                    parked: [Set(moving: false)], off: [],
                    towed: [Set(here: "event.to")], left: [Set(here: "event.place")],
                },
            )
        "#]],
    );
}

#[test]
fn two_lists_of_a_step_are_set_alike() {
    laid_out(
        "[If(test: \"heat > 60 && alarms % 2 == 0\", then: [\nSet(wear: \"wear + 0.01 * (heat - 60)\"),\n], else: [\nSet(wear: \"max(wear - 0.001, 0)\"),\n]), End]",
        expect![[r#"
            [
                If(
                    test: "heat > 60 && alarms % 2 == 0",
                    then: [Set(wear: "wear + 0.01 * (heat - 60)")],
                    else: [Set(wear: "max(wear - 0.001, 0)")],
                ),
                End,
            ]
        "#]],
    );
}

#[test]
fn the_value_of_an_option_has_no_comma_behind_it() {
    // With one it would not be read any more.
    let long = "a".repeat(60);
    laid_out(
        &format!("(first: Some({long}(1, {long})), second: Some({long}{long}), third: Some( // one\n 1))"),
        expect![[r#"
            (
                first: Some(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa(
                    1, aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa,
                )),
                second: Some(
                    aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
                ),
                third: Some( // one
                    1
                ),
            )
        "#]],
    );
}

#[test]
fn attributes_are_left_as_they_are() {
    laid_out(
        "// above\n#\n![End] # ![enable(a , b)]#! // why ]\n[c=\"]\"]\nKind(name :a)",
        expect![[r##"
            #
            ![End]
            # ![enable(a , b)]
            #! // why ]
            [c="]"]
            // above
            Kind(name: a)
        "##]],
    );
}

#[test]
fn comments_stay_where_they_were() {
    laid_out(
        "// a file\n\n[ // opens\n  // above\n  Kind(name: a), // behind\n\n  /* one */ Kind(name /* two */ : b /* three */,\n // inside\n ),\n // last\n]\n// the end",
        expect![[r#"
            // a file

            [ // opens
                // above
                Kind(name: a), // behind

                /* one */
                Kind(
                    /* two */
                    name: b, /* three */
                    // inside
                ),
                // last
            ]
            // the end
        "#]],
    );
}

/// A text made of the tokens of another, with other spaces between them and comments anywhere.
fn shaken(tokens: &[Token<'_>], gaps: &[u8]) -> String {
    let mut text = String::new();
    for (number, token) in tokens.iter().filter(|token| !token.is_comment()).enumerate() {
        let number_text = number.to_string();
        text.push_str(match gaps[number % gaps.len()] {
            0..=119 => " ",
            120..=139 => "\n",
            140..=149 => "\n\n\n",
            150..=152 => " // to the end of the line\n",
            153..=155 => "\n// on a line of its own\n",
            156..=157 => " /* in between */ ",
            158 => "/* on\n two lines */",
            159 => "\n\n/* after an empty line */\n\n",
            _ => "",
        });
        // Two names side by side never occur, so that no space is needed between any two tokens.
        text.push_str(token.text);
        if gaps[number % gaps.len()] == 255 {
            text.push_str(&format!("/*{number_text}*/"));
        }
    }
    text
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_spaces_and_comments_are_kept_and_settle(
        file in 0_usize..1000,
        gaps in prop::collection::vec(any::<u8>(), 1..400),
    ) {
        let files = files();
        let (name, text) = &files[file % files.len()];
        let tokens = lexer::tokens(text);
        sound(name, &shaken(&tokens, &gaps))?;
    }

    #[test]
    fn a_damaged_file_is_never_laid_out_wrongly(
        file in 0_usize..1000, at in 0.0..1.0_f64, length in 0_usize..12, new in "[(){}\\[\\],:\"a/* \n#r]{0,4}",
    ) {
        let files = files();
        let (name, text) = &files[file % files.len()];
        let start = text.floor_char_boundary((at * text.len() as f64) as usize);
        let end = text.floor_char_boundary((start + length).min(text.len()));
        let damaged = format!("{}{new}{}", &text[..start], &text[end.max(start)..]);
        // What is still RON keeps its meaning, which `format` asserts; the rest is refused.
        if let Ok(out) = format(name, &damaged) {
            prop_assert_eq!(&format(name, &out).expect("it was read before"), &out);
        }
    }
}
