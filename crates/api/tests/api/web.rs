//! What browsers are kept from: rebinding, forged calls, framing, and reading from elsewhere.

use serde_json::json;

use crate::test_api::{TestApi, request, with};

#[tokio::test]
async fn a_foreign_host_is_refused_on_every_route() {
    let api = TestApi::open().await;
    for host in
        ["evil.test", "evil.test:10254", "localhost.evil.test", "127.0.0.1.evil.test", "x@localhost", ""]
    {
        for path in ["/", "/health", "/v1/user", "/nothing", "/sign-in?token=x", "/v1/gateway-url"] {
            let reply = api.send(with(api.signed("GET", path, None), &[("host", host)])).await;
            reply.refused(403);
            assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        }
    }
    let two = with(api.signed("GET", "/v1/user", None), &[("host", "localhost"), ("host", "evil.test")]);
    api.send(two).await.refused(403);
    for host in ["localhost:1", "127.0.0.1", "[::1]:10254", "host.docker.internal:10254", "LOCALHOST"] {
        let reply = api.send(with(api.signed("GET", "/v1/user", None), &[("host", host)])).await;
        assert_eq!(reply.status, 200, "{host}");
    }
}

#[tokio::test]
async fn a_configured_host_is_answered() {
    let api = TestApi::open_with(|config| config.allowed_hosts.push("onecli".into())).await;
    assert_eq!(
        api.send(with(api.signed("GET", "/v1/user", None), &[("host", "onecli:10254")])).await.status,
        200
    );
}

#[tokio::test]
async fn a_cookie_changes_something_only_from_our_own_pages() {
    let api = TestApi::open().await;
    let cookie = api.session().await;
    let ours = ("origin", "http://localhost:10254");
    let change = |headers: &[(&'static str, &str)]| {
        let body = json!({"name": "Ada"});
        with(with(request("PATCH", "/v1/user", Some(body)), &[("cookie", &cookie)]), headers)
    };
    for headers in [
        &[][..],
        &[ours],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "none")],
        &[("x-csrf-token", "")],
        &[("x-csrf-token", "1"), ("sec-fetch-site", "cross-site")],
        &[("x-csrf-token", "1"), ("origin", "https://evil.test")],
        &[("x-csrf-token", "1"), ("origin", "null")],
        &[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:9")],
        &[("x-csrf-token", "1"), ours, ("origin", "https://evil.test")],
    ] {
        api.send(change(headers)).await.refused(403);
    }
    for headers in [
        &[("x-csrf-token", "1")][..],
        &[("sec-fetch-site", "same-origin")],
        &[("x-csrf-token", "1"), ours],
        &[("sec-fetch-site", "same-origin"), ours],
    ] {
        assert_eq!(api.send(change(headers)).await.status, 200, "{headers:?}");
    }
    let read =
        with(request("GET", "/v1/user", None), &[("cookie", &cookie), ("origin", "https://evil.test")]);
    api.send(read).await.refused(403);
}

#[tokio::test]
async fn a_page_of_another_site_changes_nothing_where_sign_in_is_off() {
    let api = TestApi::open_with(|config| config.no_auth = true).await;
    let change = |headers: &[(&'static str, &str)]| {
        with(request("PATCH", "/v1/user", Some(json!({"name": "Ada"}))), headers)
    };
    api.send(change(&[("origin", "https://evil.test")])).await.refused(403);
    api.send(change(&[("sec-fetch-site", "cross-site")])).await.refused(403);
    assert_eq!(api.send(change(&[])).await.status, 200);
}

#[tokio::test]
async fn answers_tell_browsers_to_be_careful() {
    let api = TestApi::open().await;
    for path in ["/", "/docs/api", "/v1/user", "/nothing", "/style.css", "/v1/gateway/ca"] {
        let reply = api.send(with(request("GET", path, None), &[("origin", "https://evil.test")])).await;
        let policy = reply.headers["content-security-policy"].to_str().unwrap();
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(reply.headers["x-content-type-options"], "nosniff");
        assert_eq!(reply.headers["referrer-policy"], "no-referrer");
        assert!(reply.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{path}");
        assert!(!reply.headers.contains_key("strict-transport-security"));
    }
    let ask = with(
        request("OPTIONS", "/v1/user", None),
        &[("origin", "https://evil.test"), ("access-control-request-method", "PATCH")],
    );
    assert!(api.send(ask).await.headers.keys().all(|name| !name.as_str().starts_with("access-control")));
}

#[tokio::test]
async fn https_brings_hsts_and_secure_cookies() {
    let api = TestApi::open_with(|config| config.public_url = "https://one.test".into()).await;
    let link = api.post("/v1/sign-in-links", json!({})).await;
    let path = link["url"].as_str().unwrap().strip_prefix("https://one.test").unwrap().to_owned();
    let reply = api.send(with(request("GET", &path, None), &[("host", "one.test")])).await;
    assert!(reply.headers.contains_key("strict-transport-security"));
    assert!(reply.headers["set-cookie"].to_str().unwrap().contains("; Secure"));
}

#[tokio::test]
async fn doubled_slashes_lead_to_the_same_routes() {
    let api = TestApi::open().await;
    for path in ["//api/agents", "/api//agents", "//v1///agents?limit=5", "//health"] {
        assert_eq!(api.call("GET", path, None).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn the_page_has_a_nonce_of_its_own_each_time_and_its_policy_names_it() {
    let api = TestApi::open().await;
    let mut seen = Vec::new();
    for path in ["/", "/secrets/new?host=api.test", "/"] {
        let page = api.send(with(request("GET", path, None), &[("accept", "text/html")])).await;
        assert_eq!(
            (page.status.as_u16(), &page.headers["cache-control"]),
            (200, &"no-store".parse().unwrap())
        );
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(nonce.len() == 32 && page.text.contains(nonce), "{nonce} {}", page.text);
        assert!(!page.text.contains("__CSP_NONCE__") && !seen.contains(&nonce.to_owned()));
        seen.push(nonce.to_owned());
    }
    let head = api.send(request("HEAD", "/", None)).await;
    assert!(head.text.is_empty() && head.headers["content-length"] != "0");
}

#[tokio::test]
async fn what_the_api_does_not_have_is_not_found_even_for_browsers() {
    let api = TestApi::open().await;
    for path in ["/v1/nothing", "/api/agents/x/y", "/docs/nothing", "/health/x", "/assets/index-old.js"] {
        api.send(with(api.signed("GET", path, None), &[("accept", "text/html")])).await.refused(404);
    }
    api.send(request("GET", "/agents", None)).await.refused(404);
    api.send(with(request("POST", "/agents", None), &[("accept", "text/html")])).await.refused(404);
}
