//! Relations as compiled: who is connected with whom.

/// A relation: for each member of a group, members of a group.
#[derive(Clone, Debug)]
pub struct Relation {
    /// Its name, which keys its random stream.
    pub name: String,
    /// The group whose members have it.
    pub of: u16,
    /// The group that it leads to.
    pub to: u16,
    /// Who is connected with whom.
    pub links: Links,
}

/// What makes two actors connected.
#[derive(Clone, Debug)]
pub enum Links {
    /// Any two, each pair alike, so many a member on average: Erdős and Rényi's graph.
    Random {
        /// How many a member has on average.
        mean: f64,
    },
    /// Neighbours on a ring, some of them exchanged for anybody: Watts and Strogatz's graph.
    SmallWorld {
        /// How many a member has, half of them on each side.
        neighbours: u32,
        /// The share of ties that are exchanged.
        rewired: f64,
    },
    /// Those who come later tie themselves to those who have many ties: Barabási and Albert's graph.
    ScaleFree {
        /// How many ties each one makes.
        links: u32,
    },
    /// Circles in which everybody knows everybody else.
    Circles {
        /// How many are in one; the last may be smaller.
        size: u32,
    },
    /// Those who have the same word in a trait.
    Same {
        /// The trait's slot.
        slot: u16,
    },
    /// Those of the other group whose trait names the one that has the relation.
    Pointing {
        /// The trait's slot, in those that point.
        slot: u16,
    },
}
