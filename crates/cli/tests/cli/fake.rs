//! A server that answers as told, and remembers what it was asked.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

/// A call that came in.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) what: String,
    pub(crate) key: Option<String>,
    pub(crate) project: Option<String>,
    pub(crate) body: Value,
}

#[derive(Default)]
struct Told {
    answers: Mutex<HashMap<String, (u16, String)>>,
    calls: Mutex<Vec<Call>>,
}

/// A server that answers as told.
pub(crate) struct Fake {
    pub(crate) url: String,
    told: Arc<Told>,
    _runtime: Runtime,
}

impl Fake {
    pub(crate) fn start() -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let told = Arc::new(Told::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&told));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        runtime.spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, told, _runtime: runtime }
    }

    /// Answers `METHOD /path` so; the query does not count.
    pub(crate) fn on(&self, what: &str, status: u16, body: &Value) -> &Self {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.told.answers.lock().unwrap().insert(what.into(), (status, body));
        self
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.told.calls.lock().unwrap().clone()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.what).collect()
    }
}

async fn answer(State(told): State<Arc<Told>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let header = |name: &str| parts.headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let body = to_bytes(body, 1 << 20).await.unwrap();
    told.calls.lock().unwrap().push(Call {
        what: format!("{} {}", parts.method, parts.uri),
        key: header("authorization"),
        project: header("x-project-id"),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    });
    let what = format!("{} {}", parts.method, parts.uri.path());
    let missing = || (404, json!({"error": "there is no such thing", "code": "not_found"}).to_string());
    let (status, text) = told.answers.lock().unwrap().get(&what).cloned().unwrap_or_else(missing);
    Response::builder().status(status).body(Body::from(text)).unwrap()
}
