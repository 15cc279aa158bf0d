//! Methods: those that a rule can name, and sets of them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::body::Truth;

/// The methods that a rule can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// RFC 9110 §9.3.1
    Get,
    /// RFC 9110 §9.3.3
    Post,
    /// RFC 9110 §9.3.4
    Put,
    /// RFC 5789
    Patch,
    /// RFC 9110 §9.3.5
    Delete,
    /// RFC 9110 §9.3.2
    Head,
    /// RFC 9110 §9.3.7
    Options,
}

impl Method {
    /// Every method that a rule can name.
    pub const ALL: [Self; 7] =
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete, Self::Head, Self::Options];

    /// As on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
        }
    }

    /// Reads an upper-case method name.
    pub fn read(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// One or several methods. Never empty: a rule that concerns every method, also those it can't name, has no set.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Methods(u8);

impl Methods {
    /// The set of some methods; none if there are none.
    pub fn of(methods: impl IntoIterator<Item = Method>) -> Option<Self> {
        let bits = methods.into_iter().fold(0, |bits, method| bits | method.bit());
        (bits != 0).then_some(Self(bits))
    }

    /// Whether a method is in the set.
    pub fn contains(self, method: Method) -> bool {
        self.0 & method.bit() != 0
    }

    /// The methods, in the order of [`Method::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Method> {
        Method::ALL.into_iter().filter(move |method| self.contains(*method))
    }

    /// The method, if there is only one.
    pub fn single(self) -> Option<Method> {
        if self.0.is_power_of_two() { self.iter().next() } else { None }
    }

    /// Reads what `Display` writes: upper-case names with commas between.
    pub fn read(text: &str) -> Option<Self> {
        Self::of(text.split(',').map(Method::read).collect::<Option<Vec<_>>>()?)
    }
}

impl From<Method> for Methods {
    fn from(method: Method) -> Self {
        Self(method.bit())
    }
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, method) in self.iter().enumerate() {
            f.write_str(if at == 0 { "" } else { "," })?;
            f.write_str(method.as_str())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Methods({self})")
    }
}

/// The methods that a request names: its own, and those that it asks the upstream to take instead.
#[derive(Clone, Copy, Debug)]
pub struct NamedMethods {
    /// Those that a rule can name, in any letter case.
    alike: u8,
    /// Whether these are all, and in upper case.
    exact: bool,
}

impl NamedMethods {
    /// Takes up every method that a request names.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut this = Self { alike: 0, exact: true };
        for name in names {
            match Method::ALL.into_iter().find(|method| method.as_str().eq_ignore_ascii_case(name)) {
                Some(method) => {
                    this.alike |= method.bit();
                    this.exact &= method.as_str() == name;
                }
                None => this.exact = false,
            }
        }
        this
    }

    /// Whether a rule on these methods concerns the request. Where some of the named methods are others, an upstream
    /// could take either, so it is in doubt; so are methods in lower case, which some servers accept.
    pub fn within(self, methods: Methods) -> Truth {
        if self.alike & methods.0 == 0 {
            Truth::No
        } else if self.exact && self.alike & !methods.0 == 0 {
            Truth::Yes
        } else {
            Truth::Doubtful
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str) -> Methods {
        Methods::read(text).unwrap()
    }

    #[test]
    fn a_set_is_written_in_one_order_and_without_duplicates() {
        assert_eq!(set("POST,GET,POST").to_string(), "GET,POST");
        assert_eq!(set("GET,POST").single(), None);
        assert_eq!(set("PUT").single(), Some(Method::Put));
        for bad in ["", "get", "GET,", "GET, POST", "MOON", "*"] {
            assert_eq!(Methods::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_request_is_within_a_set_if_all_that_it_names_are() {
        for (names, methods, truth) in [
            (&["GET"][..], "GET,POST", Truth::Yes),
            (&["GET"], "POST,PUT", Truth::No),
            (&["GET", "POST"], "GET,POST", Truth::Yes),
            (&["GET", "DELETE"], "GET,POST", Truth::Doubtful),
            (&["POST", "MOVE"], "GET,POST", Truth::Doubtful),
            (&["post"], "GET,POST", Truth::Doubtful),
            (&["MOVE"], "GET,POST", Truth::No),
            (&["CONNECT"], "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS", Truth::No),
        ] {
            let named = NamedMethods::of(names.iter().copied());
            assert_eq!(named.within(set(methods)), truth, "{names:?} within {methods}");
        }
    }
}
