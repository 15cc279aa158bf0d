//! The road of an agent's request: from its connection to the upstream and back (:10255).

mod listener;
mod workers;
mod connection;
mod intercept;
mod exchange;
mod upgrade;
mod clearance;
mod approval;
mod gather;
#[doc(hidden)]
pub mod measure;
mod challenge;
mod serve;
mod answer;
mod trip;
mod refusal;
mod rate_headers;
mod authenticate;
mod facts;
mod road;
mod upstream;
mod inject;
mod hop;
mod target;
mod session;
mod agent_io;
mod strict_io;
pub mod framing;
mod splice;
mod upload;
pub mod ca;
mod place;
mod config;
mod error;

pub use config::{Config, ConnectTo};
pub use error::Error;
pub use listener::Gateway;
