//! Bodies: what rules read of them, and that what was read is what is sent.

use std::io::Write;

use bytes::Bytes;
use http::Request;
use onecli_app::policy::rules::RuleChange;
use onecli_domain::condition::{Operator, Part};
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::Action;
use onecli_testkit::{Gate, Script, Upstream};

const URL: &str = "https://api.good.test/things";

fn post(body: impl Into<Bytes>, headers: &[(&str, &str)]) -> Request<Bytes> {
    let mut request = Request::post(URL);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(body.into()).unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[tokio::test]
async fn a_block_on_a_value_in_the_body_is_not_talked_around() {
    let gate = Gate::start().await;
    gate.rule_if(Action::Block, &[(Part::BodyJson, "/amount", Operator::GreaterThan, "100")]).await;
    let agent = gate.agent().await;
    let large = br#"{"amount": 101}"#;
    let padded = format!("{{\"pad\":\"{}\",\"amount\":101}}", "x".repeat(100_000));
    let too_long = format!("{{\"pad\":\"{}\",\"amount\":1}}", "x".repeat(1_100_000));
    let bomb = gzip(&vec![b' '; 2_000_000]);
    for (what, request) in [
        ("as it is", post(&large[..], &[])),
        ("behind much else", post(padded, &[])),
        ("compressed", post(gzip(large), &[("content-encoding", "gzip")])),
        (
            "compressed twice",
            post(gzip(&gzip(large)), &[("content-encoding", "gzip"), ("content-encoding", "gzip")]),
        ),
        ("twice", post(&br#"{"amount":1,"amount":101}"#[..], &[])),
        ("as text", post(&br#"{"amount":"101"}"#[..], &[])),
        ("broken", post(&br#"{"amount":1"#[..], &[])),
        ("in an unknown coding", post(&br#"{"amount":1}"#[..], &[("content-encoding", "x-zip")])),
        (
            "in an unknown charset",
            post(&br#"{"amount":1}"#[..], &[("content-type", "application/json; charset=x")]),
        ),
        (
            "with two types",
            post(&br#"{"amount":1}"#[..], &[("content-type", "a/b"), ("content-type", "c/d")]),
        ),
        ("longer than what is read", post(too_long, &[])),
        ("a bomb", post(bomb, &[("content-encoding", "gzip")])),
    ] {
        let reply = agent.send(request).await;
        assert_eq!((reply.status.as_u16(), reply.error()), (403, "blocked_by_policy".into()), "{what}");
    }
    assert!(gate.upstream.saw_nothing());
    for request in [
        post(&br#"{"amount":100}"#[..], &[]),
        post(gzip(br#"{"amount":1}"#), &[("content-encoding", "gzip")]),
        post(&b""[..], &[]),
    ] {
        assert_eq!(agent.send(request).await.status, 200);
    }
}

#[tokio::test]
async fn what_was_read_is_what_is_sent_byte_for_byte() {
    let gate = Gate::start().await;
    gate.rule_if(Action::Block, &[(Part::Body, "", Operator::Contains, "forbidden")]).await;
    let agent = gate.agent().await;
    let body = gzip(b"{ \"a\" : 1 }  ");
    let reply = agent.send(post(body.clone(), &[("content-encoding", "gzip"), ("x-own", "kept")])).await;
    assert_eq!(reply.status, 200);
    let seen = gate.upstream.only();
    assert_eq!(seen.body, body);
    assert_eq!(seen.header("content-length"), Some(body.len().to_string().as_str()));
    assert_eq!(seen.header("content-encoding"), Some("gzip"));
    assert!(!seen.headers.contains_key("transfer-encoding"));
}

#[tokio::test]
async fn a_body_of_unknown_length_and_its_trailers_pass_whole() {
    let gate = Gate::before(Upstream::tls_http1().await).await;
    gate.rule_if(Action::Block, &[(Part::Body, "", Operator::Contains, "forbidden")]).await;
    let agent = gate.agent().await;
    let mut trailers = http::HeaderMap::new();
    trailers.insert("x-sum", "7".parse().unwrap());
    let request = Request::post("/things")
        .header("trailer", "x-sum")
        .header("te", "trailers")
        .body(Script::pieces(&["for", "giv", "en"], Some(trailers)))
        .unwrap();
    let mut tunnel = agent.open("api.good.test:443").await;
    assert_eq!(tunnel.begin(request).await.status(), 200);
    let seen = gate.upstream.only();
    assert_eq!(&seen.body[..], b"forgiven");
    assert_eq!(seen.trailers.unwrap()["x-sum"], "7");
    let refused = Request::post("/things").body(Script::pieces(&["forb", "idd", "en"], None)).unwrap();
    assert_eq!(agent.open("api.good.test:443").await.begin(refused).await.status(), 403);
    assert_eq!(gate.upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_body_that_is_too_long_to_be_read_is_not_what_an_allow_means_but_passes_where_nothing_forbids_it() {
    let gate = Gate::start().await;
    gate.rule_if(Action::Allow, &[(Part::Body, "", Operator::StartsWith, "x")]).await;
    let agent = gate.agent().await;
    let long = Bytes::from(vec![b'x'; 1_500_000]);
    assert_eq!(agent.send(post(long.clone(), &[])).await.status, 200);
    assert_eq!(gate.upstream.only().body, long);
    gate.mode(PolicyMode::Deny).await;
    assert_eq!(agent.send(post(long.clone(), &[])).await.error(), "blocked_by_default_policy");
    assert_eq!(agent.send(post("xyz", &[])).await.status, 200);
    assert_eq!(agent.send_http2(post("abc", &[])).await.error(), "blocked_by_default_policy");
}

#[tokio::test]
async fn a_request_that_no_body_rule_covers_is_not_waited_for() {
    let (upstream, mut peers) = Upstream::by_hand().await;
    let gate = Gate::before(upstream).await;
    let rule = gate.rule_if(Action::Block, &[(Part::Body, "", Operator::Contains, "x")]).await;
    let change = RuleChange { path_pattern: Some(Some("/elsewhere".into())), ..RuleChange::default() };
    gate.app.update_rule(gate.owner.default_project, rule.id, change).await.unwrap();
    let agent = gate.agent().await;
    let mut tunnel = agent.open("api.good.test:443").await;
    let (pen, script) = Script::written();
    pen.write("first");
    let asking = tokio::spawn(async move {
        let request = Request::post("/things").header("content-length", "10").body(script).unwrap();
        tunnel.begin(request).await.status()
    });
    // The upstream sees the beginning before the agent has written the end.
    let mut peer = peers.accept().await;
    assert!(peer.head().await.starts_with("POST /things HTTP/1.1"));
    assert_eq!(peer.hear(5).await, b"first");
    pen.write("later");
    assert_eq!(peer.hear(5).await, b"later");
    peer.say("HTTP/1.1 204 No Content\r\n\r\n").await;
    assert_eq!(asking.await.unwrap(), 204);
}

#[tokio::test]
async fn graphql_and_tool_calls_are_seen_through() {
    let gate = Gate::start().await;
    gate.rule_if(Action::Block, &[(Part::Graphql, "field", Operator::Equals, "deleteRepository")]).await;
    gate.rule_if(Action::Block, &[(Part::Jsonrpc, "tool", Operator::Equals, "delete_file")]).await;
    let agent = gate.agent().await;
    let hidden =
        r#"{"query":"mutation M { ok: ...F } fragment F on M { x: deleteRepository(id: 1) { id } }"}"#;
    let valid = r#"{"query":"mutation M { ...F } fragment F on M { x: deleteRepository(id: 1) { id } }"}"#;
    let batch = r#"[{"jsonrpc":"2.0","method":"ping","id":1},
        {"jsonrpc":"2.0","method":"tools/call","id":2,"params":{"name":"delete_file","arguments":{}}}]"#;
    for body in [hidden, valid] {
        assert_eq!(agent.send(post(body, &[])).await.error(), "blocked_by_policy", "{body}");
    }
    let reply = agent.send(post(batch, &[])).await;
    assert_eq!(reply.status, 200);
    let answers = reply.json();
    for (at, id) in [(0, 1), (1, 2)] {
        assert_eq!(answers[at]["id"], id);
        assert_eq!(answers[at]["error"]["data"]["error"], "blocked_by_policy");
    }
    let url = "https://api.good.test/graphql?query=%7BdeleteRepository%7D";
    assert_eq!(agent.get(url).await.error(), "blocked_by_policy");
    assert!(gate.upstream.saw_nothing());
    assert_eq!(agent.get("https://api.good.test/graphql?query=%7Bviewer%7D").await.status, 200);
}
