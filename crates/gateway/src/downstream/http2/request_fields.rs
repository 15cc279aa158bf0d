//! Request heads of HTTP/2: refused where they are malformed (RFC 9113 §8), and written as the parser behind takes
//! them.

use std::borrow::Cow;

use onecli_domain::raw_target::{self, BadCharacter};

use crate::downstream::chunks::{is_field_value, is_token};
use crate::downstream::http2::hpack::{self, Field, Fields};
use crate::downstream::http2::static_table::{AUTHORITY, COOKIE, METHOD, PATH, SCHEME};
use crate::refused::{self, Refused};

/// Writes the header block of a request, with the raw characters of its target encoded, and its cookies in one field
/// (RFC 9113 §8.2.3), as rules, injection and HTTP/1.1 want them. `ends` says that it has no body.
pub(crate) fn rewrite(fields: &Fields, ends: bool, most: usize) -> Result<Vec<u8>, Refused> {
    if fields.is_too_large {
        return Err(Refused::TooLarge);
    }
    let request = Request::read(fields, ends).map_err(Refused::Malformed)?;
    let path = request.path()?;
    let grown = match (&path, request.path) {
        (Some(encoded), Some(raw)) => encoded.len() - raw.len(),
        _ => 0,
    };
    if fields.size + grown > most {
        return Err(Refused::TooLarge);
    }
    let mut out = Vec::with_capacity(fields.size + grown);
    request.write_pseudo(path.as_deref(), &mut out);
    let mut cookies = request.cookies;
    for field in fields.iter().filter(|field| !field.name.starts_with(b":")) {
        if field.name != b"cookie" {
            hpack::write(&mut out, field.known, field.name, field.value);
        } else if cookies.count > 0 {
            hpack::write_head(&mut out, COOKIE, b"cookie", cookies.joined_length());
            for (at, cookie) in fields.iter().filter(|field| field.name == b"cookie").enumerate() {
                out.extend_from_slice(if at == 0 { b"" } else { BETWEEN_COOKIES });
                out.extend_from_slice(cookie.value);
            }
            cookies.count = 0;
        }
    }
    Ok(out)
}

/// Writes the header block of trailers as it came. What is wrong with them, the parser says.
pub(crate) fn rewrite_trailers(fields: &Fields) -> Vec<u8> {
    let mut out = Vec::with_capacity(fields.size);
    for field in fields.iter() {
        hpack::write(&mut out, field.known, field.name, field.value);
    }
    out
}

/// Writes the header block of the request that takes the place of a refused one.
pub(crate) fn substitute(why: Refused) -> Vec<u8> {
    let mut out = Vec::new();
    hpack::write(&mut out, METHOD, b":method", refused::METHOD.as_bytes());
    hpack::write(&mut out, SCHEME, b":scheme", b"https");
    hpack::write(&mut out, AUTHORITY, b":authority", b"refused.invalid");
    hpack::write(&mut out, PATH, b":path", b"/");
    hpack::write(&mut out, 0, refused::HEADER.as_bytes(), why.as_text().as_bytes());
    out
}

/// What a request's head says of the request.
#[derive(Default)]
struct Request<'a> {
    method: Option<&'a [u8]>,
    scheme: Option<&'a [u8]>,
    authority: Option<&'a [u8]>,
    path: Option<&'a [u8]>,
    protocol: Option<&'a [u8]>,
    length: Option<u64>,
    cookies: Cookies,
}

#[derive(Default, Clone, Copy)]
struct Cookies {
    count: usize,
    length: usize,
}

impl Cookies {
    fn joined_length(self) -> usize {
        self.length + (self.count - 1) * BETWEEN_COOKIES.len()
    }
}

impl<'a> Request<'a> {
    fn read(fields: &'a Fields, ends: bool) -> Result<Self, &'static str> {
        let mut request = Self::default();
        let mut is_regular = false;
        for field in fields.iter() {
            if !field.value.iter().copied().all(is_field_value) {
                return Err("a header value holds a control character");
            }
            if !field.name.starts_with(b":") {
                is_regular = true;
                request.note(field)?;
                continue;
            }
            if is_regular {
                return Err("a pseudo-header follows a header");
            }
            let place = match field.name {
                b":method" => &mut request.method,
                b":scheme" => &mut request.scheme,
                b":authority" => &mut request.authority,
                b":path" => &mut request.path,
                b":protocol" => &mut request.protocol,
                _ => return Err("there is a pseudo-header that no request has"),
            };
            if place.replace(field.value).is_some() {
                return Err("a pseudo-header is there twice");
            }
        }
        request.check(ends)?;
        Ok(request)
    }

    fn note(&mut self, field: Field<'_>) -> Result<(), &'static str> {
        let Field { known, name, value } = field;
        let is_name = |byte: u8| is_token(byte) && !byte.is_ascii_uppercase();
        if known == 0 && (name.is_empty() || !name.iter().copied().all(is_name)) {
            return Err("a header name holds a character that none may hold, such as a capital letter");
        }
        match name {
            b"connection" | b"keep-alive" | b"proxy-connection" | b"transfer-encoding" | b"upgrade" => {
                return Err("there is a header that concerns the connection, which HTTP/2 has not");
            }
            b"te" if value != b"trailers" => return Err("TE is something else than `trailers`"),
            b"content-length" => {
                let length = std::str::from_utf8(value)
                    .ok()
                    .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()))
                    .filter(|text| text.len() <= 19)
                    .and_then(|text| text.parse().ok())
                    .ok_or("Content-Length is not a whole number")?;
                if self.length.is_some_and(|other| other != length) {
                    return Err("there are several Content-Length headers that differ");
                }
                self.length = Some(length);
            }
            b"cookie" => {
                self.cookies.count += 1;
                self.cookies.length += value.len();
            }
            _ => {}
        }
        Ok(())
    }

    /// RFC 9113 §8.3.1 and §8.5, RFC 8441 §4.
    fn check(&self, ends: bool) -> Result<(), &'static str> {
        let method = self.method.ok_or("there is no :method")?;
        if method.is_empty() || !method.iter().copied().all(is_token) {
            return Err("the method holds a character that none may hold");
        }
        if method == refused::METHOD.as_bytes() {
            return Err("the method is one that the gateway keeps for itself");
        }
        let is_connect = method == b"CONNECT";
        if is_connect && self.protocol.is_none() {
            if self.scheme.is_some() || self.path.is_some() {
                return Err("a CONNECT request has no :scheme and no :path");
            }
            if self.authority.is_none() {
                return Err("a CONNECT request has an :authority");
            }
        } else if self.scheme.is_none() || self.path.is_none() {
            return Err("there is no :scheme or no :path");
        }
        if self.protocol.is_some() && (!is_connect || self.authority.is_none()) {
            return Err("only a CONNECT request with an :authority has a :protocol");
        }
        if self.protocol.is_some_and(|protocol| !protocol.iter().copied().all(is_token)) {
            return Err("the :protocol holds a character that none may hold");
        }
        if is_connect && self.length.is_some_and(|length| length > 0) {
            return Err("a CONNECT request has no body");
        }
        if ends && self.length.is_some_and(|length| length > 0) {
            return Err("there is a Content-Length, and no body");
        }
        if self.scheme.is_some_and(|scheme| http::uri::Scheme::try_from(scheme).is_err()) {
            return Err("the :scheme is none");
        }
        if self.authority.is_some_and(|authority| {
            !is_plain_authority(authority) && http::uri::Authority::try_from(authority).is_err()
        }) {
            return Err("the :authority is none");
        }
        Ok(())
    }

    /// The path with its raw characters encoded; none where it goes as it is.
    fn path(&self) -> Result<Option<String>, Refused> {
        let Some(path) = self.path.filter(|path| *path != b"*") else { return Ok(None) };
        if !path.starts_with(b"/") {
            return Err(Refused::Malformed("the path does not begin with `/`"));
        }
        let encoded = raw_target::encode(path).map_err(|error| {
            Refused::Malformed(match error {
                BadCharacter::Control => "the path holds a space or a control character",
                BadCharacter::Fragment => "the path holds a fragment",
            })
        })?;
        let length = encoded.as_ref().map_or(path.len(), String::len);
        if length > MOST_TARGET_BYTES { Err(Refused::TooLarge) } else { Ok(encoded) }
    }

    fn write_pseudo(&self, path: Option<&str>, out: &mut Vec<u8>) {
        match self.method {
            Some(b"GET") => hpack::write_indexed(out, METHOD),
            Some(b"POST") => hpack::write_indexed(out, METHOD + 1),
            method => hpack::write(out, METHOD, b":method", method.unwrap_or_default()),
        }
        match self.scheme {
            Some(b"https") => hpack::write_indexed(out, SCHEME + 1),
            Some(scheme) => hpack::write(out, SCHEME, b":scheme", scheme),
            None => {}
        }
        if let Some(authority) = self.authority {
            hpack::write(out, AUTHORITY, b":authority", authority);
        }
        let path = path.map(|path| Cow::Borrowed(path.as_bytes())).or(self.path.map(Cow::Borrowed));
        if let Some(path) = path {
            hpack::write(out, PATH, b":path", &path);
        }
        if let Some(protocol) = self.protocol {
            hpack::write(out, 0, b":protocol", protocol);
        }
    }
}

/// Whether an authority is a plain name with or without a port, as nearly all are.
fn is_plain_authority(authority: &[u8]) -> bool {
    let colon = memchr::memchr(b':', authority).unwrap_or(authority.len());
    let (host, port) = authority.split_at(colon);
    !host.is_empty()
        && host.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'))
        && port.len() <= 6
        && port.len() != 1
        && port.iter().skip(1).all(u8::is_ascii_digit)
}

const BETWEEN_COOKIES: &[u8] = b"; ";
/// The longest that `http::Uri` takes.
const MOST_TARGET_BYTES: usize = 65_534;

#[cfg(test)]
mod tests;
