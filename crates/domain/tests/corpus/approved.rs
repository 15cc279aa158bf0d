//! What an approval is proof of: one request, and nothing of another agent, method, host or path.

use onecli_domain::approval::{Approval, ApprovalGrant, ApprovalState, CompiledGrant, GrantPaths};
use onecli_domain::body::{Body, Content};
use onecli_domain::decide::{Policy, decide_approved, decide_tunnel};
use onecli_domain::facts::{Access, Facts, Headers};
use onecli_domain::id::{AgentId, ApprovalId, GrantId, ProjectId, RuleId};
use onecli_domain::project::PolicyMode;
use onecli_domain::target::Target;
use onecli_domain::time::Timestamp;
use onecli_domain::verdict::Verdict;
use smallvec::SmallVec;
use uuid::Uuid;

use crate::judge::read_url;

const AGENT: AgentId = AgentId(Uuid::from_u128(1));

fn facts(target: &Target) -> Facts<'_> {
    Facts {
        agent: AGENT,
        access: Access::All,
        target,
        method: "POST",
        overrides: SmallVec::new(),
        headers: Headers::none(),
        body: Body::Read(Content::none()),
    }
}

fn held(facts: &Facts<'_>, state: ApprovalState) -> Approval {
    Approval {
        id: ApprovalId(Uuid::from_u128(2)),
        project: ProjectId(Uuid::nil()),
        agent: facts.agent,
        agent_name: String::new(),
        agent_identifier: String::new(),
        rule: None,
        rules: Vec::new(),
        method: facts.method.into(),
        origin: facts.target.origin(),
        path: facts.target.masked_path(),
        body_bytes: 0,
        fingerprint: [0; 32],
        state,
        awaited: true,
        created_at: Timestamp(0),
        expires_at: Timestamp(1),
        decided_at: None,
        decided_by: None,
        reason: None,
    }
}

fn asking() -> Policy {
    Policy { mode: PolicyMode::Ask, ..Policy::default() }
}

#[test]
fn only_a_request_that_was_approved_proves_anything() {
    let target = read_url("https://mail.test/send").unwrap();
    for state in ApprovalState::ALL {
        let proof = held(&facts(&target), state).approved();
        assert_eq!(proof.is_some(), state == ApprovalState::Approved, "{state:?}");
    }
}

#[test]
fn an_approval_is_for_the_very_request() {
    let policy = asking();
    let target = read_url("https://mail.test/send?to=a").unwrap();
    let own = facts(&target);
    let approved = held(&own, ApprovalState::Approved).approved().unwrap();
    assert!(matches!(decide_approved(&policy, &own, &approved), Verdict::Allow(_)));
    for url in ["https://mail.test/other?to=a", "https://mail.test/send", "https://evil.test/send?to=a"] {
        let target = read_url(url).unwrap();
        assert!(matches!(decide_approved(&policy, &facts(&target), &approved), Verdict::Hold(_)), "{url}");
        assert!(
            matches!(decide_tunnel(&policy, &facts(&target), Some(&approved)), Verdict::Hold(_)),
            "{url}"
        );
    }
    let other = Facts { agent: AgentId(Uuid::from_u128(9)), ..own.clone() };
    assert!(matches!(decide_approved(&policy, &other, &approved), Verdict::Hold(_)));
    let other = Facts { method: "DELETE", ..own };
    assert!(matches!(decide_approved(&policy, &other, &approved), Verdict::Hold(_)));
}

#[test]
fn a_grant_lifts_the_mode_s_hold_and_that_of_its_rules() {
    let target = read_url("https://mail.test/send").unwrap();
    let own = facts(&target);
    let rule = RuleId(Uuid::from_u128(7));
    let grant = |rules: Vec<RuleId>| {
        CompiledGrant::of(ApprovalGrant {
            id: GrantId(Uuid::nil()),
            project: ProjectId(Uuid::nil()),
            agent: AGENT,
            approval: ApprovalId(Uuid::nil()),
            method: "POST".into(),
            origin: "https://mail.test".into(),
            paths: GrantPaths::Pattern("/send*".into()),
            rules,
            requests_left: None,
            expires_at: None,
            created_at: Timestamp(0),
            created_by: String::new(),
        })
        .unwrap()
    };
    let by_mode = grant(Vec::new());
    assert!(by_mode.covers(&own, &[], Timestamp(1)));
    assert!(!by_mode.covers(&own, &[rule], Timestamp(1)));
    assert!(matches!(decide_approved(&asking(), &own, &by_mode.approved(&own)), Verdict::Allow(_)));
    let elsewhere = read_url("https://mail.test/other").unwrap();
    assert!(!by_mode.covers(&facts(&elsewhere), &[], Timestamp(1)));
    assert!(grant(vec![rule]).covers(&own, &[rule], Timestamp(1)));
}
