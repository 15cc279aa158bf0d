//! The `Host` header: protects against DNS rebinding.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Uri, header};

use crate::config::Config;
use crate::error::Error;
use crate::state::ApiState;

/// Refuses requests for host names that aren't ours. Otherwise a page on `evil.test`, once that name resolves to this
/// server, would be of the same origin as our pages (DNS rebinding).
pub(crate) async fn check(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    match authority(request.headers(), request.uri()) {
        Some(host) if is_ours(&state.config, &host) => next.run(request).await,
        Some(_) | None => Error::Forbidden {
            code: "host_not_allowed",
            message: format!(
                "the Host header is not one of this server's names; use {}, by address, or allow the name with --allowed-host (ONECLI_ALLOWED_HOSTS)",
                state.config.public_url
            ),
        }
        .into_response(),
    }
}

/// The `HOST[:PORT]` that the client used, in lower case; `None` if there is none or more than one.
pub(crate) fn authority(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let text = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok()?,
        // HTTP/2 has it in the request target.
        (None, None) => uri.authority()?.as_str(),
        (_, Some(_)) => return None,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    (!text.is_empty() && text.bytes().all(plain)).then(|| text.to_ascii_lowercase())
}

/// The URL under which this client reaches the server, as a base for links.
pub(crate) fn base_url(config: &Config, parts: &Parts) -> String {
    match authority(&parts.headers, &parts.uri) {
        Some(used) if used != config.public_authority() => format!("http://{used}"),
        Some(_) | None => config.public_url.clone(),
    }
}

/// Whether the server may be called under this authority.
fn is_ours(config: &Config, authority: &str) -> bool {
    let name = name_of(authority);
    let loopback = name == "localhost" || name.ends_with(".localhost");
    // An IP address can't be rebound: the browser's origin is then the address itself.
    let address = name.parse::<Ipv4Addr>().is_ok()
        || name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
            .is_some_and(|v6| v6.parse::<Ipv6Addr>().is_ok());
    loopback
        || address
        || name == "host.docker.internal"
        || name == name_of(&config.public_authority())
        || config.allowed_hosts.iter().any(|allowed| name == name_of(&allowed.to_ascii_lowercase()))
}

/// The host of `HOST[:PORT]`, IPv6 addresses in brackets, without a trailing dot.
fn name_of(authority: &str) -> &str {
    let name = match authority.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') && port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => authority,
    };
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_that_cannot_be_rebound_are_ours() {
        let mut config = Config::new("https://one.example.com/");
        config.allowed_hosts.push("onecli".into());
        for ours in [
            "localhost",
            "localhost:10254",
            "127.0.0.1:1",
            "[::1]:10254",
            "[::1]",
            "192.0.2.7",
            "one.example.com",
            "one.example.com:443",
            "host.docker.internal:10254",
            "onecli:10254",
            "localhost.",
        ] {
            assert!(is_ours(&config, ours), "{ours}");
        }
        for foreign in [
            "evil.test",
            "localhost.evil.test",
            "127.0.0.1.evil.test",
            "one.example.com.evil.test",
            "",
            "[::1",
            "evilone.example.com",
            "1.2.3",
            "host.docker.internal.evil.test",
        ] {
            assert!(!is_ours(&config, foreign), "{foreign}");
        }
    }
}
