//! Smuggling: what two readers could read differently is refused, and never reaches the upstream.

use onecli_testkit::{Agent, Gate, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Requests in which `{T}` stands for the target, and `{A}` for the agent's credentials.
const BAD_HEADS: &[&str] = &[
    // Content-Length and Transfer-Encoding.
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "POST {T} HTTP/1.0\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    // Lengths that differ or are none.
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Content-Length: 5, 6\r\n\r\nhello!",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Content-Length: +5\r\n\r\nhello",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Content-Length: -5\r\n\r\nhello",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Content-Length: 0x5\r\n\r\nhello",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Content-Length: 5 5\r\n\r\nhello",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Content-Length:\r\n\r\nhello",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Content-Length: 99999999999999999999\r\n\r\nhello",
    // Transfer-Encoding dressed up.
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: identity\r\n\r\nhello",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n",
    // Line ends, folds, spaces, control characters.
    "GET {T} HTTP/1.1\nHost: api.good.test\n{A}\n",
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}X-A: 1\nX-B: 2\r\n\r\n",
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}X-A: 1\rX-B: 2\r\n\r\n",
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}X-A: 1\r\n 2\r\n\r\n",
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}X-A: 1\r\n\t2\r\n\r\n",
    "GET {T} HTTP/1.1\r\n X-A: 1\r\nHost: api.good.test\r\n{A}\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Content-Length : 5\r\n\r\nhello",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding\t: chunked\r\n\r\n0\r\n\r\n",
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}X-A: 1\x002\r\n\r\n",
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}X\x00A: 1\r\n\r\n",
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}X-A: 1\x7f\r\n\r\n",
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}no colon\r\n\r\n",
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}: empty\r\n\r\n",
    // Hosts.
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\nHost: api.good.test\r\n{A}\r\n",
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\nhost: evil.test\r\n{A}\r\n",
    "GET {T} HTTP/1.1\r\n{A}\r\n",
    "GET {T} HTTP/1.1\r\nHost: api.good.test, evil.test\r\n{A}\r\n",
    "GET {T} HTTP/1.1\r\nHost: user@api.good.test\r\n{A}\r\n",
    // Request lines.
    "GET  {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}\r\n",
    "GET\t{T}\tHTTP/1.1\r\nHost: api.good.test\r\n{A}\r\n",
    "GET {T} HTTP/1.1 \r\nHost: api.good.test\r\n{A}\r\n",
    "GET {T} HTTP/2.0\r\nHost: api.good.test\r\n{A}\r\n",
    "GET {T}\r\nHost: api.good.test\r\n{A}\r\n",
    "GET {T} x HTTP/1.1\r\nHost: api.good.test\r\n{A}\r\n",
    "GET {T}#x HTTP/1.1\r\nHost: api.good.test\r\n{A}\r\n",
    "G@T {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}\r\n",
];

/// The same, with a good head and a body whose end is in doubt.
const BAD_BODIES: &[&str] = &[
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\n\r\n5;x\nhello\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\n\r\n3\r\nhello\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\n\r\n10000000000000005\r\nhello\r\n0\r\n\r\n",
    "POST {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}Transfer-Encoding: chunked\r\n\r\n\r\n0\r\n\r\n",
];

/// What would be a good request, were it not what a smuggler hopes is read as a second one.
const SMUGGLED: &str =
    "GET {T} HTTP/1.1\r\nHost: api.good.test\r\n{A}X-Smuggled: 1\r\nConnection: close\r\n\r\n";

fn is_refused(answer: &str) -> bool {
    answer.is_empty() || answer.starts_with("HTTP/1.1 400 ")
}

fn attacks() -> impl Iterator<Item = &'static str> {
    BAD_HEADS.iter().chain(BAD_BODIES).copied()
}

fn filled(agent: &Agent, text: &str, target: &str) -> String {
    let credentials = if target.starts_with('/') {
        String::new()
    } else {
        format!("Proxy-Authorization: {}\r\n", agent.proxy_authorization())
    };
    text.replace("{T}", target).replace("{A}", &credentials)
}

#[tokio::test]
async fn no_ambiguous_request_leaves_a_tls_tunnel() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    for attack in attacks() {
        let bytes = filled(&agent, &format!("{attack}{SMUGGLED}"), "/x");
        let answer = agent.raw("api.good.test:443", bytes.as_bytes()).await;
        assert!(is_refused(&answer), "{attack:?} was answered {answer:?}");
        assert!(gate.upstream.saw_nothing(), "{attack:?} reached {:?}", gate.upstream.seen());
    }
}

#[tokio::test]
async fn no_ambiguous_request_leaves_the_proxy_port() {
    let gate = Gate::before(Upstream::plain().await).await;
    let agent = gate.agent().await;
    for attack in attacks() {
        let bytes = filled(&agent, &format!("{attack}{SMUGGLED}"), "http://api.good.test/x");
        let answer = agent.raw_plain(bytes.as_bytes()).await;
        assert!(is_refused(&answer), "{attack:?} was answered {answer:?}");
        assert!(gate.upstream.saw_nothing(), "{attack:?} reached {:?}", gate.upstream.seen());
    }
}

#[tokio::test]
async fn a_good_request_is_answered_and_the_bad_one_behind_it_is_not_sent() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let good = "GET /first HTTP/1.1\r\nHost: api.good.test\r\n\r\n";
    for attack in attacks() {
        let before = gate.upstream.seen().len();
        let answer =
            agent.raw("api.good.test:443", filled(&agent, &format!("{good}{attack}"), "/x").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{attack:?}: {answer:?}");
        assert_eq!(answer.matches("HTTP/1.1 200 ").count(), 1, "{attack:?}: {answer:?}");
        if BAD_HEADS.contains(&attack) {
            assert!(answer.contains("HTTP/1.1 400 "), "{attack:?}: {answer:?}");
        }
        let seen = gate.upstream.seen();
        assert_eq!((seen.len(), seen[before].path.as_str()), (before + 1, "/first"), "{attack:?}");
    }
}

#[tokio::test]
async fn a_request_within_a_body_stays_a_body() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let inner = "GET /admin HTTP/1.1\r\nHost: api.good.test\r\n\r\n";
    let outer = format!(
        "GET /x HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{inner}",
        inner.len()
    );
    assert!(agent.raw("api.good.test:443", outer.as_bytes()).await.starts_with("HTTP/1.1 200 "));
    let seen = gate.upstream.only();
    assert_eq!((seen.path.as_str(), &seen.body[..]), ("/x", inner.as_bytes()));
}

#[tokio::test]
async fn nothing_lenient_follows_a_connect_that_was_refused() {
    let gate = Gate::before(Upstream::plain().await).await;
    let agent = gate.agent().await;
    let refused = [
        "CONNECT api.good.test:80 HTTP/1.1\r\nHost: api.good.test:80\r\n\r\n".to_owned(),
        filled(&agent, "CONNECT a@b.test:80 HTTP/1.1\r\nHost: b.test:80\r\n{A}\r\n", "http"),
        filled(&agent, "CONNECT a.test:80 HTTP/1.1\r\nHost: b.test:80\r\n{A}\r\n", "http"),
    ];
    for connect in &refused {
        for attack in attacks() {
            let attack = filled(&agent, attack, "http://api.good.test/x");
            let answer = agent.raw_plain(format!("{connect}{attack}").as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 4"), "{connect:?} {attack:?}: {answer:?}");
            assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{connect:?} {attack:?}: {answer:?}");
            assert!(gate.upstream.saw_nothing(), "{attack:?} reached {:?}", gate.upstream.seen());
        }
    }
}

#[tokio::test]
async fn nothing_lenient_follows_a_connect_within_a_tunnel() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let connect = "CONNECT api.good.test:443 HTTP/1.1\r\nHost: api.good.test\r\n\r\n";
    for attack in attacks() {
        let bytes = filled(&agent, &format!("{connect}{attack}"), "/x");
        let answer = agent.raw("api.good.test:443", bytes.as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{attack:?}: {answer:?}");
        assert!(is_refused(&answer) && gate.upstream.saw_nothing(), "{attack:?}: {answer:?}");
    }
}

#[tokio::test]
async fn malformed_http2_heads_are_not_forwarded() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let good = [(":method", "GET"), (":scheme", "https"), (":authority", "api.good.test"), (":path", "/x")];
    let extra: &[(&str, &str)] = &[
        ("connection", "close"),
        ("keep-alive", "1"),
        ("proxy-connection", "x"),
        ("transfer-encoding", "chunked"),
        ("upgrade", "websocket"),
        ("te", "gzip"),
        ("X-Upper", "1"),
        ("x a", "1"),
        ("x-a", "1\r\nx-b: 2"),
        ("x-a", "1\0"),
        (":method", "POST"),
        (":path", "/y"),
        (":authority", "evil.test"),
        (":unknown", "1"),
        ("content-length", "5"),
        ("content-length", "x"),
    ];
    for header in extra {
        let head = [&good[..], &[*header]].concat();
        send_head(&agent, &head).await;
        assert!(gate.upstream.saw_nothing(), "{header:?} reached {:?}", gate.upstream.seen());
    }
    let late = [&good[..3], &[("x-a", "1"), (":path", "/x")]].concat();
    send_head(&agent, &late).await;
    assert!(gate.upstream.saw_nothing(), "a late pseudo-header reached {:?}", gate.upstream.seen());
    let both = [&good[..], &[("content-length", "0"), ("content-length", "1")]].concat();
    send_head(&agent, &both).await;
    assert!(gate.upstream.saw_nothing(), "two lengths reached {:?}", gate.upstream.seen());
    // The same bytes without any of it pass, so that the above shows something.
    send_head(&agent, &good).await;
    assert_eq!(gate.upstream.only().path, "/x");
}

/// Sends the head of a request in HTTP/2 frames of the test's own making, and waits until something becomes of it.
async fn send_head(agent: &Agent, head: &[(&str, &str)]) {
    let mut tls = agent.tls("api.good.test:443", "api.good.test", &["h2"]).await;
    let mut block = Vec::new();
    for (name, value) in head {
        // RFC 7541 §6.2.2: a literal that is not indexed, with a name of its own.
        block.extend([0, u8::try_from(name.len()).unwrap()]);
        block.extend(name.as_bytes());
        block.push(u8::try_from(value.len()).unwrap());
        block.extend(value.as_bytes());
    }
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
    bytes.extend([0, 0, u8::try_from(block.len()).unwrap(), HEADERS, END_STREAM_AND_HEADERS, 0, 0, 0, 1]);
    bytes.extend(block);
    tls.write_all(&bytes).await.unwrap();
    let mut frame = [0; 9];
    while tls.read_exact(&mut frame).await.is_ok() {
        if matches!(frame[3], HEADERS | RST_STREAM | GOAWAY) {
            return;
        }
        let length = usize::from(frame[0]) << 16 | usize::from(frame[1]) << 8 | usize::from(frame[2]);
        tls.read_exact(&mut vec![0; length]).await.unwrap();
    }
}

const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const GOAWAY: u8 = 7;
const END_STREAM_AND_HEADERS: u8 = 5;
