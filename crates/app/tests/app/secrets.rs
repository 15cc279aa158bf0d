//! Secrets: what is refused, what is warned of, and which value goes out when.

use onecli_app::vault::credentials::{OpenError, Revision};
use onecli_app::vault::secrets::{NewSecret, SecretChange};
use onecli_domain::agent::SecretMode;
use onecli_domain::secret::{AuthMode, InjectionConfig, SecretKind};
use onecli_domain::verdict::Verdict;

use crate::ground::{Ground, field, secret};

#[tokio::test]
async fn what_cannot_be_a_secret_is_refused_by_field() {
    let ground = Ground::start().await;
    let create = |new| ground.app.create_secret(ground.project, new);
    let generic = |host: &str, value: &str| secret(SecretKind::Generic, host, value);
    for value in ["", "a\nb", "a\rb", "a\0b", "a\u{7f}b", &"v".repeat(10_001)] {
        assert_eq!(field(create(generic("api.good.test", value)).await), "value", "{value:?}");
    }
    for host in ["", "*", "*.com", "*.co.uk", "https://api.good.test", "api.good.test/v1", "a@b", "a b"] {
        assert_eq!(field(create(generic(host, "value")).await), "hostPatterns", "{host:?}");
    }
    let shaped = |config| NewSecret { config, ..generic("api.good.test", "value") };
    for config in [
        InjectionConfig { header_name: Some("x y".into()), ..InjectionConfig::default() },
        InjectionConfig { header_name: Some("host".into()), ..InjectionConfig::default() },
        InjectionConfig { value_format: Some("Bearer {value}".into()), ..InjectionConfig::default() },
        InjectionConfig {
            header_name: Some("x-key".into()),
            value_format: Some("Bearer".into()),
            ..InjectionConfig::default()
        },
    ] {
        assert_eq!(field(create(shaped(config)).await), "injectionConfig");
    }
    assert!(ground.app.list_secrets(ground.project).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_longest_value_is_taken_and_not_shown() {
    let ground = Ground::start().await;
    let created = ground
        .app
        .create_secret(ground.project, secret(SecretKind::OpenAi, "api.openai.com", &"v".repeat(10_000)));
    let created = created.await.unwrap();
    assert_eq!(created.secret.preview, "vvvv••••••••vvvv");
    assert!(created.warning.unwrap().contains("sk-"));
    let short =
        ground.app.create_secret(ground.project, secret(SecretKind::OpenAi, "api.openai.com", "sk-short"));
    assert_eq!(short.await.unwrap().secret.preview, "••••••••");
}

#[tokio::test]
async fn a_change_holds_from_the_next_decision() {
    let ground = Ground::start().await;
    let id = ground.secret("api.good.test", "first-value").await;
    assert_eq!(ground.values("api.good.test").await, ["first-value"]);
    let change = SecretChange {
        value: Some("second-value".to_owned().into()),
        host_patterns: Some(vec!["api.other.test".into()]),
        ..SecretChange::default()
    };
    ground.app.update_secret(ground.project, id, change).await.unwrap();
    assert!(ground.values("api.good.test").await.is_empty());
    assert_eq!(ground.values("api.other.test").await, ["second-value"]);
    ground.app.remove_secret(ground.project, id).await.unwrap();
    assert!(ground.values("api.other.test").await.is_empty());
}

#[tokio::test]
async fn the_old_value_is_a_fallback_while_its_grace_lasts() {
    let ground = Ground::start().await;
    let id = ground.secret("api.good.test", "old-value").await;
    ground.app.rotate_secret(ground.project, id, "new-value".to_owned().into(), Some(60)).await.unwrap();
    assert_eq!(ground.values("api.good.test").await, ["new-value"]);
    let entry = ground.entry().await;
    let permit = ground.permit(&entry, "api.good.test");
    assert!(ground.app.has_previous(&entry, &permit));
    let previous = ground.app.open(&entry, &permit, Revision::Previous).await.unwrap();
    assert_eq!(previous.iter().next().unwrap().value(), b"old-value");
    ground.pass(61);
    assert!(!ground.app.has_previous(&entry, &permit));

    let forever = ground.app.rotate_secret(ground.project, id, "v".to_owned().into(), Some(u32::MAX)).await;
    assert_eq!(field(forever), "graceSeconds");
}

#[tokio::test]
async fn an_anthropic_secret_follows_the_kind_of_its_value() {
    let ground = Ground::start().await;
    let new = secret(SecretKind::Anthropic, "api.anthropic.com", "sk-ant-api03-0123456789");
    let made = ground.app.create_secret(ground.project, new).await.unwrap().secret;
    assert_eq!(made.config.auth_mode, Some(AuthMode::ApiKey));
    assert!(made.placeholder.starts_with("sk-ant-api03-"));
    ground
        .app
        .rotate_secret(ground.project, made.id, "sk-ant-oat01-0123456789".to_owned().into(), Some(60))
        .await
        .unwrap();
    let rotated = ground.app.read_secret(ground.project, made.id).await.unwrap();
    assert_eq!(rotated.config.auth_mode, Some(AuthMode::OAuth));
    assert!(rotated.placeholder.starts_with("sk-ant-oat01-"));
    assert_eq!(rotated.grace_until, None);
}

#[tokio::test]
async fn a_placeholder_has_the_shape_of_its_service_s_keys_and_nothing_of_the_value() {
    let ground = Ground::start().await;
    for (host, value, begins, length) in [
        ("api.github.com", "ghp_Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9Z9", "ghp_", 40),
        ("own.test", "github_pat_Z9Z9Z9Z9Z9Z9Z9Z9", "github_pat_", 93),
        ("api.telegram.org", "a-value-of-no-shape", "", 46),
        ("api.vercel.com", "a-value-of-no-shape", "", 24),
        ("own.test", "a-value-of-no-shape", "", 40),
    ] {
        let made = ground.app.create_secret(ground.project, secret(SecretKind::Generic, host, value)).await;
        let placeholder = made.unwrap().secret.placeholder;
        assert!(placeholder.starts_with(begins) && placeholder.len() == length, "{placeholder}");
        assert!(!placeholder.contains("Z9Z9") && !placeholder.contains("shape"), "{placeholder}");
    }
}

#[tokio::test]
async fn a_placeholder_stays_while_its_secret_is_for_the_same_service() {
    let ground = Ground::start().await;
    let hosts = |all: &[&str]| Some(all.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>());
    let id = ground.secret("api.github.com", "ghp_one").await;
    let placeholder = async || ground.app.read_secret(ground.project, id).await.unwrap().placeholder;
    let first = placeholder().await;
    ground.app.rotate_secret(ground.project, id, "github_pat_two".to_owned().into(), None).await.unwrap();
    let change =
        SecretChange { host_patterns: hosts(&["api.github.com", "github.com"]), ..SecretChange::default() };
    ground.app.update_secret(ground.project, id, change).await.unwrap();
    assert_eq!(placeholder().await, first);

    let change = SecretChange { host_patterns: hosts(&["api.telegram.org"]), ..SecretChange::default() };
    ground.app.update_secret(ground.project, id, change).await.unwrap();
    let telegram = placeholder().await;
    assert!(telegram.split_once(':').is_some_and(|(id, _)| id.len() == 10), "{telegram}");
    // The first one is nobody's any more.
    let entry = ground.entry().await;
    assert!(matches!(ground.decide(&entry, "evil.test", &[&first]), Verdict::Allow(_)));
    assert!(matches!(ground.decide(&entry, "evil.test", &[&telegram]), Verdict::Refuse(_)));
}

#[tokio::test]
async fn a_secret_for_a_known_service_s_hosts_learns_how_each_takes_it_and_forgets_what_it_leaves() {
    let ground = Ground::start().await;
    let config = InjectionConfig {
        header_name: Some("Authorization".into()),
        value_format: Some("Bearer {value}".into()),
        ..InjectionConfig::default()
    };
    let hosts = |all: &[&str]| all.iter().map(|host| (*host).to_owned()).collect::<Vec<_>>();
    let new = NewSecret {
        host_patterns: hosts(&[" api.github.com", "github.com", "API.github.com"]),
        config: config.clone(),
        ..secret(SecretKind::Generic, "", "ghp_one")
    };
    let made = ground.app.create_secret(ground.project, new).await.unwrap().secret;
    assert_eq!(made.host_patterns, ["api.github.com", "github.com"]);
    assert_eq!(made.config.overrides()[0].host_patterns, ["github.com"]);

    let change = SecretChange { host_patterns: Some(hosts(&["api.github.com"])), ..SecretChange::default() };
    ground.app.update_secret(ground.project, made.id, change).await.unwrap();
    assert_eq!(ground.app.read_secret(ground.project, made.id).await.unwrap().config, config);

    let own = InjectionConfig { overrides: Some(Vec::new()), ..config };
    let change = SecretChange {
        host_patterns: Some(hosts(&["api.github.com", "github.com"])),
        config: Some(own.clone()),
        ..SecretChange::default()
    };
    ground.app.update_secret(ground.project, made.id, change).await.unwrap();
    assert_eq!(ground.app.read_secret(ground.project, made.id).await.unwrap().config, own);
}

#[tokio::test]
async fn a_selective_agent_is_served_only_what_was_given_to_it() {
    let ground = Ground::start().await;
    let agent = ground.default_agent().await;
    ground.app.set_secret_mode(ground.project, agent.id, SecretMode::Selective).await.unwrap();
    let created = ground
        .app
        .create_secret(ground.project, secret(SecretKind::OpenAi, "api.openai.com", "sk-0123456789abcdef"));
    let created = created.await.unwrap();
    assert!(created.warning.unwrap().contains("no agent can use it"));
    assert!(ground.values("api.openai.com").await.is_empty());
    ground.app.set_agent_secrets(ground.project, agent.id, &[created.secret.id]).await.unwrap();
    assert_eq!(ground.values("api.openai.com").await, ["sk-0123456789abcdef"]);
    let unknown = onecli_domain::id::SecretId(agent.id.0);
    let refused = ground.app.set_agent_secrets(ground.project, agent.id, &[unknown]).await;
    assert_eq!(field(refused), "secretIds");
    assert_eq!(ground.values("api.openai.com").await, ["sk-0123456789abcdef"]);
}

#[tokio::test]
async fn a_permit_from_before_a_change_opens_nothing() {
    let ground = Ground::start().await;
    let id = ground.secret("api.good.test", "s3cret-value").await;
    let entry = ground.entry().await;
    let permit = ground.permit(&entry, "api.good.test");
    assert!(ground.app.open(&entry, &permit, Revision::Current).await.is_ok());

    ground.app.remove_secret(ground.project, id).await.unwrap();
    let opened = ground.app.open(&entry, &permit, Revision::Current).await;
    assert_eq!(opened.err(), Some(OpenError::Outdated));
}
