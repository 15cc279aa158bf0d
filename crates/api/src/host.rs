//! The `Host` header: only names that can't have been rebound to us are answered.

use std::net::{Ipv4Addr, Ipv6Addr};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, Uri, header};

use crate::config::Config;
use crate::error::Error;
use crate::state::ApiState;

/// Refuses calls under a name that isn't ours. A page on `evil.test` whose name is made to point here would
/// otherwise be of our own origin (DNS rebinding).
pub(crate) async fn check(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    match authority(request.headers(), request.uri()) {
        Some(host) if is_ours(&state.config, &host) => next.run(request).await,
        Some(_) | None => Error::Forbidden {
            code: "host_not_allowed",
            message: format!(
                "the Host header names none of this server's hosts; call it as {}, by address, or allow the name with --allowed-host (ONECLI_ALLOWED_HOSTS)",
                state.config.public_url
            ),
        }
        .into_response(),
    }
}

/// The `HOST[:PORT]` that the caller used, in lower case; none where there is none or more than one.
pub(crate) fn authority(headers: &HeaderMap, uri: &Uri) -> Option<String> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let text = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().ok()?,
        // HTTP/2 puts it into the target.
        (None, None) => uri.authority()?.as_str(),
        (_, Some(_)) => return None,
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    (!text.is_empty() && text.bytes().all(plain)).then(|| text.to_ascii_lowercase())
}

/// The address that the caller used, as a base for links that work for the same caller.
pub(crate) fn base_url(config: &Config, parts: &Parts) -> String {
    match authority(&parts.headers, &parts.uri) {
        Some(used) if used != config.public_authority() => format!("http://{used}"),
        Some(_) | None => config.public_url.clone(),
    }
}

/// Whether an authority is one under which the server may be called.
fn is_ours(config: &Config, authority: &str) -> bool {
    let name = name_of(authority);
    let loopback = name == "localhost" || name.ends_with(".localhost");
    // An address can't be rebound: the browser's origin is then the address itself.
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

/// The host of a `HOST[:PORT]`, IPv6 addresses in their brackets, without a dot at the end.
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
