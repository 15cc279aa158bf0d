//! The agent's side: connections, tunnels, TLS, and the readers in front of the HTTP parsers.

pub(crate) mod connection;
mod tunnel;
mod serve;
mod agent_io;
mod delivery;
mod unread;
mod strict_reader;
pub mod framing;
pub(crate) mod request_head;
pub mod http2;
pub(crate) mod chunks;
mod patience;
