//! Talking to the server: where it is, with which key, and its calls.

mod http;
mod locate;
mod credentials;
mod running;
mod address;

pub(crate) use address::normal;
pub(crate) use credentials::{Keeper, Logins};
pub(crate) use http::{Client, segment, with};
pub(crate) use locate::{Located, locate, named};
pub(crate) use running::Running;
