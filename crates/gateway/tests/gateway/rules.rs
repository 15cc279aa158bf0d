//! Rules: what they block never reaches the upstream.

use bytes::Bytes;
use http::Request;
use onecli_app::policy::rules::NewRule;
use onecli_domain::activity::VerdictKind;
use onecli_domain::condition::{Condition, Operator, Part};
use onecli_domain::project::PolicyMode;
use onecli_domain::rate::{RateLimit, Window};
use onecli_domain::rule::Action;
use onecli_testkit::{Gate, Upstream};

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

async fn limit(gate: &Gate, path: &str, limit: u32) {
    let new = NewRule {
        name: format!("{limit} a day"),
        host_pattern: "api.good.test".into(),
        path_pattern: Some(path.into()),
        methods: None,
        agent: None,
        action: Action::RateLimit,
        rate: Some(RateLimit { limit, window: Window::Day }),
        approval_timeout: None,
        enabled: true,
        case_insensitive: false,
        conditions: Vec::new(),
    };
    gate.app.create_rule(gate.owner.default_project, new).await.unwrap();
}

#[tokio::test]
async fn a_rate_limit_lets_so_many_through_and_tells_when_to_come_again() {
    let gate = Gate::start().await;
    limit(&gate, "/limited/*", 2).await;
    let agent = gate.agent().await;
    let mut tunnel = agent.open("api.good.test:443").await;
    let mut stream = agent.open_http2("api.good.test:443").await;
    assert_eq!(tunnel.get("/limited/a").await.status, 200);
    assert_eq!(stream.get("/limited/b").await.status, 200);
    for reply in [tunnel.get("/limited/c").await, stream.get("/limited/c").await] {
        assert_eq!((reply.status.as_u16(), reply.error()), (429, "rate_limited".into()));
        let body = reply.json();
        assert_eq!(
            (&body["rule_name"], &body["limit"], &body["window"]),
            (&"2 a day".into(), &2.into(), &"day".into())
        );
        let wait = body["retry_after_secs"].as_u64().unwrap();
        assert!((86_000..=86_400).contains(&wait), "{wait}");
        assert_eq!(reply.headers["retry-after"], wait.to_string());
        assert!(!reply.headers.contains_key("x-should-retry"));
    }
    assert_eq!(tunnel.get("/other").await.status, 200);
    assert_eq!(gate.upstream.seen().len(), 3);
    let recorded = gate.activity().await;
    assert_eq!(recorded.iter().filter(|one| one.verdict == VerdictKind::RateLimit).count(), 2);
    assert!(recorded.iter().filter(|one| one.path.starts_with("/limited")).all(|one| one.rules.len() == 1));
}

#[tokio::test]
async fn a_rate_limit_allows_where_the_project_denies_and_a_block_uses_up_nothing() {
    let gate = Gate::start().await;
    gate.mode(PolicyMode::Deny).await;
    limit(&gate, "/limited/*", 1).await;
    let block = gate.rule(Action::Block, "api.good.test", Some("/limited/no"), None).await;
    let agent = gate.agent().await;
    assert_eq!(agent.get("https://api.good.test/limited/no").await.error(), "blocked_by_policy");
    assert_eq!(agent.get("https://api.good.test/elsewhere").await.error(), "blocked_by_default_policy");
    gate.app.remove_rule(gate.owner.default_project, block.id).await.unwrap();
    assert_eq!(agent.get("https://api.good.test/limited/no").await.status, 200);
    assert_eq!(agent.get("https://api.good.test/limited/no").await.error(), "rate_limited");
}

#[tokio::test]
async fn many_at_once_get_exactly_what_there_is() {
    let gate = Gate::start().await;
    limit(&gate, "/*", 10).await;
    let agent = gate.agent().await;
    let mut asking = tokio::task::JoinSet::new();
    for _ in 0..40 {
        let agent = agent.clone();
        asking.spawn(async move { agent.get("https://api.good.test/x").await.status.as_u16() });
    }
    let mut statuses = asking.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![200; 10], vec![429; 30]].concat());
    assert_eq!(gate.upstream.seen().len(), 10);
}

async fn conditional(gate: &Gate, action: Action, condition: Condition) {
    let new = NewRule {
        name: "conditional".into(),
        host_pattern: "api.good.test".into(),
        path_pattern: None,
        methods: None,
        agent: None,
        action,
        rate: None,
        approval_timeout: None,
        enabled: true,
        case_insensitive: false,
        conditions: vec![condition],
    };
    gate.app.create_rule(gate.owner.default_project, new).await.unwrap();
}

#[tokio::test]
async fn a_condition_in_doubt_is_no_way_around() {
    let header = |value: &str| Condition {
        target: Part::Header,
        key: "x-env".into(),
        operator: Operator::Equals,
        value: Some(value.into()),
    };
    let blocking = Gate::start().await;
    conditional(&blocking, Action::Block, header("prod")).await;
    let allowing = Gate::start().await;
    allowing.mode(PolicyMode::Deny).await;
    conditional(&allowing, Action::Allow, header("test")).await;
    for (values, blocked, allowed) in [
        (&["prod"][..], true, false),
        (&["test"], false, true),
        (&["test", "prod"], true, false),
        (&["prod", "test"], true, false),
        (&[], false, false),
    ] {
        let send = async |gate: &Gate| {
            let mut request = Request::get("https://api.good.test/");
            for value in values {
                request = request.header("X-ENV", *value);
            }
            gate.agent().await.send(request.body(Bytes::new()).unwrap()).await.status.as_u16()
        };
        assert_eq!(send(&blocking).await, if blocked { 403 } else { 200 }, "{values:?}");
        assert_eq!(send(&allowing).await, if allowed { 200 } else { 403 }, "{values:?}");
    }
}

#[tokio::test]
async fn agents_are_told_what_their_limits_have_left_where_the_operator_wants_it() {
    let told = Gate::with(Upstream::tls().await, |config| config.rate_limit_headers = true).await;
    let silent = Gate::start().await;
    for gate in [&told, &silent] {
        limit(gate, "/limited/*", 2).await;
    }
    let agent = told.agent().await;
    for (left, status) in [("1", 200), ("0", 200), ("0", 429)] {
        let reply = agent.get("https://api.good.test/limited/a").await;
        assert_eq!(reply.status, status);
        assert_eq!(reply.headers["ratelimit-policy"], "\"2 a day\";q=2;w=86400");
        let said = reply.headers["ratelimit"].to_str().unwrap();
        assert!(said.starts_with(&format!("\"2 a day\";r={left};t=")), "{said}");
    }
    assert!(!agent.get("https://api.good.test/other").await.headers.contains_key("ratelimit"));
    let reply = silent.agent().await.get("https://api.good.test/limited/a").await;
    assert!(!reply.headers.contains_key("ratelimit") && !reply.headers.contains_key("ratelimit-policy"));
}
