//! What the subcommands do, a file each. Each writes its result to the `out` it is given.

pub(crate) mod calibrate;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod coverage;
pub(crate) mod decide;
pub(crate) mod describe;
pub(crate) mod explain;
mod explore;
pub(crate) mod export;
mod findings;
pub(crate) mod fmt;
pub(crate) mod gate;
pub(crate) mod new;
pub(crate) mod optimize;
pub(crate) mod replay;
pub(crate) mod report;
pub(crate) mod run;
pub(crate) mod schema;
pub(crate) mod select;
pub(crate) mod sensitivity;
pub(crate) mod steady;
pub(crate) mod summary;
pub(crate) mod sweep;
pub(crate) mod validate;
pub(crate) mod view;
mod watch;
