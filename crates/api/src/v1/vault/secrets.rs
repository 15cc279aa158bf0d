//! Secrets: list, store, change, rotate, remove. No answer carries a value.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use onecli_app::vault::secrets::{NewSecret, SecretChange};
use onecli_domain::id::SecretId;
use onecli_domain::secret::{InjectionConfig, SecretKind};
use onecli_domain::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::answer::Success;
use crate::error::{Error, ErrorBody};
use crate::extract::{Body, Id, Params, maybe};
use crate::person::Caller;
use crate::state::ApiState;
use crate::v1::list::{self, List, ListParams};
use crate::v1::schema_enums;

/// A stored secret, without its value.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Secret {
    /// Its id.
    id: Uuid,
    /// Its name, as people see it.
    name: String,
    /// What kind of credential it is.
    #[serde(rename = "type")]
    #[schema(value_type = schema_enums::SecretType)]
    kind: SecretKind,
    /// The kind, as people read it.
    #[schema(value_type = String)]
    type_label: &'static str,
    /// The first of the hosts that it is sent to, for clients that know one alone.
    host_pattern: String,
    /// The hosts it is sent to.
    host_patterns: Vec<String>,
    /// The paths it is sent to; none means every path.
    path_pattern: Option<String>,
    /// How it is put into a request.
    #[schema(value_type = Option<schema_enums::InjectionConfig>)]
    injection_config: Option<InjectionConfig>,
    /// Whether it may be sent over plain HTTP.
    allow_plaintext: bool,
    /// `abcd••••••••wxyz`, or dots alone where the value is short.
    preview: String,
    /// What agents hold in the value's place.
    placeholder: String,
    /// When it was stored.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When a request last went out with it.
    #[schema(value_type = Option<String>, format = DateTime)]
    last_used_at: Option<Timestamp>,
    /// How many requests went out with it.
    use_count: i64,
    /// Whether it works.
    #[schema(value_type = schema_enums::SecretHealth)]
    health: &'static str,
    /// Until when the value before a rotation still serves as a fallback.
    #[schema(value_type = Option<String>, format = DateTime)]
    grace_until: Option<Timestamp>,
    /// What is odd about it, such as a value that doesn't look like its type.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<String>,
}

impl From<onecli_domain::secret::Secret> for Secret {
    fn from(secret: onecli_domain::secret::Secret) -> Self {
        let host_pattern = secret.host_pattern().to_owned();
        Self {
            id: secret.id.0,
            name: secret.name,
            kind: secret.kind,
            type_label: secret.kind.label(),
            host_pattern,
            host_patterns: secret.host_patterns,
            path_pattern: secret.path_pattern,
            injection_config: Some(secret.config).filter(|config| !config.is_empty()),
            allow_plaintext: secret.allow_plaintext,
            preview: secret.preview,
            placeholder: secret.placeholder,
            created_at: secret.created_at,
            last_used_at: secret.usage.last_used_at,
            use_count: secret.usage.use_count,
            health: secret.usage.health(),
            grace_until: secret.grace_until,
            warning: None,
        }
    }
}

/// List secrets
#[utoipa::path(get, path = "/secrets", tag = "secrets", operation_id = "listSecrets", params(ListParams),
    responses((status = 200, description = "The project's secrets, oldest first", body = Vec<Secret>),
        (status = 401, body = ErrorBody)))]
pub(crate) async fn list(
    State(state): State<ApiState>,
    caller: Caller,
    Params(params): Params<ListParams>,
) -> Result<List<Secret>, Error> {
    let all = state.app.list_secrets(caller.project).await?;
    let (rows, next) = params.cut(all, |secret| secret.id.0)?;
    Ok(list::answer(rows.into_iter().map(Secret::from).collect(), next))
}

/// What a new secret is made from.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreateSecret {
    /// Its name, as people see it (1–255 characters).
    name: String,
    /// What kind of credential it is.
    #[serde(rename = "type")]
    #[schema(value_type = schema_enums::SecretType)]
    kind: String,
    /// The credential itself, at most 10,000 bytes. It is not seen again.
    #[schema(write_only)]
    value: String,
    /// The host it is sent to, such as `api.example.com` or `*.example.com`; needed unless `hostPatterns` is given.
    #[serde(default)]
    host_pattern: Option<String>,
    /// The hosts it is sent to: 1 to 20.
    #[serde(default)]
    #[schema(min_items = 1, max_items = 20)]
    host_patterns: Option<Vec<String>>,
    /// The paths it is sent to; none means every path.
    #[serde(default)]
    path_pattern: Option<String>,
    /// How it is put into a request; none makes it usable by its placeholder alone.
    #[serde(default)]
    #[schema(value_type = Option<schema_enums::InjectionConfig>)]
    injection_config: Option<InjectionConfig>,
    /// Whether it may be sent over plain HTTP.
    #[serde(default)]
    allow_plaintext: Option<bool>,
}

/// Store a secret
#[utoipa::path(post, path = "/secrets", tag = "secrets", operation_id = "createSecret", request_body = CreateSecret,
    responses((status = 201, description = "The secret, without its value", body = Secret),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody)))]
pub(crate) async fn create(
    State(state): State<ApiState>,
    caller: Caller,
    Body(body): Body<CreateSecret>,
) -> Result<(StatusCode, Json<Secret>), Error> {
    let hosts = Hosts::read(body.host_pattern, body.host_patterns)?
        .ok_or_else(|| Error::invalid("hostPattern", "the field \"hostPattern\" is missing"))?;
    let new = NewSecret {
        name: body.name,
        kind: read_kind(&body.kind)?,
        value: body.value.into(),
        host_patterns: hosts.patterns,
        path_pattern: body.path_pattern.filter(|path| !path.is_empty()),
        config: body.injection_config.unwrap_or_default(),
        allow_plaintext: body.allow_plaintext.unwrap_or_default(),
    };
    let created = caller.app(&state).create_secret(caller.project, new).await;
    let created = created.map_err(|error| hosts.field.name_in(error))?;
    let mut secret = Secret::from(created.secret);
    secret.warning = created.warning;
    Ok((StatusCode::CREATED, Json(secret)))
}

/// Show a secret
///
/// Without its value.
#[utoipa::path(get, path = "/secrets/{id}", tag = "secrets", operation_id = "readSecret", params(("id" = Uuid, Path)),
    responses((status = 200, description = "The secret", body = Secret), (status = 401, body = ErrorBody),
        (status = 404, body = ErrorBody)))]
pub(crate) async fn read(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<SecretId>,
) -> Result<Json<Secret>, Error> {
    Ok(Json(state.app.read_secret(caller.project, id).await?.into()))
}

/// What can be changed of a secret. What is left out stays as it is.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::option_option, reason = "left out, null and given are three things")]
pub(crate) struct UpdateSecret {
    /// Its name.
    #[serde(default)]
    name: Option<String>,
    /// What kind of credential it is.
    #[serde(default, rename = "type")]
    #[schema(value_type = Option<schema_enums::SecretType>)]
    kind: Option<String>,
    /// Another value, which takes the old one's place at once.
    #[serde(default)]
    #[schema(write_only)]
    value: Option<String>,
    /// The host it is sent to, in the place of all that it had.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>)]
    host_pattern: Option<Option<String>>,
    /// The hosts it is sent to: 1 to 20.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<Vec<String>>, min_items = 1, max_items = 20)]
    host_patterns: Option<Option<Vec<String>>>,
    /// The paths it is sent to; null means every path.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<String>)]
    path_pattern: Option<Option<String>>,
    /// How it is put into a request; null makes it usable by its placeholder alone.
    #[serde(default, deserialize_with = "maybe")]
    #[schema(value_type = Option<schema_enums::InjectionConfig>)]
    injection_config: Option<Option<InjectionConfig>>,
    /// Whether it may be sent over plain HTTP.
    #[serde(default)]
    allow_plaintext: Option<bool>,
}

/// Change a secret
#[utoipa::path(patch, path = "/secrets/{id}", tag = "secrets", operation_id = "updateSecret", params(("id" = Uuid, Path)),
    request_body = UpdateSecret,
    responses((status = 200, description = "Done", body = Success), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn update(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<SecretId>,
    Body(body): Body<UpdateSecret>,
) -> Result<Json<Success>, Error> {
    let hosts = Hosts::read(
        given_or_kept("hostPattern", body.host_pattern)?,
        given_or_kept("hostPatterns", body.host_patterns)?,
    )?;
    let field = hosts.as_ref().map_or(HostField::List, |hosts| hosts.field);
    let change = SecretChange {
        name: body.name,
        kind: body.kind.as_deref().map(read_kind).transpose()?,
        value: body.value.map(Into::into),
        host_patterns: hosts.map(|hosts| hosts.patterns),
        path_pattern: body.path_pattern.map(|path| path.filter(|path| !path.is_empty())),
        config: body.injection_config.map(Option::unwrap_or_default),
        allow_plaintext: body.allow_plaintext,
    };
    let updated = caller.app(&state).update_secret(caller.project, id, change).await;
    updated.map_err(|error| field.name_in(error))?;
    Ok(Json(Success::yes()))
}

/// A secret's new value.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RotateSecret {
    /// The new value.
    #[schema(write_only)]
    value: String,
    /// For how many seconds the old value is tried where the new one gets 401; none forgets it at once.
    #[serde(default)]
    grace_seconds: Option<u32>,
}

/// Rotate a secret
///
/// Replaces the value; the old one may be kept for a while as a fallback.
#[utoipa::path(post, path = "/secrets/{id}/rotate", tag = "secrets", operation_id = "rotateSecret",
    params(("id" = Uuid, Path)), request_body = RotateSecret,
    responses((status = 200, description = "Done", body = Success), (status = 400, body = ErrorBody),
        (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn rotate(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<SecretId>,
    Body(body): Body<RotateSecret>,
) -> Result<Json<Success>, Error> {
    caller.app(&state).rotate_secret(caller.project, id, body.value.into(), body.grace_seconds).await?;
    Ok(Json(Success::yes()))
}

/// Remove a secret
///
/// With its values and grants.
#[utoipa::path(delete, path = "/secrets/{id}", tag = "secrets", operation_id = "deleteSecret",
    params(("id" = Uuid, Path)),
    responses((status = 204, description = "Removed"), (status = 401, body = ErrorBody), (status = 404, body = ErrorBody)))]
pub(crate) async fn remove(
    State(state): State<ApiState>,
    caller: Caller,
    Id(id): Id<SecretId>,
) -> Result<StatusCode, Error> {
    caller.app(&state).remove_secret(caller.project, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The hosts of a secret, as a caller gave them.
struct Hosts {
    patterns: Vec<String>,
    field: HostField,
}

/// The field that the hosts came in.
#[derive(Clone, Copy)]
enum HostField {
    /// `hostPattern`.
    Single,
    /// `hostPatterns`.
    List,
}

impl Hosts {
    /// Reads either field. Clients that send back what they read send both, which then say the same.
    fn read(single: Option<String>, list: Option<Vec<String>>) -> Result<Option<Self>, Error> {
        match (single, list) {
            (None, None) => Ok(None),
            (Some(single), None) => Ok(Some(Self { patterns: vec![single], field: HostField::Single })),
            (None, Some(patterns)) => Ok(Some(Self { patterns, field: HostField::List })),
            (Some(single), Some(patterns)) => {
                let first = patterns.first().map(|first| first.trim());
                if first.is_some_and(|first| first.eq_ignore_ascii_case(single.trim())) {
                    return Ok(Some(Self { patterns, field: HostField::List }));
                }
                let message = "\"hostPattern\" and \"hostPatterns\" contradict each other: \"hostPattern\" must be the first of \"hostPatterns\"; send one of them";
                Err(Error::invalid("hostPattern", message))
            }
        }
    }
}

impl HostField {
    /// Names the field that the caller knows.
    fn name_in(self, error: onecli_app::Error) -> Error {
        match (self, error) {
            (Self::Single, onecli_app::Error::Invalid { field: "hostPatterns", message }) => {
                Error::invalid("hostPattern", message)
            }
            (_, error) => error.into(),
        }
    }
}

/// What replaces a field that can't be cleared; none if it was left out.
#[expect(clippy::option_option, reason = "left out, null and given are three things")]
fn given_or_kept<T>(name: &'static str, value: Option<Option<T>>) -> Result<Option<T>, Error> {
    match value {
        None => Ok(None),
        Some(Some(value)) => Ok(Some(value)),
        Some(None) => {
            Err(Error::invalid(name, format!("\"{name}\" can't be null; leave it out to keep what it is")))
        }
    }
}

fn read_kind(text: &str) -> Result<SecretKind, Error> {
    SecretKind::read(text)
        .ok_or_else(|| Error::invalid("type", "\"type\" must be \"generic\", \"anthropic\" or \"openai\""))
}
