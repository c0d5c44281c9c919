//! What a view of recorded runs shows, without any window.
//!
//! A view draws what this crate says: who is where at a moment and how they look, which messages fly, which labels fit, whom
//! the pointer means, where two runs part, what is known of one actor. Scrubbing, picking, filtering and searching are
//! therefore tested here, on any machine, and a view is left with drawing alone.
//!
//! It reads traces through the `trace` crate and knows nothing else of the workspace. There is no window, no graphics
//! processor and no clock here: a view says how much time has passed on the wall ([`Playhead::pass`]).
//!
//! Times are nanoseconds \[ns\] since the start of the run. Places are metres \[m\] east and north of the middle of the map;
//! on the screen they are pixels \[px\] right and down from its upper left corner.
//!
//! ```no_run
//! use rehearsal_stage::{Cursor, Filter, Scene, Stage};
//!
//! let stage = Stage::open("day.trace")?;
//! let mut cursor = Cursor::new(&stage)?;
//! cursor.go(stage.end() / 2, 600_000_000_000)?;
//! let scene = Scene::of(&cursor, &Filter::default());
//! println!("{} of {} are on their way", scene.marks.iter().filter(|mark| mark.moving).count(), scene.marks.len());
//! # Ok::<(), rehearsal_stage::StageError>(())
//! ```
//!
//! Where to start: [`Show`] for all that a view holds; of its parts [`Stage`], then [`Cursor`] and [`Scene`]; [`Indexing`] for the timeline, [`Divergence`] for two runs side
//! by side, [`inspect`] for one actor.

mod blocks;
mod camera;
mod charts;
mod crowd;
mod cursor;
mod divergence;
mod error;
mod feed;
mod filter;
mod gauge;
mod ground;
pub mod index;
pub mod inspect;
pub mod labels;
mod land;
pub mod palette;
mod pick;
mod playhead;
#[cfg(test)]
mod sample;
mod scene;
mod search;
mod show;
mod sky;
mod stage;
pub mod words;

pub use blocks::KindBlock;
pub use camera::Camera;
pub use charts::{Curve, curves, difference};
pub use crowd::{Crowd, CrowdCell};
pub use cursor::{CARRY_MAX, Cursor, Flash, RECENT_MAX, Recent, Steps};
pub use divergence::{Divergence, Diverging, Parting};
pub use error::StageError;
pub use feed::{Feed, LINE_MAX};
pub use filter::{Facets, Filter};
pub use gauge::Gauge;
pub use ground::{Bounds, Ground};
pub use index::{Index, Indexing, Moment, Named, Notable, Progress};
pub use labels::{Candidate, Label, Labels, Priority};
pub use land::{Land, Plot};
pub use pick::Grid;
pub use playhead::{Playhead, SPEEDS, Speed, Towards};
pub use scene::{Arc, Mark, Pulse, Scene};
pub use search::{Found, Rank, Search};
pub use show::{Act, Choice, Layer, Layers, Looked, Run, Show, Stop};
pub use sky::Sky;
pub use stage::{Road, Stage};
