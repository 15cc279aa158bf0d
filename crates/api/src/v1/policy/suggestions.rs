//! Suggestions for who writes a pattern: hosts and paths of agents' latest requests.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::{Error, ErrorBody};
use crate::extract::{Params, given};
use crate::person::Caller;
use crate::state::ApiState;

/// What is to be suggested.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SuggestionParams {
    /// `host` or `path`.
    #[param(value_type = SuggestedField, inline)]
    field: Option<String>,
    /// What it contains, whatever the letter case.
    q: Option<String>,
    /// For paths: a host or host pattern that they were asked of; all hosts if left out.
    host: Option<String>,
}

/// What is to be suggested.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[allow(dead_code, reason = "described, never made")]
pub(crate) enum SuggestedField {
    /// Hosts.
    Host,
    /// Paths.
    Path,
}

/// What could stand in a pattern.
#[derive(Serialize, ToSchema)]
pub(crate) struct Suggestion {
    /// A host, or a path in which `*` stands for what differs from request to request.
    value: String,
    /// How many of the latest requests went there.
    count: u64,
}

/// Suggest hosts or paths
///
/// Those of the latest 20,000 requests, the most used first, at most 20.
#[utoipa::path(get, path = "/activity/suggestions", tag = "activity", operation_id = "suggest",
    params(SuggestionParams),
    responses((status = 200, description = "Suggestions", body = Vec<Suggestion>), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn suggest(
    State(state): State<ApiState>,
    caller: Caller,
    Params(params): Params<SuggestionParams>,
) -> Result<Json<Vec<Suggestion>>, Error> {
    let text = given(params.q.as_ref()).unwrap_or_default();
    let found = match given(params.field.as_ref()).as_deref() {
        Some("host") => state.app.suggest_hosts(caller.project, &text).await?,
        Some("path") => {
            let host = given(params.host.as_ref());
            state.app.suggest_paths(caller.project, host.as_deref(), &text).await?
        }
        _ => return Err(Error::invalid("field", "\"field\" must be \"host\" or \"path\"")),
    };
    let found = found.into_iter().map(|one| Suggestion { value: one.value, count: one.count });
    Ok(Json(found.collect()))
}
