//! Held requests and grants: each decided once and used as often as it says, however many try.

use onecli_domain::approval::{Approval, ApprovalGrant, ApprovalState, Decision};
use onecli_domain::id::{ApprovalId, ProjectId};
use onecli_store::Store;
use onecli_store::approvals::{Decided, NewDecision};

use crate::sample::{self, at};

async fn held(store: &Store, project: ProjectId) -> Approval {
    let held = sample::approval(project);
    store.approvals().insert(&held, "here", &sample::sealed(1)).await.unwrap();
    held
}

async fn decide(store: &Store, held: &Approval, decision: Decision, second: i64) -> Decided {
    let word = NewDecision { decision, by: "Owner", reason: Some("since"), grant: None };
    store.approvals().decide(held.project, held.id, &word, at(second)).await.unwrap()
}

async fn state(store: &Store, held: &Approval) -> ApprovalState {
    store.approvals().fetch(held.project, held.id).await.unwrap().unwrap().state
}

contract! {
    async fn a_held_request_is_read_as_it_was_written(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let (held, sealed) = (sample::approval(project), sample::sealed(1));
        store.approvals().insert(&held, "here", &sealed).await.unwrap();
        let approvals = store.approvals();
        assert_eq!(approvals.fetch(project, held.id).await.unwrap().as_ref(), Some(&held));
        assert_eq!(approvals.list_open(project, at(11)).await.unwrap(), [(held.clone(), sealed.clone())]);
        assert_eq!(approvals.list_open(project, at(310)).await.unwrap(), []);
        assert_eq!(approvals.list(project, &ApprovalState::ALL, at(20), 10, None).await.unwrap(), [(held.clone(), sealed)]);
        assert_eq!(approvals.list(project, &ApprovalState::ALL, at(20), 10, Some(held.id)).await.unwrap(), []);
        let other = sample::stored_project(store).await;
        assert_eq!(approvals.fetch(other, held.id).await.unwrap(), None);
        assert_eq!(decide(store, &Approval { project: other, ..held }, Decision::Approve, 20).await, Decided::Unknown);
    }

    async fn the_first_decision_counts(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let one = held(store, project).await;
        assert_eq!(decide(store, &one, Decision::Deny, 20).await, Decided::Done);
        assert_eq!(decide(store, &one, Decision::Approve, 21).await, Decided::Already(ApprovalState::Denied));
        let decided = store.approvals().fetch(project, one.id).await.unwrap().unwrap();
        assert_eq!((decided.decided_at, decided.decided_by.as_deref()), (Some(at(20)), Some("Owner")));
        assert_eq!(decided.reason.as_deref(), Some("since"));
        assert!(!store.approvals().end(project, one.id, ApprovalState::Expired, at(400)).await.unwrap());
        let late = held(store, project).await;
        assert_eq!(decide(store, &late, Decision::Approve, 310).await, Decided::Late);
        let cancelled = held(store, project).await;
        assert!(store.approvals().end(project, cancelled.id, ApprovalState::Cancelled, at(20)).await.unwrap());
        assert_eq!(decide(store, &cancelled, Decision::Approve, 21).await, Decided::Late);
    }

    async fn of_many_decisions_at_once_one_counts(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        for _ in 0..20 {
            let held = held(store, project).await;
            let mut deciding = tokio::task::JoinSet::new();
            for number in 0..8 {
                let (store, held) = (store.clone(), held.clone());
                deciding.spawn(async move {
                    let decision = if number % 2 == 0 { Decision::Approve } else { Decision::Deny };
                    (decision, decide(&store, &held, decision, 20).await)
                });
            }
            let done = deciding.join_all().await;
            let winners: Vec<_> = done.iter().filter(|(_, decided)| *decided == Decided::Done).collect();
            assert_eq!(winners.len(), 1, "{done:?}");
            assert_eq!(state(store, &held).await, winners[0].0.state());
        }
    }

    async fn an_interrupted_request_is_taken_over_by_one(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let (ours, theirs) = (held(store, project).await, sample::approval(project));
        store.approvals().insert(&theirs, "there", &sample::sealed(1)).await.unwrap();
        let take = |held: &Approval, second| {
            let (store, fingerprint) = (store.clone(), held.fingerprint);
            async move { store.approvals().take_over(project, &fingerprint, "next", at(second)).await.unwrap() }
        };
        assert_eq!(take(&ours, 20).await, None);
        assert_eq!(store.approvals().interrupt_all("here").await.unwrap(), 1);
        assert_eq!(state(store, &theirs).await, ApprovalState::Pending);
        assert_eq!(state(store, &ours).await, ApprovalState::Interrupted);
        assert_eq!(take(&ours, 310).await, None);
        let (one, other) = tokio::join!(take(&ours, 20), take(&ours, 20));
        let taken = one.xor(other).unwrap();
        assert_eq!((taken.id, taken.state, taken.awaited), (ours.id, ApprovalState::Pending, true));

        // Interrupted again and decided meanwhile: the decision is for one.
        assert!(store.approvals().end(project, ours.id, ApprovalState::Interrupted, at(30)).await.unwrap());
        assert_eq!(decide(store, &ours, Decision::Approve, 40).await, Decided::Done);
        assert_eq!(take(&ours, 50).await.unwrap().state, ApprovalState::Approved);
        assert_eq!(take(&ours, 51).await, None);
    }

    async fn what_nobody_decided_expires(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let held = held(store, project).await;
        assert_eq!(store.approvals().expire(at(309)).await.unwrap(), 0);
        assert_eq!(store.approvals().expire(at(310)).await.unwrap(), 1);
        assert_eq!(state(store, &held).await, ApprovalState::Expired);
        store.approvals().delete_before(at(11)).await.unwrap();
        assert_eq!(store.approvals().list(project, &ApprovalState::ALL, at(320), 10, None).await.unwrap(), []);
    }

    async fn held_requests_are_listed_by_what_became_of_them(database) {
        use ApprovalState::{Approved, Cancelled, Denied, Expired, Interrupted, Pending};

        let store = &database.store;
        let project = sample::stored_project(store).await;
        let mut all = Vec::new();
        for _ in 0..5 {
            all.push(held(store, project).await.id);
        }
        store.approvals().end(project, all[1], ApprovalState::Interrupted, at(20)).await.unwrap();
        store.approvals().end(project, all[2], ApprovalState::Cancelled, at(20)).await.unwrap();
        let decided = store.approvals().fetch(project, all[3]).await.unwrap().unwrap();
        assert_eq!(decide(store, &decided, Decision::Deny, 20).await, Decided::Done);

        let listed = async |states: &[ApprovalState], now| -> Vec<ApprovalId> {
            let page = store.approvals().list(project, states, at(now), 10, None).await.unwrap();
            page.iter().map(|(held, _)| held.id).collect()
        };
        assert_eq!(listed(&[Pending], 30).await, [all[4], all[0]]);
        assert_eq!(listed(&[Pending, Interrupted], 30).await, [all[4], all[1], all[0]]);
        assert_eq!(listed(&[Approved, Denied, Expired, Cancelled], 30).await, [all[3], all[2]]);
        // Its time is over, though nobody wrote that down.
        assert_eq!(listed(&[Pending, Interrupted], 310).await, []);
        assert_eq!(listed(&[Expired], 310).await, [all[4], all[1], all[0]]);
        assert_eq!(listed(&ApprovalState::ALL, 310).await.len(), 5);
        assert_eq!(listed(&[], 310).await, []);
    }

    async fn a_request_that_no_rule_held_is_kept_as_such(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let held = Approval { rule: None, rules: Vec::new(), ..sample::approval(project) };
        store.approvals().insert(&held, "here", &sample::sealed(1)).await.unwrap();
        assert_eq!(store.approvals().fetch(project, held.id).await.unwrap(), Some(held));
    }

    async fn a_grant_is_used_as_often_as_it_says(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "scribe").await.id;
        let held = Approval { agent, ..sample::approval(project) };
        store.approvals().insert(&held, "here", &sample::sealed(1)).await.unwrap();
        let grant = sample::approval_grant(&held);
        let word = NewDecision { decision: Decision::Approve, by: "Owner", reason: None, grant: Some(&grant) };
        assert_eq!(store.approvals().decide(project, held.id, &word, at(20)).await.unwrap(), Decided::Done);
        let grants = store.approval_grants();
        assert_eq!(grants.list(project, at(21)).await.unwrap(), std::slice::from_ref(&grant));
        assert_eq!(grants.list(project, at(600)).await.unwrap(), []);
        assert_eq!(store.snapshot().load(project).await.unwrap().unwrap().approval_grants, std::slice::from_ref(&grant));
        assert!(!grants.use_one(grant.id, at(600)).await.unwrap());
        let mut using = tokio::task::JoinSet::new();
        for _ in 0..10 {
            let (store, id) = (store.clone(), grant.id);
            using.spawn(async move { store.approval_grants().use_one(id, at(30)).await.unwrap() });
        }
        assert_eq!(using.join_all().await.into_iter().filter(|used| *used).count(), 3);
        assert_eq!(grants.list(project, at(31)).await.unwrap(), []);
        grants.delete_spent(at(31)).await.unwrap();
        assert!(!grants.delete(project, grant.id).await.unwrap());
    }

    async fn a_grant_that_was_taken_back_is_gone(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let agent = sample::stored_agent(store, project, "scribe").await.id;
        let held = Approval { agent, ..sample::approval(project) };
        store.approvals().insert(&held, "here", &sample::sealed(1)).await.unwrap();
        let grant = ApprovalGrant { requests_left: None, expires_at: None, ..sample::approval_grant(&held) };
        let word = NewDecision { decision: Decision::Approve, by: "Owner", reason: None, grant: Some(&grant) };
        store.approvals().decide(project, held.id, &word, at(20)).await.unwrap();
        assert!(store.approval_grants().use_one(grant.id, at(1_000_000)).await.unwrap());
        assert!(store.approval_grants().delete(project, grant.id).await.unwrap());
        assert!(!store.approval_grants().use_one(grant.id, at(30)).await.unwrap());
    }
}
