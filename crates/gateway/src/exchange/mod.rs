//! One request, from its head to its response. The order of the steps is the security.

pub(crate) mod pass_through;
pub(crate) mod handle;
mod stream;
mod send;
mod check;
mod upgrade;
mod challenge;
mod credential_hint;
pub(crate) mod response_body;
mod splice;
mod authorize;
mod hold;
pub(crate) mod read_body;
mod json_rpc;
mod rate_limit_headers;
mod error_response;
mod subject;
pub(crate) mod record;
pub(crate) mod error;
pub(crate) mod authenticate;
pub(crate) mod facts;
pub(crate) mod target;
