//! Errors: their one shape, and their statuses.

use axum::body::Body;
use serde_json::json;

use crate::test_api::{TestApi, request};

#[tokio::test]
async fn an_unknown_route_is_a_json_404_and_a_wrong_method_a_json_405() {
    let api = TestApi::open().await;
    for path in
        ["/v1/nothing", "/api/team/provisions", "/v1", "/nothing", "/v1/agents/x/y/z", "/api/v1/agents"]
    {
        api.call("GET", path, None).await.refused(404);
        api.send(request("POST", path, None)).await.refused(404);
    }
    for (method, path) in
        [("DELETE", "/v1/agents"), ("PUT", "/api/secrets"), ("POST", "/health"), ("PATCH", "/")]
    {
        let reply = api.call(method, path, None).await;
        reply.refused(405);
        assert!(reply.headers.contains_key("allow"), "{method} {path}");
    }
}

#[tokio::test]
async fn a_malformed_body_is_a_400_that_names_the_field() {
    let api = TestApi::open().await;
    let send = async |text: &'static str| {
        let mut request = api.signed("POST", "/v1/agents", None);
        *request.body_mut() = Body::from(text);
        api.send(request).await.refused(400)
    };
    for text in [
        "",
        "{",
        "[]",
        "[\"a\",\"b\"]",
        "null",
        "\"x\"",
        "{\"name\":\"a\",\"identifier\":\"b\"} x",
        "\u{0}",
        "{\"name\":\"a\",}",
    ] {
        assert_eq!(send(text).await, "", "{text:?}");
    }
    assert_eq!(send("{\"identifier\":\"a\"}").await, "name");
    assert_eq!(send("{\"name\":\"a\"}").await, "identifier");
    assert_eq!(send("{\"name\":7,\"identifier\":\"a\"}").await, "name");
    assert_eq!(send("{\"name\":null,\"identifier\":\"a\"}").await, "name");
    assert_eq!(send("{\"name\":\"a\",\"name\":\"b\",\"identifier\":\"a\"}").await, "name");
    assert_eq!(send("{\"name\":\"a\",\"identifier\":\"A\"}").await, "identifier");
    assert_eq!(send("{\"name\":\"\",\"identifier\":\"a\"}").await, "name");
}

#[tokio::test]
async fn unknown_fields_are_ignored_and_the_content_type_does_not_matter() {
    let api = TestApi::open().await;
    let mut request =
        api.signed("POST", "/v1/agents", Some(json!({"name": "a", "identifier": "a", "extra": {}})));
    request.headers_mut().remove("content-type");
    assert_eq!(api.send(request).await.status, 201);
}

#[tokio::test]
async fn a_body_above_a_mebibyte_is_a_413_announced_or_not() {
    let api = TestApi::open().await;
    let long = json!({"name": "a".repeat(1_100_000), "identifier": "a"});
    api.call("POST", "/v1/agents", Some(long.clone())).await.refused(413);
    let mut announced = api.signed("GET", "/v1/agents", None);
    announced.headers_mut().insert("content-length", "1048577".parse().unwrap());
    api.send(announced).await.refused(413);
    let chunks = futures_util::stream::iter(vec![Ok::<_, std::io::Error>(long.to_string())]);
    let mut chunked = api.signed("POST", "/v1/agents", None);
    *chunked.body_mut() = Body::from_stream(chunks);
    api.send(chunked).await.refused(413);
}

#[tokio::test]
async fn an_id_that_is_none_is_not_found() {
    let api = TestApi::open().await;
    for path in [
        "/v1/agents/x",
        "/v1/secrets/%00",
        "/v1/rules/1",
        "/v1/activity/x",
        "/v1/projects/%FF",
        "/v1/agents/é",
    ] {
        let Ok(uri) = path.parse::<http::Uri>() else { continue };
        api.call("GET", &uri.to_string(), None).await.refused(404);
    }
}

#[tokio::test]
async fn a_bad_query_is_a_400_that_names_the_field() {
    let api = TestApi::open().await;
    for (path, field) in [
        ("/v1/agents?limit=0", "limit"),
        ("/v1/agents?limit=201", "limit"),
        ("/v1/secrets?limit=x", "limit"),
        ("/v1/rules?cursor=x", "cursor"),
        ("/v1/activity?limit=-1", "limit"),
        ("/v1/activity?cursor=1", "cursor"),
        ("/v1/activity?agentId=me", "agentId"),
        ("/v1/activity?status=many", "status"),
        ("/v1/activity?verdict=maybe", "verdict"),
        ("/v1/activity?from=yesterday", "from"),
        ("/v1/activity?to=now", "to"),
        ("/v1/activity/export?format=xml", "format"),
        ("/v1/stats?bucket=year", "bucket"),
        ("/v1/stats?from=2000-01-01T00:00:00Z&bucket=minute", "bucket"),
        ("/v1/stats?from=2027-01-01T00:00:00Z&to=2026-01-01T00:00:00Z", "to"),
    ] {
        assert_eq!(api.call("GET", path, None).await.refused(400), field, "{path}");
    }
}

#[tokio::test]
async fn a_database_that_is_gone_is_a_503_and_health_still_answers() {
    let api = TestApi::open().await;
    api.app.shutdown().await;
    api.call("GET", "/v1/agents", None).await.refused(503);
    api.send(request("GET", "/v1/ready", None)).await.refused(503);
    assert_eq!(api.send(request("GET", "/v1/health", None)).await.ok()["status"], "ok");
}
