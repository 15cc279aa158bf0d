//! What the published Node SDK and Go client send and read.

use serde_json::{Value, json};

use crate::test_api::{TestApi, request, with};

#[tokio::test]
async fn the_sdk_finds_what_it_reads() {
    let api = TestApi::open().await;
    for prefix in ["/v1", "/api"] {
        let identifier = if prefix == "/v1" { "one" } else { "two" };
        let body = json!({"name": "One", "identifier": identifier});
        let made = api.call("POST", &format!("{prefix}/agents"), Some(body.clone())).await;
        assert_eq!(made.status, 201);
        for field in ["id", "name", "identifier", "createdAt"] {
            assert!(made.json()[field].is_string(), "{field}");
        }
        api.call("POST", &format!("{prefix}/agents"), Some(body)).await.refused(409);
        let config = api.get(&format!("{prefix}/container-config?agent={identifier}")).await;
        assert!(config["env"].as_object().unwrap().values().all(Value::is_string));
        assert!(config["caCertificate"].is_string() && config["caCertificateContainerPath"].is_string());
        assert!(!api.call("GET", &format!("{prefix}/skill/gateway"), None).await.text.is_empty());
        api.call("POST", &format!("{prefix}/team/provisions"), Some(json!({}))).await.refused(404);
    }
    let empty_key = with(request("GET", "/v1/gateway-url", None), &[("authorization", "Bearer ")]);
    assert!(api.send(empty_key).await.ok()["url"].is_string());
    for path in ["/health", "/v1/health", "/api/health"] {
        let health = api.send(request("GET", path, None)).await.ok();
        assert_eq!(health["status"], "ok");
        assert!(health["version"].is_string() && health["timestamp"].is_string());
    }
}

#[tokio::test]
async fn the_go_client_finds_what_it_decodes() {
    let api = TestApi::open().await;
    let user = api.get("//api/user").await;
    assert!(["id", "email", "name", "createdAt"].iter().all(|field| user[*field].is_string()));
    let body = json!({"name": "R", "hostPattern": "a.test", "action": "block", "enabled": true});
    let rule = api.post("/api/rules", body).await;
    let path = format!("/api/rules/{}", rule["id"].as_str().unwrap());
    let patched = api.call("PATCH", &path, Some(json!({"name": "S"}))).await.ok();
    for field in ["id", "name", "hostPattern", "action", "createdAt"] {
        assert!(patched[field].is_string(), "{field}");
    }
    assert!(api.get("/api/user/api-key").await.as_object().unwrap().contains_key("apiKey"));
    for list in ["agents", "secrets", "rules", "apps", "connections", "projects"] {
        assert!(api.get(&format!("/api/{list}")).await.is_array(), "{list}");
    }
}
