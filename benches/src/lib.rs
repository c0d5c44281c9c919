//! How fast Rehearsal is, next to a bare loop and to other simulators: the models, the engines, and how they are measured.
//!
//! Start at [`models`] for what is simulated, then any engine: [`bare`], [`kernel`], [`ron`], [`nexosim`], [`simrs`].
//! What is no rate begins at [`gauges`]. It is no part of the engine and is not published.

pub mod bare;
pub mod chance;
pub mod fork;
pub mod gauges;
pub mod jobs;
pub mod kernel;
pub mod memory;
pub mod models;
pub mod nexosim;
pub mod others;
pub mod outcome;
pub mod report;
pub mod ron;
pub mod rounds;
pub mod sections;
pub mod simrs;
pub mod spinner;
pub mod threads;
