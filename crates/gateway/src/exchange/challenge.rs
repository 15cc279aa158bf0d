//! An upstream's own 401 or 403: where the agent had no credential at all, its body says what to do about it.

use bytes::{Bytes, BytesMut};
use http::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, ETAG, HeaderName, LAST_MODIFIED,
    WWW_AUTHENTICATE,
};
use http::{HeaderMap, HeaderValue, StatusCode, response};
use http_body::Body;
use http_body_util::BodyExt;
use onecli_domain::facts::{Headers, read_content};
use onecli_domain::id::AgentId;
use onecli_domain::target::Target;
use onecli_domain::verdict::Permit;

use crate::exchange::credential_hint::uncredentialed;
use crate::exchange::error_response::set_request_id;
use crate::exchange::facts::RequestHeaders;
use crate::exchange::record::RecordBuilder;
use crate::exchange::response_body::Source;
use crate::state::GatewayState;

/// Whether a request went out bare.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Challenge {
    bare: bool,
}

impl Challenge {
    /// Reads it from the request's head, before it is sent.
    pub(crate) fn of(headers: &HeaderMap, target: &Target, permit: &Permit) -> Self {
        Self { bare: permit.uses().is_empty() && !brings_its_own(headers, target) }
    }

    /// Whether an response is one that the gateway explains: not what programs answer by themselves, and no stream.
    pub(crate) fn concerns(self, head: &response::Parts) -> bool {
        let refused = head.status == StatusCode::UNAUTHORIZED || head.status == StatusCode::FORBIDDEN;
        let streams = head
            .headers
            .get(CONTENT_TYPE)
            .and_then(|value| value.as_bytes().get(..EVENT_STREAM.len()))
            .is_some_and(|kind| kind.eq_ignore_ascii_case(EVENT_STREAM));
        self.bare
            && refused
            && !streams
            && !head.headers.get_all(WWW_AUTHENTICATE).iter().any(is_answered_by_programs)
    }

    /// Replaces the body; status and all other headers stay. A body that is too long comes back as it was, with what was
    /// read of it.
    pub(crate) async fn explain(
        self,
        state: &GatewayState,
        agent: AgentId,
        target: &Target,
        withheld: Option<&str>,
        head: &mut response::Parts,
        mut source: Source,
    ) -> Result<(Bytes, Box<RecordBuilder>), Box<(Source, Bytes)>> {
        if source.body.size_hint().lower() > MOST_REPLACED as u64 {
            return Err(Box::new((source, Bytes::new())));
        }
        let had_body = !source.body.is_end_stream();
        let mut text = BytesMut::new();
        let reading = async {
            while text.len() <= MOST_REPLACED {
                match source.body.frame().await {
                    Some(Ok(frame)) => {
                        if let Ok(data) = frame.into_data() {
                            text.extend_from_slice(&data);
                        }
                    }
                    Some(Err(_)) | None => return true,
                }
            }
            false
        };
        let whole = tokio::time::timeout(state.config.idle_timeout, reading).await.unwrap_or(true);
        let text = text.freeze();
        if !whole {
            return Err(Box::new((source, text)));
        }
        let content = read_content(text, Headers::of(&RequestHeaders(&head.headers)), MOST_REPLACED);
        let quoted = content.text().ok().filter(|text| !text.is_empty());
        let quoted = quoted.map(|text| clip(text, MOST_QUOTED));
        let (code, bytes) = uncredentialed(&state.config, target, withheld, agent, quoted);
        for name in [CONTENT_ENCODING, CONTENT_LENGTH, ETAG, LAST_MODIFIED, TRAILER] {
            head.headers.remove(name);
        }
        head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        head.headers.insert(SHOULD_RETRY, HeaderValue::from_static("false"));
        set_request_id(&mut head.headers, source.record.id());
        source.record.note_error(code);
        // What had no body, such as the response to HEAD, gets none.
        let bytes = if had_body || head.status == StatusCode::UNAUTHORIZED { bytes } else { Bytes::new() };
        Ok((bytes, Box::new(source.record)))
    }
}

/// Whether the agent sent a credential of its own: then the answer is between it and the upstream.
fn brings_its_own(headers: &HeaderMap, target: &Target) -> bool {
    let in_headers = headers.iter().any(|(name, value)| {
        (*name == AUTHORIZATION || *name == COOKIE || CREDENTIAL_HEADERS.contains(&name.as_str()))
            && is_credential(value.as_bytes())
    });
    in_headers
        || target.query.as_deref().is_some_and(|query| {
            query.split('&').filter_map(|pair| pair.split_once('=')).any(|(name, value)| {
                let name = name.to_ascii_lowercase();
                CREDENTIAL_PARAMETERS.contains(&name.as_str()) && is_credential(value.as_bytes())
            })
        })
}

/// Whether a value is neither empty nor what agents are given to hold where a tool insists on one.
fn is_credential(value: &[u8]) -> bool {
    let is_filler = ["onecli-", "placeholder"]
        .iter()
        .any(|filler| memchr::memmem::find(value, filler.as_bytes()).is_some());
    !value.is_empty() && !is_filler
}

/// Registries' tokens, Digest and Negotiate: programs see these challenges and go on by themselves. One header may
/// hold several challenges (RFC 9110 §11.6.1).
fn is_answered_by_programs(value: &HeaderValue) -> bool {
    let text = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
    let mut within_bearer = false;
    text.split(',').map(str::trim).any(|part| {
        let (first, rest) = part.split_once(' ').unwrap_or((part, ""));
        let begins_challenge = !first.contains('=');
        if begins_challenge {
            within_bearer = first == "bearer";
        }
        let parameter = if begins_challenge { rest.trim_start() } else { part };
        matches!(first, "digest" | "negotiate" | "ntlm") || within_bearer && parameter.starts_with("realm=")
    })
}

/// The longest part of a text that ends between characters.
fn clip(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

const CREDENTIAL_HEADERS: [&str; 8] = [
    "x-api-key",
    "api-key",
    "apikey",
    "private-token",
    "x-auth-token",
    "x-access-token",
    "x-goog-api-key",
    "x-amz-security-token",
];
const CREDENTIAL_PARAMETERS: [&str; 8] =
    ["key", "api_key", "apikey", "access_token", "token", "auth", "x-amz-signature", "sig"];
const EVENT_STREAM: &[u8] = b"text/event-stream";
const TRAILER: HeaderName = HeaderName::from_static("trailer");
const SHOULD_RETRY: HeaderName = HeaderName::from_static("x-should-retry");
const MOST_REPLACED: usize = 64 * 1024;
const MOST_QUOTED: usize = 2 * 1024;
