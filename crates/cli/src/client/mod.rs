//! The client: finds the server and its key, and calls the API.

mod http;
mod locate;
mod credentials;
mod running;
mod address;

pub(crate) use address::normal;
pub(crate) use credentials::{KeyOrigin, Logins};
pub(crate) use http::{Client, segment, with};
pub(crate) use locate::{Located, locate, named};
pub(crate) use running::Running;
