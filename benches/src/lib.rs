//! How fast Rehearsal is, next to a bare loop and to other simulators: the models, the engines, and how they are measured.
//!
//! Start at [`models`] for what is simulated, then any engine: [`bare`], [`kernel`], [`ron`], [`nexosim`], [`simrs`]. It is
//! no part of the engine and is not published.

pub mod bare;
pub mod chance;
pub mod jobs;
pub mod kernel;
pub mod models;
pub mod nexosim;
pub mod outcome;
pub mod report;
pub mod ron;
pub mod rounds;
pub mod sections;
pub mod simrs;
