//! Why an experiment did not come to results.

/// What can stop an experiment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExperimentError {
    /// The design names no policy.
    #[error("no policy is chosen: choose at least 1, the first is the baseline")]
    NoPolicy,
    /// The design names a policy that the model does not have.
    #[error("policy {index} does not exist: the model has {count}, counted from 0")]
    UnknownPolicy {
        /// The index asked for.
        index: usize,
        /// How many policies there are.
        count: usize,
    },
    /// The design names a policy twice.
    #[error("policy `{policy}` is chosen twice: choose each policy once")]
    PolicyTwice {
        /// Its name.
        policy: String,
    },
    /// The design asks for no replication.
    #[error("replications is 0: ask for at least 1, or at least 2 to see an interval")]
    NoReplications,
    /// The design allows no thread.
    #[error("jobs is 0: allow at least 1 thread")]
    NoJobs,
    /// A run reported an error.
    #[error("policy `{policy}`, replication {replication}: the run stopped")]
    Run {
        /// The policy's name.
        policy: String,
        /// The replication, counted from 0.
        replication: u64,
        /// What the model said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What a run gave could not be kept.
    #[error("a finished run could not be kept: {source}; free the disk, or go on without keeping runs")]
    Keep {
        /// Why.
        source: std::io::Error,
    },
    /// The best policy cannot be selected as asked.
    #[error("{why}")]
    Selection {
        /// Why not, and what to do.
        why: String,
    },
    /// A measure that decides observed nothing.
    #[error(
        "measure `{measure}` observed nothing under policy `{policy}` in replication {replication}: \
         what is selected by has to be observed in each; make runs longer, or select by another measure"
    )]
    Unobserved {
        /// The measure's name.
        measure: String,
        /// The policy's name.
        policy: String,
        /// The replication, counted from 0.
        replication: usize,
    },
    /// It was stopped before every policy had finished a replication.
    #[error("stopped before every policy had finished a replication: there is nothing to show yet")]
    Stopped,
    /// A run panicked: a fault of the program, not of the scenario.
    #[error(
        "policy `{policy}`, replication {replication}: the program failed ({message}); \
         this is our fault, not the scenario's: please report it with the scenario and the seed"
    )]
    Panicked {
        /// The policy's name.
        policy: String,
        /// The replication, counted from 0.
        replication: u64,
        /// What the panic said.
        message: String,
    },
    /// A run yielded another number of values than the model declares.
    #[error(
        "policy `{policy}`, replication {replication}: the run gave {found}, the model declares \
         {declared}; this is a fault of the model's code"
    )]
    Shape {
        /// The policy's name.
        policy: String,
        /// The replication, counted from 0.
        replication: u64,
        /// What came, in words.
        found: String,
        /// What was declared, in words.
        declared: String,
    },
    /// A run yielded a value that is not a finite number.
    #[error(
        "policy `{policy}`, replication {replication}: measure `{measure}` is {value}, allowed are \
         finite numbers; look for a division by zero or an overflow in its expression"
    )]
    NotFinite {
        /// The policy's name.
        policy: String,
        /// The replication, counted from 0.
        replication: u64,
        /// The measure's name.
        measure: String,
        /// The value: NaN or an infinity.
        value: f64,
    },
}
