//! Limits that one agent must not reach for others: room for bodies, the size of records, time.

use std::time::Duration;

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Request, Response};
use http_body_util::BodyExt;
use onecli_domain::condition::{Operator, Part};
use onecli_domain::rule::Action;
use onecli_testkit::agent::{Kept, read};
use onecli_testkit::{BodyWriter, Gate, Script, Upstream};
use tokio::io::AsyncWriteExt;

const AUTHORITY: &str = "api.good.test:443";

async fn reading_bodies() -> Gate {
    let gate = Gate::with(Upstream::tls().await, |config| config.workers = std::num::NonZeroUsize::MIN).await;
    gate.rule_if(Action::Block, &[(Part::Body, "", Operator::Contains, "forbidden")]).await;
    gate
}

#[tokio::test]
async fn announced_bodies_take_no_room_from_others() {
    let gate = reading_bodies().await;
    let (_, greedy) = gate.agent_named("greedy").await;
    let mut waiting = Vec::new();
    for _ in 0..2 {
        // More than one connection's streams.
        let mut kept = greedy.open_http2(AUTHORITY).await;
        kept.get("/warm").await;
        for _ in 0..130 {
            let (writer, script) = Script::written();
            let request = Request::post("/x").header("content-length", "1048576").body(script).unwrap();
            waiting.push((writer, kept.start(request).await));
        }
    }
    let agent = gate.agent().await;
    for size in [5, 1024 * 1024] {
        let body = bytes::Bytes::from(vec![b'x'; size]);
        let reply = agent.send(Request::post("https://api.good.test/mine").body(body).unwrap()).await;
        assert_eq!(reply.status, 200, "{:?}", reply.body);
    }
    assert!(gate.upstream.seen().iter().all(|seen| seen.path != "/x"));
}

#[tokio::test]
async fn a_record_is_bounded_whatever_is_asked() {
    let gate = Gate::start().await;
    gate.rule(Action::Block, "api.good.test", None, None).await;
    let agent = gate.agent().await;
    let (method, long) = ("M".repeat(200), "\u{e9}".repeat(10_000));
    // Each of these characters takes six bytes in a path.
    let path = format!("/{}", percent(&long));
    assert!(path.len() > 60_000 && path.len() < 64_000);
    let request = format!("{method} {path} HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\n\r\n");
    let told = agent.raw(AUTHORITY, request.as_bytes()).await;
    assert!(told.starts_with("HTTP/1.1 403 "), "{told}");
    let record = gate.activity().await.remove(0);
    let hash = |text: &str| {
        let mut hash = onecli_app::Sha256::default();
        hash.update(text.as_bytes());
        hash.finish_hex()
    };
    for (recorded, sent, most) in [(&record.method, &method, 32), (&record.path, &path, 4_096)] {
        let beginning: String = sent.chars().take(most).collect();
        assert!(recorded.starts_with(&beginning) && recorded.chars().count() < most + 120, "{recorded}");
        assert!(recorded.contains(&hash(sent)) && recorded.contains(&sent.len().to_string()), "{recorded}");
    }
    // What fits is recorded as it is.
    let path = format!("/{}", "a".repeat(4_095));
    assert_eq!(agent.get(&format!("https://api.good.test{path}")).await.status, 403);
    assert_eq!(gate.activity().await[0].path, path);
}

fn percent(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

const IDLE: Duration = Duration::from_millis(200);

async fn impatient(upstream: Upstream) -> Gate {
    Gate::with(upstream, |config| config.idle_timeout = IDLE).await
}

async fn kept(gate: &Gate, http2: bool) -> Kept {
    let agent = gate.agent().await;
    if http2 { agent.open_http2(AUTHORITY).await } else { agent.open(AUTHORITY).await }
}

/// An answer of this kind that goes on.
fn answer(gate: &Gate, kind: &'static str) -> BodyWriter {
    let (writer, script) = Script::written();
    let mut script = Some(script);
    gate.upstream.answer(move |_| {
        let mut response = Response::new(script.take().unwrap());
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    });
    writer
}

#[tokio::test]
async fn a_silent_event_stream_goes_on_and_another_silent_response_is_cut() {
    for http2 in [false, true] {
        for upstream in [Upstream::tls_http1().await, Upstream::tls().await] {
            let gate = impatient(upstream).await;
            let writer = answer(&gate, "Text/Event-Stream; charset=utf-8");
            let mut tunnel = kept(&gate, http2).await;
            let mut response = tunnel.begin(Request::get("/x").body(Script::whole("")).unwrap()).await;
            // Several times what any other response may take.
            let silence = tokio::time::timeout(IDLE * 5, response.frame()).await;
            assert!(silence.is_err(), "{silence:?}");
            writer.write("data: 1\n\n");
            assert_eq!(response.frame().await.unwrap().unwrap().into_data().unwrap(), "data: 1\n\n");
            drop((response, tunnel));

            let _writer = answer(&gate, "application/json");
            let mut tunnel = kept(&gate, http2).await;
            let response = tunnel.begin(Request::get("/y").body(Script::whole("")).unwrap()).await;
            assert!(tokio::time::timeout(IDLE * 20, response.collect()).await.unwrap().is_err());
            let records = gate.activity().await;
            let record = records.iter().find(|record| record.path == "/y").unwrap();
            assert_eq!(record.error.as_deref(), Some("upstream_timeout"));
        }
    }
}

#[tokio::test]
async fn a_response_that_the_agent_does_not_read_is_cut() {
    for http2 in [false, true] {
        for upstream in [Upstream::tls_http1().await, Upstream::tls().await] {
            let gate = impatient(upstream).await;
            let piece = bytes::Bytes::from(vec![7; 1024 * 1024]);
            gate.upstream.answer(move |_| Response::new(Script::repeated(&piece, 64)));
            let agent = gate.agent().await;
            let unread: Box<dyn std::any::Any> = if http2 {
                let mut tunnel = agent.open_http2(AUTHORITY).await;
                Box::new((tunnel.begin(Request::get("/x").body(Script::whole("")).unwrap()).await, tunnel))
            } else {
                let mut tls = agent.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
                tls.write_all(b"GET /x HTTP/1.1\r\nHost: api.good.test\r\n\r\n").await.unwrap();
                Box::new(tls)
            };
            let cut = async {
                loop {
                    let records = gate.activity().await;
                    if let Some(record) = records.into_iter().find(|record| record.path == "/x") {
                        return record;
                    }
                    tokio::task::yield_now().await;
                }
            };
            let record = tokio::time::timeout(IDLE * 50, cut).await.expect("it is cut");
            assert_eq!((record.error.as_deref(), record.status), (Some("agent_stalled"), 200), "{http2}");
            drop(unread);
        }
    }
}

#[tokio::test]
async fn a_response_that_is_read_slowly_is_not_cut() {
    let gate = impatient(Upstream::tls().await).await;
    let writer = answer(&gate, "application/json");
    let mut tunnel = kept(&gate, true).await;
    let response = tunnel.begin(Request::get("/x").body(Script::whole("")).unwrap()).await;
    let mut every = tokio::time::interval(IDLE / 2);
    let writing = async {
        for _ in 0..8 {
            every.tick().await;
            writer.write("x");
        }
        drop(writer);
    };
    let (reply, ()) = tokio::join!(read(response), writing);
    assert_eq!(reply.text(), "xxxxxxxx");
}
