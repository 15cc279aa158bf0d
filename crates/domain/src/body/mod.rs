//! Bodies of requests, as conditions look at them.

mod coding;
mod content;
mod form;
pub mod graphql;
mod json;
mod jsonrpc;
mod tally;

pub use coding::Uncertain;
pub use content::{Body, Content};
pub(crate) use form::read_urlencoded;
pub(crate) use graphql::Operation;
pub use json::{Finds, Found, Json, Pointer, Scalar};
pub(crate) use jsonrpc::Message;
pub(crate) use tally::Tally;
pub use tally::Truth;
