//! One authority per request: whatever names another is refused, and nothing is sent.

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::rt::{TokioExecutor, TokioIo};
use onecli_testkit::{Agent, Gate, Reply, Upstream};

async fn tunnelled(agent: &Agent, authority: &str, server_name: &str, head: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut tls = agent.tls(authority, server_name, &["http/1.1"]).await;
    tls.write_all(format!("{head}Connection: close\r\n\r\n").as_bytes()).await.unwrap();
    let mut out = Vec::new();
    let _ = tls.read_to_end(&mut out).await;
    String::from_utf8(out).unwrap()
}

async fn tunnelled_http2(
    agent: &Agent,
    authority: &str,
    server_name: &str,
    url: &str,
    host: Option<&str>,
) -> Reply {
    let tls = agent.tls(authority, server_name, &["h2"]).await;
    let (mut send, conn) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tls)).await.unwrap();
    tokio::spawn(conn);
    let mut request = Request::get(url);
    if let Some(host) = host {
        request = request.header("host", host);
    }
    let request = request.body(Full::new(Bytes::new())).unwrap();
    onecli_testkit::agent::read(send.send_request(request).await.unwrap()).await
}

fn is_mismatch(answer: &str) -> bool {
    answer.starts_with("HTTP/1.1 421 ") && answer.contains("authority_mismatch")
}

#[tokio::test]
async fn what_names_another_authority_within_a_tunnel_is_refused() {
    let gate = Gate::start().await;
    gate.header_secret("api.good.test", "Authorization", "Bearer {value}", "s3cret-value").await;
    let agent = gate.agent().await;
    for (connect, server_name, head) in [
        ("api.good.test:443", "api.good.test", "GET / HTTP/1.1\r\nHost: evil.test\r\n"),
        ("api.good.test:443", "api.good.test", "GET / HTTP/1.1\r\nHost: api.good.test:8443\r\n"),
        ("api.good.test:443", "api.good.test", "GET / HTTP/1.1\r\nHost: api.good.test:80\r\n"),
        ("api.good.test:443", "api.good.test", "GET https://evil.test/ HTTP/1.1\r\nHost: api.good.test\r\n"),
        ("api.good.test:443", "api.good.test", "GET https://evil.test/ HTTP/1.1\r\nHost: evil.test\r\n"),
        (
            "api.good.test:443",
            "api.good.test",
            "GET http://api.good.test/ HTTP/1.1\r\nHost: api.good.test\r\n",
        ),
        ("api.good.test:443", "evil.test", "GET / HTTP/1.1\r\nHost: api.good.test\r\n"),
        ("api.good.test:443", "evil.test", "GET / HTTP/1.1\r\nHost: evil.test\r\n"),
        ("evil.test:443", "api.good.test", "GET / HTTP/1.1\r\nHost: api.good.test\r\n"),
        ("api.good.test:8443", "api.good.test", "GET / HTTP/1.1\r\nHost: api.good.test\r\n"),
    ] {
        let answer = tunnelled(&agent, connect, server_name, head).await;
        assert!(is_mismatch(&answer), "{connect} {server_name} {head:?}: {answer}");
        assert!(gate.upstream.saw_nothing(), "{connect} {server_name} {head:?}");
    }
}

#[tokio::test]
async fn the_same_holds_over_http2() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    for (server_name, url, host) in [
        ("api.good.test", "https://evil.test/", None),
        ("api.good.test", "https://api.good.test:8443/", None),
        ("api.good.test", "https://api.good.test/", Some("evil.test")),
        ("api.good.test", "https://evil.test/", Some("api.good.test")),
        ("evil.test", "https://api.good.test/", None),
        ("evil.test", "https://evil.test/", None),
    ] {
        let reply = tunnelled_http2(&agent, "api.good.test:443", server_name, url, host).await;
        assert_eq!(
            (reply.status.as_u16(), reply.error()),
            (421, "authority_mismatch".into()),
            "{server_name} {url}"
        );
        assert!(gate.upstream.saw_nothing());
    }
}

#[tokio::test]
async fn one_authority_written_in_several_ways_is_one() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    for (connect, server_name, head) in [
        ("API.Good.Test:443", "api.good.test", "GET / HTTP/1.1\r\nHost: api.GOOD.test\r\n"),
        ("api.good.test.:443", "api.good.test", "GET / HTTP/1.1\r\nHost: api.good.test\r\n"),
        ("api.good.test:443", "api.good.test", "GET / HTTP/1.1\r\nHost: api.good.test:443\r\n"),
        (
            "api.good.test:443",
            "api.good.test",
            "GET https://api.good.test/ HTTP/1.1\r\nHost: api.good.test\r\n",
        ),
    ] {
        let before = gate.upstream.seen().len();
        let answer = tunnelled(&agent, connect, server_name, head).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{connect} {head:?}: {answer}");
        let seen = gate.upstream.seen();
        assert_eq!((seen.len(), seen[before].authority.as_str()), (before + 1, "api.good.test"));
    }
}

#[tokio::test]
async fn connect_and_absolute_targets_agree_with_host() {
    let gate = Gate::before(Upstream::plain().await).await;
    let agent = gate.agent().await;
    let auth = agent.proxy_authorization();
    for line in [
        "CONNECT api.good.test:443 HTTP/1.1\r\nHost: evil.test:443",
        "CONNECT api.good.test:443 HTTP/1.1\r\nHost: api.good.test:80",
        "GET http://api.good.test/ HTTP/1.1\r\nHost: evil.test",
        "GET http://api.good.test/ HTTP/1.1\r\nHost: api.good.test:8080",
        "GET http://api.good.test:8080/ HTTP/1.1\r\nHost: api.good.test",
        "GET https://api.good.test/ HTTP/1.1\r\nHost: evil.test",
    ] {
        let head = format!("{line}\r\nProxy-Authorization: {auth}\r\nConnection: close\r\n\r\n");
        let answer = agent.raw_plain(head.as_bytes()).await;
        assert!(is_mismatch(&answer), "{line:?}: {answer}");
    }
    assert_eq!(gate.upstream.connections(), 0);
}

#[tokio::test]
async fn userinfo_in_any_target_is_refused() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let auth = agent.proxy_authorization();
    for line in [
        "CONNECT api.good.test:x@evil.test:443 HTTP/1.1\r\nHost: api.good.test:443",
        "CONNECT api.good.test:443@evil.test:443 HTTP/1.1\r\nHost: evil.test:443",
        "CONNECT api.good.test@evil.test:443 HTTP/1.1\r\nHost: evil.test:443",
        "CONNECT @evil.test:443 HTTP/1.1\r\nHost: evil.test:443",
        "CONNECT evil.test:443 HTTP/1.1\r\nHost: u@evil.test:443",
        "GET http://user@api.good.test/ HTTP/1.1\r\nHost: api.good.test",
        "GET http://user:word@api.good.test/ HTTP/1.1\r\nHost: api.good.test",
        "GET http://api.good.test@evil.test/ HTTP/1.1\r\nHost: evil.test",
        "GET https://api.good.test:443@evil.test/ HTTP/1.1\r\nHost: evil.test",
        "GET http://@evil.test/ HTTP/1.1\r\nHost: evil.test",
        "GET http://evil.test/ HTTP/1.1\r\nHost: u@evil.test",
    ] {
        let head = format!("{line}\r\nProxy-Authorization: {auth}\r\nConnection: close\r\n\r\n");
        let answer = agent.raw_plain(head.as_bytes()).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{line:?}: {answer}");
    }
    for head in [
        "GET https://u@api.good.test/ HTTP/1.1\r\nHost: api.good.test\r\n",
        "GET https://api.good.test@evil.test/ HTTP/1.1\r\nHost: api.good.test\r\n",
        "GET / HTTP/1.1\r\nHost: u@api.good.test\r\n",
    ] {
        let answer = tunnelled(&agent, "api.good.test:443", "api.good.test", head).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{head:?}: {answer}");
    }
    assert_eq!(gate.upstream.connections(), 0);
}
