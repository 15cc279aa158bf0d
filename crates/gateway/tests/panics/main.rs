//! A panic in one request: that one is answered with 500 or ends, and nothing else does. Here log lines panic, as they do where
//! nothing can be written.
#![allow(clippy::unwrap_used, clippy::panic, reason = "what can't be set up has failed")]

use std::fmt::Debug;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt;
use onecli_testkit::{Gate, Script};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

const AUTHORITY: &str = "api.good.test:443";

/// Panics at the line that tells of a method that isn't allowed.
struct Panicking;

struct Look(bool);

impl Visit for Look {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0 |= field.name() == "code" && format!("{value:?}").contains("method_not_allowed");
    }
}

impl Subscriber for Panicking {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("onecli_gateway")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut look = Look(false);
        event.record(&mut look);
        assert!(!look.0, "the line can't be written");
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

fn panicking() -> Request<Bytes> {
    Request::builder().method("TRACE").uri("/x").body(Bytes::new()).unwrap()
}

#[tokio::test]
async fn a_panic_in_one_request_ends_that_one_alone() {
    tracing::subscriber::set_global_default(Panicking).unwrap();
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let (writer, script) = Script::written();
    let mut script = Some(script);
    gate.upstream.answer(move |seen| {
        let body = (seen.path == "/events").then(|| script.take().unwrap());
        let mut response = Response::new(body.unwrap_or_else(|| Script::whole("hello")));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        response
    });
    let mut http2 = agent.open_http2(AUTHORITY).await;
    let mut events = http2.begin(Request::get("/events").body(Script::whole("")).unwrap()).await;
    let mut http1 = agent.open(AUTHORITY).await;
    for kept in [&mut http1, &mut http2] {
        for _ in 0..3 {
            let reply = kept.send(panicking()).await;
            assert_eq!((reply.status.as_u16(), reply.error()), (500, "internal_error".into()));
            // The same connection, and what was open on it, goes on.
            assert_eq!(kept.get("/y").await.text(), "hello");
        }
        writer.write("data: 1\n\n");
        assert_eq!(events.frame().await.unwrap().unwrap().into_data().unwrap(), "data: 1\n\n");
    }
    // Each is recorded all the same.
    let records = gate.activity().await;
    assert_eq!(records.iter().filter(|record| record.method == "TRACE").count(), 6);
    assert_eq!(records.iter().filter(|record| record.path == "/y" && record.status == 200).count(), 6);
}
