//! Injection: what the upstream sees, and the agent never does.

use bytes::Bytes;
use http::Request;
use onecli_domain::secret::{InjectionConfig, SecretKind};
use onecli_testkit::{Gate, Upstream};

#[tokio::test]
async fn a_secret_goes_out_in_its_header_and_the_agent_s_own_value_does_not() {
    let gate = Gate::start().await;
    gate.header_secret("api.good.test", "Authorization", "Bearer {value}", "s3cret-value").await;
    let agent = gate.agent().await;

    let request = Request::get("https://api.good.test/v1/me?a=1").header("authorization", "Bearer mine");
    let reply = agent.send(request.body(Bytes::new()).unwrap()).await;

    assert_eq!((reply.status.as_u16(), reply.text()), (200, "hello"));
    let seen = gate.upstream.only();
    assert_eq!(seen.header("authorization"), Some("Bearer s3cret-value"));
    assert_eq!((seen.path.as_str(), seen.authority.as_str()), ("/v1/me?a=1", "api.good.test"));
    assert_eq!(seen.header("proxy-authorization"), None);
    let records = gate.activity().await;
    assert_eq!((records.len(), records[0].status, records[0].path.as_str()), (1, 200, "/v1/me?a=***"));
}

#[tokio::test]
async fn the_same_holds_over_http2() {
    let gate = Gate::start().await;
    gate.header_secret("api.good.test", "Authorization", "Bearer {value}", "s3cret-value").await;
    let request = Request::post("https://api.good.test/v1/me").body(Bytes::from("body")).unwrap();
    let reply = gate.agent().await.send_http2(request).await;
    assert_eq!(reply.status, 200);
    let seen = gate.upstream.only();
    assert_eq!((seen.header("authorization"), &seen.body[..]), (Some("Bearer s3cret-value"), &b"body"[..]));
    assert_eq!(seen.version, "HTTP/2.0");
}

#[tokio::test]
async fn http1_upstreams_are_reused() {
    let gate = Gate::before(Upstream::tls_http1().await).await;
    let agent = gate.agent().await;
    for _ in 0..3 {
        assert_eq!(agent.get("https://api.good.test/").await.status, 200);
    }
    assert_eq!(gate.upstream.connections(), 1);
}

#[tokio::test]
async fn query_and_path_secrets_replace_what_the_agent_put_there() {
    let gate = Gate::start().await;
    let query = InjectionConfig { param_name: Some("key".into()), ..Default::default() };
    gate.secret(SecretKind::Generic, "maps.good.test", None, query, "a b&c").await;
    let path = InjectionConfig { path_template: Some("/bot{value}/*".into()), ..Default::default() };
    gate.secret(SecretKind::Generic, "api.telegram.org", None, path, "123:abc").await;
    let agent = gate.agent().await;
    agent.get("https://maps.good.test/x?key=1&q=2&%6bey=3").await;
    agent.get("https://api.telegram.org/botFILLER/sendMessage?x=1").await;
    let paths: Vec<_> = gate.upstream.seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/x?key=a%20b%26c&q=2", "/bot123:abc/sendMessage?x=1"]);
}

#[tokio::test]
async fn a_placeholder_is_replaced_at_home_and_refused_elsewhere() {
    let gate = Gate::start().await;
    let secret = gate
        .secret(SecretKind::Generic, "api.good.test", None, InjectionConfig::default(), "s3cret-value")
        .await;
    let agent = gate.agent().await;
    let with = |host: &str| {
        Request::get(format!("https://{host}/"))
            .header("x-key", &secret.placeholder)
            .body(Bytes::new())
            .unwrap()
    };
    assert_eq!(agent.send(with("api.good.test")).await.status, 200);
    assert_eq!(gate.upstream.only().header("x-key"), Some("s3cret-value"));
    let reply = agent.send(with("evil.test")).await;
    assert_eq!((reply.status.as_u16(), reply.error()), (403, "placeholder_misuse".into()));
    assert_eq!(gate.upstream.seen().len(), 1);
    assert_eq!(gate.activity().await[0].alarm.as_deref(), Some("placeholder_misuse"));
}

#[tokio::test]
async fn a_placeholder_in_a_header_that_may_be_reflected_goes_out_as_it_is() {
    let gate = Gate::start().await;
    let secret = gate
        .secret(SecretKind::Generic, "api.good.test", None, InjectionConfig::default(), "s3cret-value")
        .await;
    let text = &secret.placeholder;
    let request = Request::get(format!("https://api.good.test/x?q={text}&access_token={text}"))
        .header("authorization", format!("Bearer {text}"))
        .header("cookie", format!("session={text}"))
        .header("x-request-id", text)
        .header("origin", text)
        .body(Bytes::new())
        .unwrap();
    assert_eq!(gate.agent().await.send(request).await.status, 200);
    let seen = gate.upstream.only();
    assert_eq!(seen.path, format!("/x?q={text}&access_token=s3cret-value"));
    assert_eq!(seen.header("authorization"), Some("Bearer s3cret-value"));
    assert_eq!(seen.header("cookie"), Some("session=s3cret-value"));
    assert_eq!(
        (seen.header("x-request-id"), seen.header("origin")),
        (Some(text.as_str()), Some(text.as_str()))
    );
}

#[tokio::test]
async fn a_placeholder_in_a_header_that_is_replaced_anyway_is_no_misuse() {
    let gate = Gate::start().await;
    let one = gate.header_secret("api.good.test", "Authorization", "Bearer {value}", "first-value").await;
    gate.header_secret("other.good.test", "Authorization", "token {value}", "second-value").await;
    let agent = gate.agent().await;
    let with = |header: &str| {
        let request =
            Request::get("https://other.good.test/").header(header, format!("Bearer {}", one.placeholder));
        request.body(Bytes::new()).unwrap()
    };
    assert_eq!(agent.send(with("authorization")).await.status, 200);
    assert_eq!(gate.upstream.only().header("authorization"), Some("token second-value"));
    assert_eq!(gate.activity().await[0].alarm, None);
    assert_eq!(agent.send(with("cookie")).await.error(), "placeholder_misuse");
    assert_eq!(gate.upstream.seen().len(), 1);
}

#[tokio::test]
async fn one_secret_goes_to_several_hosts() {
    let gate = Gate::start().await;
    gate.header_secret("api.good.test,git.good.test", "Authorization", "Bearer {value}", "s3cret-value")
        .await;
    let agent = gate.agent().await;
    for host in ["api.good.test", "git.good.test", "other.good.test"] {
        assert_eq!(agent.get(&format!("https://{host}/")).await.status, 200);
    }
    let seen: Vec<_> =
        gate.upstream.seen().iter().map(|seen| seen.header("authorization").map(str::to_owned)).collect();
    assert_eq!(seen, [Some("Bearer s3cret-value".into()), Some("Bearer s3cret-value".into()), None]);
}
