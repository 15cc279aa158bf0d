//! The way to upstreams: resolved once, guarded, pooled, and spoken to.

mod connect;
mod connection;
mod sharing;
mod h1;
mod head_reader;
mod h2;
mod pool;
mod connection_auth;
mod connector;
mod io;
mod proxy;
mod tcp;
mod trust;
mod certificates;
mod dial_error;
mod guard;

pub(crate) use connect::{Caller, Upstream};
pub(crate) use connection::{Connection, SendError, Unanswered, UpstreamResponse};
pub(crate) use connection_auth::is_spoken as authenticates_connection;
pub(crate) use dial_error::DialError;
pub(crate) use h1::{SessionConnections, UpstreamBody};
pub(crate) use h2::Stream;
pub(crate) use tcp::notice_death;
