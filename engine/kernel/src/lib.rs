//! Virtual time, the event queue and keyed random streams.
