//! The audit log over the API: who changed what and from where, refusals, pages, checking, exporting.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use serde_json::{Value, json};

use crate::approvals::{hold, pending};
use crate::test_api::{TestApi, request, with};

/// What changes something, with the action that it leaves in the audit log.
const RECORDED: &[(&str, &str)] = &[
    ("createAgent", "agent.create"),
    ("deleteAgent", "agent.remove"),
    ("updateAgent", "agent.update"),
    ("regenerateAgentToken", "agent.regenerate_token"),
    ("resumeAgent", "agent.resume"),
    ("setAgentSecretMode", "agent.set_secret_mode"),
    ("setAgentSecrets", "agent.set_secrets"),
    ("setDefaultAgent", "agent.set_default"),
    ("suspendAgent", "agent.suspend"),
    ("updateSettings", "settings.update"),
    ("createApiKey", "api_key.create"),
    ("deleteApiKey", "api_key.remove"),
    ("decideApproval", "approval.approve"),
    ("revokeGrant", "grant.revoke"),
    ("rotateKeys", "keys.rotate"),
    ("updateProject", "project.update"),
    ("setPolicyMode", "project.set_policy_mode"),
    ("createRule", "rule.create"),
    ("importRules", "rules.import"),
    ("deleteRule", "rule.remove"),
    ("updateRule", "rule.update"),
    ("createSecret", "secret.create"),
    ("deleteSecret", "secret.remove"),
    ("updateSecret", "secret.update"),
    ("rotateSecret", "secret.rotate"),
    ("createSignInLink", "sign_in_link.create"),
    ("signOut", "session.sign_out"),
    ("updateUser", "person.update"),
    ("regenerateOwnApiKey", "api_key.create"),
];
/// What is no `GET`, and changes nothing.
const CHANGES_NOTHING: [&str; 3] = ["invalidateCache", "replayRules", "testRules"];

async fn call(api: &TestApi, method: &str, path: &str, body: Value) -> Value {
    let reply = api.call(method, path, Some(body)).await;
    assert!(reply.status.is_success(), "{method} {path}: {} {}", reply.status, reply.text);
    serde_json::from_str(&reply.text).unwrap_or_default()
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn every_route_that_changes_something_leaves_a_record() {
    let document: Value = serde_json::from_str(&onecli_api::openapi_json()).unwrap();
    let described: BTreeSet<&str> = document["paths"]
        .as_object()
        .unwrap()
        .values()
        .flat_map(|item| item.as_object().unwrap())
        .filter(|(method, _)| *method != "get")
        .map(|(_, operation)| operation["operationId"].as_str().unwrap())
        .collect();
    let known = RECORDED.iter().map(|(operation, _)| *operation).chain(CHANGES_NOTHING).collect();
    assert_eq!(described, known, "a new route: does it leave a record of what it changes?");

    let api = TestApi::open().await;
    let held = hold(&api, 1).await;
    let approval = id(&pending(&api, &[]).await["requests"][0]);
    let decision = json!({"decision": "approve", "grant": {"minutes": 5}});
    call(&api, "POST", &format!("/v1/approvals/{approval}/decision"), decision).await;
    held.await.unwrap().unwrap();
    let grant = id(&api.get("/v1/grants").await[0]);
    call(&api, "DELETE", &format!("/v1/grants/{grant}"), json!({})).await;
    let agent = format!("/v1/agents/{}", api.agent("scribe").await);
    let secret = api.secret("mail", "mail.test", "s3cret-value-0123456789").await;
    call(&api, "PATCH", &agent, json!({"name": "Writer"})).await;
    for action in ["suspend", "resume", "regenerate-token"] {
        call(&api, "POST", &format!("{agent}/{action}"), json!({})).await;
    }
    call(&api, "PATCH", &format!("{agent}/secret-mode"), json!({"mode": "selective"})).await;
    call(&api, "PUT", &format!("{agent}/secrets"), json!({"secretIds": [secret]})).await;
    let first = id(&api.get("/v1/agents/default").await);
    call(&api, "POST", &format!("{agent}/set-default"), json!({})).await;
    call(&api, "DELETE", &format!("/v1/agents/{first}"), json!({})).await;
    let secret = format!("/v1/secrets/{secret}");
    call(&api, "PATCH", &secret, json!({"name": "post"})).await;
    call(&api, "POST", &format!("{secret}/rotate"), json!({"value": "an0ther-value-0123456789"})).await;
    call(&api, "DELETE", &secret, json!({})).await;
    let rule = json!({"name": "None", "hostPattern": "mail.test", "action": "block"});
    let made = format!("/v1/rules/{}", id(&api.post("/v1/rules", rule.clone()).await));
    call(&api, "PATCH", &made, json!({"enabled": false})).await;
    call(&api, "POST", "/v1/rules/import", json!({"rules": [rule]})).await;
    call(&api, "DELETE", &made, json!({})).await;
    let project = format!("/v1/projects/{}", id(&api.get("/v1/projects").await[0]));
    call(&api, "PATCH", &project, json!({"name": "Mine"})).await;
    call(&api, "PUT", &format!("{project}/policy-mode"), json!({"mode": "deny"})).await;
    let key = id(&api.post("/v1/api-keys", json!({"name": "Laptop"})).await);
    call(&api, "DELETE", &format!("/v1/api-keys/{key}"), json!({})).await;
    call(&api, "POST", "/v1/user/api-key/regenerate", json!({})).await;
    call(&api, "PATCH", "/v1/user", json!({"name": "Somebody"})).await;
    call(&api, "POST", "/v1/keys/rotate", json!({})).await;
    call(&api, "PUT", "/v1/settings", json!({"activityDays": 30})).await;
    let cookie = api.session().await;
    let leaving = with(request("POST", "/v1/sign-out", None), &[("cookie", &cookie), ("x-csrf-token", "1")]);
    api.send(leaving).await.ok();

    let records = api.get("/v1/audit?limit=200").await;
    let actions: BTreeSet<&str> =
        records.as_array().unwrap().iter().map(|record| record["action"].as_str().unwrap()).collect();
    for (operation, action) in RECORDED {
        assert!(actions.contains(action), "{operation}");
    }
    let text = records.to_string();
    for value in ["s3cret-value-0123456789", "an0ther-value-0123456789", "oc_", "•", cookie.as_str()] {
        assert!(!text.contains(value), "{value}");
    }
}

#[tokio::test]
async fn a_record_says_who_by_what_and_from_where() {
    let api = TestApi::open().await;
    let mut by_key = api.signed("POST", "/v1/agents", Some(json!({"name": "A", "identifier": "a"})));
    by_key.extensions_mut().insert(ConnectInfo("192.0.2.7:1".parse::<SocketAddr>().unwrap()));
    api.send(by_key).await.ok();
    let cookie = api.session().await;
    let body = Some(json!({"name": "B", "identifier": "b"}));
    let by_session = with(request("POST", "/v1/agents", body), &[("cookie", &cookie), ("x-csrf-token", "1")]);
    api.send(by_session).await.ok();

    let records = api.get("/v1/audit?action=agent.create").await;

    let [session, key] = records.as_array().unwrap().as_slice() else { panic!("{records}") };
    assert_eq!((&session["by"]["kind"], &session["by"]["name"]), (&json!("session"), &json!(null)));
    assert_eq!((&key["by"]["kind"], &key["by"]["name"]), (&json!("api_key"), &json!("Command line at test")));
    assert_eq!((&key["from"], &session["from"]), (&json!("192.0.2.7"), &json!(null)));
    assert_eq!(key["person"]["name"], "Owner");
    assert_eq!(key["target"]["name"], "A");
    assert_eq!((&key["before"], &key["after"]["identifier"]), (&json!(null), &json!("a")));
    assert_eq!((&key["result"], &key["reason"]), (&json!("done"), &json!(null)));
    assert_eq!(key["hash"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn refusals_are_recorded_and_do_not_fill_the_log() {
    let api = TestApi::open().await;
    let cookie = api.session().await;
    let forged = with(request("POST", "/v1/keys/rotate", None), &[("cookie", &cookie)]);
    api.send(forged).await.refused(403);
    let agent = with(request("GET", "/v1/secrets/x?a=b", None), &[("authorization", "Bearer aoc_x")]);
    api.send(agent).await.refused(401);
    api.send(request("GET", "/sign-in?token=guess", None)).await.refused(401);
    for _ in 0..30 {
        let agent = with(request("GET", "/v1/agents", None), &[("authorization", "Bearer aoc_x")]);
        api.send(agent).await.refused(401);
    }

    let records = api.get("/v1/audit?limit=200").await;

    let refused: Vec<_> =
        records.as_array().unwrap().iter().filter(|record| record["result"] == "refused").collect();
    assert_eq!(refused.len(), 10);
    let told: Vec<_> = refused
        .iter()
        .rev()
        .take(3)
        .map(|record| {
            [&record["action"], &record["target"]["name"], &record["reason"], &record["by"]["kind"]]
        })
        .map(|told| told.map(|text| text.as_str().unwrap_or_default()))
        .collect();
    assert_eq!(
        told,
        [
            ["api.call", "POST /v1/keys", "csrf", "session"],
            ["api.call", "GET /v1/secrets", "agent_token", "agent_token"],
            ["session.sign_in", "", "used_or_expired", "sign_in_link"],
        ]
    );
}

#[tokio::test]
async fn the_log_is_listed_in_pages_checked_and_exported() {
    let api = TestApi::open().await;
    for name in ["a", "b", "c"] {
        api.agent(name).await;
    }
    let page = api.call("GET", "/v1/audit?limit=2", None).await;
    let cursor = page.headers["x-next-cursor"].to_str().unwrap().to_owned();
    assert_eq!(page.ok()[0]["target"]["name"], "c");
    let rest = api.call("GET", &format!("/v1/audit?limit=9&cursor={cursor}"), None).await;
    assert!(!rest.headers.contains_key("x-next-cursor"));
    assert_eq!(rest.ok()[0]["target"]["name"], "a");
    for (query, wrong) in
        [("limit=0", "limit"), ("from=x", "from"), ("cursor=x", "cursor"), ("action=%00", "action")]
    {
        assert_eq!(api.call("GET", &format!("/v1/audit?{query}"), None).await.refused(400), wrong);
    }

    let checked = api.get("/v1/audit/verify").await;
    assert_eq!((&checked["ok"], &checked["records"]), (&json!(true), &json!(4)));
    assert!(checked.get("firstBad").is_none());

    let export = api.call("GET", "/v1/audit/export", None).await;
    assert_eq!(export.headers["content-type"], "application/x-ndjson");
    let lines: Vec<Value> = export.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<_> = lines.iter().map(|line| line["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["checkpoint", "checkpoint", "record", "record", "record", "record"]);
}
