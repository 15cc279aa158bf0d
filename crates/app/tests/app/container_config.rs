//! Container configuration and skill: what an agent is told, and that no value is in it.

use onecli_app::vault::secrets::NewSecret;
use onecli_domain::agent::SecretMode;
use onecli_domain::secret::SecretKind;
use onecli_domain::verdict::Verdict;

use crate::ground::{Ground, secret};

#[tokio::test]
async fn placeholders_are_set_for_usable_secrets_alone() {
    let ground = Ground::start().await;
    let config = ground.app.container_config(ground.project, None).await.unwrap().unwrap();
    let view = ground.app.default_agent(ground.project).await.unwrap();
    let proxy = format!("http://x:{}@host.docker.internal:10255", view.token.as_str().unwrap());
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "https_proxy", "http_proxy"] {
        assert_eq!(config.env[name], proxy);
    }
    assert_eq!(config.env["no_proxy"], "localhost,127.0.0.1,::1");
    assert_eq!(config.warnings.len(), 1);
    assert!(!config.env.keys().any(|name| name.ends_with("_API_KEY") || name.ends_with("_TOKEN")));

    for (kind, host, value) in [
        (SecretKind::Anthropic, "api.anthropic.com", "sk-ant-oat01-planted-value"),
        (SecretKind::OpenAi, "api.openai.com", "sk-planted-value-01"),
        (SecretKind::Generic, "api.github.com", "ghp-planted-value-02"),
    ] {
        ground.app.create_secret(ground.project, secret(kind, host, value)).await.unwrap();
    }
    let config = ground.app.container_config(ground.project, Some("default")).await.unwrap().unwrap();
    assert!(config.warnings.is_empty());
    assert!(config.env["CLAUDE_CODE_OAUTH_TOKEN"].starts_with("sk-ant-oat01-"));
    assert!(!config.env.contains_key("ANTHROPIC_API_KEY"));
    assert!(config.env["OPENAI_API_KEY"].starts_with("sk-proj-"));
    assert!(config.env["GITHUB_TOKEN"].starts_with("ghp_"));
    assert_eq!(config.env["GITHUB_TOKEN"], config.env["GH_TOKEN"]);
    let covered: Vec<_> = config.covers.iter().flat_map(|cover| cover.env.clone()).collect();
    assert_eq!(covered, ["CLAUDE_CODE_OAUTH_TOKEN", "OPENAI_API_KEY", "GITHUB_TOKEN", "GH_TOKEN"]);
    let told = format!("{config:?}{}", ground.app.skill(ground.project, None).await.unwrap());
    assert!(!told.contains("planted"));
    assert!(told.contains("- api.github.com (api.github.com key, GitHub)"));

    let agent = ground.default_agent().await;
    ground.app.set_secret_mode(ground.project, agent.id, SecretMode::Selective).await.unwrap();
    let config = ground.app.container_config(ground.project, None).await.unwrap().unwrap();
    assert!(!config.env.contains_key("OPENAI_API_KEY"));
    assert!(config.warnings[0].contains("set-secrets"));
}

#[tokio::test]
async fn a_variable_that_two_secrets_cover_stands_in_where_its_tools_call() {
    let ground = Ground::start().await;
    for (host, value) in [("api.github.com", "first-value"), ("github.com", "second-value")] {
        ground.secret(host, value).await;
    }
    let config = ground.app.container_config(ground.project, None).await.unwrap().unwrap();
    let entry = ground.entry().await;
    let token = config.env["GITHUB_TOKEN"].as_str();
    assert!(matches!(ground.decide(&entry, "api.github.com", &[token]), Verdict::Allow(_)));

    let newer = ground.secret("api.github.com", "third-value").await;
    let config = ground.app.container_config(ground.project, None).await.unwrap().unwrap();
    let newer = ground.app.read_secret(ground.project, newer).await.unwrap();
    assert_eq!(config.env["GITHUB_TOKEN"], newer.placeholder);
}

#[tokio::test]
async fn a_secret_for_several_hosts_is_told_with_all_of_them() {
    let ground = Ground::start().await;
    let hosts = ["github.com", "files.slack.com", "own.test"].map(Into::into).to_vec();
    let new = NewSecret { host_patterns: hosts, ..secret(SecretKind::Generic, "", "planted-value-03") };
    ground.app.create_secret(ground.project, new).await.unwrap();
    let config = ground.app.container_config(ground.project, None).await.unwrap().unwrap();
    assert_eq!(config.covers[0].env, ["GITHUB_TOKEN", "GH_TOKEN", "SLACK_BOT_TOKEN", "SLACK_TOKEN"]);
    assert_eq!(config.env["GH_TOKEN"], config.covers[0].secret.placeholder);
    let skill = ground.app.skill(ground.project, None).await.unwrap();
    assert!(skill.contains("- github.com, files.slack.com, own.test (key, GitHub)"), "{skill}");
}

#[tokio::test]
async fn an_unknown_agent_has_no_configuration() {
    let ground = Ground::start().await;
    for nobody in ["nobody", "nul\0", "NOBODY"] {
        assert!(ground.app.container_config(ground.project, Some(nobody)).await.unwrap().is_none());
    }
}
