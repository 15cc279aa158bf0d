//! The agent's side: connections, tunnels, TLS, and the strict reader in front of the HTTP parser.

pub(crate) mod connection;
mod tunnel;
mod serve;
mod agent_io;
mod delivery;
mod unread;
mod strict_reader;
pub mod framing;
