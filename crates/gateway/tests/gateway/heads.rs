//! Heads: of many lines, too large, or none at all. Every answer is the gateway's own JSON, and leaves a trace.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use onecli_gateway::RefusalCounts;
use onecli_testkit::{Gate, Script, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::frames;

const AUTHORITY: &str = "api.good.test:443";

#[tokio::test]
async fn header_lines_are_bounded_by_bytes_and_not_by_number() {
    for upstream in [Upstream::tls().await, Upstream::tls_http1().await] {
        let gate = Gate::before(upstream).await;
        let agent = gate.agent().await;
        for count in [99, 101, 150, 4_000] {
            let lines: Vec<_> =
                (0..count).map(|number| (format!("x-{}", number / 2), format!("{number}"))).collect();
            let text =
                lines.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect::<Vec<_>>().concat();
            let head = format!("GET /x HTTP/1.1\r\nHost: api.good.test\r\n{text}Connection: close\r\n\r\n");
            let answer = agent.raw(AUTHORITY, head.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 200 "), "{count}: {answer}");
            let mut headers = frames::get("/x");
            headers.extend(lines.iter().map(|(name, value)| (name.clone(), value.clone().into_bytes())));
            let answer = frames::send(&agent, &frames::block(headers)).await;
            assert_eq!(answer.body, b"hello", "{count}: {answer:?}");
            for seen in gate.upstream.seen().iter().rev().take(2) {
                let arrived: Vec<_> =
                    seen.headers.iter().filter(|(name, _)| name.as_str().starts_with("x-")).collect();
                assert_eq!(arrived.len(), count);
                assert!(!seen.headers.keys().any(|name| name.as_str().contains("onecli")));
                let values: Vec<_> = seen.headers.get_all("x-20").iter().collect();
                assert_eq!(values, ["40", "41"], "in their order");
            }
        }
    }
}

#[tokio::test]
async fn responses_may_have_as_many_header_lines() {
    for upstream in [Upstream::tls().await, Upstream::tls_http1().await] {
        let gate = Gate::before(upstream).await;
        let agent = gate.agent().await;
        gate.upstream.answer(|seen| {
            let count: usize = seen.path[1..].parse().unwrap();
            let mut response = http::Response::builder();
            for number in 0..count {
                response = response.header(format!("x-{}", number / 2), number);
            }
            response.body(Script::whole("hello")).unwrap()
        });
        for count in [101, 2_000] {
            let head = format!("GET /{count} HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\n\r\n");
            let answer = agent.raw(AUTHORITY, head.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 200 ") && answer.ends_with("hello"), "{count}: {answer}");
            assert_eq!(answer.matches("\r\nx-").count(), count);
            assert!(answer.contains("\r\nx-30: 60\r\nx-30: 61\r\n"), "{answer}");
        }
        let answer = agent
            .raw(AUTHORITY, b"GET /20000 HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\n\r\n")
            .await;
        assert!(
            answer.starts_with("HTTP/1.1 502 ") && answer.contains("\"detail\":\"protocol\""),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn too_many_header_bytes_are_told_in_json_and_recorded() {
    let gate = Gate::with(Upstream::tls().await, |config| config.most_header_bytes = 20_000).await;
    let agent = gate.agent().await;
    for size in [20_000, 30_000, 300_000, 3_000_000] {
        let long = "x".repeat(size);
        let head = format!("GET /x HTTP/1.1\r\nHost: api.good.test\r\nX-Long: {long}\r\n\r\n");
        let mut tls = agent.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
        // The answer may come before all is written.
        let _ = tls.write_all(head.as_bytes()).await;
        let mut answer = Vec::new();
        let _ = tls.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 431 "), "{size}: {answer}");
        assert!(
            answer.contains("\"error\":\"headers_too_large\"") && answer.contains("\"limit\":20000"),
            "{answer}"
        );

        let mut headers = frames::get("/x");
        headers.push(("x-long".into(), long.into_bytes()));
        let answer = frames::send(&agent, &frames::block(headers)).await;
        assert_eq!(answer.error(), "headers_too_large", "{size}: {answer:?}");
    }
    let many = (0..3_000).map(|number| format!("x-{number}: 1\r\n")).collect::<Vec<_>>().concat();
    let answer =
        agent.raw(AUTHORITY, format!("GET / HTTP/1.1\r\nHost: api.good.test\r\n{many}\r\n").as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    assert!(gate.upstream.saw_nothing());
    let records = gate.activity().await;
    assert_eq!(records.len(), 9);
    assert!(records.iter().all(|record| record.error.as_deref() == Some("headers_too_large")), "{records:?}");
}

#[tokio::test]
async fn one_request_that_is_refused_leaves_the_others_of_its_connection_alone() {
    let gate = Gate::start().await;
    let mut tls = gate.agent().await.tls(AUTHORITY, "api.good.test", &["h2"]).await;
    let mut bad = frames::get("/bad");
    bad.push(("X-Upper".into(), b"1".to_vec()));
    let bytes = [
        frames::START,
        &frames::head(1, frames::END_STREAM, &frames::block(bad)),
        &frames::head(3, frames::END_STREAM, &frames::block(frames::get("/good"))),
    ]
    .concat();
    tls.write_all(&bytes).await.unwrap();
    let (mut bodies, mut ended) = ([Vec::new(), Vec::new()], 0);
    while ended < 2 {
        let (kind, flags, stream, payload) = frames::read_frame(&mut tls).await.unwrap();
        if kind == frames::DATA {
            bodies[(stream / 2) as usize].extend(payload);
            ended += usize::from(flags & frames::END_STREAM != 0);
        }
    }
    assert!(String::from_utf8_lossy(&bodies[0]).contains("bad_request"));
    assert_eq!(bodies[1], b"hello");
}

#[tokio::test]
async fn cookies_of_http2_are_one_field() {
    for upstream in [Upstream::tls_http1().await, Upstream::tls().await] {
        let gate = Gate::before(upstream).await;
        let mut headers = frames::get("/x");
        for (name, value) in
            [("cookie", "session=1"), ("x-a", "1"), ("cookie", "theme=dark"), ("cookie", "a=b")]
        {
            headers.push((name.into(), value.into()));
        }
        let answer = frames::send(&gate.agent().await, &frames::block(headers)).await;
        assert_eq!(answer.body, b"hello", "{answer:?}");
        let seen = gate.upstream.only();
        let cookies: Vec<_> = seen.headers.get_all("cookie").iter().collect();
        assert_eq!(cookies, ["session=1; theme=dark; a=b"]);
    }
}

#[tokio::test]
async fn trace_is_never_sent() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let mut expected = 0;
    for method in ["TRACE", "TRACK", "trace", "Track"] {
        let request =
            || Request::builder().method(method).uri("https://api.good.test/x").body(Bytes::new()).unwrap();
        for reply in [agent.send(request()).await, agent.send_http2(request()).await] {
            assert_eq!((reply.status.as_u16(), &*reply.error()), (405, "method_not_allowed"));
            assert!(reply.headers.contains_key("allow") && reply.headers.contains_key("x-onecli-request-id"));
            expected += 1;
        }
    }
    for header in ["x-http-method-override", "x-method-override", "x-http-method"] {
        let request =
            Request::post("https://api.good.test/x").header(header, "Trace").body(Bytes::new()).unwrap();
        assert_eq!(agent.send(request).await.error(), "method_not_allowed", "{header}");
        expected += 1;
    }
    assert!(gate.upstream.saw_nothing());
    let records = gate.activity().await;
    assert_eq!(records.len(), expected);
    assert!(records.iter().all(|record| record.status == 405), "{records:?}");
}

/// Bytes that look like chance, the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }
}

/// Whatever the parser behind would say by itself is said by the gateway.
fn check_answer(sent: &[u8], answer: &[u8]) {
    let text = String::from_utf8_lossy(answer);
    let sent = String::from_utf8_lossy(sent);
    for part in
        text.split("HTTP/1.1 ").skip(1).filter(|part| !part.starts_with("200") && !part.starts_with("100"))
    {
        let (head, body) = part.split_once("\r\n\r\n").unwrap_or((part, ""));
        assert!(head.contains("content-type: application/json"), "{sent:?} was answered {text:?}");
        let json: serde_json::Value = serde_json::from_str(body).unwrap_or_default();
        let is_ours = json["error"].is_string() && json["message"].is_string();
        assert!(body.is_empty() || is_ours, "{sent:?} was answered {text:?}");
    }
}

#[tokio::test]
async fn whatever_head_comes_no_answer_is_bare() {
    let gate = Gate::with(Upstream::plain().await, |config| {
        config.head_timeout = Duration::from_millis(30);
        config.idle_timeout = Duration::from_millis(60);
        config.most_header_bytes = 100_000;
    })
    .await;
    let agent = gate.agent().await;
    let authorization = agent.proxy_authorization();
    let mut dice = Dice(0x9e37_79b9_7f4a_7c15);
    let pieces: [&[u8]; 24] = [
        b" ",
        b"\r\n",
        b"\n",
        b"\r",
        b"\0",
        b":",
        b"\t",
        b"\xff",
        b"\xc3\xbc",
        b"#",
        b"\"",
        b"/",
        b"//",
        b"http://",
        b"*",
        b"@",
        b"Content-Length: 1\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Expect: 100-continue\r\n",
        b"Upgrade: h2c\r\n",
        b"HTTP/2.0",
        b"CONNECT ",
        b"\\",
        b"\x7f",
    ];
    for round in 0..1_500 {
        let target = ["http://api.good.test/x", "/x", "api.good.test:80", "*"][dice.roll(4)];
        let method = ["GET", "CONNECT", "OPTIONS", "POST"][dice.roll(4)];
        let mut head = format!(
            "{method} {target} HTTP/1.1\r\nHost: api.good.test\r\nProxy-Authorization: {authorization}\r\nConnection: close\r\n\r\n"
        )
        .into_bytes();
        for _ in 0..=dice.roll(3) {
            let at = dice.roll(head.len());
            match dice.roll(3) {
                0 => drop(head.remove(at)),
                1 => head[at] = dice.roll(256) as u8,
                _ => drop(head.splice(at..at, pieces[dice.roll(pieces.len())].iter().copied())),
            }
        }
        if round % 100 == 0 {
            head.splice(4..4, std::iter::repeat_n(b'a', 70_000));
        }
        let mut tcp = agent.connect().await;
        let _ = tcp.write_all(&head).await;
        let mut answer = Vec::new();
        let _ = tcp.read_to_end(&mut answer).await;
        check_answer(&head, &answer);
    }
}

#[tokio::test]
async fn refusals_of_nobody_s_are_counted_per_address() {
    let gate = Gate::start().await;
    let agent = gate.program("aoc_unknown");
    let home = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let counted =
        || gate.refusals.list().into_iter().find(|(address, _)| *address == home).map(|(_, counts)| counts);
    assert_eq!(counted(), None);
    let request = "GET http://api.good.test/x HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\n";
    for head in [
        format!("{request}\r\n"),
        format!("{request}Proxy-Authorization: {}\r\n\r\n", agent.proxy_authorization()),
        "CONNECT api.good.test:443 HTTP/1.1\r\nHost: api.good.test:443\r\n\r\n".to_owned(),
    ] {
        assert!(agent.raw_plain(head.as_bytes()).await.starts_with("HTTP/1.1 407 "));
    }
    for head in ["GET  / HTTP/1.1\r\n\r\n", "GET /v1/secrets HTTP/1.1\r\nHost: x\r\n\r\n"] {
        assert!(agent.raw_plain(head.as_bytes()).await.starts_with("HTTP/1.1 400 "));
    }
    assert_eq!(counted(), Some(RefusalCounts { unauthenticated: 3, malformed: 2, overloaded: 0 }));
    assert!(gate.activity().await.is_empty());
}
