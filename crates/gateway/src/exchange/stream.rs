//! A checked response on its way down: its head as the agent gets it, and its body as it arrives.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Response, Version};
use onecli_app::live::snapshot::AgentEntry;

use crate::exchange::rate_limit_headers;
use crate::exchange::record::RecordBuilder;
use crate::exchange::response_body::{ResponseBody, Source, Streamed};
use crate::exchange::send::Answered;
use crate::exchange::subject::Subject;
use crate::exchange::upgrade::Upgrade;
use crate::outgoing::hop_headers;
use crate::state::GatewayState;
use crate::upstream::UpstreamResponse;

/// Passes a response down.
pub(crate) async fn stream(
    state: &Arc<GatewayState>,
    agent: &AgentEntry,
    subject: &Subject,
    answered: Answered,
    upgrade: Option<Upgrade>,
    mut record: RecordBuilder,
) -> Response<ResponseBody> {
    let Answered { response, open, challenge, counts, .. } = answered;
    let UpstreamResponse { response, stream, upgraded } = response;
    let (mut head, body) = response.into_parts();
    if let (Some(upgrade), Some(upgraded)) = (upgrade, upgraded) {
        return upgrade.join(state, head, upgraded, open, record);
    }
    hop_headers::strip_response(&mut head.headers);
    head.version = Version::HTTP_11;
    record.note_status(head.status.as_u16());
    if state.config.rate_limit_headers {
        rate_limit_headers::set(&mut head.headers, &counts);
    }
    let (mut source, mut first) = (Source { body, _stream: stream, record }, None);
    if challenge.concerns(&head) {
        let withheld = state.app.withheld(agent, &subject.target);
        let explained =
            challenge.explain(state, agent.id, &subject.target, withheld.as_deref(), &mut head, source);
        match Box::pin(explained).await {
            Ok((bytes, record)) => return Response::from_parts(head, ResponseBody::Recorded(bytes, record)),
            Err(unchanged) => {
                let (rest, read) = *unchanged;
                source = rest;
                first = (!read.is_empty()).then_some(read);
            }
        }
    }
    let may_be_silent = is_event_stream(&head.headers);
    let streamed = Streamed::new(state, source, first, open, may_be_silent);
    Response::from_parts(head, ResponseBody::Streamed(streamed))
}

/// Server-sent events and gRPC: silence is part of them, for as long as the connection lives.
fn is_event_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map_or(&[][..], |value| value.as_bytes());
    let begins = |with: &[u8]| kind.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with));
    begins(b"text/event-stream") || begins(b"application/grpc")
}
