//! Who calls: an API key, a browser's session, or, where sign-in is turned off, anybody on this machine.

use axum::extract::FromRequestParts;
use http::header;
use http::request::Parts;
use onecli_app::users::Person;
use onecli_domain::id::ProjectId;

use crate::door::Door;
use crate::error::Error;
use crate::{csrf, session};

/// Who calls, and which project they mean. Handlers that take this answer nobody else.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) person: Person,
    pub(crate) project: ProjectId,
}

impl FromRequestParts<Door> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, door: &Door) -> Result<Self, Error> {
        let person = recognise(door, parts).await?;
        let project = match wanted_project(parts)? {
            Some(wanted) => {
                door.app.project(&person, wanted).await?;
                wanted
            }
            None => person.default_project,
        };
        Ok(Self { person, project })
    }
}

async fn recognise(door: &Door, parts: &Parts) -> Result<Person, Error> {
    if let Some(key) = bearer(parts)? {
        // An agent's token opens nothing here, whatever the store says.
        if key.starts_with(AGENT_TOKEN) {
            return Err(Error::Unauthorized(
                "an agent's access token is not accepted here; use an API key (oc_…)",
            ));
        }
        // A wrong key is never taken for no key: it would make its bearer the owner where sign-in is off.
        return door.app.person_of_key(key).await?.ok_or(Error::Unauthorized(
            "this API key is not valid; see `onecli api-keys list`, or sign in again",
        ));
    }
    if let Some(token) = session::token(&parts.headers)
        && let Some(person) = door.app.person_of_session(token).await?
    {
        csrf::check(&door.config, parts)?;
        return Ok(person);
    }
    if door.config.no_auth {
        csrf::check_open(&door.config, parts)?;
        return Ok(door.app.owner().await?);
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

const AGENT_TOKEN: &str = "aoc_";
