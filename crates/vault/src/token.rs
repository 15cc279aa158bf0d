//! Bearer tokens: generated at random, looked up by their hash.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use onecli_domain::token::TokenHash;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::plaintext::Plaintext;

/// A new token: `aoc_` and 64 hexadecimal digits.
pub fn new_agent_token() -> Result<(Plaintext, TokenHash), Error> {
    new_hex_token("aoc_")
}

/// A new key: `oc_` and 64 hexadecimal digits.
pub fn new_api_key() -> Result<(Plaintext, TokenHash), Error> {
    new_hex_token("oc_")
}

/// A new token for sessions and sign-in links: 43 characters of base64url.
pub fn new_session_token() -> Result<(Plaintext, TokenHash), Error> {
    let bytes = Zeroizing::new(random_bytes::<32>()?);
    Ok(hashed(BASE64_URL_SAFE_NO_PAD.encode(*bytes)))
}

/// The hash used to look a token up. Tokens hold 256 random bits, so a plain SHA-256 can't be brute-forced.
pub fn hash_token(token: &str) -> TokenHash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
    TokenHash(hash)
}

/// Random bytes.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::Primitive)?;
    Ok(bytes)
}

fn new_hex_token(prefix: &str) -> Result<(Plaintext, TokenHash), Error> {
    let bytes = Zeroizing::new(random_bytes::<32>()?);
    let mut text = String::with_capacity(prefix.len() + 64);
    text.push_str(prefix);
    text.push_str(&Zeroizing::new(hex::encode(*bytes)));
    Ok(hashed(text))
}

fn hashed(text: String) -> (Plaintext, TokenHash) {
    let hash = hash_token(&text);
    (Plaintext::from_string(text), hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_have_their_format_and_differ() {
        let (first, hash) = new_agent_token().unwrap();
        let text = first.as_str().unwrap();
        assert!(text.starts_with("aoc_") && text.len() == 68);
        assert_eq!(hash_token(text), hash);
        assert_ne!(new_agent_token().unwrap().1, hash);
        assert_eq!(new_api_key().unwrap().0.as_bytes().len(), 67);
        assert_eq!(new_session_token().unwrap().0.as_bytes().len(), 43);
    }
}
