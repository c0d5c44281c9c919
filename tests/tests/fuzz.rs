//! Feeds every sort of input with seeds, and with thousands of inputs that are nearly those: nothing panics, nothing goes
//! on for ever, and what always has to hold does.
//!
//! The same inputs each time: they come from fixed seeds. `REHEARSAL_FUZZ=20` feeds twenty times as many, others among
//! them; `cargo fuzz` looks for more by what of the code an input reaches, see `tests/fuzz/`.

use rehearsal_language::compile;
use rehearsal_tests::fuzz::mutate::{Draws, mutated};
use rehearsal_tests::fuzz::{TARGETS, Target, recorded, sealed_trace, seeds, seeds_of, words};
use rehearsal_trace::Reader;
use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Inputs of the cheapest target.
const INPUTS: usize = 64_000;

/// How many times more than as a rule.
fn times() -> usize {
    std::env::var("REHEARSAL_FUZZ").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Feeds one input; the panic is told with the input that made it, and where the input is kept.
fn fed(target: &Target, bytes: &[u8], what: &str) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| (target.feed)(bytes))) {
        let kept = std::env::temp_dir().join(format!("rehearsal-{}.bin", target.name));
        fs::write(&kept, bytes).expect("a file in the temporary folder");
        panic!("{}, {what}: {}\nthe input is kept in {}", target.name, said(&*panic), kept.display());
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}

fn feeds(name: &str) {
    let target = TARGETS.iter().find(|target| target.name == name).expect("a target of this name");
    let seeds = seeds(name);
    assert!(seeds.len() > 2, "the seeds of {name} were not found");
    for (file, seed) in &seeds {
        fed(target, seed, file);
    }
    let seeds: Vec<Vec<u8>> = seeds.into_iter().map(|(_, seed)| seed).collect();
    let words = words();
    let words = target.text.then_some(&words[..]);
    for number in 0..INPUTS * times() / target.cost {
        // A stream for each input, so that one can be made again without those before it.
        fed(target, &mutated(&seeds, words, &mut Draws::new(number as u64)), &format!("input {number}"));
    }
}

macro_rules! targets {
    ($($name:ident),+) => {
        $(
            #[test]
            fn $name() {
                feeds(stringify!($name));
            }
        )+
        const FED: &[&str] = &[$(stringify!($name)),+];
    };
}

targets!(scenario, expression, data, trace, snapshot, format);

#[test]
fn every_target_is_fed_here_and_by_cargo_fuzz() {
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(names, FED);
    let manifest = rehearsal_tests::text("tests/fuzz/Cargo.toml".as_ref());
    for name in names {
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "tests/fuzz/Cargo.toml has no {name}");
        let source = rehearsal_tests::text(format!("tests/fuzz/fuzz_targets/{name}.rs").as_ref());
        assert!(source.contains(&format!("\"{name}\"")), "fuzz_targets/{name}.rs feeds something else");
    }
}

#[test]
fn the_dictionary_has_the_functions_of_the_language() {
    let words = words();
    let missing: Vec<&&str> = compile::FUNCTIONS.iter().filter(|name| !words.iter().any(|word| word == **name)).collect();
    assert!(missing.is_empty(), "tests/fuzz/words.dict lacks {missing:?}");
}

/// Traces of small scenarios, as they are and with all that is deflated laid open, as `cargo fuzz` changes them best.
#[test]
fn the_seeds_of_traces_are_traces_of_today() {
    let stories = ["a-hotel-with-two-lifts", "a-postman", "a-phone"];
    for story in stories {
        let text = fs::read_to_string(seeds_of("scenario").join(format!("{story}.ron"))).expect("a seed");
        let file = seeds_of("trace").join(format!("{story}.bin"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&file, recorded(&text)).expect("a seed is written");
        }
        let bytes = fs::read(&file).unwrap_or_else(|error| panic!("{}: {error}: UPDATE_EXPECT=1 writes it", file.display()));
        let mut sealed = bytes.clone();
        sealed_trace(&mut sealed);
        assert!(sealed == bytes, "{story}: the checksums of a sound trace are found where they are");
        Reader::from_bytes(bytes).unwrap_or_else(|error| panic!("{story}: {error}: UPDATE_EXPECT=1 writes it anew"));
    }
}
