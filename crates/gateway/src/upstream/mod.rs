//! The way to upstreams: resolved once, guarded, pooled, and spoken to.

mod connect;
mod pool;
mod connection;
mod h1;
mod h2;
mod connector;
mod guard;
mod trust;

pub(crate) use connect::{DialError, Upstream};
pub(crate) use connection::{Connection, SendError, Unanswered, UpstreamResponse};
pub(crate) use h1::UpstreamBody;
pub(crate) use h2::Stream;
