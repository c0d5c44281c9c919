//! Expressions with units, compiled to flat programs over typed slots.
