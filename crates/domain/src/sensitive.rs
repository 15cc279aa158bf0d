//! Names that give away a credential: what bears one is not shown to those who look at requests.

/// Whether a header, parameter or field of this name is likely to hold a credential.
pub fn is_secret_name(name: &str) -> bool {
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    EXACT.contains(&plain.as_str()) || PARTS.iter().any(|part| plain.contains(part))
}

const EXACT: &[&str] = &["key", "sig", "pin", "cvc", "cvv", "otp", "code", "auth", "pass", "pwd", "jwt"];
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
    fn names_of_credentials_are_known_however_they_are_written() {
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
