//! Open sockets: what the upstream and the agent say reaches the other, for as long as either goes on.

use std::time::{Duration, Instant};

use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::ext::Protocol;
use hyper_util::rt::{TokioExecutor, TokioIo};
use onecli_domain::activity::{Activity, Protocol as Spoken, VerdictKind};
use onecli_domain::project::PolicyMode;
use onecli_testkit::peer::read_head;
use onecli_testkit::{Agent, Gate, Peer, Peers, Upstream};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

const AUTHORITY: &str = "api.good.test:443";
const HEADERS: [(&str, &str); 6] = [
    ("sec-websocket-version", "13"),
    ("sec-websocket-protocol", "chat, superchat"),
    ("sec-websocket-extensions", "permessage-deflate; client_max_window_bits"),
    ("origin", "https://app.test"),
    ("x-onecli-connection-id", "1"),
    ("authorization", "Bearer mine"),
];
const SWITCH: &str = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade, X-Hop\r\nUpgrade: websocket\r\nX-Hop: 1\r\n\
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: chat\r\n\r\n";

trait Socket: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Socket for T {}

/// Asks for a WebSocket over HTTP/2. The stream stays open as long as the sender does.
async fn ask_http2(agent: &Agent) -> Response<Incoming> {
    let tls = agent.tls(AUTHORITY, "api.good.test", &["h2"]).await;
    let (mut send, conn) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tls)).await.unwrap();
    tokio::spawn(conn);
    // An answer of any kind, behind which the gateway's settings have arrived.
    let warm = Request::get("https://api.good.test:1/").body(Empty::<&'static [u8]>::new()).unwrap();
    assert_eq!(send.send_request(warm).await.unwrap().status(), StatusCode::MISDIRECTED_REQUEST);
    let mut request = Request::builder().method(Method::CONNECT).uri("https://api.good.test/socket?a=b");
    for (name, value) in HEADERS {
        request = request.header(name, value);
    }
    let mut request = request.body(Empty::new()).unwrap();
    request.extensions_mut().insert(Protocol::from_static("websocket"));
    send.ready().await.unwrap();
    send.send_request(request).await.unwrap()
}

fn handshake_http1() -> String {
    let headers = HEADERS.map(|(name, value)| format!("{name}: {value}\r\n")).concat();
    format!(
        "GET /socket?a=b HTTP/1.1\r\nHost: api.good.test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n{headers}\r\n"
    )
}

/// An open socket: the agent's side, the upstream's, and the two heads of the handshake.
async fn open(gate: &Gate, peers: &mut Peers, http2: bool) -> (Box<dyn Socket>, Peer, String, String) {
    let agent = gate.agent().await;
    let upstream = async {
        let mut peer = peers.accept().await;
        let asked = peer.head().await;
        peer.say(SWITCH).await;
        (peer, asked)
    };
    if http2 {
        let (response, (peer, asked)) = tokio::join!(ask_http2(&agent), upstream);
        let answered = format!("{:?} {:?}", response.status(), response.headers());
        let io = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
        (Box::new(io), peer, asked, answered)
    } else {
        let mut tls = agent.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
        tls.write_all(handshake_http1().as_bytes()).await.unwrap();
        let (answered, (peer, asked)) = tokio::join!(read_head(&mut tls), upstream);
        (Box::new(tls), peer, asked, answered)
    }
}

async fn only_record(gate: &Gate) -> Activity {
    loop {
        let mut records = gate.activity().await;
        records.retain(|record| record.protocol == Spoken::WebSocket);
        assert!(records.len() < 2, "{records:?}");
        if let Some(record) = records.pop() {
            return record;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_is_negotiated_reaches_both_sides() {
    for http2 in [false, true] {
        let (upstream, mut peers) = Upstream::by_hand().await;
        let gate = Gate::before(upstream).await;
        gate.header_secret("api.good.test", "authorization", "Bearer {value}", "s3cret-value").await;
        let (_io, _peer, asked, answered) = open(&gate, &mut peers, http2).await;
        let asked = asked.to_lowercase();
        assert!(asked.starts_with("get /socket?a=b http/1.1\r\n"), "{asked}");
        for line in [
            "host: api.good.test",
            "connection: upgrade",
            "upgrade: websocket",
            "sec-websocket-version: 13",
            "sec-websocket-protocol: chat, superchat",
            "sec-websocket-extensions: permessage-deflate; client_max_window_bits",
            "origin: https://app.test",
            "authorization: bearer s3cret-value",
        ] {
            assert_eq!(asked.matches(&format!("\r\n{line}\r\n")).count(), 1, "{line}: {asked}");
        }
        assert!(asked.contains("\r\nsec-websocket-key: "), "{asked}");
        assert!(!asked.contains("mine") && !asked.contains("x-onecli"), "{asked}");
        let answered = answered.to_lowercase();
        assert!(answered.contains("sec-websocket-protocol") && answered.contains("chat"), "{answered}");
        assert!(!answered.contains("x-hop"), "{answered}");
        // HTTP/2 has no key, and nothing to accept (RFC 8441 §5).
        assert_eq!(answered.contains("sec-websocket-accept"), !http2, "{answered}");
        assert!(answered.starts_with(if http2 { "200" } else { "http/1.1 101" }), "{answered}");
    }
}

#[tokio::test]
async fn one_side_may_be_silent_for_long_while_the_other_talks() {
    const IDLE: Duration = Duration::from_millis(50);
    for http2 in [false, true] {
        let (upstream, mut peers) = Upstream::by_hand().await;
        let gate = Gate::with(upstream, |config| {
            (config.idle_timeout, config.upstream_timeout) = (IDLE, IDLE * 10);
        })
        .await;
        let (mut io, mut peer, ..) = open(&gate, &mut peers, http2).await;
        let mut heard = [0; 5];
        let start = Instant::now();
        let mut words = 0_u64;
        while start.elapsed() < IDLE * 4 {
            peer.say("down!").await;
            io.read_exact(&mut heard).await.unwrap();
            assert_eq!(&heard, b"down!");
            words += 1;
        }
        let (start, down) = (Instant::now(), words);
        while start.elapsed() < IDLE * 4 {
            io.write_all(b"up!!!").await.unwrap();
            io.flush().await.unwrap();
            assert_eq!(peer.hear(5).await, b"up!!!");
            words += 1;
        }
        peer.say("still").await;
        io.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"still");
        drop((io, peer));
        let record = only_record(&gate).await;
        assert_eq!((record.status, record.verdict), (101, VerdictKind::Allow));
        let bytes = (record.bytes_up as u64, record.bytes_down as u64);
        assert_eq!(bytes, (5 * (words - down), 5 * (down + 1)));
    }
}

#[tokio::test]
async fn much_that_is_on_its_way_when_a_side_closes_still_arrives() {
    const LENGTH: usize = 3 << 20;
    let sent: Vec<u8> = (0..LENGTH).map(|at| (at % 251) as u8).collect();
    for http2 in [false, true] {
        let (upstream, mut peers) = Upstream::by_hand().await;
        let gate = Gate::before(upstream).await;
        for upstream_first in [false, true] {
            let (mut io, mut peer, ..) = open(&gate, &mut peers, http2).await;
            let mut heard = Vec::new();
            if upstream_first {
                let ((), read) = tokio::join!(
                    async {
                        peer.say(&sent).await;
                        peer.shutdown().await.unwrap();
                    },
                    io.read_to_end(&mut heard)
                );
                read.unwrap();
                // The agent may go on until it ends, too.
                io.write_all(b"bye").await.unwrap();
                io.shutdown().await.unwrap();
                assert_eq!(peer.hear(3).await, b"bye");
            } else {
                let ((), read) = tokio::join!(
                    async {
                        io.write_all(&sent).await.unwrap();
                        io.shutdown().await.unwrap();
                    },
                    peer.read_to_end(&mut heard)
                );
                read.unwrap();
                peer.say("bye").await;
                peer.shutdown().await.unwrap();
                let mut rest = [0; 3];
                io.read_exact(&mut rest).await.unwrap();
                assert_eq!(&rest, b"bye");
            }
            assert!(heard == sent, "{} of {LENGTH}", heard.len());
        }
    }
}

#[tokio::test]
async fn a_side_that_breaks_ends_the_other_and_is_recorded_with_what_it_said() {
    for http2 in [false, true] {
        let (upstream, mut peers) = Upstream::by_hand().await;
        let gate = Gate::before(upstream).await;
        let (mut io, mut peer, ..) = open(&gate, &mut peers, http2).await;
        io.write_all(b"up").await.unwrap();
        io.flush().await.unwrap();
        assert_eq!(peer.hear(2).await, b"up");
        peer.say("down").await;
        let mut heard = [0; 4];
        io.read_exact(&mut heard).await.unwrap();
        // Gone without a goodbye, right behind a last word that is longer than what is passed on at once.
        let last = vec![7; 100_000];
        let mut rest = Vec::new();
        let ((), read) = tokio::join!(
            async {
                peer.say(&last).await;
                drop(peer);
            },
            io.read_to_end(&mut rest)
        );
        read.unwrap();
        assert!(rest == last, "{} of {}", rest.len(), last.len());
        drop(io);
        let record = only_record(&gate).await;
        assert_eq!((record.bytes_up, record.bytes_down), (2, 100_004));
    }
}

#[tokio::test]
async fn an_upstream_that_refuses_is_heard_in_its_own_words() {
    const REFUSAL: &[u8] =
        b"HTTP/1.1 403 Forbidden\r\nX-Why: origin\r\nContent-Length: 15\r\n\r\nnot from there.";
    let (upstream, peers) = Upstream::by_hand().await;
    peers.answer_all(REFUSAL);
    let gate = Gate::before(upstream).await;
    let agent = gate.agent().await;
    let response = ask_http2(&agent).await;
    assert_eq!((response.status().as_u16(), &response.headers()["x-why"]), (403, &"origin".parse().unwrap()));
    assert_eq!(response.collect().await.unwrap().to_bytes(), "not from there.");

    let mut tls = agent.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
    // The connection is still good for a request behind it.
    for _ in 0..2 {
        tls.write_all(handshake_http1().as_bytes()).await.unwrap();
        let head = read_head(&mut tls).await;
        assert!(head.starts_with("HTTP/1.1 403 ") && head.contains("x-why: origin\r\n"), "{head}");
        let mut body = [0; 15];
        tls.read_exact(&mut body).await.unwrap();
        assert_eq!(&body, b"not from there.");
    }
    assert!(gate.activity().await.iter().all(|record| record.status != 101));
}

#[tokio::test]
async fn an_upstream_that_can_t_be_reached_or_breaks_is_told() {
    for (answer, to_host) in [(&b""[..], "127.0.0.1"), (b"nonsense\r\n\r\n", "127.0.0.1"), (b"", "127.0.0.9")]
    {
        let (upstream, peers) = Upstream::by_hand().await;
        peers.answer_all(answer);
        let gate = Gate::with(upstream, |config| config.connect_to[0].to_host = Some(to_host.into())).await;
        let agent = gate.agent().await;
        let response = ask_http2(&agent).await;
        assert_eq!(response.status(), StatusCode::BAD_GATEWAY);
        let body = response.collect().await.unwrap().to_bytes();
        assert!(body.windows(20).any(|window| window == b"upstream_unreachable"));
        let mut tls = agent.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
        tls.write_all(handshake_http1().as_bytes()).await.unwrap();
        let head = read_head(&mut tls).await;
        assert!(head.starts_with("HTTP/1.1 502 "), "{head}");
    }
}

#[tokio::test]
async fn a_project_that_denies_opens_no_socket_and_no_secret() {
    let gate = Gate::start().await;
    gate.header_secret("api.good.test", "authorization", "Bearer {value}", "s3cret-value").await;
    gate.mode(PolicyMode::Deny).await;
    let agent = gate.agent().await;
    let response = ask_http2(&agent).await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let answer = agent.raw(AUTHORITY, handshake_http1().replace("keep-alive, ", "close, ").as_bytes()).await;
    assert!(answer.contains("\"blocked_by_default_policy\""), "{answer}");
    assert_eq!(gate.upstream.connections(), 0);
    assert!(gate.activity().await.iter().all(|record| record.secrets.is_empty()));
}
