//! Features, contact rules, and decisions that explain themselves.
