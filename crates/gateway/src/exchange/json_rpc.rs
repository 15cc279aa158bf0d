//! Refused JSON-RPC calls: answered as such, so that one refused call of a tool doesn't end an agent's whole session.

use std::sync::Arc;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use onecli_domain::body::Content;
use onecli_domain::facts::Headers;
use onecli_domain::id::ActivityId;
use serde_json::{Value, json};

use crate::exchange::error::{Error, Refused};
use crate::exchange::error_response::ErrorResponse;
use crate::exchange::facts::RequestHeaders;
use crate::outgoing::request_body::RequestBody;

/// The calls in a request's body that want a response (JSON-RPC 2.0, "Request object", "Batch").
pub(crate) struct RpcCall {
    ids: Vec<Value>,
    is_batch: bool,
}

impl RpcCall {
    /// Finds them in a refused request whose body was read. A failure is no response to a call: the agent tries again. Nor is
    /// that the agent's token is worth nothing any more.
    pub(crate) async fn of(error: &Error, request: &Request<RequestBody>, most: usize) -> Option<Self> {
        let (Error::Refused(refused), RequestBody::Held(held)) = (error, request.body()) else { return None };
        let is_known = !matches!(refused, Refused::Unauthenticated);
        if !is_known || held.rest.is_some() || request.method() != Method::POST {
            return None;
        }
        let headers = RequestHeaders(request.headers());
        let content = Arc::clone(held.content(Headers::of(&headers), most));
        if !content.is_large() {
            return Self::read(&content);
        }
        tokio::task::spawn_blocking(move || Self::read(&content)).await.ok()?
    }

    fn read(content: &Content) -> Option<Self> {
        let body: Value = serde_json::from_str(content.text().ok()?).ok()?;
        let is_batch = body.is_array();
        let messages = body.as_array().map_or(std::slice::from_ref(&body), Vec::as_slice);
        let mut ids: Vec<Value> = Vec::new();
        for id in messages.iter().filter_map(id_of_call) {
            // Each is answered once. What would make a long response of a short request gets the plain refusal.
            if !ids.contains(id) {
                if ids.len() == MOST_CALLS || id.as_str().is_some_and(|id| id.len() > MOST_ID_BYTES) {
                    return None;
                }
                ids.push(id.clone());
            }
        }
        (!ids.is_empty()).then_some(Self { ids, is_batch })
    }

    /// The response to every call.
    pub(crate) fn answer(self, refusal: ErrorResponse, record: Option<ActivityId>) -> Response<Bytes> {
        let (message, data) = (refusal.message().to_owned(), refusal.body());
        if (message.len() + data.to_string().len()) * self.ids.len() > MOST_BYTES {
            return refusal.into_response(record);
        }
        let answer = |id| json!({ "jsonrpc": "2.0", "id": id, "error": { "code": REFUSED, "message": message, "data": data } });
        let mut answers: Vec<_> = self.ids.into_iter().map(answer).collect();
        let body = if self.is_batch { Value::Array(answers) } else { answers.pop().unwrap_or_default() };
        let mut response = refusal.into_response(record).map(|_| Bytes::from(body.to_string()));
        *response.status_mut() = StatusCode::OK;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response
    }
}

fn id_of_call(message: &Value) -> Option<&Value> {
    let is_call = message.get("jsonrpc")? == "2.0" && message.get("method")?.is_string();
    message.get("id").filter(|id| is_call && (id.is_string() || id.is_number()))
}

/// How many calls of a batch are answered one by one.
const MOST_CALLS: usize = 64;
/// The longest response that is made of a refusal for each call.
const MOST_BYTES: usize = 64 * 1024;
/// The longest id that is repeated in a response.
const MOST_ID_BYTES: usize = 256;
/// In the range that JSON-RPC leaves to servers.
const REFUSED: i64 = -32_001;
