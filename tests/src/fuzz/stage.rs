//! The stage on which the tests of the language try expressions, here for expressions of any sort.

#![allow(dead_code, unreachable_pub, clippy::mod_module_files, reason = "it is written for the tests of the language")]

#[path = "../../../engine/language/tests/support/mod.rs"]
mod support;

pub(super) use support::Stage;
