//! The page for a sign-in link that doesn't work any more.

use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};

use crate::pages::frame::page;

/// Whether a page is wanted rather than JSON.
pub(crate) fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("text/html"))
}

/// What a browser shows of a link that was used or has expired.
pub(crate) fn dead_link() -> Response {
    let body = "<h1>This sign-in link does not work any more</h1>\n\
                <p>Such a link works once, within a minute. Make a new one on the machine where the server runs:</p>\n\
                <pre><code>onecli open</code></pre>";
    (StatusCode::UNAUTHORIZED, page("Sign in again", body)).into_response()
}
