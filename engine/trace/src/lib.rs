//! The record of a run: its schema, writer, reader and seek.
