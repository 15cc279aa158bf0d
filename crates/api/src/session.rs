//! The session cookie: setting, reading and clearing it.

use http::{HeaderMap, HeaderValue, header};

use crate::config::Config;

/// The session's token, if the browser sent one.
pub(crate) fn token(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == COOKIE && !value.is_empty()).then_some(value))
}

/// A `Set-Cookie` header that starts a session. The token is hexadecimal, so it needs no quoting.
pub(crate) fn start(config: &Config, token: &str, seconds: i64) -> Option<HeaderValue> {
    cookie(config, token, seconds)
}

/// A `Set-Cookie` header that ends the session.
pub(crate) fn end(config: &Config) -> Option<HeaderValue> {
    cookie(config, "", 0)
}

fn cookie(config: &Config, value: &str, seconds: i64) -> Option<HeaderValue> {
    let secure = if config.is_https() { "; Secure" } else { "" };
    let text = format!("{COOKIE}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}");
    let mut header = HeaderValue::from_str(&text).ok()?;
    header.set_sensitive(true);
    Some(header)
}

const COOKIE: &str = "onecli_session";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; xonecli_session=no"));
        headers.append(header::COOKIE, HeaderValue::from_static("onecli_session=; onecli_session=yes"));
        assert_eq!(token(&headers), Some("yes"));
    }

    #[test]
    fn a_cookie_is_secure_only_with_https() {
        let text = |url: &str| start(&Config::new(url), "t", 9).unwrap().to_str().unwrap().to_owned();
        assert_eq!(text("http://h"), "onecli_session=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=9");
        assert!(text("HTTPS://h").ends_with("; Secure"));
    }
}
