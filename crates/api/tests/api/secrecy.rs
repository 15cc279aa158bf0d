//! Values never come back: not in any answer, in any encoding.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::test_api::TestApi;

const VALUES: [&str; 3] =
    ["first-s3cret/value+of=many", "second-s3cret/value+of=many", "third-s3cret/value+of=many"];

/// What a value looks like in the encodings that are commonly met. Base64 is looked for without its ends, which
/// depend on what stands beside it.
fn forms(value: &str) -> Vec<String> {
    let mut forms = vec![
        value.to_owned(),
        hex::encode(value),
        hex::encode_upper(value),
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string().to_lowercase(),
        value.chars().rev().collect(),
    ];
    for shift in 0..3 {
        for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE_NO_PAD] {
            let text = engine.encode(format!("{}{value}", "x".repeat(shift)));
            forms.push(text[4..text.len() - 4].to_owned());
        }
    }
    forms
}

#[tokio::test]
async fn no_answer_carries_a_secrets_value() {
    let api = TestApi::open().await;
    let mut answers = Vec::new();
    let mut call = async |method: &str, path: &str, body: Option<Value>| {
        let reply = api.call(method, path, body).await;
        answers.push(format!("{method} {path}: {} {:?} {}", reply.status, reply.headers, reply.text));
        serde_json::from_str::<Value>(&reply.text).unwrap_or_default()
    };
    let body = json!({"name": "Mail", "type": "generic", "value": VALUES[0], "hostPattern": "mail.test",
        "injectionConfig": {"headerName": "x-api-key"}});
    let id = call("POST", "/v1/secrets", Some(body)).await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/secrets/{id}");
    call("POST", &format!("{path}/rotate"), Some(json!({"value": VALUES[1], "graceSeconds": 60}))).await;
    call("PATCH", &path, Some(json!({"value": VALUES[2]}))).await;
    // Calls that fail must not repeat what they were given.
    for bad in [
        json!({"name": "Mail", "type": VALUES[0], "value": VALUES[0], "hostPattern": "mail.test"}),
        json!({"name": "Mail", "type": "generic", "value": [VALUES[0]], "hostPattern": "mail.test"}),
        json!({"name": {"x": VALUES[0]}, "type": "generic", "value": VALUES[0], "hostPattern": "mail.test"}),
        json!({"name": "Mail", "type": "generic", "value": format!("{}\n", VALUES[0]), "hostPattern": "*"}),
        json!({"value": VALUES[0]}),
    ] {
        call("POST", "/v1/secrets", Some(bad)).await;
    }
    call("PATCH", &path, Some(json!({"value": {"x": VALUES[1]}}))).await;
    call("POST", &format!("{path}/rotate"), Some(json!({"value": VALUES[1], "graceSeconds": VALUES[1]})))
        .await;
    call("POST", "/v1/rules/test", Some(json!({"url": "https://mail.test/"}))).await;
    let document: Value = serde_json::from_str(&onecli_api::openapi_json()).unwrap();
    for path in document["paths"].as_object().unwrap().keys() {
        if !path.ends_with("/stream") && !path.ends_with("/pending") {
            call("GET", &path.replace("{id}", &id), None).await;
        }
    }
    for page in ["/", "/docs/api", "/v1/activity/export?format=csv", "/v1/skill/gateway"] {
        call("GET", page, None).await;
    }
    assert!(answers.len() > 40);
    for answer in answers {
        for (value, form) in
            VALUES.iter().flat_map(|value| forms(value).into_iter().map(move |form| (value, form)))
        {
            assert!(!answer.contains(&form), "{value} as {form} in {answer}");
        }
    }
}
