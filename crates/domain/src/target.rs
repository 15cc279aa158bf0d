//! Request targets, canonicalised once, so that what is decided is what is dialled and sent.

use crate::host::Host;
use crate::path::Path;

/// A request's target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Whether the upstream connection uses TLS.
    pub scheme: Scheme,
    /// The upstream's host.
    pub host: Host,
    /// The upstream's port.
    pub port: u16,
    /// The path.
    pub path: Path,
    /// The query after `?`, as sent by the agent; `None` without a `?`.
    pub query: Option<Box<str>>,
}

impl Target {
    /// `host`, or `host:port` unless the port is the scheme's default: as used in `Host`, records and messages.
    pub fn authority(&self) -> String {
        if self.port == self.scheme.default_port() {
            self.host.to_string()
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }

    /// `https://host`, with the port unless it is the scheme's default.
    pub fn origin(&self) -> String {
        format!("{}://{}", self.scheme.as_str(), self.authority())
    }

    /// Path and query with every query value replaced by `***`, for records and messages.
    ///
    /// A parameter without a value is masked completely, since it may itself be a secret.
    pub fn masked_path(&self) -> String {
        let Some(query) = &self.query else { return self.path.sent().to_owned() };
        let mut out = String::with_capacity(self.path.sent().len() + query.len() + 1);
        out.push_str(self.path.sent());
        let mut separator = '?';
        for parameter in query.split('&') {
            out.push(separator);
            separator = '&';
            match parameter.split_once('=') {
                Some((name, _)) => {
                    out.push_str(name);
                    out.push_str("=***");
                }
                None if parameter.is_empty() => {}
                None => out.push_str("***"),
            }
        }
        out
    }

    /// The decoded values of a query parameter, in order (`application/x-www-form-urlencoded`).
    pub fn query_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = String> + 'a {
        let pairs = self.query.as_deref().into_iter().flat_map(|query| query.split('&'));
        pairs.filter_map(move |pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode_form(key) == name).then(|| decode_form(value).into_owned())
        })
    }
}

/// Decodes a name or value of `application/x-www-form-urlencoded`.
pub fn decode_form(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains(['+', '%']) {
        return text.into();
    }
    let spaced = text.replace('+', " ");
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned().into()
}

/// Whether a request uses TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// Plain HTTP.
    Http,
    /// HTTP over TLS.
    Https,
}

impl Scheme {
    /// RFC 9110 §4.2
    pub fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// As in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(path: &str, query: &str) -> Target {
        Target {
            scheme: Scheme::Https,
            host: Host::read("a.test").unwrap(),
            port: 443,
            path: Path::read(path).unwrap(),
            query: Some(query.into()),
        }
    }

    #[test]
    fn query_values_are_masked() {
        assert_eq!(target("/p", "a=secret&b=&c&d=x=y").masked_path(), "/p?a=***&b=***&***&d=***");
    }

    #[test]
    fn query_values_are_decoded() {
        let target = target("/p", "a=1&%61=2+3&b=4");
        assert_eq!(target.query_values("a").collect::<Vec<_>>(), ["1", "2 3"]);
    }
}
