//! Removal of activity: sizes that add up, the oldest first, no project at another's cost, and space that is used again.

use onecli_domain::activity::{Activity, ActivityFilter};
use onecli_domain::id::ProjectId;
use onecli_store::activity_size::estimated_bytes;
use onecli_store::{Location, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection, Row, SqliteConnection};

use crate::database::Database;
use crate::sample::{self, at};

const MIB: u64 = 1024 * 1024;

fn records(project: ProjectId, count: i64) -> Vec<Activity> {
    (0..count).map(|second| sample::record(project, second)).collect()
}

fn size(records: &[Activity]) -> u64 {
    records.iter().map(|record| u64::try_from(estimated_bytes(record)).unwrap()).sum()
}

async fn stored(store: &Store, project: ProjectId) -> Vec<Activity> {
    let mut all = store.activity().list(project, &ActivityFilter::default(), 100_000, None).await.unwrap();
    all.reverse();
    all
}

/// Runs statements outside the store.
async fn execute(database: &Database, statements: &[&str]) {
    for statement in statements {
        let query = sqlx::raw_sql(AssertSqlSafe((*statement).to_owned()));
        match &database.location {
            Location::Sqlite(path) => {
                let address = format!("sqlite:{}", path.display());
                let mut connection = SqliteConnection::connect(&address).await.unwrap();
                query.execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Location::Postgres(url) => {
                let mut connection = PgConnection::connect(url).await.unwrap();
                query.execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }
}

/// Bytes that activity really takes.
async fn used(database: &Database) -> u64 {
    match &database.location {
        Location::Sqlite(path) => std::fs::metadata(path).unwrap().len(),
        Location::Postgres(url) => {
            let mut connection = PgConnection::connect(url).await.unwrap();
            let row =
                sqlx::query("SELECT pg_total_relation_size('activity')").fetch_one(&mut connection).await;
            connection.close().await.unwrap();
            u64::try_from(row.unwrap().get::<i64, _>(0)).unwrap()
        }
    }
}

contract! {
    async fn sizes_add_up_whatever_is_written_and_deleted(database) {
        let store = &database.store;
        let (one, two) = (sample::stored_project(store).await, sample::stored_project(store).await);
        assert_eq!(store.activity().bytes().await.unwrap(), 0);
        let (first, second) = (records(one, 10), records(two, 4));
        let both = [first.clone(), second.clone()].concat();

        store.activity().insert_batch(&both, &[], &[]).await.unwrap();
        assert_eq!(store.activity().bytes().await.unwrap(), size(&both));
        // Written again, it is there already.
        store.activity().insert_batch(&both, &[], &[]).await.unwrap();
        assert_eq!(store.activity().bytes().await.unwrap(), size(&both));

        store.activity().delete_before(at(3), 2).await.unwrap();
        assert_eq!(store.activity().bytes().await.unwrap(), size(&first[2..]) + size(&second[2..]));
        store.projects().delete(two).await.unwrap();
        assert_eq!(store.activity().bytes().await.unwrap(), size(&first[2..]));
    }

    async fn the_oldest_of_the_project_with_the_most_make_room(database) {
        let store = &database.store;
        let (quiet, busy) = (sample::stored_project(store).await, sample::stored_project(store).await);
        let (few, many) = (records(quiet, 5), records(busy, 40));
        for records in [&few, &many] {
            store.activity().insert_batch(records, &[], &[]).await.unwrap();
        }
        let most = size(&few) + size(&many[..12]) + 1;

        let mut left = store.activity().trim(u64::MAX, 5).await.unwrap();
        assert_eq!(left, size(&few) + size(&many));
        let mut steps = 0;
        while left > most {
            left = store.activity().trim(most, 5).await.unwrap();
            steps += 1;
        }

        assert_eq!((steps, left), (6, size(&few) + size(&many[28..])));
        assert_eq!(store.activity().bytes().await.unwrap(), left);
        assert_eq!(stored(store, quiet).await, few);
        assert_eq!(stored(store, busy).await, many[28..]);
        while store.activity().trim(0, 100).await.unwrap() > 0 {}
        assert_eq!((stored(store, quiet).await.len(), stored(store, busy).await.len()), (0, 0));
    }

    async fn records_without_a_size_and_sizes_without_records_are_dealt_with(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let all = records(project, 10);
        store.activity().insert_batch(&all, &[], &[]).await.unwrap();
        // As records from before sizes were stored are found by the migration.
        let sum = "INSERT INTO activity_sizes (project_id, bytes) \
                   SELECT project_id, SUM(1024 + LENGTH(path) + LENGTH(host) + LENGTH(method)) FROM activity GROUP BY project_id";
        execute(database, &["UPDATE activity SET size = NULL", "DELETE FROM activity_sizes", sum]).await;
        let each = store.activity().bytes().await.unwrap() / 10;
        assert!((1_024..1_200).contains(&each), "{each}");

        assert_eq!(store.activity().trim(each * 4, 100).await.unwrap(), each * 4);
        assert_eq!(stored(store, project).await, all[6..]);
        store.activity().delete_before(at(8), 100).await.unwrap();
        assert_eq!(store.activity().bytes().await.unwrap(), each * 2);
        execute(database, &["DELETE FROM activity"]).await;
        assert_eq!(store.activity().trim(0, 100).await.unwrap(), 0);
        assert_eq!(store.activity().bytes().await.unwrap(), 0);
    }

    async fn the_space_of_deleted_records_is_used_again(database) {
        let store = &database.store;
        let project = sample::stored_project(store).await;
        let bound = 2 * MIB;
        for round in 0..40_i64 {
            let mut batch = records(project, 100);
            for (at, record) in batch.iter_mut().enumerate() {
                // Different characters everywhere, so that no database compresses them away.
                record.path = (0..4_000_u32)
                    .map(|n| char::from(33 + u8::try_from((n * n / 7 + n * 31 + at as u32 * 17) % 90).unwrap()))
                    .collect();
                record.status = u16::try_from(200 + round).unwrap();
            }
            let most = bound - size(&batch);
            while store.activity().trim(most, 1_000).await.unwrap() > most {}
            store.activity().reuse_space().await.unwrap();
            store.activity().insert_batch(&batch, &[], &[]).await.unwrap();
        }

        assert!(used(database).await < 2 * bound, "{} bytes", used(database).await);
        let kept = stored(store, project).await;
        assert!(size(&kept) > MIB && kept.last().unwrap().status == 239);
    }
}
