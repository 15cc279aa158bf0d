//! Requests over time: each in its span, each of its kind.

use onecli_domain::activity::{Activity, VerdictKind};
use onecli_domain::time::Timestamp;
use onecli_store::stats::Bucket;

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
        let records =
            [allowed(0, 200), allowed(9, 502), refused(project, 5), allowed(20, 0), refused(elsewhere, 5)];
        store.activity().insert_batch(&records, &[], &[]).await.unwrap();

        let spans = store.activity().buckets(project, at(0), at(30), 10_000_000).await.unwrap();

        let up = 5_000_000_000;
        assert_eq!(
            spans,
            [
                Bucket { at: at(0), requests: 3, allowed: 2, refused: 1, failed: 1, bytes_up: 3 * up, bytes_down: 126 },
                Bucket { at: at(20), requests: 1, allowed: 1, refused: 0, failed: 1, bytes_up: up, bytes_down: 42 },
            ]
        );
        let none = store.activity().buckets(project, at(0), at(0), 10_000_000).await.unwrap();
        assert_eq!(none, []);
    }
}
