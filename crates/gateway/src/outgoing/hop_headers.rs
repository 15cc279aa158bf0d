//! Hop-by-hop headers: they concern one connection and are dropped in both directions (RFC 9110 §7.6.1).

use http::header::{CONNECTION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRANSFER_ENCODING, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue};
use smallvec::SmallVec;

use crate::upgrade_protocol::is_upgrade_protocol;

/// Drops what concerns the connection with the agent alone.
pub(crate) fn strip_request(headers: &mut HeaderMap) {
    let wants_trailers = names(headers, TE, "trailers");
    strip(headers);
    headers.remove(PROXY_AUTHORIZATION);
    // The gateway itself lets the body come (RFC 9110 §10.1.1).
    headers.remove(http::header::EXPECT);
    if wants_trailers {
        headers.insert(TE, HeaderValue::from_static("trailers"));
    }
}

/// Drops what concerns the connection with the upstream alone.
pub(crate) fn strip_response(headers: &mut HeaderMap) {
    strip(headers);
    headers.remove(PROXY_AUTHENTICATE);
}

fn strip(headers: &mut HeaderMap) {
    if headers.contains_key(CONNECTION) {
        let named: SmallVec<[HeaderName; 4]> = headers
            .get_all(CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .filter_map(|name| name.trim().parse().ok())
            .collect();
        for name in named {
            headers.remove(name);
        }
        headers.remove(CONNECTION);
    }
    for name in [TRANSFER_ENCODING, UPGRADE, TE, KEEP_ALIVE, PROXY_CONNECTION, HTTP2_SETTINGS] {
        headers.remove(name);
    }
}

const KEEP_ALIVE: HeaderName = HeaderName::from_static("keep-alive");
const PROXY_CONNECTION: HeaderName = HeaderName::from_static("proxy-connection");
const HTTP2_SETTINGS: HeaderName = HeaderName::from_static("http2-settings");

/// The protocols in `Upgrade` to which a connection may switch: not those that carry further requests, which would be
/// judged by nobody.
pub(crate) fn upgrade_protocols(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(UPGRADE).iter();
    let all = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii);
    all.filter(|protocol| is_upgrade_protocol(protocol))
}

/// Whether a header with a list names a token.
pub(crate) fn names(headers: &HeaderMap, name: HeaderName, token: &str) -> bool {
    let mut values =
        headers.get_all(name).iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    values.any(|part| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_connection_names_goes_with_it() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "close, X-Hop"),
            ("x-hop", "1"),
            ("te", "trailers"),
            ("x-stays", "1"),
            ("keep-alive", "x"),
        ] {
            headers.append(name, HeaderValue::from_static(value));
        }
        strip_request(&mut headers);
        let mut left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["te", "x-stays"]);
    }
}
