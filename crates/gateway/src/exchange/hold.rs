//! Approval: a request waits here for a person, with its body, until there is a decision.

use std::time::Instant;

use http::Request;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use onecli_app::live::snapshot::AgentEntry;
use onecli_app::policy::approvals::{Details, matched_path};
use onecli_app::policy::approved::Approved;
use onecli_app::policy::hold::{Ended, Held};
use onecli_domain::facts::{Headers, read_content, read_overrides};
use onecli_domain::hold::Hold;
use onecli_domain::sensitive::{is_secret_header, is_secret_name, is_secret_value};
use onecli_domain::summary::{Asked, preview, summarise};
use onecli_domain::target::Target;

use crate::exchange::error::{Error, Failure, Refused};
use crate::exchange::facts::RequestHeaders;
use crate::exchange::read_body::{BufferedBody, read_whole};
use crate::exchange::record::RecordBuilder;
use crate::exchange::subject::{Subject, current_agent};
use crate::outgoing::request_body::RequestBody;
use crate::state::{GatewayState, stopped};

/// Holds a request until somebody has approved it; anything else ends it.
pub(crate) async fn ask(
    state: &GatewayState,
    agent: &AgentEntry,
    subject: &Subject,
    request: &mut Request<RequestBody>,
    record: &mut RecordBuilder,
    hold: &Hold,
) -> Result<Approved, Error> {
    record.note_hold(hold);
    let began = Instant::now();
    // Before its body is read, so that no more bodies come in than may wait.
    let slot = state.app.take_hold_slot(agent.id).map_err(Failure::TooManyHolds)?;
    let read = tokio::select! {
        read = read_whole(state, request) => read,
        () = state.app.live().until_revoked(&agent.token) => Err(revoked(state, subject)),
    };
    let buffered = match read {
        Ok(buffered) => buffered,
        Err(error) => {
            record.note_held(began.elapsed());
            return Err(error);
        }
    };
    let held = Held {
        agent,
        hold,
        method: request.method().as_str(),
        target: &subject.target,
        body_bytes: buffered.length,
        details: describe(&subject.target, request, &buffered),
    };
    let mut stopping = state.stopping.clone();
    let ended = tokio::select! {
        ended = state.app.hold(&slot, &held, stopped(&mut stopping)) => Some(ended),
        // Given up by being dropped, it ends as cancelled.
        () = state.app.live().until_revoked(&agent.token) => None,
    };
    drop(slot);
    record.note_held(began.elapsed());
    // Refused, too: the response depends on what was read.
    if buffered.is_in_memory() || matches!(ended, Some(Ok(Ended::Approved(..)))) {
        buffered.put_back(state, request).await?;
    }
    let Some(ended) = ended else { return Err(revoked(state, subject)) };
    let rule = hold.rule.clone();
    match ended {
        Ok(Ended::Approved(id, approved)) => {
            tracing::debug!(approval = %id, "approved");
            Ok(approved)
        }
        Ok(Ended::Denied(id, reason)) => Err(Refused::Denied { id, rule, why: "denied", reason }.into()),
        Ok(Ended::Expired(id)) => Err(Refused::Denied { id, rule, why: "expired", reason: None }.into()),
        Ok(Ended::Interrupted(id)) => Err(Failure::Restarting(id).into()),
        Err(error) => {
            tracing::error!(%error, "a request can't be held, and is refused");
            Err(Failure::HoldUnavailable.into())
        }
    }
}

/// Why a request of an agent that may not go on is refused.
fn revoked(state: &GatewayState, subject: &Subject) -> Error {
    current_agent(state, &subject.token).err().unwrap_or_else(|| Refused::Suspended.into())
}

/// What a person is shown of a request.
fn describe(target: &Target, request: &Request<RequestBody>, whole: &BufferedBody) -> Details {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let content =
        read_content(whole.first.clone(), Headers::of(&RequestHeaders(request.headers())), MOST_DESCRIBED);
    // A beginning can't be decoded, but where there is no coding it is read as it stands.
    let is_cut = (whole.first.len() as u64) < whole.length;
    let is_coded = request.headers().contains_key(CONTENT_ENCODING);
    let body = if is_cut && is_coded { None } else { content.bytes() };
    let query = target.query.as_deref();
    let is_multipart = header(CONTENT_TYPE)
        .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("multipart/"));
    Details {
        url: format!("{}{}", target.origin(), masked_path(target)),
        matched_path: matched_path(&target.path),
        body_sha256: whole.sha256.clone(),
        overrides: read_overrides(target, |name| {
            request.headers().get_all(name).iter().filter_map(|value| value.to_str().ok())
        })
        .iter()
        .filter(|method| ***method != *request.method().as_str())
        .map(ToString::to_string)
        .collect(),
        headers: request
            .headers()
            .iter()
            .chain(whole.trailers.iter().flatten())
            .filter(|(name, value)| !value.is_sensitive() && !is_secret_header(name.as_str()))
            .map(|(name, value)| {
                (name.as_str().to_owned(), shown(&String::from_utf8_lossy(value.as_bytes())))
            })
            .collect(),
        body_preview: body.and_then(|bytes| preview(bytes, content.text().ok(), is_multipart, MOST_SHOWN)),
        summary: summarise(&Asked {
            method: request.method().as_str(),
            host: target.host.as_str(),
            path: target.path.sent(),
            query,
            content_type: header(CONTENT_TYPE),
            body,
            is_cut,
            length: whole.length,
        }),
    }
}

/// A header's value, unless it gives a credential away, whatever its header is called.
fn shown(value: &str) -> String {
    if is_secret_value(value) { "***".into() } else { value.to_owned() }
}

/// Path and query, with the values of parameters masked that look like credentials.
fn masked_path(target: &Target) -> String {
    let mut out = target.path.sent().to_owned();
    let Some(query) = &target.query else { return out };
    for (at, pair) in query.split('&').enumerate() {
        out.push(if at == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) if is_secret_name(&onecli_domain::target::decode_form(name)) => {
                out.push_str(name);
                out.push_str("=***");
            }
            _ => out.push_str(pair),
        }
    }
    out
}

/// What is shown of a body.
const MOST_SHOWN: usize = 16 * 1024;
/// What is read of a body for its summary.
const MOST_DESCRIBED: usize = 1024 * 1024;
