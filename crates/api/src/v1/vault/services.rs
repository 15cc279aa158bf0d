//! Well-known services, for adding a secret by picking one.

use axum::Json;
use onecli_domain::secret_kind::{InjectionConfig, SecretKind};
use onecli_domain::services::SERVICES;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ErrorBody;
use crate::person::Caller;
use crate::v1::schema_enums;

/// A service that people have keys for.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Service {
    /// What names it in commands.
    id: String,
    /// Its name.
    name: &'static str,
    /// What kind of secret its key is.
    #[schema(value_type = schema_enums::SecretType)]
    #[serde(rename = "type")]
    kind: SecretKind,
    /// The main host that its key is sent to.
    host_pattern: &'static str,
    /// The hosts that its key is sent to.
    host_patterns: &'static [&'static str],
    /// How its key is put into a request.
    #[schema(value_type = schema_enums::InjectionConfig)]
    injection_config: InjectionConfig,
    /// Where people get a key.
    keys_url: &'static str,
    /// The environment variables that tools read the key from: `onecli run` sets them to a placeholder.
    env: &'static [&'static str],
}

/// List well-known services
#[utoipa::path(get, path = "/services", tag = "secrets", operation_id = "listServices",
    responses((status = 200, description = "Services", body = [Service]), (status = 401, body = ErrorBody)))]
pub(crate) async fn list(_: Caller) -> Json<Vec<Service>> {
    let all = SERVICES.iter().map(|service| Service {
        id: service.id(),
        name: service.name,
        kind: service.kind(),
        host_pattern: service.host(),
        host_patterns: service.hosts,
        injection_config: service.injection(),
        keys_url: service.keys,
        env: service.env,
    });
    Json(all.collect())
}
