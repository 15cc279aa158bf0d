//! Approval: a request waits here for a person, with its body, until there is a decision.

use std::time::Instant;

use http::Request;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use onecli_app::approvals::{Details, matched_path};
use onecli_app::hold::{Ended, Held};
use onecli_app::live::AgentEntry;
use onecli_domain::facts::{Headers, read_content, read_overrides};
use onecli_domain::hold::Hold;
use onecli_domain::sensitive::{is_secret_header, is_secret_name, is_secret_value};
use onecli_domain::summary::{Asked, summarise};
use onecli_domain::target::Target;

use crate::facts::RequestHeaders;
use crate::gather::{Whole, read_whole};
use crate::refusal::Stop;
use crate::road::{Road, stopped};
use crate::trip::Trip;
use crate::upload::Upload;

/// Holds a request until somebody has approved it; anything else stops it.
pub(crate) async fn ask(
    road: &Road,
    agent: &AgentEntry,
    target: &Target,
    request: &mut Request<Upload>,
    trip: &mut Trip,
    hold: &Hold,
) -> Result<(), Stop> {
    trip.note_hold(hold);
    let began = Instant::now();
    // Before its body is read, so that no more bodies come in than may wait.
    let seat = road.app.take_hold_seat(agent.id).map_err(Stop::Crowded)?;
    let whole = read_whole(road, request).await?;
    let held = Held {
        agent,
        hold,
        method: request.method().as_str(),
        target,
        body_bytes: whole.length,
        details: describe(target, request, &whole),
    };
    let mut stopping = road.stopping.clone();
    let ended = tokio::select! {
        ended = road.app.hold(&seat, &held, stopped(&mut stopping)) => Some(ended),
        // Given up by being dropped, it ends as cancelled.
        () = road.app.live().until_revoked(&agent.token) => None,
    };
    drop((held, seat));
    trip.note_held(began.elapsed());
    let rule = (hold.rule, hold.name.clone());
    let Some(ended) = ended else {
        return Err(if road.app.agent(&agent.token).is_some() {
            Stop::Suspended
        } else {
            Stop::Unauthenticated
        });
    };
    match ended {
        Ok(Ended::Approved(id)) => {
            tracing::debug!(approval = %id, "approved");
            whole.put_back(road, request).await
        }
        Ok(Ended::Denied(id, reason)) => Err(Stop::Denied { id, rule, why: "denied", reason }),
        Ok(Ended::Expired(id)) => Err(Stop::Denied { id, rule, why: "expired", reason: None }),
        Ok(Ended::Interrupted(id)) => Err(Stop::Restarting(id)),
        Err(error) => {
            tracing::error!(%error, "a request can't be held, and is refused");
            Err(Stop::Unheld)
        }
    }
}

/// What a person is shown of a request.
fn describe(target: &Target, request: &Request<Upload>, whole: &Whole) -> Details {
    let header = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
    let content =
        read_content(whole.first.clone(), Headers::of(&RequestHeaders(request.headers())), MOST_DESCRIBED);
    // A beginning can't be decoded, but where there is no coding it is read as it stands.
    let is_cut = (whole.first.len() as u64) < whole.length;
    let is_coded = request.headers().contains_key(CONTENT_ENCODING);
    let body = if is_cut && is_coded { None } else { content.bytes() };
    let query = target.query.as_deref();
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
        body_preview: body.and_then(|bytes| preview(bytes, content.text().ok())),
        summary: summarise(&Asked {
            method: request.method().as_str(),
            host: target.host.as_str(),
            path: target.path.sent(),
            query,
            content_type: header(CONTENT_TYPE),
            body,
        }),
    }
}

/// A header's value, unless it gives a credential away, whatever its header is called.
fn shown(value: &str) -> String {
    if is_secret_value(value) { "***".into() } else { value.to_owned() }
}

/// The beginning of a text; none of what is no text.
fn preview(bytes: &[u8], text: Option<&str>) -> Option<String> {
    if bytes.is_empty() {
        return None;
    }
    let text = match text {
        Some(text) => text,
        // The cut may go through a character.
        None => match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) if error.error_len().is_none() => {
                std::str::from_utf8(bytes.get(..error.valid_up_to())?).ok()?
            }
            Err(_) => return None,
        },
    };
    let end =
        text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= MOST_SHOWN).last();
    text.get(..end.unwrap_or(0)).map(str::to_owned)
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
