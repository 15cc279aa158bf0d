//! Fake upstream, ready-made gateway and agents, for tests only. Errors panic and so fail the test.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that can't be set up has failed"
)]

pub mod gate;
pub mod agent;
pub mod upstream;
pub mod peer;
pub mod script;
pub mod certificates;

pub use agent::{Agent, Reply};
pub use gate::Gate;
pub use peer::{Peer, Peers};
pub use script::{BodyWriter, Script};
pub use upstream::{Seen, Upstream};
