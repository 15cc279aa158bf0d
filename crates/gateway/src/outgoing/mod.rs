//! What goes out: the request as it is sent, with its credentials and its body.

pub(crate) mod inject;
pub(crate) mod hop_headers;
pub(crate) mod request_body;
