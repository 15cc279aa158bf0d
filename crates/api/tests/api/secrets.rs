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

#[tokio::test]
async fn a_secret_covers_several_hosts_and_older_clients_see_the_first() {
    let api = TestApi::open().await;
    let body = json!({"name": "Mail", "type": "generic", "value": VALUE, "hostPatterns": ["mail.test", "*.mail.test"],
        "injectionConfig": {"headerName": "x-key", "overrides": [
            {"hostPatterns": ["files.mail.test"], "headerName": "authorization", "valueFormat": "Bearer {value}"}]}});
    let made = api.post("/v1/secrets", body.clone()).await;
    assert_eq!(made["hostPattern"], "mail.test");
    assert_eq!(made["hostPatterns"], body["hostPatterns"]);
    assert_eq!(made["injectionConfig"], body["injectionConfig"]);
    assert_eq!(api.get("/v1/secrets").await, json!([made]));
    let r#as = async |host: &str| {
        let asked = json!({"method": "GET", "url": format!("https://{host}/")});
        api.post("/v1/rules/test", asked).await["secrets"][0]["as"].clone()
    };
    for (host, expected) in [
        ("mail.test", json!("header x-key")),
        ("a.mail.test", json!("header x-key")),
        ("files.mail.test", json!("header authorization")),
        ("other.test", Value::Null),
    ] {
        assert_eq!(r#as(host).await, expected, "{host}");
    }

    let path = format!("/v1/secrets/{}", made["id"].as_str().unwrap());
    let hosts = async || api.get(&path).await["hostPatterns"].clone();
    // What was read may be sent back as it is.
    let same = json!({"hostPattern": "mail.test", "hostPatterns": ["mail.test", "*.mail.test"]});
    assert_eq!(api.call("PATCH", &path, Some(same)).await.ok(), json!({"success": true}));
    let single = json!({"hostPattern": "one.test"});
    assert_eq!(api.call("PATCH", &path, Some(single)).await.ok(), json!({"success": true}));
    assert_eq!(hosts().await, json!(["one.test"]));
    let several = json!({"hostPatterns": ["two.test", "three.test"]});
    assert_eq!(api.call("PATCH", &path, Some(several)).await.ok(), json!({"success": true}));
    assert_eq!(hosts().await, json!(["two.test", "three.test"]));
    for (change, field) in [
        (json!({"hostPattern": "three.test", "hostPatterns": ["two.test", "three.test"]}), "hostPattern"),
        (json!({"hostPattern": "one.test", "hostPatterns": []}), "hostPattern"),
        (json!({"hostPatterns": []}), "hostPatterns"),
        (json!({"hostPatterns": null}), "hostPatterns"),
        (json!({"hostPattern": null}), "hostPattern"),
        (json!({"hostPatterns": "two.test"}), "hostPatterns"),
        (json!({"hostPatterns": ["two.test", "*"]}), "hostPatterns"),
        (json!({"hostPattern": "*.com"}), "hostPattern"),
        (
            json!({"hostPatterns": (0..21).map(|number| format!("{number}.test")).collect::<Vec<_>>()}),
            "hostPatterns",
        ),
    ] {
        assert_eq!(api.call("PATCH", &path, Some(change.clone())).await.refused(400), field, "{change}");
    }
    assert_eq!(hosts().await, json!(["two.test", "three.test"]));
    let none = json!({"name": "Mail", "type": "generic", "value": VALUE});
    assert_eq!(api.call("POST", "/v1/secrets", Some(none)).await.refused(400), "hostPattern");
    let audit = api.get("/v1/audit").await;
    assert_eq!(audit[0]["after"]["hostPatterns"], json!(["two.test", "three.test"]), "{audit}");
}

#[tokio::test]
async fn a_service_names_all_its_hosts_and_how_each_takes_the_key() {
    let api = TestApi::open().await;
    let services = api.get("/v1/services").await;
    let github = services.as_array().unwrap().iter().find(|service| service["id"] == "github").unwrap();
    assert_eq!(github["hostPattern"], "api.github.com");
    let body = json!({"name": "GitHub", "type": github["type"], "value": VALUE, "hostPatterns": github["hostPatterns"],
        "injectionConfig": github["injectionConfig"]});
    let made = api.post("/v1/secrets", body).await;
    assert!(made["hostPatterns"].as_array().unwrap().contains(&json!("github.com")));
    assert_eq!(
        made["injectionConfig"]["overrides"][0]["valueFormat"],
        "Basic {base64:x-access-token:{value}}"
    );
}
