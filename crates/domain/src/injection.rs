//! Injection: how a secret is put into a request.

mod format;

pub use format::Format;

use format::VALUE;
use smallvec::SmallVec;
use zeroize::Zeroizing;

use crate::pattern::{BadHostPattern, BadPathPattern, PathPattern};
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

    /// Whether whatever the agent put into a place of the request gives way to what is injected.
    pub fn replaces(&self, place: Place<'_>) -> bool {
        match self {
            Self::Anthropic(_) => matches!(place, Place::Header("authorization" | "x-api-key")),
            Self::OpenAi => place == Place::Header("authorization"),
            Self::Header { name, .. } => place == Place::Header(name),
            Self::Query { name, .. } => place == Place::Parameter(name),
            Self::Path(_) | Self::Placeholder => false,
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

/// A part of a request where an agent can put a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'a> {
    /// A header, in lower case.
    Header(&'a str),
    /// A query parameter, decoded.
    Parameter(&'a str),
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
    /// An override that names no host, or too many.
    #[error("each override names its hosts: 1 to 20 hostPatterns")]
    OverrideHosts,
    /// An override whose host is none.
    #[error("the override for `{0}`: {1}")]
    OverrideHost(String, BadHostPattern),
    /// An override for a host that the secret isn't sent to.
    #[error("the override for `{0}` concerns none of the secret's hosts; add that host to hostPatterns")]
    OverrideElsewhere(String),
    /// An override that says nothing.
    #[error("each override says where the secret goes: by headerName, paramName or pathTemplate")]
    OverrideNothing,
    /// Too many overrides.
    #[error("at most 20 overrides")]
    ManyOverrides,
    /// A path template that is no pattern.
    #[error(transparent)]
    Pattern(#[from] BadPathPattern),
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
