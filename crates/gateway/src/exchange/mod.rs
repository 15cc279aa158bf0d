//! One request, from its head to its response. The order of the steps is the security.

pub(crate) mod handle;
mod upgrade;
pub(crate) mod authorize;
pub(crate) mod hold;
pub(crate) mod read_body;
mod challenge;
pub(crate) mod response_body;
pub(crate) mod record;
pub(crate) mod error_response;
mod rate_limit_headers;
pub(crate) mod splice;
pub(crate) mod authenticate;
pub(crate) mod facts;
pub(crate) mod target;
