//! The page for a sign-in link that no longer works.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};

use crate::pages::frame::page;

/// Whether the client wants a page rather than JSON.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// The page for a link that was used or has expired.
pub(crate) fn expired_link() -> Response {
    let body = "<h1>This sign-in link no longer works</h1>\n\
                <p>A sign-in link works once, within a minute. Create a new one on the machine where the server runs:</p>\n\
                <pre><code>onecli open</code></pre>";
    (StatusCode::UNAUTHORIZED, page("Sign in again", body)).into_response()
}
