//! Exhaustion: whoever only holds connections, or keeps them busy with nothing, takes nothing from the others.

use std::time::{Duration, Instant};

use onecli_testkit::{Agent, Gate, Upstream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::frames::{self, PING, SETTINGS, START, WINDOW_UPDATE, frame};

const AUTHORITY: &str = "api.good.test:443";

/// A gateway on which nobody may be idle for long.
async fn impatient() -> Gate {
    Gate::with(Upstream::tls().await, |config| {
        config.head_timeout = Duration::from_millis(200);
        config.idle_timeout = Duration::from_millis(400);
    })
    .await
}

/// Sends the same bytes again and again. How long until the other side closed.
async fn drip(io: impl AsyncRead + AsyncWrite + Unpin, drop: &[u8]) -> Duration {
    let (mut read, mut write) = tokio::io::split(io);
    let start = Instant::now();
    let dripping = async {
        while write.write_all(drop).await.is_ok() && write.flush().await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let reading = async {
        let mut sink = [0; 4096];
        while read.read(&mut sink).await.is_ok_and(|length| length > 0) {}
    };
    let limit = tokio::time::sleep(Duration::from_secs(20));
    tokio::select! {
        () = reading => {}
        () = async { dripping.await; std::future::pending().await } => {}
        () = limit => panic!("{drop:?} keeps a connection open"),
    }
    start.elapsed()
}

#[tokio::test]
async fn a_connection_that_shows_no_token_ends_whatever_it_says() {
    let gate = impatient().await;
    let agent = gate.agent().await;
    let request = b"GET http://api.good.test/x HTTP/1.1\r\nX: ";
    let cases: [(&[u8], &[u8]); 9] = [
        (b"", b""),
        (b"\r\n", b"\r\n"),
        (b"", b"\r"),
        (b"P", b""),
        (request, b"x"),
        (START, b""),
        (START, &frame(PING, 0, 0, &[0; 8])),
        (START, &frame(SETTINGS, 0, 0, &[])),
        (START, &frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1])),
    ];
    for (first, drop) in cases {
        let mut tcp = agent.connect().await;
        tcp.write_all(first).await.unwrap();
        assert!(drip(tcp, drop).await < Duration::from_secs(5), "{first:?} {drop:?}");
    }
    let partial = frames::frame(frames::HEADERS, 0, 1, &frames::block(frames::get("/x")));
    let mut tcp = agent.connect().await;
    tcp.write_all(&[START, &partial].concat()).await.unwrap();
    assert!(drip(tcp, &frame(frames::CONTINUATION, 0, 1, b"")).await < Duration::from_secs(5));
}

#[tokio::test]
async fn an_idle_connection_of_an_agent_ends_whatever_it_says() {
    let gate = impatient().await;
    let agent = gate.agent().await;
    for drop in [
        &b""[..],
        &frame(PING, 0, 0, &[0; 8]),
        &frame(SETTINGS, 0, 0, &[]),
        &frame(WINDOW_UPDATE, 0, 0, &[0, 0, 0, 1]),
    ] {
        let mut tls = agent.tls(AUTHORITY, "api.good.test", &["h2"]).await;
        let head = frames::head(1, frames::END_STREAM, &frames::block(frames::get("/x")));
        tls.write_all(&[START, &head].concat()).await.unwrap();
        assert_eq!(frames::read_answer(&mut tls, 1).await.body, b"hello");
        assert!(drip(tls, drop).await < Duration::from_secs(5), "{drop:?}");
    }
    let mut tls = agent.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
    tls.write_all(b"GET /x HTTP/1.1\r\nHost: api.good.test\r\n\r\n").await.unwrap();
    assert!(drip(tls, b"\r\n").await < Duration::from_secs(5));
    // Within a tunnel: nothing, or a TLS handshake byte by byte.
    assert!(drip(agent.tunnel(AUTHORITY).await, b"").await < Duration::from_secs(5));
    let mut tcp = agent.tunnel(AUTHORITY).await;
    tcp.write_all(&[0x16, 3, 1, 2, 0]).await.unwrap();
    assert!(drip(tcp, b"\0").await < Duration::from_secs(5));
}

#[tokio::test]
async fn an_http2_connection_that_is_in_use_is_not_idle() {
    let gate = impatient().await;
    let agent = gate.agent().await;
    let mut kept = agent.open_http2(AUTHORITY).await;
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        assert_eq!(kept.get("/x").await.text(), "hello");
    }
}

async fn silent(agent: &Agent, count: usize) -> Vec<TcpStream> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(agent.connect().await);
    }
    all
}

#[tokio::test]
async fn silent_connections_make_room_for_agents() {
    let gate = Gate::with(Upstream::tls().await, |config| config.most_tunnels = 20).await;
    let agent = gate.agent().await;
    let mut kept = agent.open(AUTHORITY).await;
    let mut crowd = silent(&agent, 60).await;
    let reply = agent.get("https://api.good.test/x").await;
    assert_eq!(reply.text(), "hello");
    assert_eq!(kept.get("/x").await.text(), "hello", "who has shown a token keeps its place");
    let mut told = Vec::new();
    crowd[0].read_to_end(&mut told).await.unwrap();
    assert!(String::from_utf8_lossy(&told).contains("\"error\":\"overloaded\""));
}

#[tokio::test]
async fn an_agent_that_holds_many_connections_leaves_room_to_others() {
    let gate = Gate::with(Upstream::tls().await, |config| config.most_tunnels = 16).await;
    let greedy = gate.agent().await;
    let (_, other) = gate.agent_named("other").await;
    let mut held = Vec::new();
    for _ in 0..30 {
        let mut tcp = greedy.connect().await;
        let connect = format!(
            "CONNECT {AUTHORITY} HTTP/1.1\r\nHost: {AUTHORITY}\r\nProxy-Authorization: {}\r\n\r\n",
            greedy.proxy_authorization()
        );
        tcp.write_all(connect.as_bytes()).await.unwrap();
        let mut answer = vec![0; 12];
        tcp.read_exact(&mut answer).await.unwrap();
        held.push((tcp, String::from_utf8(answer).unwrap()));
    }
    let tunnels = held.iter().filter(|(_, answer)| answer == "HTTP/1.1 200").count();
    assert!((8..16).contains(&tunnels), "{tunnels}");
    assert!(held.iter().skip(tunnels).all(|(_, answer)| answer == "HTTP/1.1 503"));
    assert_eq!(other.get("https://api.good.test/x").await.text(), "hello");
    held.clear();
    assert_eq!(greedy.get("https://api.good.test/x").await.text(), "hello");
}

#[tokio::test]
async fn streams_that_are_reset_at_once_end_their_connection_alone() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let mut other = agent.open_http2(AUTHORITY).await;
    let mut tls = agent.tls(AUTHORITY, "api.good.test", &["h2"]).await;
    tls.write_all(START).await.unwrap();
    let block = frames::block(frames::get("/x"));
    let mut bytes = Vec::new();
    for number in 0..3_000u32 {
        let stream = 2 * number + 1;
        bytes.extend(frames::head(stream, frames::END_STREAM, &block));
        bytes.extend(frame(frames::RST_STREAM, 0, stream, &[0, 0, 0, 8]));
    }
    let _ = tls.write_all(&bytes).await;
    let mut told = false;
    while let Some((kind, ..)) = frames::read_frame(&mut tls).await {
        told |= kind == frames::GOAWAY;
    }
    assert!(told, "it is told to go away");
    assert_eq!(other.get("/x").await.text(), "hello");
}
