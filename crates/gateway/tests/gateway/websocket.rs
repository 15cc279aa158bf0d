//! `WebSocket`s: rules and secrets apply to the handshake, then bytes flow both ways until either side closes.

use http::{Method, Request, StatusCode};
use http_body_util::Empty;
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use onecli_domain::rule::Action;
use onecli_testkit::peer::read_head as head;
use onecli_testkit::{Agent, Gate, Upstream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const HANDSHAKE: &str = "GET /socket HTTP/1.1\r\nHost: api.good.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

/// What is sent comes back, in any size and order, also after one side fell silent.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    for length in [1, 5, 70_000, 3] {
        let sent: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let (mut read, mut write) = tokio::io::split(&mut stream);
        let mut back = vec![0; length];
        let (wrote, heard) = tokio::join!(write.write_all(&sent), read.read_exact(&mut back));
        wrote.unwrap();
        heard.unwrap();
        assert_eq!(back, sent);
    }
    stream.write_all(b"last").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"last");
}

#[tokio::test]
async fn http1_upgrades_carry_the_secret_and_then_bytes() {
    let gate = Gate::start().await;
    gate.header_secret("api.good.test", "authorization", "Bearer {value}", "sesame").await;
    let agent = gate.agent().await;
    let mut tls = agent.tls("api.good.test:443", "api.good.test", &["http/1.1"]).await;
    tls.write_all(HANDSHAKE.as_bytes()).await.unwrap();
    let answer = head(&mut tls).await.to_lowercase();
    assert!(answer.starts_with("http/1.1 101 "), "{answer}");
    assert!(
        answer.contains("upgrade: websocket\r\n") && answer.contains("sec-websocket-accept: "),
        "{answer}"
    );
    converse(tls).await;
    let seen = gate.upstream.only();
    assert_eq!(seen.header("authorization"), Some("Bearer sesame"));
    // Recorded once both sides are closed, which the agent sees first.
    let mut recorded = gate.activity().await;
    while recorded.is_empty() {
        tokio::task::yield_now().await;
        recorded = gate.activity().await;
    }
    assert_eq!(recorded[0].status, 101);
}

#[tokio::test]
async fn bytes_sent_along_with_the_handshake_are_not_lost() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let mut tls = agent.tls("api.good.test:443", "api.good.test", &["http/1.1"]).await;
    // Some of these bytes look like a malformed request: behind an upgrade nobody reads them as one.
    tls.write_all(format!("{HANDSHAKE}\0early \n\n").as_bytes()).await.unwrap();
    head(&mut tls).await;
    let mut early = [0; 9];
    tls.read_exact(&mut early).await.unwrap();
    assert_eq!(&early, b"\0early \n\n");
}

#[tokio::test]
async fn plain_upgrades_pass_the_proxy_port_too() {
    let gate = Gate::before(Upstream::plain().await).await;
    let agent = gate.agent().await;
    let mut tcp = agent.connect().await;
    let handshake = HANDSHAKE.replace("GET /socket", "GET http://api.good.test/socket").replace(
        "Connection:",
        &format!("Proxy-Authorization: {}\r\nConnection:", agent.proxy_authorization()),
    );
    tcp.write_all(handshake.as_bytes()).await.unwrap();
    assert!(head(&mut tcp).await.starts_with("HTTP/1.1 101 "));
    converse(tcp).await;
    assert!(gate.upstream.only().header("proxy-authorization").is_none());
}

async fn connect_http2(agent: &Agent) -> http::Response<hyper::body::Incoming> {
    let tls = agent.tls("api.good.test:443", "api.good.test", &["h2"]).await;
    let (mut send, conn) = hyper::client::conn::http2::handshake::<_, _, Empty<&'static [u8]>>(
        TokioExecutor::new(),
        TokioIo::new(tls),
    )
    .await
    .unwrap();
    tokio::spawn(conn);
    // A first exchange, behind which the gateway's settings have arrived.
    let warm = Request::get("https://api.good.test/warm").body(Empty::new()).unwrap();
    send.send_request(warm).await.unwrap();
    let mut request = Request::new(Empty::new());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = "https://api.good.test/socket".parse().unwrap();
    request.extensions_mut().insert(Protocol::from_static("websocket"));
    request.headers_mut().insert("sec-websocket-version", "13".parse().unwrap());
    send.ready().await.unwrap();
    send.send_request(request).await.unwrap()
}

#[tokio::test]
async fn http2_extended_connect_carries_the_secret_and_then_bytes() {
    let gate = Gate::start().await;
    gate.header_secret("api.good.test", "authorization", "Bearer {value}", "sesame").await;
    let response = connect_http2(&gate.agent().await).await;
    assert_eq!(response.status(), StatusCode::OK);
    let upgraded = hyper::upgrade::on(response).await.unwrap();
    converse(TokioIo::new(upgraded)).await;
    let seen = gate.upstream.seen();
    assert_eq!((seen[1].path.as_str(), seen[1].header("authorization")), ("/socket", Some("Bearer sesame")));
}

#[tokio::test]
async fn a_rule_stops_the_handshake() {
    let gate = Gate::start().await;
    gate.rule(Action::Block, "api.good.test", Some("/socket"), None).await;
    let agent = gate.agent().await;
    let answer = agent
        .raw("api.good.test:443", HANDSHAKE.replace("Upgrade\r\n", "Upgrade, close\r\n").as_bytes())
        .await;
    assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("blocked_by_policy"), "{answer}");
    assert_eq!(connect_http2(&agent).await.status(), StatusCode::FORBIDDEN);
    assert!(gate.upstream.seen().iter().all(|seen| seen.path != "/socket"));
}

#[tokio::test]
async fn a_handshake_that_the_upstream_refuses_is_passed_back() {
    // Without a WebSocket key it is no handshake to the upstream, which answers as to any request.
    let gate = Gate::start().await;
    gate.upstream.answer(|_| {
        let mut response = http::Response::new(onecli_testkit::Script::whole("no sockets here"));
        *response.status_mut() = StatusCode::UPGRADE_REQUIRED;
        response
    });
    let agent = gate.agent().await;
    let without_key = HANDSHAKE
        .replace("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", "")
        .replace("Connection: Upgrade", "Connection: Upgrade, close");
    let answer = agent.raw("api.good.test:443", without_key.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 426 ") && answer.contains("no sockets here"), "{answer}");
}
