//! Facts: all that a decision may look at.

use std::borrow::Cow;

use bytes::Bytes;
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

use crate::body::{Body, Content};
use crate::id::{AgentId, SecretId};
use crate::method::NamedMethods;
use crate::target::Target;

/// What is known of a request when it is judged.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Who asks.
    pub agent: AgentId,
    /// Which secrets the agent may use.
    pub access: Access<'a>,
    /// Where to.
    pub target: &'a Target,
    /// The method, as on the wire.
    pub method: &'a str,
    /// Methods that the request asks the upstream to take in the method's place, in upper case
    /// (`X-HTTP-Method-Override` and its kin, `_method`): a rule matches if any of them does.
    pub overrides: SmallVec<[Box<str>; 1]>,
    /// The headers.
    pub headers: Headers<'a>,
    /// The body, as far as it was read.
    pub body: Body<'a>,
}

/// A request's headers, wherever they are kept.
#[derive(Clone, Copy)]
pub struct Headers<'a>(&'a dyn HeaderSource);

/// What holds headers.
pub trait HeaderSource: Sync {
    /// Shows each value of a header, whose name is in any letter case.
    fn each(&self, name: &str, see: &mut dyn FnMut(&[u8]));

    /// Shows each header: its name, in lower case, and its value.
    fn each_header(&self, see: &mut dyn FnMut(&str, &[u8]));

    /// Whether the headers are still there to be looked at.
    fn is_known(&self) -> bool {
        true
    }
}

impl<'a> Headers<'a> {
    /// The headers of a source.
    pub fn of(source: &'a dyn HeaderSource) -> Self {
        Self(source)
    }

    /// None.
    pub fn none() -> Self {
        Self(&NoHeaders)
    }

    /// Those of a request that has been sent and whose headers are not kept: conditions on them can't be read.
    pub fn unknown() -> Self {
        Self(&UnknownHeaders)
    }

    /// Whether they can be looked at.
    pub fn is_known(self) -> bool {
        self.0.is_known()
    }

    /// Shows each value of a header.
    pub fn each(self, name: &str, see: &mut dyn FnMut(&[u8])) {
        self.0.each(name, see);
    }

    /// Shows each header: its name, in lower case, and its value.
    pub fn each_header(self, see: &mut dyn FnMut(&str, &[u8])) {
        self.0.each_header(see);
    }
}

impl std::fmt::Debug for Headers<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Headers")
    }
}

impl HeaderSource for Vec<(String, String)> {
    fn each(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        let named = self.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.for_each(|(_, value)| see(value.as_bytes()));
    }

    fn each_header(&self, see: &mut dyn FnMut(&str, &[u8])) {
        for (name, value) in self {
            see(&name.to_ascii_lowercase(), value.as_bytes());
        }
    }
}

struct UnknownHeaders;

impl HeaderSource for UnknownHeaders {
    fn each(&self, _: &str, _: &mut dyn FnMut(&[u8])) {}

    fn each_header(&self, _: &mut dyn FnMut(&str, &[u8])) {}

    fn is_known(&self) -> bool {
        false
    }
}

struct NoHeaders;

impl HeaderSource for NoHeaders {
    fn each(&self, _: &str, _: &mut dyn FnMut(&[u8])) {}

    fn each_header(&self, _: &mut dyn FnMut(&str, &[u8])) {}
}

/// Whether the response to a method is the request itself (RFC 9110 §9.3.8), with the credentials that went out with it:
/// such a request is never sent. Some servers don't mind its letter case.
pub fn is_echo_method(method: &str) -> bool {
    ["TRACE", "TRACK"].iter().any(|echo| method.eq_ignore_ascii_case(echo))
}

/// Which secrets an agent may use.
#[derive(Clone, Copy, Debug)]
pub enum Access<'a> {
    /// Every secret of its project.
    All,
    /// Only these.
    Selective(&'a FxHashSet<SecretId>),
}

impl Access<'_> {
    /// Whether the agent may use a secret.
    pub fn includes(self, secret: SecretId) -> bool {
        match self {
            Self::All => true,
            Self::Selective(granted) => granted.contains(&secret),
        }
    }
}

impl Facts<'_> {
    /// The request's own method and those of its overrides.
    pub fn methods(&self) -> NamedMethods {
        NamedMethods::of(std::iter::once(self.method).chain(self.overrides.iter().map(|other| &**other)))
    }

    /// The path of the push that a git client announces by asking for `…/info/refs?service=git-receive-pack`:
    /// rules on the push cover the announcement.
    pub fn alias_path(&self) -> Option<Cow<'_, str>> {
        let path = self.target.path.matching();
        let (repository, end) = path.split_at_checked(path.len().checked_sub(ANNOUNCEMENT.len())?)?;
        if !end.eq_ignore_ascii_case(ANNOUNCEMENT) {
            return None;
        }
        let pushes = self.target.query_values("service").any(|service| service == RECEIVE_PACK);
        pushes.then(|| Cow::Owned(format!("{repository}/{RECEIVE_PACK}")))
    }
}

/// Takes up a whole body as the headers that go with it say. More than `bound` bytes, sent or decoded, are not read.
/// Nothing is parsed before a condition asks for it.
pub fn read_content(body: impl Into<Bytes>, headers: Headers<'_>, bound: usize) -> Content {
    let values = |name| {
        let mut all = Vec::new();
        headers.each(name, &mut |value| all.push(String::from_utf8_lossy(value).into_owned()));
        all
    };
    let types = values("content-type");
    let codings = values("content-encoding").join(",");
    // Of two content types nobody knows which one counts.
    if types.iter().any(|other| Some(other) != types.first()) {
        return Content::unreadable();
    }
    Content::read(body, types.first().map(String::as_str), Some(&codings), bound)
}

/// Reads the methods that a request asks for beside its own. `headers` finds a header's values by lower-case name.
pub fn read_overrides<'h, I>(target: &Target, headers: impl Fn(&'static str) -> I) -> SmallVec<[Box<str>; 1]>
where
    I: Iterator<Item = &'h str>,
{
    let mut found = SmallVec::new();
    for name in OVERRIDE_HEADERS {
        found.extend(headers(name).flat_map(|value| value.split(',')).filter_map(read_method));
    }
    if target.query.as_deref().is_some_and(|query| query.contains("method") || query.contains('%')) {
        found.extend(target.query_values("_method").filter_map(|value| read_method(&value)));
    }
    found
}

/// The headers that frameworks take for a method override, in lower case.
pub const OVERRIDE_HEADERS: [&str; 6] = [
    "x-http-method-override",
    "x-method-override",
    "x-http-method",
    // CGI and WSGI make the same variable of both spellings (RFC 3875 §4.1.18).
    "x_http_method_override",
    "x_method_override",
    "x_http_method",
];

fn read_method(text: &str) -> Option<Box<str>> {
    let name = text.trim();
    (!name.is_empty()).then(|| name.to_ascii_uppercase().into())
}

const ANNOUNCEMENT: &str = "/info/refs";
const RECEIVE_PACK: &str = "git-receive-pack";
