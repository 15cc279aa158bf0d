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
mod upgrade_protocol;
pub mod ca;
mod slot;
mod config;
mod error;

pub use config::{Config, ConnectTo, UpstreamCa};
pub use downstream::framing;
pub use error::Error;
pub use listener::Gateway;
