//! A policy alone: it decides on a stream as it does in a rehearsal, keeps its state, and loses nothing to bad lines.

use rehearsal_tests::{Command, root};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};

const CAR: &str = "scenarios/broken-down-car";
const POLICY: &str = "scenarios/broken-down-car/policies/proactive.ron";
