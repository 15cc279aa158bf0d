//! What makes a held request the same when it is sent again, and what a person is shown of it: what goes out.

use bytes::Bytes;
use http::Request;
use onecli_domain::approval::{ApprovalState, Decision};
use onecli_domain::condition::{Operator, Part};
use onecli_domain::rule::Action;
use onecli_testkit::{Agent, Gate};

async fn send(agent: &Agent, headers: &[(&str, &str)]) -> onecli_testkit::Reply {
    let mut request = Request::post("https://api.good.test/v1/refunds");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    agent.send(request.body(Bytes::from("amount=5")).unwrap()).await
}

#[tokio::test]
async fn headers_that_give_the_same_bytes_another_meaning_are_asked_about_anew() {
    let gate = Gate::start().await;
    gate.rule(Action::ManualApproval, "api.good.test", None, None).await;
    let agent = gate.agent().await;
    let asking = {
        let agent = agent.clone();
        tokio::spawn(async move { send(&agent, &[("content-type", "text/plain"), ("x-trace", "1")]).await })
    };
    let first = gate.held().await.approval.id;
    gate.stop();
    assert_eq!(asking.await.unwrap().error(), "gateway_restarting");
    gate.decide(first, Decision::Approve).await.unwrap();
    let gate = gate.restart().await;
    let agent = gate.agent().await;
    for headers in [
        &[("content-type", "application/x-www-form-urlencoded")][..],
        &[("content-type", "text/plain"), ("content-encoding", "identity")],
        &[("content-type", "text/plain"), ("x-http-method-override", "DELETE")],
    ] {
        let agent = agent.clone();
        let headers: Vec<_> = headers.to_vec();
        let asking = tokio::spawn(async move { send(&agent, &headers).await });
        let id = gate.held().await.approval.id;
        assert_ne!(id, first);
        gate.decide(id, Decision::Deny).await.unwrap();
        assert_eq!(asking.await.unwrap().status, 403);
    }
    assert!(gate.upstream.saw_nothing());
    // A header that means nothing for the body may change.
    let reply = send(&agent, &[("content-type", "text/plain"), ("x-trace", "2")]).await;
    assert_eq!(reply.status, 200);
    assert_eq!(gate.approval(first).await.state, ApprovalState::Approved);
}

#[tokio::test]
async fn what_does_not_go_out_is_neither_judged_nor_shown() {
    let gate = Gate::start().await;
    gate.rule_if(Action::Block, &[(Part::Header, "x-safe", Operator::NotEquals, "yes")]).await;
    gate.rule(Action::ManualApproval, "api.good.test", Some("/v1/refunds"), None).await;
    let agent = gate.agent().await;
    let hidden = send(&agent, &[("connection", "x-safe"), ("x-safe", "yes")]).await;
    assert_eq!(hidden.error(), "blocked_by_policy");
    let asking = {
        let agent = agent.clone();
        tokio::spawn(async move {
            send(
                &agent,
                &[("connection", "x-gone"), ("x-gone", "1"), ("x-safe", "yes"), ("x-a", "Bearer abc")],
            )
            .await
        })
    };
    let held = gate.held().await;
    let headers = held.details.unwrap().headers;
    let value = |name: &str| headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    assert_eq!((value("x-safe"), value("x-gone"), value("connection")), (Some("yes"), None, None));
    assert_eq!(value("x-a"), Some("***"));
    gate.decide(held.approval.id, Decision::Approve).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 200);
    assert_eq!(gate.upstream.only().header("x-gone"), None);
}

#[tokio::test]
async fn a_token_that_is_replaced_ends_what_waits() {
    let gate = Gate::start().await;
    gate.rule(Action::ManualApproval, "api.good.test", None, None).await;
    let agent = gate.agent().await;
    let asking = tokio::spawn(async move { send(&agent, &[]).await });
    let held = gate.held().await.approval;
    gate.app.regenerate_agent_token(gate.owner.default_project, held.agent).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 407);
    while gate.approval(held.id).await.state == ApprovalState::Pending {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.approval(held.id).await.state, ApprovalState::Cancelled);
}
