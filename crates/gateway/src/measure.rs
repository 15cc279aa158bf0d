//! What benches may call: the inner steps of an exchange, without sockets around them.

use futures_util::FutureExt;
use http::Request;
use onecli_app::App;
use onecli_app::live::snapshot::AgentEntry;
use onecli_app::vault::credentials::Revision;
use onecli_domain::body::Body;
use onecli_domain::target::Target;
use onecli_domain::verdict::Verdict;

use crate::exchange::facts::{self, RequestHeaders};
use crate::outgoing::request_body::RequestBody;
use crate::outgoing::{hop_headers, inject};

/// Decides about a request, opens its secrets and puts them in. Whether it could be sent.
pub fn decide_open_inject(app: &App, agent: &AgentEntry, mut request: Request<()>, target: &Target) -> bool {
    let headers = RequestHeaders(request.headers());
    let verdict = app.decide(agent, &facts::of(agent, target, &request, &headers, Body::Unread), None);
    let Verdict::Allow(permit) = verdict else { return false };
    // What is stored opens at once.
    let opened = app.open(agent, &permit, Revision::Current).now_or_never();
    let Some(Ok(credentials)) = opened else { return false };
    hop_headers::strip_request(request.headers_mut());
    inject::apply(&credentials, request.map(|()| RequestBody::Empty), target).is_ok()
}
