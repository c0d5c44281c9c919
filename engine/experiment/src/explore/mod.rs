//! Exploring: the same experiment at many points of a space of settings.
//!
//! [`Factor`]s span the space. A design chooses points in it ([`points()`]), [`sensitivity`] asks which factors matter,
//! [`optimize`] looks for the best point. Each of them tries points through an [`Explorer`], which keeps what came out in a
//! results file ([`Ledger`]) and goes on from there after a stop.
//!
//! Nothing here knows scenarios: whoever can tell the figures at a point implements [`Evaluate`]. Luck is not drawn here
//! but for the choice of points.

mod error;
mod explorer;
mod ledger;
pub mod optimize;
mod points;
mod ranking;
pub mod sensitivity;
mod space;
#[cfg(test)]
pub(crate) mod synthetic;

pub use error::{ExploreError, LedgerError, SpaceError};
pub use explorer::{Evaluate, Explorer, Figures, Study, Trial};
pub use ledger::{Header, Ledger, Record, csv};
pub use points::{Layout, POINTS_MAX, points};
pub use ranking::{Ranked, ranking};
pub use space::Factor;
