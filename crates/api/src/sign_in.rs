//! Signing in with a one-time link, and signing out.

use std::net::SocketAddr;
use std::time::Instant;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use onecli_domain::audit::{Actor, AuthenticatedBy, Target};
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Success;
use crate::attempts::Attempts;
use crate::error::{Error, ErrorBody};
use crate::extract::Params;
use crate::person::{Caller, peer};
use crate::state::ApiState;
use crate::{csrf, pages, session};

/// Query parameters of `GET /sign-in`.
#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    #[serde(default)]
    token: String,
    /// The path on this server to redirect to; default: the dashboard.
    #[serde(default)]
    next: String,
}

/// `GET /sign-in?token=…&next=/path`: starts a session and redirects.
pub(crate) async fn with_link(
    State(state): State<ApiState>,
    parts: Parts,
    Params(link): Params<Link>,
) -> Result<Response, Error> {
    // Link previews send HEAD requests, which must not use up the link.
    if parts.method == Method::HEAD {
        return Err(Error::Method("HEAD".into()));
    }
    let next = own_path(&link.next);
    let actor = Actor { person: None, by: AuthenticatedBy::kind("sign_in_link"), from: peer(&parts) };
    let Some(started) = state.app.by(actor.clone()).sign_in(&link.token).await? else {
        // The person reopened the link that signed them in.
        if let Some(session) = session::token(&parts.headers)
            && state.app.person_of_session(session).await?.is_some()
        {
            return Ok((StatusCode::SEE_OTHER, [(header::LOCATION, next)]).into_response());
        }
        // Only failed attempts are counted, so that nobody can lock a person out by guessing.
        note(&state.sign_ins, &parts)?;
        let target = Target { kind: "sign_in_link".into(), id: None, name: None };
        state.note_refusal(actor, "session.sign_in", target, "used_or_expired", &parts).await;
        if pages::wants_page(&parts.headers) {
            return Ok(pages::expired_link());
        }
        return Err(Error::Unauthorized(
            "this sign-in link was used or has expired; run `onecli open` for a new one",
        ));
    };
    let token = started.token.as_str().unwrap_or_default();
    let cookie = session::start(&state.config, token, started.seconds).ok_or(Error::Internal)?;
    let headers = [(header::SET_COOKIE, cookie), (header::LOCATION, next)];
    Ok((StatusCode::SEE_OTHER, headers).into_response())
}

/// The path if it is on this server, otherwise the front page.
fn own_path(text: &str) -> HeaderValue {
    // Browsers treat a backslash as a slash, and skip tabs and line ends, so `/\evil.test` and `/<tab>/evil.test` name hosts.
    let is_own = text.starts_with('/')
        && !text.starts_with("//")
        && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let path = if is_own { HeaderValue::from_str(text).ok() } else { None };
    path.unwrap_or_else(|| HeaderValue::from_static("/"))
}

/// A one-time link that signs a browser in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignInLink {
    /// The URL to open in the browser.
    url: String,
    /// When the link expires, used or not.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
}

/// Create a one-time sign-in link
///
/// It works once, within a minute.
#[utoipa::path(post, path = "/sign-in-links", tag = "sign-in", operation_id = "createSignInLink",
    responses((status = 201, description = "The link", body = SignInLink), (status = 401, body = ErrorBody),
        (status = 429, body = ErrorBody)))]
pub(crate) async fn new_link(
    State(state): State<ApiState>,
    caller: Caller,
    parts: Parts,
) -> Result<(StatusCode, Json<SignInLink>), Error> {
    note(&state.links, &parts)?;
    let link = caller.app(&state).new_sign_in_link(&caller.person).await?;
    let token = link.token.as_str().unwrap_or_default();
    let url = format!("{}/sign-in?token={token}", state.config.public_url);
    Ok((StatusCode::CREATED, Json(SignInLink { url, expires_at: link.expires_at })))
}

/// Sign out
///
/// Ends the browser's session.
#[utoipa::path(post, path = "/sign-out", tag = "sign-in", operation_id = "signOut",
    responses((status = 200, description = "Done", body = Success)))]
pub(crate) async fn out(
    State(state): State<ApiState>,
    parts: Parts,
) -> Result<(HeaderMap, Json<Success>), Error> {
    if let Some(token) = session::token(&parts.headers) {
        csrf::check(&state.config, &parts)?;
        let actor = Actor { person: None, by: AuthenticatedBy::kind("session"), from: peer(&parts) };
        state.app.by(actor).sign_out(token).await?;
    }
    let cookie = session::end(&state.config).ok_or(Error::Internal)?;
    Ok((HeaderMap::from_iter([(header::SET_COOKIE, cookie)]), Json(Success::yes())))
}

fn note(attempts: &Attempts, parts: &Parts) -> Result<(), Error> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    attempts.note(peer, Instant::now())
}
