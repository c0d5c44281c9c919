//! What a world must say so that it can be split: which part owns an actor.

use std::ops::Range;

use rehearsal_kernel::World;

/// A part of a world: the actors of one shard.
///
/// A handler touches the state of its own part only and reaches other parts by sending. All
/// senders it sends from belong to its part.
pub trait Part: World<Message: Send, Error: Send> + Send {
    /// The shard that owns `actor`, counted from zero in the order of the parts.
    ///
    /// A pure function of the number, the same in every part and for the whole run: by block,
    /// by remainder, or a look into a table. Called about once an event. A number beyond the
    /// parts is a panic where the event is sent or handled.
    fn owner(&self, actor: u32) -> usize;

    /// The actors of this part, where their numbers are in a row; `None` where they are not, or nobody says.
    ///
    /// It changes no result, but windows are then cheaper: what stays in a part is told by two
    /// comparisons in place of a detour and a call of [`Part::owner`]. Exactly these are the numbers for which
    /// [`Part::owner`] names this part, for the whole run. Called once a window.
    fn actors(&self) -> Option<Range<u32>> {
        None
    }
}
