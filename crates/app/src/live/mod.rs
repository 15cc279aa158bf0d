//! State of running requests: the snapshot, the activity recorder and holds.

pub mod holds;
pub mod recorder;
pub mod snapshot;
