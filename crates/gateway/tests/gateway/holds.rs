//! Holds: requests that wait for a person, and every way in which that can end.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use http::Request;
use onecli_app::config::HoldBounds;
use onecli_app::policy::approvals::NewGrant;
use onecli_app::{Clock, Error};
use onecli_domain::activity::VerdictKind;
use onecli_domain::approval::{ApprovalState, Decision};
use onecli_domain::condition::{Operator, Part};
use onecli_domain::rule::Action;
use onecli_testkit::{Agent, Gate, Reply, Script, Upstream};
use tokio::task::JoinHandle;

const URL: &str = "https://api.good.test/v1/refunds?key=hidden&id=7";

pub(crate) fn ask(agent: &Agent, body: &str) -> JoinHandle<Reply> {
    let (agent, body) = (agent.clone(), Bytes::from(body.to_owned()));
    tokio::spawn(async move {
        let request = Request::post(URL)
            .header("content-type", "application/json")
            .header("authorization", "Bearer own-key")
            .header("cookie", "session=1")
            .header("x-trace", "42");
        agent.send(request.body(body).unwrap()).await
    })
}

pub(crate) async fn holding() -> (Gate, Agent) {
    let gate = Gate::start().await;
    gate.rule(Action::ManualApproval, "api.good.test", Some("/v1/refunds"), None).await;
    let agent = gate.agent().await;
    (gate, agent)
}

#[tokio::test]
async fn a_request_waits_until_it_is_approved_and_goes_out_as_it_was_shown() {
    let (gate, agent) = holding().await;
    gate.header_secret("api.good.test", "x-key", "{value}", "s3cret-value-of-it").await;
    let body = r#"{"amount":5,"note":"a refund"}"#;
    let asking = ask(&agent, body);
    let held = gate.held().await;
    assert!(gate.upstream.saw_nothing());
    let details = held.details.unwrap();
    assert_eq!(details.url, "https://api.good.test/v1/refunds?key=***&id=7");
    assert_eq!(details.body_preview.as_deref(), Some(body));
    let names: Vec<&str> = details.headers.iter().map(|(name, _)| name.as_str()).collect();
    assert!(names.contains(&"x-trace") && !names.contains(&"authorization") && !names.contains(&"cookie"));
    assert_eq!(held.approval.agent_identifier, "default");
    assert_eq!(held.approval.path, "/v1/refunds?key=***&id=***");
    gate.decide(held.approval.id, Decision::Approve).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 200);
    let seen = gate.upstream.only();
    assert_eq!(seen.body, body);
    assert_eq!(seen.header("x-key"), Some("s3cret-value-of-it"));
    let mut hash = onecli_app::Sha256::default();
    hash.update(&seen.body);
    assert_eq!(hash.finish_hex(), details.body_sha256);
    let record = &gate.activity().await[0];
    assert_eq!(
        (record.verdict, record.rules.as_slice()),
        (VerdictKind::Allow, held.approval.rules.as_slice())
    );
    assert_eq!(record.error, None);
}

#[tokio::test]
async fn a_person_sees_the_fields_of_a_form_with_a_file_and_its_beginning() {
    let (gate, agent) = holding().await;
    let mut body = b"--x\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nread this\r\n".to_vec();
    body.extend(b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n");
    body.extend(b"Content-Type: application/octet-stream\r\n\r\n\xff\xfe\x00\r\n--x--\r\n");
    let request = Request::post(URL).header("content-type", "multipart/form-data; boundary=x");
    let request = request.body(Bytes::from(body)).unwrap();
    let asking = tokio::spawn({
        let agent = agent.clone();
        async move { agent.send(request).await }
    });
    let held = gate.held().await;
    let details = held.details.unwrap();
    let shown: Vec<_> =
        details.summary.details.iter().map(|one| format!("{}: {}", one.label, one.value)).collect();
    assert_eq!(
        shown,
        ["key: ••••", "id: 7", "note: read this", "file: a.bin (application/octet-stream, 3 bytes)"]
    );
    assert!(details.body_preview.unwrap().contains("read this"));
    gate.decide(held.approval.id, Decision::Deny).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 403);
}

#[tokio::test]
async fn a_denied_request_is_refused_and_told_why() {
    let (gate, agent) = holding().await;
    let asking = ask(&agent, "{}");
    let held = gate.held().await;
    let (project, id) = (gate.owner.default_project, held.approval.id);
    gate.app
        .decide_approval(&gate.owner, project, id, Decision::Deny, Some("not today"), None)
        .await
        .unwrap();
    let reply = asking.await.unwrap();
    let told = reply.json();
    assert_eq!((reply.status.as_u16(), reply.error()), (403, "manual_approval_denied".into()));
    assert_eq!((&told["approval_id"], &told["reason"]), (&id.to_string().into(), &"denied".into()));
    assert!(told["message"].as_str().unwrap().contains("not today"));
    assert!(gate.upstream.saw_nothing());
    let record = &gate.activity().await[0];
    assert_eq!(record.verdict, VerdictKind::Hold);
    assert_eq!(record.rules, held.approval.rules);
    assert_eq!(gate.approval(id).await.decided_by.as_deref(), Some("Owner"));
}

#[tokio::test]
async fn of_many_decisions_at_once_one_counts() {
    let (gate, agent) = holding().await;
    for round in 0..10 {
        let asking = ask(&agent, &format!("{{\"round\":{round}}}"));
        let id = gate.held().await.approval.id;
        let (approve, deny) =
            tokio::join!(gate.decide(id, Decision::Approve), gate.decide(id, Decision::Deny));
        let status = asking.await.unwrap().status.as_u16();
        match (approve, deny) {
            (Ok(()), Err(Error::Conflict { code, .. })) => {
                assert_eq!((status, code), (200, "already_decided"));
            }
            (Err(Error::Conflict { code, .. }), Ok(())) => {
                assert_eq!((status, code), (403, "already_decided"));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn nobody_decides_in_time() {
    let clock = Arc::new(AtomicI64::new(Clock::System.now().micros()));
    let gate =
        Gate::timed(Upstream::tls().await, Clock::Fixed(Arc::clone(&clock)), HoldBounds::default()).await;
    gate.rule(Action::ManualApproval, "api.good.test", None, None).await;
    let asking = ask(&gate.agent().await, "{}");
    let id = gate.held().await.approval.id;
    clock.fetch_add(300_000_000, Ordering::SeqCst);
    // From now on it is too late, whether or not the one who waits has noticed.
    assert!(matches!(gate.decide(id, Decision::Approve).await, Err(Error::Expired)));
    gate.app.look_at_holds();
    let reply = asking.await.unwrap();
    assert_eq!((reply.status.as_u16(), reply.json()["reason"].as_str()), (403, Some("expired")));
    assert_eq!(gate.approval(id).await.state, ApprovalState::Expired);
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn a_decision_and_the_end_of_the_time_agree_whoever_is_first() {
    for _ in 0..10 {
        let clock = Arc::new(AtomicI64::new(Clock::System.now().micros()));
        let gate =
            Gate::timed(Upstream::tls().await, Clock::Fixed(Arc::clone(&clock)), HoldBounds::default()).await;
        gate.rule(Action::ManualApproval, "api.good.test", None, None).await;
        let asking = ask(&gate.agent().await, "{}");
        let id = gate.held().await.approval.id;
        let (decided, ()) = tokio::join!(gate.decide(id, Decision::Approve), async {
            clock.fetch_add(300_000_000, Ordering::SeqCst);
            gate.app.look_at_holds();
        });
        gate.app.look_at_holds();
        let status = asking.await.unwrap().status.as_u16();
        assert_eq!(status, if decided.is_ok() { 200 } else { 403 }, "{decided:?}");
        assert_eq!(gate.upstream.saw_nothing(), decided.is_err());
    }
}

#[tokio::test]
async fn an_agent_that_hangs_up_cancels_its_request() {
    let (gate, agent) = holding().await;
    for http2 in [false, true] {
        let held = if http2 {
            let mut tunnel = agent.open_http2("api.good.test:443").await;
            let asking = tokio::spawn(async move {
                tunnel.begin(Request::post("/v1/refunds").body(Script::whole("x")).unwrap()).await
            });
            let held = gate.held().await;
            asking.abort();
            held
        } else {
            let asking = ask(&agent, "{}");
            let held = gate.held().await;
            asking.abort();
            held
        };
        let id = held.approval.id;
        let mut news = gate.approval(id).await.state;
        while news == ApprovalState::Pending {
            tokio::task::yield_now().await;
            news = gate.approval(id).await.state;
        }
        assert_eq!(news, ApprovalState::Cancelled, "HTTP/2: {http2}");
        assert!(matches!(gate.decide(id, Decision::Approve).await, Err(Error::Expired)));
    }
    assert!(gate.upstream.saw_nothing());
    assert_eq!(gate.app.holds().count(), 0);
    let recorded = gate.activity().await;
    assert_eq!(recorded.len(), 2);
    assert!(recorded.iter().all(|record| record.error.as_deref() == Some("cancelled")));
}

#[tokio::test]
async fn a_block_that_was_added_meanwhile_wins() {
    let (gate, agent) = holding().await;
    let asking = ask(&agent, "{}");
    let id = gate.held().await.approval.id;
    gate.rule(Action::Block, "api.good.test", None, None).await;
    gate.decide(id, Decision::Approve).await.unwrap();
    assert_eq!(asking.await.unwrap().error(), "blocked_by_policy");
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn an_agent_that_was_suspended_meanwhile_sends_nothing() {
    let (gate, agent) = holding().await;
    let asking = ask(&agent, "{}");
    let held = gate.held().await.approval;
    gate.app.suspend_agent(gate.owner.default_project, held.agent, true).await.unwrap();
    // It doesn't wait for a decision that could only come to nothing.
    assert_eq!(asking.await.unwrap().error(), "agent_suspended");
    while gate.approval(held.id).await.state == ApprovalState::Pending {
        tokio::task::yield_now().await;
    }
    assert!(matches!(gate.decide(held.id, Decision::Approve).await, Err(Error::Expired)));
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn a_stop_interrupts_and_the_same_request_finds_its_decision_later() {
    let (gate, agent) = holding().await;
    let (first, second) = (ask(&agent, "1"), ask(&agent, "2"));
    let mut held = gate.held_beside(&[]).await;
    while held.len() < 2 {
        held = [held.clone(), gate.held_beside(&[held[0].approval.id]).await].concat();
    }
    gate.stop();
    for asking in [first, second] {
        let reply = asking.await.unwrap();
        assert_eq!((reply.status.as_u16(), reply.error()), (503, "gateway_restarting".into()));
        assert_eq!(reply.headers["retry-after"], "1");
    }
    let (project, owner) = (gate.owner.default_project, gate.owner.clone());
    // One is decided before it is sent again, the other after.
    let preview = |shown: &onecli_app::policy::approvals::Shown| shown.details.clone().unwrap().body_preview;
    let id_of =
        |body: &str| held.iter().find(|one| preview(one).as_deref() == Some(body)).unwrap().approval.id;
    let (one, two) = (id_of("1"), id_of("2"));
    gate.app.decide_approval(&owner, project, one, Decision::Approve, None, None).await.unwrap();
    let gate = gate.restart().await;
    let agent = gate.agent().await;
    assert_eq!(gate.approval(two).await.state, ApprovalState::Interrupted);

    let again = ask(&agent, "2");
    assert_eq!(ask(&agent, "1").await.unwrap().status, 200);
    assert_eq!(gate.upstream.only().body, "1");
    while gate.approval(two).await.state != ApprovalState::Pending {
        tokio::task::yield_now().await;
    }
    gate.decide(two, Decision::Deny).await.unwrap();
    assert_eq!(again.await.unwrap().json()["approval_id"], two.to_string());

    // A decision is for one request: the next one is asked about anew.
    let asking = ask(&agent, "1");
    let new = gate.held().await.approval.id;
    assert_ne!(new, one);
    gate.decide(new, Decision::Deny).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 403);
}

#[tokio::test]
async fn large_bodies_go_out_as_they_came_and_no_file_stays() {
    let (gate, agent) = holding().await;
    let piece = Bytes::from((0..1024 * 1024).map(|at: usize| (at % 251) as u8).collect::<Vec<u8>>());
    let mut tunnel = agent.open("api.good.test:443").await;
    let asking = {
        let piece = piece.clone();
        tokio::spawn(async move {
            let request = Request::post("/v1/refunds").body(Script::repeated(&piece, 50)).unwrap();
            tunnel.begin(request).await.status()
        })
    };
    let held = gate.held().await;
    assert_eq!(held.approval.body_bytes, 50 * 1024 * 1024);
    assert_eq!(std::fs::read_dir(gate.folder.path().join("spool")).unwrap().count(), 0);
    gate.decide(held.approval.id, Decision::Approve).await.unwrap();
    assert_eq!(asking.await.unwrap(), 200);
    let seen = gate.upstream.only();
    let mut hash = onecli_app::Sha256::default();
    hash.update(&seen.body);
    assert_eq!(hash.finish_hex(), held.details.unwrap().body_sha256);
    assert_eq!(seen.body.len(), 50 * 1024 * 1024);
    assert_eq!(seen.header("content-length"), Some("52428800"));
}

#[tokio::test]
async fn a_body_beyond_the_bound_is_refused() {
    let (gate, agent) = holding().await;
    let piece = Bytes::from(vec![7; 1024 * 1024]);
    let mut tunnel = agent.open("api.good.test:443").await;
    let request = Request::post("/v1/refunds").body(Script::repeated(&piece, 65)).unwrap();
    let reply = onecli_testkit::agent::read(tunnel.begin(request).await).await;
    assert_eq!((reply.status.as_u16(), reply.error()), (413, "body_too_large".into()));
    assert_eq!(reply.json()["limit"], 64 * 1024 * 1024);
    assert!(gate.upstream.saw_nothing());
}

#[tokio::test]
async fn a_grant_covers_the_same_for_so_many_requests_and_nothing_else() {
    let (gate, agent) = holding().await;
    gate.rule_if(Action::ManualApproval, &[(Part::BodyJson, "/amount", Operator::GreaterThan, "100")]).await;
    let asking = ask(&agent, "{\"amount\":1}");
    let id = gate.held().await.approval.id;
    let grant = NewGrant { requests: Some(2), minutes: Some(5), path_pattern: None };
    let project = gate.owner.default_project;
    gate.app.decide_approval(&gate.owner, project, id, Decision::Approve, None, Some(&grant)).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 200);
    assert_eq!(ask(&agent, "{\"amount\":2}").await.unwrap().status, 200);
    assert_eq!(gate.app.list_approval_grants(project).await.unwrap()[0].requests_left, Some(1));
    // Another rule holds this one, which nobody granted.
    let asking = ask(&agent, "{\"amount\":1000}");
    gate.decide(gate.held().await.approval.id, Decision::Deny).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 403);
    // A block wins over a grant.
    let block = gate.rule(Action::Block, "api.good.test", None, None).await;
    assert_eq!(ask(&agent, "{\"amount\":3}").await.unwrap().error(), "blocked_by_policy");
    gate.app.remove_rule(project, block.id).await.unwrap();
    assert_eq!(ask(&agent, "{\"amount\":4}").await.unwrap().status, 200);
    assert_eq!(gate.app.list_approval_grants(project).await.unwrap(), []);
    let asking = ask(&agent, "{\"amount\":5}");
    gate.decide(gate.held().await.approval.id, Decision::Deny).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 403);
}

#[tokio::test]
async fn a_revoked_grant_covers_nothing() {
    let (gate, agent) = holding().await;
    let asking = ask(&agent, "{}");
    let id = gate.held().await.approval.id;
    let grant = NewGrant { minutes: Some(5), path_pattern: Some("/v1/*".into()), ..NewGrant::default() };
    let project = gate.owner.default_project;
    gate.app.decide_approval(&gate.owner, project, id, Decision::Approve, None, Some(&grant)).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 200);
    assert_eq!(ask(&agent, "{\"again\":1}").await.unwrap().status, 200);
    let grants = gate.app.list_approval_grants(project).await.unwrap();
    gate.app.revoke_approval_grant(project, grants[0].id).await.unwrap();
    let asking = ask(&agent, "{\"again\":2}");
    gate.decide(gate.held().await.approval.id, Decision::Deny).await.unwrap();
    assert_eq!(asking.await.unwrap().status, 403);
}
