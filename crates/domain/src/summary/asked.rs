//! What is known of a request that is summarised.

/// What is known of the request.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The method, as on the wire.
    pub method: &'a str,
    /// The canonical name of the host, without a port.
    pub host: &'a str,
    /// The canonical path.
    pub path: &'a str,
    /// What follows the `?`.
    pub query: Option<&'a str>,
    /// The content type.
    pub content_type: Option<&'a str>,
    /// The body without content codings. It may be cut short.
    pub body: Option<&'a [u8]>,
}
