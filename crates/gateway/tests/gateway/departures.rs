//! Departures: a record names the secrets that went out, and none where nothing did, however the request ended.

use http::{Request, Response};
use onecli_domain::activity::Activity;
use onecli_domain::rule::Action;
use onecli_domain::secret::Secret;
use onecli_testkit::{Gate, Script, Upstream};

const AUTHORITY: &str = "api.good.test:443";
const REQUEST: &str = "GET /x HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\n\r\n";
const HANDSHAKE: &str = "GET /x HTTP/1.1\r\nHost: api.good.test\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\
Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

async fn secret(gate: &Gate) -> Secret {
    gate.header_secret("api.good.test", "x-key", "{value}", "s3cret-value").await
}

/// The record of `/x`.
async fn record(gate: &Gate) -> Activity {
    loop {
        let records = gate.activity().await;
        if let Some(record) = records.into_iter().find(|record| record.path == "/x") {
            return record;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn whatever_the_upstream_makes_of_it() {
    let unasked =
        &b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"[..];
    for (what, request, answer, status) in [
        ("an unasked 101", REQUEST, unasked, 502),
        (
            "both lengths",
            REQUEST,
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            502,
        ),
        ("a connection that breaks", REQUEST, b"", 502),
        ("a broken head", REQUEST, b"nonsense\r\n\r\n", 502),
        ("half a head", REQUEST, b"HTTP/1.1 200 OK\r\nContent-", 502),
        ("a WebSocket refused", HANDSHAKE, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno", 403),
        ("a WebSocket that breaks", HANDSHAKE, b"", 502),
        (
            "a WebSocket with both lengths",
            HANDSHAKE,
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            502,
        ),
    ] {
        let (upstream, peers) = Upstream::by_hand().await;
        peers.answer_all(answer);
        let gate = Gate::before(upstream).await;
        let secret = secret(&gate).await;
        let told = gate.agent().await.raw(AUTHORITY, request.as_bytes()).await;
        assert!(told.starts_with(&format!("HTTP/1.1 {status} ")), "{what}: {told}");
        let record = record(&gate).await;
        assert_eq!((i32::from(record.status), &record.secrets[..]), (status, &[secret.id][..]), "{what}");
    }
}

#[tokio::test]
async fn no_secret_where_nothing_left() {
    for what in ["dial", "dial a WebSocket", "blocked", "denied by default", "forbidden"] {
        let gate = Gate::with(Upstream::tls().await, |config| match what {
            // Nobody listens there.
            "dial" | "dial a WebSocket" => config.connect_to[0].to_host = Some("127.0.0.9".into()),
            "forbidden" => config.connect_to.clear(),
            _ => {}
        })
        .await;
        secret(&gate).await;
        match what {
            "blocked" => drop(gate.rule(Action::Block, "api.good.test", None, None).await),
            "denied by default" => gate.mode(onecli_domain::project::PolicyMode::Deny).await,
            _ => {}
        }
        let request = if what == "dial a WebSocket" { HANDSHAKE } else { REQUEST };
        let told = gate.agent().await.raw(AUTHORITY, request.as_bytes()).await;
        assert!(told.starts_with("HTTP/1.1 502 ") || told.starts_with("HTTP/1.1 403 "), "{what}: {told}");
        assert_eq!(record(&gate).await.secrets, [], "{what}");
        assert_eq!(gate.upstream.connections(), 0, "{what}");
    }
}

#[tokio::test]
async fn the_try_with_the_previous_value_counts_and_its_response_is_checked() {
    let previous = [
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "",
    ];
    for (answer, status) in previous.into_iter().zip([200, 401, 401]) {
        let (upstream, mut peers) = Upstream::by_hand().await;
        let gate = Gate::before(upstream).await;
        let secret = secret(&gate).await;
        let (app, project) = (&gate.app, gate.owner.default_project);
        app.rotate_secret(project, secret.id, String::from("newer-value").into(), Some(600)).await.unwrap();
        let agent = gate.agent().await;
        let asking = tokio::spawn(async move { agent.raw(AUTHORITY, REQUEST.as_bytes()).await });
        for (value, answer) in [
            ("newer-value", "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
            ("s3cret-value", answer),
        ] {
            let mut peer = peers.accept().await;
            let asked = peer.head().await;
            assert!(asked.contains(&format!("x-key: {value}\r\n")), "{asked}");
            peer.say(answer).await;
        }
        let told = asking.await.unwrap();
        // A response that isn't fit to be passed on is none: what the new value got stands.
        assert!(told.starts_with(&format!("HTTP/1.1 {status} ")), "{answer:?}: {told}");
        let record = record(&gate).await;
        assert_eq!((i32::from(record.status), &record.secrets[..]), (status, &[secret.id][..]), "{answer:?}");
    }
}

#[tokio::test]
async fn over_http2_too() {
    let gate = Gate::start().await;
    let secret = secret(&gate).await;
    gate.upstream.answer(|_| Response::builder().status(503).body(Script::whole("not now")).unwrap());
    let request = Request::post("https://api.good.test/x").body("hello".into()).unwrap();
    assert_eq!(gate.agent().await.send_http2(request).await.status, 503);
    assert_eq!(record(&gate).await.secrets, [secret.id]);
}
