//! Holds beside everything else: bounds on how many wait, other rules, and protocols.

use onecli_app::Clock;
use onecli_app::config::HoldBounds;
use onecli_domain::approval::Decision;
use onecli_domain::project::PolicyMode;
use onecli_domain::rule::Action;
use onecli_testkit::peer::read_head;
use onecli_testkit::{Gate, Upstream};
use tokio::io::AsyncWriteExt;

use crate::holds::{ask, holding};

#[tokio::test]
async fn there_are_bounds_on_how_many_wait() {
    let bounds = HoldBounds { in_all: 3, per_agent: 2 };
    let gate = Gate::timed(Upstream::tls().await, Clock::System, bounds).await;
    gate.rule(Action::ManualApproval, "api.good.test", None, None).await;
    let agent = gate.agent().await;
    let (_, other) = gate.agent_named("other").await;
    let mut asking = vec![ask(&agent, "1")];
    let mut known = vec![gate.held().await.approval.id];
    for (who, body) in [(&agent, "2"), (&other, "3")] {
        asking.push(ask(who, body));
        known.push(gate.held_beside(&known).await[0].approval.id);
    }
    for who in [&agent, &other] {
        let reply = ask(who, "4").await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.error()), (503, "overloaded".into()));
        assert!(reply.json()["message"].as_str().unwrap().contains("wait for a person already"));
    }
    for id in known {
        gate.decide(id, Decision::Approve).await.unwrap();
    }
    for asking in asking {
        assert_eq!(asking.await.unwrap().status, 200);
    }
    assert_eq!(gate.app.holds().count(), 0);
}

#[tokio::test]
async fn an_approval_counts_as_allowed_and_a_rate_limit_counts_after_it() {
    let (gate, agent) = holding().await;
    gate.mode(PolicyMode::Deny).await;
    let asking = ask(&agent, "{}");
    gate.decide(gate.held().await.approval.id, Decision::Approve).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 200);
    assert_eq!(agent.get("https://api.good.test/other").await.error(), "blocked_by_default_policy");
}

#[tokio::test]
async fn a_websocket_waits_too() {
    let gate = Gate::before(Upstream::tls_http1().await).await;
    gate.rule(Action::ManualApproval, "api.good.test", None, None).await;
    let agent = gate.agent().await;
    let asking = tokio::spawn(async move {
        let mut tls = agent.tls("api.good.test:443", "api.good.test", &["http/1.1"]).await;
        let handshake = concat!(
            "GET /ws HTTP/1.1\r\nHost: api.good.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n",
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        );
        tls.write_all(handshake.as_bytes()).await.unwrap();
        read_head(&mut tls).await
    });
    gate.decide(gate.held().await.approval.id, Decision::Deny).await.unwrap();
    assert!(asking.await.unwrap().starts_with("HTTP/1.1 403"));
    assert!(gate.upstream.saw_nothing());
}
