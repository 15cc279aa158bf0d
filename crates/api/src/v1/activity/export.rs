//! Exporting activity as a file, streamed page by page.

use std::fmt::Write;

use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream::{self, StreamExt};
use http::header;
use onecli_domain::activity::{Activity, ActivityFilter};
use onecli_domain::id::{ActivityId, ProjectId};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::{Error, ErrorBody};
use crate::extract::{Params, given};
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::activity::search::{Filter, Record};

/// The format of the export.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExportParams {
    /// `jsonl` (one JSON object per line, default) or `csv`.
    format: Option<String>,
}

#[derive(Clone, Copy)]
enum Format {
    Jsonl,
    Csv,
}

/// Export activity
///
/// Newest first, as a file.
#[utoipa::path(get, path = "/activity/export", tag = "activity", operation_id = "exportActivity",
    params(ExportParams, Filter),
    responses((status = 200, description = "The file", body = String, content_type = "application/x-ndjson"),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub(crate) async fn export(
    State(state): State<ApiState>,
    caller: Caller,
    Params(params): Params<ExportParams>,
    Params(filter): Params<Filter>,
) -> Result<Response, Error> {
    let format = match given(params.format.as_ref()).as_deref() {
        None | Some("jsonl") => Format::Jsonl,
        Some("csv") => Format::Csv,
        Some(_) => return Err(Error::invalid("format", "\"format\" must be \"jsonl\" or \"csv\"")),
    };
    let filter = filter.read()?;
    // Fetch the first page before responding, so that errors can be reported with a status.
    let first = state.app.list_activity(caller.project, &filter, PAGE, None).await?;
    let (kind, name, head) = match format {
        Format::Jsonl => ("application/x-ndjson", "activity.jsonl", String::new()),
        Format::Csv => ("text/csv; charset=utf-8", "activity.csv", format!("{}\r\n", COLUMNS.join(","))),
    };
    let pages = Pages { state, project: caller.project, filter, format, next: Next::Page(first) };
    let body = stream::once(async move { Ok(Bytes::from(head)) }).chain(stream::unfold(pages, Pages::next));
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// An export in progress.
struct Pages {
    state: ApiState,
    project: ProjectId,
    filter: ActivityFilter,
    format: Format,
    next: Next,
}

enum Next {
    Page(Vec<Activity>),
    After(ActivityId),
    End,
}

impl Pages {
    /// The next page as text. An error aborts the response, so that a truncated file isn't mistaken for a complete one.
    async fn next(mut self) -> Option<(Result<Bytes, std::io::Error>, Self)> {
        let page = match std::mem::replace(&mut self.next, Next::End) {
            Next::Page(page) => page,
            Next::After(last) => {
                match self.state.app.list_activity(self.project, &self.filter, PAGE, Some(last)).await {
                    Ok(page) => page,
                    Err(error) => {
                        tracing::error!(%error, "an export was aborted");
                        return Some((Err(std::io::Error::other("the export failed")), self));
                    }
                }
            }
            Next::End => return None,
        };
        if let Some(last) = page.last()
            && page.len() == PAGE as usize
        {
            self.next = Next::After(last.id);
        }
        let text: String = page.iter().map(|record| line(record, self.format)).collect();
        (!text.is_empty()).then(|| (Ok(Bytes::from(text)), self))
    }
}

fn line(record: &Activity, format: Format) -> String {
    match format {
        Format::Jsonl => {
            let mut line = serde_json::to_string(&Record::from(record)).unwrap_or_default();
            line.push('\n');
            line
        }
        Format::Csv => csv_line(record),
    }
}

fn csv_line(record: &Activity) -> String {
    let ids = |ids: Vec<String>| ids.join(" ");
    let cells = [
        record.id.to_string(),
        record.at.to_string(),
        record.agent.to_string(),
        record.agent_name.clone(),
        record.method.clone(),
        record.host.clone(),
        record.path.clone(),
        record.status.to_string(),
        record.verdict.as_str().into(),
        ids(record.rules.iter().map(ToString::to_string).collect()),
        ids(record.secrets.iter().map(ToString::to_string).collect()),
        record.duration_micros.to_string(),
        record.overhead_micros.to_string(),
        record.bytes_up.to_string(),
        record.bytes_down.to_string(),
        record.protocol.as_str().into(),
        record.error.clone().unwrap_or_default(),
        record.alarm.clone().unwrap_or_default(),
    ];
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        // Writing to a string doesn't fail.
        let _ = write!(line, "{comma}{}", csv_cell(cell));
    }
    line.push_str("\r\n");
    line
}

/// A cell as in RFC 4180, escaped if a spreadsheet would read it as a formula: agents choose paths and methods.
fn csv_cell(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

const PAGE: u32 = 200;
const COLUMNS: [&str; 18] = [
    "id",
    "at",
    "agentId",
    "agentName",
    "method",
    "host",
    "path",
    "status",
    "verdict",
    "ruleIds",
    "secretIds",
    "durationUs",
    "overheadUs",
    "bytesUp",
    "bytesDown",
    "protocol",
    "error",
    "alarm",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_formulas_are_escaped() {
        assert_eq!(csv_cell("/a,b\"c"), "\"/a,b\"\"c\"");
        assert_eq!(csv_cell("=1+1"), "'=1+1");
        assert_eq!(csv_cell("plain"), "plain");
    }
}
