//! The `OpenAPI` document: generated from the routes, committed, and checked by a test.

use utoipa::openapi::ComponentsBuilder;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, SecurityRequirement};
use utoipa_axum::router::OpenApiRouter;

use crate::state::ApiState;
use crate::v1;

/// The `OpenAPI` document as JSON, with a trailing newline.
pub fn openapi_json() -> String {
    let mut text = document().to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}

/// The `OpenAPI` document.
pub(crate) fn document() -> OpenApi {
    described(v1::routes()).into_openapi()
}

/// The routes under `/v1`, with the document's general description.
fn described(routes: OpenApiRouter<ApiState>) -> OpenApiRouter<ApiState> {
    let bearer =
        SecurityScheme::Http(Http::builder().scheme(HttpAuthScheme::Bearer).bearer_format("oc_…").build());
    let session = SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("onecli_session")));
    let info = InfoBuilder::new()
        .title("OneCLI")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Agents, secrets, rules and activity of a OneCLI server. Lists take `limit` and `cursor`; the response header \
             `x-next-cursor` has the cursor of the next page. `X-Project-Id` selects a project.",
        ))
        .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
        .build();
    let none: [&str; 0] = [];
    let document = OpenApiBuilder::new()
        .info(info)
        .components(Some(
            ComponentsBuilder::new()
                .security_scheme("apiKey", bearer)
                .security_scheme("session", session)
                .build(),
        ))
        .security(Some([SecurityRequirement::new("apiKey", none), SecurityRequirement::new("session", none)]))
        .build();
    OpenApiRouter::with_openapi(document).nest("/v1", routes)
}
