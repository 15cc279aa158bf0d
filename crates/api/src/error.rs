//! Errors as clients see them, and their status codes.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use thiserror::Error;
use utoipa::ToSchema;

/// Why a request failed.
#[derive(Debug, Error)]
pub enum Error {
    /// The request or one of its fields is invalid.
    #[error("{message}")]
    Invalid {
        /// The field.
        field: Option<String>,
        /// What is wrong, and what is expected.
        message: String,
    },
    /// Credentials are missing or wrong.
    #[error("{0}")]
    Unauthorized(&'static str),
    /// Not allowed from this origin, or for this person.
    #[error("{message}")]
    Forbidden {
        /// A stable code for the reason.
        code: &'static str,
        /// What is forbidden, and what to do instead.
        message: String,
    },
    /// There is no such resource or route.
    #[error("{0}")]
    NotFound(String),
    /// No agent of the project has this identifier.
    #[error("there is no agent with the identifier \"{0}\" in this project")]
    UnknownAgent(String),
    /// The route exists, but doesn't support this method.
    #[error("this route does not support {0}")]
    Method(String),
    /// The request conflicts with the current state.
    #[error("{message}")]
    Conflict {
        /// A stable code for the conflict.
        code: &'static str,
        /// The conflict.
        message: String,
    },
    /// The resource existed, but has expired.
    #[error("{0}")]
    Gone(String),
    /// The body is larger than the limit.
    #[error("the body is larger than {LARGEST_BODY} bytes")]
    TooLarge,
    /// Too many attempts.
    #[error("too many attempts; try again in {seconds} seconds")]
    TooMany {
        /// Seconds until the next attempt.
        seconds: u64,
    },
    /// The database can't be used at the moment.
    #[error("{0}")]
    Unavailable(String),
    /// An unexpected error; details are in the log.
    #[error("something went wrong inside the server; its log says what")]
    Internal,
}

/// An error response. `error` is always a plain string, since some clients can't read anything else.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Error)]
pub(crate) struct ErrorBody {
    /// A message for people.
    error: String,
    /// A stable code for programs.
    code: &'static str,
    /// The invalid field.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    /// With the code `AGENT_NOT_FOUND`: the agent's identifier.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_identifier: Option<String>,
}

impl Error {
    /// A field has an invalid value.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid { field: Some(field.into()), message: message.into() }
    }

    /// There is no resource of this kind with the given id.
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
            App::Store(_) if error.is_temporary() => {
                tracing::error!(%error, "the database can't be used");
                Self::Unavailable(
                    "the server's database can't be used at the moment; its log says why".into(),
                )
            }
            App::Store(_) | App::Key(_) | App::Vault(_) | App::File { .. } | App::Authority(_) => {
                tracing::error!(%error, "a request failed");
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
            // RFC 9110 §11.6.1: a 401 response must name a scheme.
            let challenge = HeaderValue::from_static("Bearer realm=\"onecli\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
        }
        response
    }
}

/// The largest body that is read, in bytes.
pub(crate) const LARGEST_BODY: usize = 1024 * 1024;
