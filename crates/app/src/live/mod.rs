//! State of running requests: the snapshot, the activity recorder and holds.

pub mod holds;
pub mod recorder;
mod backlog;
pub(crate) mod activity_room;
pub mod snapshot;
