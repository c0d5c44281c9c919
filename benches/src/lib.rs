//! How fast Rehearsal is, next to a bare loop and to other simulators: models and how they are measured.

pub mod ron;
