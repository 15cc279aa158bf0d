//! Injection: how a secret is put into a request.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use smallvec::SmallVec;
use zeroize::Zeroizing;

use crate::pattern::{BadPathPattern, PathPattern};
use crate::secret_kind::{AuthMode, InjectionConfig, SecretKind};

/// How a secret is put into a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Injection {
    /// As Anthropic takes it.
    Anthropic(AuthMode),
    /// As `OpenAI` takes it: a bearer token.
    OpenAi,
    /// In a header.
    Header {
        /// Lower case.
        name: Box<str>,
        /// What to set it to.
        format: Format,
    },
    /// In a query parameter.
    Query {
        /// Decoded.
        name: Box<str>,
        /// What to set it to.
        format: Format,
    },
    /// In a segment of the path.
    Path(PathTemplate),
    /// Only where the agent puts the secret's placeholder.
    Placeholder,
}

impl Injection {
    /// Reads a secret's configuration.
    pub fn read(kind: SecretKind, config: &InjectionConfig) -> Result<Self, BadInjection> {
        match kind {
            SecretKind::Anthropic => {
                return Ok(Self::Anthropic(config.auth_mode.unwrap_or(AuthMode::ApiKey)));
            }
            SecretKind::OpenAi => return Ok(Self::OpenAi),
            SecretKind::Generic => {}
        }
        let given =
            [config.header_name.is_some(), config.param_name.is_some(), config.path_template.is_some()];
        if given.iter().filter(|given| **given).count() > 1 {
            return Err(BadInjection::Several);
        }
        let format = |text: &Option<String>| Format::read(text.as_deref().unwrap_or("{value}"));
        if let Some(name) = &config.header_name {
            return Ok(Self::Header { name: read_header_name(name)?, format: format(&config.value_format)? });
        }
        if let Some(name) = &config.param_name {
            if name.is_empty() || name.len() > 255 || name.chars().any(char::is_control) {
                return Err(BadInjection::ParamName);
            }
            return Ok(Self::Query { name: name.as_str().into(), format: format(&config.param_format)? });
        }
        if let Some(template) = &config.path_template {
            return Ok(Self::Path(PathTemplate::read(template)?));
        }
        if config.value_format.is_some() || config.param_format.is_some() {
            return Err(BadInjection::NoName);
        }
        Ok(Self::Placeholder)
    }

    /// What the secret sets: where two secrets set the same, the more specific one wins.
    pub fn slots(&self) -> SmallVec<[Slot<'_>; 2]> {
        match self {
            // The two Anthropic forms exclude each other, though their headers differ.
            Self::Anthropic(AuthMode::ApiKey) => {
                [Slot::Header("x-api-key"), Slot::Anthropic].into_iter().collect()
            }
            Self::Anthropic(AuthMode::OAuth) => {
                [Slot::Header("authorization"), Slot::Anthropic].into_iter().collect()
            }
            Self::OpenAi => [Slot::Header("authorization")].into_iter().collect(),
            Self::Header { name, .. } => [Slot::Header(name)].into_iter().collect(),
            Self::Query { name, .. } => [Slot::Query(name)].into_iter().collect(),
            Self::Path(_) => [Slot::Path].into_iter().collect(),
            Self::Placeholder => SmallVec::new(),
        }
    }

    /// What is set, in words: `header authorization`, `query key`.
    pub fn describe(&self) -> String {
        match self {
            Self::Anthropic(AuthMode::ApiKey) => "header x-api-key".into(),
            Self::Anthropic(AuthMode::OAuth) | Self::OpenAi => "header authorization".into(),
            Self::Header { name, .. } => format!("header {name}"),
            Self::Query { name, .. } => format!("query {name}"),
            Self::Path(template) => format!("path {}", template.text),
            Self::Placeholder => "placeholder".into(),
        }
    }
}

/// A place in a request that one secret fills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot<'a> {
    /// A header, in lower case.
    Header(&'a str),
    /// A query parameter.
    Query(&'a str),
    /// The path.
    Path,
    /// Anthropic's credential, in whichever header.
    Anthropic,
}

/// Why a configuration is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadInjection {
    /// More than one place.
    #[error("give one of headerName, paramName and pathTemplate, not several")]
    Several,
    /// A format without a place.
    #[error("a format needs a headerName or a paramName beside it")]
    NoName,
    /// No header's name.
    #[error("`{0}` is not a header name")]
    HeaderName(String),
    /// A header that the gateway itself must set.
    #[error("the header `{0}` frames or routes the request and cannot carry a secret")]
    ReservedHeader(String),
    /// No parameter's name.
    #[error("a parameter name has 1 to 255 characters and no control characters")]
    ParamName,
    /// A format that doesn't hold the value.
    #[error("the format must hold `{{value}}`, which stands for the secret, exactly as written here")]
    NoValue,
    /// A format that can't be in a header.
    #[error("the format holds a control character")]
    Control,
    /// A path template that is none.
    #[error("a path template holds `{{value}}` once, within one segment, such as /bot{{value}}/*")]
    Template,
    /// A path template that is no pattern.
    #[error(transparent)]
    Pattern(#[from] BadPathPattern),
}

/// What to set a header or parameter to: literal text, the value, and Basic pairs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(Box<str>),
    Value,
    Base64(Format),
}

impl Format {
    /// Reads `{value}`, `Bearer {value}`, `Basic {base64:user:{value}}` and the like.
    pub fn read(text: &str) -> Result<Self, BadInjection> {
        if text.chars().any(char::is_control) {
            return Err(BadInjection::Control);
        }
        let format = Self(read_pieces(text)?);
        if format.holds_value() { Ok(format) } else { Err(BadInjection::NoValue) }
    }

    /// Fills in a value. The result never outgrows its first allocation, so that no copy stays behind.
    pub fn fill(&self, value: &[u8]) -> Zeroizing<Vec<u8>> {
        let mut out = Zeroizing::new(Vec::with_capacity(self.length(value.len())));
        for piece in &self.0 {
            match piece {
                Piece::Literal(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Value => out.extend_from_slice(value),
                Piece::Base64(inner) => {
                    let clear = inner.fill(value);
                    let start = out.len();
                    out.resize(start + base64_length(clear.len()), 0);
                    // The room is exactly what the encoding takes, so writing it can't fail.
                    if let Some(room) = out.get_mut(start..) {
                        let _ = BASE64_STANDARD.encode_slice(&*clear, room);
                    }
                }
            }
        }
        out
    }

    fn holds_value(&self) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Value => true,
            Piece::Base64(inner) => inner.holds_value(),
            Piece::Literal(_) => false,
        })
    }

    fn length(&self, value: usize) -> usize {
        let each = |piece: &Piece| match piece {
            Piece::Literal(text) => text.len(),
            Piece::Value => value,
            Piece::Base64(inner) => base64_length(inner.length(value)),
        };
        self.0.iter().map(each).sum()
    }
}

/// A path with a place for the secret, such as `/bot{value}/*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathTemplate {
    text: Box<str>,
    pattern: PathPattern,
    /// Which segment holds the value, and what stands around it there.
    at: usize,
    before: Box<str>,
    after: Box<str>,
}

impl PathTemplate {
    /// Reads a template.
    pub fn read(text: &str) -> Result<Self, BadInjection> {
        if text.matches(VALUE).count() != 1 {
            return Err(BadInjection::Template);
        }
        let pattern = PathPattern::read(&text.replace(VALUE, "*"))?.ok_or(BadInjection::Template)?;
        let (at, segment) = text
            .split('/')
            .skip(1)
            .enumerate()
            .find(|(_, segment)| segment.contains(VALUE))
            .ok_or(BadInjection::Template)?;
        let (before, after) = segment.split_once(VALUE).ok_or(BadInjection::Template)?;
        if before.contains('*') || after.contains('*') {
            return Err(BadInjection::Template);
        }
        Ok(Self { text: text.into(), pattern, at, before: before.into(), after: after.into() })
    }

    /// The paths it fits.
    pub(crate) fn pattern(&self) -> &PathPattern {
        &self.pattern
    }

    /// Whether the template fits a path, given as `Path::matching` gives it.
    pub fn fits(&self, path: &str) -> bool {
        self.pattern.matches(path, false)
    }

    /// Replaces the agent's filler in a path by the value, which is percent-encoded.
    pub fn fill(&self, path: &str, value: &str) -> Zeroizing<String> {
        let mut out = Zeroizing::new(String::with_capacity(path.len() + 3 * value.len() + self.text.len()));
        for (at, segment) in path.split('/').skip(1).enumerate() {
            out.push('/');
            if at == self.at {
                out.push_str(&self.before);
                out.extend(percent_encoding::utf8_percent_encode(value, SEGMENT));
                out.push_str(&self.after);
            } else {
                out.push_str(segment);
            }
        }
        out
    }
}

/// Everything but the characters that a path segment holds as they are (RFC 3986 §3.3).
const SEGMENT: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

fn read_pieces(text: &str) -> Result<Vec<Piece>, BadInjection> {
    let mut pieces = Vec::new();
    let mut rest = text;
    loop {
        let value = rest.find(VALUE);
        let base64 = rest.find(BASE64);
        let (at, is_value) = match (value, base64) {
            (Some(value), Some(base64)) if value < base64 => (value, true),
            (_, Some(base64)) => (base64, false),
            (Some(value), None) => (value, true),
            (None, None) => break,
        };
        let (literal, special) = rest.split_at(at);
        if !literal.is_empty() {
            pieces.push(Piece::Literal(literal.into()));
        }
        if is_value {
            pieces.push(Piece::Value);
            rest = special.get(VALUE.len()..).unwrap_or_default();
        } else {
            let inner = special.get(BASE64.len()..).unwrap_or_default();
            let end = closing_brace(inner).ok_or(BadInjection::NoValue)?;
            let (inner, after) = inner.split_at(end);
            pieces.push(Piece::Base64(Format(read_pieces(inner)?)));
            rest = after.get(1..).unwrap_or_default();
        }
    }
    if !rest.is_empty() {
        pieces.push(Piece::Literal(rest.into()));
    }
    Ok(pieces)
}

/// Where the brace closes that was open before this text.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 1usize;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' => depth += 1,
            b'}' if depth == 1 => return Some(at),
            b'}' => depth -= 1,
            _ => {}
        }
    }
    None
}

fn read_header_name(name: &str) -> Result<Box<str>, BadInjection> {
    // RFC 9110 §5.6.2, token
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || name.len() > 255 || !name.bytes().all(token) {
        return Err(BadInjection::HeaderName(name.chars().take(80).collect()));
    }
    let name = name.to_ascii_lowercase();
    if RESERVED.contains(&name.as_str()) || name.starts_with("proxy-") || name.starts_with("x-onecli-") {
        return Err(BadInjection::ReservedHeader(name));
    }
    Ok(name.into())
}

const fn base64_length(clear: usize) -> usize {
    clear.div_ceil(3) * 4
}

const VALUE: &str = "{value}";
const BASE64: &str = "{base64:";
const RESERVED: [&str; 11] = [
    "connection",
    "content-encoding",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "http2-settings",
];

#[cfg(test)]
mod tests;
