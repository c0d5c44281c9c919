//! Replications, paired comparison, statistics and their output.
