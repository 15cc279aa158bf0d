//! Errors made by the gateway: each says what happened in fields that programs read, and names its record.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use onecli_app::vault::secrets::NewSecret;
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::Action;
use onecli_domain::secret::{InjectionConfig, SecretKind};
use onecli_testkit::agent::Kept;
use onecli_testkit::{Gate, Reply, Upstream};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const AUTHORITY: &str = "api.good.test:443";

/// The same tunnel over HTTP/1.1 and HTTP/2.
async fn both(gate: &Gate, authority: &str) -> [Kept; 2] {
    let agent = gate.agent().await;
    [agent.open(authority).await, agent.open_http2(authority).await]
}

/// An error of the gateway's own, whose record says the same. Gives its fields beside code and message.
async fn told(gate: &Gate, reply: &Reply, status: u16, error: &str) -> Value {
    assert_eq!((reply.status.as_u16(), &*reply.error()), (status, error), "{reply:?}");
    assert_eq!(reply.headers["content-type"], "application/json");
    let id = reply.headers["x-onecli-request-id"].to_str().unwrap().to_owned();
    let records = gate.activity().await;
    let record = records.iter().find(|record| record.id.to_string() == id).unwrap();
    assert_eq!((record.status, record.error.as_deref()), (status, Some(error)));
    assert_eq!(record.bytes_down, reply.body.len() as i64);
    let mut body = reply.json().as_object().unwrap().clone();
    assert!(
        body.remove("message").is_some_and(|message| message.as_str().is_some_and(|text| text.len() > 20))
    );
    body.remove("error");
    Value::Object(body)
}

async fn check_unreachable(gate: &Gate, authority: &str, detail: &str) {
    for mut kept in both(gate, authority).await {
        let reply = kept.get("/x").await;
        let fields = told(gate, &reply, 502, "upstream_unreachable").await;
        assert_eq!(fields, json!({"host": authority.trim_end_matches(":443"), "detail": detail}));
        // The same request may find the upstream well again.
        assert_ne!(reply.headers.get("x-should-retry").map(http::HeaderValue::as_bytes), Some(&b"false"[..]));
    }
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_told() {
    let gate = Gate::with(Upstream::tls().await, |config| config.connect_to.clear()).await;
    check_unreachable(&gate, "nowhere.invalid:443", "dns").await;
}

#[tokio::test]
async fn a_port_that_nobody_listens_on_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let gate = Gate::with(Upstream::tls().await, |config| config.connect_to[0].to_port = Some(port)).await;
    check_unreachable(&gate, AUTHORITY, "connect").await;
}

#[tokio::test]
async fn a_certificate_of_another_name_or_no_tls_at_all_is_told() {
    let gate = Gate::start().await;
    check_unreachable(&gate, "other.test:8443", "tls").await;
    assert!(gate.upstream.saw_nothing());
    let gate = Gate::before(Upstream::plain().await).await;
    check_unreachable(&gate, AUTHORITY, "tls").await;
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_told() {
    let gate = Gate::with(Upstream::tls().await, |config| config.upstream_ca.clear()).await;
    check_unreachable(&gate, AUTHORITY, "tls").await;
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn an_upstream_that_does_not_speak_http_or_just_hangs_up_is_told() {
    let answers: [&[u8]; 7] = [
        b"",
        b"HTTP/1.1 200",
        b"SSH-2.0-OpenSSH_9\r\n\r\n",
        b"HTTP/1.1 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nx-a\0: 1\r\n\r\n",
    ];
    for answer in answers {
        let (upstream, peers) = Upstream::by_hand().await;
        peers.answer_all(answer);
        let gate = Gate::before(upstream).await;
        check_unreachable(&gate, AUTHORITY, "protocol").await;
    }
}

#[tokio::test]
async fn an_upstream_that_never_answers_is_told_in_time() {
    let (upstream, mut peers) = Upstream::by_hand().await;
    let gate = Gate::with(upstream, |config| config.upstream_timeout = Duration::from_millis(50)).await;
    for mut kept in both(&gate, AUTHORITY).await {
        let (reply, peer) = tokio::join!(kept.get("/x"), async {
            let mut peer = peers.accept().await;
            peer.head().await;
            peer
        });
        assert_eq!(told(&gate, &reply, 504, "upstream_timeout").await, json!({"host": "api.good.test"}));
        drop(peer);
    }
}

#[tokio::test]
async fn decisions_say_whose_they_are_and_that_trying_again_is_of_no_use() {
    let gate = Gate::start().await;
    let rule = gate.rule(Action::Block, "api.good.test", Some("/blocked"), None).await;
    let allowed =
        gate.rule(Action::Allow, "api.good.test", Some("/allowed"), Some(onecli_domain::rule::Method::Get));
    allowed.await;
    let secret =
        gate.secret(SecretKind::Generic, "good.test", None, InjectionConfig::default(), "s3cret-value").await;
    gate.mode(PolicyMode::Deny).await;
    for mut kept in both(&gate, AUTHORITY).await {
        let reply = kept.send(Request::put("/blocked?a=b").body(Bytes::new()).unwrap()).await;
        assert_eq!(reply.headers["x-should-retry"], "false");
        assert_eq!(
            told(&gate, &reply, 403, "blocked_by_policy").await,
            json!({
                "rule_name": rule.name, "rule_id": rule.id.to_string(), "method": "PUT", "path": "/blocked",
                "dashboard_url": format!("http://localhost:10254/rules/{}", rule.id)
            })
        );
        let reply = kept.send(Request::post("/allowed").body(Bytes::new()).unwrap()).await;
        assert_eq!(reply.headers["x-should-retry"], "false");
        let fields = told(&gate, &reply, 403, "blocked_by_default_policy").await;
        assert_eq!((&fields["method"], &fields["path"]), (&json!("POST"), &json!("/allowed")));
        assert_eq!(fields["host"], "api.good.test");
        assert!(fields["dashboard_url"].as_str().unwrap().starts_with("http://localhost:10254/rules/new?"));

        let request =
            Request::get("/allowed").header("x-key", &secret.placeholder).body(Bytes::new()).unwrap();
        let reply = kept.send(request).await;
        assert_eq!(reply.headers["x-should-retry"], "false");
        told(&gate, &reply, 403, "placeholder_misuse").await;
        assert!(gate.upstream.saw_nothing());
    }
}

#[tokio::test]
async fn other_mistakes_of_an_agent_are_told_and_recorded_too() {
    let gate = Gate::with(Upstream::tls().await, |config| config.connect_to[0].port = Some(443)).await;
    gate.rule(Action::Block, "api.good.test", Some("/admin"), None).await;
    for mut kept in both(&gate, AUTHORITY).await {
        for (path, host, status, error) in [
            ("/x", "evil.test", 421, "authority_mismatch"),
            ("/x", "user@api.good.test", 400, "bad_request"),
            ("/x%2fy", "api.good.test", 400, "bad_request"),
        ] {
            let request = Request::get(path).header("host", host).body(Bytes::new()).unwrap();
            let reply = kept.send(request).await;
            assert_eq!(reply.headers["x-should-retry"], "false");
            let fields = told(&gate, &reply, status, error).await;
            assert_eq!(fields["detail"].is_string(), status == 400, "{fields}");
            if !kept.is_http2() && status == 400 {
                kept = gate.agent().await.open(AUTHORITY).await;
            }
        }
    }
    for mut kept in both(&gate, "127.0.0.1:8443").await {
        let reply = kept.get("/x").await;
        assert_eq!(reply.headers["x-should-retry"], "false");
        let fields = told(&gate, &reply, 403, "destination_not_allowed").await;
        assert_eq!(fields["host"], "127.0.0.1:8443");
    }
    assert_eq!(gate.upstream.connections(), 0);
}

#[tokio::test]
async fn a_refused_head_request_gets_no_body() {
    let gate = Gate::start().await;
    gate.rule(Action::Block, "api.good.test", Some("/blocked"), None).await;
    for mut kept in both(&gate, AUTHORITY).await {
        for _ in 0..2 {
            let request = Request::builder().method(Method::HEAD).uri("/blocked").body(Bytes::new()).unwrap();
            let reply = kept.send(request).await;
            assert_eq!((reply.status.as_u16(), reply.text()), (403, ""));
            assert_eq!(reply.headers["content-type"], "application/json");
        }
        assert_eq!(kept.get("/x").await.text(), "hello");
    }
}

#[tokio::test]
async fn secrets_go_over_plain_http_only_where_they_are_allowed_to() {
    let gate = Gate::before(Upstream::plain().await).await;
    let agent = gate.agent().await;
    let new = |host: &str, allow_plaintext| NewSecret {
        name: format!("{host} key"),
        kind: SecretKind::Generic,
        value: "s3cret-value".to_owned().into(),
        host_patterns: vec![host.into()],
        path_pattern: None,
        config: InjectionConfig { header_name: Some("x-key".into()), ..Default::default() },
        allow_plaintext,
    };
    let project = gate.owner.default_project;
    gate.app.create_secret(project, new("api.good.test", false)).await.unwrap();
    gate.app.create_secret(project, new("lan.good.test", true)).await.unwrap();
    let mut kept = agent.open_plain("api.good.test:80").await;
    let reply = kept.get("/x").await;
    assert_eq!(reply.headers["x-should-retry"], "false");
    told(&gate, &reply, 403, "plaintext_upstream").await;
    let head = format!(
        "GET http://api.good.test/x HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\nProxy-Authorization: {}\r\n\r\n",
        agent.proxy_authorization()
    );
    let answer = agent.raw_plain(head.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("\"plaintext_upstream\""), "{answer}");
    assert!(gate.upstream.saw_nothing());
    assert_eq!(agent.open_plain("lan.good.test:80").await.get("/x").await.text(), "hello");
    assert_eq!(gate.upstream.only().header("x-key"), Some("s3cret-value"));
}

#[tokio::test]
async fn whoever_comes_while_all_places_are_taken_is_asked_to_come_again() {
    let gate = Gate::with(Upstream::tls().await, |config| config.most_requests = 0).await;
    for mut kept in both(&gate, AUTHORITY).await {
        let reply = kept.get("/x").await;
        assert_eq!((reply.status.as_u16(), &*reply.error()), (503, "overloaded"));
        assert_eq!(reply.headers["retry-after"], "1");
    }
    assert!(gate.upstream.saw_nothing());
}
