//! Projects: which one a call means, their names and policy modes.

use serde_json::json;

use crate::test_api::{TestApi, with};

#[tokio::test]
async fn a_project_is_listed_renamed_and_its_mode_set() {
    let api = TestApi::open().await;
    let projects = api.get("/v1/projects").await;
    assert_eq!(projects.as_array().unwrap().len(), 1);
    assert_eq!((&projects[0]["name"], &projects[0]["policyMode"]), (&json!("Default"), &json!("allow")));
    let path = format!("/v1/projects/{}", projects[0]["id"].as_str().unwrap());
    assert_eq!(api.call("PATCH", &path, Some(json!({"name": "Lab"}))).await.ok()["name"], "Lab");
    assert_eq!(api.get(&path).await["name"], "Lab");
    assert_eq!(api.call("PATCH", &path, Some(json!({"name": ""}))).await.refused(400), "name");

    let mode = format!("{path}/policy-mode");
    assert_eq!(api.get(&mode).await, json!({"mode": "allow"}));
    assert_eq!(api.call("PUT", &mode, Some(json!({"mode": "deny"}))).await.ok(), json!({"mode": "deny"}));
    assert_eq!(api.get(&mode).await, json!({"mode": "deny"}));
    assert_eq!(
        api.call("PUT", &mode, Some(json!({"policyMode": "allow"}))).await.ok(),
        json!({"mode": "allow"})
    );
    assert_eq!(api.call("PUT", &mode, Some(json!({"mode": "ask"}))).await.ok(), json!({"mode": "ask"}));
    assert_eq!(api.get(&path).await["policyMode"], "ask");
    assert_eq!(api.call("PUT", &mode, Some(json!({"mode": "maybe"}))).await.refused(400), "mode");
    assert_eq!(api.call("PUT", &mode, Some(json!({}))).await.refused(400), "mode");
}

#[tokio::test]
async fn a_header_picks_the_project_and_an_unknown_one_is_not_found() {
    let api = TestApi::open().await;
    let id = api.get("/v1/projects").await[0]["id"].as_str().unwrap().to_owned();
    for name in ["x-project-id", "x-workspace-id"] {
        for (project, status) in
            [(id.as_str(), 200), ("", 200), ("01890000-0000-7000-8000-000000000000", 404), ("nonsense", 404)]
        {
            let reply = api.send(with(api.signed("GET", "/v1/agents", None), &[(name, project)])).await;
            assert_eq!(reply.status.as_u16(), status, "{name}: {project}");
        }
    }
    let elsewhere = "/v1/projects/01890000-0000-7000-8000-000000000000/policy-mode";
    api.call("GET", elsewhere, None).await.refused(404);
    api.call("PUT", elsewhere, Some(json!({"mode": "deny"}))).await.refused(404);
}
