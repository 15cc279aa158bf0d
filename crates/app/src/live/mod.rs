//! What running requests read and write: the snapshot, the recorder, those that are held.

pub mod holds;
pub mod recorder;
mod backlog;
pub(crate) mod activity_room;
pub mod snapshot;
