//! Cross-site request forgery: requests authenticated by the browser must come from our own pages.

use http::Method;
use http::request::Parts;

use crate::config::Config;
use crate::error::Error;
use crate::host;

/// Checks a request that is authenticated only by a cookie, which the browser adds to requests from any site.
///
/// The value of the `x-csrf-token` header doesn't matter: a page of another origin can't set a custom header
/// without a CORS preflight, which is never granted here.
pub(crate) fn check(config: &Config, parts: &Parts) -> Result<(), Error> {
    check_origin(config, parts)?;
    let site = parts.headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes);
    if is_safe(&parts.method) {
        return Ok(());
    }
    let token = parts.headers.get("x-csrf-token").is_some_and(|token| !token.is_empty());
    match site {
        Some(b"same-origin") => Ok(()),
        Some(b"none") | None if token => Ok(()),
        Some(_) | None => Err(forged("send the x-csrf-token header with requests that change something")),
    }
}

/// Checks a request without credentials where sign-in is turned off: programs may send it, other sites' pages may not.
pub(crate) fn check_open(config: &Config, parts: &Parts) -> Result<(), Error> {
    check_origin(config, parts)?;
    let site = parts.headers.get("sec-fetch-site").map(http::HeaderValue::as_bytes);
    match site {
        _ if is_safe(&parts.method) => Ok(()),
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(forged("this request comes from a page of another site")),
    }
}

/// An `Origin` must be that of the public URL or of the host that was requested.
fn check_origin(config: &Config, parts: &Parts) -> Result<(), Error> {
    let mut origins = parts.headers.get_all(http::header::ORIGIN).iter();
    let Some(origin) = origins.next() else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default().to_ascii_lowercase();
    let public = config.public_url.to_ascii_lowercase();
    let used = host::authority(&parts.headers, &parts.uri).unwrap_or_default();
    let ours = origin_of(&public) == Some(origin_of(&origin).unwrap_or_default())
        || (!used.is_empty() && (origin == format!("http://{used}") || origin == format!("https://{used}")));
    if ours && origins.next().is_none() {
        Ok(())
    } else {
        Err(forged("the Origin header names another site"))
    }
}

/// `SCHEME://HOST[:PORT]` without the scheme's default port.
fn origin_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    let default = match scheme {
        "https" => ":443",
        "http" => ":80",
        _ => return None,
    };
    Some(format!("{scheme}://{}", authority.strip_suffix(default).unwrap_or(authority)))
}

/// RFC 9110 §9.2.1
fn is_safe(method: &Method) -> bool {
    *method == Method::GET || *method == Method::HEAD || *method == Method::OPTIONS
}

fn forged(why: &str) -> Error {
    Error::Forbidden {
        code: "csrf",
        message: format!("this request could have been made by another site: {why}"),
    }
}
