//! Facts: what a decision may look at, read from a request.

use http::{HeaderMap, Request};
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::body::Body;
use onecli_domain::facts::{Facts, HeaderSource, Headers, read_overrides};
use onecli_domain::placeholder::{self, PlaceholderMark};
use onecli_domain::target::Target;
use smallvec::SmallVec;

use crate::outgoing::inject::read_basic;

/// A request's headers, as conditions look at them.
pub(crate) struct RequestHeaders<'a>(pub &'a HeaderMap);

impl HeaderSource for RequestHeaders<'_> {
    fn each(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        self.0.get_all(name).iter().for_each(|value| see(value.as_bytes()));
    }
}

/// Reads the facts of a request.
pub(crate) fn of<'a, B>(
    agent: &'a AgentEntry,
    target: &'a Target,
    request: &'a Request<B>,
    headers: &'a RequestHeaders<'a>,
    body: Body<'a>,
) -> Facts<'a> {
    let values =
        |name: &'static str| request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok());
    Facts {
        agent: agent.id,
        access: agent.access(),
        target,
        method: request.method().as_str(),
        overrides: read_overrides(target, values),
        placeholders: find_placeholders(target, request),
        headers: Headers::of(headers),
        body,
    }
}

/// The placeholders in headers, query and Basic passwords, each once.
fn find_placeholders<B>(target: &Target, request: &Request<B>) -> SmallVec<[PlaceholderMark; 1]> {
    let mut found = SmallVec::new();
    let mut see = |text: &[u8]| {
        for (_, mark) in placeholder::marks(text) {
            if !found.contains(&mark) {
                found.push(mark);
            }
        }
    };
    for (name, value) in request.headers() {
        see(value.as_bytes());
        if *name == http::header::AUTHORIZATION
            && let Some(pair) = read_basic(value.as_bytes())
        {
            see(&pair);
        }
    }
    if let Some(query) = &target.query {
        see(query.as_bytes());
        if query.contains('%') {
            see(&percent_encoding::percent_decode_str(query).collect::<Vec<_>>());
        }
    }
    found
}
