//! Approvals as proofs: what lets a held request pass, and until when.

use std::sync::Arc;

use onecli_app::live::snapshot::AgentEntry;
use onecli_app::policy::approvals::{Details, NewGrant};
use onecli_app::policy::hold::{Ended, Held};
use onecli_domain::approval::Decision;
use onecli_domain::body::{Body, Content};
use onecli_domain::facts::{Facts, Headers};
use onecli_domain::hold::Hold;
use onecli_domain::host::Host;
use onecli_domain::path::Path;
use onecli_domain::project::PolicyMode;
use onecli_domain::summary::Summary;
use onecli_domain::target::{Scheme, Target};
use onecli_domain::verdict::Verdict;
use smallvec::SmallVec;

use crate::ground::Ground;

fn target(path: &str) -> Target {
    let host = Host::read("mail.test").unwrap();
    Target { scheme: Scheme::Https, host, port: 443, path: Path::read(path).unwrap(), query: None }
}

fn facts<'a>(entry: &'a AgentEntry, target: &'a Target) -> Facts<'a> {
    Facts {
        agent: entry.id,
        access: entry.access(),
        target,
        method: "POST",
        overrides: SmallVec::new(),
        headers: Headers::none(),
        body: Body::Read(Content::none()),
    }
}

async fn asking() -> Ground {
    let ground = Ground::start().await;
    let owner = ground.app.owner().await.unwrap();
    ground.app.set_policy_mode(&owner, ground.project, PolicyMode::Ask).await.unwrap();
    ground
}

/// Holds a request and approves it, perhaps with a grant.
async fn approved(ground: &Ground, target: &Target, grant: Option<NewGrant>) -> Ended {
    let entry = ground.entry().await;
    let hold = Hold::by_mode();
    let details = Details {
        url: format!("{}{}", target.origin(), target.path.sent()),
        matched_path: target.path.matching().to_owned(),
        overrides: Vec::new(),
        body_sha256: "00".repeat(32),
        headers: Vec::new(),
        body_preview: None,
        summary: Summary { action: "Send".into(), details: Vec::new() },
    };
    let held = Held { agent: &entry, hold: &hold, method: "POST", target, body_bytes: 0, details };
    let slot = ground.app.take_hold_slot(entry.id).unwrap();
    let deciding = async {
        let patience = std::time::Duration::from_secs(30);
        let waiting = ground.app.pending_approvals(ground.project, &[], patience).await.unwrap();
        let (id, owner) = (waiting[0].approval.id, ground.app.owner().await.unwrap());
        let decision = Decision::Approve;
        let app = &ground.app;
        app.decide_approval(&owner, ground.project, id, decision, None, grant.as_ref()).await.unwrap();
    };
    let (ended, ()) = tokio::join!(ground.app.hold(&slot, &held, std::future::pending()), deciding);
    ended.unwrap()
}

fn is_held(
    ground: &Ground,
    entry: &Arc<AgentEntry>,
    target: &Target,
    proof: Option<&onecli_app::policy::approved::Approved>,
) -> bool {
    match ground.app.decide(entry, &facts(entry, target), proof) {
        Verdict::Hold(_) => true,
        Verdict::Allow(_) => false,
        other @ (Verdict::Count(_) | Verdict::Refuse(_) | Verdict::ReadBody) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_the_store_says_was_approved_passes_and_nothing_else_does() {
    let ground = asking().await;
    let (own, other) = (target("/send"), target("/other"));
    let Ended::Approved(_, proof) = approved(&ground, &own, None).await else { panic!("not approved") };
    let entry = ground.entry().await;
    assert!(is_held(&ground, &entry, &own, None));
    assert!(!is_held(&ground, &entry, &own, Some(&proof)));
    assert!(is_held(&ground, &entry, &other, Some(&proof)));
}

#[tokio::test]
async fn a_grant_that_is_revoked_lifts_the_hold_no_more_for_requests_under_way_either() {
    let ground = asking().await;
    let own = target("/send");
    let grant = NewGrant { minutes: Some(5), ..NewGrant::default() };
    approved(&ground, &own, Some(grant)).await;
    let entry = ground.entry().await;
    let proof = ground.app.use_grant(&entry, &facts(&entry, &own), &Hold::by_mode()).await.unwrap().unwrap();
    assert!(!is_held(&ground, &entry, &own, Some(&proof)));
    let grants = ground.app.list_approval_grants(ground.project).await.unwrap();
    ground.app.revoke_approval_grant(ground.project, grants[0].id).await.unwrap();
    let entry = ground.entry().await;
    assert!(is_held(&ground, &entry, &own, Some(&proof)));
}

#[tokio::test]
async fn a_grant_that_is_used_up_still_lifts_the_hold_for_the_request_that_used_it() {
    let ground = asking().await;
    let own = target("/send");
    approved(&ground, &own, Some(NewGrant { requests: Some(1), ..NewGrant::default() })).await;
    let entry = ground.entry().await;
    let facts = facts(&entry, &own);
    let proof = ground.app.use_grant(&entry, &facts, &Hold::by_mode()).await.unwrap().unwrap();
    // Anything that renews the snapshot.
    ground.secret("mail.test", "s3cret-value-of-it").await;
    let now = ground.entry().await;
    assert!(!is_held(&ground, &now, &own, Some(&proof)));
    assert!(ground.app.use_grant(&now, &facts, &Hold::by_mode()).await.unwrap().is_none());
}
