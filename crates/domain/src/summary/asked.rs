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
    /// The body without content codings, or its beginning; none if it can't be decoded.
    pub body: Option<&'a [u8]>,
    /// Whether there is more of the body than that.
    pub is_cut: bool,
    /// How long the body is, as it was sent.
    pub length: u64,
}
