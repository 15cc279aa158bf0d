//! Calls to the API, and how their failures map to exit codes.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

use super::locate::Located;
use crate::exit::{Exit, Failure};

/// An HTTP client for a server.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    located: Located,
    project: Option<String>,
}

impl Client {
    /// Creates a client.
    pub(crate) fn new(located: Located, project: Option<String>) -> Result<Self, Failure> {
        // A proxy from the environment may be the gateway, which never forwards to the API.
        let mut builder = reqwest::Client::builder();
        if located.url.starts_with("http://") {
            // Without TLS there is no need to load the system's certificates.
            let config = rustls::ClientConfig::builder()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth();
            builder = builder.tls_backend_preconfigured(config);
        }
        let http = builder
            .no_proxy()
            .connect_timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("onecli/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| Failure::new(format!("can't create an HTTP client: {}", causes(&error))))?;
        Ok(Self { http, located, project })
    }

    /// The server.
    pub(crate) fn located(&self) -> &Located {
        &self.located
    }

    /// Sends a GET request.
    pub(crate) async fn read(&self, path: &str) -> Result<Value, Failure> {
        self.call(Method::GET, path, None).await
    }

    /// Sends a request with an optional body; an empty response is null.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, Failure> {
        let response = self.send(method, path, body).await?;
        if response.status() == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        let text = self.text_of(response).await?;
        serde_json::from_str(&text).map_err(|_| self.foreign())
    }

    /// Sends a GET request for plain text.
    pub(crate) async fn text(&self, path: &str) -> Result<String, Failure> {
        let response = self.send(Method::GET, path, None).await?;
        self.text_of(response).await
    }

    /// Sends a GET request for a stream; events continue after the given last id.
    pub(crate) async fn stream(&self, path: &str, last: Option<&str>) -> Result<Response, Failure> {
        let mut request = self.request(Method::GET, path);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        self.answer(request).await
    }

    /// Fetches a list page by page, up to `max` items.
    pub(crate) async fn list(&self, path: &str, max: Option<usize>) -> Result<Vec<Value>, Failure> {
        let most = max.unwrap_or(usize::MAX);
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        while all.len() < most {
            let mut page = with(path, "limit", &(most - all.len()).min(PAGE).to_string());
            if let Some(cursor) = &cursor {
                page = with(&page, "cursor", cursor);
            }
            let response = self.send(Method::GET, &page, None).await?;
            let next = response
                .headers()
                .get("x-next-cursor")
                .and_then(|next| next.to_str().ok())
                .map(str::to_owned);
            let Ok(Value::Array(items)) = serde_json::from_str(&self.text_of(response).await?) else {
                return Err(self.foreign());
            };
            let ended = items.is_empty();
            all.extend(items);
            // A repeated cursor would loop forever.
            if ended || next.is_none() || next == cursor {
                break;
            }
            cursor = next;
        }
        all.truncate(most);
        Ok(all)
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let mut request = self.http.request(method, format!("{}{path}", self.located.url));
        if let Some(key) = &self.located.key {
            request = request.bearer_auth(key);
        }
        if let Some(project) = &self.project {
            request = request.header("x-project-id", project);
        }
        request
    }

    async fn send(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Response, Failure> {
        let mut request = self.request(method, path).timeout(TIMEOUT);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.answer(request).await
    }

    async fn answer(&self, request: RequestBuilder) -> Result<Response, Failure> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        if response.status().is_success() { Ok(response) } else { Err(self.refused(response).await) }
    }

    async fn text_of(&self, response: Response) -> Result<String, Failure> {
        response.text().await.map_err(|error| self.unreachable(&error))
    }

    async fn refused(&self, response: Response) -> Failure {
        let status = response.status();
        let text = response.text().await.unwrap_or_default();
        let Some(body) = ErrorBody::read(&text) else {
            return Failure::of(exit_of(status), format!("{} responded with {status}", self.located.url))
                .hint(ADDRESS_HINT);
        };
        let failure = Failure::of(exit_of(status), body.what);
        match status {
            StatusCode::UNAUTHORIZED if self.located.key.is_none() => failure.hint(format!(
                "no API key is stored for {}; sign in with `onecli auth login`",
                self.located.url
            )),
            StatusCode::UNAUTHORIZED => failure
                .hint("the API key was rejected; check ONECLI_API_KEY, or sign in with `onecli auth login`"),
            _ => match body.field {
                Some(field) => failure.hint(format!("check the field `{field}`")),
                None => failure,
            },
        }
    }

    fn unreachable(&self, error: &reqwest::Error) -> Failure {
        let failure = Failure::of(
            Exit::Unreachable,
            format!("can't reach the server at {}: {}", self.located.url, causes(error)),
        );
        if self.located.running.is_some() || error.is_timeout() {
            failure.hint("check its log, or restart it with `onecli start`")
        } else {
            failure.hint(
                "check that it runs and that ONECLI_URL is correct, or start a local one with `onecli start`",
            )
        }
    }

    fn foreign(&self) -> Failure {
        Failure::new(format!("{} is not a OneCLI server", self.located.url)).hint(ADDRESS_HINT)
    }
}

/// The body of an error response; older servers nest it.
struct ErrorBody {
    what: String,
    field: Option<String>,
}

impl ErrorBody {
    fn read(text: &str) -> Option<Self> {
        let body: Value = serde_json::from_str(text).ok()?;
        let error = body.get("error")?;
        let what = error.as_str().or_else(|| error.get("message")?.as_str())?.to_owned();
        let field = body.get("field").and_then(Value::as_str).map(str::to_owned);
        Some(Self { what, field })
    }
}

fn exit_of(status: StatusCode) -> Exit {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Exit::Denied,
        StatusCode::NOT_FOUND => Exit::NotFound,
        _ => Exit::Failed,
    }
}

/// The innermost cause, which is the most specific.
fn causes(error: &reqwest::Error) -> String {
    if error.is_timeout() {
        return "it didn't respond in time".into();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.downcast_ref::<std::io::Error>().map_or_else(|| cause.to_string(), crate::exit::plain)
}

/// Appends a query parameter to a path.
pub(crate) fn with(path: &str, name: &str, value: &str) -> String {
    let joint = if path.contains('?') { '&' } else { '?' };
    format!("{path}{joint}{name}={}", segment(value))
}

/// Percent-encodes a text for a path or query.
pub(crate) fn segment(text: &str) -> String {
    utf8_percent_encode(text, KEPT).to_string()
}

const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
const TIMEOUT: Duration = Duration::from_secs(45);
const PAGE: usize = 200;
const ADDRESS_HINT: &str = "check ONECLI_URL: it is the URL of the dashboard, not of the gateway";
