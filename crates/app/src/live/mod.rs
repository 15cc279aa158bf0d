//! What running requests read and write: the snapshot, the recorder, those that are held.

pub mod holds;
pub mod recorder;
pub mod snapshot;
