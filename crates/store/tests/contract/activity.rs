//! Activity: nothing lost, nothing twice, and every filter.

use std::slice;

use onecli_domain::activity::{Activity, ActivityFilter, Protocol, VerdictKind};
use onecli_domain::id::{ActivityId, ProjectId};
use onecli_domain::secret::SecretUsage;
use onecli_domain::time::Timestamp;
use onecli_store::Store;
use onecli_store::activity::{AgentSeen, Counts, UsageUpdate};
use onecli_store::activity_search::Visited;
use uuid::Uuid;

use crate::sample::{self, at};

async fn listed(store: &Store, project: ProjectId, filter: ActivityFilter) -> Vec<ActivityId> {
    let records = store.activity().list(project, &filter, 200, None).await.unwrap();
    records.iter().map(|record| record.id).collect()
}

fn text(text: &str) -> ActivityFilter {
    ActivityFilter { text: Some(text.into()), ..ActivityFilter::default() }
}

contract! {
    async fn a_batch_of_any_size_comes_back_newest_first(database) {
        let store = &database.store;
        for size in [0, 1, 15, 16, 17, 300] {
            let project = sample::stored_project(store).await;
            let mut records: Vec<Activity> = (0..size).map(|second| sample::record(project, second)).collect();
            store.activity().insert_batch(&records, &[], &[]).await.unwrap();

            let filter = ActivityFilter::default();
            let stored = store.activity().list(project, &filter, 1_000, None).await.unwrap();

            records.reverse();
            assert_eq!(stored, records);
        }
    }

    async fn a_bare_record_comes_back_as_it_was(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        for (verdict, protocol) in [
            (VerdictKind::Allow, Protocol::Http1),
            (VerdictKind::Block, Protocol::Http2),
            (VerdictKind::Refuse, Protocol::Tunnel),
        ] {
            let bare = Activity {
                verdict,
                protocol,
                status: 0,
                rules: Vec::new(),
                secrets: Vec::new(),
                error: None,
                alarm: None,
                ..sample::record(project, 0)
            };
            store.activity().insert_batch(slice::from_ref(&bare), &[], &[]).await.unwrap();

            assert_eq!(store.activity().fetch(project, bare.id).await.unwrap(), Some(bare.clone()));
            let elsewhere = ProjectId(Uuid::now_v7());
            assert_eq!(store.activity().fetch(elsewhere, bare.id).await.unwrap(), None);
        }
    }

    async fn a_batch_written_again_adds_only_what_is_missing(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let records: Vec<Activity> = (0..20).map(|second| sample::record(project, second)).collect();
        store.activity().insert_batch(&records[..10], &[], &[]).await.unwrap();

        store.activity().insert_batch(&records, &[], &[]).await.unwrap();

        assert_eq!(store.activity().counts(project, sample::at(0)).await.unwrap().activity, 20);
    }

    async fn use_of_secrets_and_agents_is_added_up(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let secret = sample::stored_secret(store, project, "key").await;
        let agent = sample::stored_agent(store, project, "scribe").await;
        let update = |used, count, refused: Option<i64>| UsageUpdate {
            project,
            secret: secret.id,
            used_at: at(used),
            count,
            refused_at: refused.map(at),
        };

        for (usage, seen) in [
            (update(10, 2, None), 10),
            (update(30, 3, Some(30)), 30),
            (update(20, 5, Some(20)), 20),
            (update(25, 1, None), 25),
        ] {
            store.activity().insert_batch(&[], &[usage], &[AgentSeen { agent: agent.id, at: at(seen), requests: 2 }]).await.unwrap();
        }

        let stored = store.secrets().fetch(project, secret.id).await.unwrap().unwrap();
        let expected = SecretUsage { last_used_at: Some(at(30)), use_count: 11, last_refused_at: Some(at(30)) };
        assert_eq!(stored.usage, expected);
        let agent = store.agents().fetch(project, agent.id).await.unwrap().unwrap();
        assert_eq!((agent.last_seen_at, agent.request_count), (Some(at(30)), 8));
    }

    async fn what_is_said_of_deleted_secrets_and_agents_is_dropped(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let record = sample::record(project, 0);
        let gone = UsageUpdate {
            project,
            secret: record.secrets[0],
            used_at: at(0),
            count: 1,
            refused_at: None,
        };

        let records = slice::from_ref(&record);
        store.activity().insert_batch(records, &[gone], &[AgentSeen { agent: record.agent, at: at(0), requests: 1 }]).await.unwrap();

        assert_eq!(store.activity().counts(project, sample::at(0)).await.unwrap().activity, 1);
    }

    async fn each_filter_leaves_what_it_asks_for(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let plain = sample::record(project, 10);
        let other = Activity {
            method: "GET".into(),
            host: "other.test".into(),
            status: 200,
            verdict: VerdictKind::Allow,
            alarm: None,
            ..sample::record(project, 20)
        };
        store.activity().insert_batch(&[plain.clone(), other.clone()], &[], &[]).await.unwrap();
        store.activity().insert_batch(&[sample::record(ProjectId(Uuid::now_v7()), 10)], &[], &[]).await.unwrap();

        let none = ActivityFilter::default;
        for filter in [
            ActivityFilter { agent: Some(other.agent), ..none() },
            ActivityFilter { host: Some("other.test".into()), ..none() },
            ActivityFilter { method: Some("GET".into()), ..none() },
            ActivityFilter { status: Some((200, 299)), ..none() },
            ActivityFilter { verdicts: vec![VerdictKind::Allow, VerdictKind::Hold], ..none() },
            ActivityFilter { alarm: Some(false), ..none() },
            ActivityFilter { from: Some(at(20)), ..none() },
            ActivityFilter { from: Some(at(11)), to: Some(at(21)), method: Some("GET".into()), ..none() },
            ActivityFilter {
                agent: Some(other.agent),
                host: Some("other.test".into()),
                method: Some("GET".into()),
                status: Some((200, 299)),
                verdicts: vec![VerdictKind::Allow, VerdictKind::Hold],
                from: Some(at(11)),
                to: Some(at(21)),
                alarm: Some(false),
                text: Some("other".into()),
            },
        ] {
            assert_eq!(listed(store, project, filter.clone()).await, [other.id], "{filter:?}");
        }
        let before = ActivityFilter { to: Some(at(20)), ..none() };
        assert_eq!(listed(store, project, before).await, [plain.id]);
        let alarming = ActivityFilter { alarm: Some(true), ..none() };
        assert_eq!(listed(store, project, alarming).await, [plain.id]);
        assert_eq!(store.activity().count_alarms(project, at(10)).await.unwrap(), 1);
        assert_eq!(store.activity().count_alarms(project, at(11)).await.unwrap(), 0);
        assert_eq!(listed(store, project, none()).await, [other.id, plain.id]);
        let nothing = ActivityFilter { status: Some((200, 299)), method: Some("POST".into()), ..none() };
        assert_eq!(listed(store, project, nothing).await, []);
    }

    async fn text_is_found_whatever_its_case_and_without_wildcards(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let odd = Activity {
            agent_name: "Größe 100%_\\x".into(),
            path: "/Send/Mail".into(),
            ..sample::record(project, 0)
        };
        let plain = sample::record(project, 1);
        store.activity().insert_batch(&[odd.clone(), plain.clone()], &[], &[]).await.unwrap();

        for found in ["sEND/m", "100%", "%_", "_\\", "\\X", "Größe", "größe"] {
            assert_eq!(listed(store, project, text(found)).await, [odd.id], "{found}");
        }
        for found in ["api.GOOD", "post", ""] {
            assert_eq!(listed(store, project, text(found)).await, [plain.id, odd.id], "{found}");
        }
        for nowhere in ["%x%y", "S_nd", "nowhere"] {
            assert_eq!(listed(store, project, text(nowhere)).await, [], "{nowhere}");
        }
    }

    async fn pages_go_on_before_the_last_record(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let records: Vec<Activity> = (0..5).map(|second| sample::record(project, second)).collect();
        store.activity().insert_batch(&records, &[], &[]).await.unwrap();

        let none = ActivityFilter::default();
        let page = store.activity().list(project, &none, 2, None).await.unwrap();
        assert_eq!(page, [records[4].clone(), records[3].clone()]);
        let page = store.activity().list(project, &none, 2, Some(records[3].id)).await.unwrap();
        assert_eq!(page, [records[2].clone(), records[1].clone()]);

        let after = store.activity().list_after(project, records[2].id, 10).await.unwrap();
        assert_eq!(after, records[3..]);
        assert_eq!(store.activity().list_after(project, records[0].id, 1).await.unwrap(), records[1..2]);
    }

    async fn counts_are_those_of_the_project(database) {
        let store = &database.store;
        let (project, elsewhere) = (sample::stored_project(store).await, sample::stored_project(store).await);
        sample::stored_agent(store, project, "a").await;
        sample::stored_agent(store, project, "b").await;
        sample::stored_secret(store, project, "key").await;
        store.rules().insert(&sample::rule(elsewhere, "no")).await.unwrap();
        let records: Vec<Activity> = (0..4).map(|second| sample::record(project, second)).collect();
        store.activity().insert_batch(&records, &[], &[]).await.unwrap();

        store.approvals().insert(&sample::approval(project), "here", &sample::sealed(1)).await.unwrap();

        let counts = store.activity().counts(project, sample::at(0)).await.unwrap();
        assert_eq!(counts, Counts { agents: 2, secrets: 1, rules: 0, activity: 4, approvals: 1 });
    }

    async fn where_requests_went_is_counted(database) {
        let store = &database.store;
        let (project, elsewhere) = (sample::stored_project(store).await, sample::stored_project(store).await);
        let to = |host: &str, path: &str| Activity {
            host: host.into(),
            path: path.into(),
            ..sample::record(project, 0)
        };
        let records = [to("b.test", "/x"), to("a.test", "/x"), to("a.test", "/x"), to("a.test", "/y")];
        store.activity().insert_batch(&records, &[], &[]).await.unwrap();
        let visited = |host: &str, path: &str, requests| Visited { host: host.into(), path: path.into(), requests };
        assert_eq!(
            store.activity().visited(project).await.unwrap(),
            [visited("a.test", "/x", 2), visited("a.test", "/y", 1), visited("b.test", "/x", 1)]
        );
        assert_eq!(store.activity().visited(elsewhere).await.unwrap(), []);
    }

    async fn pages_go_on_where_they_were_though_their_last_record_is_gone(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let made = Timestamp(i64::try_from(Uuid::now_v7().get_timestamp().unwrap().to_unix().0).unwrap() * 1_000_000);
        let records: Vec<Activity> = (-2..2)
            .map(|minutes| Activity { at: made.plus_seconds(minutes * 60), ..sample::record(project, 0) })
            .collect();
        store.activity().insert_batch(&records, &[], &[]).await.unwrap();

        let gone = ActivityId(Uuid::now_v7());
        let rest = store.activity().list(project, &ActivityFilter::default(), 9, Some(gone)).await.unwrap();

        assert!(rest.len() >= 2 && rest.iter().all(|record| record.at <= made.plus_seconds(59)), "{rest:?}");
    }

    async fn old_records_are_deleted_in_steps(database) {
        let store = &database.store;
        let (one, two) = (sample::stored_project(store).await, sample::stored_project(store).await);
        for project in [one, two] {
            let records: Vec<Activity> = (0..5).map(|second| sample::record(project, second)).collect();
            store.activity().insert_batch(&records, &[], &[]).await.unwrap();
        }

        assert_eq!(store.activity().delete_before(at(3), 2).await.unwrap(), 4);
        assert_eq!(store.activity().delete_before(at(3), 2).await.unwrap(), 2);
        assert_eq!(store.activity().delete_before(at(3), 2).await.unwrap(), 0);

        for project in [one, two] {
            let left = store.activity().list(project, &ActivityFilter::default(), 10, None).await.unwrap();
            assert_eq!(left.iter().map(|record| record.at).collect::<Vec<_>>(), [at(4), at(3)]);
        }
    }
}
