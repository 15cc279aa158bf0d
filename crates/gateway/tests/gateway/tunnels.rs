//! Tunnels: what is spoken within is served, or passed through untouched where the operator says so, or refused.

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use onecli_domain::activity::{Activity, Protocol, VerdictKind};
use onecli_domain::pattern::HostPattern;
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::Action;
use onecli_testkit::{Agent, Gate, Peers, Script, Upstream};
use rustls::pki_types::ServerName;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;

/// A gate that passes tunnels to `db.good.test` through.
async fn passing(upstream: Upstream) -> Gate {
    Gate::with(upstream, |config| {
        config.tunnel_hosts = vec![HostPattern::read("db.good.test:5432").unwrap()];
    })
    .await
}

async fn connect(agent: &Agent, authority: &str) -> String {
    let head = format!(
        "CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nProxy-Authorization: {}\r\n\r\n",
        agent.proxy_authorization()
    );
    agent.raw_plain(head.as_bytes()).await
}

/// The one record, once the connection behind it is over.
async fn only_record(gate: &Gate) -> Activity {
    loop {
        let mut records = gate.activity().await;
        assert!(records.len() < 2, "{records:?}");
        if let Some(record) = records.pop() {
            return record;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn plain_http_within_a_tunnel_is_served_as_plain_http() {
    let gate = Gate::before(Upstream::plain().await).await;
    gate.rule(Action::Block, "api.good.test:8080", Some("/blocked"), None).await;
    let mut kept = gate.agent().await.open_plain("api.good.test:8080").await;
    assert_eq!(kept.get("/x").await.text(), "hello");
    assert_eq!(kept.get("/blocked").await.error(), "blocked_by_policy");
    let request = Request::get("/x").header("host", "evil.test:8080").body(Bytes::new()).unwrap();
    assert_eq!(kept.send(request).await.error(), "authority_mismatch");
    let seen = gate.upstream.only();
    assert_eq!((&*seen.authority, &*seen.path, &*seen.version), ("api.good.test:8080", "/x", "HTTP/1.1"));
    assert!(gate.activity().await.iter().all(|record| record.host == "api.good.test:8080"));
}

#[tokio::test]
async fn bytes_sent_along_with_the_connect_are_not_lost() {
    let gate = Gate::before(Upstream::plain().await).await;
    let agent = gate.agent().await;
    let head = format!(
        "CONNECT api.good.test:80 HTTP/1.1\r\nHost: api.good.test:80\r\nProxy-Authorization: {}\r\n\r\n\
GET /first HTTP/1.1\r\nHost: api.good.test\r\n\r\nGET /second HTTP/1.1\r\nHost: api.good.test\r\nConnection: close\r\n\r\n",
        agent.proxy_authorization()
    );
    let answer = agent.raw_plain(head.as_bytes()).await;
    assert_eq!(answer.matches("HTTP/1.1 200 ").count(), 3, "{answer}");
    let paths: Vec<_> = gate.upstream.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/first", "/second"]);
}

#[tokio::test]
async fn another_protocol_within_a_tunnel_is_refused_and_recorded() {
    for hello in
        [&b"\0\0\0\x08\x04\xd2\x16\x2f"[..], b"\x05\x01\0", b"*1\r\n$4\r\nPING\r\n", b"\r\n", b"\x80\x2e\x01"]
    {
        let gate = Gate::start().await;
        let mut tcp = gate.agent().await.tunnel("db.good.test:5432").await;
        tcp.write_all(hello).await.unwrap();
        let mut rest = Vec::new();
        // The end may come as a reset, since bytes were left unread.
        let _ = tcp.read_to_end(&mut rest).await;
        assert!(rest.is_empty(), "{hello:?}: {rest:?}");
        let record = only_record(&gate).await;
        assert_eq!((&*record.method, &*record.host), ("CONNECT", "db.good.test:5432"));
        assert_eq!(
            (record.verdict, record.error.as_deref()),
            (VerdictKind::Refuse, Some("unsupported_protocol"))
        );
        assert_eq!(gate.upstream.connections(), 0);
    }
}

#[tokio::test]
async fn an_agent_that_does_not_trust_the_gateway_is_recorded() {
    let gate = Gate::start().await;
    let mut agent = gate.agent().await;
    agent.authority.clone_from(&gate.upstream.authority);
    let tcp = agent.tunnel("api.good.test:443").await;
    let name = ServerName::try_from("api.good.test").unwrap();
    assert!(TlsConnector::from(agent.trust(&[])).connect(name, tcp).await.is_err());
    let record = only_record(&gate).await;
    assert_eq!((&*record.host, record.error.as_deref()), ("api.good.test:443", Some("agent_tls_failed")));
}

async fn check_untouched(
    mut agent_side: impl tokio::io::AsyncRead + AsyncWriteExt + Unpin,
    peers: &mut Peers,
) {
    let mut peer = peers.accept().await;
    // Nothing that HTTP would let pass, and the upstream may speak first.
    peer.say(b"\0\x01\r\n\r\n").await;
    let mut heard = [0; 6];
    agent_side.read_exact(&mut heard).await.unwrap();
    assert_eq!(&heard, b"\0\x01\r\n\r\n");
    agent_side.write_all(b"GET / HTTP/9\n\nHost : x\0").await.unwrap();
    agent_side.flush().await.unwrap();
    assert_eq!(peer.hear(23).await, b"GET / HTTP/9\n\nHost : x\0");
    // One side's end is not the other's.
    agent_side.shutdown().await.unwrap();
    assert_eq!(peer.read(&mut [0; 1]).await.unwrap(), 0);
    peer.say("last words").await;
    peer.shutdown().await.unwrap();
    let mut rest = Vec::new();
    agent_side.read_to_end(&mut rest).await.unwrap();
    assert_eq!(rest, b"last words");
}

#[tokio::test]
async fn a_listed_host_is_passed_through_untouched() {
    let (upstream, mut peers) = Upstream::plain_by_hand().await;
    let gate = passing(upstream).await;
    gate.header_secret("db.good.test", "authorization", "{value}", "s3cret-value").await;
    let tcp = gate.agent().await.tunnel("db.good.test:5432").await;
    check_untouched(tcp, &mut peers).await;
    let record = only_record(&gate).await;
    assert_eq!((&*record.method, &*record.host, record.status), ("CONNECT", "db.good.test:5432", 200));
    assert_eq!((record.verdict, record.protocol), (VerdictKind::Allow, Protocol::Tunnel));
    assert_eq!((record.bytes_up, record.bytes_down), (23, 16));
    assert!(record.secrets.is_empty() && record.error.is_none());
}

#[tokio::test]
async fn within_a_tunnel_that_is_passed_through_tls_is_the_upstream_s_own() {
    let gate = passing(Upstream::tls().await).await;
    let mut agent = gate.agent().await;
    agent.authority.clone_from(&gate.upstream.authority);
    let mut kept = agent.open("db.good.test:5432").await;
    assert_eq!(kept.get("/x").await.text(), "hello");
    // Another port of the same host is none that is listed.
    let tcp = agent.tunnel("db.good.test:443").await;
    let name = ServerName::try_from("db.good.test").unwrap();
    assert!(TlsConnector::from(agent.trust(&[])).connect(name, tcp).await.is_err());
}

#[tokio::test]
async fn what_is_passed_through_is_judged_before() {
    let gate = passing(Upstream::plain().await).await;
    let agent = gate.agent().await;
    let refused = |answer: &str, code: &str| {
        answer.starts_with("HTTP/1.1 403 ")
            && answer.contains(&format!("\"error\":\"{code}\""))
            && answer.contains("x-onecli-request-id: ")
    };
    gate.mode(PolicyMode::Deny).await;
    let answer = connect(&agent, "db.good.test:5432").await;
    assert!(refused(&answer, "blocked_by_default_policy"), "{answer}");
    // Nobody can say whether only that path is asked for.
    gate.rule(Action::Allow, "db.good.test", Some("/v1/*"), None).await;
    let answer = connect(&agent, "db.good.test:5432").await;
    assert!(refused(&answer, "blocked_by_default_policy"), "{answer}");
    gate.rule(Action::Allow, "db.good.test", None, None).await;
    drop(agent.tunnel("db.good.test:5432").await);
    gate.rule(Action::Block, "db.good.test", Some("/admin"), Some(onecli_domain::method::Method::Delete))
        .await;
    let answer = connect(&agent, "db.good.test:5432").await;
    assert!(refused(&answer, "blocked_by_policy"), "{answer}");
    assert_eq!(gate.upstream.connections(), 1);

    let gate = Gate::with(Upstream::plain().await, |config| {
        config.tunnel_hosts = vec![HostPattern::read("127.0.0.1").unwrap()];
        config.connect_to.clear();
    })
    .await;
    let answer = connect(&gate.agent().await, &gate.upstream.address.to_string()).await;
    assert!(refused(&answer, "destination_not_allowed"), "{answer}");
    assert_eq!(gate.upstream.connections(), 0);
}

#[tokio::test]
async fn what_is_passed_through_and_can_t_be_reached_is_told() {
    let gate = Gate::with(Upstream::plain().await, |config| {
        config.tunnel_hosts = vec![HostPattern::read("*.invalid").unwrap()];
        config.connect_to.clear();
    })
    .await;
    let answer = connect(&gate.agent().await, "db.nowhere.invalid:5432").await;
    assert!(answer.starts_with("HTTP/1.1 502 ") && answer.contains("\"detail\":\"dns\""), "{answer}");
    assert!(
        gate.agent()
            .await
            .raw_plain(b"CONNECT db.nowhere.invalid:5432 HTTP/1.1\r\nHost: db.nowhere.invalid:5432\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 407 ")
    );
}

#[tokio::test]
async fn a_connect_without_a_whole_authority_is_refused() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    for authority in [
        "api.good.test",
        "api.good.test:",
        "api.good.test:0",
        "api.good.test:65536",
        "api.good.test:https",
        ":443",
        "/x",
    ] {
        let answer = connect(&agent, authority).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{authority}: {answer}");
        assert!(answer.contains("\"bad_request\""), "{authority}: {answer}");
    }
    // What is no target at all gets no further than the parser.
    assert!(connect(&agent, "[::1:443").await.starts_with("HTTP/1.1 400 "));
    assert_eq!(gate.upstream.connections(), 0);
}

/// The proxy's own port over HTTP/2.
async fn proxy_http2(agent: &Agent) -> http2::SendRequest<Script> {
    let (send, conn) =
        http2::handshake(TokioExecutor::new(), TokioIo::new(agent.connect().await)).await.unwrap();
    tokio::spawn(conn);
    send
}

async fn connect_http2(
    send: &mut http2::SendRequest<Script>,
    authority: &str,
    credentials: Option<&str>,
) -> Response<Incoming> {
    let mut request = Request::builder().method(Method::CONNECT).uri(authority);
    if let Some(credentials) = credentials {
        request = request.header("proxy-authorization", credentials);
    }
    send.ready().await.unwrap();
    send.send_request(request.body(Script::whole("")).unwrap()).await.unwrap()
}

#[tokio::test]
async fn tunnels_are_opened_over_http2_too() {
    let gate = Gate::start().await;
    gate.header_secret("a.good.test", "x-key", "{value}", "s3cret-value").await;
    let agent = gate.agent().await;
    let mut send = proxy_http2(&agent).await;
    let auth = agent.proxy_authorization();
    let refused = connect_http2(&mut send, "a.good.test:443", None).await;
    assert_eq!(refused.status(), StatusCode::PROXY_AUTHENTICATION_REQUIRED);
    assert_eq!(refused.headers()["proxy-authenticate"], "Basic realm=\"OneCLI\"");

    // Two tunnels side by side on one connection, each its own.
    for (host, alpn, key) in [("a.good.test", "h2", Some("s3cret-value")), ("b.good.test", "http/1.1", None)]
    {
        let response = connect_http2(&mut send, &format!("{host}:443"), Some(&auth)).await;
        assert_eq!(response.status(), StatusCode::OK);
        let io = TokioIo::new(hyper::upgrade::on(response).await.unwrap());
        let name = ServerName::try_from(host).unwrap();
        let tls = TlsConnector::from(agent.trust(&[alpn])).connect(name, io).await.unwrap();
        let mut kept = Agent::within(tls, &format!("{host}:443")).await;
        assert_eq!(kept.is_http2(), alpn == "h2");
        assert_eq!(kept.get("/x").await.text(), "hello");
        let seen = gate.upstream.seen();
        let seen = seen.last().unwrap();
        assert_eq!(
            (&*seen.authority, seen.header("x-key"), seen.header("proxy-authorization")),
            (host, key, None)
        );
    }
}

#[tokio::test]
async fn whole_urls_over_http2_are_forwarded_and_need_a_token() {
    let gate = Gate::before(Upstream::plain().await).await;
    let agent = gate.agent().await;
    let mut send = proxy_http2(&agent).await;
    for (credentials, status) in [(None, 407), (Some(agent.proxy_authorization()), 200)] {
        let mut request = Request::get("http://api.good.test/x");
        if let Some(credentials) = credentials {
            request = request.header("proxy-authorization", credentials);
        }
        send.ready().await.unwrap();
        let response = send.send_request(request.body(Script::whole("")).unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), status);
    }
    assert_eq!(gate.upstream.only().header("proxy-authorization"), None);
}

#[tokio::test]
async fn health_is_told_to_anybody_and_other_origin_forms_are_not_served() {
    let gate = Gate::with(Upstream::tls().await, |config| config.version = "1.2.3".into()).await;
    let agent = gate.agent().await;
    let own = async |start: &str| {
        agent
            .raw_plain(format!("{start} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())
            .await
    };
    let health = own("GET /healthz").await;
    let (head, body) = health.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("content-type: application/json"), "{head}");
    let body: serde_json::Value = serde_json::from_str(body).unwrap();
    assert_eq!(body, serde_json::json!({"status": "ok", "version": "1.2.3"}));
    for start in [
        "GET /",
        "GET /healthz/x",
        "POST /healthz",
        "GET //healthz",
        "GET /v1/agents",
        "OPTIONS *",
        "GET /proxy.pac",
    ] {
        let answer = own(start).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 400 "), "{start}: {answer}");
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!(body["error"], "bad_request", "{start}");
    }
}
