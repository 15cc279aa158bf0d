//! Methods: those whose response is the request itself are refused, however they are named; bodies of all others go out.

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{Method, Request, Response};
use onecli_domain::activity::VerdictKind;
use onecli_domain::approval::Decision;
use onecli_domain::condition::{Operator, Part};
use onecli_domain::rule::Action;
use onecli_testkit::agent::Kept;
use onecli_testkit::{Gate, Script, Upstream};

const AUTHORITY: &str = "api.good.test:443";

#[tokio::test]
async fn trace_and_track_are_refused_however_they_are_named() {
    let gate = Gate::start().await;
    gate.header_secret("api.good.test", "x-key", "{value}", "s3cret-value").await;
    let agent = gate.agent().await;
    for http2 in [false, true] {
        let mut kept = if http2 { agent.open_http2(AUTHORITY).await } else { agent.open(AUTHORITY).await };
        for name in ["TRACE", "trace", "TrAcE", "TRACK", "track", "Track"] {
            let plain = Request::builder().method(name).uri("/x");
            let mut all = vec![
                plain,
                Request::post(format!("/x?_method={name}")),
                Request::get(format!("/x?a=b&_method={name}")),
            ];
            for header in ["x-http-method-override", "x-method-override", "x-http-method"] {
                all.push(Request::post("/x").header(header, name));
            }
            for request in all {
                let reply = kept.send(request.body(Bytes::new()).unwrap()).await;
                assert_eq!(
                    (reply.status.as_u16(), reply.error()),
                    (405, "method_not_allowed".into()),
                    "{name}"
                );
                assert_eq!(reply.headers["x-should-retry"], "false");
                let id = reply.headers["x-onecli-request-id"].to_str().unwrap().to_owned();
                let records = gate.activity().await;
                let record = records.iter().find(|record| record.id.to_string() == id).unwrap();
                assert_eq!((record.status, record.error.as_deref()), (405, Some("method_not_allowed")));
                assert_eq!((record.verdict, &record.secrets[..]), (VerdictKind::Refuse, &[][..]));
            }
        }
    }
    assert_eq!(gate.upstream.connections(), 0);
    let plain = format!(
        "TRACE http://api.good.test/ HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\nProxy-Authorization: {}\r\n\r\n",
        agent.proxy_authorization()
    );
    assert!(agent.raw_plain(plain.as_bytes()).await.starts_with("HTTP/1.1 405 "));
    assert_eq!(gate.upstream.connections(), 0);
}

/// By what a request is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judged {
    Head,
    Body,
    Person,
}

const METHODS: [Method; 5] = [Method::GET, Method::HEAD, Method::DELETE, Method::OPTIONS, Method::POST];

/// A gateway that judges in this way, with a connection of an agent.
async fn judging(judged: Judged, agent_http2: bool, upstream_http2: bool) -> (Gate, Kept) {
    let upstream = if upstream_http2 { Upstream::tls().await } else { Upstream::tls_http1().await };
    let gate = Gate::before(upstream).await;
    // None that a response to HEAD could not have.
    gate.upstream.answer(|_| Response::new(Script::whole("")));
    match judged {
        Judged::Head => {}
        Judged::Body => {
            gate.rule_if(Action::Block, &[(Part::Body, "", Operator::Contains, "forbidden")]).await;
        }
        Judged::Person => {
            gate.rule(Action::ManualApproval, "api.good.test", None, None).await;
        }
    }
    let agent = gate.agent().await;
    let kept = if agent_http2 { agent.open_http2(AUTHORITY).await } else { agent.open(AUTHORITY).await };
    (gate, kept)
}

async fn send(gate: &Gate, kept: &mut Kept, judged: Judged, request: Request<Script>) -> u16 {
    if judged != Judged::Person {
        return kept.begin(request).await.status().as_u16();
    }
    let approve = async {
        let held = gate.held().await.approval.id;
        gate.decide(held, Decision::Approve).await.unwrap();
    };
    tokio::join!(kept.begin(request), approve).0.status().as_u16()
}

#[tokio::test]
async fn a_body_of_unknown_length_goes_out_as_it_came_whatever_the_method() {
    for judged in [Judged::Head, Judged::Body, Judged::Person] {
        for (agent_http2, upstream_http2) in [(false, false), (false, true), (true, false), (true, true)] {
            let (gate, mut kept) = judging(judged, agent_http2, upstream_http2).await;
            for (at, method) in METHODS.into_iter().enumerate() {
                let (writer, body) = Script::written();
                for piece in ["one", "\ttwo", "three"] {
                    writer.write(piece);
                }
                drop(writer);
                let mut request = Request::builder().method(&method).uri("/x").body(body).unwrap();
                if !agent_http2 {
                    // Otherwise the agent's library takes a GET for one without a body.
                    request.headers_mut().insert("transfer-encoding", "chunked".parse().unwrap());
                }
                let status = send(&gate, &mut kept, judged, request).await;
                let what = format!("{method}, {judged:?}, HTTP/2: {agent_http2} and {upstream_http2}");
                assert_eq!(status, 200, "{what}");
                let seen = gate.upstream.seen()[at].clone();
                assert_eq!(
                    (&*seen.method, &seen.body[..]),
                    (method.as_str(), &b"one\ttwothree"[..]),
                    "{what}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_length_stays_a_length_and_no_body_stays_none() {
    for judged in [Judged::Head, Judged::Body, Judged::Person] {
        for (agent_http2, upstream_http2) in [(false, false), (false, true), (true, false), (true, true)] {
            let (gate, mut kept) = judging(judged, agent_http2, upstream_http2).await;
            for (at, method) in METHODS.into_iter().enumerate() {
                let with = Request::builder().method(&method).uri("/x").header(CONTENT_LENGTH, "5");
                let with = with.body(Script::whole("hello")).unwrap();
                assert_eq!(send(&gate, &mut kept, judged, with).await, 200);
                let without = Request::builder().method(&method).uri("/x").body(Script::whole("")).unwrap();
                assert_eq!(send(&gate, &mut kept, judged, without).await, 200);
                let seen = &gate.upstream.seen()[at * 2..];
                let what = format!("{method}, {judged:?}, HTTP/2: {agent_http2} and {upstream_http2}");
                assert_eq!(
                    (seen[0].header("content-length"), &seen[0].body[..]),
                    (Some("5"), &b"hello"[..]),
                    "{what}"
                );
                assert_eq!(seen[0].header("transfer-encoding"), None, "{what}");
                assert_eq!(
                    (seen[1].header("transfer-encoding"), &seen[1].body[..]),
                    (None, &b""[..]),
                    "{what}"
                );
                if method == Method::GET || method == Method::HEAD {
                    assert_eq!(seen[1].header("content-length"), None, "{what}");
                }
            }
        }
    }
}
