//! Who is calling: the agent behind a `Proxy-Authorization`.

use std::sync::Arc;

use http::HeaderMap;
use http::header::PROXY_AUTHORIZATION;
use onecli_app::App;
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::token::TokenHash;
use zeroize::Zeroizing;

use crate::outgoing::inject::read_basic;

/// The agent whose token the headers carry, and the token's hash.
pub(crate) fn agent(app: &App, headers: &HeaderMap) -> Option<(TokenHash, Arc<AgentEntry>)> {
    let mut values = headers.get_all(PROXY_AUTHORIZATION).iter();
    let (value, None) = (values.next()?, values.next()) else { return None };
    let token = read_token(value.as_bytes())?;
    // Hashed whatever it is, and looked up by its hash: a wrong token costs what a right one costs.
    let hash = app.hash_token(std::str::from_utf8(&token).ok()?);
    app.agent(&hash).map(|agent| (hash, agent))
}

/// The token is the password of a Basic pair, or its user name where the password is empty; or a bearer token.
fn read_token(value: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    if let Some(pair) = read_basic(value) {
        let colon = memchr::memchr(b':', &pair).unwrap_or(pair.len());
        let (user, password) = pair.split_at(colon);
        let password = password.get(1..).unwrap_or_default();
        let token = if password.is_empty() { user } else { password };
        return Some(Zeroizing::new(token.to_vec()));
    }
    let (scheme, token) = value.split_at_checked(BEARER.len())?;
    scheme.eq_ignore_ascii_case(BEARER).then(|| Zeroizing::new(token.trim_ascii().to_vec()))
}

const BEARER: &[u8] = b"Bearer ";

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str) -> Option<String> {
        read_token(header.as_bytes()).map(|token| String::from_utf8(token.to_vec()).unwrap())
    }

    #[test]
    fn the_token_is_the_password_the_user_name_or_a_bearer_token() {
        assert_eq!(token("Basic eDphb2NfMQ==").as_deref(), Some("aoc_1"));
        assert_eq!(token("bAsIc YW9jXzE6").as_deref(), Some("aoc_1"));
        assert_eq!(token("BASIC YW9jXzE=").as_deref(), Some("aoc_1"));
        assert_eq!(token("bearer  aoc_1 ").as_deref(), Some("aoc_1"));
        assert_eq!(token("Basic ***"), None);
        assert_eq!(token("Digest x"), None);
        assert_eq!(token(""), None);
    }
}
