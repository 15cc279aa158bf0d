//! Timelines: where a request's time went, and nothing of what it didn't come to.

use onecli_domain::activity::Timeline;
use onecli_domain::approval::Decision;
use onecli_domain::rule::Action;
use onecli_testkit::Gate;

async fn timeline(gate: &Gate) -> (Timeline, i64) {
    let record = gate.activity().await.remove(0);
    (record.timeline, record.duration_micros)
}

#[tokio::test]
async fn an_allowed_request_tells_of_the_decision_the_connection_and_the_upstream() {
    let gate = Gate::start().await;
    gate.agent().await.get("https://api.good.test/a").await;
    let (timeline, total) = timeline(&gate).await;
    let parts = [timeline.decide_micros, timeline.dial_micros, timeline.upstream_micros].map(Option::unwrap);
    assert!(parts.iter().all(|part| *part >= 0) && parts.iter().sum::<i64>() <= total, "{parts:?} {total}");
    assert_eq!(timeline.hold_micros, None);
}

#[tokio::test]
async fn a_held_request_tells_how_long_a_person_took() {
    let gate = Gate::start().await;
    gate.rule(Action::ManualApproval, "api.good.test", None, None).await;
    let agent = gate.agent().await;
    let asking = tokio::spawn(async move { agent.get("https://api.good.test/a").await });
    let held = gate.held().await;
    gate.decide(held.approval.id, Decision::Approve).await.unwrap();
    asking.await.unwrap();
    let (timeline, total) = timeline(&gate).await;
    let held = timeline.hold_micros.unwrap();
    assert!(held > 0 && timeline.decide_micros.unwrap() + held <= total, "{timeline:?} {total}");
    assert!(timeline.upstream_micros.is_some());
}

#[tokio::test]
async fn a_refused_request_tells_of_the_decision_alone() {
    let gate = Gate::start().await;
    gate.rule(Action::Block, "api.good.test", None, None).await;
    gate.agent().await.get("https://api.good.test/a").await;
    let (timeline, _) = timeline(&gate).await;
    let decision_alone = Timeline { decide_micros: timeline.decide_micros, ..Timeline::default() };
    assert!(timeline.decide_micros.is_some());
    assert_eq!(timeline, decision_alone);
}

#[tokio::test]
async fn a_connection_that_may_not_be_made_tells_of_no_upstream() {
    let gate = Gate::start().await;
    gate.agent().await.get("https://169.254.169.254/a").await;
    let (timeline, _) = timeline(&gate).await;
    assert!(timeline.decide_micros.is_some() && timeline.dial_micros.is_some(), "{timeline:?}");
    assert_eq!(timeline.upstream_micros, None);
}
