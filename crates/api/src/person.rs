//! The caller: authenticated by API key or session; or anyone on this machine, if sign-in is turned off.

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

/// The authenticated caller and the project of the request. Handlers with this extractor require authentication.
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
    /// The app on the caller's behalf: changes are recorded as theirs.
    pub(crate) fn app(&self, state: &ApiState) -> App {
        let person = Some(actor_person(&self.person));
        state.app.by(Actor { person, by: self.by.clone(), from: self.from.clone() })
    }
}

/// The address that a request comes from.
pub(crate) fn peer(parts: &Parts) -> Option<String> {
    parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map(|ConnectInfo(peer)| peer.ip().to_canonical().to_string())
}

async fn recognise(state: &ApiState, parts: &Parts) -> Result<(Person, AuthenticatedBy), Error> {
    if let Some(key) = bearer(parts)? {
        // Agent tokens are not accepted here, whatever the store contains.
        if key.starts_with(AGENT_TOKEN) {
            let actor = Actor { person: None, by: AuthenticatedBy::kind("agent_token"), from: peer(parts) };
            state.note_refusal(actor, "api.call", route(parts), "agent_token", parts).await;
            return Err(Error::Unauthorized(
                "an agent's access token is not accepted here; use an API key (oc_…)",
            ));
        }
        // A wrong key isn't treated as no key, which would act as the owner if sign-in is turned off.
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
                // Record it, so that the person learns what another site made their browser request.
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

/// The bearer token; `None` without the header, or if it is empty, as some clients without a key send it.
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

/// The project named by a header. Newer clients call it a workspace.
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

/// The requested path, without the query, which may contain tokens.
fn route(parts: &Parts) -> Target {
    // Only the beginning: the rest is chosen by the client.
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |OriginalUri(uri)| uri);
    let path: Vec<&str> = uri.path().split('/').take(3).collect();
    let path: String = path.join("/").chars().take(LONGEST_PATH).collect();
    Target { kind: "route".into(), id: None, name: Some(format!("{} {path}", parts.method)) }
}

const LONGEST_PATH: usize = 60;
const AGENT_TOKEN: &str = "aoc_";
