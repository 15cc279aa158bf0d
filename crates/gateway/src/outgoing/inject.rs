//! Injection: credentials go into a request, and only so does it become fit to be sent.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, HOST, TRANSFER_ENCODING};
use http::uri::{Authority, PathAndQuery, Scheme as UriScheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, Version};
use http_body::Body;
use onecli_app::vault::credentials::{Credential, Credentials};
use onecli_domain::injection::{Format, Injection, Place};
use onecli_domain::placeholder::Placeholder;
pub(crate) use onecli_domain::placeholder::read_basic;
use onecli_domain::secret::AuthMode;
use onecli_domain::target::{Scheme, Target, decode_form};
use zeroize::Zeroizing;

use crate::outgoing::request_body::{Meter, RequestBody};

/// A request that was decided about and holds its credentials: the only thing that a line sends.
///
/// Made by [`apply`] alone, from credentials that only a grant opens.
pub(crate) struct Cleared {
    method: Method,
    headers: HeaderMap,
    path: PathAndQuery,
    authority: Authority,
    scheme: UriScheme,
    body: RequestBody,
}

/// What a cleared request leaves behind when it is handed to a connection.
#[derive(Debug)]
pub(crate) struct Clearance {
    authority: Authority,
    scheme: UriScheme,
}

/// Why credentials don't fit into a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InjectError {
    /// A secret holds a character that no header can hold.
    #[error("the stored value holds a character that no header can hold")]
    Value,
    /// The path or host can't be written in a request.
    #[error("the target holds a character that no request can hold")]
    Target,
}

/// Puts credentials into a request whose hop-by-hop headers are gone. The agent's own values for what is
/// injected are removed first.
pub(crate) fn apply(
    credentials: &Credentials,
    request: Request<RequestBody>,
    target: &Target,
) -> Result<Cleared, InjectError> {
    let (parts, body) = request.into_parts();
    let mut headers = parts.headers;
    headers.remove(HOST);
    headers.remove(CONNECTION_CHOICE);
    let mut filled: Option<Zeroizing<String>> = None;
    let mut query: Option<Zeroizing<String>> = None;

    for credential in credentials.iter() {
        if let Some(placeholder) = credential.placeholder() {
            replace_in_headers(&mut headers, placeholder, credential)?;
            let current = query.as_deref().map(String::as_str).or(target.query.as_deref());
            let value = std::str::from_utf8(credential.value()).map_err(|_| InjectError::Value)?;
            if let Some(replaced) = current.and_then(|text| placeholder.replace_in_query(text, value)) {
                query = Some(replaced);
            }
        }
    }
    for credential in credentials.iter() {
        match credential.injection() {
            None | Some(Injection::Placeholder) => {}
            Some(Injection::Anthropic(AuthMode::ApiKey)) => {
                headers.remove(AUTHORIZATION);
                set(&mut headers, X_API_KEY, Zeroizing::new(credential.value().to_vec()))?;
            }
            Some(Injection::Anthropic(AuthMode::OAuth)) => {
                headers.remove(X_API_KEY);
                if headers.contains_key(AUTHORIZATION) {
                    set(&mut headers, AUTHORIZATION, bearer(credential))?;
                }
            }
            Some(Injection::OpenAi) => set(&mut headers, AUTHORIZATION, bearer(credential))?,
            Some(Injection::Header { name, format }) => {
                let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| InjectError::Value)?;
                set(&mut headers, name, format.fill(credential.value()))?;
            }
            Some(Injection::Query { name, format }) => {
                let current = query.as_deref().map(String::as_str).or(target.query.as_deref());
                query = Some(set_parameter(current, name, format, credential)?);
            }
            Some(Injection::Path(template)) => {
                let value = std::str::from_utf8(credential.value()).map_err(|_| InjectError::Value)?;
                filled = Some(template.fill(target.path.sent(), value));
            }
        }
    }
    Ok(Cleared {
        method: parts.method,
        headers,
        path: join(
            &parts.uri,
            filled.as_deref().map_or(target.path.sent(), String::as_str),
            query.as_deref().map(String::as_str).or(target.query.as_deref()),
        )?,
        authority: target.authority().parse().map_err(|_| InjectError::Target)?,
        scheme: match target.scheme {
            Scheme::Http => UriScheme::HTTP,
            Scheme::Https => UriScheme::HTTPS,
        },
        body,
    })
}

impl Cleared {
    /// The request as the connection's protocol wants it, and what makes it cleared again should it come back unsent.
    pub(crate) fn into_request(self, http2: bool) -> (Request<RequestBody>, Clearance) {
        let mut request = Request::new(self.body);
        *request.method_mut() = self.method;
        *request.headers_mut() = self.headers;
        let mut parts = http::uri::Parts::default();
        if http2 {
            *request.version_mut() = Version::HTTP_2;
            parts.scheme = Some(self.scheme.clone());
            parts.authority = Some(self.authority.clone());
        } else {
            *request.version_mut() = Version::HTTP_11;
            if let Ok(host) = HeaderValue::from_str(self.authority.as_str()) {
                request.headers_mut().insert(HOST, host);
            }
            let body = request.body();
            if !body.is_end_stream() && body.size_hint().exact().is_none() {
                // Said outright, since hyper takes a GET or HEAD without it for one that has no body.
                request.headers_mut().insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
            }
        }
        parts.path_and_query = Some(self.path);
        // The parts make a URI: a path alone, or all three.
        *request.uri_mut() = Uri::from_parts(parts).unwrap_or_default();
        (request, Clearance { authority: self.authority, scheme: self.scheme })
    }

    /// A request that came back unsent. Only what was cleared before has a clearance.
    pub(crate) fn unsent(request: Request<RequestBody>, clearance: Clearance) -> Self {
        let (parts, body) = request.into_parts();
        let mut headers = parts.headers;
        headers.remove(HOST);
        headers.remove(TRANSFER_ENCODING);
        let path = parts.uri.into_parts().path_and_query;
        let path = path.unwrap_or_else(|| PathAndQuery::from_static("/"));
        let Clearance { authority, scheme } = clearance;
        Self { method: parts.method, headers, path, authority, scheme, body }
    }

    /// How far its body is, where it has one.
    pub(crate) fn meter(&self) -> Option<Arc<Meter>> {
        self.body.meter()
    }
}

/// Sets a header to a secret. The bytes behind it are wiped when the last copy of the header goes.
fn set(headers: &mut HeaderMap, name: HeaderName, value: Zeroizing<Vec<u8>>) -> Result<(), InjectError> {
    let mut value =
        HeaderValue::from_maybe_shared(Bytes::from_owner(value)).map_err(|_| InjectError::Value)?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

fn bearer(credential: &Credential) -> Zeroizing<Vec<u8>> {
    let value = credential.value();
    let mut out = Zeroizing::new(Vec::with_capacity(BEARER.len() + value.len()));
    out.extend_from_slice(BEARER.as_bytes());
    out.extend_from_slice(value);
    out
}

/// Replaces every parameter of a name by one that holds the secret.
fn set_parameter(
    query: Option<&str>,
    name: &str,
    format: &Format,
    credential: &Credential,
) -> Result<Zeroizing<String>, InjectError> {
    let value = format.fill(credential.value());
    let value = std::str::from_utf8(&value).map_err(|_| InjectError::Value)?;
    let mut out =
        Zeroizing::new(String::with_capacity(query.map_or(0, str::len) + 3 * (name.len() + value.len()) + 2));
    let mut placed = false;
    let append = |out: &mut String| {
        if !out.is_empty() {
            out.push('&');
        }
        out.extend(percent_encoding::utf8_percent_encode(name, FORM));
        out.push('=');
        out.extend(percent_encoding::utf8_percent_encode(value, FORM));
    };
    for pair in query.into_iter().flat_map(|query| query.split('&')).filter(|pair| !pair.is_empty()) {
        let key = pair.split('=').next().unwrap_or(pair);
        if decode_form(key) != name {
            if !out.is_empty() {
                out.push('&');
            }
            out.push_str(pair);
        } else if !placed {
            append(&mut out);
            placed = true;
        }
    }
    if !placed {
        append(&mut out);
    }
    Ok(out)
}

/// Replaces the placeholder in the headers from which the secret is read, and in no other.
fn replace_in_headers(
    headers: &mut HeaderMap,
    placeholder: &Placeholder,
    credential: &Credential,
) -> Result<(), InjectError> {
    let text = placeholder.text().as_bytes();
    for (name, header) in headers.iter_mut() {
        if !placeholder.is_read_from(Place::Header(name.as_str())) {
            continue;
        }
        let replaced = if memchr::memmem::find(header.as_bytes(), text).is_some() {
            replace(header.as_bytes(), text, credential.value())
        } else if *name == AUTHORIZATION
            && let Some(pair) = read_basic(header.as_bytes())
            && memchr::memmem::find(&pair, text).is_some()
        {
            let pair = replace(&pair, text, credential.value());
            let mut out = Zeroizing::new(String::with_capacity(BASIC.len() + pair.len().div_ceil(3) * 4));
            out.push_str(BASIC);
            BASE64_STANDARD.encode_string(&*pair, &mut out);
            Zeroizing::new(std::mem::take(&mut *out).into_bytes())
        } else {
            continue;
        };
        let mut value =
            HeaderValue::from_maybe_shared(Bytes::from_owner(replaced)).map_err(|_| InjectError::Value)?;
        value.set_sensitive(true);
        *header = value;
    }
    Ok(())
}

fn replace(text: &[u8], from: &[u8], to: &[u8]) -> Zeroizing<Vec<u8>> {
    let count = memchr::memmem::find_iter(text, from).count();
    let mut out = Zeroizing::new(Vec::with_capacity(text.len() + count * to.len()));
    let mut rest = text;
    while let Some(at) = memchr::memmem::find(rest, from) {
        out.extend_from_slice(rest.get(..at).unwrap_or_default());
        out.extend_from_slice(to);
        rest = rest.get(at + from.len()..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    out
}

/// Path and query in one. What is as the agent sent it is taken over without a copy.
fn join(original: &Uri, path: &str, query: Option<&str>) -> Result<PathAndQuery, InjectError> {
    if let Some(whole) = original.path_and_query()
        && whole.path() == path
        && whole.query() == query
    {
        return Ok(whole.clone());
    }
    let mut out = Zeroizing::new(Vec::with_capacity(path.len() + query.map_or(0, |query| query.len() + 1)));
    out.extend_from_slice(path.as_bytes());
    if let Some(query) = query {
        out.push(b'?');
        out.extend_from_slice(query.as_bytes());
    }
    PathAndQuery::from_maybe_shared(Bytes::from_owner(out)).map_err(|_| InjectError::Target)
}

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
/// With it an agent picks one of several connections; it never goes upstream.
const CONNECTION_CHOICE: &str = "x-onecli-connection-id";
const BEARER: &str = "Bearer ";
const BASIC: &str = "Basic ";
/// Everything but the unreserved characters (RFC 3986 §2.3).
const FORM: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
