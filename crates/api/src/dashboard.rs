//! The embedded dashboard: its page and files, sent with a strict content security policy.

use std::io::Read;

use axum::body::Body;
use axum::extract::{OriginalUri, State};
use axum::response::{IntoResponse, Response};
use flate2::read::GzDecoder;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::error::Error;
use crate::pages::wants_page;
use crate::state::ApiState;

/// The output of `npm run build`, or a page that explains how to build the dashboard.
struct Dashboard {
    /// The page, the same for all of the dashboard's routes.
    index: &'static str,
    files: &'static [File],
}

/// A file of the dashboard.
struct File {
    /// Path relative to the root, without a leading slash.
    path: &'static str,
    /// The `ETag`.
    tag: &'static str,
    /// The `ETag` of the gzipped form, which is another representation (RFC 9110 §8.8.3).
    packed_tag: &'static str,
    /// Whether the bytes are gzipped.
    packed: bool,
    bytes: &'static [u8],
}

/// Handles unmatched routes: a file of the dashboard, its page if HTML is accepted, or 404.
pub(crate) async fn serve(
    State(state): State<ApiState>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Response, Error> {
    let nonce = hex::encode(state.app.random_bytes::<16>()?);
    let mut response = EMBEDDED
        .respond(&method, uri.path(), &headers, &nonce)
        .ok_or_else(|| Error::NotFound("there is no such route".into()))?;
    if method == Method::HEAD {
        let length = http_body::Body::size_hint(response.body()).exact();
        *response.body_mut() = Body::empty();
        if let Some(length) = length {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
    }
    Ok(response)
}

impl Dashboard {
    fn respond(&self, method: &Method, path: &str, headers: &HeaderMap, nonce: &str) -> Option<Response> {
        if (*method != Method::GET && *method != Method::HEAD) || is_taken(path) {
            return None;
        }
        let name = path.strip_prefix('/')?;
        if let Some(file) = self.files.iter().find(|file| file.path == name) {
            return Some(file.respond(headers));
        }
        let is_page = path == "/" || (wants_page(headers) && !name.starts_with(ASSETS));
        is_page.then(|| self.page(nonce))
    }

    /// The page with a fresh nonce: only styles with the nonce apply.
    fn page(&self, nonce: &str) -> Response {
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
             font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
             frame-ancestors 'none'"
        );
        let headers = [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::CACHE_CONTROL, "no-store"),
            (header::CONTENT_SECURITY_POLICY, policy.as_str()),
        ];
        (headers, self.index.replace("__CSP_NONCE__", nonce)).into_response()
    }
}

impl File {
    fn respond(&self, headers: &HeaderMap) -> Response {
        // File names under `assets` contain a hash of the content.
        let keep =
            if self.path.starts_with(ASSETS) { "public, max-age=31536000, immutable" } else { "no-cache" };
        let is_packed = self.packed && takes_gzip(headers);
        let tag = if is_packed { self.packed_tag } else { self.tag };
        let mut response = if is_known(tag, headers) {
            StatusCode::NOT_MODIFIED.into_response()
        } else if !self.packed {
            self.bytes.into_response()
        } else if is_packed {
            ([(header::CONTENT_ENCODING, "gzip")], self.bytes).into_response()
        } else {
            unpack(self.bytes).into_response()
        };
        let set = response.headers_mut();
        set.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(self.path)));
        set.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
        set.insert(header::ETAG, HeaderValue::from_static(tag));
        if self.packed {
            set.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        response
    }
}

/// Whether the client has the version with this `ETag` (RFC 9110 §13.1.2).
fn is_known(tag: &str, headers: &HeaderMap) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok());
    known.flat_map(|line| line.split(',')).any(|known| {
        let known = known.trim();
        known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
    })
}

/// Whether a path belongs to the API or a server-rendered page, so that the dashboard's page isn't sent for it.
fn is_taken(path: &str) -> bool {
    let first = path.split('/').nth(1).unwrap_or_default();
    ["v1", "api", "docs", "health", "metrics", "sign-in", "style.css"].contains(&first)
}

/// Whether the client accepts gzip (RFC 9110 §12.5.3).
fn takes_gzip(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok());
    let codings = lines.flat_map(|line| line.split(',')).map(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
        let weight = weight.split_once('=').map_or("1", |(_, weight)| weight.trim());
        (name.trim(), weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
    });
    // An explicit entry takes precedence over `*`.
    let mut others = false;
    for (name, is_taken) in codings {
        if name.eq_ignore_ascii_case("gzip") || name.eq_ignore_ascii_case("x-gzip") {
            return is_taken;
        }
        others |= name == "*" && is_taken;
    }
    others
}

fn unpack(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    if let Err(error) = GzDecoder::new(bytes).read_to_end(&mut plain) {
        tracing::error!(%error, "a file of the dashboard can't be decompressed");
    }
    plain
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        _ => "application/octet-stream",
    }
}

const ASSETS: &str = "assets/";
static EMBEDDED: Dashboard = include!(concat!(env!("OUT_DIR"), "/dashboard.rs"));

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    /// `let x = 1;\n`, gzipped.
    const SCRIPT: &[u8] = &[
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 203, 73, 45, 81, 168, 80, 176, 85, 48, 180, 230, 2, 0, 90, 75, 216,
        138, 11, 0, 0, 0,
    ];
    const DASHBOARD: Dashboard = Dashboard {
        index: "<meta name=\"csp-nonce\" content=\"__CSP_NONCE__\">",
        files: &[
            File {
                path: "assets/index-1a2b.js",
                tag: "\"one\"",
                packed_tag: "\"one-gzip\"",
                packed: true,
                bytes: SCRIPT,
            },
            File {
                path: "favicon.svg",
                tag: "\"two\"",
                packed_tag: "\"two-gzip\"",
                packed: false,
                bytes: b"<svg/>",
            },
        ],
    };

    fn ask(path: &str, headers: &[(header::HeaderName, &'static str)]) -> Option<Response> {
        let headers = headers.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value)));
        DASHBOARD.respond(&Method::GET, path, &headers.collect(), "abc")
    }

    async fn body(response: Response) -> Vec<u8> {
        response.into_body().collect().await.unwrap().to_bytes().to_vec()
    }

    const PAGE: (header::HeaderName, &str) = (header::ACCEPT, "text/html,application/xhtml+xml");

    #[tokio::test]
    async fn every_dashboard_route_gets_the_page_with_the_nonce_of_its_policy() {
        for path in ["/", "/agents", "/secrets/new", "/v1x", "/activity/0198"] {
            let page = ask(path, &[PAGE]).unwrap();
            let policy = page.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
            assert!(policy.contains("style-src 'self' 'nonce-abc'") && policy.contains("script-src 'self';"));
            assert_eq!(page.headers()[header::CACHE_CONTROL], "no-store");
            assert_eq!(body(page).await, b"<meta name=\"csp-nonce\" content=\"abc\">");
        }
    }

    #[test]
    fn api_routes_and_missing_files_do_not_get_the_page() {
        for path in
            ["/v1/nothing", "/v1", "/api/x", "/docs", "/docs/x", "/health/x", "/sign-in/x", "/assets/old.js"]
        {
            assert!(ask(path, &[PAGE]).is_none(), "{path}");
        }
        assert!(ask("/agents", &[]).is_none());
        assert!(DASHBOARD.respond(&Method::POST, "/", &HeaderMap::new(), "abc").is_none());
    }

    #[tokio::test]
    async fn a_gzipped_file_is_sent_unchanged_to_clients_that_accept_it() {
        let packed = ask("/assets/index-1a2b.js", &[(header::ACCEPT_ENCODING, "br, gzip;q=0.8")]).unwrap();
        assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip");
        assert_eq!(packed.headers()[header::VARY], "accept-encoding");
        assert_eq!(packed.headers()[header::ETAG], "\"one-gzip\"");
        assert_eq!(body(packed).await, SCRIPT);
        for taken in ["GZIP", "x-gzip", "*", "br;q=0, *;q=0.1"] {
            let packed = ask("/assets/index-1a2b.js", &[(header::ACCEPT_ENCODING, taken)]).unwrap();
            assert_eq!(packed.headers()[header::CONTENT_ENCODING], "gzip", "{taken}");
        }
        for headers in [
            &[][..],
            &[(header::ACCEPT_ENCODING, "gzip;q=0, br")],
            &[(header::ACCEPT_ENCODING, "*, gzip;q=0")],
            &[(header::ACCEPT_ENCODING, "identity")],
        ] {
            let plain = ask("/assets/index-1a2b.js", headers).unwrap();
            assert!(!plain.headers().contains_key(header::CONTENT_ENCODING));
            assert_eq!(plain.headers()[header::ETAG], "\"one\"");
            assert_eq!(plain.headers()[header::CONTENT_TYPE], "text/javascript; charset=utf-8");
            assert_eq!(plain.headers()[header::CACHE_CONTROL], "public, max-age=31536000, immutable");
            assert_eq!(body(plain).await, b"let x = 1;\n");
        }
    }

    #[tokio::test]
    async fn a_file_without_a_hash_in_its_name_is_revalidated_by_its_etag() {
        let first = ask("/favicon.svg", &[]).unwrap();
        assert_eq!(first.headers()[header::CACHE_CONTROL], "no-cache");
        assert_eq!(first.headers()[header::CONTENT_TYPE], "image/svg+xml");
        assert_eq!(first.headers()[header::ETAG], "\"two\"");
        for tag in ["\"two\"", "\"x\", W/\"two\"", "*"] {
            let known = ask("/favicon.svg", &[(header::IF_NONE_MATCH, tag)]).unwrap();
            assert_eq!(known.status(), StatusCode::NOT_MODIFIED);
        }
        assert_eq!(
            ask("/favicon.svg", &[(header::IF_NONE_MATCH, "\"x\"")]).unwrap().status(),
            StatusCode::OK
        );
    }
}
