//! Protocols that an HTTP/1.1 connection may switch to with `Upgrade` (RFC 9110 §7.8).

/// Whether a connection may switch to a protocol: `h2c`, `HTTP/…` and `TLS/…` carry further requests.
pub(crate) fn is_upgrade_protocol(protocol: &[u8]) -> bool {
    let begins =
        |with: &[u8]| protocol.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    let name_ends = |at: usize| protocol.get(at).is_none_or(|byte| !byte.is_ascii_alphanumeric());
    !protocol.is_empty()
        && ![&b"h2c"[..], b"h2", b"http", b"tls"].iter().any(|with| begins(with) && name_ends(with.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_carries_further_requests_is_none() {
        for protocol in ["websocket", "WebSocket", "SPDY/3.1", "tcp", "h2x", "https-tunnel", "tls2"] {
            assert!(is_upgrade_protocol(protocol.as_bytes()), "{protocol}");
        }
        for protocol in ["", "h2c", "H2C", "h2", "h2c-14", "HTTP/2.0", "http", "TLS/1.0", "tls"] {
            assert!(!is_upgrade_protocol(protocol.as_bytes()), "{protocol}");
        }
    }
}
