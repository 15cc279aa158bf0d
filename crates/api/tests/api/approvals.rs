//! Approvals as people and the published SDK see them: what waits, deciding, history, grants.

use onecli_app::policy::approvals::Details;
use onecli_app::policy::hold::{Ended, Held};
use onecli_domain::hold::{Hold, HoldRule};
use onecli_domain::host::Host;
use onecli_domain::id::{AgentId, RuleId};
use onecli_domain::path::Path;
use onecli_domain::summary::Summary;
use onecli_domain::target::{Scheme, Target};
use serde_json::{Value, json};
use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::test_api::TestApi;

/// Holds a request, as the gateway does.
pub(crate) async fn hold(api: &TestApi, body: u8) -> JoinHandle<Result<Ended, onecli_app::Error>> {
    let agents = api.get("/v1/agents").await;
    let id: AgentId = agents[0]["id"].as_str().unwrap().parse().unwrap();
    let project = api.app.owner().await.unwrap().default_project;
    let app = api.app.clone();
    let agent = app.live().snapshot().agent_by_id(project, id).unwrap().clone();
    tokio::spawn(async move {
        let target = Target {
            scheme: Scheme::Https,
            host: Host::read("mail.test").unwrap(),
            port: 443,
            path: Path::read("/send").unwrap(),
            query: None,
        };
        let rule = RuleId(Uuid::now_v7());
        let hold = Hold {
            rule: Some(HoldRule { id: rule, name: "Ask first".into() }),
            seconds: 300,
            rules: std::iter::once(rule).collect(),
        };
        let details = Details {
            url: "https://mail.test/send".into(),
            matched_path: "/send".into(),
            overrides: Vec::new(),
            body_sha256: hex::encode([body; 32]),
            headers: vec![("x-a".into(), "1".into()), ("x-a".into(), "2".into())],
            body_preview: Some("hello".into()),
            summary: Summary { action: "Send email".into(), details: Vec::new() },
        };
        let held =
            Held { agent: &agent, hold: &hold, method: "POST", target: &target, body_bytes: 5, details };
        let slot = app.take_hold_slot(agent.id).unwrap();
        app.hold(&slot, &held, std::future::pending()).await
    })
}

pub(crate) async fn pending(api: &TestApi, exclude: &[&str]) -> Value {
    api.get(&format!("/v1/approvals/pending?exclude={}", exclude.join(","))).await
}

async fn decide(api: &TestApi, id: &str, body: Value) -> crate::test_api::Reply {
    api.call("POST", &format!("/v1/approvals/{id}/decision"), Some(body)).await
}

#[tokio::test]
async fn a_held_request_is_shown_and_decided_once() {
    let api = TestApi::open().await;
    let waiting = hold(&api, 1).await;
    let shown = pending(&api, &[]).await;
    assert_eq!(shown["timeoutSeconds"], 300);
    let held = &shown["requests"][0];
    let id = held["id"].as_str().unwrap();
    assert_eq!(held["method"], "POST");
    assert_eq!(held["url"], "https://mail.test/send");
    assert_eq!((&held["host"], &held["path"]), (&json!("mail.test"), &json!("/send")));
    assert_eq!(held["headers"], json!({"x-a": "1, 2"}));
    assert_eq!((&held["bodyPreview"], &held["bodySha256"]), (&json!("hello"), &json!("01".repeat(32))));
    assert_eq!(held["summary"], json!({"action": "Send email", "details": []}));
    assert_eq!(held["agent"]["externalId"], "default");
    assert_eq!(held["rule"]["name"], "Ask first");
    assert!(held["createdAt"].is_string() && held["expiresAt"].is_string() && held["projectId"].is_string());

    decide(&api, id, json!({"decision": "perhaps"})).await.refused(400);
    decide(&api, &Uuid::now_v7().to_string(), json!({"decision": "deny"})).await.refused(404);
    assert_eq!(decide(&api, id, json!({"decision": "approve"})).await.ok(), json!({"success": true}));
    assert!(matches!(waiting.await.unwrap(), Ok(Ended::Approved(..))));
    decide(&api, id, json!({"decision": "deny"})).await.refused(409);
    let history = api.get("/v1/approvals").await;
    assert_eq!((&history[0]["state"], &history[0]["decidedBy"]), (&json!("approved"), &json!("Owner")));
}

#[tokio::test]
async fn a_late_decision_is_gone() {
    let api = TestApi::open().await;
    let waiting = hold(&api, 1).await;
    let id = pending(&api, &[]).await["requests"][0]["id"].as_str().unwrap().to_owned();
    api.pass(300);
    let late = decide(&api, &id, json!({"decision": "approve"})).await;
    late.refused(410);
    assert_eq!(late.json()["error"], "approval_expired");
    assert_eq!(api.get("/v1/approvals").await[0]["state"], "expired");
    api.app.look_at_holds();
    assert!(matches!(waiting.await.unwrap(), Ok(Ended::Expired(_))));
}

#[tokio::test]
async fn a_caller_who_knows_all_is_told_of_the_next_one_when_it_comes() {
    let api = TestApi::open().await;
    let _one = hold(&api, 1).await;
    let first = pending(&api, &[]).await["requests"][0]["id"].as_str().unwrap().to_owned();
    // Whichever is first, the word or the one who waits for it, none is missed.
    let known = [first.as_str(), "no-id"];
    let (new, _two) = tokio::join!(pending(&api, &known), hold(&api, 2));
    assert_eq!(new["requests"].as_array().unwrap().len(), 1);
    assert_ne!(new["requests"][0]["id"], first);
    let all = pending(&api, &[]).await;
    assert_eq!(all["requests"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_grant_comes_with_an_approval_and_can_be_revoked() {
    let api = TestApi::open().await;
    let _waiting = hold(&api, 1).await;
    let id = pending(&api, &[]).await["requests"][0]["id"].as_str().unwrap().to_owned();
    for (grant, field) in [
        (json!({}), "grant"),
        (json!({"minutes": 0}), "grant.minutes"),
        (json!({"requests": 0}), "grant.requests"),
        (json!({"minutes": 5, "pathPattern": "elsewhere"}), "grant.pathPattern"),
        (json!({"minutes": 5, "pathPattern": "/elsewhere/*"}), "grant.pathPattern"),
    ] {
        let body = json!({"decision": "approve", "grant": grant});
        assert_eq!(decide(&api, &id, body).await.refused(400), field);
    }
    let deny = json!({"decision": "deny", "grant": {"minutes": 5}});
    assert_eq!(decide(&api, &id, deny).await.refused(400), "grant");
    let grant =
        json!({"decision": "approve", "grant": {"minutes": 5, "requests": 2, "pathPattern": "/send*"}});
    decide(&api, &id, grant).await.ok();
    let grants = api.get("/v1/grants").await;
    let given = &grants[0];
    assert_eq!((&given["requestsLeft"], &given["pathPattern"]), (&json!(2), &json!("/send*")));
    assert_eq!((&given["method"], &given["host"]), (&json!("POST"), &json!("mail.test")));
    assert!(given["expiresAt"].is_string());
    let path = format!("/v1/grants/{}", given["id"].as_str().unwrap());
    assert_eq!(api.call("DELETE", &path, None).await.status, 204);
    api.call("DELETE", &path, None).await.refused(404);
    assert_eq!(api.get("/v1/grants").await, json!([]));
}

#[tokio::test]
async fn history_comes_in_pages_the_newest_first() {
    let api = TestApi::open().await;
    let mut ids = Vec::new();
    for body in 0..3 {
        let waiting = hold(&api, body).await;
        let id = pending(&api, &[]).await["requests"][0]["id"].as_str().unwrap().to_owned();
        decide(&api, &id, json!({"decision": "deny", "reason": " no "})).await.ok();
        assert!(matches!(waiting.await.unwrap(), Ok(Ended::Denied(_, Some(reason))) if reason == "no"));
        ids.insert(0, id);
    }
    let first = api.call("GET", "/v1/approvals?limit=2", None).await;
    let cursor = first.headers["x-next-cursor"].to_str().unwrap();
    let rest = api.get(&format!("/v1/approvals?limit=2&cursor={cursor}")).await;
    let seen: Vec<_> = [first.ok(), rest.clone()]
        .iter()
        .flat_map(|page| page.as_array().unwrap().clone())
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(seen, ids);
    assert_eq!(api.get("/v1/approvals?state=denied").await.as_array().unwrap().len(), 3);
    assert_eq!(api.get("/v1/approvals?state=pending,interrupted").await, json!([]));
    assert_eq!(api.call("GET", "/v1/approvals?state=done", None).await.refused(400), "state");
}
