//! Refused JSON-RPC calls: answered as such where their body was read, so that a session goes on; the record keeps the verdict.

use bytes::Bytes;
use http::Request;
use onecli_app::policy::rules::NewRule;
use onecli_domain::activity::VerdictKind;
use onecli_domain::approval::Decision;
use onecli_domain::condition::{Condition, Operator, Part};
use onecli_domain::rate::{RateLimit, Window};
use onecli_domain::rule::Action;
use onecli_testkit::{Agent, Gate, Reply, Upstream};
use serde_json::{Value, json};

const URL: &str = "https://api.good.test/mcp";

fn call(id: &Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": { "name": "delete_file", "arguments": {} } })
}

async fn post(agent: &Agent, http2: bool, body: impl Into<Bytes>) -> Reply {
    let request = Request::post(URL)
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .body(body.into())
        .unwrap();
    if http2 { agent.send_http2(request).await } else { agent.send(request).await }
}

/// A rule that concerns one tool.
async fn rule(gate: &Gate, action: Action) {
    let rate = (action == Action::RateLimit).then_some(RateLimit { limit: 1, window: Window::Hour });
    let condition = Condition {
        target: Part::Jsonrpc,
        key: "tool".into(),
        operator: Operator::Equals,
        value: Some("delete_file".into()),
    };
    let new = NewRule {
        name: "no deleting".into(),
        host_pattern: "api.good.test".into(),
        path_pattern: None,
        methods: None,
        agent: None,
        action,
        rate,
        approval_timeout: None,
        enabled: true,
        case_insensitive: false,
        conditions: vec![condition],
    };
    gate.app.create_rule(gate.owner.default_project, new).await.unwrap();
}

/// Whether an answer refuses a call as JSON-RPC does.
fn refuses(answer: &Value, id: &Value, code: &str) {
    assert_eq!((&answer["jsonrpc"], &answer["id"]), (&"2.0".into(), id), "{answer}");
    assert_eq!(answer["error"]["code"], -32_001, "{answer}");
    assert_eq!(answer["error"]["data"]["error"], code, "{answer}");
    assert_eq!(answer["error"]["data"]["message"], answer["error"]["message"]);
    assert!(answer["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
    assert!(answer.get("result").is_none());
}

#[tokio::test]
async fn a_single_call_is_answered_with_its_own_id() {
    let gate = Gate::start().await;
    rule(&gate, Action::Block).await;
    let agent = gate.agent().await;
    for http2 in [false, true] {
        for id in [
            json!(7),
            json!(-1),
            json!("seven"),
            json!(""),
            json!("\u{e9}\"\n"),
            json!(9_007_199_254_740_993_u64),
            json!(1.5),
        ] {
            let reply = post(&agent, http2, call(&id).to_string()).await;
            assert_eq!(reply.status, 200);
            assert_eq!(reply.headers["content-type"], "application/json");
            refuses(&reply.json(), &id, "blocked_by_policy");
            let data = &reply.json()["error"]["data"];
            assert_eq!((&data["rule_name"], &data["path"]), (&"no deleting".into(), &"/mcp".into()));
            let record = &gate.activity().await[0];
            assert_eq!(reply.headers["x-onecli-request-id"], record.id.to_string());
            assert_eq!(
                (record.verdict, record.error.as_deref()),
                (VerdictKind::Block, Some("blocked_by_policy"))
            );
        }
    }
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn a_batch_is_answered_for_each_id() {
    let gate = Gate::start().await;
    rule(&gate, Action::Block).await;
    let agent = gate.agent().await;
    let ping = json!({ "jsonrpc": "2.0", "id": "p", "method": "ping" });
    let notification = json!({ "jsonrpc": "2.0", "method": "notifications/progress" });
    let batch = json!([notification, call(&json!(1)), ping, notification]);
    let answers = post(&agent, false, batch.to_string()).await.json();
    assert_eq!(answers.as_array().unwrap().len(), 2);
    refuses(&answers[0], &json!(1), "blocked_by_policy");
    refuses(&answers[1], &json!("p"), "blocked_by_policy");
    // A batch of one is still one.
    let answers = post(&agent, false, json!([call(&json!(1))]).to_string()).await.json();
    refuses(&answers[0], &json!(1), "blocked_by_policy");
}

#[tokio::test]
async fn what_wants_no_answer_or_is_no_call_gets_the_plain_refusal() {
    let gate = Gate::start().await;
    rule(&gate, Action::Block).await;
    gate.rule_if(Action::Block, &[(Part::Body, "", Operator::Contains, "blocked")]).await;
    let agent = gate.agent().await;
    let mut notification = call(&json!(1));
    notification.as_object_mut().unwrap().remove("id");
    for body in [
        call(&Value::Null).to_string(),
        notification.to_string(),
        json!([notification, call(&Value::Null)]).to_string(),
        json!({ "jsonrpc": "2.0", "id": 1, "result": "blocked" }).to_string(),
        json!({ "jsonrpc": "1.0", "id": 1, "method": "blocked" }).to_string(),
        json!({ "id": 1, "method": "blocked" }).to_string(),
        r#"{"jsonrpc":"2.0","id":1,"method":"blocked""#.into(),
        "blocked".into(),
        "[\"blocked\"]".into(),
    ] {
        let reply = post(&agent, false, body.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.error()), (403, "blocked_by_policy".into()), "{body}");
        assert_eq!(reply.headers["x-should-retry"], "false");
    }
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn a_call_that_is_held_and_denied_or_approved() {
    let gate = Gate::start().await;
    gate.rule(Action::ManualApproval, "api.good.test", None, None).await;
    for decision in [Decision::Deny, Decision::Approve] {
        let agent = gate.agent().await;
        let asking = tokio::spawn(async move { post(&agent, false, call(&json!("h")).to_string()).await });
        let held = gate.held().await.approval.id;
        gate.decide(held, decision).await.unwrap();
        let reply = asking.await.unwrap();
        assert_eq!(reply.status, 200);
        if decision == Decision::Deny {
            refuses(&reply.json(), &json!("h"), "manual_approval_denied");
            assert_eq!(reply.json()["error"]["data"]["approval_id"], held.to_string());
            assert_eq!(gate.activity().await[0].verdict, VerdictKind::Hold);
        } else {
            assert_eq!(gate.upstream.only().body, call(&json!("h")).to_string());
        }
    }
}

#[tokio::test]
async fn a_call_of_an_agent_that_is_suspended_while_it_is_held() {
    let gate = Gate::start().await;
    gate.rule(Action::ManualApproval, "api.good.test", None, None).await;
    let (registered, agent) = gate.agent_named("worker").await;
    let asking = tokio::spawn(async move { post(&agent, false, call(&json!(1)).to_string()).await });
    gate.held().await;
    gate.app.suspend_agent(gate.owner.default_project, registered.id, true).await.unwrap();
    refuses(&asking.await.unwrap().json(), &json!(1), "agent_suspended");
    // Without a token there is no session: that is told as ever.
    gate.app.suspend_agent(gate.owner.default_project, registered.id, false).await.unwrap();
    let (registered, agent) = gate.agent_named("another").await;
    let asking = tokio::spawn(async move { post(&agent, false, call(&json!(1)).to_string()).await });
    gate.held().await;
    gate.app.remove_agent(gate.owner.default_project, registered.id).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 407);
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn a_call_beyond_a_rate_limit() {
    let gate = Gate::start().await;
    rule(&gate, Action::RateLimit).await;
    let agent = gate.agent().await;
    assert_eq!(post(&agent, false, call(&json!(1)).to_string()).await.text(), "hello");
    let reply = post(&agent, false, call(&json!(2)).to_string()).await;
    refuses(&reply.json(), &json!(2), "rate_limited");
    assert!(reply.json()["error"]["data"]["retry_after_secs"].as_u64().unwrap() > 0);
    let record = &gate.activity().await[0];
    assert_eq!((record.verdict, record.error.as_deref()), (VerdictKind::RateLimit, Some("rate_limited")));
    assert_eq!(gate.upstream.seen().len(), 1);
}

#[tokio::test]
async fn a_failure_is_no_answer_to_a_call() {
    let (upstream, peers) = Upstream::by_hand().await;
    peers.answer_all(b"");
    let gate = Gate::before(upstream).await;
    // Its body is read all the same.
    rule(&gate, Action::Allow).await;
    let reply = post(&gate.agent().await, false, call(&json!(1)).to_string()).await;
    assert_eq!((reply.status.as_u16(), reply.error()), (502, "upstream_unreachable".into()));

    let gate = Gate::with(Upstream::tls().await, |config| {
        config.connect_to[0].to_host = Some("127.0.0.9".into());
    })
    .await;
    rule(&gate, Action::Allow).await;
    let reply = post(&gate.agent().await, false, call(&json!(1)).to_string()).await;
    assert_eq!((reply.status.as_u16(), reply.error()), (502, "upstream_unreachable".into()));
}

#[tokio::test]
async fn a_call_whose_body_no_rule_reads_gets_the_plain_refusal() {
    let gate = Gate::start().await;
    gate.rule(Action::Block, "api.good.test", Some("/mcp"), None).await;
    let reply = post(&gate.agent().await, false, call(&json!(1)).to_string()).await;
    assert_eq!((reply.status.as_u16(), reply.error()), (403, "blocked_by_policy".into()));
}

#[tokio::test]
async fn a_short_request_gets_no_long_response() {
    let gate = Gate::start().await;
    rule(&gate, Action::Block).await;
    let agent = gate.agent().await;
    let ping = |id: Value| json!({ "jsonrpc": "2.0", "id": id, "method": "ping" });

    // An id that comes again is answered once.
    let same: Vec<_> = std::iter::once(call(&json!(1))).chain((0..20_000).map(|_| ping(json!(1)))).collect();
    let reply = post(&agent, false, json!(same).to_string()).await;
    assert_eq!((reply.status.as_u16(), reply.json().as_array().unwrap().len()), (200, 1));
    refuses(&reply.json()[0], &json!(1), "blocked_by_policy");

    // Too many calls, and ids that are too long, get the refusal itself.
    let many: Vec<_> = std::iter::once(call(&json!(0))).chain((1..5_000).map(|id| ping(json!(id)))).collect();
    let long = call(&json!("x".repeat(100_000)));
    for body in [json!(many), long] {
        let reply = post(&agent, false, body.to_string()).await;
        assert_eq!((reply.status.as_u16(), reply.error()), (403, "blocked_by_policy".into()));
        assert!(reply.body.len() < 4_096, "{} bytes", reply.body.len());
    }
    assert!(gate.upstream.saw_nothing());
}
