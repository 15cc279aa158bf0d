//! Upstreams that hang up: what they sent before reaches the agent, and then the end as it was.

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use onecli_testkit::agent::Kept;
use onecli_testkit::peer::Peers;
use onecli_testkit::{Gate, Script, Upstream};
use tokio::io::AsyncReadExt;

const AUTHORITY: &str = "api.good.test:443";

async fn both(gate: &Gate) -> [Kept; 2] {
    let agent = gate.agent().await;
    [agent.open(AUTHORITY).await, agent.open_http2(AUTHORITY).await]
}

/// Everything that arrives of a body, and whether its end is whole.
async fn read_all(response: Response<Incoming>) -> (Vec<u8>, bool) {
    let (mut body, mut bytes) = (response.into_body(), Vec::new());
    loop {
        match body.frame().await {
            Some(Ok(frame)) => bytes.extend_from_slice(&frame.into_data().unwrap()),
            Some(Err(_)) => return (bytes, false),
            None => return (bytes, true),
        }
    }
}

/// Answers each first request with these bytes and drops the connection: TLS isn't closed, TCP is.
fn answer_and_hang_up(mut peers: Peers, answer: Vec<u8>) {
    tokio::spawn(async move {
        loop {
            let mut peer = peers.accept().await;
            peer.head().await;
            peer.say(&answer).await;
        }
    });
}

async fn check(upstream: (Upstream, Peers), answer: impl Into<Vec<u8>>, expected: &[u8], whole: bool) {
    let answer = answer.into();
    let shown = String::from_utf8_lossy(&answer).chars().take(100).collect::<String>();
    let (upstream, peers) = upstream;
    answer_and_hang_up(peers, answer);
    let gate = Gate::before(upstream).await;
    for mut kept in both(&gate).await {
        let http2 = kept.is_http2();
        let response = kept.begin(Request::get("/x").body(Script::whole("")).unwrap()).await;
        assert_eq!(
            (response.status().as_u16(), response.headers()["x-seen"].as_bytes()),
            (203, &b"yes"[..]),
            "{shown}"
        );
        let (bytes, is_whole) = read_all(response).await;
        assert_eq!((bytes.len(), is_whole), (expected.len(), whole), "{shown} over HTTP/2: {http2}");
        assert!(bytes == expected, "{shown}");
        let record = &gate.activity().await[0];
        assert_eq!((record.status, record.bytes_down), (203, expected.len() as i64));
        assert_eq!(record.error.is_none(), whole, "{:?}", record.error);
    }
}

const HEAD: &str = "HTTP/1.1 203 OK\r\nx-seen: yes\r\n";

#[tokio::test]
async fn a_body_that_ends_with_the_connection_is_whole_without_a_close_of_tls() {
    for length in [0, 5, 300_000] {
        let body = vec![b'x'; length];
        let answer = [format!("{HEAD}\r\n").as_bytes(), &body].concat();
        check(Upstream::by_hand().await, answer, &body, true).await;
    }
}

#[tokio::test]
async fn a_body_of_known_length_is_whole_without_a_close_of_tls() {
    for (answer, expected) in [
        (format!("{HEAD}Content-Length: 5\r\n\r\nhello"), "hello"),
        (format!("{HEAD}Content-Length: 0\r\n\r\n"), ""),
        (format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "hello"),
    ] {
        check(Upstream::by_hand().await, answer, expected.as_bytes(), true).await;
    }
}

#[tokio::test]
async fn what_falls_short_arrives_with_its_broken_end() {
    for (answer, expected) in [
        (format!("{HEAD}Content-Length: 10\r\n\r\nhello"), "hello"),
        (format!("{HEAD}Content-Length: 10\r\n\r\n"), ""),
        (format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nwor"), "hellowor"),
        (format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"), "hello"),
        (format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nzz\r\n"), "hello"),
        (format!("{HEAD}Transfer-Encoding: chunked\r\n\r\n"), ""),
    ] {
        check(Upstream::by_hand().await, answer, expected.as_bytes(), false).await;
    }
}

#[tokio::test]
async fn much_that_falls_short_arrives_whole_before_its_broken_end() {
    for length in [70_000, 131_072, 1_000_000] {
        let body: Vec<u8> = (0..length).map(|at: u32| (at % 251) as u8).collect();
        let answer = [format!("{HEAD}Content-Length: 99999999\r\n\r\n").as_bytes(), &body].concat();
        check(Upstream::by_hand().await, answer, &body, false).await;
    }
}

#[tokio::test]
async fn without_tls_it_is_the_same() {
    let (upstream, peers) = Upstream::plain_by_hand().await;
    answer_and_hang_up(peers, format!("{HEAD}Content-Length: 10\r\n\r\nhello").into());
    let gate = Gate::before(upstream).await;
    let mut kept = gate.agent().await.open_plain("api.good.test:80").await;
    let response = kept.begin(Request::get("/x").body(Script::whole("")).unwrap()).await;
    assert_eq!(read_all(response).await, (b"hello".to_vec(), false));
}

/// An upstream that answers from a request's head, and closes while the body is still under way: TCP then resets.
#[tokio::test]
async fn an_answer_that_does_not_wait_for_the_body_arrives_though_the_connection_is_reset() {
    for plain in [false, true] {
        let upstream = if plain { Upstream::plain_by_hand().await } else { Upstream::by_hand().await };
        let (upstream, peers) = upstream;
        answer_and_hang_up(
            peers,
            b"HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large".into(),
        );
        let gate = Gate::before(upstream).await;
        let agent = gate.agent().await;
        let kept =
            if plain { vec![agent.open_plain("api.good.test:80").await] } else { both(&gate).await.into() };
        for mut kept in kept {
            for pieces in [1, 512] {
                let body = Script::repeated(&Bytes::from(vec![b'x'; 65_536]), pieces);
                let response = kept.begin(Request::post("/x").body(body).unwrap()).await;
                assert_eq!(response.status(), 413);
                assert_eq!(read_all(response).await, (b"too large".to_vec(), true));
                if !kept.is_http2() {
                    kept = if plain {
                        agent.open_plain("api.good.test:80").await
                    } else {
                        agent.open(AUTHORITY).await
                    };
                }
            }
        }
        assert!(gate.activity().await.iter().all(|record| record.status == 413 && record.error.is_none()));
    }
}

/// As real clients write it: the whole request first, then they read.
#[tokio::test]
async fn an_agent_that_writes_all_before_it_reads_gets_the_early_answer_too() {
    use tokio::io::AsyncWriteExt;
    let (upstream, peers) = Upstream::by_hand().await;
    answer_and_hang_up(
        peers,
        b"HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\nConnection: close\r\n\r\ntoo large".into(),
    );
    let gate = Gate::before(upstream).await;
    let mut tls = gate.agent().await.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
    let length = 4 << 20;
    let head = format!("POST /x HTTP/1.1\r\nHost: api.good.test\r\nContent-Length: {length}\r\n\r\n");
    tls.write_all(head.as_bytes()).await.unwrap();
    // Whoever is hung up on while writing looks at what was said.
    let _ = tls.write_all(&vec![b'x'; length]).await;
    let mut answer = Vec::new();
    // Where all of the body was taken after all, the connection stays open.
    while !answer.ends_with(b"too large") && tls.read_buf(&mut answer).await.is_ok_and(|read| read > 0) {}
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.ends_with("too large"), "{answer}");
}

enum End {
    Reset(h2::Reason),
    GoAway,
    HangUp,
}

#[tokio::test]
async fn what_an_http2_upstream_breaks_off_arrives_with_its_broken_end() {
    for end in
        [End::Reset(h2::Reason::INTERNAL_ERROR), End::Reset(h2::Reason::CANCEL), End::GoAway, End::HangUp]
    {
        let (upstream, mut peers) = Upstream::by_hand_http2().await;
        let gate = Gate::before(upstream).await;
        for mut kept in both(&gate).await {
            let (response, ()) =
                tokio::join!(kept.begin(Request::get("/x").body(Script::whole("")).unwrap()), async {
                    let mut server = h2::server::handshake(peers.accept().await).await.unwrap();
                    let (_, mut respond) = server.accept().await.unwrap().unwrap();
                    let mut body = respond.send_response(Response::new(()), false).unwrap();
                    body.send_data(vec![b'x'; 50_000].into(), false).unwrap();
                    // The frames leave before the end is written.
                    let driven =
                        tokio::time::timeout(std::time::Duration::from_millis(300), server.accept()).await;
                    assert!(driven.is_err());
                    match &end {
                        End::Reset(reason) => body.send_reset(*reason),
                        End::GoAway => server.abrupt_shutdown(h2::Reason::INTERNAL_ERROR),
                        End::HangUp => return,
                    }
                    tokio::spawn(async move { while server.accept().await.is_some() {} });
                });
            let (bytes, whole) = read_all(response).await;
            assert_eq!((bytes.len(), whole), (50_000, false));
        }
    }
}
