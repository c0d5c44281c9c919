//! End-to-end tests of the `rehearsal` command; see the files in `tests/`.
