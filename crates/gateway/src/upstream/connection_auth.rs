//! Authentication of connections: NTLM and Negotiate make a connection itself somebody's (RFC 4559 §6).

use http::header::{AUTHORIZATION, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderName};

/// Whether a request authenticates the connection on which it is sent.
pub(crate) fn is_spoken(request: &HeaderMap) -> bool {
    [AUTHORIZATION, PROXY_AUTHORIZATION].into_iter().any(|name| names_one(request, name))
}

/// Whether a response says that its connection is, or may become, authenticated.
pub(super) fn is_offered(response: &HeaderMap) -> bool {
    [WWW_AUTHENTICATE, PROXY_AUTHENTICATE].into_iter().any(|name| names_one(response, name))
        || response.contains_key(PERSISTENT_AUTH)
}

/// A comma within a quoted string is taken for one between schemes: that errs on the careful side.
fn names_one(headers: &HeaderMap, name: HeaderName) -> bool {
    let values = headers.get_all(name);
    let mut parts = values.iter().flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    parts.any(|part| {
        let scheme = part.trim_ascii().split(u8::is_ascii_whitespace).next().unwrap_or_default();
        SCHEMES.iter().any(|own| scheme.eq_ignore_ascii_case(own))
    })
}

const SCHEMES: [&[u8]; 3] = [b"ntlm", b"negotiate", b"kerberos"];
/// IIS sends it with responses on an authenticated connection.
const PERSISTENT_AUTH: HeaderName = HeaderName::from_static("persistent-auth");

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn schemes_that_concern_the_connection_are_told_from_others() {
        let of = |name: HeaderName, value: &'static str| {
            HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
        };
        for value in ["NTLM TlRMTVNTUAAB", "negotiate YIIB", "Kerberos x", "nTLM"] {
            assert!(is_spoken(&of(AUTHORIZATION, value)), "{value}");
            assert!(is_spoken(&of(PROXY_AUTHORIZATION, value)), "{value}");
        }
        for value in ["NTLM", "Basic realm=\"x\", Negotiate", "Bearer,NTLM", "Negotiate oYG2"] {
            assert!(is_offered(&of(WWW_AUTHENTICATE, value)), "{value}");
            assert!(is_offered(&of(PROXY_AUTHENTICATE, value)), "{value}");
        }
        assert!(is_offered(&of(PERSISTENT_AUTH, "true")));
        for value in ["Basic bnRsbTp4", "Bearer ntlm", "Digest username=\"ntlm\"", "NTLMv9 x", ""] {
            assert!(!is_spoken(&of(AUTHORIZATION, value)), "{value}");
        }
        assert!(!is_offered(&of(WWW_AUTHENTICATE, "Basic realm=\"negotiate\"")));
    }
}
