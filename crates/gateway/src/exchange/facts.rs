//! Facts: what a decision may look at, read from a request.

use http::{HeaderMap, Request};
use onecli_app::live::snapshot::AgentEntry;
use onecli_domain::body::Body;
use onecli_domain::facts::{Facts, HeaderSource, Headers, read_overrides};
use onecli_domain::target::Target;

/// A request's headers, as conditions look at them.
pub(crate) struct RequestHeaders<'a>(pub &'a HeaderMap);

impl HeaderSource for RequestHeaders<'_> {
    fn each(&self, name: &str, see: &mut dyn FnMut(&[u8])) {
        self.0.get_all(name).iter().for_each(|value| see(value.as_bytes()));
    }

    fn each_header(&self, see: &mut dyn FnMut(&str, &[u8])) {
        self.0.iter().for_each(|(name, value)| see(name.as_str(), value.as_bytes()));
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
        headers: Headers::of(headers),
        body,
    }
}
