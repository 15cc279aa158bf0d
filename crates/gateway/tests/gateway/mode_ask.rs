//! The policy mode `ask`: what no rule matches waits for a person.

use http::Request;
use onecli_app::policy::approvals::NewGrant;
use onecli_domain::activity::VerdictKind;
use onecli_domain::approval::Decision;
use onecli_domain::condition::{Operator, Part};
use onecli_domain::pattern::HostPattern;
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::Action;
use onecli_testkit::{Agent, Gate, Reply, Upstream};
use tokio::task::JoinHandle;

async fn asking() -> (Gate, Agent) {
    let gate = Gate::start().await;
    gate.mode(PolicyMode::Ask).await;
    let agent = gate.agent().await;
    (gate, agent)
}

fn post(agent: &Agent, path: &str, body: &str) -> JoinHandle<Reply> {
    let (agent, body) = (agent.clone(), body.to_owned().into());
    let url = format!("https://api.good.test{path}");
    tokio::spawn(async move {
        let request = Request::post(url).header("content-type", "application/json");
        agent.send(request.body(body).unwrap()).await
    })
}

/// Denies the request that waits, and takes the agent's answer.
async fn deny(gate: &Gate, waiting: JoinHandle<Reply>) -> Reply {
    gate.decide(gate.held().await.approval.id, Decision::Deny).await.unwrap();
    waiting.await.unwrap()
}

#[tokio::test]
async fn what_no_rule_matches_waits_and_goes_out_once_approved() {
    let (gate, agent) = asking().await;
    gate.header_secret("api.good.test", "x-key", "{value}", "s3cret-value-of-it").await;
    let waiting = post(&agent, "/v1/x", "{}");
    let held = gate.held().await.approval;
    assert_eq!((held.rule, held.rules.as_slice()), (None, &[][..]));
    assert_eq!(held.expires_at.micros() - held.created_at.micros(), 300_000_000);
    assert!(gate.upstream.saw_nothing());
    gate.decide(held.id, Decision::Approve).await.unwrap();
    assert_eq!(waiting.await.unwrap().status, 200);
    assert_eq!(gate.upstream.only().header("x-key"), Some("s3cret-value-of-it"));
    assert_eq!(gate.activity().await[0].verdict, VerdictKind::Allow);
}

#[tokio::test]
async fn a_denied_one_is_told_that_no_rule_matched() {
    let (gate, agent) = asking().await;
    let told = deny(&gate, post(&agent, "/v1/x", "{}")).await;
    assert_eq!((told.status.as_u16(), told.error()), (403, "manual_approval_denied".into()));
    let told = told.json();
    assert!(told["message"].as_str().unwrap().contains("no rule matches it"), "{told}");
    assert_eq!((told.get("rule_name"), told.get("rule_id")), (None, None));
    assert!(gate.upstream.saw_nothing());
    let record = &gate.activity().await[0];
    assert_eq!((record.verdict, record.rules.as_slice()), (VerdictKind::Hold, &[][..]));
}

#[tokio::test]
async fn what_a_rule_matches_does_not_wait() {
    let (gate, agent) = asking().await;
    gate.rule(Action::Allow, "api.good.test", Some("/v1/free"), None).await;
    gate.rule(Action::Block, "api.good.test", Some("/v1/shut"), None).await;
    assert_eq!(post(&agent, "/v1/free", "{}").await.unwrap().status, 200);
    assert_eq!(post(&agent, "/v1/shut", "{}").await.unwrap().error(), "blocked_by_policy");
    assert_eq!(deny(&gate, post(&agent, "/v1/other", "{}")).await.status, 403);
}

#[tokio::test]
async fn what_is_in_doubt_is_not_allowed_by_it() {
    let (gate, agent) = asking().await;
    gate.rule_if(Action::Allow, &[(Part::BodyJson, "/amount", Operator::LessThan, "10")]).await;
    assert_eq!(post(&agent, "/v1/x", r#"{"amount":5}"#).await.unwrap().status, 200);
    for body in [r#"{"amount":50}"#, r#"{"amount":5,"amount":50}"#, "{broken"] {
        assert_eq!(deny(&gate, post(&agent, "/v1/x", body)).await.status, 403, "{body}");
    }
    // A path that can be read in two ways is nothing to ask a person about.
    assert_eq!(post(&agent, "/v1%2Fx", r#"{"amount":5}"#).await.unwrap().error(), "bad_request");
}

#[tokio::test]
async fn a_grant_covers_the_same_method_host_and_path() {
    let (gate, agent) = asking().await;
    let waiting = post(&agent, "/v1/x", "{}");
    let id = gate.held().await.approval.id;
    let grant = NewGrant { minutes: Some(5), path_pattern: Some("/v1/*".into()), ..NewGrant::default() };
    let project = gate.owner.default_project;
    gate.app.decide_approval(&gate.owner, project, id, Decision::Approve, None, Some(&grant)).await.unwrap();
    assert_eq!(waiting.await.unwrap().status, 200);
    assert_eq!(post(&agent, "/v1/y", "{}").await.unwrap().status, 200);
    assert_eq!(deny(&gate, post(&agent, "/v2/y", "{}")).await.status, 403);
    // What a rule holds, nobody granted.
    gate.rule(Action::ManualApproval, "api.good.test", Some("/v1/y"), None).await;
    assert_eq!(deny(&gate, post(&agent, "/v1/y", "{}")).await.status, 403);
    let grants = gate.app.list_approval_grants(project).await.unwrap();
    gate.app.revoke_approval_grant(project, grants[0].id).await.unwrap();
    assert_eq!(deny(&gate, post(&agent, "/v1/x", "{}")).await.status, 403);
}

#[tokio::test]
async fn a_tunnel_that_is_passed_through_waits_too() {
    let gate = Gate::with(Upstream::plain().await, |config| {
        config.tunnel_hosts = vec![HostPattern::read("db.good.test").unwrap()];
    })
    .await;
    gate.mode(PolicyMode::Ask).await;
    let agent = gate.agent().await;
    let connect = b"CONNECT db.good.test:5432 HTTP/1.1\r\nHost: db.good.test:5432\r\n";
    let head = format!(
        "{}Proxy-Authorization: {}\r\n\r\n",
        String::from_utf8_lossy(connect),
        agent.proxy_authorization()
    );
    let waiting = {
        let (agent, head) = (agent.clone(), head.clone());
        tokio::spawn(async move { agent.raw_plain(head.as_bytes()).await })
    };
    let held = gate.held().await.approval;
    assert_eq!((held.rule, held.method.as_str()), (None, "CONNECT"));
    assert_eq!(gate.upstream.connections(), 0);
    gate.decide(held.id, Decision::Deny).await.unwrap();
    assert!(waiting.await.unwrap().starts_with("HTTP/1.1 403 "));
    assert_eq!(gate.upstream.connections(), 0);
    let waiting = {
        let agent = agent.clone();
        tokio::spawn(async move { agent.tunnel("db.good.test:5432").await })
    };
    gate.decide(gate.held().await.approval.id, Decision::Approve).await.unwrap();
    drop(waiting.await.unwrap());
    assert_eq!(gate.upstream.connections(), 1);
}
