//! Answers come back as the upstream gave them: nothing is added, followed, decoded or gathered.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue, LOCATION};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use onecli_domain::rule::Action;
use onecli_testkit::agent::Kept;
use onecli_testkit::peer::read_head;
use onecli_testkit::{Gate, Script, Upstream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const AUTHORITY: &str = "api.good.test:443";

/// Each protocol of the agent with each of the upstream.
async fn roads() -> Vec<(Gate, Kept)> {
    let mut roads = Vec::new();
    for (agent_http2, upstream_http2) in [(false, false), (false, true), (true, false), (true, true)] {
        let upstream = if upstream_http2 { Upstream::tls().await } else { Upstream::tls_http1().await };
        let gate = Gate::before(upstream).await;
        let agent = gate.agent().await;
        let kept = if agent_http2 { agent.open_http2(AUTHORITY).await } else { agent.open(AUTHORITY).await };
        roads.push((gate, kept));
    }
    roads
}

fn request(method: Method, body: Script) -> Request<Script> {
    Request::builder().method(method).uri("/x").body(body).unwrap()
}

async fn next_piece(response: &mut Response<Incoming>) -> Bytes {
    response.body_mut().frame().await.unwrap().unwrap().into_data().unwrap()
}

#[tokio::test]
async fn status_headers_and_body_come_back_unchanged() {
    // Not even well-formed gzip: whoever tried to decode it would fail.
    let body = Bytes::from_static(b"\x1f\x8b\x08\0broken");
    for (gate, mut kept) in roads().await {
        for status in [200, 201, 203, 206, 301, 302, 307, 400, 404, 409, 418, 429, 451, 500, 503, 599] {
            let mut headers = HeaderMap::new();
            for (name, value) in [
                ("set-cookie", &b"a=1"[..]),
                ("set-cookie", b"b=2"),
                ("content-encoding", b"gzip"),
                ("content-type", b"text/weird"),
                ("etag", b"\"x\""),
                ("location", b"https://evil.test/elsewhere"),
                ("access-control-allow-origin", b"https://a.test"),
                ("x-bytes", b"caf\xe9"),
                ("date", b"Mon, 01 Jan 2024 00:00:00 GMT"),
                ("server", b"x/1"),
            ] {
                headers.append(name, HeaderValue::from_bytes(value).unwrap());
            }
            let (answer, sent) = (headers.clone(), body.clone());
            gate.upstream.answer(move |_| {
                let mut response = Response::new(Script::whole(sent.clone()));
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                *response.headers_mut() = answer.clone();
                response
            });
            headers.insert(CONTENT_LENGTH, body.len().into());
            let reply = kept.get("/x").await;
            assert_eq!((reply.status.as_u16(), &reply.headers, &reply.body), (status, &headers, &body));
        }
        // None of the redirects was followed.
        let seen = gate.upstream.seen();
        assert!(seen.iter().all(|request| (&*request.authority, &*request.path) == ("api.good.test", "/x")));
        assert_eq!(seen.len(), 16);
        assert!(gate.activity().await.iter().all(|record| record.bytes_down == body.len() as i64));
    }
}

#[tokio::test]
async fn what_the_agent_sends_goes_out_unchanged() {
    for (gate, mut kept) in roads().await {
        let body = Bytes::from_static(b"\x1f\x8b\x08\0broken");
        for (at, method) in
            ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "PROPFIND"].into_iter().enumerate()
        {
            let request = Request::builder()
                .method(method)
                .uri("/a%2Fb;c?q=%20&q=2&&r#")
                .header("content-encoding", "gzip")
                .header("accept-encoding", "br, zstd")
                .header("x-two", "1")
                .header("x-two", "2")
                .header("cookie", "a=1; b=2")
                .body(body.clone())
                .unwrap();
            assert_eq!(kept.send(request).await.text(), "hello");
            let seen = gate.upstream.seen()[at].clone();
            assert_eq!((&*seen.method, &*seen.path, &seen.body), (method, "/a%2Fb;c?q=%20&q=2&&r", &body));
            let mut names: Vec<_> = seen.headers.iter().map(|(name, _)| name.as_str()).collect();
            names.retain(|name| *name != "host");
            names.sort_unstable();
            let all = ["accept-encoding", "content-encoding", "content-length", "cookie", "x-two", "x-two"];
            assert_eq!(names, all);
            assert_eq!(seen.header("cookie"), Some("a=1; b=2"));
        }
    }
}

#[tokio::test]
async fn answers_without_a_body_end_with_their_head() {
    for (gate, mut kept) in roads().await {
        gate.upstream.answer(|seen| {
            let status = seen.path.trim_start_matches('/').parse().unwrap();
            let mut response = Response::new(Script::whole(""));
            *response.status_mut() = StatusCode::from_u16(status).unwrap();
            response.headers_mut().insert("etag", HeaderValue::from_static("\"x\""));
            if status != 204 && seen.method == "HEAD" {
                response.headers_mut().insert(CONTENT_LENGTH, 1234.into());
            }
            response
        });
        for (method, path, length) in [
            (Method::HEAD, "/200", Some("1234")),
            (Method::HEAD, "/404", Some("1234")),
            (Method::GET, "/204", None),
            (Method::DELETE, "/204", None),
            (Method::HEAD, "/204", None),
            (Method::GET, "/304", None),
            (Method::HEAD, "/500", Some("1234")),
            (Method::GET, "/200", Some("0")),
        ] {
            let request = Request::builder().method(&method).uri(path).body(Bytes::new()).unwrap();
            let reply = kept.send(request).await;
            let told = reply.headers.get(CONTENT_LENGTH).map(|value| value.to_str().unwrap());
            assert_eq!(&path[1..], reply.status.as_str());
            // An empty body says so by its length or, in HTTP/2, by its end.
            assert!(told == length || length == Some("0") && kept.is_http2(), "{method} {path}: {told:?}");
            assert!(reply.body.is_empty() && reply.headers.contains_key("etag"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn trailers_are_kept_in_both_directions() {
    for (gate, mut kept) in roads().await {
        let trailers =
            |value| HeaderMap::from_iter([("x-sum".parse().unwrap(), HeaderValue::from_static(value))]);
        gate.upstream.answer(move |_| {
            let mut response = Response::new(Script::pieces(&["a", "b"], Some(trailers("down"))));
            response.headers_mut().insert("trailer", HeaderValue::from_static("x-sum"));
            response
        });
        let mut request = request(Method::POST, Script::pieces(&["c", "d"], Some(trailers("up"))));
        request.headers_mut().insert("te", HeaderValue::from_static("trailers"));
        request.headers_mut().insert("trailer", HeaderValue::from_static("x-sum"));
        let reply = onecli_testkit::agent::read(kept.begin(request).await).await;
        let seen = gate.upstream.only();
        assert_eq!((&seen.body[..], seen.trailers), (&b"cd"[..], Some(trailers("up"))));
        assert_eq!(seen.headers["te"], "trailers");
        assert_eq!((reply.text(), &reply.trailers), ("ab", &Some(trailers("down"))));
    }
}

#[tokio::test]
async fn a_body_that_is_expected_is_asked_for_and_no_other() {
    let gate = Gate::start().await;
    gate.rule(Action::Block, "api.good.test", Some("/blocked"), None).await;
    let agent = gate.agent().await;
    let mut tls = agent.tls(AUTHORITY, "api.good.test", &["http/1.1"]).await;
    let head = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: api.good.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
        )
    };
    tls.write_all(head("/x").as_bytes()).await.unwrap();
    assert_eq!(read_head(&mut tls).await, "HTTP/1.1 100 Continue\r\n\r\n");
    tls.write_all(b"hello").await.unwrap();
    assert!(read_head(&mut tls).await.starts_with("HTTP/1.1 200 "));
    tls.read_exact(&mut [0; 5]).await.unwrap();
    let seen = gate.upstream.only();
    assert_eq!((&seen.body[..], seen.header("expect")), (&b"hello"[..], None));

    tls.write_all(head("/blocked").as_bytes()).await.unwrap();
    assert!(read_head(&mut tls).await.starts_with("HTTP/1.1 403 "));
    assert_eq!(gate.upstream.seen().len(), 1);
}

#[tokio::test]
async fn each_event_comes_down_before_the_next_is_written() {
    for (gate, mut kept) in roads().await {
        for status in [200, 401] {
            let (pen, script) = Script::written();
            let mut script = Some(script);
            gate.upstream.answer(move |_| {
                let mut response = Response::new(script.take().unwrap());
                *response.status_mut() = StatusCode::from_u16(status).unwrap();
                let kind = HeaderValue::from_static("text/event-stream; charset=utf-8");
                response.headers_mut().insert("content-type", kind);
                response
            });
            let mut response = kept.begin(request(Method::GET, Script::whole(""))).await;
            assert_eq!(response.status().as_u16(), status);
            for event in ["data: 1\n\n", "data: 2\n\n", "d", "ata: 3\n\n"] {
                pen.write(event);
                assert_eq!(next_piece(&mut response).await, event);
            }
            drop(pen);
            assert_eq!(response.collect().await.unwrap().to_bytes(), "");
        }
    }
}

#[tokio::test]
async fn each_piece_goes_up_before_the_next_is_written_and_the_answer_may_come_first() {
    for http2 in [false, true] {
        let (upstream, mut peers) = Upstream::by_hand().await;
        let gate = Gate::before(upstream).await;
        let agent = gate.agent().await;
        let mut kept = if http2 { agent.open_http2(AUTHORITY).await } else { agent.open(AUTHORITY).await };
        let (pen, script) = Script::written();
        let asked = tokio::spawn(async move { kept.begin(request(Method::POST, script)).await });
        pen.write("one");
        let mut peer = peers.accept().await;
        assert!(peer.head().await.starts_with("POST /x HTTP/1.1\r\n"));
        assert_eq!(peer.hear(8).await, b"3\r\none\r\n");
        pen.write("two");
        assert_eq!(peer.hear(8).await, b"3\r\ntwo\r\n");
        peer.say("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nearly\r\n").await;
        let mut response = asked.await.unwrap();
        assert_eq!(next_piece(&mut response).await, "early");
        pen.write("six");
        assert_eq!(peer.hear(8).await, b"3\r\nsix\r\n");
        drop(pen);
        assert_eq!(peer.hear(5).await, b"0\r\n\r\n");
        peer.say("0\r\n\r\n").await;
        assert_eq!(response.collect().await.unwrap().to_bytes(), "");
    }
}

#[tokio::test]
async fn bodies_of_any_size_pass_both_ways() {
    const PIECES: usize = 512;
    let piece: Bytes = (0..65_536_u32).map(|at| (at % 251) as u8).collect();
    for (gate, mut kept) in roads().await {
        let down = piece.clone();
        gate.upstream.answer(move |_| Response::new(Script::repeated(&down, PIECES)));
        let response = kept.begin(request(Method::POST, Script::repeated(&piece, PIECES))).await;
        assert_eq!(response.headers()[CONTENT_LENGTH], (PIECES * piece.len()).to_string());
        let reply = onecli_testkit::agent::read(response).await;
        let seen = gate.upstream.only();
        assert_eq!(seen.headers[CONTENT_LENGTH], (PIECES * piece.len()).to_string());
        for body in [&seen.body, &reply.body] {
            assert_eq!(body.len(), PIECES * piece.len());
            assert!(body.chunks(piece.len()).all(|part| part == piece));
        }
        let record = &gate.activity().await[0];
        assert_eq!((record.bytes_up, record.bytes_down), (32 << 20, 32 << 20));
    }
}

#[tokio::test]
async fn what_concerns_one_connection_goes_no_further_up() {
    for upstream in [Upstream::tls().await, Upstream::tls_http1().await] {
        let gate = Gate::before(upstream).await;
        let head = "GET /x HTTP/1.1\r\nHost: api.good.test\r\nConnection: close, X-Hop\r\nConnection: x-second, HTTP2-Settings, TE\r\n\
X-Hop: 1\r\nX-Second: 2\r\nKeep-Alive: timeout=5\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: Basic eDp5\r\n\
TE: gzip, trailers\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nX-End: 3\r\n\r\n";
        let answer = gate.agent().await.raw(AUTHORITY, head.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        let headers = gate.upstream.only().headers;
        let mut names: Vec<_> =
            headers.keys().map(http::HeaderName::as_str).filter(|name| *name != "host").collect();
        names.sort_unstable();
        // Trailers are what the gateway itself takes, too.
        assert_eq!((names, &headers["te"]), (vec!["te", "x-end"], &"trailers".parse().unwrap()));
    }
}

#[tokio::test]
async fn what_concerns_one_connection_goes_no_further_down() {
    let (upstream, peers) = Upstream::by_hand().await;
    peers.answer_all(
        b"HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nConnection: x-second\r\nX-Hop: 1\r\nX-Second: 2\r\n\
Keep-Alive: timeout=5\r\nProxy-Connection: close\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\n\
Transfer-Encoding: chunked\r\nX-End: 3\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
    );
    let gate = Gate::before(upstream).await;
    let agent = gate.agent().await;
    for mut kept in [agent.open(AUTHORITY).await, agent.open_http2(AUTHORITY).await] {
        // The upstream closes each time; the agent's connection lasts.
        for _ in 0..2 {
            let reply = kept.get("/").await;
            let mut names: Vec<_> = reply.headers.keys().map(http::HeaderName::as_str).collect();
            names.retain(|name| *name != "transfer-encoding");
            assert_eq!((reply.text(), names), ("hi", vec!["x-end"]));
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_cut_off_is_cut_off_for_the_agent_too() {
    for answer in ["Content-Length: 10\r\n\r\nhalf", "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"] {
        let (upstream, mut peers) = Upstream::by_hand().await;
        let gate = Gate::before(upstream).await;
        let agent = gate.agent().await;
        for mut kept in [agent.open(AUTHORITY).await, agent.open_http2(AUTHORITY).await] {
            let asked =
                tokio::spawn(async move { kept.begin(request(Method::GET, Script::whole(""))).await });
            let mut peer = peers.accept().await;
            peer.head().await;
            peer.say(format!("HTTP/1.1 200 OK\r\n{answer}")).await;
            let mut response = asked.await.unwrap();
            assert_eq!(next_piece(&mut response).await, "half");
            drop(peer);
            assert!(response.collect().await.is_err());
        }
        let errors: Vec<_> = gate.activity().await.into_iter().map(|record| record.error).collect();
        assert_eq!(errors, vec![Some("upstream_incomplete".to_owned()); 2]);
    }
}

#[tokio::test]
async fn a_redirect_from_plain_http_is_the_agent_s_to_follow() {
    let gate = Gate::before(Upstream::plain().await).await;
    gate.upstream.answer(|_| {
        let mut response = Response::new(Script::whole(""));
        *response.status_mut() = StatusCode::MOVED_PERMANENTLY;
        response.headers_mut().insert(LOCATION, HeaderValue::from_static("https://api.good.test/x"));
        response
    });
    let agent = gate.agent().await;
    let head = format!(
        "GET http://api.good.test/x HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\nProxy-Authorization: {}\r\n\r\n",
        agent.proxy_authorization()
    );
    let answer = agent.raw_plain(head.as_bytes()).await;
    assert!(
        answer.starts_with("HTTP/1.1 301 ") && answer.contains("location: https://api.good.test/x\r\n"),
        "{answer}"
    );
    assert_eq!(gate.upstream.seen().len(), 1);
}
