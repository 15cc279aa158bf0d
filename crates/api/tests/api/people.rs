//! The caller, API keys, encryption keys and numbers.

use http::header;
use serde_json::{Value, json};

use crate::test_api::{TestApi, request};

#[tokio::test]
async fn the_caller_is_shown_and_renamed() {
    let api = TestApi::open().await;
    let user = api.get("/api/user").await;
    assert_eq!(user["email"], "owner@localhost");
    for field in ["id", "name", "createdAt"] {
        assert!(user[field].is_string(), "{field}");
    }
    assert_eq!(api.call("PATCH", "/v1/user", Some(json!({"name": "Ada"}))).await.ok()["name"], "Ada");
    assert_eq!(api.get("/v1/user").await["name"], "Ada");
    assert_eq!(api.call("PATCH", "/v1/user", Some(json!({"name": " "}))).await.refused(400), "name");
}

#[tokio::test]
async fn an_api_key_is_shown_once_and_stops_working_when_it_is_removed() {
    let api = TestApi::open().await;
    let reply = api.call("POST", "/v1/api-keys", Some(json!({"name": "laptop"}))).await;
    assert_eq!(reply.status, 201);
    let made = reply.json();
    let key = made["apiKey"].as_str().unwrap().to_owned();
    assert!(key.starts_with("oc_"));
    let listed = api.call("GET", "/v1/api-keys", None).await;
    assert!(!listed.text.contains(&key));
    assert_eq!(listed.ok().as_array().unwrap().len(), 2);

    let with_key = || {
        let mut request = request("GET", "/v1/user", None);
        request.headers_mut().insert(header::AUTHORIZATION, format!("bearer {key}").parse().unwrap());
        request
    };
    assert_eq!(api.send(with_key()).await.status, 200);
    let path = format!("/v1/api-keys/{}", made["id"].as_str().unwrap());
    assert_eq!(api.call("DELETE", &path, None).await.status, 204);
    api.send(with_key()).await.refused(401);
    api.call("DELETE", &path, None).await.refused(404);
    assert_eq!(api.call("POST", "/v1/api-keys", Some(json!({"name": ""}))).await.refused(400), "name");
}

#[tokio::test]
async fn ones_own_key_is_given_anew_but_never_shown_again() {
    let api = TestApi::open().await;
    let shown = api.get("/v1/user/api-key").await;
    assert_eq!(shown["apiKey"], Value::Null);
    assert!(shown["preview"].as_str().unwrap().starts_with("oc_"));
    let fresh = api.call("POST", "/api/user/api-key/regenerate", None).await.ok();
    let fresh = fresh["apiKey"].as_str().unwrap();
    assert!(fresh.starts_with("oc_") && fresh != api.key);
    let shown = api.get("/v1/user/api-key").await;
    assert!(shown["preview"].as_str().unwrap().ends_with(&fresh[fresh.len() - 4..]));
}

#[tokio::test]
async fn keys_are_rotated_and_secrets_stay_readable() {
    let api = TestApi::open().await;
    api.secret("Mail", "mail.test", "s3cret-value-of-mail").await;
    let before = api.get("/v1/keys").await;
    assert_eq!((&before["source"], &before["currentVersion"]), (&json!("key file"), &json!(1)));
    let after = api.call("POST", "/v1/keys/rotate", None).await.ok();
    assert_eq!(after["currentVersion"], 2);
    assert_eq!(after["keys"].as_array().unwrap().len(), 2);
    for field in ["version", "createdAt", "rows"] {
        assert!(!after["keys"][0][field].is_null(), "{field}");
    }
}

#[tokio::test]
async fn things_are_counted() {
    let api = TestApi::open().await;
    api.agent("scribe").await;
    api.secret("Mail", "mail.test", "s3cret-value-of-mail").await;
    let counts = api.get("/v1/counts").await;
    assert_eq!((&counts["agents"], &counts["secrets"], &counts["rules"]), (&json!(2), &json!(1), &json!(0)));
}
