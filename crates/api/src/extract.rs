//! Extractors for bodies, queries and ids, with errors that name the field.

use std::borrow::Cow;
use std::str::FromStr;
use std::time::Duration;

use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use bytes::Bytes;
use http::request::Parts;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use onecli_domain::id::{ActivityId, AgentId, ApiKeyId, ApprovalId, GrantId, ProjectId, RuleId, SecretId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use crate::error::{Error, LARGEST_BODY};

/// A JSON object. Unknown fields are ignored, as is the Content-Type.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        let bytes = read_all(request.into_body(), READ_TIMEOUT).await?;
        // serde would also accept an array with a struct's fields in order.
        if bytes.trim_ascii_start().first() != Some(&b'{') {
            let message = "the body must be a JSON object".into();
            return Err(Error::Invalid { field: None, message });
        }
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            bad_json(&path, error.inner())
        })?;
        reader.end().map_err(|error| bad_json(".", &error))?;
        Ok(Self(value))
    }
}

/// Reads a body, unless it is too large or arrives too slowly.
async fn read_all(body: axum::body::Body, patience: Duration) -> Result<Bytes, Error> {
    let whole = tokio::time::timeout(patience, Limited::new(body, LARGEST_BODY).collect());
    let Ok(outcome) = whole.await else {
        let message = format!("the body was not complete within {} seconds", patience.as_secs());
        return Err(Error::Invalid { field: None, message });
    };
    match outcome {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() || is_too_long(&*error) => Err(Error::TooLarge),
        Err(_) => {
            Err(Error::Invalid { field: None, message: "the body ended before it was complete".into() })
        }
    }
}

/// Whether the framework's own size limit is among the causes.
fn is_too_long(error: &(dyn std::error::Error + 'static)) -> bool {
    std::iter::successors(error.source(), |error| error.source())
        .any(<dyn std::error::Error>::is::<LengthLimitError>)
}

/// Describes what is wrong with a body without repeating values, which may be secrets.
fn bad_json(path: &str, error: &serde_json::Error) -> Error {
    let field = Some(path).filter(|path| !matches!(*path, "." | "?" | ""));
    match error.classify() {
        serde_json::error::Category::Data => {
            let text = error.to_string();
            if let Some(name) = text.strip_prefix("missing field `").and_then(|rest| rest.split('`').next()) {
                let field = field.map_or_else(|| name.to_owned(), |path| format!("{path}.{name}"));
                return Error::invalid(field.clone(), format!("the field \"{field}\" is missing"));
            }
            if let Some(name) = text.strip_prefix("duplicate field `").and_then(|rest| rest.split('`').next())
            {
                return Error::invalid(name, format!("the field \"{name}\" occurs twice"));
            }
            let expected = text
                .rsplit_once("expected ")
                .map_or("a value of another type", |(_, rest)| rest.split(" at line").next().unwrap_or(rest));
            let expected = json_type(expected);
            match field {
                Some(field) => Error::invalid(field, format!("the field \"{field}\" must be {expected}")),
                None => Error::Invalid { field: None, message: format!("the body must contain {expected}") },
            }
        }
        serde_json::error::Category::Syntax
        | serde_json::error::Category::Eof
        | serde_json::error::Category::Io => {
            let (line, column) = (error.line(), error.column());
            let message = format!("the body is not valid JSON (line {line}, column {column})");
            Error::Invalid { field: None, message }
        }
    }
}

/// Translates serde's type names into those of JSON.
fn json_type(expected: &str) -> &str {
    match expected {
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number from 0",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        other if other.starts_with("struct ") || other.starts_with("internally tagged") => "an object",
        other => other,
    }
}

/// A query string. Fields are read as strings, so that errors can name the field.
#[derive(Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Params<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Error> {
        Query::try_from_uri(&parts.uri).map(|Query(params)| Self(params)).map_err(|error| Error::Invalid {
            field: None,
            message: format!("the query string can't be read: {}", error.body_text()),
        })
    }
}

/// A resource with an id in the path.
pub(crate) trait Identified: FromStr + Send {
    /// The resource's name in messages.
    const WHAT: &'static str;
}

macro_rules! identified {
    ($($id:ty => $what:literal),*) => {
        $(impl Identified for $id {
            const WHAT: &'static str = $what;
        })*
    };
}

identified!(
    AgentId => "agent", SecretId => "secret", RuleId => "rule", ProjectId => "project",
    ActivityId => "activity record", ApiKeyId => "API key", ApprovalId => "held request", GrantId => "grant"
);

/// An id in the path. Text that is not an id can't name a resource: 404.
#[derive(Debug)]
pub(crate) struct Id<T>(pub(crate) T);

impl<S: Send + Sync, T: Identified> FromRequestParts<S> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let none = || Error::none(T::WHAT);
        let Path(text) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| none())?;
        text.parse().map(Self).map_err(|_| none())
    }
}

/// For a field that may be absent (unchanged) or null (cleared).
#[expect(clippy::option_option, reason = "absent, null and set are different")]
pub(crate) fn maybe<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// A query field's value, unless it is absent or empty.
pub(crate) fn given(text: Option<&String>) -> Option<Cow<'_, str>> {
    text.map(|text| text.trim()).filter(|text| !text.is_empty()).map(Cow::Borrowed)
}

/// Parses a query field.
pub(crate) fn field<T: FromStr>(
    name: &'static str,
    text: Option<&String>,
    expected: &str,
) -> Result<Option<T>, Error> {
    given(text)
        .map(|text| text.parse().map_err(|_| Error::invalid(name, format!("\"{name}\" must be {expected}"))))
        .transpose()
}

/// The number of items that a list should return: `None` means all, if the list allows that.
pub(crate) fn limit(text: Option<&String>) -> Result<Option<u32>, Error> {
    let limit = field::<u32>("limit", text, EXPECTED_LIMIT)?;
    match limit {
        Some(limit) if !(1..=MOST_ROWS).contains(&limit) => {
            Err(Error::invalid("limit", format!("\"limit\" must be {EXPECTED_LIMIT}")))
        }
        Some(_) | None => Ok(limit),
    }
}

const READ_TIMEOUT: Duration = Duration::from_secs(30);
const MOST_ROWS: u32 = 200;
const EXPECTED_LIMIT: &str = "a number from 1 to 200";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn reading_a_stalled_body_times_out() {
        let never = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
        let outcome = read_all(axum::body::Body::from_stream(never), Duration::ZERO).await;
        assert!(matches!(outcome, Err(Error::Invalid { field: None, .. })));
    }
}
