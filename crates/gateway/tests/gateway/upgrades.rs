//! Upgrades: judged as a request, then passed as sockets; what carries further requests is never switched to.

use http::{Method, Request, Response};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use onecli_domain::activity::{Activity, Protocol as Spoken, VerdictKind};
use onecli_domain::method::Method as RuleMethod;
use onecli_domain::rule::Action;
use onecli_testkit::peer::read_head;
use onecli_testkit::{Agent, Gate, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const AUTHORITY: &str = "api.good.test:443";

/// Asks for another protocol over HTTP/2, by extended CONNECT.
pub(crate) async fn extended_connect(
    agent: &Agent,
    protocol: &'static str,
    path: &str,
) -> hyper::Result<Response<Incoming>> {
    let tls = agent.tls(AUTHORITY, "api.good.test", &["h2"]).await;
    let (mut send, conn) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tls)).await.unwrap();
    tokio::spawn(conn);
    // A response of any kind, behind which the gateway's settings have arrived.
    let warm = Request::get("https://api.good.test:1/").body(Empty::<&'static [u8]>::new()).unwrap();
    assert_eq!(send.send_request(warm).await.unwrap().status(), 421);
    let request = Request::builder().method(Method::CONNECT).uri(format!("https://api.good.test{path}"));
    let mut request = request.header("sec-websocket-version", "13").body(Empty::new()).unwrap();
    request.extensions_mut().insert(Protocol::from_static(protocol));
    send.ready().await.unwrap();
    send.send_request(request).await
}

fn handshake(method: &str, protocol: &str, more: &str) -> String {
    format!(
        "{method} /exec?a=b HTTP/1.1\r\nHost: api.good.test\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n{more}\r\n"
    )
}

async fn record_of(gate: &Gate, path: &str) -> Activity {
    loop {
        let records = gate.activity().await;
        if let Some(record) = records.into_iter().find(|record| record.path.starts_with(path)) {
            return record;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_websocket_over_http2_is_judged_recorded_and_sent_as_get() {
    let gate = Gate::before(Upstream::tls_http1().await).await;
    let agent = gate.agent().await;
    let blocks_connect = RuleMethod::Post;
    gate.rule(Action::Block, "api.good.test", Some("/socket"), Some(blocks_connect)).await;
    assert_eq!(extended_connect(&agent, "websocket", "/socket").await.unwrap().status(), 200);
    assert_eq!(gate.upstream.only().method, "GET");
    gate.rule(Action::Block, "api.good.test", Some("/blocked"), Some(RuleMethod::Get)).await;
    assert_eq!(extended_connect(&agent, "websocket", "/blocked").await.unwrap().status(), 403);
    assert_eq!(gate.upstream.seen().len(), 1);
    let record = record_of(&gate, "/blocked").await;
    assert_eq!((&*record.method, record.verdict), ("GET", VerdictKind::Block));
    assert_eq!(record.protocol, Spoken::WebSocket);
    assert_eq!(record_of(&gate, "/socket").await.method, "GET");
}

#[tokio::test]
async fn other_extended_connects_are_refused() {
    for protocol in ["connect-udp", "connect-ip", "webtransport", "unknown", "http"] {
        let gate = Gate::start().await;
        gate.header_secret("api.good.test", "x-key", "{value}", "s3cret-value").await;
        let agent = gate.agent().await;
        let response = extended_connect(&agent, protocol, "/socket").await.unwrap();
        assert_eq!(response.status(), 400, "{protocol}");
        assert_eq!(gate.upstream.connections(), 0, "{protocol}");
        let record = record_of(&gate, "/socket").await;
        assert_eq!((record.error.as_deref(), &record.secrets[..]), (Some("bad_request"), &[][..]));
    }
}

#[tokio::test]
async fn what_kubectl_exec_sends_is_judged_and_then_passed_as_a_socket() {
    let exec = handshake(
        "POST",
        "SPDY/3.1",
        "Content-Length: 0\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\nX-Stream-Protocol-Version: v3.channel.k8s.io\r\n",
    );
    for (method, protocol, request) in [
        ("POST", "SPDY/3.1", exec),
        ("GET", "tcp", handshake("GET", "tcp", "")),
        ("POST", "TCP", handshake("POST", "TCP", "")),
    ] {
        let (upstream, mut peers) = Upstream::by_hand().await;
        let gate = Gate::before(upstream).await;
        let secret =
            gate.header_secret("api.good.test", "authorization", "Bearer {value}", "s3cret-value").await;
        let agent = gate.agent().await;
        let mut tls = agent.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
        // Bytes behind it that would be no request.
        tls.write_all(format!("{request}\0early\n\n").as_bytes()).await.unwrap();
        let mut peer = peers.accept().await;
        let asked = peer.head().await.to_lowercase();
        assert!(asked.starts_with(&format!("{} /exec?a=b http/1.1\r\n", method.to_lowercase())), "{asked}");
        for line in [
            "connection: upgrade",
            &format!("upgrade: {}", protocol.to_lowercase()),
            "authorization: bearer s3cret-value",
        ] {
            assert_eq!(asked.matches(&format!("\r\n{line}\r\n")).count(), 1, "{line}: {asked}");
        }
        peer.say(format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n\0down\n"
        ))
        .await;
        let answered = read_head(&mut tls).await.to_lowercase();
        assert!(answered.starts_with("http/1.1 101 "), "{answered}");
        assert!(answered.contains(&format!("\r\nupgrade: {}\r\n", protocol.to_lowercase())), "{answered}");
        let mut down = [0; 6];
        tls.read_exact(&mut down).await.unwrap();
        assert_eq!((&down, &peer.hear(8).await[..]), (b"\0down\n", &b"\0early\n\n"[..]));
        drop((tls, peer));
        let record = record_of(&gate, "/exec").await;
        assert_eq!(
            (record.status, &record.secrets[..], record.protocol),
            (101, &[secret.id][..], Spoken::Upgrade)
        );
        assert_eq!((record.bytes_up, record.bytes_down), (8, 6));

        gate.rule(Action::Block, "api.good.test", Some("/exec"), None).await;
        let answer =
            agent.raw(AUTHORITY, request.replace("Upgrade\r\n", "Upgrade, close\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("blocked_by_policy"), "{answer}");
        assert_eq!(gate.upstream.connections(), 1);
    }
}

#[tokio::test]
async fn what_carries_further_requests_is_not_offered_to_the_upstream() {
    for protocol in ["h2c", "H2C", "HTTP/2.0", "HTTP/1.1", "TLS/1.0", "h2", "h2c, HTTP/2.0"] {
        let gate = Gate::before(Upstream::tls_http1().await).await;
        let request =
            handshake("GET", protocol, "Connection: close, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABk\r\n");
        // It stays HTTP/1: the next request is read as one, and judged.
        gate.rule(Action::Block, "api.good.test", Some("/blocked"), None).await;
        let first = request.replace("Connection: close, ", "Connection: ");
        let second = "GET /blocked HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\n\r\n";
        let answer = gate.agent().await.raw(AUTHORITY, format!("{first}{second}").as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 200 ") && answer.contains("HTTP/1.1 403 "),
            "{protocol}: {answer}"
        );
        let seen = gate.upstream.only();
        for name in ["upgrade", "http2-settings", "connection"] {
            assert_eq!(seen.header(name), None, "{protocol}");
        }
    }
}

#[tokio::test]
async fn of_several_protocols_only_those_are_offered_that_may_be_switched_to() {
    let (upstream, mut peers) = Upstream::by_hand().await;
    let gate = Gate::before(upstream).await;
    let mut tls = gate.agent().await.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
    tls.write_all(handshake("GET", "h2c, tcp, TLS/1.0, SPDY/3.1", "").as_bytes()).await.unwrap();
    let mut peer = peers.accept().await;
    let asked = peer.head().await.to_lowercase();
    assert!(asked.contains("\r\nupgrade: tcp, spdy/3.1\r\n"), "{asked}");
    peer.say("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n").await;
    assert!(read_head(&mut tls).await.starts_with("HTTP/1.1 101 "));
}

#[tokio::test]
async fn an_upstream_that_chooses_what_was_not_offered_is_not_followed() {
    for (offered, chosen) in [
        ("SPDY/3.1", "Upgrade: h2c\r\n"),
        ("SPDY/3.1", "Upgrade: websocket\r\n"),
        ("websocket", "Upgrade: websocket, h2c\r\n"),
        ("tcp", ""),
        ("h2c", "Upgrade: h2c\r\n"),
    ] {
        let (upstream, mut peers) = Upstream::by_hand().await;
        let gate = Gate::before(upstream).await;
        let secret = gate.header_secret("api.good.test", "x-key", "{value}", "s3cret-value").await;
        let agent = gate.agent().await;
        let request = handshake("GET", offered, "").replace("Upgrade\r\n", "Upgrade, close\r\n");
        let asking = tokio::spawn(async move { agent.raw(AUTHORITY, request.as_bytes()).await });
        let mut peer = peers.accept().await;
        peer.head().await;
        peer.say(format!(
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n{chosen}\r\nHTTP/1.1 200 OK\r\n\r\n"
        ))
        .await;
        let answer = asking.await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 502 "), "{offered}, {chosen:?}: {answer}");
        let record = record_of(&gate, "/exec").await;
        assert_eq!((record.status, &record.secrets[..]), (502, &[secret.id][..]), "{offered}, {chosen:?}");
    }
}

#[tokio::test]
async fn a_request_with_a_body_is_no_upgrade() {
    for (protocol, body) in [
        ("SPDY/3.1", "Content-Length: 5\r\n\r\nhello"),
        ("websocket", "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"),
    ] {
        let gate = Gate::before(Upstream::tls_http1().await).await;
        let first = format!(
            "POST /x HTTP/1.1\r\nHost: api.good.test\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n{body}"
        );
        let second = "GET /y HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\n\r\n";
        let answer = gate.agent().await.raw(AUTHORITY, format!("{first}{second}").as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1 200 ").count(), 2, "{answer}");
        let seen = gate.upstream.seen();
        assert_eq!(
            (&seen[0].body[..], seen[0].header("upgrade"), &*seen[1].path),
            (&b"hello"[..], None, "/y")
        );
    }
}
