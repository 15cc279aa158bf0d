//! A api to knock on: an app over a temporary database, and its router.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use onecli_api::Config;
use onecli_app::config::{Location, StoreConfig};
use onecli_app::{App, Clock, Root};
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

pub(crate) struct TestApi {
    pub(crate) app: App,
    pub(crate) key: String,
    pub(crate) router: Router,
    micros: Arc<AtomicI64>,
    _folder: TempDir,
}

pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl TestApi {
    pub(crate) async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub(crate) async fn open_with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let micros = Arc::new(AtomicI64::new(1_790_000_000_000_000));
        let config = onecli_app::Config {
            store: StoreConfig::at(Location::Sqlite(folder.path().join("onecli.db"))),
            root: Root::KeyFile(folder.path().join("encryption.key")),
            new_authority: |_| Ok((CA.to_owned(), b"the key of the authority".to_vec())),
            public_url: "http://localhost:10254".into(),
            gateway_url: "host.docker.internal:10255".into(),
            place: "test".into(),
            spool: folder.path().join("spool"),
            holds: onecli_app::config::HoldBounds::default(),
            most_inspected: 1024 * 1024,
            audit: onecli_app::config::AuditConfig::at(folder.path()),
        };
        let started = App::start(config, Clock::Fixed(Arc::clone(&micros))).await.unwrap();
        let key = started.first_api_key.unwrap().as_str().unwrap().to_owned();
        let mut config = Config::new("http://localhost:10254");
        change(&mut config);
        let router = onecli_api::router(started.app.clone(), config);
        Self { app: started.app, key, router, micros, _folder: folder }
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.micros.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// A call as it is, with a `Host` unless there is one.
    pub(crate) async fn send(&self, mut request: Request<Body>) -> Reply {
        if !request.headers().contains_key(header::HOST) {
            request.headers_mut().insert(header::HOST, "localhost:10254".parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Reply { status: parts.status, headers: parts.headers, text }
    }

    /// A call with the owner's API key.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.send(self.signed(method, path, body)).await
    }

    pub(crate) fn signed(&self, method: &str, path: &str, body: Option<Value>) -> Request<Body> {
        let mut request = request(method, path, body);
        let bearer = format!("Bearer {}", self.key);
        request.headers_mut().insert(header::AUTHORIZATION, bearer.parse().unwrap());
        request
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        self.call("GET", path, None).await.ok()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.call("POST", path, Some(body)).await.ok()
    }

    /// Makes an agent; its id.
    pub(crate) async fn agent(&self, identifier: &str) -> String {
        let body = serde_json::json!({ "name": identifier, "identifier": identifier });
        self.post("/v1/agents", body).await["id"].as_str().unwrap().to_owned()
    }

    /// Stores a secret for a host; its id.
    pub(crate) async fn secret(&self, name: &str, host: &str, value: &str) -> String {
        let body = serde_json::json!({ "name": name, "type": "generic", "value": value, "hostPattern": host,
            "injectionConfig": { "headerName": "x-api-key" } });
        self.post("/v1/secrets", body).await["id"].as_str().unwrap().to_owned()
    }

    /// Signs a browser in; its cookie.
    pub(crate) async fn session(&self) -> String {
        let link = self.post("/v1/sign-in-links", serde_json::json!({})).await;
        let path = link["url"].as_str().unwrap().strip_prefix("http://localhost:10254").unwrap().to_owned();
        let reply = self.send(request("GET", &path, None)).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.text);
        reply.headers[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned()
    }
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} {:?}", self.status, self.text))
    }

    /// The body of a success.
    pub(crate) fn ok(&self) -> Value {
        assert!(self.status.is_success(), "{} {}", self.status, self.text);
        self.json()
    }

    /// Checks an error's shape, and gives its field or an empty text.
    pub(crate) fn refused(&self, status: u16) -> String {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        assert_eq!(self.headers[header::CONTENT_TYPE], "application/json");
        let body = self.json();
        assert!(body["error"].as_str().is_some_and(|text| !text.is_empty()), "{body}");
        assert!(body["code"].as_str().is_some_and(|code| !code.is_empty()), "{body}");
        for name in body.as_object().unwrap().keys() {
            assert!(["error", "code", "field", "agentIdentifier"].contains(&name.as_str()), "{body}");
        }
        body.get("field").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// A call without credentials.
pub(crate) fn request(method: &str, path: &str, body: Option<Value>) -> Request<Body> {
    let builder = Request::builder().method(Method::from_bytes(method.as_bytes()).unwrap()).uri(path);
    match body {
        Some(body) => builder
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap(),
        None => builder.body(Body::empty()).unwrap(),
    }
}

/// The same with further headers.
pub(crate) fn with(mut request: Request<Body>, headers: &[(&'static str, &str)]) -> Request<Body> {
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    request
}

pub(crate) const CA: &str = "-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n";
