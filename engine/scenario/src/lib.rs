//! RON files, checked and typed, become a world ready to run.
