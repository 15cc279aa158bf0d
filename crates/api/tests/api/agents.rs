//! Agents, from the first to the last.

use serde_json::{Value, json};

use crate::test_api::TestApi;

#[tokio::test]
async fn an_agent_is_made_shown_renamed_and_removed() {
    let api = TestApi::open().await;
    let reply = api.call("POST", "/v1/agents", Some(json!({"name": "Scribe", "identifier": "scribe"}))).await;
    assert_eq!(reply.status, 201);
    let agent = reply.json();
    for (field, expected) in [
        ("name", json!("Scribe")),
        ("identifier", json!("scribe")),
        ("isDefault", json!(false)),
        ("secretMode", json!("all")),
        ("lastSeenAt", Value::Null),
        ("suspended", json!(false)),
    ] {
        assert_eq!(agent[field], expected, "{field}");
    }
    assert!(agent["accessToken"].as_str().unwrap().starts_with("aoc_"));
    assert!(agent["createdAt"].as_str().unwrap().ends_with('Z'));
    let path = format!("/v1/agents/{}", agent["id"].as_str().unwrap());

    assert_eq!(api.get(&path).await, agent);
    let renamed = api.call("PATCH", &path, Some(json!({"name": "Poet"}))).await;
    assert_eq!(renamed.ok(), json!({"success": true}));
    assert_eq!(api.get(&path).await["name"], "Poet");
    assert_eq!(api.get("/api/agents").await.as_array().unwrap().len(), 2);

    let removed = api.call("DELETE", &path, None).await;
    assert_eq!((removed.status.as_u16(), removed.text.as_str()), (204, ""));
    for method in ["GET", "DELETE"] {
        api.call(method, &path, None).await.refused(404);
    }
    api.call("PATCH", &path, Some(json!({"name": "x"}))).await.refused(404);
}

#[tokio::test]
async fn a_taken_identifier_is_a_conflict_before_anything_else() {
    let api = TestApi::open().await;
    api.agent("scribe").await;
    api.call("POST", "/v1/agents", Some(json!({"name": "", "identifier": "scribe"}))).await.refused(409);
}

#[tokio::test]
async fn the_default_agent_stays_and_another_can_take_its_place() {
    let api = TestApi::open().await;
    let first = api.get("/v1/agents/default").await;
    assert_eq!((&first["identifier"], &first["isDefault"]), (&json!("default"), &json!(true)));
    let old = format!("/v1/agents/{}", first["id"].as_str().unwrap());
    api.call("DELETE", &old, None).await.refused(409);

    let next = api.agent("next").await;
    api.post(&format!("/v1/agents/{next}/set-default"), json!({})).await;
    assert_eq!(api.get("/v1/agents/default").await["identifier"], "next");
    assert_eq!(api.call("DELETE", &old, None).await.status, 204);
}

#[tokio::test]
async fn a_new_token_takes_the_old_ones_place() {
    let api = TestApi::open().await;
    let id = api.agent("scribe").await;
    let before = api.get(&format!("/v1/agents/{id}")).await["accessToken"].clone();
    let reply = api.call("POST", &format!("/api/agents/{id}/regenerate-token"), None).await.ok();
    assert_ne!(reply["accessToken"], before);
    assert_eq!(api.get(&format!("/v1/agents/{id}")).await["accessToken"], reply["accessToken"]);
    let hash = api.app.hash_token(before.as_str().unwrap());
    assert!(api.app.agent(&hash).is_none());
}

#[tokio::test]
async fn an_agent_is_suspended_and_goes_on() {
    let api = TestApi::open().await;
    let id = api.agent("scribe").await;
    for (verb, suspended) in [("suspend", true), ("resume", false)] {
        let reply = api.call("POST", &format!("/v1/agents/{id}/{verb}"), None).await;
        assert_eq!(reply.ok(), json!({"success": true}));
        assert_eq!(api.get(&format!("/v1/agents/{id}")).await["suspended"], suspended);
    }
}

#[tokio::test]
async fn secrets_are_given_and_the_mode_is_set() {
    let api = TestApi::open().await;
    let agent = api.agent("scribe").await;
    let secret = api.secret("mail", "mail.test", "s3cret-value-of-mail").await;
    let path = format!("/v1/agents/{agent}/secrets");
    assert_eq!(api.get(&path).await, json!([]));
    let set = api.call("PUT", &path, Some(json!({"secretIds": [secret]}))).await;
    assert_eq!(set.ok(), json!({"success": true}));
    assert_eq!(api.get(&path).await, json!([secret]));

    let mode = format!("/v1/agents/{agent}/secret-mode");
    assert_eq!(
        api.call("PATCH", &mode, Some(json!({"mode": "selective"}))).await.ok(),
        json!({"success": true})
    );
    assert_eq!(api.get(&format!("/v1/agents/{agent}")).await["secretMode"], "selective");
    assert_eq!(api.call("PATCH", &mode, Some(json!({"mode": "some"}))).await.refused(400), "mode");
    let unknown = json!({"secretIds": ["01890000-0000-7000-8000-000000000000"]});
    assert_eq!(api.call("PUT", &path, Some(unknown)).await.refused(400), "secretIds");
    assert_eq!(api.call("PUT", &path, Some(json!({"secretIds": ["x"]}))).await.refused(400), "secretIds");
    assert_eq!(api.get(&path).await, json!([secret]));
}

#[tokio::test]
async fn an_agent_inherits_its_parents_access() {
    let api = TestApi::open().await;
    let parent = api.agent("parent").await;
    let secret = api.secret("mail", "mail.test", "s3cret-value-of-mail").await;
    api.call("PUT", &format!("/v1/agents/{parent}/secrets"), Some(json!({"secretIds": [secret]}))).await.ok();
    api.call("PATCH", &format!("/v1/agents/{parent}/secret-mode"), Some(json!({"mode": "selective"})))
        .await
        .ok();
    let child = api
        .post("/v1/agents", json!({"name": "c", "identifier": "child", "parentIdentifier": "parent"}))
        .await;
    assert_eq!(child["secretMode"], "selective");
    let secrets = api.get(&format!("/v1/agents/{}/secrets", child["id"].as_str().unwrap())).await;
    assert_eq!(secrets, json!([secret]));
    let orphan = json!({"name": "o", "identifier": "orphan", "parentIdentifier": "nobody"});
    assert_eq!(api.call("POST", "/v1/agents", Some(orphan)).await.refused(400), "parentIdentifier");
}

#[tokio::test]
async fn lists_are_bare_and_whole_unless_a_page_is_asked_for() {
    let api = TestApi::open().await;
    for at in 0..4 {
        api.agent(&format!("agent-{at}")).await;
    }
    let all = api.call("GET", "/v1/agents", None).await;
    assert!(!all.headers.contains_key("x-next-cursor"));
    let all = all.ok();
    let first = api.call("GET", "/v1/agents?limit=3", None).await;
    let cursor = first.headers["x-next-cursor"].to_str().unwrap().to_owned();
    let rest = api.call("GET", &format!("/v1/agents?limit=3&cursor={cursor}"), None).await;
    assert!(!rest.headers.contains_key("x-next-cursor"));
    let paged: Vec<Value> =
        [first.ok(), rest.ok()].iter().flat_map(|page| page.as_array().unwrap().clone()).collect();
    assert_eq!(json!(paged), all);
}
