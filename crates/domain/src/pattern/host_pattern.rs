//! Host patterns: an exact name, `*.example.com`, or `*`; with or without a port.

use crate::host::{BadAuthority, BadHost, Host, read_authority};

/// Which hosts something concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPattern {
    /// Which names.
    pub shape: HostShape,
    /// Which port; none means every port.
    pub port: Option<u16>,
}

/// Which names a host pattern means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostShape {
    /// Every host.
    Any,
    /// This one, in canonical form.
    Exact(Box<str>),
    /// One or more labels before this suffix, which begins with a dot.
    Under(Box<str>),
}

impl HostPattern {
    /// Reads the pattern of a rule, which may concern every host.
    pub fn read(text: &str) -> Result<Self, BadHostPattern> {
        let (name, port) = split_port(text.trim())?;
        let shape = if name == "*" {
            HostShape::Any
        } else if let Some(parent) = name.strip_prefix("*.") {
            if parent.contains('*') {
                return Err(BadHostPattern::Star);
            }
            let parent = Host::read(parent)?;
            if parent.ip().is_some() {
                return Err(BadHostPattern::Host(BadHost::Malformed));
            }
            HostShape::Under(format!(".{parent}").into())
        } else if name.contains('*') {
            return Err(BadHostPattern::Star);
        } else {
            HostShape::Exact(Host::read(name)?.as_str().into())
        };
        Ok(Self { shape, port })
    }

    /// Reads the pattern of a secret, which must name whom to trust: neither everybody nor a whole public suffix.
    pub fn read_narrow(text: &str) -> Result<Self, BadHostPattern> {
        let pattern = Self::read(text)?;
        match &pattern.shape {
            HostShape::Any => Err(BadHostPattern::CatchAll),
            HostShape::Under(suffix) if is_public_suffix(suffix.trim_start_matches('.')) => {
                Err(BadHostPattern::PublicSuffix(suffix.trim_start_matches('.').to_owned()))
            }
            HostShape::Under(_) | HostShape::Exact(_) => Ok(pattern),
        }
    }

    /// Whether the pattern means this host and port.
    pub fn matches(&self, host: &Host, port: u16) -> bool {
        let name = match &self.shape {
            HostShape::Any => true,
            HostShape::Exact(exact) => **exact == *host.as_str(),
            HostShape::Under(suffix) => {
                host.ip().is_none()
                    && host.as_str().len() > suffix.len()
                    && host.as_str().ends_with(&**suffix)
            }
        };
        name && self.port.is_none_or(|own| own == port)
    }

    /// Whether every host and port of another pattern is also this one's.
    pub fn covers(&self, other: &Self) -> bool {
        let names = match (&self.shape, &other.shape) {
            (HostShape::Any, _) => true,
            (HostShape::Exact(own), HostShape::Exact(name)) => own == name,
            (HostShape::Under(own), HostShape::Under(name)) => name.ends_with(&**own),
            (HostShape::Under(own), HostShape::Exact(name)) => {
                name.len() > own.len() && name.ends_with(&**own)
            }
            (HostShape::Exact(_), HostShape::Any | HostShape::Under(_))
            | (HostShape::Under(_), HostShape::Any) => false,
        };
        names && self.port.is_none_or(|port| other.port == Some(port))
    }

    /// Orders patterns by how narrowly they mean: an exact host before a wildcard, more labels before fewer,
    /// a port before none.
    pub fn specificity(&self) -> (bool, usize, bool) {
        let (exact, length) = match &self.shape {
            HostShape::Any => (false, 0),
            HostShape::Exact(name) => (true, name.len()),
            HostShape::Under(suffix) => (false, suffix.len()),
        };
        (exact, length, self.port.is_some())
    }
}

/// Why a text is no host pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadHostPattern {
    /// The host is none.
    #[error("{0}; write a host name such as api.example.com, or *.example.com, without scheme or path")]
    Host(#[from] BadHost),
    /// The port is none.
    #[error("the port is not a number from 1 to 65535")]
    Port,
    /// A star stands where none may.
    #[error("`*` may only stand for the leading labels, as in *.example.com")]
    Star,
    /// It would send a secret anywhere.
    #[error("`*` would send the secret to every host; name the host that it belongs to")]
    CatchAll,
    /// It would send a secret to everybody under a registry's suffix.
    #[error(
        "`*.{0}` covers a public suffix, under which anybody can have a host; name the host that the secret belongs to"
    )]
    PublicSuffix(String),
}

/// `*`, `*.name` and names take `:port`; only bracketed IPv6 holds other colons.
fn split_port(text: &str) -> Result<(&str, Option<u16>), BadHostPattern> {
    if text.contains("://") || text.contains('/') || text.contains('@') {
        return Err(BadHostPattern::Host(BadHost::Malformed));
    }
    match text.rsplit_once(':') {
        Some((name, _)) if !text.ends_with(']') => match read_authority(&text.replace('*', "x"), None) {
            Ok((_, port)) => Ok((name, Some(port))),
            Err(BadAuthority::Host(bad)) => Err(bad.into()),
            Err(BadAuthority::Port | BadAuthority::NoPort | BadAuthority::Userinfo) => {
                Err(BadHostPattern::Port)
            }
        },
        Some(_) | None => Ok((text, None)),
    }
}

/// Whether anybody can register a name directly under this one (publicsuffix.org, its private part included).
fn is_public_suffix(name: &str) -> bool {
    psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.as_bytes().len() == name.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, host: &str, port: u16) -> bool {
        HostPattern::read(pattern).unwrap().matches(&Host::read(host).unwrap(), port)
    }

    #[test]
    fn an_exact_pattern_means_one_host_on_every_port() {
        assert!(matches("API.good.test", "api.good.test", 443));
        assert!(matches("api.good.test", "api.good.test", 8443));
        assert!(!matches("api.good.test", "x.api.good.test", 443));
        assert!(!matches("good.test", "notgood.test", 443));
    }

    #[test]
    fn a_wildcard_means_one_or_more_labels_but_not_the_parent() {
        assert!(matches("*.good.test", "a.good.test", 443));
        assert!(matches("*.good.test", "a.b.good.test", 443));
        assert!(!matches("*.good.test", "good.test", 443));
        assert!(!matches("*.good.test", "evilgood.test", 443));
        assert!(!matches("*.good.test", "a.good.test.evil.test", 443));
    }

    #[test]
    fn a_port_narrows() {
        assert!(matches("good.test:8443", "good.test", 8443));
        assert!(!matches("good.test:8443", "good.test", 443));
        assert!(matches("*.good.test:8443", "a.good.test", 8443));
        assert!(matches("[::1]:8443", "[::1]", 8443));
        assert!(matches("[::1]", "[0:0::1]", 80));
    }

    #[test]
    fn a_pattern_covers_what_it_means_whole() {
        let covers = |one: &str, other: &str| {
            HostPattern::read(one).unwrap().covers(&HostPattern::read(other).unwrap())
        };
        for (one, other) in [
            ("*", "*.a.test"),
            ("a.test", "A.test."),
            ("a.test", "a.test:8443"),
            ("*.a.test", "x.a.test"),
            ("*.a.test", "*.x.a.test"),
            ("*.a.test", "*.a.test"),
        ] {
            assert!(covers(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("*.a.test", "a.test"),
            ("a.test:8443", "a.test"),
            ("*.a.test", "*.test"),
            ("*.a.test", "*"),
            ("a.test", "*.a.test"),
            ("*.a.test", "xa.test"),
        ] {
            assert!(!covers(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_secret_takes_neither_a_catch_all_nor_a_public_suffix() {
        assert_eq!(HostPattern::read_narrow("*"), Err(BadHostPattern::CatchAll));
        for bad in ["*.com", "*.co.uk", "*.github.io", "*.COM.", "*.com:443"] {
            assert!(matches!(HostPattern::read_narrow(bad), Err(BadHostPattern::PublicSuffix(_))), "{bad}");
        }
        for good in ["*.example.com", "api.example.co.uk", "localhost", "10.0.0.1:8080"] {
            assert!(HostPattern::read_narrow(good).is_ok(), "{good}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for bad in [
            "",
            "a*.test",
            "*.*.test",
            "a.*.test",
            "https://a.test",
            "a.test/x",
            "a.test:0",
            "a.test:x",
            "u@a.test",
            "*.127.0.0.1",
            "**",
        ] {
            assert!(HostPattern::read(bad).is_err(), "{bad}");
        }
    }
}
