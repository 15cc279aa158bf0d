//! The way to upstreams: resolved once, guarded, pooled, and spoken to.

mod dial;
mod pool;
mod line;
mod h1;
mod h2;
mod connector;
mod guard;
mod trust;

pub(crate) use dial::{DialError, Upstream};
pub(crate) use h1::LineBody;
pub(crate) use h2::Stream;
pub(crate) use line::{Answered, Line, SendError};
