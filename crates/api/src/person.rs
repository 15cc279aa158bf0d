//! Who calls: an API key, a browser's session, or, where sign-in is turned off, anybody on this machine.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, FromRequestParts, OriginalUri};
use http::header;
use http::request::Parts;
use onecli_app::App;
use onecli_app::access::users::{Person, actor_person};
use onecli_domain::audit::{Actor, AuthenticatedBy, Target};
use onecli_domain::id::ProjectId;

use crate::error::Error;
use crate::state::ApiState;
use crate::{csrf, session};

/// Who calls, and which project they mean. Handlers that take this answer nobody else.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) person: Person,
    pub(crate) project: ProjectId,
    by: AuthenticatedBy,
    from: Option<String>,
}

impl FromRequestParts<ApiState> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, Error> {
        let (person, by) = recognise(state, parts).await?;
        let project = match wanted_project(parts)? {
            Some(wanted) => {
                state.app.project(&person, wanted).await?;
                wanted
            }
            None => person.default_project,
        };
        Ok(Self { person, project, by, from: peer(parts) })
    }
}

impl Caller {
    /// The app, on the caller's behalf: what they change is recorded as theirs.
    pub(crate) fn app(&self, state: &ApiState) -> App {
        let person = Some(actor_person(&self.person));
        state.app.by(Actor { person, by: self.by.clone(), from: self.from.clone() })
    }
}

/// The address that a call comes from.
pub(crate) fn peer(parts: &Parts) -> Option<String> {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip().to_canonical().to_string())
}

async fn recognise(state: &ApiState, parts: &Parts) -> Result<(Person, AuthenticatedBy), Error> {
    if let Some(key) = bearer(parts)? {
        // An agent's token opens nothing here, whatever the store says.
        if key.starts_with(AGENT_TOKEN) {
            let actor = Actor { person: None, by: AuthenticatedBy::kind("agent_token"), from: peer(parts) };
            state.note_refusal(actor, "api.call", route(parts), "agent_token", parts).await;
            return Err(Error::Unauthorized(
                "an agent's access token is not accepted here; use an API key (oc_…)",
            ));
        }
        // A wrong key is never taken for no key: it would make its bearer the owner where sign-in is off.
        let (person, name) = state.app.holder_of_key(key).await?.ok_or(Error::Unauthorized(
            "this API key is not valid; see `onecli api-keys list`, or sign in again",
        ))?;
        return Ok((person, AuthenticatedBy { kind: "api_key".into(), name: Some(name) }));
    }
    if let Some(token) = session::token(&parts.headers)
        && let Some(person) = state.app.person_of_session(token).await?
    {
        let by = AuthenticatedBy::kind("session");
        return match csrf::check(&state.config, parts) {
            Ok(()) => Ok((person, by)),
            Err(error) => {
                // What another site makes a person's browser ask for, the person should hear of.
                let actor = Actor { person: Some(actor_person(&person)), by, from: peer(parts) };
                state.note_refusal(actor, "api.call", route(parts), "csrf", parts).await;
                Err(error)
            }
        };
    }
    if state.config.no_auth {
        csrf::check_open(&state.config, parts)?;
        return Ok((state.app.owner().await?, AuthenticatedBy::kind("open")));
    }
    Err(Error::Unauthorized("sign in: send an API key as `Authorization: Bearer oc_…`, or run `onecli open`"))
}

/// The bearer token; none where there is no header or where it is empty, which is what clients without a key send.
fn bearer(parts: &Parts) -> Result<Option<&str>, Error> {
    let mut lines = parts.headers.get_all(header::AUTHORIZATION).iter();
    let Some(line) = lines.next() else { return Ok(None) };
    let wrong = Error::Unauthorized("the Authorization header must be `Bearer oc_…`");
    if lines.next().is_some() {
        return Err(wrong);
    }
    let Ok(text) = line.to_str() else { return Err(wrong) };
    let (scheme, token) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
    match (scheme, token.trim()) {
        ("", _) => Ok(None),
        (scheme, token) if scheme.eq_ignore_ascii_case("bearer") => {
            Ok(Some(token).filter(|token| !token.is_empty()))
        }
        _ => Err(wrong),
    }
}

/// The project that a header names. Newer clients call it a workspace.
fn wanted_project(parts: &Parts) -> Result<Option<ProjectId>, Error> {
    let named = ["x-project-id", "x-workspace-id"]
        .into_iter()
        .filter_map(|name| parts.headers.get(name))
        .find(|value| !value.is_empty());
    named
        .map(|value| value.to_str().ok().and_then(|text| text.trim().parse().ok()))
        .map(|id| id.ok_or_else(|| Error::NotFound("there is no such project".into())))
        .transpose()
}

/// What was called, without its query: there callers put tokens.
fn route(parts: &Parts) -> Target {
    // Its beginning alone: what comes behind it is the caller's to choose.
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
    let path: Vec<&str> = uri.path().split('/').take(3).collect();
    let path: String = path.join("/").chars().take(LONGEST_PATH).collect();
    Target { kind: "route".into(), id: None, name: Some(format!("{} {path}", parts.method)) }
}

const LONGEST_PATH: usize = 60;
const AGENT_TOKEN: &str = "aoc_";
