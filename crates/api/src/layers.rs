//! Middleware for all requests: security headers, body size, doubled slashes, panics.

use std::panic::AssertUnwindSafe;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Uri, header};

use crate::error::{Error, LARGEST_BODY};
use crate::state::ApiState;

/// Adds security headers. There are no CORS headers, so other sites can't read responses.
pub(crate) async fn secure_responses(
    State(state): State<ApiState>,
    request: Request,
    next: Next,
) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in RESPONSE_HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // The dashboard's page sets its own policy.
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    if state.config.is_https() {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    response
}

/// Refuses bodies with a Content-Length that is too large, before reading them.
pub(crate) async fn limit_bodies(request: Request, next: Next) -> Response {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    match length.and_then(|length| length.parse::<u64>().ok()) {
        Some(length) if length > LARGEST_BODY as u64 => Error::TooLarge.into_response(),
        Some(_) | None => next.run(request).await,
    }
}

/// Turns a panic in a handler into an error response.
pub(crate) async fn catch_panics(request: Request, next: Next) -> Response {
    AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!("a request handler panicked");
        Error::Internal.into_response()
    })
}

/// Treats `//v1//agents` as `/v1/agents`, for clients that join a base URL and a path carelessly.
pub(crate) async fn fold_slashes(mut request: Request) -> Request {
    if let Some(uri) = folded(request.uri()) {
        *request.uri_mut() = uri;
    }
    request
}

fn folded(uri: &Uri) -> Option<Uri> {
    if !uri.path().contains("//") {
        return None;
    }
    let mut path = String::with_capacity(uri.path().len());
    for byte in uri.path().chars() {
        if byte != '/' || !path.ends_with('/') {
            path.push(byte);
        }
    }
    if let Some(query) = uri.query() {
        path.push('?');
        path.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
    Uri::from_parts(parts).ok()
}

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; script-src 'self'; \
    font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const RESPONSE_HEADERS: [(HeaderName, &str); 5] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_slashes_are_folded_and_the_query_is_left_alone() {
        let fold = |text: &str| folded(&text.parse().unwrap()).map(|uri| uri.to_string());
        assert_eq!(fold("//api///agents?a=//").unwrap(), "/api/agents?a=//");
        assert_eq!(fold("/v1/agents?a=//"), None);
    }
}
