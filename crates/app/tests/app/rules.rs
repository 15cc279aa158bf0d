//! Rules and policy modes: the same answer for a preview and for a request, at once.

use onecli_app::policy::decide::Question;
use onecli_app::policy::rules::{NewRule, RuleChange};
use onecli_domain::project::PolicyMode;
use onecli_domain::rate::{RateLimit, Window};
use onecli_domain::rule::Action;
use onecli_domain::verdict::{Refusal, Verdict};

use crate::ground::{Ground, field};

fn rule(action: Action, host: &str) -> NewRule {
    NewRule {
        name: "No mail".into(),
        host_pattern: host.into(),
        path_pattern: None,
        methods: None,
        agent: None,
        action,
        rate: None,
        approval_timeout: None,
        enabled: true,
        case_insensitive: false,
        conditions: Vec::new(),
    }
}

async fn verdict(ground: &Ground, host: &str) -> &'static str {
    let entry = ground.entry().await;
    let decided = match ground.decide(&entry, host, &[]) {
        Verdict::Allow(_) => "allow",
        Verdict::Count(_) => "rate_limit",
        Verdict::Refuse(Refusal::Blocked { .. }) => "block",
        Verdict::Refuse(Refusal::BlockedByDefault) => "default_deny",
        other @ (Verdict::Refuse(_) | Verdict::Hold(_) | Verdict::ReadBody) => panic!("{other:?}"),
    };
    let agent = Some(entry.id);
    let preview = ground
        .app
        .preview(
            ground.project,
            agent,
            &Question { method: "GET", url: &format!("https://{host}/"), headers: &[], body: None },
        )
        .unwrap();
    assert_eq!(preview.verdict, decided);
    decided
}

#[tokio::test]
async fn a_rule_holds_from_the_next_decision_on_and_no_longer_than_it_is_there() {
    let ground = Ground::start().await;
    assert_eq!(verdict(&ground, "mail.test").await, "allow");
    let made = ground.app.create_rule(ground.project, rule(Action::Block, "mail.test")).await.unwrap();
    assert_eq!(verdict(&ground, "mail.test").await, "block");
    let off = RuleChange { enabled: Some(false), ..RuleChange::default() };
    assert!(!ground.app.update_rule(ground.project, made.id, off).await.unwrap().enabled);
    assert_eq!(verdict(&ground, "mail.test").await, "allow");
    let on = RuleChange { enabled: Some(true), ..RuleChange::default() };
    ground.app.update_rule(ground.project, made.id, on).await.unwrap();
    ground.app.remove_rule(ground.project, made.id).await.unwrap();
    assert_eq!(verdict(&ground, "mail.test").await, "allow");
}

#[tokio::test]
async fn a_project_that_denies_lets_through_what_a_rule_allows() {
    let ground = Ground::start().await;
    let owner = ground.app.owner().await.unwrap();
    ground.app.set_policy_mode(&owner, ground.project, PolicyMode::Deny).await.unwrap();
    assert_eq!(verdict(&ground, "mail.test").await, "default_deny");
    ground.app.create_rule(ground.project, rule(Action::Allow, "mail.test")).await.unwrap();
    assert_eq!(verdict(&ground, "mail.test").await, "allow");
    ground.app.create_rule(ground.project, rule(Action::Block, "*.test")).await.unwrap();
    assert_eq!(verdict(&ground, "mail.test").await, "block");
}

#[tokio::test]
async fn what_cannot_be_a_rule_is_refused_by_field_and_changes_nothing() {
    let ground = Ground::start().await;
    let create = |new| ground.app.create_rule(ground.project, new);
    assert_eq!(field(create(rule(Action::Block, "https://x")).await), "hostPattern");
    let path = NewRule { path_pattern: Some("no-slash\0".into()), ..rule(Action::Block, "mail.test") };
    assert_eq!(field(create(path).await), "pathPattern");
    assert_eq!(field(create(NewRule { name: " ".into(), ..rule(Action::Block, "*") }).await), "name");
    let nobody = onecli_domain::id::AgentId(ground.project.0);
    assert_eq!(field(create(NewRule { agent: Some(nobody), ..rule(Action::Block, "*") }).await), "agentId");
    assert!(ground.app.list_rules(ground.project).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_rate_limit_has_a_rate_and_nothing_else_has_one() {
    let ground = Ground::start().await;
    let rate = Some(RateLimit { limit: 2, window: Window::Hour });
    let limited = NewRule { rate, ..rule(Action::RateLimit, "mail.test") };
    let made = ground.app.create_rule(ground.project, limited).await.unwrap();
    assert_eq!(made.rate, rate);
    assert_eq!(verdict(&ground, "mail.test").await, "rate_limit");

    let change = |change| ground.app.update_rule(ground.project, made.id, change);
    let more = change(RuleChange { rate_limit: Some(5), ..RuleChange::default() }).await.unwrap();
    assert_eq!(more.rate, Some(RateLimit { limit: 5, window: Window::Hour }));
    for (limit, action) in [(Some(0), None), (Some(1_000_001), None), (Some(1), Some(Action::Block))] {
        let refused = change(RuleChange { rate_limit: limit, action, ..RuleChange::default() }).await;
        assert!(refused.is_err(), "{limit:?} {action:?}");
    }
    let other = change(RuleChange { action: Some(Action::Block), ..RuleChange::default() }).await.unwrap();
    assert_eq!((other.action, other.rate), (Action::Block, None));
    assert!(change(RuleChange { action: Some(Action::RateLimit), ..RuleChange::default() }).await.is_err());
}
