//! Held requests as they come and end: server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};

use crate::error::{Error, ErrorBody};
use crate::person::Caller;
use crate::state::ApiState;

/// Follow held requests
///
/// Server-sent events: `event: approval` whenever a request is held, decided or ends otherwise, at any gateway on the
/// same database, and once at the beginning. It says that something changed, not what: `GET /v1/approvals` does.
#[utoipa::path(get, path = "/approvals/stream", tag = "approvals", operation_id = "streamApprovals",
    responses((status = 200, description = "Events", body = String, content_type = "text/event-stream"),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn stream(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Error> {
    let project = caller.project;
    // Subscribed before the caller looks, which the first event makes them do.
    let news = state.app.approval_news();
    let events = stream::unfold((news, true), move |(mut news, is_first)| async move {
        if !is_first && !news.concerns(project).await {
            return None;
        }
        Some((Event::default().event("approval").data("{}"), (news, false)))
    });
    let events = events.map(Ok).take_until(async move { state.stopped().await });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("still here")))
}

const HEARTBEAT: Duration = Duration::from_secs(15);
