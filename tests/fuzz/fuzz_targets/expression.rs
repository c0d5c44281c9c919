//! See `rehearsal_tests::fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| rehearsal_tests::fuzz::feed("expression", bytes));
