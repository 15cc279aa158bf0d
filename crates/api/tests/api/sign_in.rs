//! Signing in with a link, and out again.

use http::header;
use serde_json::json;

use crate::test_api::{TestApi, request, with};

#[tokio::test]
async fn a_link_signs_in_once_and_only_for_a_minute() {
    let api = TestApi::open().await;
    let link = api.call("POST", "/v1/sign-in-links", None).await.ok();
    assert!(link["expiresAt"].is_string());
    let path = link["url"].as_str().unwrap().strip_prefix("http://localhost:10254").unwrap().to_owned();
    let first = api.send(request("GET", &path, None)).await;
    assert_eq!((first.status.as_u16(), first.headers[header::LOCATION].to_str().unwrap()), (303, "/"));
    let cookie = first.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(
        cookie.starts_with("onecli_session=")
            && cookie.contains("HttpOnly")
            && cookie.contains("SameSite=Lax")
    );
    assert!(!cookie.contains("Secure"));
    let again = api.send(request("GET", &path, None)).await;
    again.refused(401);
    assert!(!again.headers.contains_key(header::SET_COOKIE));

    let late = api.post("/v1/sign-in-links", json!({})).await;
    api.pass(61);
    let path = late["url"].as_str().unwrap().strip_prefix("http://localhost:10254").unwrap().to_owned();
    let page = api.send(with(request("GET", &path, None), &[("accept", "text/html,*/*")])).await;
    assert_eq!(page.status, 401);
    assert!(page.text.contains("onecli open"));
    api.send(request("GET", "/sign-in", None)).await.refused(401);
}

#[tokio::test]
async fn a_link_is_made_only_by_who_is_signed_in() {
    let api = TestApi::open().await;
    api.send(request("POST", "/v1/sign-in-links", None)).await.refused(401);
    let cookie = api.session().await;
    let request =
        with(request("POST", "/v1/sign-in-links", None), &[("cookie", &cookie), ("x-csrf-token", "1")]);
    assert_eq!(api.send(request).await.status, 201);
}

#[tokio::test]
async fn a_session_ends_with_signing_out() {
    let api = TestApi::open().await;
    let cookie = api.session().await;
    let user = || with(request("GET", "/v1/user", None), &[("cookie", &cookie)]);
    assert_eq!(api.send(user()).await.status, 200);
    let out = with(
        request("POST", "/v1/sign-out", None),
        &[("cookie", &cookie), ("sec-fetch-site", "same-origin")],
    );
    let out = api.send(out).await;
    assert!(out.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    api.send(user()).await.refused(401);
}

#[tokio::test]
async fn a_link_goes_on_to_a_path_of_our_own_and_nowhere_else() {
    let api = TestApi::open().await;
    for (next, goes_to) in [
        ("", "/"),
        ("/secrets/new?host=a.test%26b", "/secrets/new?host=a.test%26b"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("/\t/evil.test", "/"),
        ("/%0d%0aset-cookie: x", "/"),
        ("https://evil.test", "/"),
        ("evil", "/"),
    ] {
        let link = api.post("/v1/sign-in-links", json!({})).await;
        let path = link["url"].as_str().unwrap().strip_prefix("http://localhost:10254").unwrap().to_owned();
        let next = percent_encoding::utf8_percent_encode(next, percent_encoding::NON_ALPHANUMERIC);
        let reply = api.send(request("GET", &format!("{path}&next={next}"), None)).await;
        assert_eq!(reply.status, 303);
        assert_eq!(reply.headers[header::LOCATION], goes_to, "{next}");
    }
}

#[tokio::test]
async fn who_is_signed_in_and_comes_back_to_a_used_link_goes_on_too() {
    let api = TestApi::open().await;
    let cookie = api.session().await;
    let used = || request("GET", "/sign-in?token=used&next=/rules", None);
    let reply = api.send(with(used(), &[("cookie", &cookie)])).await;
    assert_eq!((reply.status.as_u16(), reply.headers[header::LOCATION].to_str().unwrap()), (303, "/rules"));
    api.send(used()).await.refused(401);
}

#[tokio::test]
async fn a_session_ends_by_itself() {
    let api = TestApi::open().await;
    let cookie = api.session().await;
    api.pass(15 * 86_400);
    api.send(with(request("GET", "/v1/user", None), &[("cookie", &cookie)])).await.refused(401);
}

#[tokio::test]
async fn guessing_links_is_slowed_down() {
    let api = TestApi::open().await;
    let mut statuses = Vec::new();
    for _ in 0..40 {
        statuses.push(api.send(request("GET", "/sign-in?token=guess", None)).await.status.as_u16());
    }
    assert_eq!((statuses[0], statuses[39]), (401, 429));
    let reply = api.send(request("GET", "/sign-in?token=guess", None)).await;
    reply.refused(429);
    assert!(reply.headers.contains_key(header::RETRY_AFTER));
    // Who has a link gets in all the same.
    api.session().await;
}

#[tokio::test]
async fn a_preview_of_a_link_does_not_use_it_up() {
    let api = TestApi::open().await;
    let link = api.post("/v1/sign-in-links", json!({})).await;
    let path = link["url"].as_str().unwrap().strip_prefix("http://localhost:10254").unwrap().to_owned();
    assert_eq!(api.send(request("HEAD", &path, None)).await.status, 405);
    assert_eq!(api.send(request("GET", &path, None)).await.status, 303);
}

#[tokio::test]
async fn without_sign_in_everybody_is_the_owner_but_a_wrong_key_is_still_wrong() {
    let api = TestApi::open_with(|config| config.no_auth = true).await;
    assert_eq!(api.send(request("GET", "/v1/user", None)).await.ok()["email"], "owner@localhost");
    assert_eq!(
        api.send(with(request("GET", "/v1/agents", None), &[("authorization", "Bearer ")])).await.status,
        200
    );
    let token = api.get("/v1/agents/default").await["accessToken"].as_str().unwrap().to_owned();
    for bearer in
        [format!("Bearer {token}"), "Bearer oc_wrong".into(), "Basic eDp5".into(), "Bearer x".into()]
    {
        api.send(with(request("GET", "/v1/user", None), &[("authorization", &bearer)])).await.refused(401);
    }
}

#[tokio::test]
async fn an_agents_token_opens_nothing() {
    let api = TestApi::open().await;
    let token = api.get("/v1/agents/default").await["accessToken"].as_str().unwrap().to_owned();
    for bearer in [format!("Bearer {token}"), format!("bearer  {token}"), format!("Basic {token}")] {
        for path in ["/v1/user", "/v1/container-config", "/v1/approvals/pending", "/api/secrets"] {
            api.send(with(request("GET", path, None), &[("authorization", &bearer)])).await.refused(401);
        }
    }
    let cookie = format!("onecli_session={token}");
    api.send(with(request("GET", "/v1/user", None), &[("cookie", &cookie)])).await.refused(401);
}
