//! Bodies of requests, as conditions look at them.

mod content;
pub mod graphql;
mod jsonrpc;
mod form;
mod json;
mod content_type;
mod coding;
mod fold;
mod tally;

pub use coding::Uncertain;
pub use content::{Body, Content};
pub(crate) use form::{Field, FieldName, read_urlencoded};
pub(crate) use graphql::Operation;
pub use json::{Finds, Found, Json, Pointer, Scalar};
pub(crate) use jsonrpc::Message;
pub(crate) use tally::Tally;
pub use tally::Truth;
