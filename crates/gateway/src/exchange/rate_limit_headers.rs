//! `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers): what the limits say that a request was counted
//! against.

use std::fmt::Write;

use http::{HeaderMap, HeaderName, HeaderValue};
use onecli_domain::rate::RateLimit;
use onecli_domain::verdict::Count;

/// Sets both fields in an answer to a request that was counted.
pub(crate) fn set(headers: &mut HeaderMap, counts: &[Count]) {
    let all =
        counts.iter().map(|count| (&*count.limit.name, count.limit.rate, count.requests, count.seconds));
    put(headers, all);
}

/// Sets both fields in the answer to a request that a limit refused.
pub(crate) fn set_full(headers: &mut HeaderMap, name: &str, rate: RateLimit, seconds: u32) {
    put(headers, std::iter::once((name, rate, 0, seconds)));
}

fn put<'a>(headers: &mut HeaderMap, all: impl Iterator<Item = (&'a str, RateLimit, u32, u32)>) {
    let (mut policies, mut limits) = (String::new(), String::new());
    for (name, rate, requests, seconds) in all {
        let joint = if policies.is_empty() { "" } else { ", " };
        let name = quoted(name);
        let _ = write!(policies, "{joint}{name};q={};w={}", rate.limit, rate.window.seconds());
        let _ = write!(limits, "{joint}{name};r={requests};t={seconds}");
    }
    for (name, text) in [(POLICY, policies), (LIMIT, limits)] {
        if let Ok(value) = HeaderValue::try_from(text)
            && !value.is_empty()
        {
            headers.append(name, value);
        }
    }
}

/// A string of RFC 9651 §3.3.3, which holds ASCII alone.
fn quoted(name: &str) -> String {
    let mut out = String::from('"');
    for c in name.chars() {
        match c {
            '"' | '\\' => {
                out.push('\\');
                out.push(c);
            }
            ' '..='~' => out.push(c),
            _ => out.push('?'),
        }
    }
    out.push('"');
    out
}

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit");
