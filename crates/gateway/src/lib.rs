//! An agent's request, from its bytes to its response (:10255).

mod listener;
mod workers;
mod downstream;
#[doc(hidden)]
pub mod measure;
mod exchange;
mod state;
mod session;
mod upstream;
mod outgoing;
mod admission;
mod refusals;
mod upgrade_protocol;
pub mod ca;
mod slot;
mod write_through;
mod header_lines;
mod refused;
mod descriptors;
mod config;
mod error;

pub use config::{Config, ConnectTo, UpstreamCa};
pub use downstream::{framing, http2};
pub use error::Error;
pub use listener::Gateway;
pub use refusals::{RefusalCounts, Refusals};
