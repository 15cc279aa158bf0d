//! All routes under `/v1`.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::sign_in;
use crate::state::ApiState;
use crate::v1::access::{agents, api_keys, container_config, projects, user};
use crate::v1::activity::{attention, audit_log, export, record, search, stats, stream};
use crate::v1::policy::{
    approval_grants, approvals, approvals_stream, rule_sets, rules, rules_test, suggestions,
};
use crate::v1::server::{gateway, health, settings};
use crate::v1::vault::{apps, keys, secrets, services};

/// All routes under `/v1`, with their `OpenAPI` descriptions.
pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(health::health))
        .routes(routes!(health::ready))
        .routes(routes!(sign_in::new_link))
        .routes(routes!(sign_in::out))
        .routes(routes!(agents::list, agents::create))
        .routes(routes!(agents::default))
        .routes(routes!(agents::read, agents::update, agents::remove))
        .routes(routes!(agents::regenerate_token))
        .routes(routes!(agents::set_default))
        .routes(routes!(agents::suspend))
        .routes(routes!(agents::resume))
        .routes(routes!(agents::set_secret_mode))
        .routes(routes!(agents::secrets, agents::set_secrets))
        .routes(routes!(secrets::list, secrets::create))
        .routes(routes!(secrets::read, secrets::update, secrets::remove))
        .routes(routes!(secrets::rotate))
        .routes(routes!(services::list))
        .routes(routes!(rules::list, rules::create))
        .routes(routes!(rules_test::test))
        .routes(routes!(rule_sets::import))
        .routes(routes!(rule_sets::replay))
        .routes(routes!(rules::read, rules::update, rules::remove))
        .routes(routes!(projects::list))
        .routes(routes!(projects::read, projects::update))
        .routes(routes!(projects::mode, projects::set_mode))
        .routes(routes!(container_config::read))
        .routes(routes!(container_config::codex_stub))
        .routes(routes!(gateway::ca))
        .routes(routes!(gateway::url))
        .routes(routes!(gateway::skill))
        .routes(routes!(user::read, user::update))
        .routes(routes!(user::api_key))
        .routes(routes!(user::regenerate))
        .routes(routes!(api_keys::list, api_keys::create))
        .routes(routes!(api_keys::remove))
        .routes(routes!(search::list))
        .routes(routes!(stream::stream))
        .routes(routes!(export::export))
        .routes(routes!(suggestions::suggest))
        .routes(routes!(record::read))
        .routes(routes!(audit_log::list))
        .routes(routes!(audit_log::verify))
        .routes(routes!(audit_log::export))
        .routes(routes!(stats::counts))
        .routes(routes!(stats::stats))
        .routes(routes!(attention::list))
        .routes(routes!(settings::read, settings::update))
        .routes(routes!(keys::status))
        .routes(routes!(keys::rotate))
        .routes(routes!(approvals_stream::stream))
        .routes(routes!(approvals::pending))
        .routes(routes!(approvals::list))
        .routes(routes!(approvals::decision))
        .routes(routes!(approval_grants::list))
        .routes(routes!(approval_grants::revoke))
        .routes(routes!(apps::list))
        .routes(routes!(apps::connections))
        .routes(routes!(apps::invalidate))
}
