//! The router: all routes, those of the API under two prefixes, and the middleware for all of them.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use http::header;
use onecli_app::App;

use crate::config::Config;
use crate::error::Error;
use crate::state::ApiState;
use crate::{dashboard, docs, host, layers, openapi, pages, sign_in, v1};

/// All routes of the API, sign-in and the dashboard.
pub fn router(app: App, config: Config) -> Router {
    let state = ApiState::new(app, config);
    let api = v1::routes().split_for_parts().0;
    let routes = Router::new()
        .route("/", get(dashboard::serve))
        .route("/style.css", get(pages::style))
        .route("/docs/api", get(docs::docs))
        .route("/health", get(v1::health))
        .route("/sign-in", get(sign_in::with_link))
        .route("/v1/openapi.json", get(document))
        .route("/api/openapi.json", get(document))
        .nest("/v1", api.clone())
        .nest("/api", api)
        .fallback(dashboard::serve)
        .method_not_allowed_fallback(wrong_method)
        .with_state(state.clone());
    // The middleware wraps the whole router, so that it also applies to unmatched routes and can
    // change what is routed. The last layer is the outermost.
    Router::new()
        .fallback_service(routes)
        .layer(middleware::map_request(layers::fold_slashes))
        .layer(middleware::from_fn(layers::limit_bodies))
        .layer(middleware::from_fn_with_state(state.clone(), host::check))
        .layer(middleware::from_fn(layers::catch_panics))
        .layer(middleware::from_fn_with_state(state, layers::secure_responses))
}

async fn document() -> Response {
    ([(header::CONTENT_TYPE, "application/json")], openapi::openapi_json()).into_response()
}

async fn wrong_method(request: Request) -> Response {
    Error::Method(request.method().to_string()).into_response()
}
