//! Rules: what they block never reaches the upstream.

use onecli_domain::project::PolicyMode;
use onecli_domain::rule::Action;
use onecli_testkit::Gate;

#[tokio::test]
async fn a_blocked_request_never_reaches_the_upstream() {
    let gate = Gate::start().await;
    let rule = gate.rule(Action::Block, "api.good.test", Some("/admin/*"), None).await;
    let reply = gate.agent().await.get("https://api.good.test/ok/../admin/x").await;
    assert_eq!((reply.status.as_u16(), reply.error()), (403, "blocked_by_policy".into()));
    assert_eq!(reply.json()["rule_id"], rule.id.to_string());
    assert_eq!(reply.headers["x-should-retry"], "false");
    assert!(gate.upstream.saw_nothing());
    let record = &gate.activity().await[0];
    assert_eq!(reply.headers["x-onecli-request-id"], record.id.to_string());
}

#[tokio::test]
async fn a_project_that_denies_lets_through_what_a_rule_allows() {
    let gate = Gate::start().await;
    gate.mode(PolicyMode::Deny).await;
    let agent = gate.agent().await;
    assert_eq!(agent.get("https://api.good.test/a").await.error(), "blocked_by_default_policy");
    gate.rule(Action::Allow, "api.good.test", Some("/a"), None).await;
    assert_eq!(agent.get("https://api.good.test/a").await.status, 200);
    assert_eq!(agent.get("https://api.good.test/b").await.error(), "blocked_by_default_policy");
}
