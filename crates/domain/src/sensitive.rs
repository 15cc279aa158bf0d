//! Names and values that may reveal a credential and are masked wherever requests are displayed.

use crate::key_shape;

/// Whether a header, parameter or field of this name is likely to hold a credential.
pub fn is_secret_name(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    EXACT.contains(&plain.as_str()) || PARTS.iter().any(|part| plain.contains(part))
}

/// Whether a header of this name is likely to hold a credential: broader than for fields, since header names are less
/// specific.
pub fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    is_secret_name(&name) || name.ends_with("key") && name != "idempotency-key" || name.contains("jwt")
}

/// Whether a text is likely to contain a credential: `Bearer …`, `Basic …`, a JSON Web Token, a key with a known prefix,
/// a URL with a password or with parameters that look like credentials.
pub fn is_secret_value(text: &str) -> bool {
    let scheme = text.split_once(' ').map_or("", |(scheme, _)| scheme);
    if SCHEMES.iter().any(|known| known.eq_ignore_ascii_case(scheme)) {
        return true;
    }
    let url = text.split_once("://").map(|(_, rest)| rest);
    if url.is_some_and(|rest| rest.split(['/', '?', '#']).next().is_some_and(|host| host.contains('@'))) {
        return true;
    }
    let mut pairs = text.split(['?', '&', ';', ',', '#', ' ']).filter_map(|piece| piece.split_once('='));
    if pairs.any(|(name, value)| !value.is_empty() && is_secret_name(name)) {
        return true;
    }
    text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.')).any(is_known_key)
}

/// Whether a word is a JSON Web Token, or has the key prefix of a well-known service.
pub(crate) fn is_known_key(word: &str) -> bool {
    let is_jwt = word.starts_with("eyJ") && word.matches('.').count() == 2;
    let mut known = KEYS.iter().copied().chain(key_shape::prefixes());
    is_jwt || known.any(|known| word.strip_prefix(known).is_some_and(|rest| rest.len() >= SHORTEST_KEY))
}

const SCHEMES: &[&str] = &["bearer", "basic", "token", "digest", "negotiate", "apikey", "aws4-hmac-sha256"];
/// Further key prefixes of well-known services, beside those whose whole shape is known.
const KEYS: &[&str] = &[
    "sk-", "sk_", "pk_live_", "ghr_", "xoxa-", "xoxs-", "xapp-", "ya29.", "pypi-", "secret_", "re_",
    "whsec_", "aoc_", "oc_", "pat-",
];
const SHORTEST_KEY: usize = 12;
const EXACT: &[&str] =
    &["key", "sig", "pin", "cvc", "cvv", "otp", "code", "auth", "pass", "pwd", "pw", "jwt"];
const PARTS: &[&str] = &[
    "authorization",
    "token",
    "secret",
    "password",
    "passwd",
    "passphrase",
    "apikey",
    "accesskey",
    "privatekey",
    "secretkey",
    "credential",
    "session",
    "cookie",
    "signature",
    "xauth",
    "clientassertion",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_recognised_anywhere_in_a_text() {
        for text in [
            "Bearer abc",
            "basic YTpi",
            "eyJhbGciOi.eyJzdWIi.c2ln",
            "https://ann:pw@host.test/",
            "https://host.test/?access_token=abc&x=1",
            "id=1; session=abc",
            "x ghp_abcdefghijklmnop",
            "sk-ant-api03-abcdefghij",
        ] {
            assert!(is_secret_value(text), "{text}");
        }
        for text in [
            "application/json; charset=utf-8",
            "https://host.test/a@b?page=2",
            "curl/8.5.0",
            "gzip, br",
            "re_lease",
            "token",
            "Wed, 21 Oct 2015 07:28:00 GMT",
        ] {
            assert!(!is_secret_value(text), "{text}");
        }
        assert!(is_secret_header("X-My-Key") && is_secret_header("x-jwt-assertion"));
        assert!(!is_secret_header("Idempotency-Key") && !is_secret_header("keep"));
    }

    #[test]
    fn credential_names_are_recognised_in_any_spelling() {
        for name in
            ["Authorization", "proxy-authorization", "Cookie", "X-Api-Key", "api_key", "accessToken", "sig"]
        {
            assert!(is_secret_name(name), "{name}");
        }
        for name in ["accept", "content-type", "user-agent", "amount", "keyword", "to"] {
            assert!(!is_secret_name(name), "{name}");
        }
    }
}
