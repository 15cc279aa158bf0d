//! Requests over time: each in its span, each of its kind.

use onecli_domain::activity::{Activity, VerdictKind};
use onecli_domain::id::SecretId;
use onecli_domain::time::Timestamp;
use onecli_store::stats::{Bucket, Share};

use crate::sample;

contract! {
    async fn requests_are_put_together_by_spans_of_time(database) {
        let store = &database.store;
        let (project, elsewhere) = (sample::stored_project(store).await, sample::stored_project(store).await);
        let at = |second: i64| Timestamp((1_790_000_000 + second) * 1_000_000);
        let refused = |project, second| Activity { at: at(second), ..sample::record(project, 0) };
        let allowed = |second, status| Activity {
            status,
            verdict: VerdictKind::Allow,
            ..refused(project, second)
        };
        let held = Activity { verdict: VerdictKind::Hold, ..refused(project, 6) };
        let records =
            [allowed(0, 200), allowed(9, 502), refused(project, 5), held, allowed(20, 0), refused(elsewhere, 5)];
        store.activity().insert_batch(&records, &[], &[]).await.unwrap();

        let spans = store.activity().buckets(project, at(0), at(30), 10_000_000).await.unwrap();

        let up = 5_000_000_000;
        assert_eq!(
            spans,
            [
                Bucket { at: at(0), requests: 4, allowed: 2, refused: 2, held: 1, limited: 0, failed: 1, bytes_up: 4 * up, bytes_down: 168 },
                Bucket { at: at(20), requests: 1, allowed: 1, failed: 1, bytes_up: up, bytes_down: 42, ..Bucket::default() },
            ]
        );
        let none = store.activity().buckets(project, at(0), at(0), 10_000_000).await.unwrap();
        assert_eq!(none, []);
    }

    async fn the_busiest_come_first(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let secret = SecretId(uuid::Uuid::now_v7());
        let to = |host: &str, status, secrets: &[SecretId]| Activity {
            host: host.into(),
            status,
            verdict: VerdictKind::Allow,
            secrets: secrets.to_vec(),
            ..sample::record(project, 5)
        };
        let records = [to("b.test", 200, &[]), to("a.test", 200, &[secret]), to("a.test", 502, &[secret])];
        store.activity().insert_batch(&records, &[], &[]).await.unwrap();
        let (from, until) = (Timestamp(0), Timestamp(i64::MAX));
        let hosts = store.activity().busiest_hosts(project, from, until, 10).await.unwrap();
        let share = |name: &str, requests, failed| Share { of: (), name: name.into(), requests, refused: 0, failed };
        assert_eq!(hosts, [share("a.test", 2, 1), share("b.test", 1, 0)]);
        assert_eq!(store.activity().busiest_hosts(project, from, until, 1).await.unwrap().len(), 1);
        let agents = store.activity().busiest_agents(project, from, until, 10).await.unwrap();
        assert_eq!(agents.iter().map(|agent| agent.requests).sum::<u64>(), 3);
        assert_eq!(store.activity().secrets_used(project, from, until).await.unwrap(), [(vec![secret], 2)]);
    }

    async fn agents_that_are_refused_again_and_again_are_told_from_those_that_seldom_are(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let mut records = Vec::new();
        let mut ids = Vec::new();
        for (name, refused, allowed) in [("a", 3, 9), ("b", 3, 10), ("c", 2, 0), ("d", 5, 0)] {
            let agent = sample::agent(project, name);
            store.agents().insert(&agent, &sample::sealed(1)).await.unwrap();
            ids.push(agent.id);
            for number in 0..refused + allowed {
                let verdict = if number < refused { VerdictKind::Block } else { VerdictKind::Allow };
                records.push(Activity { agent: agent.id, verdict, ..sample::record(project, 5) });
            }
        }
        // Of an agent that is gone nothing is to be done.
        records.extend((0..9).map(|_| sample::record(project, 5)));
        store.activity().insert_batch(&records, &[], &[]).await.unwrap();

        let found = store.activity().refused_agents(project, sample::at(5), 3, 10).await.unwrap();

        let told: Vec<_> = found.iter().map(|share| (share.of, share.refused, share.requests)).collect();
        assert_eq!(told, [(ids[3], 5, 5), (ids[0], 3, 12)]);
        assert_eq!(store.activity().refused_agents(project, sample::at(6), 3, 10).await.unwrap(), []);
    }
}
