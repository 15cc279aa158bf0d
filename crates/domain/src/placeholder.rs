//! Placeholders: what an agent holds in a secret's place, and where in a request one is replaced by the value.

use std::borrow::Cow;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use smallvec::SmallVec;
use zeroize::Zeroizing;

use crate::injection::{Injection, Place};
use crate::key_shape::{self, KeyShape};
use crate::secret::{AuthMode, Secret, SecretKind};
use crate::services::{self, Sent, Service};
use crate::target::decode_form;

/// The placeholder of a secret, and the parts of a request from which the secret is read.
///
/// It is replaced nowhere else: an upstream may send other headers and parameters back, and with them the value.
#[derive(Debug)]
pub struct Placeholder {
    text: Box<str>,
    /// The headers and parameters that the secret's own configuration names.
    headers: SmallVec<[Box<str>; 1]>,
    parameters: SmallVec<[Box<str>; 1]>,
    services: SmallVec<[&'static Service; 1]>,
    /// Whether nothing says where the secret is read from.
    is_anywhere: bool,
}

impl Placeholder {
    /// A secret's placeholder; `injections` are all the ways in which the secret is injected.
    pub fn of<'a>(secret: &Secret, injections: impl IntoIterator<Item = &'a Injection>) -> Self {
        let mut placeholder = Self {
            text: secret.placeholder.as_str().into(),
            headers: SmallVec::new(),
            parameters: SmallVec::new(),
            services: services::for_host_patterns(&secret.host_patterns).collect(),
            is_anywhere: true,
        };
        for injection in injections {
            match injection {
                Injection::Placeholder => continue,
                Injection::Header { name, .. } => placeholder.headers.push(name.clone()),
                Injection::Query { name, .. } => placeholder.parameters.push(name.clone()),
                Injection::Anthropic(_) => placeholder.headers.push("x-api-key".into()),
                Injection::OpenAi | Injection::Path(_) => {}
            }
            placeholder.is_anywhere = false;
        }
        placeholder.is_anywhere &= placeholder.services.is_empty();
        placeholder
    }

    /// The placeholder itself.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the secret is read from this part of a request.
    pub fn is_read_from(&self, place: Place<'_>) -> bool {
        if matches!(place, Place::Header("authorization" | "cookie")) {
            return true;
        }
        let (named, customary): (_, &[&str]) = match place {
            Place::Header(name) => (self.headers.iter().any(|own| **own == *name), CUSTOMARY_HEADERS),
            Place::Parameter(name) => {
                (self.parameters.iter().any(|own| **own == *name), CUSTOMARY_PARAMETERS)
            }
        };
        let (Place::Header(name) | Place::Parameter(name)) = place;
        named
            || self.is_anywhere && customary.contains(&name)
            || self.services.iter().any(|service| {
                service.reads.contains(&place)
                    || matches!(service.sent, Sent::Header(own, _) if place == Place::Header(own))
            })
    }

    /// A query with the placeholder replaced in the parameters from which the secret is read; none if it is in none.
    pub fn replace_in_query(&self, query: &str, value: &str) -> Option<Zeroizing<String>> {
        let count = query
            .split('&')
            .filter_map(|pair| self.filled_parameter(pair))
            .map(|value| value.matches(self.text()).count())
            .sum::<usize>();
        if count == 0 {
            return None;
        }
        // Enough even if every byte is percent-encoded, so that no copy of the value stays behind.
        let mut out = Zeroizing::new(String::with_capacity(3 * (query.len() + count * value.len())));
        for (at, pair) in query.split('&').enumerate() {
            if at > 0 {
                out.push('&');
            }
            let Some(decoded) = self.filled_parameter(pair) else {
                out.push_str(pair);
                continue;
            };
            out.push_str(pair.split('=').next().unwrap_or_default());
            out.push('=');
            for (at, literal) in decoded.split(self.text()).enumerate() {
                if at > 0 {
                    out.extend(percent_encoding::utf8_percent_encode(value, UNRESERVED));
                }
                out.extend(percent_encoding::utf8_percent_encode(literal, UNRESERVED));
            }
        }
        Some(out)
    }

    /// The decoded value of a parameter that holds the placeholder and from which the secret is read.
    fn filled_parameter<'a>(&self, pair: &'a str) -> Option<Cow<'a, str>> {
        let (name, value) = pair.split_once('=')?;
        let value = decode_form(value);
        let is_filled =
            value.contains(self.text()) && self.is_read_from(Place::Parameter(&decode_form(name)));
        is_filled.then_some(value)
    }
}

/// Shows each part of a request's query in which a placeholder may stand, with the decoded name of its parameter.
pub fn each_parameter(query: &str, see: &mut dyn FnMut(&str, &[u8])) {
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let name = decode_form(pair.split('=').next().unwrap_or(pair));
        see(&name, pair.as_bytes());
        if let Cow::Owned(decoded) = decode_form(pair) {
            see(&name, decoded.as_bytes());
        }
    }
}

/// The decoded pair of a Basic credential (RFC 7617), wiped when it goes.
pub fn read_basic(header: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (scheme, pair) = header.split_at_checked(BASIC.len())?;
    if !scheme.eq_ignore_ascii_case(BASIC.as_bytes()) {
        return None;
    }
    BASE64_STANDARD.decode(pair.trim_ascii()).ok().map(Zeroizing::new)
}

/// What the placeholder of a secret looks like: as the value does, if that shows whose key it is, else as keys of the
/// secret's service do. Nothing of the value but a prefix that every such key has is taken over.
pub fn shape_of(secret: &Secret, value: Option<&str>) -> &'static KeyShape {
    let of_kind = match (secret.kind, secret.config.auth_mode) {
        (SecretKind::Anthropic, Some(AuthMode::OAuth)) => Some(&key_shape::ANTHROPIC_OAUTH),
        (SecretKind::Anthropic, _) => Some(&key_shape::ANTHROPIC),
        (SecretKind::OpenAi, _) => Some(&key_shape::OPENAI),
        (SecretKind::Generic, _) => None,
    };
    value
        .and_then(key_shape::by_prefix)
        .or(of_kind)
        .or_else(|| services::for_host_patterns(&secret.host_patterns).next().map(|service| service.shape))
        .or_else(|| value.and_then(key_shape::by_form))
        .unwrap_or(&key_shape::PLAIN)
}

const BASIC: &str = "Basic ";
/// Everything but the unreserved characters (RFC 3986 §2.3).
const UNRESERVED: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// Headers in which services of all kinds take a key: for secrets of which nothing else is known.
const CUSTOMARY_HEADERS: &[&str] = &[
    "x-api-key",
    "api-key",
    "apikey",
    "x-key",
    "x-auth-token",
    "x-access-token",
    "x-auth-key",
    "private-token",
];
/// Parameters in which services of all kinds take a key.
const CUSTOMARY_PARAMETERS: &[&str] =
    &["key", "api_key", "apikey", "api-key", "access_token", "auth_token", "token", "auth"];

#[cfg(test)]
mod tests;
