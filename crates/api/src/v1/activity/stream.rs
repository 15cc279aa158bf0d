//! Activity in real time, as server-sent events.

use std::collections::{HashSet, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::stream::{self, Stream, StreamExt};
use http::HeaderMap;
use onecli_domain::activity::Activity;
use onecli_domain::id::{ActivityId, ProjectId};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use crate::error::{Error, ErrorBody};
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::activity::search::Record;

/// The state of one stream.
struct Following {
    project: ProjectId,
    ready: VecDeque<Arc<Activity>>,
    /// Records already sent from the database, which may also arrive as new ones.
    found: HashSet<ActivityId>,
    written: broadcast::Receiver<Arc<Activity>>,
}

/// Follow activity
///
/// Server-sent events: `event: activity`, the record's id as `id`, the record as `data`. With `Last-Event-ID`, starts
/// with the records since then.
#[utoipa::path(get, path = "/activity/stream", tag = "activity", operation_id = "streamActivity",
    responses((status = 200, description = "Events", body = String, content_type = "text/event-stream"),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn stream(
    State(state): State<ApiState>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Error> {
    // Subscribe before querying, so that no record is missed.
    let written = state.app.recorder().subscribe();
    let ready = missed(&state, caller.project, &headers).await?;
    let found = ready.iter().map(|record| record.id).collect();
    let following = Following { project: caller.project, ready, found, written };
    let events = stream::unfold(following, |mut following| async move {
        let record = following.next().await?;
        Some((event(&record), following))
    });
    let events = events.map(Ok).take_until(async move { state.stopped().await });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT).text("still here")))
}

impl Following {
    /// Waits for the project's next record; `None` once the recorder has stopped.
    async fn next(&mut self) -> Option<Arc<Activity>> {
        loop {
            if let Some(record) = self.ready.pop_front() {
                return Some(record);
            }
            match self.written.recv().await {
                Ok(record) if record.project == self.project && !self.found.remove(&record.id) => {
                    return Some(record);
                }
                Ok(_) => {}
                Err(RecvError::Lagged(count)) => {
                    tracing::warn!(count, project = %self.project, "a client of the activity stream reads too slowly and missed records");
                }
                Err(RecvError::Closed) => return None,
            }
        }
    }
}

/// The records after the last event that the client received.
async fn missed(
    state: &ApiState,
    project: ProjectId,
    headers: &HeaderMap,
) -> Result<VecDeque<Arc<Activity>>, Error> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok()).and_then(|id| id.parse().ok());
    match last {
        Some(last) => {
            let last: ActivityId = last;
            let records = state.app.activity_after(project, last, MOST_MISSED).await?;
            Ok(records.into_iter().map(Arc::new).collect())
        }
        None => Ok(VecDeque::new()),
    }
}

fn event(record: &Activity) -> Event {
    let data = serde_json::to_string(&Record::from(record)).unwrap_or_default();
    Event::default().id(record.id.to_string()).event("activity").data(data)
}

const HEARTBEAT: Duration = Duration::from_secs(15);
const MOST_MISSED: u32 = 1_000;
