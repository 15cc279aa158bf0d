//! An upstream's own 401 and 403: explained where the agent had nothing to show, untouched everywhere else.

use bytes::Bytes;
use http::header::{HeaderMap, HeaderValue, WWW_AUTHENTICATE};
use http::{Method, Request, Response, StatusCode};
use onecli_domain::agent::SecretMode;
use onecli_testkit::agent::Kept;
use onecli_testkit::{Gate, Reply, Script, Upstream};

const AUTHORITY: &str = "api.good.test:443";
const OWN_TEXT: &str = "who are you?";

/// Answers from now on with a status, headers, and a body of text.
fn refuse(gate: &Gate, status: u16, headers: &[(&'static str, &'static str)], body: impl Into<Bytes>) {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
        .collect();
    let body = body.into();
    gate.upstream.answer(move |_| {
        let mut response = Response::new(Script::whole(body.clone()));
        *response.status_mut() = StatusCode::from_u16(status).unwrap();
        response.headers_mut().extend(headers.clone());
        response
    });
}

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

fn is_untouched(reply: &Reply, status: u16, body: &[u8]) -> bool {
    (reply.status.as_u16(), &reply.body[..]) == (status, body)
        && !reply.headers.contains_key("x-onecli-request-id")
        && !reply.headers.contains_key("x-should-retry")
}

#[tokio::test]
async fn an_agent_without_a_credential_is_told_what_to_ask_for() {
    for (gate, mut kept) in roads().await {
        for (status, challenge) in [(401, "Basic realm=\"x\""), (401, "Bearer"), (403, "")] {
            let headers = [
                ("www-authenticate", challenge),
                ("content-type", "text/plain"),
                ("set-cookie", "a=1"),
                ("x-own", "1"),
                ("etag", "\"x\""),
            ];
            refuse(&gate, status, &headers[usize::from(challenge.is_empty())..], OWN_TEXT);
            let reply = kept.get("/v1/things?key=").await;
            assert_eq!((reply.status.as_u16(), &*reply.error()), (status, "credential_not_found"));
            let own = reply.headers.get(WWW_AUTHENTICATE).map(|value| value.to_str().unwrap());
            assert_eq!(own.unwrap_or_default(), challenge);
            assert_eq!(
                (&reply.headers["x-own"], &reply.headers["set-cookie"]),
                (&"1".parse().unwrap(), &"a=1".parse().unwrap())
            );
            assert_eq!(reply.headers["content-type"], "application/json");
            assert_eq!(reply.headers["x-should-retry"], "false");
            // What described the upstream's body describes no longer what comes.
            assert!(!reply.headers.contains_key("etag"));
            if let Some(length) = reply.headers.get("content-length") {
                assert_eq!(length.to_str().unwrap(), reply.body.len().to_string());
            }
            let body = reply.json();
            assert_eq!((&body["hostname"], &body["path"]), (&"api.good.test".into(), &"/v1/things".into()));
            assert_eq!(body["upstream_body"], OWN_TEXT);
            assert!(body["message"].as_str().unwrap().contains(body["secret_url"].as_str().unwrap()));
            assert!(body["secret_url"].as_str().unwrap().starts_with("http://localhost:10254/secrets/new?"));
            let record = &gate.activity().await[0];
            assert_eq!(reply.headers["x-onecli-request-id"], record.id.to_string());
            assert_eq!((record.status, record.error.as_deref()), (status, Some("credential_not_found")));
        }
    }
}

#[tokio::test]
async fn an_agent_that_may_not_use_the_credential_is_told_so() {
    for http2 in [false, true] {
        let gate = Gate::start().await;
        let secret = gate.header_secret("api.good.test", "x-key", "{value}", "s3cret-value").await;
        let (entry, agent) = gate.agent_named("coder").await;
        gate.app.set_secret_mode(entry.project, entry.id, SecretMode::Selective).await.unwrap();
        refuse(&gate, 403, &[], OWN_TEXT);
        let mut kept = if http2 { agent.open_http2(AUTHORITY).await } else { agent.open(AUTHORITY).await };
        let reply = kept.get("/").await;
        assert_eq!((reply.status.as_u16(), &*reply.error()), (403, "access_restricted"));
        let body = reply.json();
        assert_eq!(body["manage_url"], format!("http://localhost:10254/agents/{}", entry.id));
        assert_eq!((&body["provider"], &body["upstream_body"]), (&"api.good.test".into(), &OWN_TEXT.into()));
        assert_eq!(gate.upstream.only().header("x-key"), None);

        // Given to it, the secret goes out, and what the upstream says to it is the agent's to read.
        gate.app.set_agent_secrets(entry.project, entry.id, &[secret.id]).await.unwrap();
        let reply = kept.get("/").await;
        assert!(is_untouched(&reply, 403, OWN_TEXT.as_bytes()), "{reply:?}");
        assert_eq!(gate.upstream.seen()[1].header("x-key"), Some("s3cret-value"));
    }
}

#[tokio::test]
async fn an_agent_that_showed_something_reads_the_upstream_s_own_words() {
    for (gate, mut kept) in roads().await {
        refuse(&gate, 401, &[("www-authenticate", "Basic realm=\"x\"")], OWN_TEXT);
        for (name, value) in [
            ("authorization", "Bearer mine"),
            ("authorization", "Basic bTptCg=="),
            ("x-api-key", "mine"),
            ("private-token", "mine"),
            ("cookie", "session=1"),
        ] {
            let request = Request::get("/").header(name, value).body(Bytes::new()).unwrap();
            assert!(is_untouched(&kept.send(request).await, 401, OWN_TEXT.as_bytes()), "{name}");
        }
        for query in ["access_token=mine", "a=b&api_key=mine", "key=mine", "X-Amz-Signature=00"] {
            let reply = kept.get(&format!("/?{query}")).await;
            assert!(is_untouched(&reply, 401, OWN_TEXT.as_bytes()), "{query}");
        }
    }
}

#[tokio::test]
async fn challenges_that_programs_answer_by_themselves_are_left_to_them() {
    for (gate, mut kept) in roads().await {
        for challenge in [
            "Bearer realm=\"https://auth.docker.io/token\",service=\"registry.docker.io\"",
            "bearer service=\"x\", realm=\"https://auth.test/token\"",
            "Digest realm=\"x\", nonce=\"y\"",
            "Negotiate",
            "NTLM",
        ] {
            refuse(&gate, 401, &[("www-authenticate", challenge)], OWN_TEXT);
            let reply = kept.get("/").await;
            assert!(is_untouched(&reply, 401, OWN_TEXT.as_bytes()), "{challenge}");
            assert_eq!(reply.headers[WWW_AUTHENTICATE], challenge);
        }
        // One of several is enough, in a header of its own or within one.
        refuse(
            &gate,
            401,
            &[("www-authenticate", "Basic realm=\"x\", Digest realm=\"x\", nonce=\"y\"")],
            OWN_TEXT,
        );
        assert!(is_untouched(&kept.get("/").await, 401, OWN_TEXT.as_bytes()));
    }
}

#[tokio::test]
async fn other_answers_long_ones_and_streams_are_left_alone() {
    for (gate, mut kept) in roads().await {
        for status in [200, 400, 402, 404, 407, 500] {
            refuse(&gate, status, &[], OWN_TEXT);
            let reply = kept.get("/").await;
            assert!(is_untouched(&reply, status, OWN_TEXT.as_bytes()), "{status}");
        }
        refuse(&gate, 401, &[("content-type", "Text/Event-Stream")], OWN_TEXT);
        assert!(is_untouched(&kept.get("/").await, 401, OWN_TEXT.as_bytes()));
        let long = "x".repeat(64 * 1024 + 1);
        refuse(&gate, 401, &[], long.clone());
        assert!(is_untouched(&kept.get("/").await, 401, long.as_bytes()));
        // The same where no length is told beforehand.
        let pieces = long.clone();
        gate.upstream.answer(move |_| {
            let (pen, script) = Script::written();
            for piece in pieces.as_bytes().chunks(1000) {
                pen.write(piece.to_vec());
            }
            let mut response = Response::new(script);
            *response.status_mut() = StatusCode::FORBIDDEN;
            response
        });
        assert!(is_untouched(&kept.get("/").await, 403, long.as_bytes()));
        refuse(&gate, 401, &[], long[1..].to_owned());
        assert_eq!(kept.get("/").await.error(), "credential_not_found");
    }
}

#[tokio::test]
async fn what_is_quoted_of_the_upstream_is_short_and_whole_characters() {
    for (gate, mut kept) in roads().await {
        for text in ["é".repeat(3000), format!("x{}", "é".repeat(3000)), "€".repeat(3000), "🔑".repeat(3000)]
        {
            refuse(&gate, 401, &[], text.clone());
            let body = kept.get("/").await.json();
            let quoted = body["upstream_body"].as_str().unwrap();
            assert!(text.starts_with(quoted) && (2040..=2048).contains(&quoted.len()), "{}", quoted.len());
        }
        // What can't be read as text is not quoted.
        for (headers, body) in
            [(&[][..], &b"\xff\xfe"[..]), (&[("content-encoding", "gzip")], b"\x1f\x8b"), (&[], b"")]
        {
            refuse(&gate, 401, headers, body);
            let reply = kept.get("/").await;
            assert_eq!(reply.json().get("upstream_body"), None);
            assert!(!reply.headers.contains_key("content-encoding"));
        }
    }
}

#[tokio::test]
async fn a_head_request_stays_without_a_body() {
    for (gate, mut kept) in roads().await {
        for status in [401, 403] {
            refuse(&gate, status, &[("x-own", "1")], "");
            let request = Request::builder().method(Method::HEAD).uri("/").body(Bytes::new()).unwrap();
            let reply = kept.send(request).await;
            assert_eq!(
                (reply.status.as_u16(), reply.text(), &reply.headers["x-own"]),
                (status, "", &"1".parse().unwrap())
            );
        }
        refuse(&gate, 200, &[], "well");
        assert_eq!(kept.get("/").await.text(), "well");
    }
}
