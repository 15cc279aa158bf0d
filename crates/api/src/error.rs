//! Errors as callers of the API see them: the one place where accidents become status codes.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

/// Why a call isn't answered as asked.
#[derive(Debug, Error)]
pub enum Error {
    /// The call is malformed, or a field of it is.
    #[error("{message}")]
    Invalid {
        /// Which field.
        field: Option<String>,
        /// What is wrong, and what would be right.
        message: String,
    },
    /// No credentials, or wrong ones.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// Not from there, or not for this person.
    #[error("{message}")]
    Forbidden {
        /// A stable word for the reason.
        code: &'static str,
        /// What is forbidden, and what to do instead.
        message: String,
    },
    /// There is no such thing, or no such route.
    #[error("{0}")]
    NotFound(String),
    /// No agent of the project has this identifier.
    #[error("there is no agent with the identifier \"{0}\" in this project")]
    UnknownAgent(String),
    /// The route exists, but not for this method.
    #[error("this route does not answer {0}")]
    Method(String),
    /// It contradicts what is there.
    #[error("{message}")]
    Conflict {
        /// A stable word for what is in the way.
        code: &'static str,
        /// What it contradicts.
        message: String,
    },
    /// It was there, and is over.
    #[error("{0}")]
    Gone(String),
    /// The body is larger than any call needs.
    #[error("the body is larger than {LARGEST_BODY} bytes")]
    TooLarge,
    /// Too many attempts.
    #[error("too many attempts; try again in {seconds} seconds")]
    TooMany {
        /// When another attempt makes sense.
        seconds: u64,
    },
    /// The store can't answer now.
    #[error("{0}")]
    Unavailable(String),
    /// An accident; the log says which.
    #[error("something went wrong inside the server; its log says what")]
    Internal,
}

/// An error's body. `error` is always a flat text, which is all that some callers can read.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Error)]
pub(crate) struct ErrorBody {
    /// What happened, for people.
    error: String,
    /// The same as a stable word, for programs.
    code: &'static str,
    /// The field that is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// With the code `AGENT_NOT_FOUND`: which agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_identifier: Option<String>,
}

impl Error {
    /// A field with a value that it can't have.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: Some(field.into()), message: message.into() }
    }

    /// There is none of this kind with the id that was given.
    pub(crate) fn none(what: &str) -> Self {
        let here = if matches!(what, "project" | "person" | "API key") { "" } else { " in this project" };
        Self::NotFound(format!("there is no such {what}{here}"))
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Invalid { .. } => StatusCode::BAD_REQUEST,
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden { .. } => StatusCode::FORBIDDEN,
            Self::NotFound(_) | Self::UnknownAgent(_) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::Gone(_) => StatusCode::GONE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid_request",
            Self::Unauthorized(_) => "unauthorized",
            Self::Forbidden { code, .. } | Self::Conflict { code, .. } => code,
            Self::NotFound(_) => "not_found",
            Self::UnknownAgent(_) => "AGENT_NOT_FOUND",
            Self::Method(_) => "method_not_allowed",
            Self::Gone(_) => "approval_expired",
            Self::TooLarge => "payload_too_large",
            Self::TooMany { .. } => "rate_limited",
            Self::Unavailable(_) => "unavailable",
            Self::Internal => "internal",
        }
    }
}

impl From<onecli_app::Error> for Error {
    fn from(error: onecli_app::Error) -> Self {
        use onecli_app::Error as App;
        match error {
            App::Invalid { field, message } => Self::invalid(field, message),
            App::NotFound(what) => Self::none(what),
            App::Conflict { code, message } => Self::Conflict { code, message },
            App::Expired => Self::Gone("approval_expired".into()),
            App::Store(_) if error.is_passing() => {
                tracing::error!(%error, "the store can't answer");
                Self::Unavailable(
                    "the server's database can't be used at the moment; its log says why".into(),
                )
            }
            App::Store(_) | App::Key(_) | App::Vault(_) | App::File { .. } | App::Authority(_) => {
                tracing::error!(%error, "a call failed");
                Self::Internal
            }
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let (status, code, error) = (self.status(), self.code(), self.to_string());
        let (mut field, mut agent_identifier, mut wait) = (None, None, None);
        match self {
            Self::Invalid { field: named, .. } => field = named,
            Self::UnknownAgent(identifier) => agent_identifier = Some(identifier),
            Self::TooMany { seconds } => wait = Some(seconds),
            Self::Unauthorized(_)
            | Self::Forbidden { .. }
            | Self::Conflict { .. }
            | Self::NotFound(_)
            | Self::Method(_)
            | Self::Gone(_)
            | Self::TooLarge
            | Self::Unavailable(_)
            | Self::Internal => {}
        }
        let body = ErrorBody { error, code, field, agent_identifier };
        let mut response = (status, Json(body)).into_response();
        if let Some(seconds) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if status == StatusCode::UNAUTHORIZED {
            // RFC 9110 §11.6.1: a 401 names a scheme.
            let challenge = HeaderValue::from_static("Bearer realm=\"onecli\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The largest body that is read, in bytes.
pub(crate) const LARGEST_BODY: usize = 1024 * 1024;
