//! `rehearsal schema`: the words of the language, for editors and as a page of the reference.

use expect_test::expect_file;
use rehearsal_tests::{rehearsal, root};
use serde_json::Value;

fn schema(words: &[&str]) -> String {
    let output = rehearsal().arg("schema").args(words).output().expect("the command starts");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_page_of_the_reference_is_what_the_command_prints() {
    expect_file![root().join("docs/src/reference/language.md")].assert_eq(&schema(&["--format", "markdown"]));
}

#[test]
fn each_construct_says_what_it_takes() {
    let schema: Value = serde_json::from_str(&schema(&[])).expect("JSON");
    assert_eq!(schema["schema"], "rehearsal.schema/1");
    let constructs = schema["constructs"].as_array().expect("constructs");
    let delay = constructs.iter().find(|construct| construct["name"] == "Delay").expect("a step");
    assert_eq!(delay["sort"], "step");
    assert_eq!(delay["arguments"][0]["name"], "span");
    assert_eq!(delay["arguments"][0]["required"], true);
    assert_eq!(delay["arguments"][0]["takes"], "Span");
    for construct in constructs {
        assert!(!construct["help"].as_str().expect("help").is_empty(), "{construct}");
        for argument in construct["arguments"].as_array().expect("arguments") {
            assert!(!argument["help"].as_str().expect("help").is_empty(), "{argument}");
        }
    }
    let functions = schema["functions"].as_array().expect("functions");
    assert!(functions.contains(&"nearest".into()) && functions.contains(&"exponential".into()), "{functions:?}");
    assert!(schema["units"].as_array().expect("units").contains(&"km/h".into()));
}
