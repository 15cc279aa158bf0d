//! What agents are started with, and where callers find the gateway.

use std::time::Duration;

use serde_json::json;

use crate::test_api::{CA, TestApi, request, with};

#[tokio::test]
async fn a_container_is_started_with_the_proxy_the_certificate_and_placeholders() {
    let api = TestApi::open().await;
    let bare = api.get("/v1/container-config").await;
    assert!(bare["warnings"][0].as_str().unwrap().contains("secret"));
    assert_eq!(bare["agent"]["identifier"], "default");

    api.agent("scribe").await;
    api.secret("GitHub", "api.github.com", "ghp_a-long-enough-value-wxyz").await;
    let config = api.get("/api/container-config?agent=scribe").await;
    let agents = api.get("/v1/agents").await;
    let token = agents[1]["accessToken"].as_str().unwrap();
    let env = &config["env"];
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"] {
        assert_eq!(env[name], json!(format!("http://x:{token}@host.docker.internal:10255")), "{name}");
    }
    for (name, value) in [
        ("NODE_EXTRA_CA_CERTS", "/tmp/onecli-gateway-ca.pem"),
        ("NODE_USE_ENV_PROXY", "1"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_HTTP_PROXY_AUTHMETHOD", "basic"),
    ] {
        assert_eq!(env[name], value, "{name}");
    }
    assert!(env["GITHUB_TOKEN"].as_str().unwrap().starts_with("ghp_"));
    assert_eq!(env.get("ANTHROPIC_API_KEY"), None);
    assert_eq!(config["covers"][0]["env"], json!(["GITHUB_TOKEN", "GH_TOKEN"]));
    assert_eq!(config["covers"][0]["hostPatterns"], json!(["api.github.com"]));
    assert_eq!(config["caCertificate"], CA);
    assert_eq!(config["caCertificateContainerPath"], "/tmp/onecli-gateway-ca.pem");
    assert_eq!(config.get("warnings"), None);
}

#[tokio::test]
async fn an_unknown_agent_is_named_in_the_404() {
    let api = TestApi::open().await;
    let reply = api.call("GET", "/v1/container-config?agent=nobody", None).await;
    reply.refused(404);
    let body = reply.json();
    assert_eq!((&body["code"], &body["agentIdentifier"]), (&json!("AGENT_NOT_FOUND"), &json!("nobody")));
}

#[tokio::test]
async fn the_certificate_and_the_skill_are_files() {
    let api = TestApi::open().await;
    let ca = api.call("GET", "/v1/gateway/ca", None).await;
    assert_eq!(
        (ca.headers["content-type"].to_str().unwrap(), ca.text.as_str()),
        ("application/x-pem-file", CA)
    );
    api.secret("GitHub", "api.github.com", "ghp_a-long-enough-value-wxyz").await;
    let skill = api.call("GET", "/v1/skill/gateway?agent_framework=claude", None).await;
    assert!(skill.headers["content-type"].to_str().unwrap().starts_with("text/markdown"));
    assert!(skill.text.contains("api.github.com"), "{}", skill.text);
    assert!(skill.text.contains("Other hosts can be called too"), "{}", skill.text);
    let project = api.get("/v1/projects").await[0]["id"].as_str().unwrap().to_owned();
    let mode = format!("/v1/projects/{project}/policy-mode");
    api.call("PUT", &mode, Some(serde_json::json!({"mode": "ask"}))).await.ok();
    let skill = api.call("GET", "/v1/skill/gateway", None).await;
    assert!(skill.text.contains("waits until a person approves it"), "{}", skill.text);
    let stub = api.get("/v1/credential-stubs/codex").await;
    for field in ["agent", "filePath", "content", "permissions"] {
        assert!(stub[field].is_string(), "{field}");
    }
}

#[tokio::test]
async fn the_gateway_url_is_the_one_that_the_caller_used() {
    let api = TestApi::open().await;
    for host in ["127.0.0.1:10254", "host.docker.internal:10254", "192.0.2.7:80", "[::1]:10254"] {
        let reply = api.send(with(request("GET", "/api/gateway-url", None), &[("host", host)])).await;
        assert_eq!(reply.ok(), json!({"url": format!("http://{host}")}));
    }
    let api = TestApi::open_with(|config| config.public_url = "https://one.test".into()).await;
    let reply = api.send(with(request("GET", "/v1/gateway-url", None), &[("host", "one.test")])).await;
    assert_eq!(reply.ok(), json!({"url": "https://one.test"}));
}

#[tokio::test]
async fn what_is_not_there_yet_is_empty() {
    let api = TestApi::open().await;
    for path in ["/v1/apps", "/v1/connections", "/v1/approvals", "/v1/grants"] {
        assert_eq!(api.get(path).await, json!([]), "{path}");
    }
    assert_eq!(api.post("/v1/cache/invalidate", json!({})).await, json!({"success": true}));
    let decision = json!({"decision": "approve"});
    api.call("POST", "/v1/approvals/01890000-0000-7000-8000-000000000000/decision", Some(decision))
        .await
        .refused(404);
}

#[tokio::test]
async fn waiting_for_held_requests_waits_until_the_server_stops() {
    let (stop, stopping) = tokio::sync::watch::channel(false);
    let api = TestApi::open_with(|config| config.stopping = Some(stopping)).await;
    let mut pending = Box::pin(api.get("/v1/approvals/pending?exclude=a,b"));
    // Clients ask again at once: an answer that comes early would make them spin.
    assert!(tokio::time::timeout(Duration::from_millis(500), &mut pending).await.is_err());
    stop.send(true).unwrap();
    assert_eq!(pending.await, json!({"requests": [], "timeoutSeconds": 300}));
}
