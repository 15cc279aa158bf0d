//! A single activity record, with its timeline and the names of its rules and secrets.

use axum::Json;
use axum::extract::State;
use onecli_app::activity::search::ActivityDetail;
use onecli_domain::activity::Activity;
use onecli_domain::id::ActivityId;
use onecli_domain::rule::Action;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, ErrorBody};
use crate::extract::Id;
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::activity::search::Record;
use crate::v1::schema_enums;

/// The record of one request, with details.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordDetail {
    #[serde(flatten)]
    record: Record,
    /// Where the request's time went.
    timeline: Timeline,
    /// The rules behind the verdict.
    rules: Vec<RecordRule>,
    /// The secrets injected into the request.
    secrets: Vec<RecordSecret>,
}

/// Where a request's time went. Phases that weren't reached are absent.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Timeline {
    /// Time to reach the verdict, in microseconds, without waiting for the agent or a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    decide_us: Option<i64>,
    /// How long it waited for a person, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    hold_ms: Option<f64>,
    /// Time to get an upstream connection, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    dial_ms: Option<f64>,
    /// Time until the upstream's response began, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_ms: Option<f64>,
    /// Time until the last byte of the response, in milliseconds.
    total_ms: f64,
}

/// A rule behind a verdict.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordRule {
    /// Its id.
    id: Uuid,
    /// Its current name; null if it was deleted.
    name: Option<String>,
    /// Its current action; null if it was deleted.
    #[schema(value_type = Option<schema_enums::RuleAction>)]
    action: Option<Action>,
}

/// A secret injected into a request.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecordSecret {
    /// Its id.
    id: Uuid,
    /// Its current name; null if it was deleted.
    name: Option<String>,
}

impl From<&Activity> for Timeline {
    fn from(activity: &Activity) -> Self {
        let millis = |micros: i64| micros as f64 / 1_000.0;
        let timeline = activity.timeline;
        Self {
            decide_us: timeline.decide_micros,
            hold_ms: timeline.hold_micros.map(millis),
            dial_ms: timeline.dial_micros.map(millis),
            upstream_ms: timeline.upstream_micros.map(millis),
            total_ms: millis(activity.duration_micros),
        }
    }
}

impl From<ActivityDetail> for RecordDetail {
    fn from(explained: ActivityDetail) -> Self {
        let rules = explained.rules.into_iter().map(|(id, rule)| {
            let (name, action) = rule.unzip();
            RecordRule { id: id.0, name, action }
        });
        let secrets = explained.secrets.into_iter().map(|(id, name)| RecordSecret { id: id.0, name });
        Self {
            record: Record::from(&explained.activity),
            timeline: Timeline::from(&explained.activity),
            rules: rules.collect(),
            secrets: secrets.collect(),
        }
    }
}

/// Show an activity record
///
/// With its timeline and the names of its rules and secrets.
#[utoipa::path(get, path = "/activity/{id}", tag = "activity", operation_id = "readActivity", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The record", body = RecordDetail), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn read(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<ActivityId>,
) -> Result<Json<RecordDetail>, Error> {
    Ok(Json(state.app.activity_detail(caller.project, id).await?.into()))
}
