//! Secrets, from the first to the last.

use serde_json::{Value, json};

use crate::test_api::TestApi;

const VALUE: &str = "abcd-a-long-enough-value-wxyz";

#[tokio::test]
async fn a_secret_is_stored_shown_changed_and_removed() {
    let api = TestApi::open().await;
    let body = json!({"name": "Mail", "type": "generic", "value": VALUE, "hostPattern": "mail.test",
        "pathPattern": "/v1/*", "injectionConfig": {"headerName": "Authorization", "valueFormat": "Bearer {value}"}});
    let reply = api.call("POST", "/v1/secrets", Some(body)).await;
    assert_eq!(reply.status, 201);
    let secret = reply.json();
    for (field, expected) in [
        ("name", json!("Mail")),
        ("type", json!("generic")),
        ("hostPattern", json!("mail.test")),
        ("pathPattern", json!("/v1/*")),
        ("injectionConfig", json!({"headerName": "Authorization", "valueFormat": "Bearer {value}"})),
        ("preview", json!("abcd••••••••wxyz")),
        ("useCount", json!(0)),
        ("lastUsedAt", Value::Null),
        ("health", json!("unused")),
        ("allowPlaintext", json!(false)),
    ] {
        assert_eq!(secret[field], expected, "{field}");
    }
    assert!(secret["typeLabel"].is_string());
    let path = format!("/v1/secrets/{}", secret["id"].as_str().unwrap());
    assert_eq!(api.get(&path).await, secret);

    let change = json!({"hostPattern": "post.test", "pathPattern": null, "injectionConfig": null});
    assert_eq!(api.call("PATCH", &path, Some(change)).await.ok(), json!({"success": true}));
    let changed = api.get(&path).await;
    assert_eq!(changed["hostPattern"], "post.test");
    assert_eq!((&changed["pathPattern"], &changed["injectionConfig"]), (&Value::Null, &Value::Null));
    assert_eq!(changed["name"], "Mail");

    let value = json!({"value": "1234-another-long-value-6789"});
    assert_eq!(api.call("PATCH", &path, Some(value)).await.ok(), json!({"success": true}));
    assert_eq!(api.get(&path).await["preview"], "1234••••••••6789");

    assert_eq!(api.call("DELETE", &path, None).await.status, 204);
    api.call("GET", &path, None).await.refused(404);
    api.call("PATCH", &path, Some(json!({"name": "x"}))).await.refused(404);
    api.call("DELETE", &path, None).await.refused(404);
}

#[tokio::test]
async fn a_rotation_keeps_the_old_value_for_as_long_as_it_is_told_to() {
    let api = TestApi::open().await;
    let id = api.secret("mail", "mail.test", VALUE).await;
    let path = format!("/v1/secrets/{id}");
    let rotate = json!({"value": "1234-another-long-value-6789", "graceSeconds": 60});
    assert_eq!(api.post(&format!("{path}/rotate"), rotate).await, json!({"success": true}));
    let secret = api.get(&path).await;
    assert_eq!(secret["preview"], "1234••••••••6789");
    assert!(secret["graceUntil"].is_string());
    let bad = json!({"value": "1234-another-long-value-6789", "graceSeconds": -1});
    assert_eq!(api.call("POST", &format!("{path}/rotate"), Some(bad)).await.refused(400), "graceSeconds");
    assert_eq!(api.call("POST", &format!("{path}/rotate"), Some(json!({}))).await.refused(400), "value");
}

#[tokio::test]
async fn what_cannot_be_stored_is_refused_with_its_field() {
    let api = TestApi::open().await;
    let good = json!({"name": "Mail", "type": "generic", "value": VALUE, "hostPattern": "mail.test"});
    for (field, value) in [
        ("name", json!("")),
        ("name", json!("x".repeat(256))),
        ("type", json!("password")),
        ("value", json!("")),
        ("value", json!("x".repeat(10_001))),
        ("hostPattern", json!("")),
        ("hostPattern", json!("*")),
        ("hostPattern", json!("*.com")),
        ("pathPattern", json!("no-slash")),
        ("allowPlaintext", json!("yes")),
    ] {
        let mut body = good.clone();
        body[field] = value.clone();
        assert_eq!(api.call("POST", "/v1/secrets", Some(body)).await.refused(400), field, "{value}");
    }
    let mut body = good.clone();
    body["injectionConfig"] = json!({"headerName": "Host"});
    assert!(api.call("POST", "/v1/secrets", Some(body)).await.refused(400).starts_with("injectionConfig"));
    assert_eq!(api.get("/v1/secrets").await, json!([]));
}
