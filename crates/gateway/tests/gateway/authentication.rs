//! Who is calling: only a known token opens the road, and one that is taken back closes it at once.

use base64::Engine;
use bytes::Bytes;
use http::{Request, StatusCode};
use onecli_domain::rule::Action;
use onecli_testkit::{Gate, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn basic(pair: &str) -> String {
    format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(pair))
}

#[tokio::test]
async fn a_token_is_taken_in_every_form_that_clients_send() {
    let gate = Gate::before(Upstream::plain().await).await;
    let agent = gate.agent().await;
    let token = &agent.token;
    let forms = [
        basic(&format!("x:{token}")),
        basic(&format!(":{token}")),
        basic(&format!("{token}:")),
        basic(token),
        basic(&format!("x:{token}")).replacen("Basic", "BASIC", 1),
        format!("Bearer {token}"),
        format!("bearer {token}"),
    ];
    for form in &forms {
        let head = format!(
            "GET http://api.good.test/x HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\nProxy-Authorization: {form}\r\n\r\n"
        );
        let answer = agent.raw_plain(head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{form}: {answer}");
    }
    let seen = gate.upstream.seen();
    assert_eq!(seen.len(), forms.len());
    assert!(seen.iter().all(|request| request.header("proxy-authorization").is_none()));
}

#[tokio::test]
async fn whoever_is_unknown_is_told_so_and_nothing_is_sent() {
    let gate = Gate::before(Upstream::plain().await).await;
    let agent = gate.agent().await;
    let token = &agent.token;
    let other = format!("aoc_{}", "0".repeat(64));
    let wrong = [
        String::new(),
        format!("Proxy-Authorization: {}\r\n", basic(&format!("x:{other}"))),
        format!("Proxy-Authorization: Bearer {other}\r\n"),
        format!("Proxy-Authorization: {}\r\n", basic(&format!("x:{}", &token[..token.len() - 1]))),
        format!("Proxy-Authorization: {}\r\n", basic(&format!("x:{}", token.to_uppercase()))),
        format!("Proxy-Authorization: {token}\r\n"),
        "Proxy-Authorization: Basic\r\n".into(),
        "Proxy-Authorization: Basic !!!\r\n".into(),
        format!("Proxy-Authorization: Digest {token}\r\n"),
        format!("Authorization: Bearer {token}\r\n"),
        format!("Proxy-Authorization: Bearer {other}\r\nProxy-Authorization: Bearer {token}\r\n"),
    ];
    for header in &wrong {
        for start in ["GET http://api.good.test/x", "CONNECT api.good.test:443"] {
            let head = format!(
                "{start} HTTP/1.1\r\nHost: api.good.test{}\r\n{header}Connection: close\r\n\r\n",
                if start.starts_with('C') { ":443" } else { "" }
            );
            let answer = agent.raw_plain(head.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 407 "), "{head}: {answer}");
            let lower = answer.to_lowercase();
            assert!(lower.contains("proxy-authenticate: basic realm=\"onecli\"\r\n"), "{answer}");
            assert!(lower.contains("content-type: application/json\r\n"), "{answer}");
            assert!(answer.contains("\"error\":\"proxy_auth_required\""), "{answer}");
        }
    }
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn a_token_that_is_taken_back_ends_within_open_tunnels() {
    let gate = Gate::start().await;
    let (agent, program) = gate.agent_named("coder").await;
    let mut tunnel = program.open("api.good.test:443").await;
    let mut stream = program.open_http2("api.good.test:443").await;
    let project = gate.owner.default_project;
    assert_eq!(tunnel.get("/1").await.status, StatusCode::OK);
    assert_eq!(stream.get("/1").await.status, StatusCode::OK);

    gate.app.suspend_agent(project, agent.id, true).await.unwrap();
    assert_eq!(tunnel.get("/2").await.status, StatusCode::FORBIDDEN);
    assert_eq!(stream.get("/2").await.error(), "agent_suspended");
    gate.app.suspend_agent(project, agent.id, false).await.unwrap();
    assert_eq!(tunnel.get("/3").await.status, StatusCode::OK);

    gate.app.regenerate_agent_token(project, agent.id).await.unwrap();
    let reply = tunnel.get("/4").await;
    assert_eq!(
        (reply.status, reply.error().as_str()),
        (StatusCode::PROXY_AUTHENTICATION_REQUIRED, "proxy_auth_required")
    );
    assert_eq!(stream.get("/4").await.status, StatusCode::PROXY_AUTHENTICATION_REQUIRED);
    assert_eq!(gate.upstream.seen().len(), 3);
}

#[tokio::test]
async fn an_agent_that_is_removed_ends_within_open_tunnels_and_opens_no_other() {
    let gate = Gate::before(Upstream::plain().await).await;
    let (agent, program) = gate.agent_named("coder").await;
    let mut plain = program.open_plain("api.good.test:80").await;
    let mut tunnel = program.open("api.good.test:443").await;
    let mut stream = program.open_http2("api.good.test:443").await;
    assert_eq!(plain.get("/1").await.status, StatusCode::OK);

    gate.app.remove_agent(gate.owner.default_project, agent.id).await.unwrap();
    for kept in [&mut plain, &mut tunnel, &mut stream] {
        let reply = kept.get("/2").await;
        assert_eq!(reply.status, StatusCode::PROXY_AUTHENTICATION_REQUIRED);
        assert_eq!(reply.headers["proxy-authenticate"], "Basic realm=\"OneCLI\"");
    }
    let head = format!(
        "CONNECT api.good.test:443 HTTP/1.1\r\nHost: api.good.test:443\r\nProxy-Authorization: {}\r\n\r\n",
        program.proxy_authorization()
    );
    assert!(program.raw_plain(head.as_bytes()).await.starts_with("HTTP/1.1 407 "));
    assert_eq!(gate.upstream.seen().len(), 1);
}

#[tokio::test]
async fn rules_and_secrets_change_within_open_tunnels() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let mut tunnel = agent.open("api.good.test:443").await;
    let mut stream = agent.open_http2("api.good.test:443").await;
    let last = || gate.upstream.seen().last().unwrap().header("x-key").map(str::to_owned);
    tunnel.get("/").await;
    assert_eq!(last(), None);
    let secret = gate.header_secret("api.good.test", "x-key", "{value}", "value-1").await;
    tunnel.get("/").await;
    assert_eq!(last().as_deref(), Some("value-1"));
    stream.get("/").await;
    assert_eq!(last().as_deref(), Some("value-1"));
    gate.app.remove_secret(gate.owner.default_project, secret.id).await.unwrap();
    tunnel.get("/").await;
    assert_eq!(last(), None);
    gate.rule(Action::Block, "api.good.test", None, None).await;
    assert_eq!(tunnel.get("/").await.error(), "blocked_by_policy");
    assert_eq!(stream.get("/").await.error(), "blocked_by_policy");
}

#[tokio::test]
async fn the_gateway_s_own_port_answers_health_and_nothing_else() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let health =
        agent.raw_plain(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await;
    assert!(health.starts_with("HTTP/1.1 200 ") && health.contains("\"status\":\"ok\""), "{health}");
    for head in ["GET / HTTP/1.1", "POST /healthz HTTP/1.1", "GET /v1/secrets HTTP/1.1"] {
        let answer = agent.raw_plain(format!("{head}\r\nHost: localhost\r\n\r\n").as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 400 ") && answer.contains("\"error\":\"bad_request\""),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_place_that_a_tunnel_holds_is_the_connection_s_own() {
    let gate = Gate::with(Upstream::tls().await, |config| config.most_tunnels = 1).await;
    let agent = gate.agent().await;
    let mut tunnel = agent.open("api.good.test:443").await;
    assert_eq!(tunnel.get("/").await.status, StatusCode::OK);
    let refused = agent.raw_plain(b"").await;
    assert!(
        refused.starts_with("HTTP/1.1 503 ") && refused.contains("\"error\":\"overloaded\""),
        "{refused}"
    );
    let body = refused.split("\r\n\r\n").nth(1).unwrap();
    assert!(refused.contains(&format!("content-length: {}\r\n", body.len())), "{refused}");
}

#[tokio::test]
async fn an_agent_that_brings_the_api_s_path_reaches_no_api() {
    let gate = Gate::start().await;
    let request = Request::get("https://localhost/v1/secrets").body(Bytes::new()).unwrap();
    // The upstream behind every name answers, never the gateway's own API.
    assert_eq!(gate.agent().await.send(request).await.text(), "hello");
}

#[tokio::test]
async fn a_websocket_ends_with_the_token_that_opened_it() {
    let gate = Gate::start().await;
    let (agent, program) = gate.agent_named("listener").await;
    let mut tls = program.tls("api.good.test:443", "api.good.test", &["http/1.1"]).await;
    let handshake = "GET /socket HTTP/1.1\r\nHost: api.good.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\necho";
    tls.write_all(handshake.as_bytes()).await.unwrap();
    let mut come = Vec::new();
    while !come.ends_with(b"echo") {
        come.push(tls.read_u8().await.unwrap());
    }
    gate.app.regenerate_agent_token(gate.owner.default_project, agent.id).await.unwrap();
    // Ends, with or without a goodbye.
    let rest = tls.read_u8().await;
    assert!(rest.is_err(), "{rest:?}");
}

#[tokio::test]
async fn what_is_malformed_within_a_tunnel_is_recorded_too() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let answer = agent.raw("api.good.test:443", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n").await;
    let recorded = &gate.activity().await[0];
    assert_eq!((recorded.status, recorded.error.as_deref()), (400, Some("bad_request")));
    assert_eq!(recorded.host, "api.good.test:443");
    assert!(answer.contains(&recorded.id.to_string()), "{answer}");
}

#[tokio::test]
async fn another_protocol_with_capital_letters_is_refused_at_once() {
    let gate = Gate::start().await;
    let mut tunnel = gate.agent().await.tunnel("git.good.test:22").await;
    tunnel.write_all(b"SSH-2.0-OpenSSH_9.9\r\n").await.unwrap();
    let mut answer = String::new();
    let _ = tunnel.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
    assert_eq!(gate.activity().await[0].error.as_deref(), Some("bad_request"));
}
